"""A class of honest, broken and hostile submissions, graded by one command."""

import contextlib
import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from grading import sandbox
from grading.assignment import Assignment
from grading.command import connect, graded, main
from grading.intake import SECRET, read_submission
from grading.job import Job, cells_and_tests
from grading.record import Course
from grading.run import run_to_the_end
from helpers.notebook import kind_of
from tests import course
from tests.cheats import (
    EVERYWHERE,
    FORGERS,
    RIGHTLY,
    body,
    poison_for_those_after_it,
    with_cheat,
)
from tests.classes import bare, make_course, messages, nbgrader, scores, submit
from tests.hostile import CASES, FULL, NAME

LIMITS = ("--cell-seconds", "4", "--total-seconds", "120", "--memory-mb", "3000")
pytestmark = pytest.mark.skipif(  # CI has a sandbox, or fails
    bool(sandbox.missing()) and "CI" not in os.environ, reason=sandbox.missing() or "-"
)


@pytest.fixture(scope="module")
def grade(cluster):
    """Run the command in a course; what it printed."""

    def run(root, *arguments: str) -> str:
        told = io.StringIO()
        with contextlib.chdir(root), contextlib.redirect_stdout(told):
            assert main([NAME, "--scheduler", cluster, *arguments]) == 0, told.getvalue()
        return told.getvalue()

    return run


@pytest.fixture(scope="module")
def classroom(tmp_path_factory, grade):
    """A course with every case of `tests.hostile` handed in and graded."""
    root = tmp_path_factory.mktemp("class")
    make_course(root, NAME)
    for student, case in CASES.items():
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        case.write(folder)
    grade(root, *LIMITS)
    return root


@pytest.fixture(scope="module")
def told(classroom):
    """Each student's row of the report."""
    rows = csv.DictReader((classroom / ".grading" / f"{NAME}.csv").open())
    return {row["student"]: row for row in rows}


def test_every_submission_ends_in_a_grade(told):
    assert told.keys() == CASES.keys()
    assert len(CASES) >= 35


@pytest.mark.parametrize("student", CASES)
def test_submission_gets_what_it_deserves(student, classroom, told):
    case = CASES[student]
    earned, said = scores(classroom, student, NAME), messages(classroom, student, NAME)
    assert sum(earned.values()) == case.points, (told[student], said)
    words = told[student]["remarks"] + " ".join(said.values()) + page(classroom, student)
    assert case.words in words, (told[student], said)


def page(root, student: str) -> str:
    """The feedback page."""
    return (root / "feedback" / student / NAME / f"{NAME}.html").read_text()


def test_grades_are_those_of_nbgrader(classroom, tmp_path_factory, kernels):
    """Where nbgrader gives a score, ours is the same."""
    students = ["untouched", "warnings_on_stderr", "edited_test_cell"]
    root = tmp_path_factory.mktemp("stock")
    make_course(root, NAME)
    nbgrader(root, "generate_assignment", NAME)
    for student in students:
        whole = classroom / "submitted" / student / NAME / f"{NAME}.ipynb"
        submit(root, student, NAME, bare(nbformat.read(whole, as_version=4)))
    nbgrader(root, "autograde", NAME)
    for student in students:
        assert scores(root, student, NAME) == scores(classroom, student, NAME), student


def test_nothing_is_graded_twice_unless_it_changed(classroom, grade):
    assert f"{len(CASES)} submissions, 0 to grade" in grade(classroom, *LIMITS)
    handed_in = classroom / "submitted" / "untouched" / NAME / f"{NAME}.ipynb"
    was, secret = handed_in.read_bytes(), handed_in.with_name(SECRET)
    try:
        CASES["honest"].write(handed_in.parent)
        secret.write_text("by this the exchange finds the feedback")
        assert f"{len(CASES)} submissions, 1 to grade" in grade(classroom, *LIMITS)
        assert sum(scores(classroom, "untouched", NAME).values()) == FULL
        kept = classroom / "autograded" / "untouched" / NAME / SECRET
        assert kept.read_text() == secret.read_text()
    finally:
        handed_in.write_bytes(was)
        secret.unlink(missing_ok=True)
        grade(classroom, *LIMITS)


