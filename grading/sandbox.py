"""A sandbox with a loaded Python in it, in which notebooks run: bubblewrap around
`grading.learner.zygote`.

Inside there is no network and nothing can be written but a scratch folder in memory; of the course
only what notebooks need is to be seen: no checks, solutions, gradebook, submissions or instructor's
files. The checks and the figures are there as shells of the same names.
"""

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from grading.learner.channel import (
    BROKEN,
    PLAY,
    READY,
    SNAPSHOT,
    Channel,
    ChannelEnded,
    TooLate,
    TooMuch,
)
from grading.learner.confine import MACHINES
from grading.learner.formats import MOST_IMAGE, error_output

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
MOST_TOLD, MOST_KEPT = 16 * 2**20, 8_000_000  # bytes of a cell's outputs
GRACE_SECONDS = 3  # after the limit at which a learner's process stops itself
KEPT = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "TZ")  # of the instructor's environment
# What a notebook needs of `helpers`, and what is there in name only.
SHOWN = (
    "__init__.py",
    "assets",
    "cars",
    "data.py",
    "domains.py",
    "exercise.py",
    "figures/__init__.py",
    "figures/training.py",
    "manifest.py",
    "notebook.py",
    "notebook_file.py",
    "painting.py",
    "photos.py",
    "predict.py",
    "probes",
    "progress.py",
    "ready",
    "session.py",
    "show.py",
    "weights.py",
    "widgets.py",
)
SHELLS = ("checks", "figures")
SHELL = '''"""Empty: the checks run outside of this process, and nobody looks at figures here."""

__path__ = []


def __getattr__(name):
    return __getattr__ if name.startswith("__") else nothing


def nothing(*args, **options):
    """Does nothing."""
'''


@dataclass(frozen=True)
class Limits:
    """What a submission may use. Each worker needs `memory_mb` and about 600 MB of its own."""

    cell_seconds: float = 60  # nbgrader_config.py's ExecutePreprocessor.timeout
    total_seconds: float = 300
    memory_mb: int = 4000
    scratch_mb: int = 100
    processes: int = 64

    @property
    def test_seconds(self) -> float:
        """What the learner's process may take for a graded cell, which needs less than one."""
        return min(15.0, self.cell_seconds)


class SandboxError(RuntimeError):
    """The sandbox could not be made, or ended."""


def missing() -> str:
    """Why there can be no sandbox on this machine; empty if there can be."""
    if sys.platform != "linux":
        return "submissions are isolated by bubblewrap, which is for Linux only"
    if platform.machine() not in MACHINES:
        return f"submissions are not isolated on {platform.machine()} machines"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed: on Debian, apt-get install bubblewrap"
    return ""


def command(shell: Path, control: int) -> list[str]:
    """The command line of a sandbox; `shell` is an empty module, `control` its socket's number."""
    args = [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",
        "--tmpfs",
        "/scratch",
        "--ro-bind",
        "/usr",
        "/usr",
    ]
    for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(path):
            args += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            args += ["--ro-bind", path, path]
    for path in ("/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives"):
        args += ["--ro-bind-try", path, path]
    for path in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not path.startswith("/usr/"):
            args += ["--ro-bind", path, path]
    installed = Path(sysconfig.get_path("purelib"))
    for name in ("helpers", "grading"):  # a copy of the course with all its checks
        if installed != ROOT and (installed / name).is_dir():
            args += ["--tmpfs", str(installed / name)]
    for name in (*(f"helpers/{name}" for name in SHOWN), "grading/__init__.py", "grading/learner"):
        args += ["--ro-bind", str(ROOT / name), str(ROOT / name)]
    for name in SHELLS:
        for file in sorted((ROOT / "helpers" / name).glob("*.py")):
            if f"{name}/{file.name}" not in SHOWN:
                args += ["--ro-bind", str(shell), str(file)]
    settings = {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": "/scratch",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "IPYTHONDIR": "/tmp/ipython",
        "TMPDIR": "/scratch",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
        "COURSE_FIGURES": "off",
        **{name: os.environ[name] for name in KEPT if name in os.environ},
    }
    for name, value in settings.items():
        args += ["--setenv", name, value]
    args += ["--remount-ro", "/dev", "--remount-ro", "/"]  # or a run could leave something behind
    return [
        *args,
        "--chdir",
        "/scratch",
        sys.executable,
        "-m",
        "grading.learner.zygote",
        str(control),
    ]


