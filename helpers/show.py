"""Show pictures, masks and maps: one way to draw them and one set of class colours, everywhere.

Every figure goes through `figure`, which gives it a text alternative for screen readers.
"""

import base64
import functools
import html
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

# Okabe and Ito's colours, which colour-blind readers tell apart (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#F0E442",
)
GRAY = "#8C8C8C"
CLASS_COLOURS = ["#D9D9D9", ORANGE, BLUE, GREEN, PURPLE, VERMILION]  # class 0 is the background
# One colour, one meaning, in the whole course.
INPUT, KERNEL, RESULT, CAR = BLUE, SKY, ORANGE, ORANGE
ENCODER, DECODER, SKIP = BLUE, ORANGE, GRAY  # the parts of a U-Net
MARK, ERROR = "black", VERMILION  # a window or a box to look at; what is wrong
RIGHT, MISSED, INVENTED = GREEN, ERROR, PURPLE  # of a mask's pixels


def print_what_it_can() -> None:
    """Let a terminal without ✓ or ✗ print ? instead of stopping."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


def drawing(function: Callable[..., None]) -> Callable[..., None]:
    """Make a function that draws the course's own figures do nothing with COURSE_FIGURES=off.

    That is set where a class is graded: nobody looks at the figures there.
    """

    @functools.wraps(function)
    def draw_or_not(*args: object, **options: object) -> None:
        if os.environ.get("COURSE_FIGURES") != "off":
            function(*args, **options)

    return draw_or_not


def figure(fig: "Figure", alt: str) -> None:
    """Display a matplotlib figure with the text alternative `alt`, then close it."""
    from IPython.display import display

    display({"text/html": as_html(png(fig), alt), "text/plain": alt}, raw=True)


def folded(figures: Mapping[str, bytes], title: str) -> None:
    """Display PNGs under a title that folds them away: what a slider shows, for other pages.

    `figures` are the PNGs by their text alternatives.
    """
    from IPython.display import display

    images = "".join(as_html(data, alt) for alt, data in figures.items())
    page = f"<details><summary>{title}</summary>{images}</details>"
    display({"text/html": page, "text/plain": " ".join(figures)}, raw=True)


def as_html(data: bytes, alt: str) -> str:
    """A PNG as HTML: JupyterLab gives an `image/png` output no text alternative."""
    source = base64.b64encode(data).decode()
    return (
        f'<img class="course" alt="{html.escape(alt)}" src="data:image/png;base64,{source}" '
        'style="max-width: 100%">'
    )


def png(fig: "Figure", tight: bool = True) -> bytes:
    """A matplotlib figure as a PNG, on white so that it reads in a dark theme; it is closed."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    fig.savefig(
        buffer, format="png", dpi=100, bbox_inches="tight" if tight else None, facecolor="white"
    )
    plt.close(fig)
    return buffer.getvalue()


def smaller(data: bytes) -> bytes:
    """A PNG with 256 colours, a third as large."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").quantize(256).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@drawing
def pictures(
    named: Mapping[str, object],
    alt: str,
    columns: int = 4,
    width: float = 9.0,
    limits: tuple = (None, None),
) -> None:
    """Draw titled pictures in rows: RGB images, bool masks, class maps (int) or heat maps (float).

    `limits` are the numbers at the ends of every heat map's colours, which a bar shows; else each
    has its own. What the alternative text says is completed by the titles and the numbers drawn.

    Shape:
        each value: a PIL image, an array (H, W, 3) uint8, a tensor (3, H, W) or (1, 3, H, W) of
        floats in [0, 1], or a map (H, W) or (1, H, W) of bool, int (classes) or float.

    Raises:
        ValueError: a value is none of these.
    """
    drawn = "; ".join(captioned(title, value) for title, value in named.items())
    figure(panels(named, columns, width, limits), f"{alt} ({drawn}.)")


def captioned(title: str, value: object) -> str:
    """A picture's title, and for a map what numbers it holds."""
    title, array = " ".join(title.split()), as_array(value)
    return title if array.ndim == 3 else f"{title}: {numbers_in(array)}"


