"""A learner's notebook in this process: its cells are run, its graded objects asked about.

The grader drives it over a channel: PLAY runs a cell, SNAPSHOT forks a copy of the process as it
is now and gives the copy a channel of its own, ASK runs a probe, TIME gives the questions their
time once more. What comes back is the learner's word.
"""

import contextlib
import io
import json
import os
import signal
import socket
import time
from collections.abc import Iterator

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from grading.learner.channel import ASK, PLAY, SNAPSHOT, TIME, Channel, ChannelEnded
from grading.learner.formats import error_output, shown, stream
from helpers.probes.place import Place, crash
from helpers.probes.wire import pack


class Shell(InteractiveShell):
    """IPython without a terminal or a kernel."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Nothing: `%matplotlib inline` asks for it, and there is no window."""


class OutOfTime(KeyboardInterrupt):
    """A cell, or a graded cell's questions, took as long as they may."""


class Notebook:
    """A notebook that runs; a cell may take `seconds`, a graded one `test_seconds`."""

    def __init__(self, channel: Channel, seconds: float, test_seconds: float) -> None:
        self.channel, self.seconds, self.test_seconds = channel, seconds, test_seconds
        self.left, self.copies = test_seconds, []
        self.shell = Shell.instance()
        assert self.shell.history_manager  # until the shell ends
        self.shell.history_manager.enabled = False
        self.shell.run_line_magic("matplotlib", "inline")
        self.place = Place(self.shell.user_ns)
        self.errors: list[dict] = []
        self.shell._showtraceback = self.note_error

    def note_error(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        """What IPython calls to show an error."""
        self.errors.append(error_output(etype.__name__, str(evalue), stb))

    def serve(self) -> None:
        """Do what the grader asks for until it lets go."""
        while True:
            try:
                kind, body, handed = self.channel.receive()
                if kind == PLAY:
                    self.channel.send(PLAY, json.dumps(self.play(body.decode())).encode())
                elif kind == ASK:
                    self.channel.send(ASK, self.ask(body))
                elif kind == TIME:
                    self.left = self.test_seconds
                elif kind == SNAPSHOT and handed is not None:
                    self.snapshot(handed)
                    self.channel.send(SNAPSHOT)
            except ChannelEnded:
                return

    def snapshot(self, handed: int) -> None:
        """Fork: the copy serves the channel that was handed over, this process goes on."""
        self.copies = [copy for copy in self.copies if not is_gone(copy)]
        if copy := os.fork():
            self.copies.append(copy)
            os.close(handed)
            return
        try:
            self.channel.close()
            self.channel = Channel(socket.socket(fileno=handed))
            self.serve()
        finally:
            os._exit(0)

    def play(self, source: str) -> dict:
        """Run a cell as a kernel does, for as long as a cell may take; its outputs."""
        begin = time.monotonic()
        self.errors = []
        with capture_output() as captured, self.limited():
            self.shell.run_cell(source, store_history=True)
        outputs = [stream("stdout", captured.stdout), stream("stderr", captured.stderr)]
        outputs += [shown(output) for output in captured.outputs]
        return {
            "outputs": [output for output in outputs if output] + self.errors[:1],
            "seconds": round(time.monotonic() - begin, 3),
        }

    @contextlib.contextmanager
    def limited(self) -> Iterator[None]:
        """Interrupt what runs in the block when its time is over."""
        try:
            with alarm(self.seconds, f"a cell may take {self.seconds:g} seconds"):
                yield
        except KeyboardInterrupt as error:
            self.errors.append(error_output("KeyboardInterrupt", str(error), []))

    def ask(self, message: bytes) -> bytes:
        """The answer of a probe; what the learner's code prints meanwhile is nobody's to read.

        All that is asked for one graded cell may take `test_seconds`.
        """
        begin = time.monotonic()
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                alarm(max(self.left, 0.01), f"a test may take {self.test_seconds:g} seconds"),
            ):
                return self.place.answer(message)
        except KeyboardInterrupt as error:
            return pack({"crash": crash(error) | {"kind": "TimeoutError"}}, self.place.keep)
        finally:
            self.left -= time.monotonic() - begin


def is_gone(child: int) -> bool:
    """Whether a process that was forked here has ended; it is forgotten then."""
    try:
        return os.waitpid(child, os.WNOHANG)[0] != 0
    except ChildProcessError:  # the learner's code has waited for it
        return True


@contextlib.contextmanager
def alarm(seconds: float, words: str) -> Iterator[None]:
    """Raise `OutOfTime` in the block after so many seconds."""

    def stop(*_: object) -> None:
        raise OutOfTime(words)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
