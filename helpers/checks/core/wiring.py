"""How the layers of a U-Net are joined, as a table, and the layers that checks put into one.

`STEPS` is the architecture of Ronneberger, Fischer and Brox (2015), padded, with four levels.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.conv_blocks import Block

ENCODER = ("enc1", "enc2", "enc3", "enc4")
UPCONVS = ("upconv3", "upconv2", "upconv1")
DECODER = ("dec3", "dec2", "dec1")
LAYERS = (*ENCODER, "pool", *UPCONVS, *DECODER, "out")
# Unequal numbers show channels that were mixed up; equal ones let swapped levels run through.
UNEQUAL, EQUAL = (4, 5, 6, 7), (4, 4, 4, 4)
USUAL = (3, 2, UNEQUAL)  # in_channels, out_channels, features where they are not asked about

# (what comes out, the layer, what goes in; two go in side by side on the channel axis)
STEPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("skip1", "enc1", ("x",)),
    ("pooled1", "pool", ("skip1",)),
    ("skip2", "enc2", ("pooled1",)),
    ("pooled2", "pool", ("skip2",)),
    ("skip3", "enc3", ("pooled2",)),
    ("pooled3", "pool", ("skip3",)),
    ("bottom", "enc4", ("pooled3",)),
    ("up3", "upconv3", ("bottom",)),
    ("joined3", "dec3", ("up3", "skip3")),
    ("up2", "upconv2", ("joined3",)),
    ("joined2", "dec2", ("up2", "skip2")),
    ("up1", "upconv1", ("joined2",)),
    ("joined1", "dec1", ("up1", "skip1")),
    ("logits", "out", ("joined1",)),
)
# What may go in beside the named tensors: zeros, or a skip over which no gradient comes back.
SILENT, DETACHED = "zeros", "detached "
AVERAGE = "average"  # a pool that is none of the network's layers
Changes = Mapping[str, tuple[str, tuple[str, ...]]]  # another layer and inputs for some steps
LEVELS = ((3, "bottom"), (2, "joined3"), (1, "joined2"))  # of the decoder, with what is below each

# Wrong wirings that run through: the steps that they change.
MISWIRED: dict[str, Changes] = {
    "each decoder block was given [skip, up]; the enlarged map comes first.": {
        f"joined{i}": (f"dec{i}", (f"skip{i}", f"up{i}")) for i in (1, 2, 3)
    },
    **{
        f"dec{i} was given [skip, up]; the enlarged map comes first.": {
            f"joined{i}": (f"dec{i}", (f"skip{i}", f"up{i}"))
        }
        for i in (1, 2, 3)
    },
    "the skips were left out: each decoder block got its enlarged map twice.": {
        f"joined{i}": (f"dec{i}", (f"up{i}", f"up{i}")) for i in (1, 2, 3)
    },
    "the skips were left out: zeros stand where they should.": {
        f"joined{i}": (f"dec{i}", (f"up{i}", SILENT)) for i in (1, 2, 3)
    },
    **{
        f"the skip of enc{i} was left out: dec{i} got its enlarged map twice.": {
            f"joined{i}": (f"dec{i}", (f"up{i}", f"up{i}"))
        }
        for i in (1, 2, 3)
    },
    **{
        f"the skip of enc{i} was left out: zeros stand where it should.": {
            f"joined{i}": (f"dec{i}", (f"up{i}", SILENT))
        }
        for i in (1, 2, 3)
    },
    "the average of 2x2 pixels was taken on the way down; a max pool takes the largest.": {
        f"pooled{i}": (AVERAGE, (f"skip{i}",)) for i in (1, 2, 3)
    },
    "the up-convolutions were taken in the wrong order.": {
        f"up{i}": (f"upconv{4 - i}", (below,)) for i, below in LEVELS
    },
    "the decoder blocks were taken in the wrong order.": {
        f"joined{i}": (f"dec{4 - i}", (f"up{i}", f"skip{i}")) for i in (1, 2, 3)
    },
    "one up-convolution was used for every level.": {
        f"up{i}": ("upconv3", (below,)) for i, below in LEVELS
    },
    "one decoder block was used for every level.": {
        f"joined{i}": ("dec3", (f"up{i}", f"skip{i}")) for i in (1, 2, 3)
    },
}


def channels(inputs: int, classes: int, f: Sequence[int]) -> dict[str, tuple[int, int]]:
    """The channels that each layer takes and gives, by its name."""
    names = (*ENCODER, *UPCONVS, *DECODER, "out")
    before = (inputs, *f[:3], *f[:0:-1], *(2 * n for n in f[2::-1]), f[0])
    after = (*f, *f[2::-1], *f[2::-1], classes)
    return dict(zip(names, zip(before, after, strict=True), strict=True))


def lively(*shape: int) -> Tensor:
    """Random weights that keep signals alive through every ReLU, or biases."""
    if len(shape) == 1:
        return 0.2 + 0.1 * torch.randn(shape)
    return 0.02 + torch.randn(shape) * (2 / torch.Size(shape[1:]).numel()) ** 0.5


@dataclass(frozen=True)
class Given:
    """The layers that a check puts into a learner's network: their numbers, and what they make.

    Their numbers are drawn here, so that the right result needs nothing of the learner's.
    """

    arguments: tuple = USUAL
    numbers: dict[str, tuple[Tensor, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (before, after) in channels(*self.arguments).items():
            kernels = [(after, before, 3, 3), (after, after, 3, 3)]
            if name in UPCONVS:
                kernels = [(before, after, 2, 2)]
            elif name == "out":
                kernels = [(after, before, 1, 1)]
            self.numbers[name] = tuple(v for k in kernels for v in (lively(*k), lively(after)))

    def specs(self) -> dict[str, tuple]:
        """The layers for the probe `network.install`."""
        found = {"pool": (["MaxPool2d", [2]], {})}
        for name, (before, after) in channels(*self.arguments).items():
            spec = [
                ["Conv2d", [before, after, 3], {"padding": 1}],
                ["ReLU"],
                ["Conv2d", [after, after, 3], {"padding": 1}],
                ["ReLU"],
            ]
            if name in UPCONVS:
                spec = ["ConvTranspose2d", [before, after, 2, 2]]
            elif name == "out":
                spec = ["Conv2d", [before, after, 1]]
            found[name] = spec, self.named(name)
        return found

    def named(self, name: str) -> dict[str, Tensor]:
        """A layer's parameters by the names that they have there."""
        keys = (
            ("weight", "bias")
            if len(self.numbers[name]) == 2
            else ("0.weight", "0.bias", "2.weight", "2.bias")
        )
        return dict(zip(keys, self.numbers[name], strict=True))

    def parameters(self) -> dict[str, Tensor]:
        """All parameters by the names that they have in the network."""
        return {
            f"{name}.{key}": value
            for name in self.numbers
            for key, value in self.named(name).items()
        }

    def run(self, name: str, x: Tensor) -> Tensor:
        """What a layer makes of `x`."""
        if name == "pool":
            return F.max_pool2d(x, 2)
        if name == AVERAGE:
            return F.avg_pool2d(x, 2)
        if name == "out":
            kernel, bias = self.numbers[name]
            return F.conv2d(x, kernel, bias)
        if name in UPCONVS:
            return F.conv_transpose2d(x, *self.numbers[name], stride=2)
        first, one, second, other = self.numbers[name]
        return Block()(x, (first, one, second, other))

    def values(
        self,
        x: Tensor,
        changes: Changes | None = None,
        after: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
    ) -> dict[str, Tensor]:
        """Every intermediate tensor of the right wiring by name, or of one with `changes`.

        `after` is what happens to the outputs of some layers.
        """
        values = {"x": x}
        for name, layer, inputs in STEPS:
            layer, inputs = (changes or {}).get(name, (layer, inputs))
            y = self.run(layer, torch.cat([part(values, i, inputs) for i in inputs], 1))
            values[name] = (after or {}).get(layer, lambda y: y)(y)
        return values


def part(values: Mapping[str, Tensor], name: str, inputs: Sequence[str]) -> Tensor:
    """One input of a step, by its name in a table."""
    if name == SILENT:
        return torch.zeros_like(values[inputs[0]])
    whole = values[name.removeprefix(DETACHED)]
    return whole.detach() if name.startswith(DETACHED) else whole


def near(got: object, expected: Tensor, tol: float = 1e-4) -> bool:
    """Same shape and equal up to rounding, measured by the largest number."""
    if not isinstance(got, Tensor) or got.shape != expected.shape or got.is_complex():
        return False
    worst = (got.detach().double() - expected.detach().double()).abs()
    if not worst.numel():  # as every batch of no picture is
        return False
    return float(worst.max()) <= tol * (1 + float(expected.abs().max())) < float("inf")


def alike(grad: Tensor, right: Tensor) -> bool:
    """Whether two gradients agree, measured by the largest number."""
    scale = right.abs().max()
    return near(grad / scale, right / scale, 1e-3)
