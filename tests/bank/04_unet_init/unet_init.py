"""Answers to the U-Net's `__init__`; `conv_block` and `make_upconv` are the notebook's."""

import torch
from torch import nn

from tests.bank import right, wrong


def conv_block(in_channels, out_channels):
    """Stands here for the notebook's own, so that the file reads alone."""


def make_upconv(in_channels, out_channels):
    """Stands here for the notebook's own."""


@wrong(
    "the decoder blocks take their level once",
    fails={
        "unet_init_decoder": "should take 12 channels",
        "unet_init_arguments": ".dec3 should take",
        "unet_init_registered": "some layers are smaller",
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
        "unet_init_decoder": "UNet.dec1 should take 8 channels",
        "unet_init_arguments": ".dec1 should take",
        "unet_init_registered": "some layers are smaller",
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
        "unet_init_decoder": "UNet.dec3 should take 12 channels",
        "unet_init_arguments": ".dec3 should take",
        "unet_init_registered": "parameters in all",
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
        "unet_init_encoder": "UNet.enc1 should take",
        "unet_init_arguments": ".enc1 should take 1 channels",
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
        "unet_init_out": "expected shape",
        "unet_init_arguments": ".out: expected shape",
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
        "unet_init_encoder": "expected shape",
        "unet_init_blocks": "UNet.enc1: expected a conv_block",
        "unet_init_upconvs": "UNet.upconv3 should take",
        "unet_init_decoder": "UNet.dec3 should take",
        "unet_init_out": "UNet.out should take",
        "unet_init_arguments": "expected shape",
        "unet_init_registered": "beyond those",
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
        "unet_init_pool": "UNet.pool: expected shape",
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
        "unet_init_registered": "beyond those",
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
        "unet_init_registered": "beyond those",
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
        "unet_init_upconvs": "UNet.upconv3 should take 7 channels",
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
        "unet_init_registered": "some layers are smaller",
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
        "unet_init_registered": "some layers are smaller",
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
        "unet_init_encoder": "UNet.enc3 should take",
        "unet_init_blocks": "UNet.enc3: expected a conv_block",
        "unet_init_arguments": ".enc3 should take",
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
        self.__dict__['enc2'] = conv_block(f1, f2)
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
        "unet_init_registered": "layers beyond those of the table",
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
        "unet_init_registered": "has no attribute upconv3",
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
