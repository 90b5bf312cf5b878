"""Answers to `evaluate`; `iou` is the given one."""
# ruff: noqa: B905  (learners zip without `strict`)

import copy

import torch

from tests.bank import right, wrong

CAR, MEAN, CONDITIONS, RESTORES = (
    f"evaluate_{name}" for name in ("car", "mean", "conditions", "restores")
)


def iou(pred, target):
    """Stands here for the notebook's own, so that the file reads alone."""


@wrong("the pixels of a batch pooled", fails={MEAN: "the pixels of a batch are pooled"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores.append(iou(pred == 1, target == 1))
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("the mean of the batches' means", fails={MEAN: "each batch counts alike"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    means = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores = [iou(p == 1, t == 1) for p, t in zip(pred, target)]
            means.append(sum(scores) / len(scores))
    model.train(mode)
    return sum(means) / len(means)


@wrong("the pixels of everything pooled", fails={MEAN: "the pixels of all pictures are pooled"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    both = either = 0
    with torch.no_grad():
        for images, target in batches:
            pred, truth = model(images).argmax(1) == 1, target == 1
            both += (pred & truth).sum().item()
            either += (pred | truth).sum().item()
    model.train(mode)
    return both / either


@wrong(
    "the sum divided by the number of batches",
    fails={MEAN: "divided by the number of batches"},
)
def evaluate(model, batches):
    mode = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            total += sum(iou(p == 1, t == 1) for p, t in zip(pred, target))
            count += 1
    model.train(mode)
    return total / count


@wrong("return inside the loop", fails={MEAN: "only the first batch counts"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
            model.train(mode)
            return sum(scores) / len(scores)


@wrong("the list begun anew for every batch", fails={MEAN: "only the last batch counts"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        for images, target in batches:
            scores = []
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("the model is left in evaluation mode", fails={RESTORES: "came back in evaluation mode"})
def evaluate(model, batches):
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    return sum(scores) / len(scores)


@wrong("training mode afterwards, come what may", fails={RESTORES: "came back in training mode"})
def evaluate(model, batches):
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train()
    return sum(scores) / len(scores)


@wrong("the mode noted too late", fails={RESTORES: "came back in evaluation mode"})
def evaluate(model, batches):
    model.eval()
    mode = model.training
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("never in evaluation mode", fails={CONDITIONS: "ran in training mode"})
def evaluate(model, batches):
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    return sum(scores) / len(scores)


@wrong("gradients recorded", fails={CONDITIONS: "Run it under `torch.no_grad()`"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    for images, target in batches:
        pred = model(images).argmax(1)
        scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("gradients switched off for good", fails={RESTORES: "gradients stay switched off"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    scores = []
    for images, target in batches:
        pred = model(images).argmax(1)
        scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong(
    "the background scored",
    fails={CAR: "the background's IoU", MEAN: "expected"},
)
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 0, t == 0) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("both classes averaged", fails={CAR: "the background was averaged in", MEAN: "expected"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            for p, t in zip(pred, target):
                scores += [iou(p == 0, t == 0), iou(p == 1, t == 1)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong(
    "the car's logit compared with one half",
    fails={CAR: "the car's logit was compared with 0.5", MEAN: "expected"},
)
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images)[:, 1] > 0.5
            scores += [iou(p, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong(
    "a sigmoid of the car's logit",
    fails={CAR: "the car's logit was compared with 0;", MEAN: "expected"},
)
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).sigmoid()[:, 1] > 0.5
            scores += [iou(p, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong(
    "the smaller logit wins",
    fails={CAR: "turned round", MEAN: "expected"},
)
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmin(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong(
    "pixel accuracy instead of IoU",
    fails={CAR: "the share of right pixels", MEAN: "expected"},
)
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += (pred == target).float().mean((1, 2)).tolist()
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("works for lists only", fails={MEAN: "raised TypeError"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for i in range(len(batches)):
            images, target = batches[i]
            pred = model(images).argmax(1)
            total += sum(iou(p == 1, t == 1) for p, t in zip(pred, target))
    model.train(mode)
    return total / sum(len(images) for images, _ in batches)


@wrong("goes through the batches twice", fails={MEAN: "a generator gives its batches only once"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    count = sum(len(images) for images, _ in batches)
    total = 0.0
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            total += sum(iou(p == 1, t == 1) for p, t in zip(pred, target)) / count
    model.train(mode)
    return total


@wrong(
    "a batch not unpacked",
    fails=dict.fromkeys((CAR, MEAN, CONDITIONS, RESTORES), "A batch is a pair, images and target"),
)
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for batch in batches:
            pred = model(batch).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, batch[1])]
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("a tensor comes back", fails={CAR: "expected a Python number"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return torch.tensor(scores).mean()


@wrong("empty pictures score 0", fails={MEAN: "scores 1, as `iou` says"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            both = (pred * target).sum((1, 2))
            either = ((pred + target) > 0).sum((1, 2))
            scores += (both / either.clamp(min=1)).tolist()
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("0/0 in pictures without a car", fails={MEAN: "nan"})
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            both = (pred * target).sum((1, 2))
            either = ((pred + target) > 0).sum((1, 2))
            scores += (both / either).tolist()
    model.train(mode)
    return sum(scores) / len(scores)


@wrong("no return line", fails=dict.fromkeys((CAR, MEAN), "returned None"))
def evaluate(model, batches):
    mode = model.training
    model.eval()
    with torch.no_grad():
        for images, _ in batches:
            model(images).argmax(1)
    model.train(mode)


@wrong("all scores instead of their mean", fails=dict.fromkeys((CAR, MEAN), "expected a number"))
def evaluate(model, batches):
    mode = model.training
    model.eval()
    scores = []
    with torch.no_grad():
        for images, target in batches:
            pred = model(images).argmax(1)
            scores += [iou(p == 1, t == 1) for p, t in zip(pred, target)]
    model.train(mode)
    return scores


@right("running total and count, inference mode")
@torch.inference_mode()
def evaluate(model, batches):
    mode = model.training
    model.eval()
    total, count = 0.0, 0
    for images, target in batches:
        for p, t in zip(model(images).argmax(dim=1), target):
            total += iou(p.bool(), t.bool())
            count += 1
    model.train(mode)
    return total / count


@right("softmax and a threshold of one half, the same for two classes")
def evaluate(model, batches):
    was = model.training
    try:
        model.eval()
        with torch.no_grad():
            scores = [
                iou(p > 0.5, t == 1)
                for images, target in batches
                for p, t in zip(model(images).softmax(1)[:, 1], target)
            ]
    finally:
        model.train(was)
    return float(torch.tensor(scores, dtype=torch.float64).mean())


@right("without iou: sums over height and width, torch.where for the empty ones")
def evaluate(net, data):
    training = net.training
    net.train(False)
    every = []
    with torch.no_grad():
        for x, y in data:
            out = net(x)
            car, truth = out[:, 1] > out[:, 0], y == 1
            both = (car & truth).sum((1, 2)).double()
            either = (car | truth).sum((1, 2)).double()
            every.append(torch.where(either > 0, both / either.clamp(min=1), 1.0))
    net.train(training)
    return torch.cat(every).mean().item()


@right("picture by picture")
def evaluate(model, batches):
    mode, scores = model.training, []
    model.eval()
    for images, target in batches:
        for image, truth in zip(images, target):
            with torch.no_grad():
                logits = model(image.unsqueeze(0))
            scores.append(iou(logits.argmax(1)[0] == 1, truth == 1))
    if mode:
        model.train()
    return sum(scores) / len(scores)


@right("all batches in a list first, NumPy's mean")
def evaluate(model, batches):
    import numpy as np

    modes = {m: m.training for m in model.modules()}
    model.eval()
    with torch.no_grad():
        found = [(model(images).max(1).indices, target) for images, target in list(batches)]
    for module, mode in modes.items():
        module.training = mode
    return np.mean([iou(p == 1, t == 1) for pred, target in found for p, t in zip(pred, target)])


@wrong("equal scores counted once", fails={"evaluate_mean": "expected"})
def evaluate(model, batches):
    was = model.training
    model.eval()
    scores = set()
    with torch.no_grad():
        for images, target in batches:
            for pred, true in zip(model(images).argmax(dim=1), target, strict=True):
                scores.add(iou(pred == 1, true == 1))
    model.train(was)
    return sum(scores) / len(scores)


@right("a copy of the model is scored")
def evaluate(model, batches):
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        scores = [
            iou(p == 1, t == 1)
            for images, target in batches
            for p, t in zip(twin(images).argmax(dim=1), target, strict=True)
        ]
    return sum(scores) / len(scores)


@wrong(
    "evaluation mode for the whole, not for its layers", fails={CONDITIONS: "ran in training mode"}
)
def evaluate(model, batches):
    was = model.training
    model.training = False
    with torch.no_grad():
        scores = [
            iou(p == 1, t == 1)
            for images, target in batches
            for p, t in zip(model(images).argmax(dim=1), target)
        ]
    model.training = was
    return sum(scores) / len(scores)
