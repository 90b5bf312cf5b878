"""The U-Net drawn as a U: encoder blue, decoder orange, skips gray, the learner's shapes in it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor, nn

from helpers.checks.wiring import Recorder, expected_shapes
from helpers.show import DECODER, ENCODER, SKIP, VERMILION, drawing, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = {  # column and level of each box
    "enc1": (0, 0), "enc2": (1, 1), "enc3": (2, 2), "enc4": (3, 3),
    "dec3": (4, 2), "dec2": (5, 1), "dec1": (6, 0), "out": (7, 0),
}
STEP_X, STEP_Y = 1.55, 1.35


@drawing
def draw_unet(
    features: tuple[int, ...] = (64, 128, 256, 512), size: tuple[int, int] = (128, 192),
    in_channels: int = 3, out_channels: int = 2, shapes: Mapping[str, tuple] | None = None,
) -> None:
    """Draw the U with the shape that leaves each box, as (C, H, W).

    With `shapes` (by layer name) these are drawn instead, and the first that differs from what it
    should be is marked in vermilion with the expected shape under it.
    """
    import matplotlib.pyplot as plt

    expected = expected_shapes(features, in_channels, out_channels, *size)
    shown = dict(expected if shapes is None else shapes)
    first_wrong = next((n for n in expected if shown.get(n) != expected[n]), None)
    fig, ax = plt.subplots(figsize=(9, 4.3))
    for name in PLACES:
        draw_box(ax, name, shown.get(name), features[0], size[0], name == first_wrong)
    if first_wrong in PLACES:
        x, y = centre(first_wrong)
        ax.text(x, y - 0.98, f"expected {expected[first_wrong]}", color=VERMILION, fontsize=8,
                ha="center")
    draw_arrows(ax)
    ax.text(*centre("enc1", -0.85, 0), f"({in_channels}, {size[0]}, {size[1]})", fontsize=8,
            ha="center", va="center", rotation=90)
    ax.set(xlim=(-1.1, 7.8 * STEP_X), ylim=(-3 * STEP_Y - 0.75, 0.95))
    ax.axis("off")
    fig.tight_layout()
    figure(fig, alt_text(shown, first_wrong))


def draw_learner_unet(model: nn.Module, x: Tensor, features: tuple[int, ...]) -> None:
    """Draw the U with the shapes that the learner's own network gives for `x` (B, C, H, W).

    A crash half-way draws what was reached; the rest stays empty.
    """
    with Recorder(model) as recorder:
        try:
            model(x)
        except NotImplementedError:
            raise
        except Exception as error:
            print(f"The forward pass stopped with {type(error).__name__}: {error}")
    out_channels = next(model.out.parameters()).shape[0]
    draw_unet(features, tuple(x.shape[2:]), x.shape[1], out_channels, shapes=recorder.shapes)


def centre(name: str, right: float = 0.0, up: float = 0.0) -> tuple[float, float]:
    """Where a box stands, moved by some units."""
    column, level = PLACES[name]
    return column * STEP_X + right, -level * STEP_Y + up


def draw_box(
    ax: "Axes", name: str, shape: tuple | None, thinnest: int, tallest: int, wrong: bool
) -> None:
    """One box: as high as its map, as wide as its channels are many, its shape below."""
    from matplotlib.patches import Rectangle

    channels, height, _ = shape or (thinnest, tallest, 0)
    high = 1.15 * (height / tallest) ** 0.5
    wide = min(0.9, 0.18 * (channels / thinnest) ** 0.6)
    colour = ENCODER if name.startswith("enc") else DECODER
    x, y = centre(name)
    ax.add_patch(Rectangle(
        (x - wide / 2, y - high / 2), wide, high, fc=colour if shape else "white",
        ec=VERMILION if wrong else colour, lw=3 if wrong else 1, alpha=0.85,
    ))
    ax.text(x, y + high / 2 + 0.05, name, ha="center", va="bottom", fontsize=10, weight="bold")
    text = "not reached" if shape is None else f"({', '.join(map(str, shape))})"
    ax.text(x, y - high / 2 - 0.06, text, ha="center", va="top", fontsize=8)


def draw_arrows(ax: "Axes") -> None:
    """Pools down in blue, up-convolutions up in orange, skips across in gray."""
    def arrow(start: tuple, end: tuple, colour: str, text: str, place: tuple, wide: float) -> None:
        style = {"arrowstyle": "-|>", "color": colour, "lw": wide, "mutation_scale": 14}
        ax.annotate("", xy=end, xytext=start, arrowprops=style)
        ax.text(*place, text, color=colour, fontsize=8, ha="center", va="bottom")

    for level in (1, 2, 3):
        above, below = f"enc{level}", f"enc{level + 1}"
        x, y = centre(above)
        arrow((x + 0.48, y - 0.5), centre(below, -0.38, 0.3), ENCODER, "pool",
              (x + 0.98, y - 0.78), 1.8)
        source, target = ("enc4" if level == 3 else f"dec{level + 1}"), f"dec{level}"
        start, end = centre(source, 0.38, 0.3), centre(target, -0.48, -0.5)
        arrow(start, end, DECODER, f"upconv{level}", centre(target, -1.1, -0.74), 1.8)
        left, right = centre(above, 0.35), centre(target, -0.3)
        middle = (left[0] + right[0]) / 2
        arrow(left, right, SKIP, f"skip: joins dec{level}", (middle, left[1] + 0.04), 2.5)
    one = centre("dec1", 0.75, 0.04)
    arrow(centre("dec1", 0.25), centre("out", -0.2), DECODER, "1x1", one, 1.8)


def alt_text(shapes: Mapping[str, tuple], wrong: str | None) -> str:
    """The drawing in words."""
    parts = [f"{name} {shapes[name]}" for name in PLACES if name in shapes]
    text = "A U-Net drawn as a U. Shapes (C, H, W): " + ", ".join(parts) + "."
    text += " Gray skips join enc1 to dec1, enc2 to dec2 and enc3 to dec3."
    return text + (f" The first wrong shape is at {wrong}." if wrong else "")


def draw_feature_maps(model: nn.Module, x: Tensor, alt: str) -> None:
    """The mean over the channels of what leaves each block, for one picture (1, C, H, W)."""
    import torch

    from helpers.show import pictures

    with torch.no_grad(), Recorder(model) as recorder:
        model(x)
    titled = {
        f"{name}, {output.shape[2]} x {output.shape[3]}": output[0].mean(0)
        for name, output in recorder.outputs.items() if name.startswith(("enc", "dec"))
    }
    pictures(titled, alt=alt, columns=4)
