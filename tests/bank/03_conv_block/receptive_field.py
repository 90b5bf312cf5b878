"""Answers to `receptive_field`."""

import numpy as np
import torch
import torch.nn.functional as F

from tests.bank import right, wrong

BLOCKS, NONE = "receptive_field_blocks", "receptive_field_none"


@wrong(
    "the pixel in the middle left out",
    fails={BLOCKS: "the pixel in the middle is missing", NONE: "a pixel still depends on itself"},
)
def receptive_field(num_blocks):
    return 4 * num_blocks


@wrong("one convolution a block", fails={BLOCKS: "a block has two convolutions"})
def receptive_field(num_blocks):
    return 1 + 2 * num_blocks


@wrong(
    "squares side by side",
    fails={BLOCKS: "one more block add", NONE: "a pixel still depends on itself"},
)
def receptive_field(num_blocks):
    return 5 * num_blocks


@wrong(
    "3 for each convolution",
    fails={BLOCKS: "neighbouring windows overlap", NONE: "a pixel still depends on itself"},
)
def receptive_field(num_blocks):
    return 6 * num_blocks


@wrong("each convolution reaches three to each side", fails={BLOCKS: "one pixel to each side"})
def receptive_field(num_blocks):
    return 1 + 6 * num_blocks


@wrong("the area", fails={BLOCKS: "number of pixels in the square"})
def receptive_field(num_blocks):
    return (1 + 4 * num_blocks) ** 2


@wrong("the sides multiplied", fails={BLOCKS: "the sides do not multiply"})
def receptive_field(num_blocks):
    return 5**num_blocks


@wrong("3 to the power of the convolutions", fails={BLOCKS: "the sides do not multiply"})
def receptive_field(num_blocks):
    return 3 ** (2 * num_blocks)


@wrong("one block too many", fails={BLOCKS: "one block more", NONE: "one block more"})
def receptive_field(num_blocks):
    return 5 + 4 * num_blocks


@wrong("one block too few", fails={BLOCKS: "one block fewer", NONE: "expected 1"})
def receptive_field(num_blocks):
    return 1 + 4 * (num_blocks - 1)


@wrong("starts from 3 instead of 1", fails={BLOCKS: "got 7", NONE: "got 3"})
def receptive_field(num_blocks):
    return 3 + 4 * num_blocks


@wrong("0 for no block", fails={NONE: "a pixel still depends on itself"})
def receptive_field(num_blocks):
    return 1 + 4 * num_blocks if num_blocks else 0


@wrong("recursion that stops at one block only", fails={NONE: "RecursionError"})
def receptive_field(num_blocks):
    return 5 if num_blocks == 1 else receptive_field(num_blocks - 1) + 4


@wrong("a table of the examples", fails={BLOCKS: "raised KeyError"})
def receptive_field(num_blocks):
    return {0: 1, 1: 5}[num_blocks]


@wrong("both sides", fails={BLOCKS: "expected a whole number", NONE: "expected a whole number"})
def receptive_field(num_blocks):
    return 1 + 4 * num_blocks, 1 + 4 * num_blocks


@wrong("no return", fails={BLOCKS: "returned None", NONE: "returned None"})
def receptive_field(num_blocks):
    side = 1 + 4 * num_blocks  # noqa: F841


@wrong("poolings between the blocks counted in", fails={BLOCKS: "expected 9 for 2 blocks"})
def receptive_field(num_blocks):
    side, step = 1, 1
    for _ in range(num_blocks):
        side, step = side + 4 * step, 2 * step
    return side


@right("a loop over convolutions")
def receptive_field(num_blocks):
    side = 1
    for _ in range(num_blocks):
        for kernel_size in (3, 3):
            side += kernel_size - 1
    return side


@right("recursion")
def receptive_field(num_blocks):
    return 1 if num_blocks == 0 else receptive_field(num_blocks - 1) + 4


@right("the reach to each side, doubled")
def receptive_field(num_blocks: int) -> int:
    reach = 2 * num_blocks
    return 2 * reach + 1


@right("a float and a NumPy number")
def receptive_field(num_blocks):
    return np.float64(num_blocks) * 4.0 + 1.0


@right("measured by spreading a single pixel")
def receptive_field(num_blocks):
    x = torch.zeros(1, 1, 4 * num_blocks + 3, 4 * num_blocks + 3)
    x[..., x.shape[2] // 2, x.shape[3] // 2] = 1
    for _ in range(2 * num_blocks):
        x = (F.conv2d(x, torch.ones(1, 1, 3, 3), padding=1) > 0).float()
    return x[0, 0].any(dim=0).sum()
