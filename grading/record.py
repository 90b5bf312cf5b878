"""Put a finished run into nbgrader's gradebook and `autograded/`, by nbgrader's own steps.

Only nbgrader's execution is replaced: the outputs come from the sandbox. Scoring, late penalties
and comments are nbgrader's, so formgrader, feedback and exports work on the result.
"""

import functools
import hashlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import nbformat
from nbconvert.exporters import ResourcesDict
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, Execute
from sqlalchemy.pool import NullPool
from tqdm import tqdm
from traitlets.config.loader import PyFileConfigLoader

from grading.harmless import harmless_outputs
from grading.intake import SECRET, Submission
from grading.learner.formats import error_output
from grading.standing import Book
from helpers.notebook import kind_of, name_of

# Names that nbgrader takes as they are: it reads brackets, stars and question marks as patterns, no
# ends of lines, and Formgrader shows a name as HTML, so that it could run there.
PLAIN = re.compile(r"[^\x00-\x1f\x7f/\\\[\]*?<>&\"'`\ud800-\udfff]{1,100}")
ALIKE = str.maketrans('<>&"', "‹›＆”")  # for names that people read
PATIENCE_SECONDS = 600
REMARKS = "about-your-submission"  # the id of the cell that tells what was noted
NOT_RUN = "This cell was not seen to end, so it counts as failed."

# nbgrader's steps open the gradebook eleven times for a submission, and forget each time how they
# spell their SQL: with an engine that stays, a submission is recorded in a sixth less time.
api.create_engine = functools.cache(functools.partial(api.create_engine, poolclass=NullPool))


class Course:
    """A course's folders and its gradebook."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root).resolve()
        settings = self.root / "nbgrader_config.py"
        if not settings.is_file():
            raise FileNotFoundError(f"there is no {settings}: run this in the course's folder")
        self.config = PyFileConfigLoader(settings.name, path=str(self.root)).load_config()
        self.config.CourseDirectory.root = str(self.root)
        kind, _, file = str(self.config.CourseDirectory.get("db_url", "")).partition("sqlite:///")
        if not kind and file:  # nbgrader would look for it in whatever folder it runs in
            self.config.CourseDirectory.db_url = f"sqlite:///{self.root / file}"
        self.folders = CourseDirectory(config=self.config)
        self.odd: dict[str, str] = {}  # the folders' names of students whom nbgrader calls others
        # nbgrader calls alembic by its bare name when it makes a new gradebook
        here = str(Path(sys.executable).parent)
        os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", "")])

    def gradebook(self) -> Book:
        """nbgrader's gradebook, to be used in a `with` block."""
        return Gradebook(self.folders.db_url, self.folders.course_id)

    def folder(self, step: str, student: str, name: str) -> Path:
        """Where nbgrader keeps a submission: `step` is submitted, autograded or feedback."""
        if step == "submitted":
            student = self.odd.get(student, student)
        return Path(
            self.folders.format_path(getattr(self.folders, f"{step}_directory"), student, name)
        )

    def source(self, name: str) -> Path:
        """The instructor's notebook of an assignment."""
        folder = self.folders.format_path(self.folders.source_directory, ".", name)
        return Path(folder) / f"{name}.ipynb"

    def release(self, name: str) -> Path:
        """The released notebook of an assignment."""
        folder = self.folders.format_path(self.folders.release_directory, ".", name)
        return Path(folder) / f"{name}.ipynb"

    def read_release(self, name: str) -> NotebookNode:
        """The released notebook of an assignment, read."""
        return nbformat.read(self.release(name), as_version=4)

    def prepare(self, name: str) -> None:
        """Make the assignment, as it is now, known to the gradebook; generate it where needed.

        Raises:
            FileNotFoundError: there is no such assignment.
            ValueError: nbgrader could not generate it.
        """
        self.require(name)
        if not (self.release(name).is_file() and self.known(name)):
            api = NbGraderAPI(config=self.config)
            result = cast(dict, api.generate_assignment(name, force=True))  # annotated as bool
            if not result["success"]:
                raise ValueError(f"nbgrader could not generate {name}:\n{result['log'][-2000:]}")

    def require(self, name: str) -> None:
        """Know that there is such an assignment.

        Raises:
            FileNotFoundError: there is none.
        """
        if not self.source(name).is_file():
            raise FileNotFoundError(
                f"there is no assignment {name}; there are: {', '.join(self.names()) or 'none'}"
            )

    def names(self) -> list[str]:
        """The assignments, sorted."""
        folders = self.source("NAME").parent.parent.glob("*/")
        return sorted(f.name for f in folders if self.source(f.name).is_file())

    def known(self, name: str) -> bool:
        """Whether the gradebook has an assignment's graded cells and points as they are now."""
        cells = nbformat.read(self.source(name), as_version=4).cells
        tests = {name_of(cell): cell.source.strip() for cell in cells if kind_of(cell) == "test"}
        wanted = {
            name_of(cell): (tests.get(name_of(cell)), cell.metadata.nbgrader.points)
            for cell in cells
            if kind_of(cell) in ("test", "words")
        }
        with self.gradebook() as book:
            try:
                notebook = book.find_notebook(name, name)
            except MissingEntry:
                return False
            sources = {
                cell.name: cell.source.strip()
                for cell in notebook.source_cells
                if cell.name in tests
            }
            return wanted == {
                cell.name: (sources.get(cell.name), cell.max_score) for cell in notebook.grade_cells
            }

    def students(self, name: str) -> list[str]:
        """Those who have handed something in for an assignment, sorted, as nbgrader calls them."""
        pattern = self.folders.format_path(self.folders.submitted_directory, "*", name)
        found = []
        for path in Path("/").glob(pattern.lstrip("/")):
            folder = path.parent.name
            if path.is_dir() and not folder.startswith("."):
                student = plain(folder)
                if student != folder:
                    self.odd[student] = folder
                found.append(student)
        return sorted(found)

    def record(
        self, student: str, name: str, notebook: NotebookNode, ended: dict, moment: str = ""
    ) -> None:
        """Score a notebook by the outputs that its cells gave and keep both.

        `ended` maps cell ids to reports of `grading.run`; a graded cell without one
        gets no points. `moment` is when it was handed in, if that is known.
        """
        with tempfile.TemporaryDirectory(prefix="grading_") as folder:
            place = Path(folder) / student / name
            place.mkdir(parents=True)
            nbformat.write(notebook, place / f"{name}.ipynb")
            if moment:
                (place / "timestamp.txt").write_text(moment)
            secret = self.folder("submitted", student, name) / SECRET
            if secret.is_file() and not secret.is_symlink():
                (place / SECRET).write_bytes(secret.read_bytes()[:1000])
            folders = CourseDirectory(config=self.config)
            folders.submitted_directory = folder
            folders.student_id, folders.assignment_id = student, name
            converter = Autograde(coursedir=folders, config=self.config)
            converter.log.setLevel("ERROR")
            converter.force = True
            converter.autograde_preprocessors = [
                outputs_of(ended) if step is Execute else step
                for step in converter.autograde_preprocessors
            ]
            patiently(converter.start)
        if student in self.odd:
            with self.gradebook() as book:
                book.update_or_create_student(student, last_name=name_of_person(self.odd[student]))
        kept = nbformat.read(self.folder("autograded", student, name) / f"{name}.ipynb", 4)
        for cell in kept.cells:  # nbgrader gives full points to a cell without outputs
            if kind_of(cell) == "test" and not cell.outputs and name_of(cell) not in ended:
                raise RuntimeError(f"{student}'s cell {name_of(cell)} was scored without a run")

    def assign_penalty(self, student: str, name: str) -> None:
        """Take points off for being late, by nbgrader's plug-in, as the due date is now."""
        step = AssignLatePenalties(config=self.config)
        step.log.setLevel("ERROR")
        place = {
            "student": student,
            "assignment": name,
            "notebook": name,
            "db_url": self.folders.db_url,
        }
        resources = ResourcesDict(nbgrader=place)
        patiently(lambda: step.preprocess(nbformat.v4.new_notebook(), resources))


