"""Let a fault cost points once: try an exercise that calls an earlier one with a stand-in too.

A right `transposed_conv2d` that calls a wrong `insert_zeros` gives wrong results; the fault is in
`insert_zeros`, which has graded cells of its own.
"""

import functools
from collections.abc import Callable
from contextvars import ContextVar

from helpers.checks.core.calling import check, unwritten
from helpers.checks.core.handle import Handle, Here

# The learner's function in whose place a stand-in is now, for checks that compute what it gives.
replaced: ContextVar[str] = ContextVar("replaced", default="")


def independent_of(name: str, source: str) -> Callable:
    """Make a check try again with a stand-in in place of the learner's function `name`.

    It passes if either passes. Otherwise it says what is wrong beside the stand-in: that fault
    is the exercise's own. `source` is the stand-in's code; it goes to the learner's process only
    after the graded cells of exercise `name` (see `Handle.replace`).
    """

    def decorate(function: Callable[..., str]) -> Callable[..., None]:
        run = check(function)

        @functools.wraps(function)
        def tried_twice(learner: object, seed: int = 0) -> None:
            __tracebackhide__ = True
            handle = learner if isinstance(learner, Handle) else Here(learner)
            try:
                return run(handle, seed)
            except Exception as error:
                if not handle.replace(name, source):
                    raise
                state = "is not written yet" if unwritten(error) else "has a fault"
            token = replaced.set(name)
            try:
                run(handle, seed)
            finally:
                replaced.reset(token)
                handle.put_back()
            print(f"  (beside a right {name}: yours {state}, see its own tests)")

        return tried_twice

    return decorate
