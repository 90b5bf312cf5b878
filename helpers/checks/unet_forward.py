"""Exercise 5.2: the forward pass of the U-Net.

The wiring is judged over layers that the check puts into the learner's network, with numbers that
it drew: so the right result is known here, whatever the learner's own layers are.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import torch
from torch import Tensor

from helpers.checks.core.calling import crashed, draw, fail
from helpers.checks.core.comparing import Causes, likely
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.network import Network, Run, build, run
from helpers.checks.core.rendering import shape_of
from helpers.checks.core.standins import independent_of
from helpers.checks.core.wiring import (
    DETACHED,
    ENCODER,
    EQUAL,
    MISWIRED,
    UNEQUAL,
    USUAL,
    Given,
    alike,
    near,
)
from helpers.probes.network import lowered

WHAT = "UNet.forward"
CRASH = {"kind", "bases", "text", "given", "lines"}
DECODER_STEP = """
import torch
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([upconv(x), skip], dim=1))
"""


@dataclass(frozen=True)
class Rig:
    """A learner's network with given layers, and an input for it."""

    network: Network
    layers: Given
    x: Tensor

    def run(self, **options: Any) -> Run:
        """A run of the learner's network."""
        return run(self.network, self.x, inside=True, **options)

    def values(self, **options: Any) -> dict[str, Tensor]:
        """What the right wiring gives: every intermediate tensor by name."""
        return self.layers.values(self.x, **options)


def rig(UNet: Handle, arguments: tuple = USUAL, size=(16, 24), batch: int = 2) -> Rig:
    """A learner's network, in evaluation mode, with given layers."""
    network, layers = build(UNet, arguments), Given(arguments)
    specs = layers.specs()
    found = {name: network.layer(name) for name in specs}
    try:
        network.model.beside("network.install", found, specs)
        network.model.ask("modules.train", False)
    except Crash as crash:
        raise crashed("UNet", crash, "layers of the same kind in place of its own") from crash
    return Rig(network, layers, torch.randn(batch, arguments[0], *size))


@independent_of("decoder_step", DECODER_STEP)
def unet_forward_shape(UNet: Handle) -> str:
    """Logits as large as the picture, one channel a class."""
    for inputs, classes, size, batch in [
        (3, 2, (16, 24), 2),
        (1, draw(3, 5), (8 * draw(2, 3), 8), 3),
        (3, 2, (8, 40), 1),
    ]:
        network, x = build(UNet, (inputs, classes, UNEQUAL)), torch.randn(batch, inputs, *size)
        made = run(network, x)
        if tuple(made.result.shape) != (batch, classes, *size):
            fail(
                f"{WHAT}: expected shape {(batch, classes, *size)} from a {shape_of(x)} "
                f"input, got {shape_of(made.result)}.\n{made.ledger}",
                "difference",
            )
    return f"{WHAT}: logits as large as the picture"


def briefly(function: Callable[[Handle], str]) -> Callable[[Handle], str]:
    """Say in one line that the run of test 5.2a stops, too, which tells it at length."""

    @functools.wraps(function)
    def told(UNet: Handle) -> str:
        __tracebackhide__ = True
        try:
            return function(UNet)
        except AssertionError as error:
            if isinstance(error.__cause__, Crash):
                rig(UNet).run(brief=True)
            raise

    return told


def expect_graph(y: Tensor, purpose: str) -> None:
    """The result carries a gradient, from wherever it comes."""
    __tracebackhide__ = True
    if not y.requires_grad:
        cause = (
            "Was the forward pass run under no_grad, or its result detached?"
            if y.is_floating_point()
            else "It holds whole numbers, as an argmax gives them; forward returns logits."
        )
        fail(f"{WHAT}: the result carries no gradient at all, so none {purpose}. {cause}")


def expect_backward(made: Run) -> None:
    """The backward pass did not crash."""
    __tracebackhide__ = True
    if made.learned and made.learned.keys() == CRASH:
        crash = Crash(**made.learned)
        raise crashed(
            f"{WHAT}: the gradient", crash, f"a {shape_of(made.result)} result"
        ) from crash


