"""What every check is made of: call the learner's code safely, compare, say what is wrong.

A check looks first and diagnoses only when something is wrong. It stops at the first fault by
raising `AssertionError`, whose text names the input, what was expected, what came and the likely
cause. It leaves the learner's random state, inputs and standard error as they were.
"""

import contextlib
import functools
import io
import random
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
import torch
from torch import Tensor, nn

from helpers.exercise import NOT_WRITTEN

HERE = Path(__file__).parent
Causes = Mapping[str, Callable[[], Tensor]]


def check(function: Callable[..., str]) -> Callable[..., None]:
    """Make a check of a function that raises on a fault and returns a one-line summary.

    The check takes the learner's object and `seed`, from which all its inputs are drawn: the
    visible tests use seed 0, the hidden ones repeat the property with another.
    """

    @functools.wraps(function)
    def run(learner: object, *args: object, seed: int = 0, **options: object) -> None:
        try:
            with kept_random_state(seed), quiet():
                summary = function(learner, *args, **options)
        except Exception as error:
            error.with_traceback(learner_frames(error.__traceback__))
            if isinstance(error, AssertionError) or str(error) == NOT_WRITTEN:
                error._render_traceback_ = functools.partial(as_told, error)
            raise
        print(f"✓ {summary}")

    return run


def as_told(error: BaseException) -> list[str]:
    """What IPython shows of an error: the message, and where the learner's own code stopped.

    Else it would show the lines of the checks, which bury the message.
    """
    where = []
    if error.__cause__:
        frames = traceback.extract_tb(learner_frames(error.__cause__.__traceback__))
        own = [f"    {frame.name}, line {frame.lineno}: {frame.line}" for frame in frames[-3:]]
        where = ["Your code stopped in", *own, ""] if own else []
    return [*where, f"{type(error).__name__}: {error}"]


def learner_frames(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of the checks."""
    kept = []
    while trace:
        if Path(trace.tb_frame.f_code.co_filename).parent != HERE:
            kept.append(trace)
        trace = trace.tb_next
    for frame in reversed(kept):
        trace = TracebackType(trace, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return trace


@contextlib.contextmanager
def kept_random_state(seed: int) -> Iterator[None]:
    """Seed torch, NumPy and `random` inside the block; put the learner's state back after it."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            random.seed(seed)
            np.random.seed(seed)
            yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow warnings and standard error: nbgrader takes any of it for a failed test."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def fail(message: str) -> None:
    """Raise the one kind of error that a failed check raises."""
    __tracebackhide__ = True
    raise AssertionError(message)


def draw(low: int, high: int) -> int:
    """A random whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, ()))


def shape_of(value: object) -> str:
    """A shape as it is written in the notebooks: (2, 3, 8, 8)."""
    return str(tuple(value.shape)) if hasattr(value, "shape") else type(value).__name__


def describe(value: object) -> str:
    """A few words for a value in a message: kind, shape and type of a tensor, else its repr."""
    if isinstance(value, Tensor):
        return f"a {shape_of(value)} tensor of {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, nn.Module):
        return f"a {type(value).__name__} module"
    if isinstance(value, tuple | list) and value and all(isinstance(v, Tensor) for v in value):
        kind = type(value)
        name = kind.__name__ if kind in (tuple, list) else f"{kind.__module__}.{kind.__name__}"
        return f"a {name} of {len(value)} tensors"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def call(
    what: str, function: Callable, *args: object, given: str = "",
    why: Callable[[Exception], str] | None = None,
) -> object:
    """Call the learner's code; a crash or an input changed in place becomes a clear message.

    `why` gives the likely cause of a crash, or nothing. `NotImplementedError` passes through: it
    is how an exercise says that it is not written yet.
    """
    __tracebackhide__ = True
    if not callable(function):
        fail(f"{what}: expected a function, got {describe(function)}.")
    given = given or ", ".join(describe(a) for a in args)
    before = [a.clone() if isinstance(a, Tensor) else a for a in args]
    try:
        result = function(*args)
    except Exception as error:
        # torch raises NotImplementedError, too, where it has no code for a type of number
        if unwritten(error):
            raise
        name = type(error).__name__
        cause = why(error) if why else ""
        text = f"{what} raised {name} for {given}: {error}"
        raise AssertionError(f"{text}\nLikely cause: {cause}" if cause else text) from error
    expect_plain(what, result)
    for old, new in zip(before, args, strict=True):
        if isinstance(old, Tensor) and not (old.shape == new.shape and torch.equal(old, new)):
            fail(
                f"{what} changed its input in place (given {given}). "
                "Build a new tensor and leave the one that came in as it was."
            )
    return result


def unwritten(error: Exception) -> bool:
    """Whether an exercise said that it is not written yet.

    torch raises the same error, too, where it has no code for a type of number.
    """
    return isinstance(error, NotImplementedError) and "not implemented for" not in str(error)


def by_words(causes: Mapping[str, str]) -> Callable[[Exception], str]:
    """A `why` for `call`: the first cause whose words are in the error's text, or nothing."""
    return lambda error: next((why for words, why in causes.items() if words in str(error)), "")


def fail_for(text: str, cause: str) -> None:
    """Fail with a text that ends in its likely cause, if there is one."""
    __tracebackhide__ = True
    fail(f"{text}: {cause}" if cause else f"{text}.")


def expect_tensor(what: str, got: object, given: str, cause: str = "") -> None:
    """The learner returned a tensor, not None or something else."""
    __tracebackhide__ = True
    if got is None:
        fail(f"{what} returned None for {given}: is the `return` line missing?")
    if not isinstance(got, Tensor):
        fail_for(f"{what}: expected a tensor for {given}, got {describe(got)}", cause)


def expect_plain(what: str, got: object) -> None:
    """No class of the learner's own that only looks like a tensor or a number."""
    __tracebackhide__ = True
    for kind, plain in ((Tensor, (Tensor, nn.Parameter)), (float, (float, np.float64)),
                        (int, (int, bool))):
        if isinstance(got, kind) and type(got) not in plain:
            fail(f"{what} returned a {type(got).__name__}; return an ordinary "
                 f"{'tensor' if kind is Tensor else 'number'}.")


def expect_shape(
    what: str, got: Tensor, expected: tuple, given: str, causes: Mapping[tuple, str] | None = None
) -> None:
    """The shape is right; `causes` maps a telling wrong shape to what likely led to it."""
    __tracebackhide__ = True
    expect_tensor(what, got, given)
    if tuple(got.shape) != tuple(expected):
        cause = (causes or {}).get(tuple(got.shape), "")
        fail_for(f"{what}: expected shape {tuple(expected)} from {given}, got {tuple(got.shape)}",
                 cause)


def expect_dtype(what: str, got: Tensor, expected: torch.dtype, given: str, cause="") -> None:
    """The element type is right."""
    __tracebackhide__ = True
    if got.dtype != expected:
        names = [str(d).removeprefix("torch.") for d in (expected, got.dtype)]
        fail_for(f"{what}: expected elements of type {names[0]} for {given}, got {names[1]}",
                 cause)


def expect_values(
    what: str, got: Tensor, expected: Tensor, given: str, causes: Causes | None = None, tol=1e-4
) -> None:
    """Shape, finiteness and values agree; otherwise name the first difference and its cause.

    `causes` maps a sentence to a function that makes the wrong tensor it explains; they are
    tried only after the values were found to differ.
    """
    __tracebackhide__ = True
    expect_shape(what, got, tuple(expected.shape), given)
    got, expected = got.detach(), expected.detach()
    if close(got, expected, tol):
        return
    wrong = ~torch.isclose(got.double(), expected.double(), rtol=tol, atol=tol)
    where = tuple(int(i) for i in wrong.nonzero()[0])
    text = (
        f"{what}: wrong values for {given}: {int(wrong.sum())} of {wrong.numel()} differ; "
        f"at {list(where)} expected {number(expected[where])}, got {number(got[where])}."
    )
    fail("\n".join(filter(None, [text, likely(got, causes, tol), beside(got, expected, wrong)])))


def close(a: Tensor, b: Tensor, tol: float = 1e-4) -> bool:
    """Same shape and equal up to rounding, without broadcasting."""
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=tol, atol=tol)


