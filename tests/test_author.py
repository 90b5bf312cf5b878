"""What an author gets: the frame of a new exercise, and a list of what is missing."""

import json
import shutil

import pytest
import torch

from helpers.checks.core.calling import graded_cell
from helpers.notebook import kind_of, name_of, source_of
from helpers.predict import Prediction
from tests import check_course, course
from tests.new_exercise import lay

NAME, NOTEBOOK = "pixel_share", "08_your_own_data"


@pytest.fixture
def root(tmp_path):
    """The folders that a new exercise touches."""
    shutil.copytree(course.SOLUTIONS / NOTEBOOK, tmp_path / "solutions" / NOTEBOOK)
    (tmp_path / "tests" / "bank" / NOTEBOOK).mkdir(parents=True)
    (tmp_path / "helpers" / "checks").mkdir(parents=True)
    (tmp_path / "helpers" / "assets").mkdir()
    replies = "helpers/assets/predictions.json"
    shutil.copy(course.ROOT / replies, tmp_path / replies)
    return tmp_path


def loaded(path):
    """The module in a file."""
    return course.loaded(path, f"laid_{path.parent.name}_{path.stem}")


def test_a_new_exercise_works_before_its_author_changes_it(root):
    notebook, replies, check, bank = lay(root, NAME, NOTEBOOK, "The share of a class")
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    own = [cell for cell in cells if name_of(cell).startswith(NAME)]
    assert [kind_of(cell) for cell in own] == ["answer", "test", "test"]
    names = {"torch": torch, "check": loaded(check)}
    exec(source_of(own[0]), names)
    for test in own[1:]:
        exec(source_of(test), names)
    answers = loaded(bank).ANSWERS
    assert any(answer.correct for answer in answers) and not all(a.correct for a in answers)
    for answer in answers:
        exec(answer.cell, names)
        tests = {name_of(test): source_of(test) for test in own[1:]}
        said = {i: course.told(e) for i, e in course.refusals(tests, names).items()}
        assert answer.deserves(said), said
    asked = json.loads(replies.read_text(encoding="utf-8"))
    assert Prediction(**asked["8.6"]).reply("4").startswith("Right: 4.")
    assert not graded_cell.get()


@pytest.mark.parametrize(
    "name, notebook, words",
    [
        ("3x", NOTEBOOK, "cannot be the name"),
        ("class", NOTEBOOK, "cannot be the name"),
        ("per_class_iou", NOTEBOOK, "there is an exercise per_class_iou already"),
        (NAME, "09_nothing", "there are 08_your_own_data"),
    ],
)
def test_what_cannot_be_laid_is_said_and_nothing_is_written(name, notebook, words, root):
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match=words):
        lay(root, name, notebook, "A title")
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_nothing_is_missing_in_the_course():
    assert not list(check_course.faults())


def test_what_disagrees_is_named_with_what_to_do(monkeypatch):
    name = course.NAMES[0]
    monkeypatch.setattr(check_course, "predictions", dict)
    monkeypatch.setattr(check_course, "COMPUTED", {})
    monkeypatch.setattr(check_course, "WRONG", 1000)
    found = [*check_course.guesses(name), *check_course.exercises(name)]
    told = "\n".join(" -> ".join(fault) for fault in found)
    assert "no reply to the guess 1.1 -> add it to predictions.json" in told
    assert "guess 1.1 is not computed -> add it to RIGHT" in told
    assert f"wrong answers, not 1000 -> write more in tests/bank/{name}/iou.py" in told
    monkeypatch.setattr(check_course.points, "told", lambda book: book["cells"].pop())
    assert "make release" in [remedy for _, _, remedy in check_course.stored(name)]
    other = course.release_path(course.NAMES[1])
    monkeypatch.setattr(course, "release_path", lambda name: other)
    assert [remedy for _, _, remedy in check_course.release(name)] == ["make release"]
