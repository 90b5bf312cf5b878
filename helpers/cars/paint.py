"""What a car's surface is made of: paint, glass, lights, grille, plates, tyres and rims."""

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from helpers.cars import noise
from helpers.cars.body import DISC, GREENHOUSE, MIRROR, ROOF, SIDE, TYRE, UNDER, Body
from helpers.cars.raster import Surface

# hue, saturation and value ranges; hues in turns
PAINTS = {
    "black": ((0, 1), (0, 0.1), (0.02, 0.09)),
    "white": ((0, 1), (0, 0.04), (0.78, 0.97)),
    "silver": ((0.5, 0.7), (0, 0.08), (0.45, 0.70)),
    "gray": ((0.5, 0.7), (0, 0.10), (0.14, 0.40)),
    "red": ((-0.02, 0.02), (0.75, 1), (0.3, 0.75)),
    "blue": ((0.57, 0.65), (0.5, 0.95), (0.15, 0.6)),
    "green": ((0.3, 0.42), (0.3, 0.8), (0.1, 0.4)),
    "beige": ((0.08, 0.12), (0.15, 0.4), (0.5, 0.8)),
    "yellow": ((0.12, 0.15), (0.7, 1), (0.7, 0.9)),
    "brown": ((0.04, 0.08), (0.4, 0.7), (0.12, 0.35)),
    "purple": ((0.75, 0.82), (0.4, 0.8), (0.15, 0.5)),
    "orange": ((0.05, 0.085), (0.8, 1), (0.7, 0.95)),
    "teal": ((0.47, 0.52), (0.4, 0.8), (0.2, 0.55)),
}


@dataclass
class Material:
    """How each pixel of a surface takes light. Shape: albedo (P, 3), the others (P,)."""

    albedo: np.ndarray
    gloss: np.ndarray
    glow: np.ndarray
    glass: np.ndarray


def hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """A colour as RGB in [0, 1]."""
    saturation, value = min(max(saturation, 0), 1), min(max(value, 0), 1)
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), np.float32)


def byte(colour: np.ndarray) -> tuple:
    """A colour in [0, 1] as Pillow takes it."""
    return tuple(int(v) for v in (255 * np.asarray(colour)).clip(0, 255))


def colour(rng: Generator, name: str) -> np.ndarray:
    """A paint of the given name."""
    return hsv(*(rng.uniform(*r) for r in PAINTS[name]))


def paint(rng: Generator, body: Body, surface: Surface, name: str) -> Material:
    """Materials for every visible pixel of a car."""
    count = len(surface.rows)
    coat = colour(rng, name)
    material = Material(
        np.tile(coat, (count, 1)),
        np.full(count, rng.uniform(0.5, 1), np.float32),
        np.zeros(count, np.float32),
        np.zeros(count, bool),
    )
    if rng.random() < 0.15:  # a black roof
        material.albedo[surface.part == ROOF] = 0.03
    if rng.random() < 0.12:
        decorate(rng, surface, material)
    where = places(body, surface)
    paint_panels(rng, body, surface, material, where)
    paint_windows(rng, body, surface, material, where)
    paint_front(rng, body, surface, material, where)
    paint_rear(rng, body, surface, material, where)
    paint_wheels(rng, body, surface, material)
    material.albedo[surface.part == UNDER] = 0.02
    mirror = surface.part == MIRROR
    material.albedo[mirror] = coat if rng.random() < 0.6 else 0.03
    return material


def decorate(rng: Generator, surface: Surface, material: Material) -> None:
    """Two-coloured paint in large patches: stickers, dirt, faded or wrapped cars."""
    shift = rng.uniform(0, noise.SIZE, 2)
    along, up = surface.point[:, 0], surface.point[:, 2]
    field = noise.lookup(rng.integers(0, 4), 30 * along + shift[0], 30 * up + shift[1])
    share = ((field - rng.uniform(-0.5, 1.5)) * rng.uniform(1, 8)).clip(0, 1) * rng.uniform(0.2, 1)
    other = hsv(*rng.uniform(0, [1, 0.9, 0.9]))
    material.albedo += share[:, None] * (other - material.albedo)


