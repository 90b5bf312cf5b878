"""Exercises whose answer is a whole number: ask for it, and compare it for several inputs."""

import contextlib
from collections.abc import Callable, Mapping, Sequence

from helpers.checks.core.calling import call, fail
from helpers.checks.core.handle import Handle
from helpers.checks.core.rendering import describe
from helpers.probes.wire import Thing

Rule = Callable[..., int]


def ask_number(what: str, function: Handle, *args: object, given: str) -> int:
    """The learner's answer as a whole number, be it an int, a float or a tensor with one."""
    got = call(what, function, *args, given=given)
    if got is None:
        fail(f"{what} returned None for {given}: is the `return` line missing?")
    value = got.number if isinstance(got, Thing) else got
    with contextlib.suppress(TypeError, ValueError, RuntimeError, OverflowError):
        if value is not None and int(value) == value:
            return int(value)
    fail(f"{what}: expected a whole number for {given}, got {describe(got)}.", "difference")


def expect_numbers(
    what: str,
    function: Handle,
    words: Callable[..., str],
    cases: Sequence[tuple],
    right: Rule,
    rules: Mapping[str, Rule],
    otherwise: str,
    more: Sequence[tuple] = (),
    source: str = "",
) -> None:
    """The learner's numbers are right in all cases.

    `words` says an input. `rules` are wrong ones, by what
    leads to them: the cause is one that gives all that came, also for `more` cases; or `otherwise`.
    `source` says where the right number is from.
    """

    def ask(case: tuple) -> int:
        return ask_number(what, function, *case, given=words(*case))

    got = [ask(case) for case in cases]
    wrong = [(case, n) for case, n in zip(cases, got, strict=True) if n != right(*case)]
    if not wrong:
        return
    got, tried = got + [ask(case) for case in more], [*cases, *more]
    cause = next(
        (says for says, rule in rules.items() if got == [rule(*case) for case in tried]), ""
    )
    cause = cause or shifted(got, [right(*case) for case in tried])
    case, n = wrong[0]
    fail(
        f"{what}: expected {right(*case)} for {words(*case)}{source}, got {n}: "
        f"{cause or otherwise}",
        "cause" if cause else "difference",
    )


def shifted(got: Sequence[int], wanted: Sequence[int]) -> str:
    """The sentence where all answers are wrong by the same number, or by the same factor."""
    by = {a - b for a, b in zip(got, wanted, strict=True)}
    if len(set(got)) == 1 < len(set(wanted)):
        return f"the answer is always {got[0]}; were the arguments used?"
    if len(by) == 1 and len(got) > 1:
        (step,) = by
        return f"every answer is {abs(step)} too {'large' if step > 0 else 'small'}."
    factors = {a / b for a, b in zip(got, wanted, strict=True) if b}
    if len(factors) == 1 and len(got) > 1:
        return f"every answer is {factors.pop():g} times the right one."
    return ""
