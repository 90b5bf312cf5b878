"""The U-Net drawn as a U: encoder blue, decoder orange, skips gray, the learner's maps in it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from torch import Tensor, nn

from helpers.figures.explore import explore
from helpers.probes.network import watch
from helpers.show import DECODER, ENCODER, SKIP, VERMILION, drawing, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = {  # column and level of each box
    "picture": (-1.15, 0),
    "enc1": (0, 0), "enc2": (1, 1), "enc3": (2, 2), "enc4": (3, 3),
    "dec3": (4, 2), "dec2": (5, 1), "dec1": (6, 0), "out": (7.15, 0),
}
STEP_X, STEP_Y = 1.55, 1.45


def expected_shapes(
    features: tuple[int, ...], in_channels: int, out_channels: int, height: int, width: int
) -> dict[str, tuple[int, int, int]]:
    """What leaves each layer: (C, H, W) by the layer's name, in the order of the forward pass."""
    sizes = [(height >> level, width >> level) for level in range(4)]
    shapes = {f"enc{i + 1}": (features[i], *sizes[i]) for i in range(4)}
    for i in (2, 1, 0):
        shapes[f"upconv{i + 1}"] = shapes[f"dec{i + 1}"] = (features[i], *sizes[i])
    return shapes | {"out": (out_channels, *sizes[0])}


@drawing
def draw_unet(
    features: tuple[int, ...] = (64, 128, 256, 512), size: tuple[int, int] = (128, 192),
    in_channels: int = 3, out_channels: int = 2, outputs: Mapping[str, Tensor] | None = None,
) -> None:
    """Draw the U with the shape that leaves each box, as (C, H, W).

    With `outputs`, what left each layer (B, C, H, W) and, under "picture", what came in, their
    shapes and the first of the batch are drawn instead, as `seen` makes them visible. The first
    shape that differs from what it should be is marked in vermilion, with the expected one.
    """
    import matplotlib.pyplot as plt

    expected = expected_shapes(features, in_channels, out_channels, *size)
    given = {name: tuple(y.shape[1:]) for name, y in (outputs or {}).items()}
    shown = {"picture": (in_channels, *size)} | (expected if outputs is None else given)
    first_wrong = next((n for n in expected if shown.get(n) != expected[n]), None)
    fig, ax = plt.subplots(figsize=(9, 4.3))
    for name in PLACES:
        picture = seen(name, outputs[name]) if outputs and name in outputs else None
        draw_box(ax, name, shown.get(name), features[0], size[0], name == first_wrong, picture)
    if first_wrong:
        mark_wrong(ax, first_wrong, shown.get(first_wrong), expected[first_wrong])
    draw_arrows(ax, wide=outputs is not None)
    ax.set(xlim=(-1.65 * STEP_X, 7.65 * STEP_X), ylim=(-3 * STEP_Y - 0.75, 0.95))
    ax.axis("off")
    fig.tight_layout()
    inside = ("Each box holds the mean over its channels; out, how much likelier the car is."
              if outputs else "")
    figure(fig, f"{alt_text(shown, first_wrong)} {inside}".strip())


def seen(name: str, output: Tensor) -> Tensor:
    """A layer's output (B, C, H, W) as a map (H, W): the mean over its channels.

    A picture of three colours stays one, (H, W, 3). Of two logits the second minus the first: how
    much likelier the car is.
    """
    first = output.detach()[0]
    if name == "picture" and len(first) == 3:
        return first.permute(1, 2, 0).clamp(0, 1)
    return first[1] - first[0] if name == "out" and len(first) == 2 else first.mean(0)


def mark_wrong(ax: "Axes", name: str, got: tuple | None, expected: tuple) -> None:
    """Say beside the U where the first wrong shape is; up-convolutions have no box."""
    text = f"{name} gives {got}" if got else f"{name} was not reached"
    ax.text(-1.1, -3 * STEP_Y, f"{text},\nexpected {expected}", color=VERMILION, fontsize=10,
            weight="bold", va="center")


def draw_learner_unet(
    model: nn.Module, x: Tensor, features: tuple[int, ...], wired: bool = True
) -> None:
    """Draw the U with what the learner's own layers make of a picture `x` (1, C, H, W).

    Without `wired` the layers are joined by the course's table: before `forward` is written. A
    crash half-way draws what was reached; the rest stays empty.
    """
    def joined() -> None:  # in here: elsewhere it could be imported as notebook 05's answer
        y, skips = x, []
        for level in (1, 2, 3):
            skips.append(getattr(model, f"enc{level}")(y))
            y = model.pool(skips[-1])
        y = model.enc4(y)
        for level in (3, 2, 1):
            up = getattr(model, f"upconv{level}")(y)
            y = getattr(model, f"dec{level}")(torch.cat([up, skips.pop()], dim=1))
        model.out(y)

    import torch

    outputs = {"picture": x} | outputs_of(model, (lambda: model(x)) if wired else joined)
    out = getattr(model, "out", None)
    out_channels = out.weight.shape[0] if hasattr(out, "weight") else 2
    draw_unet(features, tuple(x.shape[2:]), x.shape[1], out_channels, outputs)


def outputs_of(model: nn.Module, run: Callable[[], object]) -> dict[str, Tensor]:
    """What leaves each named layer while `run` runs the model.

    A crash half-way is told in a line.
    """
    import torch

    names = expected_shapes((0, 0, 0, 0), 0, 0, 0, 0)
    found = {name: part for name in names
             if isinstance(part := getattr(model, name, None), nn.Module)}
    with torch.no_grad(), watch(found) as calls:
        try:
            run()
        except NotImplementedError:
            raise
        except Exception as error:
            print(f"Stopped with {type(error).__name__}: {error}")
    return {call.layer: call.made for call in calls if isinstance(call.made, Tensor)}


