"""Look into a learner's block of convolutions: build it, set its numbers, run it.

Only behaviour counts: parameters are found by their shapes, whatever their names, set to chosen
numbers, and the result is compared with what PyTorch's own operators give.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from helpers.checks.core import call, describe, fail, shape_of
from helpers.checks.layers import why_not_made

WHAT = "conv_block"
HIDDEN_LAYERS = (
    "the block has no parameters to train. PyTorch finds layers that are attributes of the "
    "module and were made in __init__; layers in a plain Python list stay hidden from it."
)
NEW_LAYERS = (
    "the block has no parameters to train and gives another result each time for the same "
    "input: it makes new layers whenever it runs. Make them once, in __init__."
)
LATE_LAYERS = (
    "the block makes layers while it runs, so an optimizer would not know them. Make them once, "
    "in __init__."
)
NORMS = (_NormBase, nn.GroupNorm, nn.LayerNorm)
Numbers = tuple[Tensor, Tensor | None, Tensor, Tensor | None]


def made(conv_block: Callable, inputs: int, outputs: int) -> nn.Module:
    """The learner's module as it comes out of conv_block."""
    given = f"{inputs} to {outputs} channels"
    block = call(WHAT, conv_block, inputs, outputs, given=given, why=why_not_made)
    if block is None:
        fail(f"{WHAT} returned None for {given}: is the `return` line missing?")
    if isinstance(block, type):
        fail(f"{WHAT}: expected a module for {given}, got the class {block.__name__} itself: "
             "call it with the numbers of channels.")
    if not isinstance(block, nn.Module):
        hint = " Join the layers to one module." if isinstance(block, list | tuple) else ""
        fail(f"{WHAT}: expected a module (nn.Module) for {given}, got {describe(block)}.{hint}")
    return block


def run(block: nn.Module, x: Tensor, outputs: int) -> Tensor:
    """What the block makes of `x`; a crash becomes a message."""
    given = f"a {shape_of(x)} input to {WHAT}({x.shape[1]}, {outputs})"
    try:
        y = call(WHAT, block, x, given=given)
    except NotImplementedError as error:
        fail(f"{WHAT}: the module cannot run on {given}. Does its class have a method "
             f"`forward(self, x)`, indented like `__init__`? ({error})")
    except AssertionError as error:
        if "channels, but got" not in str(error):
            raise
        fail(f"{error}\nEach convolution takes the channels that reach it: the first those of the "
             "input, the second those that the first gives.")
    if y is None:
        fail(f"{WHAT}: the module returned None for {given}: does `forward` return its result?")
    if not isinstance(y, Tensor):
        fail(f"{WHAT}: expected a tensor for {given}, got {describe(y)}.")
    return y


def built(conv_block: Callable, inputs: int, outputs: int) -> nn.Module:
    """The learner's module in evaluation mode, run once so that lazy layers have weights."""
    block = made(conv_block, inputs, outputs).eval()
    before = [id(p) for p in block.parameters()]
    with torch.no_grad():
        run(block, torch.zeros(1, inputs, 8, 9), outputs)
    if before != [id(p) for p in block.parameters()]:
        fail(f"{WHAT}({inputs}, {outputs}): {LATE_LAYERS}")
    return block


