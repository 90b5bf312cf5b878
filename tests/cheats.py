"""Submissions that want points without answers: none may get any, nor see a hidden test.

Most are code in a cell of its own above exercises that are not written: the body of a function
here, which is never called here. What it leaves behind is still there when the graded cells are
judged. `EVERYWHERE` are tried on other notebooks, too; `tests/forgers` holds code for one notebook
each that lies to its checks.
"""
# ruff: noqa: F401, F821, F841, SIM105, SIM115
# They use a notebook's names, and put what does not fit into other modules:
# pyright: reportUndefinedVariable=false, reportAttributeAccessIssue=false
# pyright: reportAssignmentType=false

import base64
import inspect
import io
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import torch

from helpers.notebook import kind_of
from tests import course
from tests.classes import bare, unsolved_release
from tests.hostile import FULL, NAME, case, cell, code, release, save, solved

EVERYWHERE: dict[str, str] = {}
# What a forger may earn, since what it sends does have the one property that is asked for there.
RIGHTLY = {
    "01_results_that_are_nothing": {"iou_shapes"},
    "05_runs_that_never_were": {"decoder_step_shape", "unet_forward_shape"},
    "05_plain_functions": {"decoder_step_shape", "decoder_step_gradient", "unet_forward_shape"},
    "06_results_and_crashes": {"image_to_tensor_size"},
    "06_plain_functions": {"load_trained_unet_eval"},
    "07_plain_functions": {"evaluate_restores"},
}
FORGERS = {
    path.stem: path.read_text() for path in sorted((Path(__file__).parent / "forgers").glob("*.py"))
}


def body(function: Callable) -> str:
    """The lines of a function below its first, as a cell."""
    return textwrap.dedent("".join(lines_below(function)))


def lines_below(function: Callable) -> list[str]:
    """The lines below the one with `def`."""
    lines = inspect.getsourcelines(function)[0]
    return lines[1 + next(i for i, line in enumerate(lines) if line.startswith("def ")) :]


def cheat(function: Callable) -> Callable:
    """Code before the stubs of notebook 02."""

    def make() -> str:
        return body(function)

    make.__name__ = function.__name__
    code(0, "", cheats=True, stub=True)(make)
    return function


def everywhere(function: Callable) -> Callable:
    """Code before the stubs of every notebook."""
    EVERYWHERE[function.__name__] = body(function)
    return function


def with_cheat(name: str, source: str) -> nbformat.NotebookNode:
    """A released notebook, not solved, with a cell of a cheat before the first exercise."""
    notebook = bare(unsolved_release(name))
    first = next(iter(course.exercises(name)))
    spot = next(i for i, c in enumerate(notebook.cells) if c.id == first)
    notebook.cells.insert(spot, nbformat.v4.new_code_cell(source))
    return notebook


# -- against the checks, which are not there ------------------------------------------------------


@cheat
def patched_checks():
    from helpers import checks as check
    from helpers.checks.core import calling

    for name in dir(check):
        if name[0] != "_":
            setattr(check, name, lambda *a, **k: None)
    calling.fail = print


@cheat
def a_check_of_its_own():
    class check:
        def __getattr__(self, name):
            return lambda *a, **k: print("✓ ok")

    check = check()


@cheat
def check_in_sys_modules():
    import sys
    import types

    class Yes(types.ModuleType):
        def __getattr__(self, name):
            return lambda *a, **k: None

    for name in list(sys.modules):
        if name.startswith(("helpers.checks", "grading")):
            sys.modules[name] = Yes(name)
    import helpers

    helpers.checks = Yes("helpers.checks")


@cheat
def swapped_code():
    from helpers.checks.core import calling

    calling.check.__code__ = (lambda function: lambda *a, **k: None).__code__


