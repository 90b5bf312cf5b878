"""Run a graded cell in the grader's process, with handles in place of the learner's names."""

import ast
import builtins
import contextlib
import io
from collections.abc import Callable

from grading.learner.channel import Channel
from grading.learner.formats import error_output, stream
from grading.there import Line, NoAnswer, There
from helpers import checks
from helpers.checks.core.calling import graded_cell, hidden_seed, own_lines
from helpers.checks.core.handle import count_turns

UNREADABLE = "What came back from your code could not be read, so this test could not be made."


def verdict(
    source: str,
    channel: Channel,
    seconds: float,
    seed: int,
    may_replace: Callable[[str], bool] = lambda name: False,
) -> list[dict]:
    """The outputs of a graded cell; an error among them means that it failed.

    Hidden tests draw from `seed`; the learner's process must answer within so many seconds.

    Raises:
        NoAnswer: the learner's process ended, or took too long.
    """
    told = io.StringIO()
    tokens = [(hidden_seed, hidden_seed.set(seed)), (graded_cell, graded_cell.set(source))]
    errors = []
    try:
        with contextlib.redirect_stdout(told):
            names = handles(source, There("", Line(channel, seconds, may_replace)))
            exec(compile(source, "<graded cell>", "exec"), {"check": checks, **names})
    except NoAnswer:
        raise
    except (AssertionError, NotImplementedError, NameError) as error:
        kind, text = type(error).__name__, str(error)
        errors = [error_output(kind, text, [*own_lines(error), f"{kind}: {text}"])]
    except Exception as error:  # no honest answer leads here
        text = f"{UNREADABLE} ({type(error).__name__})"
        errors = [error_output("AssertionError", text, [])]
    finally:
        for variable, token in tokens:
            variable.reset(token)
    said = stream("stdout", told.getvalue())
    return [said, *errors] if said else errors


def handles(source: str, place: There) -> dict[str, There]:
    """A handle on each of the learner's names in a graded cell.

    Raises:
        NameError: one is not defined.
    """
    names = list(
        dict.fromkeys(
            node.id
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Name) and node.id != "check" and not hasattr(builtins, node.id)
        )
    )
    count_turns()
    for name, known in zip(names, place.beside("place.knows", names), strict=True):
        if known is not True:
            raise NameError(f"name {name!r} is not defined")
    return {name: place.at(name) for name in names}
