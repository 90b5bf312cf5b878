"""What is to be said of a notebook before it is handed in."""

import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.grading.intake import Unreadable, name_of, parse
from helpers.manifest import Notebook, digest, load
from helpers.ready.rerun import CELL_SECONDS, Rerun, rerun

GOOD, NOTE, BAD = "✓", "!", "✗"
HIDDEN = ("Hidden tests repeat these checks on other inputs. They run only where you are graded, "
          "so nothing here says how they will come out.")


@dataclass(frozen=True)
class Finding:
    """One line of the report, and what to do about it."""

    mark: str
    text: str
    step: str = ""

    def __str__(self) -> str:
        return f"{self.mark} {self.text}" + (f"\n    next: {self.step}" if self.step else "")


def as_text(line: Finding | str, width: int = 96) -> str:
    """A line of a report, broken between words where it is longer than a notebook is wide."""
    indents = (8, 2) if isinstance(line, Finding) else (0, 0)  # under the step, under the text
    return "\n".join(
        textwrap.fill(part, width, subsequent_indent=" " * indents[not part.startswith(" ")])
        for part in str(line).splitlines())


def find(wanted: str) -> tuple[Path, Notebook]:
    """The file and the assignment that a path, or an assignment's name, means.

    Raises:
        Unreadable: there is no such notebook, or it is none of the course's.
    """
    path = Path(wanted).expanduser()
    if path.suffix != ".ipynb":
        folders = (Path.cwd(), Path.cwd() / wanted, Path.cwd() / "notebooks" / wanted)
        path = next((p for f in folders if (p := f / f"{path.name}.ipynb").is_file()), path)
    if not path.is_file():
        raise Unreadable(f"there is no notebook {wanted} here ({Path.cwd()}).")
    own = {name_of(cell) for cell in parse(path).cells}
    best = max(load().values(), key=lambda n: len(own & {c.grade_id for c in n.cells if c.label}))
    if not own & {c.grade_id for c in best.cells if c.kind != "given"}:
        raise Unreadable(f"{path.name} has no exercise of the course in it. Was it saved by another"
                         " program? Put your answers into a fresh copy.")
    return path, best


def examine(path: Path, notebook: Notebook) -> Iterator[Finding]:
    """What can be said of a notebook without running it."""
    if path.name == f"{notebook.name}.ipynb":
        yield Finding(GOOD, "it has the right name")
    else:
        yield Finding(BAD, f"it is called {path.name}, not {notebook.name}.ipynb",
                      "rename it: right-click on it in the file browser, Rename")
    cells = [cell for cell in parse(path).cells if name_of(cell)]
    count = Counter(map(name_of, cells))
    sources = {name_of(cell): cell.source for cell in cells}
    kinds = {name_of(cell): cell.cell_type for cell in cells}
    faults = list(faults_of_cells(notebook, count, sources, kinds))
    yield from faults
    if not any(fault.mark == BAD for fault in faults):
        yield Finding(GOOD, f"every exercise ({len(notebook.exercises)}) and every graded cell "
                      f"({len(notebook.tests)}) is there, once")


def faults_of_cells(
    notebook: Notebook, count: Counter, sources: dict[str, str], kinds: dict[str, str]
) -> Iterator[Finding]:
    """Cells that are missing, doubled, of another type, or edited where they are locked."""
    edited = []
    for cell in notebook.cells:
        what = {"answer": f"the answer cell of exercise {cell.exercise}",
                "test": f"graded cell {cell.label}", "given": "the given cell"}[cell.kind]
        what = f"{what} ({cell.grade_id})"
        if not count[cell.grade_id]:
            yield Finding(BAD, f"{what} is missing",
                          "put your answers into a fresh copy of the notebook")
        elif count[cell.grade_id] > 1:
            yield Finding(BAD, f"{what} is there {count[cell.grade_id]} times",
                          "keep one: click to the left of each other one and press D twice")
        elif kinds[cell.grade_id] != "code":
            yield Finding(BAD, f"{what} is no longer a code cell",
                          "click to the left of it and press Y")
        elif cell.kind != "answer" and digest(sources[cell.grade_id]) != cell.digest:
            edited.append(cell.label or cell.grade_id)
    if edited:
        yield Finding(NOTE, f"edited: {', '.join(edited)}. Such cells are graded as they were "
                      "released", "put tries of your own into a cell of their own")


