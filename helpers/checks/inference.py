"""Checks of notebook 06: loading the weights, image to tensor, two masks, the foreground."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from helpers import weights
from helpers.checks.core import (
    call,
    check,
    close,
    describe,
    draw,
    expect_dtype,
    expect_shape,
    expect_tensor,
    expect_values,
    fail,
    shape_of,
)


def random_state() -> dict[str, Tensor]:
    """A state dict with the shipped one's names and shapes and random values in half precision."""
    return {
        name: (0.1 * torch.randn(value.shape)).half() for name, value in weights.load().items()
    }


def load_from(load_trained_unet: Callable, state: dict, as_text: bool = False) -> nn.Module:
    """Save `state` to a file, and what the learner's function makes of that file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pt"
        torch.save(state, path)
        card = {"sha256": weights.checksum(path)}  # so that `verify` takes the file, too
        weights.card_of(path).write_text(json.dumps(card))
        given = "a file of random weights"
        path = str(path) if as_text else path
        try:
            model = call("load_trained_unet", load_trained_unet, path, given=given)
        except AssertionError as error:
            raise AssertionError(shortened(error)) from error.__cause__
    if model is None:
        fail("load_trained_unet returned None: is the `return` line missing?")
    if isinstance(model, dict):
        fail("load_trained_unet: expected a model, got the state dict itself. Load it into a UNet.")
    if not isinstance(model, nn.Module):
        fail(f"load_trained_unet: expected a model (nn.Module), got {describe(model)}. Note that "
             "load_state_dict does not return the model.")
    return model


def shortened(error: AssertionError) -> str:
    """The message; of the many layers that did not fit a file, only the first."""
    head, *lines = str(error).splitlines()
    misfits = [line.strip() for line in lines if "size mismatch" in line]
    if not misfits:
        return str(error)
    more = f" And {len(misfits) - 1} more." if misfits[1:] else ""
    return f"{head} {misfits[0]}{more}\nThe file is for features={weights.FEATURES}."


@check
def load_trained_unet_weights(load_trained_unet: Callable) -> str:
    """The model's weights are those of the file that was named, in float32."""
    what = "load_trained_unet"
    for as_text in (False, True):
        state = random_state()
        model = load_from(load_trained_unet, state, as_text)
        if not torch.is_grad_enabled():
            torch.set_grad_enabled(True)
            fail(f"{what} switched gradients off for the whole notebook.")
        own = model.state_dict()
        if own.keys() != state.keys():
            fail(f"{what}: the model has other layers than the file. Expected a UNet with "
                 "features=(16, 32, 64, 128).")
        for name, value in state.items():
            expect_dtype(f"{what}: {name}", own[name], torch.float32, "the loaded model",
                         "the file is in half precision, the model computes in single.")
            if not close(own[name], value, 1e-6):
                shipped = close(own[name], weights.load()[name], 1e-3)
                fail(f"{what}: {name} is not what stands in the file that was named: "
                     + ("it is from the shipped file, so the argument path was not used."
                        if shipped else "was load_state_dict called on the model you return?"))
    return "load_trained_unet: the weights of 2 files loaded"


@check
def load_trained_unet_eval(load_trained_unet: Callable) -> str:
    """The model and everything in it is in evaluation mode."""
    model = load_from(load_trained_unet, random_state())
    training = [name or "the model" for name, m in model.named_modules() if m.training]
    if training:
        fail(f"load_trained_unet: {training[0]} is still in training mode; expected the whole "
             "model in evaluation mode. See section 1.")
    return "load_trained_unet: the model is in evaluation mode"


@check
def load_trained_unet_strict(load_trained_unet: Callable) -> str:
    """A file that lacks a layer raises an error instead of leaving random numbers in its place."""
    state = random_state()
    if not loads_whole(load_trained_unet, state):  # else any crash would look like a refusal
        fail("load_trained_unet: not even a complete file's weights come back in a model, so a "
             "file without one of the layers was not tried. Mend what test 6.1a says first.")
    names = list(state)
    del state[names[draw(0, len(names) - 1)]]
    try:
        load_from(load_trained_unet, state)
    except AssertionError as error:
        if error.__cause__:
            return "load_trained_unet: a file without one of the layers is refused"
        raise
    fail("load_trained_unet: a file without one of the layers was loaded without an error, and "
         "that layer keeps random numbers. Leave load_state_dict as strict as it is.")


