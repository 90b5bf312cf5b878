"""Exercise 3.1: the block of two convolutions, each with a ReLU."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import ask_call, by_words, check, draw, fail
from helpers.checks.core.comparing import close, expect_shape, expect_values
from helpers.checks.core.conv_blocks import Block, fitting, kernels_and_biases, nearest
from helpers.checks.core.handle import Handle
from helpers.checks.core.modules import (
    Known,
    Parameter,
    expect_learning,
    expect_unfrozen,
    known,
    made,
    parameters,
    set_parameters,
)
from helpers.checks.core.rendering import describe, shape_of

NAME = "conv_block"
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
CHANNELS = {
    "channels, but got": (
        "each convolution takes the channels that reach it: the first those of the input, the second "
        "those that the first gives."
    )
}

ONE = "only one of the two convolutions takes part in the result."
FAULTS: dict[str, list[Block]] = {
    "a ReLU is applied to the input, before the first convolution.": [Block(before=F.relu)],
    "the biases are not added.": [Block(bias=False)],
    "the kernels' numbers are spread out (dilation 2).": [Block(dilation=2)],
    "the kernels are flipped, as in a transposed convolution.": [Block(flip=True)],
    "the input is added to the result; the block has no shortcut.": [Block(shortcut=True)],
    "everything is shifted: zeros were put on two sides only.": [Block(pads=((0, 2), (0, 2)))],
    ONE: [Block(convolutions=(0,))],
    f"{ONE[:-1]}, the second.": [Block(convolutions=(1,))],
    "all zeros are put around the input; each convolution pads its own input by 1.": [
        Block(pads=((2, 2), (0, 0)))
    ],
    "zeros are put around the result; they belong around each convolution's input.": [
        Block(pads=((0, 0), (0, 0)), end=2)
    ],
    "the map is mirrored at its border (reflect); zeros belong there.": [Block(outside="reflect")],
    "the border's pixels are repeated outside (replicate); zeros belong there.": [
        Block(outside="replicate")
    ],
    "the map goes on at its other end (circular); zeros belong there.": [Block(outside="circular")],
}
OTHERS = {
    "limited to 1": lambda v: v.clamp(0, 1),
    "a LeakyReLU": F.leaky_relu,
    "a GELU": F.gelu,
    "a SiLU": F.silu,
    "an ELU": F.elu,
    "a ReLU6, which cuts off above 6": F.relu6,
    "a sigmoid": torch.sigmoid,
    "a tanh": torch.tanh,
    "an absolute value": torch.abs,
}
# only where a cell is about ReLUs: on large numbers several activations are alike
ACTIVATIONS = {
    "there is no ReLU between the two convolutions; see section 3.": [Block(between=None)],
    "there is no ReLU after the second convolution.": [Block(after=None)],
} | {
    f"an activation is {name}, not a ReLU.": [
        Block(between=f),
        Block(after=f),
        Block(between=f, after=f),
    ]
    for name, f in OTHERS.items()
}


def block_of(conv_block: Handle, inputs: int, outputs: int) -> Handle:
    """The learner's module as it comes out of conv_block."""
    return made(NAME, conv_block, inputs, outputs, given=f"{inputs} to {outputs} channels")


def result(block: Handle, x: Tensor, outputs: int) -> Tensor:
    """What the block makes of `x`."""
    return run(block, x, outputs)["result"]


def run(block: Handle, x: Tensor, outputs: int, **options: Any) -> dict:
    """Run the block on `x`: see the probe `functions.call`; a crash becomes a message."""
    given = f"a {shape_of(x)} input to {NAME}({x.shape[1]}, {outputs})"
    saw = ask_call(NAME, block, x, given=given, why=by_words(CHANNELS), no_grad=True, **options)
    y = saw["result"]
    if y is None:
        fail(f"{NAME}: the module returned None for {given}: does `forward` return its result?")
    if not isinstance(y, Tensor):
        fail(f"{NAME}: expected a tensor for {given}, got {describe(y)}.", "difference")
    return saw


