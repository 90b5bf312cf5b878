"""Exercise 2.2: a transposed convolution from zeros and an ordinary convolution."""

import contextlib
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import ask_call, call, draw, fail
from helpers.checks.core.comparing import (
    close,
    expect_gradient,
    expect_shape,
    expect_tensor,
    expect_values,
)
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.rendering import shape_of
from helpers.checks.core.standins import independent_of
from helpers.checks.insert_zeros import distinct

INSERT_ZEROS = """
def insert_zeros(x, stride):
    rows, columns = ((n - 1) * stride + 1 for n in x.shape[2:])
    result = x.new_zeros(*x.shape[:2], rows, columns)
    result[:, :, ::stride, ::stride] = x
    return result
"""


def oracle(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """PyTorch's own operator."""
    return F.conv_transpose2d(x, weight, stride=stride, padding=padding)


def given_conv(x: Tensor, weight: Tensor, stride: int, padding: int) -> str:
    """The words for one input of a transposed convolution."""
    return f"a {shape_of(x)} input, a {shape_of(weight)} kernel, stride {stride}, padding {padding}"


def run_conv(
    function: Handle, x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0
) -> tuple[Tensor, str]:
    """Call the learner's function; what came, and the words for the input."""
    given = given_conv(x, weight, stride, padding)
    saw = ask_call(
        "transposed_conv2d", function, x, weight, stride, padding, given=given, transposed=True
    )
    expect_tensor("transposed_conv2d", saw["result"], given)
    expect_built(saw)
    return saw["result"], given


def expect_built(saw: dict) -> None:
    """No transposed convolution of PyTorch's did the work."""
    __tracebackhide__ = True
    if saw["transposed"]:
        fail(
            "transposed_conv2d: PyTorch's own transposed convolution did the work (as "
            "F.conv_transpose2d, its layer, or the gradient of a convolution). Here you build it: "
            "zeros between the pixels, zeros around, the kernel flipped and its channel axes "
            "swapped, then F.conv2d. See section 3."
        )


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
        ("padding was not taken off the rows and columns.", lambda: whole),
        (missing, lambda: trim(whole, wide, wide, tall, tall)),
        (missing, lambda: trim(whole, wide + p, wide + p, tall + p, tall + p)),
        (ordinary if p else missing, lambda: trim(whole, wide - p, wide - p, tall - p, tall - p)),
        ("no zeros were inserted between the pixels.", lambda: trim(close_by, p, p, p, p)),
        (
            "the stride belongs to the inserted zeros; the convolution has stride 1.",
            lambda: trim(whole, p, p, p, p)[..., ::s, ::s],
        ),
        (
            "the stride belongs to the inserted zeros; the convolution has stride 1.",
            lambda: trim(close_by, p, p, p, p)[..., ::s, ::s],
        ),
        (between_first, lambda: around_first(x, weight, s, p)),
        (between_first, lambda: trim(around_first(x, weight, s, 0), p, p, p, p)),
        ("rows and columns of the kernel were swapped.", lambda: oracle(x, weight.mT, s, p)),
    ]
    order = "F.pad takes its numbers in another order: it begins with the last axis, the columns."
    one_k = "the kernel's height and width differ; each axis needs its own number of zeros around."
    one_end = "the zeros around the map are at one end only; both ends need them."
    one_off = "padding was taken off at one end only; it comes off both."
    one_axis = "zeros around one axis only; rows and columns need them."
    trims: list[tuple[str, tuple[int, ...]]] = [
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
    for name, (columns, rows) in {
        "columns": (1, 0),
        "rows": (0, 1),
        "rows and columns": (1, 1),
    }.items():
        for text, by in {
            "padding was added to the zeros around the {}; it is taken off.": -2 * p,
            "padding was not taken off the {}.": -p,
            "padding was taken off the {} twice.": p,
            "one zero too many stands at each end of the {}.": -1,
            "one zero too few stands at each end of the {}.": 1,
        }.items():
            if by:
                ends = [p + by * columns] * 2 + [p + by * rows] * 2
                trims.append((text.format(name), tuple(ends)))
    return results + [(text, lambda ends=ends: trim(whole, *ends)) for text, ends in trims]


def around_first(x: Tensor, weight: Tensor, stride: int, padding: int) -> Tensor:
    """The result where zeros go around the map before those between the pixels."""
    tall, wide = weight.shape[2] - 1, weight.shape[3] - 1
    larger = trim(x, *[padding - wide] * 2, *[padding - tall] * 2)
    return trim(oracle(larger, weight, stride), wide, wide, tall, tall)


def size_cause(
    function: Handle, y: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int
) -> str:
    """The one slip that gives this size, and the learner's values for an input that tells slips
    apart; else the one that gives both sizes, or "".
    """
    if 0 in y.shape and not padding:
        return (
            "a side of 0. A slice such as [0:-0] takes nothing; with padding 0 there is "
            "nothing to take off."
        )
    telling = (
        torch.randn(2, x.shape[1], 5, 6),
        symmetric(*weight.shape[:2], 6, 9),
        3,
        2 if padding else 0,
    )
    other = None
    with contextlib.suppress(Crash):  # the diagnosis alone calls for this input
        other = function.ask("functions.call", list(telling))["result"]
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
    function: Handle, y: Tensor, x: Tensor, weight: Tensor, stride: int, padding: int
) -> None:
    """The learner's result has the shape of PyTorch's."""
    __tracebackhide__ = True
    expected = tuple(oracle(x, weight, stride, padding).shape)
    if y.shape != expected:
        cause = size_cause(function, y, x, weight, stride, padding)
        expect_shape(
            "transposed_conv2d",
            y,
            expected,
            given_conv(x, weight, stride, padding),
            {tuple(y.shape): cause},
        )


