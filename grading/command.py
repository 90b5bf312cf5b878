"""Grade a class: `python -m grading ASSIGNMENT`, or `make grade ASSIGNMENT=...`.

Every submission runs in a sandbox, several at a time on Dask workers; the results go into
nbgrader's gradebook and `autograded/`. Stop it at any time: the same command goes on, and skips
what has not changed since it was graded.
"""

import argparse
import logging
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from grading import report, sandbox, trial
from grading.assignment import Assignment, Work
from grading.files import alone
from grading.job import Result, do
from grading.record import Course, printable

WAITING = 4  # submissions handed to the cluster for each worker, so that none is ever idle
TRIES = 3  # for a submission whose worker dies


def graded(assignment: Assignment, students: list[str], client) -> Iterator[tuple[str, str]]:
    """Grade and record; each student as they are ready, with why they could not be, if so.

    Whatever goes wrong with one submission, the others go on.
    """
    from distributed import as_completed

    waiting, todo = {}, iter(students)
    queue = as_completed(raise_errors=False)
    room = WAITING * max(1, len(client.nthreads()))
    while True:
        while len(waiting) < room and (student := next(todo, None)):
            try:
                work = assignment.take(student)
            except Exception as error:
                yield student, f"not graded: {said(error)}"
                continue
            if work.job is None:
                yield student, failure(assignment, work)
                continue
            future = client.submit(do, work.job, pure=False, retries=TRIES)
            waiting[future.key] = work
            queue.add(future)
        if not waiting:
            return
        future = next(queue)
        work = waiting.pop(future.key)
        try:  # waits once more where a worker died with the result still in its memory
            result = future.result()
        except Exception as error:  # the grader's or the machine's: never a student's result
            yield work.student, f"not graded: {said(error)}"
        else:
            yield work.student, failure(assignment, work, result)


def failure(assignment: Assignment, work: Work, result: Result | None = None) -> str:
    """Record what came of a submission; why that failed, if it did."""
    try:
        assignment.record(work, result)
    except Exception as error:
        return f"not graded: {said(error)}"
    return ""


def said(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}".strip().splitlines()[0]


def try_out(assignment: Assignment, client) -> str:
    """Grade a known notebook; why this machine cannot grade, and what to do, if it cannot."""
    try:
        text = trial.fault(
            client.submit(
                do, trial.job_of(assignment.source, assignment.limits), pure=False
            ).result()
        )
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    return "\n".join(filter(None, [text, text and trial.advice(text)]))


def connect(address: str | None, workers: int):
    """A client of the cluster at `address`, or of one of this machine's own."""
    import dask.config
    from distributed import Client, LocalCluster

    dask.config.set(
        {"distributed.scheduler.allowed-failures": TRIES, "distributed.worker.daemon": False}
    )
    if address:
        return Client(address)
    return Client(
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=None,  # pyright: ignore[reportArgumentType]  # none at all
            memory_limit=0,
            silence_logs=logging.ERROR,
        )
    )


def grade(assignment: Assignment, client, students: list[str]) -> dict[str, str]:
    """Grade the students' submissions with a progress bar; why some could not be, by student."""
    failed = {}
    with tqdm(total=len(students), desc=assignment.name, unit="submission") as bar:
        for student, why in graded(assignment, students, client):
            if why:
                failed[student] = why
            bar.update()
    return failed


def arguments_of(line: list[str] | None) -> argparse.Namespace:
    """The command's arguments."""
    limits = sandbox.Limits
    parser = argparse.ArgumentParser(prog="python -m grading", description="Grade a class.")
    parser.add_argument("assignment", help="for example 03_conv_block")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="a Dask cluster that exists")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of the local cluster")
    parser.add_argument("--all", action="store_true", help="grade what has not changed, too")
    parser.add_argument("--cell-seconds", type=float, default=limits.cell_seconds)
    parser.add_argument("--total-seconds", type=float, default=limits.total_seconds)
    parser.add_argument("--memory-mb", type=int, default=limits.memory_mb)
    return parser.parse_args(line)


def main(line: list[str] | None = None) -> int:
    """Run the command: 0, or 1 if a submission could not be graded, or 2 for bad input."""
    options = arguments_of(line)
    warnings.filterwarnings("ignore", module="nbgrader")  # SQLAlchemy's, about nbgrader's own code
    if reason := sandbox.missing():
        print(f"error: {reason}. `nbgrader autograde` grades without isolation.", file=sys.stderr)
        return 2
    limits = sandbox.Limits(
        cell_seconds=options.cell_seconds,
        memory_mb=options.memory_mb,
        total_seconds=options.total_seconds,
    )
    try:
        assignment = Assignment(Course(Path.cwd()), options.assignment, limits)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    with alone(assignment.outcomes.with_suffix(".lock"), options.assignment):
        return grade_all(assignment, options)


def grade_all(assignment: Assignment, options: argparse.Namespace) -> int:
    """Grade those who are to be graded, and write the report; the command's exit code."""
    begin, students = time.monotonic(), assignment.course.students(options.assignment)
    for student, folder in assignment.course.odd.items():
        print(f"{printable(folder)} is called {student}: nbgrader cannot use the folder's name.")
    todo = students if options.all else [s for s in students if not assignment.is_graded(s)]
    if not students:
        print(
            f"error: nobody has handed in {options.assignment}: there is no folder "
            f"submitted/*/{options.assignment}. `make collect` makes them of a download.",
            file=sys.stderr,
        )
        return 2
    print(f"{len(students)} submissions, {len(todo)} to grade")
    failed = {}
    if todo:
        client = connect(options.scheduler, min(options.workers, len(todo)))
        try:
            if reason := try_out(assignment, client):
                print(
                    "error: this machine cannot grade, so nothing was graded or recorded.\n"
                    f"{reason}",
                    file=sys.stderr,
                )
                return 2
            failed = grade(assignment, client, todo)
        finally:
            if client.cluster:
                client.cluster.close()
            client.close()
    outcomes = {s: o for s in students if (o := assignment.outcome_of(s))}
    told = ""
    try:
        failed |= assignment.refresh(outcomes)
        failed |= report.write(assignment.course, options.assignment, outcomes)
    except Exception as error:  # a full disk, say: what is graded is recorded, and stays so
        told = f"error: the pages and the report could not be written: {said(error)}"
    counts = Counter(outcomes.get(s, {}).get("outcome", "not graded") for s in students)
    print(", ".join(f"{number} {outcome}" for outcome, number in counts.most_common()))
    print(f"done in {time.monotonic() - begin:.0f} s; see {report.page(assignment.course)}")
    for student, why in failed.items():
        print(f"through no fault of the student's: {student}: {why}", file=sys.stderr)
    if told:
        print(told, file=sys.stderr)
    return 1 if failed or told else 0
