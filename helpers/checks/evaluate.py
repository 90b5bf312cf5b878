"""Exercise 7.3: the score of networks whose logits are channels of the pictures they see."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from helpers.checks.core.calling import CAUSE, ask_call, check, draw, fail
from helpers.checks.core.comparing import close
from helpers.checks.core.handle import Handle
from helpers.checks.core.rendering import describe
from helpers.checks.core.scenes import Case, as_number, is_number, lifted, scene, way_of

EVALUATE = "evaluate"
ONE = "the score is 1: was a mask compared with itself, or were pictures counted?"
ZERO = "the score is 0: was the car found, and looked for? It is class 1."
MODES = ("evaluation", "training")
CONDITIONS = [(False, False), (True, False), (False, True), (True, True)]  # training, gradients


def pictures_of(count: int, height: int, width: int, least: float = 0) -> Case:
    """Images whose first channels are logits, and targets; cars and skills differ."""
    parts = [
        lifted(
            scene(
                height, width, 0.08 + 0.8 * float(torch.rand(())), least + 2 * float(torch.rand(()))
            )
        )
        for _ in range(count)
    ]
    logits, target = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return torch.cat([logits, torch.rand(count, 1, height, width)], dim=1), target


def shown(maps: Tensor, training: bool, gradients: bool) -> Tensor:
    """The maps as a turning network shows them: see `helpers.probes.training.echo`."""
    return maps.flip([-1] * training + [-2] * gradients)


def counts(pred: Tensor, target: Tensor) -> tuple[int, int]:
    """Pixels in both masks, pixels in at least one."""
    return int((pred & target).sum()), int((pred | target).sum())


def ratio(pair: tuple[int, ...]) -> float:
    """Intersection over union; 1 where both masks are empty."""
    return pair[0] / pair[1] if pair[1] else 1.0


def mean(values: list[float]) -> float:
    """Their mean."""
    return sum(values) / len(values)


def car_masks(case: Case, *condition: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """Predicted and true car of each picture."""
    for image, truth in zip(*case, strict=True):
        logits = shown(image, *condition) if condition else image
        yield logits[1] > logits[0], truth == 1


def echo(evaluate: Handle, mix: Tensor, training: bool = True, turning: bool = False) -> Handle:
    """A network whose logits are mixed of the channels of its input; if `turning`, as they tell
    how it ran.
    """
    return evaluate.beside("training.echo", training, turning, mix[:2])


def draw_mix() -> Tensor:
    """How channels are mixed; its transpose undoes it."""
    return torch.linalg.qr(torch.randn(3, 3)).Q


def unmixed(cases: list[Case], mix: Tensor) -> list[Case]:
    """Pictures that become these when their channels are mixed."""
    return [(torch.einsum("ji,bjhw->bihw", mix, x), t) for x, t in cases]


def score_of(
    function: Handle, cases: list[Case], given: str, once: bool = False
) -> tuple[float, object]:
    """The learner's score as a number, and as it came."""
    __tracebackhide__ = True
    mix = draw_mix()
    batches = unmixed(cases, mix)
    if once:
        batches = function.beside("training.generator", batches)
    result = ask_call(EVALUATE, function, echo(function, mix), batches, given=given)["result"]
    if result is None:
        fail(f"{EVALUATE} returned None for {given}: is the `return` line missing?")
    if isinstance(result, str):
        fail(f"{EVALUATE}: expected a number for {given}, got the text {result!r}.")
    score = as_number(result)
    if score is None:
        fail(f"{EVALUATE}: expected a number for {given}, got {describe(result)}.", "difference")
    return score, result


def expect_score(got: float, expected: float, given: str, causes: dict[str, Callable]) -> None:
    """Fail unless the scores agree; name the fault that gives just this score."""
    __tracebackhide__ = True
    if abs(got - expected) <= 1e-5:
        return
    cause = next(
        (f" {CAUSE}{sentence}" for sentence, make in causes.items() if abs(make() - got) < 1e-5), ""
    )
    fail(
        f"{EVALUATE}: expected {expected:.4f} for {given}, got {got:.4f}.{cause} See section 4.",
        "cause" if cause else "difference",
    )


