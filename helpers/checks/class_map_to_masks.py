"""Exercise 1.2: a mask for each class."""

import torch
from torch import Tensor

from helpers.checks.core.calling import check, draw
from helpers.checks.core.handle import Handle
from helpers.checks.core.spec import Spec


def masks(class_map: Tensor, num_classes: int) -> Tensor:
    """The masks as float64, so that messages show 1 and 0; the type has a check of its own."""
    return torch.stack([class_map == k for k in range(num_classes)]).transpose(0, 1).double()


def cases() -> list[tuple[Tensor, int]]:
    """Class maps with their number of classes; one lacks the last classes, one others."""
    return [
        (torch.randint(3, (2, 4, 5)), 3),
        (torch.randint(2, (draw(1, 3), 3, 6)), 4),
        (torch.randint(5, (1, draw(2, 3), 7)), 5),
        (2 * torch.randint(2, (2, 3, 4)) + 1, 4),
    ]


SPEC = Spec(
    "class_map_to_masks",
    masks,
    cases,
    "a {0} class map with {1} classes",
    {
        "the classes are the last axis; they belong on axis 1.": lambda m, n: masks(m, n).movedim(
            1, 3
        ),
        "one map came back; make a mask for each class.": lambda m, n: m,
        "a class that does not occur gets an empty mask too.": lambda m, n: masks(
            m, int(m.max()) + 1
        ),
        "the batch comes first, then the classes.": lambda m, n: masks(m, n).transpose(0, 1),
        "height and width were exchanged.": lambda m, n: masks(m, n).mT,
        "the masks are the wrong way round.": lambda m, n: 1 - masks(m, n),
        "the classes are counted from 1; mask 0 belongs to class 0.": lambda m, n: masks(m - 1, n),
        "the classes were the last axis, and a reshape moves no number; move the axis.": lambda m, n: (
            masks(m, n).movedim(1, 3).reshape(masks(m, n).shape)
        ),
        "the classes were the first axis, and a reshape moves no number; swap it with the batch.": lambda m, n: (
            masks(m, n).transpose(0, 1).reshape(masks(m, n).shape)
        ),
    },
)


def classes_second(got: Tensor, expected: Tensor) -> Tensor:
    """What came as numbers, the classes moved from the last axis to axis 1."""
    last = got.shape == expected.movedim(1, 3).shape
    return (got.movedim(3, 1) if last else got).double()


@check
def class_map_to_masks_shape(class_map_to_masks: Handle) -> str:
    """One mask a class, on the channel axis, also for a class that does not occur."""
    return SPEC.shape(class_map_to_masks)


@check
def class_map_to_masks_values(class_map_to_masks: Handle) -> str:
    """Mask k is true just where the class is k; the axis has a graded cell of its own."""
    return SPEC.values(class_map_to_masks, forgive=classes_second)


@check
def class_map_to_masks_type(class_map_to_masks: Handle) -> str:
    """Masks are bool."""
    return SPEC.type(class_map_to_masks, torch.bool, "masks are bool.")
