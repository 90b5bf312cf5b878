"""Checks of notebook 01: instances to classes, class map to masks, logits to classes, IoU."""

from collections.abc import Callable

import torch
from torch import Tensor

from helpers.checks.core import (
    Causes,
    call,
    check,
    close,
    describe,
    draw,
    expect_dtype,
    expect_shape,
    expect_tensor,
    expect_values,
    fail,
    fail_for,
    shape_of,
)


def instance_case(*shape: int, ids: tuple[int, ...]) -> tuple[Tensor, dict[int, int]]:
    """A random instance map and the class of each instance; id 0 is background."""
    pick = torch.randint(len(ids), shape)
    pick.view(-1)[: len(ids)] = torch.arange(len(ids))  # every id occurs
    classes = {i: draw(1, 4) if i else 0 for i in ids}
    return torch.tensor(ids)[pick], classes


def classes_by_loop(instance_map: Tensor, class_of_instance: dict[int, int]) -> Tensor:
    """The specification, pixel by pixel: what the learner's code must agree with."""
    values = [class_of_instance[i] for i in instance_map.flatten().tolist()]
    return torch.tensor(values).reshape(instance_map.shape)


def run_instances(function: Callable, instance_map: Tensor, classes: dict[int, int]) -> Tensor:
    """The learner's class map, and that the dictionary was left alone."""
    given, before = given_instances(instance_map, classes), dict(classes)
    result = call("semantic_from_instances", function, instance_map, classes, given=given,
                  why=tensor_as_key)
    if classes != before:
        fail("semantic_from_instances changed class_of_instance; leave it as it came.")
    expect_shape("semantic_from_instances", result, tuple(instance_map.shape), given)
    return result


def tensor_as_key(error: Exception) -> str:
    """The cause of a KeyError that seems to deny a number which is there: it is a tensor."""
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], Tensor):
        return "a tensor is no dictionary key, whatever number it holds; int(i) or i.item() is."
    return ""


def given_instances(instance_map: Tensor, classes: dict[int, int]) -> str:
    """The words for one such input."""
    return f"a {shape_of(instance_map)} instance map with classes {classes}"


@check
def semantic_from_instances_values(semantic_from_instances: Callable) -> str:
    """Each pixel gets its instance's class, for one map and for a batch."""
    shapes = [(4, 6), (draw(2, 3), 5, draw(3, 4)), (1, draw(5, 7)), (6,), (2, 1, 1, 3)]
    for shape in shapes:
        instance_map, classes = instance_case(*shape, ids=(0, 1, 2, 3, 4))
        classes |= {1: 3, 2: 1}  # no id is its own class, and none is renamed twice: see `chains`
        classes |= {3: draw(5, 6), 4: draw(5, 6)}
        result = run_instances(semantic_from_instances, instance_map, classes)
        causes = {"the instance numbers came back unchanged.": lambda m=instance_map: m}
        expect_values("semantic_from_instances", result, classes_by_loop(instance_map, classes),
                      given_instances(instance_map, classes), chain_causes(instance_map, classes)
                      | causes)
    return f"semantic_from_instances: classes right for {len(shapes)} maps and batches"


def chain_causes(instance_map: Tensor, classes: dict[int, int]) -> dict:
    """The fault of renaming in place, where a new class is taken for another instance's number."""
    def renamed() -> Tensor:
        result = instance_map.clone()
        for i, c in classes.items():
            result[result == i] = c
        return result

    return {"a pixel was renamed twice: after one instance became a class, that class was taken "
            "for another instance's number. Write into a new tensor.": renamed}


@check
def semantic_from_instances_ids(semantic_from_instances: Callable) -> str:
    """Any whole numbers may be instance ids, in any order, and any class may be 0."""
    far = 2**24  # float32 does not tell it from the next number, nor int16 70,000 from 4,464
    for own in [{0: 2, 7: 0, 1000: 1, 12: 3}, {31: 2, 0: 0, draw(40, 50): 3},
                {260: 1, 4: 3, 10_003: 2}, {70_000: 1, 4_464: 2, far: 1, far + 1: 3}]:
        instance_map, _ = instance_case(3, 5, ids=tuple(own))
        classes = {8: 3, 9: 1} | own  # with instances of another picture
        result = run_instances(semantic_from_instances, instance_map, classes)
        expect_values("semantic_from_instances", result, classes_by_loop(instance_map, classes),
                      given_instances(instance_map, classes), chain_causes(instance_map, classes))
    return "semantic_from_instances: any numbers may be ids"


@check
def semantic_from_instances_type(semantic_from_instances: Callable) -> str:
    """The class map is int64, as losses and indices want it."""
    instance_map, classes = instance_case(draw(2, 3), 4, ids=(0, 2, 5))
    result = run_instances(semantic_from_instances, instance_map, classes)
    expect_dtype("semantic_from_instances", result, torch.int64,
                 given_instances(instance_map, classes), "class maps are int64.")
    return "semantic_from_instances: int64"


