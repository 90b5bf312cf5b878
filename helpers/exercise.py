"""Let the cells after an exercise wait quietly until it is written and right."""

import contextlib
import os
import re
import traceback
from collections.abc import Iterator

from helpers.session import answer_cells, answers, current, missing

RERUN = "COURSE_RERUN"  # set in the kernel that runs a notebook whole before it is handed in
CHECKED = (RERUN, "NBGRADER_EXECUTION", "NBGRADER_VALIDATING", "COURSE_SHORT")
CAUSE = "Likely cause: "  # how a message's line begins that says more than what was seen
NOT_WRITTEN = "you have not written this exercise yet"  # what every stub raises


@contextlib.contextmanager
def after_exercise() -> Iterator[None]:
    """Run the block; where an exercise stops it, say in a line which one, instead of failing.

    The exercise's own tests tell more. An error that has nothing to do with an exercise shows.
    The notebook's own tensors are put back where an answer changed them in place.
    """
    session = current()
    with session.protected() if session else contextlib.nullcontext():
        try:
            yield
        except Exception as error:
            told = missing(error) or waiting(error)
            if told is None:
                raise
            print(told)


def waiting(error: Exception) -> str | None:
    """What to say of an error that an exercise caused, or `None` if none did."""
    from helpers.probes.place import is_own

    frames = traceback.extract_tb(error.__traceback__)[1:]  # without the line above
    if isinstance(error, NotImplementedError) and str(error) == NOT_WRITTEN:
        number = number_of(frames[-1].name) if frames else ""
        return (
            f"Waiting for exercise {number}. Once its tests pass, run this cell again."
            if (number)
            else None
        )
    text = str(error).partition("\n")[0]
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    inner = [frame.name for frame in reversed(frames) if is_own(frame.filename)]
    if number := next(filter(None, map(number_of, inner)), ""):
        return f"Exercise {number} stopped with {what}. Its tests say more: run Test {number}a."
    if number := used_by_the_cell():  # what it gave could not be shown
        return (
            f"What exercise {number} gave does not fit here ({what}). Its tests say more: "
            f"run Test {number}a."
        )
    return None


def number_of(function: str) -> str:
    """The number of the exercise in which a function is written, or "" for any other function."""
    name = function.strip("_")  # UNet's `__init__` and `forward` are unet_init and unet_forward
    return next(
        (cell.exercise for cell in answer_cells() if cell.grade_id in (name, f"unet_{name}")), ""
    )


def used_by_the_cell() -> str:
    """The number of the last exercise whose answer the running cell names, or ""."""
    session = current()
    source = session.source if session else ""
    used = [cell.exercise for name, cell in answers().items() if re.search(rf"\b{name}\b", source)]
    return max(used, default="")


def unless_checked(count: int, instead: int = 4) -> int:
    """`count`, or a small number where the notebook is only checked: nobody waits for a long run.

    That is so in the run before handing in, in nbgrader's Validate, where a class is graded, and
    with COURSE_SHORT=1.
    """
    return min(count, instead) if any(map(os.environ.get, CHECKED)) else count
