"""Answers to `class_map_to_masks`."""

import torch
import torch.nn.functional as F

from tests.bank import right, wrong


@wrong(
    "one_hot with the classes last",
    fails={
        "class_map_to_masks_shape": "they belong on axis 1",
    },
)
def class_map_to_masks(class_map, num_classes):
    return F.one_hot(class_map, num_classes).bool()


@wrong(
    "numbers instead of true and false",
    fails={
        "class_map_to_masks_type": "got int64",
    },
)
def class_map_to_masks(class_map, num_classes):
    return F.one_hot(class_map, num_classes).permute(0, 3, 1, 2)


@wrong(
    "classes counted from the map: an absent class gets no mask",
    fails={
        "class_map_to_masks_shape": "a class that does not occur",
        "class_map_to_masks_values": "expected shape",
    },
)
def class_map_to_masks(class_map, num_classes):
    count = int(class_map.max()) + 1
    return torch.stack([class_map == k for k in range(count)], dim=1)


@wrong(
    "stacked on axis 0",
    fails={
        "class_map_to_masks_shape": "the batch comes first",
        "class_map_to_masks_values": "expected shape",
    },
)
def class_map_to_masks(class_map, num_classes):
    return torch.stack([class_map == k for k in range(num_classes)])


@wrong(
    "classes counted from 1",
    fails={
        "class_map_to_masks_values": "the classes are counted from 1",
    },
)
def class_map_to_masks(class_map, num_classes):
    return torch.stack([class_map == k + 1 for k in range(num_classes)], dim=1)


@wrong(
    "the wrong way round",
    fails={
        "class_map_to_masks_values": "the wrong way round",
    },
)
def class_map_to_masks(class_map, num_classes):
    return torch.stack([class_map != k for k in range(num_classes)], dim=1)


@wrong(
    "reshaped instead of permuted",
    fails={
        "class_map_to_masks_values": "the classes were the last axis, and a reshape",
    },
)
def class_map_to_masks(class_map, num_classes):
    hot = F.one_hot(class_map, num_classes).bool()
    return hot.reshape(hot.shape[0], num_classes, *class_map.shape[1:])


@wrong(
    "the background left out",
    fails={
        "class_map_to_masks_shape": "expected shape",
        "class_map_to_masks_values": "expected shape",
    },
)
def class_map_to_masks(class_map, num_classes):
    return torch.stack([class_map == k for k in range(1, num_classes)], dim=1)


@wrong(
    "greater or equal instead of equal",
    fails={
        "class_map_to_masks_values": "wrong values",
    },
)
def class_map_to_masks(class_map, num_classes):
    return torch.stack([class_map >= k for k in range(num_classes)], dim=1)


@wrong(
    "two classes only",
    fails={
        "class_map_to_masks_shape": "expected shape",
        "class_map_to_masks_values": "expected shape",
    },
)
def class_map_to_masks(class_map, num_classes):
    return torch.stack([class_map == 0, class_map == 1], dim=1)


@wrong(
    "the first map of a batch only",
    fails={
        "class_map_to_masks_shape": "expected shape",
        "class_map_to_masks_values": "expected shape",
    },
)
def class_map_to_masks(class_map, num_classes):
    return torch.stack([class_map[0] == k for k in range(num_classes)])[None]


@wrong(
    "height and width swapped",
    fails={
        "class_map_to_masks_shape": "height and width were exchanged",
        "class_map_to_masks_values": "height and width were exchanged",
    },
)
def class_map_to_masks(class_map, num_classes):
    return F.one_hot(class_map, num_classes).permute(0, 3, 2, 1).bool()


@wrong(
    "a list of masks",
    fails={
        "class_map_to_masks_shape": "expected a tensor",
        "class_map_to_masks_values": "expected a tensor",
        "class_map_to_masks_type": "expected a tensor",
    },
)
def class_map_to_masks(class_map, num_classes):
    return [class_map == k for k in range(num_classes)]


@wrong(
    "no return line",
    fails={
        "class_map_to_masks_shape": "returned None",
        "class_map_to_masks_values": "returned None",
        "class_map_to_masks_type": "returned None",
    },
)
def class_map_to_masks(class_map, num_classes):
    torch.stack([class_map == k for k in range(num_classes)], dim=1)


@right("one_hot, moved and made bool")
def class_map_to_masks(class_map, num_classes):
    return F.one_hot(class_map, num_classes).movedim(-1, 1).bool()


@right("compared with all classes at once")
def class_map_to_masks(class_map, num_classes):
    classes = torch.arange(num_classes).view(1, -1, 1, 1)
    return class_map.unsqueeze(1) == classes


@right("filled class by class")
def class_map_to_masks(class_map, num_classes):
    batch, height, width = class_map.shape
    masks = torch.zeros(batch, num_classes, height, width, dtype=torch.bool)
    for k in range(num_classes):
        masks[:, k] = class_map == k
    return masks


@right("scattered")
def class_map_to_masks(class_map, num_classes):
    batch, height, width = class_map.shape
    masks = torch.zeros(batch, num_classes, height, width, dtype=torch.bool)
    return masks.scatter(1, class_map[:, None], True)


@right("rows of an identity matrix")
def class_map_to_masks(class_map, num_classes):
    return torch.eye(num_classes, dtype=torch.bool)[class_map].permute(0, 3, 1, 2)


@wrong(
    "masks of the classes that occur, then empty ones",
    fails={"class_map_to_masks_values": "wrong values"},
)
def class_map_to_masks(class_map, num_classes):
    masks = torch.zeros(len(class_map), num_classes, *class_map.shape[1:], dtype=torch.bool)
    for place, kind in enumerate(class_map.unique()):
        masks[:, place] = class_map == kind
    return masks


@wrong(
    "stacked on axis 0, then reshaped",
    fails={"class_map_to_masks_values": "the classes were the first axis, and a reshape"},
)
def class_map_to_masks(class_map, num_classes):
    masks = torch.stack([class_map == k for k in range(num_classes)])
    return masks.view(class_map.shape[0], num_classes, *class_map.shape[1:])
