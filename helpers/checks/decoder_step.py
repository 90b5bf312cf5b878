"""Exercise 5.1: one decoder step."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import check, crashed, draw, fail
from helpers.checks.core.comparing import (
    expect_gradient,
    expect_shape,
    expect_tensor,
    expect_values,
)
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.ledger import joined_wrongly
from helpers.checks.core.rendering import shape_of
from helpers.checks.core.wiring import alike, near

WHAT, PARTS = "decoder_step", ("upconv", "block")


@dataclass(frozen=True)
class Level:
    """One level of the decoder, to 3 channels: a deep map, a skip of twice its size, two layers.

    `up` and `block` are weight and bias of the up-convolution and of the block's convolution, which
    a tanh follows.
    """

    x: Tensor
    skip: Tensor
    up: tuple[Tensor, Tensor]
    block: tuple[Tensor, Tensor]

    @property
    def given(self) -> str:
        """The words for the input."""
        return f"x {shape_of(self.x)} and skip {shape_of(self.skip)}"

    def enlarged(self) -> Tensor:
        """What the up-convolution makes of the deep map."""
        return F.conv_transpose2d(self.x, *self.up, stride=2)

    def convolved(self, *parts: Tensor) -> Tensor:
        """What the block makes of maps side by side."""
        return F.conv2d(torch.cat(parts, dim=1), *self.block, padding=1).tanh()

    def layers(self, place: Handle) -> tuple[Handle, Handle]:
        """The up-convolution and the block, built in the learner's place."""
        (low, high), (outputs, inputs) = (v[0].shape[:2] for v in (self.up, self.block))
        block = [["Conv2d", [inputs, outputs, 3], {"padding": 1}], ["Tanh"]]
        return (
            place.beside(
                "modules.build",
                ["ConvTranspose2d", [low, high, 2, 2]],
                dict(zip(("weight", "bias"), self.up, strict=True)),
            ),
            place.beside(
                "modules.build", block, dict(zip(("0.weight", "0.bias"), self.block, strict=True))
            ),
        )


def level(low: int, high: int, batch: int = 2, learns: bool = False) -> Level:
    """A random level from `low` to `high` channels; `learns`: gradients are asked for."""
    x = torch.randn(batch, low, draw(2, 3), draw(4, 5))
    skip = torch.randn(batch, high, 2 * x.shape[2], 2 * x.shape[3])
    up, block = 0.4 * torch.randn(low, high, 2, 2), 0.1 * torch.randn(3, 2 * high, 3, 3)
    for tensor in (x, skip, up, block):
        tensor.requires_grad_(learns)
    return Level(x, skip, (up, 0.1 * torch.randn(high)), (block, 0.1 * torch.randn(3)))


def run_step(
    decoder_step: Handle, level: Level, layers: tuple[Handle, Handle], **options: object
) -> dict:
    """What the probe `network.trace` reports; the error of a crash says what the block got."""
    upconv, block = layers
    saw = decoder_step.ask(
        "network.trace",
        [level.x, level.skip, upconv, block],
        dict(zip(PARTS, layers, strict=True)),
        **options,
    )
    got = [
        given.shape[1]
        for name, given, *_ in saw["calls"]
        if name == "block" and isinstance(given, Tensor) and given.dim() > 1
    ]
    wanted = level.block[0].shape[1]

    def why(crash: Crash) -> str:
        if "Sizes of tensors must match" in str(crash) and not saw["calls"]:
            return "x and the skip were joined before x was enlarged by upconv."
        if got in ([], [wanted]):
            return ""
        return joined_wrongly("the block", got[0], wanted)

    if "crash" in saw:
        crash = Crash(**saw["crash"])
        raise crashed(WHAT, crash, level.given, why) from crash
    if "not_callable" in saw:
        fail(f"{WHAT}: expected a function, got {saw['not_callable']}.")
    if any(place < 2 for place in saw["changed"]):
        fail(
            f"{WHAT} changed its input in place (given {level.given}). Build a new tensor and "
            "leave the one that came in as it was."
        )
    expect_tensor(WHAT, saw["result"], level.given)
    return saw


