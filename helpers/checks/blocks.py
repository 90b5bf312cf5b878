"""Checks of notebook 03: the block of two convolutions, its parameters, its receptive field.

The block is judged by what it does: its parameters are set to chosen numbers, whatever their
names, and the result is compared with PyTorch's own operators.
"""

from collections.abc import Callable, Iterator
from itertools import permutations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from helpers.checks.core import (
    call,
    check,
    describe,
    draw,
    expect_shape,
    expect_values,
    fail,
    shape_of,
)

WHAT = "conv_block"
HIDDEN_LAYERS = (
    "the block has no parameters to train. PyTorch finds layers that are attributes of the "
    "module and were made in __init__; layers in a plain Python list stay hidden from it."
)
NEW_LAYERS = (
    "the block has no parameters to train and gives another result each time for the same "
    "input: it makes new layers whenever it runs. Make them once, in __init__."
)
Numbers = tuple[Tensor, Tensor | None, Tensor, Tensor | None]


def made(conv_block: Callable, inputs: int, outputs: int) -> nn.Module:
    """The learner's module as it comes out of conv_block."""
    given = f"{inputs} to {outputs} channels"
    block = call(WHAT, conv_block, inputs, outputs, given=given)
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
        fail(f"{error}\nThe second convolution works on what the first one gives: which numbers "
             "of channels go in and out of each?")
    if y is None:
        fail(f"{WHAT}: the module returned None for {given}: does `forward` return its result?")
    if not isinstance(y, Tensor):
        fail(f"{WHAT}: expected a tensor for {given}, got {describe(y)}.")
    return y


def built(conv_block: Callable, inputs: int, outputs: int) -> nn.Module:
    """The learner's module in evaluation mode, run once so that lazy layers have weights."""
    block = made(conv_block, inputs, outputs).eval()
    with torch.no_grad():
        run(block, torch.zeros(1, inputs, 8, 9), outputs)
    return block


