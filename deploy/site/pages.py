"""The course's pages as a static site that gives no answers: `make site`.

A page is a released notebook with the outputs that its solution stores. What only works in
JupyterLab is left out. Given cells hold earlier answers: there only the first lines stay.
"""

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
from sphinx.cmd.build import build_main

from helpers.data import ASSETS
from helpers.figures.gallery import CHOSEN, FIGURES
from helpers.manifest import load
from helpers.notebook import kind_of, name_of
from helpers.notebook_code import ROOT
from helpers.predict import predictions

HERE = Path(__file__).parent
TARGET = ROOT / "build" / "site"
TOOLS = re.compile(r"^(show_progress|before_you_submit)\(", re.MULTILINE)
INVITATION = (
    "*Here you can read. To write the exercises and have them checked, [install the course]"
    "(../index.md#the-two-commands).*"
)
BEGIN = "### BEGIN SOLUTION"
PREDICT = re.compile(r'^predict\("([^"]+)"\)$', re.MULTILINE)
DOORS = "## For instructors"  # where the README stops to speak to readers


def functions(source: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """A cell's functions by name, and its methods as Class.method: that of a subclass as its base's."""
    for node in ast.walk(ast.parse(source)):
        bases = [base.id for base in getattr(node, "bases", []) if isinstance(base, ast.Name)]
        owner = f"{[*bases, node.name][0]}." if isinstance(node, ast.ClassDef) else ""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                yield owner + child.name, child


def asked(name: str) -> set[str]:
    """The functions and methods that the exercises of a notebook ask for."""
    found = set()
    for cell in nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code" and BEGIN in cell.source:
            line = cell.source[: cell.source.index(BEGIN)].count("\n") + 1
            around = [(n, f) for n, f in functions(cell.source) if f.lineno < line <= f.end_lineno]
            found |= {max(around, key=lambda pair: pair[1].lineno)[0]} if around else set()
    return found


def without_answers(source: str, answers: dict[str, str]) -> str:
    """A released cell in which nothing of `answers`, a notebook by name, has a body."""
    lines = source.splitlines()
    for name, function in sorted(functions(source), key=lambda pair: -pair[1].lineno):
        first, last = function.body[0], function.body[-1]
        is_stub = "NotImplementedError" in "\n".join(lines[function.lineno : last.end_lineno])
        if name not in answers or is_stub:
            continue
        start = first.end_lineno if ast.get_docstring(function) else first.lineno - 1
        body = f"...  # what you write in notebook {answers[name][:2]}"
        lines[start : last.end_lineno] = [" " * first.col_offset + body]
    return "\n".join(lines)


def page(name: str, answers: dict[str, str]) -> nbformat.NotebookNode:
    """A notebook as a page: `answers` are what earlier ones ask for, each with its notebook."""
    solution = nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
    released = nbformat.read(ROOT / "notebooks" / name / f"{name}.ipynb", as_version=4)
    outputs = {cell.id: cell.get("outputs", []) for cell in solution.cells}
    pictures = {cell.split()[0]: f"{name[:2]}-{cell.split()[0]}.png" for cell in CHOSEN[name]}
    cells = []
    for cell in released.cells:
        if cell.cell_type == "markdown":
            text = cell.source.removesuffix("## Before you hand in")
            cells.append(nbformat.v4.new_markdown_cell(text, id=cell.id))
            if len(cells) == 1:
                cells.append(nbformat.v4.new_markdown_cell(INVITATION, id="invitation"))
            continue
        if kind_of(cell) == "test" or name_of(cell) == "setup" or TOOLS.search(cell.source):
            continue
        if choice := PREDICT.search(cell.source):
            cells.append(nbformat.v4.new_markdown_cell(choices(choice[1]), id=cell.id))
            continue
        new = nbformat.v4.new_code_cell(
            without_answers(cell.source, answers), id=cell.id, outputs=outputs[cell.id]
        )
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            new.metadata.tags = ["remove-input"]
        cells.append(new)
        if not outputs[cell.id] and cell.id in pictures:
            file = pictures[cell.id]
            picture = f"![{alternatives()[file]}](../figures/{file})"
            cells.append(nbformat.v4.new_markdown_cell(picture, id=f"{cell.id}-figure"))
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@cache
def alternatives() -> dict[str, str]:
    """What each figure of the course shows, in words, by its file."""
    shown = re.findall(r"!\[(.*)\]\((.*)\)", (FIGURES / "README.md").read_text("utf-8"))
    return {file: alt for alt, file in shown}


def choices(number: str) -> str:
    """What may be guessed; the reply is in the notebook."""
    question = predictions()[number]
    if question.typed:
        return "*Write your guess down before you read on.*"
    return "\n".join(f"- {guess}" for guess in question.replies)


def home() -> str:
    """The first page: what the README says to readers, its links leading to pages of the site."""
    text, _, _ = (ROOT / "README.md").read_text("utf-8").partition(DOORS)
    for name, book in load().items():
        text = text.replace(f"| `{name}` |", f"| [{book.title}]({name}/{name}.ipynb) |")
    text = text.replace("](helpers/assets/", "](")
    pages = "\n".join(f"{name}/{name}" for name in load())
    return f"{text}\n```{{toctree}}\n:hidden:\n{pages}\nglossary\nfigures/README\n```\n"


def write(source: Path) -> None:
    """Write the sources of all pages into a new folder."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    answers: dict[str, str] = {}
    for name in load():
        (source / name).mkdir()
        nbformat.write(page(name, answers), source / name / f"{name}.ipynb")
        answers = dict.fromkeys(asked(name), name) | answers
    shutil.copytree(FIGURES, source / "figures")
    shutil.copy(ASSETS / "readme.png", source)
    shutil.copy(ROOT / "notebooks" / "glossary.md", source)
    (source / "index.md").write_text(home(), "utf-8")


def main(target: Path = TARGET) -> int:
    """Build the site into `target`/html; sphinx's exit code, which a warning makes 1."""
    write(target / "pages")
    shutil.rmtree(target / "html", ignore_errors=True)
    flags = [
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        "-c",
        str(HERE),
        "-d",
        str(target / "trees"),
    ]
    return build_main([*flags, str(target / "pages"), str(target / "html")])


if __name__ == "__main__":
    code = main()
    if not code:
        print(f"The site is at {TARGET / 'html' / 'index.html'}")
    sys.exit(code)
