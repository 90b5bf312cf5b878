"""Run one notebook's cells in this process and report each as soon as it has ended.

The process is a fork of one that has torch and the checks loaded (`helpers.grading.inside`), in a
sandbox. A cell of which no report arrives did not end.
"""

import ast
import builtins
import contextlib
import io
import signal
import sys
import time
import traceback
from collections.abc import Callable

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from helpers.grading.guard import Guard

MOST_OUTPUT = 100_000  # characters of a cell's text that are kept
MOST_IMAGE = 2_000_000  # characters of a base64 picture
CUT = "\n... (cut after {:,} characters)"


class Shell(InteractiveShell):
    """IPython without a terminal or a kernel."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Nothing: `%matplotlib inline` asks for it, and there is no window."""


class Executor:
    """One notebook's run. `send` is given a report for each cell."""

    def __init__(self, guard: Guard, send: Callable[[dict], None], seconds: float) -> None:
        self.guard, self.send, self.seconds = guard, send, seconds
        self.shell = Shell.instance()
        self.shell.history_manager.enabled = False
        self.shell.run_line_magic("matplotlib", "inline")
        guard.own_threads = len(sys._current_frames())  # IPython may have one
        self.errors: list[dict] = []
        self.shell._showtraceback = self.note_error

    def note_error(self, kind: type, value: BaseException, lines: list[str]) -> None:
        """What IPython calls to show an error."""
        self.errors.append(error_output(kind.__name__, str(value), lines))

    def run(self, cells: list[dict], skip: dict[str, str]) -> None:
        """Run the cells in order; those in `skip` are left out, their text says why."""
        for cell in cells:
            begin = time.monotonic()
            if cell["id"] in skip:
                outputs = [error_output("NotRun", skip[cell["id"]], [])]
            elif cell["kind"] == "test":
                self.send({"begin": cell["id"]})
                outputs = self.judge(cell)
            else:
                self.send({"begin": cell["id"]})
                outputs = self.play(cell)
            self.send({"end": cell["id"], "outputs": outputs,
                       "seconds": round(time.monotonic() - begin, 3)})

    def play(self, cell: dict) -> list[dict]:
        """Run a cell of the notebook as a kernel does, for as long as a cell may take."""
        self.errors = []
        with capture_output() as captured, self.limited():
            self.shell.run_cell(cell["source"], store_history=True)
        outputs = [stream("stdout", captured.stdout), stream("stderr", captured.stderr)]
        outputs += [shown(output) for output in captured.outputs]
        return [output for output in outputs if output] + self.errors[:1]

    @contextlib.contextmanager
    def limited(self):
        """Interrupt what runs in the block when its time is over."""
        def stop(*_: object) -> None:
            raise KeyboardInterrupt(f"a cell may take {self.seconds:.0f} seconds")

        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            yield
        except KeyboardInterrupt as error:
            self.errors.append(error_output("KeyboardInterrupt", str(error), []))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def judge(self, cell: dict) -> list[dict]:
        """Run a graded cell, whose source is the grader's, with everything that judges intact."""
        self.guard.restore()
        space, text, value = self.shell.user_ns, io.StringIO(), None
        space["__builtins__"] = builtins
        try:
            if self.guard.other_threads():
                raise RuntimeError("a thread that the notebook started is still running")
            exec(compile(cell["imports"], "<imports>", "exec"), space)
            with contextlib.redirect_stdout(text), contextlib.redirect_stderr(io.StringIO()), \
                    self.limited():
                value = last_value(cell["source"], space)
            errors = self.errors_of_limit()
        except BaseException as error:
            errors = [report(error)]
        if changed := self.guard.changed():
            self.guard.restore()
            errors = [error_output("Tampering", "the answer changed what judges it while it ran: "
                                   + ", ".join(changed[:3]), [])]
        outputs = [stream("stdout", text.getvalue())]
        if value is not None and not errors:
            outputs.append({"output_type": "execute_result", "execution_count": None,
                            "metadata": {}, "data": {"text/plain": repr(value)[:MOST_OUTPUT]}})
        return [output for output in outputs if output] + errors

    def errors_of_limit(self) -> list[dict]:
        """An error that `limited` has noted, taken off the list."""
        noted = [e for e in self.errors if e["ename"] == "KeyboardInterrupt"]
        self.errors = []
        return noted


def last_value(source: str, space: dict) -> object:
    """Run a cell; the value of its last line if that is an expression, as a kernel shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<graded cell>", "exec"), space)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "<graded cell>", "eval"), space)


def report(error: BaseException) -> dict:
    """An error of a graded cell: the learner's own lines and the message."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/" not in f.filename
              and not f.filename.startswith("<graded") and not f.filename.startswith("<frozen")]
    lines = [f"  {f.name}, line {f.lineno}: {f.line}" for f in frames]
    name, text = type(error).__name__, str(error)[:MOST_OUTPUT]
    return error_output(name, text, [*lines, f"{name}: {text}"])


def error_output(name: str, value: str, lines: list[str]) -> dict:
    """An error as a notebook stores it."""
    return {"output_type": "error", "ename": name, "evalue": value[:MOST_OUTPUT],
            "traceback": [line[:MOST_OUTPUT] for line in lines or [f"{name}: {value}"]]}


def stream(name: str, text: str) -> dict | None:
    """Text output as a notebook stores it; None if there is none."""
    if len(text) > MOST_OUTPUT:
        text = text[:MOST_OUTPUT] + CUT.format(MOST_OUTPUT)
    return {"output_type": "stream", "name": name, "text": text} if text else None


def shown(output: object) -> dict | None:
    """A picture or another rich output as a notebook stores it; None if it is too large."""
    data = {}
    for kind, value in output.data.items():
        if isinstance(value, bytes):
            import base64

            value = base64.b64encode(value).decode()
        value = value if isinstance(value, str) else str(value)
        if len(value) <= (MOST_IMAGE if kind.startswith("image/") else MOST_OUTPUT):
            data[kind] = value
    meta = {k: v for k, v in (output.metadata or {}).items() if isinstance(v, dict)}
    return {"output_type": "display_data", "data": data, "metadata": meta} if data else None
