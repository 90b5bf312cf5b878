"""Run a notebook from a fresh kernel and note how each of its cells ended."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from helpers.exercise import RERUN
from helpers.notebook import name_of

CELL_SECONDS, TOTAL_SECONDS = 60, 300  # what nbgrader_config.py and grading/sandbox.py allow
AFTER_A_LOOP = 10  # then graded cells, which need less than one, are not waited for so long
TIMEOUT = "Timeout"


@dataclass
class Ran:
    """A cell that was begun. Only one whose kernel answered has `answered` set."""

    place: str
    grade_id: str
    answered: bool = False
    seconds: float = 0.0
    error: tuple[str, str] | None = None

    @property
    def timed_out(self) -> bool:
        """Whether it was stopped because it took too long."""
        return self.error is not None and self.error[0] == TIMEOUT


@dataclass
class Rerun:
    """How a run went; `ended` says why it stopped before the end, or is empty."""

    cells: list[Ran] = field(default_factory=list)
    ended: str = ""
    seconds: float = 0.0

    def of(self, grade_id: str) -> list[Ran]:
        """What ran under a grade id: more than one cell where it was copied."""
        return [cell for cell in self.cells if cell.grade_id == grade_id]

    def passed(self, grade_id: str) -> bool:
        """Whether a graded cell was seen to run without an error."""
        ran = self.of(grade_id)
        return bool(ran) and all(cell.answered and not cell.error for cell in ran)

    def error(self, grade_id: str) -> tuple[str, str]:
        """The kind and text of a graded cell's error."""
        return next(
            (cell.error for cell in self.of(grade_id) if cell.error), ("NotRun", "it did not run")
        )


def rerun(notebook: NotebookNode, folder: Path, tell: Callable[[int, int], None]) -> Rerun:
    """Run every code cell in order in a new kernel, in `folder`; the file is not touched."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    run, begin = Rerun(), time.monotonic()
    total = len(notebook.cells)

    def started(cell: NotebookNode, cell_index: int) -> None:
        tell(cell_index, total)
        if time.monotonic() - begin > TOTAL_SECONDS:
            raise TimeoutError(f"it takes longer than {TOTAL_SECONDS} s")
        if cell.cell_type == "code":
            run.cells.append(Ran(place_of(cell, cell_index), name_of(cell)))
            run.cells[-1].seconds = time.monotonic()

    def executed(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        note_end(run.cells[-1], cell, seconds_for(cell), answered=bool(execute_reply))

    def seconds_for(cell: NotebookNode) -> int:
        looped = any(ran.timed_out for ran in run.cells)
        return AFTER_A_LOOP if looped and name_of(cell) else CELL_SECONDS

    client = NotebookClient(
        notebook,
        timeout_func=seconds_for,
        interrupt_on_timeout=True,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=started,
        on_cell_executed=executed,
        kernel_name="python3",
    )
    try:
        client.execute(env=os.environ | {RERUN: "1"}, stderr=subprocess.DEVNULL)
    except DeadKernelError:
        run.ended = f"the kernel died in {run.cells[-1].place}"
    except (NoSuchKernel, RuntimeError, TimeoutError) as error:
        run.ended = str(error)
    for cell in run.cells:  # begun, but never seen to end
        if not cell.answered and cell.seconds > begin:
            cell.seconds = time.monotonic() - cell.seconds
    tell(total, total)
    run.seconds = time.monotonic() - begin
    return run


def place_of(cell: NotebookNode, index: int) -> str:
    """A cell as a learner would find it: by its place and its first line."""
    lines = [line for line in cell.source.splitlines() if line.strip()]
    return f"cell {index + 1} (`{lines[0].strip()[:50]}`)" if lines else f"cell {index + 1}"


def note_end(ran: Ran, cell: NotebookNode, limit: float, answered: bool) -> None:
    """Note how long a cell took, and its first error: that it was stopped after `limit` seconds."""
    ran.seconds, ran.answered = time.monotonic() - ran.seconds, answered
    if ran.seconds > limit:
        ran.error = (TIMEOUT, f"it did not end within {limit} s")
        return
    for output in cell.get("outputs", []):
        if output.output_type == "error" and ran.error is None:
            ran.error = (output.ename, output.evalue)
