"""The ground outdoors: textures in perspective, kerbs and markings, wet ground, dappled shade."""

from functools import lru_cache

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter

from helpers.cars import noise, textures
from helpers.cars.camera import Camera
from helpers.cars.paint import hsv

SIDE, SCALE = 256, 64  # pixels a side; pixels a metre
BLURS = (0, 1, 2.5, 6, 16)  # pixels; the farther the ground, the more
VARIANTS = 3  # of each kind


def asphalt(rng: Generator) -> Image.Image:
    """Small dark and bright stones, with stains and cracks."""
    stones = textures.dead_leaves(
        rng,
        (SIDE, SIDE),
        (1, 2.2),
        ((0.55, 0.65), (0, 0.06), (0.3, 0.65)),
        cover=2,
        depth=0.3,
        around=True,
    )
    return textures.stained(rng, stones, rng.uniform(0.05, 0.25))


def gravel(rng: Generator) -> Image.Image:
    """Stones of all sizes."""
    return textures.dead_leaves(
        rng, (SIDE, SIDE), (1.5, 6), textures.STONE, corners=6, cover=4, depth=0.7, around=True
    )


def litter(rng: Generator) -> Image.Image:
    """Asphalt or gravel with fallen leaves."""
    under = asphalt(rng) if rng.random() < 0.7 else gravel(rng)
    return textures.scattered(
        rng, under, [textures.AUTUMN, textures.DRY], rng.uniform(0.1, 0.6), (1.5, 4)
    )


def grass(rng: Generator) -> Image.Image:
    """Blades of green or dry grass, with leaves between."""
    palette = textures.GREENS if rng.random() < 0.7 else textures.DRY
    blades = textures.strokes(rng, (SIDE, SIDE), palette, 14, 9000)
    return textures.scattered(rng, blades, [textures.AUTUMN], rng.uniform(0, 0.05), (2, 4))


def slabs(rng: Generator) -> Image.Image:
    """Paving slabs and bricks in the ground."""
    wide = SIDE / rng.integers(4, 14)
    colour = hsv(rng.uniform(0.03, 0.15), rng.uniform(0, 0.2), rng.uniform(0.3, 0.75))
    return textures.masonry(rng, (SIDE, SIDE), (wide, SIDE / rng.integers(4, 14)), colour, 0.08)


def cobbles(rng: Generator) -> Image.Image:
    """Rounded stones in rows."""
    return textures.dead_leaves(
        rng,
        (SIDE, SIDE),
        (6, 9),
        ((0.05, 0.65), (0, 0.12), (0.25, 0.6)),
        corners=4,
        cover=1.5,
        depth=0.5,
        around=True,
    )


def earth(rng: Generator) -> Image.Image:
    """Earth or sand with stones and ruts."""
    colour = hsv(rng.uniform(0.05, 0.11), rng.uniform(0.2, 0.5), rng.uniform(0.25, 0.7))
    return textures.scattered(
        rng, textures.plain(rng, (SIDE, SIDE), colour, 0.3), [textures.STONE], 0.08, (1, 4)
    )


MAKERS = {
    "asphalt": asphalt,
    "gravel": gravel,
    "litter": litter,
    "grass": grass,
    "slabs": slabs,
    "cobbles": cobbles,
    "earth": earth,
}


@lru_cache(maxsize=len(MAKERS) * VARIANTS)
def pyramid(kind: str, variant: int) -> np.ndarray:
    """A texture, more and more blurred, brightness about 1. Shape: (levels * SIDE * SIDE, 3)"""
    rng = np.random.default_rng([13, variant, *kind.encode()])
    tile = MAKERS[kind](rng)
    edge = 3 * BLURS[-1]  # blur across the seams
    wide = Image.fromarray(np.pad(np.asarray(tile), ((edge, edge), (edge, edge), (0, 0)), "wrap"))
    middle = (edge, edge, edge + SIDE, edge + SIDE)
    levels = [wide.filter(ImageFilter.GaussianBlur(blur)).crop(middle) for blur in BLURS]
    stack = np.stack([np.asarray(level, np.float32) for level in levels])
    return stack.reshape(-1, 3) / stack.mean()


def texture(
    rng: Generator, kind: str, x: np.ndarray, y: np.ndarray, footprint: np.ndarray
) -> np.ndarray:
    """A ground of a kind at points in metres; `footprint`: metres that a pixel covers.

    Shape: x, y, footprint (N,) -> (N, 3) float32, brightness about 1
    """
    scale, turn = SCALE * rng.uniform(0.6, 1.5), rng.uniform(0, 2 * np.pi)
    c, s = np.float32(scale * np.cos(turn)), np.float32(scale * np.sin(turn))
    column = (c * x - s * y).astype(np.int32) & (SIDE - 1)
    row = (s * x + c * y).astype(np.int32) & (SIDE - 1)
    level = (0.5 + np.log2((footprint * np.float32(scale)).clip(1, 30))).astype(np.int32)
    level = level.clip(0, len(BLURS) - 1)
    tile = pyramid(kind, int(rng.integers(VARIANTS)))
    plain = np.take(tile, (level * SIDE + row) * SIDE + column, axis=0)
    return 1 + np.float32(rng.uniform(0.3, 1)) * (plain - 1)


