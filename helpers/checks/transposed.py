"""Checks of notebook 02: zero insertion, transposed convolution, its size, the up-convolution."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.checks.core import (
    call,
    check,
    describe,
    draw,
    expect_dtype,
    expect_gradient,
    expect_shape,
    expect_tensor,
    expect_values,
    fail,
    shape_of,
)
from helpers.checks.standins import independent_of


def distinct(*shape: int) -> Tensor:
    """The whole numbers from 1 in random order."""
    count = torch.Size(shape).numel()
    return (1 + torch.randperm(count)).float().reshape(shape)


def maps() -> list[tuple[Tensor, int]]:
    """Inputs for zero insertion with their stride: from one pixel to batches, none square."""
    sizes = [(1, 1, 2, 3, 2), (2, 3, draw(2, 4), draw(5, 6), 2), (1, 2, 1, draw(3, 5), 3)]
    sizes += [(draw(2, 3), 1, draw(5, 6), draw(2, 4), 1)]
    # different whole numbers from 1: no pixel can be taken for another or for an inserted zero
    return [(distinct(*size[:4]), size[4]) for size in sizes]


def given_map(x: Tensor, stride: int) -> str:
    """The words for one such input."""
    return f"a {shape_of(x)} input with stride {stride}"


@check
def insert_zeros_size(insert_zeros: Callable) -> str:
    """Only the gaps between pixels are filled: (H - 1) * stride + 1 rows."""
    what = "insert_zeros"
    for x, stride in maps():
        given = given_map(x, stride)
        y = call(what, insert_zeros, x, stride, given=given)
        batch, channels, height, width = x.shape
        rows, columns = (height - 1) * stride + 1, (width - 1) * stride + 1
        expect_shape(what, y, (batch, channels, rows, columns), given, size_causes(x, stride))
    return "insert_zeros: 4 inputs, sizes right"


def size_causes(x: Tensor, stride: int) -> dict[tuple, str]:
    """What likely led to a wrong shape; where two faults share a shape, the likelier one."""
    *lead, height, width = x.shape
    rows, columns = (height - 1) * stride + 1, (width - 1) * stride + 1
    faults = [
        (height, width, "nothing was inserted."),
        (rows, width, "zeros were put between the rows only."),
        (height, columns, "zeros were put between the columns only."),
        (height * stride, width * stride,
         "zeros were put after the last pixel too; they belong between pixels only."),
        (columns, rows, "height and width were swapped."),
        (rows + 2, columns + 2, "zeros were put around the map too; that is the next step."),
        (height + (height - 1) * stride, width + (width - 1) * stride,
         "stride zeros were put in each gap; stride - 1 zeros make the distance stride."),
    ]
    causes: dict[tuple, str] = {}
    for tall, wide, cause in faults:
        causes.setdefault((*lead, tall, wide), cause)
    return causes


@check
def insert_zeros_values(insert_zeros: Callable) -> str:
    """Each pixel stands where it should, and everything else is zero."""
    what = "insert_zeros"
    for x, stride in maps():
        given = given_map(x, stride)
        y = call(what, insert_zeros, x, stride, given=given)
        expect_tensor(what, y, given)
        if y.dim() != 4 or y.shape[:2] != x.shape[:2]:
            fail(f"{what}: expected batch and channels {tuple(x.shape[:2])} first for {given}, "
                 f"got shape {shape_of(y)}.")
        misplaced = [
            (i, j) for i in range(x.shape[2]) for j in range(x.shape[3])
            if i * stride >= y.shape[2] or j * stride >= y.shape[3]
            or not torch.equal(y[:, :, i * stride, j * stride].to(x.dtype), x[:, :, i, j])
        ]
        if misplaced:
            i, j = misplaced[0]
            fail(f"{what}: for {given}, the pixel at row {i}, column {j} should stand at row "
                 f"{i * stride}, column {j * stride} of the result, in its own channel; it does "
                 f"not.\nYour first map:\n{y[0, 0].tolist()}")
        extra = int((y != 0).sum()) - x.numel()
        if extra:
            fail(f"{what}: for {given} the result should have {x.numel()} pixels and else zeros, "
                 f"but {abs(extra)} more places are not zero. Were pixels repeated?")
    return "insert_zeros: 4 inputs, every pixel in its place among zeros"


@check
def insert_zeros_gradient(insert_zeros: Callable) -> str:
    """The type is kept and a gradient flows, as in a layer."""
    what = "insert_zeros"
    for dtype in (torch.float32, torch.float64):
        x = torch.rand(2, 2, draw(2, 4), 3, dtype=dtype, requires_grad=True)
        given = f"{describe(x)} with stride 2"
        y = call(what, insert_zeros, x, 2, given=given)
        expect_tensor(what, y, given)
        expect_dtype(what, y, dtype, given, "make the zeros in the type of x.")
        expect_gradient(what, y, x, given)
    return "insert_zeros: type kept, gradient flows"


def oracle(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """PyTorch's own operator."""
    return F.conv_transpose2d(x, weight, stride=stride, padding=padding)


