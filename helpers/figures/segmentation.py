"""Figures of notebook 01: four tasks on one picture, small maps with numbers, two uses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from helpers.figures.squares import draw_squares
from helpers.show import (
    CAR,
    CLASS_COLOURS,
    GREEN,
    MARK,
    SKY,
    as_array,
    drawing,
    figure,
    in_gray,
    tint,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import Tensor

    from helpers.data import Picture


@drawing
def draw_tasks(picture: "Picture", alt: str) -> None:
    """One picture, four answers: a label, boxes, a class for every pixel, an instance number."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    instances = as_array(picture.instance_map)
    tinted = classes = in_gray(picture.image)
    for number, colour in zip(np.unique(instances)[1:], (CAR, SKY, GREEN), strict=False):
        tinted = tint(tinted, instances == number, colour, 0.65)
        classes = tint(classes, instances == number, CAR, 0.65)
    panels = {
        'classification: "cars"': picture.image,
        "detection: a box for each car": picture.image,
        "semantic: a class for every pixel": classes,
        "instance: which car is it?": tinted,
    }
    fig, axes = plt.subplots(2, 2, figsize=(6.1, 4.3), layout="constrained")
    for ax, (title, image) in zip(axes.flat, panels.items(), strict=True):
        ax.imshow(as_array(image))
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    for number in np.unique(instances)[1:]:
        rows, columns = np.nonzero(instances == number)
        corner = columns.min(), rows.min()
        size = int(np.ptp(columns)), int(np.ptp(rows))
        for colour, width in (("white", 4), (MARK, 2)):
            axes[0, 1].add_patch(Rectangle(corner, *size, fill=False, ec=colour, lw=width))
    figure(fig, alt)


@drawing
def draw_maps(maps: "Mapping[str, Tensor]", alt: str, width: float = 9.0) -> None:
    """Small maps of whole numbers or of true and false, each number in its class's colour.

    Shape: each map (H, W)
    """
    import matplotlib.pyplot as plt

    tall, wide = (max(m.shape[axis] for m in maps.values()) for axis in (0, 1))
    cell = min(0.42, width / (len(maps) * (wide + 1)))
    size = (cell * (wide + 1) * len(maps), cell * (tall + 1) + 0.3)
    fig, axes = plt.subplots(1, len(maps), figsize=size, squeeze=False)
    for ax, (title, values) in zip(axes[0], maps.items(), strict=True):
        draw_numbers(ax, as_array(values))
        ax.set_title(title, fontsize=10)
    fig.tight_layout()
    figure(fig, alt)


def draw_numbers(ax: "Axes", values: np.ndarray) -> None:
    """One map as squares with numbers in their classes' colours. Shape: (H, W)"""
    from matplotlib.colors import to_rgba

    count = len(CLASS_COLOURS)
    draw_squares(ax, values, lambda v: to_rgba(CLASS_COLOURS[int(v) % count], 0.75))


@drawing
def draw_uses(alt: str) -> None:
    """A scan with an organ and a tumour, and fields from above, each with its class map."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import ListedColormap

    fig, axes = plt.subplots(1, 4, figsize=(9, 2.6))
    named = {"a scan": scan(), "fields from above": fields()}
    colours = ListedColormap(CLASS_COLOURS)
    for k, (title, (image, classes)) in enumerate(named.items()):
        axes[2 * k].imshow(image)
        axes[2 * k].set_title(title, fontsize=10)
        axes[2 * k + 1].imshow(
            classes, cmap=colours, vmin=0, vmax=len(CLASS_COLOURS) - 1, interpolation="nearest"
        )
        axes[2 * k + 1].set_title("its class map", fontsize=10)
    for ax in axes:
        ax.axis("off")
    fig.tight_layout()
    figure(fig, alt)


def scan(side: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """A gray slice through a body: 0 background, 1 organ, 5 tumour.

    Shape: (side, side, 3) uint8, (side, side) int
    """
    rng = np.random.default_rng(3)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    body = (x / 0.9) ** 2 + (y / 0.75) ** 2 < 1
    organ = ((x + 0.25) / 0.42) ** 2 + (y / 0.45 + 0.3 * x) ** 2 < 1
    tumour = (x + 0.35) ** 2 + (y - 0.1) ** 2 < 0.018
    gray = 15 + 75 * body + 55 * (organ & body) + 60 * tumour + rng.normal(0, 9, x.shape)
    classes = np.where(tumour, 5, np.where(organ & body, 1, 0))
    return np.repeat(gray.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2), classes


def fields(side: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Fields, a river and houses from above: 3 field, 2 water, 1 building, 0 else.

    Shape: (side, side, 3) uint8, (side, side) int
    """
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:side, 0:side]
    classes = np.zeros((side, side), int)
    classes[(x // 30 + y // 36) % 2 == 0] = 3
    classes[np.abs(x - 55 - 10 * np.sin(y / 14)) < 6] = 2
    for _ in range(7):
        i, j = rng.integers(4, side - 14, 2)
        classes[i : i + 7, j : j + 9] = 1
    colours = np.array([[150, 140, 105], [170, 95, 80], [60, 95, 130], [95, 135, 70]])
    image = colours[classes] + rng.normal(0, 10, (side, side, 1))
    return image.clip(0, 255).astype(np.uint8), classes
