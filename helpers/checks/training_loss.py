"""Checks of notebook 07's loss, each part by itself, and what makes a wrong one."""

from collections.abc import Callable
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core import call, check, describe, draw, fail, shape_of
from helpers.checks.training_inputs import Case, lifted, scene, slip

LOSS = "segmentation_loss"
ROUGH, EXACT = 3e-3, 1e-4  # ROUGH does not see the +1 in pictures of many pixels
RIGHT = ""


def swapped(case: Case) -> Case:
    """Car and background change names: the cross-entropy stays what it was."""
    logits, target = case
    return logits.flip(1), 1 - target


def given_case(case: Case) -> str:
    """The words for one input of the loss."""
    logits, target = case
    cars = "no car" if not target.any() else f"{int(target.sum())} car pixels"
    return f"{shape_of(logits)} logits and a target with {cars}"


def loss_value(function: Callable, case: Case) -> float:
    """The learner's loss as a number."""
    given = given_case(case)
    loss = call(LOSS, function, *case, given=given, why=slip)
    if loss is None:
        fail(f"{LOSS} returned None for {given}: is the `return` line missing?")
    if isinstance(loss, Tensor) and loss.numel() != 1:
        fail(f"{LOSS}: expected one number for {given}, got a {shape_of(loss)} tensor: average "
             "over the pictures at the end.")
    try:
        return float(loss)
    except (TypeError, ValueError):
        fail(f"{LOSS}: expected a scalar tensor for {given}, got {describe(loss)}.")


def cross_entropies(case: Case) -> dict[str, float]:
    """The cross-entropy by torch, and what is often taken for it, by what goes wrong."""
    logits, target = case
    bits = target.to(logits.dtype)
    values = {
        RIGHT: F.cross_entropy(logits, target),
        "the cross-entropy is missing.": torch.zeros(()),
        "F.cross_entropy was given probabilities; it takes the logits and does its own "
        "softmax.": F.cross_entropy(logits.softmax(1), target),
        "the cross-entropy is summed over the pixels; take their mean.":
            F.cross_entropy(logits, target, reduction="sum"),
        "the cross-entropy is binary, on the car's logit alone; both logits count.":
            F.binary_cross_entropy_with_logits(logits[:, 1], bits),
        "the cross-entropy is binary, on the background's logit.":
            F.binary_cross_entropy_with_logits(logits[:, 0], bits),
        "F.nll_loss needs log-probabilities, not logits.": F.nll_loss(logits, target),
        "F.nll_loss needs the logarithm of the probabilities.":
            F.nll_loss(logits.softmax(1), target),
        "the cross-entropy has the wrong sign.": -F.cross_entropy(logits, target),
        "the cross-entropy counts half.": 0.5 * F.cross_entropy(logits, target),
        "the cross-entropy has class weights; every pixel counts the same.":
            F.cross_entropy(logits, target, weight=1 / (1 + target.flatten().bincount(
                minlength=2).to(logits.dtype))),
    }
    return {sentence: float(value) for sentence, value in values.items()}


def sums(probs: Tensor, target: Tensor) -> list[tuple[float, float, float]]:
    """Overlap, predicted area and true area of each picture, pixel by pixel."""
    found = []
    for picture, truth in zip(probs.double(), target, strict=True):
        overlap = predicted = true = 0.0
        for p, g in zip(picture.flatten().tolist(), truth.flatten().tolist(), strict=True):
            overlap, predicted, true = overlap + p * g, predicted + p, true + g
        found.append((overlap, predicted, true))
    return found


def ratios(areas: list, top: float = 1.0, bottom: float = 1.0, twice: float = 2.0) -> float:
    """The mean over pictures of (twice * overlap + top) / (predicted + true + bottom)."""
    parts = [((twice * o + top), (p + g + bottom)) for o, p, g in areas]
    return sum(a / b if b else float("nan") for a, b in parts) / len(parts)


def pooled(areas: list) -> list:
    """The areas of all pictures together, as if they were one."""
    return [tuple(map(sum, zip(*areas, strict=True)))]


def plain_dice(probs: Tensor, target: Tensor, axes: tuple[int, ...]) -> float:
    """The Dice by sums over `axes`, averaged over what is left."""
    p, g = probs.double(), target.double()
    overlap = (p * g).sum(axes)
    return float(((2 * overlap + 1) / (p.sum(axes) + g.sum(axes) + 1)).mean())


