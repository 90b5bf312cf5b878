"""The class at a glance, as one page and as a CSV file, both made from the gradebook."""

import base64
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from nbformat import NotebookNode
from nbgrader.api import MissingEntry

from grading.feedback import TEMPLATES, duration, errors, read_graded, released_as
from grading.files import write_whole
from grading.look import alike, reaches
from grading.misconceptions import misconceptions
from grading.record import Course, printable
from grading.standing import Book, Standing, standing_of
from grading.statistics import FEWEST, of_cells
from helpers.notebook import Notebook, kind_of

FORMULA = re.compile(r"^[=+\-@\t\r]")  # what a spreadsheet would compute


@dataclass
class Row:
    """A student in the report: the standing, what became of the run, what needs a look.

    `attempt` counts the versions that were graded.
    """

    standing: Standing
    outcome: str
    attempt: int
    seconds: float
    remarks: list[str]
    by_exercise: dict[str, float]
    look: list[str] = field(default_factory=list)

    @property
    def student(self) -> str:
        """The id."""
        return self.standing.student


def page(course: Course) -> Path:
    """Where the report of the last graded assignment lies."""
    return course.root / ".grading" / "class.html"


def write(course: Course, name: str, outcomes: Mapping[str, dict]) -> dict[str, str]:
    """Write `.grading/NAME.csv`, `.grading/NAME.html` and the same page as `class.html`.

    `outcomes` says by student what became of the run. Returns who could not be shown, and why.
    """
    notebooks: dict[str, NotebookNode] = {}
    standings, failed = {}, {}
    with course.gradebook() as book:
        for student in outcomes:
            try:
                standings[student] = standing_of(book, name, student)
                notebooks[student] = read_graded(course, student, name)
            except Exception as error:  # one student's files; the others' report goes on
                standings.pop(student, None)
                failed[student] = f"no row in the report: {type(error).__name__}: {error}"
        absent = not_handed_in(book, name, outcomes)
    release = course.read_release(name)
    outline = released_as(name, release)
    rows = [row_of(standing, outcomes[student], outline) for student, standing in standings.items()]
    similar = alike(notebooks, release)
    for row in rows:
        row.look = seen(row.student, notebooks[row.student], similar, outline)
    said = {
        student: {cell: error.evalue for cell, error in errors(notebook).items()}
        for student, notebook in notebooks.items()
    }
    folder = page(course).parent
    write_whole(folder / f"{name}.csv", table(rows, outline))
    text = render(outline, rows, absent, failed, said)
    for target in (folder / f"{name}.html", page(course)):
        write_whole(target, text)
    return failed


def not_handed_in(book: Book, name: str, outcomes: Mapping[str, dict]) -> list[str]:
    """Those whom the gradebook knows and who have handed nothing in."""
    absent = []
    for person in book.students:
        if person.id not in outcomes:
            called = " ".join(filter(None, [person.first_name, person.last_name]))
            try:
                book.find_submission(name, person.id)
            except MissingEntry:
                absent.append(printable(f"{called} ({person.id})" if called else person.id))
    return absent


def row_of(standing: Standing, outcome: dict, outline: Notebook) -> Row:
    """A student's row, before anybody was compared."""
    points = {
        number: sum(
            standing.marks[cell.grade_id].points
            for cell in outline.tests
            if cell.exercise == number and cell.grade_id in standing.marks
        )
        for number in outline.exercises
    }
    return Row(
        standing,
        outcome.get("outcome", ""),
        outcome.get("attempt", 1),
        outcome.get("seconds", 0.0),
        outcome.get("remarks", []),
        points,
    )


def seen(
    student: str,
    notebook: NotebookNode,
    similar: dict[str, dict[str, list[str]]],
    outline: Notebook,
) -> list[str]:
    """What may be worth a look in a submission, in words and with no verdict."""
    number = {cell.grade_id: cell.exercise for cell in outline.cells}
    found = []
    if names := reaches(notebook):
        found.append(f"Its code uses {', '.join(names)}, which no exercise needs.")
    same: dict[str, list[str]] = {}
    for other, exercises in sorted(similar.get(student, {}).items()):
        same.setdefault(", ".join(sorted(number.get(e, e) for e in exercises)), []).append(other)
    for exercises, others in same.items():
        found.append(f"Same code as {', '.join(map(printable, others))} in {exercises}.")
    unlocked = [cell for cell in notebook.cells if cell.cell_type == "code" and not kind_of(cell)]
    if any("Same as Test" in cell.source or "AssertionError" in cell.source for cell in unlocked):
        found.append("A cell of its own writes what a test would say.")
    return found


def table(rows: list[Row], outline: Notebook) -> str:
    """The CSV file; no value of it is a formula."""
    file = io.StringIO()
    writer = csv.writer(file)
    cells = list(rows[0].standing.marks) if rows else [cell.grade_id for cell in outline.tests]
    writer.writerow(
        [
            "student",
            "name",
            "points",
            "penalty",
            "late",
            "attempt",
            "outcome",
            "seconds",
            *outline.exercises,
            *cells,
            "look",
            "remarks",
        ]
    )
    for row in rows:
        standing = row.standing
        marks = [f"{standing.marks[c].points:g}" if c in standing.marks else "" for c in cells]
        values = [
            row.student,
            standing.called,
            f"{standing.points:g}",
            f"{standing.penalty:g}",
            late(standing),
            str(row.attempt),
            row.outcome,
            f"{row.seconds:.1f}",
            *(f"{points:g}" for points in row.by_exercise.values()),
            *marks,
            " ".join(row.look),
            " ".join(row.remarks),
        ]
        writer.writerow([safe(value) for value in values])
    return file.getvalue()


def safe(value: str) -> str:
    """A value that a spreadsheet shows rather than computes."""
    number = re.fullmatch(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?", value)
    return f"'{value}" if FORMULA.match(value) and not number else value


def late(standing: Standing) -> str:
    """How late it was, or ""."""
    return duration(standing.late_seconds) if standing.late_seconds else ""


def render(
    outline: Notebook,
    rows: list[Row],
    absent: list[str],
    failed: Mapping[str, str],
    said: Mapping[str, dict],
) -> str:
    """The page as HTML."""
    script = (TEMPLATES / "class.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    points = [row.standing.points for row in rows]
    most = max((row.standing.most for row in rows), default=outline.points)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters |= {
        "printable": printable,
        "quoted": lambda text: quote(text, errors=("surrogateescape")),
        "late": late,
    }
    marks = [{cell: mark.points for cell, mark in row.standing.marks.items()} for row in rows]
    tests = {cell.grade_id: cell.points for cell in outline.tests}
    return templates.get_template("class.html.j2").render(
        outline=outline,
        rows=rows,
        absent=absent,
        failed=failed,
        most=most,
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
        script=script,
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8"),
        mean=sum(points) / len(points) if points else 0,
        steps=steps(points, most),
        outcomes=Counter(row.outcome for row in rows).most_common(),
        cells=of_cells(marks, tests),
        fewest=FEWEST,
        causes=misconceptions(outline, said),
        called={row.student: printable(row.standing.called) for row in rows},
    )


def steps(points: list[float], most: float) -> list[tuple[str, int]]:
    """How many earned how much, in ten steps."""
    width = most / 10 or 1
    counts = Counter(min(9, int(got / width)) for got in points)
    return [(f"{width * n:g} to {width * (n + 1):g}", counts[n]) for n in range(10)]
