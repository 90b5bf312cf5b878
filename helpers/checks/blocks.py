"""Checks of notebook 03: the block of two convolutions, its parameters, its receptive field."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.checks.core import (
    call,
    check,
    close,
    describe,
    draw,
    expect_shape,
    expect_values,
    fail,
    shape_of,
)
from helpers.checks.probes import (
    HIDDEN_LAYERS,
    NEW_LAYERS,
    NORMS,
    WHAT,
    built,
    fill,
    flat_maps,
    inner,
    made,
    nearest,
    orders,
    other_activations,
    pixelwise,
    run,
    stacked,
    trainable,
    ways,
    wrong_borders,
    wrong_values,
)


@check
def conv_block_shape(conv_block: Callable) -> str:
    """Height and width are kept, and the channels are those asked for."""
    for inputs, outputs in [(3, 5), (6, 2), (1, 4), (3, 3)]:
        block = made(conv_block, inputs, outputs)
        x = torch.rand(draw(1, 3), inputs, draw(7, 9), draw(10, 13))
        y = run(block, x, outputs)
        batch, _, height, width = x.shape
        bare = "without padding each 3x3 convolution takes one pixel off every side; see section 2."
        causes = {
            (batch, outputs, height - 4, width - 4): bare,
            (batch, outputs, height - 2, width - 2): "one of the convolutions has no padding.",
            (batch, outputs, height + 4, width + 4): "too much padding; see section 2.",
            (batch, outputs, height + 2, width + 2): "too much padding; see section 2.",
            (batch, inputs, height, width): "the channels are those of the input.",
        }
        halves = [(n // 2, (n + 1) // 2, ((n + 1) // 2 + 1) // 2) for n in (height, width)]
        for size in zip(*halves, strict=True):
            text = "the block itself makes nothing smaller. Is there a stride of 2, or a pooling?"
            causes[batch, outputs, *size] = text
        given = f"a {shape_of(x)} input to {WHAT}({inputs}, {outputs})"
        expect_shape(WHAT, y, (batch, outputs, height, width), given, causes)
    return "conv_block: 4 blocks, sizes kept and channels right"


@check
def conv_block_layers(conv_block: Callable) -> str:
    """Two 3x3 convolutions with the right channels and biases, and nothing else."""
    for inputs, outputs in [(3, 5), (4, 4), (6, 2), (draw(2, 4), draw(5, 8))]:
        given = f"{WHAT}({inputs}, {outputs})"
        block = made(conv_block, inputs, outputs)
        x = torch.rand(2, inputs, 6, draw(7, 9))
        if not list(block.parameters()):
            with torch.no_grad():
                again = [run(block.eval(), x, outputs) for _ in range(2)]
            same = again[0].shape == again[1].shape and torch.equal(*again)
            fail(f"{given}: {HIDDEN_LAYERS if same else NEW_LAYERS}")
        block = built(conv_block, inputs, outputs)
        expect_kernels(block, inputs, outputs, given)
        expect_same_in_training(block, x, outputs, given)
    return "conv_block: two 3x3 convolutions with bias, channels right, nothing else"


def expect_kernels(block: nn.Module, inputs: int, outputs: int, given: str) -> None:
    """The parameters are those of the two convolutions."""
    kernels, biases = trainable(block)
    shapes = [tuple(k.shape) for k in kernels]
    if len(shapes) != 2:
        twice = " Is one used twice? Each has weights of its own." if len(shapes) == 1 else ""
        fail(f"{given}: expected two convolutions, found {len(shapes)} with kernels of shapes "
             f"{shapes}.{twice}")
    wrong = [shape for shape in shapes if shape[2:] != (3, 3)]
    if wrong:
        fail(f"{given}: expected 3x3 kernels, got one of shape {wrong[0]}.")
    right = [(outputs, inputs, 3, 3), (outputs, outputs, 3, 3)]
    if sorted(shapes) != sorted(right):
        if min(shape[1] for shape in shapes) < min(inputs, outputs):
            cause = "each output channel should see every input channel (groups=1)."
        elif (inputs, inputs, 3, 3) in shapes:
            cause = "the first convolution already gives out_channels."
        else:
            cause = ("the first goes from in_channels to out_channels, the second has "
                     "out_channels on both sides.")
        fail(f"{given}: got kernels of shapes {shapes}, written (C_out, C_in, 3, 3): {cause}")
    if len(biases) < 2:
        fail(f"{given}: expected a bias for each of the two convolutions, found {len(biases)}.")
    sizes = [tuple(b.shape) for b in biases]
    if len(biases) > 2 or any(b.numel() != outputs for b in biases):
        fail(f"{given}: expected the parameters of two convolutions only: beside the kernels, "
             f"two biases of {outputs} numbers; got {sizes}.")


def expect_same_in_training(block: nn.Module, x: Tensor, outputs: int, given: str) -> None:
    """No batch norm, no dropout: the block does the same in training and evaluation."""
    extra = sorted({type(m).__name__ for m in block.modules() if isinstance(m, NORMS)})
    with torch.no_grad():
        calm = run(block.eval(), x, outputs)
        lively = [run(block.train(), x, outputs) for _ in range(2)]
    if extra or not all(close(calm, y) for y in lively):
        fail(f"{given}: expected convolutions and ReLUs only, so that training and evaluation "
             f"mode give the same; found {', '.join(extra) or 'that they differ'}. This block "
             "has no batch norm and no dropout.")


def given_probe(x: Tensor, scale: float, sign: str) -> str:
    """The words for such an input."""
    return f"a {shape_of(x)} input of {sign} numbers, both convolutions multiplying by {scale:g}"


@check
def conv_block_relu_first(conv_block: Callable) -> str:
    """Between the convolutions negative values become zero and the others stay."""
    for channels in (2, draw(3, 5)):
        height, width = draw(9, 10), draw(11, 12)
        x = flat_maps(0.5, 8, channels, height, width)
        got = pixelwise(conv_block, x, -2)
        x = inner(x, x, channels)
        causes = {
            "there is no ReLU between the two convolutions; see section 3.": lambda x=x: 4 * x,
            "the input is added to the result; the block has no shortcut.": lambda x=x: x,
        } | other_activations(got, x, -2)
        given = given_probe(x, -2, "positive")
        expect_values(f"{WHAT} (first ReLU)", got, torch.zeros_like(x), given, causes)

        x = flat_maps(-30, 30, channels, height, width)
        got = pixelwise(conv_block, x, 1)
        x = inner(x, x, channels)
        given = given_probe(x, 1, "positive and negative")
        causes = other_activations(got, x, 1)
        expect_values(f"{WHAT} (first ReLU)", got, F.relu(x), given, causes)
    return "conv_block: a ReLU stands between the two convolutions"


@check
def conv_block_relu_last(conv_block: Callable) -> str:
    """After the second convolution negative values become zero and the others stay."""
    missing = "there is no ReLU after the second convolution."
    for channels in (2, draw(3, 5)):
        height, width = draw(9, 10), draw(11, 12)
        x = flat_maps(-8, -0.5, channels, height, width)
        got = pixelwise(conv_block, x, -2)
        x = inner(x, x, channels)
        causes = {missing: lambda x=x: 4 * x} | other_activations(got, x, -2)
        given = given_probe(x, -2, "negative")
        expect_values(f"{WHAT} (last ReLU)", got, torch.zeros_like(x), given, causes)

        x = flat_maps(8, 30, channels, height, width)
        got = pixelwise(conv_block, x, 1)
        x = inner(x, x, channels)
        given = given_probe(x, 1, "positive")
        expect_values(f"{WHAT} (last ReLU)", got, x, given, other_activations(got, x, 1))

        if trainable(built(conv_block, channels, channels))[1]:  # also with nothing negative in x
            x = flat_maps(11, 19, channels, height, width)
            got = pixelwise(conv_block, x, 1, bias=-10)
            x = inner(x, x, channels)
            given = f"a {shape_of(x)} input from 11 to 19, both convolutions taking 10 away"
            causes = {missing: lambda x=x: x - 20}
            expect_values(f"{WHAT} (last ReLU)", got, torch.zeros_like(x), given, causes)
    return "conv_block: a ReLU stands after the second convolution"


@check
def conv_block_values(conv_block: Callable) -> str:
    """Away from the border, where no value is negative: one convolution after the other."""
    for inputs, outputs in [(3, 5), (4, 2), (3, 3)]:
        block = built(conv_block, inputs, outputs)
        # positive kernels and large biases: no ReLU between or after has anything to do
        fill(block, lambda v: 0.2 * torch.rand(v.shape), lambda v: 8 + torch.rand(v.shape))
        low = -1 if trainable(block)[1] else 0
        x = low + (1 - low) * torch.rand(2, inputs, draw(9, 10), draw(11, 12))
        with torch.no_grad():
            got = inner(run(block, x, outputs), x, outputs)
        choices = list(orders(block, inputs, outputs))
        expected = nearest(got, [inner(stacked(x, n), x, outputs) for n in choices])
        given = f"a {shape_of(x)} input to {WHAT}({inputs}, {outputs}), compared inside the border"
        causes = {
            text: partial(ways, got, choices, make) for text, make in wrong_values(x).items()
        }
        expect_values(WHAT, got, expected, given, causes)
    return "conv_block: 3 blocks, values as by one 3x3 convolution after the other"


@check
def conv_block_border(conv_block: Callable) -> str:
    """Outside the map there are zeros, before each of the two convolutions."""
    sizes = [(2, 3, 6, 7), (3, 2, 8, 5), (2, 3, 1, draw(5, 7))]  # the last is one pixel high
    for inputs, outputs, height, width in sizes:
        block = built(conv_block, inputs, outputs)
        fill(block, lambda v: torch.rand(v.shape), lambda v: 8 + torch.rand(v.shape))
        x = torch.rand(draw(1, 2), inputs, height, width)
        with torch.no_grad():
            got = run(block, x, outputs)
        given = f"a {shape_of(x)} input to {WHAT}({inputs}, {outputs})"
        cause = "the border is missing; see section 2."
        smaller = {(x.shape[0], outputs, height - n, width - n): cause for n in (2, 4)}
        expect_shape(WHAT, got, (x.shape[0], outputs, height, width), given, smaller)
        choices = list(orders(block, inputs, outputs))
        expected = nearest(got, [stacked(x, n) for n in choices])
        causes = {
            text: partial(ways, got, choices, make) for text, make in wrong_borders(x).items()
        }
        expect_values(f"{WHAT} (border)", got, expected, given, causes)
    return "conv_block: zeros outside the map before each convolution, also on a map 1 pixel high"


@check
def conv_block_gradient(conv_block: Callable) -> str:
    """A gradient reaches every kernel, every bias and the input."""
    for channels in (2, draw(3, 5)):
        block = built(conv_block, channels, channels)
        fill(block, lambda v: 0.1 + torch.rand(v.shape), lambda v: torch.ones(v.shape))
        x = torch.rand(2, channels, 6, 7, requires_grad=True)
        given = f"a {shape_of(x)} input to {WHAT}({channels}, {channels})"
        y = run(block, x, channels)
        if not y.requires_grad:
            fail(f"{WHAT}: no gradient flows back for {given}. Is the result detached, or made "
                 "under torch.no_grad()?")
        named = {f"the parameter {k} of shape {shape_of(p)}": p
                 for k, p in block.named_parameters()} | {"the input": x}
        for name, source in named.items():
            if not source.requires_grad:
                fail(f"{WHAT}: {name} is frozen (requires_grad is False) and cannot learn.")
            grad = torch.autograd.grad(y.sum(), source, retain_graph=True, allow_unused=True)[0]
            if grad is None or not bool(grad.abs().sum() > 0):
                fail(f"{WHAT}: no gradient reaches {name} for {given}. Is every layer used in "
                     "`forward`, and nothing detached?")
    return "conv_block: gradients reach every kernel, every bias and the input"


@check
def conv_block_fresh(conv_block: Callable) -> str:
    """Two calls give two modules that share nothing."""
    channels = draw(2, 4)
    block, other = (made(conv_block, channels, channels) for _ in range(2))
    for module in (block, other):
        with torch.no_grad():
            run(module, torch.rand(1, channels, 5, 6), channels)
    text = f"{WHAT}({channels}, {channels}) called twice"
    if block is other:
        fail(f"{text} gave the same module both times. Make a new one in each call.")
    shared = {id(p) for p in block.parameters()} & {id(p) for p in other.parameters()}
    if shared:
        fail(f"{text} gave modules that share {len(shared)} of their parameters: training one "
             "would change the other. Make new layers in each call.")
    return "conv_block: every call gives a block of its own"


def whole_number(what: str, got: object, given: str) -> int:
    """The learner's answer as a whole number, be it an int, a float or a tensor with one."""
    if got is None:
        fail(f"{what} returned None for {given}: is the `return` line missing?")
    try:
        whole = int(got)
        same = bool(whole == got)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        same = False
    if not same:
        fail(f"{what}: expected a whole number for {given}, got {describe(got)}.")
    return whole


