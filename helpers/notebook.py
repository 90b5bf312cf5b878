"""One model of a notebook, for all who read one: intake, manifest, progress, report, tests.

A cell that nbgrader knows has a grade id and a kind: "answer", where a learner writes code; "test",
a graded cell; "words", an answer in words, to which an instructor gives points; "given", what is
locked and none of these. A test belongs to the exercise before it.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*### END HIDDEN TESTS", re.S)


@dataclass(frozen=True)
class Cell:
    """A cell that nbgrader knows.

    `exercise` is the number of the one that it belongs to, such as "2.1", or ""; `label` is what a
    test calls itself, such as "2.1a", and `asks` what it asks for; `digest` is that of the source
    as released.
    """

    grade_id: str
    kind: str
    exercise: str
    label: str
    asks: str
    points: float
    digest: str


@dataclass(frozen=True)
class Notebook:
    """A notebook of the course: its title, its exercises' titles by number, its cells in order.

    `sections` are the headings of the sections that the exercises are in, by number.
    """

    name: str
    title: str
    exercises: dict[str, str]
    sections: dict[str, str]
    cells: tuple[Cell, ...]

    @property
    def tests(self) -> list[Cell]:
        """The graded cells."""
        return [cell for cell in self.cells if cell.kind == "test"]

    @property
    def points(self) -> float:
        """The points that the notebook's tests give at most."""
        return sum(cell.points for cell in self.tests)

    def points_of(self, exercise: str) -> float:
        """The points that an exercise gives at most."""
        return sum(cell.points for cell in self.tests if cell.exercise == exercise)


def name_of(cell: Mapping) -> str:
    """The grade id of a cell, or ""."""
    return nbgrader_of(cell).get("grade_id", "")


def kind_of(cell: Mapping) -> str:
    """What a cell is to nbgrader: "test", "answer", "words", "given" or ""."""
    data = nbgrader_of(cell)
    if data.get("grade"):
        return "words" if data.get("solution") else "test"
    return "answer" if data.get("solution") else "given" if data.get("locked") else ""


def nbgrader_of(cell: Mapping) -> Mapping:
    """What nbgrader has written into a cell's metadata."""
    return cell["metadata"].get("nbgrader", {})


def source_of(cell: Mapping) -> str:
    """A cell's source, which a file may hold in lines."""
    source = cell.get("source")
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def by_exercise(cells: list) -> Iterator[tuple[Mapping, list]]:
    """Each answer's cell with its graded cells, in order."""
    answer, tests = None, []
    for cell in cells:
        if kind_of(cell) == "answer":
            if answer is not None:
                yield answer, tests
            answer, tests = cell, []
        elif kind_of(cell) == "test":
            tests.append(cell)
    if answer is not None:
        yield answer, tests


def digest(source: str) -> str:
    """A checksum of a cell's source, without hidden tests and the spaces around it."""
    source = HIDDEN.sub("", source)
    return hashlib.sha256(source.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def outline(path: Path) -> Notebook:
    """What a notebook of the course holds."""
    return outline_of(path.stem, json.loads(path.read_text(encoding="utf-8"))["cells"])


def outline_of(name: str, found: list[Mapping]) -> Notebook:
    """The same of its cells."""
    title, exercises, sections, cells, section, current = "", {}, {}, [], "", ""
    for cell in found:
        source, kind = source_of(cell), kind_of(cell)
        if cell["cell_type"] == "markdown":
            title = title or source.partition("\n")[0].removeprefix("# ")
            for heading, number, text in re.findall(
                r"^## (.*)$|^### Exercise ([\d.]+): (.*?) \(", source, re.M
            ):
                section = heading or section
                if number:
                    current, exercises[number], sections[number] = number, text, section
        if kind:
            test = re.match(r"# Test (\S+): (.*?)(?: \([\d.]+ points?\))?$", source, re.M)
            label, asks = test.groups() if test else ("", "")
            cells.append(
                Cell(
                    name_of(cell),
                    kind,
                    current if kind in ("answer", "test") else "",
                    label,
                    asks,
                    nbgrader_of(cell).get("points", 0),
                    digest(source),
                )
            )
    return Notebook(name, title, exercises, sections, tuple(cells))
