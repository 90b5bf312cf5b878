"""The checks of all graded cells: `check.insert_zeros_size(insert_zeros)`.

A check is found by its name in the file of its exercise, here `insert_zeros.py`; the files mirror
those of `tests/bank`.
"""

import importlib
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from helpers.checks.core.calling import shown
from helpers.session import fault_of, keep_name, name_asked

keep_name("check", sys.modules[__name__])


@cache
def exercises() -> tuple[str, ...]:
    """The exercises that have checks, which are the files of this folder."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py")))


def __getattr__(name: str) -> Callable[..., None]:
    """The check of that name.

    Raises:
        AssertionError: the answer's cell failed when it last ran, so what is there is not that.
        AttributeError: there is no such check.
    """
    for exercise in exercises():
        if name.startswith(f"{exercise}_"):
            if fault := fault_of(name_asked(exercise)):
                raise shown(AssertionError(fault))
            module = importlib.import_module(f"{__name__}.{exercise}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"there is no check {name}")
