"""Checks of notebooks 04 and 05: the layers of the U-Net, and how `forward` joins them."""

from collections.abc import Callable
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.checks.core import (
    call,
    check,
    close,
    describe,
    draw,
    expect_gradient,
    expect_shape,
    expect_values,
    fail,
    likely,
    shape_of,
)
from helpers.checks.layers import (
    expect_affine,
    expect_count,
    expect_learning,
    randomize,
    why_not_made,
)
from helpers.checks.probes import fitting
from helpers.checks.standins import independent_of
from helpers.checks.wiring import (
    DECODER,
    ENCODER,
    LAYERS,
    LEVEL,
    SILENT,
    UPCONVS,
    enliven,
    expected_shapes,
    interpret,
    joined_wrongly,
    ledger,
    run_model,
    walk,
)

# Unequal numbers show channels that were mixed up; equal ones let swapped levels run through.
UNEQUAL, EQUAL = (4, 5, 6, 7), (4, 4, 4, 4)
USUAL = (3, 2, UNEQUAL)  # the arguments, where they are not what is asked about


def build(UNet: type, in_channels: int = 3, out_channels: int = 2, features=UNEQUAL) -> nn.Module:
    """The learner's network."""
    given = f"in_channels={in_channels}, out_channels={out_channels}, features={features}"
    if not (isinstance(UNet, type) and issubclass(UNet, nn.Module)):
        fail(f"UNet: expected a class of nn.Module, got {describe(UNet)}.")
    return call(
        "UNet", lambda: UNet(in_channels, out_channels, features), given=given, why=why_not_made)


def called(in_channels: int, out_channels: int, features: tuple | list) -> str:
    """Such a network, as a message calls it."""
    return f"UNet({in_channels}, {out_channels}, {features})"


def channels(inputs: int, classes: int, f: tuple) -> dict[str, tuple[int, int]]:
    """The channels that each layer takes and gives, by its name."""
    names = (*ENCODER, *UPCONVS, *DECODER, "out")
    before = (inputs, *f[:3], *f[:0:-1], *(2 * n for n in f[2::-1]), f[0])
    after = (*f, *f[2::-1], *f[2::-1], classes)
    return dict(zip(names, zip(before, after, strict=True), strict=True))


def layer(model: nn.Module, name: str) -> nn.Module:
    """One of the network's named layers."""
    found = getattr(model, name, None)
    if found is None:
        fail(f"UNet has no attribute {name}. The names are {', '.join(LAYERS)}. "
             + why_missing(model, name))
    if not isinstance(found, nn.Module):
        fail(f"UNet.{name}: expected a layer (nn.Module), got {describe(found)}.")
    return found


def why_missing(model: nn.Module, name: str) -> str:
    """Where the layer may be instead: under another name, in a list, or nowhere."""
    held = [key for key, value in vars(model).items() if isinstance(value, list | tuple)
            and any(isinstance(part, nn.Module) for part in value)]
    if held:
        return (f"`{held[0]}` holds layers in a plain {type(getattr(model, held[0])).__name__}; "
                "each layer is an attribute of its own.")
    other = [key for key, part in model.named_children()
             if key not in LAYERS and any(True for _ in part.parameters())]
    if other:
        return f"There is `{other[0]}`, which is not in the table: is that its layer, misnamed?"
    return f"Does its line begin with `self.{name} =`?"


def run_layer(
    model: nn.Module, name: str, count: int, size=(6, 10), owner: str = called(*USUAL)
) -> tuple[Tensor, Tensor]:
    """A random input with `count` channels and what the layer makes of it."""
    x = torch.rand(2, count, *size)
    block = layer(model, name)
    given = f"a {shape_of(x)} input"
    try:
        y = block(x)
    except Exception as error:
        raise AssertionError(
            f"{owner}.{name} should take {count} channel{'' if count == 1 else 's'}, but raised "
            f"{type(error).__name__} for {given}: {str(error).rstrip('.')}."
        ) from error
    return x, y