@independent_of("decoder_step", DECODER_STEP)
@briefly
def unet_forward_encoder(UNet: Handle) -> str:
    """The picture goes into enc1 unpooled; a max pool stands before each other block."""
    wanted = {"enc1": "x", "enc2": "pooled1", "enc3": "pooled2", "enc4": "pooled3"}
    for inputs, features in ((3, UNEQUAL), (4, EQUAL)):
        here = rig(UNet, (inputs, 2, features))
        made, values = here.run(), here.values()
        if near(made.result, values["logits"]):
            continue
        for name, source in wanted.items():
            got = made.inputs(name)
            if not got:
                fail(f"{WHAT}: the output is wrong, and {name} was never called.\n{made.ledger}")
            wrong = next((g for g in got if not near(g, values[source])), None)
            if wrong is not None:
                fail(
                    f"{WHAT}: {name} was given the wrong input: expected {source} of shape "
                    f"{shape_of(values[source])}, got {what_is(wrong, values)}.\n{made.ledger}"
                )
    return f"{WHAT}: a pool before each encoder block but the first"


def what_is(got: Tensor, values: Mapping[str, Tensor]) -> str:
    """The name of the intermediate tensor that a layer was given, if it is one of them."""
    for name, value in values.items():
        if near(got, value):
            return f"{name}, {shape_of(got)}"
    return f"another tensor of shape {shape_of(got)}"


def check_skip(UNet: Handle, level: int) -> str:
    """The skip of one level reaches the output, and a gradient comes back over it."""
    here, name = rig(UNet), f"enc{level}"
    made, lower = here.run(back_to=[name]), here.run(lower=name)
    expect_graph(made.result, f"comes back over the skip of {name}")
    expect_backward(made)
    values = here.values()
    whole = near(made.result, values["logits"])
    if not (whole and near(lower.result, here.values(after={name: lowered})["logits"])) and (
        torch.equal(made.result, lower.result)
        or not joined(here, lower, level)
        or not reaches_out(here, lower, level)
    ):
        given = made.inputs(f"dec{level}")
        came = (
            ""
            if not given
            else " It was given "
            + " and ".join(what_is(half, values) for half in given[-1].chunk(2, dim=1))
            + "."
        )
        fail(
            f"{WHAT}: what {name} found does not reach the output over its skip: dec{level} "
            f"should be given [upconv{level}'s result, {name}'s result].{came}"
        )
    grad = over_skip(here, made, level)
    if not bool(grad.any()):
        fail(f"{WHAT}: no gradient comes back over the skip of {name}. Was it detached?")
    if whole and not alike(grad, right_over_skip(here, level)):
        fail(
            f"{WHAT}: only a part of the gradient comes back over the skip of {name}. Was a part "
            "of it detached?"
        )
    return f"{WHAT}: the skip from {name} to dec{level} works"


def joined(here: Rig, lower: Run, level: int) -> bool:
    """Whether a decoder block was given all channels that the encoder block of its level gave."""
    found = [lowered(here.layers.run(f"enc{level}", x)) for x in lower.inputs(f"enc{level}")]
    return any(
        all(any(near(a, b) for b in block.unbind(1)) for a in skip.unbind(1))
        for skip, block in product(found, lower.inputs(f"dec{level}"))
    )


def holds(whole: Tensor, part: Tensor) -> bool:
    """Whether all channels of a map are among those of another."""
    return all(any(near(a, b) for b in whole.unbind(1)) for a in part.unbind(1))


def reaches_out(here: Rig, made: Run, level: int) -> bool:
    """Whether what a decoder block makes of its input goes on to the end, from layer to layer."""
    reached = []
    for layer, x, *_ in made.calls:
        if isinstance(x, Tensor) and (
            layer == f"dec{level}" or any(holds(x, part) for part in reached)
        ):
            if layer in ("dec1", "out"):
                return True
            reached.append(here.layers.run(layer, x))
    return False


