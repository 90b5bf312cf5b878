"""Look into a network of named layers: which there are; put given ones there; watch them run."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from helpers.probes import functions, modules
from helpers.probes.describe import as_data
from helpers.probes.place import Keep, crash

MOST_CALLS = 200  # that are noted of one run


def layers(model: nn.Module, names: list[str], inputs: dict[str, Tensor]) -> dict:
    """The attributes of these names under `layers`: kept if a layer, else in words, None if absent.

    `lists` are attributes that hold layers in a plain list, with its kind; `others` are parts with
    parameters under other names. A lazy layer runs once on its input of `inputs` first.
    """
    found = {name: getattr(model, name, None) for name in names}
    for name, x in inputs.items():
        if isinstance(layer := found[name], nn.Module):
            settle(layer, x)
    lazy = [
        name
        for name, v in found.items()
        if isinstance(v, nn.Module) and any(is_lazy(p) for p in v.parameters())
    ]
    held = {
        key: type(value).__name__
        for key, value in vars(model).items()
        if isinstance(value, list | tuple) and any(isinstance(v, nn.Module) for v in value)
    }
    return {
        "layers": {
            name: Keep(v) if isinstance(v, nn.Module) else as_data(v) for name, v in found.items()
        },
        "lists": held,
        "lazy": lazy,
        "others": [
            key
            for key, part in model.named_children()
            if key not in names and any(True for _ in part.parameters())
        ],
    }


def settle(layer: nn.Module, x: Tensor) -> None:
    """Run a lazy layer once, so that it has parameters."""
    if any(is_lazy(p) for p in layer.parameters()):
        with contextlib.suppress(Exception), torch.no_grad():
            layer(x)


def shapes(layer: nn.Module) -> list[tuple]:
    """The shapes of a layer's parameters."""
    return [tuple(p.shape) for p in layer.parameters() if not is_lazy(p)]


def install(found: dict[str, nn.Module], given: dict[str, tuple]) -> None:
    """Turn layers into given ones, each a spec and values as in `modules.build`.

    The objects stay the same, so that a learner's code finds the given layers under any name and
    in any list.
    """
    for name, (spec, values) in given.items():
        new = modules.build(spec, values).item
        object.__setattr__(found[name], "__class__", type(new))
        object.__setattr__(found[name], "__dict__", vars(new))


@dataclass
class Call:
    """One call of a layer: what went in and came out, and the tensor in the gradient's graph."""

    layer: str
    given: object
    made: object = None
    node: object = None


@contextlib.contextmanager
def watch(
    found: Mapping[str, nn.Module],
    inside: bool = False,
    change: Callable[[str, nn.Module, Tensor], Tensor] | None = None,
) -> Iterator[list[Call]]:
    """Note every call of these layers in the block, also one by the name `forward`.

    `inside` watches the first and the last layer of a Sequential in its place, so that code which
    takes its layers one by one is seen, too. `change` makes what a layer gives of its output.
    """
    calls: list[Call] = []
    wrapped: list[tuple[dict, object]] = []

    def entering(name: str, _: nn.Module, run: Callable, args: tuple, options: dict) -> object:
        calls.append(Call(name, snapshot(next(iter((*args, *options.values())), None))))
        del calls[:-MOST_CALLS]
        return run(*args, **options)

    def leaving(name: str, layer: nn.Module, run: Callable, args: tuple, options: dict) -> object:
        y = run(*args, **options)
        call = next((c for c in reversed(calls) if c.layer == name), None)
        if change and isinstance(y, Tensor):
            y = change(name, layer, y)
        if call:
            call.made, call.node = snapshot(y), y
        return y

    def wrap(layer: nn.Module, name: str, how: Callable) -> None:
        run, own = layer.forward, vars(layer)
        wrapped.append((own, own.get("forward")))
        own["forward"] = lambda *args, **options: how(name, layer, run, args, options)

    for name, layer in found.items():
        ends = list(layer) if inside and isinstance(layer, nn.Sequential) else [layer]
        wrap(ends[0], name, entering)
        wrap(ends[-1], name, leaving)
    try:
        yield calls
    finally:
        for own, before in reversed(wrapped):
            own.pop("forward", None) if before is None else own.update(forward=before)


def snapshot(value: object) -> object:
    """A value as it is now, whatever is done to it later."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def lowered(y: Tensor) -> Tensor:
    """A map without negative numbers, halved beside the largest of each 2x2 window.

    No max pool notices, and a ReLU changes nothing.
    """
    top = F.max_pool2d(y, 2, ceil_mode=True).repeat_interleave(2, -2).repeat_interleave(2, -1)
    return torch.where(y != top[..., : y.shape[-2], : y.shape[-1]], y / 2, y)


def trace(
    function: Callable,
    args: list,
    found: dict[str, nn.Module],
    inside: bool = False,
    lower: str = "",
    double: Sequence[str] = (),
    back_to: Sequence[str] = (),
    **options: Any,
) -> dict:
    """What `functions.call` reports, or `crash`, and the `calls` of these layers until then.

    A call is the layer's name, what went in, what came out, None where it stopped, and, for the
    layers `back_to`, the gradient there of the sum of the result's squares. With "parameters" among
    these, `learned` is that of all parameters of the layers; or how the backward pass crashed.

    The output of the layer `lower` is `lowered`; that of each of `double` is doubled if the layer
    is in evaluation mode, so that the result tells the mode.
    """

    def change(name: str, layer: nn.Module, y: Tensor) -> Tensor:
        y = 2 * y if name in double and not layer.training else y
        return lowered(y) if name == lower else y

    grads, learned = {}, None
    with watch(found, inside, change) as calls:
        try:
            saw = functions.call(function, args, **options)
        except (Exception, SystemExit) as error:
            saw = {"crash": crash(error)}
    if back_to and "result" in saw:
        grads, learned = gradients(saw["result"], calls, found, back_to)
    return saw | {
        "learned": learned,
        "calls": [
            [c.layer, as_data(c.given), as_data(c.made), grads.get(i)] for i, c in enumerate(calls)
        ],
    }


def gradients(
    result: object, calls: list[Call], found: dict[str, nn.Module], back_to: Sequence[str]
) -> tuple[dict, dict]:
    """Gradients at the outputs of calls, by place, and at parameters, as `trace` tells them."""
    named = {
        f"{name}.{key}": p
        for name, layer in found.items()
        for key, p in layer.named_parameters()
        if "parameters" in back_to
    }
    nodes = {place: c.node for place, c in enumerate(calls) if c.layer in back_to}
    known = {
        place: source
        for place, source in (nodes | named).items()
        if isinstance(source, Tensor) and source.requires_grad
    }
    got = functions.gradients(result, list(known.values()), squared=True)
    if isinstance(got, dict):
        return {}, got
    grads = dict(zip(known, got, strict=True))
    return grads, {name: grads.get(name) for name in named}