def expect_channels(model: nn.Module, name: str, arguments: tuple) -> Tensor:
    """The layer takes and gives the channels of its line in the table; an input that it took.

    Blocks keep height and width, up-convolutions double them.
    """
    owner = called(*arguments)
    before, after = channels(*arguments)[name]
    x, y = run_layer(model, name, before, (3, 5) if name in UPCONVS else (6, 10), owner)
    wanted, causes = (2, after, *x.shape[2:]), {}
    if name in UPCONVS:
        causes = {
            wanted: "the size did not double.",
            (2, before, 6, 10): "the channels must become those of the level above.",
        }
        wanted = (2, after, 6, 10)
    expect_shape(f"{owner}.{name}", y, wanted, f"a {shape_of(x)} input", causes)
    return x


@check
def unet_init_encoder(UNet: type) -> str:
    """The four encoder blocks take and give the right channels."""
    for arguments in (USUAL, (draw(1, 2), 2, UNEQUAL)):
        model = build(UNet, *arguments)
        for name in ENCODER:
            expect_channels(model, name, arguments)
    return "UNet: enc1 to enc4 have the right channels"


def kernels(block: nn.Module) -> list[tuple]:
    """The shapes of a block's weights."""
    return sorted(tuple(p.shape) for p in block.parameters() if p.dim() == 4)


@check
def unet_init_blocks(UNet: type) -> str:
    """All seven blocks are conv blocks: two 3x3 convolutions, each with a ReLU."""
    model = build(UNet)
    for name in (*ENCODER, *DECODER):
        check_block(model, name)
    return "UNet: seven conv blocks"


def check_block(model: nn.Module, name: str) -> None:
    """The block is a conv block, whatever channels it takes."""
    what, after = f"{called(*USUAL)}.{name}", channels(*USUAL)[name][1]
    block = layer(model, name)
    shapes = kernels(block)
    if len(shapes) != 2 or any(s[0] != after or s[2:] != (3, 3) for s in shapes):
        fail(f"{what}: expected a conv_block, two 3x3 convolutions with {after} output channels; "
             f"got weights of shapes {shapes}.")
    expect_count(what, block, sum(torch.Size(s).numel() for s in shapes), 2 * after)
    before = next((s[1] for s in shapes if s[1] != after), after)
    randomize(block)
    x, y = run_layer(model, name, before)
    if bool((y < 0).any()):
        fail(f"{what}: expected a conv_block, which ends with a ReLU; got negative numbers.")
    expect_conv_block(what, block, x, y)


def expect_conv_block(what: str, block: nn.Module, x: Tensor, y: Tensor) -> None:
    """`y` is what two convolutions with a ReLU each make of `x`, and both can learn."""
    def made(numbers: tuple) -> Tensor:
        first = F.conv2d(x, *numbers[:2], padding=1).relu()
        return F.conv2d(first, *numbers[2:], padding=1).relu()

    after = y.shape[1]
    if not any(close(y.detach(), made(n), 1e-3) for n in fitting(block, x.shape[1], after)):
        fail(f"{what}: with its own two convolutions, a conv_block would give other numbers: "
             "convolution, ReLU, convolution, ReLU and nothing else. Use conv_block.")
    expect_learning(what, block, x)


@check
def unet_init_pool(UNet: type) -> str:
    """The pool halves height and width by taking the maximum."""
    model = build(UNet)
    x, y = run_layer(model, "pool", draw(2, 4), size=(6, 8))
    what, given = f"{called(*USUAL)}.pool", f"a {shape_of(x)} input"
    causes = {"the average was taken; a max pool takes the largest.": lambda: F.avg_pool2d(x, 2)}
    expect_shape(what, y, (2, x.shape[1], 3, 4), given)
    expect_values(what, y, F.max_pool2d(x, 2), given, causes)
    return "UNet: pool takes the maximum of 2x2 pixels"


@check
def unet_init_upconvs(UNet: type) -> str:
    """The up-convolutions double the size and go one level up in channels."""
    model = build(UNet)
    for name in UPCONVS:
        what, (before, after) = f"{called(*USUAL)}.{name}", channels(*USUAL)[name]
        x = expect_channels(model, name, USUAL)
        weights = [tuple(p.shape) for p in layer(model, name).parameters() if p.dim() == 4]
        if sum(torch.Size(w).numel() for w in weights) != before * after * 4:
            fail(f"{what}: expected a transposed convolution with kernel 2 and stride 2, "
                 f"{before} x {after} x 2 x 2 weights; got weights of shapes {weights}.")
        block = randomize(layer(model, name))
        expect_affine(what, block, x - 0.5, "Use make_upconv alone.")
        expect_learning(what, block, x)
        expect_count(what, block, before * after * 4, after)
    return "UNet: three up-convolutions, each one level up"


