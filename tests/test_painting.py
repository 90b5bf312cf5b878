"""The painter's Python side, the practice folder, and what notebook 08 makes of both."""

import numpy as np
import pytest
import torch
from PIL import Image

from helpers.data import PhotoError
from helpers.painting import LONGEST, MaskPainter, paint
from helpers.photos import balcony_photos, copy_of
from tests import course


@pytest.fixture(scope="module")
def folder():
    return balcony_photos(4, size=(48, 72))


@pytest.fixture(scope="module")
def names():
    return course.solved("08_your_own_data")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "my car.jpg"
    Image.new("RGB", (120, 80), "navy").save(path)
    return path


def test_nothing_is_painted_at_first_and_nothing_is_saved_then(photo, tmp_path):
    painter = MaskPainter(photo)
    assert painter.mask.shape == (80, 120) and not painter.mask.any()
    with pytest.raises(PhotoError, match="Nothing is painted yet"):
        painter.save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_the_page_sends_is_saved_and_read_as_it_was_painted(photo, tmp_path, names):
    painter = MaskPainter(f' "{photo}" ')
    painted = np.zeros((80, 120), bool)
    painted[10:40, 30:100] = True
    painter.png = paint(painted, painter.size)
    assert np.array_equal(painter.mask, painted)
    painter.save(tmp_path / "out")
    data = names["FolderDataset"](names["pairs_in"](tmp_path / "out"), size=(80, 120))
    assert len(data) == 1 and data.pairs[0][0].name == "my car.png"
    x, target = data[0]
    assert x.shape == (3, 80, 120) and np.array_equal(target.numpy() == 1, painted)


def test_a_first_mask_of_another_size_fits_and_large_photos_are_made_smaller(tmp_path):
    path = tmp_path / "large.png"
    Image.new("RGB", (1440, 720)).save(path)
    start = torch.zeros(36, 72, dtype=torch.bool)
    start[:18] = True
    painter = MaskPainter(path, start=start)
    assert painter.size == [LONGEST // 2, LONGEST]
    assert painter.mask[: LONGEST // 4].all() and not painter.mask[LONGEST // 4 :].any()


def test_a_photo_that_cannot_be_used_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(PhotoError, match="There is no file"):
        MaskPainter(tmp_path / "none.jpg")


def test_the_practice_folder_is_a_data_set_and_its_copy_may_be_damaged(folder, names):
    pairs = names["pairs_in"](folder)
    assert [image.name for image, _ in pairs] == [f"balcony_{i:02}.png" for i in range(1, 5)]
    x, target = names["FolderDataset"](pairs, size=(32, 48))[0]
    assert x.dtype == torch.float32 and x.min() >= 0 and x.max() <= 1
    assert target.dtype == torch.int64 and target.unique().tolist() == [0, 1]
    copy = copy_of(folder)
    (copy / "masks" / "balcony_02.png").unlink()
    with pytest.raises(ValueError, match="masks has no partner for balcony_02.png in images"):
        names["pairs_in"](copy)
    assert names["pairs_in"](folder) == pairs


def test_what_is_wrong_with_a_folder_is_told_with_the_file(folder, names, tmp_path):
    with pytest.raises(ValueError, match="There are no pictures in"):
        names["pairs_in"](tmp_path)
    copy = copy_of(folder)
    mask = copy / "masks" / "balcony_01.png"
    data = names["FolderDataset"](names["pairs_in"](copy), size=(32, 48))
    Image.new("L", (10, 10)).save(mask)
    with pytest.raises(ValueError, match="balcony_01.png: the mask has 10 x 10 pixels"):
        data[0]
    Image.fromarray(np.full((48, 72), 7, np.uint8)).save(mask)
    with pytest.raises(ValueError, match=r"balcony_01.png: the values are \[7\]"):
        data[0]


def as_jpeg(mask, path):
    mask.save(path.with_suffix(".jpg"))
    path.unlink()


def as_paint_on_nothing(mask, path):
    white = Image.new("RGBA", mask.size, "white")
    white.putalpha(mask)
    white.save(path)


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (as_jpeg, "balcony_01.jpg: JPEG invents values at edges"),
        (as_paint_on_nothing, "balcony_01.png: the mask is transparent in places"),
        (lambda mask, path: path.write_bytes(b"no picture"), "balcony_01.png is no picture"),
        (
            lambda mask, path: mask.save(path.with_suffix(".bmp")),
            "masks has two files called balcony",
        ),
        (
            lambda mask, path: (path.parent / "notes.txt").touch(),
            "no partner for notes.txt in masks",
        ),
    ],
)
def test_files_that_would_be_read_wrong_are_refused(write, told, folder, names):
    copy = copy_of(folder)
    path = copy / "masks" / "balcony_01.png"
    with Image.open(path) as mask:
        mask.load()
    write(mask, path)
    with pytest.raises(ValueError, match=told):
        names["FolderDataset"](names["pairs_in"](copy), size=(32, 48))[0]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "I;16"])
def test_black_and_white_is_read_in_every_form(mode, folder, names):
    copy = copy_of(folder)
    path = copy / "masks" / "balcony_01.png"
    with Image.open(path) as mask:
        true = np.asarray(mask) > 0
        written = (
            Image.fromarray(257 * np.asarray(mask).astype(np.uint16))
            if mode == "I;16"
            else mask.convert(mode)
        )
    written.save(path)
    data = names["FolderDataset"](names["pairs_in"](copy), size=true.shape)
    assert np.array_equal(data[0][1].numpy() == 1, true)


def test_a_mask_with_a_palette_keeps_its_classes(folder, names):
    copy = copy_of(folder)
    classes = np.tile(np.array([0, 1, 2], np.uint8), (48, 24))
    image = Image.fromarray(classes).convert("P")
    image.putdata(classes.ravel().tolist())
    image.save(copy / "masks" / "balcony_01.png")
    data = names["FolderDataset"](names["pairs_in"](copy), size=(48, 72), num_classes=3)
    assert np.array_equal(data[0][1].numpy(), classes)