def trainable(block: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Views of the kernels (C_out, C_in, k, k) and of the biases, whatever their names.

    The parameters of normalization layers are left out: in evaluation mode a fresh batch norm
    changes nothing, so that it costs a block one graded cell and no other.
    """
    norms = (_NormBase, nn.GroupNorm, nn.LayerNorm)
    skip = {id(p) for m in block.modules() if isinstance(m, norms) for p in m.parameters()}
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
    """(kernel, bias, kernel, bias) of the first and second convolution in every possible order.

    Parameters may be registered in any order, so each assignment that fits the shapes is tried.
    """
    kernels, biases = trainable(block)
    biases = [b.reshape(-1) for b in biases if b.numel() == outputs][:2]
    biases += [None] * (2 - len(biases))
    found = False
    for first, second in permutations(kernels, 2):
        if first.shape[:2] == (outputs, inputs) and second.shape[:2] == (outputs, outputs):
            found = True
            for one, other in permutations(biases, 2):
                yield first, one, second, other
    if not found:
        shapes = [tuple(k.shape) for k in kernels]
        fail(f"{WHAT}({inputs}, {outputs}): kernels of shapes {shapes} are not those of two "
             "convolutions, one after the other: see Test 3.1b.")


def stacked(x: Tensor, numbers: Numbers, mode: str = "constant", dilation: int = 1) -> Tensor:
    """Two convolutions without ReLU; no difference where nothing is ever negative."""
    for kernel, bias in (numbers[:2], numbers[2:]):
        sides = [kernel.shape[-1] // 2 * dilation] * 2 + [kernel.shape[-2] // 2 * dilation] * 2
        x = F.conv2d(F.pad(x, sides, mode=mode), kernel, bias, dilation=dilation)
    return x


def best(y: Tensor, candidates: list[Tensor]) -> int:
    """Which candidate is nearest to `y`."""
    return min(range(len(candidates)), key=lambda i: float((candidates[i] - y).abs().max()))


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
            (batch, outputs, height // 2, width // 2): "the block itself makes nothing smaller.",
            (batch, inputs, height, width): "the channels are those of the input.",
        }
        for stride in (1, 2):
            size = [(n + stride) // (stride + 1) for n in (height, width)]
            if stride == 1:
                text = "one of the convolutions takes steps of 2; the stride is 1."
                causes[batch, outputs, *[(n + 1) // 2 for n in (height, width)]] = text
            else:
                size = [((n + 1) // 2 + 1) // 2 for n in (height, width)]
                causes[batch, outputs, *size] = "the convolutions take steps of 2; stride is 1."
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
        if any(shape[1] < min(inputs, outputs) for shape in shapes) and (inputs in shapes[0][:1]
           or shapes[0][0] == outputs):
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
    names = {type(m).__name__ for m in block.modules()}
    extra = sorted(n for n in names if "Norm" in n or "Dropout" in n)
    with torch.no_grad():
        calm = run(block.eval(), x, outputs)
        lively = [run(block.train(), x, outputs) for _ in range(2)]
    if extra or any(not torch.equal(calm, y) for y in lively):
        fail(f"{given}: expected convolutions and ReLUs only, so that training and evaluation "
             f"mode give the same; found {', '.join(extra) or 'that they differ'}. This block "
             "has no batch norm and no dropout.")


def centred(scale: float) -> Callable[[Tensor], Tensor]:
    """Kernels that are `scale` in the middle and zero around: each pixel is taken by itself."""

    def make(view: Tensor) -> Tensor:
        kernel = torch.zeros(view.shape)
        for o in range(view.shape[0]):
            kernel[o, o % view.shape[1], view.shape[2] // 2, view.shape[3] // 2] = scale
        return kernel

    return make


def pixelwise(conv_block: Callable, x: Tensor, scale: float) -> Tensor:
    """The inner result of a block whose two convolutions only multiply by `scale`.

    With both alike, no order of the parameters needs to be known.
    """
    channels = x.shape[1]
    block = built(conv_block, channels, channels)
    fill(block, centred(scale), torch.zeros_like)
    with torch.no_grad():
        return inner(run(block, x, channels), x, channels)


def given_probe(x: Tensor, scale: float, sign: str) -> str:
    """The words for such an input."""
    return f"a {shape_of(x)} input of {sign} numbers, both convolutions multiplying by {scale:g}"


@check
def conv_block_relu_first(conv_block: Callable) -> str:
    """Between the convolutions negative values become zero and the others stay."""
    for channels in (1, draw(2, 4)):
        x = 0.5 + 8 * torch.rand(2, channels, draw(6, 7), draw(8, 9))
        got = pixelwise(conv_block, x, -2)
        x = inner(x, x, channels)
        causes = {
            "there is no ReLU between the two convolutions; see section 3.": lambda x=x: 4 * x,
            "a little of the negative values comes through the first activation (LeakyReLU?).": (
                lambda x=x: 0.04 * x),
            "the input is added to the result; the block has no shortcut.": lambda x=x: x,
        }
        given = given_probe(x, -2, "positive")
        expect_values(f"{WHAT} (first ReLU)", got, torch.zeros_like(x), given, causes)

        x = 20 * torch.randn(2, channels, 6, draw(8, 9))
        got = pixelwise(conv_block, x, 1)
        x = inner(x, x, channels)
        causes = activations(x)
        given = given_probe(x, 1, "all kinds of")
        got, expected = got.clamp(min=0), F.relu(x)  # what follows is the last ReLU's affair
        expect_values(f"{WHAT} (first ReLU)", got, expected, given, causes)
    return "conv_block: a ReLU stands between the two convolutions"


@check
def conv_block_relu_last(conv_block: Callable) -> str:
    """After the second convolution negative values become zero and the others stay."""
    for channels in (1, draw(2, 4)):
        x = -0.5 - 8 * torch.rand(2, channels, draw(6, 7), draw(8, 9))
        got = pixelwise(conv_block, x, -2)
        x = inner(x, x, channels)
        causes = {
            "there is no ReLU after the second convolution.": lambda x=x: 4 * x,
            "a little of the negative values comes through the last activation (LeakyReLU?).": (
                lambda x=x: 0.04 * x),
            "the last activation is a sigmoid.": lambda x=x: torch.sigmoid(4 * x),
        }
        given = given_probe(x, -2, "negative")
        expect_values(f"{WHAT} (last ReLU)", got, torch.zeros_like(x), given, causes)

        x = 0.5 + 20 * torch.rand(2, channels, 6, draw(8, 9))
        got = pixelwise(conv_block, x, 1)
        x = inner(x, x, channels)
        given = given_probe(x, 1, "positive")
        expect_values(f"{WHAT} (last ReLU)", got, x, given, activations(x))
    return "conv_block: a ReLU stands after the second convolution"


def activations(x: Tensor) -> dict[str, Callable[[], Tensor]]:
    """What other activations than the ReLU make of `x`, by the sentence that names them."""
    return {
        "values above 6 are cut off (ReLU6?); a ReLU has no upper end.": lambda: x.clamp(0, 6),
        "values above 1 are cut off; a ReLU has no upper end.": lambda: x.clamp(0, 1),
        "negative values lost their sign instead of becoming 0.": lambda: x.abs(),
        "the first activation is a sigmoid.": lambda: torch.sigmoid(x),
        "both activations are sigmoids.": lambda: torch.sigmoid(torch.sigmoid(x)),
        "an activation is a tanh.": lambda: torch.tanh(x).clamp(min=0),
        "both activations are tanhs.": lambda: torch.tanh(torch.tanh(x)).clamp(min=0),
    }


@check
def conv_block_values(conv_block: Callable) -> str:
    """Away from the border, where no value is negative: one convolution after the other."""
    for inputs, outputs in [(3, 5), (4, 2), (3, 3)]:
        block = built(conv_block, inputs, outputs)
        # positive kernels and large biases: no ReLU between or after has anything to do
        fill(block, lambda v: 0.2 * torch.rand(v.shape), lambda v: 4 + torch.rand(v.shape))
        low = -1 if trainable(block)[1] else 0
        x = low + (1 - low) * torch.rand(2, inputs, draw(9, 10), draw(11, 12))
        with torch.no_grad():
            got = inner(run(block, x, outputs), x, outputs)
        choices = list(orders(block, inputs, outputs))
        results = [stacked(x, n) for n in choices]
        chosen = best(got, [inner(r, x, outputs) for r in results])
        expected, n = inner(results[chosen], x, outputs), choices[chosen]
        given = f"a {shape_of(x)} input to {WHAT}({inputs}, {outputs}), compared inside the border"
        causes = {text: lambda m=make: inner(m(), x, outputs)
                  for text, make in value_causes(x, choices, n).items()}
        expect_values(WHAT, got, expected, given, causes)
    return "conv_block: 3 blocks, values as by one 3x3 convolution after the other"


def value_causes(x: Tensor, choices: list[Numbers], n: Numbers) -> dict[str, Callable]:
    """Whole wrong maps, by the sentence that names what makes them."""
    first, one, second, other = n
    causes = {
        "a ReLU is applied to the input, before the first convolution.": (
            lambda: stacked(F.relu(x), n)),
        "the biases are not added.": lambda: stacked(x, (first, None, second, None)),
        "the kernels' numbers are spread out (dilation 2).": lambda: stacked(x, n, dilation=2),
        "the kernels are flipped, as in a transposed convolution.": (
            lambda: stacked(x, (first.flip(2, 3), one, second.flip(2, 3), other))),
    }
    for a, b, c, d in choices:
        after = stacked(x, (a, b, c, d))
        causes |= {
            "only one of the two convolutions is applied.": None,
        } if False else {}
        for kernel, bias in ((a, b), (c, d)):
            if kernel.shape[1] == x.shape[1]:
                key = f"only one of the two convolutions acts on the input{' ' * len(causes)}"
                causes[key.rstrip() + "." + "\u200b" * len(causes)] = (
                    lambda k=kernel, s=bias: F.conv2d(x, k, s, padding=k.shape[-1] // 2))
        if after.shape == x.shape:
            causes["the input is added to the result; the block has no shortcut."] = (
                lambda after=after: after + x)
    return causes
