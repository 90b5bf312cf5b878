"""Exercise 3.2: how many numbers a module can learn."""

import torch
from torch import Tensor

from helpers.checks.core.calling import check, draw, fail
from helpers.checks.core.comparing import fail_for
from helpers.checks.core.handle import Handle
from helpers.checks.core.modules import known, parameters
from helpers.checks.core.whole_numbers import ask_number
from helpers.probes.modules import build

NAME = "count_parameters"
TWICE = "inner modules were counted more than once."


def expect_count(
    count_parameters: Handle,
    spec: list,
    expected: int,
    given: str,
    causes: dict[int, str],
    own: dict[str, Tensor] | None = None,
    shared: bool = False,
) -> None:
    """The learner counts `expected` trainable numbers in a module: see the probe `build`."""
    module = count_parameters.beside("modules.build", spec, own=own, shared=shared)
    before = known(parameters(module))
    got = ask_number(NAME, count_parameters, module, given=given)
    after = known(parameters(module))
    if len(before) != len(after) or any(
        old.learns != new.learns or not torch.equal(old.value, new.value)
        for old, new in zip(before, after, strict=True)
    ):
        fail(f"{NAME} changed the module ({given}); only look at it.")
    if got != expected:
        texts = causes | {
            len(before): "that is how many tensors there are; count the numbers in each.",
            4 * expected: "that is their size in bytes.",
        }
        text = f"{NAME}: expected {expected} for {given}, got {got}"
        fail_for(text, texts.get(got, ""))


def conv(inputs: int, outputs: int, side: int = 3) -> list:
    """A convolution without bias, as the probe `build` takes it."""
    return ["Conv2d", [inputs, outputs, side], {"bias": False}]


@check
def count_parameters_layer(count_parameters: Handle) -> str:
    """Single layers, with and without a bias."""
    a, b = draw(2, 5), draw(6, 9)
    cases = [
        (["Conv2d", [a, b, 3]], 9 * a * b, b),
        (conv(b, a, 5), 25 * b * a, 0),
        (["Linear", [a, b]], a * b, b),
        (["ConvTranspose2d", [b, a, 2]], 4 * b * a, a),
        (["Conv1d", [a, b, 5]], 5 * a * b, b),
        (["Conv2d", [a, b, (3, 1)], {"bias": False}], 3 * a * b, 0),
        (["BatchNorm2d", [b], {"track_running_stats": False}], b, b),
    ]
    for spec, weights, biases in cases:
        module = build(spec).item  # the same here: only to be looked at
        causes = {weights: "the biases are left out.", biases: "only the biases are counted."}
        causes = causes if biases else {}
        sides = sum(sum(p.shape) for p in module.parameters())
        firsts = sum(p.shape[0] for p in module.parameters())
        causes |= {
            sides: "the sides of a tensor multiply, they do not add up.",
            firsts: "that is the length of the first axes only.",
        }
        expect_count(count_parameters, spec, weights + biases, str(module), causes)
    return "count_parameters: 7 single layers, numbers right"


@check
def count_parameters_nested(count_parameters: Handle) -> str:
    """Modules within modules, at any depth, each number counted once."""
    a, b = draw(2, 4), draw(5, 7)
    outer, inside, deep = 9 * a * b, 9 * b * b, b * b
    given = (
        f"Sequential(convolution {a} to {b}, ReLU, Sequential(convolution {b} to {b}, "
        f"Sequential(1x1 convolution {b} to {b}))), all without bias"
    )
    causes = {
        outer: "only the first level was counted, not the modules within modules.",
        0: "a container's layers lie within it.",
        outer + inside: "the modules at the third level are missing.",
        outer + 2 * inside + 3 * deep: TWICE,
        2 * outer + 3 * inside + 4 * deep: TWICE,
    }
    net = [conv(a, b), ["ReLU"], [conv(b, b), [conv(b, b, 1)]]]
    expect_count(count_parameters, net, outer + inside + deep, given, causes)

    own, inside = 2 * a, 9 * a * a
    given = f"a module with a parameter of shape ({a}, 2) of its own and a convolution inside"
    causes = {
        own: "the layer inside is missing.",
        inside: "the parameter that belongs to the module itself is missing.",
        own + 2 * inside: TWICE,
    }
    expect_count(
        count_parameters, [conv(a, a)], own + inside, given, causes, {"scale": torch.rand(a, 2)}
    )

    twin = 9 * b * b
    causes = {twin: "layers of the same size count each by itself."}
    expect_count(
        count_parameters,
        [conv(b, b), conv(b, b)],
        2 * twin,
        f"two convolutions {b} to {b}, no bias",
        causes,
    )

    shared = conv(b, b)
    causes = {2 * 9 * b * b: "a layer that is used twice has its numbers once."}
    expect_count(
        count_parameters,
        [shared, ["ReLU"], shared],
        9 * b * b,
        f"one convolution {b} to {b} that is used twice, no bias",
        causes,
        shared=True,
    )
    return "count_parameters: 4 nested modules, numbers right"


@check
def count_parameters_buffers(count_parameters: Handle) -> str:
    """What is not trained does not count; a module without parameters has none."""
    a = draw(2, 6)
    buffers = 2 * a + 1  # a mean and a variance for each channel, and the number of batches
    cases = [
        (
            [conv(1, a), ["BatchNorm2d", [a], {"affine": False}]],
            9 * a,
            "a convolution and a batch norm without weights of its own",
            {
                9 * a
                + buffers: "running means and other buffers are not trained; they do not count."
            },
        ),
        (["ReLU"], 0, "ReLU(), which has no parameters", {}),
        ([["MaxPool2d", [2]], ["ReLU"]], 0, "Sequential(MaxPool2d, ReLU)", {}),
    ]
    for spec, expected, given, causes in cases:
        expect_count(count_parameters, spec, expected, given, causes | {2 * expected: TWICE})
    return "count_parameters: buffers left out, 0 where there is nothing to train"
