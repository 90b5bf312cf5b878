"""Wrong states of a running notebook: a sentence says what is the matter, and nothing misleads."""

import contextlib
import io
import json
import subprocess
import sys

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from helpers import session
from tests import course

NAME = "02_transposed_convolution"
CELLS = {c.id: c.source for c in course.read(course.solution_path(NAME)).cells}
ANSWER, TEST = CELLS["insert_zeros"], CELLS["insert_zeros_size"]


class Kernel:
    """A notebook's kernel: run cells in it and read what they show."""

    def __init__(self) -> None:
        self.shell = InteractiveShell.instance()
        assert self.shell.history_manager
        self.shell.history_manager.enabled = False
        session.install(self.shell)

    def run(self, source: str, cell_id: str | None = None) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            self.result = self.shell.run_cell(source, cell_id=cell_id)
        return shown.getvalue().strip()


@pytest.fixture
def kernel(monkeypatch):
    """A kernel in the notebook's folder, in which nothing has run."""
    monkeypatch.chdir(course.release_path(NAME).parent)
    monkeypatch.setenv("COURSE_FIGURES", "off")
    yield Kernel()
    InteractiveShell.clear_instance()


@pytest.fixture
def ready(kernel):
    """The same after its setup cell and the solution of exercise 2.1."""
    kernel.run(CELLS["setup"])
    assert kernel.run(ANSWER, "insert_zeros") == ""
    assert kernel.run(TEST).startswith("✓")
    return kernel


