"""The page that a student gets back: what was lost and why, then the notebook as it was graded.

It is made by nbgrader's own `generate_feedback`, with the steps and the template that
`nbgrader_config.py` names, so that Formgrader's button and nbgrader's command give the same page.
Graded cells are shown as they were released, so no hidden test is on it; neither are paths of the
grader's machine.
"""

import os
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.writers.files import FilesWriter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from grading.record import REMARKS, Course, printable
from grading.sandbox import ROOT
from grading.standing import Book, Mark, Standing, standing_of
from helpers.exercise import NOT_WRITTEN
from helpers.manifest import load
from helpers.notebook import HIDDEN, Cell, Notebook, kind_of, name_of, outline_of

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
NEXT = {  # what to do about an error of this kind
    "NotRun": "The cells above stopped the run, or took too long: see what they print.",
    "NameError": "This name is not defined. Is it spelled as in the exercise, and does the cell "
    "that defines it run without an error?",
}
UNITS = {"day": 1440, "hour": 60, "minute": 1}  # in minutes
WRITE = "It costs nothing to try: write it, and run its tests."


class AsReleased(NbGraderPreprocessor):
    """Show graded cells without their hidden tests, and no places of the grader's machine."""

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple:
        """Change one cell."""
        cell.source = (
            HIDDEN.sub("", cell.source).rstrip() if kind_of(cell) == "test" else (cell.source)
        )
        for output in cell.get("outputs", []):
            for part in ("text", "evalue"):
                if part in output:
                    output[part] = without_places(output[part])
            if "traceback" in output:
                output.traceback = [without_places(line) for line in output.traceback]
        return cell, resources


class Explain(NbGraderPreprocessor):
    """Put what the page says above the notebook into `resources.course`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple:
        """Read the gradebook; the remarks at the notebook's head are taken from it."""
        facts = resources["nbgrader"]
        with Gradebook(facts["db_url"]) as book:
            standing = standing_of(book, facts["assignment"], facts["student"])
        remarks = [
            line.removeprefix("- ")
            for cell in nb.cells
            if cell.get("id") == REMARKS
            for line in re.sub(r"\\(.)", r"\1", cell.source).splitlines()[2:]
        ]
        book = released_as(facts["assignment"], nb)
        nb.cells = [
            cell
            for cell in nb.cells
            if kind_of(cell) == "words" or (cell.cell_type == "code" and kind_of(cell) != "given")
        ]
        said = {cell: (error.ename, as_said(error)) for cell, error in errors(nb).items()}
        resources["course"] = told(book, standing, said) | {
            "remarks": remarks,
            "policy": POLICY,
            "state": standing.digest,
            "style": (TEMPLATES / "style.css").read_text(encoding="utf-8"),
        }
        return nb, resources


class FeedbackExporter(HTMLExporter):
    """nbconvert's HTML by the course's own template."""

    def __init__(self, config: Config | None = None, **options: object) -> None:
        config = Config(config or {})
        config.HTMLExporter.template_name = "student"
        config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
        config.HTMLExporter.sanitize_html = True
        super().__init__(config=config, **options)


def configure(config: Config) -> None:
    """Let nbgrader's own button and command make this page: for `nbgrader_config.py`."""
    config.GenerateFeedback.exporter_class = FeedbackExporter
    config.GenerateFeedback.preprocessors = [AsReleased, Explain]


def released_as(name: str, notebook: NotebookNode) -> Notebook:
    """The assignment's outline; that of the notebook itself where the course has none such."""
    own = outline_of(name, notebook.cells)
    known = load().get(name)
    if known and {c.grade_id for c in known.tests} == {c.grade_id for c in own.tests}:
        return known
    return own


def told(book: Notebook, standing: Standing, said: dict[str, tuple[str, str]]) -> dict:
    """What the page says, for the template."""
    late = duration(standing.late_seconds) if standing.late_seconds else ""
    exercises = list(by_exercise(book, standing, said))
    words = [
        {
            "title": "Your answer in words",
            "mark": standing.marks[cell.grade_id],
            "comment": standing.comments.get(cell.grade_id, ""),
        }
        for cell in book.cells
        if cell.kind == "words" and cell.grade_id in standing.marks
    ]
    for entry in words:
        mark = entry.pop("mark")
        entry |= {"points": f"{mark.points:g}", "most": f"{mark.most:g}", "waiting": mark.waiting}
    return {
        "title": book.title or book.name,
        "called": printable(standing.called),
        "late": late,
        "points": f"{standing.points:g}",
        "most": f"{standing.most:g}",
        "penalty": f"{standing.penalty:g}" if standing.penalty else "",
        "exercises": exercises,
        "words": words,
        "whole": not any(exercise["lost"] for exercise in exercises),
    }


