"""Submissions that are broken, hostile or dishonest, and what must come of each.

Each case writes a student's folder for notebook 02 (its first exercise is `insert_zeros`). It says
how many of the 13 points it must earn, and a part of what the student must be told.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests import course
from tests.classes import solved_release

NAME = "02_transposed_convolution"
FULL = 13
CASES: dict[str, "Case"] = {}


@dataclass(frozen=True)
class Case:
    """A student: writes the folder, earns `points`, is told `words`; `cheats` is for counting."""

    write: Callable[[Path], None]
    points: float
    words: str
    cheats: bool


def case(points: float, words: str = "", cheats: bool = False) -> Callable:
    """Register a function that writes a submission into a folder."""
    def register(write: Callable[[Path], None]) -> Callable:
        CASES[write.__name__] = Case(write, points, words, cheats)
        return write

    return register


def code(points: float, words: str = "", cheats: bool = False, stub: bool = False) -> Callable:
    """Register a function that gives code for a cell of its own before the first exercise.

    The other cells are solved, or left as released with `stub`.
    """
    def register(make: Callable[[], str]) -> Callable:
        def write(folder: Path) -> None:
            notebook = release() if stub else solved_release(NAME)
            spot = next(i for i, c in enumerate(notebook.cells) if c.id == "insert_zeros")
            notebook.cells.insert(spot, nbformat.v4.new_code_cell(make()))
            save(notebook, folder)

        CASES[make.__name__] = Case(write, points, words, cheats)
        return make

    return register


def release() -> nbformat.NotebookNode:
    """A released notebook of one's own."""
    return nbformat.read(course.release_path(NAME), as_version=4)


