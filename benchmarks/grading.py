"""Grading a class: `python -m benchmarks.grading [NOTEBOOK [COUNT [STOCK]]]` prints the ratio.

COUNT solved submissions (60) are graded by `python -m helpers.grading`, feedback and report
included, and STOCK of the same (10) by `nbgrader autograde`; both include their start.
"""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.classes import make_course, nbgrader, scores, solved_release, submit


def make(root: Path, name: str, count: int) -> None:
    """A course in which `count` students have handed in a solved notebook."""
    make_course(root, name)
    nbgrader(root, "generate_assignment", name)
    for number in range(count):
        submit(root, f"student{number:03}", name, solved_release(name))


def main(name: str = "03_conv_block", count: str = "60", stock: str = "10") -> None:
    """Grade both ways and compare scores and throughput."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        ours, theirs = Path(ours), Path(theirs)
        make(ours, name, int(count))
        make(theirs, name, int(stock))
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-m", "helpers.grading", name], cwd=ours, check=True)
        fast = int(count) / (time.perf_counter() - begin)
        rows = list(csv.DictReader((ours / ".grading" / f"{name}.csv").open()))
        inside = sum(float(row["seconds"]) for row in rows) / len(rows)
        begin = time.perf_counter()
        nbgrader(theirs, "autograde", name)
        slow = int(stock) / (time.perf_counter() - begin)
        assert scores(ours, "student000", name) == scores(theirs, "student000", name)
    print(f"helpers.grading    {fast:6.3f} submissions/s; a notebook's run takes {inside:.2f} s")
    print(f"nbgrader autograde {slow:6.3f} submissions/s")
    print(f"ratio              {fast / slow:6.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
