"""Exercise 7.2: one training step, compared with one of PyTorch from the same weights."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.checks.core.calling import CAUSE, ask_call, draw, fail
from helpers.checks.core.comparing import close
from helpers.checks.core.handle import Handle
from helpers.checks.core.rendering import describe, shape_of
from helpers.checks.core.scenes import Case, as_number, is_number, way_of
from helpers.checks.core.standins import independent_of, replaced
from helpers.checks.core.wiring import near
from helpers.checks.segmentation_loss import LOSS, right_loss, slip
from helpers.probes.training import flat, network

STEP = "train_step"
STAND_IN = """
import torch.nn.functional as F

def segmentation_loss(logits, target):
    return 3 * F.cross_entropy(logits, target)
"""
Loss = Callable[[Tensor, Tensor], Tensor]


def stand_in(logits: Tensor, target: Tensor) -> Tensor:
    """The loss of `STAND_IN`: a training step must follow whichever it calls."""
    return 3 * F.cross_entropy(logits, target)


def loss_in_place() -> Loss:
    """The loss that the learner's step should follow."""
    return stand_in if replaced.get() == LOSS else right_loss


@dataclass
class Rig:
    """A tiny network and its optimizer, beside the learner's function and here."""

    function: Handle
    kind: str = "SGD"
    rate: float = 0.1
    start: Tensor = field(default_factory=lambda: flat(network()))
    training: bool = True
    mirrored_in: bool | None = None  # the mode in which the network mirrors its images

    def __post_init__(self) -> None:
        self.model, self.optimizer = self.function.beside(
            "training.rig", self.start, self.kind, self.rate, self.training, self.mirrored_in
        )

    def given(self, batch: Case) -> str:
        """The words for one step."""
        return f"a batch of {shape_of(batch[0])} images and optimizer {self.kind}"

    def step(self, batch: Case) -> tuple[object, dict]:
        """Let the learner's function take one step: what it returns, and what was seen."""
        __tracebackhide__ = True
        saw = ask_call(
            STEP,
            self.function,
            self.model,
            batch,
            self.optimizer,
            given=self.given(batch),
            why=slip,
        )
        if saw["changed"]:
            fail(
                f"{STEP} changed its batch in place. Leave the images and the target as they were."
            )
        seen = self.model.ask("training.seen")
        if seen["weights"].shape != self.start.shape or seen["weights"].dtype != self.start.dtype:
            fail(f"{STEP} changed the model itself; only the optimizer should move its weights.")
        return saw["result"], seen

    def right(
        self,
        batch: Case,
        loss: Loss | None = None,
        start: Tensor | None = None,
        training: bool = True,
    ) -> tuple[Tensor, float]:
        """The weights after one step of PyTorch's optimizer, and the loss before it."""
        model = network(self.start if start is None else start, self.mirrored_in).train(training)
        optimizer = getattr(torch.optim, self.kind)(model.parameters(), lr=self.rate)
        value = (loss or loss_in_place())(model(batch[0]), batch[1])
        value.backward()
        optimizer.step()
        return flat(model), value.item()


def batch_of(count: int, brightness: float = 1) -> Case:
    """Random pictures and targets."""
    images = torch.rand(count, 3, draw(5, 7), draw(8, 11))
    return brightness * images, (images.mean(1) > 0.5).long()


def no_change(events: list[str]) -> str:
    """Why the weights stayed as they were, from the order of the calls."""
    if "backward" not in events:
        return (
            "no gradient was computed: `backward` is missing, or the loss was cut off from the "
            "weights before it (detach, .data, a new tensor)."
        )
    if "step" not in events:
        return "the optimizer never took its step."
    back, step = events.index("backward"), len(events) - 1 - events[::-1].index("step")
    if step < back:
        return "the optimizer stepped before the gradient was there."
    if "zero_grad" in events[back:step]:
        return "the gradient was set to zero between backward and step."
    return "the step had no gradient to use."


@independent_of(LOSS, STAND_IN)
def train_step_updates(train_step: Handle) -> str:
    """One step moves the weights as the gradient of the loss and the optimizer say."""
    loss = loss_in_place()
    # bright images make a gradient so large that clipping it would show
    for kind, rate, count, brightness in (
        ("SGD", 0.1, 2, 1),
        ("Adam", 0.01, 3, 1),
        ("SGD", 0.1, 2, 100),
    ):
        rig, batch = Rig(train_step, kind, rate), batch_of(count, brightness)
        _, seen = rig.step(batch)
        got, events = seen["weights"], seen["events"]

        def apart(loss: Loss, rig=rig, batch=batch, got=got) -> float:
            """How far the weights are from those after a step with this loss."""
            return float((got - rig.right(batch, loss)[0]).abs().max()) / rig.rate

        if apart(loss) < 1e-2:
            continue
        text, story = f"{STEP}: with {rig.given(batch)}", ", ".join(events) or "nothing"
        if torch.equal(got, rig.start):
            fail(
                f"{text} the weights did not change: {no_change(events)} What ran, in order: "
                f"{story}."
            )
        if events.count("step") != 1:
            fail(
                f"{text} expected one step of the optimizer, got {events.count('step')}; what "
                f"ran, in order: {story}."
            )
        causes = {
            "only the cross-entropy was trained on; use segmentation_loss.": F.cross_entropy,
            "the loss was turned round: the weights move uphill.": lambda x, t: -loss(x, t),
            "the loss got probabilities; it takes the logits.": lambda x, t: loss(x.softmax(1), t),
        }
        far = {sentence: apart(wrong) for sentence, wrong in causes.items()}
        nearest = min(far, key=far.__getitem__)
        cause = f" {CAUSE}{nearest}" if far[nearest] < 1e-2 else stretched(rig, batch, got)
        fail(
            f"{text} the weights did not move as the gradient of segmentation_loss says; what "
            f"ran, in order: {story}.{cause}",
            "cause" if cause else "difference",
        )
    return f"{STEP}: SGD and Adam, right steps"