@check
def evaluate_car(evaluate: Handle) -> str:
    """One picture: the IoU of the car, by argmax, as a float."""
    for height, width in ((draw(6, 8), draw(9, 12)), (draw(11, 13), 7), (5, 9)):
        case = pictures_of(1, height, width)
        given = f"one picture of {height}x{width} pixels"
        got, result = score_of(evaluate, [case], given)
        ((pred, truth),) = car_masks(case)
        logits = case[0][0, :2]

        def score(mask: Tensor, truth=truth) -> float:
            """The IoU of another mask."""
            return ratio(counts(mask, truth))

        right, background = score(pred), ratio(counts(~pred, ~truth))
        expect_score(
            got,
            right,
            given,
            {
                "that is the background's IoU; the car is class 1.": lambda b=background: b,
                "the background was averaged in; score the car alone.": lambda b=background, i=right: (
                    (b + i) / 2
                ),
                "the car's logit was compared with 0; the larger of both logits wins.": lambda m=logits[1] > 0, s=score: (
                    s(m)
                ),
                "the car's logit was compared with 0.5; the larger of both logits wins.": lambda m=logits[1] > 0.5, s=score: (
                    s(m)
                ),
                "the prediction is turned round: channel 1 is the car.": lambda m=~pred, s=score: s(
                    m
                ),
                "that is the share of right pixels, not IoU.": lambda p=pred, t=truth: float(
                    (p == t).float().mean()
                ),
                "that is Dice, not IoU.": lambda i=right: 2 * i / (1 + i),
                ONE: lambda: 1.0,
                "that is 1 over the score.": lambda i=right: 1 / i if i else 0.0,
                ZERO: lambda: 0.0,
                "the whole target was compared; score the car, class 1.": lambda p=pred, t=truth: (
                    ratio(counts(p, torch.ones_like(t)))
                ),
                "the mean was taken of a percentage.": lambda i=right: 100 * i,
                "everything was predicted to be car: the axis of the argmax is 1.": lambda t=truth, s=score: (
                    s(torch.ones_like(t, dtype=torch.bool))
                ),
            },
        )
        if not is_number(result):
            fail(f"{EVALUATE}: expected a Python number for {given}, got {describe(result)}.")
    return f"{EVALUATE}: 3 pictures, the car's IoU each time"


@check
def evaluate_mean(evaluate: Handle) -> str:
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
    found = [ratio(pair) for batch in pairs for pair in batch if pair[1]]
    causes = {
        "each batch counts alike, however many pictures it has; average over pictures.": lambda: (
            mean([mean(batch) for batch in scores])
        ),
        "the pixels of a batch are pooled; take the IoU of each picture.": lambda: mean(whole),
        "the pixels of a batch are pooled, then weighted by its size; take the IoU of each "
        "picture.": lambda: sum(w * n for w, n in zip(whole, sizes, strict=True)) / sum(sizes),
        "the pixels of all pictures are pooled; take the IoU of each picture.": lambda: ratio(
            tuple(map(sum, zip(*sum(pairs, []), strict=True)))
        ),
        "the scores are summed; divide by the number of pictures.": lambda: sum(every),
        "the sum over pictures was divided by the number of batches.": lambda: (
            sum(every) / len(sizes)
        ),
        "only the first batch counts: is `return` inside the loop?": lambda: mean(scores[0]),
        "only the last batch counts.": lambda: mean(scores[-1]),
        "the first batch is left out.": lambda: mean(sum(scores[1:], [])),
        "the last batch is left out.": lambda: mean(sum(scores[:-1], [])),
        "that is the number of pictures; divide the sum of their scores by it.": lambda: float(
            len(every)
        ),
        "the fraction is upside down: the sum of the scores is divided by their number.": lambda: (
            len(every) / sum(every)
        ),
        "the sum is multiplied by the number of pictures; divide by it.": lambda: (
            len(every) * sum(every)
        ),
        "the sum over all pictures was divided by the size of the last batch.": lambda: (
            sum(every) / sizes[-1]
        ),
        ONE: lambda: 1.0,
        "that is the background's IoU; the car is class 1.": lambda: mean(
            [ratio(counts(~p, ~t)) for case in cases for p, t in car_masks(case)]
        ),
        "the prediction is turned round: channel 1 is the car.": lambda: mean(
            [ratio(counts(~p, t)) for case in cases for p, t in car_masks(case)]
        ),
        "the target is turned round: class 1 is the car.": lambda: mean(
            [ratio(counts(p, ~t)) for case in cases for p, t in car_masks(case)]
        ),
        "only the first picture of each batch counts.": lambda: mean([b[0] for b in scores]),
        "a picture without a car in which none was found scores 1, as `iou` says.": lambda: (
            sum(found) / len(every)
        ),
        "pictures without a car are left out; they score 1 where none was found.": lambda: mean(
            found
        ),
    }
    words = f"batches of {', '.join(map(str, sizes))} pictures"
    for kind, once in (("a list of", False), ("a generator of", True)):
        given = f"{kind} {words}"
        got, _ = score_of(evaluate, cases, given, once)
        nothing = "nothing was scored: a generator gives its batches only once." if once else ZERO
        expect_score(got, mean(every), given, causes | {nothing: lambda: 0.0})
    return f"{EVALUATE}: {len(every)} pictures in unequal batches, each counts once"


