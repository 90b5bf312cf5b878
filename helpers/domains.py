"""Pictures of two other fields with exact class maps, drawn from nothing but a seed.

They are teaching material and no substitute for real data: a section through a body, as a CT
scanner makes it, with a small lesion in the liver; and fields, water and houses as a satellite
sees them.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from helpers.cars import noise

SCAN = ("outside", "tissue", "lungs", "liver", "lesion")
LAND = ("field", "water", "house")


def body_scans(count: int, seed: int, size: tuple[int, int] = (64, 96)) -> tuple:
    """Sections through the chest, gray, with a lesion of a few pixels; classes as in `SCAN`.

    Shape: images (count, H, W, 3) uint8, class maps (count, H, W) uint8
    """
    return drawn(scan, count, seed, size)


def satellite(count: int, seed: int, size: tuple[int, int] = (64, 96)) -> tuple:
    """Land from above; classes as in `LAND`.

    Shape: images (count, H, W, 3) uint8, class maps (count, H, W) uint8
    """
    return drawn(land, count, seed, size)


def drawn(draw: Callable, count: int, seed: int, size: tuple[int, int]) -> tuple:
    """The pictures of the seeds `seed`, `seed + 1`, ... and their class maps.

    Raises:
        ValueError: a count below 1 or a side below 32.
    """
    if count < 1 or min(size) < 32:
        raise ValueError(f"count is at least 1, each side at least 32; got {count} and {size}")
    pairs = [draw(np.random.default_rng(seed + i), *size) for i in range(count)]
    images, maps = (np.stack(parts) for parts in zip(*pairs, strict=True))
    return (255 * images).clip(0, 255).round().astype(np.uint8), maps


def scan(rng: Generator, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """One section through a chest: (H, W, 3) in [0, 1], (H, W)."""
    y, x = grid(height, width)
    middle = rng.normal(0, 0.05, 2)
    wobble = 0.06 * smooth(rng, height, width)
    half = rng.uniform(0.68, 0.85), rng.uniform(0.9, 1.2)
    reach = ellipse(y, x, middle, half)
    classes = (reach + wobble < 1).astype(np.uint8)
    inside = reach + wobble < 0.86
    for side in (-1, 1):
        lung = (
            ellipse(
                y,
                x,
                middle + [rng.uniform(-0.2, 0), side * rng.uniform(0.42, 0.52)],
                (rng.uniform(0.38, 0.5), rng.uniform(0.26, 0.36)),
            )
            + wobble
        )
        classes[(lung < 1) & inside] = 2
    at = middle + [rng.uniform(0.22, 0.34), rng.uniform(-0.42, -0.3)]
    liver = ellipse(y, x, at, (rng.uniform(0.28, 0.36), rng.uniform(0.42, 0.52))) + 1.5 * wobble
    classes[(liver < 1) & inside] = 3
    spot = at + rng.uniform(-0.12, 0.12, 2)
    lesion = ellipse(y, x, spot, (rng.uniform(0.07, 0.12), rng.uniform(0.07, 0.12))) + wobble
    classes[(lesion < 1) & (classes == 3)] = 4
    gray = np.array(
        [0.02, rng.uniform(0.45, 0.55), rng.uniform(0.1, 0.18), rng.uniform(0.58, 0.68), 0]
    )
    gray[4] = gray[3] - rng.uniform(0.10, 0.16)  # a lesion is a little darker than its organ
    image = gray[classes] + 0.02 * smooth(rng, height, width) * (classes > 0)
    spine = ellipse(y, x, middle + [0.52, 0], (0.13, 0.13))
    image = np.where((spine < 1) & (classes == 1), 0.9, image)
    image = image + rng.uniform(0.03, 0.05) * rng.standard_normal((height, width))
    return np.repeat(image[..., None], 3, axis=2), classes


def land(rng: Generator, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """One piece of land from above: (H, W, 3) in [0, 1], (H, W)."""
    y, x = grid(height, width)
    turn = rng.uniform(0, np.pi)
    along, across = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    strips = np.floor(along * rng.uniform(1.5, 3) + rng.uniform()).astype(int) * 7
    strips = strips + np.floor(across * rng.uniform(1, 2) + rng.uniform()).astype(int)
    greens = np.array(
        [[0.30, 0.42, 0.18], [0.45, 0.52, 0.25], [0.60, 0.55, 0.33], [0.38, 0.30, 0.20]]
    )
    colour = greens[rng.integers(0, 4, 200)] + rng.normal(0, 0.03, (200, 3))
    image = colour[strips % 200] * (1 + 0.08 * noise.window(rng, height, width, 8)[..., None])
    rows = 0.04 * np.sin(across * rng.uniform(60, 110))
    image = image + rows[..., None]
    classes = np.zeros((height, width), np.uint8)
    bend = 0.25 * smooth(rng, height, width)
    river = np.abs(across - rng.uniform(-0.6, 0.6) + bend) < rng.uniform(0.06, 0.2)
    lake = ellipse(y, x, rng.uniform(-0.8, 0.8, 2), rng.uniform(0.2, 0.4, 2)) + bend < 1
    water = river if rng.random() < 0.6 else lake
    classes[water] = 1
    depth = rng.uniform([0.08, 0.16, 0.22], [0.2, 0.3, 0.38])
    image = np.where(water[..., None], depth + 0.02 * smooth(rng, height, width)[..., None], image)
    for _ in range(rng.integers(2, 9)):
        house(rng, image, classes, y, x, turn)
    light = rng.uniform(0.8, 1.15) * (1 + rng.normal(0, 0.04, 3))
    return image * light + 0.015 * rng.standard_normal(image.shape), classes


def house(rng: Generator, image, classes, y, x, turn) -> None:
    """Put a house with its shadow on the land, unless there is water."""
    at, half = rng.uniform(-0.9, 0.9, 2), rng.uniform(0.04, 0.09, 2)
    turned = turn + rng.normal(0, 0.1)
    dy, dx = y - at[0], x - at[1]
    along = np.cos(turned) * dx + np.sin(turned) * dy
    across = np.cos(turned) * dy - np.sin(turned) * dx
    roof = (np.abs(along) < half[0]) & (np.abs(across) < half[1])
    if not roof.any() or (classes[roof] == 1).any():
        return
    shadow = (np.abs(along - 0.03) < half[0]) & (np.abs(across - 0.03) < half[1]) & (classes == 0)
    image[shadow & ~roof] *= 0.5
    red, gray = np.array([0.62, 0.30, 0.22]), np.full(3, 0.55)
    shade = np.where(across[roof] < 0, 1.1, 0.85)[:, None]
    image[roof] = (red if rng.random() < 0.6 else gray) * rng.uniform(0.8, 1.15) * shade
    classes[roof] = 2


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The middle of each pixel; the shorter side goes from -1 to 1. Shape: (H, W) twice"""
    rows, columns = np.mgrid[:height, :width] + 0.5
    half = min(height, width) / 2
    return (rows - height / 2) / half, (columns - width / 2) / half


def ellipse(y, x, middle, half) -> np.ndarray:
    """Below 1 inside an ellipse. Shape: (H, W)"""
    return np.hypot((y - middle[0]) / half[0], (x - middle[1]) / half[1])


def smooth(rng: Generator, height: int, width: int) -> np.ndarray:
    """A cloudy field of mean 0 and deviation 1. Shape: (H, W)"""
    return noise.window(rng, height, width, 0, 3)
