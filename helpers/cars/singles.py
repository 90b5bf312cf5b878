"""Things that stand alone: poles, trunks, people, bushes and hanging twigs, signs."""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from helpers.cars import noise, textures
from helpers.cars.flats import Upright, as_mask, finished, in_pixels
from helpers.cars.paint import byte, hsv


def pole(rng: Generator) -> Upright:
    """A lamp post, a bollard or a post of concrete, wood or painted metal."""
    colour = hsv(
        rng.choice([0.0, 0.1, 0.3, 0.6]), rng.choice([0.02, 0.1, 0.5]), rng.uniform(0.08, 0.85)
    )
    return round_bar(
        rng,
        rng.uniform(0.10, 0.35),
        rng.choice([1.0, 5.0], p=[0.2, 0.8]),
        colour,
        0.02,
        rng.uniform(0.02, 0.1),
    )


def trunk(rng: Generator) -> Upright:
    """The trunk of a tree."""
    colour = hsv(rng.uniform(0.05, 0.12), rng.uniform(0.1, 0.4), rng.uniform(0.12, 0.5))
    return round_bar(rng, rng.uniform(0.25, 0.8), 5.0, colour, rng.uniform(0.05, 0.2), 0.3)


def round_bar(
    rng: Generator, wide: float, high: float, colour: np.ndarray, crooked: float, rough: float
) -> Upright:
    """A pole or a trunk, lit from one side; sizes in metres."""
    width, height = in_pixels(wide, high)
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    bend = crooked * noise.window(rng, 1, height, 0, 3).T
    lit = 0.45 + 0.55 * np.sqrt((1 - (0.8 * across + rng.uniform(-0.5, 0.5)) ** 2).clip(0.05))
    grain = np.exp(rough * noise.window(rng, height, width, 5, 10))
    array = 255 * colour * (lit * grain)[..., None]
    outline = (0.92 - np.abs(across + bend)) * width / 2 + 0.5
    return finished(Image.fromarray(array.clip(0, 255).astype(np.uint8)), as_mask(outline))


def person(rng: Generator) -> Upright:
    """Somebody, or a thing as large: a head, a coat, legs and arms, in folds of cloth."""
    size = width, height = in_pixels(0.75, rng.uniform(1.5, 1.9))
    image, alpha = Image.new("RGB", size), Image.new("L", size, 0)
    skin, coat, legs = (
        hsv(0.07, 0.45, rng.uniform(0.25, 0.9)),
        hsv(*rng.uniform(0, [1, 0.8, 0.9])),
        hsv(rng.choice([0.08, 0.6]), rng.uniform(0, 0.5), rng.uniform(0.04, 0.4)),
    )
    middle, stride = width / 2, rng.uniform(0.02, 0.16) * height
    for pen, ink in ((ImageDraw.Draw(image), byte), (ImageDraw.Draw(alpha), lambda colour: 255)):
        for side in (-1, 1):
            foot = middle + side * stride
            pen.line((middle + side * 2.5, 0.5 * height, foot, height), fill=ink(legs), width=6)
            pen.line(
                (middle + side * 6, 0.22 * height, middle + side * 10, 0.52 * height),
                fill=ink(coat * 0.8),
                width=4,
            )
        pen.ellipse((middle - 8, 0.16 * height, middle + 8, 0.60 * height), fill=ink(coat))
        pen.ellipse((middle - 3.5, 0, middle + 3.5, 0.14 * height), fill=ink(skin))
    return finished(textures.stained(rng, image, 0.25), alpha.filter(ImageFilter.GaussianBlur(0.5)))


def leaves(rng: Generator, palette: tuple = textures.GREENS) -> Upright:
    """Twigs that hang into the picture or a bush: leaves with many gaps."""
    size = width, height = in_pixels(rng.uniform(1.5, 4), rng.uniform(1, 2.5))
    x, y = np.linspace(-1, 1, width)[None], np.linspace(-1, 1, height)[:, None]
    inside = 1.1 - 1.4 * (x**2 + y**2) + 0.55 * noise.window(rng, height, width, 6)
    inside = inside + 0.5 * noise.window(rng, height, width, 8)
    colour = textures.AUTUMN if palette is textures.GREENS and rng.random() < 0.3 else palette
    return finished(textures.foliage(rng, size, colour, rng.uniform(1.5, 3)), as_mask(3 * inside))


def sign(rng: Generator) -> Upright:
    """A traffic sign or a notice board on its post."""
    size = width, height = in_pixels(rng.uniform(0.4, 0.9), rng.uniform(1.6, 2.8))
    image = Image.new("RGB", size, byte(hsv(0, 0, rng.uniform(0.2, 0.6))))
    alpha = Image.new("L", size, 0)
    pens, middle = (ImageDraw.Draw(image), ImageDraw.Draw(alpha)), width / 2
    colours = byte(hsv(rng.choice([0, 0.6, 0.12]), 0.9, 0.8)), 255
    for pen, ink in zip(pens, colours, strict=True):
        board = (1, 1, width - 2, rng.choice([width, 2 * width // 3]) - 2)
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)(board, fill=ink)
    pens[0].rectangle((0.25 * width, 0.25 * width, 0.75 * width, 0.4 * width), fill=(235, 235, 235))
    pens[1].rectangle((middle - 1.5, width // 2, middle + 1.5, height), fill=255)
    return finished(textures.stained(rng, image, 0.1), alpha)
