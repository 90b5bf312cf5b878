"""Exercise 8.5: cross-entropy plus 1 - Dice of any number of classes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import ask_call, check, draw, fail
from helpers.checks.core.comparing import close, expect_gradient, fail_for
from helpers.checks.core.handle import Handle
from helpers.checks.core.rendering import describe, shape_of
from helpers.checks.core.spec import Spec

LOSS = "multiclass_loss"


def masks(logits: Tensor, target: Tensor) -> Tensor:
    """1 where a pixel has the class, as the logits are shaped."""
    return F.one_hot(target, logits.shape[1]).movedim(3, 1).to(logits.dtype)


def dice(p: Tensor, g: Tensor, axes: tuple = (2, 3), one: float = 1, twice: float = 2) -> Tensor:
    """The Dice over `axes`."""
    return (twice * (p * g).sum(axes) + one) / (p.sum(axes) + g.sum(axes) + one)


def loss(logits: Tensor, target: Tensor, probs: Tensor | None = None, **options) -> Tensor:
    """The loss, or the loss with a Dice of other probabilities or with other `options`."""
    p = logits.softmax(1) if probs is None else probs
    return F.cross_entropy(logits, target) + 1 - dice(p, masks(logits, target), **options).mean()


def of_classes(logits: Tensor, target: Tensor, classes: slice) -> Tensor:
    """The loss with the Dice of some classes only."""
    score = dice(logits.softmax(1)[:, classes], masks(logits, target)[:, classes])
    return F.cross_entropy(logits, target) + 1 - score.mean()


def only_dice(logits: Tensor, target: Tensor) -> Tensor:
    """The part that is not the cross-entropy."""
    return loss(logits, target) - F.cross_entropy(logits, target)


SPEC = Spec(
    LOSS,
    loss,
    list,
    "{0} logits and a {1} target",
    {
        "only the Dice of class 1 counts; take the mean over all classes.": lambda z, t: of_classes(
            z, t, slice(1, 2)
        ),
        "the background's Dice is missing; take the mean over all classes.": lambda z, t: (
            of_classes(z, t, slice(1, None))
        ),
        "the sums run over the whole batch; each picture and class has its own Dice.": lambda z, t: (
            loss(z, t, axes=(0, 2, 3))
        ),
        "the sums run over the classes as well; each class has its own Dice.": lambda z, t: loss(
            z, t, axes=(1, 2, 3)
        ),
        "the sums run over everything; each picture and class has its own Dice.": lambda z, t: loss(
            z, t, axes=(0, 1, 2, 3)
        ),
        "the Dice part is missing.": F.cross_entropy,
        "the cross-entropy is missing.": only_dice,
        "F.cross_entropy was given probabilities; it takes the logits.": lambda z, t: (
            F.cross_entropy(z.softmax(1), t) + only_dice(z, t)
        ),
        "the logits were used as if they were probabilities: take the softmax first.": lambda z, t: (
            loss(z, t, probs=z)
        ),
        "a sigmoid was taken of each logit; take the softmax over the classes.": lambda z, t: loss(
            z, t, probs=z.sigmoid()
        ),
        "the softmax runs over the batch; the classes are dimension 1.": lambda z, t: loss(
            z, t, probs=z.softmax(0)
        ),
        "the +1 is missing above and below.": lambda z, t: loss(z, t, one=0),
        "the factor 2 of the overlap is missing.": lambda z, t: loss(z, t, twice=1),
        "the Dice is added; a good overlap must make the loss small: 1 - Dice.": lambda z, t: (
            F.cross_entropy(z, t) + 1 - only_dice(z, t)
        ),
        "the Dice is summed over the classes; take the mean.": lambda z, t: (
            F.cross_entropy(z, t) + 1 - z.shape[1] * (1 - only_dice(z, t))
        ),
        "1 - Dice is summed over the classes; take the mean.": lambda z, t: (
            F.cross_entropy(z, t) + z.shape[1] * only_dice(z, t)
        ),
    },
)


def case(classes: int, batch: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Logits that are a little right, and a target with a rare last class."""
    target = torch.randint(classes - 1, (batch, height, width))
    target.view(batch, -1)[:, :2] = classes - 1
    shape = (batch, classes, height, width)
    return torch.randn(shape) + masks(torch.zeros(shape), target), target


def expect_losses(learner: Handle, cases: list) -> None:
    """Every loss is one number, and the right one."""
    __tracebackhide__ = True
    for args in cases:
        got, expected, given = SPEC.answer(learner, args)
        if got.numel() != 1:
            fail(
                f"{LOSS}: expected one number for {given}, got a {shape_of(got)} tensor: take "
                "the mean over pictures and classes."
            )
        if not close(got.reshape(()), expected, 2e-4):
            fail_for(
                f"{LOSS}: expected {float(expected):.4f} for {given}, got {float(got):.4f}",
                SPEC.cause(args, got.reshape(())),
            )


@check
def multiclass_loss_value(multiclass_loss: Handle) -> str:
    """One picture: both parts, every class with a Dice of its own."""
    logits, target = case(4, 1, 7, draw(6, 9))
    expect_losses(
        multiclass_loss,
        [
            case(3, 1, 6, 8),
            case(draw(4, 6), 1, 9, draw(7, 11)),
            case(2, 1, 5, 7),
            (logits, target.clamp_max(2)),  # nothing of the last class is to be found
        ],
    )
    return f"{LOSS}: 4 pictures, every class counts"


@check
def multiclass_loss_per_image(multiclass_loss: Handle) -> str:
    """Several pictures: each has its own Dice."""
    cases = []
    for batch in (3, draw(4, 5)):
        logits, target = case(4, batch, 6, 9)
        target[0] = 0  # one picture shows the background only
        cases.append((logits, target))
    expect_losses(multiclass_loss, cases)
    return f"{LOSS}: 2 batches, a Dice for each picture and class"


@check
def multiclass_loss_gradient(multiclass_loss: Handle) -> str:
    """The gradient reaches every logit, through both parts."""
    logits, target = case(4, 2, 5, draw(6, 8))
    x = logits.requires_grad_()
    given = SPEC.given((x, target))
    saw = ask_call(LOSS, multiclass_loss, x, target, given=given, grads=[0], squared=False)
    if not isinstance(saw["result"], Tensor):
        fail(
            f"{LOSS}: expected a scalar tensor for {given}, got {describe(saw['result'])}. Turn "
            "it into a number only where it is shown."
        )
    if isinstance(saw["grads"], dict):  # how the backward pass crashed
        expect_gradient(LOSS, saw["result"], saw["grads"], given)
    (grad,) = saw["grads"]
    if grad is None or not bool(grad.any()):
        fail(
            f"{LOSS}: no gradient reaches the logits for {given}. Was the loss detached, or made "
            "of numbers?"
        )
    parts = (F.cross_entropy(x, target), only_dice(x, target))
    first, second = (torch.autograd.grad(part, x)[0] for part in parts)
    for name, part in {"cross-entropy": first, "Dice": second}.items():
        if close(grad, first + second - part, 1e-6):
            fail(
                f"{LOSS}: no gradient comes from the {name} for {given}. Was it detached, or made "
                "of hard predictions?"
            )
    return f"{LOSS}: gradients flow through both parts"
