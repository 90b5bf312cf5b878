"""Checks of notebook 02: zero insertion, transposed convolution, its size, the up-convolution."""

import contextlib
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.checks.core import (
    beside,
    call,
    check,
    close,
    describe,
    draw,
    expect_dtype,
    expect_gradient,
    expect_shape,
    expect_tensor,
    expect_values,
    fail,
    number,
    shape_of,
    table,
)
from helpers.checks.layers import expect_affine, expect_learning, randomize
from helpers.checks.standins import independent_of


def distinct(*shape: int) -> Tensor:
    """Different numbers of both signs, none of them whole or near 0, in random order."""
    count = torch.Size(shape).numel()
    sign = 2 * torch.randint(2, (count,)) - 1
    return ((1.3 + torch.randperm(count)) * sign).reshape(shape)


def maps() -> list[tuple[Tensor, int]]:
    """Inputs for zero insertion with their stride: from one pixel to batches, none square."""
    sizes = [(1, 1, 2, 3, 2), (2, 3, draw(2, 4), draw(5, 6), 2), (1, 2, 1, draw(3, 5), 3)]
    sizes += [(draw(2, 3), 1, draw(5, 6), draw(2, 4), 1), (1, 1, 2, 3, draw(4, 6))]
    # different numbers: no pixel can be taken for another or for an inserted zero
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
    return "insert_zeros: 5 inputs, sizes right"


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
        y = y.detach()
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
                 f"{i * stride}, column {j * stride} of the result, in its own picture and "
                 f"channel; it does not.\n{first_wrong_map(x, y, i, j, stride)}")
        between = y.clone()
        between[:, :, ::stride, ::stride] = 0
        if bool(between.any()):
            b, c, i, j = (int(k) for k in between.nonzero()[0])
            fail(f"{what}: for {given} there should be zeros between the pixels, but "
                 f"{int((between != 0).sum())} places are not zero; the first, at row {i}, column "
                 f"{j} of picture {b}, channel {c}, holds {number(between[b, c, i, j])}. Were "
                 "pixels repeated? Was the tensor made without zeros?")
    x, stride = maps()[1]
    first = insert_zeros(x, stride)
    kept = first.clone()
    insert_zeros(x + 1, stride)
    if not torch.equal(first, kept):
        fail(f"{what}: a second call changed the result of the first. Make a new tensor each time.")
    return "insert_zeros: 5 inputs, every pixel in its place among zeros"


def first_wrong_map(x: Tensor, y: Tensor, i: int, j: int, stride: int) -> str:
    """The learner's map in which the pixel at row i, column j is not where it should be."""
    for b in range(x.shape[0]):
        for c in range(x.shape[1]):
            rows, columns = y.shape[2:]
            found = y[b, c, i * stride, j * stride] if i * stride < rows and j * stride < columns \
                else None
            if found is None or found != x[b, c, i, j]:
                return f"Picture {b}, channel {c}:\n{drawn(x[b, c], y[b, c], stride)}"
    return ""


def drawn(x: Tensor, y: Tensor, stride: int, limit: int = 16) -> str:
    """The learner's map as a table, beside the right one where it has its size and both fit."""
    expected = spread(x[None, None], stride)[0, 0]
    both = beside(y, expected, y != expected) if y.shape == expected.shape else ""
    return both or f"yours\n{table(y)}" if max(y.shape) <= limit else f"yours is {shape_of(y)}"


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


def trim(y: Tensor, left: int, right: int, top: int, bottom: int) -> Tensor:
    """Take rows and columns off the border, or put zeros around where a number is negative."""
    return F.pad(y, (-left, -right, -top, -bottom))


Slip = tuple[str, Callable[[], Tensor]]