def verdict(notebook: Notebook, run: Rerun) -> Iterator[Finding]:
    """What the run from a fresh kernel showed."""
    yield from how_it_ran(notebook, run)
    passed = [cell for cell in notebook.tests if run.passed(cell.grade_id)]
    points = sum(cell.points for cell in passed)
    mark = GOOD if len(passed) == len(notebook.tests) else BAD
    yield Finding(mark, f"visible checks: {len(passed)} of {len(notebook.tests)} pass, "
                  f"{points:g} of {notebook.points:g} points")
    for number, title in notebook.exercises.items():
        tests = [cell for cell in notebook.tests if cell.exercise == number]
        failed = [cell for cell in tests if cell not in passed]
        errors = {cell.label: run.error(cell.grade_id) for cell in failed}
        if failed and all(kind == "NotImplementedError" for kind, _ in errors.values()):
            yield Finding(BAD, f"exercise {number}, {title}, is not written yet "
                          f"({notebook.points_of(number):g} points)",
                          "write it; two hints are folded above it")
            continue
        for label, (kind, message) in errors.items():
            text = message if kind == "AssertionError" else f"{kind}: {message}"
            yield Finding(BAD, f"check {label}: {gist(text)}",
                          f"read the whole message under the check; mend exercise {number}")


def how_it_ran(notebook: Notebook, run: Rerun) -> Iterator[Finding]:
    """Whether it ran to its end, within the time, and which other cells failed."""
    graded = {cell.grade_id for cell in notebook.tests}
    if run.ended:
        yield Finding(BAD, f"it does not run whole: {run.ended}",
                      "mend that cell; then Kernel, Restart Kernel and Run All Cells")
    for cell in run.cells:
        if cell.seconds > CELL_SECONDS:
            yield Finding(BAD, f"{cell.place} took longer than the {CELL_SECONDS} s a cell may",
                          "look for a loop that does not end, or does too much")
        elif cell.error and cell.grade_id not in graded:
            yield Finding(BAD, f"{cell.place} stops with {cell.error[0]}: "
                          f"{gist(cell.error[1])}", "mend it, or delete it if it is your own")
    if not run.ended:
        yield Finding(GOOD, f"it ran to its end from a fresh kernel, in {run.seconds:.0f} s")


def gist(text: str) -> str:
    """The first line of a message and its likely cause, each cut where it is long."""
    lines = (text.strip() or "no message").splitlines()
    chosen = [lines[0], *(line for line in lines[1:] if line.startswith("Likely cause"))][:2]
    return " ".join(line if len(line) <= 160 else line[:157] + "..." for line in chosen)


def age(path: Path) -> str:
    """When a file was last saved, in words."""
    minutes = round((time.time() - path.stat().st_mtime) / 60)
    ago = "just now" if minutes < 1 else f"{minutes} min ago" if minutes < 120 else "hours ago"
    return f"{path.name}, as saved {ago}"


def report(wanted: str, run: bool, tell: Callable[[int, int], None]) -> Iterator[Finding | str]:
    """The lines of a report; `tell` is given the number of cells run, and of all.

    Raises:
        Unreadable: there is nothing to report on.
    """
    path, notebook = find(wanted)
    yield age(path)
    findings = []
    for finding in examine(path, notebook):
        findings.append(finding)
        yield finding
    if not run:
        return
    for finding in verdict(notebook, rerun(parse(path), path.parent, tell)):
        findings.append(finding)
        yield finding
    yield HIDDEN
    open_ones = sum(finding.mark == BAD for finding in findings)
    yield "Ready to hand in." if not open_ones else (
        "Not yet: go through the lines marked ✗, save, and ask again. You may hand in "
        "unfinished work; what passes counts.")