def beside(y: Tensor) -> Tensor:
    """Where a map is lowered: beside the largest number of each 2x2 window.

    A max pool sends no gradient there, so that all that comes is the skip's.
    """
    return lowered(y) != y


def over_skip(here: Rig, made: Run, level: int) -> Tensor:
    """The gradient that came back over the skip of a level, summed over all calls and the batch."""
    name, total = f"enc{level}", torch.zeros_like(here.values()[f"skip{level}"][0])
    for layer, x, _, grad in made.calls:
        if layer == name and isinstance(grad, Tensor) and grad.shape[-3:] == total.shape:
            found = grad * beside(here.layers.run(name, x))
            total += found.reshape(-1, *total.shape).sum(0)
    return total


def right_over_skip(here: Rig, level: int) -> Tensor:
    """What that gradient is in the right wiring."""
    values = replace(here, x=here.x.clone().requires_grad_()).values()
    skip = values[f"skip{level}"]
    (grad,) = torch.autograd.grad(values["logits"].square().sum(), skip)
    return (grad * beside(skip)).sum(0)


@independent_of("decoder_step", DECODER_STEP)
@briefly
def unet_forward_skip3(UNet: Handle) -> str:
    """The skip from enc3 to dec3."""
    return check_skip(UNet, 3)


@independent_of("decoder_step", DECODER_STEP)
@briefly
def unet_forward_skip2(UNet: Handle) -> str:
    """The skip from enc2 to dec2."""
    return check_skip(UNet, 2)


@independent_of("decoder_step", DECODER_STEP)
@briefly
def unet_forward_skip1(UNet: Handle) -> str:
    """The skip from enc1 to dec1."""
    return check_skip(UNet, 1)


@independent_of("decoder_step", DECODER_STEP)
@briefly
def unet_forward_output(UNet: Handle) -> str:
    """The whole output equals that of the wiring in the table, over the same layers."""
    for features in (UNEQUAL, EQUAL):
        size = (8 * draw(1, 2), 8 * draw(2, 5))
        here = rig(UNet, (3, 2, features), size, batch=draw(3, 4))
        made, values = here.run(), here.values()
        if near(made.result, values["logits"]):
            continue
        text = likely(made.result, causes(here, values), 1e-4)
        fail(
            f"{WHAT}: wrong output for a {shape_of(here.x)} input, features {features}. "
            + (text or "Follow the table of section 2 line by line.")
            + f"\n{made.ledger}",
            "cause" if text else "difference",
        )
    return f"{WHAT}: the output of the right wiring, for 2 networks"


def causes(here: Rig, values: Mapping[str, Tensor]) -> Causes:
    """What may have led to a wrong output, each with the output that it gives."""
    logits = values["logits"]
    return {
        text: lambda changes=changes: here.values(changes=changes)["logits"]
        for text, changes in MISWIRED.items()
    } | {
        "out was left out.": lambda: values["joined1"],
        "a softmax was taken; forward returns logits.": lambda: logits.softmax(1),
        "a sigmoid was taken; forward returns logits.": logits.sigmoid,
        "a ReLU stands after out; forward returns logits.": logits.relu,
        "an argmax was taken; forward returns logits.": lambda: logits.argmax(1),
    }


@independent_of("decoder_step", DECODER_STEP)
@briefly
def unet_forward_logits(UNet: Handle) -> str:
    """Nothing stands after `out`: its result is returned as it is."""
    here = rig(UNet, (3, draw(2, 3), UNEQUAL))
    y, right = here.run(), here.values()["logits"]
    here.layers.numbers["out"] = tuple(-3 * value for value in here.layers.numbers["out"])
    here.network.layer("out").ask("modules.set_parameters", here.layers.named("out"))
    scaled = here.run()
    results = [here.layers.run("out", x) for x in scaled.inputs("out") if bool(x.std() > 0)]
    if near(scaled.result, -3 * y.result) and any(
        near(scaled.result, result) for result in [-3 * right, *results]
    ):
        return f"{WHAT}: logits come out"
    text = f"{WHAT}: with out's weights times -3 the result should be -3 times as large; "
    if torch.equal(scaled.result, y.result):
        fail(
            f"{text}it stays the same: it does not come from out. Was out run last, and its "
            "result returned?"
        )
    fail(
        f"{text}it is not. Does something stand after out, such as a softmax, a sigmoid, a "
        "ReLU or an argmax? forward returns logits."
    )


