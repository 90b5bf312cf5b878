"""Exercise 2.4: the layer that doubles height and width."""

import contextlib

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import Why, call, check, draw, fail
from helpers.checks.core.comparing import close, expect_shape, expect_tensor, expect_values
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.modules import (
    Known,
    expect_affine,
    expect_learning,
    expect_unfrozen,
    known,
    made,
    parameters,
    run,
    set_parameters,
)
from helpers.checks.core.rendering import shape_of
from helpers.checks.insert_zeros import distinct

NAME = "make_upconv"


def upconv_of(make_upconv: Handle, inputs: int, outputs: int) -> Handle:
    """The learner's layer."""
    return made(
        NAME, make_upconv, inputs, outputs, given=f"{inputs} to {outputs} channels", kind="layer"
    )


def exchanged(layer: Handle, x: Tensor, outputs: int) -> Why:
    """The likely cause of a crash: the layer takes `outputs` channels and gives those of `x`."""

    def why(_: Crash) -> str:
        batch, inputs, *size = x.shape
        with contextlib.suppress(Crash):
            y = run(layer, torch.zeros(batch, outputs, *size))
            if inputs != outputs and isinstance(y, Tensor) and y.shape[1:2] == (inputs,):
                return f"the channels are exchanged: it takes {outputs} and gives {inputs}."
        return ""

    return why


def doubled(layer: Handle, x: Tensor, outputs: int) -> Tensor:
    """The layer's result, of twice the height and width of `x`."""
    given = f"a {shape_of(x)} input to {NAME}({x.shape[1]}, {outputs})"
    y = call(NAME, layer, x, given=given, why=exchanged(layer, x, outputs), no_grad=True)
    expected = (x.shape[0], outputs, 2 * x.shape[2], 2 * x.shape[3])
    expect_tensor(NAME, y, given)
    if y.shape != expected:
        expect_shape(NAME, y, expected, given, {tuple(y.shape): size_cause(layer, x, y)})
    return y


def size_cause(layer: Handle, x: Tensor, y: Tensor) -> str:
    """What led to a wrong size: the first setting that gives `y` with the layer's own numbers."""
    if y.shape[2:] == x.shape[2:]:
        return "the size did not change; what makes it larger?"
    values = [p.value for p in parameters(layer)]
    kernel = next((v for v in values if v is not None and v.dim() == 4), None)
    bias = next((v for v in values if v is not None and v.dim() == 1), None)
    if kernel is None:
        return ""
    upward = {
        f"the kernel is 2x2, not {kernel.shape[2]}x{kernel.shape[3]}.": {"stride": 2},
        "the stride is missing.": {},
        "kernel and stride are 2, padding 0.": {"stride": 2, "padding": 1},
        "there is no output_padding here.": {"stride": 2, "output_padding": 1},
        "there is no dilation here.": {"stride": 2, "dilation": 2},
    }
    with contextlib.suppress(RuntimeError):
        if close(y, F.conv2d(x, kernel, bias, stride=2)):
            return "that is an ordinary convolution."
    for sentence, options in upward.items():
        with contextlib.suppress(RuntimeError):
            if close(y, F.conv_transpose2d(x, kernel, bias, **options)):
                return sentence
    return ""


@check
def make_upconv_size(make_upconv: Handle) -> str:
    """Height and width double exactly, and the channels are those asked for."""
    for inputs, outputs in [(8, 4), (3, 5), (1, 1)]:
        layer = upconv_of(make_upconv, inputs, outputs)
        doubled(layer, torch.rand(draw(1, 2), inputs, draw(3, 5), draw(6, 8)), outputs)
    return "make_upconv: 3 layers, each doubles height and width"


def set_distinct(layer: Handle) -> list[Known]:
    """The layer's parameters, set so that no two of all their numbers are close."""
    found = known(parameters(layer))
    sizes = [p.value.numel() for p in found]
    numbers = distinct(sum(sizes)) / (1 + sum(sizes))
    for p, part in zip(found, numbers.split(sizes), strict=True):
        p.value.copy_(part.view_as(p.value))
    set_parameters(layer, {p.name: p.value for p in found})
    return found


def weights_of(found: list[Known], inputs: int) -> Tensor:
    """All numbers that the layer multiplies by or adds, in one row.

    A weight norm has a scale for each input channel, and its kernel follows them.
    """
    parts, scale = [], None
    for p in found:
        if p.shape == (inputs, 1, 1, 1):
            scale = p.value
            continue
        value, scale = (
            (p.value if scale is None else scale * F.normalize(p.value.flatten(1)).view(p.shape)),
            None,
        )
        parts.append(value.flatten())
    return torch.cat(parts)


