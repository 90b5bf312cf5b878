"""Figures of notebook 02: small maps as squares with numbers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from helpers.figures.squares import draw_squares
from helpers.show import GRAY, INPUT, drawing, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@drawing
def draw_maps(
    maps: Mapping[str, Tensor],
    alt: str,
    colours: Mapping[str, str] | None = None,
    width: float = 9,
    largest: float | None = None,
) -> None:
    """Draw maps side by side as squares with numbers; zeros stay white, larger is darker.

    The darkest number is each map's largest, or `largest` in all of them.

    Shape: each map (H, W), or (1, 1, H, W)
    """
    import matplotlib.pyplot as plt

    grids = {title: plane(tensor) for title, tensor in maps.items()}
    widths = [grid.shape[1] for grid in grids.values()]
    cell = min(0.48, (width - 0.4 * len(grids)) / sum(widths))
    tall = max(grid.shape[0] for grid in grids.values())
    fig, axes = plt.subplots(
        1, len(grids), figsize=(width, cell * tall + 0.6), width_ratios=widths, squeeze=False
    )
    for ax, (title, grid) in zip(axes[0], grids.items(), strict=True):
        draw_grid(ax, grid, (colours or {}).get(title, INPUT), largest)
        ax.set_title(title, fontsize=10)
    fig.tight_layout()
    figure(fig, alt)


def draw_grid(ax: "Axes", grid: Tensor, colour: str, largest: float | None = None) -> None:
    """One map as squares with numbers, negative ones gray. Shape: (H, W)"""
    from matplotlib.colors import to_rgba

    largest = largest or float(grid.abs().max()) or 1.0

    def fill(value: float) -> tuple:
        return to_rgba(colour if value > 0 else GRAY, 0.15 + 0.4 * abs(value) / largest)

    draw_squares(ax, grid.numpy(), fill)


def plane(tensor: Tensor) -> Tensor:
    """The map (H, W) of a tensor with one map in it.

    Raises:
        ValueError: the tensor holds more than one map.
    """
    if tensor.dim() < 2 or tensor.shape[:-2].numel() != 1:
        raise ValueError(f"expected one map (H, W) or (1, 1, H, W), got {tuple(tensor.shape)}")
    return tensor.detach().reshape(tensor.shape[-2:])
