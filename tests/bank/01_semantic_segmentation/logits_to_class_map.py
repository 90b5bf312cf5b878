"""Answers to `logits_to_class_map`."""

import torch

from tests.bank import right, wrong


@wrong(
    "the largest over the batch",
    fails={
        "logits_to_class_map_shape": "sought over the batch",
        "logits_to_class_map_values": "expected shape",
    },
)
def logits_to_class_map(logits):
    return logits.argmax(dim=0)


@wrong(
    "the largest over the columns",
    fails={
        "logits_to_class_map_shape": "sought over the columns",
        "logits_to_class_map_values": "expected shape",
    },
)
def logits_to_class_map(logits):
    return logits.argmax(dim=-1)


@wrong(
    "the largest over the rows",
    fails={
        "logits_to_class_map_shape": "sought over the rows",
        "logits_to_class_map_values": "expected shape",
    },
)
def logits_to_class_map(logits):
    return logits.argmax(dim=2)


@wrong(
    "the channel axis kept",
    fails={
        "logits_to_class_map_shape": "the channel axis is still there",
    },
)
def logits_to_class_map(logits):
    return logits.argmax(dim=1, keepdim=True)


@wrong(
    "a threshold at 0",
    fails={
        "logits_to_class_map_values": "a threshold at 0 is no comparison",
    },
)
def logits_to_class_map(logits):
    return (logits[:, 1] > 0).long()


@wrong(
    "the smallest logit",
    fails={
        "logits_to_class_map_values": "the smallest logit",
    },
)
def logits_to_class_map(logits):
    return logits.argmin(dim=1)


@wrong(
    "the value instead of its class",
    fails={
        "logits_to_class_map_shape": "these are the largest logits, not their places",
        "logits_to_class_map_values": "these are the largest logits, not their places",
    },
)
def logits_to_class_map(logits):
    return logits.max(dim=1).values


@wrong(
    "softmax without a decision",
    fails={
        "logits_to_class_map_shape": "a number for each class came back",
        "logits_to_class_map_values": "expected shape",
    },
)
def logits_to_class_map(logits):
    return logits.softmax(dim=1)


@wrong(
    "the whole tensor flattened",
    fails={
        "logits_to_class_map_shape": "expected shape",
        "logits_to_class_map_values": "expected shape",
    },
)
def logits_to_class_map(logits):
    return logits.argmax()


@wrong(
    "the absolute value decides",
    fails={
        "logits_to_class_map_values": "wrong values",
    },
)
def logits_to_class_map(logits):
    return logits.abs().argmax(dim=1)


@wrong(
    "a softmax rounded to whole numbers, right for two classes only",
    fails={
        "logits_to_class_map_values": "wrong values",
    },
)
def logits_to_class_map(logits):
    return logits.softmax(dim=1)[:, 1].round().long()


@wrong(
    "floats",
    fails={
        "logits_to_class_map_shape": "got float32",
    },
)
def logits_to_class_map(logits):
    return logits.argmax(dim=1).float()


@wrong(
    "the first image of the batch only",
    fails={
        "logits_to_class_map_shape": "expected shape",
        "logits_to_class_map_values": "expected shape",
    },
)
def logits_to_class_map(logits):
    return logits[0].argmax(dim=0)[None]


@wrong(
    "no return line",
    fails={
        "logits_to_class_map_shape": "returned None",
        "logits_to_class_map_values": "returned None",
    },
)
def logits_to_class_map(logits):
    logits.argmax(dim=1)


@right("max and its indices")
def logits_to_class_map(logits):
    return torch.max(logits, 1)[1]


@right("argmax of the probabilities")
def logits_to_class_map(logits):
    return logits.softmax(dim=1).argmax(dim=1)


@right("the last of the sorted")
def logits_to_class_map(logits):
    return logits.sort(dim=1).indices[:, -1]


@right("class by class")
def logits_to_class_map(logits):
    best, classes = logits[:, 0], torch.zeros_like(logits[:, 0], dtype=torch.int64)
    for k in range(1, logits.shape[1]):
        better = logits[:, k] > best
        best = torch.where(better, logits[:, k], best)
        classes[better] = k
    return classes


@right("a negative axis and topk")
def logits_to_class_map(logits):
    return logits.topk(1, dim=-3).indices.squeeze(-3)


@wrong(
    "a running best that starts at -100",
    fails={"logits_to_class_map_values": "every pixel got the same class"},
)
def logits_to_class_map(logits):
    best = torch.full_like(logits[:, 0], -100.0)
    classes = torch.zeros_like(best, dtype=torch.int64)
    for k in range(logits.shape[1]):
        better = logits[:, k] > best
        best = torch.where(better, logits[:, k], best)
        classes = torch.where(better, k, classes)
    return classes


@wrong(
    "a sigmoid first, which makes large numbers equal",
    fails={"logits_to_class_map_values": "every pixel got the same class"},
)
def logits_to_class_map(logits):
    return torch.sigmoid(logits).argmax(dim=1)


@wrong(
    "the value instead of its class, made whole",
    fails={"logits_to_class_map_values": "these are the largest logits, not their places"},
)
def logits_to_class_map(logits):
    return logits.max(dim=1)[0].long()


@wrong(
    "values and places together",
    fails={
        "logits_to_class_map_shape": "torch.return_types.max of 2 tensors: max gives values and",
        "logits_to_class_map_values": "torch.return_types.max of 2 tensors: max gives values and",
    },
)
def logits_to_class_map(logits):
    return logits.max(dim=1)