def lay(rng: Generator, kinds: tuple[str, str], camera: Camera, x, y, ground) -> np.ndarray:
    """The ground of a picture: one or two textures, a kerb between them, markings.

    Shape: x, y (H, W) metres, ground (H, W) bool -> (N, 3) for the N pixels of the ground
    """
    x, y = (a[ground].astype(np.float32) for a in (x, y))
    footprint = np.hypot(x - camera.position[0], y - camera.position[1]) * np.float32(
        1.6 / camera.focal
    )
    value = rng.uniform(0.04, 0.2) if rng.random() < 0.2 else rng.uniform(0.25, 0.8)
    tint = hsv(rng.uniform(0.0, 0.65), rng.uniform(0, 0.12), value)
    colour = tint * texture(rng, kinds[0], x, y, footprint)
    turn = rng.normal(0, 0.06) if rng.random() < 0.7 else rng.normal(0, 0.7)
    across = y * np.float32(np.cos(turn)) + x * np.float32(np.sin(turn))
    if rng.random() < 0.55:
        far_side = np.sign(-camera.position[1])
        kerb = rng.uniform(1.2, 4) * far_side * rng.choice([1, -1], p=[0.85, 0.15])
        beyond = across * np.sign(kerb) > abs(kerb)
        other = (
            tint * rng.uniform(0.7, 1.5)
            if rng.random() < 0.7
            else hsv(rng.uniform(0.05, 0.3), rng.uniform(0, 0.3), rng.uniform(0.15, 0.7))
        )
        colour[beyond] = other * texture(rng, kinds[1], x[beyond], y[beyond], footprint[beyond])
        side = (across - kerb) * np.float32(np.sign(kerb))
        colour[np.abs(side) < 0.10] *= rng.uniform(0.8, 1.6)
        colour[np.abs(side + 0.14) < 0.05] *= rng.uniform(0.3, 0.8)  # the gutter's shade
    for _ in range(rng.integers(0, 3)):
        mark(rng, colour, x, across)
    patches = noise.lookup(int(rng.integers(0, 5)), 9 * x + 99 * rng.random(), 9 * y)
    return colour * np.exp(rng.uniform(0, 0.25) * patches)[:, None]


def mark(rng: Generator, colour: np.ndarray, x: np.ndarray, across: np.ndarray) -> None:
    """A white, yellow or blue line, along the street or across it, a little worn."""
    ink = [hsv(0, 0, 0.9), hsv(0.13, 0.8, 0.9), hsv(0.58, 0.7, 0.75)][
        rng.choice(3, p=[0.6, 0.2, 0.2])
    ]
    place = across if rng.random() < 0.6 else x
    line = np.abs(place - rng.uniform(-4, 4)) < rng.uniform(0.04, 0.09)
    worn = rng.uniform(0.3, 1) * (0.8 + 0.3 * noise.lookup(9, 40 * x[line], 40 * across[line]))
    colour[line] += worn.clip(0, 1)[:, None] * (ink - colour[line])


def shimmer(rng: Generator, image: np.ndarray, ground: np.ndarray, share: float) -> None:
    """Mirror what stands behind in wet ground, upside down around the row where the ground ends."""
    height, width = ground.shape
    foot = np.where(ground.any(axis=0), ground.argmax(axis=0), height)
    rows = np.arange(height)[:, None]
    wave = rng.uniform(0, 0.03) * height * noise.window(rng, height, width, 3, 9)
    source = (2 * foot - rows + wave).astype(np.int32)
    mirrored = image[source.clip(0, height - 1), np.arange(width)]
    puddles = (
        1.0
        if rng.random() < 0.4
        else ((noise.window(rng, height, width, 1, 4) + rng.uniform(-0.5, 1)) * 2).clip(0, 1)
    )
    strength = share * puddles * (ground & (source >= 0))
    image += strength[..., None] * (mirrored - image)


def dapple(rng: Generator, image: np.ndarray, ground: np.ndarray) -> None:
    """The shade of leaves: soft dark and bright patches on the ground and what stands on it."""
    height, width = image.shape[:2]
    above = np.arange(height) - int(ground.any(axis=1).argmax())  # rows under the horizon
    reached = (above[:, None] / (0.15 * height) + 2).clip(0, 1)
    field = noise.window(rng, height, width, 2, 6) + rng.uniform(-0.8, 0.8)
    shade = 1 / (1 + np.exp(-field * rng.uniform(1, 6)))
    dark = rng.uniform(0.3, 0.7)
    image *= (1 + reached * (0.15 - dark * shade))[..., None]
