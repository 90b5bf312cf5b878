"""One assignment of a course: who has handed it in, what is still to be graded, what came of it."""

import base64
import hashlib
import json
import os
from pathlib import Path

import nbformat

from grading import feedback
from grading.intake import Submission, read_submission
from grading.job import Job, Result, cells_and_tests
from grading.record import Course, refused, with_remarks
from grading.sandbox import ROOT, Limits
from grading.seeds import class_secret, seed_of

JUDGES = ("helpers/checks", "helpers/probes", "grading")  # what decides about an answer


class Assignment:
    """An assignment, with what came of the work so far."""

    def __init__(self, course: Course, name: str, limits: Limits) -> None:
        self.course, self.name, self.limits = course, name, limits
        course.prepare(name)
        self.source = nbformat.read(course.source(name), as_version=4)
        self.release = nbformat.read(course.release(name), as_version=4)
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
        return digest(sorted(p for p in folder.iterdir() if p.is_file() and not p.is_symlink()))

    def is_graded(self, student: str) -> bool:
        """Whether this very submission has been graded to the end, as it would be graded now."""
        last = self.outcome_of(student)
        return (last.get("handed_in"), last.get("graded_by")) == (
            self.handed_in(student), self.graded_by)

    def read(self, student: str) -> Submission:
        """What a student handed in.

        Raises:
            Unreadable: it cannot be graded.
        """
        folder = self.course.folder("submitted", student, self.name)
        return read_submission(folder, self.release, self.name)

    def job(self, student: str, submission: Submission, handed_in: str) -> Job:
        """The work on a submission, which a worker does.

        The seeds of its hidden tests are those that it was graded by before, if it was.
        """
        files = {name: base64.b64encode(path.read_bytes()).decode()
                 for name, path in submission.files.items()}
        cells, tests = cells_and_tests(submission.notebook, self.source)
        last = self.outcome_of(student)
        kept = last.get("seeds", {}) if last.get("handed_in") == handed_in else {}
        seeds = {cell: kept.get(cell) or seed_of(self.secret, student, handed_in, cell)
                 for cell in tests}
        return Job(cells, tests, seeds, files, self.limits)

    def refuse(self, student: str, handed_in: str, reason: str) -> None:
        """Record that a submission cannot be graded, and why."""
        notebook, ended = refused(self.release, reason)
        self.course.record(student, self.name, notebook, ended)
        self.write_outcome(student, handed_in, "refused", [reason])

    def record(
        self, student: str, handed_in: str, submission: Submission, job: Job, result: Result
    ) -> None:
        """Record what came of a submission; that is written last."""
        notebook = with_remarks(submission, result.remarks)
        self.course.record(student, self.name, notebook, result.ended)
        remarks = [*submission.remarks, *result.remarks]
        outcome = "stopped" if result.remarks else "repaired" if remarks else "graded"
        self.write_outcome(student, handed_in, outcome, remarks, result.seconds, job.seeds)

    def write_outcome(
        self, student: str, handed_in: str, outcome: str, remarks: list[str],
        seconds: float = 0.0, seeds: dict[str, int] | None = None,
    ) -> None:
        """Write the student's page, then what came of the work."""
        feedback.write(self.course, student, self.name)
        self.outcomes.mkdir(parents=True, exist_ok=True)
        part = self.outcome_file(student).with_suffix(".part")
        part.write_text(json.dumps({
            "handed_in": handed_in, "graded_by": self.graded_by, "outcome": outcome,
            "remarks": remarks, "seconds": seconds, "seeds": seeds or {}}, indent=1),
            encoding="utf-8")
        os.replace(part, self.outcome_file(student))


def digest(paths: list[Path]) -> str:
    """A checksum of files with their names."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.name.encode("utf-8", "surrogateescape") + b"\0")
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
