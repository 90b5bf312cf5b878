"""What the released notebooks hold, so that a learner's copy can be compared with it.

`python -m helpers.manifest` writes it down from `notebooks/`; `make release` does so.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
MANIFEST = Path(__file__).parent / "assets" / "manifest.json"


@dataclass(frozen=True)
class Cell:
    """A cell that nbgrader knows.

    `kind` is "answer", "test" or "given"; `exercise` is the number of the one that it belongs to,
    such as "2.1", or ""; `label` is what a test calls itself, such as "2.1a"; `digest` is that
    of the source as released.
    """

    grade_id: str
    kind: str
    exercise: str
    label: str
    points: float
    digest: str


@dataclass(frozen=True)
class Notebook:
    """A released notebook: its title, its exercises' titles by number, its cells in order."""

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


@cache
def load() -> dict[str, Notebook]:
    """Every released notebook by name, in the course's order."""
    return {
        entry["name"]: Notebook(**entry | {"cells": tuple(Cell(**c) for c in entry["cells"])})
        for entry in json.loads(MANIFEST.read_text())
    }


def digest(source: str) -> str:
    """A checksum of a cell's source, without hidden tests and the spaces around it."""
    source = re.sub(r"### BEGIN HIDDEN TESTS.*### END HIDDEN TESTS", "", source, flags=re.S)
    return hashlib.sha256(source.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_release(path: Path) -> Notebook:
    """What a released notebook holds."""
    content = json.loads(path.read_text())
    title, exercises, cells, current = "", {}, [], ""
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            title = title or source.splitlines()[0].removeprefix("# ")
            for number, text in re.findall(r"^### Exercise ([\d.]+): (.*?) \(", source, re.M):
                current, exercises[number] = number, text
        data = cell["metadata"].get("nbgrader")
        if data:
            kind = "test" if data["grade"] else "answer" if data["solution"] else "given"
            label = re.match(r"# Test (\S+):", source)
            cells.append(Cell(data["grade_id"], kind, "" if kind == "given" else current,
                              label[1] if label else "", data.get("points", 0), digest(source)))
    return Notebook(path.stem, title, exercises, tuple(cells))


def released() -> str:
    """The manifest of the notebooks in `notebooks/`, as text."""
    entries = [asdict(read_release(path)) for path in sorted(NOTEBOOKS.glob("*/*.ipynb"))]
    return json.dumps(entries, indent=1) + "\n"


if __name__ == "__main__":
    MANIFEST.write_text(released())
