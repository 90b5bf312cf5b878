"""Run a check, and call the learner's code through a handle.

A check looks first and diagnoses only when something is wrong. It stops at the first fault by
raising `AssertionError`, whose text names the input, what was expected, what came and the likely
cause.
"""

import functools
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, NoReturn

import torch
from torch import Tensor

from helpers.checks.core.errors import explain
from helpers.checks.core.handle import Crash, Handle, Here, count_turns
from helpers.exercise import CAUSE as CAUSE  # the checks take it from here
from helpers.exercise import NOT_WRITTEN
from helpers.manifest import label_of
from helpers.probes.describe import describe
from helpers.probes.place import own_settings, quiet
from helpers.session import current

# The seed that hidden tests draw from where a class is graded; else they draw from the cell's own.
hidden_seed: ContextVar[int | None] = ContextVar("hidden_seed", default=None)
graded_cell: ContextVar[str] = ContextVar("graded_cell", default="")  # its source, while it runs
Why = Callable[[Crash], str]


def check(function: Callable[..., str]) -> Callable[..., None]:
    """Make a check of a function that raises on a fault and returns a one-line summary.

    The check takes the learner's object, or a handle on it, and `seed`, from which all its inputs
    are drawn: the visible tests use seed 0, the hidden ones repeat the property with another.
    """

    @functools.wraps(function)
    def run(learner: object, seed: int = 0) -> None:
        handle = learner if isinstance(learner, Handle) else Here(learner)
        secret = hidden_seed.get()
        try:
            with own_settings(secret if seed and secret is not None else seed), quiet():
                count_turns()
                summary = judged(function, handle)
        except (AssertionError, NotImplementedError) as error:
            if again := repeated(error, handle, function.__name__):
                raise shown(again) from None
            shown(error)
            raise
        print(f"✓ {summary}")

    return run


def judged(function: Callable[..., str], handle: Handle) -> str:
    """The summary of a check; a crash that it did not foresee is the learner's code's, too."""
    try:
        return function(handle)
    except Crash as crash:
        raise crashed("your code", crash, f"an input of {function.__name__}") from crash


def repeated(error: Exception, handle: Handle, grade_id: str) -> AssertionError | None:
    """One line for a fault that a graded cell above told of this very object, if one did."""
    label = label_here(grade_id)
    says = says_of(error)
    if not label or says is None:
        return None
    lines = str(error).splitlines()
    fault = next((line.removeprefix(CAUSE) for line in lines if line.startswith(CAUSE)), lines[0])
    first = handle.told.get(fault, label)
    if first < label:
        return refusal(f"Same as Test {first}: {fault}", says)
    handle.told[fault] = label
    return None


def label_here(grade_id: str) -> str:
    """What the running graded cell calls itself, such as 2.1a: two notebooks may share a check."""
    session = current()
    source = graded_cell.get() or (session.source if session else "")
    found = re.match(r"# Test (\S+):", source)
    return found[1] if found else label_of(grade_id)


def shown(error: Any) -> Exception:
    """An error of which IPython shows what the learner has to read and nothing else."""
    error._render_traceback_ = functools.partial(as_told, error)
    return error


def as_told(error: BaseException) -> list[str]:
    """What IPython shows of an error: where the learner's own code stopped, and the message.

    Else it would show the lines of the checks, which bury the message.
    """
    return [*own_lines(error), f"{type(error).__name__}: {error}"]


def own_lines(error: BaseException) -> list[str]:
    """The learner's own lines at which a crash arose, as text."""
    cause = error.__cause__
    if not isinstance(cause, Crash) or not cause.lines or unwritten(error):
        return []
    plural = "s" if len(cause.lines) > 1 else ""
    return [f"The error arose at your line{plural}", *(f"    {line}" for line in cause.lines), ""]


def refusal(message: str, says: str) -> AssertionError:
    """The one kind of error that a failed check raises.

    Its `says` is how much the message says: a "cause", only a "difference", or an "error" of
    PyTorch's or Python's without a word about it.
    """
    error: Any = AssertionError(message)
    error.says = says
    return error


def says_of(error: BaseException) -> str | None:
    """How much a `refusal` says; None of any other error."""
    return getattr(error, "says", None)


def fail(message: str, says: str = "cause") -> NoReturn:
    """Refuse an answer; what a check says itself names the fault, unless told otherwise."""
    __tracebackhide__ = True
    raise refusal(message, says)


def draw(low: int, high: int) -> int:
    """A random whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, ()))


def call(
    what: str,
    function: Handle,
    *args: object,
    given: str = "",
    why: Why | None = None,
    **options: Any,
) -> Any:
    """What the learner's function, or module, gives back: see `ask_call`."""
    __tracebackhide__ = True
    return ask_call(what, function, *args, given=given, why=why, **options)["result"]


def ask_call(
    what: str,
    function: Handle,
    *args: object,
    given: str = "",
    why: Why | None = None,
    in_place: bool = True,
    **options: object,
) -> dict:
    """What the probe `functions.call` reports, given `options`.

    A crash becomes a clear message, and so does an input changed in place, if `in_place`. `why`
    gives the likely cause of a crash, or "". An exercise that is not written yet says so by
    its stub's own error.
    """
    __tracebackhide__ = True
    given = given or ", ".join(describe(a) for a in args)
    try:
        saw = function.ask("functions.call", list(args), **options)
    except Crash as crash:
        raise crashed(what, crash, given, why) from crash
    if "not_callable" in saw:
        fail(f"{what}: expected a function, got {saw['not_callable']}.")
    if in_place and any(isinstance(args[i], Tensor) for i in saw["changed"]):
        fail(
            f"{what} changed its input in place (given {given}). "
            "Build a new tensor and leave the one that came in as it was."
        )
    return saw


def unwritten(error: BaseException) -> bool:
    """Whether it is a stub's own error: the exercise is not written yet."""
    if isinstance(error, Crash):
        return error.kind == "NotImplementedError" and str(error) == NOT_WRITTEN
    return isinstance(error, NotImplementedError) and str(error) == NOT_WRITTEN


def crashed(what: str, crash: Crash, given: str, why: Why | None = None) -> Exception:
    """The error that a crash of the learner's code becomes."""
    if unwritten(crash):
        return NotImplementedError(NOT_WRITTEN)
    cause = (why(crash) if why else "") or explain(crash)
    text = f"{what} raised {crash.kind} for {given}: {crash}"
    return refusal(f"{text}\n{CAUSE}{cause}", "cause") if cause else refusal(text, "error")


def by_words(causes: Mapping[str, str]) -> Why:
    """A `why` for `call`: the first cause whose words are in the error's text, or ""."""
    return lambda error: next((why for words, why in causes.items() if words in str(error)), "")
