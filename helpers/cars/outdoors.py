"""Places with the clutter of real ones: rows of houses, hedges and trees on textured ground."""

from functools import lru_cache

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter

from helpers.cars import ground, noise, scenery, standing, textures, uprights
from helpers.cars.camera import Camera
from helpers.cars.paint import hsv
from helpers.cars.scenery import Backdrop
from helpers.cars.settings import Settings, pick, without_none


def street(
    rng: Generator, row: str, floor: str, settings: Settings, camera: Camera, size: tuple[int, int]
) -> Backdrop:
    """A street or a yard: sky, ground, rows and single things that stand on it."""
    x, y, _, below = scenery.meet_ground(camera, size)
    backdrop = Backdrop(sky(rng, size), x, y, below, 0.0)
    lay(rng, floor, settings, camera, backdrop)
    image, bare = backdrop.image, below.copy()
    for layer in standing.behind(rng, row, settings, camera, size):
        layer.cover(image)
        bare[layer.rows, layer.columns] &= layer.share[..., 0] < 0.5
    if rng.random() < 0.25:
        image = blurred(image, rng.uniform(0.3, 1.6) * size[0] / 128)
    return Backdrop(image, x, y, bare, 0.0)


def lay(rng: Generator, floor: str, settings: Settings, camera: Camera, backdrop: Backdrop) -> None:
    """Paint the ground of a place: a plain road, or textures of which `floor` is the first."""
    x, y, below = backdrop.x, backdrop.y, backdrop.ground
    if floor == "none":
        backdrop.image[below] = scenery.road(rng, x, y, below.shape)[below]
    else:
        second = pick(rng, without_none(settings.grounds))
        backdrop.image[below] = ground.lay(rng, (floor, second), camera, x, y, below)


def sky(rng: Generator, size: tuple[int, int]) -> np.ndarray:
    """Blue, gray or white, brighter toward the horizon, with clouds."""
    high = hsv(rng.normal(0.58, 0.02), rng.uniform(0, 0.55), rng.uniform(0.55, 1))
    low = hsv(rng.uniform(0.05, 0.6), rng.uniform(0, 0.12), rng.uniform(0.8, 1.05))
    fade = np.linspace(0, 1, size[0], dtype=np.float32)[:, None, None] ** rng.uniform(0.5, 2)
    clouds = noise.window(rng, *size, 0, 3)[..., None]
    cloudy = (1 / (1 + np.exp(-rng.uniform(1, 4) * (clouds - rng.uniform(-1, 2))))) * rng.random()
    image = high * (1 - fade) + low * fade
    return (image + cloudy * (0.95 - image)).astype(np.float32)


def cluttered(rng: Generator, settings: Settings, backdrop: Backdrop) -> Backdrop:
    """A studio or abstract place with a texture over a part of it or all of it."""
    name = pick(rng, settings.textures)
    if name == "none":
        return backdrop
    image, (height, width) = backdrop.image, backdrop.ground.shape
    colour = crop(rng, name, (height, width))
    where = (~backdrop.ground).astype(np.float32)
    if rng.random() < 0.15:
        where = noise.window(rng, height, width, 0, 3) * 3 + rng.uniform(-2, 4)
    share = rng.uniform(0.4, 1) * where.clip(0, 1)[..., None]
    image = image + share * (colour * rng.uniform(0.5, 1.3) - image)
    return Backdrop(
        image.astype(np.float32), backdrop.x, backdrop.y, backdrop.ground, backdrop.gleam
    )


def crop(rng: Generator, name: str, size: tuple[int, int]) -> np.ndarray:
    """A random part of a texture, at a random scale, flipped and recoloured. Shape: (*size, 3)"""
    tile = (
        patches(name)[rng.integers(4)]
        if name in PATCHES
        else (uprights.choose(rng, name).levels[0].convert("RGB"))
    )
    wide = tile.width * rng.uniform(0.25, 1)
    tall = min(tile.height, wide * size[0] / size[1])
    left, top = rng.uniform(0, tile.width - wide), rng.uniform(0, tile.height - tall)
    box = (left, top, left + wide, top + tall)
    cut = tile.resize((size[1], size[0]), Image.Resampling.BILINEAR, box)
    array = np.asarray(cut, np.float32)[:, :: rng.choice([-1, 1])] / 255
    return array * (1 + rng.normal(0, 0.12, 3))


PATCHES = {"discs": 0, "shards": 3, "gravel": 6}  # corners of the shapes


@lru_cache(maxsize=len(PATCHES))
def patches(name: str) -> list[Image.Image]:
    """Dead leaves of any colour and of stones, drawn once a process."""
    rng = np.random.default_rng([19, *name.encode()])
    palette = textures.STONE if name == "gravel" else textures.ANY
    return [
        textures.stained(
            rng,
            textures.dead_leaves(
                rng, (256, 192), (3, rng.uniform(20, 60)), palette, corners=PATCHES[name], depth=0.4
            ),
            0.15,
        )
        for _ in range(4)
    ]


def blurred(image: np.ndarray, radius: float) -> np.ndarray:
    """A float picture out of focus."""
    soft = scenery.to_image(image).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(soft, np.float32) / 255
