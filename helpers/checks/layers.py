"""What several checks ask of a learner's layer: that it is made, is affine, and can learn."""

import torch
from torch import Tensor, nn

from helpers.checks.core import by_words, fail, shape_of

# Why a module could not be made, by a part of what PyTorch says.
NOT_MADE = {
    "before Module.__init__() call": (
        "a class of layers calls `super().__init__()`, with both pairs of brackets, in its own "
        "__init__ before it makes its first layer."),
    "list is not a Module subclass": (
        "nn.Sequential takes its layers one by one, not a list of them: a `*` before the list "
        "takes it apart."),
    "tuple is not a Module subclass": (
        "nn.Sequential takes its layers one by one, not a tuple of them: a `*` before the tuple "
        "takes it apart."),
    "Tensor is not a Module subclass": (
        "nn.Sequential takes layers, not the result of calling one on a tensor."),
    "is not a Module subclass": (
        "nn.Sequential takes layers only. `nn.ReLU()` makes one; `nn.ReLU` without brackets is "
        "its class, and `F.relu` or `torch.relu` is a function."),
}


why_not_made = by_words(NOT_MADE)  # the likely cause of an error while layers were made


def randomize(layer: nn.Module) -> nn.Module:
    """Draw all parameters anew: the values to start with are the learner's affair."""
    with torch.no_grad():
        for value in layer.parameters():
            value.normal_()
    return layer


def expect_affine(what: str, layer: nn.Module, x: Tensor, advice: str) -> None:
    """The layer gives the same twice, and -2 times as much for -2 times its input."""
    with torch.no_grad():
        base = layer(torch.zeros_like(x))
        once, twice, turned = (layer(values) - base for values in (x, x, -2 * x))
    scale = 1 + float(once.abs().max())
    if not torch.allclose(once, twice, atol=1e-5 * scale):
        fail(f"{what}: the same input gives different results. Does a dropout stand beside the "
             "layer?")
    if not torch.allclose(-2 * once, turned, atol=2e-4 * scale):
        fail(f"{what}: it treats negative numbers otherwise than positive ones, or large ones "
             f"otherwise than small ones. {advice}")


def expect_count(what: str, layer: nn.Module, weights: int, biases: int) -> None:
    """The layer has so many weights, a bias for each of its outputs, and nothing else to learn."""
    count = sum(value.numel() for value in layer.parameters())
    if count == weights + biases:
        return
    shapes = [tuple(value.shape) for value in layer.parameters()]
    cause = ("a bias is missing; was it switched off?" if count < weights + biases else
             "something beside the convolution can learn, too.")
    fail(f"{what}: expected {weights} weights, {biases} biases and nothing else to learn; got "
         f"{count} numbers in parameters of shapes {shapes}: {cause}")


def expect_learning(what: str, layer: nn.Module, x: Tensor) -> None:
    """A gradient reaches the layer's input and all its parameters."""
    x = x.clone().requires_grad_()
    loss = layer(x).square().sum()
    learned = dict(layer.named_parameters())
    still = [name for name, value in learned.items() if not value.requires_grad]
    if still:
        fail(f"{what}: {still[0]} takes no gradient, so it would never learn.")
    grads = [None]
    if loss.requires_grad:
        grads = torch.autograd.grad(loss, [x, *learned.values()], allow_unused=True)
    if any(grad is None or not bool(grad.any()) for grad in grads):
        fail(f"{what}: for a {shape_of(x)} input, no gradient reaches the input or all of the "
             "weights. Was a tensor detached?")
