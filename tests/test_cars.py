"""The renderer: reproducible, and its masks are true."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from helpers import cars
from helpers.cars.blueprints import KINDS
from helpers.cars.settings import BACKGROUNDS


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


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_given_background_is_drawn_around_a_car(background):
    scene = cars.render(11, background=background)
    outside = scene.class_map == 0
    assert scene.background == background
    assert 0 < outside.mean() < 1


def test_no_car_and_several_cars():
    assert not cars.render(5, num_cars=0).instance_map.any()
    several = cars.render(200, (256, 384), background="street", num_cars=3)
    assert set(np.unique(several.instance_map)) == {0, 1, 2, 3}
    assert len(several.kinds) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": (16, 200)}, "size"), ({"size": (128, 4000)}, "size"),
        ({"background": "moon"}, "studio, street, abstract"), ({"kind": "tank"}, "sedan"),
        ({"num_cars": -1}, "num_cars"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        cars.render(0, **arguments)


def test_a_data_set_does_not_depend_on_the_workers():
    one = cars.render_dataset(41, 9, (32, 48), workers=1, progress=False)
    two = cars.render_dataset(41, 9, (32, 48), workers=2, progress=False)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert one[0].shape == (41, 32, 48, 3) and one[1].shape == (41, 32, 48)
    assert np.array_equal(one[0][40], cars.render(49, (32, 48)).image)


def test_held_out_settings_share_nothing_with_the_training_ones():
    for name in ("kinds", "paints", "studios", "streets", "indoor_lights", "outdoor_lights"):
        assert not getattr(cars.TRAIN, name).keys() & getattr(cars.HELD_OUT, name).keys()
    assert cars.TRAIN.elevation[1] < cars.HELD_OUT.elevation[0]
    kinds = {cars.render(seed, (32, 32), settings=cars.HELD_OUT).kinds[0] for seed in range(20)}
    assert kinds == set(cars.HELD_OUT.kinds)
