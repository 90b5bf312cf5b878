"""Long things that stand along a street: hedges, trees, walls and fences, 14 metres of each."""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from helpers.cars import noise, textures
from helpers.cars.flats import SCALE, Upright, as_mask, finished, in_pixels
from helpers.cars.paint import hsv


def hedge(rng: Generator, palette: tuple = textures.GREENS, high: tuple = (0.9, 2.6)) -> Upright:
    """A long hedge, trimmed or wild."""
    size = in_pixels(14, rng.uniform(*high))
    return finished(
        textures.foliage(rng, size, palette, rng.uniform(1.3, 3)),
        as_mask(ragged(rng, size, rng.choice([0.02, 0.15]))),
    )


def ragged(rng: Generator, size: tuple[int, int], rough: float) -> np.ndarray:
    """A row with an uneven upper edge, `rough` metres high and low. Shape: (height, width)"""
    width, height = size
    line = noise.window(rng, 1, width, 3, 7)[0] + 0.4 * noise.window(rng, 1, width, 8)[0]
    drop = rough * SCALE * (1.5 + line).clip(0)
    above = np.arange(height)[:, None] - drop - 2 * noise.window(rng, height, width, 8)
    return above.clip(0, 1).astype(np.float32)


def trees(rng: Generator, palette: tuple = textures.GREENS) -> Upright:
    """A row of trees and bushes: crowns with gaps on crooked trunks."""
    size = width, height = in_pixels(14, rng.uniform(5, 8))
    colour = textures.AUTUMN if palette is textures.GREENS and rng.random() < 0.3 else palette
    image = textures.foliage(rng, size, colour, rng.uniform(1.3, 2.4))
    crowns = Image.new("L", size, 0)
    wood = Image.new("L", size, 0)
    pen, low = ImageDraw.Draw(crowns), rng.uniform(0.55, 1.0)
    for x in np.arange(0, width, rng.uniform(1.5, 5) * SCALE):
        thick, lean = rng.uniform(3, 10), rng.normal(0, 20)
        ImageDraw.Draw(wood).polygon(
            [
                (x - thick, height),
                (x + thick, height),
                (x + lean + thick / 2, 0),
                (x + lean - thick / 2, 0),
            ],
            255,
        )
        for _ in range(25):
            a, b = rng.normal(x + lean / 2, 1.3 * SCALE), rng.uniform(0, low) * height
            r = rng.uniform(0.3, 1.0) * SCALE
            pen.ellipse((a - r, b - r, a + r, b + r), fill=255)
    soft = np.asarray(crowns.filter(ImageFilter.GaussianBlur(8)), np.float32) / 255
    leaves = (soft - 0.5 + 0.22 * noise.window(rng, height, width, 6)) * 6
    bark = textures.plain(rng, size, hsv(0.08, 0.3, rng.uniform(0.1, 0.4)), 0.3)
    stem = as_mask((np.asarray(wood) > 0) & (leaves < 0.5))
    image.paste(bark, mask=stem)
    return finished(image, as_mask(np.maximum(leaves.clip(0, 1), np.asarray(stem) / 255)))


def branches(rng: Generator) -> Upright:
    """Bare trees and bushes against whatever is behind them."""
    size = width, height = in_pixels(14, rng.uniform(4, 7))
    twigs = Image.new("L", size, 0)
    pen = ImageDraw.Draw(twigs)

    def grow(x: float, y: float, angle: float, long: float, thick: float) -> None:
        a, b = x + long * np.cos(angle), y - long * np.sin(angle)
        pen.line((x, y, a, b), fill=min(255, int(150 + 60 * thick)), width=max(1, int(thick)))
        if long > 6:
            for turn in rng.normal(0, 0.55, rng.integers(2, 4)):
                grow(a, b, angle + turn, long * rng.uniform(0.6, 0.85), thick * 0.65)

    for _ in range(rng.integers(8, 16)):
        grow(
            rng.uniform(0, width),
            height,
            np.pi / 2 + rng.normal(0, 0.15),
            rng.uniform(0.1, 0.28) * height,
            rng.uniform(2, 9),
        )
    wood = textures.plain(
        rng, size, hsv(rng.uniform(0.05, 0.12), rng.uniform(0.1, 0.35), rng.uniform(0.1, 0.45)), 0.3
    )
    return finished(wood, twigs)


def wall(rng: Generator, what: str) -> Upright:
    """A low or high wall of brick, plaster, planks, stones or metal shutters."""
    size = wide, high = in_pixels(14, rng.uniform(1.0, 4.5))
    colour = hsv(
        rng.choice([0.03, 0.08, 0.11, 0.58]) + rng.normal(0, 0.02),
        rng.uniform(0, 0.4),
        rng.uniform(0.2, 0.85),
    )
    if what == "brick":
        image = textures.masonry(rng, size, (rng.uniform(9, 16), rng.uniform(3.5, 6)), colour)
    elif what == "stones":
        image = textures.stained(
            rng, textures.dead_leaves(rng, size, (4, 14), textures.STONE, corners=6, depth=0.5), 0.2
        )
    elif what == "planks":
        image = textures.boards(rng, size, rng.uniform(3, 12), colour)
    elif what == "shutters":
        image = textures.boards(rng, (high, wide), rng.uniform(3, 6), colour).transpose(
            Image.Transpose.ROTATE_90
        )
    else:
        image = textures.plain(rng, size, colour, rng.uniform(0.05, 0.2))
    return finished(image)


def fence(rng: Generator, upright: bool | None = None) -> Upright:
    """Pickets, iron bars, a mesh of wire, or rails (`upright=False`)."""
    size = width, height = in_pixels(14, rng.uniform(0.7, 1.5))
    bars = Image.new("L", size, 0)
    pen = ImageDraw.Draw(bars)
    gap, thick = rng.uniform(4, 9), int(rng.integers(1, 4))
    if upright is False:
        for y in np.linspace(2, height * 0.8, rng.integers(1, 4)):
            pen.rectangle((0, y, width, y + rng.uniform(2, 9)), fill=255)
    elif rng.random() < 0.7:
        for x in np.arange(0, width, gap + thick):
            pen.rectangle((x, rng.uniform(0, 3), x + thick - 1, height), fill=255)
        for y in (0.15, 0.85):
            pen.rectangle((0, y * height, width, y * height + 2), fill=255)
    else:
        for x in np.arange(-height, width, gap):
            pen.line((x, 0, x + height, height), fill=200)
            pen.line((x + height, 0, x, height), fill=200)
    for x in np.arange(0, width, rng.uniform(1.5, 3) * SCALE):
        pen.rectangle((x, 0, x + 4, height), fill=255)
    colour = hsv(*rng.uniform((0, 0, 0.05), (1, 0.3, 0.95)))
    return finished(textures.plain(rng, size, colour, 0.15), bars)