@everywhere
def imported_answers():
    import importlib
    import pkgutil

    import helpers

    found = {}
    for place in ("checks", "evaluate", "train", "notebook_code", "figures", "probes"):
        try:
            module = importlib.import_module(f"helpers.{place}")
            names = [m.name for m in pkgutil.walk_packages(module.__path__, f"helpers.{place}.")]
        except Exception:
            continue
        for name in [f"helpers.{place}", *names]:
            try:
                found |= vars(importlib.import_module(name))
            except Exception:
                continue
    keep = dict(found)


@everywhere
def every_file_searched_for_answers():
    import os
    import pathlib
    import re

    found = []
    for folder, inside, names in os.walk("/"):
        inside[:] = [n for n in inside if n not in ("proc", "sys", "usr", "site-packages")]
        found += [pathlib.Path(folder, n) for n in names if n.endswith((".py", ".ipynb"))]
    for path in found:
        try:
            text = path.read_text(errors="ignore")
        except OSError:
            continue
        for name in ("insert_zeros", "conv_block", "iou", "segmentation_loss", "decoder_step"):
            for answer in re.findall(rf"^def {name}\(.*?(?=^\S)", text, re.M | re.S):
                exec(answer, globals())


# -- against torch, Python and IPython, in a process that decides nothing --------------------------


@cheat
def patched_comparisons():
    import torch

    torch.allclose = torch.equal = torch.isclose = lambda *a, **k: True
    torch.Tensor.__eq__ = torch.Tensor.__ne__ = lambda *a: True
    NotImplementedError = print


@cheat
def overwritten_builtins():
    import builtins

    builtins.AssertionError = builtins.NotImplementedError = int
    builtins.isinstance = lambda *a: True
    builtins.callable = lambda *a: False


@cheat
def no_errors_shown():
    ip = get_ipython()
    ip.input_transformers_cleanup.append(lambda lines: ["pass"])
    ip.set_custom_exc((BaseException,), lambda *a, **k: None)
    ip.ast_node_interactivity = "none"
    ip.run_cell = lambda *a, **k: None


@cheat
def ast_that_drops_calls():
    import ast

    class Drop(ast.NodeTransformer):
        def visit_Expr(self, node):
            return ast.Pass()

        def visit_Raise(self, node):
            return ast.Pass()

    get_ipython().ast_transformers.append(Drop())


@cheat
def trace_that_swallows():
    import atexit
    import os
    import sys

    sys.excepthook = lambda *a: None
    atexit.register(os._exit, 0)
    sys.settrace(lambda *a: None)


@cheat
def hooks_of_torch():
    import torch
    from torch.nn.modules import module

    module.register_module_forward_hook(lambda m, x, y: y)
    module.register_module_module_registration_hook(lambda m, n, c: c)
    torch.overrides.TorchFunctionMode.__torch_function__ = lambda *a, **k: True
    torch.serialization.load = torch.load = lambda *a, **k: {}


@cheat
def timers_and_threads():
    import signal
    import threading
    import time

    import torch

    def again():
        while True:
            torch.equal = torch.allclose = lambda *a, **k: True
            time.sleep(0.001)

    threading.Thread(target=again, daemon=True).start()
    signal.signal(signal.SIGALRM, lambda *a: None)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)


@cheat
def a_namespace_that_lies():
    class Lies(dict):
        def __getitem__(self, name):
            return lambda *a, **k: a[0] if a else None

        def __contains__(self, name):
            return True

        def get(self, name, default=None):
            return self[name]

    get_ipython().user_ns = Lies(get_ipython().user_ns)
    get_ipython()._showtraceback.__self__.place.names = Lies(globals())


# -- against the grader's own side of the sandbox --------------------------------------------------


@cheat
def patched_grader():
    from grading.learner import cells, channel

    def nothing(self, *a, **k):
        return {"outputs": [], "seconds": 0}

    cells.Notebook.play = cells.Notebook.ask = nothing
    channel.Channel.receive = lambda self, *a: (b"P", b"pass", None)


