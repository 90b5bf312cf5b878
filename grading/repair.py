"""Give a student's notebook back what the release has: every cell once, in place.

Nothing is guessed: a cell is known by nbgrader's metadata, else by its id, else by what is in it.
Each repair is noted in words for the student.
"""

import re
from copy import deepcopy

from nbformat import NotebookNode

from helpers.notebook import kind_of, name_of
from helpers.notebook_file import Unreadable

DEFINES = re.compile(r"^(?:def|class) (\w+)", re.M)


def restore_cells(
    notebook: NotebookNode, release: NotebookNode, remarks: list[str]
) -> NotebookNode:
    """Every cell of the release that nbgrader knows, once, with its metadata, in place.

    Raises:
        Unreadable: nothing in the notebook is of this release.
    """
    wanted = {name_of(cell): cell for cell in release.cells if name_of(cell)}
    known_by_ids(notebook, release, wanted, remarks)
    known_by_content(notebook, wanted, remarks)
    own = {name for name, cell in wanted.items() if kind_of(cell) != "given"}
    if not any(name_of(cell) in own for cell in notebook.cells):
        raise Unreadable(
            "None of the assignment's cells is in this notebook: it is another one, "
            "or its metadata was lost. Put your answers into a fresh copy."
        )
    drop_copies(notebook, wanted, remarks)
    for cell in notebook.cells:
        original = wanted.get(name_of(cell))
        if original is not None and cell.cell_type != original.cell_type:
            remarks.append(
                f"Cell {name_of(cell)} was a {cell.cell_type} cell and is "
                f"{original.cell_type} again."
            )
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


def known_by_ids(
    notebook: NotebookNode, release: NotebookNode, wanted: dict, remarks: list[str]
) -> None:
    """Take metadata of other assignments away; give lost metadata back by the cell's id."""
    by_id = {cell.id: name_of(cell) for cell in release.cells if name_of(cell)}
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


def known_by_content(notebook: NotebookNode, wanted: dict, remarks: list[str]) -> None:
    """Give metadata back, where an editor took the ids as well, by what stands in the cells.

    Only where one of the graded cells is there, for later notebooks begin with earlier answers.
    """
    lost, have = 0, {name_of(cell) for cell in notebook.cells}
    for kind in ("test", "given", "answer"):
        if kind != "test" and not any(kind_of(wanted[name]) == "test" for name in have & {*wanted}):
            return
        for name, original in wanted.items():
            if name in have or kind_of(original) != kind:
                continue
            unnamed = (c for c in notebook.cells if not name_of(c))
            cell = next((c for c in unnamed if is_like(c, original)), None)
            if cell is not None:
                cell.metadata["nbgrader"] = NotebookNode(grade_id=name)
                have.add(name)
                lost += 1
    if lost:
        remarks.append(
            f"{lost} cells had lost their metadata and ids; they were known by what stands in them."
        )


def is_like(cell: NotebookNode, original: NotebookNode) -> bool:
    """Whether a cell has the text of a locked one, or defines what an answer defines."""
    if kind_of(original) == "answer":
        asked = set(DEFINES.findall(original.source))
        return bool(asked) and asked <= set(DEFINES.findall(cell.source))
    return cell.source.strip() == original.source.strip()


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