class Sandbox:
    """A running sandbox; notebooks run in it one at a time."""

    def __init__(self) -> None:
        if reason := missing():
            raise SandboxError(reason)
        self.folder = tempfile.TemporaryDirectory(prefix="sandbox_")
        shell = Path(self.folder.name) / "shell.py"
        shell.write_text(SHELL)
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                command(shell, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        assert self.process.stderr  # a pipe
        self.errors = self.process.stderr
        os.set_blocking(self.errors.fileno(), False)
        self.answer(START_SECONDS)

    def answer(self, seconds: float) -> dict:
        """The next message from inside.

        Raises:
            SandboxError: none came in time, or the sandbox has ended.
        """
        self.control.settimeout(seconds)
        try:
            message = self.control.recv(2**16)
        except OSError:
            message = b""
        if not message:
            self.close()
            why = (self.errors.read() or b"").decode(errors="replace").strip()
            raise SandboxError(f"the sandbox ended or gave no answer. {why[-2000:]}")
        return json.loads(message)

    def begin(self, limits: Limits, files: dict[str, str] | None = None) -> "Run":
        """Begin to run a notebook; `files` lie beside it, in base64 by name.

        Raises:
            SandboxError: the sandbox has ended, or no notebook can run in it.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                job = {"limits": asdict(limits) | {"test_seconds": limits.test_seconds}}
                socket.send_fds(self.control, [json.dumps(job).encode()], [theirs.fileno()])
            except OSError as error:
                raise SandboxError("the sandbox has ended") from error
        return Run(self, Channel(ours), limits, files or {})

    def close(self) -> None:
        """End the sandbox and all that is in it."""
        self.process.kill()
        self.process.wait()
        self.control.close()
        self.folder.cleanup()


class RunEnded(Exception):
    """The learner's process ended, or was ended; the text says why, if that is known here."""


class Run:
    """One run of a notebook in a sandbox."""

    def __init__(
        self, sandbox: Sandbox, channel: Channel, limits: Limits, files: dict[str, str]
    ) -> None:
        self.sandbox, self.channel, self.limits = sandbox, channel, limits
        self.deadline = time.monotonic() + limits.total_seconds
        try:
            channel.send(READY, json.dumps(files).encode())
            kind, body, _ = channel.receive(time.monotonic() + START_SECONDS)
        except ChannelEnded as error:
            raise SandboxError("a notebook's process ended before it began") from error
        if kind == BROKEN:
            raise SandboxError(body.decode(errors="replace")[-2000:])

    @property
    def seconds_left(self) -> float:
        """Of the time of the whole notebook."""
        return max(0.1, self.deadline - time.monotonic())

    def play(self, source: str) -> dict:
        """Run a cell: its `outputs`, and the `seconds` that it took.

        Raises:
            RunEnded: it did not come to its end.
        """
        answer = self.exchange(PLAY, source.encode("utf-8", "surrogatepass"))
        try:
            told = json.loads(answer)
            return {"outputs": kept(told["outputs"]), "seconds": float(told["seconds"])}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise RunEnded("its process sent what cannot be read") from error

    def snapshot(self) -> Channel:
        """A channel to a copy of the learner's process as it is now.

        Raises:
            RunEnded: there is no such process any longer.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            self.exchange(SNAPSHOT, b"", theirs.fileno())
        return Channel(ours)

    def exchange(self, kind: bytes, body: bytes, handed: int | None = None) -> bytes:
        """Ask for something; the answer."""
        deadline = time.monotonic() + min(
            self.seconds_left, self.limits.cell_seconds + GRACE_SECONDS
        )
        try:
            self.channel.send(kind, body, handed)
            answered, answer, _ = self.channel.receive(deadline, MOST_TOLD)
        except TooLate as error:
            raise RunEnded(self.why_late()) from error
        except TooMuch as error:
            raise RunEnded(f"its output passed {MOST_TOLD // 2**20} MB") from error
        except ChannelEnded as error:
            raise RunEnded("") from error
        if answered != kind:
            raise RunEnded("its process sent what cannot be read")
        return answer

    def why_late(self) -> str:
        """Which time is over."""
        if time.monotonic() > self.deadline:
            return f"the notebook ran longer than {self.limits.total_seconds:g} seconds"
        return f"it ran longer than {self.limits.cell_seconds:g} seconds"

    def end(self) -> str:
        """End the run and all that belongs to it; which limit it had passed, if any.

        Raises:
            SandboxError: the sandbox has ended.
        """
        self.channel.close()
        try:
            self.sandbox.control.send(b"end")
        except OSError as error:
            raise SandboxError("the sandbox has ended") from error
        return self.sandbox.answer(START_SECONDS)["reason"]


def kept(told: list) -> list[dict]:
    """The outputs of a cell, as many as are kept."""
    found, left = [], MOST_KEPT
    for one in told[:100]:
        left -= len(json.dumps(one))
        if left < 0:
            break
        found.append(output(one))
    return found


def output(told: dict) -> dict:
    """An output as a notebook stores it, of the kinds that there are and of text alone."""

    def text(value: object, most: int = MOST_IMAGE) -> str:
        return str(value)[:most].encode("utf-8", "replace").decode()

    if told["output_type"] == "stream":
        name = "stderr" if told["name"] == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": text(told["text"])}
    if told["output_type"] == "error":
        return error_output(
            text(told["ename"], 200),
            text(told["evalue"]),
            [text(line) for line in told["traceback"][:200]],
        )
    data = {text(k, 200): text(v) for k, v in list(told["data"].items())[:20]}
    alt = told.get("metadata", {}).get("alt") if isinstance(told.get("metadata"), dict) else None
    return {
        "output_type": "display_data",
        "data": data,
        "metadata": {"alt": text(alt)} if alt else {},
    }
