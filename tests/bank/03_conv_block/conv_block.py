"""Answers to `conv_block`."""

import torch
import torch.nn.functional as F
from torch import nn

from tests.bank import right, wrong

EVERY = ("conv_block_shape", "conv_block_layers", "conv_block_relus", "conv_block_values")
# cells that set the numbers of the two convolutions
SETTING = ("conv_block_shape", "conv_block_relus", "conv_block_values")
UNEQUAL = ("conv_block_shape", "conv_block_layers", "conv_block_values")


@wrong(
    "the ReLU between the convolutions left out",
    fails={"conv_block_relus": "no ReLU between the two convolutions"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "the last ReLU left out",
    fails={"conv_block_relus": "no ReLU after the second convolution"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
    )


@wrong(
    "both ReLUs left out",
    fails={"conv_block_relus": "no ReLU between the two convolutions"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
    )


@wrong(
    "the ReLU is made in forward but its result is dropped",
    fails={"conv_block_relus": "no ReLU between the two convolutions"},
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        x = self.conv1(x)
        F.relu(x)
        return F.relu(self.conv2(x))


@wrong(
    "each ReLU stands before its convolution",
    fails={
        "conv_block_relus": "no ReLU after the second convolution",
        "conv_block_values": "a ReLU is applied to the input",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
    )


@wrong(
    "a ReLU on the input as well",
    fails={"conv_block_values": "a ReLU is applied to the input"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "LeakyReLU",
    fails={"conv_block_relus": "LeakyReLU"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.LeakyReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.LeakyReLU(),
    )


@wrong("GELU between", fails={"conv_block_relus": "a GELU"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.GELU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "ReLU6",
    fails={
        "conv_block_shape": "every entry is 6",
        "conv_block_relus": "ReLU6",
        "conv_block_values": "every entry is 6",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU6(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU6(),
    )


@wrong(
    "a sigmoid at the end",
    fails={
        "conv_block_shape": "every entry is 1",
        "conv_block_relus": "a sigmoid",
        "conv_block_values": "every entry is 1",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.Sigmoid(),
    )


@wrong(
    "the padding left out",
    fails={"conv_block_shape": "without padding each 3x3 convolution takes one pixel"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3),
        nn.ReLU(),
    )


@wrong(
    "padding in the first convolution only",
    fails={"conv_block_shape": "one of the convolutions has no padding"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3),
        nn.ReLU(),
    )


@wrong(
    "all padding before the first convolution",
    fails={"conv_block_shape": "all zeros are put around the input"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=2),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3),
        nn.ReLU(),
    )


@wrong(
    "no padding, and zeros around the result to get the size back",
    fails={"conv_block_shape": "zeros are put around the result"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3),
        nn.ReLU(),
        nn.ZeroPad2d(2),
    )


@wrong("reflected borders", fails={"conv_block_shape": "mirrored"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode="reflect"),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, padding_mode="reflect"),
        nn.ReLU(),
    )


@wrong("replicated borders", fails={"conv_block_shape": "replicate"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.ReplicationPad2d(1),
        nn.Conv2d(in_channels, out_channels, 3),
        nn.ReLU(),
        nn.ReplicationPad2d(1),
        nn.Conv2d(out_channels, out_channels, 3),
        nn.ReLU(),
    )


@wrong("circular borders", fails={"conv_block_shape": "circular"})
def conv_block(in_channels, out_channels):
    same = {"kernel_size": 3, "padding": 1, "padding_mode": "circular"}
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, **same),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, **same),
        nn.ReLU(),
    )


@wrong(
    "zeros on two sides only",
    fails={"conv_block_shape": "on two sides only", "conv_block_values": "on two sides only"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.ZeroPad2d((0, 2, 0, 2)),
        nn.Conv2d(in_channels, out_channels, 3),
        nn.ReLU(),
        nn.ZeroPad2d((0, 2, 0, 2)),
        nn.Conv2d(out_channels, out_channels, 3),
        nn.ReLU(),
    )


@wrong("kernels of 5x5, padding 2", fails={"conv_block_layers": "expected 3x3 kernels"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 5, padding=2),
        nn.ReLU(),
    )


@wrong("the second kernel is 1x1", fails={"conv_block_layers": "expected 3x3 kernels"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 1),
        nn.ReLU(),
    )


@wrong("no biases", fails={"conv_block_layers": "expected a bias"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
        nn.ReLU(),
    )


@wrong("batch norm after each convolution", fails={"conv_block_layers": "BatchNorm2d"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


@wrong("batch norm in place of the biases", fails={"conv_block_layers": "BatchNorm2d"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


@wrong("dropout at the end", fails={"conv_block_layers": "no dropout"})
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Dropout(0.2),
    )


@wrong(
    "dropout between that never stops",
    fails={
        "conv_block_shape": "wrong values",
        "conv_block_layers": "no dropout",
        "conv_block_relus": "wrong values",
        "conv_block_values": "wrong values",
    },
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        x = F.dropout(F.relu(self.conv1(x)), 0.5)
        return F.relu(self.conv2(x))


@wrong(
    "one convolution only",
    fails={"conv_block_layers": "expected two convolutions, found 1"}
    | dict.fromkeys(SETTING, "expected two convolutions, found 1"),
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU())


@wrong(
    "three convolutions",
    fails={"conv_block_layers": "expected two convolutions, found 3"}
    | dict.fromkeys(SETTING, "expected two convolutions, found 3"),
)
def conv_block(in_channels, out_channels):
    layers = []
    for inputs in (in_channels, out_channels, out_channels):
        layers += [nn.Conv2d(inputs, out_channels, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*layers)


@wrong(
    "the second convolution takes in_channels",
    fails=dict.fromkeys(UNEQUAL, "the second those that the first gives"),
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong("in and out swapped", fails=dict.fromkeys(UNEQUAL, "takes the channels that reach it"))
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(out_channels, in_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(in_channels, in_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "the first convolution keeps in_channels, the second changes them",
    fails={
        "conv_block_shape": "are not (out, in, 3, 3) and (out, out, 3, 3)",
        "conv_block_layers": "the first convolution already gives out_channels",
        "conv_block_values": "are not (out, in, 3, 3) and (out, out, 3, 3)",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, in_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "fewer channels between the convolutions",
    fails={
        "conv_block_shape": "are not (out, in, 3, 3) and (out, out, 3, 3)",
        "conv_block_layers": "the first convolution already gives out_channels",
        "conv_block_relus": "wrong values",
        "conv_block_values": "are not (out, in, 3, 3) and (out, out, 3, 3)",
    },
)
def conv_block(in_channels, out_channels):
    middle = out_channels // 2
    return nn.Sequential(
        nn.Conv2d(in_channels, middle, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(middle, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "the second convolution leads back to in_channels",
    fails={
        "conv_block_shape": "the channels are those of the input",
        "conv_block_layers": "out_channels on both sides",
        "conv_block_values": "expected shape",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, in_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "the second convolution looks at one map at a time (groups)",
    fails={
        "conv_block_shape": "are not (out, in, 3, 3) and (out, out, 3, 3)",
        "conv_block_layers": "every input channel",
        "conv_block_values": "are not (out, in, 3, 3) and (out, out, 3, 3)",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, groups=out_channels),
        nn.ReLU(),
    )


@wrong(
    "the pooling of the encoder put into the block",
    fails={
        "conv_block_shape": "makes nothing smaller",
        "conv_block_relus": "expected shape",
        "conv_block_values": "expected shape",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


@wrong(
    "stride 2 in the second convolution",
    fails={
        "conv_block_shape": "a stride of 2",
        "conv_block_relus": "expected shape",
        "conv_block_values": "expected shape",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, stride=2, padding=1),
        nn.ReLU(),
    )


@wrong(
    "dilation 2 with padding 2: the right size from spread-out kernels",
    fails={"conv_block_shape": "wrong values", "conv_block_values": "dilation 2"},
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=2, dilation=2),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=2, dilation=2),
        nn.ReLU(),
    )


@wrong(
    "transposed convolutions",
    fails={
        "conv_block_shape": "are not (out, in, 3, 3) and (out, out, 3, 3)",
        "conv_block_layers": "out_channels on both sides",
        "conv_block_values": "are not (out, in, 3, 3) and (out, out, 3, 3)",
    },
)
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.ConvTranspose2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.ConvTranspose2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong(
    "a shortcut where the channels allow it",
    fails={
        "conv_block_relus": "the block has no shortcut",
        "conv_block_values": "the block has no shortcut",
    },
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(x)))
        return F.relu(y + x if y.shape == x.shape else y)


@wrong(
    "forward sends the input, not the first result, into the second convolution",
    fails=dict.fromkeys(UNEQUAL, "the second those that the first gives")
    | {"conv_block_relus": "only one of the two convolutions takes part"},
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        y = F.relu(self.conv1(x))
        y = F.relu(self.conv2(x))
        return y


@wrong(
    "one convolution used twice where the channels allow it",
    fails={"conv_block_layers": "is one used twice"}
    | dict.fromkeys(
        ("conv_block_relus", "conv_block_values"), "expected two convolutions, found 1"
    ),
)
def conv_block(in_channels, out_channels):
    conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
    conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
    if in_channels == out_channels:
        conv2 = conv1
    return nn.Sequential(conv1, nn.ReLU(), conv2, nn.ReLU())


@wrong(
    "new layers on every forward pass",
    fails={"conv_block_layers": "it makes new layers whenever it runs"}
    | dict.fromkeys(SETTING, "no parameters to train"),
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.channels = in_channels, out_channels

    def forward(self, x):
        inputs, outputs = self.channels
        x = F.relu(nn.Conv2d(inputs, outputs, 3, padding=1)(x))
        return F.relu(nn.Conv2d(outputs, outputs, 3, padding=1)(x))


@wrong(
    "the layers, as attributes, made anew on every forward pass",
    fails={"conv_block_layers": "it makes new layers whenever it runs"}
    | dict.fromkeys(SETTING, "makes layers while it runs"),
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.channels = in_channels, out_channels

    def forward(self, x):
        inputs, outputs = self.channels
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        return F.relu(self.conv2(F.relu(self.conv1(x))))


@wrong(
    "layers in a plain Python list",
    fails={"conv_block_layers": "plain Python list"} | dict.fromkeys(SETTING, "plain Python list"),
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.layers = [
            nn.Conv2d(in_channels, out_channels, 3, padding=1),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
        ]

    def forward(self, x):
        for layer in self.layers:
            x = F.relu(layer(x))
        return x


@wrong(
    "the same layers for every call with the same channels",
    fails={"conv_block_layers": "the same module both times"},
)
def conv_block(in_channels, out_channels, made={}):  # noqa: B006
    if (in_channels, out_channels) not in made:
        made[in_channels, out_channels] = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
            nn.ReLU(),
        )
    return made[in_channels, out_channels]


@wrong(
    "layers kept in a dictionary between calls",
    fails={"conv_block_layers": "share 4 of their parameters"},
)
def conv_block(in_channels, out_channels, made={}):  # noqa: B006
    key = in_channels, out_channels
    if key not in made:
        made[key] = (
            nn.Conv2d(in_channels, out_channels, 3, padding=1),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
        )
    return nn.Sequential(made[key][0], nn.ReLU(), made[key][1], nn.ReLU())


@wrong(
    "the kernel of one convolution handed out again, in a module that does not tell",
    fails={"conv_block_layers": "share some of their parameters"},
)
def conv_block(in_channels, out_channels, made={}):  # noqa: B006
    block = nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )
    first = made.setdefault((in_channels, out_channels), block[0].weight)
    block[0].weight = nn.Parameter(first.detach())  # another parameter, the same memory
    return block


@wrong(
    "half of the first result detached",
    fails={"conv_block_values": "though the result is right"},
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        return F.relu(self.conv2(x / 2 + x.detach() / 2))


@wrong(
    "the first result detached",
    fails={"conv_block_values": "no gradient reaches the parameter conv1.weight"},
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.conv1(x)).detach()
        return F.relu(self.conv2(x))


@wrong("forward under no_grad", fails={"conv_block_values": "torch.no_grad()"})
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    @torch.no_grad()
    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))))


@wrong("frozen parameters", fails={"conv_block_values": "frozen"})
def conv_block(in_channels, out_channels):
    block = nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )
    return block.requires_grad_(False)


@wrong("a list of layers", fails=dict.fromkeys(EVERY, "join the layers to one module"))
def conv_block(in_channels, out_channels):
    return [
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    ]


@wrong("no return", fails=dict.fromkeys(EVERY, "is the `return` line missing"))
def conv_block(in_channels, out_channels):
    nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU(),
    )


@wrong("the class, not an object of it", fails=dict.fromkeys(EVERY, "got the class Block itself"))
def conv_block(in_channels, out_channels):
    class Block(nn.Module):
        pass

    return Block


@wrong(
    "a class without forward",
    fails=dict.fromkeys(EVERY, "the class has no method `forward(self, x)`"),
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

        def forward(self, x):
            return F.relu(self.conv2(F.relu(self.conv1(x))))


@wrong(
    "super().__init__() forgotten",
    fails=dict.fromkeys(EVERY, "before it makes its first layer"),
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))))


@wrong(
    "super().__init__ without its brackets",
    fails=dict.fromkeys(EVERY, "with both pairs of brackets"),
)
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__  # noqa: B018
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))))


@wrong("F.relu in a Sequential", fails=dict.fromkeys(EVERY, "takes layers only. `nn.ReLU()`"))
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        F.relu,
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        F.relu,
    )


@wrong("nn.ReLU without brackets", fails=dict.fromkeys(EVERY, "without brackets is its class"))
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.ReLU,
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.ReLU,
    )


@wrong("a list in a Sequential", fails=dict.fromkeys(EVERY, "one by one, not a list"))
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        [
            nn.Conv2d(in_channels, out_channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1),
            nn.ReLU(),
        ]
    )


@wrong(
    "layers called on each other",
    fails=dict.fromkeys(EVERY, "not the result of calling one"),
)
def conv_block(in_channels, out_channels):
    x = torch.zeros(1, in_channels, 4, 4)
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, padding=1)(x), nn.ReLU())


@wrong("forward without return", fails=dict.fromkeys(EVERY, "does `forward` return its result"))
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))


@wrong("the input changed in place", fails=dict.fromkeys(EVERY, "in place"))
class conv_block(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x):
        y = F.relu(self.conv2(F.relu(self.conv1(x))))
        with torch.no_grad():
            x += 1
        return y


@right("a class with F.relu in forward and a return type")
class conv_block(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.conv2(F.relu(self.conv1(x))))


@right("the convolutions registered in the other order, one shared ReLU")
def conv_block(in_channels, out_channels):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Conv2d(out_channels, out_channels, 3, padding=1)
            self.a = nn.Conv2d(in_channels, out_channels, 3, padding=1)
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x):
            return self.relu(self.b(self.relu(self.a(x))))

    return Block()


@right('padding="same", ReLUs as nested Sequentials')
def conv_block(in_channels, out_channels):
    def step(inputs):
        return nn.Sequential(nn.Conv2d(inputs, out_channels, 3, padding="same"), nn.ReLU())

    return nn.Sequential(step(in_channels), step(out_channels))


@right("nn.ModuleList and clamp")
class conv_block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).clamp(min=0)
        return x


@right("functional, with nn.Parameter, biases first and shaped for broadcasting")
class conv_block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.bias2 = nn.Parameter(torch.zeros(1, o, 1, 1))
        self.bias1 = nn.Parameter(torch.zeros(1, o, 1, 1))
        self.w1 = nn.Parameter(torch.randn(o, i, 3, 3) / (9 * i) ** 0.5)
        self.w2 = nn.Parameter(torch.randn(o, o, 3, 3) / (9 * o) ** 0.5)

    def forward(self, x):
        x = torch.relu(F.conv2d(x, self.w1, padding=1) + self.bias1)
        return torch.relu(F.conv2d(x, self.w2, padding=1) + self.bias2)


@right("zeros put around by a layer of their own, and by F.pad")
class conv_block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.first = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(i, o, (3, 3)), nn.Threshold(0, 0))
        self.second = nn.Conv2d(o, o, (3, 3))

    def forward(self, x):
        x = self.second(F.pad(self.first(x), (1, 1, 1, 1)))
        return x * (x > 0)