def plain(folder: str) -> str:
    """A name that nbgrader can keep a student by: the folder's own wherever it can."""
    if PLAIN.fullmatch(folder) and folder == folder.strip():
        return folder
    word = re.sub(r"[^\w.-]+", "_", folder.encode("ascii", "ignore").decode())[:40].strip("_.-")
    return f"{word or 'student'}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"


def printable(folder: str) -> str:
    """A folder's name in characters that any terminal and page can show."""
    text = folder.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def name_of_person(text: str) -> str:
    """A name for the gradebook: Formgrader shows it as HTML."""
    return printable(text).translate(ALIKE)


def patiently(work: Callable[[], object]) -> object:
    """Do something to the gradebook; wait, and say so, while another program holds it."""
    until, told = time.monotonic() + PATIENCE_SECONDS, False
    while True:
        try:
            return work()
        except Exception as error:
            if not is_locked(error) or time.monotonic() > until:
                raise
            if not told:
                tqdm.write(
                    "The gradebook is in use by another program: waiting for it.", file=sys.stderr
                )
            told = True
            time.sleep(1)


def is_locked(error: BaseException | None) -> bool:
    """Whether this, or what it came of, says that another program writes to the gradebook."""
    return error is not None and (
        "database is locked" in str(error) or is_locked(error.__cause__ or error.__context__)
    )


def outputs_of(ended: dict) -> type:
    """A step that stands where nbgrader runs a notebook and puts finished outputs into it."""

    class PutOutputs(Preprocessor):
        """Outputs of a run that is over."""

        enabled = True

        def preprocess(self, nb: NotebookNode, resources: dict) -> tuple:
            """Give each cell what it printed; graded cells that did not end get an error."""
            for number, cell in enumerate(nb.cells):
                if cell.cell_type != "code":
                    continue
                report = ended.get(cell.id)
                if report:
                    outputs: Any = nbformat.from_dict(report["outputs"])
                    cell.outputs = harmless_outputs(outputs)
                    cell.execution_count = number
                elif kind_of(cell) == "test":
                    cell.outputs = [nbformat.from_dict(error_output("NotRun", NOT_RUN, []))]
            return nb, resources

    return PutOutputs


def with_remarks(submission: Submission, remarks: list[str]) -> NotebookNode:
    """The notebook with a first cell that tells the student what was noted."""
    notebook = deepcopy(submission.notebook)
    told = [*submission.remarks, *remarks]
    if told:
        lines = (re.sub(r"([\\`*_{}\[\]()#+!|<>~$])", r"\\\1", line) for line in told)
        text = "**About your submission**\n\n" + "\n".join(f"- {line}" for line in lines)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text, id=REMARKS))
    return notebook


def refused(release: NotebookNode, reason: str) -> tuple[NotebookNode, dict]:
    """What is kept for a submission that cannot be graded: the release, with the reason."""
    error = error_output("NotGraded", reason, [])
    ended = {
        name_of(cell): {"outputs": [error]} for cell in release.cells if kind_of(cell) == "test"
    }
    return with_remarks(Submission(deepcopy(release), [reason]), []), ended
