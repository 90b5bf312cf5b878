"""A pinhole camera: from the world (metres, z up) to the picture (pixels, y down) and back."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Camera:
    """Where the camera stands, its three axes, and the pixel that it looks at.

    Shape: position, right, up, forward (3,) float; focal and center in pixels.
    """

    position: np.ndarray
    right: np.ndarray
    up: np.ndarray
    forward: np.ndarray
    focal: float = 1.0
    center: tuple[float, float] = (0.0, 0.0)

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels and depths of points in the world.

        Shape: (N, 3) -> (N, 2) as (x, y), (N,) metres along `forward`
        """
        offset = points - self.position
        depth = np.maximum(offset @ self.forward, 0.05)
        x = self.center[0] + self.focal * (offset @ self.right) / depth
        y = self.center[1] - self.focal * (offset @ self.up) / depth
        return np.stack([x, y], 1), depth

    def rays(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Directions through pixels, scaled so that position + depth * ray is the point seen.

        Shape: x, y (...) -> (..., 3) float32
        """
        a = ((x - self.center[0]) / self.focal).astype(np.float32)[..., None]
        b = ((self.center[1] - y) / self.focal).astype(np.float32)[..., None]
        right, up, forward = (v.astype(np.float32) for v in (self.right, self.up, self.forward))
        return forward + a * right + b * up

    def picture_rays(self, height: int, width: int) -> np.ndarray:
        """Rays through the centres of all pixels. Shape: (height, width, 3) float32."""
        x, y = np.arange(width) + 0.5, np.arange(height) + 0.5
        return self.rays(x[None, :], y[:, None])

    def seen_from(self, offset: np.ndarray, yaw: float) -> "Camera":
        """The same camera in the coordinates of a car at `offset` (x, y), turned by `yaw`."""
        c, s = np.cos(yaw), np.sin(yaw)
        turn = np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
        position = turn @ (self.position - np.array([*offset, 0]))
        axes = {k: turn @ getattr(self, k) for k in ("right", "up", "forward")}
        return replace(self, position=position, **axes)

    def mirrored(self) -> "Camera":
        """The camera under the floor that sees what this one sees reflected in it."""
        flip = np.array([1, 1, -1])
        axes = {k: flip * getattr(self, k) for k in ("position", "right", "up", "forward")}
        return replace(self, **axes)

    def zoomed(self, factor: float) -> "Camera":
        """The same view with `factor` times as many pixels a side."""
        center = (self.center[0] * factor, self.center[1] * factor)
        return replace(self, focal=self.focal * factor, center=center)


def look_at(position: np.ndarray, target: np.ndarray, roll: float = 0.0) -> Camera:
    """A camera at `position` that looks at `target`, tilted by `roll` radians; focal 1."""
    forward = target - position
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    c, s = np.cos(roll), np.sin(roll)
    return Camera(position, c * right + s * up, c * up - s * right, forward)