@independent_of("insert_zeros", INSERT_ZEROS)
def transposed_conv2d_size(transposed_conv2d: Handle) -> str:
    """The shape agrees with PyTorch's for several kernels, strides and paddings."""
    cases = [(2, 2, 2, 0), (3, 3, 1, 0), (3, 3, 2, 1), (2, draw(3, 4), draw(2, 3), 1)]
    for height, width, stride, padding in cases:
        x = torch.rand(2, 3, draw(2, 3), draw(4, 6))
        weight = torch.rand(3, draw(4, 5), height, width)
        y, _ = run_conv(transposed_conv2d, x, weight, stride, padding)
        expect_size(transposed_conv2d, y, x, weight, stride, padding)
    given = "a (1, 1, 2, 3) input and a (1, 1, 2, 2) kernel, without stride and padding"
    y = call(
        "transposed_conv2d",
        transposed_conv2d,
        torch.rand(1, 1, 2, 3),
        torch.rand(1, 1, 2, 2),
        given=given,
    )
    expect_shape(
        "transposed_conv2d", y, (1, 1, 3, 4), given, {(1, 1, 4, 6): "the signature says stride=1."}
    )
    return "transposed_conv2d: 4 kernels, sizes right"


@independent_of("insert_zeros", INSERT_ZEROS)
def transposed_conv2d_kernel(transposed_conv2d: Handle) -> str:
    """One channel, no padding: the stamp of each pixel is the kernel, the right way round."""
    for height, width, stride in [
        (2, 2, 2),
        (3, 2, 1),
        (3, 3, 2),
        (draw(2, 3), 4, 3),
        (1, 3, 2),
        (1, 1, 2),
        (2, 2, draw(4, 5)),
    ]:
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


@independent_of("insert_zeros", INSERT_ZEROS)
def transposed_conv2d_channels(transposed_conv2d: Handle) -> str:
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
                    x, w.reshape(w.shape[1], w.shape[0], 2, 3).transpose(0, 1), 2
                )
            ),
        }
        expect_size(transposed_conv2d, y, x, weight, 2, 0)
        expect_values("transposed_conv2d", y, oracle(x, weight, 2), given, causes)
    return "transposed_conv2d: channels summed as they should be"


@independent_of("insert_zeros", INSERT_ZEROS)
def transposed_conv2d_padding(transposed_conv2d: Handle) -> str:
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


@independent_of("insert_zeros", INSERT_ZEROS)
def transposed_conv2d_gradient(transposed_conv2d: Handle) -> str:
    """A gradient reaches both the input and the kernel, so that the kernel can be learned."""
    x = torch.rand(1, 2, 3, draw(2, 4), requires_grad=True)
    weight = torch.rand(2, 3, 2, 2, requires_grad=True)
    given = given_conv(x, weight, 2, 0)
    saw = ask_call(
        "transposed_conv2d",
        transposed_conv2d,
        x,
        weight,
        2,
        0,
        given=given,
        grads=[0, 1],
        transposed=True,
    )
    y, grads = saw["result"], saw["grads"]
    expect_tensor("transposed_conv2d", y, given)
    expect_built(saw)
    if not y.numel():  # no number, no gradient
        expect_size(transposed_conv2d, y, x, weight, 2, 0)
    for name, place, source in (("input", 0, x), ("kernel", 1, weight)):
        expect_gradient(
            f"transposed_conv2d ({name})",
            y,
            grads if isinstance(grads, dict) else grads[place : place + 1],
            given,
            source,
            oracle(x, weight, 2),
        )
    return "transposed_conv2d: gradients reach input and kernel"