def slips(x: Tensor, weight: Tensor, stride: int, padding: int) -> list[Slip]:
    """What may have led to a wrong size, each with the result that it gives for this input.

    Zeros that are missing around the map take as many rows and columns off the whole result.
    """
    s, p, (height, width) = stride, padding, weight.shape[2:]
    tall, wide = height - 1, width - 1  # around the map without padding
    more = wide - tall  # the columns are given the zeros of the rows, or the other way round
    whole, close_by = oracle(x, weight, s), oracle(x, weight)
    missing = "the zeros around the map are missing; see section 3."
    ordinary = "that is `padding` zeros around, as in an ordinary convolution; see section 3."
    between_first = "zeros between the pixels come first, zeros around the map after them."
    results = [
        ("padding was ignored.", lambda: whole),
        ("padding makes the result smaller, not larger; see section 3.",
         lambda: trim(whole, -p, -p, -p, -p)),
        (missing, lambda: trim(whole, wide, wide, tall, tall)),
        (missing, lambda: trim(whole, wide + p, wide + p, tall + p, tall + p)),
        (ordinary if p else missing,
         lambda: trim(whole, wide - p, wide - p, tall - p, tall - p)),
        ("no zeros were inserted between the pixels.", lambda: trim(close_by, p, p, p, p)),
        ("the stride belongs to the inserted zeros; the convolution has stride 1.",
         lambda: trim(whole, p, p, p, p)[..., ::s, ::s]),
        ("the stride belongs to the inserted zeros; the convolution has stride 1.",
         lambda: trim(close_by, p, p, p, p)[..., ::s, ::s]),
        (between_first, lambda: around_first(x, weight, s, p)),
        (between_first, lambda: trim(around_first(x, weight, s, 0), p, p, p, p)),
        ("rows and columns of the kernel were swapped.", lambda: oracle(x, weight.mT, s, p)),
        ("one row and one column of zeros too many at each end.",
         lambda: trim(whole, p - 1, p - 1, p - 1, p - 1)),
    ]
    order = "F.pad takes its numbers in another order: it begins with the last axis, the columns."
    one_k = "the kernel's height and width differ; each axis needs its own number of zeros around."
    one_end = "the zeros around the map are at one end only; both ends need them."
    one_off = "padding was taken off at one end only; it comes off both."
    one_axis = "zeros around one axis only; rows and columns need them."
    trims = [
        (order, (p + more, p + more, p - more, p - more)),
        (order, (p + more, p, p, p - more)),
        (order, (p, p + more, p - more, p)),
        (one_k, (p + more, p + more, p, p)),
        (one_k, (p, p, p - more, p - more)),
        (one_end, (p, wide, p, tall)),
        (one_end, (wide, p, tall, p)),
        (one_off, (p, 0, p, 0)),
        (one_off, (0, p, 0, p)),
        (one_axis, (p, p, tall, tall)),
        (one_axis, (p + more, p, tall, tall)),
        (one_axis, (wide, wide, p, p)),
    ]
    return results + [(text, lambda ends=ends: trim(whole, *ends)) for text, ends in trims]