@check
def unet_init_decoder(UNet: type) -> str:
    """The decoder blocks take twice the channels of their level and give them once."""
    model = build(UNet)
    for name in DECODER:
        expect_channels(model, name, USUAL)
    return "UNet: dec3 to dec1 take twice the channels of their level"


@check
def unet_init_out(UNet: type) -> str:
    """The last layer is a 1x1 convolution to one channel a class."""
    for classes in (2, draw(3, 5)):
        arguments = (3, classes, UNEQUAL)
        what, model = f"{called(*arguments)}.out", build(UNet, *arguments)
        out = randomize(layer(model, "out"))
        x = expect_channels(model, "out", arguments)
        moved = x.clone()
        moved[:, :, 2, 3] += 1
        change = (out(moved) - out(x)).abs().sum((0, 1))
        change[2, 3] = 0
        expect_affine(what, out, 9 * (x - 0.5), "Expected a bare convolution, whose logits may "
                      "have any sign.")
        if bool((change > 1e-5).any()):
            fail(f"{what}: one pixel of the input changes its neighbours in the output; expected "
                 "a 1x1 convolution, which looks at each pixel alone.")
        expect_learning(what, out, x)
        expect_count(what, out, UNEQUAL[0] * classes, classes)
    return "UNet: out is a 1x1 convolution"


@check
def unet_init_arguments(UNet: type) -> str:
    """Other channels and features are honoured, and the defaults are those of the text."""
    for arguments in [(1, 5, (4, 6, 9, 5)), (draw(2, 5), 3, (8, 3, 7, 4))]:
        model = build(UNet, *arguments)
        for name in compared(model):
            expect_honoured(UNet, model, name, arguments)
    features = [4, 5, 6, 7]
    small = call("UNet", lambda: UNet(features=features), given=f"features={features}")
    if features != [4, 5, 6, 7]:
        fail("UNet changed the list of features that it was given; leave it as it came.")
    expect_defaults(small, UNet, "UNet(features=[4, 5, 6, 7])", USUAL,
                    "the default channels, in_channels=3 and out_channels=2")
    default = call("UNet", lambda: UNet(), given="no arguments")
    expect_defaults(default, UNet, "UNet()", (3, 2, (64, 128, 256, 512)),
                    "the default features (64, 128, 256, 512)")
    return "UNet: its arguments are honoured"


def compared(model: nn.Module) -> list[str]:
    """The layers that the arguments decide; a missing up-convolution fails two other tests."""
    return [name for name in channels(*USUAL)
            if name not in UPCONVS or isinstance(getattr(model, name, None), nn.Module)]


def expect_honoured(UNet: type, model: nn.Module, name: str, arguments: tuple) -> None:
    """The layer's channels follow the arguments.

    A layer that follows them in a wrong way fails the test of that layer, and not this one, too.
    """
    wrong = fault(model, name, arguments)
    if wrong and ignored(UNet, name):
        text = f"{wrong} Is a number written out instead of an argument?"
        raise AssertionError(text) from wrong.__cause__
    if wrong and not fault(build(UNet, *USUAL), name, USUAL):
        raise wrong


def fault(model: nn.Module, name: str, arguments: tuple) -> AssertionError | None:
    """What is wrong with the layer's channels, if anything."""
    try:
        expect_channels(model, name, arguments)
    except AssertionError as error:
        return error
    return None


def ignored(UNet: type, name: str) -> bool:
    """Whether one of the layer's numbers of channels is the same in two very different networks.

    Each argument of the second is so much larger that no sum or multiple of them agrees.
    """
    networks = [build(UNet, *arguments)
                for arguments in ((1, 5, (4, 6, 9, 5)), (7, 11, (23, 29, 37, 31)))]
    # the first two axes of a weight are channels, in and out; a bias has one for each output
    sizes = [[tuple(p.shape[:2]) for p in layer(network, name).parameters()]
             for network in networks]
    return any(small == large for pair in zip(*sizes, strict=False)
               for small, large in zip(*pair, strict=False))


