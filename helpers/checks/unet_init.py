"""Exercise 4.1: every layer of the U-Net."""

import contextlib
import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import combinations

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import CAUSE, check, draw, fail, refusal
from helpers.checks.core.comparing import expect_shape, expect_values
from helpers.checks.core.conv_blocks import Block, fitting
from helpers.checks.core.errors import explain
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.modules import (
    Known,
    Parameter,
    expect_affine,
    expect_count,
    expect_learning,
    known,
    parameters,
    set_parameters,
)
from helpers.checks.core.network import Network, build, called
from helpers.checks.core.rendering import shape_of
from helpers.checks.core.wiring import (
    DECODER,
    ENCODER,
    EQUAL,
    LAYERS,
    UNEQUAL,
    UPCONVS,
    USUAL,
    channels,
    near,
)
from helpers.probes.wire import bytes_of


def result(layer: Handle, what: str, x: Tensor) -> Tensor:
    """What a layer makes of `x`, whose channels it should take."""
    count, given = x.shape[1], f"a {shape_of(x)} input"
    try:
        y = layer.ask("functions.call", [x])["result"]
    except Crash as crash:
        text = (
            f"{what} should take {count} channel{'' if count == 1 else 's'}, but raised "
            f"{crash.kind} for {given}: {str(crash).rstrip('.')}."
        )
        kernels = [p.shape for p in parameters(layer) if len(p.shape) == 4]
        if what[-4:] in DECODER and kernels and all(2 * k[1] == count for k in kernels):
            text += (
                f" Its weights, of shapes {kernels}, take the channels of the enlarged map "
                "alone; the skip brings as many again."
            )
        cause = explain(crash)
        raise refusal(
            f"{text}\n{CAUSE}{cause}" if cause else text, "cause" if cause else "error"
        ) from crash
    return y


def refuses(layer: Handle, x: Tensor) -> bool:
    """Whether the layer cannot take `x`, which has another number of channels."""
    try:
        layer.ask("functions.call", [x])
    except Crash:
        return True
    return False


