"""Flat pictures of things that stand upright, with transparency and at several scales."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

SCALE = 40  # pixels a metre


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