def expect_defaults(
    model: nn.Module, UNet: type, given: str, arguments: tuple, defaults: str
) -> None:
    """A network made with some arguments left out is as if they had been written out."""
    written_out = build(UNet, *arguments)
    for name in compared(model):
        got, expected = ([tuple(p.shape) for p in layer(network, name).parameters()]
                         for network in (model, written_out))
        if got != expected:
            fail(f"{given}: expected {defaults}, which give the layers of {called(*arguments)}; "
                 f"but {name} has parameters of shapes {got}, there {expected}.")


@check
def unet_init_registered(UNet: type) -> str:
    """Every layer is the network's own, once, and nothing else is."""
    owned = [expect_own_layers(UNet, features) for features in (UNEQUAL, EQUAL)]
    for name, count in owned[0].items():
        if owned[1][name] < count:
            fail(f"UNet.{name} has fewer parameters with features {EQUAL} than with {UNEQUAL}. Is "
                 "a layer used twice where the channels allow it?")
    first, second = build(UNet), build(UNet)
    if {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}:
        fail("UNet: two networks share weights. Make the layers in __init__, anew each time.")
    return "UNet: every layer registered once"


def expect_own_layers(UNet: type, features: tuple) -> dict[str, int]:
    """No layer is missing, used twice, held outside or beyond those of the table.

    How large each is, the tests of the layers ask; here is how many parameters it has, by name.
    """
    model = build(UNet, features=features)
    owners: dict[int, str] = {}
    for name in (*ENCODER, *UPCONVS, *DECODER, "out"):
        own = list(layer(model, name).parameters())
        for value in own:
            if id(value) in owners:
                other = owners[id(value)]
                same = layer(model, name) is layer(model, other)
                text = "are the same layer" if same else "share weights"
                fail(f"UNet.{name} and UNet.{other} {text}. Each level needs weights of its own.")
            owners[id(value)] = name
    registered = {id(value) for value in model.parameters()}
    lost = sorted({name for key, name in owners.items() if key not in registered})
    if lost:
        fail(f"UNet.{lost[0]} is not registered: its weights are not among model.parameters(), so "
             "training would skip them. Was it put into a plain list, or made outside of "
             "__init__?")
    others = {name.partition(".")[0]: None for name, value in model.named_parameters()
              if id(value) not in owners}
    if "pool" in others:
        fail("UNet.pool has parameters; expected a max pool, which has nothing to learn.")
    if others:
        names = " and ".join(f"`{name}`" for name in others)
        fail(f"UNet: {names} {'is' if len(others) == 1 else 'are'} not in the table, but can "
             f"learn. The names are {', '.join(LAYERS)}.")
    return {name: list(owners.values()).count(name) for name in owners.values()}


@check
def decoder_step_shape(decoder_step: Callable) -> str:
    """The result has the skip's size and the block's channels."""
    for low, high, batch in [(8, 4, 2), (5, draw(2, 3), 3), (16, 8, 1)]:
        x, skip, upconv, block = step_parts(low, high, batch)
        y = run_step(decoder_step, x, skip, upconv, block)
        expect_shape("decoder_step", y, (batch, 3, *skip.shape[2:]), step_given(x, skip), {
            (batch, 3, *x.shape[2:]): "the up-convolution was left out.",
            (batch, 2 * high, *skip.shape[2:]): "the block was left out.",
            (3, *skip.shape[2:]): "the batch's axis is gone.",
        })
    return "decoder_step: 3 levels, shapes right"


def step_parts(
    low: int, high: int, batch: int = 2
) -> tuple[Tensor, Tensor, nn.Module, nn.Module]:
    """A deep map, a skip of twice its size, an up-convolution and a block to 3 channels."""
    x = torch.randn(batch, low, draw(2, 3), draw(4, 5))
    skip = torch.randn(batch, high, 2 * x.shape[2], 2 * x.shape[3])
    block = nn.Sequential(nn.Conv2d(2 * high, 3, 3, padding=1), nn.Tanh())
    return x, skip, nn.ConvTranspose2d(low, high, 2, 2), block


