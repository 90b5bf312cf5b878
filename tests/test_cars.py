"""The renderer: reproducible, and its masks are true."""

from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from helpers import cars
from helpers.cars import kept, scene, standing
from helpers.cars.blueprints import KINDS
from helpers.cars.body import build
from helpers.cars.camera import look_at
from helpers.cars.flats import finished
from helpers.cars.raster import rasterize
from helpers.cars.settings import BACKGROUNDS, pick


def test_same_seed_same_pixels_and_other_seed_others():
    first, again, other = (cars.render(seed) for seed in (1, 1, 2))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.instance_map, again.instance_map)
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize("size", [(32, 32), (128, 192), (75, 201), (300, 200)])
def test_shapes_types_and_values(size):
    scene = cars.render(3, size, num_cars=2)
    assert scene.image.shape == (*size, 3) and scene.image.dtype == np.uint8
    assert scene.class_map.shape == size and scene.class_map.dtype == np.uint8
    assert np.array_equal(scene.class_map, scene.instance_map > 0)
    assert set(np.unique(scene.instance_map)) <= {0, 1, 2}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_car_is_one_piece_without_slits(kind):
    mask = cars.render(7, (192, 288), kind=kind, background="studio").class_map.astype(bool)
    assert 0.02 < mask.mean() < 0.8
    closed = Image.fromarray(mask).convert("L").filter(ImageFilter.MaxFilter(3))
    closed = np.asarray(closed.filter(ImageFilter.MinFilter(3))) > 0
    assert (closed & ~mask).sum() < 0.01 * mask.sum()
    assert pieces(mask) == 1


def pieces(mask: np.ndarray) -> int:
    """How many connected areas of at least ten pixels a mask has."""
    left, count = mask.copy(), 0
    while left.any():
        row, column = np.argwhere(left)[0]
        area, front = np.zeros_like(left), np.zeros_like(left)
        front[row, column] = True
        while front.any():
            area |= front
            grown = np.zeros_like(front)
            grown[1:] |= front[:-1]
            grown[:-1] |= front[1:]
            grown[:, 1:] |= front[:, :-1]
            grown[:, :-1] |= front[:, 1:]
            front = grown & left & ~area
        left &= ~area
        count += area.sum() >= 10
    return count


def test_a_given_background_is_the_one_that_is_drawn():
    streets, studios, abstracts = (
        [cars.render(seed, background=place, num_cars=0).image / 255 for seed in range(15)]
        for place in ("street", "studio", "abstract")
    )
    edges = [
        np.mean([np.abs(np.diff(image, axis=1)).mean() for image in images])
        for images in (streets, studios)
    ]
    assert edges[0] > 1.2 * edges[1]  # houses and trees have more edges than a studio's wall
    blue = [
        np.mean([image[:16, :, 2] - image[:16, :, 0] for image in images])
        for images in (streets, studios)
    ]
    assert blue[0] > blue[1] + 0.05  # there is a sky over a street
    vivid = [
        np.mean([np.ptp(image, axis=2).mean() for image in images])
        for images in (abstracts, streets, studios)
    ]
    assert vivid[0] > 1.5 * max(vivid[1:])


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_scene_tells_its_background_and_has_a_car_and_more(background):
    scene = cars.render(11, background=background)
    assert scene.background == background
    assert 0 < scene.class_map.mean() < 1


