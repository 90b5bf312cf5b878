"""A class on JupyterHub, from the release of a notebook to the points that a student sees.

One account of the system plays everybody: what accounts keep apart is not tested here.
"""

import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from grading import sandbox
from tests import browser, course

NAME, EXERCISE = "01_semantic_segmentation", "class_map_to_masks"
PROXY = Path(sys.prefix) / "bin" / "configurable-http-proxy"
WAIT = 90_000  # milliseconds, for a server to start or a class to be graded

pytestmark = pytest.mark.skipif(  # CI has all of them, or fails
    not (browser.CHROMIUM and PROXY.exists() and not sandbox.missing()) and "CI" not in os.environ,
    reason="Chromium, bubblewrap or `make .venv/hub` is missing",
)


@pytest.fixture
def hub():
    """A hub on a copy of the course: its folder, its address, the password of all."""
    with tempfile.TemporaryDirectory(prefix="hub_", ignore_cleanup_errors=True) as folder:
        root, password = Path(folder) / "course", secrets.token_urlsafe(9)
        browser.copy_course(root)
        address, log = f"http://127.0.0.1:{browser.free_port()}", Path(folder) / "hub.log"
        environment = os.environ | browser.private_settings(Path(folder) / "private")
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
            environment.pop(name)  # everybody has their own
        environment |= {"COURSE_HUB_ADDRESS": address, "COURSE_HUB_PASSWORD": password}
        with log.open("w") as out:
            server = subprocess.Popen(
                ["make", "hub"],
                cwd=root,
                stdout=out,
                stderr=out,
                env=environment,
                start_new_session=True,
            )
        try:
            browser.wait_for(f"{address}/hub/health", server, log)
            yield root, address, password
        except BaseException:
            print(log.read_text()[-6000:])
            raise
        finally:
            assert not left_after_stopping(server), "what the hub started ends with it"


def left_after_stopping(server: subprocess.Popen) -> list[str]:
    """Stop the hub as its administrator would; what still runs of it after that is killed, too."""
    if server.poll() is not None:
        return []
    family = psutil.Process(server.pid).children(recursive=True)
    for process in family:
        if "jupyterhub_config.py" in command(process):
            process.terminate()
    _, left = psutil.wait_procs([psutil.Process(server.pid), *family], timeout=40)
    commands = [command(process) for process in left]
    for process in left:
        process.kill()
    return [text for text in commands if text]


def command(process: psutil.Process) -> str:
    """A process's command, or nothing of one that has ended, even if nobody took note of its end."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class Person:
    """Somebody at the hub, in a browser of their own."""

    def __init__(self, chromium, address: str, name: str, password: str) -> None:
        self.home, self.name = f"{address}/user/{name}", name
        self.page: Page = chromium.new_context(viewport=browser.LAPTOP).new_page()
        self.page.goto(f"{address}/hub/login")
        self.page.get_by_label("Username:").fill(name)
        self.page.get_by_label("Password:").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.locator(".jp-Launcher, .jp-Notebook").first).to_be_visible(timeout=WAIT)

    def picture(self, what: str) -> None:
        """Keep a screenshot."""
        browser.ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=browser.ARTEFACTS / f"hub-{self.name}-{what}.png")


class Instructor(Person):
    """The instructor, with Formgrader and a terminal."""

    def formgrader(self, column: str, said: str) -> None:
        """Press the button of the notebook's row in Formgrader, and read what it says."""
        self.page.goto(f"{self.home}/formgrader/manage_assignments")
        row = self.page.get_by_role("row").filter(has_text=NAME)
        row.locator(f".{column} a").click()
        expect(self.page.locator(".modal.in .modal-title")).to_have_text("Success", timeout=WAIT)
        expect(self.page.locator(".modal.in")).to_contain_text(said)
        self.picture(column)

    def type(self, command: str, root: Path) -> None:
        """Run a command in a terminal of JupyterLab, in the course's folder, until it has ended."""
        self.page.goto(f"{self.home}/lab?reset")
        self.page.locator(".jp-LauncherCard", has_text="Terminal").click()
        terminal = self.page.locator(".jp-Terminal")
        expect(terminal).to_be_visible()
        terminal.click()
        self.page.keyboard.insert_text(f"{command}; echo $? > ended")
        self.page.keyboard.press("Enter")
        ended = root / "ended"  # what a terminal shows is drawn, not text of the page
        until = time.monotonic() + 2 * WAIT / 1000
        while not (ended.is_file() and ended.read_text()) and time.monotonic() < until:
            self.page.wait_for_timeout(500)
        self.picture("terminal")
        assert ended.read_text() == "0\n"


