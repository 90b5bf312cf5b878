"""One model of a notebook, for all who read one: intake, manifest, progress, report, tests.

A cell that nbgrader knows has a grade id and a kind: "answer", where a learner writes; "test", a
graded cell; "given", what is locked and neither. A test belongs to the exercise before it.
"""

import hashlib
import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

LARGEST = 50_000_000  # bytes of a notebook file
LONGEST_CELL = 500_000  # characters
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*### END HIDDEN TESTS", re.S)


class Unreadable(ValueError):
    """There is no notebook to read; the text says why, to student and instructor."""


@dataclass(frozen=True)
class Cell:
    """A cell that nbgrader knows.

    `exercise` is the number of the one that it belongs to, such as "2.1", or ""; `label` is what a
    test calls itself, such as "2.1a"; `digest` is that of the source as released.
    """

    grade_id: str
    kind: str
    exercise: str
    label: str
    points: float
    digest: str


@dataclass(frozen=True)
class Notebook:
    """A notebook of the course: its title, its exercises' titles by number, its cells in order."""

    name: str
    title: str
    exercises: dict[str, str]
    cells: tuple[Cell, ...]

    @property
    def tests(self) -> list[Cell]:
        """The graded cells."""
        return [cell for cell in self.cells if cell.kind == "test"]

    @property
    def points(self) -> float:
        """The points that the notebook gives at most."""
        return sum(cell.points for cell in self.tests)

    def points_of(self, exercise: str) -> float:
        """The points that an exercise gives at most."""
        return sum(cell.points for cell in self.tests if cell.exercise == exercise)


def name_of(cell: Mapping) -> str:
    """The grade id of a cell, or nothing."""
    return nbgrader_of(cell).get("grade_id", "")


def kind_of(cell: Mapping) -> str:
    """What a cell is to nbgrader: "test", "answer", "given" or ""."""
    data = nbgrader_of(cell)
    if data.get("grade"):
        return "test"
    return "answer" if data.get("solution") else "given" if data.get("locked") else ""


def nbgrader_of(cell: Mapping) -> Mapping:
    """What nbgrader has written into a cell's metadata."""
    return cell["metadata"].get("nbgrader", {})


def source_of(cell: Mapping) -> str:
    """A cell's source, which a file may hold in lines."""
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)


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
    title, exercises, cells, current = "", {}, [], ""
    for cell in found:
        source, kind = source_of(cell), kind_of(cell)
        if cell["cell_type"] == "markdown":
            title = title or source.splitlines()[0].removeprefix("# ")
            for number, text in re.findall(r"^### Exercise ([\d.]+): (.*?) \(", source, re.M):
                current, exercises[number] = number, text
        if kind:
            label = re.match(r"# Test (\S+):", source)
            cells.append(Cell(name_of(cell), kind, "" if kind == "given" else current,
                              label[1] if label else "", nbgrader_of(cell).get("points", 0),
                              digest(source)))
    return Notebook(name, title, exercises, tuple(cells))


def parse(path: Path) -> "NotebookNode":
    """A notebook of any format version: its cells' kinds, sources, ids and nbgrader metadata.

    Raises:
        Unreadable: the file is a link, empty, too large, no JSON or no notebook.
    """
    import nbformat

    content = read_json(path)
    try:
        version = content["nbformat"]
        notebook = nbformat.from_dict(content)
        if version < 4:
            notebook = nbformat.convert(notebook, 4)
        return upright(notebook)
    except Exception as error:  # nbformat raises many kinds for what is no notebook
        raise Unreadable(f"{path.name} is no Jupyter notebook that can be read.") from error


def read_json(path: Path) -> dict:
    """What a notebook's file holds.

    Raises:
        Unreadable: the file is a link, empty, too large or no JSON.
    """
    try:
        facts = path.lstat()
    except OSError as error:
        raise Unreadable(f"{path.name} could not be read: {error.strerror}.") from error
    if stat.S_ISLNK(facts.st_mode):
        raise Unreadable(f"{path.name} is a link to another file; hand in the notebook itself.")
    if not stat.S_ISREG(facts.st_mode):
        raise Unreadable(f"{path.name} is no ordinary file.")
    if not facts.st_size:
        raise Unreadable(f"{path.name} is empty (0 bytes): save it again and hand it in anew.")
    if facts.st_size > LARGEST:
        raise Unreadable(f"{path.name} has {facts.st_size / 1e6:.0f} MB, more than the "
                         f"{LARGEST / 1e6:.0f} MB that are graded: clear its outputs.")
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is no UTF-8 text (byte {error.start}).") from error
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"{path.name} is damaged: it is no JSON{where}.") from error


def upright(notebook: "NotebookNode") -> "NotebookNode":
    """Only what is needed of a notebook; `told` in a cell's metadata is the id that it had."""
    import nbformat

    cells = []
    for cell in notebook["cells"]:
        make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
        new = make.get(cell.get("cell_type"), nbformat.v4.new_raw_cell)(
            source_of(cell)[:LONGEST_CELL])
        data = cell.get("metadata", {}).get("nbgrader")
        if isinstance(data, dict) and isinstance(data.get("grade_id"), str):
            new.metadata["nbgrader"] = nbformat.NotebookNode(data)
        new.metadata["told"] = str(cell.get("id", ""))
        cells.append(new)
    fresh = nbformat.v4.new_notebook(cells=cells)
    fresh.nbformat_minor = 5
    return fresh