def trainable(block: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Views of the kernels (C_out, C_in, k, k) and of the biases, whatever their names.

    The parameters of normalization layers are left out: in evaluation mode a fresh batch norm
    changes nothing, so that it costs a block one graded cell and no other.
    """
    skip = {id(p) for m in block.modules() if isinstance(m, NORMS) for p in m.parameters()}
    kernels, biases = [], []
    for p in block.parameters():
        if id(p) in skip:
            continue
        if p.dim() == 4 and (p.shape[-1] > 1 or p.shape[0] > 1):
            kernels.append(p.data)
        elif p.dim() == 2 and p.shape[0] > 1 and p.shape[1] % 9 == 0:
            kernels.append(p.data.view(p.shape[0], -1, 3, 3))  # a linear layer over patches
        else:
            biases.append(p.data)
    return kernels, biases


def fill(block: nn.Module, kernel: Callable[[Tensor], Tensor], bias: Callable) -> None:
    """Set every kernel and bias to what `kernel` and `bias` make of it."""
    kernels, biases = trainable(block)
    if not kernels:
        fail(f"{WHAT}: {HIDDEN_LAYERS}")
    if len(kernels) != 2:
        fail(f"{WHAT}: expected two convolutions, found {len(kernels)}: see Test 3.1b.")
    for views, make in ((kernels, kernel), (biases, bias)):
        for view in views:
            view.copy_(make(view))


def orders(block: nn.Module, inputs: int, outputs: int) -> Iterator[Numbers]:
    """(kernel, bias, kernel, bias) of the first and second convolution in every possible order."""
    found = list(fitting(block, inputs, outputs))
    if not found:
        shapes = [tuple(k.shape) for k in trainable(block)[0]]
        fail(f"{WHAT}({inputs}, {outputs}): kernels of shapes {shapes} are not (out, in, 3, 3) and "
             "(out, out, 3, 3), with which alone the result can be compared: see Test 3.1b.")
    yield from found


def fitting(block: nn.Module, inputs: int, outputs: int) -> Iterator[Numbers]:
    """Such orders, or none where the kernels' shapes are those of other convolutions.

    Parameters may be registered in any order, so each assignment that fits the shapes is tried.
    """
    kernels, biases = trainable(block)
    biases = [b.reshape(-1) for b in biases if b.numel() == outputs][:2]
    biases += [None] * (2 - len(biases))
    for first, second in permutations(kernels, 2):
        if first.shape[:2] == (outputs, inputs) and second.shape[:2] == (outputs, outputs):
            for one, other in permutations(biases, 2):
                yield first, one, second, other


def stacked(x: Tensor, numbers: Numbers, mode: str = "constant", dilation: int = 1) -> Tensor:
    """Two convolutions without ReLU; no difference where nothing is ever negative."""
    for kernel, bias in (numbers[:2], numbers[2:]):
        sides = [kernel.shape[-1] // 2 * dilation] * 2 + [kernel.shape[-2] // 2 * dilation] * 2
        x = F.conv2d(F.pad(x, sides, mode=mode), kernel, bias, dilation=dilation)
    return x


def nearest(y: Tensor, candidates: list[Tensor]) -> Tensor:
    """The candidate that differs least from `y`."""
    return min(candidates, key=lambda c: float((c - y).abs().max()))


def inner(y: Tensor, x: Tensor, outputs: int) -> Tensor:
    """The result for the pixels at least two away from the border of `x`.

    A block without padding gives just these: how the border is treated is another graded cell.
    """
    wanted = (x.shape[0], outputs, x.shape[2] - 4, x.shape[3] - 4)
    over = [(y.shape[i] - wanted[i]) // 2 for i in (2, 3)] if y.dim() == 4 else [-1, -1]
    tidy = y.dim() == 4 and (y.shape[2] - wanted[2]) % 2 == 0 == (y.shape[3] - wanted[3]) % 2
    if not tidy or over[0] != over[1] or over[0] < 0 or tuple(y.shape[:2]) != wanted[:2]:
        fail(f"{WHAT}: expected shape {(*wanted[:2], *x.shape[2:])} from a {shape_of(x)} input, "
             f"got {shape_of(y)}: see Test 3.1a.")
    return y[:, :, over[0] : over[0] + wanted[2], over[1] : over[1] + wanted[3]]


def centred(scale: float) -> Callable[[Tensor], Tensor]:
    """Kernels that are `scale` in the middle and zero around: each pixel is taken by itself."""

    def make(view: Tensor) -> Tensor:
        kernel = torch.zeros(view.shape)
        for o in range(view.shape[0]):
            kernel[o, o % view.shape[1], view.shape[2] // 2, view.shape[3] // 2] = scale
        return kernel

    return make


def flat_maps(low: float, high: float, channels: int, height: int, width: int) -> Tensor:
    """Maps of random brightness, each the same everywhere. Shape: (8, channels, height, width)"""
    brightness = low + (high - low) * torch.rand(8, channels, 1, 1)
    return brightness.repeat(1, 1, height, width)


def pixelwise(conv_block: Callable, x: Tensor, scale: float, bias: float = 0) -> Tensor:
    """The inner result of a block whose two convolutions only multiply by `scale` and add `bias`.

    With both alike, no order of the parameters needs to be known.
    """
    channels = x.shape[1]
    block = built(conv_block, channels, channels)
    fill(block, centred(scale), lambda view: torch.full_like(view, bias))
    with torch.no_grad():
        return inner(run(block, x, channels), x, channels)


def other_activations(got: Tensor, x: Tensor, scale: float) -> dict[str, Callable[[], Tensor]]:
    """What other activations give, first, last or both, by the sentence that names them."""

    def three(f: Callable[[Tensor], Tensor]) -> Tensor:
        pairs = [(f, F.relu), (F.relu, f), (f, f)]
        return nearest(got, [last(scale * first(scale * x)) for first, last in pairs])

    others = {
        "a LeakyReLU": F.leaky_relu, "a GELU": F.gelu, "a SiLU": F.silu, "an ELU": F.elu,
        "a ReLU6, which cuts off above 6": F.relu6, "a sigmoid": torch.sigmoid,
        "a tanh": torch.tanh, "an absolute value": torch.abs,
        "cut off above 1": lambda v: v.clamp(0, 1),
    }
    causes = {f"an activation is {name}, not a ReLU.": partial(three, f)
              for name, f in others.items()}
    one = "only one of the two convolutions takes part in the result."
    return causes | {one: lambda: F.relu(scale * x)}


def ways(got: Tensor, choices: list[Numbers], make: Callable[[Numbers], Tensor]) -> Tensor:
    """What `make` gives for each order of the parameters; of these the nearest to `got`."""
    return nearest(got, [make(n) for n in choices])


def two_sides(x: Tensor, n: Numbers) -> Tensor:
    """The size kept by two rows below and two columns to the right."""
    y = F.conv2d(F.pad(x, [0, 2] * 2), n[0], n[1])
    return F.conv2d(F.pad(y, [0, 2] * 2), n[2], n[3])


def wrong_values(x: Tensor) -> dict[str, Callable[[Numbers], Tensor]]:
    """Wrong results inside the border, by the sentence that says what makes them."""

    def inside(y: Tensor) -> Tensor:
        return y[:, :, 2:-2, 2:-2]

    def turned(n: Numbers) -> Numbers:
        return n[0].flip(2, 3), n[1], n[2].flip(2, 3), n[3]

    def single(kernel: Tensor, bias: Tensor | None) -> Tensor:
        return inside(F.conv2d(x, kernel, bias, padding=kernel.shape[-1] // 2))

    one = "only one of the two convolutions takes part in the result."
    return {
        "a ReLU is applied to the input, before the first convolution.": (
            lambda n: inside(stacked(F.relu(x), n))),
        "the biases are not added.": lambda n: inside(stacked(x, (n[0], None, n[2], None))),
        "the kernels' numbers are spread out (dilation 2).": (
            lambda n: inside(stacked(x, n, dilation=2))),
        "the kernels are flipped, as in a transposed convolution.": (
            lambda n: inside(stacked(x, turned(n)))),
        "the input is added to the result; the block has no shortcut.": (
            lambda n: inside(stacked(x, n) + x)),
        "everything is shifted: zeros were put on two sides only.": (
            lambda n: inside(two_sides(x, n))),
        one: lambda n: single(n[0], n[1]),
        f"{one[:-1]}, the second.": lambda n: single(n[2], n[3]),
    }


def wrong_borders(x: Tensor) -> dict[str, Callable[[Numbers], Tensor]]:
    """Results that keep the size otherwise, by the sentence that says what makes them."""

    def padded(n: Numbers, before: int, after: int) -> Tensor:
        y = F.conv2d(F.pad(x, [before] * 4), n[0], n[1])
        return F.pad(F.conv2d(y, n[2], n[3]), [after] * 4)

    return {
        "all zeros are put around the input; each convolution pads its own input by 1.": (
            lambda n: padded(n, 2, 0)),
        "zeros are put around the result; they belong around each convolution's input.": (
            lambda n: padded(n, 0, 2)),
        "the map is mirrored at its border (reflect); zeros belong there.": (
            lambda n: stacked(x, n, mode="reflect")),
        "the border's pixels are repeated outside (replicate); zeros belong there.": (
            lambda n: stacked(x, n, mode="replicate")),
        "the map goes on at its other end (circular); zeros belong there.": (
            lambda n: stacked(x, n, mode="circular")),
        "zeros were put on two sides only.": lambda n: two_sides(x, n),
    }
