"""The course as the tests see it: its notebooks, their exercises and graded cells.

`python -m tests.course release NN_name FILE` writes one released notebook, for a quick look.
"""

import importlib.util
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType

import nbformat

from helpers.checks.core.calling import graded_cell
from helpers.notebook import by_exercise, name_of, source_of
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
        source, sources = source_of(answer), {name_of(test): test.source for test in tests}
        points = {name_of(test): test.metadata.nbgrader.points for test in tests}
        found[name_of(answer)] = Exercise(notebook, name_of(answer), source, sources, points)
    return found


def totals() -> dict[str, float]:
    """The points that each notebook's tests give at most."""
    return {n: sum(sum(e.points.values()) for e in exercises(n).values()) for n in NAMES}


def refusals(tests: dict[str, str], names: dict, first: bool = False) -> dict[str, Exception]:
    """The errors of the graded cells that fail, run in this process beside these names.

    With `first` it stops at the first of them.
    """
    found = {}
    for grade_id, source in tests.items():
        token = graded_cell.set(source)
        try:
            exec(compile(source, f"<{grade_id}>", "exec"), dict(names))
        except Exception as error:
            found[grade_id] = error
            if first:
                break
        finally:
            graded_cell.reset(token)
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


def asked_before(notebook: str, exercise: str) -> bool:
    """Whether an earlier notebook asks for this exercise, too."""
    return any(exercise in exercises(name) for name in NAMES[: NAMES.index(notebook)])


@cache
def bank(notebook: str) -> dict[str, list[Answer]]:
    """The answers of a notebook's bank by exercise: file name = exercise id.

    An exercise that an earlier notebook asks for, too, shares that one's answers, as far as they
    are right or fail graded cells that are here as well: the first dozen of each.
    """
    answers = {}
    for earlier in NAMES[: NAMES.index(notebook)]:
        for name in exercises(earlier).keys() & exercises(notebook).keys():
            answers[name] = shared(bank(earlier)[name], exercises(notebook)[name].tests)
    for path in sorted((BANK / notebook).glob("*.py")):
        answers[path.stem] = loaded(path, f"bank_{notebook}_{path.stem}").ANSWERS
    return answers


def loaded(path: Path, name: str) -> ModuleType:
    """The module in a file, by a name of its own."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def shared(answers: list[Answer], tests: dict[str, str], most: int = 12) -> list[Answer]:
    """Answers with the graded cells that they fail among `tests`: right ones, and ones that do."""
    right = [answer for answer in answers if answer.correct]
    fails = [
        {cell: part for cell, part in answer.fails.items() if cell in tests} for answer in answers
    ]
    wrong = [
        replace(answer, fails=told) for answer, told in zip(answers, fails, strict=True) if told
    ]
    return [*right[:most], *wrong[:most]]


def _release(name: str, target: str) -> None:
    from nbconvert.exporters import ResourcesDict
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook = nbformat.read(solution_path(name), as_version=4)
    for step in (ClearSolutions(), ClearHiddenTests()):
        notebook, _ = step.preprocess(notebook, ResourcesDict(language="python"))
    nbformat.write(notebook, target)


if __name__ == "__main__":
    _release(*sys.argv[2:4])