def step_given(x: Tensor, skip: Tensor) -> str:
    """The words for one such input."""
    return f"x {shape_of(x)} and skip {shape_of(skip)}"


def run_step(
    decoder_step: Callable, x: Tensor, skip: Tensor, upconv: nn.Module, block: nn.Module
) -> object:
    """What the learner's function makes of one level; a crash is told with what the block got."""
    given: dict[str, object] = {}
    handles = [part.register_forward_pre_hook(lambda _, inputs, n=name: given.update({n: inputs}))
               for name, part in (("upconv", upconv), ("block", block[0]))]

    def why(error: Exception) -> str:
        if isinstance(error, RuntimeError) and not given:
            return "x and the skip were joined before x was enlarged by upconv."
        got = [part.shape[1] for part in given.get("block", ()) if isinstance(part, Tensor)]
        wanted = block[0].in_channels
        return "" if got in ([], [wanted]) else joined_wrongly("the block", got[0], wanted)

    try:
        return call("decoder_step", decoder_step, x, skip, upconv, block,
                    given=step_given(x, skip), why=why)
    finally:
        for handle in handles:
            handle.remove()


@check
def decoder_step_values(decoder_step: Callable) -> str:
    """The block gets the enlarged map first, then the skip, side by side on the channel axis."""
    for low, high in [(6, 4), (3, 3), (5, draw(2, 4))]:
        x, skip, upconv, block = step_parts(low, high)
        given = step_given(x, skip)
        y = run_step(decoder_step, x, skip, upconv, block)
        with torch.no_grad():
            up = upconv(x)

            def join(*parts: Tensor, block: nn.Module = block) -> Tensor:
                return block(torch.cat(parts, dim=1))

            causes = {
                "the skip was put first; the enlarged map comes first, then the skip.": (
                    lambda j=join, u=up, s=skip: j(s, u)),
                "the skip was left out and the enlarged map joined with itself.": (
                    lambda j=join, u=up: j(u, u)),
                "the skip was joined with itself; the enlarged map is missing.": (
                    lambda j=join, s=skip: j(s, s)),
                "the skip was added rather than put beside.": (
                    lambda j=join, u=up, s=skip: j(u + s, u + s)),
                "zeros stand where the skip should.": (
                    lambda j=join, u=up: j(u, torch.zeros_like(u))),
                "the map was enlarged by copying, not by upconv.": (
                    lambda j=join, s=skip, x=x: j(F.interpolate(x, scale_factor=2.0), s)),
            }
            expect_values("decoder_step", y, join(up, skip), given, causes)
    return "decoder_step: the block gets [up, skip]"


@check
def decoder_step_gradient(decoder_step: Callable) -> str:
    """A gradient reaches both what came from below and the skip."""
    x, skip, upconv, block = step_parts(4, draw(2, 3))
    x.requires_grad_(), skip.requires_grad_()
    sources = [(skip, "skip"), (x, "x")]
    y = run_step(decoder_step, x, skip, upconv, block)
    if isinstance(y, Tensor) and close(y.detach(), one_level(x, skip, upconv, block).detach()):
        sources += [(upconv.weight, "upconv's weights"), (block[0].weight, "the block's weights")]
    for source, name in sources:
        y = run_step(decoder_step, x, skip, upconv, block)
        expect_gradient(f"decoder_step ({name})", y, source, step_given(x, skip))
    if not (upconv.training and block.training):
        fail("decoder_step put a layer into evaluation mode; leave the layers' mode alone.")
    return "decoder_step: gradients reach x and skip"


def one_level(x: Tensor, skip: Tensor, upconv: nn.Module, block: nn.Module) -> Tensor:
    """One level of the decoder, by its table."""
    layers = SimpleNamespace(upconv=upconv, block=block)
    return walk(layers, {"x": x, "skip": skip}, LEVEL)["joined"]


def model_for(
    UNet: type, features=UNEQUAL, in_channels=3, out_channels=2, size=(16, 24), batch=2,
):
    """A lively network, an input for it and the shapes that its layers should give."""
    model = enliven(build(UNet, in_channels, out_channels, features))
    x = torch.randn(batch, in_channels, *size)
    return model, x, expected_shapes(features, in_channels, out_channels, *size)


