"""The course as the tests see it: its notebooks, their exercises and graded cells.

`python -m tests.course release NN_name FILE` writes one released notebook, for a quick look.
"""

import importlib.util
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

from helpers.notebook import by_exercise, name_of
from helpers.notebook_code import solution_names
from tests.bank import Answer

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = ROOT / "solutions"
RELEASES = ROOT / "notebooks"
BANK = ROOT / "tests" / "bank"
NAMES = sorted(path.name for path in SOLUTIONS.iterdir() if path.is_dir())


def solution_path(name: str) -> Path:
    """The instructor's notebook of an assignment."""
    return SOLUTIONS / name / f"{name}.ipynb"


def release_path(name: str) -> Path:
    """The learner's notebook of an assignment."""
    return RELEASES / name / f"{name}.ipynb"


@cache
def read(path: Path) -> nbformat.NotebookNode:
    """A notebook, read once: do not change what comes back."""
    return nbformat.read(path, as_version=4)


@dataclass(frozen=True)
class Exercise:
    """An exercise: its notebook, the id and source of its cell, its graded cells by id."""

    notebook: str
    name: str
    source: str
    tests: dict[str, str]
    points: dict[str, float]


@cache
def exercises(notebook: str) -> dict[str, Exercise]:
    """The exercises of a notebook by id; an exercise owns the graded cells that follow it."""
    found = {}
    for answer, tests in by_exercise(read(solution_path(notebook)).cells):
        sources = {name_of(test): test.source for test in tests}
        points = {name_of(test): test.metadata.nbgrader.points for test in tests}
        found[name_of(answer)] = Exercise(notebook, name_of(answer), answer.source, sources, points)
    return found


def refusals(tests: dict[str, str], names: dict) -> dict[str, Exception]:
    """The errors of the graded cells that fail, run in this process beside these names."""
    found = {}
    for grade_id, source in tests.items():
        try:
            exec(compile(source, f"<{grade_id}>", "exec"), dict(names))
        except Exception as error:
            found[grade_id] = error
    return found


def told(error: Exception) -> str:
    """An error as a message."""
    return f"{type(error).__name__}: {error}"


@cache
def solved(notebook: str) -> dict:
    """The names that the notebook's setup, given and solution cells define: copy before use."""
    return solution_names(notebook)


def names_of(notebook: str, exercise: str, answer: Answer) -> dict:
    """What a notebook defines in which `answer` stands for the exercise."""
    names = dict(solved(notebook))
    exec(compile(exercises(notebook)[exercise].source, f"<{exercise}>", "exec"), names)
    exec(compile(answer.cell, f"<answer to {exercise}>", "exec"), names)
    return names


@cache
def bank(notebook: str) -> dict[str, list[Answer]]:
    """The answers of a notebook's bank by exercise: file name = exercise id."""
    answers = {}
    for path in sorted((BANK / notebook).glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"bank_{notebook}_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        answers[path.stem] = module.ANSWERS
    return answers


def _release(name: str, target: str) -> None:
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook = nbformat.read(solution_path(name), as_version=4)
    for step in (ClearSolutions(), ClearHiddenTests()):
        notebook, _ = step.preprocess(notebook, {"language": "python"})
    nbformat.write(notebook, target)


if __name__ == "__main__":
    _release(*sys.argv[2:4])
