"""What checks ask of a learner's module through a handle: its parameters, results, gradients."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from helpers.checks.core.calling import crashed, fail
from helpers.checks.core.comparing import close, expect_tensor
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.rendering import describe, shape_of
from helpers.probes.wire import Thing

LARGEST_KERNEL = 32  # nobody needs one, and to try it would take long


@dataclass(frozen=True)
class Parameter:
    """A parameter of a learner's module: see the probe `modules.parameters`."""

    name: str
    value: Tensor | None  # None in a lazy layer that has not run yet
    learns: bool
    norm: bool
    key: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape; empty where it has none yet."""
        return () if self.value is None else tuple(self.value.shape)


@dataclass(frozen=True)
class Known(Parameter):
    """A parameter that has its value."""

    value: Tensor


def parameters(module: Handle) -> list[Parameter]:
    """The module's parameters in order, each once."""
    found = [Parameter(**p) for p in module.ask("modules.parameters")]
    if any(len(p.shape) > 2 and max(p.shape[2:]) > LARGEST_KERNEL for p in found):
        fail(f"a kernel is more than {LARGEST_KERNEL} wide: {[p.shape for p in found]}.")
    return found


def known(found: Iterable[Parameter]) -> list[Known]:
    """Those that have their values."""
    return [Known(**vars(p)) for p in found if p.value is not None]


def set_parameters(module: Handle, values: Mapping[str, Tensor]) -> None:
    """Put numbers into parameters, by name."""
    module.ask("modules.set_parameters", dict(values))


def run(module: Handle, x: Tensor) -> Any:
    """What the module makes of `x`, without gradients; a crash is a `Crash`."""
    return module.ask("functions.call", [x], no_grad=True)["result"]


def expect_affine(what: str, layer: Handle, x: Tensor, advice: str) -> None:
    """The layer gives the same twice, and -2 times as much for -2 times its input."""
    base = run(layer, torch.zeros_like(x))
    once, twice, turned = (run(layer, values) - base for values in (x, x, -2 * x))
    scale = 1 + float(once.abs().max())
    if not torch.allclose(once, twice, atol=1e-5 * scale):
        fail(
            f"{what}: the same input gives different results. Does a dropout stand beside the "
            "layer?"
        )
    if not torch.allclose(-2 * once, turned, atol=2e-4 * scale):
        fail(
            f"{what}: it treats negative numbers otherwise than positive ones, or large ones "
            f"otherwise than small ones. {advice}"
        )


def expect_count(what: str, layer: Handle, weights: int, biases: int) -> None:
    """The layer has so many weights, a bias for each of its outputs, and nothing else to learn."""
    shapes = [p.shape for p in parameters(layer)]
    total = sum(map(math.prod, shapes))
    if total == weights + biases:
        return
    cause = (
        "a bias is missing; was it switched off?"
        if total < weights + biases
        else "something beside the convolution can learn, too."
    )
    fail(
        f"{what}: expected {weights} weights, {biases} biases and nothing else to learn; got "
        f"{total} numbers in parameters of shapes {shapes}: {cause}"
    )


def expect_unfrozen(what: str, found: Sequence[Parameter]) -> None:
    """Every parameter takes a gradient."""
    still = [p.name for p in found if not p.learns]
    if still:
        fail(
            f"{what}: the parameter {still[0]} is frozen (requires_grad is False) and cannot learn."
        )


def expect_learning(
    what: str, layer: Handle, x: Tensor, found: Sequence[Known], right: Tensor | None
) -> None:
    """A gradient reaches the layer's input and all its parameters, which are `found`.

    With `right`, the right result as made of `x` and the values of `found`, the gradient of each is
    that of the sum of its squares.
    """
    given = f"a {shape_of(x)} input"
    expect_unfrozen(what, found)
    try:
        saw = layer.ask("modules.gradients", x)
    except Crash as crash:
        raise crashed(what, crash, given) from crash
    expect_tensor(what, saw["result"], given)
    if not saw["result"].requires_grad:
        fail(
            f"{what}: no gradient flows back for {given}. Is the result detached, or made under "
            "torch.no_grad()?"
        )
    got = [*(saw["parameters"].get(p.name) for p in found), saw["input"]]
    names = [*(f"the parameter {p.name} of shape {p.shape}" for p in found), "the input"]
    expected = (
        [None] * len(got)
        if right is None
        else torch.autograd.grad(
            right.square().sum(), [*(p.value for p in found), x], allow_unused=True
        )
    )
    for name, grad, should in zip(names, got, expected, strict=True):
        if grad is None or not bool(grad.abs().sum() > 0):
            fail(
                f"{what}: no gradient reaches {name} for {given}. Is every layer used in "
                "`forward`, and nothing detached?"
            )
        scale = 1 if should is None else should.abs().max()
        if should is not None and not close(grad / scale, should / scale, 1e-3):
            fail(
                f"{what}: the gradient of {name} is wrong for {given}, though the result is "
                "right. Is a part of the result detached?"
            )


def make(what: str, factory: Handle, *args: object, given: str, **options: object) -> Any:
    """What the learner's function, or class, makes: a handle on a module, or what came instead."""
    try:
        saw = factory.ask("functions.make", list(args), options)
    except Crash as crash:
        raise crashed(what, crash, given) from crash
    if "not_callable" in saw:
        fail(f"{what}: expected a function, got {saw['not_callable']}.")
    return saw["made"]


def made(what: str, factory: Handle, *args: object, given: str, kind: str = "module") -> Handle:
    """The module that the learner's function makes."""
    got = make(what, factory, *args, given=given)
    if isinstance(got, Handle):
        return got
    if got is None:
        fail(f"{what} returned None for {given}: is the `return` line missing?")
    if isinstance(got, Thing) and got.is_a("type"):
        fail(
            f"{what}: expected a {kind} for {given}, got the class {got.kind} itself: call it "
            "with the numbers of channels."
        )
    hint = " Join the layers to one module." if isinstance(got, list | tuple) else ""
    fail(f"{what}: expected a {kind} (nn.Module) for {given}, got {describe(got)}.{hint}")
