"""Pictures with a car for the checks of notebook 07, and what they read out of the results."""

import contextlib
from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

from helpers.probes.wire import Thing

Case = tuple[Tensor, Tensor]
Way = TypeVar("Way")


def scene(height: int, width: int, share: float, skill: float, batch: int = 1) -> Case:
    """Random logits (B, 2, H, W) and a target with a car on about `share` of the pixels.

    The logits of a pixel are opposite numbers; `skill` moves them towards the target.
    """
    target = (torch.rand(batch, height, width) < share).long()
    half = torch.randn(batch, height, width) + skill * (2 * target - 1)
    return torch.stack([-half, half], dim=1), target


def lifted(case: Case) -> Case:
    """The same probabilities from other logits: both logits of a pixel moved by one number."""
    logits, target = case
    return logits + torch.randn(logits.shape[0], 1, *logits.shape[2:]), target


def as_number(value: Any) -> float | None:
    """The number that `float` makes of what a learner returned, or None."""
    if isinstance(value, Thing):
        return value.number
    with contextlib.suppress(TypeError, ValueError, RuntimeError, OverflowError):
        return None if isinstance(value, str) else float(value)
    return None


def is_number(value: object) -> bool:
    """Whether it is an ordinary Python number."""
    real = type(value) in (int, float) or isinstance(value, Thing) and value.is_a("Real")
    return real and as_number(value) is not None


def way_of(shown: Tensor, ways: Mapping[Way, Tensor]) -> Way | None:
    """The key in `ways` of the images, one of which the first of `shown` is by its first channel,
    whatever its brightness and contrast; None where it is none of them.
    """
    for way, images in ways.items():
        for image in images[:, :1]:
            if shown[:1, :1].shape == (1, *image.shape):
                pair = torch.stack([shown[0, 0].flatten(), image.flatten()]).double()
                if torch.corrcoef(pair)[0, 1] > 0.999:
                    return way
    return None
