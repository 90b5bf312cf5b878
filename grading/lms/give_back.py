"""Grades as a learning management system reads them, and the pages in the layout that it wants.

Moodle: the assignment's grading worksheet and "Upload multiple feedback files in a zip". Canvas:
the gradebook's CSV file and "Upload submissions". Plain: a table and a folder for each student.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from grading.feedback import page_of
from grading.files import write_whole
from grading.lms.collect import read_state
from grading.record import Course
from grading.report import safe
from grading.standing import Book, Standing, standing_of
from helpers.notebook_file import text_of

MOODLE: tuple[str, ...] = (
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (submission)",
    "Last modified (grade)",
    "Feedback comments",
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


class BadSheet(ValueError):
    """The system's own file cannot be filled in; the text says why."""


@dataclass(frozen=True)
class Line:
    """A student with what the gradebook and the download know; no standing: nothing handed in."""

    id: str
    first_name: str
    last_name: str
    email: str
    number: str
    standing: Standing | None

    @property
    def points(self) -> str:
        """The points as text, empty without any."""
        return f"{self.standing.points:g}" if self.standing else ""

    @property
    def called(self) -> str:
        """First and last name, or the id."""
        return f"{self.first_name} {self.last_name}".strip() or self.id


def lines(book: Book, name: str, state: dict) -> Iterator[Line]:
    """Everybody whom the gradebook knows."""
    for person in book.students:
        try:
            standing = standing_of(book, name, person.id)
        except MissingEntry:
            standing = None
        number = person.lms_user_id or state.get(person.id, {}).get("number", "")
        yield Line(
            person.id,
            person.first_name or "",
            person.last_name or "",
            person.email or "",
            number,
            standing,
        )


def moodle(people: list[Line], most: float, name: str) -> list[list[str]]:
    """A worksheet of Moodle's columns; Moodle finds people by the identifier."""
    return [list(MOODLE)] + [
        [
            f"Participant {p.number}",
            safe(p.called),
            p.email,
            "",
            p.points,
            f"{most:g}",
            "Yes",
            "-",
            "-",
            "",
        ]
        for p in people
        if p.number
    ]


def canvas(people: list[Line], most: float, name: str) -> list[list[str]]:
    """A gradebook file of Canvas's columns; Canvas finds people by its ID or the login."""
    head = [[*CANVAS, name], ["    Points Possible", "", "", "", "", f"{most:g}"]]
    return head + [
        [
            safe(", ".join(filter(None, (p.last_name, p.first_name))) or p.id),
            p.number,
            "",
            p.id,
            "",
            p.points,
        ]
        for p in people
    ]


def table(people: list[Line], most: float, name: str) -> list[list[str]]:
    """A plain table."""
    return [["id", "name", "email", "points", "maximum"]] + [
        [safe(p.id), safe(p.called), safe(p.email), p.points, f"{most:g}"] for p in people
    ]


SHEETS: dict[str, Callable[[list[Line], float, str], list[list[str]]]] = {
    "moodle": moodle,
    "canvas": canvas,
    "plain": table,
}


class SheetExport(ExportPlugin):
    """nbgrader's export plug-in: `nbgrader export --exporter=grading.lms.give_back.MoodleExport`.

    One assignment; `state` is what was collected, `sheet` the system's own file to be filled in.
    """

    system = Unicode("plain")
    sheet = Unicode("").tag(config=True)
    column = Unicode("").tag(config=True)
    state: dict = {}

    def export(self, gradebook: Gradebook) -> None:
        """Write the file to `to`."""
        if len(self.assignment) != 1:
            raise BadSheet("name one assignment: --assignment NAME")
        name = self.assignment[0]
        people = list(lines(gradebook, name, self.state))
        most = sum(cell.max_score for cell in gradebook.find_notebook(name, name).grade_cells)
        rows = (
            filled(Path(self.sheet), self.system, people, self.column or name, most)
            if self.sheet
            else SHEETS[self.system](people, most, name)
        )
        file = io.StringIO()
        csv.writer(file).writerows(rows)
        write_whole(Path(self.to or f"{name}.{self.system}.csv"), file.getvalue())


