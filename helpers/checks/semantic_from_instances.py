"""Exercise 1.1: from instances to classes."""

import torch
from torch import Tensor

from helpers.checks.core.calling import ask_call, check, draw, fail
from helpers.checks.core.comparing import expect_dtype, expect_shape, expect_values
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.rendering import shape_of

NAME = "semantic_from_instances"
Classes = dict[int, int]


def random_map(shape: tuple[int, ...], ids: Classes) -> Tensor:
    """An instance map in which every id occurs."""
    pick = torch.randint(len(ids), shape)
    pick.view(-1)[: len(ids)] = torch.arange(len(ids))
    return torch.tensor(list(ids))[pick]


def classes_by_loop(instance_map: Tensor, class_of_instance: Classes) -> Tensor:
    """The specification, pixel by pixel."""
    values = [class_of_instance[i] for i in instance_map.flatten().tolist()]
    return torch.tensor(values).reshape(instance_map.shape)


def renamed_in_place(instance_map: Tensor, class_of_instance: Classes) -> Tensor:
    """What comes if a new class is taken for another instance's number."""
    result = instance_map.clone()
    for i, c in class_of_instance.items():
        result[result == i] = c
    return result


def ask(learner: Handle, instance_map: Tensor, classes: Classes) -> tuple[Tensor, str]:
    """The learner's class map, of the right shape, and the words for the input."""
    given = f"a {shape_of(instance_map)} instance map with classes {classes}"
    saw = ask_call(NAME, learner, instance_map, classes, given=given, why=tensor_as_key)
    if 1 in saw["changed"]:
        fail(f"{NAME} changed class_of_instance; leave it as it came.")
    expect_shape(
        NAME,
        saw["result"],
        tuple(instance_map.shape),
        given,
        {tuple(instance_map.squeeze().shape): "an axis of length 1 was lost."},
    )
    return saw["result"], given


def tensor_as_key(crash: Crash) -> str:
    """The cause of a KeyError that seems to deny a number which is there: it is a tensor."""
    if crash.is_a("KeyError") and crash.given[:1] == ("Tensor",):
        return "a tensor is no dictionary key, whatever number it holds; int(i) or i.item() is."
    return ""


def expect_classes(learner: Handle, instance_map: Tensor, classes: Classes) -> None:
    """Each pixel gets its instance's class."""
    result, given = ask(learner, instance_map, classes)
    expect_values(
        NAME,
        result,
        classes_by_loop(instance_map, classes),
        given,
        {
            "a pixel was renamed twice: after one instance became a class, that class was taken "
            "for another instance's number. Write into a new tensor.": lambda: renamed_in_place(
                instance_map, classes
            ),
            "the instance numbers came back unchanged.": lambda: instance_map,
        },
    )


@check
def semantic_from_instances_values(semantic_from_instances: Handle) -> str:
    """Each pixel gets its instance's class, for one map and for a batch."""
    shapes = [(4, 6), (draw(2, 3), 5, draw(3, 4)), (1, draw(5, 7)), (6,), (2, 1, 1, 3), ()]
    for shape in shapes:
        # no instance but 0 is its own class; renamed in place, in either order, one goes wrong
        classes = {0: 0, 1: 3, 2: 1, 3: draw(5, 6), 4: draw(5, 6)}
        own = classes if len(shape) else {4: classes[4]}
        expect_classes(semantic_from_instances, random_map(shape, own), classes)
    return f"{NAME}: classes right for {len(shapes)} maps and batches"


@check
def semantic_from_instances_ids(semantic_from_instances: Handle) -> str:
    """Any whole numbers may be instance ids, in any order, and any class may be 0."""
    # int16 does not tell 70,000 from 4,464, nor float16 4,464 from 4,465
    for own in [
        {7: 0, 1000: 1, 12: 3},
        {31: 2, 0: 3, draw(40, 50): 3},
        {260: 1, 4: 3, 10_003: 2},
        {70_000: 1, 4_464: 2, 4_465: 3},
    ]:
        # with instances of other pictures, between and beyond those of this one; no class is also
        # an instance's number: what is renamed twice has a graded cell of its own
        (first, *middle, last) = (list(own.items())[i] for i in torch.randperm(len(own)).tolist())
        middle += [(8, 3), (9, 1), (max(own) + draw(2, 9), 2)]
        inside = [middle[i] for i in torch.randperm(len(middle)).tolist()]
        classes = dict([first, *inside, last])
        expect_classes(semantic_from_instances, random_map((3, 5), own), classes)
    return f"{NAME}: any numbers may be ids"


@check
def semantic_from_instances_type(semantic_from_instances: Handle) -> str:
    """The class map is int64, as losses and indices want it."""
    classes = {0: 0, 2: draw(1, 4), 5: draw(1, 4)}
    result, given = ask(semantic_from_instances, random_map((draw(2, 3), 4), classes), classes)
    expect_dtype(NAME, result, torch.int64, given, "class maps are int64.")
    return f"{NAME}: int64"
