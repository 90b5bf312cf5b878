"""Odd but honest people and broken machines: nobody is wronged, nothing stops."""

import contextlib
import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest

from grading import command, intake, record, sandbox
from grading.assignment import Assignment
from grading.files import alone
from grading.record import Course, plain
from grading.times import time_of
from tests import course
from tests.classes import make_course, messages, scores
from tests.hostile import FULL, NAME, save, solved
from tests.odd import ODD

ONE_WORKER = ("--workers", "1")  # enough for four students
KILLS = int(os.environ.get("KILLS", "3"))
pytestmark = pytest.mark.skipif(  # CI has a sandbox, or fails
    bool(sandbox.missing()) and "CI" not in os.environ, reason=sandbox.missing() or "-"
)


def started(root: Path, *arguments: str, path: str = "") -> subprocess.Popen:
    """The command at work in a course."""
    return subprocess.Popen(
        [sys.executable, "-m", "grading", NAME, *arguments],
        cwd=root,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(course.ROOT), "PATH": path + os.environ["PATH"]},
    )


def grade(root: Path, *arguments: str, path: str = "") -> tuple[int, str]:
    """Run the command; its exit code and what it printed."""
    process = started(root, *arguments, path=path)
    told, complaint = process.communicate()
    return process.returncode, told + complaint


def points(root: Path, student: str) -> float:
    """What a student earned."""
    return sum(scores(root, plain(student), NAME).values())


@pytest.fixture(scope="module")
def odd_class(tmp_path_factory, cluster):
    """A course with every case of `tests.odd` handed in and graded."""
    root = tmp_path_factory.mktemp("odd")
    make_course(root, NAME)
    for student, case in ODD.items():
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        case.write(folder)
    (root / "submitted" / ".hidden" / NAME).mkdir(parents=True)
    with contextlib.chdir(root):
        assert command.main([NAME, "--scheduler", cluster]) == 0
    return root


@pytest.mark.parametrize("student", [pytest.param(s, id=plain(s)) for s in ODD])
def test_odd_but_honest_people_get_what_they_deserve(student, odd_class):
    case, said = ODD[student], messages(odd_class, plain(student), NAME)
    remarks = Assignment(Course(odd_class), NAME, sandbox.Limits()).outcome_of(plain(student))
    assert points(odd_class, student) == case.points, (remarks, said)
    assert case.words in " ".join([*remarks["remarks"], *said.values()])
    assert (odd_class / "feedback" / plain(student) / NAME / f"{NAME}.html").is_file()


def test_every_odd_name_is_in_the_gradebook_as_it_was(odd_class):
    with Course(odd_class).gradebook() as book:
        known = {student.id: student.last_name for student in book.students}
    assert known.keys() == {plain(student) for student in ODD}
    assert (known[plain("a[1]")], known[plain("two\nlines")]) == ("a[1]", "two\\nlines")
    assert known["José"] is None


def test_times_are_read_however_they_were_written(odd_class):
    read = [s for s in ODD if s.startswith("time_") and not ODD[s].words and "folder" not in s]
    assert len(read) == 7
    with Course(odd_class).gradebook() as book:
        times = {s: book.find_submission(NAME, s).timestamp for s in read}
        unknown = book.find_submission(NAME, "time_words").timestamp
    quarter = {s: t.replace(second=0, microsecond=0) for s, t in times.items()}
    assert quarter.pop("time_iso") == datetime(2026, 11, 20, 9, 15)
    assert set(quarter.values()) == {datetime(2026, 11, 20, 10, 15)}
    assert unknown is None


def test_a_link_is_no_timestamp(tmp_path):
    (tmp_path / "secret").write_text("2026-11-20 10:15:00 UTC")
    (tmp_path / "timestamp.txt").symlink_to(tmp_path / "secret")
    assert time_of(tmp_path) == ("", "")


# -- machines -------------------------------------------------------------------------------------


@pytest.fixture
def small_class(tmp_path):
    """Four honest students."""
    make_course(tmp_path, NAME)
    for number in range(4):
        hand_in(tmp_path, f"student{number}")
    return tmp_path


