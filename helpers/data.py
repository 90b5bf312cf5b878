"""The course's pictures with their true maps, and photos of the learner's own.

The shipped pictures are renders of `helpers.cars`, stored as PNG files in `helpers/assets`;
`python -m helpers.data` renders them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from torch import Tensor

ASSETS = Path(__file__).parent / "assets"

FORMATS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif")
LONGEST_TO_SHORTEST = 8  # of a photo's sides: beyond it, drawing it alone would fill the memory

# What `helpers.cars.render` is asked for, chosen by eye; sizes are (height, width) in pixels,
# settings the name of some in `helpers.cars`.
PICTURES: Mapping[str, dict] = {
    "car": {"seed": 121, "size": (256, 384), "background": "studio"},
    "street": {"seed": 234, "size": (256, 384), "background": "street", "num_cars": 3},
    "coupe": {"seed": 104, "size": (256, 384), "background": "studio"},
    "wagon": {"seed": 108, "size": (256, 384), "background": "studio"},
    "sedan": {"seed": 343, "size": (256, 384), "background": "street"},
    "front": {"seed": 344, "size": (256, 384), "background": "street"},
    "hedge": {"seed": 40268, "size": (256, 384), "settings": "TRAIN"},
}


@dataclass(frozen=True)
class Picture:
    """A picture and what is true of every pixel.

    Shape: class_map (H, W) int64: 0 background, 1 car; instance_map (H, W) int64: 0 background,
    then one number a car.
    """

    image: Image.Image
    class_map: "Tensor"
    instance_map: "Tensor"


def load_picture(name: str) -> Picture:
    """One of the shipped pictures, by name.

    Raises:
        ValueError: no picture has this name, or its file is damaged.
    """
    import torch

    if name not in PICTURES:
        raise ValueError(f"no picture is called {name!r}; there are {', '.join(PICTURES)}")
    image = open_photo(ASSETS / f"{name}.png")
    numbers = read_image(ASSETS / f"{name}_instances.png")
    instances = torch.from_numpy(np.array(numbers).astype(np.int64))
    return Picture(image, (instances > 0).long(), instances)


def read_image(path: str | Path) -> Image.Image:
    """Any picture file, upright as its EXIF says, in the file's own mode.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is no picture, or is damaged.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
            image.load()
            return image
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is no picture that Pillow can read: {error}") from error


class PhotoError(ValueError):
    """A photo that cannot be used; a notebook shows the sentence and no traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"PhotoError: {self}"]


def open_photo(path: str | Path) -> Image.Image:
    """Any picture file as an upright RGB image, on white where it is clear.

    Quotes and blanks around the path do not matter.

    Raises:
        PhotoError: there is no such file, or it cannot be used; the text says why.
    """
    path = as_path(path)
    try:
        image = read_image(path)
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob("*") if p.suffix.lower() in FORMATS)
        beside = f" Pictures there: {', '.join(near[:5])}." if near else ""
        raise PhotoError(f"There is no file {path}.{beside}") from None
    except ValueError as error:
        if path.suffix.lower() in (".heic", ".heif", ".avif"):
            raise PhotoError(
                f"{path.name} has a format that cannot be read here. Save the photo "
                "as JPEG or PNG and use that file."
            ) from None
        raise PhotoError(str(error)) from None
    if max(image.size) > LONGEST_TO_SHORTEST * min(image.size):
        raise PhotoError(
            f"{path.name} is {image.width} x {image.height} pixels, too long and thin "
            "for a photo of a car. Cut out the part with the car."
        )
    if image.mode[0] in "IF":  # 16 or 32 bits a pixel, which `convert` would clip
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0).clip(min=0)
        image = Image.fromarray((255 * values / (values.max() or 1)).astype(np.uint8))
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image.convert("RGB")


def as_path(path: str | Path) -> Path:
    """The file that a learner means.

    Raises:
        PhotoError: it is a web address, a folder, or nothing.
    """
    text = str(path).strip().strip("\"'").strip()
    if "://" in text:
        raise PhotoError(
            f"{text} is a web address. Save the picture on this computer first, then "
            "write the file's path."
        )
    if not text:
        raise PhotoError("Write the path of a picture between the quotes.")
    found = Path(text).expanduser()
    if found.is_dir():
        raise PhotoError(f"{found} is a folder. Add the name of a picture in it.")
    return found


def fit(image: Image.Image, longest: int = 144) -> Image.Image:
    """Shrink or enlarge an image so that its longer side is about `longest` pixels.

    Both sides become multiples of 8, as three poolings need; the shape changes by under 4 pixels.
    """
    scale = longest / max(image.size)
    size = [max(8, round(side * scale / 8) * 8) for side in image.size]
    return image.resize(size, Image.Resampling.LANCZOS)


def render_pictures() -> None:
    """Render the shipped pictures into `helpers/assets`."""
    from helpers import cars

    for name, wanted in PICTURES.items():
        settings = getattr(cars, wanted.get("settings", "SHOWN"))
        scene = cars.render(**{**wanted, "settings": settings})
        Image.fromarray(scene.image).save(ASSETS / f"{name}.png", optimize=True)
        instances = Image.fromarray(scene.instance_map)
        instances.save(ASSETS / f"{name}_instances.png", optimize=True)


if __name__ == "__main__":
    render_pictures()
