"""What notebook 06 hands to the learner's functions: a file of weights, an image, a network."""

import contextlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.func import functional_call

from helpers.probes.describe import as_data
from helpers.probes.functions import make
from helpers.probes.modules import set_parameters
from helpers.probes.place import Keep
from helpers.weights import card_of, checksum


def load(function: Callable, state: dict[str, Tensor], as_text: bool) -> dict:
    """Write a state dict and its card to a folder, and call the function with the file's path.

    Beside what `functions.make` returns: whether gradients are on afterwards (`grad_enabled`), and
    the module's `state`, without tensors of other names or shapes than those given.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pt"
        torch.save(state, path)
        card_of(path).write_text(json.dumps({"sha256": checksum(path)}))  # `verify` looks for it
        saw = make(function, [str(path) if as_text else path])
        saw["grad_enabled"] = torch.is_grad_enabled()
    if isinstance(saw.get("made"), Keep):
        own = saw["made"].item.state_dict()
        saw["state"] = {
            name: as_data(own[name])
            for name in own
            if name in state and own[name].shape == state[name].shape
        }
    return saw


class Trap:
    """What a pickle may hold beside numbers: read as a whole, it calls a function."""

    sprung = False

    def __reduce__(self) -> tuple:
        return spring, ()


def spring() -> None:
    """Note that code in a file was run."""
    Trap.sprung = True


def runs_code(function: Callable, state: dict[str, Tensor]) -> bool:
    """Whether the function runs the code in a file that holds some beside a state dict."""
    Trap.sprung = False
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Exception):
        path = Path(folder) / "weights.pt"
        torch.save(state | {"trap": Trap()}, path)
        function(path)
    return Trap.sprung


def run(
    model: nn.Module, x: Tensor, values: dict[str, Tensor] | None = None, in_training: float = 1.0
) -> object:
    """What the model computes in float32, with its own parameters or with `values` in their place.

    The result of every part that is in training mode is multiplied by `in_training`.
    """
    values = values or {name: p.detach().float() for name, p in model.named_parameters()}

    def hook(part: nn.Module, inputs: tuple, output: object) -> object:
        return in_training * output if part.training and isinstance(output, Tensor) else output

    handles = [part.register_forward_hook(hook) for part in model.modules()]
    try:
        with torch.no_grad():
            return as_data(functional_call(model, values, (x,)))
    finally:
        for handle in handles:
            handle.remove()


def image(pixels: Tensor) -> Keep:
    """A Pillow image of bytes (H, W, 3)."""
    return Keep(Image.fromarray(pixels.numpy()))


def pixels(image: Image.Image) -> object:
    """The numbers of an image; None if they cannot be read, as after `close`."""
    with contextlib.suppress(Exception):
        return as_data(torch.from_numpy(np.array(image)))


class StandIn(nn.Module):
    """A network of one layer, in evaluation mode, whose logits tell how it was run.

    They are multiplied by `training_factor` in training mode, and by `recording_factor` if PyTorch
    records gradients.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor, training_factor: float, recording_factor: float
    ) -> None:
        super().__init__()
        self.layer = nn.Conv2d(weight.shape[1], weight.shape[0], kernel_size=1)
        set_parameters(self.layer, {"weight": weight, "bias": bias})
        self.training_factor, self.recording_factor = training_factor, recording_factor
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 2, H, W)."""
        logits = self.layer(x) * (self.training_factor if self.training else 1)
        return logits * (self.recording_factor if logits.requires_grad else 1)


def stand_in(*args: Any) -> Keep:
    """A `StandIn`."""
    return Keep(StandIn(*args))
