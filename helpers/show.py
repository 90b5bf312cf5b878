"""Show pictures, masks and maps: one way to draw them and one set of class colours, everywhere.

Every figure goes through `figure`, which gives it a text alternative for screen readers.
"""

import functools
import io
import os
from collections.abc import Callable, Mapping
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
    """Display a matplotlib figure as a PNG with the text alternative `alt`, then close it."""
    import matplotlib.pyplot as plt
    from IPython.display import Image, display

    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=100, bbox_inches="tight", facecolor="white")
    plt.close(fig)
    display(Image(buffer.getvalue(), format="png", alt=alt))


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


def before_after(name: str, function: Callable, picture: object, alt: str) -> None:
    """Give a picture to any module or function; draw before and after with shapes and ranges.

    Shape:
        picture: a tensor (1, C, H, W) of floats; what comes back is drawn as an RGB image if it
        has 3 channels, else its first channel as a heat map.
    """
    import torch

    with torch.no_grad():
        result = function(picture)
    pictures(
        {f"before\n{facts(picture)}": first_image(picture),
         f"after {name}\n{facts(result)}": first_image(result)},
        alt=alt, columns=2,
    )


def facts(tensor: object) -> str:
    """Shape and value range of a tensor as a title."""
    low, high = float(tensor.min()), float(tensor.max())
    return f"{tuple(tensor.shape)}, values {low:.2f} to {high:.2f}"


def first_image(tensor: object) -> object:
    """What to draw of a batch (B, C, H, W): the first image, all of it or its first channel."""
    tensor = tensor.detach()[0]
    return tensor.clamp(0, 1) if tensor.shape[0] == 3 else tensor[0]


def draw(ax: "Axes", value: object) -> None:
    """Draw one picture, mask, class map or heat map into a matplotlib axes."""
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
        ax.imshow(array, cmap="viridis", interpolation="nearest")


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