def around_first(x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """The result where zeros go around the map before those between the pixels."""
    tall, wide = weight.shape[2] - 1, weight.shape[3] - 1
    larger = trim(x, *[padding - wide] * 2, *[padding - tall] * 2)
    return trim(oracle(larger, weight, stride), wide, wide, tall, tall)


def size_cause(
    function: Callable, y: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int
) -> str:
    """The one slip that gives this size, and the learner's values for an input that tells slips
    apart; else the one that gives both sizes, or nothing.
    """
    if 0 in y.shape and not padding:
        return ("a side of 0. A slice such as [0:-0] takes nothing; with padding 0 there is "
                "nothing to take off.")
    telling = (torch.randn(2, x.shape[1], 5, 6), symmetric(*weight.shape[:2], 6, 8), 3,
               2 if padding else 0)
    other = None
    with contextlib.suppress(Exception):  # the diagnosis alone calls for this input
        other = function(*telling)
    if not isinstance(other, Tensor):
        return ""
    sizes, values = set(), set()
    pairs = zip(slips(x, weight, stride, padding), slips(*telling), strict=True)
    for (text, here), (_, there) in pairs:
        with contextlib.suppress(RuntimeError):  # nothing would be left of the result
            if here().shape == y.shape and there().shape == other.shape:
                sizes.add(text)
                values |= {text} if close(there(), other.detach()) else set()
    if len(values) == 1:
        return values.pop()
    return f"likely cause: {sizes.pop()}" if len(sizes) == 1 else ""


def expect_size(
    function: Callable, y: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int
) -> None:
    """The learner's result has the shape of PyTorch's."""
    __tracebackhide__ = True
    expected = tuple(oracle(x, weight, stride, padding).shape)
    if y.shape != expected:
        cause = size_cause(function, y, x, weight, stride, padding)
        expect_shape("transposed_conv2d", y, expected, given_conv(x, weight, stride, padding),
                     {tuple(y.shape): cause})


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_size(transposed_conv2d: Callable) -> str:
    """The shape agrees with PyTorch's for several kernels, strides and paddings."""
    cases = [(2, 2, 2, 0), (3, 3, 1, 0), (3, 3, 2, 1), (2, draw(3, 4), draw(2, 3), 1)]
    for height, width, stride, padding in cases:
        x = torch.rand(2, 3, draw(2, 3), draw(4, 6))
        weight = torch.rand(3, draw(4, 5), height, width)
        y, _ = run_conv(transposed_conv2d, x, weight, stride, padding)
        expect_size(transposed_conv2d, y, x, weight, stride, padding)
    given = "a (1, 1, 2, 3) input and a (1, 1, 2, 2) kernel, without stride and padding"
    y = call("transposed_conv2d", transposed_conv2d, torch.rand(1, 1, 2, 3),
             torch.rand(1, 1, 2, 2), given=given)
    expect_shape("transposed_conv2d", y, (1, 1, 3, 4), given,
                 {(1, 1, 4, 6): "the signature says stride=1."})
    return "transposed_conv2d: 4 kernels, sizes right"


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_kernel(transposed_conv2d: Callable) -> str:
    """One channel, no padding: the stamp of each pixel is the kernel, the right way round."""
    for height, width, stride in [(2, 2, 2), (3, 2, 1), (3, 3, 2), (draw(2, 3), 4, 3), (1, 3, 2),
                                  (1, 1, 2), (2, 2, draw(4, 5))]:
        x = torch.randint(1, 5, (2, 1, draw(2, 3), draw(3, 4))).float()
        x[:, :, 0] *= -1
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
        expect_size(transposed_conv2d, y, x, weight, stride, 0)
        expect_values("transposed_conv2d", y, oracle(x, weight, stride), given, causes)
    return "transposed_conv2d: 7 kernels, each pixel stamps the kernel the right way round"


def symmetric(*shape: int) -> Tensor:
    """A kernel that no flip or turn changes: its orientation has a graded cell of its own."""
    weight = torch.randn(*shape)
    weight = weight + weight.flip(2)
    weight = weight + weight.flip(3)
    return weight + weight.mT if shape[2] == shape[3] else weight


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_channels(transposed_conv2d: Callable) -> str:
    """Several channels: each output channel sums over every input channel."""
    for inputs, outputs in [(3, 2), (2, 4), (3, 3)]:
        x = torch.randn(2, inputs, draw(2, 3), draw(3, 4))
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
        expect_size(transposed_conv2d, y, x, weight, 2, 0)
        expect_values("transposed_conv2d", y, oracle(x, weight, 2), given, causes)
    return "transposed_conv2d: channels summed as they should be"


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_padding(transposed_conv2d: Callable) -> str:
    """Padding takes rows and columns off the border of the result, on every side."""
    for height, width, stride, padding in [(3, 3, 2, 1), (3, 5, 1, 2), (2, 4, draw(2, 3), 1)]:
        x = torch.randn(draw(1, 2), 1, draw(3, 4), draw(5, 6))
        weight = symmetric(1, 1, height, width)
        y, given = run_conv(transposed_conv2d, x, weight, stride, padding)
        whole = oracle(x, weight, stride)
        causes = {
            "the border was taken off on two sides only.": (
                lambda whole=whole, p=padding: whole[..., 2 * p :, 2 * p :]
            ),
        }
        expect_size(transposed_conv2d, y, x, weight, stride, padding)
        expect_values("transposed_conv2d", y, oracle(x, weight, stride, padding), given, causes)
    return "transposed_conv2d: padding taken off every side"


@independent_of("insert_zeros", spread)
@check
def transposed_conv2d_gradient(transposed_conv2d: Callable) -> str:
    """A gradient reaches both the input and the kernel, so that the kernel can be learned."""
    x = torch.rand(1, 2, 3, draw(2, 4), requires_grad=True)
    weight = torch.rand(2, 3, 2, 2, requires_grad=True)
    y, given = run_conv(transposed_conv2d, x, weight, 2)
    if not y.numel():  # no number, no gradient
        expect_size(transposed_conv2d, y, x, weight, 2, 0)
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
    cases = [(3, 3, 2, 1), (6, 4, 2, 1), (draw(4, 8), 5, 1, 2), (draw(3, 6), 5, 3, draw(1, 2)),
             (1, 3, 2, 1), (5, 3, 1, 2), (draw(4, 6), 3, 2, 2), (4, 7, 2, 3)]  # some become smaller
    expect_sizes(upsampled_size, cases)
    return "upsampled_size: right with padding"


def upconv_of(make_upconv: Callable, inputs: int, outputs: int) -> nn.Module:
    """The learner's layer."""
    given = f"{inputs} to {outputs} channels"
    layer = call("make_upconv", make_upconv, inputs, outputs, given=given)
    if not isinstance(layer, nn.Module):
        fail(f"make_upconv: expected a layer (nn.Module) for {given}, got {describe(layer)}.")
    return layer


def exchanged(layer: nn.Module, x: Tensor, outputs: int) -> Callable[[Exception], str]:
    """The likely cause of a crash: the layer takes `outputs` channels and gives those of `x`."""

    def why(_: Exception) -> str:
        batch, inputs, *size = x.shape
        with contextlib.suppress(Exception):
            if inputs != outputs and layer(torch.zeros(batch, outputs, *size)).shape[1] == inputs:
                return f"the channels are exchanged: it takes {outputs} and gives {inputs}."
        return ""

    return why


@check
def make_upconv_size(make_upconv: Callable) -> str:
    """Height and width double exactly, and the channels are those asked for."""
    for inputs, outputs in [(8, 4), (3, 5), (1, 1)]:
        layer = upconv_of(make_upconv, inputs, outputs)
        x = torch.rand(draw(1, 2), inputs, draw(3, 5), draw(6, 8))
        given = f"a {shape_of(x)} input to make_upconv({inputs}, {outputs})"
        y = call("make_upconv", layer, x, given=given, why=exchanged(layer, x, outputs))
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


def expect_weights(layer: nn.Module, x: Tensor, outputs: int) -> None:
    """The layer has the weights of a transposed convolution, and a gradient reaches them all."""
    inputs = x.shape[1]
    learned = [p for p in layer.parameters() if p.requires_grad]
    if not learned:
        fail("make_upconv: the layer has nothing to learn. A transposed convolution has weights "
             "that take a gradient.")
    weights, count = inputs * outputs * 4, sum(p.numel() for p in learned)
    # beside the weights: no biases, one a channel or one a pixel; the scales of a weight norm
    if count - weights not in {b + s for b in (0, outputs, 4 * outputs) for s in (0, inputs)}:
        fail(f"make_upconv: expected {inputs} x {outputs} x 2 x 2 = {weights} weights and "
             f"{outputs} biases, got {count} numbers to learn in all. Return one layer, with a 2x2 "
             "kernel from every input to every output channel.")
    expect_learning("make_upconv", layer, x)


def expect_plain_stamps(layer: nn.Module, x: Tensor, outputs: int) -> None:
    """The layer is affine, and each pixel changes its own 2x2 block alone."""
    with torch.no_grad():
        given = f"a {shape_of(x)} map of zeros to make_upconv({x.shape[1]}, {outputs})"
        base = call("make_upconv", layer, torch.zeros_like(x), given=given,
                    why=exchanged(layer, x, outputs))
        expect_shape("make_upconv", base, (*x.shape[:1], outputs, 2 * x.shape[2], 2 * x.shape[3]),
                     f"a {shape_of(x)} input")
        expect_affine("make_upconv", layer, x, "Return the transposed convolution alone, without "
                      "an activation or a normalisation.")
        for channel in range(x.shape[1]):
            spot = torch.zeros_like(x)
            spot[0, channel, 1, 2] = 1
            change = layer(spot) - base
            change[0, :, 2:4, 4:6] = 0
            if bool(change.abs().max() > 1e-5):
                fail("make_upconv: one input pixel should change only its own 2x2 block of the "
                     "result; here it reaches further. The kernel is 2x2, with stride 2.")


@check
def make_upconv_kernel(make_upconv: Callable) -> str:
    """Each pixel stamps a learned 2x2 kernel: nothing overlaps, nothing is merely copied."""
    inputs, outputs = draw(5, 7), 4
    layer = upconv_of(make_upconv, inputs, outputs)
    x = torch.randn(2, inputs, 4, 5)
    randomize(layer)
    expect_plain_stamps(layer, x, outputs)
    with torch.no_grad():
        y = layer(x) - layer(torch.zeros_like(x))
    blocks = y.unfold(2, 2, 2).unfold(3, 2, 2)
    if bool((blocks - blocks[..., :1, :1]).abs().max() < 1e-6):
        fail("make_upconv: all four pixels of a block are equal, as in nearest-neighbour copying. "
             "A transposed convolution learns four weights for them.")
    expect_weights(layer, x, outputs)
    other = upconv_of(make_upconv, inputs, outputs)
    if {id(p) for p in layer.parameters()} & {id(p) for p in other.parameters()}:
        fail("make_upconv: two calls gave the same weights. Each call makes a layer of its own.")
    return "make_upconv: every pixel stamps its own learned 2x2 kernel"
