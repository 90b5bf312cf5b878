"""The body of a car: cross-sections lofted from rear to front, wheels and mirrors, as quads.

Metres; x forward, y left, z up; the car stands on z = 0 around the origin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from helpers.cars.blueprints import KINDS, Blueprint

SIDE, GREENHOUSE, ROOF, UNDER, TYRE, MIRROR, DISC = range(7)  # what a face is part of
RINGS, TYRE_SIDES = 60, 24


@dataclass(frozen=True)
class Body:
    """A car's surface and the curves that its paint follows.

    Shape: corners (N, 3); faces (F, 4) indices; part (F,); normals (N, 3); wheels (4, 4) as
    x, y, radius, side; the curves (RINGS,) over s: top, belt, bottom, width in metres.
    """

    kind: str
    plan: Blueprint
    size: tuple[float, float, float]
    corners: np.ndarray
    faces: np.ndarray
    part: np.ndarray
    normals: np.ndarray
    wheels: np.ndarray
    s: np.ndarray
    top: np.ndarray
    belt: np.ndarray
    bottom: np.ndarray
    width: np.ndarray


def build(rng: Generator, kind: str) -> Body:
    """A random car of a kind."""
    plan = KINDS[kind]
    length, half, height = (rng.uniform(*r) for r in (plan.length, plan.half_width, plan.height))
    s = np.unique(
        np.r_[np.linspace(0, 1, RINGS - 16), np.linspace(0, 0.07, 8), np.linspace(0.93, 1, 8)]
    )
    top = smooth_top(rng, plan, s) * height
    clearance = rng.uniform(*plan.clearance)
    bottom = clearance + 0.10 * ((s - 0.93) / 0.07).clip(0, 1) ** 2
    bottom = bottom + 0.14 * ((0.07 - s) / 0.07).clip(0, 1) ** 2
    belt = (rng.uniform(*plan.belt) + rng.uniform(-0.01, 0.04) * (1 - s) - 0.02 * s) * height
    belt = np.maximum(np.minimum(belt, top - 0.02), bottom + 0.15)
    top = np.maximum(top, belt + 0.01)
    ends = np.abs(2 * s - 1)
    width = half * (1 - rng.uniform(0.10, 0.22) * ends ** rng.uniform(5, 9) - 0.03 * ends**2)
    rings, parts = cross_sections(rng, plan, s, length, height, top, belt, bottom, width)
    corners, faces, part = loft(rings, parts, length)
    wheels = place_wheels(rng, plan, s, length, width)
    pieces = [(corners, faces, part), *tyres(wheels), *mirrors(rng, plan, s, length, width, belt)]
    corners, faces, part = join(pieces)
    normals = vertex_normals(corners, faces)
    flatten_ends(normals[: (len(rings) + 6) * len(parts)].reshape(-1, len(parts), 3), parts)
    size = (length, half, height)
    return Body(
        kind, plan, size, corners, faces, part, normals, wheels, s, top, belt, bottom, width
    )


def smooth_top(rng: Generator, plan: Blueprint, s: np.ndarray) -> np.ndarray:
    """The side view's upper line, a little different for each car and rounded at its bends."""
    at, z = np.array(plan.top).T
    z = z + rng.normal(0, 0.008, len(z))
    fine = np.linspace(0, 1, 401)
    kernel = np.hanning(2 * rng.integers(4, 11) + 3)
    line = np.pad(np.interp(fine, at, z), len(kernel) // 2, mode="edge")
    return np.interp(s, fine, np.convolve(line, kernel / kernel.sum(), "valid"))


def cross_sections(rng, plan, s, length, height, top, belt, bottom, width) -> tuple:
    """Rings of points around the car, from the middle below over the left to the right side."""
    glass = ((top - belt) / (0.34 * height)).clip(0, 1)  # 0 at the bonnet, 1 under the roof
    roof = width * (0.92 * (1 - glass) + rng.uniform(0.70, 0.80) * glass)
    half, parts = [(0 * s, bottom)], []
    for t in np.linspace(0, 1, 7):
        z = bottom + (belt - bottom) * t
        half.append((width * (1 - 0.10 * np.abs((t - 0.55) / 0.55) ** 2.2), z))
        parts.append(UNDER if t == 0 else SIDE)
    for t in np.linspace(0, 1, 6)[1:]:
        y = half[7][0] * (1 - t) + roof * t + 0.03 * np.sin(np.pi * t) * glass
        half.append((y, belt + (top - belt) * t**0.95 * (1 - 0.06 * glass * t)))
        parts.append(GREENHOUSE)
    for t in np.linspace(0, 1, 6)[1:]:
        half.append((roof * (1 - t), top - 0.06 * glass * (top - belt) * (1 - t) ** 2))
        parts.append(ROOF)
    ring = half + [(-y, z) for y, z in half[-2:0:-1]]
    lean = rng.uniform(*plan.tail_lean)
    points = []
    for y, z in ring:
        above = ((z - belt) / np.maximum(height - belt, 0.1)).clip(0, 1)
        x = (s - 0.5) * length + lean * above * (1 - s / 0.25).clip(0, 1)
        points.append(np.stack([x, y, z], axis=1))
    return np.stack(points, axis=1), np.array(parts + parts[::-1])


def loft(rings: np.ndarray, parts: np.ndarray, length: float) -> tuple:
    """Quads between neighbouring rings, closed by rounded ends.

    Shape: rings (R, M, 3), parts (M,) -> corners, faces, part
    """

    def cap(ring: np.ndarray, sign: int) -> list:
        middle = ring.mean(axis=0)
        shrunk = []
        for scale, out in ((0.88, 0.045), (0.55, 0.08), (0.0, 0.09)):
            copy = middle + (ring - middle) * [1, scale, 0.35 + 0.65 * scale]
            copy[:, 0] = ring[:, 0] + sign * out * length / 4.5
            shrunk.append(copy)
        return shrunk

    rings = np.stack([*cap(rings[0], -1)[::-1], *rings, *cap(rings[-1], 1)])
    count, around = rings.shape[:2]
    index = np.arange(count * around).reshape(count, around)
    a, b = index[:-1], index[1:]
    faces = np.stack([a, np.roll(a, -1, 1), np.roll(b, -1, 1), b], axis=-1).reshape(-1, 4)
    part = np.tile(parts, (count - 1, 1))
    part[:3][:, parts == UNDER] = part[-3:][:, parts == UNDER] = SIDE  # bumpers are painted
    return rings.reshape(-1, 3), faces, part.ravel()


def place_wheels(rng, plan, s, length, width) -> np.ndarray:
    """x, y, radius and side (1 left, -1 right) of the four wheels."""
    radius = rng.uniform(*plan.wheel_radius)
    wheels = []
    for axle in plan.axles:
        at = rng.uniform(*axle)
        y = np.interp(at, s, width) * 0.985 + 0.01
        wheels += [((at - 0.5) * length, side * y, radius, side) for side in (1, -1)]
    return np.array(wheels)


def tyres(wheels: np.ndarray) -> list:
    """Treads of the wheels, and their outer discs as fans of thin quads."""
    angle = np.arange(TYRE_SIDES) * 2 * np.pi / TYRE_SIDES
    pieces = []
    for x, y, radius, side in wheels:
        outer = np.stack(
            [x + radius * np.cos(angle), np.full(TYRE_SIDES, y), radius + radius * np.sin(angle)],
            axis=1,
        )
        inner = outer - [0, 0.24 * side, 0]
        hub = np.tile([[x, y, radius]], (TYRE_SIDES, 1))
        here, after = np.arange(TYRE_SIDES), np.roll(np.arange(TYRE_SIDES), -1)
        quads = np.stack([here, after, after + TYRE_SIDES, here + TYRE_SIDES], axis=1)
        tread, disc = (quads, quads[:, ::-1]) if side > 0 else (quads[:, ::-1], quads)
        pieces.append((np.r_[outer, inner], tread, np.full(TYRE_SIDES, TYRE)))
        pieces.append((np.r_[outer, hub], disc, np.full(TYRE_SIDES, DISC)))
    return pieces


def mirrors(rng, plan, s, length, width, belt) -> list:
    """Two boxes at the foot of the windscreen."""
    at = plan.windscreen[1] - rng.uniform(0.05, 0.08)
    half = np.array([0.06, 0.15, 0.065]) * rng.uniform(0.85, 1.2)
    box = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)])
    faces = np.array(
        [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    )
    y, z = np.interp(at, s, width) + 0.04, np.interp(at, s, belt) + 0.04  # reaching into the door
    return [
        (box * half + [(at - 0.5) * length, side * y, z], faces, np.full(6, MIRROR))
        for side in (1, -1)
    ]


def join(pieces: list) -> tuple:
    """Several pieces as one."""
    starts = np.cumsum([0] + [len(corners) for corners, _, _ in pieces])
    faces = [faces + start for (_, faces, _), start in zip(pieces, starts, strict=False)]
    return (
        np.concatenate([c for c, _, _ in pieces]).astype(np.float32),
        np.concatenate(faces),
        np.concatenate([p for _, _, p in pieces]),
    )


def face_normals(corners: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Which way each face looks, as long as the face is large. Shape: (F, 3)"""
    a, b, c, d = (corners[faces[:, k]] for k in range(4))
    return np.cross(c - a, d - b)


def vertex_normals(corners: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The mean direction of the faces at each corner, so that shading shows no facets."""
    flat = face_normals(corners, faces)
    normals = np.zeros_like(corners)
    for k in range(4):
        np.add.at(normals, faces[:, k], flat)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)


def flatten_ends(normals: np.ndarray, parts: np.ndarray) -> None:
    """Shade tail and nose as flat above and below the belt: no fan of creases shows.

    Shape: normals (R, M, 3), changed in place; parts (M,)
    """
    cabin = (parts == GREENHOUSE) | (parts == ROOF)
    for end in (normals[:2], normals[-2:]):
        for half in (cabin, ~cabin):
            end[:, half] = end[:, half].mean(axis=(0, 1))
