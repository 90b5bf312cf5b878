"""Answers to `multiclass_loss`."""

import torch
import torch.nn.functional as F

from tests.bank import right, wrong

VALUE, IMAGE, GRADIENT = (f"multiclass_loss_{name}" for name in ("value", "per_image", "gradient"))


@wrong(
    "the loss of notebook 07: class 1 only",
    fails=dict.fromkeys((VALUE, IMAGE), "only the Dice of class 1"),
)
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)[:, 1]
    g = (target == 1).to(p.dtype)
    overlap = (p * g).sum(dim=(1, 2))
    dice = (2 * overlap + 1) / (p.sum(dim=(1, 2)) + g.sum(dim=(1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice.mean())


@wrong("the background left out", fails=dict.fromkeys((VALUE, IMAGE), "background's Dice"))
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)[:, 1:]
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)[:, 1:]
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong("sums over the whole batch", fails={IMAGE: "the sums run over the whole batch"})
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dims = (0, 2, 3)
    dice = (2 * (p * g).sum(dims) + 1) / (p.sum(dims) + g.sum(dims) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong(
    "sums over the classes as well",
    fails=dict.fromkeys((VALUE, IMAGE), "the sums run over the classes"),
)
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dims = (1, 2, 3)
    dice = (2 * (p * g).sum(dims) + 1) / (p.sum(dims) + g.sum(dims) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong(
    "cross-entropy alone",
    fails=dict.fromkeys((VALUE, IMAGE), "the Dice part is missing")
    | {GRADIENT: "no gradient comes from the Dice"},
)
def multiclass_loss(logits, target):
    return F.cross_entropy(logits, target)


@wrong(
    "Dice alone",
    fails=dict.fromkeys((VALUE, IMAGE), "the cross-entropy is missing")
    | {GRADIENT: "no gradient comes from the cross-entropy"},
)
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return 1 - dice.mean()


@wrong(
    "the classes are left as the last axis",
    fails=dict.fromkeys((VALUE, IMAGE, GRADIENT), "multiclass_loss raised"),
)
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target, logits.shape[1])
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong("logits for probabilities", fails=dict.fromkeys((VALUE, IMAGE), "take the softmax first"))
def multiclass_loss(logits, target):
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dice = (2 * (logits * g).sum((2, 3)) + 1) / (logits.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong("a number for each class", fails=dict.fromkeys((VALUE, IMAGE), "expected one number"))
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean(dim=0)


@wrong("as many classes as the target has", fails={VALUE: "multiclass_loss raised"})
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong("the Dice added", fails=dict.fromkeys((VALUE, IMAGE), "the Dice is added"))
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + dice.mean()


@wrong(
    "hard predictions in the Dice",
    fails=dict.fromkeys((VALUE, IMAGE), "expected") | {GRADIENT: "no gradient comes from the Dice"},
)
def multiclass_loss(logits, target):
    p = F.one_hot(logits.argmax(dim=1), logits.shape[1]).permute(0, 3, 1, 2)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong(
    "a Python number",
    fails={GRADIENT: "Turn it into a number only"}
    | dict.fromkeys((VALUE, IMAGE), "expected a tensor"),
)
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1)
    g = F.one_hot(target, logits.shape[1]).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return (F.cross_entropy(logits, target) + 1 - dice.mean()).item()


@right("a loop over the classes")
def multiclass_loss(logits, target):
    probs, scores = logits.softmax(dim=1), []
    for k in range(logits.shape[1]):
        p, g = probs[:, k], (target == k).to(probs.dtype)
        overlap = (p * g).sum(dim=(1, 2))
        scores.append((2 * overlap + 1) / (p.sum(dim=(1, 2)) + g.sum(dim=(1, 2)) + 1))
    return F.cross_entropy(logits, target) + 1 - torch.stack(scores).mean()


@right("loops over pictures and classes")
def multiclass_loss(logits, target):
    total = F.cross_entropy(logits, target)
    batch, classes = logits.shape[:2]
    for z, t in zip(logits, target, strict=True):
        p = torch.softmax(z, 0)
        for k in range(classes):
            g = (t == k).float()
            dice = (2 * (p[k] * g).sum() + 1) / (p[k].sum() + g.sum() + 1)
            total = total + (1 - dice) / (batch * classes)
    return total


@right("flattened, with einsum")
def multiclass_loss(logits, target):
    p = logits.softmax(dim=1).flatten(2)
    g = F.one_hot(target.flatten(1), logits.shape[1]).transpose(1, 2).to(p.dtype)
    overlap = torch.einsum("bcn,bcn->bc", p, g)
    dice = (2 * overlap + 1) / (p.sum(dim=2) + g.sum(dim=2) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@right("log-probabilities and nll_loss")
def multiclass_loss(logits, target):
    log_p = F.log_softmax(logits, dim=1)
    p = log_p.exp()
    g = torch.zeros_like(p).scatter_(1, target[:, None], 1.0)
    dice = (2 * (p * g).sum(dim=(-1, -2)) + 1) / ((p + g).sum(dim=(-1, -2)) + 1)
    return F.nll_loss(log_p, target) + 1 - dice.mean()