def test_feedback_shows_the_work_and_leaks_nothing(classroom):
    for student in CASES:
        text = page(classroom, student)
        assert "HIDDEN TESTS" not in text and "seed=1" not in text
        assert str(course.ROOT) not in text and sys.prefix not in text
    text = page(classroom, "an_exercise_that_never_ends")
    assert "Test 2.1a: the size of the result (0 of 1)" in text
    assert "a test may take 4 seconds" in text
    assert "def insert_zeros" in text


def test_report_and_export_tell_of_the_class(classroom):
    text = (classroom / ".grading" / "class.html").read_text()
    assert f"{len(CASES)} submissions" in text
    assert "you have not written this exercise yet" in text
    nbgrader(classroom, "export")
    rows = list(csv.DictReader((classroom / "grades.csv").open()))
    assert {row["student_id"] for row in rows} == CASES.keys()


def test_no_cheat_paid(told):
    tried = [student for student, case in CASES.items() if case.cheats]
    paid = [s for s in tried if float(told[s]["points"]) > CASES[s].points]
    print(f"{len(tried)} cheats tried, {len(paid)} paid: {paid}")
    assert len(tried) >= 25 and not paid


def test_no_output_tells_what_a_hidden_test_asked(classroom):
    for student in ("hoards_what_it_is_asked", "honest"):
        graded = classroom / "autograded" / student / NAME / f"{NAME}.ipynb"
        cells = nbformat.read(graded, as_version=4).cells
        said = str([c.outputs for c in cells if c.cell_type == "code" and kind_of(c) != "test"])
        assert "HOARDED" not in said
        if student != "honest":
            assert "told []" in said  # the cell that would have told did run


@pytest.fixture(scope="module")
def place():
    """A sandbox for one notebook after the other."""
    made = sandbox.Sandbox()
    yield made
    made.close()


def earned(place, name: str, source: str, folder) -> set[str]:
    """The graded cells that a notebook without answers passes, with code before its exercises."""
    nbformat.write(with_cheat(name, source), folder / f"{name}.ipynb")
    submission = read_submission(folder, course.read(course.release_path(name)), name)
    cells, tests = cells_and_tests(submission.notebook, course.read(course.solution_path(name)))
    limits = sandbox.Limits(cell_seconds=8, total_seconds=60)
    seeds = dict.fromkeys(tests, 2**40 + 7)
    ended = run_to_the_end(place, Job(cells, tests, seeds, limits=limits)).ended
    return {
        test
        for test in tests
        if not any(output["output_type"] == "error" for output in ended[test]["outputs"])
    }


LEFT_BEHIND = """
import glob
places = [f"{deep}/{name}" for deep in ("/*", "/*/*") for name in ("left_behind", "poisoned")]
print("STILL", [found for place in places for found in glob.glob(place)])
"""


def test_a_run_leaves_nothing_behind_for_the_next(place):
    first = printed(place, body(poison_for_those_after_it))
    assert "POISONED" not in first and "LEFT" not in first
    assert "LOOKED EVERYWHERE" in first  # so it was not stopped before
    assert printed(place, LEFT_BEHIND) == "STILL []\n"


def printed(place, source: str) -> str:
    """What a cell prints in a run of its own."""
    run = place.begin(sandbox.Limits())
    outputs = run.play(source)["outputs"]
    run.end()
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream")


def test_the_memory_of_all_processes_counts_together(place):
    run = place.begin(sandbox.Limits(memory_mb=1000))
    with pytest.raises(sandbox.RunEnded):
        run.play(
            "import os, time\nfor _ in range(6):\n    if not os.fork():\n"
            "        hoard = b'1' * 300_000_000\n        time.sleep(100)\ntime.sleep(100)"
        )
    assert run.end() == "it used more than 1000 MB of memory"


