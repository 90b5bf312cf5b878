"""How long each graded cell takes on one core: `python -m benchmarks.checks`, slowest first.

Once in one process and once through the pipe, with the solution in a sandbox.
"""

import contextlib
import io
import time

import torch

from grading.sandbox import Limits, Run, Sandbox
from grading.verdict import verdict
from helpers.notebook_code import solution_cells
from tests import course


def here(name: str, source: str) -> None:
    """Run a graded cell in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<graded cell>", "exec"), dict(course.solved(name)))


def there(run: Run, source: str) -> None:
    """Run a graded cell through the pipe, with a copy of the learner's process of its own."""
    copy = run.snapshot()
    outputs = verdict(source, copy, 60, 1)
    copy.close()
    assert not any(o["output_type"] == "error" for o in outputs), outputs


def show(title: str, taken: dict[str, float]) -> None:
    """Print the slowest and all together."""
    print(title)
    for grade_id, seconds in sorted(taken.items(), key=lambda item: -item[1])[:10]:
        print(f"{1000 * seconds:7.1f} ms  {grade_id}")
    print(f"{1000 * sum(taken.values()):7.1f} ms  all {len(taken)} graded cells")


def main() -> None:
    """Run every graded cell of the instructor's notebooks both ways, after one run to warm up."""
    torch.set_num_threads(1)
    place, times = Sandbox(), {"in one process": {}, "through the pipe": {}}
    for name in course.NAMES:
        run = place.begin(Limits())
        for source in solution_cells(name):
            run.play(source)
        for exercise in course.exercises(name).values():
            for grade_id, source in exercise.tests.items():
                for _ in range(2):
                    begin = time.perf_counter()
                    here(name, source)
                    middle = time.perf_counter()
                    there(run, source)
                    times["in one process"][grade_id] = middle - begin
                    times["through the pipe"][grade_id] = time.perf_counter() - middle
        run.end()
    place.close()
    for title, taken in times.items():
        show(title, taken)


if __name__ == "__main__":
    main()
