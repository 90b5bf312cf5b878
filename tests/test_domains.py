"""The drawn body scans and satellite pictures: exact, seeded, and hard where they say so."""

import numpy as np
import pytest

from helpers import domains

both = pytest.mark.parametrize(
    ("draw", "classes"), [(domains.body_scans, domains.SCAN), (domains.satellite, domains.LAND)]
)


@both
def test_pictures_and_maps_are_of_their_seeds_alone(draw, classes):
    images, maps = draw(6, 10, (40, 56))
    assert images.shape == (6, 40, 56, 3) and images.dtype == np.uint8
    assert maps.shape == (6, 40, 56) and maps.dtype == np.uint8
    assert set(np.unique(maps)) == set(range(len(classes)))
    again, same = draw(2, 13, (40, 56))
    assert np.array_equal(again, images[3:5]) and np.array_equal(same, maps[3:5])


@both
def test_the_last_class_is_rare_and_nearly_always_there(draw, classes):
    _, maps = draw(100, 0)
    last = maps == len(classes) - 1
    assert 0.002 < last.mean() < 0.02
    assert last.any((1, 2)).mean() > 0.95


@both
def test_what_is_named_can_be_seen(draw, classes):
    """The mean colours of the classes differ by more than their noise, in most pictures."""
    images, maps = draw(40, 200)
    last, around = len(classes) - 1, {5: 3, 3: 0}[len(classes)]
    apart = [
        abs(image[m == last].mean(0) - image[m == around].mean(0)).max()
        for image, m in zip(images, maps, strict=True)
        if (m == last).any()
    ]
    assert np.mean(np.array(apart) > 12) > 0.9


@both
def test_sizes_and_counts_that_there_are_not_are_refused(draw, classes):
    with pytest.raises(ValueError, match="at least 32"):
        draw(1, 0, (16, 64))
    with pytest.raises(ValueError, match="at least 1"):
        draw(0, 0)
