"""Checks of notebook 07's training step: an optimizer notes what is done, in which order."""

from collections.abc import Callable
from numbers import Real

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.checks.core import call, check, describe, draw, fail, shape_of
from helpers.checks.standins import independent_of
from helpers.checks.training_inputs import Probe, slip

STEP = "train_step"


class Rig:
    """A tiny network with an optimizer that notes its calls; `events` tells their order."""

    def __init__(self, kind: type = torch.optim.SGD, rate: float = 0.1) -> None:
        self.events: list[str] = []
        self.probe = Probe(self.events)
        self.model = nn.Sequential(
            self.probe, nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1)
        )
        events = self.events

        class Noting(kind):
            """The optimizer, noting its calls."""

            def step(self, *args: object, **options: object) -> object:
                """Note the call and go on."""
                events.append("step")
                return super().step(*args, **options)

            def zero_grad(self, *args: object, **options: object) -> None:
                """Note the call and go on."""
                events.append("zero_grad")
                super().zero_grad(*args, **options)

        self.optimizer = Noting(self.model.parameters(), lr=rate)
        self.rate = rate
        self.model[3].bias.register_hook(lambda grad: self.events.append("backward"))

    def weights(self) -> Tensor:
        """All weights in one row."""
        return torch.cat([p.detach().flatten() for p in self.model.parameters()])

    def load(self, weights: Tensor) -> None:
        """Put weights back as they were."""
        nn.utils.vector_to_parameters(weights.clone(), self.model.parameters())

    def gradient(self, loss: Callable, batch: tuple) -> tuple[Tensor, float]:
        """Gradient and value of a loss, in one row, without touching `.grad`."""
        images, target = batch
        value = loss(self.model(images), target)
        grads = torch.autograd.grad(value, list(self.model.parameters()))
        self.events.clear()
        return torch.cat([g.flatten() for g in grads]), float(value)

    def story(self) -> str:
        """What ran, in order."""
        return "what ran, in order: " + (", ".join(self.events) or "nothing") + "."


def other_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Some loss: a training step must follow whichever it calls."""
    return 2 * F.cross_entropy(logits, target)


def batch_of(count: int) -> tuple[Tensor, Tensor]:
    """Random pictures and targets."""
    images = torch.rand(count, 3, draw(5, 7), draw(8, 11))
    return images, (images.mean(1) > 0.5).long()


def given_batch(batch: tuple, rig: Rig) -> str:
    """The words for one step."""
    name = type(rig.optimizer).__mro__[1].__name__
    return f"a batch of {shape_of(batch[0])} images and optimizer {name}"


def run_step(function: Callable, rig: Rig, batch: tuple) -> object:
    """Let the learner's function take one step; its batch must stay as it was."""
    __tracebackhide__ = True
    before = [t.clone() for t in batch]
    given = given_batch(batch, rig)
    result = call(STEP, function, rig.model, batch, rig.optimizer, given=given, why=slip)
    if not all(torch.equal(a, b) for a, b in zip(before, batch, strict=True)):
        fail(f"{STEP} changed its batch in place. Leave the images and the target as they were.")
    return result


def no_change(rig: Rig) -> str:
    """Why the weights stayed as they were, from the order of the calls."""
    events = rig.events
    if "backward" not in events:
        return ("no gradient was computed: `backward` is missing, or the loss was cut off from the "
                "weights before it (detach, .data, a new tensor).")
    if "step" not in events:
        return "the optimizer never took its step."
    back, step = events.index("backward"), len(events) - 1 - events[::-1].index("step")
    if step < back:
        return "the optimizer stepped before the gradient was there."
    if "zero_grad" in events[back:step]:
        return "the gradient was set to zero between backward and step."
    return "the step had no gradient to use."


