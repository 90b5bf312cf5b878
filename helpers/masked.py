"""Pictures and their true masks in folders: which belong together, and what a mask says.

Names: `a.jpg` with `a.png`; `a.jpg` with `a_mask.gif` (Carvana), also in one folder; `a.image.png`
with `a.mask.png`; likewise with label, seg or gt for mask, and img or photo for image.
"""

import re
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.data import read_image

MASK = re.compile(r"[._-](?:mask|masks|label|labels|seg|segmentation|gt|instances?)$", re.I)
PICTURE = re.compile(r"[._-](?:image|img|photo|picture)$", re.I)
# Of 255: how far from black or white a JPEG file leaves most pixels of a mask, in many values.
NEAR, MOST_LABELS = 24, 30


def pairs(images: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Each picture with its mask, sorted by name.

    Raises:
        FileNotFoundError: a folder is missing or empty, or a picture has no mask.
        ValueError: a picture has several masks, or would be its own.
    """
    for folder in (images, masks):
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
    together = images.samefile(masks)
    found = [path for path in files(images) if not (together and MASK.search(path.stem))]
    by_key: dict[str, list[Path]] = {}
    for path in files(masks):
        if not together or MASK.search(path.stem):
            by_key.setdefault(MASK.sub("", path.stem), []).append(path)
    if not found:
        raise FileNotFoundError(f"there are no pictures in {images}")
    if together and not by_key:
        raise FileNotFoundError(
            f"pictures and masks are in one folder, {images}, and no name "
            "there says that it is a mask (as in car_mask.png)"
        )
    keys = {
        path: path.stem if path.stem in by_key else PICTURE.sub("", path.stem) for path in found
    }
    alone = [path.name for path in found if keys[path] not in by_key]
    if alone:
        more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
        raise FileNotFoundError(f"no mask in {masks} for {', '.join(alone[:3])}{more}")
    for path in found:
        own = by_key[keys[path]]
        if len(own) > 1:
            raise ValueError(f"{path.name} has several masks: {', '.join(m.name for m in own)}")
        if path.samefile(own[0]) or path.read_bytes() == own[0].read_bytes():
            raise ValueError(f"{own[0]} is the picture itself, not its mask")
    return [(path, by_key[keys[path]][0]) for path in found]


def files(folder: Path) -> list[Path]:
    """The files in a folder that are not hidden, sorted by name."""
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def read_mask(path: Path, size: tuple[int, int], car: str = "") -> np.ndarray:
    """A mask file as bool (H, W); `size` is its picture's (width, height).

    `car` says which labels are the car: numbers such as "8" or "8,9", or "nonzero". Without it the
    file must have two values, of which the brighter one is the car, or one.

    Raises:
        ValueError: the file is no picture, its size differs, or it can be read in several ways.
    """
    image = read_image(path)
    if image.size != size:
        raise ValueError(
            f"{path} is {image.width}x{image.height} pixels, its picture {size[0]}x{size[1]}"
        )
    labels = label_map(image, path)
    if car == "nonzero":
        return labels > 0
    if car:
        return np.isin(labels, [int(number) for number in car.split(",")])
    values = np.unique(labels)
    low, high = float(values[0]), float(values[-1])  # bytes would overflow below
    if len(values) <= 2:
        return labels > 0 if len(values) == 1 else labels == high
    scale = (high - low) * NEAR / 255
    if (
        len(values) > MOST_LABELS
        and ((labels <= low + scale) | (labels >= high - scale)).mean() > 0.9
    ):
        return labels > (low + high) / 2  # black and white, as a JPEG file leaves them
    some = ", ".join(map(str, values[:6])) + (" ..." if len(values) > 6 else "")
    raise ValueError(
        f"{path} holds {len(values)} values ({some}), so it is a map of labels. Say "
        "which are the car: --car 8, --car 8,9 or --nonzero"
    )


def label_map(image: Image.Image, path: Path) -> np.ndarray:
    """The numbers of a mask file: gray values, palette entries or, where it has colour, brightness.

    Raises:
        ValueError: it has colours and transparency, or more than two colours.
    """
    if image.mode == "P":
        numbers = np.asarray(image)
        if len(np.unique(numbers)) > 2:
            return numbers
        image = image.convert("RGB")
    if image.mode in ("LA", "RGBA", "PA"):
        *colours, alpha = (np.asarray(band) for band in image.convert("RGBA").split())
        if len(np.unique(alpha)) > 1:
            if any(len(np.unique(colour)) > 1 for colour in colours):
                raise ValueError(
                    f"{path} has both colours and transparency: which is the mask? "
                    "Save it as black and white"
                )
            return alpha
        image = image.convert("RGB")
    if image.mode == "RGB":
        array = np.asarray(image)
        gray = (array == array[..., :1]).all()
        if not gray and len(np.unique(array.reshape(-1, 3), axis=0)) > 2:
            raise ValueError(
                f"{path} has more than two colours: save its labels as numbers, or "
                "the car as white on black"
            )
        return array[..., 0] if gray else np.asarray(image.convert("L"))
    return np.asarray(image.convert("L") if image.mode == "1" else image)
