"""Grading a class: `python -m benchmarks.grading [NOTEBOOK [COUNT [STOCK]]]` prints the ratio
and the memory that a worker needs.

COUNT solved submissions (60) are graded by `python -m grading`, feedback and report
included, and STOCK of the same (10) by `nbgrader autograde`; both include their start.
"""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.classes import make_course, nbgrader, scores, solved_release, submit


def make(root: Path, name: str, count: int) -> None:
    """A course in which `count` students have handed in a solved notebook."""
    make_course(root, name)
    nbgrader(root, "generate_assignment", name)
    for number in range(count):
        submit(root, f"student{number:03}", name, solved_release(name))


def watched(command: list[str], folder: Path) -> int:
    """Run a command; the most bytes that one of its workers held, with all below it."""
    process, most = subprocess.Popen(command, cwd=folder), 0
    while process.poll() is None:
        time.sleep(0.5)
        for worker in psutil.Process(process.pid).children():
            try:
                family = [worker, *worker.children(recursive=True)]
                most = max(most, sum(one.memory_full_info().pss for one in family))
            except psutil.Error:
                continue
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return most


def main(name: str = "03_conv_block", count: str = "60", stock: str = "10") -> None:
    """Grade both ways and compare scores and throughput."""
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        ours, theirs = Path(ours), Path(theirs)
        make(ours, name, int(count))
        make(theirs, name, int(stock))
        begin = time.perf_counter()
        held = watched([sys.executable, "-m", "grading", name], ours)
        fast = int(count) / (time.perf_counter() - begin)
        rows = list(csv.DictReader((ours / ".grading" / f"{name}.csv").open()))
        inside = sum(float(row["seconds"]) for row in rows) / len(rows)
        begin = time.perf_counter()
        nbgrader(theirs, "autograde", name)
        slow = int(stock) / (time.perf_counter() - begin)
        assert scores(ours, "student000", name) == scores(theirs, "student000", name)
    print(f"grading            {fast:6.3f} submissions/s; a notebook's run takes {inside:.2f} s")
    print(f"nbgrader autograde {slow:6.3f} submissions/s")
    print(f"ratio              {fast / slow:6.1f}")
    print(f"memory             {held / 2**20:6.0f} MB at most for a worker with its sandbox")


if __name__ == "__main__":
    main(*sys.argv[1:])
