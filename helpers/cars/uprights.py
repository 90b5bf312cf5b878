"""What stands on the ground around cars, as flat pictures with transparency, drawn once a process.

Rows (house fronts, hedges, trees, walls) stand behind; poles, trunks, fences, people and leaves
stand behind too, or between the camera and the cars. None of it is car.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from helpers.cars import facades, noise, textures
from helpers.cars.paint import byte, hsv

SCALE = 40  # pixels a metre
VARIANTS = 6  # of each kind


@dataclass(frozen=True)
class Upright:
    """A flat thing, as RGBA at SCALE pixels a metre and at half, a quarter ... of it."""

    levels: tuple[Image.Image, ...]

    @property
    def metres(self) -> tuple[float, float]:
        """Width and height."""
        return self.levels[0].width / SCALE, self.levels[0].height / SCALE


def finished(image: Image.Image, alpha: Image.Image | None = None) -> Upright:
    """An upright from a texture and its outline; the colour goes on where it is transparent."""
    if alpha is not None:
        image.putalpha(alpha)
    image = image.convert("RGBA")
    return Upright((image, *(image.reduce(k) for k in (2, 4, 8) if min(image.size) > 2 * k)))


def in_pixels(wide: float, high: float) -> tuple[int, int]:
    """Metres as a size in pixels."""
    return max(4, round(wide * SCALE)), max(4, round(high * SCALE))


def as_mask(where: np.ndarray) -> Image.Image:
    """A bool or [0, 1] array as a mask for Pillow."""
    return Image.fromarray((255 * where.clip(0, 1)).astype(np.uint8))


def ragged(rng: Generator, size: tuple[int, int], rough: float) -> np.ndarray:
    """A row with an uneven upper edge, `rough` metres high and low. Shape: (height, width)"""
    width, height = size
    line = noise.window(rng, 1, width, 3, 7)[0] + 0.4 * noise.window(rng, 1, width, 8)[0]
    drop = rough * SCALE * (1.5 + line).clip(0)
    above = np.arange(height)[:, None] - drop - 2 * noise.window(rng, height, width, 8)
    return above.clip(0, 1).astype(np.float32)


def hedge(rng: Generator, palette: tuple = textures.GREENS, high: tuple = (0.9, 2.6)) -> Upright:
    """A long hedge, trimmed or wild."""
    size = in_pixels(14, rng.uniform(*high))
    return finished(textures.foliage(rng, size, palette, rng.uniform(1.3, 3)),
                    as_mask(ragged(rng, size, rng.choice([0.02, 0.15]))))


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
        ImageDraw.Draw(wood).polygon([(x - thick, height), (x + thick, height),
                                      (x + lean + thick / 2, 0), (x + lean - thick / 2, 0)], 255)
        for _ in range(25):
            a, b = rng.normal(x + lean / 2, 1.3 * SCALE), rng.uniform(0, low) * height
            r = rng.uniform(0.3, 1.0) * SCALE
            pen.ellipse((a - r, b - r, a + r, b + r), fill=255)
    soft = np.asarray(crowns.filter(ImageFilter.GaussianBlur(8)), np.float32) / 255
    leaves = (soft - 0.5 + 0.22 * noise.window(rng, height, width, 6)) * 6
    bark = textures.plain(rng, size, hsv(.08, .3, rng.uniform(.1, .4)), .3)
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
        grow(rng.uniform(0, width), height, np.pi / 2 + rng.normal(0, .15),
             rng.uniform(0.1, 0.28) * height, rng.uniform(2, 9))
    wood = textures.plain(rng, size, hsv(rng.uniform(.05, .12), rng.uniform(.1, .35),
                                         rng.uniform(.1, .45)), 0.3)
    return finished(wood, twigs)


def wall(rng: Generator, what: str) -> Upright:
    """A low or high wall of brick, plaster, planks, stones or metal shutters."""
    size = in_pixels(14, rng.uniform(1.0, 4.5))
    colour = hsv(rng.choice([.03, .08, .11, .58]) + rng.normal(0, .02), rng.uniform(0, .4),
                 rng.uniform(.2, .85))
    if what == "brick":
        image = textures.masonry(rng, size, (rng.uniform(9, 16), rng.uniform(3.5, 6)), colour)
    elif what == "stones":
        image = textures.stained(rng, textures.dead_leaves(
            rng, size, (4, 14), textures.STONE, corners=6, depth=0.5), 0.2)
    elif what == "planks":
        image = textures.boards(rng, size, rng.uniform(3, 12), colour)
    elif what == "shutters":
        image = textures.boards(rng, size[::-1], rng.uniform(3, 6), colour).transpose(
            Image.Transpose.ROTATE_90)
    else:
        image = textures.plain(rng, size, colour, rng.uniform(0.05, 0.2))
    return finished(image)


def round_bar(rng: Generator, wide: float, high: float, colour: np.ndarray, crooked: float,
              rough: float) -> Upright:
    """A pole or a trunk, lit from one side; sizes in metres."""
    width, height = in_pixels(wide, high)
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    bend = crooked * noise.window(rng, 1, height, 0, 3).T
    lit = 0.45 + 0.55 * np.sqrt((1 - (0.8 * across + rng.uniform(-0.5, 0.5)) ** 2).clip(0.05))
    grain = np.exp(rough * noise.window(rng, height, width, 5, 10))
    array = 255 * colour * (lit * grain)[..., None]
    outline = (0.92 - np.abs(across + bend)) * width / 2 + 0.5
    return finished(Image.fromarray(array.clip(0, 255).astype(np.uint8)), as_mask(outline))


def pole(rng: Generator) -> Upright:
    """A lamp post, a bollard or a post of concrete, wood or painted metal."""
    colour = hsv(rng.choice([.0, .1, .3, .6]), rng.choice([.02, .1, .5]), rng.uniform(.08, .85))
    return round_bar(rng, rng.uniform(0.10, 0.35), rng.choice([1.0, 5.0], p=[.2, .8]), colour, 0.02,
                     rng.uniform(0.02, 0.1))


def trunk(rng: Generator) -> Upright:
    """The trunk of a tree."""
    colour = hsv(rng.uniform(.05, .12), rng.uniform(.1, .4), rng.uniform(.12, .5))
    return round_bar(rng, rng.uniform(0.25, 0.8), 5.0, colour, rng.uniform(0.05, 0.2), 0.3)


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
    colour = hsv(*rng.uniform((0, 0, .05), (1, .3, .95)))
    return finished(textures.plain(rng, size, colour, 0.15), bars)


def person(rng: Generator) -> Upright:
    """Somebody, or a thing as large: a head, a coat, legs and arms, in folds of cloth."""
    size = width, height = in_pixels(0.75, rng.uniform(1.5, 1.9))
    image, alpha = Image.new("RGB", size), Image.new("L", size, 0)
    skin, coat, legs = (hsv(.07, .45, rng.uniform(.25, .9)), hsv(*rng.uniform(0, [1, .8, .9])),
                        hsv(rng.choice([.08, .6]), rng.uniform(0, .5), rng.uniform(.04, .4)))
    middle, stride = width / 2, rng.uniform(0.02, 0.16) * height
    for pen, ink in ((ImageDraw.Draw(image), byte), (ImageDraw.Draw(alpha), lambda colour: 255)):
        for side in (-1, 1):
            foot = middle + side * stride
            pen.line((middle + side * 2.5, .5 * height, foot, height), fill=ink(legs), width=6)
            pen.line((middle + side * 6, .22 * height, middle + side * 10, .52 * height),
                     fill=ink(coat * 0.8), width=4)
        pen.ellipse((middle - 8, .16 * height, middle + 8, .60 * height), fill=ink(coat))
        pen.ellipse((middle - 3.5, 0, middle + 3.5, .14 * height), fill=ink(skin))
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
    image = Image.new("RGB", size, byte(hsv(0, 0, rng.uniform(.2, .6))))
    alpha = Image.new("L", size, 0)
    pens, middle = (ImageDraw.Draw(image), ImageDraw.Draw(alpha)), width / 2
    colours = byte(hsv(rng.choice([0, .6, .12]), .9, .8)), 255
    for pen, ink in zip(pens, colours, strict=True):
        board = (1, 1, width - 2, rng.choice([width, 2 * width // 3]) - 2)
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)(board, fill=ink)
    pens[0].rectangle((.25 * width, .25 * width, .75 * width, .4 * width), fill=(235, 235, 235))
    pens[1].rectangle((middle - 1.5, width // 2, middle + 1.5, height), fill=255)
    return finished(textures.stained(rng, image, 0.1), alpha)


MAKERS: dict[str, Callable[[Generator], Upright]] = {
    "houses": lambda rng: finished(facades.facade(rng, in_pixels(14, rng.uniform(5, 9)))),
    "hedge": hedge, "trees": trees, "branches": branches, "pole": pole, "trunk": trunk,
    "brick": lambda rng: wall(rng, "brick"), "plaster": lambda rng: wall(rng, "plaster"),
    "planks": lambda rng: wall(rng, "planks"), "fence": fence, "person": person, "leaves": leaves,
    "low hedge": lambda rng: hedge(rng, high=(0.4, 0.9)),
    "conifers": lambda rng: trees(rng, textures.CONIFER),
    "stones": lambda rng: wall(rng, "stones"), "shutters": lambda rng: wall(rng, "shutters"),
    "sign": sign, "rails": lambda rng: fence(rng, upright=False),
    "reeds": lambda rng: leaves(rng, textures.DRY),
}


@lru_cache(maxsize=len(MAKERS))
def variants(name: str) -> list[Upright]:
    """All uprights of a kind; the same in every process."""
    rng = np.random.default_rng([11, *name.encode()])
    return [MAKERS[name](rng) for _ in range(VARIANTS)]


def choose(rng: Generator, name: str) -> Upright:
    """One upright of a kind."""
    return variants(name)[rng.integers(VARIANTS)]
