"""What is to be said of a notebook before it is handed in."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from helpers.manifest import load
from helpers.notebook import Notebook, digest, name_of
from helpers.notebook_file import Unreadable, parse
from helpers.ready.finding import BAD, GOOD, NOTE, Finding
from helpers.ready.rerun import rerun
from helpers.ready.verdict import verdict

HIDDEN = (
    "Hidden tests repeat these checks on other inputs. They run only where you are graded, "
    "so nothing here says how they will come out."
)
FRESH = "put your answers into a fresh copy, from where you got the course"


def find(wanted: str) -> tuple[Path, Notebook]:
    """The file and the assignment that a path, or an assignment's name, means.

    Raises:
        Unreadable: there is no such notebook, or it is none of the course's.
    """
    path = Path(wanted).expanduser()
    if path.suffix != ".ipynb":
        named = [name for name in load() if name.startswith(path.name)]  # 02 is enough
        name = named[0] if len(named) == 1 else path.name
        folders = (Path.cwd(), Path.cwd() / name, Path.cwd() / "notebooks" / name)
        path = next((p for f in folders if (p := f / f"{name}.ipynb").is_file()), path)
    if not path.is_file():
        raise Unreadable(f"there is no notebook {wanted} here ({Path.cwd()}). {looked_for(path)}")
    own = {name_of(cell) for cell in parse(path).cells}
    best = max(load().values(), key=lambda n: len(own & {c.grade_id for c in n.cells if c.label}))
    if not own & {c.grade_id for c in best.cells if c.kind != "given"}:
        raise Unreadable(
            f"{path.name} has no exercise of the course in it. Was it saved by another"
            f" program? {FRESH[0].upper()}{FRESH[1:]}."
        )
    return path, best


def looked_for(path: Path) -> str:
    """What else a path may have meant."""
    copies = sorted(p.name for p in Path.cwd().glob(f"{path.stem}?*.ipynb"))
    if copies:
        return f"Is it {' or '.join(copies)}? Then rename it to {path.stem}.ipynb."
    return f"The course's notebooks are {', '.join(load())}."


def examine(path: Path, notebook: Notebook) -> Iterator[Finding]:
    """What can be said of a notebook without running it."""
    if path.name == f"{notebook.name}.ipynb":
        yield Finding(GOOD, "it has the right name")
    else:
        yield Finding(
            BAD,
            f"it is called {path.name}, not {notebook.name}.ipynb",
            "rename it: right-click on it in the file browser, Rename",
        )
    faults = list(faults_of_cells(notebook, parse(path)))
    yield from faults
    if not any(fault.mark == BAD for fault in faults):
        yield Finding(
            GOOD,
            f"every exercise ({len(notebook.exercises)}) and every graded cell "
            f"({len(notebook.tests)}) is there, once",
        )


def faults_of_cells(notebook: Notebook, content: NotebookNode) -> Iterator[Finding]:
    """Cells that are missing, doubled, of another type, or edited where they are locked."""
    count = Counter(map(name_of, content.cells))
    kinds = {name_of(cell): cell.cell_type for cell in content.cells}
    sources = {name_of(cell): cell.source for cell in content.cells}
    for cell in notebook.cells:
        what = {
            "answer": f"the answer cell of exercise {cell.exercise}",
            "test": f"graded cell {cell.label}",
            "given": "the given cell",
            "words": "the answer in words",
        }[cell.kind]
        what = f"{what} ({cell.grade_id})"
        if not count[cell.grade_id]:
            yield Finding(BAD, f"{what} is missing", FRESH)
        elif count[cell.grade_id] > 1:
            yield Finding(
                BAD,
                f"{what} is there {count[cell.grade_id]} times",
                "keep one copy; select each extra copy by clicking left of it, and press D twice",
            )
        elif cell.kind == "words":
            if digest(sources[cell.grade_id]) == cell.digest:
                yield Finding(
                    NOTE,
                    f"{what} is as it was released",
                    "write into it what your instructor is to read",
                )
        elif kinds[cell.grade_id] != "code":
            yield Finding(
                BAD, f"{what} is no longer a code cell", "click to the left of it and press Y"
            )
    changed = edited_cells(notebook, content)
    edited = [cell.label or cell.grade_id for cell in notebook.cells if cell.grade_id in changed]
    if edited:
        yield Finding(
            NOTE,
            f"edited: {', '.join(edited)}. Such cells are graded as they were released",
            "put tries of your own into a cell of their own",
        )


def edited_cells(notebook: Notebook, content: NotebookNode) -> set[str]:
    """The grade ids of locked cells that are there once, as code, and not as released."""
    count = Counter(map(name_of, content.cells))
    sources = {name_of(c): c.source for c in content.cells if c.cell_type == "code"}
    locked = (cell for cell in notebook.cells if cell.kind in ("test", "given"))
    return {
        cell.grade_id
        for cell in locked
        if count[cell.grade_id] == 1
        and cell.grade_id in sources
        and digest(sources[cell.grade_id]) != cell.digest
    }


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
    content = parse(path)
    edited = edited_cells(notebook, content)
    for finding in verdict(notebook, rerun(content, path.parent, tell), edited):
        findings.append(finding)
        yield finding
    yield HIDDEN
    open_ones = sum(finding.mark == BAD for finding in findings)
    yield (
        "Ready to hand in."
        if not open_ones
        else (
            "Not yet: go through the lines marked ✗, save, and ask again. You may hand in "
            "unfinished work; what passes counts."
        )
    )
