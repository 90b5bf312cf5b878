"""What a learner reads under a graded cell: the message, and none of the checks' own lines."""

import pytest

from helpers import checks as check
from helpers.exercise import NOT_WRITTEN
from helpers.notebook import kind_of
from tests import course


def told(answer) -> str:
    """What IPython shows when a check refuses an answer."""
    with pytest.raises((AssertionError, NotImplementedError)) as caught:
        check.insert_zeros_size(answer)
    return "\n".join(caught.value._render_traceback_())


def test_a_wrong_answer_shows_the_message_alone():
    assert told(lambda x, stride: x).startswith("AssertionError: insert_zeros: expected shape")


def test_a_crash_shows_the_learners_own_line_first():
    def insert_zeros(x, stride):
        return x.reshape(1000, 1000)

    lines = told(insert_zeros).splitlines()
    assert lines[0] == "Your code stopped in"
    assert lines[1].strip().startswith("insert_zeros, line ")
    assert lines[1].endswith("return x.reshape(1000, 1000)")
    assert "core.py" not in "".join(lines) and "insert_zeros raised RuntimeError" in lines[3]


def test_an_unwritten_exercise_shows_one_line():
    def insert_zeros(x, stride):
        raise NotImplementedError(NOT_WRITTEN)

    assert told(insert_zeros) == f"NotImplementedError: {NOT_WRITTEN}"

@pytest.mark.parametrize("name", course.NAMES)
def test_every_stub_of_the_release_says_so(name):
    stubs = [c.source for c in course.read(course.release_path(name)).cells
             if kind_of(c) == "answer"]
    assert stubs and all(f'raise NotImplementedError("{NOT_WRITTEN}")' in stub for stub in stubs)