def expect_count(
    count: Callable, module: nn.Module, expected: int, given: str, causes: dict[int, str]
) -> None:
    """The learner counts `expected` trainable numbers in the module."""
    what = "count_parameters"
    before = [(p.requires_grad, p.detach().clone()) for p in module.parameters()]
    got = whole_number(what, call(what, count, module, given=given), given)
    after = [(p.requires_grad, p.detach()) for p in module.parameters()]
    if len(before) != len(after) or any(
        was != now or not torch.equal(old, new)
        for (was, old), (now, new) in zip(before, after, strict=True)
    ):
        fail(f"{what} changed the module ({given}); only look at it.")
    if got != expected:
        tensors = len(list(module.parameters()))
        texts = causes | {
            tensors: "that is how many tensors there are; count the numbers in each.",
            4 * expected: "that is their size in bytes.",
        }
        text = f"{what}: expected {expected} for {given}, got {got}"
        fail(f"{text}: {texts[got]}" if got in texts else f"{text}. See section 5.")


def conv_numbers(kernel: int, inputs: int, outputs: int, bias: bool = True) -> int:
    """Numbers in a convolution, by the formula of section 5."""
    return (kernel * kernel * inputs + bias) * outputs


@check
def count_parameters_layer(count_parameters: Callable) -> str:
    """Single layers, with and without a bias."""
    a, b = draw(2, 5), draw(6, 9)
    cases = [
        (nn.Conv2d(a, b, 3), conv_numbers(3, a, b), b),
        (nn.Conv2d(b, a, 5, bias=False), conv_numbers(5, b, a, bias=False), 0),
        (nn.Linear(a, b), conv_numbers(1, a, b), b),
        (nn.ConvTranspose2d(b, a, 2), conv_numbers(2, b, a), a),
        (nn.Conv1d(a, b, 5), 5 * a * b + b, b),
        (nn.Conv2d(a, b, (3, 1), bias=False), 3 * a * b, 0),
        (nn.BatchNorm2d(b, track_running_stats=False), 2 * b, b),
    ]
    for module, expected, biases in cases:
        causes = {} if not biases else {
            expected - biases: "the biases are left out.",
            biases: "only the biases are counted.",
        }
        sides = sum(sum(p.shape) for p in module.parameters())
        firsts = sum(p.shape[0] for p in module.parameters())
        causes |= {sides: "the sides of a tensor multiply, they do not add up.",
                   firsts: "that is the length of the first axes only."}
        expect_count(count_parameters, module, expected, str(module), causes)
    return "count_parameters: 7 single layers, numbers right"