def spread(x: Tensor, stride: int) -> Tensor:
    """Zeros between the pixels, by PyTorch's own operator with a 1x1 kernel of 1."""
    one = torch.ones(1, 1, 1, 1, dtype=x.dtype)
    planes = F.conv_transpose2d(x.reshape(-1, 1, *x.shape[2:]), one, stride=stride)
    return planes.reshape(*x.shape[:2], *planes.shape[2:])


def given_conv(x: Tensor, weight: Tensor, stride: int, padding: int) -> str:
    """The words for one input of a transposed convolution."""
    return (
        f"a {shape_of(x)} input, a {shape_of(weight)} kernel, stride {stride}, padding {padding}"
    )


def run_conv(
    function: Callable, x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0
) -> tuple[Tensor, str]:
    """Call the learner's function; what came, and the words for the input."""
    given = given_conv(x, weight, stride, padding)
    y = call("transposed_conv2d", function, x, weight, stride, padding, given=given)
    expect_tensor("transposed_conv2d", y, given)
    return y, given


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_size(transposed_conv2d: Callable) -> str:
    """The shape agrees with PyTorch's for several kernels, strides and paddings."""
    cases = [(2, 2, 2, 0), (3, 3, 1, 0), (3, 3, 2, 1), (2, draw(3, 4), draw(2, 3), 1)]
    for height, width, stride, padding in cases:
        x = torch.rand(2, 3, draw(2, 3), draw(4, 6))
        weight = torch.rand(3, draw(4, 5), height, width)
        y, given = run_conv(transposed_conv2d, x, weight, stride, padding)
        expected = oracle(x, weight, stride, padding).shape
        more, less = (F.pad(oracle(x, weight, stride), [p] * 4).shape for p in (padding, -padding))
        causes = {tuple(more): "padding makes the result smaller, not larger; see section 3."}
        if padding:
            causes[tuple(oracle(x, weight, stride).shape)] = "padding was ignored."
            causes[tuple(less)] = ""
        bare = expected[2] - 2 * (height - 1), expected[3] - 2 * (width - 1)
        causes[(*expected[:2], *bare)] = "the zeros around the map are missing; see section 3."
        expect_shape("transposed_conv2d", y, tuple(expected), given, causes)
    return "transposed_conv2d: 4 kernels, sizes right"


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_kernel(transposed_conv2d: Callable) -> str:
    """One channel, no padding: the stamp of each pixel is the kernel, the right way round."""
    for height, width, stride in [(2, 2, 2), (3, 2, 1), (3, 3, 2), (draw(2, 3), 4, 3)]:
        x = torch.randint(1, 5, (2, 1, draw(2, 3), draw(3, 4))).float()
        weight = distinct(1, 1, height, width)
        y, given = run_conv(transposed_conv2d, x, weight, stride)
        turned = {
            "the kernel was not flipped; see section 3.": weight.flip(2, 3),
            "the kernel was flipped upside down only.": weight.flip(3),
            "the kernel was flipped left to right only.": weight.flip(2),
        }
        causes = {text: lambda w=w, x=x, s=stride: oracle(x, w, s) for text, w in turned.items()}
        if height == width:
            causes["rows and columns of the kernel were swapped."] = (
                lambda w=weight.mT, x=x, s=stride: oracle(x, w, s)
            )
            causes["the kernel was turned by a quarter, not flipped."] = (
                lambda w=weight, x=x, s=stride: oracle(x, w.rot90(1, (2, 3)), s)
            )
        expect_values("transposed_conv2d", y, oracle(x, weight, stride), given, causes)
    return "transposed_conv2d: 4 kernels, each pixel stamps the kernel the right way round"


