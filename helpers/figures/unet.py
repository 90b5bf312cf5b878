"""The U-Net drawn as a U: encoder blue, decoder orange, skips gray, the learner's maps in it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from helpers.figures.explore import explore
from helpers.probes.network import watch
from helpers.show import DECODER, ENCODER, SKIP, VERMILION, drawing, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = {  # the middle of each box, to the right and up; the decoder stands a little lower
    "picture": (-1.2, 0.0),
    "enc1": (0.0, 0.0),
    "enc2": (0.95, -1.45),
    "enc3": (1.75, -2.9),
    "enc4": (2.6, -4.2),
    "dec3": (4.42, -3.35),
    "dec2": (6.1, -1.9),
    "dec1": (8.25, -0.45),
    "out": (9.65, -0.45),
}
JOINS = {3: (3.55, -3.35), 2: (5.2, -1.9), 1: (7.05, -0.45)}  # where up and skip lie side by side


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
    features: tuple[int, ...] = (64, 128, 256, 512),
    size: tuple[int, int] = (128, 192),
    in_channels: int = 3,
    out_channels: int = 2,
    outputs: Mapping[str, Tensor] | None = None,
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
    fig, ax = plt.subplots(figsize=(9, 4.4))
    edges = {}
    for name in PLACES:
        picture = seen(name, outputs[name]) if outputs and name in outputs else None
        edges[name] = draw_box(
            ax, name, shown.get(name), features[0], size[0], name == first_wrong, picture
        )
    for level in JOINS:
        low = edges[f"dec{level}"][2]
        edges[f"join{level}"] = draw_join(
            ax, level, shown, features[0], size[0], outputs or {}, low
        )
    if first_wrong:
        mark_wrong(ax, first_wrong, shown.get(first_wrong), expected[first_wrong])
    draw_arrows(ax, edges)
    ax.set(xlim=(-1.85, 10.25), ylim=(-4.95, 1.0))
    ax.axis("off")
    fig.tight_layout(pad=0.2)
    inside = (
        "Each box holds the mean over its channels; out, how much likelier the car is."
        if outputs
        else ""
    )
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
    ax.text(
        -1.75,
        -3.9,
        f"{text},\nexpected {expected}",
        color=VERMILION,
        fontsize=10,
        weight="bold",
        va="center",
    )


def draw_learner_unet(model: Any, x: Tensor, features: tuple[int, ...], wired: bool = True) -> None:
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
    weight = getattr(getattr(model, "out", None), "weight", None)
    out_channels = 2 if weight is None else weight.shape[0]
    draw_unet(features, tuple(x.shape[2:]), x.shape[1], out_channels, outputs)


def outputs_of(model: nn.Module, run: Callable[[], object]) -> dict[str, Tensor]:
    """What leaves each named layer while `run` runs the model.

    A crash half-way is printed in a line.
    """
    import torch

    names = expected_shapes((0, 0, 0, 0), 0, 0, 0, 0)
    found = {
        name: part for name in names if isinstance(part := getattr(model, name, None), nn.Module)
    }
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
        return (
            {f"{names[place - 1]}, channel {k}": maps[k] for k in chosen.tolist()},
            f"{names[place - 1]}: {which} {count} channels, {height} x {width} each.",
        )

    places = range(1, len(names) + 1)
    if names:
        explore(view, places, label="layer", strip=places)


Edges = tuple[float, float, float, float]  # a box's left, right, lower and upper edge


def draw_box(
    ax: "Axes",
    name: str,
    shape: tuple | None,
    thinnest: int,
    tallest: int,
    wrong: bool,
    picture: Tensor | None = None,
) -> Edges:
    """One box: as high as its map, as wide as its channels are many, with its shape above.

    With a picture, a map (H, W) or (H, W, 3), that fills the box, which then has its shape.
    """
    wide, high = size_of(shape or (thinnest, tallest, 0), thinnest, tallest, picture)
    x, y = PLACES[name]
    colour = {"e": ENCODER, "p": "black"}.get(name[0], DECODER)
    edges = fill(
        ax,
        x,
        y,
        wide,
        high,
        VERMILION if wrong else colour,
        picture,
        colour if shape else "none",
        3.5 if wrong else 1.5,
    )
    ax.text(x, y + high / 2 + 0.24, name, ha="center", va="bottom", fontsize=10, weight="bold")
    text = "not reached" if shape is None else f"({', '.join(map(str, shape))})"
    ax.text(
        x,
        y + high / 2 + 0.06,
        text,
        ha="center",
        va="bottom",
        fontsize=8,
        color=VERMILION if wrong else "black",
    )
    if name == "enc4":
        ax.text(x, y - high / 2 - 0.06, "bottleneck", ha="center", va="top", fontsize=9)
    return edges


def draw_join(
    ax: "Axes",
    level: int,
    shown: Mapping[str, tuple],
    thinnest: int,
    tallest: int,
    outputs: Mapping[str, Tensor],
    low: float,
) -> Edges:
    """What a decoder block takes: the enlarged map and the skip, side by side.

    The sum of their channels is written below `low`, and below them.
    """
    x, y = JOINS[level]
    names = (f"upconv{level}", f"enc{level}")
    shapes = [shown.get(name) for name in names]
    found: list[Edges] = []
    for side, name, shape, colour in zip((-1, 1), names, shapes, (DECODER, ENCODER), strict=True):
        picture = seen(name, outputs[name]) if name in outputs else None
        scale = 0.6 if picture is not None else 1.0
        wide, high = size_of(
            shape or (thinnest, tallest >> level - 1, 0), thinnest, tallest, picture
        )
        wide, high = scale * wide, scale * high
        found.append(
            fill(
                ax,
                x + side * wide / 2,
                y,
                wide,
                high,
                colour,
                picture,
                colour if shape else "none",
                1.2,
                faint=True,
            )
        )
    channels = [shape[0] for shape in shapes if shape]
    if len(channels) == 2:
        up, skip = channels
        ax.text(
            x - 0.02,
            min(low, found[0][2]) - 0.06,
            f"{up} + {skip} = {up + skip}",
            ha="left",
            va="top",
            fontsize=9,
            weight="bold",
        )
    return found[0][0], found[1][1], found[0][2], found[1][3]


def size_of(
    shape: tuple, thinnest: int, tallest: int, picture: Tensor | None
) -> tuple[float, float]:
    """Width and height of the box for a map (C, H, W)."""
    channels, height, width = shape
    if picture is not None:
        high = 0.64 * (height / tallest) ** 0.5
        return min(1.0, high * width / height), high
    return min(0.62, 0.15 * (channels / thinnest) ** 0.65), 0.8 * (height / tallest) ** 0.5


def fill(
    ax: "Axes",
    x: float,
    y: float,
    wide: float,
    high: float,
    edge: str,
    picture: Tensor | None,
    colour: str,
    line: float,
    faint: bool = False,
) -> Edges:
    """Draw a rectangle around its middle, filled with a colour or a picture; its edges."""
    from matplotlib.patches import Rectangle

    left, right, low, top = x - wide / 2, x + wide / 2, y - high / 2, y + high / 2
    if picture is not None:
        ax.imshow(
            picture.cpu(),
            cmap="viridis",
            interpolation="antialiased",
            aspect="auto",
            zorder=2,
            extent=(left, right, low, top),
        )
    alpha = 0.4 if faint else 0.85
    ax.add_patch(
        Rectangle(
            (left, low),
            wide,
            high,
            zorder=3,
            ec="none",
            alpha=alpha,
            fc="none" if picture is not None else colour,
        )
    )
    ax.add_patch(Rectangle((left, low), wide, high, zorder=3, ec=edge, fc="none", lw=line))
    return left, right, low, top


def draw_arrows(ax: "Axes", edges: Mapping[str, Edges]) -> None:
    """Pools down in blue, up-convolutions up in orange, skips across in gray, from box to box."""

    def arrow(start: tuple, end: tuple, colour: str, bend: str = "arc3", lw: float = 1.8) -> None:
        ax.annotate(
            "",
            xy=end,
            xytext=start,
            arrowprops={
                "arrowstyle": "-|>",
                "color": colour,
                "lw": lw,
                "mutation_scale": 13,
                "shrinkA": 0,
                "shrinkB": 1,
                "connectionstyle": bend,
            },
        )

    def across(start: str, end: str, colour: str) -> None:
        low, top = edges[end][2:]
        arrow((edges[start][1], (low + top) / 2), (edges[end][0], (low + top) / 2), colour)

    for level in (1, 2, 3):
        (x, y), (_, right, low, _) = PLACES[f"enc{level}"], edges[f"enc{level}"]
        lower = f"enc{level + 1}"
        arrow((x, low), (edges[lower][0], PLACES[lower][1]), ENCODER, "angle,angleA=-90,angleB=0")
        ax.text(x - 0.08, (low + PLACES[lower][1]) / 2, "pool", fontsize=9, ha="right", va="center")
        left, end, bottom, top = edges[f"join{level}"]
        source = "enc4" if level == 3 else f"dec{level + 1}"
        rise = left + (end - left) / 4
        arrow(
            (edges[source][1], PLACES[source][1]),
            (rise, bottom),
            DECODER,
            "angle,angleA=0,angleB=90",
        )
        ax.text(
            rise + 0.1,
            0.65 * PLACES[source][1] + 0.35 * bottom,
            f"upconv{level}",
            fontsize=9,
            ha="left",
            va="center",
        )
        arrow(
            (right, y + 0.05),
            (left + 0.75 * (end - left), top),
            SKIP,
            "angle,angleA=0,angleB=90",
            2.2,
        )
        middle = right + 0.5 * (left - right)
        ax.text(middle, y + 0.1, f"skip {level}", fontsize=9, ha="center", va="bottom")
        across(f"join{level}", f"dec{level}", DECODER)
    across("picture", "enc1", "black")
    across("dec1", "out", DECODER)
    ax.text(
        (edges["dec1"][1] + edges["out"][0]) / 2,
        PLACES["out"][1] + 0.06,
        "1x1",
        fontsize=9,
        ha="center",
        va="bottom",
    )


def alt_text(shapes: Mapping[str, tuple], wrong: str | None) -> str:
    """The drawing in words."""
    parts = [f"{name} {shapes[name]}" for name in PLACES if name in shapes]
    text = "A U-Net drawn as a U. Shapes (C, H, W): " + ", ".join(parts) + "."
    text += " enc4 is the bottleneck." if "enc4" in shapes else ""
    for level in JOINS:
        names = (f"upconv{level}", f"enc{level}")
        if all(shapes.get(name) for name in names):
            up, skip = (shapes[name][0] for name in names)
            text += (
                f" dec{level} takes upconv{level} and the skip of enc{level} side by side: "
                f"{up} + {skip} = {up + skip} channels."
            )
    return text + (f" The first wrong shape is at {wrong}." if wrong else "")
