"""Exercise 6.4: where the foreground is likelier than a threshold."""

import torch
from torch import Tensor

from helpers.checks.core.calling import check, draw
from helpers.checks.core.handle import Handle
from helpers.checks.core.spec import Spec

FAULTS = {
    "what equals the threshold is not above it.": lambda m, t=0.5: m[:, 1] >= t,
    "the threshold was ignored.": lambda m, t=0.5: m[:, 1] > 0.5,
    "that is the background.": lambda m, t=0.5: m[:, 0] > t,
    "the comparison is the wrong way round.": lambda m, t=0.5: m[:, 1] < t,
    "the background was compared with the threshold.": lambda m, t=0.5: m[:, 0] < t,
    "the batch axis was dropped.": lambda m, t=0.5: m[0, 1] > t,
    "the channel axis is still there.": lambda m, t=0.5: m[:, 1:] > t,
    "both masks came back; take the foreground.": lambda m, t=0.5: m > t,
}


def above(masks: Tensor, threshold: float = 0.5) -> Tensor:
    """The foreground."""
    return masks[:, 1] > threshold


def probabilities(batch: int, threshold: float = 0.5) -> Tensor:
    """Random masks (B, 2, H, W); in one column the foreground has the threshold, in one a bit more.

    Only the latter is foreground. The threshold is one that float32 holds exactly.
    """
    masks = torch.randn(batch, 2, draw(3, 4), draw(5, 6)).softmax(1)
    for column, more in ((1, 0.0), (2, 2.0**-12)):
        masks[:, :, 0, column] = torch.tensor([1 - threshold - more, threshold + more])
    return masks


def expect_foreground(learner: Handle, words: str, *thresholds: tuple) -> None:
    """The learner's mask is right for two batches at each threshold, () for the one by default."""
    cases = [
        (probabilities(batch, *threshold), *threshold)
        for threshold in thresholds
        for batch in (1, draw(2, 3))
    ]
    spec = Spec("foreground_mask", above, lambda: cases, words, FAULTS)
    spec.shape(learner)
    spec.type(learner, torch.bool, "a mask is true or false.", len(cases))
    spec.values(learner)


@check
def foreground_mask_default(foreground_mask: Handle) -> str:
    """Without a threshold: where the foreground is more likely than not."""
    expect_foreground(foreground_mask, "{0} masks", ())
    return "foreground_mask: right for the threshold 0.5"


@check
def foreground_mask_threshold(foreground_mask: Handle) -> str:
    """With other thresholds."""
    expect_foreground(
        foreground_mask,
        "{0} masks, threshold {1}",
        (0.25,),
        (0.8125,),
        (0.5625 + 0.0625 * draw(0, 2),),
    )
    return "foreground_mask: right for 3 other thresholds"