@cheat
def frames_in_the_graders_name():
    import json
    import os
    import struct

    for kind in (b"A", b"P", b"S", b"R"):
        for told in (
            {"saw": {"result": 1, "changed": [], "grad_enabled": True}},
            {"outputs": [], "seconds": 0},
        ):
            text = json.dumps(told).encode()
            head = struct.pack("<II", len(text), 0) + text
            frame = struct.pack("<cI", kind, len(head)) + head
            for number in range(3, 60):
                try:
                    os.write(number, frame)
                except OSError:
                    continue


@cheat
def every_socket_read():
    import os
    import socket

    for number in range(3, 60):
        try:
            end = socket.socket(fileno=os.dup(number))
            end.settimeout(0.01)
            print(end.recv(10_000))
        except OSError:
            continue


@cheat
def everyones_memory():
    import os
    import pathlib

    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("environ", "cmdline", "maps", "mem"):
            try:
                print((entry / name).read_bytes()[:1000])
            except OSError:
                continue
    for number in range(1, 500):
        try:
            os.kill(number, 0)
        except OSError:
            continue


@cheat
def a_loop_that_serves():
    notebook = get_ipython()._showtraceback.__self__

    def serve(self=notebook):
        while True:
            kind, body, handed = self.channel.receive()
            self.channel.send(kind, b'{"outputs": [], "seconds": 0}')

    notebook.serve = serve
    notebook.snapshot = lambda handed: None
    type(notebook).snapshot = lambda self, handed: None


@cheat
def edits_later_cells():
    import glob

    for path in glob.glob("/**/*.ipynb", recursive=True):
        open(path, "w").write("{}")


@cheat
def edits_the_gradebook():
    import pathlib
    import sqlite3

    for path in pathlib.Path("/").rglob("gradebook*"):
        sqlite3.connect(path).execute("update grade set auto_score = 100")


@cheat
def deletes_the_gradebook():
    import pathlib

    for path in pathlib.Path("/").rglob("gradebook*"):
        path.unlink()


@cheat
def poison_for_those_after_it():
    import importlib.util
    import marshal
    import os
    import pathlib
    import struct

    import helpers

    evil = "import pathlib; pathlib.Path('/tmp/poisoned').touch(); raise SystemExit"
    for source in pathlib.Path(helpers.__file__).parent.rglob("*.py"):
        facts = source.stat()
        target = pathlib.Path(importlib.util.cache_from_source(str(source)))
        try:
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(
                importlib.util.MAGIC_NUMBER
                + struct.pack("<III", 0, int(facts.st_mtime), facts.st_size)
                + marshal.dumps(compile(evil, str(source), "exec"))
            )
            print("POISONED", target)
        except OSError:
            continue
    for folder, inside, _ in os.walk("/"):
        if folder == "/":
            inside.remove("proc")
        if folder.count("/") > 4:
            inside.clear()  # what can be written to higher up tells; all of it takes too long
        try:
            open(f"{folder}/left_behind", "w").close()
        except OSError:
            continue
        if not folder.startswith(("/scratch", "/tmp", "/dev/shm")):
            print("LEFT", folder)
    print("LOOKED EVERYWHERE")


# -- lies told to the checks -----------------------------------------------------------------------


@everywhere
def probes_that_praise():
    import importlib

    import torch

    place = get_ipython()._showtraceback.__self__.place

    def probe(name):
        if name == "place.knows":
            return lambda names: [True] * len(names)

        def praise(*args, **options):
            x = (
                next((a for a in args[1] if hasattr(a, "shape")), 1)
                if args[1:] and isinstance(args[1], list)
                else 1
            )
            return {
                "result": x,
                "changed": [],
                "grad_enabled": True,
                "grads": [torch.ones(3)] * 5,
                "made": x,
                "kind": "Sequential",
                "input": torch.ones(3),
                "parameters": {},
                "training": False,
            }

        return praise

    place.probe = probe