@right("lazy convolutions")
def conv_block(in_channels, out_channels):
    return nn.Sequential(
        nn.LazyConv2d(out_channels, 3, padding=1),
        nn.ReLU(),
        nn.LazyConv2d(out_channels, 3, padding=1),
        nn.ReLU(),
    )


@right("patches and linear layers")
class conv_block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.linear1 = nn.Linear(9 * i, o)
        self.linear2 = nn.Linear(9 * o, o)

    def forward(self, x):
        for linear in (self.linear1, self.linear2):
            batch, _, height, width = x.shape
            patches = F.unfold(x, 3, padding=1).transpose(1, 2)
            y = torch.maximum(linear(patches), torch.zeros(()))
            x = y.transpose(1, 2).reshape(batch, -1, height, width)
        return x


@right("nine shifted products by einsum")
class conv_block(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.weights = nn.ParameterList([torch.randn(o, i, 3, 3), torch.randn(o, o, 3, 3)])
        self.biases = nn.ParameterList([torch.zeros(o), torch.zeros(o)])

    def forward(self, x):
        height, width = x.shape[2:]
        for weight, bias in zip(self.weights, self.biases):  # noqa: B905
            padded = F.pad(x, (1, 1, 1, 1))
            x = bias[:, None, None]
            for r in range(3):
                for c in range(3):
                    part = padded[:, :, r : r + height, c : c + width]
                    x = x + torch.einsum("bihw,oi->bohw", part, weight[:, :, r, c])
            x = x.relu()
        return x


@right("a Sequential filled by a loop; initialised by hand; one ReLU too many")
def conv_block(in_channels, out_channels):
    block = nn.Sequential()
    for name, inputs in (("one", in_channels), ("two", out_channels)):
        conv = nn.Conv2d(inputs, out_channels, kernel_size=3, stride=1, padding=(1, 1))
        nn.init.kaiming_normal_(conv.weight)
        nn.init.zeros_(conv.bias)
        block.add_module(name, conv)
        block.add_module(name + "_relu", nn.ReLU())
    block.append(nn.ReLU())
    return block
