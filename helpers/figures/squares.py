"""A small map drawn as squares with numbers, for the figures of several notebooks."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from helpers.show import GRAY, MARK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.typing import ColorType

FAINT = "#6E6E6E"  # still reads on white: contrast 5.1 to 1


def draw_squares(ax: "Axes", values: np.ndarray, fill: "Callable[[float], ColorType]") -> None:
    """Draw each value in a square of the colour that `fill` gives it; zeros are white.

    Shape: values (H, W)
    """
    from matplotlib.collections import PatchCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    height, width = values.shape
    squares, colours = [], []
    for i in range(height):
        for j in range(width):
            value = float(values[i, j])
            colour, ink = (fill(value), "black") if value else ("white", FAINT)
            squares.append(Rectangle((j - 0.5, i - 0.5), 1, 1))
            colours.append(to_rgba(colour))
            ax.text(j, i, f"{value:g}", ha="center", va="center", fontsize=9, color=ink)
    ax.add_collection(PatchCollection(squares, facecolors=colours, edgecolors=GRAY, linewidths=0.8))
    bare(ax, height, width)


def bare(ax: "Axes", height: int, width: int) -> None:
    """Give axes the room for a map of this size, and neither ticks nor borders."""
    ax.set(xlim=(-0.6, width - 0.4), ylim=(height - 0.4, -0.6), xticks=[], yticks=[])
    ax.set_aspect("equal")
    for side in ax.spines.values():
        side.set_visible(False)


def outline(ax: "Axes", row: int, column: int, size: int) -> None:
    """A window on a map, as a frame."""
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((column - 0.5, row - 0.5), size, size, fill=False, ec=MARK, lw=3))
