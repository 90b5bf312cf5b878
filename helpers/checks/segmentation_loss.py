"""Exercise 7.1: cross-entropy plus 1 - Dice, each part checked by itself."""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import CAUSE, ask_call, by_words, call, check, draw, fail
from helpers.checks.core.comparing import expect_gradient
from helpers.checks.core.handle import Handle
from helpers.checks.core.rendering import describe, shape_of
from helpers.checks.core.scenes import Case, as_number, lifted, scene

LOSS = "segmentation_loss"
ROUGH, EXACT = 3e-3, 1e-4  # ROUGH does not see the +1 in pictures of many pixels
RIGHT = ""

# What torch says of a likely slip, and the slip.
slip = by_words(
    {
        "kernel_impl\" not implemented for 'Long'":  # softmax and log_softmax
        "the logits and the target were exchanged; the logits come first, then the target.",
    }
)


def dice(
    p: Tensor,
    g: Tensor,
    axes: tuple = (1, 2),
    top: float = 1,
    bottom: float = 1,
    twice: float = 2,
) -> Tensor:
    """(twice * overlap + top) / (sum of p + sum of g + bottom), summed over `axes`."""
    return (twice * (p * g).sum(axes) + top) / (p.sum(axes) + g.sum(axes) + bottom)


def right_loss(logits: Tensor, target: Tensor) -> Tensor:
    """The loss that the exercise asks for."""
    car = logits.softmax(1)[:, 1]
    return F.cross_entropy(logits, target) + 1 - dice(car, target.to(car.dtype)).mean()


def swapped(case: Case) -> Case:
    """Car and background change names: the cross-entropy stays what it was."""
    logits, target = case
    return logits.flip(1), 1 - target


def given_case(case: Case) -> str:
    """The words for one input of the loss."""
    logits, target = case
    cars = "no car" if not target.any() else f"{int(target.sum())} car pixels"
    return f"{shape_of(logits)} logits and a target with {cars}"


def ask_loss(function: Handle, case: Case) -> tuple[float, object]:
    """The learner's loss as a number, and as it came."""
    given = given_case(case)
    loss = call(LOSS, function, *case, given=given, why=slip)
    if loss is None:
        fail(f"{LOSS} returned None for {given}: is the `return` line missing?")
    if isinstance(loss, Tensor) and loss.numel() != 1:
        fail(
            f"{LOSS}: expected one number for {given}, got a {shape_of(loss)} tensor: average "
            "over the pictures at the end."
        )
    value = as_number(loss)
    if value is None:
        fail(f"{LOSS}: expected a scalar tensor for {given}, got {describe(loss)}.", "difference")
    return value, loss


def losses(function: Handle, *cases: Case) -> list[float]:
    """The learner's losses as numbers, asked for in random order: numbers noted for the inputs of
    another seed would fit by their order alone.
    """
    order = torch.randperm(len(cases)).tolist()
    found = {i: ask_loss(function, cases[i])[0] for i in order}
    return [found[i] for i in range(len(cases))]


def cross_entropies(case: Case) -> dict[str, float]:
    """The cross-entropy by torch, and what is often taken for it, by what goes wrong."""
    logits, target = case[0].detach().double(), case[1]
    bits = target.double()
    values = {
        RIGHT: F.cross_entropy(logits, target),
        "the cross-entropy is missing.": 0,
        "F.cross_entropy was given probabilities; it takes the logits and does its own "
        "softmax.": F.cross_entropy(logits.softmax(1), target),
        "the cross-entropy is summed over the pixels; take their mean.": F.cross_entropy(
            logits, target, reduction="sum"
        ),
        "the cross-entropy is binary, on the car's logit alone; both logits count.": F.binary_cross_entropy_with_logits(
            logits[:, 1], bits
        ),
        "the cross-entropy is binary, on the background's logit.": F.binary_cross_entropy_with_logits(
            logits[:, 0], bits
        ),
        "the cross-entropy is binary, on each logit by itself; F.cross_entropy lets the two "
        "classes compete.": F.binary_cross_entropy_with_logits(
            logits, torch.stack([1 - bits, bits], 1)
        ),
        "the cross-entropy smooths the labels; every pixel has one class.": F.cross_entropy(
            logits, target, label_smoothing=0.1
        ),
        "F.nll_loss needs log-probabilities, not logits.": F.nll_loss(logits, target),
        "F.nll_loss needs the logarithm of the probabilities.": F.nll_loss(
            logits.softmax(1), target
        ),
        "the cross-entropy has the wrong sign.": -F.cross_entropy(logits, target),
        "the cross-entropy counts half.": 0.5 * F.cross_entropy(logits, target),
        "the cross-entropy has class weights; every pixel counts the same.": F.cross_entropy(
            logits, target, weight=1 / (1 + target.flatten().bincount(minlength=2).double())
        ),
    }
    return {sentence: float(value) for sentence, value in values.items()} | cut_off(case)


