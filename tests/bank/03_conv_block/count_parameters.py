"""Answers to `count_parameters`."""

import numpy as np
import torch
from torch import nn

from tests.bank import right, wrong

EVERY = ("count_parameters_layer", "count_parameters_nested", "count_parameters_buffers")


@wrong("tensors, not numbers", fails=dict.fromkeys(EVERY, "that is how many tensors there are"))
def count_parameters(module):
    return len(list(module.parameters()))


@wrong("biases left out", fails={"count_parameters_layer": "the biases are left out"})
def count_parameters(module):
    return sum(p.numel() for name, p in module.named_parameters() if "bias" not in name)


@wrong(
    "the state, buffers included",
    fails={
        "count_parameters_buffers": "running means and other buffers",
        "count_parameters_nested": "a layer that is used twice has its numbers once",
    },
)
def count_parameters(module):
    return sum(t.numel() for t in module.state_dict().values())


@wrong(
    "parameters and buffers",
    fails={"count_parameters_buffers": "running means and other buffers"},
)
def count_parameters(module):
    trained = sum(p.numel() for p in module.parameters())
    return trained + sum(b.numel() for b in module.buffers())


@wrong(
    "weight and bias of the module itself, which a container lacks",
    fails={
        "count_parameters_nested": "there is nothing called `weight`",
        "count_parameters_buffers": "there is nothing called `weight`",
        "count_parameters_layer": "the bias of a layer that has none",
    },
)
def count_parameters(module):
    return module.weight.numel() + module.bias.numel()


@wrong(
    "the module's own parameters only",
    fails={
        "count_parameters_nested": "a container's layers lie within it",
        "count_parameters_buffers": "got 0",
    },
)
def count_parameters(module):
    return sum(p.numel() for p in module.parameters(recurse=False))


@wrong(
    "the children one level down, by their own parameters",
    fails={
        "count_parameters_nested": "only the first level",
        "count_parameters_layer": "got 0",
    },
)
def count_parameters(module):
    return sum(p.numel() for child in module.children() for p in child.parameters(recurse=False))


@wrong(
    "all parameters of every module inside: inner ones again and again",
    fails={
        "count_parameters_nested": "more than once",
        "count_parameters_buffers": "more than once",
    },
)
def count_parameters(module):
    return sum(p.numel() for inner in module.modules() for p in inner.parameters())


@wrong(
    "convolutions only",
    fails={
        "count_parameters_layer": "Linear",
        "count_parameters_nested": "the parameter that belongs to the module itself is missing",
    },
)
def count_parameters(module):
    return sum(
        m.weight.numel() + (m.bias.numel() if m.bias is not None else 0)
        for m in module.modules()
        if isinstance(m, nn.Conv2d)
    )


@wrong(
    "the sides of each tensor added",
    fails=dict.fromkeys(EVERY, "count_parameters: expected")
    | {"count_parameters_layer": "the sides of a tensor multiply"},
)
def count_parameters(module):
    return sum(sum(p.shape) for p in module.parameters())


@wrong(
    "len of each tensor",
    fails=dict.fromkeys(EVERY, "count_parameters: expected")
    | {"count_parameters_layer": "the length of the first axes only"},
)
def count_parameters(module):
    return sum(len(p) for p in module.parameters())


@wrong("bytes", fails=dict.fromkeys(EVERY, "their size in bytes"))
def count_parameters(module):
    return sum(p.numel() * p.element_size() for p in module.parameters())


@wrong(
    "parameters_to_vector, which cannot take none",
    fails={"count_parameters_buffers": "which has no parameters"},
)
def count_parameters(module):
    return nn.utils.parameters_to_vector(module.parameters()).numel()


@wrong(
    "only the first tensor",
    fails={
        "count_parameters_layer": "the biases are left out",
        "count_parameters_nested": "only the first level",
        "count_parameters_buffers": "which has no parameters",
    },
)
def count_parameters(module):
    return next(module.parameters()).numel()


@wrong(
    "returns within the loop",
    fails={
        "count_parameters_layer": "the biases are left out",
        "count_parameters_nested": "only the first level",
        "count_parameters_buffers": "returned None",
    },
)
def count_parameters(module):
    total = 0
    for p in module.parameters():
        total += p.numel()
        return total


@wrong("a list, one number for each tensor", fails=dict.fromkeys(EVERY, "expected a whole number"))
def count_parameters(module):
    return [p.numel() for p in module.parameters()]


@wrong("prints instead of returning", fails=dict.fromkeys(EVERY, "returned None"))
def count_parameters(module):
    print(sum(p.numel() for p in module.parameters()))


@wrong("the number in words", fails=dict.fromkeys(EVERY, "expected a whole number"))
def count_parameters(module):
    return f"{sum(p.numel() for p in module.parameters())} parameters"


@right("a loop")
def count_parameters(module):
    total = 0
    for parameter in module.parameters():
        total = total + parameter.nelement()
    return total


@right("only what requires a gradient")
def count_parameters(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


@right("NumPy: a float for scalars, else an integer of its own kind")
def count_parameters(module):
    return sum(np.prod(p.shape) for p in module.parameters())


@right("a tensor with one number")
def count_parameters(module):
    return torch.tensor([p.numel() for p in module.parameters()], dtype=torch.long).sum()


@right("recursion over the children")
def count_parameters(module):
    own = sum(p.numel() for p in module._parameters.values() if p is not None)
    return own + sum(count_parameters(child) for child in module.children())


@wrong(
    "the state without the buffers: a layer that is used twice is in it twice",
    fails={"count_parameters_nested": "a layer that is used twice has its numbers once"},
)
def count_parameters(module):
    buffers = {name for name, _ in module.named_buffers()}
    state = module.state_dict()
    return int(sum(t.numel() for name, t in state.items() if name not in buffers))


@right("flattened and measured")
def count_parameters(module):
    return len(torch.cat([torch.empty(0)] + [p.detach().flatten() for p in module.parameters()]))


@wrong(
    "a set, in which equal numbers are one",
    fails={"count_parameters_layer": "expected", "count_parameters_nested": "same size"},
)
def count_parameters(module):
    return sum({p.numel() for p in module.parameters()})


@wrong("no batch norm counts at all", fails={"count_parameters_layer": "BatchNorm2d"})
def count_parameters(module):
    skipped = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    without = sum(p.numel() for m in skipped for p in m.parameters())
    return sum(p.numel() for p in module.parameters()) - without
