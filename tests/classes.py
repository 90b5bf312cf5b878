"""Classes of made-up students for nbgrader: what they hand in, and what their grades say."""

import functools
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import IO, NoReturn

import nbformat
from nbgrader import api
from nbgrader.apps import NbGraderApp
from nbgrader.validator import Validator

from helpers.notebook import kind_of
from tests import course
from tests.bank import Answer

Answers = dict[str, Answer]  # by exercise

# nbgrader calls alembic, by its bare name, for each new gradebook: here for the first one only.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
api.get_alembic_version = functools.cache(api.get_alembic_version)


def nbgrader(root: Path, *arguments: str) -> str:
    """Run an nbgrader command in the course at `root`; its output, or a failed test.

    It runs in a fork of this process, which has nbgrader loaded already: that saves four seconds.
    """
    api.get_alembic_version()
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


def bare(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook with only the cells that nbgrader knows: the others neither help nor harm a grade."""
    notebook.cells = [cell for cell in notebook.cells if kind_of(cell)]
    return notebook


def answered(name: str, answers: Answers) -> nbformat.NotebookNode:
    """A solved release, bare, with answers of the bank in place of some exercises' solutions."""
    notebook = bare(solved_release(name))
    for cell in notebook.cells:
        answer = answers.get(cell.metadata.nbgrader.grade_id)
        if answer:
            cell.source = f"{cell.source}\n\n{answer.cell}" if answer.method_of else answer.cell
    return notebook


def grades(root: Path, student: str, name: str) -> dict[str, tuple[float, float]]:
    """Points earned and possible of each graded cell that is a test."""
    tests = {cell for exercise in course.exercises(name).values() for cell in exercise.tests}
    with api.Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
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


def wrong_answers(name: str) -> dict[str, Answers]:
    """A student for each wrong answer of a notebook's bank, alone among right solutions."""
    return {
        f"wrong-{exercise}-{i}": {exercise: answer}
        for exercise, found in course.bank(name).items()
        for i, answer in enumerate(a for a in found if not a.correct)
    }


def right_answers(name: str) -> dict[str, Answers]:
    """Students who answer every exercise rightly and otherwise, until each answer was given."""
    right = {e: [a for a in found if a.correct] for e, found in course.bank(name).items()}
    return {
        f"right-{i}": {exercise: found[i % len(found)] for exercise, found in right.items()}
        for i in range(max(map(len, right.values())))
    }


def enrol(root: Path, name: str, students: dict[str, Answers]) -> None:
    """Hand in answers of the bank."""
    for student, answers in students.items():
        submit(root, student, name, answered(name, answers))


def misjudged(root: Path, name: str, students: dict[str, Answers]) -> list[str]:
    """What nbgrader got wrong about these students.

    Wrong answers must fail their own cells, each by its own message, and cost no other points.
    """
    found = []
    for student, answers in students.items():
        earned, said, deserved = scores(root, student, name), messages(root, student, name), []
        for exercise, task in course.exercises(name).items():
            own = {cell: text for cell, text in said.items() if cell in task.tests}
            answer = answers.get(exercise)
            deserved += [answer.deserves(own) if answer else not own]
            deserved += [
                earned[cell] == (0 if cell in own else p) for cell, p in task.points.items()
            ]
        if not all(deserved):
            about = ", ".join(answer.about for answer in answers.values())
            found.append(f"{student} ({about}): {earned} {said}")
    return found


def scores(root: Path, student: str, name: str) -> dict[str, float]:
    """Points earned in each graded cell."""
    return {i: score for i, (score, _) in grades(root, student, name).items()}
