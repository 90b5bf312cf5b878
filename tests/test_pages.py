"""The student's page, the class page, the CSV file and nbgrader say the same, and the truth."""

import csv
import re
import shutil
from datetime import datetime, timedelta
from types import SimpleNamespace

import nbformat
import pytest
from nbconvert.preprocessors import ClearOutputPreprocessor
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from grading import report
from grading.assignment import Assignment
from grading.feedback import Pages, duration, is_current, page_of, released_as
from grading.harmless import harmless_markdown, harmless_outputs, is_png
from grading.learner.formats import error_output, stream
from grading.look import alike, reaches, tokens
from grading.misconceptions import cause_of
from grading.record import Course
from grading.sandbox import Limits
from grading.statistics import difficulty, discrimination, of_cells
from helpers.exercise import NOT_WRITTEN
from helpers.notebook import kind_of, name_of
from tests import course
from tests.classes import make_course, nbgrader, solved_release

NAME = "06_car_inference"
FULL = 10  # by tests; 2 more for the answer in words
DUE = datetime(2026, 11, 20, 12)
CAUSE = "the softmax runs over the rows; the channels are axis 1."
MESSAGE = f"predict_masks: the masks do not sum to 1.\nLikely cause: {CAUSE}"
FAILED = {
    "predict_masks_probabilities": ("AssertionError", MESSAGE),
    "predict_masks_gradient": ("AssertionError", f"Same as Test 6.3a: {CAUSE}"),
    "foreground_mask_default": ("NotImplementedError", NOT_WRITTEN),
    "foreground_mask_threshold": ("NotImplementedError", NOT_WRITTEN),
}
WORDS = "The nearest car is cut by the frame; I would train on such cars."


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    """An assignment with three students: right, wrong in places, and one who is right but late."""
    root = tmp_path_factory.mktemp("pages")
    make_course(root, NAME)
    kept = Course(root)
    kept.prepare(NAME)
    with kept.gradebook() as book:
        book.update_or_create_assignment(NAME, duedate=DUE)
        book.update_or_create_student("right", first_name="Ada", last_name="=1+1")
        book.update_or_create_student("absent", first_name="Ben", last_name="Berg")
    assignment = Assignment(kept, NAME, Limits())
    hand_in(assignment, "right", {}, DUE - timedelta(hours=1))
    hand_in(assignment, "wrong", FAILED, DUE - timedelta(hours=2))
    hand_in(assignment, "late", {}, DUE + timedelta(hours=50), written_otherwise)
    publish(assignment)
    return assignment


def hand_in(assignment, student, failed, moment, change=lambda notebook: None):
    """Record a submission whose graded cells did so, as a run would."""
    notebook, ended = solved_release(NAME), {}
    for cell in notebook.cells:
        if name_of(cell) == "what_misled":
            cell.source = WORDS
        if kind_of(cell) == "test":
            kind, text = failed.get(name_of(cell), ("", ""))
            ended[cell.id] = {
                "outputs": [error_output(kind, text, [f"{kind}: {text}"])]
                if kind
                else [stream("stdout", "✓ right")]
            }
    change(notebook)
    assignment.course.record(student, NAME, notebook, ended, f"{moment} UTC")


def written_otherwise(notebook):
    """Other names in the answers."""
    for cell in notebook.cells:
        if kind_of(cell) == "answer":
            cell.source = cell.source.replace("model", "net").replace("masks", "both")


def publish(assignment):
    """Bring pages and report up to date, as the command does."""
    outcomes = {
        s: {"outcome": "graded", "seconds": 1.5, "remarks": []} for s in ("right", "wrong", "late")
    }
    assert assignment.refresh(outcomes) == {}
    assert report.write(assignment.course, NAME, outcomes) == {}


def page(assignment, student):
    """A student's page."""
    return page_of(assignment.course, student, NAME).read_text(encoding="utf-8")


