"""How the layers of a U-Net are joined, as a table, and what a learner's network really does.

`STEPS` is the architecture of Ronneberger, Fischer and Brox (2015), padded, with four levels. An
interpreter runs the table over the learner's own layers, so that only the wiring is compared.
"""

import re
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from helpers.checks.core import fail, shape_of

ENCODER = ("enc1", "enc2", "enc3", "enc4")
UPCONVS = ("upconv3", "upconv2", "upconv1")
DECODER = ("dec3", "dec2", "dec1")
LAYERS = (*ENCODER, "pool", *UPCONVS, *DECODER, "out")

# (what comes out, the layer, what goes in; two go in side by side on the channel axis)
STEPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("skip1", "enc1", ("x",)),
    ("pooled1", "pool", ("skip1",)),
    ("skip2", "enc2", ("pooled1",)),
    ("pooled2", "pool", ("skip2",)),
    ("skip3", "enc3", ("pooled2",)),
    ("pooled3", "pool", ("skip3",)),
    ("bottom", "enc4", ("pooled3",)),
    ("up3", "upconv3", ("bottom",)),
    ("joined3", "dec3", ("up3", "skip3")),
    ("up2", "upconv2", ("joined3",)),
    ("joined2", "dec2", ("up2", "skip2")),
    ("up1", "upconv1", ("joined2",)),
    ("joined1", "dec1", ("up1", "skip1")),
    ("logits", "out", ("joined1",)),
)
LEVEL = (("up", "upconv", ("x",)), ("joined", "block", ("up", "skip")))  # any one of the decoder's
# A decoder level whose skip carries nothing joins its up-convolution with zeros.
SILENT = "zeros"


def interpret(
    model: nn.Module, x: Tensor, changes: Mapping[str, tuple[str, tuple[str, ...]]] | None = None
) -> dict[str, Tensor]:
    """Every intermediate tensor by name; `changes` replaces the layer and inputs of some steps."""
    steps = [(n, *(changes or {}).get(n, (layer, inputs))) for n, layer, inputs in STEPS]
    return walk(model, {"x": x}, steps)


def walk(layers: object, values: dict[str, Tensor], steps: Iterable[tuple]) -> dict[str, Tensor]:
    """Take the steps of a table with the layers that are attributes of `layers`."""
    for name, layer, inputs in steps:
        parts = [torch.zeros_like(values[inputs[0]]) if i == SILENT else values[i] for i in inputs]
        values[name] = getattr(layers, layer)(torch.cat(parts, dim=1))
    return values


def expected_shapes(
    features: tuple[int, ...], in_channels: int, out_channels: int, height: int, width: int
) -> dict[str, tuple[int, int, int]]:
    """What leaves each layer: (C, H, W) by the layer's name, in the order of the forward pass."""
    sizes = [(height >> level, width >> level) for level in range(4)]
    shapes = {f"enc{i + 1}": (features[i], *sizes[i]) for i in range(4)}
    for i in (2, 1, 0):
        shapes[f"upconv{i + 1}"] = shapes[f"dec{i + 1}"] = (features[i], *sizes[i])
    return shapes | {"out": (out_channels, *sizes[0])}


class Recorder:
    """Note what goes into and comes out of the named layers while the model runs."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.outputs: dict[str, Tensor] = {}
        self.inputs: dict[str, Tensor] = {}

    @property
    def shapes(self) -> dict[str, tuple]:
        """(C, H, W) of what left each layer."""
        return {name: tuple(output.shape[1:]) for name, output in self.outputs.items()}

    def __enter__(self) -> "Recorder":
        self.handles = [
            handle for name in LAYERS if isinstance(getattr(self.model, name, None), nn.Module)
            for handle in self.watch(name)
        ]
        return self

    def __exit__(self, *error: object) -> None:
        for handle in self.handles:
            handle.remove()

    def watch(self, name: str) -> list:
        """Remember the layer's last call; of one that stops, its input alone."""

        def before(_: nn.Module, inputs: tuple) -> None:
            if inputs and isinstance(inputs[0], Tensor):
                self.inputs[name] = inputs[0]

        def after(_: nn.Module, inputs: tuple, output: object) -> None:
            if isinstance(output, Tensor):
                self.outputs[name] = output

        layer = getattr(self.model, name)
        return [layer.register_forward_pre_hook(before), layer.register_forward_hook(after)]


