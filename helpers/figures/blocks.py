"""Figures of notebook 03: a block, a convolution step by step, its reach into the picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from helpers.figures.explore import page, slider_over
from helpers.figures.squares import outline
from helpers.figures.transposed import draw_grid
from helpers.show import (
    ENCODER,
    GRAY,
    INPUT,
    KERNEL,
    MARK,
    RESULT,
    as_array,
    drawing,
    figure,
    png,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@drawing
def draw_block(in_channels: int, out_channels: int, alt: str) -> None:
    """Draw the block: stacks of maps, with an arrow for each of its four layers."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=(9, 2.6))
    layers = ["3x3 convolution", "ReLU", "3x3 convolution", "ReLU"]
    counts = [in_channels] + [out_channels] * len(layers)
    for place, channels in enumerate(counts):
        draw_stack(ax, 2.6 * place, channels)
        if place:
            x = 2.6 * (place - 1)
            sheets = min(counts[place - 1], 4)
            ax.annotate(
                "",
                (2.6 * place - 0.1, 0.5),
                (x + 1.1 + 0.1 * (sheets - 1), 0.5),
                arrowprops={"arrowstyle": "-|>", "lw": 2, "color": "black"},
            )
            ax.text(
                x + 1.92,
                -0.15,
                layers[place - 1].replace(" ", "\n"),
                ha="center",
                va="top",
                fontsize=10,
            )
    ax.set(xlim=(-0.2, 2.6 * 4 + 1.6), ylim=(-0.95, 1.85))
    ax.set_aspect("equal")
    ax.axis("off")
    figure(fig, alt)


def draw_stack(ax: "Axes", left: float, channels: int) -> None:
    """A stack of maps: as many sheets as channels, but four at most, and their number above."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    for sheet in reversed(range(min(channels, 4))):
        corner = (left + 0.1 * sheet, 0.1 * sheet)
        ax.add_patch(Rectangle(corner, 1, 1, fc="white", ec="none"))
        ax.add_patch(Rectangle(corner, 1, 1, fc=to_rgba(ENCODER, 0.35), ec=ENCODER, lw=1.2))
    ax.text(left + 0.65, 1.5, f"{channels} maps", ha="center", va="bottom", fontsize=10)


@drawing
def draw_steps(x: Tensor, kernel: Tensor, places: Sequence[tuple[int, int]], alt: str) -> None:
    """Draw one row for each place of the window: map, kernel, products, results so far.

    Shape: x (H, W), kernel (k, k); no padding, stride 1
    """
    import matplotlib.pyplot as plt
    import torch

    size, height, width = kernel.shape[0], *x.shape
    result = torch.full((height - size + 1, width - size + 1), float("nan"))
    fig, axes = plt.subplots(
        len(places), 4, figsize=(8.5, 2.05 * len(places)), width_ratios=[width, size, size, size]
    )
    for ax, (row, column) in zip(axes, places, strict=True):
        window = x[row : row + size, column : column + size]
        products = window * kernel + 0.0  # no "-0"
        result[row, column] = products.sum()
        draw_grid(ax[0], x, INPUT)
        outline(ax[0], row, column, size)
        draw_grid(ax[1], kernel, KERNEL)
        draw_grid(ax[2], products, GRAY)
        draw_partial(ax[3], result, (row, column))
        for axis, text in zip(ax[1:], ("times", "=", "sum"), strict=True):
            axis.text(
                -0.22, 0.5, text, transform=axis.transAxes, ha="right", va="center", fontsize=10
            )
    titles = ("map, window", "kernel", "products", "result so far")
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize=10)
    fig.subplots_adjust(wspace=0.45, hspace=0.12)
    figure(fig, alt)


def draw_partial(ax: "Axes", result: Tensor, newest: tuple[int, int]) -> None:
    """A result of which only some places are known (the others are NaN); the newest is framed."""
    draw_grid(ax, result.nan_to_num(0), RESULT)
    known = ~result.isnan()
    for text in ax.texts:
        column, row = (round(p) for p in text.get_position())
        text.set_text(text.get_text() if known[row, column] else "")
    outline(ax, *newest, 1)


@drawing
def draw_reach(alt: str) -> None:
    """Draw one output pixel, the 3x3 maps' pixels it depends on, and their 5x5 in the input."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import ConnectionPatch, Rectangle

    titles = ["input: 5x5 pixels", "after one convolution: 3x3", "after two: one pixel"]
    fig, axes = plt.subplots(1, 3, figsize=(8.5, 2.9))
    colours = (INPUT, RESULT, RESULT)
    for ax, title, side, colour in zip(axes, titles, (5, 3, 1), colours, strict=True):
        low, high = 3 - side // 2, 4 + side // 2
        for i in range(7):
            for j in range(7):
                inside = low <= i < high and low <= j < high
                ax.add_patch(
                    Rectangle(
                        (j, i),
                        1,
                        1,
                        fc=colour if inside else "white",
                        ec=GRAY,
                        alpha=0.8 if inside else 1,
                        lw=0.8,
                    )
                )
        ax.set(xlim=(-0.1, 7.1), ylim=(7.1, -0.1))
        ax.set_aspect("equal")
        ax.axis("off")
        ax.set_title(title, fontsize=10)
    for left, right, side in ((axes[0], axes[1], (5, 3)), (axes[1], axes[2], (3, 1))):
        for sign in (-1, 1):
            ends = [(3.5 + s / 2, 3.5 + sign * s / 2) for s in side]
            ends[1] = (3.5 - side[1] / 2, ends[1][1])
            fig.add_artist(
                ConnectionPatch(
                    ends[0],
                    ends[1],
                    "data",
                    "data",
                    axesA=left,
                    axesB=right,
                    color=MARK,
                    lw=1.2,
                    ls="--",
                )
            )
    fig.tight_layout()
    figure(fig, alt)


