"""Exercise 6.3: the probabilities of background and foreground."""

import contextlib

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import ask_call, call, check, draw, fail
from helpers.checks.core.comparing import close, expect_shape, expect_tensor, expect_values
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.rendering import shape_of

WHAT = "predict_masks"
TRAINING = 0.5  # what the stand-in network multiplies its logits by in training mode


def draw_layer() -> tuple[Tensor, Tensor]:
    """Weight and bias of the stand-in network's 1x1 convolution."""
    return 2 * torch.randn(2, 3, 1, 1), torch.randn(2)


@check
def predict_masks_probabilities(predict_masks: Handle) -> str:
    """The softmax of the model's logits over the two channels."""
    for batch in (1, draw(2, 4)):
        x, layer = torch.rand(batch, 3, draw(4, 5), draw(6, 7)), draw_layer()
        given = f"a {shape_of(x)} input"
        model = predict_masks.beside("inference.stand_in", *layer, TRAINING, 1.0)
        masks = call(WHAT, predict_masks, model, x, given=given)
        expect_tensor(WHAT, masks, given)
        logits = F.conv2d(x, *layer)
        expected = logits.softmax(1)
        causes = {
            "these are the logits; turn them into probabilities.": lambda z=logits: z,
            "a sigmoid looks at each channel alone; the two must sum to 1.": (
                lambda z=logits: z.sigmoid()
            ),
            "background and foreground are swapped.": lambda e=expected: e.flip(1),
            "the logarithm of the softmax was taken.": lambda z=logits: z.log_softmax(1),
            "the softmax went over the batch.": lambda z=logits: z.softmax(0),
            "the softmax went over the rows.": lambda z=logits: z.softmax(2),
            "the softmax went over the columns.": lambda z=logits: z.softmax(3),
            "the softmax was taken twice.": lambda e=expected: e.softmax(1),
            "the model ran in training mode; it came in evaluation mode.": (
                lambda z=logits: (TRAINING * z).softmax(1)
            ),
        }
        shapes = {
            (batch, *logits.shape[2:]): "one map came back; both masks are asked for.",
            tuple(logits.shape[1:]): "the batch axis was dropped.",
        }
        expect_shape(WHAT, masks, tuple(expected.shape), given, shapes)
        expect_values(WHAT, masks, expected, given, causes)
    return f"{WHAT}: probabilities of background and foreground, for 2 batches"


@check
def predict_masks_gradient(predict_masks: Handle) -> str:
    """No gradient is recorded, and the model stays trainable.

    Where gradients are recorded the stand-in's logits are other ones. So the masks tell, whatever
    the learner made of the logits.
    """
    x, layer, recording = torch.rand(2, 3, 4, draw(5, 7)), draw_layer(), -3.0
    given = f"a {shape_of(x)} input"
    model = predict_masks.beside("inference.stand_in", *layer, TRAINING, recording)
    saw = ask_call(WHAT, predict_masks, model, x, given=given)
    masks = saw["result"]
    expect_tensor(WHAT, masks, given)
    if masks.requires_grad:
        fail(f"{WHAT}: the masks still carry gradients. Inference needs none: see section 3.")
    expect_unrecorded(predict_masks, masks, x, layer, recording)
    if not saw["grad_enabled"]:
        fail(f"{WHAT} switched gradients off for the whole notebook; use a `with` block.")
    expect_trainable(model, x, layer, recording)
    return f"{WHAT}: no gradients recorded"


def expect_unrecorded(
    learner: Handle, masks: Tensor, x: Tensor, layer: tuple[Tensor, Tensor], recording: float
) -> None:
    """The masks are those of the logits without a recording, not of the others.

    Both are computed by networks that do not change their logits.
    """
    same = []
    for factor in (1.0, recording):
        other_x, values = otherwise(x, [factor * value for value in layer])
        model = learner.beside("inference.stand_in", *values, TRAINING, 1.0)
        other = call(WHAT, learner, model, other_x, given=f"a {shape_of(x)} input")
        same.append(isinstance(other, Tensor) and close(masks.nan_to_num(), other.nan_to_num()))
    same_quiet, same_recorded = same
    if same_quiet and same_recorded:
        fail(f"{WHAT}: the masks are the same whatever the model's logits are.")
    if same_recorded:
        fail(
            f"{WHAT}: gradients were recorded while the model ran, and only thrown away "
            "afterwards. Switch the recording off before the model runs: see section 3."
        )
    if not same_quiet:
        fail(f"{WHAT}: the same logits gave different masks when it was called again.")


def otherwise(x: Tensor, layer: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """Another picture and another layer that make the same logits: only these tell them."""
    turn, move = torch.linalg.qr(torch.randn(3, 3)).Q, torch.randn(3)
    weight, bias = layer[0].flatten(1) @ turn.T, layer[1]
    y = torch.einsum("ij,bjhw->bihw", turn, x) + move[:, None, None]
    return y, [weight[..., None, None], bias - weight @ move]


def expect_trainable(
    model: Handle, x: Tensor, layer: tuple[Tensor, Tensor], recording: float
) -> None:
    """The stand-in has its weights and mode still, and gradients reach its weights."""
    weight, bias = (value.clone().requires_grad_() for value in layer)
    logits = recording * F.conv2d(x, weight, bias)
    saw: dict = {"result": None}
    with contextlib.suppress(Crash):  # the model no longer runs
        saw = model.ask("modules.gradients", x)
    if not isinstance(saw["result"], Tensor) or not close(saw["result"], logits):
        fail(f"{WHAT} changed the model: its weights or its mode are no longer what they were.")
    for name, grad in zip(
        ("weight", "bias"), torch.autograd.grad(logits.square().sum(), [weight, bias]), strict=True
    ):
        own, scale = saw["parameters"].get(f"layer.{name}"), grad.abs().max()
        if own is None or not close(own / scale, grad / scale):
            fail(f"{WHAT} changed the model: its weights no longer ask for gradients.")