def hand_in(root: Path, student: str) -> Path:
    """Hand in a solved notebook; its folder."""
    folder = root / "submitted" / student / NAME
    folder.mkdir(parents=True)
    save(solved(), folder)
    return folder


FORBIDDEN = "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1"
NOT_IMPORTED = (
    f'for a; do [ "$a" = --chdir ] && set -- "$@" --tmpfs {course.ROOT}/helpers; '
    'set -- "$@" "$a"; shift; done; exec {bwrap} "$@"'
)


@pytest.mark.parametrize(
    ("script", "advice"),
    [
        pytest.param(FORBIDDEN, "kernel.apparmor_restrict_unprivileged_userns", id="AppArmor"),
        pytest.param(NOT_IMPORTED, "cannot be imported inside the sandbox", id="no course inside"),
    ],
)
def test_a_machine_that_cannot_grade_records_nothing(script, advice, small_class):
    broken = small_class / "bin"
    broken.mkdir()
    (broken / "bwrap").write_text(
        "#!/bin/sh\n" + script.replace("{bwrap}", str(shutil.which("bwrap"))) + "\n"
    )
    (broken / "bwrap").chmod(0o755)
    code, told = grade(small_class, *ONE_WORKER, path=f"{broken}:")
    assert code == 2 and "nothing was graded or recorded" in told and advice in told, told
    assert not (small_class / "autograded").exists() and not (small_class / "feedback").exists()
    assignment = Assignment(Course(small_class), NAME, sandbox.Limits())
    assert not [s for s in assignment.course.students(NAME) if assignment.outcome_of(s)]


@pytest.fixture
def here(small_class, cluster, monkeypatch, capsys):
    """Run the command in this process, on four students; its exit code and complaints."""
    monkeypatch.chdir(small_class)

    def run(*arguments: str) -> tuple[int, str]:
        code = command.main([NAME, "--scheduler", cluster, *arguments])
        return code, capsys.readouterr().err

    return run


@pytest.mark.parametrize("step", ["take", "course.record"])
def test_one_submission_never_stops_the_class(step, small_class, here, monkeypatch):
    owner, name = (Course, "record") if "." in step else (Assignment, step)
    whole = getattr(owner, name)

    def fails(self, work, *others):
        if work == "student1":
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(self, work, *others)

    monkeypatch.setattr(owner, name, fails)
    code, complaint = here()
    assert code == 1 and "student1: not graded: OSError: [Errno 28] No space left" in complaint
    assert [points(small_class, f"student{n}") for n in (0, 2, 3)] == [FULL] * 3
    assert (small_class / ".grading" / "class.html").is_file()
    monkeypatch.undo()
    monkeypatch.chdir(small_class)
    assert here()[0] == 0 and points(small_class, "student1") == FULL


def test_a_report_that_cannot_be_written_is_said_and_nothing_is_lost(
    small_class, here, monkeypatch
):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(command.report, "write_whole", full)
    code, complaint = here()
    assert code == 1 and "the report could not be written: OSError: [Errno 28]" in complaint
    assert [points(small_class, f"student{n}") for n in range(4)] == [FULL] * 4


def test_a_submission_that_vanishes_is_named(small_class, here, monkeypatch):
    students = Course.students

    def then_gone(self, name):
        found = students(self, name)
        shutil.rmtree(small_class / "submitted" / "student2")
        return found

    monkeypatch.setattr(Course, "students", then_gone)
    code, complaint = here()
    assert code == 1 and "student2: not graded: FileNotFoundError" in complaint
    assert points(small_class, "student3") == FULL


def test_a_newer_version_that_comes_meanwhile_is_graded_next(small_class, here, monkeypatch):
    take = Assignment.take

    def then_newer(self, student):
        work = take(self, student)
        if student == "student0":
            save(solved(), small_class / "submitted" / student / NAME, f"{NAME} (1)")
        return work

    monkeypatch.setattr(Assignment, "take", then_newer)
    here()
    monkeypatch.undo()
    assignment = Assignment(Course(small_class), NAME, sandbox.Limits())
    assert [s for s in assignment.course.students(NAME) if not assignment.is_graded(s)] == [
        "student0"
    ]
    monkeypatch.chdir(small_class)
    assert here()[0] == 0
    assert [assignment.outcome_of(s)["attempt"] for s in ("student0", "student1")] == [2, 1]