def built(conv_block: Handle, inputs: int, outputs: int) -> tuple[Handle, list[Known]]:
    """The learner's module in evaluation mode, and its parameters.

    It was run once, so that lazy layers have weights.
    """
    block = block_of(conv_block, inputs, outputs)
    saw = run(block, torch.zeros(1, inputs, 8, 9), outputs, training=False)
    before, found = ([Parameter(**p) for p in saw[when]] for when in ("before", "parameters"))
    if [p.key for p in before] != [p.key for p in found]:
        fail(f"{NAME}({inputs}, {outputs}): {LATE_LAYERS}")
    return block, known(found)


def filled(
    conv_block: Handle,
    inputs: int,
    outputs: int,
    kernel: Callable[[Tensor], Tensor],
    bias: Callable[[Tensor], Tensor],
) -> tuple[Handle, list[Known]]:
    """The same, every kernel and bias set to what `kernel` and `bias` make of it."""
    block, found = built(conv_block, inputs, outputs)
    kernels, biases = kernels_and_biases(found)
    if not kernels:
        fail(f"{NAME}: {HIDDEN_LAYERS}")
    if len(kernels) != 2:
        fail(f"{NAME}: expected two convolutions, found {len(kernels)}: see Test 3.1b.")
    for values, make in ((kernels, kernel), (biases, bias)):
        for value in values:
            value.copy_(make(value))
    set_parameters(block, {p.name: p.value for p in found})
    return block, found


def inner(y: Tensor, x: Tensor, outputs: int) -> Tensor:
    """The result for the pixels at least two away from the border of `x`.

    A block without padding gives just these: how the border is treated is another graded cell.
    """
    wanted = (x.shape[0], outputs, x.shape[2] - 4, x.shape[3] - 4)
    over = [(have - want) / 2 for have, want in zip(y.shape[2:], wanted[2:], strict=False)]
    if (
        y.dim() != 4
        or y.shape[:2] != wanted[:2]
        or over[0] != over[1]
        or over[0] < 0
        or over[0] % 1
    ):
        fail(
            f"{NAME}: expected shape {(*wanted[:2], *x.shape[2:])} from a {shape_of(x)} input, "
            f"got {shape_of(y)}: see Test 3.1a."
        )
    first = int(over[0])
    return y[:, :, first : first + wanted[2], first : first + wanted[3]]


def expect_block(
    block: Handle,
    found: list[Known],
    x: Tensor,
    outputs: int,
    given: str,
    about: str = "",
    faults: dict[str, list[Block]] = FAULTS,
    border: bool = False,
) -> None:
    """The block's result is right for some order of its parameters.

    Away from the border of the map, or with it.
    """

    def seen(y: Tensor) -> Tensor:
        return y if border else inner(y, x, outputs)

    def made_by(ways: list[Block]) -> Tensor:
        return nearest(got, [seen(way(x, n)) for way in ways for n in orders])

    got = result(block, x, outputs)
    if border:
        expect_shape(
            NAME, got, (x.shape[0], outputs, *x.shape[2:]), given, shape_causes(x, outputs)
        )
    got, orders = seen(got), list(fitting(found, x.shape[1], outputs))
    if not orders:
        shapes = [tuple(k.shape) for k in kernels_and_biases(found)[0]]
        fail(
            f"{NAME}({x.shape[1]}, {outputs}): kernels of shapes {shapes} are not (out, in, 3, 3) "
            "and (out, out, 3, 3), with which alone the result can be compared: see Test 3.1b."
        )
    causes = {says: lambda ways=ways: made_by(ways) for says, ways in faults.items()}
    expect_values(f"{NAME}{about}", got, made_by([Block()]), given, causes)


