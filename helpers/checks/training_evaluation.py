"""Checks of notebook 07's evaluation: pictures that hold the logits a network is to give."""

from collections.abc import Callable, Iterator
from numbers import Real

import torch
from torch import Tensor, nn

from helpers.checks.core import call, check, describe, draw, fail
from helpers.checks.training_inputs import Case, Probe, lifted, scene

EVALUATE = "evaluate"


class Echo(nn.Module):
    """A network whose logits are the first two channels of its input."""

    def __init__(self) -> None:
        super().__init__()
        self.probe = Probe([])
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Shape: (B, 3, H, W) -> (B, 2, H, W)."""
        logits = self.scale * self.probe(x)[:, :2]
        self.probe.grads.append(logits.requires_grad)
        return logits


def pictures_of(count: int, height: int, width: int) -> Case:
    """Images that Echo turns into logits, and targets; cars and skills differ from each other."""
    shares = [0.08 + 0.8 * float(torch.rand(())) for _ in range(count)]
    parts = [lifted(scene(height, width, share, 2 * float(torch.rand(())))) for share in shares]
    logits, target = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return torch.cat([logits, torch.rand(count, 1, height, width)], dim=1), target


def counts(pred: Tensor, target: Tensor) -> tuple[int, int]:
    """Pixels in both masks, pixels in at least one."""
    pairs = list(zip(pred.flatten().tolist(), target.flatten().tolist(), strict=True))
    return sum(p and g for p, g in pairs), sum(p or g for p, g in pairs)


def ratio(pair: tuple[int, int]) -> float:
    """Intersection over union; 1 where both masks are empty."""
    return pair[0] / pair[1] if pair[1] else 1.0


def mean(values: list[float]) -> float:
    """Their mean."""
    return sum(values) / len(values)


def car_masks(case: Case) -> Iterator[tuple[Tensor, Tensor]]:
    """Predicted and true car of each picture."""
    images, target = case
    for image, truth in zip(images, target, strict=True):
        yield image[1] > image[0], truth == 1


def run_evaluate(function: Callable, model: nn.Module, batches: object, given: str) -> float:
    """The learner's score as a number; gradients are as switched on as before."""
    __tracebackhide__ = True
    with torch.set_grad_enabled(torch.is_grad_enabled()):
        score = call(EVALUATE, function, model, batches, given=given)
    if score is None:
        fail(f"{EVALUATE} returned None for {given}: is the `return` line missing?")
    if isinstance(score, str):
        fail(f"{EVALUATE}: expected a number for {given}, got the text {score!r}.")
    try:
        return float(score)
    except (TypeError, ValueError):
        fail(f"{EVALUATE}: expected a number for {given}, got {describe(score)}.")


def differs(got: float, expected: float, given: str, causes: dict[str, Callable]) -> None:
    """Fail unless the scores agree; name the fault that gives just this score."""
    __tracebackhide__ = True
    if abs(got - expected) <= 1e-5:
        return
    cause = next((f" Likely cause: {sentence}" for sentence, make in causes.items()
                  if abs(make() - got) < 1e-5), "")
    fail(f"{EVALUATE}: expected {expected:.4f} for {given}, got {got:.4f}.{cause} See section 4.")


@check
def evaluate_car(evaluate: Callable) -> str:
    """One picture: the IoU of the car, by argmax, as a float."""
    for height, width in ((draw(6, 8), draw(9, 12)), (draw(11, 13), 7), (5, 9)):
        case = pictures_of(1, height, width)
        given = f"one picture of {height}x{width} pixels"
        got = run_evaluate(evaluate, Echo(), [case], given)
        (pred, truth), = car_masks(case)
        both, either = counts(pred, truth)
        logits = case[0][0, :2]

        def score(mask: Tensor, truth=truth) -> float:
            """The IoU of another mask."""
            return ratio(counts(mask, truth))

        background = ratio(counts(~pred, ~truth))
        differs(got, both / either, given, {
            "that is the background's IoU; the car is class 1.": lambda b=background: b,
            "the background was averaged in; score the car alone.":
                lambda b=background, i=both / either: (b + i) / 2,
            "the car's logit was compared with 0; the larger of both logits wins.":
                lambda m=logits[1] > 0, s=score: s(m),
            "the car's logit was compared with 0.5; the larger of both logits wins.":
                lambda m=logits[1] > 0.5, s=score: s(m),
            "the prediction is turned round: channel 1 is the car.": lambda m=~pred, s=score: s(m),
            "that is the share of right pixels, not IoU.":
                lambda p=pred, t=truth: float((p == t).float().mean()),
            "that is Dice, not IoU.": lambda i=both, u=either: 2 * i / (u + i),
            "the mean was taken of a percentage.": lambda i=both / either: 100 * i,
            "everything was predicted to be car: the axis of the argmax is 1.":
                lambda t=truth, s=score: s(torch.ones_like(t)),
        })
        with torch.enable_grad():
            score = evaluate(Echo(), [case])
        if isinstance(score, Tensor) or not isinstance(score, Real):
            fail(f"{EVALUATE}: expected a Python number for {given}, got {describe(score)}.")
    return f"{EVALUATE}: 3 pictures, the car's IoU each time"


