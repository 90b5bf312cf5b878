"""Every graded cell refuses what is no answer at all, in words: none passes it, none crashes."""

import pytest
import torch
from torch import nn

from tests import course

GRADED = [
    pytest.param(notebook, exercise, grade_id, id=grade_id)
    for notebook in course.NAMES
    for exercise, task in course.exercises(notebook).items()
    for grade_id in task.tests
]
NONSENSE = {
    "a number": 5,
    "a module": nn.ReLU(),
    "a text returned": lambda *_, **__: "text",
    "nothing returned": lambda *_, **__: None,
    "an object returned": lambda *_, **__: object(),
    "a list returned": lambda *_, **__: [1, 2],
    "a class returned": lambda *_, **__: nn.Conv2d,
    "complex numbers returned": lambda *_, **__: torch.ones(2, 3, dtype=torch.complex64),
    "no numbers returned": lambda *_, **__: torch.full((2, 3), torch.nan),
    "an empty tensor returned": lambda *_, **__: torch.ones(0),
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize(("notebook", "exercise", "grade_id"), GRADED)
def test_nonsense_is_refused_in_words(nonsense, notebook, exercise, grade_id):
    name = "UNet" if exercise.startswith("unet_") else exercise
    names = course.solved(notebook) | {name: nonsense}
    source = course.exercises(notebook)[exercise].tests[grade_id]
    found = course.refusals({grade_id: source}, names)
    assert grade_id in found, "it passed"
    assert isinstance(found[grade_id], AssertionError), found
