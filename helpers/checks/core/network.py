"""A learner's U-Net through a handle: made, its layers found by name, run with all calls noted."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from helpers.checks.core.calling import by_words, crashed, fail, refusal, says_of
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.ledger import crash_cause, expected_shapes, ledger
from helpers.checks.core.rendering import describe, shape_of
from helpers.checks.core.wiring import LAYERS, USUAL, channels

FOUR = "Python counts from 0: the four features are features[0] to features[3]."
why_not_made = by_words({"index out of range": FOUR})


def called(in_channels: int, out_channels: int, features: tuple | list) -> str:
    """Such a network, as a message calls it."""
    return f"UNet({in_channels}, {out_channels}, {features})"


@dataclass(frozen=True)
class Network:
    """A network of the learner's, made for `arguments`, and its attributes: see `network.layers`.

    `changed`: whether making it changed its arguments.
    """

    model: Handle
    arguments: tuple
    layers: dict[str, object]
    lists: dict[str, str]
    others: list[str]
    changed: bool

    def layer(self, name: str) -> Handle:
        """One of the network's named layers."""
        found = self.layers[name]
        if found is None:
            fail(
                f"UNet has no attribute {name}. The names are {', '.join(LAYERS)}. "
                + self.why_missing(name)
            )
        if not isinstance(found, Handle):
            fail(f"UNet.{name}: expected a layer (nn.Module), got {describe(found)}.")
        return found

    def why_missing(self, name: str) -> str:
        """Where the layer may be instead: under another name, in a list, or nowhere."""
        for held, kind in self.lists.items():
            return (
                f"`{held}` holds layers in a plain {kind}; each layer is an attribute of its own."
            )
        for other in self.others:
            return f"There is `{other}`, which is not in the table: is that its layer, misnamed?"
        return f"Does its line begin with `self.{name} =`?"


def build(UNet: Handle, arguments: tuple = USUAL, options: dict | None = None) -> Network:
    """The learner's network for these arguments, or for `options`, which come to the same."""
    kind = UNet.ask("functions.is_module")
    if kind is not True:
        fail(f"UNet: expected a class of nn.Module, got {describe(kind)}.")
    names = ("in_channels", "out_channels", "features")
    words = dict(zip(names, arguments, strict=True)) if options is None else options
    given = ", ".join(f"{k}={v}" for k, v in words.items()) or "no arguments"
    inputs = {
        name: torch.zeros(1, before, 4, 4) for name, (before, _) in channels(*arguments).items()
    }
    try:
        saw = UNet.ask("functions.make", list(arguments) if options is None else [], options)
        if not isinstance(saw["made"], Handle):
            fail(f"UNet: expected a network for {given}, got {describe(saw['made'])}.")
        found = saw["made"].ask("network.layers", list(LAYERS), {})
        lazy = {name: inputs[name] for name in found.pop("lazy") if name in inputs}
        if lazy:  # only these are told what they will be given
            found = saw["made"].ask("network.layers", list(LAYERS), lazy)
            found.pop("lazy")
    except Crash as crash:
        raise crashed("UNet", crash, given, why_not_made) from crash
    return Network(saw["made"], arguments, changed=saw["changed"], **found)


@dataclass(frozen=True)
class Run:
    """What a run showed: the result, and calls and gradients as the probe `network.trace` tells.

    `ledger` is the shapes of the calls as text.
    """

    result: Tensor
    calls: list[list]
    learned: dict
    ledger: str

    def inputs(self, name: str) -> list[Tensor]:
        """What went into each call of a layer."""
        return [
            given for layer, given, *_ in self.calls if layer == name and isinstance(given, Tensor)
        ]


def run(
    network: Network, x: Tensor, inside: bool = False, brief: bool = False, **options: Any
) -> Run:
    """A run of the network; a crash becomes a message with the ledger, or `brief`.

    `inside` and `options`: see the probe `network.trace`.
    """
    __tracebackhide__ = True
    what, given = "UNet.forward", f"a {shape_of(x)} input"
    found = {name: v for name, v in network.layers.items() if isinstance(v, Handle)}
    saw = network.model.ask("network.trace", [x], found, inside, **options)
    expected = expected_shapes(network.arguments, *x.shape[2:])
    inputs, shapes = (
        {call[0]: tuple(call[i].shape[1:]) for call in saw["calls"] if isinstance(call[i], Tensor)}
        for i in (1, 2)
    )
    drawn = ledger(expected, shapes)
    if "crash" in saw:
        crash = Crash(**saw["crash"])
        stopped = crashed(
            what, crash, given, lambda crash: crash_cause(crash, shapes, inputs, expected)
        )
        says = says_of(stopped)
        if says is None:
            raise stopped from crash
        if brief:
            first = str(crash).partition("\n")[0]
            fail(f"{what} stops as in test 5.2a: {crash.kind}: {first}", says)
        raise refusal(f"{stopped}\n{drawn}", says) from crash
    y = saw["result"]
    if y is None:
        fail(f"{what} returned None for {given}: is the `return` line missing?")
    if not isinstance(y, Tensor):
        fail(f"{what}: expected a tensor for {given}, got {describe(y)}.", "difference")
    if saw["changed"]:
        fail(f"{what} changed its input in place.")
    return Run(y, saw["calls"], saw["learned"] or {}, drawn)
