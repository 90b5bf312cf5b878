"""Read what a student handed in, and repair what can be repaired without guessing.

The outcome is a notebook that has every cell of the release once, or a plain reason why there is
none. Each repair is noted in words for the student.
"""

import re
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from helpers.notebook import Unreadable, kind_of, name_of, parse

LARGEST_FILE, ALL_FILES = 10_000_000, 20_000_000  # bytes of the pictures handed in beside it
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}


@dataclass
class Submission:
    """What a student handed in, ready to run."""

    notebook: NotebookNode
    remarks: list[str] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)


def read_submission(folder: Path, release: NotebookNode, name: str) -> Submission:
    """The notebook of assignment `name` in a student's folder, with its pictures.

    Raises:
        Unreadable: there is none that can be graded.
    """
    path, remarks = find_notebook(folder, name)
    notebook = parse(path)
    found = Submission(restore_cells(notebook, release, remarks), remarks)
    total = 0
    for file in sorted(folder.iterdir()):
        if file.is_symlink():
            remarks.append(f"{file.name} is a link and was left out.")
        elif file.suffix.lower() in PICTURES and file.is_file():
            total += file.stat().st_size
            if file.stat().st_size > LARGEST_FILE or total > ALL_FILES:
                remarks.append(f"{file.name} is too large and was left out.")
            else:
                found.files[file.name] = file
    return found


def find_notebook(folder: Path, name: str) -> tuple[Path, list[str]]:
    """The notebook file: the right name, else a copy's name, else the only one there is."""
    notebooks = sorted(
        (p for p in folder.glob("*.ipynb") if not p.is_dir() or p.is_symlink()),
        key=lambda p: p.name,
    )
    exact = [p for p in notebooks if p.name == f"{name}.ipynb"]
    copies = [p for p in notebooks if re.fullmatch(
        rf"(?i){re.escape(name)}([ _]?\(\d+\)|-copy\d*|[ _-]+copy\d*)\.ipynb", p.name)]
    chosen = exact or copies or notebooks
    if not chosen:
        raise Unreadable(f"There is no notebook in the submission: expected {name}.ipynb.")
    if not exact and len(chosen) > 1:
        names = ", ".join(p.name for p in chosen)
        raise Unreadable(f"There is no {name}.ipynb but several other notebooks ({names}), and "
                         "nothing tells which one to grade. Hand in one.")
    path, remarks = chosen[0], []
    if not exact:
        remarks.append(f"{path.name} was taken for {name}.ipynb: please keep the file's name.")
    remarks += [f"{p.name} was not graded: only {path.name} was." for p in notebooks if p != path]
    return path, remarks


def restore_cells(
    notebook: NotebookNode, release: NotebookNode, remarks: list[str]
) -> NotebookNode:
    """Every cell of the release that nbgrader knows, once, with its metadata, in place.

    Raises:
        Unreadable: nothing in the notebook is of this release.
    """
    wanted = {name_of(cell): cell for cell in release.cells if name_of(cell)}
    by_id = {cell.id: name_of(cell) for cell in release.cells if name_of(cell)}
    remember_names(notebook, wanted, by_id, remarks)
    own = {name for name, cell in wanted.items() if kind_of(cell) != "given"}
    if not any(name_of(cell) in own for cell in notebook.cells):
        raise Unreadable("None of the assignment's cells is in this notebook: it is another one, "
                         "or its metadata was lost. Put your answers into a fresh copy.")
    drop_copies(notebook, wanted, remarks)
    for cell in notebook.cells:
        original = wanted.get(name_of(cell))
        if original is not None and cell.cell_type != original.cell_type:
            remarks.append(f"Cell {name_of(cell)} was a {cell.cell_type} cell and is "
                           f"{original.cell_type} again.")
            cell.cell_type = original.cell_type
            cell.update(execution_count=None, outputs=[])
    insert_missing(notebook, wanted, remarks)
    for cell in notebook.cells:
        original = wanted.get(name_of(cell))
        if original is not None:
            locked = original.metadata.nbgrader.locked
            if locked and cell.source.strip() != original.source.strip():
                remarks.append(f"Cell {name_of(cell)} had been edited and is as it was released.")
            if locked:
                cell.source = original.source
            cell.metadata = deepcopy(original.metadata)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = name_of(cell) or f"cell-{number}"
    return notebook


def remember_names(notebook, wanted: dict, by_id: dict, remarks: list[str]) -> None:
    """Take metadata of other assignments away; give lost metadata back by the cell's id."""
    lost, have = 0, {name_of(cell) for cell in notebook.cells}
    for cell in notebook.cells:
        if name_of(cell) not in wanted:
            cell.metadata.pop("nbgrader", None)
        name = by_id.get(cell.metadata.pop("told", ""))
        if name and name not in have and not name_of(cell):
            cell.metadata["nbgrader"] = NotebookNode(grade_id=name)
            have.add(name)
            lost += 1
    if lost:
        remarks.append(f"{lost} cells had lost their metadata; they were known by their ids.")


def drop_copies(notebook, wanted: dict, remarks: list[str]) -> None:
    """Of cells with one name keep the first; a copy with other code stays as plain code."""
    seen: dict[str, NotebookNode] = {}
    kept = []
    for cell in notebook.cells:
        name = name_of(cell)
        first = seen.setdefault(name, cell) if name else cell
        if first is cell:
            kept.append(cell)
        elif wanted[name].metadata.nbgrader.locked or cell.source == first.source:
            remarks.append(f"A copy of cell {name} was left out.")
        else:
            cell.metadata.pop("nbgrader")
            kept.append(cell)
            remarks.append(f"Cell {name} was there twice with different code; both ran, in order.")
    notebook.cells = kept


def insert_missing(notebook, wanted: dict, remarks: list[str]) -> None:
    """Put deleted cells back, each after the one that it followed in the release."""
    names = list(wanted)
    for position, name in enumerate(names):
        places = {name_of(cell): i for i, cell in enumerate(notebook.cells) if name_of(cell)}
        if name not in places:
            before = next((places[n] for n in reversed(names[:position]) if n in places), -1)
            notebook.cells.insert(before + 1, deepcopy(wanted[name]))
            remarks.append(f"Cell {name} was missing and was put back.")
