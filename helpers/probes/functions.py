"""Call a learner's function, or a module, and report what came back and what it left changed."""

import contextlib
import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from helpers.probes import modules
from helpers.probes.describe import as_data, describe
from helpers.probes.place import Keep, crash
from helpers.probes.wire import Thing


def call(
    function: Any,
    args: list,
    options: dict | None = None,
    grads: Sequence = (),
    no_grad: bool = False,
    squared: bool = True,
    training: bool | None = None,
    transposed: bool = False,
) -> dict:
    """Call it with copies of `args`; a module may be put into a mode before, which tells of its
    parameters, too: `before`, and `parameters` afterwards.

    `transposed`: tell whether a transposed convolution of PyTorch's ran, as `transposed`.

    Returns `result`; `changed`, the places of arguments that it changed; `grad_enabled`, whether
    gradients are on afterwards; and, for each of `grads` (a place in `args`, or a place and the
    name of a module's parameter there), the gradient of the sum of the result, or of its squares.
    """
    if saw := not_callable(function):
        return saw
    before = [own_copy(a) for a in args]
    own = None if training is None else modules.parameters(function.train(training))
    watch = Transposed()
    with torch.set_grad_enabled(not no_grad), watch if transposed else contextlib.nullcontext():
        result = function(*args, **(options or {}))
        enabled = torch.is_grad_enabled() != no_grad
    saw = {
        "result": as_data(result),
        "grad_enabled": enabled,
        "changed": [i for i, old in enumerate(before) if not same(old, args[i])],
    }
    if transposed:
        saw["transposed"] = watch.ran
    if own is not None:
        saw |= {"before": own, "parameters": modules.parameters(function)}
    if grads:
        saw["grads"] = gradients(result, [source(args, place) for place in grads], squared)
    return saw


def not_callable(value: object) -> dict | None:
    """What a probe returns that was to call what cannot be called."""
    return None if callable(value) else {"not_callable": describe(value)}


class Transposed(TorchDispatchMode):
    """Notes whether a transposed convolution runs, called by name or as a convolution's gradient.

    One with a 1x1 kernel only puts zeros between pixels.
    """

    ran = False

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        """Look at one operation and run it."""
        name = operator.overloadpacket.__name__
        kernel = args[2] if name == "convolution_backward" else args[1] if len(args) > 1 else None
        if (
            "transpose" in name
            and "conv" in name
            or name == "convolution_backward"
            or name == "convolution"
            and args[6]
        ):
            self.ran |= isinstance(kernel, Tensor) and kernel[0, 0].numel() > 1
        return operator(*args, **(kwargs or {}))


def twice(function: Callable, first: list, second: list) -> list:
    """The result of a call, as it was and as it is after a second call with other arguments."""
    result = function(*first)
    was = result.detach().clone() if isinstance(result, Tensor) else copy.deepcopy(result)
    function(*second)
    return [as_data(was), as_data(result)]


def make(factory: Callable, args: list, options: dict | None = None) -> dict:
    """Call it and keep the module that it makes; what is no module comes back in words."""
    if saw := not_callable(factory):
        return saw
    before = [own_copy(a) for a in args], own_copy(options or {})
    made = factory(*args, **(options or {}))
    return {
        "made": Keep(made) if isinstance(made, nn.Module) else as_data(made),
        "kind": type(made).__name__,
        "changed": not same(before, (list(args), options or {})),
    }


def source(args: list, place: int | Sequence) -> Tensor:
    """What a gradient is asked for: an argument, or a parameter of one."""
    if isinstance(place, int):
        return args[place]
    number, name = place
    return dict(args[number].named_parameters())[name]


def gradients(result: object, sources: list[Tensor], squared: bool) -> list | dict:
    """The gradient of a result for each source, None where none arrives; or how it crashed."""
    if not isinstance(result, Tensor) or not result.requires_grad:
        return [None] * len(sources)
    try:
        if result.is_complex():
            result = torch.view_as_real(result)
        total = (result.double().pow(2) if squared else result).sum()
        return list(torch.autograd.grad(total, sources, allow_unused=True))
    except RuntimeError as error:
        return crash(error)


def own_copy(value: object) -> object:
    """A copy to compare with later; what is no data stands for itself."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return type(value)(own_copy(v) for v in value)
    if isinstance(value, dict):
        return {key: own_copy(v) for key, v in value.items()}
    return value


def same(old: Any, new: Any) -> bool:
    """Whether an argument still is what its copy says."""
    if isinstance(old, Tensor):
        return (
            isinstance(new, Tensor)
            and old.shape == new.shape
            and old.dtype == new.dtype
            and torch.equal(old, new.detach())
        )
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(same, old, new))
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(same(v, new[key]) for key, v in old.items())
    return old is new or (old == new if isinstance(old, bool | int | float | str) else True)


def is_module(value: Any) -> Thing | bool:
    """Whether the learner's object is a class of modules; a `Thing` where it is something else."""
    kind = type(value)
    if isinstance(value, type) and issubclass(value, nn.Module):
        return True
    return (
        as_data(value)
        if not callable(value)
        else Thing(kind.__name__, describe(value), tuple(c.__name__ for c in kind.__mro__))
    )
