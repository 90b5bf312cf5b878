"""Answers to `iou`."""

import torch

from tests.bank import right, wrong


@wrong(
    "divides by zero: nan for two empty masks",
    fails={
        "iou_empty": "0 / 0 is not a number",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    return float((pred & target).sum() / (pred | target).sum())


@wrong(
    "ZeroDivisionError for two empty masks",
    fails={
        "iou_empty": "raised ZeroDivisionError",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    return (pred & target).sum().item() / (pred | target).sum().item()


@wrong(
    "0 for two empty masks",
    fails={
        "iou_empty": "nothing was to be found",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union if union else 0.0


@wrong(
    "accuracy",
    fails={
        "iou_values": "the accuracy",
        "iou_edges": "expected 0.0",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    return (pred == target).float().mean().item()


@wrong(
    "Dice",
    fails={
        "iou_values": ": that is Dice",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    total = (pred.sum() + target.sum()).item()
    return 2 * (pred & target).sum().item() / total if total else 1.0


@wrong(
    "the background counted",
    fails={
        "iou_values": "that counts the background",
        "iou_edges": "expected 0.0",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    union = (~pred | ~target).sum().item()
    return (~pred & ~target).sum().item() / union if union else 1.0


@wrong(
    "the mean of foreground and background",
    fails={
        "iou_values": "the mean of foreground and background",
        "iou_edges": "expected 0.0",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    scores = []
    for p, t in ((pred, target), (~pred, ~target)):
        union = (p | t).sum().item()
        scores.append((p & t).sum().item() / union if union else 1.0)
    return sum(scores) / 2


@wrong(
    "precision",
    fails={
        "iou_values": "that is precision",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    if not pred.any():
        return 0.0 if target.any() else 1.0
    return ((pred & target).sum() / pred.sum()).item()


@wrong(
    "recall",
    fails={
        "iou_values": "that is recall",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    if not target.any():
        return 0.0 if pred.any() else 1.0
    return ((pred & target).sum() / target.sum()).item()


@wrong(
    "upside down",
    fails={
        "iou_values": "upside down",
        "iou_edges": "expected 0.0",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    both = (pred & target).sum().item()
    return (pred | target).sum().item() / both if both else 1.0


@wrong(
    "a small number added against zero",
    fails={
        "iou_empty": "expected 1.0",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    return ((pred & target).sum() / ((pred | target).sum() + 1e-9)).item()


@wrong(
    "1 where either mask is empty",
    fails={
        "iou_edges": "expected 0.0 for an empty prediction",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    if not pred.any() or not target.any():
        return 1.0
    return ((pred & target).sum() / (pred | target).sum()).item()


@wrong(
    "no look at the shapes: broadcast",
    fails={
        "iou_shapes": "expected a ValueError",
    },
)
def iou(pred, target):
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union if union else 1.0


@wrong(
    "a whole-number division",
    fails={
        "iou_values": "got 0.0000: always 0",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    union = (pred | target).sum().item()
    return (pred & target).sum().item() // union if union else 1.0


@wrong(
    "the sizes added without taking off what is in both",
    fails={
        "iou_values": "both over the sum of the two sizes",
        "iou_edges": "expected 1.0 for equal masks",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    total = (pred.sum() + target.sum()).item()
    return (pred & target).sum().item() / total if total else 1.0


@wrong(
    "a score for each row",
    fails={
        "iou_values": "expected one number",
        "iou_edges": "expected one number",
        "iou_empty": "expected one number",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    union = (pred | target).sum(-1)
    return torch.where(union > 0, (pred & target).sum(-1) / union, 1.0)


@wrong(
    "the mean of the batch: each map scored alone",
    fails={
        "iou_values": "the mean of each picture's IoU",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    if pred.dim() == 3:
        return sum(iou(p, t) for p, t in zip(pred, target, strict=True)) / len(pred)
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union if union else 1.0


@wrong(
    "no return line",
    fails={
        "iou_values": "returned None",
        "iou_edges": "returned None",
        "iou_empty": "returned None",
    },
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    print((pred & target).sum() / (pred | target).sum())


@wrong(
    "every pair of masks refused",
    fails={
        "iou_values": "raised ValueError",
        "iou_edges": "raised ValueError",
        "iou_empty": "raised ValueError",
        "iou_shapes": "They are equal; raise it only where the shapes differ",
    },
)
def iou(pred, target):
    raise ValueError("masks of unequal shapes")


@right("a tensor of no axes")
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    union = (pred | target).sum()
    return (pred & target).sum() / union if union else torch.tensor(1.0)


@right("logical functions")
def iou(pred, target):
    if pred.size() != target.size():
        raise ValueError
    both = torch.logical_and(pred, target).sum().item()
    either = torch.logical_or(pred, target).sum().item()
    if either == 0:
        return 1.0
    return both / either


@right("products and sums")
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    p, t = pred.float(), target.float()
    both = (p * t).sum()
    either = p.sum() + t.sum() - both
    return 1.0 if either == 0 else (both / either).item()


@right("pixel by pixel")
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    pairs = list(zip(pred.flatten().tolist(), target.flatten().tolist(), strict=True))
    either = sum(p or t for p, t in pairs)
    return sum(p and t for p, t in pairs) / either if either else 1


@right("min and max")
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal shapes")
    either = torch.maximum(pred.int(), target.int()).sum().item()
    both = torch.minimum(pred.int(), target.int()).sum().item()
    return both / max(either, 1) if either else 1.0


@wrong("only the first axis is compared", fails={"iou_shapes": "look at the shapes first"})
def iou(pred, target):
    if len(pred) != len(target):
        raise ValueError("unequal masks")
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union if union else 1.0


@wrong("the error is returned, not raised", fails={"iou_shapes": "the error was returned"})
def iou(pred, target):
    if pred.shape != target.shape:
        return ValueError("unequal masks")
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union if union else 1.0


@wrong(
    "the mean of the batch without a loop",
    fails={"iou_values": "the mean of each picture's IoU", "iou_empty": "not a number"},
)
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal masks")
    i = (pred & target).sum((-1, -2))
    u = (pred | target).sum((-1, -2))
    return (i / u).mean().item()


@wrong("the fraction cut to a whole number", fails={"iou_values": "got 0.0000: always 0"})
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal masks")
    union = (pred | target).sum().item()
    return int((pred & target).sum().item() / union) if union else 1


@wrong("half of the IoU: no known slip", fails={"iou_values": "masks, got 0.", "iou_edges": "1.0"})
def iou(pred, target):
    if pred.shape != target.shape:
        raise ValueError("unequal masks")
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union / 2 if union else 1.0


@wrong(
    "an assert in place of a ValueError",
    fails={"iou_shapes": "raised AssertionError\nThe task asks for a ValueError"},
)
def iou(pred, target):
    assert pred.shape == target.shape
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union if union else 1.0


@wrong("another kind of error", fails={"iou_shapes": "The task asks for a ValueError"})
def iou(pred, target):
    if pred.shape != target.shape:
        raise RuntimeError("unequal masks")
    union = (pred | target).sum().item()
    return (pred & target).sum().item() / union if union else 1.0
