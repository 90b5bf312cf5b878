"""Answers to `per_class_iou`; `iou` is the notebook's."""

import torch
import torch.nn.functional as F

from tests.bank import right, wrong

VALUES, BATCH, ABSENT = (f"per_class_iou_{name}" for name in ("values", "batch", "absent"))


def iou(pred, target):
    """Stands here for the notebook's own, so that the file reads alone."""


@wrong("the mean over the classes", fails=dict.fromkeys((VALUES, BATCH, ABSENT), "the mean over"))
def per_class_iou(class_map, target, num_classes):
    return torch.tensor([iou(class_map == k, target == k) for k in range(num_classes)]).mean()


@wrong("a list", fails=dict.fromkeys((VALUES, BATCH, ABSENT), "expected a tensor"))
def per_class_iou(class_map, target, num_classes):
    return [iou(class_map == k, target == k) for k in range(num_classes)]


@wrong("the mean of the pictures", fails={BATCH: "count the pixels of all pictures together"})
def per_class_iou(class_map, target, num_classes):
    scores = [
        [iou(p == k, t == k) for k in range(num_classes)]
        for p, t in zip(class_map, target, strict=True)
    ]
    return torch.tensor(scores).mean(dim=0)


@wrong(
    "a number for each picture and class",
    fails={
        VALUES: "for each picture and class",
        BATCH: "for each picture and class",
        ABSENT: "for each picture and class",
    },
)
def per_class_iou(class_map, target, num_classes):
    return torch.tensor(
        [
            [iou(p == k, t == k) for k in range(num_classes)]
            for p, t in zip(class_map, target, strict=True)
        ]
    )


@wrong("the background left out", fails=dict.fromkeys((VALUES, BATCH, ABSENT), "background was"))
def per_class_iou(class_map, target, num_classes):
    return torch.tensor([iou(class_map == k, target == k) for k in range(1, num_classes)])


@wrong("recall", fails=dict.fromkeys((VALUES, BATCH), "recall") | {ABSENT: "got"})
def per_class_iou(class_map, target, num_classes):
    found = []
    for k in range(num_classes):
        true = target == k
        found.append(((class_map == k) & true).sum() / true.sum() if true.any() else 1.0)
    return torch.tensor(found)


@wrong("Dice", fails=dict.fromkeys((VALUES, BATCH, ABSENT), "that is Dice"))
def per_class_iou(class_map, target, num_classes):
    found = []
    for k in range(num_classes):
        p, t = class_map == k, target == k
        sizes = p.sum() + t.sum()
        found.append(2 * (p & t).sum() / sizes if sizes else torch.tensor(1.0))
    return torch.stack(found)


@wrong("0/0 for an absent class", fails={ABSENT: "0 / 0 is no number"})
def per_class_iou(class_map, target, num_classes):
    p, t = F.one_hot(class_map, num_classes), F.one_hot(target, num_classes)
    both = (p * t).sum(dim=(0, 1, 2))
    return both / (p.sum(dim=(0, 1, 2)) + t.sum(dim=(0, 1, 2)) - both)


@wrong("0 for an absent class", fails={ABSENT: "nothing was to be found"})
def per_class_iou(class_map, target, num_classes):
    p, t = F.one_hot(class_map, num_classes), F.one_hot(target, num_classes)
    both = (p * t).sum(dim=(0, 1, 2))
    return both / (p.sum(dim=(0, 1, 2)) + t.sum(dim=(0, 1, 2)) - both).clamp_min(1)


@wrong("only the classes of the target", fails={ABSENT: "num_classes says how many"})
def per_class_iou(class_map, target, num_classes):
    return torch.tensor([iou(class_map == k, target == k) for k in range(int(target.max()) + 1)])


@wrong("counted from 1", fails=dict.fromkeys((VALUES, BATCH, ABSENT), "counted from 1"))
def per_class_iou(class_map, target, num_classes):
    return torch.tensor([iou(class_map == k, target == k) for k in range(1, num_classes + 1)])


@wrong("the accuracy", fails=dict.fromkeys((VALUES, BATCH, ABSENT), "the accuracy"))
def per_class_iou(class_map, target, num_classes):
    return (class_map == target).float().mean()


@wrong("no return line", fails=dict.fromkeys((VALUES, BATCH, ABSENT), "returned None"))
def per_class_iou(class_map, target, num_classes):
    torch.tensor([iou(class_map == k, target == k) for k in range(num_classes)])


@right("a loop that fills a tensor")
def per_class_iou(class_map, target, num_classes):
    scores = torch.zeros(num_classes)
    for k in range(num_classes):
        scores[k] = iou(class_map == k, target == k)
    return scores


@right("a confusion matrix")
def per_class_iou(class_map, target, num_classes):
    pairs = (num_classes * target + class_map).flatten()
    matrix = torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)
    both = matrix.diagonal()
    either = matrix.sum(dim=0) + matrix.sum(dim=1) - both
    return torch.where(either > 0, both / either.clamp_min(1), 1.0)


@right("one-hot masks, in double precision")
def per_class_iou(class_map, target, num_classes):
    p, t = (F.one_hot(m, num_classes).bool() for m in (class_map, target))
    both, either = (p & t).sum((0, 1, 2)), (p | t).sum((0, 1, 2))
    return torch.where(either == 0, 1.0, both.double() / either)


@right("stacked numbers")
def per_class_iou(class_map, target, num_classes):
    classes = range(num_classes)
    return torch.stack([torch.as_tensor(iou(class_map.eq(k), target.eq(k))) for k in classes])