def cut_off(case: Case) -> dict[str, float]:
    """Cross-entropies made from probabilities, which float32 cannot tell from 0 or 1."""
    p, bits = case[0].detach().float().softmax(1), case[1].float()
    right = p.gather(1, case[1][:, None])
    sentence = (
        "the cross-entropy is made from probabilities{}; near 0 and 1 they have lost their "
        "digits. F.cross_entropy takes the logits."
    )
    found = {sentence.format(""): float(F.binary_cross_entropy(p[:, 1], bits))}
    for tiny in (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12):
        found[sentence.format(f" with {tiny:g} added")] = -float((right + tiny).log().mean())
        found[sentence.format(f" of at least {tiny:g}")] = -float(
            right.clamp_min(tiny).log().mean()
        )
    return found


def dice_terms(case: Case) -> dict[str, float]:
    """What is added to the cross-entropy, right and by what goes wrong."""
    logits, target = case[0].detach().double(), case[1]
    probs, g = logits.softmax(1), target.double()
    back, p = probs.unbind(1)
    right, background = dice(p, g), dice(back, 1 - g)
    overlap, predicted, true = (x.sum((1, 2)) for x in (p * g, p, g))
    pixels, count = g[0].numel(), len(g)
    dices = {
        RIGHT: right,
        "the sums run over the whole batch; take each picture's Dice, then their mean.": dice(
            p, g, (0, 1, 2)
        ),
        "the +1 is missing above and below; a tiny number is no stand-in for it.": dice(
            p, g, top=0, bottom=0
        ),
        "the +1 is missing in the denominator.": dice(p, g, bottom=0),
        "the +1 is missing in the numerator.": dice(p, g, top=0),
        "the +1 became +2.": dice(p, g, top=2, bottom=2),
        "the factor 2 of the overlap is missing.": dice(p, g, twice=1),
        "that is IoU, overlap over union; Dice is twice the overlap over both areas.": (overlap + 1)
        / (predicted + true - overlap + 1),
        "the Dice is that of the background (channel 0); the car is channel 1.": background,
        "the Dice is averaged over both classes; take that of the car, channel 1, alone.": (
            right + background
        )
        / 2,
        "the sums run over both classes; only the car's, channel 1, is asked for.": dice(
            probs, torch.stack([1 - g, g], 1), (1, 2, 3)
        ),
        "both channels were compared with the car's target; only the car's, channel 1, is asked "
        "for.": (right + dice(back, g)) / 2,
        "the sums run over one axis only, down each column; each picture has two.": dice(
            p, g, (1,)
        ),
        "the sums run over one axis only, along each row; each picture has two.": dice(p, g, (2,)),
        "channel 0 was compared with the car's target; the car is channel 1.": dice(back, g),
        "a sigmoid of the car's logit was taken; take the softmax over both channels.": dice(
            logits[:, 1].sigmoid(), g
        ),
        "the logits were used as if they were probabilities: take the softmax first.": dice(
            logits[:, 1], g
        ),
        "the prediction is hard (argmax or a threshold); Dice needs the probabilities.": dice(
            (p > 0.5).double(), g
        ),
        "the probabilities are squared in the denominator.": (2 * overlap + 1)
        / ((p**2).sum((1, 2)) + true + 1),
        "the denominator is split: it needs parentheses, (sum of p + sum of g + 1).": (
            2 * overlap + 1
        )
        / predicted
        + true
        + 1,
        "only the first picture's Dice counts; take the mean over the batch.": right[:1],
        "means stand where the formula has sums.": (2 * overlap / pixels + 1)
        / ((predicted + true) / pixels + 1),
        # both give ones where there is one picture: the channels' probabilities sum to 1
        "the softmax runs over the batch, or the sums run over both channels; the channels are "
        "dimension 1, and the car's is channel 1.": dice(logits.softmax(0)[:, 1], g),
        "the softmax runs over the rows; the channels are dimension 1.": dice(
            logits.softmax(2)[:, 1], g
        ),
        "the softmax runs along each row; the channels are dimension 1.": dice(
            logits.softmax(3)[:, 1], g
        ),
    }
    dices |= fractions(overlap, predicted, true)
    terms = {sentence: 1 - float(values.mean()) for sentence, values in dices.items()}
    term = terms[RIGHT]
    return terms | {
        "the logarithm of the Dice is taken; the loss is 1 - Dice.": -float(right.log().mean()),
        "the logarithm of the mean Dice is taken; the loss is 1 - Dice.": -float(
            right.mean().log()
        ),
        "numerators and denominators are averaged over the pictures before the division; take each "
        "picture's Dice, then their mean.": 1
        - float((2 * overlap + 1).mean() / (predicted + true + 1).mean()),
        "the largest Dice counts; take the mean over the pictures.": 1 - float(right.max()),
        "the smallest Dice counts; take the mean over the pictures.": 1 - float(right.min()),
        "the Dice is added to the cross-entropy, and 1 as well; it is subtracted.": 1 + (1 - term),
        "the Dice part is missing.": 0.0,
        "the Dice itself is added; a good overlap must make the loss small: 1 - Dice.": 1 - term,
        "the Dice is subtracted, but the 1 of `1 - Dice` is missing.": term - 1,
        "the Dice part counts half.": 0.5 * term,
        "the Dice of the pictures is summed; take the mean.": 1 - count * (1 - term),
        "1 - Dice is summed over the pictures; take the mean.": count * term,
    }


