"""Exercise 2.1: zeros between the pixels."""

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import check, draw
from helpers.checks.core.handle import Handle
from helpers.checks.core.spec import Spec


def distinct(*shape: int) -> Tensor:
    """Different numbers of both signs, none of them whole or near 0, in random order."""
    count = torch.Size(shape).numel()
    sign = 2 * torch.randint(2, (count,)) - 1
    return ((1.3 + torch.randperm(count)) * sign).reshape(shape)


def spread(x: Tensor, stride: int) -> Tensor:
    """Zeros between the pixels, by PyTorch's own operator with a 1x1 kernel of 1."""
    one = torch.ones(1, 1, 1, 1, dtype=x.dtype)
    planes = F.conv_transpose2d(x.reshape(-1, 1, *x.shape[2:]), one, stride=stride)
    return planes.reshape(*x.shape[:2], *planes.shape[2:])


def cases() -> list[tuple[Tensor, int]]:
    """Inputs with their stride: from one pixel to batches, none square.

    The numbers differ, so that no pixel can be taken for another or for an inserted zero.
    """
    sizes = [
        (1, 1, 2, 3, 2),
        (2, 3, draw(2, 4), draw(5, 6), 2),
        (1, 2, 1, draw(3, 5), 3),
        (draw(2, 3), 1, draw(5, 6), draw(2, 4), 1),
        (1, 1, 2, 3, draw(4, 6)),
    ]
    return [(distinct(*size[:4]), size[4]) for size in sizes]


def repeated(x: Tensor, stride: int) -> Tensor:
    """Pixels copied into the gaps."""
    rows, columns = spread(x, stride).shape[2:]
    return x.repeat_interleave(stride, 2).repeat_interleave(stride, 3)[:, :, :rows, :columns]


SPEC = Spec(
    "insert_zeros",
    spread,
    cases,
    "a {0} input with stride {1}",
    {
        "nothing was inserted.": lambda x, s: x,
        "zeros were put between the rows only.": lambda x, s: spread(x, s)[..., ::s],
        "zeros were put between the columns only.": lambda x, s: spread(x, s)[:, :, ::s],
        "zeros were put after the last pixel too; they belong between pixels only.": lambda x, s: (
            F.pad(spread(x, s), (0, s - 1, 0, s - 1))
        ),
        "height and width were swapped.": lambda x, s: spread(x, s).mT,
        "zeros were put around the map too; that is the next step.": lambda x, s: F.pad(
            spread(x, s), (1, 1, 1, 1)
        ),
        "stride zeros were put in each gap; stride - 1 zeros make the distance stride.": lambda x, s: (
            spread(x, s + 1)
        ),
        "the stride was taken to be 2.": lambda x, s: spread(x, 2),
        "pixels were repeated; there should be zeros between them.": repeated,
        "pixels were repeated, after the last one too; there should be zeros between them.": lambda x, s: (
            x.repeat_interleave(s, 2).repeat_interleave(s, 3)
        ),
        "negative pixels were lost.": lambda x, s: spread(x, s).relu(),
        "only the first picture's first channel was used.": lambda x, s: spread(x, s)[:1, :1],
    },
)


@check
def insert_zeros_size(insert_zeros: Handle) -> str:
    """Only the gaps between pixels are filled: (H - 1) * stride + 1 rows."""
    return SPEC.shape(insert_zeros)


@check
def insert_zeros_values(insert_zeros: Handle) -> str:
    """Each pixel stands where it should, and everything else is zero."""
    said = SPEC.values(insert_zeros, whatever_size=True)
    SPEC.fresh(insert_zeros)
    return said


@check
def insert_zeros_gradient(insert_zeros: Handle) -> str:
    """The type is kept and a gradient flows, as in a layer."""
    return SPEC.gradient(insert_zeros, 2)