def symmetric(*shape: int) -> Tensor:
    """A kernel that no flip or turn changes: its orientation has a graded cell of its own."""
    weight = torch.rand(*shape)
    weight = weight + weight.flip(2)
    weight = weight + weight.flip(3)
    return weight + weight.mT if shape[2] == shape[3] else weight


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_channels(transposed_conv2d: Callable) -> str:
    """Several channels: each output channel sums over every input channel."""
    for inputs, outputs in [(3, 2), (2, 4), (3, 3)]:
        x = torch.rand(2, inputs, draw(2, 3), draw(3, 4))
        weight = symmetric(inputs, outputs, 2, 3)
        y, given = run_conv(transposed_conv2d, x, weight, 2)
        causes = {
            "input and output channels of the kernel were swapped.": (
                lambda x=x, w=weight: oracle(x, w.transpose(0, 1), 2)
            ),
            "the channel axes were reshaped, which mixes groups of numbers; swap them.": (
                lambda x=x, w=weight: oracle(
                    x, w.reshape(w.shape[1], w.shape[0], 2, 3).transpose(0, 1), 2)
            ),
        }
        expect_values("transposed_conv2d", y, oracle(x, weight, 2), given, causes)
    return "transposed_conv2d: channels summed as they should be"


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_padding(transposed_conv2d: Callable) -> str:
    """Padding takes rows and columns off the border of the result, on every side."""
    for height, width, stride, padding in [(3, 3, 2, 1), (3, 5, 1, 2), (2, 4, draw(2, 3), 1)]:
        x = torch.rand(draw(1, 2), 1, draw(3, 4), draw(5, 6))
        weight = symmetric(1, 1, height, width)
        y, given = run_conv(transposed_conv2d, x, weight, stride, padding)
        whole = oracle(x, weight, stride)
        causes = {
            "padding was ignored.": lambda whole=whole: whole,
            "padding makes the result smaller, not larger.": (
                lambda whole=whole, p=padding: F.pad(whole, [p] * 4)
            ),
            "the border was taken off on two sides only.": (
                lambda whole=whole, p=padding: whole[..., 2 * p :, 2 * p :]
            ),
        }
        for text, make in causes.items():
            if y.shape == make().shape != oracle(x, weight, stride, padding).shape:
                fail(f"transposed_conv2d: wrong result for {given}, shape {shape_of(y)}: {text}")
        expect_values("transposed_conv2d", y, oracle(x, weight, stride, padding), given, causes)
    return "transposed_conv2d: padding taken off every side"


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_gradient(transposed_conv2d: Callable) -> str:
    """A gradient reaches both the input and the kernel, so that the kernel can be learned."""
    x = torch.rand(1, 2, 3, draw(2, 4), requires_grad=True)
    weight = torch.rand(2, 3, 2, 2, requires_grad=True)
    y, given = run_conv(transposed_conv2d, x, weight, 2)
    expect_gradient("transposed_conv2d (input)", y, x, given)
    y, given = run_conv(transposed_conv2d, x, weight, 2)
    expect_gradient("transposed_conv2d (kernel)", y, weight, given)
    return "transposed_conv2d: gradients reach input and kernel"


def ask_size(function: Callable, size: int, kernel: int, stride: int, padding: int) -> int:
    """The learner's size as a whole number."""
    given = f"size {size}, kernel {kernel}, stride {stride}, padding {padding}"
    got = call("upsampled_size", function, size, kernel, stride, padding, given=given)
    if got is None:
        fail(f"upsampled_size returned None for {given}: is the `return` line missing?")
    try:
        whole = int(got)
    except (TypeError, ValueError):
        fail(f"upsampled_size: expected a whole number for {given}, got {describe(got)}.")
    if whole != got:
        fail(f"upsampled_size: expected a whole number for {given}, got {describe(got)}.")
    return whole


RULES: dict[str, Callable[[int, int, int, int], int]] = {
    "that is size times stride, which holds only where kernel and stride are equal and padding "
    "is 0.": lambda n, k, s, p: n * s,
    "that is the rule of an ordinary convolution.": lambda n, k, s, p: (n + 2 * p - k) // s + 1,
    "padding was ignored.": lambda n, k, s, p: (n - 1) * s + k,
    "padding makes the result smaller.": lambda n, k, s, p: (n - 1) * s + 2 * p + k,
    "padding is taken off on both sides.": lambda n, k, s, p: (n - 1) * s - p + k,
    "that is the size before the convolution.": lambda n, k, s, p: (n - 1) * s + 1,
    "there is one gap fewer than there are pixels.": lambda n, k, s, p: n * s + k - 2 * p,
    "kernel and stride were mixed up.": lambda n, k, s, p: (n - 1) * k - 2 * p + s,
}


def expect_sizes(function: Callable, cases: list[tuple[int, int, int, int]]) -> None:
    """The learner's sizes agree with those of PyTorch's layer in all cases."""
    __tracebackhide__ = True
    true = [nn.ConvTranspose2d(1, 1, k, s, p)(torch.zeros(1, 1, n, n)).shape[-1]
            for n, k, s, p in cases]
    got = [ask_size(function, *case) for case in cases]
    if got == true:
        return
    first = next(i for i in range(len(cases)) if got[i] != true[i])
    size, kernel, stride, padding = cases[first]
    matching = (text for text, rule in RULES.items() if got == [rule(*case) for case in cases])
    text = next(matching, "follow one side through the steps of section 4.")
    fail(f"upsampled_size: expected {true[first]} for size {size}, kernel {kernel}, stride "
         f"{stride}, padding {padding}, got {got[first]}: {text}")