@check
def evaluate_mean(evaluate: Callable) -> str:
    """Every picture counts once, in lists of unequal batches and in generators."""
    sizes = (draw(3, 4), 1, 2)
    cases = [pictures_of(count, 6 + 2 * i, draw(8, 10)) for i, count in enumerate(sizes)]
    for images, target in (cases[0], cases[-1]):  # two pictures with no car and none predicted
        images[1, 1] = images[1, 0] - 1
        target[1] = 0
    pairs = [[counts(p, t) for p, t in car_masks(case)] for case in cases]
    scores = [[ratio(pair) for pair in batch] for batch in pairs]
    every = [score for batch in scores for score in batch]
    whole = [ratio(tuple(map(sum, zip(*batch, strict=True)))) for batch in pairs]

    def all_pixels() -> float:
        return ratio(tuple(map(sum, zip(*[p for batch in pairs for p in batch], strict=True))))

    found = [s for batch, many in zip(scores, pairs, strict=True)
             for s, (_, either) in zip(batch, many, strict=True) if either]
    causes = {
        "each batch counts alike, however many pictures it has; average over pictures.":
            lambda: mean([mean(batch) for batch in scores]),
        "the pixels of a batch are pooled; take the IoU of each picture.": lambda: mean(whole),
        "the pixels of a batch are pooled, then weighted by its size; take the IoU of each "
        "picture.": lambda: sum(w * n for w, n in zip(whole, sizes, strict=True)) / sum(sizes),
        "the pixels of all pictures are pooled; take the IoU of each picture.": all_pixels,
        "the scores are summed; divide by the number of pictures.": lambda: sum(every),
        "the sum over pictures was divided by the number of batches.":
            lambda: sum(every) / len(sizes),
        "only the first batch counts: is `return` inside the loop?": lambda: mean(scores[0]),
        "only the last batch counts.": lambda: mean(scores[-1]),
        "nothing was scored: a generator gives its batches only once.": lambda: 0.0,
        "only the first picture of each batch counts.": lambda: mean([b[0] for b in scores]),
        "a picture without a car in which none was found scores 1, as `iou` says.":
            lambda: sum(found) / len(every),
        "pictures without a car are left out; they score 1 where none was found.":
            lambda: mean(found),
    }
    words = f"batches of {', '.join(map(str, sizes))} pictures"
    for kind, make in (("a list of", list), ("a generator of", iter)):
        given = f"{kind} {words}"
        got = run_evaluate(evaluate, Echo(), make(cases), given)
        differs(got, mean(every), given, causes)
    return f"{EVALUATE}: {len(every)} pictures in unequal batches, each counts once"


@check
def evaluate_conditions(evaluate: Callable) -> str:
    """The model runs in evaluation mode and keeps no gradients."""
    for training in (True, False):
        model = Echo().train(training)
        cases = [pictures_of(draw(1, 2), 6, 9) for _ in range(2)]
        given = f"a model in {'training' if training else 'evaluation'} mode"
        with torch.enable_grad():
            call(EVALUATE, evaluate, model, cases, given=given)
        if not model.probe.modes:
            fail(f"{EVALUATE}: the model was not run for {given}.")
        if any(model.probe.modes):
            fail(f"{EVALUATE}: {given} ran in training mode while it was scored.")
        if any(model.probe.grads):
            fail(f"{EVALUATE}: gradients were recorded while the model ran: that costs memory "
                 "and time, and nothing is trained here. Run it under `torch.no_grad()`.")
    return f"{EVALUATE}: evaluation mode, no gradients"


@check
def evaluate_restores(evaluate: Callable) -> str:
    """The model, its mode and torch's gradient switch are afterwards what they were."""
    for training in (True, False):
        model = Echo().train(training)
        names = ["evaluation", "training"]
        given = f"a model in {names[training]} mode"
        with torch.enable_grad():
            call(EVALUATE, evaluate, model, [pictures_of(2, 6, draw(8, 9))], given=given)
            switched_on = torch.is_grad_enabled()
        modes = {module.training for module in model.modules()}
        if modes != {training}:
            fail(f"{EVALUATE}: {given} came back in {names[not training]} mode. Note the mode "
                 "first, and put it back at the end.")
        if model.scale.dtype != torch.float32 or float(model.scale.detach()) != 1:
            fail(f"{EVALUATE} changed the model's weights; only look at what they give.")
        if not model.scale.requires_grad:
            fail(f"{EVALUATE} left the model's weights frozen; training could not go on.")
        if not switched_on:
            fail(f"{EVALUATE}: gradients stay switched off for everything that runs afterwards, "
                 "so no training step would work. Use a `with` block.")
    return f"{EVALUATE}: the model comes back in the mode it had"