class Scale(nn.Module):
    """A module with parameters of its own, beside those of a layer inside."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.rand(channels, 2))
        self.inside = nn.Conv2d(channels, channels, 3, bias=False)


@check
def count_parameters_nested(count_parameters: Callable) -> str:
    """Modules within modules, at any depth, each number counted once."""
    a, b = draw(2, 4), draw(5, 7)
    outer, inside, deep = conv_numbers(3, a, b, False), conv_numbers(3, b, b, False), b * b
    net = nn.Sequential(
        nn.Conv2d(a, b, 3, bias=False), nn.ReLU(),
        nn.Sequential(
            nn.Conv2d(b, b, 3, bias=False), nn.Sequential(nn.Conv2d(b, b, 1, bias=False))
        ),
    )
    given = (
        f"Sequential(convolution {a} to {b}, ReLU, Sequential(convolution {b} to {b}, "
        f"Sequential(1x1 convolution {b} to {b}))), all without bias"
    )
    causes = {
        outer: "only the first level was counted, not the modules within modules.",
        0: "a container's layers lie within it.",
        outer + inside: "the modules at the third level are missing.",
        outer + 2 * inside + 3 * deep: "inner modules were counted more than once.",
        2 * outer + 3 * inside + 4 * deep: "inner modules were counted more than once.",
    }
    expect_count(count_parameters, net, outer + inside + deep, given, causes)
    own, inside = 2 * a, conv_numbers(3, a, a, False)
    given = f"a module with a parameter of shape ({a}, 2) of its own and a convolution inside"
    causes = {
        own: "the layer inside is missing.",
        inside: "the parameter that belongs to the module itself is missing.",
        own + 2 * inside: "inner modules were counted more than once.",
    }
    expect_count(count_parameters, Scale(a), own + inside, given, causes)
    twin = conv_numbers(3, b, b, False)
    twins = nn.Sequential(*(nn.Conv2d(b, b, 3, bias=False) for _ in range(2)))
    causes = {twin: "layers of the same size count each by itself."}
    expect_count(count_parameters, twins, 2 * twin, f"two convolutions {b} to {b}, no bias", causes)
    return "count_parameters: 3 nested modules, numbers right"


@check
def count_parameters_buffers(count_parameters: Callable) -> str:
    """What is not trained does not count; a module without parameters has none."""
    a = draw(2, 6)
    norm, conv = nn.BatchNorm2d(a, affine=False), conv_numbers(3, 1, a, False)
    with_norm = nn.Sequential(nn.Conv2d(1, a, 3, bias=False), norm)
    buffers = "running means and other buffers are not trained; they do not count."
    cases = [
        (with_norm, conv, "a convolution and a batch norm without weights of its own"),
        (nn.ReLU(), 0, "ReLU(), which has no parameters"),
        (nn.Sequential(nn.MaxPool2d(2), nn.ReLU()), 0, "Sequential(MaxPool2d, ReLU)"),
    ]
    for module, expected, given in cases:
        extra = sum(b.numel() for b in module.buffers())
        causes = {expected + extra: buffers} if extra else {}
        causes[2 * expected] = "inner modules were counted more than once."
        expect_count(count_parameters, module, expected, given, causes)
    return "count_parameters: buffers left out, 0 where there is nothing to train"


def measured(blocks: int) -> int:
    """How many pixels a side one output pixel depends on, found by its gradient.

    The stack has two 3x3 convolutions a block, all weights 1, so that nothing cancels.
    """
    side = 4 * blocks + 9  # room to spare
    x = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(2 * blocks):
        y = F.conv2d(y, torch.ones(1, 1, 3, 3, dtype=torch.float64), padding=1)
    (grad,) = torch.autograd.grad(y[0, 0, side // 2, side // 2], x)
    return int((grad[0, 0] != 0).any(dim=1).sum())


def expect_field(receptive_field: Callable, blocks: int) -> None:
    """The learner's answer agrees with the measured one."""
    what, given = "receptive_field", f"{blocks} block{'' if blocks == 1 else 's'}"
    got = whole_number(what, call(what, receptive_field, blocks, given=given), given)
    expected = measured(blocks)
    if got == expected:
        return
    text = f"{what}: expected {expected} for {given}, measured by a gradient, got {got}"
    if blocks == 0 and got == 0:
        fail(f"{text}: without any block a pixel still depends on itself.")
    several = [1, 2, 3]
    answers = [whole_number(what, call(what, receptive_field, n), str(n)) for n in several]
    for sentence, rule in wrong_fields().items():
        if answers == [rule(n) for n in several] and got == rule(blocks):
            fail(f"{text}: {sentence}")
    fail(f"{text}. See section 6.")


