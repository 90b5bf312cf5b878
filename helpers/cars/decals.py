"""Lettering, badges and stripes on a car's sides."""

from functools import lru_cache

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from helpers.cars.body import SIDE, Body
from helpers.cars.paint import Material, hsv
from helpers.cars.raster import Surface


def decal(rng: Generator, body: Body, surface: Surface, material: Material) -> None:
    """Lettering, a badge or a stripe on both sides of a car."""
    picture = lettering()[rng.integers(len(lettering()))]
    tall, wide = picture.shape
    high = rng.uniform(0.15, 0.6)
    long = high * wide / tall * rng.uniform(0.7, 1.3)
    x, z = surface.point[:, 0], surface.point[:, 2]
    side = np.sign(surface.point[:, 1])
    column = (rng.uniform(-0.2, 0.4) * body.size[0] - x * side) / long * wide
    row = (rng.uniform(0.5, 0.9) * body.size[2] - z) / high * tall
    there = (surface.part == SIDE) & (column >= 0) & (column < wide) & (row >= 0) & (row < tall)
    where = np.flatnonzero(there & ~material.glass)
    share = picture[row[where].astype(int), column[where].astype(int), None]
    material.albedo[where] += share * (hsv(*rng.random(3)) - material.albedo[where])


@lru_cache(maxsize=1)
def lettering() -> list[np.ndarray]:
    """Words, discs and stripes, 1 where there is ink. Shape: (32, 32 to 256) float32 each"""
    rng, pictures = np.random.default_rng(23), []
    for k in range(24):
        image = Image.new("L", (int(rng.integers(32, 256)), 32), 0)
        pen = ImageDraw.Draw(image)
        if k % 3 == 0:
            pen.ellipse((0, 0, 31, 31), fill=255)
            pen.ellipse((6, 6, 25, 25), fill=0)
        elif k % 3 == 1:
            top, low = int(rng.integers(0, 16)), int(rng.integers(18, 32))
            pen.rectangle((0, top, image.width, low), fill=255)
        else:
            word = "".join(rng.choice(list("ABCDEFGHIKLMNOPRSTUVXYZ0123456789"), 12))
            pen.text((0, 0), word, fill=255, font=ImageFont.load_default(30))
        pictures.append(np.asarray(image, np.float32) / 255)
    return pictures
