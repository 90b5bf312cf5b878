"""Compare what came with what is right; if they differ, say where and likely why."""

import contextlib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from helpers.checks.core.calling import fail
from helpers.checks.core.handle import Crash
from helpers.checks.core.rendering import beside, describe, number

Causes = Mapping[str, Callable[[], Tensor]]


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
    if got.is_complex():
        fail(f"{what}: expected real numbers for {given}, got {describe(got)}.")


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
        with contextlib.suppress(RuntimeError, ValueError, IndexError, Crash):
            if close(got, make().detach(), tol):
                return f"Likely cause: {sentence}"
    return ""


def expect_gradient(
    what: str, result: object, grads: list | dict, given: str, source: Tensor | None = None,
    right: Tensor | None = None,
) -> None:
    """A gradient came back to `source`: `grads` is what the probe `functions.call` reports for it.

    Where the result is `right`, made of `source`, its squares' gradient is known.
    """
    __tracebackhide__ = True
    expect_tensor(what, result, given)
    if isinstance(grads, dict):  # how the backward pass crashed
        crash = Crash(**grads)
        raise AssertionError(f"{what}: the gradient raised an error for {given}: {crash}") \
            from crash
    grad, known = grads[0], None
    if right is not None and close(result, right):
        (known,) = torch.autograd.grad(right.double().pow(2).sum(), source, retain_graph=True)
    wrong = grad is not None and source is not None and grad.shape != source.shape
    if wrong or grad is not None and known is not None and not close(grad, known, 1e-3):
        fail(f"{what}: for {given} the gradient that flows back is not that of the result. Was a "
             "part of it detached?")
    if grad is None or not bool(grad.abs().sum() > 0):
        fail(
            f"{what}: no gradient flows back for {given}. Was the tensor detached, turned into "
            "NumPy, or copied number by number?"
        )
