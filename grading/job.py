"""A submission as a Dask worker gets it, and what it sends back.

Light to import: the command needs no torch, the workers no nbgrader.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grading.sandbox import Limits
from helpers.notebook import kind_of, name_of

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass
class Job:
    """A submission ready to run: code `cells` in order as (id, source), the `tests` to judge as
    source by id in the order of the release, their `seeds`, and `files` in base64 by name.
    """

    cells: list[tuple[str, str]]
    tests: dict[str, str]
    seeds: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


@dataclass
class Result:
    """What came of it: `ended`, the reports of the cells that ended, by id; `remarks` in words."""

    ended: dict[str, dict] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    seconds: float = 0.0


def cells_and_tests(
    notebook: "NotebookNode", source: "NotebookNode"
) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """The `cells` and `tests` of a job; graded cells are run as the instructor wrote them."""
    tests = {name_of(cell): cell.source for cell in source.cells if kind_of(cell) == "test"}
    return [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"], tests


def do(job: Job) -> Result:
    """Run and judge a submission."""
    from grading.run import run_submission

    return run_submission(job)
