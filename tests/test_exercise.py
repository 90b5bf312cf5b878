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
        "Waiting for exercise 5.1. Once its tests pass, run this cell again.\n"
    )


@pytest.mark.parametrize(
    "error",
    [
        NotImplementedError("the operator aten::x is not implemented for this backend"),
        ValueError(NOT_WRITTEN),
    ],
)
def test_other_errors_are_not_taken_for_an_unwritten_exercise(error, capsys):
    def iou():
        raise error

    with after_exercise():
        iou()
    said = capsys.readouterr().out
    assert said.startswith(f"Exercise 1.4 stopped with {type(error).__name__}: {error}.")


def test_an_error_that_only_sounds_like_a_stub_shows():
    with pytest.raises(NotImplementedError), after_exercise():
        raise NotImplementedError(NOT_WRITTEN)


@pytest.mark.parametrize("name", course.NAMES)
def test_every_stub_has_a_number(name, monkeypatch):
    monkeypatch.chdir(course.release_path(name).parent)  # two notebooks may ask for one name
    for exercise in course.exercises(name):
        written_as = {"unet_init": "__init__", "unet_forward": "forward"}.get(exercise, exercise)
        assert number_of(written_as).startswith(name[1])
