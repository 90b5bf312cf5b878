"""Exercise 1.3: from logits to classes."""

import torch
from torch import Tensor

from helpers.checks.core.calling import check, draw
from helpers.checks.core.handle import Handle
from helpers.checks.core.spec import Spec


def largest(logits: Tensor) -> Tensor:
    """The place of the largest logit, by sorting."""
    return logits.sort(dim=1, descending=True).indices[:, 0]


def apart(*shape: int) -> Tensor:
    """Random logits from 0 to the number of classes, those of one pixel at least 0.1 apart."""
    return torch.rand(shape).argsort(dim=1) + 0.9 * torch.rand(shape)


def cases() -> list[tuple[Tensor]]:
    """Logits of two and more classes: of both signs, of one, large ones and close ones."""
    signs = [
        apart(*shape) - 1 + 2 * torch.randn(shape[0], 1, *shape[2:])
        for shape in [(3, 2, 4, 5), (draw(2, 3), 4, 5, 3)]
    ]
    one_sign = [-6 - apart(1, 3, 4, draw(5, 6)), 2 + apart(2, 2, 4, 3)]
    far = [40 * apart(1, 3, 4, 5) + offset for offset in (-300, 300)]
    close = torch.rand(2, 4, 3, 5).argsort(dim=1) / 2000 + 3
    return [(logits,) for logits in [*signs, *one_sign, *far, close]]


SPEC = Spec(
    "logits_to_class_map",
    largest,
    cases,
    "{0} logits",
    {
        "the channel axis is still there.": lambda z: largest(z)[:, None],
        "the largest was sought over the batch.": lambda z: z.argmax(0),
        "a number for each class came back; one class is asked for.": lambda z: z.softmax(1),
        "the largest was sought over the rows.": lambda z: z.argmax(2),
        "the largest was sought over the columns.": lambda z: z.argmax(3),
        "max gives values and places; take the places.": lambda z: z.max(1),
        "these are the largest logits, not their places.": lambda z: z.amax(1),
        "these are the largest logits, not their places, cut to whole numbers.": lambda z: z.amax(
            1
        ).long(),
        "that is the class with the smallest logit.": lambda z: z.argmin(1),
        "every pixel got the same class. Logits may be in the hundreds, of either sign; compare them "
        "as they are.": lambda z: z.sigmoid().argmax(1),
        "a threshold at 0 is no comparison between the classes.": lambda z: (z[:, 1] > 0).long(),
        "a threshold at 0.5 is no comparison between the classes.": lambda z: (
            z[:, 1] > 0.5
        ).long(),
    },
)


def without_channels(got: Tensor, expected: Tensor) -> Tensor:
    """What came without the axis of the channels, if that was kept."""
    return got.squeeze(1) if got.shape == expected[:, None].shape else got


@check
def logits_to_class_map_shape(logits_to_class_map: Handle) -> str:
    """One class a pixel: the channel axis is gone, and the classes are int64."""
    SPEC.shape(logits_to_class_map)
    SPEC.type(logits_to_class_map, torch.int64, "class maps are int64.", cases=7)
    return "logits_to_class_map: 7 inputs, shape and type right"


@check
def logits_to_class_map_values(logits_to_class_map: Handle) -> str:
    """The class with the largest logit wins, whatever the signs; the axis has its own cell."""
    return SPEC.values(logits_to_class_map, forgive=without_channels)
