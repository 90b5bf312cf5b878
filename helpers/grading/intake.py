"""Read what a student handed in, and repair what can be repaired without guessing.

The outcome is a notebook that has every cell of the release once, or a plain reason why there is
none. Each repair is noted in words for the student.
"""

import json
import re
import stat
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

LARGEST = 50_000_000  # bytes of a notebook file
LARGEST_FILE, ALL_FILES = 10_000_000, 20_000_000  # bytes of the pictures handed in beside it
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff"}
LONGEST_CELL = 500_000  # characters


class Unreadable(ValueError):
    """There is no notebook to grade; the text says why, to student and instructor."""


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


def parse(path: Path) -> NotebookNode:
    """A notebook of any format version.

    Raises:
        Unreadable: the file is a link, empty, too large, no JSON or no notebook.
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
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is no UTF-8 text (byte {error.start}).") from error
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"{path.name} is damaged: it is no JSON{where}.") from error
    try:
        version = content["nbformat"]
        notebook = nbformat.from_dict(content)
        if version < 4:
            notebook = nbformat.convert(notebook, 4)
        return upright(notebook)
    except Exception as error:  # nbformat raises many kinds for what is no notebook
        raise Unreadable(f"{path.name} is no Jupyter notebook that can be read.") from error


def upright(notebook: NotebookNode) -> NotebookNode:
    """Only what is needed of a notebook: its cells' kinds, sources and nbgrader metadata."""
    cells = []
    for cell in notebook["cells"]:
        kind = cell.get("cell_type", "raw")
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else str(source)
        make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
        new = make.get(kind, nbformat.v4.new_raw_cell)(source[:LONGEST_CELL])
        data = cell.get("metadata", {}).get("nbgrader")
        if isinstance(data, dict) and isinstance(data.get("grade_id"), str):
            new.metadata["nbgrader"] = NotebookNode(data)
        new.metadata["told"] = str(cell.get("id", ""))  # how the release named the cell
        cells.append(new)
    fresh = nbformat.v4.new_notebook(cells=cells)
    fresh.nbformat_minor = 5
    return fresh


def name_of(cell: NotebookNode) -> str:
    """The grade_id of a cell, or nothing."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def marked(cell: NotebookNode, mark: str) -> bool:
    """Whether nbgrader's metadata give a cell a mark: grade, solution or locked."""
    return bool(cell.metadata.get("nbgrader", {}).get(mark))


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
    own = {name for name, cell in wanted.items()
           if marked(cell, "grade") or marked(cell, "solution")}
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