def dice_terms(case: Case) -> dict[str, float]:
    """What is added to the cross-entropy, right and by what goes wrong."""
    logits, target = case
    car = torch.sigmoid(logits[:, 1] - logits[:, 0])  # two classes: the softmax of the car
    areas, back = sums(car, target), sums(1 - car, 1 - target)
    right, background = ratios(areas), ratios(back)
    squares = [(o, s, g) for (o, _, g), (_, s, _) in zip(areas, sums(car**2, target), strict=True)]
    both = [tuple(a + b for a, b in zip(*pair, strict=True))
            for pair in zip(areas, back, strict=True)]
    means = [tuple(v / target[0].numel() for v in picture) for picture in areas]
    dice = {
        RIGHT: right,
        "the sums run over the whole batch; take each picture's Dice, then their mean.":
            ratios(pooled(areas)),
        "the +1 is missing above and below; a tiny number is no stand-in for it.":
            ratios(areas, 0, 0),
        "the +1 is missing in the denominator.": ratios(areas, 1, 0),
        "the +1 is missing in the numerator.": ratios(areas, 0, 1),
        "the +1 became +2.": ratios(areas, 2, 2),
        "the factor 2 of the overlap is missing.": ratios(areas, twice=1),
        "that is IoU, overlap over union; Dice is twice the overlap over both areas.":
            sum((o + 1) / (p + g - o + 1) for o, p, g in areas) / len(areas),
        "the Dice is that of the background (channel 0); the car is channel 1.": background,
        "the Dice is averaged over both classes; take that of the car, channel 1, alone.":
            (right + background) / 2,
        "the sums run over both classes; only the car's, channel 1, is asked for.": ratios(both),
        "both channels were compared with the car's target; only the car's, channel 1, is asked "
        "for.": (right + ratios(sums(1 - car, target))) / 2,
        "the sums run over one axis only, down each column; each picture has two.":
            plain_dice(car, target, (1,)),
        "the sums run over one axis only, along each row; each picture has two.":
            plain_dice(car, target, (2,)),
        "channel 0 was compared with the car's target; the car is channel 1.":
            ratios(sums(1 - car, target)),
        "a sigmoid of the car's logit was taken; take the softmax over both channels.":
            ratios(sums(torch.sigmoid(logits[:, 1]), target)),
        "the logits were used as if they were probabilities: take the softmax first.":
            ratios(sums(logits[:, 1], target)),
        "the prediction is hard (argmax or a threshold); Dice needs the probabilities.":
            ratios(sums((car > 0.5).double(), target)),
        "the probabilities are squared in the denominator.": ratios(squares),
        "the denominator is split: it needs parentheses, (sum of p + sum of g + 1).":
            sum((2 * o + 1) / p + g + 1 for o, p, g in areas) / len(areas),
        "only the first picture's Dice counts; take the mean over the batch.": ratios(areas[:1]),
        "means stand where the formula has sums.": ratios(means),
        # both give ones where there is one picture: the channels' probabilities sum to 1
        "the softmax runs over the batch, or the sums run over both channels; the channels are "
        "dimension 1, and the car's is channel 1.":
            ratios(sums(logits.softmax(0)[:, 1], target)),
        "the softmax runs over the rows; the channels are dimension 1.":
            ratios(sums(logits.softmax(2)[:, 1], target)),
        "the softmax runs along each row; the channels are dimension 1.":
            ratios(sums(logits.softmax(3)[:, 1], target)),
    }
    terms = {sentence: 1 - value for sentence, value in dice.items()}
    count = len(target)
    return terms | {
        "the Dice part is missing.": 0.0,
        "the Dice itself is added; a good overlap must make the loss small: 1 - Dice.": right,
        "the Dice is subtracted, but the 1 of `1 - Dice` is missing.": -right,
        "the Dice part counts half.": 0.5 * (1 - right),
        "the Dice of the pictures is summed; take the mean.": 1 - count * right,
        "1 - Dice is summed over the pictures; take the mean.": count * (1 - right),
    }