def fractions(overlap: Tensor, predicted: Tensor, true: Tensor) -> dict[str, Tensor]:
    """Fractions that are nearly a Dice, by what is wrong above or below the line."""
    above = {
        "the factor of the overlap is 3; it is 2.": 3 * overlap + 1,
        "the overlap is added to 2; it is multiplied by 2.": 2 + overlap + 1,
        "the numerator has + 2; it has + 1.": 2 * overlap + 2,
        "the numerator has - 1; it has + 1.": 2 * overlap - 1,
        "the overlap is missing above the line.": torch.ones_like(overlap),
        "the numerator is the constant 3: the overlap is missing.": torch.full_like(overlap, 3),
        "the overlap is counted by the target alone; it is the sum of p times g.": 2 * true + 1,
        "the overlap is counted by the probabilities alone; it is the sum of p times g.": 2
        * predicted
        + 1,
        "the overlap is divided by 2 or 2 by the overlap; it is 2 times the overlap.": 2 / overlap
        + 1,
        "the numerator is turned round.": -(2 * overlap + 1),
        RIGHT: 2 * overlap + 1,
    }
    below = {
        "the sum of the probabilities is missing below the line.": true + 1,
        "the sum of the target is missing below the line.": predicted + 1,
        "the target is counted twice below the line; one is the sum of the probabilities.": 2 * true
        + 1,
        "the probabilities are counted twice below the line; one is the sum of the target.": 2
        * predicted
        + 1,
        "the two sums below the line are multiplied; they are added.": predicted * true + 1,
        "the sum of the target is subtracted below the line; it is added.": predicted - true + 1,
        "the denominator has + 2; it has + 1.": predicted + true + 2,
        "the denominator has - 1; it has + 1.": predicted + true - 1,
        "the denominator is missing.": torch.ones_like(true),
        RIGHT: predicted + true + 1,
    }
    found = {
        a or b: x / y
        for (a, x), (b, y) in product(above.items(), below.items())
        if (a == RIGHT) != (b == RIGHT)
    }
    return found | {
        "the fraction is upside down.": (predicted + true + 1) / (2 * overlap + 1),
        "the fraction is cut to a whole number, as by //.": (2 * overlap + 1)
        // (predicted + true + 1),
        "numerator and denominator are multiplied; they are divided.": (2 * overlap + 1)
        * (predicted + true + 1),
        "the denominator alone was taken.": predicted + true + 1,
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
            if "missing" in a and "whole number" in b:  # 1 - 0, as is any constant 1
                text = "the loss is 1 whatever the logits and the target are."
            return f"\n{CAUSE}{text}" if text else ""
    return ""


def expect_finite(values: list[float], cases: list[Case]) -> None:
    """No loss is NaN or infinite.

    Where the +1 of the Dice is missing, losses of small pictures told so before a 0/0 can occur.
    """
    __tracebackhide__ = True
    for value, case in zip(values, cases, strict=True):
        if value != value or abs(value) == float("inf"):
            fail(
                f"{LOSS}: expected a finite number for {given_case(case)}, got {value}. Was a "
                "logarithm taken of a probability that is 0, or of a logit? F.cross_entropy "
                "takes the logits."
            )


def expect_difference(
    function: Handle, first: Case, second: Case, expected: float, tol: float, change: str
) -> None:
    """The loss changes by `expected` from the first input to the second."""
    __tracebackhide__ = True
    cases = [first, second]
    got = losses(function, *cases)
    expect_finite(got, cases)
    if abs(got[1] - got[0] - expected) > tol * max(1, abs(expected)):
        cause = loss_cause(got, cases)
        fail(
            f"{LOSS}: for {given_case(first)}, when {change}, the loss should change by "
            f"{expected:.4f}; it changes by {got[1] - got[0]:.4f}, from {got[0]:.4f} to "
            f"{got[1]:.4f}.{cause}\nSee section 2 of notebook 07.",
            "cause" if cause else "difference",
        )


def expect_dice_difference(function: Handle, case: Case, tol: float) -> None:
    """Car and background swapped: the cross-entropy stays, so only the Dice part moves."""
    __tracebackhide__ = True
    other = swapped(case)
    expect_difference(
        function,
        case,
        other,
        dice_terms(other)[RIGHT] - dice_terms(case)[RIGHT],
        tol,
        "car and background change places",
    )


@check
def segmentation_loss_value(segmentation_loss: Handle) -> str:
    """The sum of both parts for one picture, a scalar."""
    cases = [scene(draw(26, 30), draw(33, 40), 0.3, 0.4), scene(31, draw(24, 28), 0.15, 1.0)]
    for case in map(lifted, cases):
        got, loss = ask_loss(segmentation_loss, case)
        expect_finite([got], [case])
        if isinstance(loss, Tensor) and loss.dim():
            fail(
                f"{LOSS}: expected a scalar, shape (), for {given_case(case)}, got shape "
                f"{shape_of(loss)}."
            )
        expected = float(right_loss(*case))
        if abs(got - expected) > ROUGH:
            cause = loss_cause([got], [case])
            fail(
                f"{LOSS}: expected {expected:.4f} for {given_case(case)}, got {got:.4f}."
                f"{cause}\nSee section 2 of notebook 07.",
                "cause" if cause else "difference",
            )
    return f"{LOSS}: 2 pictures, both parts add up"


@check
def segmentation_loss_cross_entropy(segmentation_loss: Handle) -> str:
    """Sure logits made surer: the probabilities stay 0 and 1, so only the cross-entropy moves."""
    for batch in (1, 2):
        _, target = scene(draw(12, 15), draw(17, 20), 0.3, 0.0, batch)
        wrong = torch.rand(target.shape) < 0.3
        sign = (2 * target - 1) * (1 - 2 * wrong.long())
        moved = torch.randn(batch, 1, *target.shape[1:])  # both logits: a softmax does not see it
        first, second = (
            (torch.stack([-h * sign, h * sign], dim=1).float() + moved, target)
            for h in ((5.0, 6.0) if batch == 1 else (20.0, 24.0))  # 1e-17: no log(p + 1e-8)
        )
        expected = cross_entropies(second)[RIGHT] - cross_entropies(first)[RIGHT]
        expect_difference(
            segmentation_loss,
            first,
            second,
            expected,
            2 * ROUGH,
            "all logits grow by 20 percent and hardly any probability changes",
        )
    return f"{LOSS}: the cross-entropy part is right"


@check
def segmentation_loss_dice(segmentation_loss: Handle) -> str:
    """The Dice part of pictures with many pixels, whatever the cross-entropy."""
    for share, skill in ((0.1, 0.5), (0.25, -0.5), (0.8, 0.3)):
        expect_dice_difference(
            segmentation_loss, scene(draw(26, 30), draw(33, 40), share, skill), ROUGH
        )
    return f"{LOSS}: 3 pictures, the Dice part is right"


@check
def segmentation_loss_per_image(segmentation_loss: Handle) -> str:
    """Pixels that change places between pictures move a batch's loss as they move the Dice mean.

    The cross-entropy stays what it was, so this sees the Dice part, whatever its formula.
    """
    for batch in (3, draw(4, 5)):
        height, width = draw(20, 24), draw(27, 33)
        # in the second batch one picture shows no car
        shares = [0.05 * (batch == 3) + 0.8 * i / batch for i in range(batch)]
        parts = [
            scene(height, width, share, 4.0 * i / batch - 1.5) for i, share in enumerate(shares)
        ]
        logits, target = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
        dealt = torch.rand(target.shape).argsort(0)
        channels = dealt[:, None].expand(-1, 2, -1, -1)
        cases = [(logits, target), (logits.gather(0, channels), target.gather(0, dealt))]
        alone = [pair for x, t in cases for pair in zip(x.split(1), t.split(1), strict=True)]
        values = losses(segmentation_loss, *cases, *alone)
        got, single = values[:2], values[2:]
        expect_finite(values, cases + alone)
        change, expected = got[1] - got[0], (sum(single[batch:]) - sum(single[:batch])) / batch
        # within rounding, as if no picture had a Dice of its own
        right = abs(dice_terms(cases[1])[RIGHT] - dice_terms(cases[0])[RIGHT])
        unmoved = abs(change) < 2e-3 * right
        if unmoved or abs(change - expected) > 0.02 * abs(expected) + 1e-5 * max(1, abs(got[0])):
            singly = (
                ""
                if abs(expected) < 1e-5
                else (f" For the pictures one by one the mean loss changes by {expected:.4f}.")
            )
            cause = loss_cause(got, cases)
            fail(
                f"{LOSS}: for {given_case(cases[0])}, when pixels are exchanged between the "
                f"pictures, the loss changes by {change:.4f}, from {got[0]:.4f} to {got[1]:.4f}."
                f"{singly}{cause}\nSee section 2 of notebook 07.",
                "cause" if singly or cause else "difference",
            )
    return f"{LOSS}: 2 batches, one Dice for each picture"


@check
def segmentation_loss_plus_one(segmentation_loss: Handle) -> str:
    """Few pixels and empty targets, where the +1 shows."""
    for height, width, share in ((2, 3, 0.4), (4, 5, 0.0), (draw(2, 3), draw(4, 5), 0.3)):
        expect_dice_difference(segmentation_loss, scene(height, width, share, 0.3), EXACT)
    logits, target = scene(draw(3, 4), 5, 0.0, 0.0)
    sure = torch.full_like(logits, 200.0)
    sure[:, 1] = -200
    expect_finite(losses(segmentation_loss, (sure, target)), [(sure, target)])
    return f"{LOSS}: 4 small or empty pictures, the +1 in its places"


@check
def segmentation_loss_gradient(segmentation_loss: Handle) -> str:
    """The gradient agrees with how the loss really changes when the logits do."""
    for batch in (1, 2):
        logits, target = scene(draw(9, 12), draw(13, 16), 0.08, 0.2, batch)
        logits = logits + 0.1 * logits.sign()  # no class changes within a step
        given = given_case((logits, target))
        losses(segmentation_loss, (logits, target))
        saw = ask_call(
            LOSS,
            segmentation_loss,
            logits.clone().requires_grad_(),
            target,
            given=given,
            why=slip,
            grads=[0],
            squared=False,
        )
        if isinstance(saw["grads"], dict):  # how the backward pass crashed
            expect_gradient(LOSS, saw["result"], saw["grads"], given)
        (grad,) = saw["grads"]
        if grad is None or not bool(grad.any()):
            fail(
                f"{LOSS}: no gradient reaches the logits for {given}; the result is "
                f"{describe(saw['result'])}. Was it turned into a number (.item(), float()), "
                "NumPy, or detached?"
            )
        way = torch.stack([1 - 2 * target, 2 * target - 1], dim=1).float()  # to the right answer
        step = 1e-3
        up, down = losses(segmentation_loss, *((logits + s * way, target) for s in (step, -step)))
        real, claimed = (up - down) / (2 * step), float((grad * way).sum())
        x = logits.clone().requires_grad_()
        right = float((torch.autograd.grad(right_loss(x, target), x)[0] * way).sum())
        if not abs(real) >= 0.05 * abs(right):
            fail(
                f"{LOSS}: for {given} the loss changes by {real:.3f} a unit towards the right "
                f"answer; it should change by {right:.3f}.",
                "difference",
            )
        if not abs(real - claimed) <= 0.03 * max(abs(real), 0.05):
            fail(
                f"{LOSS}: for {given} the gradient says that the loss changes by {claimed:.3f} a "
                f"unit towards the right answer; really it changes by {real:.3f}. A part of the "
                "loss was detached or turned into a number (.item(), .data, no_grad)."
            )
    return f"{LOSS}: gradients flow through both parts"