def test_the_graders_own_fault_is_no_students_result(small_class, cluster, monkeypatch):
    def breaks(job):
        raise RuntimeError("it is the grader's fault")

    monkeypatch.setattr(command, "do", breaks)
    assignment = Assignment(Course(small_class), NAME, sandbox.Limits())
    with command.connect(cluster, 1) as client:
        told = dict(command.graded(assignment, ["student0"], client))
    assert told == {"student0": "not graded: RuntimeError: it is the grader's fault"}
    assert not assignment.outcome_of("student0")


def test_large_files_are_left_out_and_told(tmp_path, monkeypatch):
    for name, size in {"a.png": 700, "b.png": 1100, "c.png": 600, "d.png": 200}.items():
        (tmp_path / name).write_bytes(bytes(size))
    monkeypatch.setattr(intake, "LARGEST_FILE", 1000)
    monkeypatch.setattr(intake, "ALL_FILES", 1000)
    save(solved(), tmp_path)
    found = intake.read_submission(tmp_path, solved(), NAME)
    assert list(found.files) == ["a.png", "d.png"]
    assert found.remarks == [f"{name}.png is too large and was left out." for name in "bc"]


def test_what_cannot_be_read_is_not_taken_as_graded(odd_class, monkeypatch):
    def gone(self, student):
        raise OSError(errno.EIO, "Input/output error")

    assignment = Assignment(Course(odd_class), NAME, sandbox.Limits())
    assert assignment.is_graded("byte_order_mark")
    monkeypatch.setattr(Assignment, "handed_in", gone)
    assert not assignment.is_graded("byte_order_mark")


def test_a_gradebook_in_use_is_waited_for_with_a_word(small_class, monkeypatch, capsys):
    kept = Course(small_class)
    kept.prepare(NAME)
    assignment = Assignment(kept, NAME, sandbox.Limits())
    other = sqlite3.connect(small_class / "gradebook.db", check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    threads = []

    def let_go(text: str, **options: object) -> None:
        threads.append(text)
        other.rollback()

    monkeypatch.setattr(record.tqdm, "write", let_go)
    work = assignment.take("student0")
    work.job, work.refused = None, "There is no notebook."
    assignment.record(work)
    assert threads == ["The gradebook is in use by another program: waiting for it."]
    assert assignment.outcome_of("student0")["outcome"] == "refused"


def test_two_commands_at_once_double_nothing(small_class, cluster):
    lock = Assignment(Course(small_class), NAME, sandbox.Limits()).outcomes.with_suffix(".lock")
    with alone(lock, NAME):
        both = [started(small_class, "--scheduler", cluster) for _ in range(2)]
        for process in both:
            assert process.stderr and "waiting until it is done" in process.stderr.readline()
    told = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    counts = [next(n for n in (0, 4) if f"4 submissions, {n} to grade" in text) for text in told]
    assert sorted(counts) == [0, 4]


def test_no_moment_is_wrong_for_a_kill(small_class):
    """More often with KILLS=30."""
    chance = random.Random(KILLS)
    for _ in range(KILLS):
        process = started(small_class, "--all", *ONE_WORKER)
        killer = threading.Timer(chance.uniform(0, 12), os.kill, (process.pid, signal.SIGKILL))
        killer.start()
        process.communicate()
        killer.cancel()
        with sqlite3.connect(small_class / "gradebook.db") as book:
            assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and workers_in(small_class):
        time.sleep(0.2)
    assert not workers_in(small_class), "what a killed command started ends, too"
    code, told = grade(small_class, *ONE_WORKER)
    assert code == 0, told
    assert [points(small_class, f"student{n}") for n in range(4)] == [FULL] * 4
    assert not list(small_class.rglob("*.part"))


def workers_in(root: Path) -> list[int]:
    """The processes whose folder this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found += [int(process.name)] * (os.readlink(process / "cwd") == str(root))
        except OSError:
            continue
    return found
