"""Small networks to train and to score, and what was done with them.

How a network ran shows in its numbers: in one of its modes the first layer mirrors the images, and
`Echo` turns its logits upside down while gradients are recorded.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from helpers.probes.place import Keep


class Entry(nn.Module):
    """Lets images through; in the mode `mirrored_in`, if there is one, left and right swapped."""

    def __init__(self, mirrored_in: bool | None) -> None:
        super().__init__()
        self.mirrored_in = mirrored_in

    def forward(self, x: Tensor) -> Tensor:
        """Shape: any -> the same."""
        if not isinstance(x, Tensor):
            raise TypeError(
                f"the model takes a tensor of images, but was given a "
                f"{type(x).__name__}. A batch is a pair, images and target: was it "
                "unpacked?"
            )
        return x.flip(-1) if self.training == self.mirrored_in else x


class Echo(nn.Module):
    """Logits that are the first two channels; if `turning`, upside down while gradients are
    recorded.
    """

    mix: Tensor

    def __init__(self, turning: bool, mix: Tensor) -> None:
        super().__init__()
        self.register_buffer("mix", mix)
        self.turning, self.scale = turning, nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        """Shape: (B, 3, H, W) -> (B, 2, H, W)."""
        logits = self.scale * nn.functional.conv2d(x, self.mix[..., None, None])
        return logits.flip(-2) if self.turning and logits.requires_grad else logits


def network(weights: Tensor | None = None, mirrored_in: bool | None = None) -> nn.Sequential:
    """A tiny network with these weights, all in one row."""
    model = nn.Sequential(
        Entry(mirrored_in), nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1)
    )
    if weights is not None:
        nn.utils.vector_to_parameters(weights.clone(), model.parameters())
    return model


def flat(model: nn.Module) -> Tensor:
    """All weights in one row."""
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def watched(model: Any, place: int) -> Any:
    """Note in `model.events` that the layer at `place` ran, and in `model.maps` what it gave.

    The layers of a copy of the model note in the same lists.
    """
    model.events, model.maps = events, maps = [], []

    def note(layer: nn.Module, given: tuple, result: Tensor) -> None:
        events.append("forward")
        maps.append(result.detach().clone())

    model[place].register_forward_hook(note)
    return model


def rig(
    weights: Tensor,
    optimizer: str,
    rate: float,
    training: bool = True,
    mirrored_in: bool | None = None,
) -> list[Keep]:
    """A tiny network and its optimizer; `model.events` tells the order of what is done."""
    model = watched(network(weights, mirrored_in).train(training), 0)
    model.logits = logits = []
    model[3].register_forward_hook(lambda layer, given, y: logits.append(y.detach().clone()))
    kept = getattr(torch.optim, optimizer)(model.parameters(), lr=rate)
    for name in ("step", "zero_grad"):
        setattr(kept, name, noted(model.events, name, getattr(kept, name)))
    model[3].bias.register_hook(lambda grad: model.events.append("backward"))
    return [Keep(model), Keep(kept)]


def noted(events: list[str], name: str, method: Callable) -> Callable:
    """The method, noting its calls."""

    def run(*args: object, **options: object) -> object:
        events.append(name)
        return method(*args, **options)

    return run


def echo(training: bool, turning: bool, mix: Tensor) -> Keep:
    """A network whose logits are channels of its input; `turning`, as they tell how it ran."""
    layers = Entry(True if turning else None), Echo(turning, mix)
    return Keep(watched(nn.Sequential(*layers).train(training), 1))


def seen(model: Any) -> dict:
    """The weights, and what was noted since this was asked before."""
    saw = {"weights": flat(model), "events": list(model.events), "maps": list(model.maps)}
    if hasattr(model, "logits"):
        saw["logits"] = list(model.logits)
        model.logits.clear()
    model.events.clear()
    model.maps.clear()
    return saw


def generator(items: Iterable) -> Keep:
    """What gives the items once and has no length."""
    return Keep(item for item in items)