class Student(Person):
    """A student, with nbgrader's list of assignments."""

    def assignments(self) -> None:
        """Open the list."""
        self.page.goto(f"{self.home}/lab?reset")
        self.page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
        self.page.get_by_role("menuitem", name="Assignment List", exact=True).click()

    def solve(self, answer: course.Exercise) -> None:
        """Open the notebook, write an answer, run what is above and its tests, and save."""
        self.page.goto(f"{self.home}/lab/tree/{NAME}/{NAME}.ipynb?reset")
        notebook = course.read(course.release_path(NAME))
        cells = self.page.locator(".jp-Notebook .jp-Cell")
        expect(cells).to_have_count(len(notebook.cells), timeout=WAIT)
        ids = [cell.id for cell in notebook.cells]
        cells.nth(ids.index(answer.name)).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(answer.source)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        for test in answer.tests:
            output = cells.nth(ids.index(test)).locator(".jp-OutputArea-output")
            expect(output).to_contain_text("✓", timeout=WAIT)
        last = cells.nth(
            max(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        )
        expect(last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=WAIT)
        self.picture("solved")
        with self.page.expect_response(lambda r: r.request.method == "PUT" and NAME in r.url):
            self.page.keyboard.press("Control+s")

    def validate(self) -> None:
        """Press nbgrader's button: the other exercises are still to be written."""
        self.page.get_by_role("button", name="Validate").click()
        dialog = self.page.locator(".jp-Dialog")
        expect(dialog).to_contain_text("not written this exercise", timeout=WAIT)
        self.picture("validated")
        dialog.get_by_role("button").last.click()

    def feedback(self) -> str:
        """The page that came back, as it is read in JupyterLab."""
        self.page.get_by_text("(view feedback)").click()
        self.page.locator(".jp-DirListing-item", has_text=".html").dblclick()
        frame = self.page.frame_locator(".jp-HTMLViewer iframe")
        expect(frame.locator("h1")).to_be_visible()
        self.picture("feedback")
        return frame.locator("body").inner_text()

    def press(self, panel: str, button: str, then: str) -> None:
        """Press a button of the list, and wait until a panel shows the notebook."""
        row = self.page.locator(f"#{panel}_assignments_list .list_item", has_text=NAME)
        row.get_by_role("button", name=button, exact=True).first.click()
        shown = self.page.locator(f"#{then}_assignments_list .list_item", has_text=NAME)
        expect(shown.first).to_be_visible(timeout=WAIT)


def test_a_class_on_the_hub(hub):
    root, address, password = hub
    answer = course.exercises(NAME)[EXERCISE]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.CHROMIUM, args=browser.FLAGS)
        instructor = Instructor(chromium, address, "instructor", password)
        instructor.formgrader("release", "Successfully released")

        student = Student(chromium, address, "student1", password)
        student.assignments()
        student.press("released", "Fetch", "fetched")
        student.picture("fetched")
        assert (root / "build/hub/home/student1/glossary.md").is_file()
        student.solve(answer)
        student.validate()
        student.assignments()
        student.press("fetched", "Submit", "submitted")
        student.picture("submitted")

        instructor.formgrader("collect", "Successfully collected")
        instructor.type(f"make grade ASSIGNMENT={NAME}", root)
        instructor.formgrader("release-feedback", "Successfully released feedback")

        student.assignments()
        student.press("submitted", "Fetch Feedback", "submitted")
        page = student.feedback()
        assert f"{sum(answer.points.values()):g} of {course.totals()[NAME]:g} points" in page
        assert "From your instructor" not in page
        chromium.close()
