"""Look into a module: its parameters and parts, its mode; set its numbers; run it."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.parameter import is_lazy

from helpers.probes.describe import as_data
from helpers.probes.place import Keep

NORMS = (_NormBase, nn.GroupNorm, nn.LayerNorm)


def parameters(module: nn.Module) -> list[dict]:
    """Every parameter in order: `name`, `value`, whether it `learns`, whether a normalization layer
    owns it (`norm`), and `key`, which is the same for the same tensor.
    """
    norms = {id(p) for m in module.modules() if isinstance(m, NORMS) for p in m.parameters()}
    return [
        {
            "name": name,
            "value": None if is_lazy(p) else p.detach(),
            "learns": p.requires_grad,
            "norm": id(p) in norms,
            "key": id(p),
        }
        for name, p in module.named_parameters()
    ]


def set_parameters(module: nn.Module, values: dict[str, Tensor]) -> None:
    """Put numbers into parameters, by name."""
    own = dict(module.named_parameters())
    with torch.no_grad():
        for name, value in values.items():
            own[name].copy_(value)


def parts(module: nn.Module) -> list[dict]:
    """The module and all inside it: `name`, `kind`, `training`, and whether it normalizes."""
    return [
        {
            "name": name,
            "kind": type(m).__name__,
            "training": m.training,
            "norm": isinstance(m, NORMS),
        }
        for name, m in module.named_modules()
    ]


def train(module: nn.Module, training: bool) -> None:
    """Put it into training or evaluation mode."""
    module.train(training)


def is_same(one: object, other: object) -> bool:
    """Whether two kept objects are one."""
    return one is other


def build(
    spec: list,
    values: dict[str, Tensor] | None = None,
    own: dict | None = None,
    shared: bool = False,
) -> Keep:
    """A given layer, [class of torch.nn, arguments, options], or a list of such for a Sequential.

    `values` are its parameters; `own` are parameters that belong to it beside those of its kind.
    `shared`: what the list says twice is one layer that is used twice.
    """
    made = layer(spec, {} if shared else None)
    for name, value in (own or {}).items():
        made.register_parameter(name, nn.Parameter(value))
    set_parameters(made, values or {})
    return Keep(made)


def layer(spec: list, made: dict[str, nn.Module] | None = None) -> nn.Module:
    """One layer; a list of layers is a Sequential, also within another; see `build`."""
    if isinstance(spec[0], list):
        return nn.Sequential(*(layer(inner, made) for inner in spec))
    parts: list[Any] = [*spec, *([], {})[len(spec) - 1 :]]
    kind, args, options = parts
    found = (made or {}).get(str(spec)) or getattr(nn, kind)(*args, **options)
    if made is not None:
        made[str(spec)] = found
    return found


def gradients(module: nn.Module, x: Tensor, names: Iterable[str] | None = None) -> dict:
    """Run it and send the sum of the result's squares back: gradients of the input and of every
    parameter that learns by name, None where none arrives.
    """
    x = x.detach().clone().requires_grad_()
    y = module(x)
    learned = {n: p for n, p in module.named_parameters() if p.requires_grad}
    sources = [x, *learned.values()]
    grads = [None] * len(sources)
    if isinstance(y, Tensor) and y.requires_grad:
        grads = torch.autograd.grad(y.square().sum(), sources, allow_unused=True)
    return {
        "result": as_data(y),
        "input": grads[0],
        "parameters": dict(zip(learned, grads[1:], strict=True)),
    }