@pytest.mark.parametrize("name", ["02_transposed_convolution", "05_unet_forward"])
@pytest.mark.parametrize("cheat", EVERYWHERE)
def test_no_cheat_pays_in_other_notebooks(cheat, name, place, tmp_path):
    assert not earned(place, name, EVERYWHERE[cheat], tmp_path)


@pytest.mark.parametrize("forger", FORGERS)
def test_a_forger_earns_what_it_really_sends_alone(forger, place, tmp_path):
    name = next(n for n in course.NAMES if n.startswith(forger[:2]))
    assert earned(place, name, FORGERS[forger], tmp_path) <= RIGHTLY.get(forger, set())


@pytest.fixture
def small_class(tmp_path):
    """Six honest students."""
    make_course(tmp_path, NAME)
    for number in range(6):
        folder = tmp_path / "submitted" / f"student{number}" / NAME
        folder.mkdir(parents=True)
        CASES["honest"].write(folder)
    return tmp_path


def test_a_command_that_was_killed_goes_on(small_class, cluster, grade):
    process = subprocess.Popen(
        [sys.executable, "-m", "grading", NAME, "--scheduler", cluster],
        cwd=small_class,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    notes = small_class / ".grading" / NAME
    deadline = time.monotonic() + 120
    while len(list(notes.glob("*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = len(list(notes.glob("*.json")))
    assert 2 <= done < 6
    assert f"6 submissions, {6 - done} to grade" in grade(small_class)
    assert all(sum(scores(small_class, f"student{n}", NAME).values()) == FULL for n in range(6))


def test_a_worker_that_dies_loses_no_submission(small_class, monkeypatch):
    monkeypatch.chdir(small_class)
    client = connect(None, 1)  # nobody else could take over what it had
    assert client.cluster
    try:
        assignment = Assignment(Course(small_class), NAME, sandbox.Limits())
        workers = client.run(os.getpid)
        assert isinstance(workers, dict)
        (worker,) = workers.values()
        done = []
        students = assignment.course.students(NAME)
        for student, why in graded(assignment, students, client):
            assert not why
            done.append(student)
            if done == [student]:
                os.kill(worker, signal.SIGKILL)
    finally:
        client.cluster.close()
        client.close()
    assert sorted(done) == [f"student{n}" for n in range(6)]
    assert all(sum(scores(small_class, s, NAME).values()) == FULL for s in done)


def test_the_command_itself_loads_no_torch():
    """Only its workers do: it starts sooner, and several commands fit into the memory."""
    code = "import sys, grading.command; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=course.ROOT, check=True)


def test_bad_input_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["03_conv_block"]) == 2
    assert "nbgrader_config.py: run this in the course's folder" in capsys.readouterr().err
    shutil.copy(course.ROOT / "nbgrader_config.py", tmp_path)
    assert main(["99_nothing"]) == 2
    assert "there is no assignment 99_nothing" in capsys.readouterr().err
    make_course(tmp_path, NAME)
    assert main([NAME]) == 2
    assert f"nobody has handed in {NAME}" in capsys.readouterr().err


def test_a_changed_assignment_is_generated_again(tmp_path):
    make_course(tmp_path, NAME)
    kept = Course(tmp_path)
    kept.prepare(NAME)
    assert kept.known(NAME)
    path = kept.source(NAME)
    notebook = nbformat.read(path, as_version=4)
    cell = next(c for c in notebook.cells if kind_of(c) == "test")
    cell.metadata.nbgrader.points = 7
    cell.source += "\n# a new line"
    nbformat.write(notebook, path)
    assert not kept.known(NAME)
    kept.prepare(NAME)
    assert kept.known(NAME)
    with kept.gradebook() as book:
        name = cell.metadata.nbgrader.grade_id
        assert book.find_grade_cell(name, NAME, NAME).max_score == 7
