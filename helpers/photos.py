"""A folder of pictures and masks to practise on, for learners who have no photos at hand."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import cars

FOLDERS: list[tempfile.TemporaryDirectory] = []  # removed when Python ends
FROM_A_BALCONY = replace(cars.SHOWN, elevation=(50.0, 70.0))


def balcony_photos(count: int = 20, size: tuple[int, int] = (192, 288)) -> Path:
    """A new folder with renders of cars seen steeply from above, as photos and their masks.

    The files are images/balcony_01.png and masks/balcony_01.png, and so on; a mask is black and
    white. The folder is removed when Python ends.
    """
    folder = new_folder()
    images, masks = cars.render_dataset(
        count, seed=900_000, size=size, settings=FROM_A_BALCONY, progress=False
    )
    for kind, arrays in {"images": images, "masks": 255 * np.asarray(masks)}.items():
        (folder / kind).mkdir()
        for i, array in enumerate(arrays, start=1):
            Image.fromarray(array).save(folder / kind / f"balcony_{i:02}.png")
    return folder


def copy_of(folder: str | Path) -> Path:
    """A copy of a folder, which may be damaged without harm; removed when Python ends."""
    return Path(shutil.copytree(folder, new_folder(), dirs_exist_ok=True))


def new_folder() -> Path:
    """An empty folder that lasts as long as this process."""
    FOLDERS.append(tempfile.TemporaryDirectory(prefix="photos_"))
    return Path(FOLDERS[-1].name)
