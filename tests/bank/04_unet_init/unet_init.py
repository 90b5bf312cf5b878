"""Answers to the U-Net's `__init__`; `conv_block` and `make_upconv` are the notebook's."""

import torch
from torch import nn

from tests.bank import right, wrong

EVERY = (
    "unet_init_encoder",
    "unet_init_blocks",
    "unet_init_pool",
    "unet_init_upconvs",
    "unet_init_decoder",
    "unet_init_out",
    "unet_init_arguments",
    "unet_init_registered",
)


def conv_block(in_channels, out_channels):
    """Stands here for the notebook's own, so that the file reads alone."""


def make_upconv(in_channels, out_channels):
    """Stands here for the notebook's own."""


@wrong(
    "the decoder blocks take their level once",
    fails={
        "unet_init_decoder": "UNet(3, 2, (4, 5, 6, 7)).dec3 should take 12 channels",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "one decoder block forgets to double",
    fails={
        "unet_init_decoder": ".dec1 should take 8 channels",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "the doubling written as features[i + 1], right for the default only",
    fails={
        "unet_init_decoder": "7 channels, but got 12 channels instead.",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(f4, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(f3, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(f2, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "in_channels fixed at 3",
    fails={
        "unet_init_encoder": "UNet(1, 2, (4, 5, 6, 7)).enc1 should take 1 channel, but",
        "unet_init_arguments": "channels instead. Is a number written out",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(3, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "out_channels fixed at 2",
    fails={
        "unet_init_out": "UNet(3, 5, (4, 5, 6, 7)).out: expected shape (2, 5, 6, 10)",
        "unet_init_arguments": "(2, 2, 6, 10). Is a number written out",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, 2, kernel_size=1)


@wrong(
    "features ignored",
    fails={
        "unet_init_encoder": "UNet(3, 2, (4, 5, 6, 7)).enc1: expected shape",
        "unet_init_blocks": ".enc1: expected a conv_block",
        "unet_init_upconvs": ".upconv3 should take",
        "unet_init_decoder": ".dec3 should take",
        "unet_init_out": ".out should take",
        "unet_init_arguments": "(2, 64, 6, 10). Is a number written out",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = 64, 128, 256, 512
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "an average pool",
    fails={
        "unet_init_pool": "the average was taken",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.AvgPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a pool with stride 1",
    fails={
        "unet_init_pool": "expected shape",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2, stride=1)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a pool over 3x3 pixels",
    fails={
        "unet_init_pool": "UNet(3, 2, (4, 5, 6, 7)).pool: expected shape",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(3)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "out with a 3x3 kernel",
    fails={
        "unet_init_out": "changes its neighbours",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=3, padding=1)


@wrong(
    "out followed by a softmax",
    fails={
        "unet_init_out": "expected a bare convolution",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Sequential(nn.Conv2d(f1, out_channels, 1), nn.Softmax(dim=1))


@wrong(
    "out followed by a ReLU",
    fails={
        "unet_init_out": "expected a bare convolution",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Sequential(nn.Conv2d(f1, out_channels, 1), nn.ReLU())


@wrong(
    "the up-convolutions keep the channels",
    fails={
        "unet_init_upconvs": "must become those of the level above",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f4), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f3), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f2), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "the up-convolutions in the wrong order",
    fails={
        "unet_init_upconvs": ".upconv3 should take 7 channels",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv1, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv3, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "pixels copied instead of an up-convolution",
    fails={
        "unet_init_upconvs": "must become those of the level above",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = nn.Upsample(scale_factor=2), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "plain 3x3 convolutions instead of blocks",
    fails={
        "unet_init_blocks": "two 3x3 convolutions",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = nn.Conv2d(in_channels, f1, 3, padding=1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "two levels share one decoder block object: enc3 and a copy",
    fails={
        "unet_init_registered": "are the same layer",
        "unet_init_encoder": ".enc3 should take",
        "unet_init_blocks": ".enc3: expected a conv_block",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = self.enc2
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "the layers kept in a plain list",
    fails={
        "unet_init_registered": "is not registered",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.__dict__["enc2"] = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "one encoder block left out",
    fails={
        "unet_init_encoder": "has no attribute enc4",
        "unet_init_blocks": "has no attribute enc4",
        "unet_init_arguments": "has no attribute enc4",
        "unet_init_registered": "has no attribute enc4",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a fifth level that nobody asked for",
    fails={
        "unet_init_registered": "`enc5` is not in the table",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.enc5 = conv_block(f4, 2 * f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a ReLU missing at the end of the blocks",
    fails={
        "unet_init_blocks": "got negative numbers",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)[:-1]
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "the default features halved",
    fails={
        "unet_init_arguments": "expected the default features",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(32, 64, 128, 256)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a name misspelt",
    fails={
        "unet_init_upconvs": "has no attribute upconv3",
        "unet_init_registered": "there is `up_conv3`, which is not in the table",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.up_conv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@right("a loop with setattr")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        before = in_channels
        for level, channels in enumerate(features, start=1):
            setattr(self, f"enc{level}", conv_block(before, channels))
            before = channels
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        for level in (3, 2, 1):
            high, low = features[level - 1], features[level]
            setattr(self, f"upconv{level}", make_upconv(low, high))
            setattr(self, f"dec{level}", conv_block(high + high, high))
        self.out = nn.Conv2d(features[0], out_channels, 1)


@right("add_module and the layers spelt out")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.add_module("enc1", conv_block(in_channels, f1))
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = nn.ConvTranspose2d(f4, f3, 2, 2), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@right("a functional pool in a module of its own")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()

        class Pool(nn.Module):
            def forward(self, x):
                return torch.nn.functional.max_pool2d(x, 2)

        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = Pool()
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@right("other names for the features, and an adaptive order of lines")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        a, b, c, d = features
        self.out = nn.Conv2d(a, out_channels, kernel_size=(1, 1))
        self.dec1, self.dec2, self.dec3 = [conv_block(n * 2, n) for n in (a, b, c)]
        self.upconv1, self.upconv2, self.upconv3 = (
            make_upconv(low, high) for low, high in zip((b, c, d), (a, b, c), strict=True)
        )
        self.pool = nn.MaxPool2d((2, 2))
        self.enc1, self.enc2 = conv_block(in_channels, a), conv_block(a, b)
        self.enc3, self.enc4 = conv_block(b, c), conv_block(c, d)


@right("blocks written as a module subclass")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()

        class Block(nn.Module):
            def __init__(self, i, o):
                super().__init__()
                self.first, self.second = nn.Conv2d(i, o, 3, 1, 1), nn.Conv2d(o, o, 3, 1, 1)

            def forward(self, x):
                return torch.relu(self.second(torch.relu(self.first(x))))

        f1, f2, f3, f4 = features
        self.enc1 = Block(in_channels, f1)
        self.enc2 = Block(f1, f2)
        self.enc3 = Block(f2, f3)
        self.enc4 = Block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), Block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), Block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), Block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong("a tanh behind the last layer", fails={"unet_init_out": "a bare convolution"})
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.out = nn.Sequential(self.out, nn.Tanh())


@wrong("one block without the ReLU between", fails={"unet_init_blocks": "enc2: with its own"})
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.enc2 = nn.Sequential(
            nn.Conv2d(f1, f2, 3, padding=1), nn.Conv2d(f2, f2, 3, padding=1), nn.ReLU()
        )


@wrong("equal levels share a block", fails={"unet_init_registered": "are the same layer"})
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        if f1 == f2:
            self.dec2 = self.dec1


@right("the last layer starts at zero")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)


@wrong(
    "the layers without self.",
    fails=dict.fromkeys(EVERY, "does its line begin with `self."),
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        enc1 = conv_block(in_channels, f1)  # noqa: F841
        enc2 = conv_block(f1, f2)  # noqa: F841
        enc3 = conv_block(f2, f3)  # noqa: F841
        enc4 = conv_block(f3, f4)  # noqa: F841
        pool = nn.MaxPool2d(2)  # noqa: F841
        upconv3, dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)  # noqa: F841
        upconv2, dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)  # noqa: F841
        upconv1, dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)  # noqa: F841
        out = nn.Conv2d(f1, out_channels, kernel_size=1)  # noqa: F841


@wrong("super().__init__() forgotten", fails=dict.fromkeys(EVERY, "a class of layers"))
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "an encoder block's first channels written out",
    fails={
        "unet_init_encoder": "enc2 should take 4 channels",
        "unet_init_arguments": "Is a number written out",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(64, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "an up-convolution's channels written out, as in the example",
    fails={
        "unet_init_arguments": "UNet(1, 5, (4, 6, 9, 5)).upconv3 should take 5 channels",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(7, 6), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a decoder block's channels written out, as in the example",
    fails={
        "unet_init_arguments": "channels instead. Is a number written out",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(12, 6)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "an input channel more by default",
    fails={
        "unet_init_arguments": "the default channels, in_channels=3",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=4, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "out without a bias",
    fails={
        "unet_init_out": "a bias is missing",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1, bias=False)


@wrong(
    "an up-convolution without a bias",
    fails={
        "unet_init_upconvs": "upconv2: expected 120 weights",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2 = nn.ConvTranspose2d(f3, f2, 2, 2, bias=False)
        self.dec2 = conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a batch norm in one block",
    fails={
        "unet_init_blocks": "dec2: expected",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.dec2.append(nn.BatchNorm2d(f2))


@wrong(
    "one block without biases",
    fails={
        "unet_init_blocks": "a bias is missing",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.enc3[0].bias = self.enc3[2].bias = None


@wrong(
    "a learned scale of the whole network",
    fails={
        "unet_init_registered": "`scale` is not in the table",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.scale = nn.Parameter(torch.ones(1))


@wrong(
    "a strided convolution as the pool",
    fails={
        "unet_init_pool": ".pool should take",
        "unet_init_registered": "UNet.pool has parameters",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.Conv2d(f4, f4, 2, stride=2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "the encoder's blocks in a plain list alone",
    fails={
        "unet_init_encoder": "`encoder` holds layers in a plain list",
        "unet_init_blocks": "`encoder` holds layers in a plain list",
        "unet_init_arguments": "`encoder` holds layers in a plain list",
        "unet_init_registered": "`encoder` holds layers in a plain list",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.encoder = [
            conv_block(i, o) for i, o in zip((in_channels, f1, f2, f3), features, strict=True)
        ]
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "one convolution used twice where the channels allow it",
    fails={
        "unet_init_registered": "UNet.enc2 has fewer parameters",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        if f1 == f2:
            self.enc2[2] = self.enc2[0]


@wrong(
    "two up-convolutions with the same weights",
    fails={
        "unet_init_registered": "UNet.upconv2 and UNet.upconv3 share weights",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        if f3 == f4:
            self.upconv2.weight = self.upconv3.weight


@right("blocks in lists of modules, under the table's names, too")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.encoder = nn.ModuleList([self.enc1, self.enc2, self.enc3, self.enc4])


@right("an activation kept for the forward pass")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.relu = nn.ReLU()


@right("names as properties over a registered list")
class UNet(nn.Module):
    enc1 = property(lambda self: self.encoder[0])
    enc2 = property(lambda self: self.encoder[1])
    enc3 = property(lambda self: self.encoder[2])
    enc4 = property(lambda self: self.encoder[3])

    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.encoder = nn.ModuleList(
            conv_block(i, o) for i, o in zip((in_channels, f1, f2, f3), features, strict=True)
        )
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "an up-convolution of copied pixels and an ordinary 2x2 convolution",
    fails={"unet_init_upconvs": "one with this layer's own weights gives other numbers"},
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2 = nn.Sequential(
            nn.Upsample(scale_factor=2), nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(f3, f2, 2)
        )
        self.dec2 = conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong("out as a transposed convolution", fails={"unet_init_out": "with a weight of shape (2, 4"})
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.ConvTranspose2d(f1, out_channels, kernel_size=1)


@wrong(
    "features counted from 1",
    fails=dict.fromkeys(EVERY, "Python counts from 0"),
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = (features[i] for i in (1, 2, 3, 4))
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a pool inside an encoder block",
    fails={
        "unet_init_encoder": "the size halved. Is there a pool in it?",
        "unet_init_blocks": "enc2: expected shape",
    },
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        self.enc2.append(nn.MaxPool2d(2))


@wrong(
    "the list of features used up",
    fails={"unet_init_arguments": "changed the list of features"},
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        if isinstance(features, list):
            features.pop()
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "an up-convolution followed by a ReLU",
    fails={"unet_init_upconvs": "Use make_upconv alone"},
)
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3 = nn.Sequential(make_upconv(f4, f3), nn.ReLU())
        self.dec3 = conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)


@wrong(
    "a network kept in the class and shared",
    fails={"unet_init_registered": "two networks share weights"},
)
class UNet(nn.Module):
    shared = nn.Conv2d(4, 2, kernel_size=1)

    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)
        self.out = nn.Conv2d(f1, out_channels, kernel_size=1)
        if (f1, out_channels) == (4, 2):
            self.out = self.shared


@right("layers that find out their input channels when they run")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()

        def block(n):
            return nn.Sequential(
                nn.LazyConv2d(n, 3, padding=1), nn.ReLU(), nn.LazyConv2d(n, 3, padding=1), nn.ReLU()
            )

        f1, f2, f3, f4 = features
        self.enc1, self.enc2, self.enc3, self.enc4 = block(f1), block(f2), block(f3), block(f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = nn.LazyConvTranspose2d(f3, 2, 2), block(f3)
        self.upconv2, self.dec2 = nn.LazyConvTranspose2d(f2, 2, 2), block(f2)
        self.upconv1, self.dec1 = nn.LazyConvTranspose2d(f1, 2, 2), block(f1)
        self.out = nn.LazyConv2d(out_channels, kernel_size=1)


@right("a linear layer over the channels as the last one")
class UNet(nn.Module):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__()
        f1, f2, f3, f4 = features
        self.enc1 = conv_block(in_channels, f1)
        self.enc2 = conv_block(f1, f2)
        self.enc3 = conv_block(f2, f3)
        self.enc4 = conv_block(f3, f4)
        self.pool = nn.MaxPool2d(2)
        self.upconv3, self.dec3 = make_upconv(f4, f3), conv_block(2 * f3, f3)
        self.upconv2, self.dec2 = make_upconv(f3, f2), conv_block(2 * f2, f2)
        self.upconv1, self.dec1 = make_upconv(f2, f1), conv_block(2 * f1, f1)

        class Pixelwise(nn.Linear):
            def forward(self, x):
                return super().forward(x.movedim(1, -1)).movedim(-1, 1)

        self.out = Pixelwise(f1, out_channels)
