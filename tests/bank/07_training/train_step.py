"""Answers to `train_step`; `segmentation_loss` is the solution's."""
# ruff: noqa: B905  (learners zip without `strict`)

import torch
import torch.nn.functional as F

from tests.bank import right, wrong

UPDATES, ZERO, RETURNS, MODE = (
    f"train_step_{name}" for name in ("updates", "zero_grad", "returns", "mode")
)


def segmentation_loss(logits, target):
    """Stands here for the notebook's own, so that the file reads alone."""


@wrong("no zero_grad", fails={ZERO: "still used the gradient of the first"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong(
    "step before backward",
    fails={
        UPDATES: "the optimizer stepped before the gradient was there",
        ZERO: "the optimizer stepped before the gradient was there",
    },
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    optimizer.zero_grad()
    optimizer.step()
    loss.backward()
    return loss.item()


@wrong(
    "no step",
    fails={UPDATES: "the optimizer never took its step", ZERO: "the optimizer never took its step"},
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


@wrong("no backward", fails={UPDATES: "`backward` is missing", ZERO: "`backward` is missing"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@wrong(
    "zero_grad between backward and step",
    fails={
        UPDATES: "set to zero between backward and step",
        ZERO: "set to zero between backward and step",
    },
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


@wrong("a tensor with its graph comes back", fails={RETURNS: "expected a Python number"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


@wrong("a detached tensor comes back", fails={RETURNS: "expected a Python number"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()


@wrong(
    "trained on the cross-entropy alone",
    fails={UPDATES: "only the cross-entropy was trained on", RETURNS: "expected the loss"},
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = F.cross_entropy(model(images), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("the training mode is never set", fails={MODE: "ran in evaluation mode"})
def train_step(model, batch, optimizer):
    images, target = batch
    optimizer.zero_grad()
    loss = segmentation_loss(model(images), target)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("the model runs in evaluation mode", fails={MODE: "ran in evaluation mode"})
def train_step(model, batch, optimizer):
    model.eval()
    images, target = batch
    optimizer.zero_grad()
    loss = segmentation_loss(model(images), target)
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("training mode only after the forward pass", fails={MODE: "ran in evaluation mode"})
def train_step(model, batch, optimizer):
    images, target = batch
    loss = segmentation_loss(model(images), target)
    model.train()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("the loss after the step comes back", fails={RETURNS: "the loss after the step"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    optimizer.zero_grad()
    segmentation_loss(model(images), target).backward()
    optimizer.step()
    with torch.no_grad():
        return segmentation_loss(model(images), target).item()


@wrong("no return line", fails={RETURNS: "returned None"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    optimizer.zero_grad()
    segmentation_loss(model(images), target).backward()
    optimizer.step()


@wrong(
    "an optimizer of its own instead of the one given",
    fails={UPDATES: "expected one step of the optimizer, got 0"},
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    mine = torch.optim.SGD(model.parameters(), lr=0.01)
    loss = segmentation_loss(model(images), target)
    mine.zero_grad()
    loss.backward()
    mine.step()
    return loss.item()


@wrong("two steps", fails={UPDATES: "expected one step of the optimizer, got 2"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    optimizer.zero_grad()
    loss = segmentation_loss(model(images), target)
    loss.backward()
    optimizer.step()
    optimizer.step()
    return loss.item()


@wrong(
    "one step for each picture of the batch",
    fails={UPDATES: "expected one step of the optimizer, got 2", RETURNS: "expected the loss"},
)
def train_step(model, batch, optimizer):
    model.train()
    total = 0.0
    for image, target in zip(*batch):
        optimizer.zero_grad()
        loss = segmentation_loss(model(image[None]), target[None])
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(batch[0])


@wrong(
    "probabilities given to the loss",
    fails={UPDATES: "the loss got probabilities", RETURNS: "expected the loss"},
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images).softmax(1), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong(
    "images scaled to [0, 1] twice",
    fails={UPDATES: "did not move as the gradient", RETURNS: "expected the loss"},
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images / 255), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong(
    "forward without gradients",
    fails=dict.fromkeys((UPDATES, ZERO, RETURNS, MODE), "no gradient leads back from here"),
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    with torch.no_grad():
        logits = model(images)
    loss = segmentation_loss(logits, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong(
    "the target given to the loss first",
    fails=dict.fromkeys((UPDATES, ZERO, RETURNS, MODE), "the logits come first"),
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(target, model(images))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong(
    "the batch not unpacked",
    fails=dict.fromkeys((UPDATES, ZERO, RETURNS, MODE), "was given a tuple. A batch is a pair"),
)
def train_step(model, batch, optimizer):
    model.train()
    loss = segmentation_loss(model(batch), batch[1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong(
    "the loss multiplied by the number of images",
    fails={UPDATES: "did not move as the gradient", RETURNS: "times the number of images"},
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target) * len(images)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@wrong("text comes back", fails={RETURNS: "expected a Python number"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return f"{loss.item():.4f}"


@right("zero_grad first, names otherwise")
def train_step(net, pair, opt):
    opt.zero_grad(set_to_none=False)
    net = net.train()
    value = segmentation_loss(net(pair[0]), pair[1])
    value.backward()
    opt.step()
    return float(value)


@right("zero_grad last, for the next step")
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach().numpy().astype(float).item()


@right("gradients of the model set to zero instead of the optimizer's")
def train_step(model, batch, optimizer):
    model.train(True)
    model.zero_grad()
    loss = segmentation_loss(model.forward(batch[0]), batch[1])
    loss.backward()
    optimizer.step()
    return loss.tolist()


@right("a closure for the optimizer")
def train_step(model, batch, optimizer):
    model.train()

    def closure():
        optimizer.zero_grad()
        loss = segmentation_loss(model(batch[0]), batch[1])
        loss.backward()
        return loss

    return optimizer.step(closure).item()


@right("gradients set by hand")
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = segmentation_loss(model(images), target)
    params = list(model.parameters())
    for p, grad in zip(params, torch.autograd.grad(loss, params)):
        p.grad = grad
    optimizer.step()
    return loss.item()


@right("gradients switched on for sure, a NumPy number comes back")
def train_step(model, batch, optimizer):
    with torch.enable_grad():
        model.train()
        for p in model.parameters():
            p.grad = None
        loss = segmentation_loss(model(batch[0]), batch[1])
        loss.backward()
    optimizer.step()
    return loss.detach().numpy()[()]


@wrong("the gradient is clipped", fails={"train_step_updates": "did not move as the gradient"})
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    optimizer.zero_grad()
    loss = segmentation_loss(model(images), target)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


@wrong(
    "another loss in place of segmentation_loss",
    fails={UPDATES: "did not move as the gradient", RETURNS: "expected the loss"},
)
def train_step(model, batch, optimizer):
    images, target = batch
    model.train()
    loss = 2 * F.cross_entropy(model(images), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
