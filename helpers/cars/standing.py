"""Uprights put into the picture in perspective: behind the cars, and in front of them."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter

from helpers.cars import uprights
from helpers.cars.camera import Camera
from helpers.cars.flats import SCALE, Upright
from helpers.cars.settings import Settings, pick, without_none

NEAREST = 0.4  # metres from the camera; what is closer is cut off


@dataclass(frozen=True)
class Layer:
    """A picture to lay over another, within a box of it.

    Shape: colour (h, w, 3), share (h, w, 1) float32; rows, columns: slices
    """

    colour: np.ndarray
    share: np.ndarray
    rows: slice
    columns: slice

    def cover(self, image: np.ndarray) -> None:
        """Lay it over an image (H, W, 3)."""
        part = image[self.rows, self.columns]
        part += self.share * (self.colour - part)


def stand(
    rng: Generator,
    upright: Upright,
    camera: Camera,
    size: tuple[int, int],
    foot: np.ndarray,
    along: np.ndarray,
    *,
    blur: float = 0.0,
    lift: float = 0.0,
    light: float = 1.0,
) -> Layer | None:
    """An upright whose middle stands at `foot` (x, y) and which runs `along`; None if unseen.

    `blur` in pixels, `lift` in metres over the ground.
    """
    wide, high = upright.metres
    start, along = np.array([*foot, lift + high]), np.array([*along, 0.0])
    left, right = visible(camera, start, along, wide)
    if right - left < 0.05:
        return None
    ends = [start + u * along - v * np.array([0, 0, high]) for u in (left, right) for v in (0, 1)]
    pixels, depth = camera.project(np.stack(ends))
    margin = 1 + int(2 * blur)
    low = (np.floor(pixels.min(axis=0)) - margin).clip(0, size[::-1]).astype(int)
    far = (np.ceil(pixels.max(axis=0)) + margin).clip(0, size[::-1]).astype(int)
    if (far - low).min() < 2:
        return None
    level = int(np.log2(max(1, SCALE * depth.min() / camera.focal)))
    tile = upright.levels[min(level, len(upright.levels) - 1)]
    unit = wide / tile.width  # metres a texel
    to_picture = matrix(camera, low) @ np.stack(
        [unit * along, [0, 0, -high / tile.height], start - along * wide / 2 - camera.position], 1
    )
    warp = np.linalg.inv(to_picture)
    coefficients = (warp / warp[2, 2]).ravel()[:8]
    cut = tile.crop((int((left + wide / 2) / unit), 0, int((right + wide / 2) / unit), tile.height))
    if cut.width != tile.width:  # the part behind the camera would appear mirrored
        tile = Image.new("RGBA", tile.size)
        tile.paste(cut, (int((left + wide / 2) / unit), 0))
    drawn = tile.transform(
        tuple((far - low).tolist()),
        Image.Transform.PERSPECTIVE,
        coefficients,
        Image.Resampling.BILINEAR,
    )
    if blur > 0.3:
        drawn = drawn.filter(ImageFilter.GaussianBlur(blur))
    array = np.asarray(drawn, np.float32) / 255
    tint = np.float32(light * np.exp(rng.normal(0, 0.07, 3)))
    return Layer(
        array[..., :3] * tint, array[..., 3:], slice(low[1], far[1]), slice(low[0], far[0])
    )


def visible(camera: Camera, middle: np.ndarray, along: np.ndarray, wide: float) -> tuple:
    """The part of a wall that is before the camera, as metres left and right of its middle."""
    depth, slope = (middle - camera.position) @ camera.forward, along @ camera.forward
    left, right = -wide / 2, wide / 2
    if slope > 1e-3:
        left = max(left, (NEAREST - depth) / slope)
    elif slope < -1e-3:
        right = min(right, (NEAREST - depth) / slope)
    elif depth < NEAREST:
        return 0.0, 0.0
    return left, right


def matrix(camera: Camera, corner: np.ndarray) -> np.ndarray:
    """From offsets to the camera to homogeneous pixels counted from a corner of the picture."""
    x, y = np.array(camera.center) - corner
    return np.stack(
        [
            camera.focal * camera.right + x * camera.forward,
            -camera.focal * camera.up + y * camera.forward,
            camera.forward,
        ]
    )


def ahead(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """The directions forward and to the right over the ground. Shape: (2,), (2,)"""
    forward = camera.forward[:2] / np.hypot(*camera.forward[:2])
    return forward, np.array([forward[1], -forward[0]])


def behind(
    rng: Generator, first: str, settings: Settings, camera: Camera, size: tuple[int, int]
) -> list[Layer]:
    """Rows along the street, the nearest of the kind `first`, and things before them; far to near.

    The cars are at the origin.
    """
    forward, right = ahead(camera)
    away, near = np.hypot(*camera.position[:2]), rng.uniform(1.6, 7)
    look = {
        "blur": rng.uniform(0, 2.5) * size[0] / 128 if rng.random() < 0.3 else 0.0,
        "light": rng.uniform(0.6, 1.35),
    }
    along, layers = direction(rng, forward, right), []
    places = [(near, first)]
    if rng.random() < 0.7:
        for depth in (near + rng.uniform(3, 12), rng.uniform(20, 60))[: rng.integers(1, 3)]:
            places.append((depth, pick(rng, without_none(settings.behind))))
    for depth, name in sorted(places, reverse=True):
        layers += row(rng, uprights.choose(rng, name), camera, size, away + depth, along, look)
    for _ in range(3):
        name = pick(rng, settings.things)
        if name != "none":
            foot = forward * (away + rng.uniform(1.4, near + 1.4)) + right * rng.uniform(-5, 5)
            layers.append(
                stand(
                    rng,
                    uprights.choose(rng, name),
                    camera,
                    size,
                    camera.position[:2] + foot,
                    right,
                    **look,
                )
            )
    return [layer for layer in layers if layer is not None]


def direction(rng: Generator, forward: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Where the rows run: along the cars if those are seen from the side, else across the view."""
    along, swing = right, rng.normal(0, 0.12)
    if abs(forward[0]) < 0.75:
        along, swing = np.array([np.sign(right[0]), 0.0]), rng.normal(0, 0.04)
    c, s = np.cos(swing), np.sin(swing)
    return np.array([c * along[0] - s * along[1], s * along[0] + c * along[1]])