@independent_of("decoder_step", DECODER_STEP)
@briefly
def unet_forward_gradient(UNet: Handle) -> str:
    """A gradient reaches every weight, in training mode too, and two calls agree."""
    here = rig(UNet)
    resting, right = here.run(back_to=list(ENCODER[:3])), here.values()["logits"]
    whole = near(resting.result, right)
    here.network.model.ask("modules.train", True)
    made, again = (here.run(double=["enc1"], back_to=["parameters"]) for _ in range(2))
    modes = [part["training"] for part in here.network.model.ask("modules.parts")]
    switched = here.values(after={"enc1": lambda y: 2 * y})["logits"]
    if not modes[0] or whole and near(made.result, switched):
        fail(f"{WHAT} switched the network to evaluation mode; whoever calls it decides.")
    if not near(again.result, made.result, 1e-5):
        fail(f"{WHAT}: two calls with the same input give different results.")
    if whole and not near(made.result, right):
        fail(f"{WHAT}: in training mode the output is another than in evaluation mode.")
    expect_graph(made.result, "reaches the weights")
    expect_backward(resting)
    expect_backward(made)
    if not whole:
        expect_slope(here, made.learned)
    wanted = right_gradients(here, resting) if whole else {}
    for name in here.layers.parameters():
        grad = made.learned.get(name)
        if grad is None or not bool(grad.any()):
            fail(
                f"{WHAT}: no gradient reaches {name}. Is its layer left out, or was a "
                "tensor detached on the way?"
            )
        if whole and not alike(grad, wanted[name]):
            fail(
                f"{WHAT}: only a part of the gradient reaches {name}. Was a tensor detached "
                "on the way down, before a pool?"
            )
    return f"{WHAT}: gradients reach every weight"


def expect_slope(here: Rig, learned: dict) -> None:
    """The gradients of the parameters agree with how the result's squares change with them."""
    values = here.layers.parameters()
    ways = {name: torch.randn(value.shape) for name, value in values.items()}
    step = 3e-2 / float(torch.cat([way.flatten() for way in ways.values()]).norm())
    sums = []
    for size in (step, -step, 0):
        for layer in here.layers.numbers:
            here.network.layer(layer).ask(
                "modules.set_parameters",
                {
                    key: value + size * ways[f"{layer}.{key}"]
                    for key, value in here.layers.named(layer).items()
                },
            )
        sums.append(float(here.run().result.detach().double().square().sum()))
    grads = {
        name: g
        for name, g in learned.items()
        if isinstance(g, Tensor) and name in values and g.shape == values[name].shape
    }
    claimed = sum(float((g * ways[name]).sum()) for name, g in grads.items())
    size = sum(float(g.square().sum()) for g in grads.values()) ** 0.5
    if not abs((sums[0] - sums[1]) / (2 * step) - claimed) <= 0.1 * size:
        fail(f"{WHAT}: only a part of the gradient reaches the weights. Was a tensor detached?")


def right_gradients(here: Rig, made: Run) -> dict[str, Tensor]:
    """The gradients of all parameters.

    A skip over which none came back in this run is left out: that has graded cells of its own.
    """
    changes = {
        f"joined{i}": (f"dec{i}", (f"up{i}", f"{DETACHED}skip{i}"))
        for i in (1, 2, 3)
        if not bool(over_skip(here, made, i).any())
    }
    named = {name: value.requires_grad_() for name, value in here.layers.parameters().items()}
    logits = here.values(changes=changes)["logits"]
    grads = torch.autograd.grad(logits.square().sum(), list(named.values()))
    return dict(zip(named, grads, strict=True))
