"""A class of honest, broken and hostile submissions, graded by one command."""

import csv
import os
import shutil
import subprocess
import sys

import pytest

from helpers.grading import sandbox
from tests import course
from tests.classes import messages, scores
from tests.hostile import CASES, NAME

pytestmark = pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "-")


def grade(root, *arguments: str) -> str:
    """Run the command in a course; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "helpers.grading", NAME, *arguments], cwd=root, text=True,
        capture_output=True, check=False, env=os.environ | {"PYTHONPATH": str(course.ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A course with every case of `tests.hostile` handed in and graded."""
    root = tmp_path_factory.mktemp("class")
    shutil.copytree(course.SOLUTIONS / NAME, root / "solutions" / NAME)
    shutil.copy(course.ROOT / "nbgrader_config.py", root)
    for student, case in CASES.items():
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        case.write(folder)
    grade(root, "--cell-seconds", "4", "--total-seconds", "40", "--memory-mb", "3000")
    return root


@pytest.fixture(scope="module")
def told(classroom):
    """Each student's row of the report."""
    rows = csv.DictReader((classroom / ".grading" / f"{NAME}.csv").open())
    return {row["student"]: row for row in rows}


def test_every_submission_ends_in_a_grade(told):
    assert told.keys() == CASES.keys()
    assert len(CASES) >= 35


@pytest.mark.parametrize("student", CASES)
def test_submission_gets_what_it_deserves(student, classroom, told):
    case = CASES[student]
    earned, said = scores(classroom, student, NAME), messages(classroom, student, NAME)
    assert sum(earned.values()) == case.points, (told[student], said)
    words = told[student]["remarks"] + " ".join(said.values()) + page(classroom, student)
    assert case.words in words, (told[student], said)


def page(root, student: str) -> str:
    """The feedback page."""
    return (root / "feedback" / student / NAME / f"{NAME}.html").read_text()
