"""The answer bank in one process each: `python -m tests.bank [EXERCISE...]`, in about a minute.

Prints each answer that is graded otherwise than it deserves, and how much the refusals say. Exits
with 1 if there is such an answer.
"""

import contextlib
import io
import sys
import time

from tests import course
from tests.mutate import in_processes, saying

Job = tuple[str, str, int]  # notebook, exercise, number of the answer


def failures(job: Job) -> dict[str, tuple[str, str]]:
    """What each graded cell that refuses the answer says, with how much that is."""
    notebook, exercise, number = job
    with contextlib.redirect_stdout(io.StringIO()):
        names = course.names_of(notebook, exercise, course.bank(notebook)[exercise][number])
        found = course.refusals(course.exercises(notebook)[exercise].tests, names)
    return {
        cell: (getattr(error, "says", "error"), course.told(error)) for cell, error in found.items()
    }


def main(exercises: list[str]) -> int:
    """Grade all answers, or those of some exercises."""
    begin = time.monotonic()
    jobs = [
        (notebook, exercise, number)
        for notebook in course.NAMES
        for exercise, answers in course.bank(notebook).items()
        if not exercises or exercise in exercises
        for number in range(len(answers))
    ]
    outcomes, wrong = in_processes(failures, jobs), 0
    for (notebook, exercise, number), found in zip(jobs, outcomes, strict=True):
        answer = course.bank(notebook)[exercise][number]
        texts = {cell: text for cell, (_, text) in found.items()}
        if not answer.deserves(texts):
            wrong += 1
            print(f"\n--- {exercise}: {answer.about}")
            for cell in {**answer.fails, **texts}:
                print(
                    f"{cell}\n  expected: {answer.fails.get(cell, 'to pass')}\n"
                    f"  got: {texts.get(cell, 'it passed')}"
                )
    says = [kind for found in outcomes for kind, _ in found.values()]
    print(
        f"\n{len(jobs)} answers, {wrong} graded otherwise than they deserve; {len(says)} "
        f"refusals: {saying(says)}; {time.monotonic() - begin:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