@independent_of("segmentation_loss", other_loss)
@check
def train_step_updates(train_step: Callable, segmentation_loss: Callable) -> str:
    """One step moves the weights as the gradient of the loss and the optimizer say."""
    sgd, adam = torch.optim.SGD, torch.optim.Adam
    # bright images make a gradient so large that clipping it would show
    for kind, rate, count, scale in ((sgd, 0.1, 2, 1), (adam, 0.01, 3, 1), (sgd, 0.1, 2, 100)):
        rig, batch = Rig(kind, rate), batch_of(count)
        batch = scale * batch[0], batch[1]
        start = rig.weights()

        def moved(loss: Callable, rig=rig, batch=batch, start=start, kind=kind) -> Tensor:
            """The weights after one step, by the optimizer's formula."""
            now = rig.weights()
            rig.load(start)
            grad, _ = rig.gradient(loss, batch)
            rig.load(now)
            # the first step of Adam goes by the sign of the gradient (Kingma and Ba, 2015)
            way = grad if kind is torch.optim.SGD else grad / (grad.abs() + 1e-8)
            return start - rig.rate * way

        expected = moved(segmentation_loss)
        run_step(train_step, rig, batch)
        story, got = rig.story(), rig.weights()
        if torch.allclose(got, expected, atol=rate * 1e-2):
            continue
        text = f"{STEP}: with {given_batch(batch, rig)}"
        if torch.equal(got, start):
            fail(f"{text} the weights did not change: {no_change(rig)} {story[0].upper()}"
                 f"{story[1:]}")
        if rig.events.count("step") != 1:
            fail(f"{text} expected one step of the optimizer, got {rig.events.count('step')}; "
                 f"{story}")
        causes = {
            "only the cross-entropy was trained on; use segmentation_loss.": F.cross_entropy,
            "the loss was turned round: the weights move uphill.":
                lambda x, t: -segmentation_loss(x, t),
            "the loss got probabilities; it takes the logits.":
                lambda x, t: segmentation_loss(x.softmax(1), t),
        }
        apart = {sentence: float((got - moved(loss)).abs().max())
                 for sentence, loss in causes.items()}
        nearest = min(apart, key=apart.get)
        cause = f" Likely cause: {nearest}" if apart[nearest] < rate * 1e-2 else ""
        fail(f"{text} the weights did not move as the gradient of segmentation_loss says; {story}"
             f"{cause}")
    return f"{STEP}: SGD and Adam, right steps"


@independent_of("segmentation_loss", other_loss)
@check
def train_step_zero_grad(train_step: Callable) -> str:
    """The second step forgets the gradient of the first."""
    rig, batches = Rig(), [batch_of(2), batch_of(3)]
    start, ends = rig.weights(), []
    for clean in (False, True):
        rig.load(start)
        rig.model.zero_grad()
        for batch in batches:
            if clean:
                rig.model.zero_grad()
            rig.events.clear()
            run_step(train_step, rig, batch)
        ends.append(rig.weights())
    if torch.equal(ends[0], start):
        fail(f"{STEP}: after two steps the weights are what they were: {no_change(rig)}")
    if not torch.allclose(*ends, atol=1e-6):
        fail(f"{STEP}: the second of two steps still used the gradient of the first: gradients "
             "add up until they are set to zero. See section 3.")
    return f"{STEP}: two steps, the second by its own gradient alone"


@independent_of("segmentation_loss", other_loss)
@check
def train_step_returns(train_step: Callable, segmentation_loss: Callable) -> str:
    """The loss before the step, as a Python number without a graph."""
    for count in (1, 3):
        rig, batch = Rig(rate=0.5), batch_of(count)
        _, before = rig.gradient(segmentation_loss, batch)
        got = run_step(train_step, rig, batch)
        given = given_batch(batch, rig)
        if got is None:
            fail(f"{STEP} returned None for {given}: is the `return` line missing?")
        if isinstance(got, Tensor):
            fail(f"{STEP}: expected a Python number for {given}, got {describe(got)}: kept in a "
                 "list, it would keep the whole graph of its step in memory.")
        if isinstance(got, bool) or not isinstance(got, Real):
            fail(f"{STEP}: expected a Python number for {given}, got {describe(got)}.")
        if abs(got - before) > 2e-5:
            _, after = rig.gradient(segmentation_loss, batch)
            cause = ""
            if abs(got - after) < 1e-5:
                cause = " That is the loss after the step; return the one that was trained on."
            elif abs(got - before * count) < 1e-4:
                cause = " That is the loss times the number of images."
            fail(f"{STEP}: expected the loss {before:.4f} for {given}, got {got:.4f}.{cause}")
    return f"{STEP}: the loss comes back as a number"


@independent_of("segmentation_loss", other_loss)
@check
def train_step_mode(train_step: Callable) -> str:
    """The network runs in training mode, whatever mode it was in."""
    for training in (False, True):
        rig = Rig()
        rig.model.train(training)
        run_step(train_step, rig, batch_of(draw(2, 3)))
        if not rig.probe.modes:
            fail(f"{STEP}: the model was not run.")
        if not all(rig.probe.modes):
            fail(f"{STEP}: the model came in {'training' if training else 'evaluation'} mode and "
                 "ran in evaluation mode. Switch it to training mode before you run it.")
    return f"{STEP}: the model runs in training mode"