@independent_of("decoder_step", one_level)
@check
def unet_forward_shape(UNet: type) -> str:
    """Logits as large as the picture, one channel a class."""
    for inputs, classes, size, batch in [
        (3, 2, (16, 24), 2), (1, draw(3, 5), (8 * draw(2, 3), 8), 3), (3, 2, (8, 40), 1)
    ]:
        model, x, shapes = model_for(UNet, (4, 5, 6, 7), inputs, classes, size, batch)
        y, recorder = run_model(model, x, shapes)
        if tuple(y.shape) != (batch, classes, *size):
            fail(f"UNet.forward: expected shape {(batch, classes, *size)} from a {shape_of(x)} "
                 f"input, got {shape_of(y)}.\n" + ledger(shapes, recorder.shapes))
    return "UNet.forward: logits as large as the picture"


def expect_running(UNet: type) -> None:
    """The plain run of test 5.2a, which tells a crash at length, comes to its end."""
    __tracebackhide__ = True
    model, x, shapes = model_for(UNet)
    try:
        run_model(model, x, shapes)
    except AssertionError as error:
        cause = error.__cause__
        if cause is None:
            raise
        first = str(cause).partition("\n")[0]
        raise AssertionError(
            f"UNet.forward stops as in test 5.2a: {type(cause).__name__}: {first}") from None


def expect_graph(y: Tensor, purpose: str) -> None:
    """The result carries a gradient, from wherever it comes."""
    __tracebackhide__ = True
    if not y.requires_grad:
        cause = ("Was the forward pass run under no_grad, or its result detached?"
                 if y.is_floating_point() else
                 "It holds whole numbers, as an argmax gives them; forward returns logits.")
        fail(f"UNet.forward: the result carries no gradient at all, so none {purpose}. {cause}")


@independent_of("decoder_step", one_level)
@check
def unet_forward_encoder(UNet: type) -> str:
    """The picture goes into enc1 unpooled; a max pool stands before each other block."""
    expect_running(UNet)
    for features in (UNEQUAL, EQUAL):
        model, x, shapes = model_for(UNet, features, 4 if features == EQUAL else 3)
        y, recorder = run_model(model, x, shapes)
        values = interpret(model, x)
        wanted = {"enc1": "x", "enc2": "pooled1", "enc3": "pooled2", "enc4": "pooled3"}
        if not recorder.inputs.keys() >= wanted.keys():  # called in a way that hooks do not see
            expect_values("UNet.forward", y, values["logits"], f"a {shape_of(x)} input")
        for name, source in wanted.items():
            got = recorder.inputs.get(name)
            if got is not None and not close(got, values[source], 1e-6):
                fail(f"UNet.forward: {name} was given the wrong input: expected {source} of shape "
                     f"{shape_of(values[source])}, got {what_is(got, values)}.\n"
                     + ledger(shapes, recorder.shapes))
    return "UNet.forward: a pool before each encoder block but the first"


def what_is(got: Tensor, values: dict[str, Tensor]) -> str:
    """The name of the intermediate tensor that a layer was given, if it is one of them."""
    for name, value in values.items():
        if close(got, value, 1e-6):
            return f"{name}, {shape_of(got)}"
    return f"another tensor of shape {shape_of(got)}"


class Tap(nn.Module):
    """An encoder block that keeps its output, and may lower it beside each 2x2 window's maximum.

    A max pool notices no lowering and sends no gradient there: both can only be the skip's.
    """

    def __init__(self, block: nn.Module, lower: bool = False) -> None:
        super().__init__()
        self.block, self.lower = block, lower

    def forward(self, x: Tensor) -> Tensor:
        """The block's output, lowered if asked for."""
        self.output = self.block(x)
        top = F.interpolate(F.max_pool2d(self.output, 2), scale_factor=2.0)
        self.beside = self.output != top
        return torch.where(self.beside, self.output - 1, self.output) if self.lower else self.output

    def skip_gradient(self, y: Tensor) -> bool:
        """Whether any gradient of `y` comes back to the output beside the maxima."""
        if not y.requires_grad:
            return False
        (grad,) = torch.autograd.grad(y.sum(), self.output, allow_unused=True)
        return grad is not None and bool((grad[self.beside] != 0).any())