def ledger(expected: Mapping[str, tuple], shapes: Mapping[str, tuple]) -> str:
    """Every layer's shape (C, H, W) drawn as the U: the first that differs from `expected` is
    starred and told.
    """
    first = next((name for name in expected if shapes.get(name) != expected[name]), None)

    def entry(name: str) -> str:
        mine = shapes.get(name, "not reached")
        return f"{'*' if name == first else ''}{name} {mine}"

    rows = [["enc1", "dec1", "out"], ["enc2", "upconv1", "dec2"], ["enc3", "upconv2", "dec3"],
            ["enc4", "upconv3"]]
    lines = ["yours (C, H, W):  encoder down, decoder up"]
    for depth, (left, *right) in enumerate(rows):
        text = "  " * depth + entry(left)
        lines.append(f"{text:34}{'  '.join(map(entry, right))}")
    if first:
        lines.append(f"* the first that differs: {first} should give {expected[first]}")
    return "\n".join(lines)


def crash_cause(recorder: Recorder, expected: Mapping[str, tuple], said: str) -> str:
    """Why the decoder stopped at its first level not done, where all before it was right."""
    shapes = recorder.shapes
    level = next((i for i in (3, 2, 1) if f"dec{i}" not in shapes), 0)
    up = expected.get(f"upconv{level}")
    if not up or any(shape != expected.get(name, shape) for name, shape in shapes.items()):
        return ""
    given = recorder.inputs.get(f"dec{level}")
    if given is not None:
        return "" if given.shape[1] == 2 * up[0] else joined_wrongly(
            f"dec{level}", given.shape[1], 2 * up[0])
    sizes = re.search(r"Expected size (\d+) but got size (\d+)", said)
    pair = {int(number) for number in sizes.groups()} if sizes else set()
    if f"upconv{level}" not in shapes or up[1] not in pair:
        return ""
    (high,) = pair - {up[1]}
    if 2 * high == up[1]:
        return (f"the skip of level {level} is half as large as the map that upconv{level} "
                "enlarged: was it pooled before it was kept?")
    for other in (1, 2, 3):
        if expected[f"enc{other}"][1] == high:
            return (f"the map that upconv{level} enlarged met the skip of enc{other}; each skip "
                    "belongs to its own level, and the deepest comes first.")
    return ""


def joined_wrongly(block: str, got: int, wanted: int) -> str:
    """What a block's number of channels says."""
    return (f"{block} got {got} channels, it should get {wanted}: the enlarged map and the skip "
            "side by side on the channel axis.")


def run_model(model: nn.Module, x: Tensor, expected: Mapping[str, tuple]) -> tuple:
    """The model's output and the recorder; a crash becomes a message with the ledger."""
    before = x.detach().clone()
    with Recorder(model) as recorder:
        try:
            y = model(x)
        except NotImplementedError:
            raise
        except Exception as error:
            cause = crash_cause(recorder, expected, str(error))
            text = (
                f"UNet.forward raised {type(error).__name__} for a {shape_of(x)} input: {error}\n"
                + (f"Likely cause: {cause}\n" if cause else "")
                + ledger(expected, recorder.shapes)
            )
            raise AssertionError(text) from error
    if y is None:
        fail(f"UNet.forward returned None for a {shape_of(x)} input: is the `return` line missing?")
    if not isinstance(y, Tensor):
        fail(f"UNet.forward: expected a tensor for a {shape_of(x)} input, got "
             f"{type(y).__name__}.")
    if not torch.equal(before, x.detach()):
        fail("UNet.forward changed its input in place.")
    return y, recorder


def enliven(model: nn.Module) -> nn.Module:
    """Draw the weights anew so that signals stay alive through every ReLU."""
    with torch.no_grad():
        for value in model.parameters():
            fan = value[0].numel() if value.dim() > 1 else 1
            value.normal_(std=(2 / fan) ** 0.5 if value.dim() > 1 else 0.1)
            value.add_(0.02 if value.dim() > 1 else 0.2)
    return model.eval()
