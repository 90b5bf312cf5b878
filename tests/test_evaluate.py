"""`python -m helpers.evaluate` on a folder of renders, and on folders that have something wrong."""

import re

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import cars, evaluate, masked
from helpers.notebook_code import solution_names
from helpers.show import errors

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
    expected = []
    for i, size in enumerate(SIZES):
        picture = next(folders[0].glob(f"car{i}.*"))
        masks = course["mean_masks_of"](course["open_photo"](picture))
        truth = torch.from_numpy(cars.render(700 + i, size, background="studio").class_map) == 1
        expected.append(course["iou"](course["foreground_mask"](masks)[0], truth))
    code, out, _ = run(capsys, *folders)
    assert code == 0
    assert re.search(r"pictures +4\n", out)
    mean, median, dice = (
        float(re.findall(rf"{name} +([\d.]+)", out)[0])
        for name in ("mean IoU", "median IoU", "mean Dice")
    )
    assert mean == pytest.approx(np.mean(expected), abs=2e-3)  # a JPEG mask's edge differs a little
    assert median == pytest.approx(np.median(expected), abs=4e-3)
    assert dice == pytest.approx(np.mean([2 * v / (1 + v) for v in expected]), abs=2e-3)
    assert 0 < float(re.findall(r"best box +([\d.]+)", out)[0]) < mean
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


TRUE = np.zeros((40, 60), bool)
TRUE[10:30, 5:45] = True
GRAY = Image.fromarray(np.full((40, 60, 3), 90, np.uint8))


def stored(values: np.ndarray, path, mode: str = "L"):
    """A mask file."""
    Image.fromarray(values.astype(np.uint8)).convert(mode).save(path)
    return path


@pytest.mark.parametrize(("car", "labels"), [("8", {8}), ("8,9", {8, 9}), ("nonzero", {3, 8, 9})])
def test_a_map_of_labels_is_read_as_told_and_never_guessed(car, labels, tmp_path):
    values = np.zeros((40, 60), np.uint8)
    values[:10], values[10:20], values[20:25] = 3, 8, 9
    path = stored(values, tmp_path / "m.png")
    with pytest.raises(ValueError, match=r"holds 4 values \(0, 3, 8, 9\).*--car 8.*--nonzero"):
        masked.read_mask(path, (60, 40))
    assert (masked.read_mask(path, (60, 40), car) == np.isin(values, list(labels))).all()


def test_palettes_are_labels_and_two_colours_a_mask(tmp_path):
    image = Image.fromarray(np.repeat(np.arange(4, dtype=np.uint8), 10)[:, None].repeat(60, 1), "P")
    image.putpalette([0, 0, 0, 250, 0, 0, 0, 250, 0, 0, 0, 250])
    image.save(tmp_path / "p.png")
    assert masked.read_mask(tmp_path / "p.png", (60, 40), "2")[20:30].all()
    with pytest.raises(ValueError, match="map of labels"):
        masked.read_mask(tmp_path / "p.png", (60, 40))
    two = np.where(TRUE[..., None], np.array([255, 0, 0]), np.array([0, 0, 90])).astype(np.uint8)
    Image.fromarray(two).save(tmp_path / "two.png")
    assert (masked.read_mask(tmp_path / "two.png", (60, 40)) == TRUE).all()


def test_a_mask_in_the_transparency_is_read_and_with_colours_refused(tmp_path):
    alpha = Image.fromarray(np.where(TRUE, 255, 0).astype(np.uint8))
    plain = Image.new("RGB", (60, 40))
    plain.putalpha(alpha)
    plain.save(tmp_path / "a.png")
    assert (masked.read_mask(tmp_path / "a.png", (60, 40)) == TRUE).all()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8))
    noise.putalpha(alpha)
    noise.save(tmp_path / "b.png")
    with pytest.raises(ValueError, match="both colours and transparency"):
        masked.read_mask(tmp_path / "b.png", (60, 40))


def test_more_than_two_colours_are_refused_and_an_opaque_mask_is_read(tmp_path):
    colours = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="more than two colours"):
        masked.read_mask(tmp_path / "a.png", (60, 40))
    Image.fromarray(np.where(TRUE, 255, 0).astype(np.uint8)).convert("RGBA").save(
        tmp_path / "b.png"
    )
    assert (masked.read_mask(tmp_path / "b.png", (60, 40)) == TRUE).all()


def test_labels_that_are_no_numbers_are_said(folders, capsys):
    with pytest.raises(SystemExit):
        run(capsys, *folders, "--car", "7,car")
    assert "'7,car' is not a number, or several with commas" in capsys.readouterr().err


