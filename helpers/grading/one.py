"""Run one submission in a sandbox: what a Dask worker does.

The worker keeps its sandbox from one submission to the next, and makes another when it breaks.
"""

import ast
import time

import nbformat

from helpers.grading.guard import CHECKS
from helpers.grading.intake import marked, name_of
from helpers.grading.sandbox import Limits, Sandbox, SandboxError, run_to_the_end

_sandbox: list[Sandbox] = []  # this process's, made at its first submission


def sandbox(fresh: bool = False) -> Sandbox:
    """This process's sandbox; a `fresh` one if the last one is not to be trusted."""
    if fresh and _sandbox:
        _sandbox.pop().close()
    if not _sandbox:
        _sandbox.append(Sandbox())
    return _sandbox[0]


def cells_to_run(notebook: nbformat.NotebookNode, source: nbformat.NotebookNode) -> list[dict]:
    """The code cells in order; graded ones with the grader's source and its own imports."""
    tests = {name_of(cell): cell.source for cell in source.cells if marked(cell, "grade")}
    imports = "\n".join(check_imports(cell.source) for cell in source.cells
                        if cell.cell_type == "code" and marked(cell, "locked"))
    return [
        {"id": cell.id, "kind": "test", "source": tests[name_of(cell)], "imports": imports}
        if name_of(cell) in tests else {"id": cell.id, "kind": "code", "source": cell.source}
        for cell in notebook.cells if cell.cell_type == "code"
    ]


def check_imports(source: str) -> str:
    """The lines of a cell that import the checks."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a magic
        return ""
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    found = [node for node in imports if (node.module or "").startswith(CHECKS)]
    return ast.unparse(ast.Module(found, []))


def run_submission(cells: list[dict], files: dict[str, str], limits: Limits) -> dict:
    """Run a notebook's cells with its files (base64 by name), twice if the sandbox breaks.

    Returns a dict: `ended`, the reports by cell; `remarks` in words; `seconds`.
    """
    begin, remarks, ended = time.monotonic(), [], {}
    for fresh in (False, True):
        try:
            ended, remarks = run_to_the_end(sandbox(fresh), cells, limits, files)
            break
        except SandboxError as error:
            remarks = [f"The notebook broke its sandbox twice and was stopped: {error}"]
    return {"ended": ended, "remarks": remarks, "seconds": round(time.monotonic() - begin, 3)}
