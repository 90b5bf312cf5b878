"""How long each graded cell takes on one core, slowest first: `python -m benchmarks.checks`."""

import contextlib
import io
import time

import torch

from tests import course


def main() -> None:
    """Run every test cell of the instructor's notebooks once, after one run to warm up."""
    torch.set_num_threads(1)
    taken = {}
    for name in course.NAMES:
        for exercise in course.exercises(name).values():
            for grade_id, source in exercise.tests.items():
                for _ in range(2):
                    begin = time.perf_counter()
                    with contextlib.redirect_stdout(io.StringIO()):
                        exec(compile(source, grade_id, "exec"), dict(course.solved(name)))
                    taken[grade_id] = time.perf_counter() - begin
    for grade_id, seconds in sorted(taken.items(), key=lambda item: -item[1])[:10]:
        print(f"{1000 * seconds:7.1f} ms  {grade_id}")
    total = 1000 * sum(taken.values())
    print(f"{total:7.1f} ms  all {len(taken)} graded cells, visible and hidden")


if __name__ == "__main__":
    main()
