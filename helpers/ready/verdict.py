"""What is to be said of a notebook after it was run whole."""

from collections.abc import Collection, Iterator

from helpers.notebook import Cell, Notebook
from helpers.ready.finding import BAD, GOOD, Finding
from helpers.ready.rerun import TIMEOUT, Rerun


def verdict(notebook: Notebook, run: Rerun, edited: Collection[str] = ()) -> Iterator[Finding]:
    """What the run from a fresh kernel showed; `edited` are the grade ids of changed cells.

    What an edited check says does not count: it is graded as it was released.
    """
    yield from how_it_ran(notebook, run)
    passed = [c for c in notebook.tests if run.passed(c.grade_id) and c.grade_id not in edited]
    points = sum(cell.points for cell in passed)
    mark = GOOD if len(passed) == len(notebook.tests) else BAD
    yield Finding(
        mark,
        f"visible checks: {len(passed)} of {len(notebook.tests)} pass, "
        f"{points:g} of {notebook.points:g} points",
    )
    for number in notebook.exercises:
        tests = [cell for cell in notebook.tests if cell.exercise == number]
        failed = [c for c in tests if c not in passed and (run.of(c.grade_id) or run.ended)]
        yield from of_exercise(notebook, number, failed, run, edited)


def of_exercise(
    notebook: Notebook, number: str, failed: list[Cell], run: Rerun, edited: Collection[str]
) -> Iterator[Finding]:
    """What is open in one exercise, given its checks that fail."""
    title = notebook.exercises[number]
    answers = [c.grade_id for c in notebook.cells if c.kind == "answer" and c.exercise == number]
    broken = [ran.error for answer in answers for ran in run.of(answer) if ran.error]
    errors = {cell: run.error(cell.grade_id) for cell in failed if cell.grade_id not in edited}
    if broken:
        kind, message = broken[0]
        yield Finding(
            BAD,
            f"exercise {number}, {title}, cannot be checked: its cell stops with "
            f"{kind}: {gist(message)}",
            "fix this first",
        )
        return
    if errors and all(kind == "NotImplementedError" for kind, _ in errors.values()):
        yield Finding(
            BAD,
            f"exercise {number}, {title}, is not written yet "
            f"({notebook.points_of(number):g} points)",
            "write it; two hints are folded above it",
        )
        return
    for cell in failed:
        if cell.grade_id in edited:
            yield Finding(
                BAD,
                f"check {cell.label} was edited, so what it says does not count",
                "undo that, or put your answers into a fresh copy of the notebook",
            )
            continue
        kind, message = errors[cell]
        text = message if kind == "AssertionError" else f"{kind}: {message}"
        yield Finding(BAD, f"check {cell.label}: {gist(text)}", next_step(number, kind, message))


def next_step(number: str, kind: str, message: str) -> str:
    """What to do about a check's error."""
    if kind == TIMEOUT:
        return f"look for a loop that does not end in exercise {number}"
    if kind == "NameError" and "is not defined" in message:
        return f"keep the names of exercise {number} as they were: the checks look for them"
    return f"read the whole message under the check; then fix exercise {number}"


def how_it_ran(notebook: Notebook, run: Rerun) -> Iterator[Finding]:
    """Whether it ran to its end, within the time, and which other cells failed."""
    told = {cell.grade_id for cell in notebook.cells if cell.kind != "given"}  # in `of_exercise`
    if run.ended:
        yield Finding(
            BAD,
            f"it does not run whole: {run.ended}",
            "fix that cell; then Kernel, Restart Kernel and Run All Cells",
        )
    stopped = [(cell, cell.error) for cell in run.cells if cell.error and cell.grade_id not in told]
    if stopped:
        first, (kind, message) = stopped[0]
        more = f", and {len(stopped) - 1} more after it" if stopped[1:] else ""
        yield Finding(
            BAD,
            f"{first.place} stops with {kind}: {gist(message)}{more}",
            "look for a loop that does not end, or does too much, in it or in an "
            "answer that it uses"
            if first.timed_out
            else "fix the answers that it uses; if it is a cell of your own, fix or delete it",
        )
    if not run.ended and not any(cell.timed_out for cell in run.cells):
        yield Finding(GOOD, f"it ran to its end from a fresh kernel, in {run.seconds:.0f} s")


def gist(text: str) -> str:
    """The first line of a message and its likely cause, each cut where it is long."""
    lines = (text.strip() or "no message").splitlines()
    chosen = [lines[0], *(line for line in lines[1:] if line.startswith("Likely cause"))][:2]
    return " ".join(line if len(line) <= 160 else line[:157] + "..." for line in chosen)
