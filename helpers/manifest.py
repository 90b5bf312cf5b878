"""What the released notebooks hold, so that a learner's copy can be compared with it.

`python -m helpers.manifest` writes it down from `notebooks/`; `make release` does so.
"""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

from helpers.notebook import Cell, Notebook, outline

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
MANIFEST = Path(__file__).parent / "assets" / "manifest.json"


@cache
def load() -> dict[str, Notebook]:
    """Every released notebook by name, in the course's order."""
    return {
        entry["name"]: Notebook(**entry | {"cells": tuple(Cell(**c) for c in entry["cells"])})
        for entry in json.loads(MANIFEST.read_text(encoding="utf-8"))
    }


def label_of(grade_id: str) -> str:
    """What a graded cell is called in its notebook, such as 2.1a, or ""."""
    return next(
        (
            cell.label
            for book in load().values()
            for cell in book.cells
            if cell.grade_id == grade_id
        ),
        "",
    )


def released() -> str:
    """The manifest of the notebooks in `notebooks/`, as text."""
    entries = [asdict(outline(path)) for path in sorted(NOTEBOOKS.glob("*/*.ipynb"))]
    return json.dumps(entries, indent=1) + "\n"


if __name__ == "__main__":
    MANIFEST.write_text(released(), encoding="utf-8")
