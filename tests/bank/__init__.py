"""The answer bank: what learners write, wrong and right, and how each must be graded.

A file `NN_name/exercise_id.py` holds the answers to one exercise, each a function (or class) of
the name that the exercise asks for, under a decorator that says what it stands for:

    @wrong("a zero after the last pixel too", fails={"insert_zeros_size": "after the last"})
    def insert_zeros(x, stride): ...

    @right("a strided assignment on a 1x1 transposed convolution")
    def insert_zeros(x, stride): ...

`fails` maps each graded cell that must fail to a part of its message; every other graded cell of
the exercise must pass. An answer is graded with the file's own imports above it, and may use the
names that its notebook's setup, given and earlier solution cells define. A method of `UNet` may
be written as a plain function `forward(self, x)` under `method_of="UNet"`; it then replaces the
solution's method.
"""

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """One answer: its source code, what it stands for, the graded cells that it must fail."""

    name: str
    source: str
    about: str
    fails: dict[str, str]
    method_of: str | None = None

    @property
    def correct(self) -> bool:
        """Whether the answer must earn full points."""
        return not self.fails

    def deserves(self, messages: dict[str, str]) -> bool:
        """Whether these are the graded cells that it must fail, each with its message."""
        return messages.keys() == self.fails.keys() and all(
            messages[cell].startswith("AssertionError: ") and part.lower() in messages[cell].lower()
            for cell, part in self.fails.items()
        )

    @property
    def cell(self) -> str:
        """The code that goes below the solution, or in its place where it is no method."""
        if self.method_of:
            return f"{self.source}\n\n{self.method_of}.{self.name} = {self.name}\n"
        return self.source + "\n"


def wrong(about: str, fails: dict[str, str], method_of: str | None = None) -> Callable:
    """Mark a wrong answer; `fails` maps graded cells to a part of the message each gives."""
    if not fails:
        raise ValueError(f"wrong answer {about!r} must fail at least one graded cell")
    return _mark(about, dict(fails), method_of)


def right(about: str, method_of: str | None = None) -> Callable:
    """Mark a right answer, written otherwise than the solution."""
    return _mark(about, {}, method_of)


def _mark(about: str, fails: dict, method_of: str | None) -> Callable:
    caller = sys._getframe(2)
    source = _source_below(caller.f_code.co_filename, caller.f_lineno)
    answers = caller.f_globals.setdefault("ANSWERS", [])

    def decorate(thing: Callable) -> Callable:
        answers.append(Answer(thing.__name__, source, about, fails, method_of))
        return thing

    return decorate


def _source_below(filename: str, line: int) -> str:
    """The function or class under the decorator on `line`: `inspect` mixes up equal names."""
    imports, nodes = _parsed(filename)
    for node in nodes:
        marks = [d for d in node.decorator_list if d.lineno <= line <= d.end_lineno]
        if marks:
            node.decorator_list.remove(marks[0])
            return ast.unparse(ast.Module([*imports, node], []))
    raise ValueError(f"{filename}:{line}: no function or class under the decorator")


@cache
def _parsed(filename: str) -> tuple[list[ast.stmt], list]:
    """A bank file's imports, but for those of the marks, and its functions and classes."""
    body = ast.parse(Path(filename).read_text()).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    return (
        [node for node in imports if getattr(node, "module", "") != "tests.bank"],
        [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)],
    )
