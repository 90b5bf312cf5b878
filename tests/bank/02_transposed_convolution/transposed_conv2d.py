"""Answers to `transposed_conv2d`; `insert_zeros` is the solution's."""

import torch
import torch.nn.functional as F
from torch import nn

from tests.bank import right, wrong

ALL = tuple(
    f"transposed_conv2d_{name}" for name in ("size", "kernel", "channels", "padding", "gradient")
)


def insert_zeros(x, stride):
    """Stands here for the notebook's own, so that the file reads alone."""


@wrong("the kernel is not flipped", fails={"transposed_conv2d_kernel": "was not flipped"})
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.transpose(0, 1))


@wrong("flipped upside down only", fails={"transposed_conv2d_kernel": "upside down only"})
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2).transpose(0, 1))


@wrong(
    "the channel axes are not swapped",
    fails={
        "transposed_conv2d_size": "raised RuntimeError",
        "transposed_conv2d_channels": "raised RuntimeError",
        "transposed_conv2d_gradient": "raised RuntimeError",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3))


@wrong(
    "the channel axes are reshaped instead of swapped",
    fails={"transposed_conv2d_channels": "reshaped, which mixes groups"},
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    inputs, outputs, height, width = weight.shape
    rows, columns = height - 1 - padding, width - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).reshape(outputs, inputs, height, width))


