"""Every wrong answer of the bank fails its own graded cells by its own message; right ones pass.

In one process, and with the answer in a sandbox and the checks outside of it: both say the same.
"""

import os
import random

import numpy as np
import pytest
import torch

from grading import sandbox
from grading.learner.channel import PLAY
from grading.verdict import verdict
from helpers.notebook_code import solution_cells
from tests import course
from tests.bank import Answer

CASES = [
    pytest.param(notebook, exercise, answer, id=f"{notebook}-{exercise}-{i}-{answer.about}")
    for notebook in course.NAMES
    for exercise, answers in course.bank(notebook).items()
    for i, answer in enumerate(answers)
]


def failures(notebook: str, exercise: str, answer: Answer) -> dict[str, str]:
    """The messages of the graded cells that fail, in one process."""
    found = course.refusals(
        course.exercises(notebook)[exercise].tests, course.names_of(notebook, exercise, answer)
    )
    return {grade_id: course.told(error) for grade_id, error in found.items()}


@pytest.mark.parametrize(("notebook", "exercise", "answer"), CASES)
def test_answer_is_graded_as_it_deserves(notebook, exercise, answer, through_the_pipe):
    messages = failures(notebook, exercise, answer)
    assert answer.deserves(messages), messages
    assert through_the_pipe(notebook, exercise, answer) == messages


@pytest.fixture(scope="session")
def through_the_pipe():
    """Grade an answer in a process of its own, as `make grade` does but without nbgrader."""
    if sandbox.missing() and "CI" not in os.environ:
        pytest.skip(sandbox.missing())
    place, runs = sandbox.Sandbox(), {}

    def failures(notebook: str, exercise: str, answer: Answer) -> dict[str, str]:
        """The messages of the graded cells that fail."""
        if notebook not in runs:
            for run in runs.values():
                run.end()
            runs.clear()
            runs[notebook] = place.begin(sandbox.Limits(total_seconds=3600))
            for source in solution_cells(notebook):
                report = runs[notebook].play(source)
                assert not any(o["output_type"] == "error" for o in report["outputs"]), report
        task, messages = course.exercises(notebook)[exercise], {}
        copy = runs[notebook].snapshot()
        for source in (task.source, answer.cell):
            copy.send(PLAY, source.encode())
            copy.receive()
        for grade_id, source in task.tests.items():
            outputs = verdict(source, copy, 60, 1, lambda name: True)
            for output in outputs:
                if output["output_type"] == "error":
                    messages[grade_id] = f"{output['ename']}: {output['evalue']}"
        copy.close()
        return messages

    yield failures
    place.close()


GRADED = [
    pytest.param(notebook, exercise, grade_id, id=grade_id)
    for notebook in course.NAMES
    for exercise, task in course.exercises(notebook).items()
    for grade_id in task.tests
]


def states() -> tuple:
    """The states of all sources of chance."""
    numpy = np.random.get_state(legacy=False)["state"]["key"].tolist()
    return random.getstate(), numpy, torch.get_rng_state().tolist()


@pytest.mark.parametrize(("notebook", "exercise", "grade_id"), GRADED)
def test_a_check_gives_the_same_again_and_leaves_the_random_state(
    notebook, exercise, grade_id, capsys
):
    cell = course.exercises(notebook)[exercise].tests[grade_id]
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    kept = states()
    said = []
    for _ in range(2):
        exec(compile(cell, f"<{grade_id}>", "exec"), dict(course.solved(notebook)))
        assert states() == kept
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
    names = course.names_of(notebook, exercise, answer)
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
