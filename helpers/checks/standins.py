"""Let a fault cost points once: try an exercise that calls an earlier one with a stand-in too.

A right `transposed_conv2d` that calls a wrong `insert_zeros` gives wrong results; the fault is in
`insert_zeros`, which has graded cells of its own.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator

from helpers.checks.core import unwritten


def independent_of(name: str, stand_in: Callable) -> Callable:
    """Make a check try again with `stand_in` in place of the learner's function `name`.

    It passes if either passes. Otherwise it says what is wrong beside the stand-in: that fault
    is the exercise's own.
    """

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(check)
        def run(learner: object, *args: object, **options: object) -> None:
            __tracebackhide__ = True
            try:
                return check(learner, *args, **options)
            except Exception as error:
                if not any(name in space for space in namespaces(learner)):
                    raise
                state = "is not written yet" if unwritten(error) else "has a fault"
            with replaced(learner, name, stand_in) as earlier:
                others = [stand_in if a in earlier else a for a in args]
                check(learner, *others, **options)
            print(f"  (beside a right {name}: yours {state}, see its own tests)")

        return run

    return decorate


def namespaces(learner: object) -> list[dict]:
    """The global names that a function, or the methods of a class, look things up in."""
    with contextlib.suppress(ValueError):
        learner = inspect.unwrap(learner)
    parts = vars(learner).values() if inspect.isclass(learner) else [learner]
    return [part.__globals__ for part in parts if inspect.isfunction(part)]


@contextlib.contextmanager
def replaced(learner: object, name: str, stand_in: Callable) -> Iterator[list]:
    """Put `stand_in` where the learner's code finds `name`; gives what stood there."""
    spaces = {id(space): space for space in namespaces(learner) if name in space}.values()
    earlier = [space[name] for space in spaces]
    try:
        for space in spaces:
            space[name] = stand_in
        yield earlier
    finally:
        for space, old in zip(spaces, earlier, strict=True):
            space[name] = old
