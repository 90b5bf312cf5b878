"""Exercise 1.4: intersection over union."""

import torch
from torch import Tensor

from helpers.checks.core.calling import call, check, draw, fail, refusal
from helpers.checks.core.comparing import fail_for
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.rendering import describe, shape_of
from helpers.checks.core.scenes import as_number
from helpers.probes.wire import Thing


def ask_iou(iou: Handle, pred: Tensor, target: Tensor, given: str) -> float:
    """The learner's IoU as a float."""
    score = call("iou", iou, pred, target, given=given)
    if score is None:
        fail(f"iou returned None for {given}: is the `return` line missing?")
    if isinstance(score, Tensor) and score.numel() != 1:
        fail(
            f"iou: expected one number for {given}, got a tensor of shape {shape_of(score)}.",
            "difference",
        )
    if isinstance(score, str):
        fail(f"iou: expected a number for {given}, got the text {score!r}.")
    value = as_number(score)
    if value is None:
        fail(f"iou: expected a number for {given}, got {describe(score)}.", "difference")
    return value


def count_iou(pred: Tensor, target: Tensor) -> tuple[int, int]:
    """Pixels in both and pixels in either, one by one."""
    pairs = list(zip(pred.flatten().tolist(), target.flatten().tolist(), strict=True))
    return sum(p and t for p, t in pairs), sum(p or t for p, t in pairs)


def other_scores(pred: Tensor, target: Tensor) -> dict[str, float]:
    """What is easily taken for IoU, by the sentence that names it."""
    both, either = count_iou(pred, target)
    behind, front = count_iou(~pred, ~target)
    return {
        "that is the share of equal pixels, the accuracy.": float((pred == target).float().mean()),
        "that is Dice: 2 x both over the sum of the sizes.": 2 * both / (both + either),
        "that counts the background.": behind / front,
        "that is the mean of foreground and background.": (both / either + behind / front) / 2,
        "that is precision: both over what was predicted.": both / int(pred.sum()),
        "that is recall: both over what is true.": both / int(target.sum()),
        "that is both over all pixels.": both / pred.numel(),
        "that is the number of pixels in both; divide by those in either.": float(both),
        "that is the number of pixels in either; it stands below the line.": float(either),
        "that is the number in both times the number in either; divide.": float(both * either),
        "that is both over the pixels in one mask only; below the line stand those in either.": both
        / int((pred ^ target).sum()),
        "it is 1, as for a mask that is compared with itself.": 1.0,
        "the prediction alone was counted above the line; both masks are asked for.": int(
            pred.sum()
        )
        / either,
        "the target alone was counted above the line; both masks are asked for.": int(target.sum())
        / either,
        "that is 1 over the number of pixels in either.": 1 / either,
        "that is both over the sum of the two sizes.": both / (both + either),
        "that is either over both, upside down.": either / both,
        "that is the mean of each picture's IoU; count the pixels of all pictures together.": picture_mean(
            pred, target
        ),
        "always 0; is the fraction cut to a whole number, as by // or int()?": both // either,
    }


def picture_mean(pred: Tensor, target: Tensor) -> float:
    """The mean of the IoU of each picture; a mask of two axes is one picture."""
    size = pred.shape[-2:]
    pairs = zip(pred.reshape(-1, *size), target.reshape(-1, *size), strict=True)
    counts = [count_iou(p, t) for p, t in pairs]
    return sum(both / either for both, either in counts) / len(counts)


def mask_pairs() -> list[Tensor]:
    """Pairs of random masks. In the batch, the first picture's pixels weigh more in a mean."""
    shapes = [(5, 8), (draw(2, 3), 4, 6), (9, 4), (70, 900)]
    pairs = [torch.rand(2, *shape) < 0.45 for shape in shapes]
    pred, target = pairs[1]
    pred[0], target[0] = False, False
    pred[0, 0, :2], target[0, 0, :2] = True, True  # a union of 2 pixels, an IoU of 1
    pred[1:, :2], target[1:, :2] = True, False  # a union of 12 or more, an IoU of at most 1/2
    return pairs


@check
def iou_values(iou: Handle) -> str:
    """Pixels in both masks over pixels in either."""
    cases = mask_pairs()
    scores = [ask_iou(iou, p, t, f"two {shape_of(p)} masks") for p, t in cases]
    for (pred, target), score in zip(cases, scores, strict=True):
        both, either = count_iou(pred, target)
        if same(score, both / either):
            continue
        faults = [other_scores(p, t) for p, t in cases]
        fits = (
            name
            for name in faults[0]
            if all(same(f[name], s) for f, s in zip(faults, scores, strict=True))
        )
        fail_for(
            f"iou: expected {both} / {either} = {both / either:.4f} for two {shape_of(pred)} "
            f"masks, got {score:.4f}",
            next(fits, ""),
        )
    return f"iou: right for {len(cases)} pairs of masks"


