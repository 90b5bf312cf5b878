"""Before you hand in: what the report finds, and that it claims no more than it saw."""

import json
import sys

import nbformat
import pytest

from grading.sandbox import Limits
from helpers import manifest
from helpers.notebook_file import Unreadable, read_json
from helpers.ready import __main__ as command
from helpers.ready import before_you_submit, findings, rerun, verdict
from helpers.ready.finding import BAD, GOOD, NOTE, as_text
from helpers.ready.findings import HIDDEN
from tests import course
from tests.classes import bare, solved_release

NAME = "02_transposed_convolution"
pytestmark = pytest.mark.usefixtures("kernels")


def test_manifest_is_that_of_the_released_notebooks():
    assert manifest.MANIFEST.read_text() == manifest.released(), "run: make release"
    for name, notebook in manifest.load().items():
        points = {i: p for e in course.exercises(name).values() for i, p in e.points.items()}
        assert {cell.grade_id: cell.points for cell in notebook.tests} == points
        answers = [cell.grade_id for cell in notebook.cells if cell.kind == "answer"]
        assert answers == list(course.exercises(name))
        assert len(notebook.exercises) == len(answers)
        assert all(cell.label.startswith(cell.exercise) and cell.label for cell in notebook.tests)


def test_limits_are_those_of_grading():
    assert (Limits.cell_seconds, Limits.total_seconds) == (rerun.CELL_SECONDS, rerun.TOTAL_SECONDS)
    assert f"timeout = {rerun.CELL_SECONDS}\n" in (course.ROOT / "nbgrader_config.py").read_text()


@pytest.fixture
def solved():
    """A released notebook in which everything is answered, bare."""
    return bare(solved_release(NAME))


def cell_of(notebook, grade_id):
    """The cell with a grade id."""
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def look(notebook, tmp_path, file=f"{NAME}.ipynb"):
    """The findings for a notebook that is not run."""
    nbformat.write(notebook, tmp_path / file)
    return list(findings.examine(*findings.find(str(tmp_path / file))))


def test_a_whole_notebook_has_nothing_to_fix(solved, tmp_path):
    assert {finding.mark for finding in look(solved, tmp_path)} == {GOOD}


def renamed(notebook):
    return f"{NAME} (1).ipynb"


def without_a_test(notebook):
    notebook.cells.remove(cell_of(notebook, "insert_zeros_size"))


def without_an_answer(notebook):
    notebook.cells.remove(cell_of(notebook, "insert_zeros"))


def doubled(notebook):
    cell = cell_of(notebook, "insert_zeros")
    notebook.cells.insert(3, nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata))


def turned_to_text(notebook):
    cell = cell_of(notebook, "insert_zeros_size")
    new = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    notebook.cells[notebook.cells.index(cell)] = new


def edited(notebook):
    cell_of(notebook, "insert_zeros_size").source = "print('✓ all right')"


@pytest.mark.parametrize(
    "spoil, mark, says, step",
    [
        (renamed, BAD, f"called {NAME} (1).ipynb", "rename"),
        (without_a_test, BAD, "graded cell 2.1a (insert_zeros_size) is missing", "fresh copy"),
        (without_an_answer, BAD, "answer cell of exercise 2.1 (insert_zeros) is missing", "fresh"),
        (doubled, BAD, "exercise 2.1 (insert_zeros) is there 2 times", "press D"),
        (turned_to_text, BAD, "2.1a (insert_zeros_size) is no longer a code cell", "press Y"),
        (edited, NOTE, "edited: 2.1a", "cell of their own"),
    ],
)
def test_what_is_wrong_with_the_cells_is_told_with_a_next_step(
    spoil, mark, says, step, solved, tmp_path
):
    file = spoil(solved) or f"{NAME}.ipynb"
    faults = [f for f in look(solved, tmp_path, file) if f.mark != GOOD]
    assert [fault.mark for fault in faults] == [mark]
    assert says in faults[0].text and step in faults[0].step


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"cells": 3}',
        b'{"cells": [], "nbformat": 4, "metadata": {}}',
    ],
)
def test_what_is_no_notebook_of_the_course_is_refused_in_words(content, tmp_path, capsys):
    path = tmp_path / f"{NAME}.ipynb"
    path.write_bytes(content)
    assert command.main([str(path)]) == 2
    assert f"{BAD} {path.name}" in capsys.readouterr().out
    assert path.read_bytes() == content


def test_a_missing_notebook_is_refused_with_what_may_have_been_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unreadable, match="there is no notebook nowhere.ipynb .* 07_training"):
        findings.find("nowhere.ipynb")
    (tmp_path / f"{NAME} (1).ipynb").write_text("{}")
    with pytest.raises(Unreadable, match=r"Is it .* \(1\).ipynb\? Then rename it to .*tion.ipynb"):
        findings.find(NAME)


