"""nbgrader itself, from release to returned feedback, on a small class."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests import course

HONEST, UNTOUCHED, NOISY = "honest", "untouched", "noisy"


def nbgrader(root, *arguments: str) -> str:
    """Run an nbgrader command in the course at `root`; its output, or a failed test."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    # nbgrader calls alembic by its bare name when it makes a new gradebook
    here = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run(
        command, cwd=root, env=os.environ | here, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def solved_release(name: str) -> nbformat.NotebookNode:
    """What a learner hands in who has solved everything: the release with the answers in it."""
    notebook = nbformat.read(course.release_path(name), as_version=4)
    answers = course.exercises(name)
    for cell in notebook.cells:
        if course.kind(cell) == "solution":
            cell.source = answers[cell.metadata.nbgrader.grade_id].source
    return notebook


def submit(root, student: str, name: str, notebook: nbformat.NotebookNode) -> None:
    """Put a notebook where nbgrader collects it."""
    target = root / "submitted" / student / name / f"{name}.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(notebook, target)


@pytest.fixture(scope="session")
def classroom(tmp_path_factory):
    """A copy of the course with every notebook released, handed in and graded by nbgrader."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(course.SOLUTIONS, root / "solutions")
    shutil.copy(course.ROOT / "nbgrader_config.py", root)
    for name in course.NAMES:
        nbgrader(root, "generate_assignment", name)
        submit(root, HONEST, name, solved_release(name))
        untouched = nbformat.read(root / "notebooks" / name / f"{name}.ipynb", as_version=4)
        submit(root, UNTOUCHED, name, untouched)
        if name == course.NAMES[0]:
            submit(root, NOISY, name, with_warnings(solved_release(name)))
        nbgrader(root, "autograde", name)
        nbgrader(root, "generate_feedback", name)
    nbgrader(root, "export")
    return root


def with_warnings(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Right answers that also write to standard error, as a library's warning does."""
    for cell in notebook.cells:
        if course.kind(cell) == "solution":
            head, _, body = cell.source.partition("### BEGIN SOLUTION")
            noise = 'import sys, warnings; warnings.warn("noise"); print("noise", file=sys.stderr)'
            cell.source = f"{head}### BEGIN SOLUTION\n    {noise}{body}"
    return notebook


def grades(root, student: str, name: str) -> dict[str, tuple[float, float]]:
    """Points earned and possible of each graded cell."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(name, name, student)
        assert not any(grade.needs_manual_grade for grade in notebook.grades)
        return {grade.name: (grade.auto_score, grade.max_score) for grade in notebook.grades}


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
        assert errors == (["NotImplementedError"] if course.kind(cell) == "test" else []), cell.id


def test_noise_on_standard_error_costs_no_points(classroom):
    name = course.NAMES[0]
    assert grades(classroom, NOISY, name) == grades(classroom, HONEST, name)


@each_notebook
def test_feedback_is_written_for_each_student(name, classroom):
    for student in (HONEST, UNTOUCHED):
        page = (classroom / "feedback" / student / name / f"{name}.html").read_text()
        for exercise in course.exercises(name).values():
            assert all(grade_id in page for grade_id in exercise.tests)


def test_export_lists_every_student_and_assignment(classroom):
    rows = (classroom / "grades.csv").read_text().splitlines()[1:]
    assert len(rows) == 3 * len(course.NAMES)  # nbgrader lists a student's missing work too


@each_notebook
def test_validate_tells_solved_from_untouched(name, classroom, tmp_path):
    solved, untouched = tmp_path / "solved.ipynb", course.release_path(name)
    nbformat.write(solved_release(name), solved)
    assert "Success! Your notebook passes all the tests" in nbgrader(
        course.ROOT, "validate", str(solved)
    )
    count = sum(len(e.tests) for e in course.exercises(name).values())
    assert f"VALIDATION FAILED ON {count} CELL(S)" in nbgrader(
        course.ROOT, "validate", str(untouched)
    )
