"""Cells that wait for an exercise name it, and hold back nothing else."""

import pytest
from torch import nn

from helpers.exercise import NOT_WRITTEN, after_exercise, number_of
from tests import course


def decoder_step():
    raise NotImplementedError(NOT_WRITTEN)


class UNet(nn.Module):
    def forward(self):
        return decoder_step()


def test_the_exercise_that_is_missing_is_named_not_the_one_that_calls_it(capsys):
    with after_exercise():
        UNet()()
    assert capsys.readouterr().out == (
        "Exercise 5.1 is not written yet. Write it, then run this cell again.\n")


@pytest.mark.parametrize("error", [
    NotImplementedError("the operator aten::x is not implemented for this backend"),
    ValueError(NOT_WRITTEN),
])
def test_other_errors_show(error):
    def iou():
        raise error

    with pytest.raises(type(error)), after_exercise():
        iou()


def test_an_error_that_only_sounds_like_a_stub_shows():
    with pytest.raises(NotImplementedError), after_exercise():
        raise NotImplementedError(NOT_WRITTEN)


@pytest.mark.parametrize("name", course.NAMES)
def test_every_stub_has_a_number(name):
    for exercise in course.exercises(name):
        written_as = {"unet_init": "__init__", "unet_forward": "forward"}.get(exercise, exercise)
        assert number_of(written_as).startswith(name[1])
