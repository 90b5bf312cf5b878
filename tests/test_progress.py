"""The learner's standing, as the notebooks on disk tell it."""

import json

import nbformat
import pytest

from helpers import manifest, progress
from helpers.notebook import kind_of
from tests import course

FIRST, SECOND = course.NAMES[:2]


@pytest.fixture
def folder(tmp_path):
    """A copy of the released notebooks."""
    for name in course.NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.ipynb").write_bytes(course.release_path(name).read_bytes())
    return tmp_path


def save_outputs(folder, name, outputs):
    """Give graded cells outputs as JupyterLab saves them: by grade id, a line or an error."""
    path = folder / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        text = outputs.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if text:
            cell.outputs = [nbformat.v4.new_output("stream", text=text)]
            if not text.startswith("✓"):
                cell.outputs = [
                    nbformat.v4.new_output(
                        "error", ename="AssertionError", evalue=text, traceback=[text]
                    )
                ]
    nbformat.write(notebook, path)


def test_untouched_notebooks_are_not_begun(folder):
    found = progress.standings(folder)
    assert [at.state for at in found] == ["not begun"] * len(course.NAMES)
    assert "exercise 1.1, Instances to classes (3 points)" in progress.next_step(found)


def test_what_passed_counts_and_the_first_open_exercise_comes_next(folder):
    tests = manifest.load()[FIRST].tests
    save_outputs(folder, FIRST, {cell.grade_id: "✓ right\n" for cell in tests})
    save_outputs(
        folder,
        SECOND,
        {"insert_zeros_size": "✓ right\n", "insert_zeros_values": "insert_zeros: wrong"},
    )
    found = progress.standings(folder)
    assert [at.state for at in found][:3] == ["12 of 12 ✓", "1 of 14", "not begun"]
    assert "exercise 2.1," in progress.next_step(found)
    assert "12 of 12 ✓" in progress.table(found) and "13 of 99 points" in progress.as_text(found)


def test_an_error_after_a_printed_tick_does_not_pass(folder):
    path = folder / FIRST / f"{FIRST}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if kind_of(c) == "test")
    cell.outputs = [
        nbformat.v4.new_output("stream", text="✓ right\n"),
        nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]),
    ]
    nbformat.write(notebook, path)
    assert progress.standings(folder)[0].passed == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"cells": [1]}',
        json.dumps({"cells": [{"cell_type": "code"}]}).encode(),
    ],
)
def test_damaged_and_missing_notebooks_are_said(folder, content):
    (folder / FIRST / f"{FIRST}.ipynb").write_bytes(content)
    (folder / SECOND / f"{SECOND}.ipynb").unlink()
    found = progress.standings(folder)
    assert [at.state for at in found][:3] == ["damaged", "not here", "not begun"]
    assert "exercise 3.1" in progress.next_step(found)


def test_everything_passed(folder):
    for name, notebook in manifest.load().items():
        save_outputs(folder, name, {cell.grade_id: "✓ right\n" for cell in notebook.tests})
    found = progress.standings(folder)
    assert all(at.done for at in found)
    assert "Every visible check passes" in progress.next_step(found)
    (folder / SECOND / f"{SECOND}.ipynb").unlink()
    here = progress.standings(folder)
    assert progress.next_step(here) == "Every check passes in the notebooks that are here."


def test_a_folder_without_notebooks_is_said(tmp_path):
    said = progress.next_step(progress.standings(tmp_path))
    assert said == "None of the course's notebooks can be read, so nothing is known yet."


def write_answer(folder, name, source):
    """Write into the first answer cell of a notebook, as a learner does."""
    path = folder / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(c for c in notebook.cells if kind_of(c) == "answer").source = source
    nbformat.write(notebook, path)
    return path


def test_written_but_not_run_and_written_but_wrong_are_told_apart(folder):
    write_answer(folder, SECOND, "def insert_zeros(x, stride):\n    return x")
    assert progress.standings(folder)[1].state == "not run yet"
    save_outputs(folder, SECOND, {"insert_zeros_size": "wrong"})
    assert progress.standings(folder)[1].state == "0 of 14"


def test_the_notebook_that_one_is_in_comes_first(folder):
    found = progress.standings(folder)
    assert "exercise 5.1" in progress.next_step(found, "05_unet_forward")
    assert "exercise 5.1" in progress.table(found, "05_unet_forward")
    assert "exercise 1.1" in progress.next_step(found, "elsewhere")
