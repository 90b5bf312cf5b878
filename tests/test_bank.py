"""Every wrong answer of the bank fails its own graded cells by its own message; right ones pass."""

import random

import numpy as np
import pytest
import torch

from tests import course

CASES = [
    pytest.param(notebook, exercise, answer, id=f"{notebook}-{exercise}-{i}-{answer.about}")
    for notebook in course.NAMES
    for exercise, answers in course.bank(notebook).items()
    for i, answer in enumerate(answers)
]


def failures(notebook: str, exercise: str, cell: str) -> dict[str, str]:
    """Run `cell` as the exercise's answer; the messages of the graded cells that fail."""
    names = dict(course.solved(notebook))
    task = course.exercises(notebook)[exercise]
    exec(compile(task.source, f"<{exercise}>", "exec"), names)
    exec(compile(cell, f"<answer to {exercise}>", "exec"), names)
    messages = {}
    for grade_id, source in task.tests.items():
        try:
            exec(compile(source, f"<{grade_id}>", "exec"), dict(names))
        except Exception as error:
            messages[grade_id] = f"{type(error).__name__}: {error}"
    return messages


@pytest.mark.parametrize(("notebook", "exercise", "answer"), CASES)
def test_answer_is_graded_as_it_deserves(notebook, exercise, answer):
    messages = failures(notebook, exercise, answer.cell)
    assert messages.keys() == answer.fails.keys(), messages
    for grade_id, fragment in answer.fails.items():
        assert messages[grade_id].startswith("AssertionError: "), messages[grade_id]
        assert fragment.lower() in messages[grade_id].lower(), messages[grade_id]


GRADED = [
    pytest.param(notebook, exercise, grade_id, id=grade_id)
    for notebook in course.NAMES
    for exercise, task in course.exercises(notebook).items()
    for grade_id in task.tests
]


@pytest.mark.parametrize(("notebook", "exercise", "grade_id"), GRADED)
def test_a_check_gives_the_same_again_and_leaves_the_random_state(
    notebook, exercise, grade_id, capsys
):
    cell = course.exercises(notebook)[exercise].tests[grade_id]
    random.seed(3), np.random.seed(3), torch.manual_seed(3)
    kept = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    said = []
    for _ in range(2):
        exec(compile(cell, f"<{grade_id}>", "exec"), dict(course.solved(notebook)))
        now = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
        assert now == kept
        printed = capsys.readouterr()
        assert not printed.err
        said.append(printed.out)
    assert said[0] == said[1] and said[0].startswith("✓ ")


FOLLOWING = [
    pytest.param(notebook, exercise, answer, later, id=f"{notebook}-{later}-{exercise}-{i}")
    for notebook in course.NAMES
    for exercise, answers in course.bank(notebook).items()
    for i, answer in enumerate(answers)
    for later, task in course.exercises(notebook).items()
    if not answer.correct and later != exercise and answer.name in task.source
]


@pytest.mark.parametrize(("notebook", "exercise", "answer", "later"), FOLLOWING)
def test_a_fault_costs_nothing_in_an_exercise_that_calls_it(notebook, exercise, answer, later):
    names = dict(course.solved(notebook))
    exec(compile(answer.cell, f"<answer to {exercise}>", "exec"), names)
    task = course.exercises(notebook)[later]
    exec(compile(task.source, f"<{later}>", "exec"), names)
    for grade_id, source in task.tests.items():
        exec(compile(source, f"<{grade_id}>", "exec"), dict(names))
    assert names[answer.name] is not course.solved(notebook)[answer.name]  # the learner's is back


@pytest.mark.parametrize("notebook", course.NAMES)
def test_bank_covers_every_exercise(notebook):
    bank = course.bank(notebook)
    assert bank.keys() == course.exercises(notebook).keys()
    for exercise, answers in bank.items():
        assert sum(not a.correct for a in answers) >= 8, exercise
        assert sum(a.correct for a in answers) >= 4, exercise