@drawing
def draw_squares(
    image: object, sides: Mapping[str, int], centre: tuple[int, int], alt: str
) -> None:
    """Draw squares around one pixel (row, column) of a picture, with a name and a side each.

    A slider makes them grow one by one; all of them are folded below it.
    """
    slider_over(
        lambda count: squares_up_to(count, image, sides, centre),
        lambda: range(1, len(sides) + 1),
        {alt: png(squares(image, sides, centre, len(sides)))},
        "All of them at once",
        label="blocks",
    )


def squares_up_to(
    count: int, image: object, sides: Mapping[str, int], centre: tuple[int, int]
) -> str:
    """The first `count` squares as HTML."""
    name, side = list(sides.items())[count - 1]
    words = f"{name}: one number has seen {side} x {side} pixels."
    return page(words, png(squares(image, sides, centre, count), tight=False))


def squares(
    image: object, sides: Mapping[str, int], centre: tuple[int, int], count: int, margin: int = 5
) -> "Figure":
    """The first `count` squares: left on the whole picture, right on the part around the largest.

    Shape: image as in `helpers.show.pictures`
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle
    from matplotlib.patheffects import withStroke

    array = as_array(image)
    row, column = centre
    reach = max(sides.values()) // 2 + margin
    colours = plt.get_cmap("plasma")
    halo = withStroke(linewidth=3.5, foreground="white")
    ratio = array.shape[1] / array.shape[0]
    fig, axes = plt.subplots(1, 2, figsize=(9, 2.9), width_ratios=[ratio, 1])
    for ax in axes:
        ax.imshow(array, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
    for place, (name, side) in enumerate(list(sides.items())[:count]):
        colour = colours(0.95 - 0.75 * place / max(1, len(sides) - 1))
        corner = (column - side / 2, row - side / 2)
        for ax in axes:
            ax.add_patch(
                Rectangle(
                    corner,
                    side,
                    side,
                    fill=False,
                    ec=colour,
                    lw=2,
                    label=f"{name}: {side} x {side}",
                    path_effects=[halo],
                )
            )
    axes[1].set(xlim=(column - reach, column + reach), ylim=(row + reach, row - reach))
    axes[1].legend(loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=9, frameon=False)
    fig.subplots_adjust(left=0.01, right=0.82, bottom=0.02, top=0.98, wspace=0.05)
    return fig
