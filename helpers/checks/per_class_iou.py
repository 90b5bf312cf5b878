"""Exercise 8.4: an IoU for every class."""

import torch
from torch import Tensor

from helpers.checks.core.calling import check, draw
from helpers.checks.core.comparing import expect_shape, fail_for
from helpers.checks.core.handle import Handle
from helpers.checks.core.spec import Spec

Counts = tuple[Tensor, Tensor, Tensor]


def counts(pred: Tensor, target: Tensor, num_classes: int, axes: tuple = (0, 1, 2)) -> Counts:
    """Pixels of each class in both maps, in the prediction and in the target, over `axes`.

    Shape: (B, H, W), (B, H, W) -> (num_classes,) three times, or (num_classes, B)
    """
    is_class = [(pred == k, target == k) for k in range(num_classes)]
    both = torch.stack([(p & t).sum(axes) for p, t in is_class]).double()
    found, true = (torch.stack([m[i].sum(axes) for m in is_class]).double() for i in (0, 1))
    return both, found, true


def ratio(above: Tensor, below: Tensor) -> Tensor:
    """The quotient, and 1 where it is 0/0."""
    return torch.where(below > 0, above / below.clamp_min(1), 1.0)


def right(pred: Tensor, target: Tensor, num_classes: int) -> Tensor:
    """The IoU of each class over the pixels of all pictures; 1 where neither map has the class."""
    both, found, true = counts(pred, target, num_classes)
    return ratio(both, found + true - both)


def of_pictures(pred: Tensor, target: Tensor, num_classes: int) -> Tensor:
    """The mean of the pictures' IoU, for each class."""
    both, found, true = counts(pred, target, num_classes, (1, 2))
    return ratio(both, found + true - both).mean(1)


def absent(value: float):
    """The IoU with another number for a class that neither map has."""

    def fault(pred: Tensor, target: Tensor, num_classes: int) -> Tensor:
        both, found, true = counts(pred, target, num_classes)
        return torch.where(found + true > 0, right(pred, target, num_classes), value)

    return fault


def one_of(number: int):
    """One of the three counts of each class."""
    return lambda p, t, n: counts(p, t, n)[number]


SPEC = Spec(
    "per_class_iou",
    right,
    list,
    "two {0} class maps of {2} classes",
    {
        "those are the means of each picture's IoU; count the pixels of all pictures together.": of_pictures,
        "there is one number for each picture and class; count the pixels of all pictures together.": lambda p, t, n: (
            of_each(p, t, n)
        ),
        "there is one number for each picture; each class needs one.": lambda p, t, n: of_each(
            p, t, n
        ).mean(1),
        "that is the share of right pixels in each class of the target (recall).": lambda p, t, n: (
            ratio(counts(p, t, n)[0], counts(p, t, n)[2])
        ),
        "that is the share of right pixels in each predicted class (precision).": lambda p, t, n: (
            ratio(counts(p, t, n)[0], counts(p, t, n)[1])
        ),
        "that is Dice: twice those in both over the sum of the two sizes.": lambda p, t, n: ratio(
            2 * counts(p, t, n)[0], counts(p, t, n)[1] + counts(p, t, n)[2]
        ),
        "that is the number of pixels in both; divide by those in either.": one_of(0),
        "that is the mean over the classes already; return a number for each.": lambda p, t, n: (
            right(p, t, n).mean()
        ),
        "that is the accuracy, the share of right pixels; each class needs its IoU.": lambda p, t, n: (
            (p == t).double().mean()
        ),
        "the background was left out; class 0 needs its number, too.": lambda p, t, n: right(
            p, t, n
        )[1:],
        "the classes are counted from 1; the first number belongs to class 0.": lambda p, t, n: (
            right(p - 1, t - 1, n)
        ),
        "one number too many came back: the classes are 0 to num_classes - 1.": lambda p, t, n: (
            right(p, t, n + 1)
        ),
        "only the classes that occur got a number; num_classes says how many there are.": lambda p, t, n: (
            right(p, t, int(max(p.max(), t.max())) + 1)
        ),
        "only the classes of the target got a number.": lambda p, t, n: right(
            p, t, int(t.max()) + 1
        ),
        "a class that neither map has was left out.": lambda p, t, n: right(p, t, n)[
            present(p, t, n)
        ],
        "a class that neither map has got 0; as in exercise 1.4 it is 1: nothing was to be found.": absent(
            0.0
        ),
        "0 / 0 is no number; for a class that neither map has, give 1, as in exercise 1.4.": absent(
            float("nan")
        ),
    },
)


