"""Nothing of a student's runs in an instructor's browser: Formgrader, feedback page, class page."""

import os
import secrets
import subprocess
import sys

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from grading import report
from grading.assignment import Assignment, Work
from grading.feedback import page_of
from grading.intake import Submission
from grading.job import Job, Result
from grading.learner.formats import error_output, stream
from grading.lms.collect import enrol
from grading.lms.roster import Person
from grading.record import Course, plain
from grading.repair import restore_cells
from grading.sandbox import Limits
from helpers.notebook import kind_of
from tests.browser import CHROMIUM, FLAGS, free_port, private_settings, wait_for
from tests.classes import make_course, solved_release

NAME = "06_car_inference"
pytestmark = pytest.mark.skipif(  # CI has Chromium, or fails
    not CHROMIUM and "CI" not in os.environ, reason="Chromium is not installed"
)
RUN = "window.pwned=1;document.title='pwned';fetch('http://127.0.0.1:9/hit')"
STUDENT = "<img src=x onerror=window.pwned=1>"
HTML = [
    f"<script>{RUN}</script>",
    f'<img src="x" onerror="{RUN}">',
    f'<svg onload="{RUN}"></svg>',
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f'<details open ontoggle="{RUN}"><summary>s</summary></details>',
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/hit">',
    '<img src="http://127.0.0.1:9/hit">',
    '<link rel="stylesheet" href="http://127.0.0.1:9/hit">',
    "<style>body{display:none;background:url(http://127.0.0.1:9/hit)}</style>",
    f'<form><button formaction="javascript:{RUN}" autofocus onfocus="{RUN}">x</button></form>',
    f'<math><mtext></form><form><mglyph><style></math><img src onerror="{RUN}">',
]
MARKDOWN = [
    *HTML,
    f"[click](javascript:{RUN})",
    "![p](http://127.0.0.1:9/hit)",
    "![p][r]",
    "[r]: http://127.0.0.1:9/hit",
    f"$\\href{{javascript:{RUN}}}{{x}}$",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A course in which one student did all that a notebook can."""
    root = tmp_path_factory.mktemp("hostile_pages")
    make_course(root, NAME)
    assignment = Assignment(Course(root), NAME, Limits())
    notebook, remarks = solved_release(NAME), []
    for text in MARKDOWN:
        notebook.cells.append(nbformat.v4.new_markdown_cell(text))
        notebook.cells.append(nbformat.v4.new_raw_cell(text))
    notebook.cells.append(nbformat.v4.new_code_cell("show()", id="shows"))
    for cell in notebook.cells:
        cell.metadata["told"] = cell.id
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "what_misled":
            cell.source = "\n\n".join(MARKDOWN)
    notebook = restore_cells(notebook, assignment.release, remarks)
    ended = {
        cell.id: {"outputs": outputs(cell)} for cell in notebook.cells if cell.cell_type == "code"
    }
    folder = root / "submitted" / STUDENT / NAME
    folder.mkdir(parents=True)
    assignment.course.students(NAME)
    enrol(assignment.course, [Person(plain(STUDENT), STUDENT, STUDENT, STUDENT, STUDENT)])
    work = Work(plain(STUDENT), "", submission=Submission(notebook, [HTML[0]]), job=Job([], {}, {}))
    assignment.record(work, Result(ended, [HTML[1]]))
    outcomes = {work.student: assignment.outcome_of(work.student)}
    assert not assignment.refresh(outcomes)
    assert not report.write(assignment.course, NAME, outcomes)
    return root


def outputs(cell):
    """What a hostile run may leave in a cell."""
    text = "".join(HTML)
    if kind_of(cell) == "test":
        return [error_output("AssertionError", text, [text])]
    data = {
        "text/html": text,
        "text/markdown": "\n\n".join(MARKDOWN),
        "image/svg+xml": text,
        "application/javascript": RUN,
        "text/latex": text,
        "application/vnd.x": text,
    }
    return [
        stream("stdout", text),
        *(
            {
                "output_type": "display_data",
                "data": {kind: one, "text/plain": text},
                "metadata": {"alt": text},
            }
            for kind, one in data.items()
        ),
        {"output_type": "display_data", "data": {"image/png": f"'>{text}"}, "metadata": {}},
    ]


@pytest.fixture(scope="module")
def formgrader(root):
    """JupyterLab as an instructor starts it in the course's folder; Formgrader's address."""
    port, token, log = free_port(), secrets.token_hex(8), root / "server.log"
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        f"--IdentityProvider.token={token}",
    ]
    with log.open("w") as out:
        server = subprocess.Popen(
            command,
            cwd=root,
            stdout=out,
            stderr=out,
            env=os.environ | private_settings(root / ".private"),
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api?token={token}", server, log)
        yield f"http://127.0.0.1:{port}/formgrader/{{}}?token={token}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def open_page():
    """Open a page in Chromium; what of the student's ran or was fetched there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def look(address: str) -> tuple[str, list[str]]:
            page, seen = browser.new_page(), []
            page.on("request", lambda request: seen.append(request.url))
            page.on("dialog", lambda dialog: seen.append("hit") or dialog.dismiss())
            page.goto(address, wait_until="networkidle")
            for summary in page.locator("summary").all():
                summary.click(force=True)
            page.wait_for_timeout(300)
            ran = [url for url in seen if "hit" in url]
            ran += ["window.pwned"] * bool(page.evaluate("window.pwned === 1"))
            ran += ["title"] * (page.title() == "pwned")
            ran += page.eval_on_selector_all(
                "a",
                "links => links.map(a => a.href).filter(h => /^(javascript|data):/i.test(h)"
                "&& h.includes('pwned'))",
            )
            text = page.content()
            page.close()
            return text, ran

        yield look
        browser.close()


@pytest.mark.parametrize("name", ["feedback", "class"])
def test_nothing_runs_on_our_pages(name, root, open_page):
    course = Course(root)
    path = page_of(course, plain(STUDENT), NAME) if name == "feedback" else report.page(course)
    text, ran = open_page(path.as_uri())
    assert ran == [] and "Content-Security-Policy" in text and "06. Inference" in text


@pytest.mark.parametrize(
    "part",
    [
        "manage_assignments",
        f"manage_submissions/{NAME}",
        f"gradebook/{NAME}",
        f"gradebook/{NAME}/{NAME}",
        "manage_students",
        f"manage_students/{plain(STUDENT)}",
        f"manage_students/{plain(STUDENT)}/{NAME}",
        "submissions/{}/",
    ],
)
def test_nothing_runs_in_formgrader(part, root, formgrader, open_page):
    with Course(root).gradebook() as book:
        submission = book.find_submission_notebook(NAME, NAME, plain(STUDENT)).id
    text, ran = open_page(formgrader.format(part.format(submission)))
    assert ran == [], part
    assert plain(STUDENT) in text or "load_trained_unet" in text or NAME in text
