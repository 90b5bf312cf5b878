"""Surfaces with detail at many scales: leaves, stones, bricks, bark, grass, asphalt.

A texture is painted from overlapping shapes, the dark and hidden ones first ("dead leaves"), or
from boards and bricks, and then stained by 1/f noise. Each is RGB, uint8, drawn with a given `rng`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from helpers.cars import noise
from helpers.cars.paint import byte, hsv

Size = tuple[int, int]  # width, height in pixels, as in Pillow
GREENS = ((0.17, 0.33), (0.15, 0.55), (0.10, 0.52))  # hue, saturation, value
CONIFER = ((0.36, 0.46), (0.25, 0.55), (0.08, 0.30))
AUTUMN = ((0.02, 0.14), (0.35, 0.8), (0.2, 0.65))
DRY = ((0.07, 0.15), (0.15, 0.45), (0.25, 0.7))
STONE = ((0.05, 0.15), (0.0, 0.15), (0.2, 0.8))
ANY = ((0, 1), (0, 0.8), (0.05, 0.95))


def stained(rng: Generator, image: Image.Image, strength: float) -> Image.Image:
    """A texture with light and dark patches and grain."""
    width, height = image.size
    clouds = 0.6 * noise.window(rng, height, width, 1, 6)
    clouds = clouds + 0.5 * noise.window(rng, height, width, 8)
    array = np.asarray(image, np.float32) * np.exp(strength * clouds)[..., None]
    return Image.fromarray(array.clip(0, 255).astype(np.uint8))


def dead_leaves(
    rng: Generator,
    size: Size,
    radii: tuple[float, float],
    palette: tuple,
    *,
    corners: int = 0,
    cover: float = 4.0,
    depth: float = 0.75,
    around: bool = False,
) -> Image.Image:
    """Shapes over shapes, the lower ones darker by `depth`; radii in pixels follow a power law.

    `corners`: 0 for ellipses; `cover`: about how many shapes lie over a point; `around`: draw what
    goes over one edge at the other edge too, so that the texture tiles.
    """
    width, height = size
    low, high = radii
    count = int(cover * width * height / (2.2 * low * high))
    radius = low / (1 - rng.random(count) * (1 - low / high))
    lit = (1 - depth * (1 - np.linspace(0, 1, count)) ** 1.5) * rng.uniform(0.6, 1.25, count)
    colours = random_colours(rng, palette, lit)
    canvas = Image.new("RGB", size, byte(hsv(np.mean(palette[0]), 0.4, 0.08)))
    pen = ImageDraw.Draw(canvas)
    centres = rng.uniform((0, 0), size, (count, 2))
    shapes = outlines(rng, radius, corners)
    draw = pen.polygon if corners else pen.ellipse
    over = around & (np.minimum(centres, np.array(size) - centres).min(axis=1) < radius)
    for at, r, goes_over, shape, colour in zip(centres, radius, over, shapes, colours, strict=True):
        for place in copies(at, r, size) if goes_over else (at,):
            draw((shape + place).ravel().tolist(), fill=colour)
    return canvas


def random_colours(rng: Generator, palette: tuple, lit: np.ndarray) -> list[tuple]:
    """As many colours of a palette as `lit` has numbers, their brightness times those."""
    hue, saturation, value = (rng.uniform(low, high, len(lit)) for low, high in palette)
    channels = np.stack([hue % 1, saturation, (value * lit).clip(0, 1)], 1)[None]
    image = Image.fromarray((255 * channels).astype(np.uint8), "HSV").convert("RGB")
    return [tuple(colour) for colour in np.asarray(image)[0].tolist()]


def outlines(rng: Generator, radius: np.ndarray, corners: int) -> np.ndarray:
    """Turned polygons around 0, or the boxes of upright ellipses (`corners` 0).

    Shape: (N, corners, 2) or (N, 2, 2)
    """
    slim = rng.uniform(0.45, 1, len(radius))
    if not corners:
        box = np.stack([radius, slim * radius], 1)
        return np.stack([-box, box], 1)
    angle = np.arange(corners) * 2 * np.pi / corners
    a, b = radius[:, None] * np.cos(angle), (slim * radius)[:, None] * np.sin(angle)
    turn = rng.uniform(0, 2 * np.pi, (len(radius), 1))
    c, s = np.cos(turn), np.sin(turn)
    return np.stack([c * a - s * b, s * a + c * b], -1)


def copies(centre: np.ndarray, radius: float, size: Size) -> list:
    """Where to draw a shape so that it goes on at the opposite edges."""
    xs, ys = ((at, at + side, at - side) for at, side in zip(centre, size, strict=True))
    return [
        (x, y)
        for x in xs
        for y in ys
        if -radius < x < size[0] + radius and -radius < y < size[1] + radius
    ]


def foliage(rng: Generator, size: Size, palette: tuple = GREENS, leaf: float = 2.0) -> Image.Image:
    """Leaves of one plant, in clumps with dark gaps; `leaf`: the smallest radius in pixels."""
    hue = rng.uniform(*palette[0])
    narrow = ((hue - 0.03, hue + 0.03), palette[1], palette[2])
    part = min(size[0], 192), min(size[1], 128)  # more takes seconds, and nobody sees it
    leaves = dead_leaves(rng, part, (leaf, 2.2 * leaf), narrow, corners=int(rng.integers(4, 7)))
    rows, columns = (np.arange(n) for n in size[::-1])
    array = np.pad(np.asarray(leaves), ((0, part[1]), (0, part[0]), (0, 0)), mode="symmetric")
    array = array[rows[:, None] % (2 * part[1]), columns % (2 * part[0])]
    return stained(rng, Image.fromarray(array), rng.uniform(0.2, 0.4))


def masonry(
    rng: Generator, size: Size, brick: tuple[float, float], colour: np.ndarray, spread: float = 0.15
) -> Image.Image:
    """Rows of bricks, stones or slabs of about `brick` (width, height) pixels, with joints."""
    width, height = size
    canvas = Image.new("RGB", size, byte(colour * rng.uniform(0.45, 1.3)))
    pen = ImageDraw.Draw(canvas)
    for row in range(int(height / brick[1]) + 1):
        x, top = -rng.random() * brick[0], row * brick[1]
        while x < width:
            wide = brick[0] * rng.uniform(1 - spread, 1 + spread)
            shade = colour * (1 + rng.normal(0, spread)) * (1 + rng.normal(0, 0.03, 3))
            pen.rectangle((x, top, x + wide - 2, top + brick[1] - 2), fill=byte(shade))
            x += wide
    return stained(rng, canvas, 0.12)


def boards(rng: Generator, size: Size, wide: float, colour: np.ndarray) -> Image.Image:
    """Upright boards, panels or corrugated metal, each a little different, with dark gaps."""
    canvas = Image.new("RGB", size, byte(colour * 0.3))
    pen, x = ImageDraw.Draw(canvas), 0.0
    while x < size[0]:
        shade = byte(colour * (1 + rng.normal(0, 0.1)) * (1 + rng.normal(0, 0.03, 3)))
        pen.rectangle((x, 0, x + wide - 1.5, size[1]), fill=shade)
        x += wide
    return stained(rng, canvas, 0.12)


def plain(rng: Generator, size: Size, colour: np.ndarray, strength: float = 0.1) -> Image.Image:
    """One colour with stains: plaster, concrete, earth."""
    return stained(rng, Image.new("RGB", size, byte(colour)), strength)


def strokes(rng: Generator, size: Size, palette: tuple, long: float, count: int) -> Image.Image:
    """Blades of grass or reeds, nearly upright, the lower ones darker."""
    canvas = Image.new("RGB", size, byte(hsv(np.mean(palette[0]), 0.4, 0.12)))
    pen = ImageDraw.Draw(canvas)
    feet = rng.uniform((0, 0), size, (count, 2))
    tips = feet + long * np.stack([rng.normal(0, 0.4, count), -rng.uniform(0.4, 1, count)], 1)
    colours = random_colours(rng, palette, np.linspace(0.4, 1, count))
    for foot, tip, colour in zip(feet.tolist(), tips.tolist(), colours, strict=True):
        pen.line((*foot, *tip), fill=colour, width=1)
    return stained(rng, canvas, 0.2)


def scattered(
    rng: Generator,
    image: Image.Image,
    palettes: Sequence[tuple],
    share: float,
    radii: tuple[float, float],
) -> Image.Image:
    """A texture with leaves or stones strewn over `share` of it."""
    pen = ImageDraw.Draw(image)
    count = 1 + int(share * image.width * image.height / (radii[0] * radii[1] * 2))
    for palette in palettes:
        radius = rng.uniform(*radii, count // len(palettes))
        colours = random_colours(rng, palette, np.ones(len(radius)))
        centres = rng.uniform((0, 0), image.size, (len(radius), 2))
        for at, shape, colour in zip(centres, outlines(rng, radius, 5), colours, strict=True):
            pen.polygon((shape + at).ravel().tolist(), fill=colour)
    return image