def loads_whole(load_trained_unet: Callable, state: dict) -> bool:
    """Whether a file of `state` gives a model with these weights, in whatever precision."""
    try:
        own = load_from(load_trained_unet, state).state_dict()
    except AssertionError:
        return False
    return all(name in own and close(own[name], value, 1e-2) for name, value in state.items())


def random_image(height: int, width: int, low: int = 0, high: int = 256) -> Image.Image:
    """An RGB image of random bytes from `low` to `high` - 1, both of them in it."""
    pixels = torch.randint(low, high, (height, width, 3), dtype=torch.uint8)
    pixels[0, 0], pixels[-1, -1] = low, high - 1
    return Image.fromarray(pixels.numpy())


@check
def image_to_tensor_size(image_to_tensor: Callable) -> str:
    """One image becomes a batch of one, channels first."""
    for height, width in [(4, 6), (draw(5, 7), 3), (8, 8)]:
        given = f"an image {width} wide and {height} high"
        x = call("image_to_tensor", image_to_tensor, random_image(height, width), given=given)
        causes = {
            (3, height, width): "the batch axis is missing.",
            (1, height, width, 3): "the channels must come before height and width.",
            (height, width, 3): "the channels must come first, after a batch axis.",
            (1, 3, width, height): "height and width were swapped; height comes first.",
            (3, width, height): "height and width were swapped, and the batch axis is missing.",
        }
        expect_shape("image_to_tensor", x, (1, 3, height, width), given, causes)
    return "image_to_tensor: 3 images, sizes right"


