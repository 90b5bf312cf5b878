"""The course in a real JupyterLab, driven in Chromium as a learner drives it."""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, ViewportSize, expect

from tests import course

ARTEFACTS = Path(os.environ.get("COURSE_ARTEFACTS") or course.ROOT / "test-results")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--force-prefers-reduced-motion",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
LAPTOP: ViewportSize = {"width": 1366, "height": 768}
SETTINGS = {  # nothing asks for attention, and every cell is in the page
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Light"},
}
START_SECONDS, CELL_MS, RUN_MS = 90, 30_000, 180_000
expect.set_options(timeout=15_000)  # several tests share the machine


def copy_course(target: Path) -> None:
    """A copy of the course as git would give it to a newcomer, with this environment in it."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=course.ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        if (course.ROOT / name).is_file() and not name.startswith("tests/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(course.ROOT / name, target / name)
    (target / ".venv").symlink_to(sys.prefix)
    for name in ("pyproject.toml", "helpers/etc/ipython_kernel_config.py"):
        os.utime(target / name, (0, 0))  # what is installed is newer: make leaves it


def private_settings(folder: Path) -> dict[str, str]:
    """Environment variables that keep the user's own JupyterLab out of it."""
    for plugin, values in SETTINGS.items():
        package, name = plugin.split(":")
        path = folder / "settings" / package / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    names = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {name: str(folder / part) for name, part in names.items()}


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def lab(root: Path) -> Iterator[str]:
    """Start the course at `root` as the README says; the address of its notebooks."""
    port, token, log = free_port(), secrets.token_hex(8), root / "lab.log"
    flags = f"--ServerApp.port={port} --IdentityProvider.token={token} --no-browser"
    flags += " --expose-app-in-browser"  # so that tests can run its commands
    environment = os.environ | private_settings(root / ".private") | {"COURSE_SHORT": "1"}
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", "lab", f"LAB_FLAGS={flags}"],
            cwd=root,
            stdout=out,
            stderr=out,
            env=environment,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api?token={token}", server, log)
        yield f"{address}/lab/tree/{{}}?token={token}&reset"  # no tabs of before
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    """Wait until a server answers; fail with its log if it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


class Notebook:
    """A notebook that is open in the page."""

    def __init__(
        self,
        page: Page,
        root: Path,
        address: str,
        name: str,
        content: nbformat.NotebookNode | None = None,
    ) -> None:
        self.page, self.address, self.name = page, address, name
        self.path = root / "notebooks" / name / f"{name}.ipynb"
        self.complaints: list[str] = []
        nbformat.write(content or course.read(course.release_path(name)), self.path)
        page.on("console", self.note)
        page.on("pageerror", self.note_error)
        if page.url == "about:blank":
            page.goto(address.format(f"{name}/{name}.ipynb"))
        else:  # JupyterLab is there already, which takes four seconds to load
            self.command("docmanager:open", path=f"{name}/{name}.ipynb")
        expect(self.status("Idle")).to_be_visible(timeout=60_000)
        self.ids = [c.id for c in self.saved().cells]

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the browser's console calls an error."""
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def note_error(self, error: Error) -> None:
        """Keep an error of the page's code."""
        self.complaints.append(f"page error: {error}")

    def command(self, name: str, **arguments: str) -> None:
        """Run one of JupyterLab's commands, as its menus and lists do."""
        self.page.evaluate("([n, a]) => jupyterapp.commands.execute(n, a)", [name, arguments])

    def status(self, word: str) -> Locator:
        """The kernel's status in the bar at the bottom."""
        return (
            self.page.get_by_title(re.compile(rf"Kernel status: {word}"))
            .or_(self.page.locator(".jp-StatusBar-Widget", has_text=f"| {word}"))
            .first
        )

    def saved(self) -> nbformat.NotebookNode:
        """The notebook as it is on disk."""
        return nbformat.read(self.path, as_version=4)

    def cell(self, cell_id: str) -> Locator:
        """A cell in the page."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(self.ids.index(cell_id))

    def run_all(self) -> None:
        """Run every cell from top to bottom, by the menu."""
        last = [c.id for c in self.saved().cells if c.cell_type == "code"][-1]
        prompt = self.cell(last).locator(".jp-InputPrompt")
        before = prompt.inner_text()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        expect(prompt).not_to_have_text(before, timeout=RUN_MS)
        self.wait_until_run(last)

    def select(self, cell_id: str) -> None:
        """Select a cell without editing it."""
        self.cell(cell_id).locator(".jp-InputPrompt").first.click()

    def wait_until_run(self, cell_id: str) -> None:
        """Wait until a cell has run, and all before it."""
        prompt = self.cell(cell_id).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=RUN_MS)

    def run(self, cell_id: str) -> None:
        """Run one cell and wait for it."""
        self.select(cell_id)
        self.page.keyboard.press("Control+Enter")
        expect(self.cell(cell_id).locator(".jp-InputPrompt")).not_to_have_text(
            "[*]:", timeout=CELL_MS
        )
        self.wait_until_run(cell_id)

    def write(self, cell_id: str, source: str) -> None:
        """Replace a cell's source."""
        self.cell(cell_id).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def save(self) -> nbformat.NotebookNode:
        """Save with the keyboard; the notebook as it then is on disk."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        end = time.monotonic() + 20
        while True:
            self.page.wait_for_timeout(100)
            assert time.monotonic() < end, "the notebook was not saved"
            if self.path.stat().st_mtime_ns != before:
                with contextlib.suppress(nbformat.reader.NotJSONError):  # still being written
                    return self.saved()

    def picture(self, name: str, cell_id: str = "") -> None:
        """Keep a screenshot, of a cell or of the page as it is."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        if cell_id:
            self.cell(cell_id).scroll_into_view_if_needed()
        target = self.cell(cell_id) if cell_id else self.page
        target.screenshot(path=ARTEFACTS / f"{self.name}-{name}.png")

    def close(self) -> None:
        """Save and close all tabs, and shut the kernel down."""
        self.command("docmanager:save-all")
        self.command("application:close-all")
        self.page.remove_listener("console", self.note)
        self.page.remove_listener("pageerror", self.note_error)
        for session in self.ask("GET", "api/sessions"):
            self.ask("DELETE", f"api/sessions/{session['id']}")

    def ask(self, method: str, what: str) -> Any:
        """Ask the server for something."""
        start, _, query = self.address.partition("/lab/tree/{}")
        request = urllib.request.Request(f"{start}/{what}{query}", method=method)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read() or "null")
