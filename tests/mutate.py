"""Mutants of every solution, through the graded cells: `python -m tests.mutate [EXERCISE ...]`.

Prints for each exercise how many mutants there are, how many the visible cells kill, how many only
the hidden ones, and the survivors with their difference; then what the refusals say. Survivors that
equal the solution stand in `equal_mutants.txt`. Exits with 1 if there is any other, or if too few
refusals name a cause.
"""

import contextlib
import io
import multiprocessing
import os
import re
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from helpers.notebook import HIDDEN
from tests import course
from tests.mutants import mutants

EQUAL = Path(__file__).with_name("equal_mutants.txt")
SECONDS = 12  # for one mutant
CAUSES = 0.9  # of all refusals, at least so many name a likely cause


@dataclass
class Fate:
    """What became of a mutant: killed by "visible" or "hidden" cells, or "survived".

    `refusals` are the graded cells that failed with what each said: see `calling.refusal`.
    """

    exercise: str
    difference: str
    killed: str = "survived"
    refusals: list[tuple[str, str, str]] = field(default_factory=list)


def fate(job: tuple[str, str, int, bool]) -> Fate:
    """Run the graded cells on one mutant, or only until the `first` that sees it."""
    notebook, exercise, number, first = job
    task = course.exercises(notebook)[exercise]
    mutant = mutants(task.source)[number]
    found = Fate(exercise, mutant.difference)
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        names = dict(course.solved(notebook))
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                exec(compile(mutant.source, "<mutant>", "exec"), names)
            except Exception as error:
                return Fate(
                    exercise, mutant.difference, "visible", [("", "error", course.told(error))]
                )
            for which, cells in (("visible", visible(task.tests)), ("hidden", task.tests)):
                if errors := course.refusals(cells, names, first):
                    found.killed = which
                    found.refusals = [
                        (grade_id, getattr(e, "says", "error"), course.told(e))
                        for grade_id, e in errors.items()
                    ]
                    break
    except TooLong:
        found.killed = "visible"
        found.refusals.append(("", "error", "it did not come to its end"))
    finally:
        signal.alarm(0)
    return found


class TooLong(BaseException):
    """A mutant may run for ever; no check takes this for the mutant's own error."""


def too_long(*_: object) -> None:
    """End it."""
    raise TooLong


def visible(tests: dict[str, str]) -> dict[str, str]:
    """The graded cells without their hidden tests."""
    return {grade_id: HIDDEN.sub("", source) for grade_id, source in tests.items()}


def ready() -> None:
    """A worker's own settings."""
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # what mutants do


def run(exercises: list[str] | None = None, first: bool = False) -> list[Fate]:
    """The fates of all mutants, or of those of some exercises; with their `first` refusals only.

    Where a later notebook asks for an exercise again, to repair it, it judges that repair alone.
    """
    jobs = [
        (notebook, exercise, number, first)
        for notebook in course.NAMES
        for exercise, task in course.exercises(notebook).items()
        if (not exercises or exercise in exercises) and not course.asked_before(notebook, exercise)
        for number in range(len(mutants(task.source)))
    ]
    return in_processes(fate, jobs)


def in_processes(function: Callable, jobs: list) -> list:
    """What a function makes of each job, on all cores."""
    for notebook in course.NAMES:
        course.solved(notebook)  # before the fork, so that it is read once
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), ready) as pool:
        return pool.map(function, jobs, chunksize=8)


def equal() -> dict[tuple[str, str], str]:
    """The mutants known to equal their solution, with the reason.

    An entry is a line `exercise: reason` and the difference below it.
    """
    entries = re.split(
        r"\n\n+", re.sub(r"^#.*\n", "", EQUAL.read_text(encoding="utf-8"), flags=re.M).strip()
    )
    found = {}
    for entry in filter(None, entries):
        head, _, difference = entry.partition("\n")
        exercise, _, reason = head.partition(": ")
        found[exercise, difference] = reason
    return found


def saying(refusals: list[str]) -> str:
    """How much refusals say, in percent."""
    counted, total = Counter(refusals), max(1, len(refusals))
    return ", ".join(
        f"{kind} {counted[kind]} ({100 * counted[kind] / total:.0f} %)"
        for kind in ("cause", "difference", "error")
    )


def main(exercises: list[str]) -> int:
    """Print the table; 1 if a mutant survives that is not known to equal its solution."""
    verbose = "-v" in exercises
    exercises = [e for e in exercises if e != "-v"]
    begin, known = time.monotonic(), equal()
    fates = run(exercises)
    alive = [f for f in fates if f.killed == "survived" and (f.exercise, f.difference) not in known]
    print(f"{'exercise':26}{'mutants':>8}{'visible':>9}{'hidden':>8}{'equal':>7}{'survive':>9}")
    for exercise in dict.fromkeys(f.exercise for f in fates):
        own = [f for f in fates if f.exercise == exercise]
        counts = [sum(f.killed == how for f in own) for how in ("visible", "hidden", "survived")]
        survive = sum(f.exercise == exercise for f in alive)
        print(
            f"{exercise:26}{len(own):8}{counts[0]:9}{counts[1]:8}{counts[2] - survive:7}{survive:9}"
        )
    refusals = [r for f in fates for r in f.refusals]
    if verbose:
        for f in fates:
            for grade_id, says, text in f.refusals:
                if says != "cause":
                    print(f"\n--- {f.exercise} {grade_id} [{says}]\n{f.difference}\n{text}")
    for f in alive:
        print(f"\nsurvived: {f.exercise}\n{f.difference}")
    gone = [
        key
        for key, reason in known.items()
        if (not exercises or key[0] in exercises)
        and key not in {(f.exercise, f.difference) for f in fates if f.killed == "survived"}
    ]
    for exercise, difference in gone:
        print(f"\nlisted as equal, but no such survivor: {exercise}\n{difference}")
    killed = sum(f.killed != "survived" for f in fates)
    print(
        f"\n{len(fates)} mutants, {killed} killed, {len(fates) - killed - len(alive)} equal, "
        f"{len(alive)} survive; {len(refusals)} refusals: {saying([r[1] for r in refusals])}; "
        f"{time.monotonic() - begin:.0f} s"
    )
    told = sum(says == "cause" for _, says, _ in refusals)
    if told < CAUSES * len(refusals):
        print(f"fewer than {CAUSES:.0%} of the refusals name a cause")
        return 1
    return 1 if alive or gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
