"""What the grader makes of a sandbox that cannot be, of one that ended, and of odd answers from it.

No sandbox runs here: the other end of each socket is held by the test.
"""

import io
import os
import socket
import time

import pytest

from grading import command, run, sandbox, trial
from grading.job import Result
from grading.learner.channel import ASK, BROKEN, HEADER, PLAY, READY, Channel
from grading.learner.formats import error_output
from grading.sandbox import MOST_KEPT, MOST_TOLD, Limits, Run, RunEnded, Sandbox, SandboxError
from grading.seeds import FILE, class_secret
from grading.there import Line, There
from helpers.probes.wire import BadMessage


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("sys.platform", "darwin", "for Linux only"),
        ("platform.machine", lambda: "riscv64", "not isolated on riscv64"),
        ("shutil.which", lambda program: None, "not installed: on Debian, apt-get install"),
    ],
)
def test_a_machine_without_a_sandbox_is_told_why(name, value, said, monkeypatch, capsys):
    monkeypatch.setattr(sandbox.sys, "platform", "linux")
    monkeypatch.setattr(sandbox.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sandbox.shutil, "which", lambda program: f"/usr/bin/{program}")
    assert not sandbox.missing()
    monkeypatch.setattr(f"grading.sandbox.{name}", value)
    assert said in sandbox.missing()
    with pytest.raises(SandboxError, match=said.split(":")[0]):
        Sandbox()
    assert command.main(["03_conv_block"]) == 2
    assert said in capsys.readouterr().err


def test_the_folders_of_an_older_system_are_bound_too(monkeypatch, tmp_path):
    monkeypatch.setattr(os.path, "islink", lambda path: False)
    monkeypatch.setattr(os.path, "isdir", lambda path: path == "/lib32")
    args = sandbox.command(tmp_path, 3)
    assert args[args.index("/lib32") - 1] == "--ro-bind" and "/lib64" not in args


def test_a_copy_of_the_course_among_the_packages_is_hidden(monkeypatch, tmp_path):
    (tmp_path / "helpers").mkdir()
    monkeypatch.setattr(sandbox.sysconfig, "get_path", lambda name: str(tmp_path))
    args = sandbox.command(tmp_path, 3)
    assert args[args.index(str(tmp_path / "helpers")) - 1] == "--tmpfs"


# -- a sandbox whose other end the test holds -----------------------------------------------------


LIMITS = Limits()


class Held(Sandbox):
    """A sandbox without a process; `inside` is the other end of its socket."""

    def __init__(self) -> None:
        self.control, self.inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.errors = io.BytesIO(b"bwrap: it broke\n")  # what bubblewrap wrote
        self.closed = False

    def close(self) -> None:
        """Note it."""
        self.closed = True


@pytest.fixture
def place():
    """Such a sandbox."""
    made = Held()
    yield made
    made.control.close()
    made.inside.close()


def begun(place: Held, limits: Limits = LIMITS) -> tuple[Run, Channel]:
    """A run that has begun, and the learner's end of it."""
    ours, theirs = socket.socketpair()
    inside = Channel(theirs)
    inside.send(READY)
    made = Run(place, Channel(ours), limits, {})
    assert inside.receive()[0] == READY
    return made, inside


@pytest.mark.parametrize("ended", [True, False])
def test_a_sandbox_that_gives_no_answer_is_told_with_its_own_words(ended, place):
    if ended:
        place.inside.close()
    with pytest.raises(SandboxError, match="bwrap: it broke"):
        place.answer(0.05)
    assert place.closed


def test_no_notebook_begins_in_a_sandbox_that_has_ended(place):
    place.inside.close()
    with pytest.raises(SandboxError, match="has ended"):
        place.begin(Limits())


def test_a_process_that_ended_before_it_began_is_the_machines_fault(place):
    ours, theirs = socket.socketpair()
    theirs.close()
    with pytest.raises(SandboxError, match="before it began"):
        Run(place, Channel(ours), Limits(), {})


def test_a_process_that_could_not_begin_says_why(place):
    ours, theirs = socket.socketpair()
    Channel(theirs).send(BROKEN, b"no room in /scratch")
    with pytest.raises(SandboxError, match="no room in /scratch"):
        Run(place, Channel(ours), Limits(), {})


