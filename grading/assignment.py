"""One assignment of a course: who has handed it in, what is still to be graded, what came of it."""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from tqdm import tqdm

from grading import feedback
from grading.files import write_whole
from grading.harmless import make_texts_harmless
from grading.intake import Submission, files_in, read_submission
from grading.job import Job, Result, cells_and_tests
from grading.record import Course, refused, with_remarks
from grading.sandbox import ROOT, Limits
from grading.seeds import class_secret, seed_of
from grading.times import time_of
from helpers.notebook_file import Unreadable

JUDGES = ("helpers/checks", "helpers/probes", "grading")  # what decides about an answer


@dataclass
class Work:
    """A submission while it is graded: which one it is, and what is to be run.

    `handed_in` is its checksum, `moment` the time; `refused` says why it cannot be run, if so.
    """

    student: str
    handed_in: str
    moment: str = ""
    refused: str = ""
    submission: Submission | None = None
    job: Job | None = None


class Assignment:
    """An assignment, with what came of the work so far."""

    def __init__(self, course: Course, name: str, limits: Limits) -> None:
        self.course, self.name, self.limits = course, name, limits
        course.prepare(name)
        self.source = nbformat.read(course.source(name), as_version=4)
        self.release = course.read_release(name)
        code = sorted(p for folder in JUDGES for p in (ROOT / folder).rglob("*.py"))
        self.graded_by = digest([course.source(name), *code]) + repr(limits)
        self.secret = class_secret(course.root)
        self.outcomes = course.root / ".grading" / name

    def outcome_file(self, student: str) -> Path:
        """The file that says what came of a student's submission, and of which one."""
        return self.outcomes / f"{student}.json"

    def outcome_of(self, student: str) -> dict:
        """What that file says; nothing where there is none, or it is damaged."""
        try:
            found = json.loads(self.outcome_file(student).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def handed_in(self, student: str) -> str:
        """A checksum of the files of a student's submission."""
        folder = self.course.folder("submitted", student, self.name)
        return digest([path for path in files_in(folder) if not path.is_symlink()], folder)

    def is_graded(self, student: str) -> bool:
        """Whether this very submission has been graded to the end, as it would be graded now."""
        last = self.outcome_of(student)
        if last.get("graded_by") != self.graded_by or not self.graded_file(student).is_file():
            return False
        try:
            return last.get("handed_in") == self.handed_in(student)
        except OSError:  # to be told when it is read
            return False

    def graded_file(self, student: str) -> Path:
        """The notebook that is kept of a student's graded submission."""
        return self.course.folder("autograded", student, self.name) / f"{self.name}.ipynb"

    def take(self, student: str) -> Work:
        """Read what a student handed in, and prepare the work on it, which a worker does.

        The checksum is taken first: what arrives while this goes on is graded next time. The seeds
        of hidden tests are those that the submission was graded by before, if it was.

        Raises:
            OSError: the files cannot be read.
        """
        folder = self.course.folder("submitted", student, self.name)
        work = Work(student, self.handed_in(student))
        work.moment, remark = time_of(folder)
        try:
            submission = read_submission(folder, self.release, self.name)
        except Unreadable as error:
            work.refused = str(error)
            return work
        submission.remarks += filter(None, [remark])
        files = {
            name: base64.b64encode(path.read_bytes()).decode()
            for name, path in submission.files.items()
        }
        cells, tests = cells_and_tests(submission.notebook, self.source)
        last = self.outcome_of(student)
        kept = last.get("seeds", {}) if last.get("handed_in") == work.handed_in else {}
        seeds = {
            cell: kept.get(cell) or seed_of(self.secret, student, work.handed_in, cell)
            for cell in tests
        }
        work.submission = submission
        work.job = Job(cells, tests, seeds, files, self.limits)
        return work

    def record(self, work: Work, result: Result | None = None) -> None:
        """Record what came of a submission, or why it was refused.

        What says that it is graded goes first and comes last, so that a command that is killed in
        between does it again.
        """
        last = self.outcome_of(work.student)
        attempt = last.get("attempt", 0) + (last.get("handed_in") != work.handed_in)
        self.outcome_file(work.student).unlink(missing_ok=True)
        if result is None:
            notebook, ended = refused(self.release, work.refused)
            remarks, outcome = [work.refused], "refused"
        else:
            assert work.submission  # what gave a result was read before
            make_texts_harmless(work.submission.notebook, self.release)
            notebook, ended = with_remarks(work.submission, result.remarks), result.ended
            remarks = [*work.submission.remarks, *result.remarks]
            outcome = "stopped" if result.remarks else "repaired" if remarks else "graded"
        self.course.record(work.student, self.name, notebook, ended, work.moment)
        write_whole(
            self.outcome_file(work.student),
            json.dumps(
                {
                    "handed_in": work.handed_in,
                    "graded_by": self.graded_by,
                    "outcome": outcome,
                    "attempt": attempt,
                    "remarks": remarks,
                    "seconds": result.seconds if result else 0.0,
                    "seeds": work.job.seeds if work.job else {},
                },
                indent=1,
            ),
        )

    def refresh(self, students: Iterable[str]) -> dict[str, str]:
        """Bring penalties and pages up to date with the gradebook; who could not be, and why."""
        failed = {}
        with self.course.gradebook() as book:
            stale = []
            for student in students:
                try:
                    self.course.assign_penalty(student, self.name)
                    if not feedback.is_current(self.course, book, student, self.name):
                        stale.append(student)
                except Exception as error:
                    failed[student] = f"no page: {type(error).__name__}: {error}"
        if not stale:
            return failed
        pages = feedback.Pages(self.course, self.name)
        for student in tqdm(stale, desc="pages", unit="page"):
            try:
                pages.write(student)
            except Exception as error:
                failed[student] = f"no page: {type(error).__name__}: {error}"
        return failed


def digest(paths: list[Path], folder: Path | None = None) -> str:
    """A checksum of files with their names, or their places in a folder."""
    found = hashlib.sha256()
    for path in paths:
        place = str(path.relative_to(folder)) if folder else path.name
        found.update(place.encode("utf-8", "surrogateescape") + b"\0")
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