def wrong_fields() -> dict[str, Callable[[int], int]]:
    """Wrong numbers for n blocks, by what leads to them."""
    overlap = "windows overlap, so the sides do not multiply"
    return {
        "that is the number of pixels in the square; its side is asked for.": (
            lambda n: measured(n) ** 2),
        "a block has two convolutions, not one.": lambda n: 1 + 2 * n,
        "neighbouring windows overlap; how much does one more 3x3 add?": lambda n: 6 * n,
        "a 3x3 window reaches one pixel to each side, not three.": lambda n: 1 + 6 * n,
        "windows overlap; how much does one more block add to those before?": lambda n: 5 * n,
        "the pixel in the middle is missing.": lambda n: 4 * n,
        f"{overlap}.": lambda n: 5**n,
        f"{overlap}; nor do those of single convolutions.": lambda n: 9**n,
        "windows overlap, so the numbers of pixels do not multiply.": lambda n: 81**n,
        "that is one block more.": lambda n: measured(n + 1),
        "that is one block fewer.": lambda n: measured(n - 1),
        "that is the number of convolutions.": lambda n: 2 * n,
        "there is no pooling between these blocks.": lambda n: 4 * 2**n - 3,
    }


@check
def receptive_field_blocks(receptive_field: Callable) -> str:
    """One block and more, against the reach measured by a gradient."""
    for blocks in (1, 2, 3, draw(4, 6), draw(7, 9)):
        expect_field(receptive_field, blocks)
    return "receptive_field: right for 1, 2, 3 and more blocks"


@check
def receptive_field_none(receptive_field: Callable) -> str:
    """No block at all."""
    expect_field(receptive_field, 0)
    return "receptive_field: right for no block"
