"""Grade a class: `python -m helpers.grading ASSIGNMENT`, or `make grade ASSIGNMENT=...`.

Every submission runs in a sandbox, several at a time on Dask workers; the results go into
nbgrader's gradebook and `autograded/`. Stop it at any time: the same command goes on, and skips
what has not changed since it was graded.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import nbformat
from tqdm import tqdm

from helpers.grading import feedback, report, sandbox
from helpers.grading.intake import Submission, Unreadable, read_submission
from helpers.grading.one import cells_to_run, run_submission
from helpers.grading.record import Course, refused, with_remarks

WAITING = 4  # submissions handed to the cluster for each worker, so that none is ever idle
TRIES = 3  # for a submission whose worker dies


class Class:
    """One assignment of a course and all who have handed it in."""

    def __init__(self, course: Course, name: str, limits: sandbox.Limits) -> None:
        self.course, self.name, self.limits = course, name, limits
        course.prepare(name)
        self.source = nbformat.read(course.source(name), as_version=4)
        self.release = nbformat.read(course.release(name), as_version=4)
        self.judge = digest([course.source(name), *sorted(Path(__file__).parent.parent.glob(
            "checks/*.py"))]) + repr(limits)
        self.notes = course.root / ".grading" / name

    def note(self, student: str) -> Path:
        """The file that says what came of a student's submission, and of which one."""
        return self.notes / f"{student}.json"

    def mark(self, student: str) -> str:
        """What changes when the submission, the checks or the limits do."""
        folder = self.course.folder("submitted", student, self.name)
        return digest(sorted(p for p in folder.iterdir() if p.is_file() and not p.is_symlink()),
                      self.judge)

    def unchanged(self, student: str) -> bool:
        """Whether this very submission has been graded to the end."""
        try:
            return json.loads(self.note(student).read_text())["mark"] == self.mark(student)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def read(self, student: str) -> Submission:
        """What a student handed in.

        Raises:
            Unreadable: it cannot be graded.
        """
        folder = self.course.folder("submitted", student, self.name)
        return read_submission(folder, self.release, self.name)

    def work(self, submission: Submission) -> tuple:
        """The arguments of `run_submission`."""
        files = {name: base64.b64encode(path.read_bytes()).decode()
                 for name, path in submission.files.items()}
        return cells_to_run(submission.notebook, self.source), files, self.limits

    def keep(self, student: str, submission: Submission | str, result: dict | None) -> None:
        """Record a result, or the reason why there is none; the note is written last."""
        mark = self.mark(student)
        if isinstance(submission, str):
            notebook, ended = refused(self.release, submission)
            remarks, outcome, seconds = [submission], "refused", 0.0
        else:
            notebook = with_remarks(submission, result["remarks"])
            ended, seconds = result["ended"], result["seconds"]
            remarks = [*submission.remarks, *result["remarks"]]
            outcome = "stopped" if result["remarks"] else "repaired" if remarks else "graded"
        self.course.record(student, self.name, notebook, ended)
        feedback.write(self.course, student, self.name)
        self.notes.mkdir(parents=True, exist_ok=True)
        part = self.note(student).with_suffix(".part")
        part.write_text(json.dumps({"mark": mark, "outcome": outcome, "remarks": remarks,
                                    "seconds": seconds}, indent=1))
        os.replace(part, self.note(student))


def digest(paths: list[Path], start: str = "") -> str:
    """A checksum of files with their names."""
    found = hashlib.sha256(start.encode())
    for path in paths:
        found.update(path.name.encode("utf-8", "surrogateescape") + b"\0")
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def results(group: Class, students: list[str], client) -> Iterator[tuple]:
    """Each student with the submission and its result, as they are ready."""
    from distributed import as_completed

    waiting, todo = {}, iter(students)
    queue = as_completed(raise_errors=False)
    room = WAITING * max(1, len(client.nthreads()))
    while True:
        while len(waiting) < room and (student := next(todo, None)):
            try:
                submission = group.read(student)
            except Unreadable as error:
                yield student, str(error), None
                continue
            future = client.submit(run_submission, *group.work(submission), pure=False,
                                   retries=TRIES)
            waiting[future.key] = student, submission
            queue.add(future)
        if not waiting:
            return
        future = next(queue)
        student, submission = waiting.pop(future.key)
        try:  # waits once more where a worker died with the result still in its memory
            result = future.result()
        except Exception as error:
            why = f"The grader failed at this submission {TRIES + 1} times: {error}"
            yield student, why, None
        else:
            yield student, submission, result


def connect(address: str | None, workers: int):
    """A client of the cluster at `address`, or of one of this machine's own."""
    import dask
    from distributed import Client, LocalCluster

    dask.config.set({"distributed.scheduler.allowed-failures": TRIES,
                     "distributed.worker.daemon": False})
    if address:
        return Client(address)
    return Client(LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None,
                               memory_limit=0, silence_logs="ERROR"))


def grade(group: Class, client, students: list[str]) -> None:
    """Grade the students' submissions with a progress bar."""
    with tqdm(total=len(students), desc=group.name, unit="submission") as bar:
        for student, submission, result in results(group, students, client):
            group.keep(student, submission, result)
            bar.update()


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0, or 2 after a message for bad input."""
    parser = argparse.ArgumentParser(prog="python -m helpers.grading", description="Grade a class.")
    parser.add_argument("assignment", help="for example 03_conv_block")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster that exists")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of the local cluster")
    parser.add_argument("--all", action="store_true", help="grade what has not changed, too")
    parser.add_argument("--cell-seconds", type=float, default=sandbox.Limits.cell_seconds)
    parser.add_argument("--total-seconds", type=float, default=sandbox.Limits.total_seconds)
    parser.add_argument("--memory-mb", type=int, default=sandbox.Limits.memory_mb)
    options = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", module="nbgrader")  # SQLAlchemy's, about nbgrader's own code
    if reason := sandbox.missing():
        print(f"error: {reason}. `nbgrader autograde` grades without isolation.", file=sys.stderr)
        return 2
    limits = sandbox.Limits(cell_seconds=options.cell_seconds, memory_mb=options.memory_mb,
                            total_seconds=options.total_seconds)
    try:
        group = Class(Course(Path.cwd()), options.assignment, limits)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    begin, students = time.monotonic(), group.course.students(options.assignment)
    todo = students if options.all else [s for s in students if not group.unchanged(s)]
    print(f"{len(students)} submissions, {len(todo)} to grade")
    if todo:
        client = connect(options.scheduler, min(options.workers, len(todo)))
        try:
            grade(group, client, todo)
        finally:
            if client.cluster:
                client.cluster.close()
            client.close()
    report.write(group.course, options.assignment, students, group.note)
    print(f"graded in {time.monotonic() - begin:.0f} s; see {report.page(group.course)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
