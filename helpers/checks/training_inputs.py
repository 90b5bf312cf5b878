"""What the checks of notebook 07 feed a learner's function with."""

import torch
from torch import Tensor, nn

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
        self.events.append("forward")
        self.modes.append(self.training)
        return x