def tapped(model: nn.Module, name: str) -> tuple[Tap, nn.Module, str]:
    """A tap on a block, with the module and the name that it stands in.

    In a Sequential it takes the place of the last layer, so that a learner's code can still go
    through the block's layers.
    """
    holder, key = model, name
    if isinstance(getattr(model, name), nn.Sequential):
        holder = getattr(model, name)
        key = next(reversed(dict(holder.named_children())))
    tap = Tap(getattr(holder, key))
    setattr(holder, key, tap)
    return tap, holder, key


def skip_is_learned(UNet: type, level: int) -> bool:
    """Whether a gradient comes back over the skip of a level."""
    model, x, shapes = model_for(UNet)
    tap, _, _ = tapped(model, f"enc{level}")
    y, _ = run_model(model, x, shapes)
    return tap.skip_gradient(y)


def check_skip(UNet: type, level: int) -> str:
    """The skip of one level reaches the output, and a gradient comes back over it."""
    expect_running(UNet)
    model, x, shapes = model_for(UNet)
    name = f"enc{level}"
    tap, holder, key = tapped(model, name)
    y, recorder = run_model(model, x, shapes)
    expect_graph(y, f"comes back over the skip of {name}")
    tap.lower = True
    changed, _ = run_model(model, x, shapes)
    if torch.equal(y, changed):
        setattr(holder, key, tap.block)
        given, values = recorder.inputs.get(f"dec{level}"), interpret(model, x)
        came = "" if given is None else " It was given " + " and ".join(
            what_is(part, values) for part in given.chunk(2, dim=1)) + "."
        fail(f"UNet.forward: what {name} found does not reach the output over its skip: dec{level} "
             f"should be given [upconv{level}'s result, {name}'s result].{came}")
    tap.lower = False
    y, _ = run_model(model, x, shapes)
    if not tap.skip_gradient(y):
        fail(f"UNet.forward: no gradient comes back over the skip of {name}. Was it detached?")
    return f"UNet.forward: the skip from enc{level} to dec{level} works"


@independent_of("decoder_step", one_level)
@check
def unet_forward_skip3(UNet: type) -> str:
    """The skip from enc3 to dec3."""
    return check_skip(UNet, 3)


@independent_of("decoder_step", one_level)
@check
def unet_forward_skip2(UNet: type) -> str:
    """The skip from enc2 to dec2."""
    return check_skip(UNet, 2)


@independent_of("decoder_step", one_level)
@check
def unet_forward_skip1(UNet: type) -> str:
    """The skip from enc1 to dec1."""
    return check_skip(UNet, 1)


# Wrong wirings that run through: the steps that they change.
MISWIRED: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "each decoder block was given [skip, up]; the enlarged map comes first.": {
        f"joined{i}": (f"dec{i}", (f"skip{i}", f"up{i}")) for i in (1, 2, 3)},
    **{f"dec{i} was given [skip, up]; the enlarged map comes first.": {
        f"joined{i}": (f"dec{i}", (f"skip{i}", f"up{i}"))} for i in (1, 2, 3)},
    "the skips were left out: each decoder block got its enlarged map twice.": {
        f"joined{i}": (f"dec{i}", (f"up{i}", f"up{i}")) for i in (1, 2, 3)},
    "the skips were left out: zeros stand where they should.": {
        f"joined{i}": (f"dec{i}", (f"up{i}", SILENT)) for i in (1, 2, 3)},
    "the up-convolutions were taken in the wrong order.": {
        f"up{i}": (f"upconv{4 - i}", (source,))
        for i, source in ((3, "bottom"), (2, "joined3"), (1, "joined2"))},
    "the decoder blocks were taken in the wrong order.": {
        f"joined{i}": (f"dec{4 - i}", (f"up{i}", f"skip{i}")) for i in (1, 2, 3)},
    "one up-convolution was used for every level.": {
        f"up{i}": ("upconv3", (source,))
        for i, source in ((3, "bottom"), (2, "joined3"), (1, "joined2"))},
    "one decoder block was used for every level.": {
        f"joined{i}": ("dec3", (f"up{i}", f"skip{i}")) for i in (1, 2, 3)},
}