def test_no_car_and_several_cars():
    assert not cars.render(5, num_cars=0).instance_map.any()
    several = cars.render(200, (256, 384), background="street", num_cars=3)
    assert set(np.unique(several.instance_map)) == {0, 1, 2, 3}
    assert len(several.kinds) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": (16, 200)}, "size"),
        ({"size": (128, 4000)}, "size"),
        ({"background": "moon"}, "studio, street, abstract"),
        ({"kind": "tank"}, "sedan"),
        ({"num_cars": -1}, "num_cars"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        cars.render(0, **arguments)


def test_a_data_set_does_not_depend_on_the_workers():
    one = cars.render_dataset(41, 9, (32, 48), cars.TRAIN, workers=1, progress=False)
    two = cars.render_dataset(41, 9, (32, 48), cars.TRAIN, workers=2, progress=False)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert one[0].shape == (41, 32, 48, 3) and one[1].shape == (41, 32, 48)
    assert np.array_equal(one[0][40], cars.render(49, (32, 48), settings=cars.TRAIN).image)


@pytest.mark.parametrize(
    ("known", "unknown"), [(cars.TRAIN, cars.HELD_OUT), (cars.SHOWN, cars.SHOWN_HELD_OUT)]
)
def test_held_out_settings_share_nothing_with_the_training_ones(known, unknown):
    for field in fields(cars.Settings):
        mine, other = getattr(known, field.name), getattr(unknown, field.name)
        if isinstance(mine, dict) and field.name not in ("numbers", "backgrounds"):
            assert not mine.keys() & other.keys() - {"none"}, field.name
    assert known.elevation[1] < unknown.elevation[0]
    kinds = {
        kind for seed in range(24) for kind in cars.render(seed, (32, 32), settings=unknown).kinds
    }
    assert kinds == set(unknown.kinds)


def test_a_data_set_that_is_kept_is_rendered_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    options: dict[str, Any] = {"size": (32, 48), "workers": 1, "progress": False, "keep": True}
    first = cars.render_dataset(2, 7, **options)
    (file,) = (tmp_path / "segmentation-course").iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(scene, "render_batch", lambda *_, **__: pytest.fail("rendered again"))
        again = cars.render_dataset(2, 7, **options)
    assert all(map(np.array_equal, first, again))
    other = cars.render_dataset(2, 7, **options, parts=True)
    assert not np.array_equal(first[1], other[1])
    file.write_bytes(b"damaged")
    assert np.array_equal(cars.render_dataset(2, 7, **options)[0], first[0])
    monkeypatch.setattr(kept, "MOST_FILES", 2)
    cars.render_dataset(2, 8, **options)
    assert len(list((tmp_path / "segmentation-course").iterdir())) == 2


def test_where_nothing_can_be_kept_pictures_are_rendered_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    images, _ = cars.render_dataset(1, 7, (32, 48), workers=1, progress=False, keep=True)
    assert images.shape == (1, 32, 48, 3)


def test_rounding_never_leaves_nothing_to_pick():
    last: Any = SimpleNamespace(random=lambda: 1.0)  # a generator's is a little less
    assert pick(last, {"a": 0.1, "b": 0.7, "c": 0.2}) == "c"


FORWARD = look_at(np.array([0.0, 0, 1]), np.array([10.0, 0, 1]))
SIDEWAYS = np.array([0.0, 1])


def stood(foot: list[float], along: np.ndarray = SIDEWAYS) -> standing.Layer | None:
    """A board on a picture of 64 x 96 pixels, seen from the origin along x."""
    board = finished(Image.new("RGBA", (40, 40), "white"))
    camera = replace(FORWARD, focal=80.0, center=(48.0, 32.0))
    rng = np.random.default_rng(0)
    return standing.stand(rng, board, camera, (64, 96), np.array(foot), along)


def test_what_stands_before_the_camera_is_drawn_and_what_is_out_of_its_sight_is_not():
    layer = stood([5.0, 0])
    assert layer is not None and layer.share.max() > 0.9
    assert stood([-5.0, 0]) is None, "behind the camera"
    assert stood([-5.0, 0], np.array([1.0, 0])) is None, "behind it, and running away from it"
    assert stood([5.0, 40]) is None, "far to the left"


def test_a_car_that_is_out_of_sight_has_no_surface():
    body = build(np.random.default_rng(0), next(iter(KINDS)))
    ahead = replace(FORWARD, focal=80.0, center=(48.0, 32.0))
    assert rasterize(body, replace(ahead, position=np.array([-9.0, 0, 1])), 64, 96) is not None
    assert rasterize(body, replace(ahead, position=np.array([-9.0, 60, 1])), 64, 96) is None