@pytest.mark.parametrize(
    "answer",
    [
        b"no JSON",
        b"[]",
        b'{"outputs": []}',
        b'{"outputs": [{"output_type": "stream"}], "seconds": 1}',
        b'{"outputs": [7], "seconds": 1}',
        b'{"outputs": [], "seconds": "long"}',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_cannot_be_read_ends_the_run_alone(answer, place):
    made, inside = begun(place)
    inside.send(PLAY, answer)
    with pytest.raises(RunEnded, match="cannot be read"):
        made.play("x = 1")


def test_an_answer_of_another_kind_ends_the_run_alone(place):
    made, inside = begun(place)
    inside.send(ASK, b"{}")
    with pytest.raises(RunEnded, match="cannot be read"):
        made.play("x = 1")


def test_an_answer_that_is_too_large_ends_the_run_alone(place):
    made, inside = begun(place)
    inside.socket.sendall(HEADER.pack(PLAY, MOST_TOLD + 1))
    with pytest.raises(RunEnded, match="passed 16 MB"):
        made.play("x = 1")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(cell_seconds=-sandbox.GRACE_SECONDS), "it ran longer than"),
        (Limits(total_seconds=-1), "the notebook ran longer than -1 seconds"),
    ],
)
def test_it_is_said_which_time_is_over(limits, said, place):
    made, _inside = begun(place, limits)
    with pytest.raises(RunEnded, match=said):
        made.play("x = 1")


def test_the_end_of_a_run_in_a_sandbox_that_has_ended_is_the_machines_fault(place):
    made, _inside = begun(place)
    place.inside.close()
    with pytest.raises(SandboxError, match="has ended"):
        made.end()


def test_outputs_are_kept_in_their_order_until_they_are_too_many():
    one = {"output_type": "stream", "name": "stdout", "text": "x" * (MOST_KEPT // 3)}
    assert len(sandbox.kept([one] * 5)) == 2
    assert len(sandbox.kept([one | {"text": "x"}] * 200)) == 100


def test_a_broken_sandbox_is_replaced(monkeypatch):
    monkeypatch.setattr(run, "Sandbox", Held)
    monkeypatch.setattr(run, "_sandbox", [])
    first = run.sandbox()
    assert run.sandbox() is first
    second = run.sandbox(fresh=True)
    assert isinstance(first, Held) and first.closed
    assert second is not first and run.sandbox() is second


# -- a learner's process that answers oddly -------------------------------------------------------


@pytest.fixture
def asked():
    """A handle on an object, and the learner's end of its line."""
    ours, theirs = socket.socketpair()
    yield There("f", Line(Channel(ours), 30, lambda name: name == "conv_block")), Channel(theirs)
    ours.close()
    theirs.close()


def test_an_answer_to_another_question_is_refused(asked):
    there, inside = asked
    inside.send(PLAY, b"{}")
    with pytest.raises(BadMessage, match="another kind"):
        there.exchange(b"{}")


@pytest.mark.parametrize("reference", [None, 1.5, [1]])
def test_what_is_no_reference_is_refused(reference, asked):
    with pytest.raises(BadMessage, match="no reference"):
        asked[0].at(reference)


def test_no_stand_in_is_sent_before_its_exercise_was_graded(asked):
    there, inside = asked
    inside.receive()  # the time
    assert there.replace("upsample", "def upsample(x): ...") is False
    with pytest.raises(Exception, match="no answer in time"):
        inside.receive(time.monotonic() + 0.05)


# -- before a class -------------------------------------------------------------------------------

REFUSED = error_output("AssertionError", "wrong_size(7, 2, 2): expected 13, got 14.", [])


def tried(right: list, wrong: list) -> str:
    """What the trial says of these outputs of its two tests."""
    ended = {"upsampled_size_padding": right, "wrong_size_padding": wrong}
    return trial.fault(Result(ended={name: {"outputs": told} for name, told in ended.items()}))


def test_the_trial_sees_a_machine_that_judges_wrongly():
    assert tried([], [REFUSED]) == ""
    assert "not refused as it should be (it passed)" in tried([], [])
    for error in (
        error_output("TypeError", "wrong_size: expected another type", []),
        error_output("NotRun", "expected more time", []),
    ):
        assert "not refused as it should be" in tried([], [error])
    assert "known to be right failed: ImportError: x" in tried(
        [error_output("ImportError", "x", [])], [REFUSED]
    )
    assert trial.fault(Result()) == (
        "The tests upsampled_size_padding, wrong_size_padding did not run."
    )


def test_of_two_who_make_the_secret_at_once_both_have_the_first(tmp_path, monkeypatch):
    link = os.link

    def late(part, path):
        if not path.exists():
            path.write_text("ab" * 32)  # the other one was faster
        link(part, path)

    monkeypatch.setattr(os, "link", late)
    assert class_secret(tmp_path) == bytes.fromhex("ab" * 32)
    assert [p.name for p in tmp_path.iterdir()] == [FILE]


def test_a_gradebook_error_that_is_no_lock_is_not_waited_for():
    from grading.record import patiently

    def broken() -> None:
        raise OSError("the disk is full")

    begin = time.monotonic()
    with pytest.raises(OSError, match="full"):
        patiently(broken)
    assert time.monotonic() - begin < 1