BROKEN = {
    "a syntax error": (ANSWER.replace("return result", "return result)"), "SyntaxError"),
    "a misspelt def": (ANSWER.replace("def insert_zeros", "dfe insert_zeros"), "SyntaxError"),
    "a wrong indent": (ANSWER.replace("    return", "   return"), "IndentationError"),
    "an error before the def": ("1 / 0\n" + ANSWER, "ZeroDivisionError: division by zero"),
    "a renamed function": (
        ANSWER.replace("def insert_zeros", "def insert_zero"),
        "does not define `insert_zeros`. Did you change the name?",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_failed_answer_cell_is_not_tested_in_its_old_version(broken, ready):
    source, why = BROKEN[broken]
    ready.run(source, "insert_zeros")
    said = ready.run(TEST)
    assert said.startswith("AssertionError: When you last ran the answer cell of exercise 2.1, it")
    assert why in said and "✓" not in said and "Traceback" not in said
    assert isinstance(ready.result.error_in_exec, AssertionError)
    seen = ready.run(CELLS["try-insert"])
    assert seen.startswith("When you last ran the answer cell of exercise 2.1") and why in seen
    assert ready.result.success, "Run All goes on"
    ready.run(ANSWER, "insert_zeros")
    assert ready.run(TEST).startswith("✓")


def test_a_syntax_error_is_noticed_where_an_editor_changed_the_cells_ids(ready):
    ready.run(ANSWER.replace("return result", "return result)"), "W0sZmlsZQ")
    assert "SyntaxError" in ready.run(TEST)


def test_an_answer_whose_cell_fails_after_the_def_is_tested(ready):
    ready.run(ANSWER + "\n1 / 0", "insert_zeros")
    assert ready.run(TEST).startswith("✓")


@pytest.mark.parametrize("cell", ["insert_zeros_size", "try-insert", "stamps-figure", "progress"])
def test_a_cell_that_runs_first_after_a_restart_says_what_to_do(cell, kernel, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("helpers.checks")]:
        monkeypatch.delitem(sys.modules, name)
    said = kernel.run(CELLS[cell])
    assert len(said.splitlines()) == 1 and said.startswith("NameError: `")
    assert "this kernel has just started. Run the cells above first" in said
    assert isinstance(kernel.result.error_in_exec, NameError)


def test_a_test_before_its_answer_names_the_exercise(kernel):
    kernel.run(CELLS["setup"])
    assert kernel.run(TEST) == (
        "NameError: `insert_zeros` is not there yet. Run the answer cell of exercise 2.1 first."
    )


def test_other_notebooks_and_other_names_keep_their_tracebacks(ready, monkeypatch, tmp_path):
    assert "Traceback" in ready.run("no_such_name")
    monkeypatch.chdir(tmp_path)
    assert "Traceback" in ready.run("insert_zeroes")


def test_a_stopped_cell_says_so_in_a_line(ready):
    said = ready.run("raise KeyboardInterrupt")
    assert said == (
        "KeyboardInterrupt: you stopped this cell before its end. Run it again when you like."
    )
    assert isinstance(ready.result.error_in_exec, KeyboardInterrupt)


WRONG = {
    "raises": ("    raise ValueError('no')", "Exercise 2.1 stopped with ValueError: no."),
    "fails inside PyTorch": (
        "    return torch.cat([x, x[0]], 2)",
        "Exercise 2.1 stopped with RuntimeError: ",
    ),
    "returns nothing": ("    pass", "What exercise 2.1 gave does not fit here (TypeError: "),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_cells_that_show_something_say_in_a_line_which_exercise_failed(wrong, ready):
    body, said = WRONG[wrong]
    ready.run("def insert_zeros(x, stride):\n" + body, "insert_zeros")
    shown = ready.run(CELLS["try-insert"])
    assert shown.startswith(said) and len(shown.splitlines()) == 1
    assert shown.endswith("Its tests say more: run Test 2.1a.") and ready.result.success


def test_an_error_that_no_exercise_caused_shows(ready):
    ready.run("with after_exercise():\n    open('/no/such/file')")
    assert isinstance(ready.result.error_in_exec, FileNotFoundError)


def test_an_answer_that_works_in_place_does_not_damage_the_notebook(ready):
    ready.run("x = torch.ones(1, 1, 2, 2)\ny = np.zeros(3)\nkept = torch.rand(3)")
    ready.run("def insert_zeros(x, stride):\n    return x.mul_(2)", "insert_zeros")
    said = ready.run("with after_exercise():\n    insert_zeros(x, 2)\n    y += 1")
    assert said.startswith("Your code changed `x`, `y` in place. The course has put the old")
    assert torch.equal(ready.shell.user_ns["x"], torch.ones(1, 1, 2, 2))
    assert ready.shell.user_ns["y"].tolist() == [0, 0, 0]
    assert ready.run("with after_exercise():\n    z = x * 2\n    x = x + 1") == ""
    assert ready.shell.user_ns["x"].max() == 2, "a new tensor under the same name stays"


def test_numbers_that_are_none_are_no_damage(ready):
    ready.run("nan = torch.tensor([float('nan')])")
    assert ready.run("with after_exercise():\n    pass") == ""


def test_numbers_that_came_into_another_shape_cannot_be_put_back():
    changed, same = torch.zeros(3), torch.ones(3)
    assert not session.put_back(changed, torch.zeros(2))
    assert session.put_back(changed, same) and torch.equal(changed, same)


def test_a_windows_path_that_python_misreads_is_explained(ready):
    assert r'Write an r before the quotes: r"C:\Pictures' in ready.run(r'p = "C:\Users\me\car.png"')


def test_a_kernel_of_this_environment_watches_from_its_start(tmp_path):
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path / NAME
    folder.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(TEST)])
    NotebookClient(
        notebook,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    assert "this kernel has just started" in "".join(notebook.cells[0].outputs[0].traceback)


@pytest.mark.parametrize("module", ["helpers.progress", "helpers.ready"])
def test_a_terminal_without_the_marks_prints_what_it_can(module, tmp_path):
    given = [] if module == "helpers.progress" else ["no_such_notebook"]
    done = subprocess.run(
        [sys.executable, "-m", module, *given],
        capture_output=True,
        text=True,
        encoding="cp1252",
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "cp1252"},
    )
    assert "UnicodeEncodeError" not in done.stderr and done.stdout.strip()


def test_settings_for_learners_hide_the_instructors_panels_and_nothing_else():
    path = course.ROOT / "helpers/etc/student/labconfig/page_config.json"
    hidden = json.loads(path.read_text())["disabledExtensions"]
    assert "@jupyter/nbgrader:formgrader" in hidden
    assert "@jupyter/nbgrader:validate-assignment" not in hidden
