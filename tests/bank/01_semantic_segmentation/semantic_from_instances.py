"""Answers to `semantic_from_instances`."""

import numpy as np
import torch

from tests.bank import right, wrong


@wrong(
    "renamed in place on a copy: a pixel is renamed twice",
    fails={
        "semantic_from_instances_values": "a pixel was renamed twice",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    class_map = instance_map.clone()
    for instance, c in class_of_instance.items():
        class_map[class_map == instance] = c
    return class_map


@wrong(
    "the input itself renamed",
    fails={
        "semantic_from_instances_values": "changed its input in place",
        "semantic_from_instances_ids": "changed its input in place",
        "semantic_from_instances_type": "changed its input in place",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    for instance, c in class_of_instance.items():
        instance_map[instance_map == instance] = c
    return instance_map


@wrong(
    "a list indexed by position: ids taken to be 0, 1, 2, ...",
    fails={
        "semantic_from_instances_ids": "raised IndexError",
        "semantic_from_instances_type": "raised IndexError",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    table = torch.tensor([class_of_instance[i] for i in sorted(class_of_instance)])
    return table[instance_map]


@wrong(
    "the order of the dictionary taken for the ids",
    fails={
        "semantic_from_instances_ids": "raised IndexError",
        "semantic_from_instances_type": "raised IndexError",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    return torch.tensor(list(class_of_instance.values()))[instance_map]


@wrong(
    "float zeros to start with",
    fails={
        "semantic_from_instances_type": "got float32",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    class_map = torch.zeros(instance_map.shape)
    for instance, c in class_of_instance.items():
        class_map[instance_map == instance] = c
    return class_map


@wrong(
    "the instances returned",
    fails={
        "semantic_from_instances_values": "came back unchanged",
        "semantic_from_instances_ids": "came back unchanged",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    return instance_map.clone()


@wrong(
    "one class for all",
    fails={
        "semantic_from_instances_values": "wrong values",
        "semantic_from_instances_ids": "wrong values",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    return (instance_map > 0).long()


@wrong(
    "rows and columns only: a batch is not thought of",
    fails={
        "semantic_from_instances_values": "raised ValueError",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    height, width = instance_map.shape
    class_map = torch.zeros(height, width, dtype=torch.int64)
    for instance, c in class_of_instance.items():
        class_map[instance_map == instance] = c
    return class_map


@wrong(
    "uint8, which holds ids up to 255 only",
    fails={
        "semantic_from_instances_type": "got uint8",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    class_map = torch.zeros(instance_map.shape, dtype=torch.uint8)
    for instance, c in class_of_instance.items():
        class_map[instance_map == instance] = c
    return class_map


@wrong(
    "the last instance left out",
    fails={
        "semantic_from_instances_values": "wrong values",
        "semantic_from_instances_ids": "wrong values",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    class_map = torch.zeros_like(instance_map)
    for instance in list(class_of_instance)[:-1]:
        class_map[instance_map == instance] = class_of_instance[instance]
    return class_map


@wrong(
    "the first map of a batch only",
    fails={
        "semantic_from_instances_values": "expected shape",
        "semantic_from_instances_ids": "expected shape",
        "semantic_from_instances_type": "expected shape",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    class_map = torch.zeros_like(instance_map)
    for instance, c in class_of_instance.items():
        class_map[instance_map == instance] = c
    return class_map[0]


@wrong(
    "entries taken out of the dictionary",
    fails={
        "semantic_from_instances_values": "changed class_of_instance",
        "semantic_from_instances_ids": "changed class_of_instance",
        "semantic_from_instances_type": "changed class_of_instance",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    class_map = torch.zeros_like(instance_map)
    while class_of_instance:
        instance, c = class_of_instance.popitem()
        class_map[instance_map == instance] = c
    return class_map


@wrong(
    "no return line",
    fails={
        "semantic_from_instances_values": "returned None",
        "semantic_from_instances_ids": "returned None",
        "semantic_from_instances_type": "returned None",
    },
)
def semantic_from_instances(instance_map, class_of_instance):
    class_map = torch.zeros_like(instance_map)
    for instance, c in class_of_instance.items():
        class_map[instance_map == instance] = c


@right("a table large enough for every id")
def semantic_from_instances(instance_map, class_of_instance):
    table = torch.zeros(max(class_of_instance) + 1, dtype=torch.int64)
    for instance, c in class_of_instance.items():
        table[instance] = c
    return table[instance_map]


@right("pixel by pixel")
def semantic_from_instances(instance_map, class_of_instance):
    flat = [class_of_instance[i.item()] for i in instance_map.flatten()]
    return torch.tensor(flat).view(instance_map.shape)


@right("torch.where, one after the other")
def semantic_from_instances(instance_map, class_of_instance):
    result = torch.full_like(instance_map, 0)
    for instance in class_of_instance:
        here = instance_map == instance
        result = torch.where(here, class_of_instance[instance], result)
    return result


@right("NumPy")
def semantic_from_instances(instance_map, class_of_instance):
    classes = np.vectorize(class_of_instance.get)(instance_map.numpy())
    return torch.from_numpy(classes).long()


@right("a sum of masks times classes")
def semantic_from_instances(instance_map, class_of_instance):
    return sum((instance_map == i) * c for i, c in class_of_instance.items()).long()


@right("unique with its inverse")
def semantic_from_instances(instance_map, class_of_instance):
    ids, place = instance_map.unique(return_inverse=True)
    return torch.tensor([class_of_instance[int(i)] for i in ids])[place]


@wrong("background is taken to be class 0", fails={"semantic_from_instances_ids": "wrong values"})
def semantic_from_instances(instance_map, class_of_instance):
    result = torch.zeros_like(instance_map)
    for number, kind in class_of_instance.items():
        if number > 0:
            result[instance_map == number] = kind
    return result


@wrong(
    "an axis of length 1 is lost",
    fails={"semantic_from_instances_values": "an axis of length 1 was lost"},
)
def semantic_from_instances(instance_map, class_of_instance):
    result = torch.zeros_like(instance_map)
    for number, kind in class_of_instance.items():
        result[instance_map == number] = kind
    return result.squeeze()


@wrong(
    "tensors as keys of the dictionary",
    fails=dict.fromkeys(
        (
            "semantic_from_instances_values",
            "semantic_from_instances_ids",
            "semantic_from_instances_type",
        ),
        "a tensor is no dictionary key",
    ),
)
def semantic_from_instances(instance_map, class_of_instance):
    flat = [class_of_instance[i] for i in instance_map.flatten()]
    return torch.tensor(flat).view(instance_map.shape)