@check
def upsampled_size_plain(upsampled_size: Callable) -> str:
    """Without padding, for several kernels and strides; `padding` may be left out."""
    cases = [(2, 2, 2, 0), (5, 3, 1, 0), (4, 3, 2, 0), (1, 4, 3, 0), (draw(6, 9), 2, 3, 0)]
    expect_sizes(upsampled_size, cases)
    left_out = call("upsampled_size", upsampled_size, 7, 2, 2, given="size 7, kernel 2, stride 2")
    if left_out != 14:
        fail(f"upsampled_size: expected 14 for size 7, kernel 2, stride 2 with padding left out, "
             f"got {describe(left_out)}.")
    return "upsampled_size: right without padding"


@check
def upsampled_size_padding(upsampled_size: Callable) -> str:
    """With padding."""
    cases = [(3, 3, 2, 1), (6, 4, 2, 1), (draw(4, 8), 5, 1, 2), (draw(3, 6), 5, 3, draw(1, 2))]
    expect_sizes(upsampled_size, cases)
    return "upsampled_size: right with padding"


def upconv_of(make_upconv: Callable, inputs: int, outputs: int) -> nn.Module:
    """The learner's layer."""
    given = f"{inputs} to {outputs} channels"
    layer = call("make_upconv", make_upconv, inputs, outputs, given=given)
    if not isinstance(layer, nn.Module):
        fail(f"make_upconv: expected a layer (nn.Module) for {given}, got {describe(layer)}.")
    return layer


@check
def make_upconv_size(make_upconv: Callable) -> str:
    """Height and width double exactly, and the channels are those asked for."""
    for inputs, outputs in [(8, 4), (3, 5), (1, 1)]:
        layer = upconv_of(make_upconv, inputs, outputs)
        x = torch.rand(draw(1, 2), inputs, draw(3, 5), draw(6, 8))
        given = f"a {shape_of(x)} input to make_upconv({inputs}, {outputs})"
        y = call("make_upconv", layer, x, given=given)
        batch, _, height, width = x.shape
        causes = {
            (batch, outputs, 2 * height + 1, 2 * width + 1): "the kernel is 2x2, not 3x3.",
            (batch, outputs, 2 * height - 1, 2 * width - 1): "kernel and stride are 2, padding 0.",
            (batch, outputs, height + 1, width + 1): "the stride is missing.",
            (batch, outputs, height, width): "the size did not change; what makes it larger?",
            (batch, outputs, height // 2, width // 2): "that is an ordinary convolution.",
        }
        expect_shape("make_upconv", y, (batch, outputs, 2 * height, 2 * width), given, causes)
    return "make_upconv: 3 layers, each doubles height and width"


@check
def make_upconv_kernel(make_upconv: Callable) -> str:
    """Each pixel stamps a learned 2x2 kernel: nothing overlaps, nothing is merely copied."""
    inputs, outputs = draw(3, 5), 2
    layer = upconv_of(make_upconv, inputs, outputs)
    weights = max((p.numel() for p in layer.parameters()), default=0)
    if weights == 0:
        fail("make_upconv: the layer has nothing to learn. A transposed convolution has weights.")
    with torch.no_grad():
        x = torch.zeros(1, inputs, 4, 5)
        base = call("make_upconv", layer, x, given="a map of zeros")
        expect_shape("make_upconv", base, (1, outputs, 8, 10), f"a {shape_of(x)} input")
        stamps = []
        for channel in range(inputs):
            x = torch.zeros(1, inputs, 4, 5)
            x[0, channel, 1, 2] = 1
            change = call("make_upconv", layer, x, given="one bright pixel") - base
            stamps.append(change[0, :, 2:4, 4:6].clone())
            change[0, :, 2:4, 4:6] = 0
            if bool(change.abs().max() > 1e-6):
                fail("make_upconv: one input pixel should change only its own 2x2 block of the "
                     "result; here it reaches further. The kernel is 2x2, with stride 2.")
    stamp = torch.stack(stamps)
    if bool((stamp - stamp[..., :1, :1]).abs().max() < 1e-7):
        fail("make_upconv: all four pixels of a block are equal, as in nearest-neighbour copying. "
             "A transposed convolution learns four weights for them.")
    if weights != inputs * outputs * 4:
        fail(f"make_upconv: expected {inputs} x {outputs} x 2 x 2 = {inputs * outputs * 4} weights "
             f"from {inputs} to {outputs} channels, got {weights}. Does every input channel reach "
             "every output channel?")
    return "make_upconv: every pixel stamps its own learned 2x2 kernel"