def same(score: float, expected: float) -> bool:
    """Whether two scores are equal up to rounding; nan equals none."""
    return abs(score - expected) <= 1e-4


@check
def iou_edges(iou: Handle) -> str:
    """No overlap gives 0, one empty mask gives 0, equal masks give 1."""
    target = torch.zeros(4, draw(5, 7), dtype=torch.bool)
    target[1:3, :2] = True
    other = torch.zeros_like(target)
    other[:, 3:] = True
    nothing = torch.zeros_like(target)
    for pred, true, expected, given in [
        (other, target, 0.0, "two masks that do not overlap"),
        (nothing, target, 0.0, "an empty prediction"),
        (target, nothing, 0.0, "an empty target"),
        (target, target, 1.0, "equal masks"),
    ]:
        score = ask_iou(iou, pred, true, given)
        if not same(score, expected):
            both, either = count_iou(pred, true)
            values = {
                "the answer is 1.0 only where both masks are empty, not one of them.": 1.0,
                "that is the number of pixels in either.": float(either),
                "that is the number of pixels in both.": float(both),
                "nothing was divided by nothing; below the line stand the pixels in either.": float(
                    "nan"
                ),
                "the fraction is upside down.": either / both if both else float("inf"),
            }
            cause = next(
                (
                    says
                    for says, value in values.items()
                    if same(score, value) or score != score != value or score == value
                ),
                "",
            )
            fail_for(f"iou: expected {expected} for {given}, got {score:g}", cause)
    return "iou: right for disjoint, empty and equal masks"


@check
def iou_empty(iou: Handle) -> str:
    """Both masks empty: nothing to find and nothing found, 1.0."""
    for shape in [(4, 5), (2, 3, draw(3, 6))]:
        nothing = torch.zeros(shape, dtype=torch.bool)
        score = ask_iou(iou, nothing, nothing, f"two empty {shape} masks")
        if score != 1.0:
            text = (
                "0 / 0 is not a number; look at the union first"
                if score != score
                else ("nothing was to be found and nothing was found")
            )
            fail(f"iou: expected 1.0 for two empty masks, got {score:g}: {text}.")
    return "iou: 1.0 for two empty masks"


@check
def iou_shapes(iou: Handle) -> str:
    """Masks of unequal shapes are refused by a ValueError, not stretched over each other."""
    w = draw(4, 6)
    pairs = [
        ((3, 4, w), (1, 4, w)),
        ((4, w), (3, 4, w)),
        ((4, w), (4, 1)),
        ((2, 4, w), (2, 4, 1)),
        ((3, 3), (3, 3, 3)),
        ((4, 1), (1, 4)),
        ((2, 6), (3, 4)),
    ]
    pairs.insert(draw(0, len(pairs)), ((3, w), (3, w)))  # equal: what refuses these knows no shapes
    shares = [0.5] * len(pairs) + [0.0] * 2  # the last ones are empty
    for (first, second), share in zip([*pairs, *pairs[:2]], shares, strict=True):
        given = f"{'masks' if share else 'empty masks'} of shapes {first} and {second}"
        try:
            score = call(
                "iou", iou, torch.rand(first) < share, torch.rand(second) < share, given=given
            )
        except AssertionError as error:
            crash = error.__cause__
            if not isinstance(crash, Crash):  # no function, or it changed a mask
                raise
            if crash.is_a("ValueError") and first == second:
                fail(
                    f"iou: {given} raised ValueError: {crash}\nThey are equal; raise it only "
                    "where the shapes differ."
                )
            if crash.is_a("ValueError") or first == second:
                continue
            words = f"{crash.kind}: {crash}".removesuffix(": ")
            raise refusal(
                f"iou: {given} raised {words}\nThe task asks for a ValueError. "
                "Look at the shapes first.",
                "cause",
            ) from crash
        if first == second:
            continue
        if isinstance(score, Thing) and score.is_a("BaseException"):
            fail(f"iou: for {given} the error was returned; `raise` it.")
        fail(
            f"iou: {given} gave {describe(score)}; expected a ValueError. Look at the shapes "
            "first: PyTorch may stretch one over the other without a word."
        )
    return "iou: masks of unequal shapes are refused"