def save(notebook: nbformat.NotebookNode, folder: Path, name: str = NAME) -> None:
    """Write a notebook without validating it."""
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def cell(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """A cell by its id."""
    return next(c for c in notebook.cells if c.id == name)


# -- honest ------------------------------------------------------------------------------------


@case(FULL)
def honest(folder):
    save(solved_release(NAME), folder)


@case(0)
def untouched(folder):
    save(release(), folder)


# -- code that does not end well -----------------------------------------------------------------


@code(FULL, "a cell may take")
def infinite_loop():
    return "while True:\n    pass"


@code(FULL, "was stopped: it ran longer than")
def loop_that_swallows_interrupts():
    return "while True:\n    try:\n        while True:\n            pass\n" \
        "    except BaseException:\n        pass"


@code(FULL, "was stopped: it ran longer than")
def loop_in_native_code():
    return "sum(range(10**13))"


@case(FULL - 3 - 5, "a cell may take 4 seconds")
def exercise_that_never_ends(folder):
    notebook = solved_release(NAME)
    cell(notebook, "insert_zeros").source = (
        "def insert_zeros(x, stride):\n    while True:\n        pass")
    notebook.cells = [c for c in notebook.cells if course.kind(c)]
    save(notebook, folder)


@code(FULL, "was stopped: its process ended")
def os_exit():
    return "import os\nos._exit(0)"


@code(FULL, "was stopped: its process ended")
def segfault():
    return "import ctypes\nctypes.string_at(0)"


@code(FULL, "")
def kills_everything():
    return "import os, signal\nos.kill(-1, signal.SIGKILL)\n" \
        "os.kill(os.getpid(), signal.SIGKILL)\nos.kill(os.getppid(), signal.SIGKILL)"


@code(FULL, "")
def sys_exit():
    return "import sys\nsys.exit(0)"


@code(FULL, "MB of memory")
def memory_bomb():
    return "import numpy as np\nhoard = []\nwhile True:\n    hoard.append(np.zeros(50_000_000))"


@code(FULL, "was stopped: it")
def fork_bomb():
    return "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"


@code(FULL, "")
def full_disk():
    return "with open('big', 'wb') as f:\n    while True:\n        f.write(bytes(10_000_000))"


@code(FULL, "")
def two_hundred_megabytes_printed():
    return "for _ in range(200):\n    print('x' * 1_000_000)"


@code(FULL, "")
def a_million_lines():
    return "for i in range(1_000_000):\n    print(i)"


@code(FULL, "")
def huge_picture():
    return "from IPython.display import Image, display\n" \
        "display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(20_000_000), format='png'))"


@code(FULL, "")
def warnings_on_stderr():
    return "import sys, warnings\nwarnings.warn('a warning')\nprint('noise', file=sys.stderr)"


@code(FULL, "")
def network_calls():
    return "import socket\nsocket.create_connection(('127.0.0.1', 8888), timeout=2)"


@code(FULL, "")
def output_widgets():
    return "import ipywidgets\nfrom IPython.display import display\n" \
        "display(ipywidgets.IntSlider())"


@code(FULL, "")
def reads_input():
    return "input('name? ')"


@code(FULL, "")
def closes_every_file():
    return "import os, sys\nsys.stdout.close()\nos.closerange(3, 200)"


# -- broken files --------------------------------------------------------------------------------


@case(0, "it is no JSON (line")
def broken_json(folder):
    save(solved_release(NAME), folder)
    path = folder / f"{NAME}.ipynb"
    path.write_text(path.read_text()[:5000])


@case(0, "is empty (0 bytes)")
def zero_bytes(folder):
    (folder / f"{NAME}.ipynb").touch()


@case(0, "is no UTF-8 text")
def not_utf8(folder):
    (folder / f"{NAME}.ipynb").write_bytes('{"metadata": "\xe9\xff"}'.encode("latin-1"))


@case(0, "is no Jupyter notebook")
def json_but_no_notebook(folder):
    (folder / f"{NAME}.ipynb").write_text('{"cells": "none"}')


@case(0, "There is no notebook")
def no_notebook(folder):
    (folder / "notes.txt").write_text("I was ill")


@case(0, "is a link")
def link_to_the_solution(folder):
    (folder / f"{NAME}.ipynb").symlink_to(course.solution_path(NAME))


@case(0, "None of the assignment's cells")
def another_notebook(folder):
    other = nbformat.read(course.release_path("01_semantic_segmentation"), as_version=4)
    save(other, folder)


@case(FULL, "was taken for")
def renamed_with_number(folder):
    save(solved_release(NAME), folder, f"{NAME}(1)")


@case(FULL, "was taken for")
def renamed_copy(folder):
    save(solved_release(NAME), folder, f"{NAME}-Copy1")


@case(FULL, "was taken for")
def renamed_freely(folder):
    save(solved_release(NAME), folder, "my homework")


@case(FULL, "was not graded")
def extra_notebook(folder):
    save(solved_release(NAME), folder)
    save(release(), folder, "scratch")


@case(0, "nothing tells which one")
def two_copies_and_no_original(folder):
    save(solved_release(NAME), folder, f"{NAME}-Copy1")
    save(release(), folder, f"{NAME}-Copy2")


# -- notebooks that were taken apart --------------------------------------------------------------


@case(FULL, "was missing and was put back")
def deleted_test_cell(folder):
    notebook = solved_release(NAME)
    notebook.cells.remove(cell(notebook, "insert_zeros_size"))
    save(notebook, folder)


@case(FULL - 3, "was missing and was put back")
def deleted_exercise(folder):
    notebook = solved_release(NAME)
    notebook.cells.remove(cell(notebook, "insert_zeros"))
    save(notebook, folder)


@case(FULL, "A copy of cell insert_zeros_size was left out")
def duplicated_test_cell(folder):
    notebook = solved_release(NAME)
    spot = notebook.cells.index(cell(notebook, "insert_zeros_size"))
    notebook.cells.insert(spot, notebook.cells[spot])
    save(notebook, folder)


@case(FULL, "was there twice with different code")
def duplicated_exercise(folder):
    notebook = solved_release(NAME)
    spot = notebook.cells.index(cell(notebook, "insert_zeros"))
    draft = nbformat.from_dict(json.loads(json.dumps(notebook.cells[spot])))
    draft.source = "def insert_zeros(x, stride):\n    return x"
    notebook.cells.insert(spot, draft)
    save(notebook, folder)


@case(FULL, "had been edited")
def edited_test_cell(folder):
    notebook = solved_release(NAME)
    cell(notebook, "insert_zeros_size").source = "print('passed')"
    save(notebook, folder)


@case(0, "had been edited", cheats=True)
def emptied_tests(folder):
    notebook = release()
    for c in notebook.cells:
        if course.kind(c) == "test":
            c.source = ""
    save(notebook, folder)


@case(0, "is code again", cheats=True)
def tests_turned_into_text(folder):
    notebook = json.loads(json.dumps(release()))
    for c in notebook["cells"]:
        if c["metadata"].get("nbgrader", {}).get("grade"):
            c["cell_type"] = "markdown"
            del c["outputs"], c["execution_count"]
    save(notebook, folder)


@case(FULL, "")
def unlocked_cells_and_more_points(folder):
    notebook = solved_release(NAME)
    for c in notebook.cells:
        if course.kind(c) == "test":
            c.metadata.nbgrader.update(locked=False, points=100, grade=True)
    save(notebook, folder)


@case(FULL, "known by their ids")
def without_metadata(folder):
    notebook = solved_release(NAME)
    for c in notebook.cells:
        c.metadata = {}
    notebook.metadata = {}
    save(notebook, folder)


@case(FULL, "")
def older_format(folder):
    notebook = nbformat.convert(solved_release(NAME), 3)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))