@wrong(
    "no zeros around",
    fails={
        "transposed_conv2d_size": "the zeros around the map are missing",
        "transposed_conv2d_kernel": "expected shape",
        "transposed_conv2d_channels": "expected shape",
        "transposed_conv2d_padding": "expected shape",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    return F.conv2d(insert_zeros(x, stride), weight.flip(2, 3).transpose(0, 1))


@wrong(
    "padding is ignored",
    fails={
        "transposed_conv2d_size": "padding was not taken off the rows and columns",
        "transposed_conv2d_padding": "padding was not taken off the rows and columns",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1, weight.shape[3] - 1
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "padding makes the result larger",
    fails={
        "transposed_conv2d_size": "padding was added to the zeros around the rows and columns",
        "transposed_conv2d_padding": "padding was added to the zeros around the rows and columns",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 + padding, weight.shape[3] - 1 + padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "the border is taken off on two sides only",
    fails={"transposed_conv2d_padding": "on two sides only"},
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1, weight.shape[3] - 1
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))[..., 2 * padding :, 2 * padding :]


@wrong(
    "the order of F.pad mixed up: right for square kernels",
    fails={
        "transposed_conv2d_size": "F.pad takes its numbers in another order",
        "transposed_conv2d_kernel": "F.pad takes its numbers in another order",
        "transposed_conv2d_channels": "F.pad takes its numbers in another order",
        "transposed_conv2d_padding": "F.pad takes its numbers in another order",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (rows, rows, columns, columns))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "the stride given to the convolution, not to the zeros",
    fails={
        "transposed_conv2d_size": "the stride belongs to the inserted zeros",
        "transposed_conv2d_kernel": "the stride belongs to the inserted zeros",
        "transposed_conv2d_channels": "the stride belongs to the inserted zeros",
        "transposed_conv2d_padding": "the stride belongs to the inserted zeros",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(x, (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1), stride=stride)


@wrong(
    "the library's layer with fresh weights of its own",
    fails=dict.fromkeys(ALL, "PyTorch's own transposed convolution did the work"),
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    inputs, outputs, height, width = weight.shape
    layer = nn.ConvTranspose2d(inputs, outputs, (height, width), stride, padding, bias=False)
    return layer(x)


@wrong(
    "the kernel detached, so that it could not learn",
    fails={"transposed_conv2d_gradient": "(kernel): no gradient"},
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.detach().flip(2, 3).transpose(0, 1))


@wrong(
    "rows and columns of the kernel swapped by a transpose of everything",
    fails={
        "transposed_conv2d_size": "expected shape",
        "transposed_conv2d_kernel": "rows and columns of the kernel were swapped",
        "transposed_conv2d_channels": "expected shape",
        "transposed_conv2d_padding": "expected shape",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    weight = weight.transpose(2, 3)
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "channels kept apart: each output channel sees one input channel only",
    fails={"transposed_conv2d_channels": "wrong values"},
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    turned, inputs = weight.flip(2, 3), weight.shape[0]
    apart = [
        F.conv2d(x[:, [o % inputs]], turned[[o % inputs], o : o + 1])
        for o in range(weight.shape[1])
    ]
    return torch.cat(apart, dim=1)


@wrong(
    "the operator of the library",
    fails=dict.fromkeys(ALL, "PyTorch's own transposed convolution did the work"),
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    return F.conv_transpose2d(x, weight, stride=stride, padding=padding)


@right("stamping in a loop, then cutting the border")
def transposed_conv2d(x, weight, stride=1, padding=0):
    b, _, h, w = x.shape
    _, out, kh, kw = weight.shape
    y = torch.zeros(b, out, (h - 1) * stride + kh, (w - 1) * stride + kw)
    for i in range(h):
        for j in range(w):
            stamp = torch.einsum("bc,cohw->bohw", x[:, :, i, j], weight)
            y[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw] += stamp
    return y[:, :, padding : y.shape[2] - padding, padding : y.shape[3] - padding]


@wrong(
    "the gradient of an ordinary convolution",
    fails=dict.fromkeys(ALL, "PyTorch's own transposed convolution did the work"),
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    kh, kw = weight.shape[2:]
    height = (x.shape[2] - 1) * stride - 2 * padding + kh
    width = (x.shape[3] - 1) * stride - 2 * padding + kw
    shape = (x.shape[0], weight.shape[1], height, width)
    return nn.grad.conv2d_input(shape, weight, x, stride=stride, padding=padding)


@right("fold, the opposite of unfold")
def transposed_conv2d(x, weight, stride=1, padding=0):
    b, c, h, w = x.shape
    _, out, kh, kw = weight.shape
    columns = weight.reshape(c, -1).T @ x.reshape(b, c, h * w)
    size = ((h - 1) * stride - 2 * padding + kh, (w - 1) * stride - 2 * padding + kw)
    return F.fold(columns, size, (kh, kw), stride=stride, padding=padding)


@right("zeros, the convolution's own padding, rot90 for the flip, permute for the channels")
def transposed_conv2d(feature_map, kernel, stride=1, padding=0):
    kh, kw = kernel.shape[2], kernel.shape[3]
    turned = torch.rot90(kernel, 2, (2, 3)).permute(1, 0, 2, 3)
    around = (kh - 1 - padding, kw - 1 - padding)
    return F.conv2d(insert_zeros(feature_map, stride), turned, padding=around)


@wrong(
    "the border taken off by a slice that is empty where padding is 0",
    fails={
        "transposed_conv2d_size": "a slice such as [0:-0] takes nothing",
        "transposed_conv2d_kernel": "a slice such as [0:-0] takes nothing",
        "transposed_conv2d_channels": "a slice such as [0:-0] takes nothing",
        "transposed_conv2d_gradient": "a slice such as [0:-0] takes nothing",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1, weight.shape[3] - 1
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    r = F.conv2d(x, weight.flip(2, 3).transpose(0, 1))
    return r[:, :, padding:-padding, padding:-padding]


@wrong(
    "zeros around the map before those between",
    fails={
        "transposed_conv2d_size": "zeros between the pixels come first",
        "transposed_conv2d_kernel": "zeros between the pixels come first",
        "transposed_conv2d_channels": "zeros between the pixels come first",
        "transposed_conv2d_padding": "zeros between the pixels come first",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = insert_zeros(F.pad(x, (columns, columns, rows, rows)), stride)
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "one number of zeros around for both axes: right for square kernels",
    fails={
        "transposed_conv2d_size": "each axis needs its own number of zeros",
        "transposed_conv2d_kernel": "each axis needs its own number of zeros",
        "transposed_conv2d_channels": "each axis needs its own number of zeros",
        "transposed_conv2d_padding": "each axis needs its own number of zeros",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    around = weight.shape[2] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (around, around, around, around))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "no zeros inserted",
    fails={
        "transposed_conv2d_size": "no zeros were inserted between the pixels",
        "transposed_conv2d_kernel": "no zeros were inserted between the pixels",
        "transposed_conv2d_channels": "no zeros were inserted between the pixels",
        "transposed_conv2d_padding": "no zeros were inserted between the pixels",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(x, (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "the stride given to the convolution as well",
    fails={
        "transposed_conv2d_size": "the stride belongs to the inserted zeros",
        "transposed_conv2d_kernel": "the stride belongs to the inserted zeros",
        "transposed_conv2d_channels": "the stride belongs to the inserted zeros",
        "transposed_conv2d_padding": "the stride belongs to the inserted zeros",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1), stride=stride)


@wrong(
    "zeros around at the left and the top only",
    fails={
        "transposed_conv2d_size": "at one end only",
        "transposed_conv2d_kernel": "at one end only",
        "transposed_conv2d_channels": "at one end only",
        "transposed_conv2d_padding": "at one end only",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, 0, rows, 0))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "padding taken off at one end only",
    fails={
        "transposed_conv2d_size": "padding was taken off at one end only",
        "transposed_conv2d_padding": "padding was taken off at one end only",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1, weight.shape[3] - 1
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))[:, :, padding:, padding:]


@wrong(
    "kernel minus padding zeros around: one too many",
    fails=dict.fromkeys(ALL[:4], "one zero too many stands at each end of the rows and columns"),
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - padding, weight.shape[3] - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "zeros around the columns only",
    fails={
        "transposed_conv2d_size": "zeros around one axis only",
        "transposed_conv2d_kernel": "zeros around one axis only",
        "transposed_conv2d_channels": "zeros around one axis only",
        "transposed_conv2d_padding": "zeros around one axis only",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    columns = weight.shape[3] - 1 - padding
    x = F.pad(insert_zeros(x, stride), (columns, columns))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1))


@wrong(
    "padding zeros around, as in an ordinary convolution",
    fails={
        "transposed_conv2d_size": "the zeros around the map are missing",
        "transposed_conv2d_kernel": "the zeros around the map are missing",
        "transposed_conv2d_channels": "the zeros around the map are missing",
        "transposed_conv2d_padding": "as in an ordinary convolution",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    x = insert_zeros(x, stride)
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1), padding=padding)


@wrong(
    "two slips: no zeros inserted, and the sign lost",
    fails={
        "transposed_conv2d_size": "likely cause: no zeros were inserted",
        "transposed_conv2d_kernel": "likely cause: no zeros were inserted",
        "transposed_conv2d_channels": "likely cause: no zeros were inserted",
        "transposed_conv2d_padding": "likely cause: no zeros were inserted",
    },
)
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1 - padding, weight.shape[3] - 1 - padding
    x = F.pad(x, (columns, columns, rows, rows))
    return F.conv2d(x, weight.flip(2, 3).transpose(0, 1)).abs()


@right("the border taken off by a slice, with padding 0 in mind")
def transposed_conv2d(x, weight, stride=1, padding=0):
    rows, columns = weight.shape[2] - 1, weight.shape[3] - 1
    x = F.pad(insert_zeros(x, stride), (columns, columns, rows, rows))
    r = F.conv2d(x, weight.flip(2, 3).transpose(0, 1))
    return r[:, :, padding:-padding, padding:-padding] if padding else r


@right("zeros between by a loop, the four steps one by one, new tensors each time")
def transposed_conv2d(x, weight, stride=1, padding=0):
    kernel_height, kernel_width = weight.shape[-2:]
    spread = insert_zeros(x, stride)
    around = x.new_zeros(
        *x.shape[:2],
        spread.shape[2] + 2 * (kernel_height - 1),
        spread.shape[3] + 2 * (kernel_width - 1),
    )
    around[
        :,
        :,
        kernel_height - 1 : kernel_height - 1 + spread.shape[2],
        kernel_width - 1 : kernel_width - 1 + spread.shape[3],
    ] = spread
    full = F.conv2d(around, weight.flip((-1, -2)).swapaxes(0, 1))
    height, width = full.shape[2] - padding, full.shape[3] - padding
    return full[..., padding:height, padding:width]


@right("insert_zeros not called: a stride written once more")
def transposed_conv2d(x, weight, stride=1, padding=0):
    b, c, h, w = x.shape
    kh, kw = weight.shape[2:]
    top, left = kh - 1 - padding, kw - 1 - padding
    canvas = torch.zeros(
        b, c, (h - 1) * stride + 1 + 2 * top, (w - 1) * stride + 1 + 2 * left, dtype=x.dtype
    )
    canvas[
        :, :, top : top + (h - 1) * stride + 1 : stride, left : left + (w - 1) * stride + 1 : stride
    ] = x
    return F.conv2d(canvas, torch.flip(weight, dims=[2, 3]).permute(1, 0, 2, 3))
