"""Answers to `make_upconv`."""

import torch
import torch.nn.functional as F
from torch import nn

from tests.bank import right, wrong

BOTH = ("make_upconv_size", "make_upconv_kernel")


@wrong(
    "kernel 3, stride 2 with output_padding: the right size, but the stamps overlap",
    fails={"make_upconv_kernel": "it reaches further"},
)
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, 3, 2, padding=1, output_padding=1)


@wrong(
    "kernel 3, stride 2",
    fails={"make_upconv_size": "the kernel is 2x2, not 3x3", "make_upconv_kernel": "4, 9, 11)"},
)
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, kernel_size=3, stride=2)


@wrong(
    "kernel 4, stride 2, padding 1: the right size, but the stamps overlap",
    fails={"make_upconv_kernel": "it reaches further"},
)
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, kernel_size=4, stride=2, padding=1)


@wrong(
    "the stride left out",
    fails={"make_upconv_size": "the stride is missing", "make_upconv_kernel": "expected shape"},
)
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2)


@wrong(
    "an ordinary convolution",
    fails={"make_upconv_size": "an ordinary convolution", "make_upconv_kernel": "expected shape"},
)
def make_upconv(in_channels, out_channels):
    return nn.Conv2d(in_channels, out_channels, kernel_size=2, stride=2)


@wrong(
    "input and output channels swapped",
    fails=dict.fromkeys(BOTH, "the channels are exchanged"),
)
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(out_channels, in_channels, kernel_size=2, stride=2)


@wrong("pixels copied, nothing learned", fails=dict.fromkeys(BOTH, "make_upconv"))
def make_upconv(in_channels, out_channels):
    return nn.Upsample(scale_factor=2)


@wrong(
    "pixels copied, then channels mixed",
    fails={"make_upconv_kernel": "nearest-neighbour copying"},
)
def make_upconv(in_channels, out_channels):
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(in_channels, out_channels, 1))


@wrong("pixels copied, then a 3x3 convolution", fails={"make_upconv_kernel": "it reaches further"})
def make_upconv(in_channels, out_channels):
    return nn.Sequential(
        nn.Upsample(scale_factor=2), nn.Conv2d(in_channels, out_channels, 3, padding=1)
    )


@wrong("the class instead of a layer", fails=dict.fromkeys(BOTH, "expected a layer"))
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d


@wrong("padding 1", fails=dict.fromkeys(BOTH, "expected shape"))
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2, padding=1)


@wrong(
    "the channels fixed to the example's",
    fails={"make_upconv_size": "raised RuntimeError", "make_upconv_kernel": "raised RuntimeError"},
)
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(8, 4, kernel_size=2, stride=2)


@wrong("no return line", fails=dict.fromkeys(BOTH, "returned None"))
def make_upconv(in_channels, out_channels):
    nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)


@right("positional arguments")
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, 2, 2)


@right("kernel and stride as pairs")
def make_upconv(i, o):
    return nn.ConvTranspose2d(i, o, kernel_size=(2, 2), stride=(2, 2), padding=0)


@right("wrapped in a Sequential")
def make_upconv(in_channels, out_channels):
    return nn.Sequential(nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2))


@right("a module of its own around the library's operator")
def make_upconv(in_channels, out_channels):
    class Up(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_channels, out_channels, 2, 2))

        def forward(self, x):
            return F.conv_transpose2d(x, self.weight, stride=2)

    return Up()


@right("a 1x1 convolution to four times the channels, then shuffled into place")
def make_upconv(in_channels, out_channels):
    return nn.Sequential(nn.Conv2d(in_channels, 4 * out_channels, 1), nn.PixelShuffle(2))


@wrong("an activation behind it", fails={"make_upconv_kernel": "without an activation"})
def make_upconv(in_channels, out_channels):
    return nn.Sequential(nn.ConvTranspose2d(in_channels, out_channels, 2, 2), nn.LeakyReLU())


@wrong("frozen weights", fails={"make_upconv_kernel": "nothing to learn"})
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, 2, 2).requires_grad_(False)


@right("zero weights to start with")
def make_upconv(in_channels, out_channels):
    layer = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)
    nn.init.zeros_(layer.weight)
    return layer


@right("four 1x1 convolutions, one a corner of the block")
def make_upconv(in_channels, out_channels):
    class Corners(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts = nn.ModuleList(nn.Conv2d(in_channels, out_channels, 1) for _ in range(4))

        def forward(self, x):
            a, b, c, d = (part(x) for part in self.parts)
            upper, lower = torch.stack([a, b], dim=-1), torch.stack([c, d], dim=-1)
            return torch.stack([upper.flatten(-2), lower.flatten(-2)], dim=-2).flatten(-3, -2)

    return Corners()


@right("a lazy layer, which has no weights before its first input")
def make_upconv(in_channels, out_channels):
    return nn.LazyConvTranspose2d(out_channels, kernel_size=2, stride=2)


@right("a weight norm around the layer")
def make_upconv(in_channels, out_channels):
    layer = nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)
    return nn.utils.parametrizations.weight_norm(layer)


@wrong(
    "an output_padding that is not needed",
    fails={"make_upconv_size": "no output_padding", "make_upconv_kernel": "no output_padding"},
)
def make_upconv(in_channels, out_channels):
    return nn.ConvTranspose2d(in_channels, out_channels, 2, 2, output_padding=1)


@wrong(
    "one layer for all calls with the same channels",
    fails={"make_upconv_kernel": "two calls gave the same weights"},
)
def make_upconv(in_channels, out_channels, made={}):  # noqa: B006
    layer = nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)
    return made.setdefault((in_channels, out_channels), layer)


@wrong(
    "one kernel for all pairs of channels, so that most weights do nothing",
    fails={"make_upconv_kernel": "not made of the layer's own weights"},
)
class make_upconv(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(in_channels, out_channels, 2, 2))

    def forward(self, x):
        weight = self.weight[:1, :1].expand_as(self.weight)
        return F.conv_transpose2d(x, weight, stride=2)


@wrong(
    "a part of the weights detached",
    fails={"make_upconv_kernel": "the gradient of the parameter weight"},
)
class make_upconv(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(in_channels, out_channels, 2, 2))

    def forward(self, x):
        weight = torch.cat([self.weight[:1].detach(), self.weight[1:]])
        return F.conv_transpose2d(x, weight, stride=2)