def likely(got: Tensor, causes: Causes | None, tol: float) -> str:
    """The sentence of the first known fault that gives just these values, or nothing."""
    for sentence, make in (causes or {}).items():
        with contextlib.suppress(RuntimeError, ValueError, IndexError):
            if close(got, make().detach(), tol):
                return f"Likely cause: {sentence}"
    return ""


def number(value: Tensor) -> str:
    """One element as short text."""
    value = value.item()
    return str(value) if isinstance(value, bool | int) else f"{value:.4g}"


def beside(got: Tensor, expected: Tensor, wrong: Tensor, limit: int = 8) -> str:
    """The first wrong map as text, expected beside the learner's, wrong places starred."""
    if got.dim() < 2 or max(got.shape[-2:]) > limit:
        return ""
    plane = tuple(int(i) for i in wrong.nonzero()[0])[:-2]
    texts = [[[number(v) for v in row] for row in t[plane]] for t in (expected, got)]
    width = max(len(v) for rows in texts for row in rows for v in row) + 2
    lines = [f"expected{' ' * (width * got.shape[-1] - 4)}yours (wrong places starred)"]
    for left, right, bad in zip(*texts, wrong[plane], strict=True):
        starred = [f"*{v}" if b else v for v, b in zip(right, bad, strict=True)]
        lines.append("".join(f"{v:>{width}}" for v in left) + "    " + "".join(
            f"{v:>{width}}" for v in starred))
    return "\n".join(lines)


def table(plane: Tensor) -> str:
    """One (H, W) map as text, its columns below each other."""
    rows = [[number(v) for v in row] for row in plane]
    width = max((len(v) for row in rows for v in row), default=0) + 2
    return "\n".join("".join(f"{v:>{width}}" for v in row) for row in rows)


def expect_gradient(what: str, result: Tensor, source: Tensor, given: str) -> None:
    """A gradient flows from the result back to `source`."""
    __tracebackhide__ = True
    expect_tensor(what, result, given)
    grad = None
    if result.requires_grad:
        try:
            (grad,) = torch.autograd.grad(result.double().pow(2).sum(), source, allow_unused=True)
        except RuntimeError as error:
            raise AssertionError(f"{what}: the gradient raised an error for {given}: {error}") \
                from error
    if grad is None or not bool(grad.abs().sum() > 0):
        fail(
            f"{what}: no gradient flows back for {given}. Was the tensor detached, turned into "
            "NumPy, or copied number by number?"
        )