def stretched(rig: Rig, batch: Case, got: Tensor) -> str:
    """The words where the weights took the right way, only too far or not far enough."""
    right, made = rig.right(batch)[0] - rig.start, got - rig.start
    if not float(F.cosine_similarity(right, made, dim=0)) > 0.9999:
        return ""
    times = float(made.norm() / right.norm())
    return (
        f" {CAUSE}the weights took the right way {times:.2g} times as far. Was the loss "
        "multiplied or divided, or the gradient cut off?"
    )


def expect_slope(rig: Rig, batch: Case, before: Tensor, after: Tensor) -> None:
    """The weights moved along the gradient, uphill or downhill, by whatever part of the loss."""
    moves = torch.stack([rig.right(batch, start=before)[0] - before, after - before])
    if not abs(float(F.cosine_similarity(*moves, dim=0))) > 0.4:
        fail(
            f"{STEP}: the weights moved in another way than the gradient of {LOSS} says, so a "
            "second step tells nothing."
        )


@independent_of(LOSS, STAND_IN)
def train_step_zero_grad(train_step: Handle) -> str:
    """The second step forgets the gradient of the first."""
    rig, first, second = Rig(train_step), batch_of(2), batch_of(3)
    _, seen = rig.step(first)
    middle = seen["weights"]
    _, seen = rig.step(second)
    end = seen["weights"]
    if torch.equal(end, rig.start):
        fail(f"{STEP}: after two steps the weights are what they were: {no_change(seen['events'])}")
    alone, _ = rig.right(second, start=middle)
    if not close(end, alone, 1e-6):  # by another loss, say, which has its own test
        expect_slope(rig, first, rig.start, middle)
        _, seen = Rig(train_step, start=middle).step(second)
        alone = seen["weights"]
    if not close(end, alone, 1e-6):
        fail(
            f"{STEP}: the second of two steps still used the gradient of the first: gradients "
            "add up until they are set to zero. See section 3 of notebook 07."
        )
    return f"{STEP}: two steps, the second by its own gradient alone"


@independent_of(LOSS, STAND_IN)
def train_step_returns(train_step: Handle) -> str:
    """The loss before the step, as a Python number without a graph."""
    for count in (1, 3):
        rig, batch = Rig(train_step, rate=0.5), batch_of(count)
        moved, before = rig.right(batch)
        result, _ = rig.step(batch)
        given = rig.given(batch)
        if result is None:
            fail(f"{STEP} returned None for {given}: is the `return` line missing?")
        if isinstance(result, Tensor):
            fail(
                f"{STEP}: expected a Python number for {given}, got {describe(result)}: kept in a "
                "list, it would keep the whole graph of its step in memory."
            )
        got = as_number(result)
        if got is None or not is_number(result):
            fail(
                f"{STEP}: expected a Python number for {given}, got {describe(result)}.",
                "difference",
            )
        if not abs(got - before) <= 2e-5:
            _, after = rig.right(batch, start=moved)
            cause = ""
            if abs(got - after) < 1e-5:
                cause = " That is the loss after the step; return the one that was trained on."
            elif abs(got - before * count) < 1e-4:
                cause = " That is the loss times the number of images."
            of = f" (3 x cross-entropy in place of your {LOSS})" if replaced.get() else ""
            fail(
                f"{STEP}: expected the loss {before:.4f}{of} for {given}, got {got:.4f}.{cause}",
                "cause" if cause else "difference",
            )
    return f"{STEP}: the loss comes back as a number"


@independent_of(LOSS, STAND_IN)
def train_step_mode(train_step: Handle) -> str:
    """The network runs in training mode, whatever mode it was in."""
    for training in (False, True):
        rig, batch = Rig(train_step, training=training, mirrored_in=False), batch_of(draw(2, 3))
        _, seen = rig.step(batch)
        ways = {True: batch[0], False: batch[0].flip(-1)}  # what is shown in training mode or not
        after_entry = network(rig.start)[1:]  # what the model makes of what its first layer gave
        with torch.no_grad():
            pairs = zip(seen["maps"], seen["logits"], strict=True)
            modes = {
                way_of(images, ways)
                for images, logits in pairs
                if near(logits, after_entry(images))
            }
        # the weights tell it where they moved by the right loss
        fits = [
            mode
            for mode in (True, False)
            if close(seen["weights"], rig.right(batch, training=mode)[0], 1e-6)
        ]
        modes |= set(fits[:1])
        if False in modes:
            fail(
                f"{STEP}: the model came in {'training' if training else 'evaluation'} mode and "
                "ran in evaluation mode. Switch it to training mode before you run it."
            )
        if not modes:
            fail(f"{STEP}: the model was not run.")
        if True not in modes:
            fail(f"{STEP}: the model ran on other images than those of its batch.")
    return f"{STEP}: the model runs in training mode"
