"""Exercise 3.3: how far a stack of blocks sees."""

from functools import cache

import torch
import torch.nn.functional as F

from helpers.checks.core.calling import check, draw, fail
from helpers.checks.core.handle import Handle
from helpers.checks.core.whole_numbers import ask_number, expect_numbers

NAME = "receptive_field"


@cache
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


OVERLAP = "windows overlap, so the sides do not multiply"
RULES = {
    "that is the number of pixels in the square; its side is asked for.": lambda n: (
        measured(n) ** 2
    ),
    "a block has two convolutions, not one.": lambda n: 1 + 2 * n,
    "neighbouring windows overlap; how much does one more 3x3 add?": lambda n: 6 * n,
    "a 3x3 window reaches one pixel to each side, not three.": lambda n: 1 + 6 * n,
    "windows overlap; how much does one more block add to those before?": lambda n: 5 * n,
    "the pixel in the middle is missing.": lambda n: 4 * n,
    f"{OVERLAP}.": lambda n: 5**n,
    f"{OVERLAP}; nor do those of single convolutions.": lambda n: 9**n,
    "windows overlap, so the numbers of pixels do not multiply.": lambda n: 81**n,
    "that is one block more.": lambda n: measured(n + 1),
    "that is one block fewer.": lambda n: measured(n - 1),
    "that is the number of convolutions.": lambda n: 2 * n,
    "there is no pooling between these blocks.": lambda n: 4 * 2**n - 3,
}


def given(blocks: int) -> str:
    """The words for an input."""
    return "1 block" if blocks == 1 else f"{blocks} blocks"


def expect_field(receptive_field: Handle, cases: list[tuple[int]], more: tuple = ()) -> None:
    """The learner's answers agree with the measured ones."""
    expect_numbers(
        NAME,
        receptive_field,
        given,
        cases,
        measured,
        RULES,
        "see section 6.",
        more,
        ", measured by a gradient",
    )


@check
def receptive_field_blocks(receptive_field: Handle) -> str:
    """One block and more, against the reach measured by a gradient."""
    expect_field(receptive_field, [(1,), (2,), (3,), (draw(4, 6),), (draw(7, 9),)])
    return "receptive_field: right for 1, 2, 3 and more blocks"


@check
def receptive_field_none(receptive_field: Handle) -> str:
    """No block at all."""
    if ask_number(NAME, receptive_field, 0, given=given(0)) == 0:
        fail(
            f"{NAME}: expected 1 for {given(0)}, got 0: without any block a pixel still "
            "depends on itself."
        )
    expect_field(receptive_field, [(0,)], ((1,), (2,), (3,)))
    return "receptive_field: right for no block"
