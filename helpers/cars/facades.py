"""House fronts, drawn flat: walls with floors of windows, balconies, shutters, doors and shops."""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from helpers.cars import textures
from helpers.cars.paint import byte, hsv


def facade(rng: Generator, size: tuple[int, int]) -> Image.Image:
    """One to three houses side by side; width and height in pixels, 40 a metre."""
    width, height = size
    image, x = Image.new("RGB", size), 0
    while x < width:
        wide = int(min(width - x, rng.uniform(0.3, 1.1) * width))
        image.paste(house(rng, (max(wide, 30), height)), (x, 0))
        x += wide
    return image


def house(rng: Generator, size: tuple[int, int]) -> Image.Image:
    """One front; its ground floor is a shop, a garage, a blind base or like the others."""
    width, height = size
    colour = hsv(
        rng.choice([0.04, 0.08, 0.11, 0.14, 0.6]) + rng.normal(0, 0.02),
        rng.uniform(0.02, 0.4),
        rng.uniform(0.35, 0.9),
    )
    brick = rng.random() < 0.3
    image = (
        textures.masonry(rng, size, (12, 4.5), colour * 0.8)
        if brick
        else textures.plain(rng, size, colour, rng.uniform(0.03, 0.12))
    )
    pen = ImageDraw.Draw(image)
    storey, across = rng.uniform(95, 130), rng.uniform(50, 120)
    window = rng.uniform(0.35, 0.7) * across, rng.uniform(0.4, 0.6) * storey
    style = {
        name: rng.random() < share
        for name, share in (("shutters", 0.3), ("balcony", 0.3), ("sill", 0.7), ("bars", 0.6))
    }
    inks = [hsv(*rng.uniform((0, 0, 0.1), (1, 0.4, 0.95))) for _ in range(3)]
    base = rng.uniform(0.9, 1.2) * storey
    for top in np.arange(height - base - storey, -storey, -storey):
        if rng.random() < 0.5:
            pen.rectangle((0, top - 3, width, top), fill=byte(colour * rng.uniform(0.6, 1.25)))
        for left in np.arange((across - window[0]) / 2, width, across):
            draw_window(rng, pen, (left, top + 0.2 * storey), window, inks, style)
    ground_floor(rng, pen, size, base, colour, inks)
    return textures.stained(rng, image, 0.06)


def draw_window(rng, pen, at, size, inks, style) -> None:
    """A pane that mirrors the sky or shows a curtain, with what belongs to it."""
    (x, y), (wide, high) = at, size
    pen.rectangle((x - 3, y - 3, x + wide + 3, y + high + 3), fill=byte(inks[0]))
    dark = rng.uniform(0.05, 0.45)
    for k in range(6):  # brighter toward the top, as the sky is
        pane = hsv(0.58, rng.uniform(0.05, 0.2), dark + rng.uniform(0, 0.35) * (1 - k / 6) ** 2)
        pen.rectangle((x, y + k * high / 6, x + wide, y + (k + 1) * high / 6), fill=byte(pane))
    if rng.random() < 0.3:
        pen.rectangle((x, y, x + wide, y + rng.uniform(0.2, 1) * high), fill=byte(inks[1] * 0.8))
    if style["bars"]:
        pen.rectangle((x + wide / 2 - 1, y, x + wide / 2 + 1, y + high), fill=byte(inks[0]))
    if style["sill"]:
        pen.rectangle((x - 5, y + high + 3, x + wide + 5, y + high + 6), fill=byte(inks[0] * 0.7))
    if style["shutters"]:
        for left in (x - 3 - wide / 2, x + wide + 3):
            pen.rectangle((left, y - 3, left + wide / 2, y + high + 3), fill=byte(inks[2] * 0.7))
    if style["balcony"]:
        pen.rectangle((x - 12, y + high, x + wide + 12, y + high + 5), fill=byte(inks[0]))
        for a in np.arange(x - 12, x + wide + 12, 4):
            pen.line((a, y + 0.55 * high, a, y + high), fill=byte(inks[2] * 0.4))


def ground_floor(rng, pen, size, base, colour, inks) -> None:
    """What is at eye level: shop windows, garage doors, doors, a plinth, pipes, posters."""
    width, height = size
    top = height - base
    if rng.random() < 0.4:
        pen.rectangle((0, top, width, height), fill=byte(colour * rng.uniform(0.4, 1.1)))
    x = rng.uniform(0, 40)
    while x < width:
        wide, what = rng.uniform(35, 150), rng.random()
        box = (
            x,
            top + rng.uniform(0.12, 0.4) * base,
            x + wide,
            height - (rng.uniform(0.1, 0.3) * base if what < 0.45 else 0),
        )
        if what < 0.45:
            draw_window(
                rng,
                pen,
                box[:2],
                (wide, box[3] - box[1]),
                inks,
                {"shutters": False, "balcony": False, "sill": True, "bars": True},
            )
        elif what < 0.8:
            ink = inks[2] * rng.uniform(0.3, 1)
            pen.rectangle(box, fill=byte(ink))
            for y in np.arange(box[1], height, rng.uniform(8, 30)):
                pen.line((x, y, x + wide, y), fill=byte(ink * 0.7))
        x += wide + rng.uniform(15, 100)
    if rng.random() < 0.6:
        plinth = height - rng.uniform(10, 40)
        pen.rectangle((0, plinth, width, height), fill=byte(colour * rng.uniform(0.35, 0.8)))
    for at in rng.uniform(0, width, rng.integers(0, 3)):
        pen.rectangle((at, 0, at + 3, height), fill=byte(colour * rng.uniform(0.4, 1.2)))
