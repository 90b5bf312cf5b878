"""From a car's faces to pixels: which face is seen where, at which point, facing which way."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from helpers.cars.body import DISC, Body, face_normals
from helpers.cars.camera import Camera


@dataclass(frozen=True)
class Surface:
    """The visible surface of one car: for each covered pixel, in the car's own coordinates.

    Shape: rows, columns, part (P,); point, normal, ray (P, 3); shade-ready float32
    """

    rows: np.ndarray
    columns: np.ndarray
    part: np.ndarray
    point: np.ndarray
    normal: np.ndarray
    ray: np.ndarray


def rasterize(body: Body, camera: Camera, height: int, width: int) -> Surface | None:
    """Draw the faces from far to near and solve for the points; None if nothing is in view.

    `camera` is in the car's coordinates.
    """
    pixels, depth = camera.project(body.corners)
    flat = face_normals(body.corners, body.faces)
    shown = np.flatnonzero(facing(body, camera, flat))
    order = shown[np.argsort(-depth[body.faces[shown]].mean(axis=1) + bias(body, shown))]
    low = np.floor(pixels.min(axis=0)).clip(0, [width, height]).astype(int)
    high = np.ceil(pixels.max(axis=0)).clip(0, [width, height]).astype(int) + 1
    span = (min(high[0], width) - low[0], min(high[1], height) - low[1])
    if min(span) < 2:
        return None
    canvas = Image.new("I", span, 0)
    pen = ImageDraw.Draw(canvas)
    moved = (pixels - low).tolist()
    for face in order.tolist():
        pen.polygon([tuple(moved[k]) for k in body.faces[face].tolist()], fill=face + 1)
    ids = fill_slits(canvas)
    rows, columns = np.nonzero(ids)
    if not len(rows):
        return None
    face = ids[rows, columns] - 1
    rows, columns = rows + low[1], columns + low[0]
    ray = camera.rays(columns + 0.5, rows + 0.5)
    return solve(body, camera, flat, face, rows, columns, ray)


def facing(body: Body, camera: Camera, flat: np.ndarray) -> np.ndarray:
    """Whether each face, which looks along `flat`, looks toward the camera."""
    middle = (body.corners[body.faces[:, 0]] + body.corners[body.faces[:, 2]]) / 2
    return ((camera.position - middle) * flat).sum(axis=1) > 0


def bias(body: Body, shown: np.ndarray) -> np.ndarray:
    """Wheel discs lie almost in the body's side: draw them after it."""
    return np.where(body.part[shown] == DISC, 0.35, 0.0)


def fill_slits(canvas: Image.Image) -> np.ndarray:
    """Face ids with the one-pixel gaps closed that polygons leave between thin faces."""
    ids = np.asarray(canvas)
    covered = Image.fromarray(((ids > 0) * 255).astype(np.uint8))
    closed = covered.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(5))
    gaps = (np.asarray(closed) > 0) & (ids == 0)
    if not gaps.any():
        return ids
    near = np.asarray(canvas.filter(ImageFilter.MaxFilter(5)))
    return np.where(gaps, near, ids)


def solve(body, camera, flat, face, rows, columns, ray) -> Surface:
    """Points where rays meet their face's plane, and normals that vary smoothly over it."""
    quad = body.corners[body.faces]
    centre = quad.mean(axis=1)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    slope = (ray * flat[face]).sum(axis=1)
    slope = np.where(np.abs(slope) < 0.02, -0.02, slope)
    position = camera.position.astype(np.float32)
    along = ((centre[face] - position) * flat[face]).sum(axis=1) / slope
    point = position + ray * along[:, None]
    used, place = np.unique(face, return_inverse=True)
    base, change = linear_normals(body, used, quad, centre)
    offset = point - centre[face]
    normal = base[place] + np.einsum("pij,pj->pi", change[place], offset)
    normal = np.where((body.part[face] == DISC)[:, None], flat[face], normal)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    ray = ray / np.linalg.norm(ray, axis=1, keepdims=True)
    return Surface(rows, columns, body.part[face], point.astype(np.float32),
                   normal.astype(np.float32), ray.astype(np.float32))


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