def row(rng, upright, camera, size, depth, along, look) -> list[Layer | None]:
    """An upright beside itself, as often as it takes to fill the picture's width."""
    width, across = upright.metres[0], 1.2 * size[1] / camera.focal * depth
    count = np.ceil(across / width)
    places = (np.arange(-count, count + 1) + rng.uniform(-0.5, 0.5)) * width
    middle = camera.position[:2] + ahead(camera)[0] * depth
    return [
        stand(rng, upright, camera, size, middle + along * place, along, **look)
        for place in places[np.abs(places) < (width + across) / 2]
    ]


# How near things stand, as shares of the way to the car; rows are drawn once, others up to thrice.
NEAR = {
    "pole": (0.3, 0.85),
    "trunk": (0.35, 0.85),
    "fence": (0.3, 0.8),
    "hedge": (0.4, 0.8),
    "leaves": (0.5, 0.9),
    "person": (0.45, 0.85),
    "sign": (0.4, 0.85),
    "rails": (0.3, 0.8),
    "reeds": (0.5, 0.9),
}
ROWS = ("fence", "hedge", "rails")


def in_front(rng: Generator, kind: str, camera: Camera, size: tuple[int, int]) -> list[Layer]:
    """One to three things of a kind between the camera and the car at the origin."""
    forward, right = ahead(camera)
    away = np.hypot(*camera.position[:2])
    name = "low hedge" if kind == "hedge" else kind
    light, layers = rng.uniform(0.3, 1.15), []
    for _ in range(1 if kind in ROWS else rng.integers(1, 4)):
        thing = uprights.choose(rng, name)
        depth = away * rng.uniform(*NEAR[kind])
        metre = camera.focal / depth  # in pixels
        shift = (size[1] * rng.uniform(-0.05, 1.05) - camera.center[0]) / metre
        lift = 0.0
        if kind == "leaves" and rng.random() < 0.6:  # from above the picture's upper edge
            top = camera.position[2] + camera.center[1] / metre
            lift = max(0.0, top - rng.uniform(0.2, 0.8) * thing.metres[1])
        swing = rng.normal(0, 0.15)
        along = np.cos(swing) * right + np.sin(swing) * forward
        blur = (rng.uniform(0.3, 2) if rng.random() < 0.5 else 0.0) * size[0] / 128
        foot = camera.position[:2] + forward * depth + right * shift
        layers.append(
            stand(rng, thing, camera, size, foot, along, blur=blur, lift=lift, light=light)
        )
    return [layer for layer in layers if layer is not None]


def hide(image: np.ndarray, instances: np.ndarray, layers: list[Layer]) -> None:
    """Lay things over the cars; where they cover half of a pixel or more, it is no car."""
    clear = np.ones(instances.shape, np.float32)
    for layer in layers:
        layer.cover(image)
        clear[layer.rows, layer.columns] *= 1 - layer.share[..., 0]
    instances[clear <= 0.5] = 0
