"""Exercise 6.2: an image as a batch of one."""

import torch
from torch import Tensor

from helpers.checks.core.calling import call, check, draw, fail
from helpers.checks.core.comparing import (
    expect_dtype,
    expect_shape,
    expect_tensor,
    expect_values,
)
from helpers.checks.core.handle import Handle

WHAT = "image_to_tensor"


def random_pixels(height: int, width: int, low: int = 0, high: int = 256) -> Tensor:
    """Random bytes (H, W, 3) from `low` to `high` - 1, both of them among them."""
    pixels = torch.randint(low, high, (height, width, 3), dtype=torch.uint8)
    pixels[0, 0], pixels[-1, -1] = low, high - 1
    return pixels


@check
def image_to_tensor_size(image_to_tensor: Handle) -> str:
    """One image becomes a batch of one, channels first."""
    for height, width in [(4, 6), (draw(5, 7), 3), (8, 8)]:
        given = f"an image {width} wide and {height} high"
        image = image_to_tensor.beside("inference.image", random_pixels(height, width))
        x = call(WHAT, image_to_tensor, image, given=given)
        causes = {
            (3, height, width): "the batch axis is missing.",
            (1, height, width, 3): "the channels must come before height and width.",
            (height, width, 3): "the channels must come first, after a batch axis.",
            (1, 3, width, height): "height and width were swapped; height comes first.",
            (3, width, height): "height and width were swapped, and the batch axis is missing.",
        }
        expect_shape(WHAT, x, (1, 3, height, width), given, causes)
    return f"{WHAT}: 3 images, sizes right"


@check
def image_to_tensor_values(image_to_tensor: Handle) -> str:
    """Every pixel's red, green and blue as float32 from 0 to 1, in its place."""
    in_place = True
    for height, width, low, high in [
        (4, 6, 0, 256),
        (draw(5, 7), 3, 0, 256),
        (4, 5, 20, 120),
        (5, 4, 0, 2),
    ]:
        given = f"an image {width} wide and {height} high, bytes {low} to {high - 1}"
        pixels = random_pixels(height, width, low, high)
        image = image_to_tensor.beside("inference.image", pixels)
        x = call(WHAT, image_to_tensor, image, given=given)
        expect_tensor(WHAT, x, given)
        largest = float(x.detach().double().max()) if x.numel() else 0
        if largest > 1:
            hint = " A byte holds 0 to 255: divide by 255." if largest > 10 else ""
            fail(f"{WHAT}: the values reach {largest:g} for {given}; expected 0 to 1.{hint}")
        after = image.ask("inference.pixels")
        if not isinstance(after, Tensor) or not torch.equal(after, pixels):
            fail(f"{WHAT} changed the image; leave it as it came.")
        pixels = pixels.permute(2, 0, 1)[None]
        if x.shape != pixels.shape and x.numel() == pixels.numel():
            x = recovered(x, pixels)  # the shape has a graded cell of its own
            in_place = False
        expect_dtype(WHAT, x, torch.float32, given, "the network's weights are float32.")
        expected = pixels.float() / 255
        causes = {
            "the image was divided by 255 twice.": lambda e=expected: e / 255,
            "red and blue were swapped.": lambda e=expected: e.flip(1),
            "the axes were reshaped, which tears pixels apart; permute them.": (
                lambda e=expected: e.permute(0, 2, 3, 1).reshape(e.shape)
            ),
            "the values were moved to -1 to 1; the network was trained on 0 to 1.": (
                lambda e=expected: 2 * e - 1
            ),
            "the image was divided by its own brightest value; a dark picture stays dark.": (
                lambda e=expected: e / e.max()
            ),
            "bytes were divided as whole numbers.": lambda e=expected: e.floor(),
            "bytes of 0 and 1 are almost black: they are divided by 255 like all others.": lambda e=expected: (
                255 * e
            ),
        }
        expect_values(WHAT, x, expected, given, causes)
    if not in_place:
        return f"{WHAT}: values from 0 to 1; the shape is judged in test 6.2a"
    return f"{WHAT}: every pixel in its place, from 0 to 1"


def recovered(x: Tensor, pixels: Tensor) -> Tensor:
    """The tensor with its axes in the expected order, where a known order explains its shape."""
    _, channels, height, width = pixels.shape
    x = x[None] if x.dim() == 3 else x
    orders: dict[tuple, tuple] = {
        (1, height, width, channels): (0, 3, 1, 2),
        (1, channels, width, height): (0, 1, 3, 2),
    }
    return x.permute(orders[tuple(x.shape)]) if tuple(x.shape) in orders else x
