"""Classes of made-up students for nbgrader: what they hand in, and what their grades say."""

import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import IO, NoReturn

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderApp
from nbgrader.validator import Validator

from helpers.notebook import kind_of
from tests import course
from tests.bank import Answer


def nbgrader(root: Path, *arguments: str) -> str:
    """Run an nbgrader command in the course at `root`; its output, or a failed test.

    It runs in a fork of this process, which has nbgrader loaded already: that saves four seconds.
    """
    with tempfile.TemporaryFile("w+") as told:
        child = os.fork()
        if not child:
            _run_nbgrader(root, arguments, told)
        _, status = os.waitpid(child, 0)
        told.seek(0)
        text = told.read()
    assert os.waitstatus_to_exitcode(status) == 0, text
    return text


def _run_nbgrader(root: Path, arguments: tuple[str, ...], told: IO[str]) -> NoReturn:
    """Be an nbgrader command that writes into a file, and end with it."""
    code = 1
    try:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
        sys.stdout = sys.stderr = told
        Validator.stream = told  # bound when nbgrader was loaded
        os.chdir(root)
        # nbgrader calls alembic by its bare name when it makes a new gradebook
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        NbGraderApp.clear_instance()
        NbGraderApp.launch_instance(list(arguments))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc(file=told)
    finally:
        told.flush()
        os._exit(code)


def make_course(root: Path, name: str) -> None:
    """A course of one assignment at `root`, without students."""
    shutil.copytree(course.SOLUTIONS / name, root / "solutions" / name)
    shutil.copy(course.ROOT / "nbgrader_config.py", root)


def submit(root: Path, student: str, name: str, notebook: nbformat.NotebookNode) -> None:
    """Put a notebook where nbgrader collects it."""
    target = root / "submitted" / student / name / f"{name}.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)


def unsolved_release(name: str) -> nbformat.NotebookNode:
    """A released notebook of one's own."""
    return nbformat.read(course.release_path(name), as_version=4)


def solved_release(name: str) -> nbformat.NotebookNode:
    """What a learner hands in who has solved everything: the release with the answers in it."""
    notebook, answers = unsolved_release(name), course.exercises(name)
    for cell in notebook.cells:
        if kind_of(cell) == "answer":
            cell.source = answers[cell.metadata.nbgrader.grade_id].source
        elif kind_of(cell) == "words":
            cell.source = "The fence in front of the car misled it."
    return notebook


def answered(name: str, answers: dict[str, Answer]) -> nbformat.NotebookNode:
    """A solved release with answers of the bank in place of some exercises' solutions.

    Only the cells that nbgrader knows are kept: the others neither help nor harm a grade.
    """
    notebook = solved_release(name)
    notebook.cells = [cell for cell in notebook.cells if kind_of(cell)]
    for cell in notebook.cells:
        answer = answers.get(cell.metadata.nbgrader.grade_id)
        if answer:
            cell.source = f"{cell.source}\n\n{answer.cell}" if answer.method_of else answer.cell
    return notebook


def grades(root: Path, student: str, name: str) -> dict[str, tuple[float, float]]:
    """Points earned and possible of each graded cell that is a test."""
    tests = {cell for exercise in course.exercises(name).values() for cell in exercise.tests}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(name, name, student)
        found = [grade for grade in notebook.grades if grade.name in tests]
        assert not any(grade.needs_manual_grade for grade in found)
        return {grade.name: (grade.auto_score, grade.max_score) for grade in found}


def messages(root: Path, student: str, name: str) -> dict[str, str]:
    """What each graded cell that failed says, after nbgrader ran it."""
    graded = root / "autograded" / student / name / f"{name}.ipynb"
    return {
        cell.metadata.nbgrader.grade_id: f"{output.ename}: {output.evalue}"
        for cell in nbformat.read(graded, as_version=4).cells
        if kind_of(cell) == "test"
        for output in cell.outputs
        if output.output_type == "error"
    }


def wrong_answers(name: str, first: int | None = None) -> Iterable[tuple[str, dict[str, Answer]]]:
    """A student for each wrong answer of a notebook's bank, alone among right solutions.

    Or `first` students, each with one wrong answer to every exercise: none costs another's points.
    """
    wrong = {e: [a for a in found if not a.correct] for e, found in course.bank(name).items()}
    for i in range(first or 0):
        yield f"wrong-{i}", {exercise: found[i] for exercise, found in wrong.items()}
    for exercise, found in wrong.items() if first is None else ():
        for i, answer in enumerate(found):
            yield f"wrong-{exercise}-{i}", {exercise: answer}


def right_answers(name: str, first: int | None = None) -> Iterable[tuple[str, dict[str, Answer]]]:
    """Students who answer every exercise rightly and otherwise, until each answer was given."""
    right = {e: [a for a in found if a.correct] for e, found in course.bank(name).items()}
    for i in range(max(map(len, right.values())) if first is None else first):
        yield f"right-{i}", {exercise: found[i % len(found)] for exercise, found in right.items()}


def enrol(root: Path, name: str, first: int | None = None) -> None:
    """Hand in the bank's answers to a notebook, all or the `first` of each exercise."""
    for student, answers in (*wrong_answers(name, first), *right_answers(name, first)):
        submit(root, student, name, answered(name, answers))


def misjudged(root: Path, name: str, first: int | None = None) -> tuple[int, list[str], list[str]]:
    """How many submissions nbgrader graded, and what it got wrong: wrong accepted, right refused.

    One with wrong answers counts as accepted unless these answers' own cells fail, each by its own
    message, and only those; a right one as refused unless it earns every point.
    """
    full = {i: p for e in course.exercises(name).values() for i, p in e.points.items()}
    accepted, refused, count = [], [], 0
    for student, answers in wrong_answers(name, first):
        count += 1
        fails = {i: part for answer in answers.values() for i, part in answer.fails.items()}
        earned, said = scores(root, student, name), messages(root, student, name)
        if earned != {i: 0 if i in fails else p for i, p in full.items()} or not all(
            said.get(i, "").startswith("AssertionError: ") and part.lower() in said[i].lower()
            for i, part in fails.items()
        ):
            about = ", ".join(answer.about for answer in answers.values())
            accepted.append(f"{student} ({about}): {earned} {said}")
    for student, _ in right_answers(name, first):
        count += 1
        if (earned := scores(root, student, name)) != full:
            refused.append(f"{student}: {earned} {messages(root, student, name)}")
    return count, accepted, refused


def scores(root: Path, student: str, name: str) -> dict[str, float]:
    """Points earned in each graded cell."""
    return {i: score for i, (score, _) in grades(root, student, name).items()}