@everywhere
def answers_that_are_no_answers():
    import struct

    place = get_ipython()._showtraceback.__self__.place
    turn = iter(range(10**9))
    heads = [
        b"",
        b"[" * 100_000,
        b'{"saw": ' + b"9" * 5000 + b"}",
        b'{"d": [["saw", {"r": []}]]}',
        b'{"d": [["saw", {"t": ["float32", [1000000, 1000000], false]}]]}',
        b'{"d": [["saw", {"t": ["float32", [-1, -1], false]}]]}',
        b'{"d": [["saw", NaN]]}',
        b'{"d": [["saw", {"t": ["object", [1], false]}]]}',
        b"\xff\xfe",
        b'{"d": [["saw", {"d": [["result", {"r": "insert_zeros"}], ["changed", {"l": []}]]}]]}',
        b'{"d": [["crash", {"d": []}]]}',
        b'{"d": [["saw", {"r": -1}]]}',
    ]

    def answer(message):
        head = heads[next(turn) % len(heads)]
        return struct.pack("<II", len(head), 0) + head

    place.answer = answer


@everywhere
def a_pickle_instead_of_data():
    import pickle

    class Boom:
        def __reduce__(self):
            return print, ("I ran where I was read",)

    get_ipython()._showtraceback.__self__.place.answer = lambda m: pickle.dumps(Boom())


@everywhere
def an_answer_without_end():
    get_ipython()._showtraceback.__self__.place.answer = lambda m: b"\0" * 200_000_000


@everywhere
def crashes_that_are_passes():
    import helpers.probes.place as place

    place.crash = lambda error: {"kind": "str", "bases": (), "text": "✓", "given": (), "lines": ()}
    get_ipython()._showtraceback.__self__.place.crash = place.crash


@cheat
def says_that_it_is_equal():
    class Same:
        def __eq__(self, other):
            return True

        def __getattr__(self, name):
            return self

        def __call__(self, *args, **options):
            return self

        def __float__(self):
            return 1.0

        def __len__(self):
            return 4

        def __iter__(self):
            return iter([self] * 4)

    insert_zeros = transposed_conv2d = upsampled_size = make_upconv = Same()


# -- tables, hoards and stolen stand-ins -----------------------------------------------------------


class Noting:
    """Calls a right answer and notes what it was asked and what it said."""

    def __init__(self, function: Callable) -> None:
        self.function, self.rows = function, []

    def __call__(self, *args: Any) -> object:
        """The right answer."""
        said = self.function(*args)
        self.rows.append(([a.detach() if hasattr(a, "detach") else a for a in args], said.detach()))
        return said


def table_of(name: str) -> str:
    """An answer that has every answer to the seeds 0 and 1, and no other, by heart."""
    noting = Noting(course.solved(NAME)[name])
    for source in course.exercises(NAME)[name].tests.values():
        exec(source, dict(course.solved(NAME)) | {name: noting})
    rows = io.BytesIO()
    torch.save(noting.rows, rows)
    return f"""
import base64, io
ROWS = torch.load(io.BytesIO(base64.b64decode({base64.b64encode(rows.getvalue())!r})))

def {name}(*args):
    for asked, said in ROWS:
        if len(asked) == len(args) and all(
            a.shape == b.shape and a.dtype == b.dtype and torch.equal(a, b.detach())
            if isinstance(a, torch.Tensor) else a == b for a, b in zip(asked, args)
        ):
            return said + 0 * args[0].sum()
    return args[0]
"""


@case(0, "✓ insert_zeros", cheats=True)
def a_table_of_the_seeds_0_and_1(folder):
    notebook = release()
    for name in ("insert_zeros", "transposed_conv2d"):
        cell(notebook, name).source = table_of(name)
    save(notebook, folder)