def class_page(assignment):
    """The class page, and the rows of the CSV file by student."""
    folder = assignment.course.root / ".grading"
    with (folder / f"{NAME}.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return (folder / "class.html").read_text(encoding="utf-8"), rows


def test_a_page_is_short_where_all_is_right(assignment):
    text = page(assignment, "right")
    assert f"{FULL} of 12 points</strong>. Your answer in words is still to be read.</p>" in text
    assert "Every test passes" in text and text.count("not read yet") == 2
    assert '<section class="lost">' not in text and "What to do next" not in text
    assert "Your instructor reads this answer" in text and WORDS.split(";")[0] in text


def test_a_page_says_for_each_lost_point_what_why_where_and_what_next(assignment):
    text = page(assignment, "wrong")
    assert "6.3 Predict the two masks: 0 of 2" in text
    asks = course.exercises(NAME)["predict_masks"].tests["predict_masks_probabilities"]
    asks = re.findall(r"^# Test 6.3a: (.*?) \(", asks)[0]
    assert f"Test 6.3a: {asks} (0 of 1)" in text and CAUSE in text
    assert "What to do next: read the section “3. Two masks” again" in text
    unwritten = text[text.index("Test 6.4a") :]
    assert "Test 6.4b" in unwritten[:300], "one box tells of both"
    assert "It costs nothing to try: write it, and run its tests." in unwritten[:600]
    assert text.count(NOT_WRITTEN) == 3, "in the box, and in the code as it was graded"
    assert text.count('<section class="lost">') == 3 and "Every test passes" not in text


def test_no_page_shows_hidden_tests_or_the_graders_places(assignment):
    for student in ("right", "wrong"):
        text = page(assignment, student)
        assert "HIDDEN TESTS" not in text and "seed=1" not in text
        assert str(course.ROOT) not in text
    assert "check.predict_masks_probabilities(predict_masks)" in text


def test_nbgraders_own_command_gives_the_same_page(assignment):
    ours = page(assignment, "wrong")
    nbgrader(assignment.course.root, "generate_feedback", NAME, "--student", "wrong", "--force")
    assert page(assignment, "wrong") == ours


def test_formgraders_button_gives_the_same_page(assignment):
    """It runs under Formgrader's own settings of templates."""
    ours, config = page(assignment, "wrong"), Config(assignment.course.config)
    config.HTMLExporter.template_name = "formgrade"
    result = NbGraderAPI(config=config).generate_feedback(NAME, "wrong", force=True)
    assert result["success"], result
    assert page(assignment, "wrong") == ours


def test_page_report_and_table_follow_the_gradebook(assignment):
    kept = assignment.course
    with kept.gradebook() as book:
        for mark in book.find_submission_notebook(NAME, NAME, "wrong").grades:
            if mark.name == "what_misled":
                mark.manual_score, mark.needs_manual_grade = 1.5, False
            if mark.name == "foreground_mask_default":
                mark.extra_credit = 0.5
        comment = book.find_comment("what_misled", NAME, NAME, "wrong")
        comment.manual_comment = "Say <how> you would measure it."
        book.db.commit()
        assert not is_current(kept, book, "wrong", NAME)
        assert is_current(kept, book, "right", NAME), "nothing changed for the others"
    publish(assignment)
    text, (whole, rows) = page(assignment, "wrong"), class_page(assignment)
    score = FULL - 4 + 1.5 + 0.5
    assert (
        f"{score:g} of 12 points</strong>." in text
        and "Say &lt;how&gt; you would measure it." in text
    )
    assert rows["wrong"]["points"] == f"{score:g}" and f'data-value="{score}"' in whole
    with kept.gradebook() as book:
        assert book.find_submission(NAME, "wrong").score == score
        assert is_current(kept, book, "wrong", NAME)


def test_a_new_due_date_takes_off_or_gives_back(assignment):
    kept = assignment.course
    assert "It was handed in 2 days late" in page(assignment, "late")
    kept.config.AssignLatePenalties.plugin_class = "nbgrader.plugins.LateSubmissionPlugin"
    kept.config.LateSubmissionPlugin.penalty_method = "zero"
    publish(assignment)
    text, (_, rows) = page(assignment, "late"), class_page(assignment)
    assert f"0 of 12 points</strong>, {FULL} of them taken off" in text
    assert (rows["late"]["points"], rows["late"]["penalty"]) == ("0", f"{FULL}")
    with kept.gradebook() as book:
        book.update_or_create_assignment(NAME, duedate=DUE + timedelta(days=4))
    publish(assignment)
    text, (_, rows) = page(assignment, "late"), class_page(assignment)
    assert f"{FULL} of 12 points" in text and "late" not in text.split("<h2>")[0].split("</p>")[2]
    assert (rows["late"]["points"], rows["late"]["late"]) == (f"{FULL}", "")


def test_the_class_page_counts_names_and_explains(assignment):
    text, rows = class_page(assignment)
    mean = sum(float(row["points"]) for row in rows.values()) / 3
    assert f"3 submissions (3 graded). Mean {mean:.1f} of 12 points." in text
    assert "Nothing handed in: 1." in text and "Ben Berg (absent)" in text
    assert list(next(iter(rows.values()))) == [
        "student",
        "name",
        "points",
        "penalty",
        "late",
        "attempt",
        "outcome",
        "seconds",
        "6.1",
        "6.2",
        "6.3",
        "6.4",
        *sorted(c.grade_id for c in assignment_cells()),
        "look",
        "remarks",
    ]
    assert rows["wrong"]["6.3"] == "0" and rows["right"]["6.3"] == "2"
    assert f"1 of 3: {CAUSE}" in text and f"1 of 3: {NOT_WRITTEN}" in text
    assert 'href="../feedback/right/06_car_inference/06_car_inference.html"' in text
    solved = re.findall(r"<td>6\.3a</td>.*?(\d+) %", text, re.S)
    assert solved[0] == "67"
    assert (
        "Same code as wrong in 6.1, 6.3, 6.4" in rows["right"]["look"] and not rows["late"]["look"]
    )
    assert "Needs a look" in text and "Needs a look: 2." in text


def assignment_cells():
    """The cells of the assignment to which the gradebook gives points."""
    cells = course.read(course.solution_path(NAME)).cells
    return [SimpleNamespace(grade_id=name_of(c)) for c in cells if kind_of(c) in ("test", "words")]


def test_no_value_of_the_table_is_a_formula(assignment):
    assert class_page(assignment)[1]["right"]["name"] == "Ada =1+1"
    for value, kept in {
        "=1+1": "'=1+1",
        "@x": "'@x",
        "-3": "-3",
        "-a": "'-a",
        "+1.5": "+1.5",
        "\t=1": "'\t=1",
        "a=1": "a=1",
    }.items():
        assert report.safe(value) == kept


def test_one_damaged_submission_is_named_and_the_others_are_reported(assignment):
    graded = assignment.graded_file("right")
    whole = graded.read_bytes()
    graded.chmod(0o644)
    graded.write_text("{")
    try:
        failed = report.write(assignment.course, NAME, dict.fromkeys(("right", "wrong"), {}))
    finally:
        graded.write_bytes(whole)
    assert list(failed) == ["right"] and "no row in the report" in failed["right"]
    text, rows = class_page(assignment)
    assert list(rows) == ["wrong"] and "Not in this report" in text
    publish(assignment)


def test_pages_are_written_one_by_one_with_one_template(assignment):
    pages = Pages(assignment.course, NAME)
    for student in ("right", "wrong", "right"):
        page_of(assignment.course, student, NAME).unlink(missing_ok=True)
        pages.write(student)
        assert page_of(assignment.course, student, NAME).is_file()


def test_a_page_that_cannot_be_made_is_named_and_the_others_are_made(assignment, monkeypatch):
    def full(pages, student):
        raise OSError(28, "No space left on device")

    for student in ("right", "wrong"):
        page_of(assignment.course, student, NAME).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(Pages, "write", full)
        failed = assignment.refresh(["right", "late"])
        assert list(failed) == ["right"] and "no page: OSError" in failed["right"]
    with monkeypatch.context() as patch:
        patch.setattr("grading.feedback.is_current", lambda *about: about[2] == "late" or 1 / 0)
        failed = assignment.refresh(["right", "late"])
        assert list(failed) == ["right"] and "no page: ZeroDivisionError" in failed["right"]
    publish(assignment)


def test_no_points_are_kept_for_a_cell_that_did_not_run(assignment, monkeypatch):
    """nbgrader gives full points to a cell without outputs."""
    monkeypatch.setattr("grading.record.outputs_of", lambda ended: ClearOutputPreprocessor)
    with pytest.raises(RuntimeError, match=r"nobody's cell \w+ was scored without a run"):
        assignment.course.record("nobody", NAME, solved_release(NAME), {})
    with assignment.course.gradebook() as book:
        book.remove_student("nobody")


def test_an_assignment_that_the_gradebook_does_not_know_is_generated(tmp_path, monkeypatch):
    make_course(tmp_path, NAME)
    kept = Course(tmp_path)
    kept.release(NAME).parent.mkdir(parents=True)
    shutil.copy(course.release_path(NAME), kept.release(NAME))
    assert not kept.known(NAME)
    no = {"success": False, "log": "it could not"}
    with monkeypatch.context() as patch:
        patch.setattr(NbGraderAPI, "generate_assignment", lambda api, name, force: no)
        with pytest.raises(ValueError, match="could not generate 06_car_inference:\nit could not"):
            kept.prepare(NAME)
    kept.prepare(NAME)
    assert kept.known(NAME)


# -- what stands behind them ----------------------------------------------------------------------


def test_causes_are_found_without_this_runs_numbers():
    assert cause_of(MESSAGE) == cause_of(f"Same as Test 6.3a: {CAUSE}") == CAUSE
    assert cause_of("expected 3 of 12, got 1.5e-3") == cause_of("expected 4 of 15, got 2.25e-7")
    assert cause_of("f: wrong values for {0: 0, 1: 1}: 3 of 9 differ") == cause_of(
        "f: wrong values for {4: 1}: 2 of 9 differ"
    )
    assert cause_of("expected a bool") != cause_of("expected a tensor")
    assert cause_of("f: expected 3 for 2 blocks, got 4: that is one more.") == "that is one more."
    assert cause_of("f returned None for 1 block: is the `return` missing?") == cause_of(
        "f returned None for 12 blocks: is the `return` missing?"
    )


def test_code_without_its_layout_and_nothing_where_it_cannot_be_read():
    assert tokens("def f(x):  # why\n    'a text'\n    return  x") == tokens(
        "def f(x):\n  'a text'\n  return x"
    )
    assert tokens("(never closed") == ()


def test_times_are_told_in_their_largest_unit():
    told = {0: "1 minute", 100: "2 minutes", 3600: "1 hour", 7140: "1 hour", 3 * 86400: "3 days"}
    assert {seconds: duration(seconds) for seconds in told} == told


def test_an_assignment_of_ones_own_has_its_own_outline():
    notebook = solved_release(NAME)
    assert released_as(NAME, notebook).title and released_as("99_own", notebook).name == "99_own"
    notebook.cells = [c for c in notebook.cells if name_of(c) != "foreground_mask_default"]
    assert "foreground_mask_default" not in {c.grade_id for c in released_as(NAME, notebook).cells}


def test_statistics_of_a_known_class():
    points, totals = [1, 1, 0, 0], [10, 9, 3, 2]
    assert difficulty(points, 1) == 0.5
    assert discrimination(points, totals) == pytest.approx(6 / 37**0.5)  # by hand
    assert (discrimination([0, 0, 1, 1], totals) or 0) < -0.9
    assert discrimination([1, 1, 1, 1], totals) is None
    marks = [{"a": a, "b": b} for a, b in [(1, 1), (0, 0)] * 5]
    assert of_cells(marks, {"a": 1, "b": 1})["a"] == {"solved": 0.5, "tells": pytest.approx(1)}
    assert of_cells(marks[:9], {"a": 1, "b": 1})["a"]["tells"] is None, "chance"


def written(sources):
    """A notebook with these answers to exercise 3.1 and so on."""
    cells = [
        nbformat.v4.new_code_cell(
            source, metadata={"nbgrader": {"grade_id": name, "solution": True, "grade": False}}
        )
        for name, source in sources.items()
    ]
    return nbformat.v4.new_notebook(cells=cells)


LONG = """
def block(inputs, outputs):
    layers = [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
    layers += [nn.Conv2d(outputs, outputs, 3, padding=1), nn.ReLU()]
    return nn.Sequential({})
"""


def test_copies_are_seen_through_layout_and_comments_but_not_what_all_write():
    common = {f"s{n}": written({"a": LONG.format("*layers")}) for n in range(60)}
    own = LONG.format("*(layers + [])")
    common["x"] = written({"a": own})
    common["y"] = written({"a": own.replace("padding=1)]", "padding = 1 ) ] # mine\n")})
    found = alike(common, nbformat.v4.new_notebook())
    assert found == {"x": {"y": ["a"]}, "y": {"x": ["a"]}}
    assert alike(common, written({"a": own})) == {}, "what was given is nobody's copy"


def test_code_that_reaches_for_the_grader_is_seen():
    assert reaches(written({"a": "import gc\ngc.get_objects()[0].__globals__"})) == [
        "__globals__",
        "gc",
        "get_objects",
    ]
    assert reaches(written({"a": "from helpers.checks.core import spec"})) == ["checks"]
    assert reaches(solved_release(NAME)) == []
    assert reaches(written({"a": "def broken("})) == []


def display(**data):
    """An output that shows this."""
    return nbformat.v4.new_output("display_data", data)


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def test_outputs_are_kept_as_text_and_png_alone():
    outputs = [
        display(**{"text/html": "<script>1</script>", "text/plain": "a table"}),
        display(**{"image/svg+xml": "<svg onload=1>"}),
        display(**{"application/javascript": "1"}),
        display(**{"image/png": PIXEL}),
        display(**{"image/png": "PHNjcmlwdD4="}),
        nbformat.v4.new_output("stream", text="<b>"),
    ]
    kept = harmless_outputs(outputs)
    assert [list(o.get("data", {"stream": 1})) for o in kept] == [
        ["text/plain"],
        ["image/png"],
        ["stream"],
    ]
    assert is_png(PIXEL) and not is_png("'><script>")


@pytest.mark.parametrize(
    "source",
    [
        "<script>x</script>",
        "<img src=x onerror=x>",
        "<iframe src=//e></iframe>",
        "<svg/onload=x>",
        "<a href='javascript:x'>y</a>",
        "[y](javascript:x)",
        "[y](&#106;avascript:x)",
        "[y](&amp;#106;avascript&amp;colon;x)",
        "![p](http://127.0.0.1/p.png)",
        "<style>*{}</style>",
        "![p][r]\n\n[r]: http://e/p",
        "<meta http-equiv=refresh content=0>",
        "[y](DATA:text/html,x)",
        "<details ontoggle=x open>",
        "<form action=//e><button>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=x>",
    ],
)
def test_markdown_keeps_no_script_picture_or_form(source):
    text = harmless_markdown(source)
    assert not re.search(r"<(?!/?(?:details|summary)>)[a-z!/]", text, re.I), text
    assert not re.search(r"(javascript|data)\s*:", text, re.I) and "![" not in text, text


def test_markdown_keeps_its_formatting():
    source = (
        "# Title\n\n> a **quote** with `code` and $a > b$\n\n- one & two\n\n<details>x</details>"
    )
    assert harmless_markdown(source) == source
