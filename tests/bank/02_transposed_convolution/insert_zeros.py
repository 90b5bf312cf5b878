"""Answers to `insert_zeros`."""

import numpy as np
import torch
import torch.nn.functional as F

from tests.bank import right, wrong


@wrong("a zero after the last pixel too", fails={"insert_zeros_size": "after the last pixel too"})
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    result = torch.zeros(batch, channels, height * stride, width * stride, dtype=x.dtype)
    result[:, :, ::stride, ::stride] = x
    return result


@wrong(
    "zeros between the rows only",
    fails={
        "insert_zeros_size": "between the rows only",
        "insert_zeros_values": "between the rows only",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    result = torch.zeros(batch, channels, (height - 1) * stride + 1, width, dtype=x.dtype)
    result[:, :, ::stride] = x
    return result


@wrong(
    "zeros between the columns only",
    fails={
        "insert_zeros_size": "between the columns only",
        "insert_zeros_values": "between the columns only",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    result = torch.zeros(batch, channels, height, (width - 1) * stride + 1, dtype=x.dtype)
    result[:, :, :, ::stride] = x
    return result


@wrong(
    "zeros around the map too",
    fails={
        "insert_zeros_size": "zeros were put around the map too",
        "insert_zeros_values": "yours\n     0     0     0     0     0     0     0\n     0  ",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    size = (batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    result = torch.zeros(size, dtype=x.dtype)
    result[:, :, ::stride, ::stride] = x
    return F.pad(result, (1, 1, 1, 1))


@wrong(
    "stride zeros in each gap instead of stride - 1",
    fails={
        "insert_zeros_size": "stride zeros were put in each gap",
        "insert_zeros_values": "stride zeros were put in each gap",
    },
)
def insert_zeros(x, stride):
    step = stride + 1
    batch, channels, height, width = x.shape
    size = (batch, channels, (height - 1) * step + 1, (width - 1) * step + 1)
    result = torch.zeros(size, dtype=x.dtype)
    result[:, :, ::step, ::step] = x
    return result


@wrong("pixels repeated", fails={"insert_zeros_values": "pixels were repeated"})
def insert_zeros(x, stride):
    height, width = x.shape[2:]
    big = x.repeat_interleave(stride, 2).repeat_interleave(stride, 3)
    return big[:, :, : (height - 1) * stride + 1, : (width - 1) * stride + 1]


@wrong(
    "the stride fixed at 2",
    fails={
        "insert_zeros_size": "from a (1, 2, 1,",
        "insert_zeros_values": "the stride was taken to be 2",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    result = torch.zeros(batch, channels, 2 * height - 1, 2 * width - 1, dtype=x.dtype)
    result[:, :, ::2, ::2] = x
    return result


@wrong(
    "right for square maps only",
    fails={
        "insert_zeros_size": "another shape than the place",
        "insert_zeros_values": "another shape than the place",
        "insert_zeros_gradient": "another shape than the place",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, _ = x.shape
    side = (height - 1) * stride + 1
    result = torch.zeros(batch, channels, side, side, dtype=x.dtype)
    result[:, :, ::stride, ::stride] = x
    return result


@wrong(
    "one image with one channel only",
    fails={
        "insert_zeros_size": "expected shape (2, 3,",
        "insert_zeros_values": "expected shape (2, 3,",
    },
)
def insert_zeros(x, stride):
    height, width = x.shape[2:]
    result = torch.zeros(1, 1, (height - 1) * stride + 1, (width - 1) * stride + 1, dtype=x.dtype)
    result[0, 0, ::stride, ::stride] = x[0, 0]
    return result


@wrong(
    "the example's answer written down",
    fails={
        "insert_zeros_size": "expected shape (1, 1, 3, 5)",
        "insert_zeros_values": "at [0, 0, 0, 0] expected",
        "insert_zeros_gradient": "no gradient flows back",
    },
)
def insert_zeros(x, stride):
    return torch.tensor([[[[1.0, 0, 2], [0, 0, 0], [3, 0, 4]]]])


@wrong(
    "through NumPy, so no gradient flows back",
    fails={"insert_zeros_gradient": "no gradient flows back"},
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    size = (batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    result = np.zeros(size, dtype=x.detach().numpy().dtype)
    result[:, :, ::stride, ::stride] = x.detach().numpy()
    return torch.from_numpy(result)


@wrong(
    "the type is always float32",
    fails={"insert_zeros_gradient": "expected elements of type float64"},
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    result = torch.zeros(batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    result[:, :, ::stride, ::stride] = x
    return result


@wrong(
    "no return line",
    fails={
        "insert_zeros_size": "returned None",
        "insert_zeros_values": "returned None",
        "insert_zeros_gradient": "returned None",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    result = torch.zeros(batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    result[:, :, ::stride, ::stride] = x


@wrong(
    "rows and columns swapped",
    fails={
        "insert_zeros_size": "height and width were swapped",
        "insert_zeros_values": "height and width were swapped",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    size = (batch, channels, (width - 1) * stride + 1, (height - 1) * stride + 1)
    result = torch.zeros(size, dtype=x.dtype)
    result[:, :, ::stride, ::stride] = x.transpose(2, 3)
    return result


@wrong(
    "the input's own values changed on the way",
    fails={
        "insert_zeros_size": "changed its input in place",
        "insert_zeros_values": "changed its input in place",
        "insert_zeros_gradient": "raised RuntimeError",
    },
)
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    size = (batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    result = torch.zeros(size, dtype=x.dtype)
    result[:, :, ::stride, ::stride] = x
    x.zero_()
    return result


@right("a loop over the pixels")
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    out = x.new_zeros(batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    for i in range(height):
        for j in range(width):
            out[:, :, i * stride, j * stride] = x[:, :, i, j]
    return out


@right("a transposed convolution with a 1x1 kernel of one, a group each channel")
def insert_zeros(x: torch.Tensor, stride: int) -> torch.Tensor:
    one = torch.ones(x.shape[1], 1, 1, 1, dtype=x.dtype)
    return F.conv_transpose2d(x, one, stride=stride, groups=x.shape[1])


@right("a new axis of zeros beside each pixel, flattened and cut")
def insert_zeros(x, stride):
    b, c, h, w = x.shape
    grid = F.pad(x[:, :, :, None, :, None], (0, stride - 1, 0, 0, 0, stride - 1))
    full = grid.reshape(b, c, h * stride, w * stride)
    return full[:, :, : (h - 1) * stride + 1, : (w - 1) * stride + 1]


@right("Kronecker product with a corner of one, then cut")
def insert_zeros(picture, gap):
    corner = torch.zeros(gap, gap, dtype=picture.dtype)
    corner[0, 0] = 1
    big = torch.kron(picture.contiguous(), corner[None, None])
    rows, columns = big.shape[2:]
    return big[:, :, : rows - gap + 1, : columns - gap + 1]


@right("einsum with two matrices that place rows and columns")
def insert_zeros(x, stride):
    def place(n):
        matrix = torch.zeros((n - 1) * stride + 1, n, dtype=x.dtype)
        matrix[torch.arange(n) * stride, torch.arange(n)] = 1
        return matrix

    return torch.einsum("ai,bcij,dj->bcad", place(x.shape[2]), x, place(x.shape[3]))


@wrong("negative pixels become 0", fails={"insert_zeros_values": "yours (wrong places starred)"})
def insert_zeros(x, stride):
    batch, channels, height, width = x.shape
    result = x.new_zeros(batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    result[:, :, ::stride, ::stride] = x.clamp(min=0)
    return result


@wrong("one tensor for all calls", fails={"insert_zeros_values": "a second call changed"})
def insert_zeros(x, stride, kept={}):  # noqa: B006
    batch, channels, height, width = x.shape
    size = batch, channels, (height - 1) * stride + 1, (width - 1) * stride + 1
    result = kept.setdefault((size, x.dtype), torch.zeros(size, dtype=x.dtype))
    result[:, :, ::stride, ::stride] = x
    return result.clone() if x.requires_grad else result
