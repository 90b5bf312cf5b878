"""The sliding window of notebook 02, stepped by a slider; a strip of pictures without widgets.

What slides is the flipped kernel, over the map with zeros between and around its pixels.
"""

from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.figures.blocks import draw_partial
from helpers.figures.explore import STRIP, page, slider_over
from helpers.figures.squares import outline
from helpers.figures.transposed import draw_grid
from helpers.show import GRAY, INPUT, KERNEL, drawing, png


@dataclass(frozen=True)
class Scene:
    """All that is seen while the window slides: the map with its zeros, the kernel, the result.

    Shape: padded (H, W), kernel (k, k), result (H-k+1, W-k+1)
    """

    padded: Tensor
    kernel: Tensor
    result: Tensor

    @property
    def steps(self) -> int:
        """The number of places of the window."""
        return self.result.numel()

    def place(self, step: int) -> tuple[int, int]:
        """Row and column of the window at a step, from 0."""
        return divmod(step, self.result.shape[1])

    def window(self, step: int) -> Tensor:
        """The numbers under the window. Shape: (k, k)"""
        size = self.kernel.shape[0]
        row, column = self.place(step)
        return self.padded[row : row + size, column : column + size]

    def words(self, step: int) -> str:
        """What happens at a step, in a sentence."""
        row, column = self.place(step)
        summed = products(self.window(step), self.kernel)
        return f"Step {step + 1}, row {row}, column {column}: {summed}"


def products(numbers: Tensor, kernel: Tensor) -> str:
    """The sum of the products of two small maps of the same shape, as it is computed."""
    pairs = list(zip(numbers.flatten().tolist(), kernel.flatten().tolist(), strict=True))
    total = sum(a * b for a, b in pairs)
    return " + ".join(f"{a:g}·{b:g}" for a, b in pairs) + f" = {total:g}"


def make_scene(x: Tensor, kernel: int = 2, stride: int = 2, padding: int = 0) -> Scene:
    """The scene for a map (H, W) and a kernel of the numbers 1, 2, ... in rows.

    Raises:
        ValueError: the padding is not smaller than the kernel, or nothing is left.
    """
    numbers = torch.arange(1.0, kernel * kernel + 1).reshape(kernel, kernel)
    spread = F.conv_transpose2d(x[None, None], torch.ones(1, 1, 1, 1), stride=stride)
    around = kernel - 1 - padding
    padded = F.pad(spread, (around, around, around, around))[0, 0] if around >= 0 else spread[0, 0]
    if around < 0 or min(padded.shape) < kernel:
        raise ValueError("Choose a padding smaller than the kernel, or a larger kernel.")
    flipped = numbers.flip(0, 1)
    return Scene(padded, flipped, F.conv2d(padded[None, None], flipped[None, None])[0, 0])


@drawing
def slide_window(x: Tensor) -> None:
    """Show the window at a place that a slider sets; stride, kernel and padding can be chosen.

    Shape: x (H, W), at most 3x3
    """
    scene = make_scene(x)
    alt = " ".join(scene.words(step) + "." for step in range(scene.steps))
    slider_over(
        partial(view, x),
        partial(steps, x),
        {alt: strip(scene)},
        STRIP,
        stride=(2, (1, 2, 3)),
        kernel=(2, (1, 2, 3)),
        padding=(0, (0, 1, 2)),
    )


def steps(x: Tensor, **options: int) -> range:
    """The steps of the window, from 1; only one where there is but a message to show."""
    try:
        return range(1, make_scene(x, **options).steps + 1)
    except ValueError:
        return range(1, 2)


def view(x: Tensor, step: int, **options: int) -> str:
    """One step, counted from 1, as HTML."""
    try:
        scene = make_scene(x, **options)
    except ValueError as error:
        return f'<p class="course">{error}</p>'
    return page(scene.words(step - 1), frame(scene, step - 1))


def frame(scene: Scene, step: int) -> bytes:
    """One step as a PNG: the map with the window, the kernel, the products, the result so far."""
    import matplotlib.pyplot as plt

    row, column = scene.place(step)
    known = torch.arange(scene.steps).reshape(scene.result.shape) <= step
    so_far = torch.where(known, scene.result, torch.nan)
    size = len(scene.kernel)
    widths = [scene.padded.shape[1], size + 0.5, size + 0.5, scene.result.shape[1]]
    fig, axes = plt.subplots(1, 4, figsize=(9, 3.1), width_ratios=widths)
    draw_grid(axes[0], scene.padded, INPUT)
    outline(axes[0], row, column, size)
    draw_grid(axes[1], scene.kernel, KERNEL)
    draw_grid(axes[2], scene.window(step) * scene.kernel, GRAY)
    draw_partial(axes[3], so_far, (row, column))
    titles = ("zeros between and around", "kernel that slides", "products", "result so far")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title, fontsize=9)
    fig.tight_layout()
    return png(fig, tight=False)


def strip(scene: Scene) -> bytes:
    """Every step as a small picture of the window with its sum, in the order of the result."""
    import matplotlib.pyplot as plt

    rows, columns = scene.result.shape
    fig, axes = plt.subplots(rows, columns, figsize=(8, 8 * rows / columns + 0.4), squeeze=False)
    for step, ax in enumerate(axes.flat):
        row, column = scene.place(step)
        draw_grid(ax, scene.padded, INPUT)
        outline(ax, row, column, len(scene.kernel))
        ax.set_title(f"sum {scene.result[row, column]:g}", fontsize=9)
    fig.tight_layout()
    return png(fig)