def numbers_in(array: np.ndarray) -> str:
    """The share of a mask that is true, or the least and the largest of other numbers."""
    if array.dtype == bool:
        return f"{array.mean():.0%} true"
    low, high = (f"{float(v):.2f}".removesuffix(".00") for v in (array.min(), array.max()))
    return f"{low} to {high}"


def panels(
    named: Mapping[str, object], columns: int = 4, width: float = 9.0, limits: tuple = (None, None)
) -> "Figure":
    """The figure that `pictures` shows; `width` is in inches."""
    import matplotlib.pyplot as plt

    columns = min(columns, len(named))
    rows = -(-len(named) // columns)
    first_height, first_width = as_array(next(iter(named.values()))).shape[:2]
    cell = width / columns
    height = rows * (cell * first_height / first_width + 0.45)
    fig, axes = plt.subplots(
        rows, columns, figsize=(width, height), squeeze=False, layout="constrained"
    )
    for ax in axes.flat:
        ax.axis("off")
    heat = None
    for ax, (title, value) in zip(axes.flat, named.items(), strict=False):
        heat = draw(ax, value, limits) or heat
        ax.set_title(title, fontsize=10)
    if heat is not None and limits != (None, None):
        fig.colorbar(heat, ax=axes, fraction=0.03, pad=0.01, aspect=14 * rows)
    return fig


def before_after(
    name: str, function: Callable, picture: object, alt: str, names: Sequence[str] = ()
) -> None:
    """Give a picture to any module or function; draw before and after with shapes and ranges.

    Shape:
        picture: a PIL image or a tensor; it and what comes back are drawn as RGB where they are
        floats (1, 3, H, W), as a map where they are (B, H, W), and else (1, C, H, W) as their
        first channels, which `names` may name where there are as many.
    """
    import torch

    with torch.no_grad():
        result = function(picture)
    titles = f"before: {facts(picture)}", f"{name}: {facts(result)}"
    groups = dict(zip(titles, (planes(picture), planes(result)), strict=True))
    draw_groups(groups, names, f"{alt} ({'; '.join(titles)}.)")


def facts(value: Any) -> str:
    """Shape and range of a picture in a few words."""
    if hasattr(value, "convert"):
        low, high = np.asarray(value).min(), np.asarray(value).max()
        return f"PIL image, {value.width} x {value.height} pixels, {low} to {high}"
    kind = str(value.dtype).removeprefix("torch.")
    return f"{tuple(value.shape)}, {kind}, {numbers_in(value.detach().cpu().numpy())}"


def planes(value: Any, most: int = 4) -> list:
    """What to draw of a picture: itself, or its first channels."""
    if hasattr(value, "convert"):
        return [value]
    value = value.detach()
    if value.dim() == 4 and value.shape[1] == 3 and value.is_floating_point():
        return [value[0].clamp(0, 1)]
    return list(value[0][:most]) if value.dim() == 4 else [value[0] if value.dim() == 3 else value]


@drawing
def draw_groups(groups: Mapping[str, list], names: Sequence[str], alt: str) -> None:
    """Draw groups of pictures side by side, each under its title.

    A group has up to four pictures, two in a row; `names` are of the one with as many. A title's
    first colon ends its first line. All heat maps have the same colours for the same numbers.
    """
    import matplotlib.pyplot as plt

    widths = [min(2, len(group)) for group in groups.values()]
    rows = max(-(-len(group) // 2) for group in groups.values())
    ratio = max(np.divide(*as_array(group[0]).shape[:2]) for group in groups.values())
    cell = min(3.6, 9.0 / sum(widths))
    size = cell * sum(widths), rows * (cell * ratio + 0.25 * bool(names)) + 0.5
    fig, axes = plt.subplots(rows, sum(widths), figsize=size, squeeze=False, layout="constrained")
    for ax in axes.flat:
        ax.axis("off")
    arrays = [as_array(value) for group in groups.values() for value in group]
    heat = [array for array in arrays if array.ndim == 2 and array.dtype.kind == "f"]
    limits = (min(map(np.min, heat)), max(map(np.max, heat))) if heat else (None, None)
    parts = np.split(axes, np.cumsum(widths)[:-1], axis=1)
    image = None
    for part, (title, group) in zip(parts, groups.items(), strict=True):
        part[0, 0].set_title(title.replace(": ", "\n", 1), fontsize=9, loc="left")
        for k, (ax, value) in enumerate(zip(part.flat, group, strict=False)):
            ax.set(xticks=[], yticks=[])
            ax.axis("on")
            ax.spines[:].set(color=GRAY)  # white pictures have an edge
            image = draw(ax, value, limits) or image
            if len(group) == len(names):
                ax.set_xlabel(names[k], fontsize=9)
    if image is not None:
        fig.colorbar(image, ax=axes, fraction=0.03, pad=0.01)
    figure(fig, alt)


def draw(ax: "Axes", value: object, limits: tuple = (None, None)) -> "AxesImage | None":
    """Draw one picture, mask, class map or heat map into a matplotlib axes.

    `limits` are the numbers at the ends of a heat map's colours; else those of the map. A heat map
    is returned, for a bar of its colours.
    """
    from matplotlib.colors import ListedColormap

    array = as_array(value)
    if array.ndim == 3:
        ax.imshow(array)
    elif array.dtype == bool:
        ax.imshow(array, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    elif np.issubdtype(array.dtype, np.integer):
        last = len(CLASS_COLOURS) - 1
        ax.imshow(
            array, cmap=ListedColormap(CLASS_COLOURS), vmin=0, vmax=last, interpolation="nearest"
        )
    else:
        low, high = limits
        return ax.imshow(array, cmap="viridis", vmin=low, vmax=high, interpolation="nearest")
    return None


def overlay(image: object, mask: object, colour: str = CAR) -> np.ndarray:
    """The image in light gray, the masked pixels tinted: it shows on a car of any colour.

    Shape: image as in `pictures`, mask (H, W) bool -> (H, W, 3) uint8
    """
    mask = as_array(mask).astype(bool)
    return tint(tint(in_gray(image), mask, colour, 0.55), edge(mask), colour, 1)


def outlined(image: object, mask: object, colour: str = CAR) -> np.ndarray:
    """The image in its own colours, with a line around the masked pixels.

    Shape: as in `overlay`
    """
    mask = as_array(mask).astype(bool)
    return tint(tint(as_array(image), edge(~mask), "black", 1), edge(mask), colour, 1)


def errors(image: object, mask: object, truth: object) -> np.ndarray:
    """The image in gray: the car's right pixels green, missed ones red, invented ones purple.

    Shape: as in `overlay`; truth (H, W) bool
    """
    mask, truth = as_array(mask).astype(bool), as_array(truth).astype(bool)
    shown = tint(in_gray(image), mask & truth, RIGHT, 0.4)
    return tint(tint(shown, truth & ~mask, MISSED, 1), mask & ~truth, INVENTED, 1)


def tint(array: np.ndarray, where: np.ndarray, colour: str, strength: float) -> np.ndarray:
    """Some pixels mixed with a colour. Shape: (H, W, 3) uint8, (H, W) bool -> (H, W, 3) uint8"""
    from matplotlib.colors import to_rgb

    mixed = array.astype(np.float32)
    mixed[where] = (1 - strength) * mixed[where] + strength * 255 * np.array(to_rgb(colour))
    return mixed.astype(np.uint8)


def in_gray(image: object) -> np.ndarray:
    """A picture's brightness, paler than it is: (H, W, 3) uint8."""
    bright = as_array(image).astype(np.float32) @ (0.299, 0.587, 0.114)
    return np.repeat((40 + 0.8 * bright)[..., None], 3, axis=2).clip(0, 255).astype(np.uint8)


def edge(mask: np.ndarray) -> np.ndarray:
    """The masked pixels that have a neighbour outside the mask. Shape: (H, W) bool"""
    padded = np.pad(mask, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner


def as_array(value: Any) -> np.ndarray:
    """Any picture as an array: (H, W, 3) uint8, or a map (H, W)."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    elif hasattr(value, "convert"):
        value = np.asarray(value.convert("RGB"))
    array = np.asarray(value)
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[0] == 3 and array.shape[2] != 3:
        array = array.transpose(1, 2, 0)
    if array.ndim == 2:
        return array
    if array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(f"expected one RGB picture or one map (H, W), got shape {array.shape}")
    if array.dtype != np.uint8:
        array = (255 * array.clip(0, 1)).round().astype(np.uint8)
    return array
