"""Submissions that are broken or hostile, and what must come of each; `tests.cheats` has more.

Each case writes a student's folder for notebook 02 (its first exercise is `insert_zeros`). It says
how many of the 14 points it must earn, and a part of what the student must be told.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from helpers.notebook import kind_of
from tests import course
from tests.classes import bare, solved_release, unsolved_release

NAME = "02_transposed_convolution"
FULL = 14
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
            notebook = release() if stub else solved()
            spot = next(i for i, c in enumerate(notebook.cells) if c.id == "insert_zeros")
            notebook.cells.insert(spot, nbformat.v4.new_code_cell(make()))
            save(notebook, folder)

        CASES[make.__name__] = Case(write, points, words, cheats)
        return make

    return register


def release() -> nbformat.NotebookNode:
    """The released notebook, bare."""
    return bare(unsolved_release(NAME))


def solved() -> nbformat.NotebookNode:
    """The solved notebook, bare."""
    return bare(solved_release(NAME))


def save(notebook: dict, folder: Path, name: str = NAME) -> None:
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
    save(unsolved_release(NAME), folder)


# -- code that does not end well -----------------------------------------------------------------


@code(FULL, "a cell may take")
def infinite_loop():
    return "while True:\n    pass"


@code(FULL, "was stopped: it ran longer than")
def loop_that_swallows_interrupts():
    return (
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass"
    )


@code(FULL, "was stopped: it ran longer than")
def loop_in_native_code():
    return "sum(range(10**13))"


@case(FULL - 3, "a test may take 4 seconds")
def an_exercise_that_never_ends(folder):
    notebook = solved()
    cell(
        notebook, "insert_zeros"
    ).source = "import time\n\ndef insert_zeros(x, stride):\n    while True:\n        time.sleep(1)"
    save(notebook, folder)


@code(FULL, "was stopped: its process ended")
def os_exit():
    return "import os\nos._exit(0)"


@code(FULL, "was stopped: its process ended")
def segfault():
    return "import ctypes\nctypes.string_at(0)"


@code(FULL, "")
def kills_everything():
    return (
        "import os, signal\nos.kill(-1, signal.SIGKILL)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\nos.kill(os.getppid(), signal.SIGKILL)"
    )


@code(FULL, "")
def sys_exit():
    return "import sys\nsys.exit(0)"


@code(FULL, "MB of memory")
def memory_bomb():
    return "import numpy as np\nhoard = []\nwhile True:\n    hoard.append(np.zeros(50_000_000))"


@code(FULL, "Operation not permitted")
def memory_that_nobody_sees():
    return "import os\nfd = os.memfd_create('x')\nos.write(fd, bytes(10**8))"


@code(FULL, "Operation not permitted")
def mounts_of_its_own():
    return (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.mount(b'a', b'/scratch', b'tmpfs', 0, b'size=9g') or libc.umount2(b'/tmp', 2):\n"
        "    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))"
    )


@case(FULL, "")
def a_pasted_picture(folder):
    notebook = solved()
    notebook.cells.insert(
        0,
        nbformat.v4.new_markdown_cell(
            "![mine](attachment:mine.png)", attachments={"mine.png": {"image/png": "iVBORw0KGgo="}}
        ),
    )
    save(notebook, folder)


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
    return (
        "from IPython.display import Image, display\n"
        "display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(20_000_000), format='png'))"
    )


@code(FULL, "")
def warnings_on_stderr():
    return "import sys, warnings\nwarnings.warn('a warning')\nprint('noise', file=sys.stderr)"


@code(FULL, "")
def network_calls():
    return "import socket\nsocket.create_connection(('127.0.0.1', 8888), timeout=2)"


@code(FULL, "")
def output_widgets():
    return "import ipywidgets\nfrom IPython.display import display\ndisplay(ipywidgets.IntSlider())"


@code(FULL, "")
def reads_input():
    return "input('name? ')"


@code(FULL, "")
def closes_every_file():
    return "import os, sys\nsys.stdout.close()\nos.closerange(3, 200)"


@code(FULL, "")
def threads_left_behind():
    return (
        "import threading, time\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(4)\nprint(list(pool.map(abs, range(-9, 9))))\n"
        "threading.Thread(target=time.sleep, args=(100,)).start()"
    )


@code(FULL, "")
def settings_left_behind():
    return (
        "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n"
        "torch.set_default_device('meta')\ntorch.manual_seed(0)\ncheck = 5"
    )


@code(FULL, "")
def hooks_left_behind():
    return (
        "from torch.nn.modules import module\n"
        "module.register_module_forward_hook(lambda m, x, y: print('hook'))\n"
        "module.register_module_forward_pre_hook(lambda m, x: None)"
    )


# -- broken files --------------------------------------------------------------------------------


@case(0, "it is no JSON (line")
def broken_json(folder):
    save(solved(), folder)
    path = folder / f"{NAME}.ipynb"
    path.write_text(path.read_text()[:5000])


@case(0, "is empty (0 bytes)")
def zero_bytes(folder):
    (folder / f"{NAME}.ipynb").touch()


@case(0, "is no text (byte")
def no_text(folder):
    (folder / f"{NAME}.ipynb").write_bytes(b"\x8f\x90\x00\xff")


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
    save(solved(), folder, f"{NAME}(1)")


@case(FULL, "was taken for")
def renamed_copy(folder):
    save(solved(), folder, f"{NAME}-Copy1")


@case(FULL, "was taken for")
def renamed_freely(folder):
    save(solved(), folder, "my homework")


@case(FULL, "was not graded")
def extra_notebook(folder):
    save(solved(), folder)
    save(release(), folder, "scratch")


@case(0, "nothing tells which one")
def two_copies_and_no_original(folder):
    save(solved(), folder, f"{NAME}-Copy1")
    save(release(), folder, f"{NAME}-Copy2")


# -- notebooks that were taken apart --------------------------------------------------------------


@case(FULL, "was missing and was put back")
def deleted_test_cell(folder):
    notebook = solved()
    notebook.cells.remove(cell(notebook, "insert_zeros_size"))
    save(notebook, folder)


@case(FULL - 3, "was missing and was put back")
def deleted_exercise(folder):
    notebook = solved()
    notebook.cells.remove(cell(notebook, "insert_zeros"))
    save(notebook, folder)


@case(FULL, "A copy of cell insert_zeros_size was left out")
def duplicated_test_cell(folder):
    notebook = solved()
    spot = notebook.cells.index(cell(notebook, "insert_zeros_size"))
    notebook.cells.insert(spot, notebook.cells[spot])
    save(notebook, folder)


@case(FULL, "was there twice with different code")
def duplicated_exercise(folder):
    notebook = solved()
    spot = notebook.cells.index(cell(notebook, "insert_zeros"))
    draft = copy.deepcopy(notebook.cells[spot])
    draft.source = "def insert_zeros(x, stride):\n    return x"
    notebook.cells.insert(spot, draft)
    save(notebook, folder)


@case(FULL, "had been edited")
def edited_test_cell(folder):
    notebook = solved()
    cell(notebook, "insert_zeros_size").source = "print('passed')"
    save(notebook, folder)


@case(0, "had been edited", cheats=True)
def emptied_tests(folder):
    notebook = release()
    for c in notebook.cells:
        if kind_of(c) == "test":
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
    notebook = solved()
    for c in notebook.cells:
        if kind_of(c) == "test":
            c.metadata.nbgrader.update(locked=False, points=100, grade=True)
    save(notebook, folder)


@case(FULL, "known by their ids")
def without_metadata(folder):
    notebook = solved()
    for c in notebook.cells:
        c.metadata = {}
    notebook.metadata = {}
    save(notebook, folder)


@case(FULL, "")
def older_format(folder):
    notebook = nbformat.convert(solved(), 3)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))


@case(FULL, "")
def another_kernel(folder):
    notebook = solved()
    notebook.metadata.kernelspec = {"name": "my_env", "display_name": "mine", "language": "R"}
    save(notebook, folder)


@case(0, "")
def reordered_tests_first(folder):
    notebook = solved()
    tests = [c for c in notebook.cells if kind_of(c) == "test"]
    rest = [c for c in notebook.cells if kind_of(c) != "test"]
    setup = next(i for i, c in enumerate(rest) if c.id == "setup")
    notebook.cells = rest[: setup + 1] + tests + rest[setup + 1 :]
    save(notebook, folder)


@case(FULL, "")
def pictures_beside_it(folder):
    save(solved(), folder)
    (folder / "photo.png").write_bytes((course.ROOT / "helpers/assets/car.png").read_bytes())
    (folder / "deep").mkdir()
    (folder / "photo_link.png").symlink_to("/etc/passwd")
