"""Compare what came with what is right; if they differ, say where and likely why."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import torch
from torch import Tensor

from helpers.checks.core.calling import CAUSE, crashed, fail
from helpers.checks.core.handle import Crash
from helpers.checks.core.rendering import beside, describe, number

Causes = Mapping[str, Callable[[], Tensor]]


def fail_for(text: str, cause: str) -> NoReturn:
    """Fail with a text that ends in its likely cause, if there is one."""
    __tracebackhide__ = True
    fail(f"{text}: {cause}" if cause else f"{text}.", "cause" if cause else "difference")


def expect_tensor(what: str, got: object, given: str, cause: str = "") -> None:
    """The learner returned a tensor, not None or something else."""
    __tracebackhide__ = True
    if got is None:
        fail(f"{what} returned None for {given}: is the `return` line missing?")
    if not isinstance(got, Tensor):
        fail_for(f"{what}: expected a tensor for {given}, got {describe(got)}", cause)
    if got.is_complex():
        fail(f"{what}: expected real numbers for {given}, got {describe(got)}.", "difference")


def expect_shape(
    what: str, got: Tensor, expected: tuple, given: str, causes: Mapping[tuple, str] | None = None
) -> None:
    """The shape is right; `causes` maps a telling wrong shape to what likely led to it."""
    __tracebackhide__ = True
    expect_tensor(what, got, given)
    if tuple(got.shape) != tuple(expected):
        cause = (causes or {}).get(tuple(got.shape), "")
        fail_for(
            f"{what}: expected shape {tuple(expected)} from {given}, got {tuple(got.shape)}", cause
        )


def expect_dtype(what: str, got: Tensor, expected: torch.dtype, given: str, cause="") -> None:
    """The element type is right."""
    __tracebackhide__ = True
    if got.dtype != expected:
        names = [str(d).removeprefix("torch.") for d in (expected, got.dtype)]
        fail_for(f"{what}: expected elements of type {names[0]} for {given}, got {names[1]}", cause)


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
    cause = likely(got, causes, tol)
    if not cause and (alike := common(got, expected, tol)):
        cause = f"{CAUSE}{alike}"
    fail(
        "\n".join(filter(None, [text, cause, beside(got, expected, wrong)])),
        "cause" if cause else "difference",
    )


def close(a: Tensor, b: Tensor, tol: float = 1e-4) -> bool:
    """Same shape and equal up to rounding, without broadcasting."""
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=tol, atol=tol)


def likely(got: Tensor, causes: Causes | None, tol: float) -> str:
    """The sentence of the first known fault that gives just these values, or ""."""
    for sentence, make in (causes or {}).items():
        with contextlib.suppress(RuntimeError, ValueError, IndexError, Crash):
            if close(got, make().detach(), tol):
                return f"{CAUSE}{sentence}"
    return ""


AXES = {
    2: ("rows", "columns"),
    3: ("pictures", "rows", "columns"),
    4: ("pictures", "channels", "rows", "columns"),
}


def common(got: Tensor, expected: Tensor, tol: float) -> str:
    """What all wrong numbers have in common, as a sentence; an empty string if nothing."""
    axes = AXES.get(got.dim(), ())
    if got.shape != expected.shape or not got.numel():
        return ""
    a, b = got.double(), expected.double()
    if not bool(a.isfinite().all()):
        return (
            "some entries are infinite or no number at all (nan), as after a division by 0 "
            "or the logarithm of 0."
        )
    if bool((a == a.flatten()[0]).all()) and a.numel() > 1:
        value = number(got.flatten()[0])
        return f"every entry is {value}. Was the input used" + (
            ", and was anything put in?" if value == "0" else f", or cut off at {value}?"
        )
    if got.dtype == expected.dtype == torch.bool and bool((got != expected).all()):
        return "true and false are exchanged."
    for text, wrong in (
        ("every sign is turned round.", -b),
        ("negative numbers became 0.", b.relu()),
        ("negative numbers lost their sign.", b.abs()),
        ("the digits after the point were lost.", b.trunc()),
        ("the digits after the point were lost.", b.floor()),
        *((f"the {axis} stand in the opposite order.", b.flip(i)) for i, axis in enumerate(axes)),
        *(
            (f"the {axis} are moved by one.", b.roll(by, i))
            for i, axis in enumerate(axes)
            for by in (1, -1)
        ),
        *(
            (f"{axes[i]} and {axes[j]} are exchanged.", b.transpose(i, j))
            for i in range(len(axes))
            for j in range(i)
            if b.shape[i] == b.shape[j]
        ),
    ):
        if close(a, wrong, tol) and not close(wrong, b, tol):
            return text
    scale = (a * b).sum() / (b * b).sum() if bool(b.any()) else torch.zeros(())
    if bool(scale) and close(a, scale * b, tol):
        return f"every number is {scale:.4g} times the right one."
    shift = (a - b).mean()
    if close(a, b + shift, tol):
        return f"every number is {abs(shift):.4g} too {'large' if shift > 0 else 'small'}."
    if axes and axes[0] == "pictures" and len(a) > 1:
        right = [close(x, y, tol) for x, y in zip(a, b, strict=True)]
        if right[0] and not any(right[1:]):
            return "only the first picture of the batch is right: was the whole batch used?"
    return ""


def expect_gradient(
    what: str,
    result: Any,
    grads: list | dict,
    given: str,
    source: Tensor | None = None,
    right: Tensor | None = None,
) -> None:
    """A gradient came back to `source`: `grads` is what the probe `functions.call` reports for it.

    Where the result is `right`, made of `source`, its squares' gradient is known.
    """
    __tracebackhide__ = True
    expect_tensor(what, result, given)
    if isinstance(grads, dict):  # how the backward pass crashed
        crash = Crash(**grads)
        raise crashed(f"{what}: the gradient", crash, given) from crash
    grad, known = grads[0], None
    if source is not None and right is not None and close(result, right):
        (known,) = torch.autograd.grad(right.double().pow(2).sum(), source, retain_graph=True)
    wrong = grad is not None and source is not None and grad.shape != source.shape
    if wrong or grad is not None and known is not None and not close(grad, known, 1e-3):
        fail(
            f"{what}: for {given} the gradient that flows back is not that of the result. Was a "
            "part of it detached?"
        )
    if grad is None or not bool(grad.abs().sum() > 0):
        fail(
            f"{what}: no gradient flows back for {given}. Was the tensor detached, turned into "
            "NumPy, or copied number by number?"
        )