def class_maps() -> list[tuple[Tensor, int]]:
    """Class maps with their number of classes; one lacks the last classes, one others."""
    maps = [(torch.randint(3, (2, 4, 5)), 3), (torch.randint(2, (draw(1, 3), 3, 6)), 4)]
    maps += [(torch.randint(5, (1, draw(2, 3), 7)), 5)]
    return maps + [(2 * torch.randint(2, (2, 3, 4)) + 1, 4)]  # classes 1 and 3 of 4


def given_classes(class_map: Tensor, num_classes: int) -> str:
    """The words for one such input."""
    return f"a {shape_of(class_map)} class map with {num_classes} classes"


def mask_shape_causes(class_map: Tensor, count: int) -> dict[tuple, str]:
    """What likely led to a wrong shape."""
    batch, height, width = class_map.shape
    return {
        (batch, height, width, count): "the classes are the last axis; they belong on axis 1.",
        (batch, height, width): "one map came back; make a mask for each class.",
        (batch, int(class_map.max()) + 1, height, width):
            "a class that does not occur gets an empty mask too.",
        (count, batch, height, width): "the batch comes first, then the classes.",
        (batch, count, width, height): "height and width were exchanged.",
    }


@check
def class_map_to_masks_shape(class_map_to_masks: Callable) -> str:
    """One mask a class, on the channel axis, also for a class that does not occur."""
    what = "class_map_to_masks"
    for class_map, count in class_maps():
        given = given_classes(class_map, count)
        masks = call(what, class_map_to_masks, class_map, count, given=given)
        batch, height, width = class_map.shape
        expect_shape(what, masks, (batch, count, height, width), given,
                     mask_shape_causes(class_map, count))
    return "class_map_to_masks: 4 maps, shapes right"


def mask_causes(masks: Tensor) -> Causes:
    """What likely led to wrong masks of the right shape."""
    after = [masks[:, 1:], torch.zeros_like(masks[:, :1])]
    causes = {
        "the masks are the wrong way round.": ~masks,
        "the classes are counted from 1; mask 0 belongs to class 0.": torch.cat(after, dim=1),
        "the classes were the last axis, and a reshape moves no number; move the axis.":
            masks.movedim(1, -1).reshape(masks.shape),
        "the classes were the first axis, and a reshape moves no number; swap it with the batch.":
            masks.transpose(0, 1).reshape(masks.shape),
    }
    return {text: lambda m=wrong: m.double() for text, wrong in causes.items()}


@check
def class_map_to_masks_values(class_map_to_masks: Callable) -> str:
    """Mask k is true just where the class is k."""
    what = "class_map_to_masks"
    for class_map, count in class_maps():
        given = given_classes(class_map, count)
        masks = call(what, class_map_to_masks, class_map, count, given=given)
        expect_tensor(what, masks, given)
        if masks.shape == (*class_map.shape, count):  # the axis has a graded cell of its own
            masks = masks.movedim(-1, 1)
        expected = torch.stack([class_map == k for k in range(count)]).transpose(0, 1)
        expect_shape(what, masks, tuple(expected.shape), given, mask_shape_causes(class_map, count))
        expect_values(what, masks.to(torch.float64), expected.double(), given,
                      mask_causes(expected))
    return "class_map_to_masks: every mask true where it should be"


@check
def class_map_to_masks_type(class_map_to_masks: Callable) -> str:
    """Masks are bool."""
    class_map, count = class_maps()[0]
    given = given_classes(class_map, count)
    masks = call("class_map_to_masks", class_map_to_masks, class_map, count, given=given)
    expect_tensor("class_map_to_masks", masks, given)
    expect_dtype("class_map_to_masks", masks, torch.bool, given, "masks are bool.")
    return "class_map_to_masks: bool"


def logits_cases() -> list[Tensor]:
    """Logits of two and more classes: of both signs, of one, large ones and close ones."""
    cases = [torch.randn(3, 2, 4, 5), torch.randn(draw(2, 3), 4, 5, 3)]
    cases += [-3 - torch.rand(1, 3, 4, draw(5, 6)), 2 + torch.rand(2, 2, 4, 3)]
    close = torch.rand(2, 4, 3, 5).argsort(dim=1) / 2000 + 3
    return cases + [40 * torch.randn(1, 3, 4, 5) + offset for offset in (-300, 300)] + [close]