def explore_layers(model: nn.Module, x: Tensor, most: int = 8) -> None:
    """A slider through the layers of a U-Net: the channels in which a picture varies most.

    Shape: x (1, C, H, W)
    """
    outputs = outputs_of(model, lambda: model(x))
    names = [name for name in PLACES if name in outputs]

    def view(place: int) -> tuple[dict[str, Tensor], str]:
        maps = outputs[names[place - 1]][0]
        chosen = maps.flatten(1).std(dim=1).topk(min(most, len(maps))).indices.sort().values
        count, height, width = maps.shape
        which = f"the {most} that vary most of its" if count > most else "its"
        return ({f"{names[place - 1]}, channel {k}": maps[k] for k in chosen.tolist()},
                f"{names[place - 1]}: {which} {count} channels, {height} x {width} each.")

    places = range(1, len(names) + 1)
    if names:
        explore(view, places, label="layer", strip=places)


def centre(name: str, right: float = 0.0, up: float = 0.0) -> tuple[float, float]:
    """Where a box stands, moved by some units."""
    column, level = PLACES[name]
    return column * STEP_X + right, -level * STEP_Y + up


def draw_box(
    ax: "Axes", name: str, shape: tuple | None, thinnest: int, tallest: int, wrong: bool,
    picture: Tensor | None = None,
) -> None:
    """One box: as high as its map, as wide as its channels are many, its shape below.

    With a picture, a map (H, W) or (H, W, 3), that fills the box, which then has its shape.
    """
    from matplotlib.patches import Rectangle

    channels, height, width = shape or (thinnest, tallest, 0)
    high = 1.15 * (height / tallest) ** 0.5
    wide = min(0.9, 0.18 * (channels / thinnest) ** 0.6)
    if picture is not None:
        high = 0.92 * (height / tallest) ** 0.5
        wide = min(1.34, high * width / height)
    colour = {"e": ENCODER, "p": "black"}.get(name[0], DECODER)
    x, y = centre(name)
    if picture is not None:
        ax.imshow(picture.cpu(), cmap="viridis", interpolation="antialiased", aspect="auto",
                  zorder=2, extent=(x - wide / 2, x + wide / 2, y - high / 2, y + high / 2))
    ax.add_patch(Rectangle(
        (x - wide / 2, y - high / 2), wide, high, zorder=3,
        fc=colour if shape and picture is None else "none",
        ec=VERMILION if wrong else colour, lw=3.5 if wrong else 1 if picture is None else 2,
        alpha=0.85 if picture is None else 1,
    ))
    ax.text(x, y + high / 2 + 0.05, name, ha="center", va="bottom", fontsize=10, weight="bold")
    text = "not reached" if shape is None else f"({', '.join(map(str, shape))})"
    ax.text(x, y - high / 2 - 0.06, text, ha="center", va="top", fontsize=8,
            color=VERMILION if wrong else "black")


def draw_arrows(ax: "Axes", wide: bool) -> None:
    """Pools down in blue, up-convolutions up in orange, skips across in gray.

    They leave room beside wide boxes, those that hold a picture.
    """
    def arrow(start: tuple, end: tuple, colour: str, text: str, place: tuple, lw: float,
              **text_options: str) -> None:
        style = {"arrowstyle": "-|>", "color": colour, "lw": lw, "mutation_scale": 14}
        ax.annotate("", xy=end, xytext=start, arrowprops=style)
        ax.text(*place, text, fontsize=8, **{"ha": "center", "va": "bottom"} | text_options)

    for level in (1, 2, 3):  # pools and up-convolutions have their names on the outside of the U
        above, below = f"enc{level}", f"enc{level + 1}"
        arrow(centre(above, 0.55, -0.84), centre(below, -0.45, 0.42), ENCODER, "pool",
              centre(above, 0.66, -1.0), 1.8, ha="right", va="center")
        source, target = ("enc4" if level == 3 else f"dec{level + 1}"), f"dec{level}"
        arrow(centre(source, 0.45, 0.42), centre(target, -0.55, -0.84), DECODER,
              f"upconv{level}", centre(target, -0.66, -1.0), 1.8, ha="left", va="center")
        side = (0.73, 0.55, 0.42)[level - 1] if wide else 0.32
        left, right = centre(above, side), centre(target, -side)
        middle = (left[0] + right[0]) / 2
        arrow(left, right, SKIP, f"skip: joins dec{level}", (middle, left[1] + 0.04), 2.5)
    start, end = (0.69, -0.69) if wide else (0.25, -0.2)
    arrow(centre("dec1", start), centre("out", end), DECODER, "1x1",
          ((centre("dec1")[0] + centre("out")[0]) / 2, 0.06), 1.8)
    arrow(centre("picture", start), centre("enc1", -start), "black", "", centre("enc1"), 1.8)


def alt_text(shapes: Mapping[str, tuple], wrong: str | None) -> str:
    """The drawing in words."""
    parts = [f"{name} {shapes[name]}" for name in PLACES if name in shapes]
    text = "A U-Net drawn as a U. Shapes (C, H, W): " + ", ".join(parts) + "."
    text += " Gray skips join enc1 to dec1, enc2 to dec2 and enc3 to dec3."
    return text + (f" The first wrong shape is at {wrong}." if wrong else "")
