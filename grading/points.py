"""Write the points wherever they are told: `python -m grading.points`, or `make release`.

They stand in one place, the nbgrader metadata of the graded cells in `solutions/`. From there they
go into the cells' titles, the exercises' headings, the notebooks' openings and the README's table.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

from helpers.notebook import kind_of, nbgrader_of, outline_of, source_of

ROOT = Path(__file__).resolve().parent.parent
HEADING = re.compile(r"^(### Exercise ([\d.]+): .*? \()\d+ points?", re.M)
TITLE = re.compile(r"^(# Test \S+: .* \()\d+ points?\)", re.M)
OPENING = re.compile(r"(\*\*Points:\*\* )\d+")


def words(points: float) -> str:
    """So many points, in words."""
    return f"{points:g} point{'' if points == 1 else 's'}"


def told(notebook: dict) -> float:
    """Write the points into a notebook's cells; how many it gives at most."""
    book = outline_of("", notebook["cells"])
    for cell in notebook["cells"]:
        put(cell, OPENING, lambda found: f"{book.points:g}")
        put(cell, HEADING, lambda found: words(book.points_of(found[2])))
        if kind_of(cell) == "test":
            points = nbgrader_of(cell)["points"]
            put(cell, TITLE, lambda found, points=points: f"{words(points)})")
    return book.points


def put(cell: dict, pattern: re.Pattern, text: Callable[[re.Match], str]) -> None:
    """Put a text after a pattern's first group in a cell's source, wherever it is found."""
    source = pattern.sub(lambda found: found[1] + text(found), source_of(cell))
    lines = isinstance(cell["source"], list)
    cell["source"] = source.splitlines(keepends=True) if lines else source


def table(readme: str, totals: dict[str, float]) -> str:
    """The README with the points in its table of notebooks."""
    for name, total in totals.items():
        readme = re.sub(
            rf"^(\| `{name}` \|.*\| )\d+( \| \d+ \|)$", rf"\g<1>{total}\2", readme, flags=re.M
        )
    return re.sub(r"^(\| \| \| )\d+", rf"\g<1>{sum(totals.values())}", readme, flags=re.M)


def main() -> None:
    """Write them all; files that say the right thing stay as they are."""
    totals = {}
    for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        was = path.read_text(encoding="utf-8")
        notebook = json.loads(was)
        totals[path.stem] = told(notebook)
        now = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        if now != was:
            path.write_text(now, encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(table(readme.read_text(encoding="utf-8"), totals), encoding="utf-8")


if __name__ == "__main__":
    main()