@case(FULL - 3, "", cheats=True)
def hoards_what_it_is_asked(folder):
    notebook = solved()
    cell(notebook, "insert_zeros").source = body(hoarding)
    notebook.cells.append(nbformat.v4.new_code_cell(body(telling)))
    save(notebook, folder)


def hoarding():
    import mmap
    import sys

    HOARD, SHARED = [], mmap.mmap(-1, 1_000_000)

    def insert_zeros(x, stride):
        HOARD.append(x)
        line = f"HOARDED {x.flatten()[:3].tolist()} {stride}\n".encode()
        for name in ("/scratch/hoard", "/tmp/hoard", "/dev/shm/hoard"):
            try:
                open(name, "ab").write(line)
            except OSError:
                pass
        SHARED.write(line)
        print(line, file=sys.__stdout__, flush=True)
        print(line)
        return x


def telling():
    import glob

    print("told", HOARD, bytes(SHARED).strip(b"\0"))
    for name in glob.glob("/*/hoard") + ["/dev/shm/hoard"]:
        try:
            print(open(name).read())
        except OSError:
            pass


@case(0, "", cheats=True)
def steals_the_stand_in(folder):
    notebook = release()
    tests = [c for c in notebook.cells if c.id.startswith("transposed_conv2d_")]
    spot = next(i for i, c in enumerate(notebook.cells) if c.id == "insert_zeros")
    rest = [c for c in notebook.cells if c not in tests]
    thief = nbformat.v4.new_code_cell(body(thieving))
    cell(notebook, "insert_zeros").source = "pass"
    cell(notebook, "transposed_conv2d").source = "pass"
    notebook.cells = rest[:spot] + [thief, *tests] + rest[spot:]
    save(notebook, folder)


def thieving():
    import marshal
    import pathlib
    import types

    STOLEN = pathlib.Path("/tmp/stolen")

    def insert_zeros(x, stride):
        if not STOLEN.exists():
            return x
        return types.FunctionType(marshal.loads(STOLEN.read_bytes()), {})(x, stride)

    def transposed_conv2d(x, weight, stride=1, padding=0):
        if insert_zeros.__module__ != "__main__":
            STOLEN.write_bytes(marshal.dumps(insert_zeros.__code__))
        return insert_zeros(x, stride)


# -- in the answer itself --------------------------------------------------------------------------


@case(0, "", cheats=True)
def shadows_torch_and_helpers(folder):
    save(release(), folder)
    (folder / "torch.py").write_text("equal = allclose = lambda *a, **k: True\n")
    (folder / "helpers").mkdir()
    (folder / "helpers" / "__init__.py").write_text("")
    (folder / "sitecustomize.py").write_text("import os; os._exit(0)")


@case(FULL - 1, "", cheats=True)  # its size is right, and a gradient flows
def tensor_that_equals_everything(folder):
    notebook = solved()
    cell(notebook, "insert_zeros").source = body(liar)
    save(notebook, folder)


def liar():
    class Liar(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            if func in (torch.allclose, torch.equal, torch.Tensor.equal):
                return True
            return super().__torch_function__(func, types, args, kwargs or {})

    def insert_zeros(x, stride):
        b, c, h, w = x.shape
        y = torch.ones(b, c, (h - 1) * stride + 1, (w - 1) * stride + 1) * x.sum()
        return y.to(x.dtype).as_subclass(Liar)


@case(FULL - 2, "", cheats=True)  # its size is right
def patches_while_it_is_checked(folder):
    notebook = solved()
    cell(notebook, "insert_zeros").source = body(patching)
    save(notebook, folder)


def patching():
    def insert_zeros(x, stride):
        torch.equal = torch.allclose = lambda *a, **k: True
        torch.Tensor.__eq__ = torch.Tensor.__ne__ = lambda *a: True
        b, c, h, w = x.shape
        return torch.ones(b, c, (h - 1) * stride + 1, (w - 1) * stride + 1) + 0 * x.sum()