def by_exercise(
    book: Notebook, standing: Standing, said: dict[str, tuple[str, str]]
) -> Iterator[dict]:
    """Each exercise with its points, comments, and the tests that cost points.

    Tests after each other that failed with the same words are told together.
    """
    for number, title in book.exercises.items():
        cells = [cell for cell in book.cells if cell.exercise == number]
        tests = [
            (cell, standing.marks.get(cell.grade_id, Mark(0.0, cell.points)))
            for cell in cells
            if cell.kind == "test"
        ]
        yield {
            "title": f"{number} {title}",
            "section": book.sections.get(number, ""),
            "points": f"{sum(mark.points for _, mark in tests):g}",
            "most": f"{sum(mark.most for _, mark in tests):g}",
            "comments": [
                standing.comments[cell.grade_id]
                for cell in cells
                if cell.grade_id in standing.comments
            ],
            "lost": [
                {"tests": [test for _, test in same], **why}
                for why, same in groupby(
                    (
                        (reason(*said.get(cell.grade_id, ("", ""))), about(cell, mark))
                        for cell, mark in tests
                        if mark.lost
                    ),
                    key=itemgetter(0),
                )
            ],
        }


def about(cell: Cell, mark: Mark) -> dict:
    """Which test it is, and its points."""
    return {
        "label": f"Test {cell.label}",
        "asks": cell.asks,
        "points": f"{mark.points:g}",
        "most": f"{mark.most:g}",
    }


def reason(kind: str, message: str) -> dict:
    """Why a test cost points, and what to do about it."""
    unwritten = kind == "NotImplementedError" and NOT_WRITTEN in message
    return {
        "next": WRITE if unwritten else NEXT.get(kind, ""),
        "message": message or "Your instructor took these points off.",
    }


def errors(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The error of each graded cell that has one."""
    return {
        name_of(cell): output
        for cell in notebook.cells
        if kind_of(cell) == "test"
        for output in cell.outputs
        if output.output_type == "error"
    }


def as_said(output: NotebookNode) -> str:
    """An error as the student reads it in the notebook: the lines of their own code first."""
    lines = [without_places(line) for line in output.traceback] or [output.evalue]
    return "\n".join(lines).removeprefix("AssertionError: ").strip()


def without_places(text: str) -> str:
    """Text without colour codes and without the places of the grader's machine."""
    text = ANSI.sub("", text)
    for place, word in (
        (str(ROOT), "course"),
        (sys.prefix, "python"),
        (sys.base_prefix, "python"),
        (str(Path.home()), "home"),
    ):
        text = text.replace(place + os.sep, word + os.sep)
    return text


def duration(seconds: float) -> str:
    """A time in the largest units that matter."""
    minutes = max(1, round(seconds / 60))
    unit, size = next(u for u in UNITS.items() if minutes >= u[1])
    return f"{minutes // size} {unit}{'s' * (minutes >= 2 * size)}"


def page_of(course: Course, student: str, name: str) -> Path:
    """Where a student's page lies."""
    return course.folder("feedback", student, name) / f"{name}.html"


def is_current(course: Course, book: Book, student: str, name: str) -> bool:
    """Whether the page says what the gradebook says now, of the notebook that is kept."""
    page = page_of(course, student, name)
    graded = course.folder("autograded", student, name) / f"{name}.ipynb"
    try:
        head = page.read_text(encoding="utf-8")[:1000]
        fresh = page.stat().st_mtime >= graded.stat().st_mtime
        return fresh and f'content="{standing_of(book, name, student).digest}"' in head
    except (OSError, MissingEntry):
        return False


class Pages(GenerateFeedback):
    """nbgrader's `generate_feedback` for one student after another, with the template read once."""

    def __init__(self, course: Course, name: str) -> None:
        self.folders = CourseDirectory(config=course.config)
        self.folders.assignment_id = name
        super().__init__(coursedir=self.folders, config=course.config)
        self.log.setLevel("ERROR")
        self.force = True
        self.writer = FilesWriter(parent=self, config=self.config)
        self.exporter = self.exporter_class(parent=self, config=self.config)
        for step in self.preprocessors:
            self.exporter.register_preprocessor(step)

    def write(self, student: str) -> None:
        """Write `feedback/STUDENT/NAME/NAME.html` from what was graded."""
        self.folders.student_id = student
        self.init_notebooks()
        self.convert_notebooks()


def read_graded(course: Course, student: str, name: str) -> NotebookNode:
    """The notebook that is kept of a graded submission."""
    return nbformat.read(course.folder("autograded", student, name) / f"{name}.ipynb", 4)