def test_what_is_no_notebook_file_is_named(tmp_path, monkeypatch):
    def said(path):
        with pytest.raises(Unreadable) as caught:
            read_json(path)
        return str(caught.value)

    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path)
    (tmp_path / "c").write_text("{}" * 10)
    monkeypatch.setattr("helpers.notebook_file.LARGEST", 19)
    assert said(tmp_path / "a") == "a is no ordinary file."
    assert said(tmp_path / "b").startswith("b is a link to another file.")
    assert said(tmp_path / "c").startswith("c has 0 MB, more than the 0 MB that are graded.")
    assert said(tmp_path / "d") == "d could not be read: No such file or directory."


def test_the_cell_says_so_where_there_is_no_notebook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before_you_submit("nowhere.ipynb")
    assert capsys.readouterr().out.startswith(f"{BAD} there is no notebook nowhere.ipynb")


def test_a_number_is_name_enough(monkeypatch):
    monkeypatch.chdir(course.ROOT)
    assert findings.find("02")[0] == course.release_path(NAME)


def test_report_of_right_and_wrong_answers(solved, tmp_path, capsys):
    answers = course.bank(NAME)["transposed_conv2d"]
    wrong = next(a for a in answers if "transposed_conv2d_kernel" in a.fails)
    cell_of(solved, "transposed_conv2d").source = wrong.source
    cell_of(solved, "upsampled_size").source = cell_of(
        nbformat.read(course.release_path(NAME), as_version=4), "upsampled_size"
    ).source
    path = tmp_path / f"{NAME}.ipynb"
    nbformat.write(solved, path)
    before = path.read_bytes()
    assert command.main([str(path)]) == 1
    printed = capsys.readouterr().out
    assert path.read_bytes() == before
    assert "ran to its end" in printed and as_text(HIDDEN) in printed
    assert max(map(len, printed.splitlines())) <= 96
    assert "Ready" not in printed
    assert wrong.fails["transposed_conv2d_kernel"].split("\n")[0][:20] in printed
    assert "exercise 2.3, The size rule, is not written yet (2 points)" in printed
    assert "check 2.1" not in printed


def test_report_of_a_solved_notebook(tmp_path, capsys):
    nbformat.write(solved_release(NAME), tmp_path / f"{NAME}.ipynb")
    assert command.main([str(tmp_path / f"{NAME}.ipynb")]) == 0
    printed = capsys.readouterr().out
    assert "12 of 12 pass, 14 of 14 points" in printed and "Ready to hand in." in printed


