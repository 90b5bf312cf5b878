"""Classes of made-up students for nbgrader: what they hand in, and what their grades say."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from helpers.notebook import kind_of
from tests import course
from tests.bank import Answer


def nbgrader(root: Path, *arguments: str) -> str:
    """Run an nbgrader command in the course at `root`; its output, or a failed test."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    # nbgrader calls alembic by its bare name when it makes a new gradebook
    here = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run(
        command, cwd=root, env=os.environ | here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


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


def wrong_answers(name: str, first: int | None = None) -> Iterable[tuple[str, str, Answer]]:
    """A student for each wrong answer of a notebook's bank, or the `first` of each exercise."""
    for exercise, answers in course.bank(name).items():
        for i, answer in enumerate([a for a in answers if not a.correct][:first]):
            yield f"wrong-{exercise}-{i}", exercise, answer


def right_answers(name: str, first: int | None = None) -> Iterable[tuple[str, dict[str, Answer]]]:
    """Students who answer every exercise rightly and otherwise, until each answer was given."""
    right = {e: [a for a in found if a.correct] for e, found in course.bank(name).items()}
    for i in range(max(map(len, right.values())) if first is None else first):
        yield f"right-{i}", {exercise: found[i % len(found)] for exercise, found in right.items()}


def enrol(root: Path, name: str, first: int | None = None) -> None:
    """Hand in the bank's answers to a notebook, each wrong one alone among right solutions."""
    for student, exercise, answer in wrong_answers(name, first):
        submit(root, student, name, answered(name, {exercise: answer}))
    for student, answers in right_answers(name, first):
        submit(root, student, name, answered(name, answers))


def misjudged(root: Path, name: str, first: int | None = None) -> tuple[int, list[str], list[str]]:
    """How many answers nbgrader graded, and what it got wrong: wrong accepted, right refused.

    A wrong answer counts as accepted unless its own cells fail, each by its own message, and only
    those; a right one as refused unless it earns every point.
    """
    full = {i: p for e in course.exercises(name).values() for i, p in e.points.items()}
    accepted, refused, count = [], [], 0
    for student, _, answer in wrong_answers(name, first):
        count += 1
        earned, said = scores(root, student, name), messages(root, student, name)
        if earned != {i: 0 if i in answer.fails else p for i, p in full.items()} or not all(
            said.get(i, "").startswith("AssertionError: ") and fragment.lower() in said[i].lower()
            for i, fragment in answer.fails.items()
        ):
            accepted.append(f"{student} ({answer.about}): {earned} {said}")
    for student, _ in right_answers(name, first):
        count += 1
        if (earned := scores(root, student, name)) != full:
            refused.append(f"{student}: {earned} {messages(root, student, name)}")
    return count, accepted, refused


def scores(root: Path, student: str, name: str) -> dict[str, float]:
    """Points earned in each graded cell."""
    return {i: score for i, (score, _) in grades(root, student, name).items()}
