"""`python -m helpers.evaluate` on a folder of renders, and on folders that have something wrong."""

import re

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import cars, evaluate, weights
from helpers.notebook_code import solution_names

SIZES = [(128, 192), (200, 300), (120, 90), (97, 211)]  # (height, width)


@pytest.fixture
def folders(tmp_path):
    """Four renders with their masks in as many formats."""
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    for i, size in enumerate(SIZES):
        scene = cars.render(700 + i, size, background="studio")
        Image.fromarray(scene.image).save(images / f"car{i}.{'jpg' if i % 2 else 'png'}")
        white = Image.fromarray(255 * scene.class_map)
        name = f"car{i}"
        if i == 0:
            Image.fromarray(scene.class_map).save(masks / f"{name}.png")  # 0 and 1
        elif i == 1:
            white.save(masks / f"{name}_mask.gif")
        elif i == 2:
            white.convert("RGB").save(masks / f"{name}.jpg", quality=60)
        else:
            white.convert("1").save(masks / f"{name}.bmp")
    return images, masks


def run(capsys, *arguments) -> tuple[int, str, str]:
    """Exit code and what was printed."""
    code = evaluate.main([str(a) for a in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_scores_are_those_of_the_course_pipeline(folders, capsys):
    """Notebook 06's own functions give the same mean."""
    course = solution_names("06_car_inference")
    model = course["load_trained_unet"](weights.WEIGHTS)
    expected = []
    for i, size in enumerate(SIZES):
        picture = next(folders[0].glob(f"car{i}.*"))
        image = course["open_photo"](picture)
        masks = course["predict_masks"](model, course["image_to_tensor"](course["fit"](image)))
        masks = torch.nn.functional.interpolate(masks, size=size, mode="bilinear")
        truth = torch.from_numpy(cars.render(700 + i, size, background="studio").class_map) == 1
        expected.append(course["iou"](course["foreground_mask"](masks)[0], truth))
    code, out, _ = run(capsys, *folders)
    assert code == 0
    assert re.search(r"pictures +4\n", out)
    mean, median, dice = (float(re.search(rf"{name} +([\d.]+)", out)[1])
                          for name in ("mean IoU", "median IoU", "mean Dice"))
    assert mean == pytest.approx(np.mean(expected), abs=2e-3)  # a JPEG mask's edge differs a little
    assert median == pytest.approx(np.median(expected), abs=4e-3)
    assert dice == pytest.approx(np.mean([2 * v / (1 + v) for v in expected]), abs=2e-3)
    worst = re.findall(r"^  ([\d.]+)  (car\d\.\w+)$", out, flags=re.M)
    assert len(worst) == 4 and worst == sorted(worst)


def test_overlays_are_saved_at_the_pictures_size(folders, tmp_path, capsys):
    assert run(capsys, *folders, "--overlays", tmp_path / "deep" / "out")[0] == 0
    sizes = [Image.open(p).size for p in sorted((tmp_path / "deep" / "out").iterdir())]
    assert sizes == [(width, height) for height, width in SIZES]


def test_weights_of_another_width_are_accepted(folders, tmp_path, capsys):
    """A learner's own network from notebook 07 has half the channels."""
    torch.manual_seed(0)
    model = solution_names("07_training")["UNet"](features=(8, 16, 32, 64))
    torch.save(model.state_dict(), tmp_path / "mine.pt")
    code, out, _ = run(capsys, *folders, "--weights", tmp_path / "mine.pt")
    assert code == 0 and "mean IoU" in out


def no_mask(images, masks):
    (masks / "car1_mask.gif").unlink()
    return r"no mask in .*masks for car1\.jpg"


def other_size(images, masks):
    Image.new("L", (192, 100)).save(masks / "car0.png")
    return r"car0\.png is 192x100 pixels, its picture 192x128"


def no_picture(images, masks):
    (images / "car2.png").write_text("text")
    return r"car2\.png is no picture"


def damaged_mask(images, masks):
    path = masks / "car3.bmp"
    path.write_bytes(path.read_bytes()[:200])
    return r"car3\.bmp is no picture"


def two_masks(images, masks):
    Image.new("L", (192, 128)).save(masks / "car0_mask.png")
    return r"car0\.png has several masks: car0\.png, car0_mask\.png"


def empty(images, masks):
    for path in images.iterdir():
        path.unlink()
    return r"there are no pictures in .*images"


def no_folder(images, masks):
    images.rename(images.with_name("elsewhere"))
    return r"there is no folder .*images"


@pytest.mark.parametrize(
    "spoil", [no_mask, other_size, no_picture, damaged_mask, two_masks, empty, no_folder]
)
def test_what_is_wrong_is_named(spoil, folders, capsys):
    message = spoil(*folders)
    code, out, err = run(capsys, *folders)
    assert code == 2 and not out
    assert re.search(f"^error: .*{message}", err, flags=re.M), err


@pytest.mark.parametrize("content", [b"", b"text", None])
def test_weights_that_do_not_fit_are_named(content, folders, tmp_path, capsys):
    path = tmp_path / "other.pt"
    if content is None:
        torch.save({"layer.weight": torch.ones(2)}, path)
    else:
        path.write_bytes(content)
    code, _, err = run(capsys, *folders, "--weights", path)
    assert code == 2 and re.search(r"error: .*other\.pt (is|holds) no", err), err
