"""How far a learner has come: `python -m helpers.progress`, or `show_progress()` in a notebook.

Read from the notebooks on disk, that is, from what their graded cells printed when last saved.
"""

import html
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from helpers.manifest import NOTEBOOKS, load
from helpers.notebook import Cell, Notebook, digest, name_of, source_of
from helpers.show import drawing, print_what_it_can


@dataclass(frozen=True)
class Standing:
    """How a notebook stands: the graded cells that pass, or why nothing is known."""

    notebook: Notebook
    passed: tuple[Cell, ...]
    problem: str = ""
    answered: bool = False  # something was written into an answer cell
    ran: bool = False  # some graded cell has an output

    @property
    def points(self) -> float:
        """The points of the visible checks that pass."""
        return sum(cell.points for cell in self.passed)

    @property
    def done(self) -> bool:
        """Whether every visible check passes."""
        return len(self.passed) == len(self.notebook.tests)

    @property
    def state(self) -> str:
        """The standing in a few words."""
        if self.problem:
            return self.problem
        if not self.answered and not self.passed:
            return "not begun"
        if not self.ran:
            return "not run yet"
        return f"{self.points:g} of {self.notebook.points:g}" + (" ✓" if self.done else "")

    @property
    def open_exercise(self) -> str:
        """The number of the first exercise with a check that does not pass, or ""."""
        return next((c.exercise for c in self.notebook.tests if c not in self.passed), "")


def standings(folder: Path = NOTEBOOKS) -> list[Standing]:
    """How every notebook in `folder` stands, in the course's order."""
    return [standing(folder / name / f"{name}.ipynb", book) for name, book in load().items()]


def standing(path: Path, notebook: Notebook) -> Standing:
    """How one notebook stands; a file that is missing or damaged is said, not raised."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        known = {name_of(cell): cell for cell in cells if cell["cell_type"] == "code"}
        outputs = {grade_id: cell["outputs"] for grade_id, cell in known.items()}
        answered = any(
            cell.digest != digest(source_of(known[cell.grade_id]))
            for cell in notebook.cells
            if cell.kind == "answer" and cell.grade_id in known
        )
    except OSError:
        return Standing(notebook, (), "not here")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Standing(notebook, (), "damaged")
    passed = [cell for cell in notebook.tests if passes(outputs.get(cell.grade_id) or [])]
    ran = any(outputs.get(cell.grade_id) for cell in notebook.tests)
    return Standing(notebook, tuple(passed), answered=answered, ran=ran)


def passes(outputs: list[dict]) -> bool:
    """Whether a graded cell printed that its check passed, and nothing failed in it."""
    printed = "".join("".join(o.get("text", "")) for o in outputs)
    failed = any(o.get("output_type") == "error" for o in outputs)
    return printed.startswith("✓") and not failed


def next_step(found: list[Standing], here: str = "") -> str:
    """What to do next, in a sentence.

    The notebook `here` comes first, then one that is begun, then the others.
    """
    for at in sorted(found, key=lambda at: (at.notebook.name != here, not at.passed)):
        if at.open_exercise and not at.problem:
            number = at.open_exercise
            return (
                f"Next: exercise {number}, {at.notebook.exercises[number]} "
                f"({at.notebook.points_of(number):g} points), in notebook {number[:1]}."
            )
    if all(at.problem for at in found):
        return "None of the course's notebooks can be read, so nothing is known yet."
    if any(at.problem for at in found):
        return "Every check passes in the notebooks that are here."
    return "Every visible check passes. You have built a U-Net and trained it."


@drawing
def show_progress() -> None:
    """Show how far you are, from the notebooks beside this one, as they were last saved.

    Where there are none, from those of the course's own folder.
    """
    from IPython.display import display

    beside = Path.cwd().parent
    if not any((beside / name).is_dir() for name in load()):
        beside = NOTEBOOKS  # the kernel started in another folder, as editors do
    found, here = standings(beside), Path.cwd().name
    display({"text/html": table(found, here), "text/plain": as_text(found, here)}, raw=True)


def table(found: list[Standing], here: str = "") -> str:
    """The standings as a table, a column a notebook, that takes its colours from the theme."""
    heads, states = [], []
    for at in found:
        name, title = at.notebook.name, html.escape(at.notebook.title)
        link = f"../{name}/{name}.ipynb"
        heads.append(f'<th scope="col" style="{CELL}"><a href="{link}">{title}</a></th>')
        states.append(f'<td style="{CELL}">{html.escape(at.state)}</td>')
    return (
        '<table class="course" style="table-layout: fixed; width: 100%">'
        '<caption style="text-align: left; caption-side: bottom">'
        f"{html.escape(next_step(found, here))} Read from the notebooks as last saved.</caption>"
        f"<tr>{''.join(heads)}</tr><tr>{''.join(states)}</tr></table>"
    )


# Beside the list of files on a laptop, "segmentation" just fits.
CELL = (
    "text-align: left; vertical-align: top; white-space: normal; overflow-wrap: anywhere; "
    "padding: 0.4em 0.3em; font-size: 95%"
)


def as_text(found: list[Standing], here: str = "") -> str:
    """The standings as lines of text."""
    width = max(len(at.notebook.title) for at in found)
    lines = [f"{at.notebook.title:{width}}  {at.state}" for at in found]
    total = f"{sum(at.points for at in found):g} of {sum(at.notebook.points for at in found):g}"
    return "\n".join(
        [*lines, f"{'':{width}}  {total} points of visible checks", next_step(found, here)]
    )


if __name__ == "__main__":
    print_what_it_can()
    print(as_text(standings(Path(sys.argv[1]) if sys.argv[1:] else NOTEBOOKS)))
