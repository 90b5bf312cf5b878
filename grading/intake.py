"""Read what a student handed in: which file is the notebook, and what lies beside it.

The outcome is a notebook that has every cell of the release once, or a plain reason why there is
none.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from grading.repair import restore_cells
from helpers.notebook_file import Unreadable, parse

LARGEST_FILE, ALL_FILES = 10_000_000, 20_000_000  # bytes of the files handed in beside it
DEEPEST = 3  # folders within folders, as unzipping makes them
USED = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".py"}
SECRET = "submission_secret.txt"  # nbgrader's exchange names a student's feedback by it
# What systems and editors leave behind, and what nbgrader adds.
UNSAID = {"__macosx", "__pycache__", "desktop.ini", "thumbs.db", "timestamp.txt", SECRET}
NOTEBOOK = re.compile(r"(?i)(?P<stem>.*)\.ipynb(?:\.txt|\.json)?")  # some browsers add an ending
COPY = r"\s*(?:_?\(\d+\)|[ _-]*copy ?\d*|[ _-]+\d+)"


@dataclass
class Submission:
    """What a student handed in, ready to run."""

    notebook: NotebookNode
    remarks: list[str] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)


def read_submission(folder: Path, release: NotebookNode, name: str) -> Submission:
    """The notebook of assignment `name` in a student's folder, with the files that it may use.

    Raises:
        Unreadable: there is none that can be graded.
    """
    remarks: list[str] = []
    path = find_notebook(folder, name, remarks)
    found = Submission(restore_cells(parse(path), release, remarks), remarks)
    total = 0
    for file in sorted(path.parent.iterdir()):
        if file == path or is_unsaid(file.name) or is_notebook(file):
            continue
        if file.is_symlink():
            remarks.append(f"{file.name} is a link and was left out.")
        elif file.suffix.lower() in USED and file.is_file():
            size = file.stat().st_size
            if size > LARGEST_FILE or total + size > ALL_FILES:
                remarks.append(f"{file.name} is too large and was left out.")
            else:
                total += size
                found.files[file.name] = file
        elif file.is_file():
            remarks.append(
                f"{file.name} was left out: only pictures and Python files are put "
                "beside the notebook when it runs."
            )
    return found


def files_in(folder: Path, depth: int = 0) -> Iterator[Path]:
    """The files of a submission, those in folders too; no links, and nothing that is unsaid."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if is_unsaid(entry.name) and entry.name != "timestamp.txt":
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < DEEPEST:
                yield from files_in(Path(entry.path), depth + 1)
        elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
            yield Path(entry.path)


def is_unsaid(name: str) -> bool:
    """Whether a file is nothing that a student knows of."""
    return name.startswith(".") or name.lower() in UNSAID


def is_notebook(path: Path) -> bool:
    """Whether a file's name is that of a notebook."""
    return bool(NOTEBOOK.fullmatch(path.name))


def find_notebook(folder: Path, name: str, remarks: list[str]) -> Path:
    """The notebook file: the right name, else a copy's name, else the only one there is.

    The least deep folder that holds any counts.
    """
    notebooks = [path for path in files_in(folder) if is_notebook(path)]
    depth = min((len(path.parts) for path in notebooks), default=0)
    notebooks = [path for path in notebooks if len(path.parts) == depth]
    exact = [path for path in notebooks if path.name == f"{name}.ipynb"]
    stems = {p: found["stem"] for p in notebooks if (found := NOTEBOOK.fullmatch(p.name))}
    copies = [
        path
        for path in notebooks
        if re.fullmatch(f"(?i){re.escape(name)}(?:{COPY})?", stems[path].strip())
    ]
    chosen = exact or copies or notebooks
    if not chosen:
        others = ", ".join(path.name for path in files_in(folder) if not is_unsaid(path.name))
        raise Unreadable(
            f"There is no notebook in the submission: expected {name}.ipynb, "
            f"found {others or 'nothing'}."
        )
    if len(chosen) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in chosen)
        raise Unreadable(
            f"There is no {name}.ipynb but several other notebooks ({names}), and "
            "nothing tells which one to grade. Hand in one."
            if not exact
            else f"There are several files {name}.ipynb ({names}), and "
            "nothing tells which one to grade. Hand in one."
        )
    path = chosen[0]
    if not exact:
        remarks.append(f"{path.name} was taken for {name}.ipynb: please keep the file's name.")
    if path.parent != folder:
        remarks.append(f"{path.name} was found in the folder {path.parent.relative_to(folder)}.")
    remarks += [f"{p.name} was not graded: only {path.name} was." for p in notebooks if p != path]
    return path
