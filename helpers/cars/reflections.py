"""What paint and glass mirror: panoramas with sky, a skyline of houses and trees, and ground."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from PIL import Image

from helpers.cars import noise, uprights
from helpers.cars.paint import hsv

ROWS, COLUMNS, COUNT = 96, 256, 24  # a panorama's pixels, from straight up to straight down
SKYLINES = ("houses", "trees", "branches", "hedge", "houses", "trees")


@dataclass(frozen=True)
class Mirror:
    """One car's surroundings, and how much of them it mirrors.

    `shift`: where they begin, in columns; `bumps`: how far uneven metal bends what it mirrors;
    `coat`, `glass`: shares of light; `sky`: its brightness.
    """

    panorama: int
    shift: float
    bumps: float
    coat: float
    glass: float
    sky: float


def draw_mirror(rng: Generator) -> Mirror:
    """Random surroundings."""
    return Mirror(
        int(rng.integers(COUNT)),
        rng.uniform(0, COLUMNS),
        rng.uniform(0, 0.08),
        rng.uniform(0, 0.25),
        rng.triangular(0, 0.05, 0.45),
        rng.uniform(0.6, 1.6),
    )


@lru_cache(maxsize=1)
def panoramas() -> np.ndarray:
    """All panoramas. Shape: (COUNT * ROWS * COLUMNS, 3) float32, the sky about 1"""
    rng = np.random.default_rng(17)
    views = []
    for k in range(COUNT):
        high = hsv(0.6, rng.uniform(0, 0.45), rng.uniform(0.55, 1))
        fade = np.linspace(1, 0, ROWS // 2)[:, None, None] ** rng.uniform(0.5, 2)
        sky = fade * high + (1 - fade) * hsv(0.6, 0.05, rng.uniform(0.8, 1.1))
        sky = np.broadcast_to(sky, (ROWS // 2, COLUMNS, 3))
        sky = sky * np.exp(0.12 * noise.window(rng, ROWS // 2, COLUMNS, 0, 4))[..., None]
        floor = hsv(0.6, rng.uniform(0, 0.1), rng.uniform(0.05, 0.3)) * np.ones(
            (ROWS // 2, COLUMNS, 3)
        )
        image = Image.fromarray((255 * np.concatenate([sky, floor]).clip(0, 1)).astype(np.uint8))
        for _ in range(rng.integers(2, 6)):
            thing = uprights.choose(rng, SKYLINES[k % len(SKYLINES)]).levels[0]
            high, wide = int(rng.uniform(5, 36)), int(rng.uniform(40, 256))
            small = thing.resize((wide, high), Image.Resampling.BOX)
            image.paste(small, (int(rng.uniform(-60, COLUMNS)), ROWS // 2 - high + 3), small)
        views.append(np.asarray(image, np.float32) / 255)
    return np.concatenate(views).reshape(-1, 3)


def seen(mirror: Mirror, direction: np.ndarray, point: np.ndarray) -> np.ndarray:
    """The colours that a mirror shows which looks along `direction`.

    Shape: direction, point (P, 3) -> (P, 3) float32
    """
    bent = mirror.bumps * noise.lookup(2, 40 * point[:, 0], 40 * point[:, 2] + 40 * point[:, 1])
    around = np.arctan2(direction[:, 1], direction[:, 0]) * (COLUMNS / (2 * np.pi)) + mirror.shift
    column = (around + 30 * bent).astype(np.int32) & (COLUMNS - 1)
    rise = (direction[:, 2] + bent).clip(-0.999, 0.999)
    row = ((1 - rise) * (ROWS / 2)).astype(np.int32)
    return mirror.sky * np.take(panoramas(), (mirror.panorama * ROWS + row) * COLUMNS + column, 0)
