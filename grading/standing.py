"""What the gradebook says of a submission: the one source of page, report and table."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Book = Any  # nbgrader's Gradebook, whose annotations take a row's values for columns


@dataclass(frozen=True)
class Mark:
    """A graded cell: its points, extra credit among them; `waiting` for an instructor's points."""

    points: float
    most: float
    waiting: bool = False

    @property
    def lost(self) -> bool:
        """Whether points are missing for good."""
        return self.points < self.most and not self.waiting


@dataclass(frozen=True)
class Standing:
    """A submission in the gradebook: marks and comments by cell; times in UTC, points in all."""

    student: str
    called: str
    marks: dict[str, Mark]
    comments: dict[str, str] = field(default_factory=dict)
    moment: datetime | None = None
    late_seconds: float = 0.0
    penalty: float = 0.0

    @property
    def points(self) -> float:
        """What the student has in the end: nbgrader's score less the penalty for being late."""
        return sum(mark.points for mark in self.marks.values()) - self.penalty

    @property
    def most(self) -> float:
        """The points that there are."""
        return sum(mark.most for mark in self.marks.values())

    @property
    def waiting(self) -> bool:
        """Whether an instructor has still to give points."""
        return any(mark.waiting for mark in self.marks.values())

    @property
    def digest(self) -> str:
        """A checksum of all of it."""
        return hashlib.sha256(repr(self).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def standing_of(book: Book, name: str, student: str) -> Standing:
    """What the gradebook says of a student's submission of an assignment.

    Raises:
        MissingEntry: it holds none.
    """
    submission = book.find_submission(name, student)
    notebook = book.find_submission_notebook(name, name, student)
    person = submission.student
    called = " ".join(filter(None, [person.first_name, person.last_name]))
    marks = {
        grade.name: Mark(grade.score or 0.0, grade.max_score, bool(grade.needs_manual_grade))
        for grade in sorted(notebook.grades, key=lambda grade: grade.name)
    }
    # not nbgrader's own "No response.", which is no word of the instructor's
    comments = {c.name: c.manual_comment for c in notebook.comments if c.manual_comment}
    return Standing(
        student,
        called or student,
        marks,
        dict(sorted(comments.items())),
        submission.timestamp,
        submission.total_seconds_late,
        notebook.late_submission_penalty or 0.0,
    )