@pytest.mark.parametrize(("value", "all_of_it"), [(0, False), (255, True), (1, True)])
def test_one_value_is_no_car_or_nothing_else(value, all_of_it, tmp_path):
    path = stored(np.full((40, 60), value), tmp_path / "m.png")
    assert (masked.read_mask(path, (60, 40)) == all_of_it).all()


@pytest.mark.parametrize(
    ("picture", "mask", "together"),
    [
        ("0.jpg", "0_mask.jpg", True),
        ("x.image.png", "x.mask.png", True),
        ("a.png", "a.png", False),
        ("a.jpg", "a_mask.gif", False),
        ("b_img.png", "b_seg.png", True),
        ("d.png", "d_gt.bmp", False),
        ("c.png", "c-label.png", True),
    ],
)
def test_names_of_public_data_sets_are_known(picture, mask, together, tmp_path):
    masks = tmp_path if together else tmp_path / "masks"
    masks.mkdir(exist_ok=True)
    GRAY.save(tmp_path / picture)
    stored(np.where(TRUE, 255, 0), masks / mask)
    assert masked.pairs(tmp_path, masks) == [(tmp_path / picture, masks / mask)]


def test_no_picture_is_its_own_mask(tmp_path, capsys):
    GRAY.save(tmp_path / "a.png")
    code, _, err = run(capsys, tmp_path, tmp_path)
    assert code == 2 and "no name there says that it is a mask" in err
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "a.png").write_bytes((tmp_path / "a.png").read_bytes())
    code, _, err = run(capsys, tmp_path, tmp_path / "masks")
    assert code == 2 and "is the picture itself, not its mask" in err


def test_figures_by_hand():
    scores = [
        evaluate.Score("a", 50, 100, 60),
        evaluate.Score("b", 0, 0, 0),
        evaluate.Score("c", 0, 10, 0),
        evaluate.Score("d", 0, 0, 10),
    ]
    first = scores[0]
    assert (first.iou, first.dice) == (50 / 110, 100 / 160)
    assert (first.precision, first.recall) == (0.5, 50 / 60)
    assert [score.iou for score in scores[1:]] == [1, 0, 0]
    text = evaluate.report(scores, 0.25)
    assert "pictures   4, 2 without a car" in text and "below 0.5  75 %" in text
    assert "best box   0.2500" in text


def test_the_best_box_is_found():
    masks = np.zeros((2, 32, 32))
    masks[:, 8:24, 4:20] = 1
    assert evaluate.best_box(masks) == pytest.approx(1)
    masks[1] = 0
    masks[1, :, 16:] = 1
    assert 0.25 < evaluate.best_box(masks) < 0.75


def test_overlays_show_right_missed_and_invented_in_three_colours():
    pred = np.roll(TRUE, 10, axis=1)
    shown = errors(GRAY, pred, TRUE).astype(int)
    kinds = (pred & TRUE, TRUE & ~pred, pred & ~TRUE, ~pred & ~TRUE)
    colours = [shown[kind][0] for kind in kinds]
    distances = [abs(a - b).sum() for i, a in enumerate(colours) for b in colours[:i]]
    assert min(distances) > 60 and len(set(colours[3])) == 1, "the rest is gray"


def test_help_tells_the_rules(capsys):
    with pytest.raises(SystemExit):
        evaluate.main(["--help"])
    text = capsys.readouterr().out
    assert "the brighter one" in text and "green is right" in text and "best box" in text


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


@pytest.mark.parametrize(
    "content", [b"", b"text", ["layer.weight"], [f"enc{i}.weight" for i in range(1, 5)]]
)
def test_weights_that_do_not_fit_are_named(content, folders, tmp_path, capsys):
    path = tmp_path / "other.pt"
    if isinstance(content, list):
        torch.save({name: torch.ones(2) for name in content}, path)
    else:
        path.write_bytes(content)
    code, _, err = run(capsys, *folders, "--weights", path)
    assert code == 2 and re.search(r"error: .*other\.pt (is|holds) no", err), err


def test_a_washed_out_mask_is_read_as_black_and_white(tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.random((40, 60)) < 0.3
    gray = np.where(truth, 230, 10) + rng.integers(0, 20, truth.shape)
    Image.fromarray(gray.astype(np.uint8)).save(tmp_path / "mask.png")
    assert np.array_equal(masked.read_mask(tmp_path / "mask.png", (60, 40)), truth)
