"""What students are given is enough to work with, and holds no answers."""

import os
import subprocess
import sys
import zipfile

import pytest

from tests import course


def unpacked(target, *options):
    """The folder that a student unpacks, in `target`."""
    command = ["make", "bundle", f"BUNDLE={target / 'course.zip'}", *options]
    subprocess.run(command, cwd=course.ROOT, check=True)
    with zipfile.ZipFile(target / "course.zip") as archive:
        archive.extractall(target)
    return target / "segmentation-course"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """All that is handed out."""
    return unpacked(tmp_path_factory.mktemp("student"))


def test_it_holds_no_answers(bundle):
    files = [path for path in bundle.rglob("*") if path.is_file()]
    assert len(files) > 100
    for name in course.NAMES:
        cells = course.read(bundle / "notebooks" / name / f"{name}.ipynb").cells
        text = "\n".join(cell.source for cell in cells)
        for exercise in course.exercises(name).values():
            answer = exercise.source.partition("### BEGIN SOLUTION")[2].partition("### END")[0]
            assert answer.strip() and answer.strip() not in text, exercise.name
    assert {path.name for path in bundle.iterdir() if path.is_dir()} == {"helpers", "notebooks"}


def test_it_is_all_that_a_student_needs(bundle):
    environment = os.environ | {"PYTHONPATH": str(bundle)}

    def run(*arguments, ends=0):
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=bundle,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == ends, done.stdout + done.stderr
        return done.stdout

    assert "0 of 99 points" in run("helpers.progress")
    assert "it ran to its end" in run("helpers.ready", "06_car_inference", ends=1)


def test_a_part_of_the_notebooks_can_be_handed_out(tmp_path):
    part = f"notebooks/{course.NAMES[0]} notebooks/glossary.md"
    folder = unpacked(tmp_path, f"NOTEBOOKS={part}")
    names = {path.name for path in (folder / "notebooks").iterdir()}
    assert names == {course.NAMES[0], "glossary.md"}


def test_a_students_container_holds_what_the_archive_does(bundle):
    text = (course.ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
    students = text.partition("FROM tools AS learner\n")[2].partition("\nFROM ")[0]
    copied = [line.split()[2:-1] for line in students.splitlines() if line.startswith("COPY ")]
    assert {name for names in copied for name in names} == {path.name for path in bundle.iterdir()}