class MoodleExport(SheetExport):
    """For Moodle's assignment: "Upload grading worksheet"."""

    system = Unicode("moodle")


class CanvasExport(SheetExport):
    """For Canvas's gradebook: "Import"."""

    system = Unicode("canvas")


def filled(
    sheet: Path, system: str, people: list[Line], column: str, most: float
) -> list[list[str]]:
    """The system's own file with the points in their column, and nothing else changed.

    Raises:
        BadSheet: it has no such column, or Moodle gives another number than `most` points at most.
    """
    rows = list(csv.reader(io.StringIO(text_of(sheet.read_bytes()))))
    head = rows[0] if rows else []
    finds = {"moodle": ("Identifier",), "canvas": ("ID", "SIS Login ID", "SIS User ID")}.get(
        system, ("id",)
    )
    wanted = "Grade" if system == "moodle" else column
    places = [
        i
        for i, title in enumerate(head)
        if title == wanted or re.fullmatch(re.escape(wanted) + r" \(\d+\)", title)
    ]
    if len(places) != 1 or not any(title in head for title in finds):
        raise BadSheet(
            f"{sheet.name} has {len(places)} columns called {wanted!r}; its columns are "
            f"{', '.join(head)}. Name one: COLUMN=..."
        )
    if system == "moodle" and "Maximum Grade" in head:
        for row in rows[1:]:
            told = "".join(row[head.index("Maximum Grade") :][:1]).replace(",", ".").strip()
            if re.fullmatch(r"[\d.]+", told) and float(told) != most:
                raise BadSheet(
                    f"the maximum grade is {told} in {sheet.name}, but {most:g} in the notebook: "
                    f"set it to {most:g} in Moodle's assignment and download the worksheet again"
                )
    points = {key: p.points for p in people for key in (p.number, p.id) if key and p.standing}
    for row in rows[1:]:
        row += [""] * (len(head) - len(row))
        keys = [
            row[head.index(title)].removeprefix("Participant ").strip()
            for title in finds
            if title in head
        ]
        found = next((points[key] for key in keys if key in points), None)
        if found is not None:
            row[places[0]] = found
    return rows


def give_back(course: Course, name: str, system: str, sheet: str = "", column: str = "") -> list:
    """Write `return/NAME.SYSTEM.csv` and `return/NAME.SYSTEM.zip`; their paths.

    Raises:
        BadSheet: there is no such system, or its file cannot be filled in.
        FileNotFoundError: there is no such assignment.
    """
    if system not in SHEETS:
        raise BadSheet(f"there is no layout {system}; there are {', '.join(SHEETS)}")
    course.require(name)
    folder, state = course.root / "return", read_state(course, name)
    plugin = {"moodle": MoodleExport, "canvas": CanvasExport}.get(system, SheetExport)()
    plugin.assignment, plugin.to = [name], str(folder / f"{name}.{system}.csv")
    plugin.sheet, plugin.column, plugin.state = sheet, column, state
    with course.gradebook() as book:
        plugin.export(book)
        people = list(lines(book, name, state))
    archive = folder / f"{name}.{system}.zip"
    part = archive.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pages:
        for person in people:
            page = page_of(course, person.id, name)
            if person.standing and page.is_file():
                pages.write(page, place_of(person, name, system, state.get(person.id, {})))
    part.replace(archive)
    return [Path(plugin.to), archive]


def place_of(person: Line, name: str, system: str, known: dict) -> str:
    """What a page is called in the archive, so that the system gives it to the right person."""
    same = known.get("layout") == system
    if system == "moodle" and person.number:
        reply = (
            known["reply"]
            if same
            else (f"{person.called.replace('_', ' ')}_{person.number}_assignsubmission_file")
        )
        return f"{reply}/{name}.html"
    if system == "canvas" and same:
        return f"{known['reply']}_{name}.html"
    return f"{person.id}/{name}.html"