def loss_cause(got: list[float], cases: list[Case]) -> str:
    """The first combination of a cross-entropy and a Dice part that gives these losses."""
    firsts = [cross_entropies(case) for case in cases]
    seconds = [dice_terms(case) for case in cases]
    pairs = sorted(product(firsts[0], seconds[0]), key=lambda p: (p[0] != RIGHT) + (p[1] != RIGHT))
    for a, b in pairs:
        made = [first[a] + second[b] for first, second in zip(firsts, seconds, strict=True)]
        if all(abs(x - y) <= 2e-5 * max(1, abs(y)) for x, y in zip(got, made, strict=True)):
            text = " And ".join(filter(None, [a, b]))
            if "counts half" in a and "counts half" in b:
                text = "the sum of both parts is halved."
            return f"\nLikely cause: {text}" if text else ""
    return ""


def expect_finite(values: list[float], cases: list[Case]) -> None:
    """No loss is NaN or infinite.

    Where the +1 of the Dice is missing, losses of small pictures told so before a 0/0 can occur.
    """
    __tracebackhide__ = True
    for value, case in zip(values, cases, strict=True):
        if value != value or abs(value) == float("inf"):
            fail(f"{LOSS}: expected a finite number for {given_case(case)}, got {value}. Was a "
                 "logarithm taken of a probability that is 0, or of a logit? F.cross_entropy "
                 "takes the logits.")


def expect_difference(
    function: Callable, first: Case, second: Case, expected: float, tol: float, change: str
) -> None:
    """The loss changes by `expected` from the first input to the second."""
    __tracebackhide__ = True
    cases = [first, second]
    got = [loss_value(function, case) for case in cases]
    expect_finite(got, cases)
    if abs(got[1] - got[0] - expected) > tol * max(1, abs(expected)):
        fail(f"{LOSS}: for {given_case(first)}, when {change}, the loss should change by "
             f"{expected:.4f}; it changes by {got[1] - got[0]:.4f}, from {got[0]:.4f} to "
             f"{got[1]:.4f}.{loss_cause(got, cases)}\nSee section 2.")


def change_of_dice(first: Case, second: Case) -> float:
    """How much 1 - Dice grows from the first input to the second."""
    return dice_terms(second)[RIGHT] - dice_terms(first)[RIGHT]


@check
def segmentation_loss_value(segmentation_loss: Callable) -> str:
    """The sum of both parts for one picture, a scalar."""
    cases = [scene(draw(26, 30), draw(33, 40), 0.3, 0.4), scene(31, draw(24, 28), 0.15, 1.0)]
    for case in [lifted(case) for case in cases]:
        got = loss_value(segmentation_loss, case)
        expect_finite([got], [case])
        loss = segmentation_loss(*case)
        if isinstance(loss, Tensor) and loss.dim():
            fail(f"{LOSS}: expected a scalar, shape (), for {given_case(case)}, got shape "
                 f"{shape_of(loss)}.")
        expected = cross_entropies(case)[RIGHT] + dice_terms(case)[RIGHT]
        if abs(got - expected) > ROUGH:
            fail(f"{LOSS}: expected {expected:.4f} for {given_case(case)}, got {got:.4f}."
                 f"{loss_cause([got], [case])}\nSee section 2.")
    return f"{LOSS}: 2 pictures, both parts add up"


@check
def segmentation_loss_cross_entropy(segmentation_loss: Callable) -> str:
    """Sure logits made surer: the probabilities stay 0 and 1, so only the cross-entropy moves."""
    for batch in (1, 2):
        _, target = scene(draw(12, 15), draw(17, 20), 0.3, 0.0, batch)
        wrong = torch.rand(target.shape) < 0.3
        sign = (2 * target - 1) * (1 - 2 * wrong.long())
        first, second = (
            (torch.stack([-h * sign, h * sign], dim=1).float(), target) for h in (5.0, 6.0)
        )
        expected = cross_entropies(second)[RIGHT] - cross_entropies(first)[RIGHT]
        expect_difference(segmentation_loss, first, second, expected, 2 * ROUGH,
                          "all logits grow by 20 percent and hardly any probability changes")
    return f"{LOSS}: the cross-entropy part is right"


@check
def segmentation_loss_dice(segmentation_loss: Callable) -> str:
    """Car and background swapped: the cross-entropy stays, so only the Dice part moves."""
    for share, skill in ((0.1, 0.5), (0.25, -0.5), (0.8, 0.3)):
        first = scene(draw(26, 30), draw(33, 40), share, skill)
        second = swapped(first)
        expect_difference(segmentation_loss, first, second, change_of_dice(first, second), ROUGH,
                          "car and background change places")
    return f"{LOSS}: 3 pictures, the Dice part is right"


