"""Figures of notebook 02: an ordinary convolution in numbers, and a transposed one as stamps."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.figures.squares import bare, outline
from helpers.figures.transposed import draw_grid
from helpers.figures.window import make_scene, products
from helpers.show import (
    BLUE,
    GRAY,
    GREEN,
    INPUT,
    KERNEL,
    PURPLE,
    RESULT,
    YELLOW,
    drawing,
    figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PIXELS = (BLUE, GREEN, PURPLE, YELLOW)  # a colour for each of four pixels and its stamp


def in_words(grid: Tensor) -> str:
    """A map's numbers in words, row by row."""
    return " over ".join(" ".join(f"{v:g}" for v in row) for row in grid.tolist())


@drawing
def draw_convolution(x: Tensor, kernel: Tensor) -> None:
    """Draw an ordinary convolution: the map with its first window, the kernel, the result.

    Shape: x (H, W), kernel (k, k)
    """
    import matplotlib.pyplot as plt

    result = F.conv2d(x[None, None], kernel[None, None])[0, 0]
    sides = [x.shape[1], len(kernel), result.shape[1]]
    fig, axes = plt.subplots(1, 3, figsize=(6.5, 0.45 * len(x) + 0.7), width_ratios=sides)
    first = products(x[: len(kernel), : len(kernel)], kernel)
    grids = {"map": (x, INPUT), "kernel": (kernel, KERNEL), first: (result, RESULT)}
    for ax, (title, (grid, colour)) in zip(axes, grids.items(), strict=True):
        draw_grid(ax, grid, colour)
        ax.set_title(title, fontsize=10)
    outline(axes[0], 0, 0, len(kernel))
    outline(axes[2], 0, 0, 1)
    fig.tight_layout()
    figure(
        fig,
        f"The map {in_words(x)} with a window on its upper left; the kernel "
        f"{in_words(kernel)}; the result {in_words(result)}, whose first number is {first}.",
    )


def stamps(x: Tensor, kernel: Tensor, stride: int) -> Iterator[tuple[float, Tensor]]:
    """Each pixel with its stamp, alone on the result. Shape: x (H, W) -> (H_out, W_out)"""
    for place, value in enumerate(x.flatten().tolist()):
        alone = torch.zeros(x.numel())
        alone[place] = value
        yield (
            value,
            F.conv_transpose2d(alone.reshape(1, 1, *x.shape), kernel[None, None], stride=stride)[
                0, 0
            ],
        )


@drawing
def draw_stamps(x: Tensor, kernel: Tensor, stride: int) -> None:
    """Draw a map of four pixels, the kernel, the four stamps in four colours, and their sum.

    The stamps must not overlap.

    Shape: x (2, 2), kernel (k, k), k at most `stride`
    """
    import matplotlib.pyplot as plt

    made = list(stamps(x, kernel, stride))
    fig = plt.figure(figsize=(8.6, 4.1))
    grid = fig.add_gridspec(2, 8)
    top = [fig.add_subplot(grid[0, a:b]) for a, b in ((0, 2), (2, 4), (5, 8))]
    below = [fig.add_subplot(grid[1, 2 * i : 2 * i + 2]) for i in range(4)]
    alone = torch.eye(4).reshape(4, *x.shape)
    for place, colour in enumerate(PIXELS):
        draw_part(top[0], x * alone[place], colour)
        draw_part(top[2], made[place][1], colour)
        draw_grid(below[place], made[place][1], colour)
        below[place].set_title(f"{made[place][0]:g} times the kernel", fontsize=10)
    draw_grid(top[1], kernel, KERNEL)
    for ax, title in zip(top, ("map", "kernel", "sum of the four stamps"), strict=True):
        ax.set_title(title, fontsize=10)
    fig.tight_layout()
    told = "; ".join(
        f"{value:g} times the kernel is {in_words(F.relu(value * kernel))}" for value, _ in made
    )
    figure(
        fig,
        f"Four pixels in four colours and the kernel {in_words(kernel)}. {told}. Each "
        "stamp lies in its own quarter; their sum is "
        f"{in_words(sum((stamp for _, stamp in made), torch.zeros(())))}.",
    )


def draw_part(ax: "Axes", values: Tensor, colour: str) -> None:
    """Draw the numbers of a map that are not zero, and leave the other places as they are."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    for i, j in values.nonzero().tolist():
        ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fc=to_rgba(colour, 0.5), ec=GRAY))
        ax.text(j, i, f"{values[i, j]:g}", ha="center", va="center", fontsize=9)
    bare(ax, *values.shape)


@drawing
def draw_both_ways(x: Tensor, stride: int, row: int, column: int) -> None:
    """Draw one number of the result found twice: by the sliding window, and as part of a stamp.

    The kernel is that of `helpers.figures.window.make_scene`, 2x2.

    Shape: x (2, 2)
    """
    import matplotlib.pyplot as plt

    scene = make_scene(x, 2, stride)
    kernel = scene.kernel.flip(0, 1)
    pixel = x[row // stride, column // stride]
    number = kernel[row % stride, column % stride]
    slid = products(scene.window(row * scene.result.shape[1] + column), scene.kernel)
    stamped = f"{pixel:g}·{number:g} = {pixel * number:g}"
    place = 2 * (row // stride) + column // stride
    stamp = list(stamps(x, kernel, stride))[place][1]
    fig, axes = plt.subplots(1, 4, figsize=(8.6, 2.7), width_ratios=[5, 2.6, 2.6, 4])
    for ax, grid, colour in zip(
        axes,
        (scene.padded, scene.kernel, kernel, stamp),
        (INPUT, KERNEL, KERNEL, PIXELS[place]),
        strict=True,
    ):
        draw_grid(ax, grid, colour)
    outline(axes[0], row, column, 2)
    outline(axes[1], -(row % stride) + 1, -(column % stride) + 1, 1)
    outline(axes[2], row % stride, column % stride, 1)
    outline(axes[3], row, column, 1)
    titles = (f"slide: {slid}", "sliding kernel", "stamped kernel", f"stamp: {stamped}")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title, fontsize=9)
    fig.tight_layout()
    figure(
        fig,
        f"Row {row}, column {column} of the result, twice. Left: a window on the map "
        f"with its zeros, and the kernel {in_words(scene.kernel)}: {slid}. Right: the kernel "
        f"{in_words(kernel)} and the stamp of pixel {pixel:g}: {stamped}.",
    )