def run_logits(function: Callable, logits: Tensor) -> tuple[Tensor, str]:
    """Call the learner's function; what came, and the words for the input."""
    what, given = "logits_to_class_map", f"{shape_of(logits)} logits"
    classes = call(what, function, logits, given=given)
    pair = isinstance(classes, tuple) and len(classes) == 2 and isinstance(classes[0], Tensor)
    both = pair and close(classes[0], largest(classes[0], logits))
    expect_tensor(what, classes, given,
                  "max gives values and places; take the places." if both else "")
    return classes, given


VALUES = "these are the largest logits, not their places."


def largest(got: Tensor, logits: Tensor) -> Tensor:
    """The largest logits themselves, cut to whole numbers where `got` holds such."""
    values = logits.amax(1)
    return values if got.is_floating_point() else values.long()


@check
def logits_to_class_map_shape(logits_to_class_map: Callable) -> str:
    """One class a pixel: the channel axis is gone, and the classes are int64."""
    what = "logits_to_class_map"
    for logits in logits_cases():
        classes, given = run_logits(logits_to_class_map, logits)
        batch, count, height, width = logits.shape
        expect_shape(what, classes, (batch, height, width), given, {
            (batch, 1, height, width): "the channel axis is still there.",
            (count, height, width): "the largest was sought over the batch.",
            tuple(logits.shape): "a number for each class came back; one class is asked for.",
            (batch, count, width): "the largest was sought over the rows.",
            (batch, count, height): "the largest was sought over the columns.",
        })
        expect_dtype(what, classes, torch.int64, given,
                     VALUES if close(classes, largest(classes, logits))
                     else "class maps are int64.")
    return "logits_to_class_map: 7 inputs, shape and type right"


@check
def logits_to_class_map_values(logits_to_class_map: Callable) -> str:
    """The class with the largest logit, whatever the sign of the numbers."""
    what = "logits_to_class_map"
    for logits in logits_cases():
        classes, given = run_logits(logits_to_class_map, logits)
        if classes.shape == (logits.shape[0], 1, *logits.shape[2:]):
            classes = classes.squeeze(1)  # the axis has a graded cell of its own
        order = logits.sort(dim=1, descending=True).indices
        if logits.abs().min() > 100 and bool((classes == classes.flatten()[0]).all()):
            fail(f"{what}: every pixel got the same class for {given} from {int(logits.min())} to "
                 f"{int(logits.max())}. Logits may be large and far from 0; compare them as they "
                 "are.")
        expect_values(what, classes, order[:, 0], given, {
            VALUES: lambda c=classes, z=logits: largest(c, z),
            "that is the class with the smallest logit.": lambda o=order: o[:, -1],
            "a threshold at 0 is no comparison between the classes.": (
                lambda z=logits: (z[:, 1] > 0).long()),
            "a threshold at 0.5 is no comparison between the classes.": (
                lambda z=logits: (z[:, 1] > 0.5).long()),
        })
    return "logits_to_class_map: 7 inputs, the largest logit wins"


def ask_iou(iou: Callable, pred: Tensor, target: Tensor, given: str) -> float:
    """The learner's IoU as a float."""
    score = call("iou", iou, pred, target, given=given)
    if score is None:
        fail(f"iou returned None for {given}: is the `return` line missing?")
    if isinstance(score, Tensor) and score.numel() != 1:
        fail(f"iou: expected one number for {given}, got a tensor of shape {shape_of(score)}.")
    try:
        return float(score)
    except (TypeError, ValueError):
        fail(f"iou: expected a number for {given}, got {describe(score)}.")


def count_iou(pred: Tensor, target: Tensor) -> tuple[int, int]:
    """Pixels in both and pixels in either, one by one."""
    pairs = list(zip(pred.flatten().tolist(), target.flatten().tolist(), strict=True))
    return sum(p and t for p, t in pairs), sum(p or t for p, t in pairs)


def other_scores(pred: Tensor, target: Tensor) -> dict[str, float]:
    """What is easily taken for IoU, by the sentence that names it."""
    both, either = count_iou(pred, target)
    behind, front = count_iou(~pred, ~target)
    return {
        "that is the share of equal pixels, the accuracy.": float((pred == target).float().mean()),
        "that is Dice: 2 x both over the sum of the sizes.": 2 * both / (both + either),
        "that counts the background.": behind / front,
        "that is the mean of foreground and background.": (both / either + behind / front) / 2,
        "that is precision: both over what was predicted.": both / int(pred.sum()),
        "that is recall: both over what is true.": both / int(target.sum()),
        "that is both over all pixels.": both / pred.numel(),
        "that is both over the sum of the two sizes.": both / (both + either),
        "that is either over both, upside down.": either / both,
        "that is the mean of each picture's IoU; count the pixels of all pictures together.":
            picture_mean(pred, target),
        "always 0; is the fraction cut to a whole number, as by // or int()?": both // either,
    }


