"""A block of two convolutions: its kernels and biases, and the result that they should give.

Only behaviour counts: parameters are found by their shapes, whatever their names and order.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.modules import Parameter, known

Numbers = tuple[Tensor, Tensor | None, Tensor, Tensor | None]
Activation = Callable[[Tensor], Tensor]


def kernels_and_biases(found: Sequence[Parameter]) -> tuple[list[Tensor], list[Tensor]]:
    """Views of the kernels (C_out, C_in, k, k) and of the biases, in order.

    The parameters of normalization layers are left out: in evaluation mode a fresh batch norm
    changes nothing, so that it costs a block one graded cell and no other.
    """
    kernels, biases = [], []
    for value in (p.value for p in known(found) if not p.norm):
        shape = value.shape
        if len(shape) == 4 and (shape[-1] > 1 or shape[0] > 1):
            kernels.append(value)
        elif len(shape) == 2 and shape[0] > 1 and shape[1] % 9 == 0:
            kernels.append(value.view(shape[0], -1, 3, 3))  # a linear layer over patches
        else:
            biases.append(value)
    return kernels, biases


def fitting(found: Sequence[Parameter], inputs: int, outputs: int) -> Iterator[Numbers]:
    """(kernel, bias, kernel, bias) of the first and second convolution in every possible order.

    Nothing where the kernels' shapes are those of other convolutions. Parameters may be registered
    in any order, so each assignment that fits the shapes is tried. A missing bias is None.
    """
    kernels, biases = kernels_and_biases(found)
    biases = [b.reshape(-1) for b in biases if b.numel() == outputs][:2]
    biases += [None] * (2 - len(biases))
    for first, second in permutations(kernels, 2):
        if first.shape[:2] == (outputs, inputs) and second.shape[:2] == (outputs, outputs):
            for one, other in permutations(biases, 2):
                yield first, one, second, other


@dataclass(frozen=True)
class Block:
    """The result of a block, with a knob for each thing that learners get wrong.

    `Block()` is the right one: convolution, ReLU, convolution, ReLU.
    """

    before: Activation | None = None  # on the input
    between: Activation | None = F.relu
    after: Activation | None = F.relu
    pads: tuple = ((1, 1), (1, 1))  # before (left, top) and after (right, bottom), per convolution
    outside: str = "constant"  # what is put around the map
    end: int = 0  # zeros around the result
    dilation: int = 1
    bias: bool = True
    flip: bool = False
    shortcut: bool = False
    convolutions: tuple = (0, 1)

    def __call__(self, x: Tensor, numbers: Numbers) -> Tensor:
        """The result for an input and (kernel, bias, kernel, bias)."""
        y = self.before(x) if self.before else x
        for i in self.convolutions:
            kernel, bias = (numbers[:2], numbers[2:])[i]
            tall, wide = (self.dilation * (side // 2) for side in kernel.shape[2:])
            low, high = self.pads[i]
            y = F.pad(y, (low * wide, high * wide, low * tall, high * tall), self.outside)
            y = F.conv2d(
                y,
                kernel.flip(2, 3) if self.flip else kernel,
                bias if self.bias else None,
                dilation=self.dilation,
            )
            if self.shortcut and i == 1:
                y = y + x
            activation = self.after if i else self.between
            y = activation(y) if activation else y
        return F.pad(y, [self.end] * 4)


def nearest(y: Tensor, candidates: Sequence[Tensor]) -> Tensor:
    """The candidate that differs least from `y`, among those of its shape.

    Raises:
        ValueError: none has its shape.
    """
    alike = [c for c in candidates if c.shape == y.shape]
    return min(alike, key=lambda c: float((c - y).abs().max()))