def run_cells(*sources, tmp_path):
    """Run a small notebook; its first cell has a grade id."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["nbgrader"] = {"grade_id": "first"}
    told = []
    run = rerun.rerun(
        nbformat.v4.new_notebook(cells=cells), tmp_path, lambda *place: told.append(place)
    )
    assert told[-1] == (len(cells), len(cells)) or run.ended
    return run


def test_a_cell_that_stops_is_named_and_the_rest_still_runs(tmp_path):
    run = run_cells("1 / 0", "x = 1", tmp_path=tmp_path)
    assert not run.ended and not run.passed("first")
    assert run.error("first") == ("ZeroDivisionError", "division by zero")
    assert [cell.error is None for cell in run.cells] == [False, True]


def test_a_dead_kernel_passes_nothing(tmp_path):
    run = run_cells("import os; os._exit(0)", "x = 1", tmp_path=tmp_path)
    assert "the kernel died in cell 1" in run.ended
    told = list(verdict.how_it_ran(manifest.load()[NAME], run))
    assert "it does not run whole: the kernel died in cell 1" in told[0].text
    assert GOOD not in {finding.mark for finding in told}
    assert not run.passed("first")
    assert run.error("first")[0] == "NotRun"


def test_an_endless_loop_is_stopped_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(rerun, "CELL_SECONDS", 2)
    run = run_cells("while True: pass", "x = 1", tmp_path=tmp_path)
    assert not run.passed("first") and run.cells[1].answered
    told = list(verdict.how_it_ran(manifest.load()[NAME], run))
    assert "cell 1 (`while True: pass`) stops with Timeout: it did not end" in told[0].text
    assert len(told) == 1 and "loop" in told[0].step  # not that it ran to its end


def test_a_loop_in_an_answer_is_waited_for_once_and_told_by_its_exercise(
    solved, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(rerun, "CELL_SECONDS", 6)
    monkeypatch.setattr(rerun, "AFTER_A_LOOP", 1)
    answer = cell_of(solved, "upsampled_size")
    answer.source = (
        "import time\n\ndef upsampled_size(*sizes, **options):\n"
        "    while True:\n        time.sleep(1)"
    )
    printed = reported(solved, tmp_path, capsys)
    assert "check 2.3a: Timeout: it did not end within 6 s" in printed
    assert "check 2.3b: Timeout: it did not end within 1 s" in printed
    assert printed.count("look for a loop that does not end in exercise 2.3") == 2
    assert "ran to its end" not in printed and "10 of 12 pass" in printed


def reported(notebook, tmp_path, capsys):
    """What the command prints of a notebook that is not ready, each line whole."""
    nbformat.write(notebook, tmp_path / f"{NAME}.ipynb")
    assert command.main([str(tmp_path / f"{NAME}.ipynb")]) == 1
    return " ".join(capsys.readouterr().out.split())


def test_a_broken_answer_is_told_once_and_first(solved, tmp_path, capsys):
    answer = cell_of(solved, "upsampled_size")
    answer.source = answer.source.replace("-> int:", "-> int")
    printed = reported(solved, tmp_path, capsys)
    assert (
        "exercise 2.3, The size rule, cannot be checked: its cell stops with SyntaxError: "
        "expected ':'"
    ) in printed
    assert "check 2.3" not in printed and "2.1" not in printed


def test_a_renamed_function_is_told(solved, tmp_path, capsys):
    answer = cell_of(solved, "upsampled_size")
    answer.source = answer.source.replace("def upsampled_size", "def size_after")
    printed = reported(solved, tmp_path, capsys)
    assert "check 2.3a: NameError: name 'upsampled_size' is not defined" in printed
    assert "keep the names of exercise 2.3 as they were" in printed


def test_what_an_edited_check_says_does_not_count(solved, tmp_path, capsys):
    answer = cell_of(solved, "upsampled_size")
    answer.source = "def upsampled_size(*sizes, **options):\n    return 0"
    for label in ("plain", "padding"):
        cell_of(solved, f"upsampled_size_{label}").source = "print('✓')"
    printed = reported(solved, tmp_path, capsys)
    assert "10 of 12 pass" in printed and "Ready" not in printed
    assert "check 2.3a was edited, so what it says does not count" in printed


def test_a_missing_check_is_told_once(solved, tmp_path, capsys):
    without_a_test(solved)
    printed = reported(solved, tmp_path, capsys)
    assert "graded cell 2.1a (insert_zeros_size) is missing" in printed
    assert "check 2.1a" not in printed and "11 of 12 pass" in printed


def test_a_run_that_takes_too_long_as_a_whole_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(rerun, "TOTAL_SECONDS", 0)
    run = run_cells("x = 1", "y = 2", tmp_path=tmp_path)
    assert "longer than 0 s" in run.ended and not run.passed("first")


def test_cell_says_the_same_without_running(solved, tmp_path, monkeypatch, capsys):
    without_a_test(solved)
    nbformat.write(solved, tmp_path / f"{NAME}.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    before_you_submit(NAME)
    printed = capsys.readouterr().out
    assert "graded cell 2.1a (insert_zeros_size) is missing" in printed
    assert f"python -m helpers.ready {NAME}" in printed and "visible checks" not in printed


def test_without_controls_the_cell_still_reports(solved, tmp_path, monkeypatch, capsys):
    nbformat.write(solved, tmp_path / f"{NAME}.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setitem(sys.modules, "helpers.widgets", None)  # cannot be imported
    before_you_submit(NAME)
    printed = capsys.readouterr().out
    assert GOOD in printed and f"python -m helpers.ready {NAME}" in printed


def test_an_answer_in_words_that_is_not_written_is_noted(tmp_path):
    name = "06_car_inference"
    release = nbformat.read(course.release_path(name), as_version=4)
    nbformat.write(release, tmp_path / f"{name}.ipynb")
    found = list(findings.examine(*findings.find(str(tmp_path / f"{name}.ipynb"))))
    noted = [f for f in found if f.mark == NOTE]
    assert ["is as it was released" in f.text for f in noted] == [True]
    assert "what your instructor is to read" in noted[0].step


def test_a_button_is_told_in_lines_of_json(tmp_path, capsys):
    assert command.main(["--lines", str(tmp_path / "nothing.ipynb")]) == 2
    command.bar_lines(3, 40)
    words, bar = map(json.loads, capsys.readouterr().out.splitlines())
    assert words["text"].startswith(f"{BAD} there is no notebook")
    assert bar == {"done": 3, "total": 40}