def picture_mean(pred: Tensor, target: Tensor) -> float:
    """The mean of the IoU of each picture; a mask of two axes is one picture."""
    size = pred.shape[-2:]
    pairs = zip(pred.reshape(-1, *size), target.reshape(-1, *size), strict=True)
    counts = [count_iou(p, t) for p, t in pairs]
    return sum(both / either for both, either in counts) / len(counts)


def mask_pairs() -> list[Tensor]:
    """Pairs of random masks. In the batch, the first picture's pixels weigh more in a mean."""
    shapes = [(5, 8), (draw(2, 3), 4, 6), (9, 4), (70, 900)]
    pairs = [torch.rand(2, *shape) < 0.45 for shape in shapes]
    pred, target = pairs[1]
    pred[0], target[0] = False, False
    pred[0, 0, :2], target[0, 0, :2] = True, True  # a union of 2 pixels, an IoU of 1
    pred[1:, :2], target[1:, :2] = True, False  # a union of 12 or more, an IoU of at most 1/2
    return pairs


@check
def iou_values(iou: Callable) -> str:
    """Pixels in both masks over pixels in either."""
    cases = mask_pairs()
    scores = [ask_iou(iou, p, t, f"two {shape_of(p)} masks") for p, t in cases]
    counts = [count_iou(p, t) for p, t in cases]
    wrong = [i for i, (both, either) in enumerate(counts) if abs(scores[i] - both / either) > 1e-4]
    if wrong:
        both, either = counts[wrong[0]]
        faults = [other_scores(p, t) for p, t in cases]
        fits = (name for name in faults[0]
                if all(abs(f[name] - s) < 1e-4 for f, s in zip(faults, scores, strict=True)))
        fail_for(f"iou: expected {both} / {either} = {both / either:.4f} for two "
                 f"{shape_of(cases[wrong[0]][0])} masks, got {scores[wrong[0]]:.4f}",
                 next(fits, ""))
    return "iou: right for 4 pairs of masks"


@check
def iou_edges(iou: Callable) -> str:
    """No overlap gives 0, one empty mask gives 0, equal masks give 1."""
    target = torch.zeros(4, draw(5, 7), dtype=torch.bool)
    target[1:3, :2] = True
    other = torch.zeros_like(target)
    other[:, 3:] = True
    nothing = torch.zeros_like(target)
    cases = [(other, target, 0.0, "two masks that do not overlap"),
             (nothing, target, 0.0, "an empty prediction"),
             (target, nothing, 0.0, "an empty target"),
             (target, target.clone(), 1.0, "equal masks")]
    for pred, true, expected, given in cases:
        score = ask_iou(iou, pred, true, given)
        if abs(score - expected) > 1e-4:
            fail(f"iou: expected {expected} for {given}, got {score:g}.")
    return "iou: right for disjoint, empty and equal masks"


@check
def iou_empty(iou: Callable) -> str:
    """Both masks empty: nothing to find and nothing found, 1.0."""
    for shape in [(4, 5), (2, 3, draw(3, 6))]:
        nothing = torch.zeros(shape, dtype=torch.bool)
        score = ask_iou(iou, nothing, nothing.clone(), f"two empty {shape} masks")
        if score != 1.0:
            text = "0 / 0 is not a number; look at the union first" if score != score else (
                "nothing was to be found and nothing was found")
            fail(f"iou: expected 1.0 for two empty masks, got {score:g}: {text}.")
    return "iou: 1.0 for two empty masks"


@check
def iou_shapes(iou: Callable) -> str:
    """Masks of unequal shapes are refused by a ValueError, not stretched over each other."""
    w = draw(4, 6)
    pairs = [((3, 4, w), (1, 4, w)), ((4, w), (3, 4, w)), ((4, w), (4, 1)), ((2, 4, w), (2, 4, 1)),
             ((3, 3), (3, 3, 3)), ((4, 1), (1, 4)), ((2, 6), (3, 4))]
    for first, second in pairs:
        pred, target = torch.rand(first) < 0.5, torch.rand(second) < 0.5
        try:
            score = iou(pred, target)
        except NotImplementedError:
            raise
        except ValueError:
            continue
        except Exception as error:
            words = f"{type(error).__name__}: {error}".removesuffix(": ")
            text = f"iou: masks of shapes {first} and {second} raised {words}"
            raise AssertionError(f"{text}\nThe task asks for a ValueError. Look at the shapes "
                                 "first.") from error
        if isinstance(score, Exception):
            fail(f"iou: for masks of shapes {first} and {second} the error was returned; `raise` "
                 "it.")
        fail(f"iou: masks of shapes {first} and {second} gave {describe(score)}; expected a "
             "ValueError. Look at the shapes first: PyTorch may stretch one over the other "
             "without a word.")
    return "iou: masks of unequal shapes are refused"