@case(FULL, "")
def another_kernel(folder):
    notebook = solved_release(NAME)
    notebook.metadata.kernelspec = {"name": "my_env", "display_name": "mine", "language": "R"}
    save(notebook, folder)


@case(0, "")
def reordered_tests_first(folder):
    notebook = solved_release(NAME)
    tests = [c for c in notebook.cells if course.kind(c) == "test"]
    rest = [c for c in notebook.cells if course.kind(c) != "test"]
    setup = next(i for i, c in enumerate(rest) if c.id == "setup")
    notebook.cells = rest[: setup + 1] + tests + rest[setup + 1 :]
    save(notebook, folder)


@case(FULL, "")
def pictures_beside_it(folder):
    save(solved_release(NAME), folder)
    (folder / "photo.png").write_bytes((course.ROOT / "helpers/assets/car.png").read_bytes())
    (folder / "deep").mkdir()
    (folder / "photo_link.png").symlink_to("/etc/passwd")


# -- cheats: the exercises are not written --------------------------------------------------------


def cheat(make: Callable[[], str]) -> Callable:
    """Code before the stubs that tries to get points without answers."""
    return code(0, "", cheats=True, stub=True)(make)


@cheat
def patched_checks():
    return "from helpers.checks import core, transposed as check\nfor n in dir(check):\n" \
        "    if n[0] != '_': setattr(check, n, lambda *a, **k: None)\ncore.fail = print"


@cheat
def a_check_of_its_own():
    return "class check:\n    pass\nfor n in ('insert_zeros_size', 'insert_zeros_values'):\n" \
        "    setattr(check, n, staticmethod(lambda *a, **k: print('ok')))"


@cheat
def check_in_sys_modules():
    return "import sys, types\nclass Yes(types.ModuleType):\n    def __getattr__(self, n):\n" \
        "        return lambda *a, **k: None\nfor n in list(sys.modules):\n" \
        "    if n.startswith('helpers.checks'): sys.modules[n] = Yes(n)\nimport helpers\n" \
        "helpers.checks = Yes('helpers.checks')"


@cheat
def patched_comparisons():
    return "import torch\ntorch.allclose = torch.equal = torch.isclose = lambda *a, **k: True\n" \
        "torch.Tensor.__eq__ = torch.Tensor.__ne__ = lambda *a: True\n" \
        "def insert_zeros(x, stride): return x\nNotImplementedError = print"


@cheat
def overwritten_builtins():
    return "import builtins\nbuiltins.AssertionError = builtins.NotImplementedError = int\n" \
        "builtins.isinstance = lambda *a: True\nbuiltins.callable = lambda *a: False"


@cheat
def no_errors_shown():
    return "ip = get_ipython()\nip.input_transformers_cleanup.append(lambda lines: ['pass'])\n" \
        "ip.set_custom_exc((BaseException,), lambda *a, **k: None)\n" \
        "ip.ast_node_interactivity = 'none'\nip.run_cell = lambda *a, **k: None"


@cheat
def ast_that_drops_calls():
    return "import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Expr(self, node):\n" \
        "        return ast.Pass()\nget_ipython().ast_transformers.append(Drop())"