def places(body: Body, surface: Surface) -> tuple:
    """Of each pixel: s along the car, |y| and z in metres, and the body's curves at s."""
    s = surface.point[:, 0] / body.size[0] + 0.5
    y, z = np.abs(surface.point[:, 1]), surface.point[:, 2]
    return s, y, z, *(np.interp(s, body.s, c) for c in (body.top, body.belt, body.width))


def paint_panels(rng, body, surface, material, where) -> None:
    """Door gaps and handles, sills, and the dark arches around the wheels."""
    s, _, z, _, belt, _ = where
    side = surface.part == SIDE
    if rng.random() < body.plan.rugged:
        material.albedo[side & (z < body.bottom.min() + 0.14 * rng.uniform(0.5, 1.3))] = 0.04
    if rng.random() < 0.4:  # a strip of chrome or rubber under the windows
        strip = side & (np.abs(z - belt + 0.012) < 0.012) & (s > 0.15) & (s < 0.7)
        material.albedo[strip] = rng.choice([0.03, 0.65])
    for gap in body.plan.doors:
        door = (side | (surface.part == GREENHOUSE)) & (z > body.bottom.min() + 0.12)
        material.albedo[door & (np.abs(s - gap) < 0.003)] *= 0.35
        handle = side & (np.abs(s - gap - 0.03) < 0.017)
        handle &= np.abs(z - belt + 0.10 * body.size[2]) < 0.018
        material.albedo[handle] = material.albedo[handle] * 0.3 + 0.4 * (rng.random() < 0.5)
    for x, _, radius, _ in body.wheels[::2]:
        distance = np.hypot(surface.point[:, 0] - x, z - radius)
        arch = side & (distance < 1.13 * radius)
        material.albedo[arch], material.gloss[arch] = 0.012, 0
        rim = side & (distance >= 1.13 * radius) & (distance < 1.2 * radius)
        material.albedo[rim] *= 0.75


def paint_windows(rng, body, surface, material, where) -> None:
    """Side windows between their pillars, windscreen and rear window."""
    s, y, z, top, belt, width = where
    plan, height = body.plan, body.size[2]
    house, roof = surface.part == GREENHOUSE, surface.part == ROOF
    start, end = plan.windows
    glass = house & (s > start + 0.01) & (s < end) & (z > belt + 0.02 * height)
    glass &= (z < top - 0.07 * height) & (top - belt > 0.1 * height)
    for pillar in plan.pillars:
        glass &= ~(house & (np.abs(s - pillar) < 0.009))
    if plan.panels:
        glass &= ~(house & (s < plan.pillars[0]))
    upper, lower = plan.windscreen
    middle = y < 0.80 * width
    glass |= (roof | house) & (s > upper + 0.008) & (s < lower - 0.004) & middle & (z > belt + 0.01)
    if plan.rear_window:
        low, high = plan.rear_window
        glass |= roof & (s > low + 0.004) & (s < high - 0.010) & (y < 0.72 * width)
    else:
        tail = (surface.part < TYRE) & (surface.normal[:, 0] < -0.45) & (s < 0.3)
        edge = 0.72 - 0.5 * (z / height - 0.6)  # narrower toward the roof
        glass |= tail & (y < edge * body.width.max()) & (z > belt + 0.03) & (z < 0.87 * height)
    if plan.bed:
        material.albedo[roof & (s > plan.bed[0]) & (s < plan.bed[1]) & (y < 0.85 * width)] = 0.04
    inside = noise.lookup(rng.integers(0, 4), *(50 * surface.point[glass][:, [0, 2]].T))
    tint = hsv(rng.uniform(0.5, 0.65), rng.uniform(0, 0.3), rng.uniform(0.02, 0.14))
    material.albedo[glass] = tint * (1 + rng.uniform(0, 1.5) * inside.clip(-0.6, 1.5))[:, None]
    material.glass |= glass
    material.gloss[glass] = 1


