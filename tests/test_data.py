"""Pictures and weights: what ships loads, and what is broken is named."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import data, weights
from helpers.notebook_code import solution_names, unet_class
from tests import course


@pytest.mark.parametrize("name", data.PICTURES)
def test_shipped_pictures_load_with_their_maps(name):
    picture = data.load_picture(name)
    height, width = data.PICTURES[name]["size"]
    assert picture.image.mode == "RGB" and picture.image.size == (width, height)
    assert picture.class_map.shape == picture.instance_map.shape == (height, width)
    assert picture.class_map.dtype == picture.instance_map.dtype == torch.int64
    assert torch.equal(picture.class_map, (picture.instance_map > 0).long())
    assert int(picture.instance_map.max()) == data.PICTURES[name].get("num_cars", 1)


def test_the_shipped_pictures_are_those_that_the_renderer_makes(tmp_path, monkeypatch):
    shipped = {path.name: np.asarray(Image.open(path)) for path in data.ASSETS.glob("*.png")}
    monkeypatch.setattr(data, "ASSETS", tmp_path)
    data.render_pictures()
    made = list(tmp_path.iterdir())
    assert len(made) == 2 * len(data.PICTURES)
    for path in made:
        again, before = np.asarray(Image.open(path)), shipped[path.name]
        assert again.shape == before.shape
        # The oldest versions round otherwise: of a picture's values 3 in 100, 2 in 1000 by more than 8
        differ = np.abs(again - before.astype(int))
        assert (differ > 0).mean() < (0.05 if again.ndim == 3 else 0.01), path.name
        assert (differ > 8).mean() < 0.01, path.name


def test_unknown_picture_names_the_known_ones():
    with pytest.raises(ValueError, match="car, street"):
        data.load_picture("unicorn")


@pytest.mark.parametrize("part", ["car", "car_instances"])
def test_a_damaged_shipped_picture_is_named(part, tmp_path, monkeypatch):
    for name in ("car", "car_instances"):
        (tmp_path / f"{name}.png").write_bytes((data.ASSETS / f"{name}.png").read_bytes())
    (tmp_path / f"{part}.png").write_bytes(b"damaged")
    monkeypatch.setattr(data, "ASSETS", tmp_path)
    with pytest.raises(ValueError, match=f"{part}.png is no picture"):
        data.load_picture("car")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1", "I;16", "I"])
def test_photos_of_every_mode_become_rgb(mode, tmp_path):
    suffix = "tif" if mode == "CMYK" else "png"
    path = tmp_path / f"photo.{suffix}"
    if mode.startswith("I"):
        Image.fromarray((np.arange(600).reshape(20, 30) * 100).astype(np.uint16)).save(path)
    else:
        Image.new("RGB", (30, 20), "red").convert(mode).save(path)
    photo = data.open_photo(path)
    assert photo.mode == "RGB" and photo.size == (30, 20)


def test_clear_pixels_become_white(tmp_path):
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert data.open_photo(tmp_path / "clear.png").getpixel((0, 0)) == (255, 255, 255)


def test_a_turned_photo_stands_upright(tmp_path):
    image, exif = Image.new("RGB", (30, 20)), Image.Exif()
    exif[0x0112] = 6  # orientation: turned by a quarter
    image.save(tmp_path / "turned.jpg", exif=exif)
    assert data.open_photo(tmp_path / "turned.jpg").size == (20, 30)


def test_what_is_no_picture_is_named(tmp_path):
    with pytest.raises(data.PhotoError, match="no_such"):
        data.open_photo(tmp_path / "no_such.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(ValueError, match="text.png is no picture"):
        data.open_photo(tmp_path / "text.png")
    whole = (data.ASSETS / "car.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="half.png is no picture"):
        data.open_photo(tmp_path / "half.png")


@pytest.mark.parametrize(
    "given, told",
    [
        ("https://example.org/car.jpg", "is a web address. Save the picture"),
        ("", "Write the path"),
        ("  ''  ", "Write the path"),
        ("{folder}", "is a folder. Add the name"),
        ("{folder}/tilted.jpg", "There is no file .*Pictures there: long.png, red.png."),
        ("{folder}/phone.HEIC", "Save the photo as JPEG or PNG"),
        ("{folder}/long.png", "5000 x 1 pixels, too long and thin"),
    ],
)
def test_photos_that_cannot_be_used_are_refused_in_a_sentence(given, told, tmp_path):
    Image.new("RGB", (5000, 1)).save(tmp_path / "long.png")
    Image.new("RGB", (9, 9), "red").save(tmp_path / "red.png")
    (tmp_path / "phone.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(data.PhotoError, match=told) as caught:
        data.open_photo(given.format(folder=tmp_path))
    assert caught.value._render_traceback_() == [f"PhotoError: {caught.value}"]


def test_quotes_and_blanks_around_a_path_do_not_matter(tmp_path):
    Image.new("RGB", (9, 9), "red").save(tmp_path / "my car.png")
    for path in (f'"{tmp_path}/my car.png"', f" {tmp_path}/my car.png ", tmp_path / "my car.png"):
        assert data.open_photo(path).getpixel((4, 4)) == (255, 0, 0)


def test_pictures_of_floats_are_not_black(tmp_path):
    ramp = np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    Image.fromarray(ramp).save(tmp_path / "ramp.tif")
    assert np.asarray(data.open_photo(tmp_path / "ramp.tif")).max() == 255


@pytest.mark.parametrize("size", [(640, 480), (100, 100), (31, 999), (192, 128)])
def test_fit_gives_multiples_of_eight_and_keeps_the_shape(size):
    fitted = data.fit(Image.new("RGB", size))
    assert max(data.fit(Image.new("RGB", size), 176).size) == 176
    assert all(side % 8 == 0 and side >= 8 for side in fitted.size)
    assert max(fitted.size) == 144
    wanted = [side * 144 / max(size) for side in size]
    assert all(abs(a - b) <= 8 for a, b in zip(fitted.size, wanted, strict=True))


def test_shipped_weights_are_whole_small_and_fit_the_course_network():
    path = weights.verify()
    assert path.stat().st_size < 4e6
    state = weights.load()
    assert {value.dtype for value in state.values()} == {torch.float16}
    unet_class()(features=weights.FEATURES).load_state_dict(state)


def test_the_model_card_has_the_figures_that_were_measured():
    facts = json.loads(weights.card_of(weights.WEIGHTS).read_text())
    text = (data.ASSETS / "MODEL_CARD.md").read_text()
    figures = {name: value for name, value in facts.items() if name.startswith("iou_")}
    assert len(figures) == 4
    for value in figures.values():
        assert f"| {value:.3f} |" in text


def test_shipped_weights_cut_out_unseen_cars():
    from helpers import cars

    course = solution_names("07_training")
    model = course["UNet"](features=weights.FEATURES)
    model.load_state_dict(weights.load())
    images, masks = cars.render_batch(range(9_000_000, 9_000_040))
    batch = torch.from_numpy(images).permute(0, 3, 1, 2) / 255, torch.from_numpy(masks).long()
    assert course["evaluate"](model, [batch]) >= 0.85


@pytest.fixture
def copy(tmp_path):
    """A copy of the shipped weights and their card."""
    path = tmp_path / "unet.pt"
    path.write_bytes(weights.WEIGHTS.read_bytes())
    weights.card_of(path).write_text(weights.card_of(weights.WEIGHTS).read_text())
    return path


def test_damaged_weights_are_named(copy):
    assert weights.verify(copy) == copy
    whole = copy.read_bytes()
    for broken in (whole[:-1], whole[: len(whole) // 2], b"", whole[:500] + b"x" + whole[501:]):
        copy.write_bytes(broken)
        with pytest.raises(ValueError, match="damaged.*make weights"):
            weights.verify(copy)
    copy.write_bytes(b"text")
    with pytest.raises(ValueError, match="no file of weights"):
        weights.load(copy)
    torch.save([1, 2], copy)
    with pytest.raises(ValueError, match="holds no state dict"):
        weights.load(copy)
    copy.unlink()
    with pytest.raises(FileNotFoundError, match="make weights"):
        weights.verify(copy)


def test_a_missing_or_damaged_card_is_named(copy):
    weights.card_of(copy).write_text("{}")
    with pytest.raises(ValueError, match="unet.json is damaged"):
        weights.verify(copy)
    weights.card_of(copy).unlink()
    with pytest.raises(FileNotFoundError, match="unet.json"):
        weights.verify(copy)


def test_saving_writes_half_precision_a_checksum_and_the_facts(tmp_path):
    model = torch.nn.Conv2d(3, 2, kernel_size=1)
    path = tmp_path / "new" / "model.pt"
    weights.save(model, path, {"minutes": 3})
    assert weights.verify(path) == path
    assert json.loads(weights.card_of(path).read_text())["minutes"] == 3
    loaded = weights.load(path)["weight"]
    assert loaded.dtype == torch.float16
    assert torch.allclose(loaded.float(), model.weight, atol=1e-3)
    assert sorted(p.name for p in path.parent.iterdir()) == ["model.json", "model.pt"]


def test_the_size_of_a_network_is_read_from_its_file(tmp_path, capsys, monkeypatch):
    """Notebook 06's cell for the learner's own network, with one of another size than ours."""
    names = dict(solution_names("06_car_inference"))
    torch.save(names["UNet"](features=(4, 8, 12, 20)).state_dict(), tmp_path / "my_unet.pt")
    cell = next(
        c
        for c in course.read(course.solution_path("06_car_inference")).cells
        if c.id == "own-network"
    ).source
    path = str(tmp_path / "my_unet.pt")
    monkeypatch.setenv("COURSE_FIGURES", "off")
    exec(cell.replace("my_weights = None", f"my_weights = {path!r}"), names)
    told = capsys.readouterr().out
    assert "features (4, 8, 12, 20)" in told and "mean IoU of the five: 0." in told
    torch.save({"fc.weight": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match="not the weights of the course's U-Net: there is no enc1"):
        exec(cell.replace("my_weights = None", f"my_weights = {path!r}"), names)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        exec(cell.replace("my_weights = None", "my_weights = 'nowhere.pt'"), names)