def stamps(layer: Handle, x: Tensor, outputs: int) -> tuple[Tensor, Tensor]:
    """The 2x2 block that a pixel of 1 adds, for each pair of channels, and that of a pixel of 0."""
    inputs = x.shape[1]
    base = doubled(layer, torch.zeros(1, *x.shape[1:]), outputs)
    expect_affine(
        NAME,
        layer,
        x,
        "Return the transposed convolution alone, without an activation or a normalisation.",
    )
    spots = torch.zeros(inputs, *x.shape[1:])
    spots[range(inputs), range(inputs), 1, 2] = 1
    change = doubled(layer, spots, outputs) - base
    stamp = change[:, :, 2:4, 4:6].clone()
    change[:, :, 2:4, 4:6] = 0
    if bool(change.abs().max() > 1e-5):
        fail(
            f"{NAME}: one input pixel should change only its own 2x2 block of the result; here "
            "it reaches further. The kernel is 2x2, with stride 2."
        )
    if bool((stamp - stamp[..., :1, :1]).abs().max() < 1e-6):
        fail(
            f"{NAME}: all four pixels of a block are equal, as in nearest-neighbour copying. "
            "A transposed convolution learns four weights for them."
        )
    return stamp, base[0, :, 2:4, 4:6]


def expect_weights(found: list[Known], inputs: int, outputs: int) -> None:
    """The layer can learn as many numbers as a transposed convolution has weights and biases."""
    learned = sum(p.value.numel() for p in found if p.learns)
    if not learned:
        fail(
            f"{NAME}: the layer has nothing to learn. A transposed convolution has weights that "
            "take a gradient."
        )
    weights = inputs * outputs * 4
    # beside the weights: no biases, one a channel or one a pixel; the scales of a weight norm
    if learned - weights not in {b + s for b in (0, outputs, 4 * outputs) for s in (0, inputs)}:
        fail(
            f"{NAME}: expected {inputs} x {outputs} x 2 x 2 = {weights} weights and {outputs} "
            f"biases, got {learned} numbers to learn in all. Return one layer, with a 2x2 kernel "
            "from every input to every output channel."
        )


@check
def make_upconv_kernel(make_upconv: Handle) -> str:
    """Each pixel stamps a learned 2x2 kernel: nothing overlaps, nothing is merely copied."""
    inputs, outputs = draw(5, 7), 4
    layer, other = (upconv_of(make_upconv, inputs, outputs) for _ in range(2))
    x = torch.randn(2, inputs, 4, 5)
    _, was = (doubled(each, x, outputs) for each in (layer, other))  # lazy layers get their weights
    found = set_distinct(layer)
    stamp, base = stamps(layer, x, outputs)
    expect_weights(found, inputs, outputs)
    expect_unfrozen(NAME, found)
    expect_own_numbers(layer, found, x, stamp, base)
    if not close(was, doubled(other, x, outputs)):
        fail(f"{NAME}: two calls gave the same weights. Each call makes a layer of its own.")
    return "make_upconv: every pixel stamps its own learned 2x2 kernel"


def expect_own_numbers(
    layer: Handle, found: list[Known], x: Tensor, stamp: Tensor, base: Tensor
) -> None:
    """Whatever the layer is made of: each number of its stamps is one of those that it can learn.

    So the right result, and its gradients, are known for every way of writing the layer.
    """
    for p in found:
        p.value.requires_grad_()
    numbers = torch.cat([weights_of(found, x.shape[1]), torch.zeros(1)])  # 0: there is no bias
    which, added = (
        (block.reshape(-1, 1) - numbers.detach()).abs().argmin(1) for block in (stamp, base)
    )
    kernel, bias = numbers[which].view(stamp.shape), numbers[added].view(base.shape)
    once = len(which.unique()) == len(which)
    every = len(torch.cat([which, added]).unique()) >= len(numbers) - 1
    if not (once and every and close(stamp, kernel) and close(base, bias)):
        fail(
            f"{NAME}: the 2x2 blocks are not made of the layer's own weights and biases, each "
            "used once. Return the transposed convolution alone."
        )
    x.requires_grad_()
    right = F.conv_transpose2d(x, kernel, stride=2) + bias.repeat(1, *x.shape[2:])
    expect_values(NAME, doubled(layer, x, base.shape[0]), right, f"a {shape_of(x)} input")
    expect_learning(NAME, layer, x, found, right)
