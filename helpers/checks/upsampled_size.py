"""Exercise 2.3: the size that a transposed convolution gives."""

import torch
import torch.nn.functional as F

from helpers.checks.core.calling import check, draw, fail
from helpers.checks.core.handle import Handle
from helpers.checks.core.whole_numbers import ask_number, expect_numbers

NAME = "upsampled_size"
RULES = {
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


def measured(size: int, kernel: int, stride: int, padding: int) -> int:
    """The size that PyTorch's own operator gives."""
    x, weight = torch.zeros(1, 1, size, 1), torch.zeros(1, 1, kernel, 1)
    return F.conv_transpose2d(x, weight, stride=(stride, 1), padding=(padding, 0)).shape[2]


def expect_sizes(upsampled_size: Handle, cases: list[tuple[int, int, int, int]]) -> None:
    """The learner's sizes agree with those of PyTorch's operator in all cases."""
    words = "size {}, kernel {}, stride {}, padding {}".format
    expect_numbers(
        NAME,
        upsampled_size,
        words,
        cases,
        measured,
        RULES,
        "follow one side through the steps of section 4.",
    )


@check
def upsampled_size_plain(upsampled_size: Handle) -> str:
    """Without padding, for several kernels and strides; `padding` may be left out."""
    expect_sizes(
        upsampled_size,
        [(2, 2, 2, 0), (5, 3, 1, 0), (4, 3, 2, 0), (1, 4, 3, 0), (draw(6, 9), 2, 3, 0)],
    )
    given = "size 7, kernel 2, stride 2 with padding left out"
    got = ask_number(NAME, upsampled_size, 7, 2, 2, given=given)
    if got != 14:
        fail(f"{NAME}: expected 14 for {given}, got {got}.", "difference")
    return "upsampled_size: right without padding"


@check
def upsampled_size_padding(upsampled_size: Handle) -> str:
    """With padding."""
    expect_sizes(
        upsampled_size,
        [
            (3, 3, 2, 1),
            (6, 4, 2, 1),
            (draw(4, 8), 5, 1, 2),
            (draw(3, 6), 5, 3, draw(1, 2)),
            (1, 3, 2, 1),
            (5, 3, 1, 2),
            (draw(4, 6), 3, 2, 2),
            (4, 7, 2, 3),
        ],
    )  # some become smaller
    return "upsampled_size: right with padding"