@check
def decoder_step_shape(decoder_step: Handle) -> str:
    """The result has the skip's size and the block's channels."""
    for low, high, batch in [(8, 4, 2), (5, draw(2, 3), 3), (16, 8, 1)]:
        here = level(low, high, batch)
        y = run_step(decoder_step, here, here.layers(decoder_step))["result"]
        size = here.skip.shape[2:]
        expect_shape(
            WHAT,
            y,
            (batch, 3, *size),
            here.given,
            {
                (batch, 3, *here.x.shape[2:]): "the up-convolution was left out.",
                (batch, 2 * high, *size): "the block was left out.",
                (3, *size): "the batch's axis is gone.",
            },
        )
    return "decoder_step: 3 levels, shapes right"


@check
def decoder_step_values(decoder_step: Handle) -> str:
    """The block gets the enlarged map first, then the skip, side by side on the channel axis."""
    for low, high in [(6, 4), (3, 3), (5, draw(2, 4))]:
        here = level(low, high)
        y = run_step(decoder_step, here, here.layers(decoder_step))["result"]
        join, up, skip = here.convolved, here.enlarged(), here.skip
        causes = {
            sentence: lambda parts=parts, join=join: join(*parts)
            for sentence, parts in {
                "the skip was put first; the enlarged map comes first, then the skip.": (skip, up),
                "the skip was left out and the enlarged map joined with itself.": (up, up),
                "the skip was joined with itself; the enlarged map is missing.": (skip, skip),
                "the skip was added rather than put beside.": (up + skip, up + skip),
                "zeros stand where the skip should.": (up, torch.zeros_like(up)),
                "the map was enlarged by copying, not by upconv.": (
                    F.interpolate(here.x, scale_factor=2.0),
                    skip,
                ),
            }.items()
        }
        expect_values(WHAT, y, join(up, skip), here.given, causes)
    return "decoder_step: the block gets [up, skip]"


@check
def decoder_step_gradient(decoder_step: Handle) -> str:
    """A gradient reaches both what came from below and the skip."""
    here = level(4, draw(2, 3), learns=True)
    layers, up = here.layers(decoder_step), here.enlarged()
    sources = {
        "skip": (1, here.skip),
        "x": (0, here.x),
        "upconv's weights": ([2, "weight"], here.up[0]),
        "the block's weights": ([3, "0.weight"], here.block[0]),
    }
    saw, again = (
        run_step(
            decoder_step,
            here,
            layers,
            double=list(PARTS),
            grads=[place for place, _ in sources.values()],
        )
        for _ in range(2)
    )
    y, right = saw["result"], here.convolved(up, here.skip)
    resting = [here.convolved(2 * up, here.skip), 2 * right, 2 * here.convolved(2 * up, here.skip)]
    modes = [part["training"] for layer in layers for part in layer.ask("modules.parts")]
    if any(near(y, other) for other in resting) or not all(modes):
        fail(f"{WHAT} put a layer into evaluation mode; leave the layers' mode alone.")
    whole = near(y, right)
    if whole and not near(again["result"], right):
        fail(f"{WHAT}: two calls with the same input give different results.")
    wanted = torch.autograd.grad(right.square().sum(), [s for _, s in sources.values()])
    for place, (name, should) in enumerate(zip(sources, wanted, strict=True)):
        if place > 1 and not whole:
            break
        grads = saw["grads"]
        grad = grads if isinstance(grads, dict) else grads[place : place + 1]
        expect_gradient(f"{WHAT} ({name})", y, grad, here.given)
        if not whole:
            expect_slope(decoder_step, here, layers, name, grad[0])
        if whole and not alike(grad[0], should):
            fail(f"{WHAT}: only a part of the gradient reaches {name}. Was a tensor detached?")
    return "decoder_step: gradients reach x and skip"


def expect_slope(
    decoder_step: Handle, here: Level, layers: tuple[Handle, Handle], name: str, grad: Tensor
) -> None:
    """The gradient of an input agrees with how the result's squares really change with it."""
    source = getattr(here, name)
    if grad.shape != source.shape:
        fail(f"{WHAT} ({name}): no gradient flows back for {here.given}.")
    way = torch.randn(source.shape)
    step = 1e-2 / float(way.norm())
    sums = []
    for size in (step, -step):
        moved = replace(here, **{name: source.detach() + size * way})
        y = run_step(decoder_step, moved, layers, double=list(PARTS))["result"]
        sums.append(float(y.detach().double().square().sum()))
    real, claimed = (sums[0] - sums[1]) / (2 * step), float((grad * way).sum())
    if not abs(real - claimed) <= 0.1 * float(grad.norm()):
        fail(f"{WHAT}: only a part of the gradient reaches {name}. Was a tensor detached?")
