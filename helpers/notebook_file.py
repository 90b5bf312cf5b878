"""Read a notebook's file, whatever editor or service wrote it."""

import json
import re
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.notebook import source_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

LARGEST = 50_000_000  # bytes of a notebook file
LONGEST_CELL = 500_000  # characters
CONFLICT = re.compile(rb"^(?:<<<<<<<|=======|>>>>>>>)", re.M)


class Unreadable(ValueError):
    """There is no notebook to read; the text says why, to student and instructor."""


def parse(path: Path) -> "NotebookNode":
    """A notebook of any format version: its cells' kinds, sources, ids and nbgrader metadata.

    Raises:
        Unreadable: the file is a link, empty, too large, no JSON or no notebook.
    """
    import nbformat

    content = read_json(path)
    try:
        if content.get("nbformat", 4) < 4:
            content = nbformat.convert(nbformat.from_dict(content), 4)
        return upright(content["cells"])
    except Exception as error:  # many kinds, for what is no notebook
        raise Unreadable(f"{path.name} is no Jupyter notebook that can be read.") from error


def read_json(path: Path) -> dict:
    """What a notebook's file holds.

    Raises:
        Unreadable: the file is a link, empty, too large or no JSON.
    """
    try:
        facts = path.lstat()
    except OSError as error:
        raise Unreadable(f"{path.name} could not be read: {error.strerror}.") from error
    if stat.S_ISLNK(facts.st_mode):
        raise Unreadable(f"{path.name} is a link to another file. Hand in the notebook itself.")
    if not stat.S_ISREG(facts.st_mode):
        raise Unreadable(f"{path.name} is no ordinary file.")
    if not facts.st_size:
        raise Unreadable(f"{path.name} is empty (0 bytes). Save it again and hand it in again.")
    if facts.st_size > LARGEST:
        raise Unreadable(
            f"{path.name} has {facts.st_size / 1e6:.0f} MB, more than the "
            f"{LARGEST / 1e6:.0f} MB that are graded. Clear its outputs, save it and "
            "hand it in again."
        )
    content = path.read_bytes()
    try:
        return json.loads(text_of(content))
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name} is no text (byte {error.start}).") from error
    except RecursionError as error:
        raise Unreadable(f"{path.name} is damaged: it is nested too deeply.") from error
    except ValueError as error:
        raise Unreadable(f"{path.name} is damaged: {what_it_is(content, error)}") from error


def text_of(content: bytes) -> str:
    """The text of a file in UTF-8, in UTF-16 with its mark, or as older Windows programs save it.

    Raises:
        UnicodeDecodeError: it is none of these.
    """
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def what_it_is(content: bytes, error: ValueError) -> str:
    """What a file holds that is no JSON, in words."""
    if len(CONFLICT.findall(content)) >= 2:
        return (
            "it holds the marks of a merge conflict (<<<<<<<). Choose one of the two versions, "
            "run it and hand it in again."
        )
    start = content[:500].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a web page. Hand in the notebook itself (File, Download)."
    if start.startswith(b"pk\x03\x04"):
        return "it is a zip archive. Hand in the notebook that is in it."
    line = getattr(error, "lineno", 0)
    return f"it is no JSON (line {line})." if line else "it is no JSON."


def upright(cells: list) -> "NotebookNode":
    """Only what is needed of a notebook's cells; `told` in a cell's metadata is the id it had.

    What is no cell is left out; a cell that an editor left without metadata, or with other things
    than text in it, keeps what can be read.
    """
    import nbformat

    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    if not isinstance(cells, list):
        raise TypeError(f"the cells are a {type(cells).__name__}")
    kept = []
    for cell in cells:
        if not isinstance(cell, Mapping):
            continue
        source = readable(source_of(cell))[:LONGEST_CELL]
        new = make.get(str(cell.get("cell_type")), nbformat.v4.new_raw_cell)(source)
        metadata = cell.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        data = metadata.get("nbgrader")
        if isinstance(data, Mapping) and isinstance(data.get("grade_id"), str):
            new.metadata["nbgrader"] = nbformat.NotebookNode(data)
        new.metadata["told"] = str(cell.get("id") or metadata.get("id") or "")  # Colab: the latter
        kept.append(new)
    fresh = nbformat.v4.new_notebook(cells=kept)
    fresh.nbformat_minor = 5
    return fresh


def readable(text: str) -> str:
    """Text that can be written to a file: a lone half of a character becomes a question mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
