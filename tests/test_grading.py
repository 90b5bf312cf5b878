"""nbgrader itself, from release to returned feedback, on a small class."""

import csv
import re
import shutil

import nbformat
import pytest

from helpers.notebook import kind_of
from tests import course
from tests.classes import (
    answered,
    bare,
    enrol,
    grades,
    misjudged,
    nbgrader,
    submit,
    unsolved_release,
)

HONEST, UNTOUCHED, NOISY, WRONG = "honest", "untouched", "noisy", "wrong"


def wrong(name):
    """A student with the bank's first wrong answer to every exercise."""
    return {
        WRONG: {
            exercise: next(answer for answer in answers if not answer.correct)
            for exercise, answers in course.bank(name).items()
        }
    }


@pytest.fixture(scope="session")
def classroom(tmp_path_factory, kernels):
    """A copy of the course with every notebook released, handed in and graded by nbgrader.

    The class is a few students, who hand in the cells that nbgrader knows: nbval runs the solutions
    whole, with the hidden tests, and the browser the released notebooks.
    """
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(course.SOLUTIONS, root / "solutions")
    shutil.copy(course.ROOT / "nbgrader_config.py", root)
    for name in course.NAMES:
        nbgrader(root, "generate_assignment", name)
        submit(root, HONEST, name, answered(name, {}))
        untouched = nbformat.read(root / "notebooks" / name / f"{name}.ipynb", as_version=4)
        submit(root, UNTOUCHED, name, bare(untouched))
        if name == course.NAMES[0]:
            submit(root, NOISY, name, with_warnings(answered(name, {})))
        enrol(root, name, wrong(name))
        nbgrader(root, "autograde", name)
        nbgrader(root, "generate_feedback", name)
    nbgrader(root, "export")
    return root


def with_warnings(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Right answers that also write to standard error, as a library's warning does."""
    for cell in notebook.cells:
        if kind_of(cell) == "answer":
            head, _, body = cell.source.partition("### BEGIN SOLUTION")
            noise = 'import sys, warnings; warnings.warn("noise"); print("noise", file=sys.stderr)'
            cell.source = f"{head}### BEGIN SOLUTION\n    {noise}{body}"
    return notebook


each_notebook = pytest.mark.parametrize("name", course.NAMES)


@each_notebook
def test_committed_release_is_what_nbgrader_generates(name, classroom):
    fresh = classroom / "notebooks" / name / f"{name}.ipynb"
    assert fresh.read_bytes() == course.release_path(name).read_bytes(), "run: make release"


def test_no_stray_release():
    assert sorted(p.name for p in course.RELEASES.iterdir() if p.is_dir()) == course.NAMES
    for name in course.NAMES:
        assert [p.name for p in (course.RELEASES / name).glob("*.ipynb")] == [f"{name}.ipynb"]


@each_notebook
def test_solution_earns_full_points(name, classroom):
    earned = grades(classroom, HONEST, name)
    expected = {i: p for e in course.exercises(name).values() for i, p in e.points.items()}
    assert {i: score for i, (score, _) in earned.items()} == expected


@each_notebook
def test_untouched_release_earns_zero_by_not_implemented_error(name, classroom):
    earned = grades(classroom, UNTOUCHED, name)
    assert earned and all(score == 0 for score, _ in earned.values()), earned
    graded = classroom / "autograded" / UNTOUCHED / name / f"{name}.ipynb"
    for cell in nbformat.read(graded, as_version=4).cells:
        errors = [o.ename for o in cell.get("outputs", []) if o.output_type == "error"]
        assert errors == (["NotImplementedError"] if kind_of(cell) == "test" else []), cell.id


def test_noise_on_standard_error_costs_no_points(classroom):
    name = course.NAMES[0]
    assert grades(classroom, NOISY, name) == grades(classroom, HONEST, name)


@each_notebook
def test_wrong_answers_fail_by_their_own_messages(name, classroom):
    assert not misjudged(classroom, name, wrong(name))


@each_notebook
def test_feedback_is_written_for_each_student(name, classroom):
    for student in (HONEST, UNTOUCHED):
        page = (classroom / "feedback" / student / name / f"{name}.html").read_text()
        for exercise in course.exercises(name).values():
            assert all(grade_id in page for grade_id in exercise.tests)


def test_export_lists_every_student_and_assignment(classroom):
    rows = list(csv.DictReader((classroom / "grades.csv").open()))
    students = {row["student_id"] for row in rows}
    assert {HONEST, UNTOUCHED, NOISY} <= students
    assert len(rows) == len(students) * len(course.NAMES)  # missing work is listed too


def test_validate_tells_solved_from_untouched(tmp_path, kernels):
    """In a notebook with tests only, and in one with a question besides."""
    begins, expected = "Success! Your notebook passes all the tests", []
    files = []
    for name in ("02_transposed_convolution", "06_car_inference"):
        untouched = bare(unsolved_release(name))
        asked = sum(kind_of(cell) in ("test", "words") for cell in untouched.cells)
        for kind, notebook in (("solved", answered(name, {})), ("untouched", untouched)):
            files.append(tmp_path / f"{name}-{kind}.ipynb")
            nbformat.write(notebook, files[-1])
        # Validate asks for an answer in words, too
        expected += [begins, f"VALIDATION FAILED ON {asked} CELL(S)"]
    told = nbgrader(course.ROOT, "validate", *map(str, files))
    found = re.findall(rf"{begins}|VALIDATION FAILED ON \d+ CELL\(S\)", told)
    assert found == expected