def paint_front(rng, body, surface, material, where) -> None:
    """Headlights, grille, lower intake and number plate."""
    s, y, z, _, _, width = where
    height, front = body.size[2], (s > 0.945) & (surface.part < TYRE) & (surface.part != UNDER)
    middle = 0.50 * height * rng.uniform(0.92, 1.06)
    lamp = front & (y > 0.48 * width)
    rise = rng.uniform(0, 0.10) * (y - 0.7 * width)  # lamps that climb outward
    lamp &= np.abs(z - middle - rise) < 0.045 * height * rng.uniform(0.7, 1.4)
    material.albedo[lamp] = hsv(0.1, 0.05, rng.uniform(0.55, 0.95))
    material.glow[lamp], material.gloss[lamp] = rng.uniform(0, 0.35), 1
    grille = front & (s > 0.985) & (y < rng.uniform(0.3, 0.62) * width)
    grille &= (z < middle + 0.02 * height) & (z > 0.30 * height)
    bars = np.sin(z * rng.uniform(60, 140)) > 0
    material.albedo[grille] = np.where(bars[grille, None], 0.02, 0.1 + 0.25 * (rng.random() < 0.5))
    intake = front & (s > 0.97) & (y < 0.75 * width) & (z < 0.24 * height) & (z > 0.17 * height)
    material.albedo[intake] = 0.02
    paint_plate(rng, front & (s > 0.985), y, z - 0.30 * height, material)


def paint_rear(rng, body, surface, material, where) -> None:
    """Tail lights, wide or tall, and the number plate."""
    s, y, z, _, _, width = where
    height, rear = body.size[2], (s < 0.05) & (surface.part < TYRE) & (surface.part != UNDER)
    middle = rng.uniform(0.52, 0.62) * height
    wide = rng.random() < 0.5
    lamp = rear & (y > (0.55 if wide else 0.78) * width)
    lamp &= (np.abs(z - middle) < (0.05 if wide else 0.11) * height) & ~material.glass
    material.albedo[lamp] = hsv(rng.normal(0, 0.01), 0.9, rng.uniform(0.35, 0.75))
    paint_plate(rng, rear & (s < 0.012), y, z - rng.choice([0.36, 0.5]) * height, material)


def paint_plate(rng, where, y, above, material) -> None:
    """A number plate, 52 cm by 11 cm, where it lies on the given pixels."""
    plate = where & (y < 0.26) & (np.abs(above) < 0.055)
    material.albedo[plate] = hsv(rng.random(), rng.uniform(0, 0.3), rng.uniform(0.6, 0.95))
    material.gloss[plate] = 0.1


def paint_wheels(rng, body, surface, material) -> None:
    """Tyres, and rims with spokes."""
    tread = surface.part == TYRE
    material.albedo[tread], material.gloss[tread] = 0.03, 0.05
    disc = surface.part == DISC
    if not disc.any():
        return
    x, z = surface.point[disc, 0], surface.point[disc, 2]
    nearest = np.abs(x[:, None] - body.wheels[:, 0]).argmin(axis=1)
    hub, radius = body.wheels[nearest, 0], body.wheels[nearest, 2]
    out = np.hypot(x - hub, z - radius) / radius
    turn = np.arctan2(z - radius, x - hub) + rng.uniform(0, 6)
    spokes = np.cos(turn * rng.integers(5, 11)) > rng.uniform(-0.6, 0.5)
    rim, metal = rng.uniform(0.62, 0.74), rng.uniform(0.25, 0.9)
    bright = (out < rim) & ((out > rim * 0.88) | (out < 0.16) | spokes)
    material.albedo[disc] = np.where(out > rim, 0.028, np.where(bright, metal, 0.05))[:, None]
    material.gloss[disc] = np.where(out > rim, 0.03, 0.5)
