"""Paint a mask over a photo in the notebook, and keep both as the files of a data set."""

import base64
import io
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from PIL import Image

from helpers.data import ASSETS, PhotoError, open_photo

LONGEST = 720  # pixels of the photo's longer side: enough for masks, quick to send to the page


class MaskPainter(anywidget.AnyWidget):
    """A photo with a mask to paint on it: `MaskPainter("car.jpg")` as a cell's last line.

    `start` (H, W) bool, of any size, is a first mask: a network's, say, that only needs correcting.
    Without a page to show it, nothing is painted; any editor's black and white PNG does as well.

    Raises:
        PhotoError: the photo cannot be used; the text says why.
    """

    _esm = ASSETS / "painter.js"
    picture = traitlets.Unicode().tag(sync=True)  # a data URL
    size = traitlets.List(traitlets.Int()).tag(sync=True)  # height, width
    # the paint, clear where there is none; the page sends a view of memory, which CBytes copies
    png = traitlets.CBytes(b"").tag(sync=True)

    def __init__(self, photo: str | Path, start: object = None) -> None:
        self.photo = open_photo(photo)
        self.photo.thumbnail((LONGEST, LONGEST))
        self.name = Path(str(photo).strip().strip("\"'")).stem
        buffer = io.BytesIO()
        self.photo.save(buffer, "PNG")
        url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
        size = [self.photo.height, self.photo.width]
        super().__init__(picture=url, size=size, png=b"" if start is None else paint(start, size))

    @property
    def mask(self) -> np.ndarray:
        """What is painted: (H, W) bool, as large as `photo`."""
        if not self.png:
            return np.zeros(self.size, bool)
        with Image.open(io.BytesIO(bytes(self.png))) as image:
            return np.asarray(image.convert("RGBA"))[..., 3] > 127

    def save(self, folder: str | Path) -> None:
        """Write folder/images/NAME.png and folder/masks/NAME.png, black and white.

        Raises:
            PhotoError: nothing is painted yet.
        """
        if not self.mask.any():
            raise PhotoError("Nothing is painted yet: paint the object first, then save.")
        folder = Path(folder)
        mask = Image.fromarray((255 * self.mask).astype(np.uint8))
        for kind, image in {"images": self.photo, "masks": mask}.items():
            (folder / kind).mkdir(parents=True, exist_ok=True)
            image.save(folder / kind / f"{self.name}.png")
        print(f"Saved {self.name}.png in {folder / 'images'} and {folder / 'masks'}.")


def paint(mask: object, size: list[int]) -> bytes:
    """A mask as a PNG of orange paint, clear elsewhere, of `size` (height, width)."""
    area = Image.fromarray((255 * np.asarray(mask).astype(bool)).astype(np.uint8))
    area = area.resize(size[::-1], Image.Resampling.NEAREST)
    image = Image.new("RGBA", area.size, (213, 94, 0, 0))
    image.putalpha(area)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
