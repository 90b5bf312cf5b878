"""What the checks of notebook 07 feed a learner's function with."""

import torch
from torch import Tensor, nn

from helpers.checks.core import by_words

Case = tuple[Tensor, Tensor]


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


# What torch says of a likely slip, and the slip.
SLIPS = {
    "kernel_impl\" not implemented for 'Long'":  # softmax and log_softmax
        "the logits and the target were exchanged; the logits come first, then the target.",
    "Expected floating point type for target with class probabilities":
        "F.cross_entropy was given one map; it takes the logits of both channels.",
    "expected target dtype to be Long":
        "F.cross_entropy was given another target; it takes the one that came, in whole numbers.",
}


slip = by_words(SLIPS)  # the likely cause of a crash


class Probe(nn.Module):
    """Lets its input through and notes what happens, and in which mode."""

    def __init__(self, events: list) -> None:
        super().__init__()
        self.events, self.modes, self.grads = events, [], []

    def __deepcopy__(self, memo: dict) -> "Probe":
        """A copy that notes in the same place."""
        twin = Probe(self.events)
        twin.modes, twin.grads, twin.training = self.modes, self.grads, self.training
        return twin

    def forward(self, x: Tensor) -> Tensor:
        """Shape: any -> the same."""
        if not isinstance(x, Tensor):
            raise TypeError(f"the model takes a tensor of images, but was given a "
                            f"{type(x).__name__}. A batch is a pair, images and target: was it "
                            "unpacked?")
        self.events.append("forward")
        self.modes.append(self.training)
        return x