@independent_of("decoder_step", one_level)
@check
def unet_forward_output(UNet: type) -> str:
    """The whole output equals that of the wiring in the table, over the same layers."""
    expect_running(UNet)
    for features in (UNEQUAL, EQUAL):
        size = (8 * draw(1, 2), 8 * draw(2, 5))
        model, x, shapes = model_for(UNet, features, size=size, batch=draw(3, 4))
        given = f"a {shape_of(x)} input"
        with torch.no_grad():
            y, recorder = run_model(model, x, shapes)
            expected = interpret(model, x)["logits"]
            if close(y, expected, 1e-4):
                continue
            causes = {
                text: lambda c=changes, m=model, x=x: interpret(m, x, c)["logits"]
                for text, changes in MISWIRED.items()
            }
            causes |= {
                "out was left out.": lambda m=model, x=x: interpret(m, x)["joined1"],
                "a softmax was taken; forward returns logits.": lambda e=expected: e.softmax(1),
                "a sigmoid was taken; forward returns logits.": lambda e=expected: e.sigmoid(),
                "a ReLU stands after out; forward returns logits.": lambda e=expected: e.relu(),
                "an argmax was taken; forward returns logits.": lambda e=expected: e.argmax(1),
            }
            text = likely(y, causes, 1e-4) or "Follow the table of section 2 line by line."
            fail(f"UNet.forward: wrong output for {given}, features {features}. {text}\n"
                 + ledger(shapes, recorder.shapes))
    return "UNet.forward: the output of the right wiring, for 2 networks"


@independent_of("decoder_step", one_level)
@check
def unet_forward_logits(UNet: type) -> str:
    """Nothing stands after `out`: its result is returned as it is."""
    expect_running(UNet)
    model, x, shapes = model_for(UNet, out_channels=draw(2, 3))
    with torch.no_grad():
        y, _ = run_model(model, x, shapes)
        for value in layer(model, "out").parameters():
            value.mul_(-3)
        scaled, _ = run_model(model, x, shapes)
    if not close(scaled, -3 * y, 1e-4):
        text = "UNet.forward: with out's weights times -3 the result should be -3 times as large; "
        if torch.equal(scaled, y):
            fail(f"{text}it stays the same: it does not come from out. Was out run last, and its "
                 "result returned?")
        fail(f"{text}it is not. Does something stand after out, such as a softmax, a sigmoid, a "
             "ReLU or an argmax? forward returns logits.")
    return "UNet.forward: logits come out"


@independent_of("decoder_step", one_level)
@check
def unet_forward_gradient(UNet: type) -> str:
    """A gradient reaches every weight, in training mode too, and two calls agree."""
    expect_running(UNet)
    model, x, shapes = model_for(UNet)
    y, _ = run_model(model, x, shapes)
    right_wiring = close(y.detach(), interpret(model, x)["logits"].detach(), 1e-4)
    model.train()
    y, _ = run_model(model, x, shapes)
    again, _ = run_model(model, x, shapes)
    if not model.training:
        fail("UNet.forward switched the network to evaluation mode; whoever calls it decides.")
    if not close(y, again, 1e-6):
        fail("UNet.forward: two calls with the same input give different results.")
    expected = interpret(model, x)["logits"]
    if right_wiring and not close(y, expected, 1e-4):
        fail("UNet.forward: in training mode the output is another than in evaluation mode.")
    expect_graph(y, "reaches the weights")
    names = dict(model.named_parameters())
    wanted = torch.autograd.grad(expected.square().sum(), list(names.values()))
    got = torch.autograd.grad(y.square().sum(), list(names.values()), allow_unused=True)
    whole = right_wiring and all(skip_is_learned(UNet, level) for level in (1, 2, 3))
    for name, mine, right in zip(names, got, wanted, strict=True):
        if mine is None or not bool(mine.abs().sum() > 0):
            fail(f"UNet.forward: no gradient reaches {name}. Is its layer left out, or was a "
                 "tensor detached on the way?")
        if whole and float((mine - right).abs().max()) > 1e-3 * float(right.abs().max()):
            fail(f"UNet.forward: only a part of the gradient reaches {name}. Was a tensor detached "
                 "on the way down, before a pool?")
    return "UNet.forward: gradients reach every weight"