def of_each(pred: Tensor, target: Tensor, num_classes: int) -> Tensor:
    """The IoU of each picture and class. Shape: (B, num_classes)"""
    both, found, true = counts(pred, target, num_classes, (1, 2))
    return ratio(both, found + true - both).T


def present(pred: Tensor, target: Tensor, num_classes: int) -> Tensor:
    """Which classes one of the maps has."""
    _, found, true = counts(pred, target, num_classes)
    return found + true > 0


def maps(classes: int, *shape: int, skill: float = 0.6) -> tuple[Tensor, Tensor, int]:
    """A target and a prediction that is right at a share of the pixels; every class occurs."""
    target = torch.randint(classes, shape)
    target.view(-1)[:classes] = torch.arange(classes)
    other = torch.randint(classes, shape)
    return torch.where(torch.rand(shape) < skill, target, other), target, classes


def answers(learner: Handle, cases: list) -> str:
    """Every number is right, and there is one for each class."""
    __tracebackhide__ = True
    for args in cases:
        got, expected, given = SPEC.answer(learner, args)
        if got.shape != expected.shape:
            cause = SPEC.cause(args, got, nearly)
            expect_shape(SPEC.name, got, tuple(expected.shape), given, {tuple(got.shape): cause})
        expect_numbers(args, got, expected, given)
    return f"{len(cases)} inputs"


def expect_numbers(args: tuple, got: Tensor, expected: Tensor, given: str) -> None:
    """The numbers of the classes are the expected ones."""
    __tracebackhide__ = True
    wrong = ~torch.isclose(got.double(), expected, atol=1e-4)
    if wrong.any():
        k = int(wrong.nonzero()[0])
        fail_for(
            f"{SPEC.name}: for {given}, class {k} has the IoU {expected[k]:.4f}; "
            f"got {float(got[k]):.4f}",
            SPEC.cause(args, got, nearly),
        )


def nearly(wrong: Tensor, got: object) -> bool:
    """Whether both hold the same numbers, NaN among them."""
    return (
        isinstance(got, Tensor)
        and wrong.shape == got.shape
        and torch.allclose(wrong.double(), got.double(), rtol=1e-4, atol=1e-4, equal_nan=True)
    )


@check
def per_class_iou_values(per_class_iou: Handle) -> str:
    """One picture: the IoU of each class, with as many numbers as classes."""
    cases = [maps(3, 1, 5, 8), maps(draw(4, 6), 1, draw(9, 12), 14), maps(2, 1, 7, 6)]
    return f"per_class_iou: {answers(per_class_iou, cases)}, values right"


@check
def per_class_iou_batch(per_class_iou: Handle) -> str:
    """Several pictures: their pixels are counted together, however they are spread."""
    cases = []
    for batch in (2, draw(3, 4)):
        pred, target, classes = maps(4, batch, 6, 9)
        target[0], pred[0] = 0, 0  # in the first picture there is little to find
        target[0, 0, :3], pred[0, 0, 1:4] = torch.arange(1, 4), torch.arange(1, 4)
        cases.append((pred, target, classes))
    return f"per_class_iou: {answers(per_class_iou, cases)}, all pictures counted together"


@check
def per_class_iou_absent(per_class_iou: Handle) -> str:
    """A class that neither map has gets 1; one that only one of them has gets 0."""
    pred, target, _ = maps(3, 1, 6, draw(7, 9))
    cases = [(pred, target, 5), (pred.clamp_max(1), target, 4), (pred, target.clamp_min(1), 4)]
    return f"per_class_iou: {answers(per_class_iou, cases)}, absent classes right"
