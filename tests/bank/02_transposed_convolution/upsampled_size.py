"""Answers to `upsampled_size`."""

import torch
from torch import nn

from tests.bank import right, wrong

BOTH = ("upsampled_size_plain", "upsampled_size_padding")


@wrong("size times stride", fails=dict.fromkeys(BOTH, "that is size times stride"))
def upsampled_size(size, kernel_size, stride, padding=0):
    return size * stride


@wrong("padding is ignored", fails={"upsampled_size_padding": "padding was ignored"})
def upsampled_size(size, kernel_size, stride, padding=0):
    return (size - 1) * stride + kernel_size


@wrong("padding is added", fails={"upsampled_size_padding": "padding makes the result smaller"})
def upsampled_size(size, kernel_size, stride, padding=0):
    return (size - 1) * stride + 2 * padding + kernel_size


@wrong("padding counted once", fails={"upsampled_size_padding": "taken off on both sides"})
def upsampled_size(size, kernel_size, stride, padding=0):
    return (size - 1) * stride - padding + kernel_size


@wrong(
    "the rule of the ordinary convolution",
    fails=dict.fromkeys(BOTH, "the rule of an ordinary convolution"),
)
def upsampled_size(size, kernel_size, stride, padding=0):
    return (size + 2 * padding - kernel_size) // stride + 1


@wrong("one gap too many", fails=dict.fromkeys(BOTH, "one gap fewer than there are pixels"))
def upsampled_size(size, kernel_size, stride, padding=0):
    return size * stride - 2 * padding + kernel_size


@wrong(
    "the size after inserting zeros only",
    fails=dict.fromkeys(BOTH, "before the convolution"),
)
def upsampled_size(size, kernel_size, stride, padding=0):
    return (size - 1) * stride + 1


@wrong("kernel and stride mixed up", fails=dict.fromkeys(BOTH, "kernel and stride were mixed up"))
def upsampled_size(size, kernel_size, stride, padding=0):
    return (size - 1) * kernel_size - 2 * padding + stride


@wrong("always the double", fails=dict.fromkeys(BOTH, "follow one side"))
def upsampled_size(size, kernel_size, stride, padding=0):
    return 2 * size


@wrong("no return line", fails=dict.fromkeys(BOTH, "returned None"))
def upsampled_size(size, kernel_size, stride, padding=0):
    print((size - 1) * stride - 2 * padding + kernel_size)


@wrong("a pair of sides instead of one", fails=dict.fromkeys(BOTH, "expected a whole number"))
def upsampled_size(size, kernel_size, stride, padding=0):
    side = (size - 1) * stride - 2 * padding + kernel_size
    return side, side


@wrong("padding cannot be left out", fails={"upsampled_size_plain": "raised TypeError"})
def upsampled_size(size, kernel_size, stride, padding):
    return (size - 1) * stride - 2 * padding + kernel_size


@right("the three steps one after the other")
def upsampled_size(size, kernel_size, stride, padding=0):
    between = (size - 1) * stride + 1
    around = between + 2 * (kernel_size - 1 - padding)
    return around - (kernel_size - 1)


@right("ask the layer")
def upsampled_size(size, kernel_size, stride, padding=0):
    layer = nn.ConvTranspose2d(1, 1, kernel_size, stride, padding)
    return layer(torch.zeros(1, 1, size, size)).shape[-1]


@right("count the places that the stamps reach")
def upsampled_size(size, kernel_size, stride, padding=0):
    places = {i * stride + j for i in range(size) for j in range(kernel_size)}
    return max(places) + 1 - 2 * padding


@right("a float that is a whole number")
def upsampled_size(size, kernel_size, stride, padding=0):
    return float(stride * size - stride + kernel_size - padding - padding)


@right("a one-element tensor")
def upsampled_size(size, kernel_size, stride, padding=0):
    return torch.tensor((size - 1) * stride - 2 * padding + kernel_size)