def expect_channels(network: Network, name: str) -> Tensor:
    """The layer takes and gives the channels of its line in the table; an input that it took.

    Blocks keep height and width, up-convolutions double them.
    """
    what = f"{called(*network.arguments)}.{name}"
    before, after = channels(*network.arguments)[name]
    x = torch.rand(2, before, *((3, 5) if name in UPCONVS else (6, 10)))
    other = x[:, :1].repeat(1, before + draw(1, 3), 1, 1) if draw(0, 1) else x[:, : before // 2]
    layer, first = network.layer(name), draw(0, 1)  # in random order: only the table tells which
    refused = first and refuses(layer, other)
    y = result(layer, what, x)
    refused = refused if first else refuses(layer, other)
    wanted = (2, after, 6, 10)
    expect_shape(what, y, wanted, f"a {shape_of(x)} input", shape_causes(network, name))
    if not refused:
        fail(
            f"{what} takes {other.shape[1]} channels as well; a convolution takes one number of "
            "them."
        )
    return x


def shape_causes(network: Network, name: str) -> dict[tuple, str]:
    """What a wrong shape of a layer's result tells."""
    before, after = channels(*network.arguments)[name]
    inputs, classes, features = network.arguments
    found = {
        (2, n, 6, 10): f"it gives {n} channels, which is features[{i}]; its line in the table "
        f"says features[{features.index(after)}]."
        for i, n in enumerate(features)
        if after in features
    }
    found |= {
        (2, classes, 6, 10): f"it gives {classes} channels, which is out_channels.",
        (2, inputs, 6, 10): f"it gives {inputs} channels, which is in_channels.",
        (2, 2 * after, 6, 10): "it gives twice the channels that it should.",
    }
    if name in UPCONVS:
        return found | {
            (2, after, 3, 5): "the size did not double.",
            (2, before, 6, 10): "the channels must become those of the level above.",
        }
    return found | {
        (2, after, 3, 5): "the size halved. Is there a pool in it?",
        (2, after, 2, 4): "no zeros stand around the map: is the padding missing?",
    }


def drawn(layer: Handle) -> list[Known]:
    """The layer's parameters, set to random numbers: those to start with are the learner's."""
    found = known(parameters(layer))
    values = {p.name: torch.randn(p.shape) for p in found}
    set_parameters(layer, values)
    return [Known(p.name, values[p.name].requires_grad_(), p.learns, p.norm, p.key) for p in found]


@check
def unet_init_encoder(UNet: Handle) -> str:
    """The four encoder blocks take and give the right channels."""
    for arguments in (USUAL, (draw(1, 2), 2, UNEQUAL)):
        network = build(UNet, arguments)
        for name in ENCODER:
            expect_channels(network, name)
    return "UNet: enc1 to enc4 have the right channels"


@check
def unet_init_blocks(UNet: Handle) -> str:
    """All seven blocks are conv blocks: two 3x3 convolutions, each with a ReLU."""
    network = build(UNet)
    for name in (*ENCODER, *DECODER):
        check_block(network.layer(name), f"{called(*USUAL)}.{name}", channels(*USUAL)[name][1])
    return "UNet: seven conv blocks"


def check_block(block: Handle, what: str, after: int) -> None:
    """The block is a conv block, whatever channels it takes."""
    found = drawn(block)
    shapes = sorted(p.shape for p in found if len(p.shape) == 4)
    if len(shapes) != 2 or any(s[0] != after or s[2:] != (3, 3) for s in shapes):
        fail(
            f"{what}: expected a conv_block, two 3x3 convolutions with {after} output channels; "
            f"got weights of shapes {shapes}."
        )
    expect_count(what, block, sum(torch.Size(s).numel() for s in shapes), 2 * after)
    before = next((s[1] for s in shapes if s[1] != after), after)
    x = torch.rand(2, before, 6, 10, requires_grad=True)
    y = result(block, what, x)
    right = [Block()(x, numbers) for numbers in fitting(found, before, after)]
    mine = next((r for r in right if near(y, r)), None)
    if mine is None:
        halved = {
            (2, after, 3, 5): "the size halved. Is there a pool in it?",
            (2, after, 2, 6): "no zeros stand around the map: is the padding missing?",
        }
        expect_shape(what, y, (2, after, 6, 10), f"a {shape_of(x)} input", halved)
        if bool((y < 0).any()):
            fail(f"{what}: expected a conv_block, which ends with a ReLU; got negative numbers.")
        fail(
            f"{what}: with its own two convolutions, a conv_block would give other numbers: "
            "convolution, ReLU, convolution, ReLU and nothing else. Use conv_block."
        )
    expect_learning(what, block, x, found, mine)


@check
def unet_init_pool(UNet: Handle) -> str:
    """The pool halves height and width by taking the maximum."""
    what, x = f"{called(*USUAL)}.pool", torch.rand(2, draw(2, 4), 6, 8)
    y, given = result(build(UNet).layer("pool"), what, x), f"a {shape_of(x)} input"
    causes = {"the average was taken; a max pool takes the largest.": lambda: F.avg_pool2d(x, 2)}
    expect_shape(what, y, (2, x.shape[1], 3, 4), given)
    expect_values(what, y, F.max_pool2d(x, 2), given, causes)
    return "UNet: pool takes the maximum of 2x2 pixels"


def gives(network: Network, name: str, weight: tuple, right: Callable[..., Tensor]) -> bool:
    """Whether a layer gives what `right` makes of a weight and a bias, set here; it learns then."""
    what, layer = f"{called(*network.arguments)}.{name}", network.layer(name)
    x = (6 * expect_channels(network, name) - 3).requires_grad_()
    found, outputs = drawn(layer), channels(*network.arguments)[name][1]
    sizes = [p.value.numel() for p in found]
    if sorted(sizes) != sorted([torch.Size(weight).numel(), outputs]):
        return False
    bias = sizes.index(outputs)
    mine = right(x, found[1 - bias].value.reshape(weight), found[bias].value.reshape(outputs))
    if near(result(layer, what, x), mine):
        expect_learning(what, layer, x, found, mine)
        return True
    return False


@check
def unet_init_upconvs(UNet: Handle) -> str:
    """The up-convolutions double the size and go one level up in channels."""
    network = build(UNet)
    for name in UPCONVS:
        what, (before, after) = f"{called(*USUAL)}.{name}", channels(*USUAL)[name]
        if gives(network, name, (before, after, 2, 2), partial(F.conv_transpose2d, stride=2)):
            continue
        layer = network.layer(name)
        weights = [p.shape for p in parameters(layer) if len(p.shape) == 4]
        wanted = (
            f"{what}: expected a transposed convolution with kernel 2 and stride 2, "
            f"{before} x {after} x 2 x 2 weights; "
        )
        if sum(map(math.prod, weights)) != before * after * 4:
            fail(f"{wanted}got weights of shapes {weights}.")
        expect_affine(what, layer, torch.rand(2, before, 3, 5) - 0.5, "Use make_upconv alone.")
        expect_count(what, layer, before * after * 4, after)
        fail(f"{wanted}one with this layer's own weights gives other numbers. Use make_upconv.")
    return "UNet: three up-convolutions, each one level up"


@check
def unet_init_decoder(UNet: Handle) -> str:
    """The decoder blocks take twice the channels of their level and give them once."""
    network = build(UNet)
    for name in DECODER:
        expect_channels(network, name)
    return "UNet: dec3 to dec1 take twice the channels of their level"


@check
def unet_init_out(UNet: Handle) -> str:
    """The last layer is a 1x1 convolution to one channel a class."""
    for classes in (2, draw(3, 5)):
        arguments, before = (3, classes, UNEQUAL), UNEQUAL[0]
        what, network = f"{called(*arguments)}.out", build(UNet, arguments)
        if gives(network, "out", (classes, before, 1, 1), F.conv2d):
            continue
        layer, x = network.layer("out"), torch.rand(2, before, 6, 10)
        expect_affine(
            what,
            layer,
            9 * (x - 0.5),
            "Expected a bare convolution, whose logits may have any sign.",
        )
        moved = x.clone()
        moved[:, :, 2, 3] += 1
        change = (result(layer, what, moved) - result(layer, what, x)).abs().sum((0, 1))
        change[2, 3] = 0
        if bool((change > 1e-5).any()):
            fail(
                f"{what}: one pixel of the input changes its neighbours in the output; expected "
                "a 1x1 convolution, which looks at each pixel alone."
            )
        expect_count(what, layer, before * classes, classes)
        shapes = [p.shape for p in parameters(layer)]
        fail(
            f"{what}: expected a 1x1 convolution, with a weight of shape "
            f"{(classes, before, 1, 1)} and a bias; got parameters of shapes {shapes}, which "
            "do something else."
        )
    return "UNet: out is a 1x1 convolution"


@check
def unet_init_arguments(UNet: Handle) -> str:
    """Other channels and features are honoured, and the defaults are those of the text."""
    for arguments in [(1, 5, (4, 6, 9, 5)), (draw(2, 5), 1, (8, 3, 7, 4))]:
        network = build(UNet, arguments)
        faults = {name: fault(network, name) for name in compared(network)}
        wrong = {name: error for name, error in faults.items() if error}
        for name, error in wrong.items():
            expect_honoured(UNet, name, error)
        if 2 * len(wrong) > len(faults):  # too few layers are right to tell
            raise next(iter(wrong.values()))
    small = build(UNet, USUAL, {"features": list(UNEQUAL)})
    if small.changed:
        fail("UNet changed the list of features that it was given; leave it as it came.")
    expect_defaults(
        UNet,
        small,
        f"UNet(features={list(UNEQUAL)})",
        "the default channels, in_channels=3 and out_channels=2",
    )
    default = build(UNet, (3, 2, (64, 128, 256, 512)), {})
    expect_defaults(UNet, default, "UNet()", "the default features (64, 128, 256, 512)")
    return "UNet: its arguments are honoured"


def compared(network: Network) -> list[str]:
    """The layers that the arguments decide; a missing up-convolution fails two other tests."""
    return [
        name
        for name in channels(*USUAL)
        if name not in UPCONVS or isinstance(network.layers[name], Handle)
    ]


def expect_honoured(UNet: Handle, name: str, wrong: AssertionError) -> None:
    """The channels of a layer follow the arguments, although they are wrong.

    A layer that follows them in a wrong way fails the test of that layer, and not this one, too.
    """
    if ignored(UNet, name):
        told = str(wrong).partition(f"\n{CAUSE}")[0]
        text = f"{told} Is a number written out instead of an argument?"
        raise refusal(text, "cause") from wrong.__cause__
    if not fault(build(UNet), name):
        raise wrong


def fault(network: Network, name: str) -> AssertionError | None:
    """What is wrong with the layer's channels, if anything."""
    try:
        expect_channels(network, name)
    except AssertionError as error:
        return error
    return None


def shapes(network: Network, name: str) -> list[tuple]:
    """The shapes of a layer's parameters."""
    return network.layer(name).ask("network.shapes")


def ignored(UNet: Handle, name: str) -> bool:
    """Whether one of the layer's numbers of channels is the same in two very different networks.

    Each argument of the second is so much larger that no sum or multiple of them agrees.
    """
    networks = [
        build(UNet, arguments) for arguments in ((1, 5, (4, 6, 9, 5)), (7, 11, (23, 29, 37, 31)))
    ]
    # the first two axes of a weight are channels, in and out; a bias has one for each output
    sizes = [[shape[:2] for shape in shapes(network, name)] for network in networks]
    return any(
        small == large
        for pair in zip(*sizes, strict=False)
        for small, large in zip(*pair, strict=False)
    )


def expect_defaults(UNet: Handle, network: Network, given: str, defaults: str) -> None:
    """A network made with some arguments left out is as if they had been written out."""
    written_out = build(UNet, network.arguments)
    for name in compared(network):
        got, expected = (shapes(each, name) for each in (network, written_out))
        if got != expected:
            fail(
                f"{given}: expected {defaults}, which give the layers of "
                f"{called(*network.arguments)}; but {name} has parameters of shapes {got}, there "
                f"{expected}."
            )


@check
def unet_init_registered(UNet: Handle) -> str:
    """Every layer is the network's own, once, and nothing else is."""
    owned = [expect_own_layers(build(UNet, (3, 2, features))) for features in (UNEQUAL, EQUAL)]
    for name, count in owned[0].items():
        if owned[1][name] < count:
            fail(
                f"UNet.{name} has fewer parameters with features {EQUAL} than with {UNEQUAL}. Is "
                "a layer used twice where the channels allow it?"
            )
    first, second = build(UNet).model, build(UNet).model
    if marks(drawn(first)).keys() & marks(parameters(second)).keys():
        fail("UNet: two networks share weights. Make new layers in __init__, each time it runs.")
    return "UNet: every layer registered once"


def marks(found: Sequence[Parameter]) -> dict[bytes, str]:
    """The names of parameters by their numbers: drawn at random, no two have the same."""
    return {bytes_of(p.value.detach().contiguous()): p.name for p in known(found)}


def expect_own_layers(network: Network) -> dict[str, int]:
    """No layer is missing, used twice, held outside or beyond those of the table.

    How large each is, the tests of the layers ask; here is how many parameters it has, by name. The
    network's parameters are set to random numbers, by which they are known again in its layers.
    """
    found = {name: network.layer(name) for name in LAYERS if name != "pool"}
    registered = marks(drawn(network.model))
    held = {name: parameters(layer) for name, layer in found.items()}
    own = {name: set(marks(values)) for name, values in held.items()}
    for name, other in combinations(own, 2):
        if own[name] & own[other]:
            text = "are the same layer" if own[name] == own[other] else "share weights"
            fail(f"UNet.{other} and UNet.{name} {text}. Each level needs weights of its own.")
    lost = sorted(name for name, values in own.items() if values - registered.keys())
    if lost:
        fail(
            f"UNet.{lost[0]} is not registered: its weights are not among model.parameters(), so "
            "training would skip them. Was it put into a plain list, or made outside of "
            "__init__?"
        )
    known = set().union(*own.values())
    others = list(
        dict.fromkeys(
            name.partition(".")[0] for value, name in registered.items() if value not in known
        )
    )
    if "pool" in others:
        fail("UNet.pool has parameters; expected a max pool, which has nothing to learn.")
    if others:
        names = " and ".join(f"`{name}`" for name in others)
        fail(
            f"UNet: {names} {'is' if len(others) == 1 else 'are'} not in the table, but can "
            f"learn. The names are {', '.join(LAYERS)}."
        )
    if not any(computes(network, name, values) for name, values in held.items()):
        fail("UNet: no layer computes with the numbers that model.parameters() holds for it.")
    return {name: len(values) for name, values in own.items()}


def computes(network: Network, name: str, found: Sequence[Parameter]) -> bool:
    """Whether a layer gives what its registered numbers make, if it is of the table's kind."""
    values = [p.value for p in known(found)]
    sizes = [v.shape[:2] for v in values if v.dim() == 4]  # its own channels, wrong ones or not
    if not sizes or not min(map(min, sizes)):
        return False
    after, before = sizes[0] if name not in UPCONVS else sizes[0][::-1]
    x = torch.randn(2, before, 6, 10)
    if name in (*ENCODER, *DECODER):
        right = [Block()(x, numbers) for numbers in fitting(found, before, after)]
    else:
        shape = (before, after, 2, 2) if name in UPCONVS else (after, before, 1, 1)
        run = partial(F.conv_transpose2d, stride=2) if name in UPCONVS else F.conv2d
        weights = [v.reshape(shape) for v in values if v.numel() == math.prod(shape)]
        biases = [v.reshape(after) for v in values if v.numel() == after]
        right = [run(x, w, b) for w in weights for b in biases]
    with contextlib.suppress(AssertionError):
        y = result(network.layer(name), name, x)
        return any(near(y, r) for r in right)
    return False
