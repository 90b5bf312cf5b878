"""From a car's faces to pixels: which face is seen where, at which point, facing which way."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from helpers.cars.body import DISC, Body, face_normals
from helpers.cars.camera import Camera


@dataclass(frozen=True)
class Surface:
    """The visible surface of one car: for each pixel to shade, in the car's own coordinates.

    `seen` says which pixels of `box` (top, left, height, width) the car covers.

    Shape: rows, columns, part (P,); point, normal, ray (P, 3) float32; seen (height, width) bool
    """

    rows: np.ndarray
    columns: np.ndarray
    part: np.ndarray
    point: np.ndarray
    normal: np.ndarray
    ray: np.ndarray
    seen: np.ndarray
    box: tuple[int, int, int, int]


def rasterize(
    body: Body, camera: Camera, height: int, width: int, thin: bool = False
) -> Surface | None:
    """Draw the faces from far to near and solve for the points; None if nothing is in view.

    `camera` is in the car's coordinates. With `thin`, every second pixel is to be shaded.
    """
    pixels, depth = camera.project(body.corners)
    flat = face_normals(body.corners, body.faces)
    shown = np.flatnonzero(facing(body, camera, flat))
    order = shown[np.argsort(-depth[body.faces[shown]].mean(axis=1) + bias(body, shown))]
    low = np.floor(pixels.min(axis=0)).clip(0, [width, height]).astype(int)
    high = np.ceil(pixels.max(axis=0)).clip(0, [width, height]).astype(int) + 1
    low, high = low // 2 * 2, -(-high // 2) * 2  # whole pixels of the picture
    span = (min(high[0], width) - low[0], min(high[1], height) - low[1])
    if min(span) < 2:
        return None
    canvas = Image.new("I", span, 0)
    pen = ImageDraw.Draw(canvas)
    outlines = (pixels - low)[body.faces[order]].reshape(-1, 8)  # x, y of four corners
    for face, outline in zip(order.tolist(), outlines.tolist(), strict=True):
        pen.polygon(outline, fill=face + 1)
    ids = fill_slits(canvas)
    seen = ids > 0
    rows, columns = np.nonzero(every_second(seen) if thin else seen)
    if not len(rows):
        return None
    face = ids[rows, columns] - 1
    rows, columns = rows + low[1], columns + low[0]
    ray = camera.rays(columns + 0.5, rows + 0.5)
    box = (int(low[1]), int(low[0]), *seen.shape)
    return Surface(rows, columns, body.part[face], *solve(body, camera, flat, face, ray), seen, box)


def every_second(seen: np.ndarray) -> np.ndarray:
    """One diagonal of each 2x2 block, and all of the block where the car covers less of it."""
    diagonal = np.zeros_like(seen)
    diagonal[::2, ::2], diagonal[1::2, 1::2] = seen[::2, ::2], seen[1::2, 1::2]
    blocks = seen.reshape(seen.shape[0] // 2, 2, -1, 2)
    partly = ~blocks.all(axis=(1, 3), keepdims=True) & blocks
    return diagonal | partly.reshape(seen.shape)


def facing(body: Body, camera: Camera, flat: np.ndarray) -> np.ndarray:
    """Whether each face, which looks along `flat`, looks toward the camera."""
    middle = (body.corners[body.faces[:, 0]] + body.corners[body.faces[:, 2]]) / 2
    return dot(camera.position - middle, flat) > 0


def bias(body: Body, shown: np.ndarray) -> np.ndarray:
    """Wheel discs lie almost in the body's side: draw them after it."""
    return np.where(body.part[shown] == DISC, 0.35, 0.0)


def fill_slits(canvas: Image.Image) -> np.ndarray:
    """Face ids with the one-pixel gaps closed that polygons leave between thin faces."""
    ids = np.pad(np.asarray(canvas), 2)
    gaps = ~grown(~grown(ids > 0)) & (ids == 0)
    rows, columns = np.nonzero(gaps[2:-2, 2:-2])
    near = np.lib.stride_tricks.sliding_window_view(ids, (5, 5))[rows, columns]
    ids = ids[2:-2, 2:-2].copy()
    ids[rows, columns] = near.max(axis=(1, 2))
    return ids


def grown(mask: np.ndarray) -> np.ndarray:
    """A mask with two pixels more on every side. Shape: (H, W) bool -> the same"""
    wide = mask.copy()
    for k in (1, 2):
        wide[:, k:] |= mask[:, :-k]
        wide[:, :-k] |= mask[:, k:]
    tall = wide.copy()
    for k in (1, 2):
        tall[k:] |= wide[:-k]
        tall[:-k] |= wide[k:]
    return tall


def solve(body, camera, flat, face, ray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points where rays meet their face's plane, smoothly varying normals, rays of length 1."""
    quad = body.corners[body.faces]
    centre = quad.mean(axis=1)
    flat = unit(flat).astype(np.float32)
    ahead = flat[face]
    slope = dot(ray, ahead)
    slope = np.where(np.abs(slope) < 0.02, -0.02, slope)
    position = camera.position.astype(np.float32)
    along = dot(centre - position, flat)[face] / slope
    point = position + ray * along[:, None]
    used, place = np.unique(face, return_inverse=True)
    base, change = linear_normals(body, used, quad, centre)
    offset = point - centre[face]
    normal = base[place] + np.einsum("pij,pj->pi", change[place], offset)
    normal = np.where((body.part[face] == DISC)[:, None], ahead, normal)
    return (point.astype(np.float32), unit(normal).astype(np.float32), unit(ray).astype(np.float32))


def linear_normals(body, used, quad, centre) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares linear fit of the corners' normals over each face.

    Shape: used (U,) -> base (U, 3), change (U, 3, 3)
    """
    corner_normals = body.normals[body.faces[used]]
    base = corner_normals.mean(axis=1)
    spread = quad[used] - centre[used][:, None]
    moment = np.einsum("uki,ukj->uij", spread, spread) + 1e-4 * np.eye(3)
    mixed = np.einsum("uki,ukj->uij", corner_normals - base[:, None], spread)
    return base, mixed @ np.linalg.inv(moment)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of each pair of vectors. Shape: (N, 3), (N, 3) -> (N,)"""
    return np.einsum("ij,ij->i", a, b)  # several times as fast as (a * b).sum(axis=1)


def unit(vectors: np.ndarray) -> np.ndarray:
    """The vectors at length 1. Shape: (N, 3) -> the same"""
    return vectors / np.sqrt(np.maximum(dot(vectors, vectors), 1e-18))[:, None]