@check
def image_to_tensor_values(image_to_tensor: Callable) -> str:
    """Every pixel's red, green and blue as float32 from 0 to 1, in its place."""
    in_place = True
    for height, width, low, high in [(4, 6, 0, 256), (draw(5, 7), 3, 0, 256), (4, 5, 20, 120)]:
        image = random_image(height, width, low, high)
        given = f"an image {width} wide and {height} high, bytes {low} to {high - 1}"
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].double()
        x = call("image_to_tensor", image_to_tensor, image, given=given)
        expect_tensor("image_to_tensor", x, given)
        if x.numel() and float(x.max()) > 1:
            hint = " A byte holds 0 to 255: divide by 255." if float(x.max()) > 10 else ""
            fail(f"image_to_tensor: the values reach {float(x.max()):g} for {given}; expected 0 to "
                 f"1.{hint}")
        if not torch.equal(pixels[0].permute(1, 2, 0), torch.from_numpy(np.array(image)).double()):
            fail("image_to_tensor changed the image; leave it as it came.")
        if x.shape != pixels.shape and x.numel() == pixels.numel():
            x = recovered(x, pixels)  # the shape has a graded cell of its own
            in_place = False
        expect_dtype("image_to_tensor", x, torch.float32, given,
                     "the network's weights are float32.")
        expected = (pixels / 255).float()
        causes = {
            "the image was divided by 255 twice.": lambda e=expected: e / 255,
            "red and blue were swapped.": lambda e=expected: e.flip(1),
            "the axes were reshaped, which tears pixels apart; permute them.": (
                lambda e=expected: e.permute(0, 2, 3, 1).reshape(e.shape)),
            "the values were moved to -1 to 1; the network was trained on 0 to 1.": (
                lambda e=expected: 2 * e - 1),
            "the image was divided by its own brightest value; a dark picture stays dark.": (
                lambda p=pixels: (p / p.max()).float()),
            "bytes were divided as whole numbers.": lambda p=pixels: (p // 255).float(),
        }
        expect_values("image_to_tensor", x, expected, given, causes)
    if not in_place:
        return "image_to_tensor: values from 0 to 1; the shape is judged in test 6.2a"
    return "image_to_tensor: every pixel in its place, from 0 to 1"


def recovered(x: Tensor, pixels: Tensor) -> Tensor:
    """The tensor with its axes in the expected order, where a known order explains its shape."""
    _, channels, height, width = pixels.shape
    x = x[None] if x.dim() == 3 else x
    orders = {
        (1, height, width, channels): (0, 3, 1, 2),
        (1, channels, width, height): (0, 1, 3, 2),
    }
    return x.permute(orders[tuple(x.shape)]) if tuple(x.shape) in orders else x


class Stand(nn.Module):
    """A network of one layer that stands in for the U-Net."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 2, kernel_size=1)
        nn.init.normal_(self.layer.weight, std=2)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 2, H, W)."""
        return self.layer(x)


@check
def predict_masks_probabilities(predict_masks: Callable) -> str:
    """The softmax of the model's logits over the two channels."""
    what = "predict_masks"
    for batch in (1, draw(2, 4)):
        model, x = Stand(), torch.rand(batch, 3, draw(4, 5), draw(6, 7))
        given = f"a {shape_of(x)} input"
        with torch.no_grad():
            logits = model(x)
        masks = call(what, predict_masks, model, x, given=given)
        expect_tensor(what, masks, given)
        expected = logits.softmax(1)
        causes = {
            "these are the logits; turn them into probabilities.": lambda z=logits: z,
            "a sigmoid looks at each channel alone; the two must sum to 1.": (
                lambda z=logits: z.sigmoid()),
            "background and foreground are swapped.": lambda e=expected: e.flip(1),
            "the logarithm of the softmax was taken.": lambda z=logits: z.log_softmax(1),
            "the softmax went over the batch.": lambda z=logits: z.softmax(0),
            "the softmax went over the rows.": lambda z=logits: z.softmax(2),
            "the softmax went over the columns.": lambda z=logits: z.softmax(3),
            "the softmax was taken twice.": lambda e=expected: e.softmax(1),
        }
        shapes = {
            (batch, *logits.shape[2:]): "one map came back; both masks are asked for.",
            tuple(logits.shape[1:]): "the batch axis was dropped.",
        }
        expect_shape(what, masks, tuple(expected.shape), given, shapes)
        expect_values(what, masks, expected, given, causes)
    return "predict_masks: probabilities of background and foreground, for 2 batches"


@check
def predict_masks_gradient(predict_masks: Callable) -> str:
    """No gradient is recorded, and the model stays trainable."""
    model, x = Stand(), torch.rand(2, 3, 4, draw(5, 7))
    before = model(x).detach()
    masks = call("predict_masks", predict_masks, model, x, given=f"a {shape_of(x)} input")
    expect_tensor("predict_masks", masks, f"a {shape_of(x)} input")
    if masks.requires_grad:
        fail("predict_masks: the masks still carry gradients. Inference needs none: see "
             "section 3.")
    if not torch.is_grad_enabled():
        torch.set_grad_enabled(True)
        fail("predict_masks switched gradients off for the whole notebook; use a `with` block.")
    if model.training or not torch.equal(model(x).detach(), before):
        fail("predict_masks changed the model: its weights or its mode are no longer what they "
             "were.")
    if not all(p.requires_grad for p in model.parameters()):
        fail("predict_masks changed the model: its weights no longer ask for gradients.")
    return "predict_masks: no gradients recorded"


def check_foreground(foreground_mask: Callable, threshold: float | None) -> None:
    """The learner's mask at one threshold, None for the one by default."""
    what = "foreground_mask"
    number = 0.5 if threshold is None else threshold
    for batch in (1, draw(2, 3)):
        masks = torch.randn(batch, 2, draw(3, 4), draw(5, 6)).softmax(1)
        given = f"{shape_of(masks)} masks" + ("" if threshold is None else f", threshold {number}")
        arguments = (masks,) if threshold is None else (masks, threshold)
        mask = call(what, foreground_mask, *arguments, given=given)
        shapes = {
            (*masks.shape[2:],): "the batch axis was dropped.",
            (batch, 1, *masks.shape[2:]): "the channel axis is still there.",
            tuple(masks.shape): "both masks came back; take the foreground.",
        }
        expect_shape(what, mask, (batch, *masks.shape[2:]), given, shapes)
        expect_dtype(what, mask, torch.bool, given, "a mask is true or false.")
        fore, back = masks[:, 1], masks[:, 0]
        causes = {
            "the threshold was ignored.": lambda f=fore: f > 0.5,
            "that is the background.": lambda b=back, t=number: b > t,
            "the comparison is the wrong way round.": lambda f=fore, t=number: f < t,
            "the background was compared with the threshold.": lambda b=back, t=number: b < t,
        }
        expect_values(what, mask, fore > number, given, causes)


@check
def foreground_mask_default(foreground_mask: Callable) -> str:
    """Without a threshold: where the foreground is more likely than not."""
    check_foreground(foreground_mask, None)
    return "foreground_mask: right for the threshold 0.5"


@check
def foreground_mask_threshold(foreground_mask: Callable) -> str:
    """With other thresholds."""
    for threshold in (0.3, 0.8, 0.55 + 0.05 * draw(0, 3)):
        check_foreground(foreground_mask, threshold)
    return "foreground_mask: right for 3 other thresholds"