def shape_causes(x: Tensor, outputs: int) -> dict[tuple, str]:
    """What a wrong shape of the block's result tells."""
    batch, inputs, height, width = x.shape
    bare = "without padding each 3x3 convolution takes one pixel off every side; see section 2."
    causes = {
        (batch, outputs, height - 4, width - 4): bare,
        (batch, outputs, height - 2, width - 2): "one of the convolutions has no padding.",
        (batch, outputs, height + 4, width + 4): "too much padding; see section 2.",
        (batch, outputs, height + 2, width + 2): "too much padding; see section 2.",
        (batch, inputs, height, width): "the channels are those of the input.",
        (batch, outputs, height + 1, width + 1): "the kernels are not 3x3: their size is even.",
        (batch, outputs, height - 1, width - 1): "the kernels are not 3x3: their size is even.",
    }
    halves = [(n // 2, (n + 1) // 2, ((n + 1) // 2 + 1) // 2) for n in (height, width)]
    for size in zip(*halves, strict=True):
        text = "the block itself makes nothing smaller. Is there a stride of 2, or a pooling?"
        causes[batch, outputs, *size] = text
    return causes


@check
def conv_block_shape(conv_block: Handle) -> str:
    """Height and width are kept by zeros outside the map, and the channels are those asked for."""
    for inputs, outputs in [(3, 5), (6, 2), (1, 4), (3, 3)]:
        block = block_of(conv_block, inputs, outputs)
        x = torch.rand(draw(1, 3), inputs, draw(7, 9), draw(10, 13))
        y = result(block, x, outputs)
        given = f"a {shape_of(x)} input to {NAME}({inputs}, {outputs})"
        expect_shape(NAME, y, (x.shape[0], outputs, *x.shape[2:]), given, shape_causes(x, outputs))
    expect_border(conv_block)
    return "conv_block: 7 blocks, channels right, sizes kept by zeros before each convolution"


def expect_border(conv_block: Handle) -> None:
    """Outside the map there are zeros, before each of the two convolutions."""
    for inputs, outputs, *size in [(2, 3, 6, 7), (3, 2, 8, 5), (2, 3, 1, draw(5, 7))]:
        block, found = filled(
            conv_block,
            inputs,
            outputs,
            lambda v: torch.rand(v.shape),
            lambda v: 8 + torch.rand(v.shape),
        )
        x = torch.rand(draw(1, 2), inputs, *size)
        given = f"a {shape_of(x)} input to {NAME}({inputs}, {outputs})"
        expect_block(block, found, x, outputs, given, " (border)", border=True)


@check
def conv_block_layers(conv_block: Handle) -> str:
    """Each call makes two 3x3 convolutions with the right channels and biases, nothing else."""
    for inputs, outputs in [(3, 5), (4, 4), (6, 2), (draw(2, 4), draw(5, 8))]:
        given = f"{NAME}({inputs}, {outputs})"
        block = block_of(conv_block, inputs, outputs)
        x = torch.rand(2, inputs, 6, draw(7, 9))
        if not parameters(block):
            block.ask("modules.train", False)
            y, again = (result(block, x, outputs) for _ in range(2))
            fail(f"{given}: {HIDDEN_LAYERS if close(y, again, 0) else NEW_LAYERS}")
        block, found = built(conv_block, inputs, outputs)
        expect_same_in_training(block, x, outputs, given)
        expect_kernels(found, inputs, outputs, given)
        expect_used(block, found, x, outputs, given)
    expect_fresh(conv_block)
    return "conv_block: every call makes two 3x3 convolutions with bias, and nothing else"


def expect_kernels(found: list[Known], inputs: int, outputs: int, given: str) -> None:
    """The parameters are those of the two convolutions."""
    kernels, biases = kernels_and_biases(found)
    shapes = [tuple(k.shape) for k in kernels]
    if len(shapes) != 2:
        twice = " Is one used twice? Each has weights of its own." if len(shapes) == 1 else ""
        fail(
            f"{given}: expected two convolutions, found {len(shapes)} with kernels of shapes "
            f"{shapes}.{twice}"
        )
    wrong = [shape for shape in shapes if shape[2:] != (3, 3)]
    if wrong:
        fail(f"{given}: expected 3x3 kernels, got one of shape {wrong[0]}.")
    right = [(outputs, inputs, 3, 3), (outputs, outputs, 3, 3)]
    if sorted(shapes) != sorted(right):
        if any(
            one[1] == inputs and one[0] == other[1] and other[0] == outputs
            for one, other in (shapes, shapes[::-1])
        ):
            cause = "the first convolution already gives out_channels."
        elif min(shape[1] for shape in shapes) < min(inputs, outputs):
            cause = "each output channel should see every input channel (groups=1)."
        else:
            cause = (
                "the first goes from in_channels to out_channels, the second has "
                "out_channels on both sides."
            )
        fail(f"{given}: got kernels of shapes {shapes}, written (C_out, C_in, 3, 3): {cause}")
    if len(biases) < 2:
        fail(f"{given}: expected a bias for each of the two convolutions, found {len(biases)}.")
    sizes = [tuple(b.shape) for b in biases]
    if len(biases) > 2 or any(b.numel() != outputs for b in biases):
        fail(
            f"{given}: expected the parameters of two convolutions only: beside the kernels, "
            f"two biases of {outputs} numbers; got {sizes}."
        )


def expect_used(block: Handle, found: list[Known], x: Tensor, outputs: int, given: str) -> None:
    """Other numbers in any one of the parameters give another result."""
    numbers = {p.name: 0.1 * torch.rand(p.shape) for p in found}  # small: nothing saturates
    set_parameters(block, numbers)
    was = result(block, x, outputs)
    for name in numbers:
        set_parameters(block, numbers | {name: numbers[name] + 0.1})
        if close(was, result(block, x, outputs)):
            fail(
                f"{given}: the result does not depend on the parameter {name}. Either its layer "
                "is not used in `forward`, or what follows takes it away again, as a "
                "normalization takes away a bias."
            )


def expect_same_in_training(block: Handle, x: Tensor, outputs: int, given: str) -> None:
    """No batch norm, no dropout: the block does the same in training and evaluation."""
    extra = sorted({part["kind"] for part in block.ask("modules.parts") if part["norm"]})
    calm = result(block, x, outputs)
    block.ask("modules.train", True)
    lively = [result(block, x, outputs) for _ in range(2)]
    if extra or not all(close(calm, y) for y in lively):
        fail(
            f"{given}: expected convolutions and ReLUs only, so that training and evaluation "
            f"mode give the same; found {', '.join(extra) or 'that they differ'}. This block "
            "has no batch norm and no dropout."
        )


def centred(kernel: Tensor, scale: float) -> Tensor:
    """The kernel with `scale` in the middle and zero around: each pixel is taken by itself."""
    outputs, inputs, height, width = kernel.shape
    kernel = torch.zeros(kernel.shape)
    kernel[range(outputs), torch.arange(outputs) % inputs, height // 2, width // 2] = scale
    return kernel


def expect_relu(
    conv_block: Handle, about: str, cases: list[tuple[float, float, float, float, str]]
) -> None:
    """Right where both convolutions take each pixel by itself: times `scale`, plus `bias`.

    The maps are the same everywhere, each of a random brightness from `low` to `high`. With both
    convolutions alike, no order of the parameters needs to be known.
    """
    for channels in (2, draw(3, 5)):
        for low, high, scale, bias, sign in cases:
            block, found = filled(
                conv_block,
                channels,
                channels,
                partial(centred, scale=scale),
                partial(torch.full_like, fill_value=bias),
            )
            if bias and not kernels_and_biases(found)[1]:
                continue
            brightness = low + (high - low) * torch.rand(8, channels, 1, 1)
            if low < 0 < high:
                brightness[0] = 0.5  # tells apart what gives 1 for all large numbers
            x = brightness.repeat(1, 1, draw(9, 10), draw(11, 12))
            given = (
                f"a {shape_of(x)} input of {sign} numbers, both convolutions multiplying by "
                f"{scale:g}" + f" and taking {-bias} away" * (bias != 0)
            )
            one = (
                centred(torch.empty(channels, channels, 3, 3), scale),
                torch.full((channels,), float(bias)),
            )
            alike = [Known("", value, True, False, 0) for value in one * 2]
            expect_block(block, alike, x, channels, given, about, ACTIVATIONS | FAULTS)


@check
def conv_block_relus(conv_block: Handle) -> str:
    """After each convolution negative values become zero and the others stay."""
    expect_relu(
        conv_block,
        " (first ReLU)",
        [(0.5, 8, -2, 0, "positive"), (-30, 30, 1, 0, "positive and negative")],
    )
    expect_relu(
        conv_block,
        " (last ReLU)",
        [(-8, -0.5, -2, 0, "negative"), (8, 30, 1, 0, "positive"), (11, 19, 1, -10, "positive")],
    )
    return "conv_block: a ReLU stands after each convolution"


@check
def conv_block_values(conv_block: Handle) -> str:
    """Away from the border, where no value is negative: one convolution after the other.

    And each of the parameters learns.
    """
    for inputs, outputs in [(3, 5), (4, 2), (3, 3)]:
        # positive kernels and large biases: no ReLU between or after has anything to do
        block, found = filled(
            conv_block,
            inputs,
            outputs,
            lambda v: 0.2 * torch.rand(v.shape),
            lambda v: 8 + torch.rand(v.shape),
        )
        low = -1 if kernels_and_biases(found)[1] else 0
        x = low + (1 - low) * torch.rand(2, inputs, draw(9, 10), draw(11, 12))
        given = f"a {shape_of(x)} input to {NAME}({inputs}, {outputs}), compared inside the border"
        expect_block(block, found, x, outputs, given)
    expect_gradient(conv_block)
    return "conv_block: values as by one 3x3 convolution after the other, and all of it learns"


def expect_gradient(conv_block: Handle) -> None:
    """A gradient reaches every kernel, every bias and the input."""
    for channels in (2, draw(3, 5)):
        block, found = filled(
            conv_block,
            channels,
            channels,
            lambda v: 0.1 + torch.rand(v.shape),
            lambda v: 8 + torch.rand(v.shape),
        )
        x = torch.rand(2, channels, 6, 7, requires_grad=True)
        y = result(block, x, channels)
        expect_unfrozen(NAME, found)
        for p in found:
            p.value.requires_grad_()
        # where the values are right, the gradients are known; a fault in them has other cells
        rights = (Block()(x, n) for n in fitting(found, channels, channels))
        right = next((r for r in rights if close(r, y)), None)
        expect_learning(NAME, block, x, found, right)
        if right is None:
            expect_slope(block, found, x.detach(), channels)


def expect_slope(block: Handle, found: list[Known], x: Tensor, outputs: int) -> None:
    """The gradients tell how the sum of the result's squares changes with the parameters."""
    saw = block.ask("modules.gradients", x)["parameters"]
    ways = {p.name: torch.randn(p.shape) for p in found}
    sums = []
    for step in (1e-3, -1e-3):
        set_parameters(block, {p.name: p.value.detach() + step * ways[p.name] for p in found})
        y, again = (result(block, x, outputs) for _ in range(2))
        if not close(y, again):
            return  # chance plays a part, which another cell says
        sums.append(float(y.double().square().sum()))
    real, claimed = (
        (sums[0] - sums[1]) / 2e-3,
        sum(float((saw[name] * way).sum()) for name, way in ways.items()),
    )
    if abs(real - claimed) > 0.1 * max(abs(real), abs(claimed)):
        fail(
            f"{NAME}: the gradients do not tell how the result changes with the parameters. Is a "
            "part of it detached?"
        )


def expect_fresh(conv_block: Handle) -> None:
    """Two calls give two modules that share nothing."""
    channels = draw(2, 4)
    block, other = (block_of(conv_block, channels, channels) for _ in range(2))
    x = torch.rand(1, channels, 5, 6)
    was, _ = (result(module, x, channels) for module in (block, other))
    text = f"{NAME}({channels}, {channels}) called twice"
    if other.ask("modules.is_same", block):
        fail(f"{text} gave the same module both times. Make a new one in each call.")
    ours, theirs = parameters(block), parameters(other)
    shared = {p.key for p in ours} & {p.key for p in theirs}
    set_parameters(other, {p.name: torch.rand(p.shape) for p in known(theirs)})
    now, again = (result(block, x, channels) for _ in range(2))
    set_parameters(block, {p.name: torch.rand(p.shape) for p in known(ours)})
    if ours and close(now, result(block, x, channels)):
        fail(f"{NAME}({channels}, {channels}): the result does not depend on the block's numbers.")
    if shared or (close(now, again) and not close(was, now)):
        fail(
            f"{text} gave modules that share {len(shared) or 'some'} of their parameters: "
            "training one would change the other. Make new layers in each call."
        )