@check
def segmentation_loss_per_image(segmentation_loss: Callable) -> str:
    """Pixels dealt anew among the pictures move a batch's loss as they move the pictures' mean.

    The cross-entropy stays what it was, so this sees the Dice part, whatever its formula.
    """
    for batch in (3, draw(4, 5)):
        height, width = draw(20, 24), draw(27, 33)
        parts = [scene(height, width, 0.05 + 0.8 * i / batch, 4.0 * i / batch - 1.5)
                 for i in range(batch)]
        logits, target = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        dealt = torch.rand(target.shape).argsort(0)
        channels = dealt[:, None].expand(-1, 2, -1, -1)
        cases = [(logits, target), (logits.gather(0, channels), target.gather(0, dealt))]
        got = [loss_value(segmentation_loss, case) for case in cases]
        singles = [
            [loss_value(segmentation_loss, (x[None], t[None])) for x, t in zip(*case, strict=True)]
            for case in cases
        ]
        expect_finite(got, cases)
        change, expected = got[1] - got[0], (sum(singles[1]) - sum(singles[0])) / batch
        unmoved = abs(change) < 3e-5  # as if no picture had a Dice of its own
        if unmoved or abs(change - expected) > 1e-3 * max(1, abs(expected), abs(got[0]) / 50):
            alone = "" if abs(expected) < 1e-5 else (
                f" For the pictures one by one the mean loss changes by {expected:.4f}.")
            fail(f"{LOSS}: for {given_case(cases[0])}, when pixels are exchanged between the "
                 f"pictures, the loss changes by {change:.4f}, from {got[0]:.4f} to {got[1]:.4f}."
                 f"{alone}{loss_cause(got, cases)}\nSee section 2.")
    return f"{LOSS}: 2 batches, one Dice for each picture"


@check
def segmentation_loss_plus_one(segmentation_loss: Callable) -> str:
    """Few pixels and empty targets, where the +1 shows."""
    for height, width, share in ((2, 3, 0.4), (4, 5, 0.0), (draw(2, 3), draw(4, 5), 0.3)):
        first = scene(height, width, share, 0.3)
        second = swapped(first)
        expect_difference(segmentation_loss, first, second, change_of_dice(first, second), EXACT,
                          "car and background change places")
    logits, target = scene(draw(3, 4), 5, 0.0, 0.0)
    sure = torch.full_like(logits, 200.0)
    sure[:, 1] = -200
    expect_finite([loss_value(segmentation_loss, (sure, target))], [(sure, target)])
    return f"{LOSS}: 4 small or empty pictures, the +1 in its places"


@check
def segmentation_loss_gradient(segmentation_loss: Callable) -> str:
    """The gradient agrees with how the loss really changes when the logits do."""
    for batch in (1, 2):
        logits, target = scene(draw(9, 12), draw(13, 16), 0.08, 0.2, batch)
        logits = logits + 0.1 * logits.sign()  # no class changes within a step
        given = given_case((logits, target))
        loss_value(segmentation_loss, (logits, target))
        logits.requires_grad_()
        loss = call(LOSS, segmentation_loss, logits, target, given=given, why=slip)
        grad = None
        if isinstance(loss, Tensor) and loss.requires_grad and loss.numel() == 1:
            (grad,) = torch.autograd.grad(loss.reshape(()), logits, allow_unused=True)
        if grad is None:
            fail(f"{LOSS}: no gradient reaches the logits for {given}; the result is "
                 f"{describe(loss)}. Was it turned into a number (.item(), float()), NumPy, or "
                 "detached?")
        logits = logits.detach()
        way = torch.stack([1 - 2 * target, 2 * target - 1], dim=1).float()  # to the right answer
        step = 3e-3
        up, down = (
            loss_value(segmentation_loss, (logits + s * way, target)) for s in (step, -step)
        )
        real, claimed = (up - down) / (2 * step), float((grad * way).sum())
        if abs(real - claimed) > 0.03 * max(abs(real), 0.05):
            fail(f"{LOSS}: for {given} the gradient says that the loss changes by {claimed:.3f} a "
                 f"unit towards the right answer; really it changes by {real:.3f}. A part of the "
                 "loss was detached or turned into a number (.item(), .data, no_grad).")
    return f"{LOSS}: gradients flow through both parts"