def run_turning(
    evaluate: Handle, training: bool, cases: list[Case], given: str, mix: Tensor
) -> tuple[dict, Handle, list]:
    """Let a network be scored that tells how it ran: what `functions.call` reports, the network,
    and the logits of each run.
    """
    __tracebackhide__ = True
    model = echo(evaluate, mix, training, turning=True)
    saw = ask_call(EVALUATE, evaluate, model, unmixed(cases, mix), given=given)
    maps = model.ask("training.seen")["maps"]
    if not maps:
        fail(f"{EVALUATE}: the model was not run for {given}.")
    return saw, model, maps


@check
def evaluate_conditions(evaluate: Handle) -> str:
    """The model runs in evaluation mode and keeps no gradients."""
    for training in (True, False):
        cases = [pictures_of(draw(1, 2), 12, 15, least=1) for _ in range(2)]
        given = f"a model in {MODES[training]} mode"
        saw, _, maps = run_turning(evaluate, training, cases, given, draw_mix())
        images = torch.cat([images for images, _ in cases])
        ran = {way_of(logits, {c: shown(images, *c) for c in CONDITIONS}) for logits in maps}
        # the score tells it where it is a right one
        got = as_number(saw["result"])
        scores = {
            c: mean([ratio(counts(*pair)) for case in cases for pair in car_masks(case, *c)])
            for c in CONDITIONS
        }
        fits = [c for c in CONDITIONS if got is not None and abs(got - scores[c]) < 1e-5]
        ran |= set(fits[:1])
        if any(c and c[0] for c in ran):
            fail(f"{EVALUATE}: {given} ran in training mode while it was scored.")
        if any(c and c[1] for c in ran):
            fail(
                f"{EVALUATE}: gradients were recorded while the model ran: that costs memory "
                "and time, and nothing is trained here. Run it under `torch.no_grad()`."
            )
        if ran == {None}:
            fail(f"{EVALUATE}: the model ran on other images than those of its batches.")
    return f"{EVALUATE}: evaluation mode, no gradients"


@check
def evaluate_restores(evaluate: Handle) -> str:
    """The model, its mode and torch's gradient switch are afterwards what they were."""
    for training in (True, False):
        given = f"a model in {MODES[training]} mode"
        cases, mix = [pictures_of(2, 6, draw(8, 9))], draw_mix()
        saw, model, maps = run_turning(evaluate, training, cases, given, mix)
        if all(
            way_of(logits, {c: shown(cases[0][0], *c) for c in CONDITIONS}) is None
            for logits in maps
        ):
            fail(f"{EVALUATE}: the model ran on other images than those of its batches.")
        images, truth = pictures_of(1, 6, 7)
        ((mixed, _),) = unmixed([(images, truth)], mix)
        after = model.ask("functions.call", [mixed])["result"]
        weights = model.ask("training.seen")["weights"]
        modes = {part["training"] for part in model.ask("modules.parts")}
        gives = [c for c in CONDITIONS if close(after, shown(images[:, :2], *c), 1e-5)]
        if modes != {training} or gives and gives[0][0] != training:
            fail(
                f"{EVALUATE}: {given} came back in {MODES[not training]} mode. Note the mode "
                "first, and put it back at the end."
            )
        if not gives or weights.dtype != torch.float32:
            fail(f"{EVALUATE} changed the model's weights; only look at what they give.")
        if not gives[0][1]:
            fail(f"{EVALUATE} left the model's weights frozen; training could not go on.")
        if not saw["grad_enabled"]:
            fail(
                f"{EVALUATE}: gradients stay switched off for everything that runs afterwards, "
                "so no training step would work. Use a `with` block."
            )
    return f"{EVALUATE}: the model comes back in the mode it had"
