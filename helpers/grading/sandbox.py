"""A sandbox with a loaded Python in it, to which notebooks are sent: bubblewrap around
`helpers.grading.inside`.

Inside there is no network and nothing can be written but a scratch folder in memory; of the
course only `helpers` is to be seen: no solutions, gradebook, submissions or instructor's files.
"""

import os
import secrets
import select
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from helpers.grading.inside import read_message, write_message

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 120
KEPT = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "TZ")  # of the instructor's environment


@dataclass(frozen=True)
class Limits:
    """What a submission may use. Each worker needs `memory_mb` and about 600 MB of its own."""

    cell_seconds: float = 60  # nbgrader_config.py's ExecutePreprocessor.timeout
    total_seconds: float = 300
    memory_mb: int = 4000
    scratch_mb: int = 100
    output_mb: int = 50
    processes: int = 64


class SandboxError(RuntimeError):
    """The sandbox could not be made, or ended."""


def missing() -> str:
    """Why there can be no sandbox on this machine; empty if there can be."""
    if sys.platform != "linux":
        return "submissions are isolated by bubblewrap, which is for Linux only"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed: on Debian, apt-get install bubblewrap"
    return ""


def command() -> list[str]:
    """The command line of a sandbox."""
    args = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
            "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", "/scratch",
            "--ro-bind", "/usr", "/usr"]
    for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(path):
            args += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            args += ["--ro-bind", path, path]
    for path in ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives"):
        args += ["--ro-bind-try", path, path]
    for path in dict.fromkeys((sys.base_prefix, sys.prefix, str(ROOT / "helpers"))):
        if not path.startswith("/usr/"):
            args += ["--ro-bind", path, path]
    settings = {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "HOME": "/scratch", "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLCONFIGDIR": "/tmp/matplotlib",
        "IPYTHONDIR": "/tmp/ipython", "TMPDIR": "/scratch", "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde", "COURSE_FIGURES": "off",
        **{name: os.environ[name] for name in KEPT if name in os.environ},
    }
    for name, value in settings.items():
        args += ["--setenv", name, value]
    return [*args, "--chdir", "/scratch", sys.executable, "-m", "helpers.grading.inside"]


class Sandbox:
    """A running sandbox; jobs are sent one at a time."""

    def __init__(self) -> None:
        if reason := missing():
            raise SandboxError(reason)
        self.process = subprocess.Popen(
            command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        os.set_blocking(self.process.stderr.fileno(), False)
        self.start_seconds = self.answer(START_SECONDS)["seconds"]

    def answer(self, seconds: float) -> dict:
        """The next message from inside.

        Raises:
            SandboxError: none came in time, or the sandbox has ended.
        """
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        message = read_message(self.process.stdout) if ready else None
        if message is None:
            self.close()
            why = (self.process.stderr.read() or b"").decode(errors="replace").strip()
            raise SandboxError(f"the sandbox ended or gave no answer. {why[-2000:]}")
        return message

    def run(
        self, cells: list[dict], limits: Limits, files: dict[str, str] | None = None,
        skip: dict[str, str] | None = None,
    ) -> dict:
        """Run a notebook's cells: `reports` of those that ended, and `reason` if it was stopped.

        Raises:
            SandboxError: the sandbox ended; make another.
        """
        job = {"cells": cells, "limits": asdict(limits), "files": files or {}, "skip": skip or {},
               "token": secrets.token_hex(16)}
        try:
            write_message(self.process.stdin, job)
        except BrokenPipeError as error:
            raise SandboxError("the sandbox has ended") from error
        answer = self.answer(limits.total_seconds + 30)
        for report in answer["reports"]:
            if "broken" in report:
                raise SandboxError(report["broken"])
        return answer

    def close(self) -> None:
        """End the sandbox and all that is in it."""
        self.process.kill()
        self.process.wait()


def run_to_the_end(
    sandbox: Sandbox, cells: list[dict], limits: Limits, files: dict[str, str] | None = None,
    tries: int = 4,
) -> tuple[dict[str, dict], list[str]]:
    """Run a notebook so that one deadly cell does not cost the others.

    When the run ends in the middle of a cell, it is begun again without that cell. Returns the
    reports by cell and what was noted in words.
    """
    skip: dict[str, str] = {}
    remarks, ended = [], {}
    for _ in range(tries):
        answer = sandbox.run(cells, limits, files, skip)
        ended = {r["end"]: r for r in answer["reports"] if "end" in r}
        hungry = next((cell for cell, r in ended.items() if cell not in skip and any(
            output.get("ename") == "MemoryError" for output in r["outputs"])), None)
        if hungry:  # what it holds would starve the cells after it
            skip[hungry] = f"This cell was stopped: it used more than {limits.memory_mb} MB."
            remarks.append(f"Cell {hungry} used more than {limits.memory_mb} MB of memory. It was "
                           "left out and the notebook was run again.")
            continue
        if any("finished" in report for report in answer["reports"]):
            break
        started = [r["begin"] for r in answer["reports"] if "begin" in r]
        deadly = next((cell for cell in reversed(started) if cell not in ended), None)
        reason = answer["reason"] or "its process ended"
        if deadly is None:
            remarks.append(f"The notebook was stopped: {reason}.")
            break
        skip[deadly] = f"This cell was stopped: {reason}."
        remarks.append(f"Cell {deadly} was stopped: {reason}. It was left out and the notebook "
                       "was run again.")
    return ended, remarks
