"""What a learner reads under a graded cell: the message, and none of the checks' own lines."""

import contextlib
import io
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from torch import nn

from helpers import checks as check
from helpers.exercise import NOT_WRITTEN
from helpers.notebook import kind_of
from helpers.session import keep_name
from tests import course


def told(answer) -> str:
    """What IPython shows when a check refuses an answer."""
    with pytest.raises((AssertionError, NotImplementedError)) as caught:
        check.insert_zeros_size(answer)
    return "\n".join(vars(caught.value)["_render_traceback_"]())


def test_a_wrong_answer_shows_the_message_alone():
    assert told(lambda x, stride: x).startswith("AssertionError: insert_zeros: expected shape")


def test_a_crash_shows_the_learners_own_line_first():
    def insert_zeros(x, stride):
        return x.reshape(1000, 1000)

    lines = told(insert_zeros).splitlines()
    assert lines[0] == "The error arose at your line"
    assert lines[1].strip().startswith("insert_zeros, line ")
    assert lines[1].endswith("return x.reshape(1000, 1000)")
    assert "core.py" not in "".join(lines) and "insert_zeros raised RuntimeError" in lines[3]


def test_an_unwritten_exercise_shows_one_line():
    def insert_zeros(x, stride):
        raise NotImplementedError(NOT_WRITTEN)

    assert told(insert_zeros) == f"NotImplementedError: {NOT_WRITTEN}"


def refusal(check_of, answer) -> str:
    """The message of a check."""
    with pytest.raises(AssertionError) as caught:
        check_of(answer)
    return str(caught.value)


def missing_brackets():
    """An answer to 3.1 with one fault that each of its tests meets."""
    relu: Any = nn.ReLU
    return lambda inputs, outputs: nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), relu)


def test_a_repeated_fault_is_one_line():
    answer, first = missing_brackets(), "raised TypeError"
    assert first in refusal(check.conv_block_shape, answer)
    again = refusal(check.conv_block_layers, answer)
    assert again.startswith("Same as Test 3.1a: ") and "\n" not in again
    assert "`nn.ReLU` without brackets is its class" in again
    assert first in refusal(check.conv_block_shape, answer), "the cell run once more says it whole"


def test_a_repeated_fault_names_the_test_of_the_notebook_that_runs():
    """Notebooks 07 and 08 share the checks of `segmentation_loss`."""
    answer = next(
        a
        for a in course.bank("08_your_own_data")["segmentation_loss"]
        if a.about == "Dice added instead of 1 - Dice"
    )
    for name, first in (("07_training", "7.1a"), ("08_your_own_data", "8.1a")):
        names = course.names_of(name, "segmentation_loss", answer)
        refused = course.refusals(course.exercises(name)["segmentation_loss"].tests, names)
        assert str(refused["segmentation_loss_dice"]).startswith(f"Same as Test {first}: ")


@pytest.mark.parametrize("doing", ["", " in comparison", " while calling a Python object"])
def test_a_recursion_without_end_is_told_alike_wherever_it_ended(doing):
    def insert_zeros(x, stride):
        raise RecursionError(f"maximum recursion depth exceeded{doing}")

    said = told(insert_zeros)
    assert "depth exceeded\n" in said and "a function calls itself without an end." in said


def test_another_answer_with_the_fault_is_told_whole():
    refusal(check.conv_block_shape, missing_brackets())
    assert "Likely cause: " in refusal(check.conv_block_layers, missing_brackets())


@pytest.fixture
def shell():
    """IPython as it is in a notebook."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_a_learners_own_name_does_not_break_the_tests(shell):
    keep_name("check", check)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        for source in ("def count_parameters(module):\n    return 1", "check = 5"):
            shell.run_cell(source).raise_error()
        result = shell.run_cell("# Test 3.2a: x\ncheck.count_parameters_layer(count_parameters)")
    assert isinstance(result.error_in_exec, AssertionError)
    assert "Choose another name" in said.getvalue()


@pytest.mark.parametrize("name", course.NAMES)
def test_every_stub_of_the_release_says_so(name):
    stubs = [
        c.source for c in course.read(course.release_path(name)).cells if kind_of(c) == "answer"
    ]
    assert stubs and all(f'raise NotImplementedError("{NOT_WRITTEN}")' in stub for stub in stubs)
