"""An exercise as data: a right answer, inputs, and wrong answers that each deserve a sentence.

Every fault is a function of the same arguments as the right answer. One table of faults serves all
properties: whatever came wrong is explained by running it.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from helpers.checks.core.calling import CAUSE, ask_call, call, fail
from helpers.checks.core.comparing import (
    close,
    common,
    expect_dtype,
    expect_gradient,
    expect_shape,
    expect_tensor,
)
from helpers.checks.core.handle import Handle
from helpers.checks.core.rendering import beside, describe, number, shape_of, table
from helpers.probes.wire import Thing

Fits = Callable[[Tensor, Any], bool]


def equal(one: object, other: object) -> bool:
    """Whether both hold the same numbers: two tensors, or two sequences of such."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return close(one, other)
    one, other = (v.items if isinstance(v, Thing) else v for v in (one, other))
    return (
        isinstance(one, list | tuple)
        and isinstance(other, list | tuple)
        and 0 < len(one) == len(other)
        and all(map(equal, one, other))
    )


@dataclass(frozen=True)
class Spec:
    """What one exercise asks for. `words` says an input, with {0}, {1}, ... for its arguments."""

    name: str
    right: Callable[..., Tensor]
    cases: Callable[[], list[tuple]]
    words: str
    faults: Mapping[str, Callable[..., Tensor]] = field(default_factory=dict)

    def given(self, args: tuple) -> str:
        """The words for an input."""
        return self.words.format(*(shape_of(a) if isinstance(a, Tensor) else a for a in args))

    def answer(self, learner: Handle, args: tuple) -> tuple[Tensor, Tensor, str]:
        """The learner's tensor, the right one, and the words for the input."""
        given = self.given(args)
        got = call(self.name, learner, *args, given=given)
        if not isinstance(got, Tensor):
            expect_tensor(self.name, got, given, self.cause(args, got))
        return got.detach(), self.right(*args).detach(), given

    def cause(self, args: tuple, got: object, fits: Fits = equal) -> str:
        """The sentence of the first fault whose result `fits` what came, else an empty string."""
        for sentence, wrong in self.faults.items():
            with contextlib.suppress(RuntimeError, ValueError, IndexError):
                if fits(wrong(*args), got):
                    return sentence
        return ""

    def expect_shape(self, args: tuple, got: Tensor, expected: Tensor, given: str) -> None:
        """What came has the right shape."""
        __tracebackhide__ = True
        if got.shape != expected.shape:
            # the fault that gives all that came; else the first that gives this shape
            cause = self.cause(args, got) or self.cause(
                args, got, lambda wrong, got: shape_of(wrong) == shape_of(got)
            )
            expect_shape(self.name, got, tuple(expected.shape), given, {tuple(got.shape): cause})

    def shape(self, learner: Handle) -> str:
        """Every result has the right shape; a fault that gives the wrong one is named."""
        cases = self.cases()
        for args in cases:
            got, expected, given = self.answer(learner, args)
            self.expect_shape(args, got, expected, given)
        return f"{self.name}: {len(cases)} inputs, sizes right"

    def type(self, learner: Handle, dtype: torch.dtype, advice: str, cases: int = 1) -> str:
        """The elements of the first results have the right type.

        The cause is the fault that gives these numbers in this type, if there is one, or `advice`.
        """
        for args in self.cases()[:cases]:
            got, _, given = self.answer(learner, args)
            cause = self.cause(
                args, got, lambda wrong, got: equal(wrong, got) and wrong.dtype == got.dtype
            )
            expect_dtype(self.name, got, dtype, given, cause or advice)
            if not got.numel():
                fail(f"{self.name}: an empty tensor came back for {given}.")
        return f"{self.name}: {str(dtype).removeprefix('torch.')}"

    def values(
        self,
        learner: Handle,
        whatever_size: bool = False,
        forgive: Callable[[Tensor, Tensor], Tensor] = lambda got, expected: got,
    ) -> str:
        """Every value is right.

        `whatever_size`: judged where the sizes overlap. `forgive` takes out of what came, given
        what is expected, a fault that another property judges.
        """
        cases = self.cases()
        for args in cases:
            got, expected, given = self.answer(learner, args)
            got = forgive(got, expected)
            seen = overlap(got, expected) if whatever_size else got
            if close(seen, expected):
                continue
            self.expect_shape(args, seen, expected, given)
            wrong = ~torch.isclose(seen.double(), expected.double(), rtol=1e-4, atol=1e-4)
            spot = tuple(int(i) for i in wrong.nonzero()[0])
            cause = self.cause(args, got) or common(got, expected, 1e-4)
            plane = got[spot[:-2]] if got.shape != expected.shape else got
            fail(
                "\n".join(
                    filter(
                        None,
                        [
                            f"{self.name}: wrong values for {given}: {int(wrong.sum())} of {wrong.numel()} "
                            f"differ; at {list(spot)} expected {number(expected[spot])}, got "
                            f"{number(seen[spot])}.",
                            f"{CAUSE}{cause}" if cause else "",
                            beside(got, expected, wrong)
                            if got.shape == expected.shape
                            else f"yours\n{table(plane)}"
                            if max(got.shape) <= 16
                            else "",
                        ],
                    )
                ),
                "cause" if cause else "difference",
            )
        return f"{self.name}: {len(cases)} inputs, values right"

    def fresh(self, learner: Handle) -> None:
        """A second call leaves the first result alone."""
        args = self.cases()[1]
        was, now = learner.ask("functions.twice", list(args), [args[0] + 1, *args[1:]])
        if not (isinstance(was, Tensor) and isinstance(now, Tensor) and torch.equal(was, now)):
            fail(
                f"{self.name}: a second call changed the result of the first. Make a new tensor "
                "each time."
            )

    def gradient(self, learner: Handle, *args: object) -> str:
        """The type of the first argument is kept, and a gradient reaches it."""
        for dtype in (torch.float32, torch.float64):
            x = torch.rand(2, 2, 3, 4, dtype=dtype, requires_grad=True)
            given = f"{describe(x)} with {self.given((x, *args)).partition(' with ')[2]}"
            saw = ask_call(self.name, learner, x, *args, given=given, grads=[0])
            expect_tensor(self.name, saw["result"], given)
            if close(saw["result"], x):
                fail(
                    f"{self.name}: x itself came back for {given}: nothing was done to it, so "
                    "there is no gradient to look at."
                )
            expect_dtype(self.name, saw["result"], dtype, given, "make the zeros in the type of x.")
            right = self.right(x, *args)
            expect_gradient(self.name, saw["result"], saw["grads"], given, x, right)
            if close(saw["result"], right) and not close(saw["result"], right, 1e-12):
                fail(
                    f"{self.name}: digits were lost for {given}: the numbers went through a "
                    "coarser type on their way."
                )
        return f"{self.name}: type kept, gradient flows"


def overlap(got: Tensor, expected: Tensor) -> Tensor:
    """`got` cut, or filled up with NaN, to the size of `expected`, if both have the same axes."""
    if got.dim() != expected.dim() or got.shape[:2] != expected.shape[:2]:
        return got
    seen = torch.full_like(expected, float("nan"))  # what is missing equals nothing
    both = tuple(slice(min(a, b)) for a, b in zip(got.shape, expected.shape, strict=True))
    seen[both] = got[both].to(expected.dtype)
    return seen
