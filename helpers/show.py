"""Show pictures, masks and maps: one way to draw them and one set of class colours, everywhere.

Every figure goes through `figure`, which gives it a text alternative for screen readers.
"""

import base64
import functools
import html
import io
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers tell apart (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7",
)
GRAY = "#8C8C8C"
CLASS_COLOURS = ["#D9D9D9", ORANGE, BLUE, GREEN, PURPLE, VERMILION]  # class 0 is the background
ENCODER, DECODER, SKIP = BLUE, ORANGE, GRAY  # the parts of a U-Net, in every drawing of it


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


def folded(data: bytes, alt: str, title: str) -> None:
    """Display a PNG under a title that folds it away: what a slider shows, for other pages."""
    from IPython.display import display

    page = f"<details><summary>{title}</summary>{as_html(data, alt)}</details>"
    display({"text/html": page, "text/plain": alt}, raw=True)


def as_html(data: bytes, alt: str) -> str:
    """A PNG as HTML: JupyterLab gives an `image/png` output no text alternative."""
    source = base64.b64encode(data).decode()
    return (f'<img class="course" alt="{html.escape(alt)}" src="data:image/png;base64,{source}" '
            'style="max-width: 100%">')


def png(fig: "Figure", tight: bool = True) -> bytes:
    """A matplotlib figure as a PNG, on white so that it reads in a dark theme; it is closed."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=100, bbox_inches="tight" if tight else None,
                facecolor="white")
    plt.close(fig)
    return buffer.getvalue()


@drawing
def pictures(named: Mapping[str, object], alt: str, columns: int = 4, width: float = 9.0) -> None:
    """Draw titled pictures in rows: RGB images, bool masks, class maps (int) or heat maps (float).

    Shape:
        each value: a PIL image, an array (H, W, 3) uint8, a tensor (3, H, W) or (1, 3, H, W) of
        floats in [0, 1], or a map (H, W) or (1, H, W) of bool, int (classes) or float.

    Raises:
        ValueError: a value is none of these.
    """
    import matplotlib.pyplot as plt

    columns = min(columns, len(named))
    rows = -(-len(named) // columns)
    first_height, first_width = as_array(next(iter(named.values()))).shape[:2]
    cell = width / columns
    height = rows * (cell * first_height / first_width + 0.45)
    fig, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, (title, value) in zip(axes.flat, named.items(), strict=False):
        draw(ax, value)
        ax.set_title(title, fontsize=10)
    fig.tight_layout()
    figure(fig, alt)


def before_after(
    name: str, function: Callable, picture: object, alt: str, names: Sequence[str] = ()
) -> None:
    """Give a picture to any module or function; draw before and after with shapes and ranges.

    Shape:
        picture: a PIL image or a tensor; it and what comes back are drawn as RGB where they are
        floats (1, 3, H, W), as a map where they are (B, H, W), and else (1, C, H, W) as their
        first channels, which `names` may name.
    """
    import torch

    with torch.no_grad():
        result = function(picture)
    panels = {f"before: {facts(picture)}": planes(picture), f"{name}: {facts(result)}":
              planes(result)}
    draw_rows(panels, names, alt)


def facts(value: object) -> str:
    """Shape and range of a picture in a few words."""
    if hasattr(value, "convert"):
        low, high = np.asarray(value).min(), np.asarray(value).max()
        return f"PIL image, {value.width} x {value.height} pixels, {low} to {high}"
    kind = str(value.dtype).removeprefix("torch.")
    if kind == "bool":
        return f"{tuple(value.shape)}, {kind}, {value.double().mean():.0%} true"
    low, high = (f"{float(v):.2f}".removesuffix(".00") for v in (value.min(), value.max()))
    return f"{tuple(value.shape)}, {kind}, {low} to {high}"


def planes(value: object, most: int = 4) -> list:
    """What to draw of a picture: itself, or its first channels."""
    if hasattr(value, "convert"):
        return [value]
    value = value.detach()
    if value.dim() == 4 and value.shape[1] == 3 and value.is_floating_point():
        return [value[0].clamp(0, 1)]
    return list(value[0][:most]) if value.dim() == 4 else [value[0] if value.dim() == 3 else value]


@drawing
def draw_rows(rows: Mapping[str, list], names: Sequence[str], alt: str) -> None:
    """Draw rows of pictures, each row under its title; `names` stand under those of the last."""
    import matplotlib.pyplot as plt

    single = all(len(row) == 1 for row in rows.values())
    ratio = max(np.divide(*as_array(row[0]).shape[:2]) for row in rows.values())
    columns = 2 if single else max(2, *map(len, rows.values()))
    cell = 9.0 / columns if columns > 2 else 3.6 if single else 2.9
    lines = 1 if single else len(rows)
    fig = plt.figure(figsize=(cell * columns, lines * (cell * ratio + 0.6)), layout="constrained")
    parts = fig.subfigures(1, 2) if single else fig.subfigures(lines, 1)
    for part, (title, row) in zip(np.ravel(parts), rows.items(), strict=True):
        part.suptitle(title, fontsize=10, x=0.02, ha="left")
        axes = part.subplots(1, 1 if single else columns, squeeze=False)[0]
        last = title == list(rows)[-1]
        arrays = [as_array(value) for value in row]
        limits = min(map(np.min, arrays)), max(map(np.max, arrays))  # comparable within a row
        for k, ax in enumerate(axes):
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=k < len(row), color=GRAY)  # white pictures have an edge
            if k < len(row):
                draw(ax, row[k], limits)
                ax.set_xlabel(names[k] if last and k < len(names) else "", fontsize=10)
    figure(fig, alt)


def draw(ax: "Axes", value: object, limits: tuple = (None, None)) -> None:
    """Draw one picture, mask, class map or heat map into a matplotlib axes.

    `limits` are the numbers at the ends of a heat map's colours; else those of the map.
    """
    from matplotlib.colors import ListedColormap

    array = as_array(value)
    if array.ndim == 3:
        ax.imshow(array)
    elif array.dtype == bool:
        ax.imshow(array, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    elif np.issubdtype(array.dtype, np.integer):
        last = len(CLASS_COLOURS) - 1
        ax.imshow(array, cmap=ListedColormap(CLASS_COLOURS), vmin=0, vmax=last,
                  interpolation="nearest")
    else:
        low, high = limits
        ax.imshow(array, cmap="viridis", vmin=low, vmax=high, interpolation="nearest")


def overlay(
    image: object, mask: object, colour: str = ORANGE, strength: float = 0.55
) -> np.ndarray:
    """The image with the masked pixels tinted.

    Shape: image as in `pictures`, mask (H, W) bool -> (H, W, 3) uint8
    """
    from matplotlib.colors import to_rgb

    array, mask = as_array(image).astype(np.float32), as_array(mask).astype(bool)
    tint = 255 * np.array(to_rgb(colour), np.float32)
    array[mask] = (1 - strength) * array[mask] + strength * tint
    return array.astype(np.uint8)


def as_array(value: object) -> np.ndarray:
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