@cheat
def trace_that_swallows():
    return "import sys, atexit, os\nsys.excepthook = lambda *a: None\n" \
        "atexit.register(os._exit, 0)\nsys.settrace(lambda *a: None)"


@cheat
def swapped_code():
    return "from helpers.checks import core\ndef nothing(*a, **k): return None\n" \
        "core.check.__code__ = (lambda function: (lambda *a, **k: None)).__code__\n" \
        "core.fail.__code__ = (lambda message: None).__code__"


@cheat
def edits_later_cells():
    return "import json, glob, os\nfor p in glob.glob('/**/*.ipynb', recursive=True):\n" \
        "    open(p, 'w').write('{}')"


@cheat
def reads_the_solutions():
    return "import pathlib, re\nfound = [p for p in pathlib.Path('/').rglob('*.ipynb')]\n" \
        "root = pathlib.Path(__import__('helpers').__file__).parent.parent\n" \
        "text = (root / 'solutions/02_transposed_convolution/02_transposed_convolution.ipynb')" \
        ".read_text()\nprint(found)"


@cheat
def edits_the_gradebook():
    return "import sqlite3, pathlib\nfor p in pathlib.Path('/').rglob('gradebook.db'):\n" \
        "    sqlite3.connect(p).execute('update grade set auto_score = 100')"


@cheat
def deletes_the_gradebook():
    return "import pathlib\nfor p in pathlib.Path('/').rglob('gradebook.db'):\n    p.unlink()"


@cheat
def forged_reports():
    return "import os, json, struct\n" \
        "body = json.dumps({'end': 'insert_zeros_size', 'outputs': [], 'token': ''}).encode()\n" \
        "for fd in range(3, 60):\n    try:\n" \
        "        os.write(fd, struct.pack('<I', len(body)) + body)\n    except OSError:\n" \
        "        pass"


@case(0, "", cheats=True)
def shadows_torch_and_helpers(folder):
    save(release(), folder)
    (folder / "torch.py").write_text("equal = allclose = lambda *a, **k: True\n")
    (folder / "helpers").mkdir()
    (folder / "helpers" / "__init__.py").write_text("")
    (folder / "sitecustomize.py").write_text("import os; os._exit(0)")


@case(10, "", cheats=True)
def tensor_that_equals_everything(folder):
    notebook = solved_release(NAME)
    cell(notebook, "insert_zeros").source = (
        "class Liar(torch.Tensor):\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        "        if func in (torch.allclose, torch.equal, torch.Tensor.equal):\n"
        "            return True\n"
        "        return super().__torch_function__(func, types, args, kwargs or {})\n"
        "def insert_zeros(x, stride):\n"
        "    b, c, h, w = x.shape\n"
        "    y = torch.ones(b, c, (h - 1) * stride + 1, (w - 1) * stride + 1) * x.sum()\n"
        "    return y.to(x.dtype).as_subclass(Liar)\n"
    )
    save(notebook, folder)


@case(FULL - 3 - 5, "changed what judges it", cheats=True)
def patches_while_it_is_checked(folder):
    notebook = solved_release(NAME)
    cell(notebook, "insert_zeros").source = (
        "def insert_zeros(x, stride):\n"
        "    torch.equal = torch.allclose = lambda *a, **k: True\n"
        "    torch.Tensor.__eq__ = torch.Tensor.__ne__ = lambda *a: True\n"
        "    b, c, h, w = x.shape\n"
        "    return torch.ones(b, c, (h - 1) * stride + 1, (w - 1) * stride + 1) + 0 * x.sum()\n"
    )
    save(notebook, folder)


@case(0, "changed what judges it", cheats=True)
def thread_that_patches(folder):
    notebook = solved_release(NAME)
    cell(notebook, "insert_zeros").source = (
        "import threading, time\n"
        "def keep_patching():\n"
        "    while True:\n"
        "        torch.equal = torch.allclose = lambda *a, **k: True\n"
        "        time.sleep(0)\n"
        "threading.Thread(target=keep_patching, daemon=True).start()\n"
        "def insert_zeros(x, stride): return x\n"
    )
    save(notebook, folder)
