"""What the course watches while a learner's notebook runs, so that no wrong state misleads.

IPython tells it before and after each cell, and asks it how to show some errors. A kernel of the
course's environment starts it by itself (`helpers/etc/ipython_kernel_config.py`), so that it is
there even when the cells above have not run; elsewhere the setup cell does.
"""

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from helpers.manifest import load
from helpers.notebook import Cell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

MOST_BYTES = 200_000_000  # of the notebook's own tensors and arrays, kept while an answer runs
RAW_PATH = (
    "In a path, Python takes a backslash for the start of a special character. Write an r "
    r'before the quotes: r"C:\Pictures\car.png".'
)


def name_asked(grade_id: str) -> str:
    """The name that the answer cell of an exercise has to define."""
    return "UNet" if grade_id.startswith("unet_") else grade_id


def answer_cells() -> list[Cell]:
    """The answer cells of the notebook in this folder; in another folder those of all notebooks."""
    books = load()
    here = [books[Path.cwd().name]] if Path.cwd().name in books else books.values()
    return [cell for book in here for cell in book.cells if cell.kind == "answer"]


def answers() -> dict[str, Cell]:
    """These cells by the names that they define; of two with one name the first."""
    return {name_asked(cell.grade_id): cell for cell in reversed(answer_cells())}


class Session:
    """A kernel in which a notebook runs: what its answer cells did when they last ran."""

    def __init__(self, shell: "InteractiveShell") -> None:
        self.shell = shell
        self.faults: dict[str, str] = {}  # by name: why the notebook lacks an answer's last version
        self.modules: dict[str, ModuleType] = {}  # names of the setup cell that the tests need
        self.source = ""  # of the cell that runs
        self.running: str | None = None  # the name that it has to define
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", self.after)
        shell.set_custom_exc((NameError, KeyboardInterrupt), self.show_error)

    def before(self, info: SimpleNamespace) -> None:
        """A cell is about to run: an answer of before it must not outlive its newest version."""
        self.source = info.raw_cell or ""
        self.running = self.defined_by(getattr(info, "cell_id", None))
        if self.running:
            self.shell.user_ns.pop(self.running, None)
        for name, module in self.modules.items():
            used = f"{name}." in self.source and self.source.startswith("# Test ")
            if used and self.shell.user_ns.get(name, module) is not module:
                self.shell.user_ns[name] = module
                print(
                    f"Your code used the name `{name}`, which the tests need, for something "
                    "else. Choose another name there; this test uses the course's "
                    f"`{name}` again."
                )

    def defined_by(self, cell_id: str | None) -> str | None:
        """The name that the cell has to define, if it is an answer's; editors may change ids."""
        for name, cell in answers().items():
            if cell_id == cell.grade_id or re.search(
                rf"^(def|class)\s+{name}\b", self.source, re.M
            ):
                return name
        return None

    def after(self, result: SimpleNamespace) -> None:
        """A cell has run: note whether an answer is there now."""
        name, self.running = self.running, None
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, SyntaxError) and "unicodeescape" in str(error):
            print(RAW_PATH)
        if name is None:
            return
        if name in self.shell.user_ns:
            self.faults.pop(name, None)
            return
        number = answers()[name].exercise
        why = (
            f"stopped with {type(error).__name__}: {error.args[0] if error.args else ''}"
            if error
            else f"ran, but it does not define `{name}`. Did you change the name?"
        )
        self.faults[name] = (
            f"When you last ran the answer cell of exercise {number}, it {why}\n"
            "Correct that cell and run it; then run this one again."
        )

    def show_error(
        self,
        shell: "InteractiveShell",
        kind: type,
        error: NameError | KeyboardInterrupt,
        lines: object,
        tb_offset: int | None = None,
    ) -> None:
        """Show a `NameError` or `KeyboardInterrupt`: in a sentence, where one says all."""
        sentence = self.sentence_for(error)
        if sentence is None:
            shell.showtraceback((kind, error, lines), tb_offset=tb_offset)
        else:
            shell._showtraceback(kind, error, [f"{kind.__name__}: {sentence}"])

    def sentence_for(self, error: NameError | KeyboardInterrupt) -> str | None:
        """What to say of an error instead of showing the traceback, if there is such a sentence."""
        if Path.cwd().name not in load():
            return None  # some other notebook
        if isinstance(error, KeyboardInterrupt):
            return "you stopped this cell before its end. Run it again when you like."
        if "helpers.checks" not in sys.modules:
            return (
                f"`{error.name}` is not known, because this kernel has just started. Run the "
                "cells above first: menu Run, Run All Above Selected Cell."
            )
        return missing(error)

    @contextlib.contextmanager
    def protected(self) -> Iterator[None]:
        """Put the notebook's own tensors and arrays back if an answer changes them in the block."""
        kept, size = [], 0
        for name, value in list(self.shell.user_ns.items()):
            if not name.startswith("_") and is_data(value):
                size += value.nbytes
                if size < MOST_BYTES:
                    kept.append((name, value, copy_of(value)))
        try:
            yield
        finally:
            changed = [name for name, value, copy in kept if put_back(value, copy)]
            if changed:
                names = ", ".join(f"`{name}`" for name in changed)
                print(
                    f"Your code changed {names} in place. The course has put the old numbers "
                    "back. An answer builds a new tensor and leaves its inputs as they were."
                )


def is_data(value: Any) -> bool:
    """Whether a variable holds plain numbers: a tensor that is not trained, or an array."""
    kind = type(value).__name__
    return ((kind == "Tensor" and not value.requires_grad) or kind == "ndarray") and hasattr(
        value, "nbytes"
    )


def copy_of(value: Any) -> Any:
    """A copy of a tensor or an array."""
    return value.clone() if hasattr(value, "clone") else value.copy()


def put_back(value: Any, copy: Any) -> bool:
    """Give a tensor or an array the numbers of its copy again; whether they had changed."""
    with contextlib.suppress(RuntimeError, ValueError, TypeError):  # it has another size, say
        differs = (value != copy) & ~((value != value) & (copy != copy))  # NaN is not itself
        if not bool(differs.any()):
            return False
        value[...] = copy
        return True
    return False


def missing(error: BaseException) -> str | None:
    """What to say where one of the notebook's answers is not defined; nothing of other errors."""
    name = getattr(error, "name", None)
    if not isinstance(error, NameError) or name not in answers():
        return None
    return fault_of(name) or (
        f"`{name}` is not there yet. Run the answer cell of exercise "
        f"{answers()[name].exercise} first."
    )


def fault_of(name: str) -> str | None:
    """Why the newest version of an answer is not there, if its cell failed."""
    session = current()
    return session.faults.get(name) if session else None


def current() -> Session | None:
    """The session of the kernel that this runs in; there is none where a class is graded."""
    return getattr(running_shell(), "course_session", None)


def running_shell() -> "InteractiveShell | None":
    """The IPython that this runs in, if there is one."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def install(shell: "InteractiveShell | None") -> None:
    """Watch a kernel, once."""
    if shell is not None and not hasattr(shell, "course_session"):
        shell.course_session = Session(shell)  # pyright: ignore[reportAttributeAccessIssue]  # ours


load_ipython_extension = install  # the name by which IPython calls it


def keep_name(name: str, module: ModuleType) -> None:
    """Give a name of the setup cell back to each graded cell, whatever the learner's code did."""
    install(running_shell())
    if session := current():
        session.modules[name] = module
