"""The guesses before the exercises: right is what PyTorch and the solutions say, and each reply."""

import sys
from functools import cache

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.predict import predict, predictions, same
from tests import course
from tests.conftest import controls


def shape(tensor):
    return str(tuple(tensor.shape))


def told(name):
    """The solved notebook whose name begins with `name`."""
    return course.solved(next(n for n in course.NAMES if n.startswith(name)))


def swapped():
    x = torch.tensor([1, 3])
    for old, new in ((1, 3), (3, 1)):
        x[x == old] = new
    return str(x[0].item())


def equal_ious():
    target = torch.arange(20) < 6
    first, second = (told("01")["iou"](torch.arange(20) < n, target) for n in (3, 12))
    return "both are equal" if first == second else "different"


def middle():
    x, kernel = torch.tensor([[5.0, 6], [7, 8]]), torch.tensor([[1.0, 2], [3, 4]])
    return f"{F.conv_transpose2d(x[None, None], kernel[None, None])[0, 0, 1, 1]:g}"


def stamped_once():
    once = []
    for kernel in (1, 2, 3, 4):
        ones = torch.ones(1, 1, 9, 9), torch.ones(1, 1, kernel, kernel)
        inner = F.conv_transpose2d(*ones, stride=2)[0, 0, 6:-6, 6:-6]
        once += [str(kernel)] if bool((inner == 1).all()) else []
    return " ".join(once)


def unpadded():
    return str(
        tuple(
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3))(torch.rand(1, 3, 32, 48)).shape[
                2:
            ]
        )
    )


def taken(layer, model=None, size=(16, 24)):
    """The input of a layer of the U-Net, and how often the layer runs."""
    model = model or told("05")["UNet"](features=(16, 32, 64, 128))
    seen = []
    getattr(model, layer).register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(torch.rand(1, 3, *size))
    return seen


def upconv2():
    layer = told("04")["UNet"](features=(10, 20, 30, 40)).upconv2
    return f"{layer.in_channels} to {layer.out_channels}"


def block_takes():
    class Count(nn.Module):
        def forward(self, x):
            return x

    up = told("05")["make_upconv"](64, 32)
    joined = told("05")["decoder_step"](
        torch.rand(1, 64, 16, 24), torch.rand(1, 32, 32, 48), up, Count()
    )
    return str(joined.shape[1])


def probability(*logits):
    return torch.tensor(logits).float().softmax(0)[1].item()


def dice_of_nothing():
    certain = torch.stack([torch.full((1, 4, 4), 50.0), torch.full((1, 4, 4), -50.0)], dim=1)
    loss = told("07")["segmentation_loss"](certain, torch.zeros(1, 4, 4, dtype=torch.int64))
    return f"{1 - loss.item():g}"


def gradient():
    w = torch.tensor(1.0, requires_grad=True)
    for _ in range(3):
        (2 * w).backward()
    assert w.grad is not None
    return f"{w.grad.item():g}"


def mean_iou():
    """Score a model that finds 1.0, then three times 0.4 of the car, with the solution."""
    target = torch.zeros(4, 1, 10, dtype=torch.int64)
    target[:] = 1
    found = torch.stack([torch.arange(10)[None] < n for n in (10, 4, 4, 4)]).long()

    class Given(nn.Module):
        def forward(self, x):
            mask = found[x[:, 0, 0, 0].long()]
            return torch.stack([1 - mask, mask], dim=1).float()

    x = torch.arange(4.0).reshape(4, 1, 1, 1).expand(4, 3, 1, 10)
    batches = [(x[:1], target[:1]), (x[1:], target[1:])]
    return f"{told('07')['evaluate'](Given(), batches):.2f}"


@cache
def hunt():
    """What notebook 08's given and solution cells and its loop define, with few small pictures."""
    names = dict(told("08"))
    cells = {c.id: c.source for c in course.read(course.solution_path("08_your_own_data")).cells}
    exec(cells["loop"], names)
    exec(cells["moved"].partition("\n\nfor ")[0], names)
    names["small"] = names["cars"].render_dataset(
        16, seed=100_000, size=(32, 48), progress=False, workers=1
    )
    return names


def faulty_part():
    """Follow program A's loss: it falls, though the step and the network are right."""
    names = hunt()
    model = names["train"](names["new_network"](), *names["small"], 40, loss=names["loss_a"])
    falls = sum(model.losses[-10:]) < sum(model.losses[:10])
    found = names["car_iou"](model, *names["small"])
    return "the loss" if falls and found < 0.1 else "another"


def left_by_backward():
    names = hunt()
    model, batches = names["new_network"](), [names["to_batch"](*names["small"])] * 3
    still = torch.optim.SGD(model.parameters(), lr=0.0)
    grads = []
    for batch in batches:
        names["step_b"](model, batch, still)
        grads.append(model.out.weight.grad.clone())
    summed = torch.allclose(grads[2], 3 * grads[0], rtol=1e-3)
    return "the sum of the gradients of all batches so far" if summed else "another"


def cut():
    names = hunt()
    model = names["new_network"](make=names["UNetC"])
    names["train"](model, *names["small"], 3, loss=names["segmentation_loss"])
    moved = {block for block, far in names["moved"](model).items() if far}
    return "between dec2 and upconv1" if moved == {"enc1", "upconv1", "dec1", "out"} else "other"


def mean_of_two():
    true = torch.zeros(1, 10, 10, dtype=torch.int64)
    true[0, 0, :4] = 1
    return f"{told('08')['per_class_iou'](torch.zeros_like(true), true, 2).mean():.2g}"


def counts_more():
    """What it costs in the Dice part to miss a class on half of the pixels, or one on 2 %."""
    loss, target = told("08")["multiclass_loss"], torch.zeros(1, 40, 50, dtype=torch.int64)
    target[0, :20], target[0, 20, :40] = 1, 2  # 50 % and 2 %

    def missed(k):
        """The Dice part where class k is found as class 0 and all else is right."""
        logits = 60.0 * F.one_hot(target.where(target != k, 0), 3).movedim(3, 1)
        return (loss(logits, target) - F.cross_entropy(logits, target)).item()

    # a missed class costs its own Dice, nearly 1/3; what it costs class 0 is less than half of that
    return "both count the same" if all(0.3 < missed(k) < 0.5 for k in (1, 2)) else "another"


RIGHT = {
    "1.1": swapped,
    "1.2": lambda: shape(told("01")["class_map_to_masks"](torch.zeros(2, 5, 7).long(), 3)),
    "1.3": lambda: f"class {(torch.tensor([3.0, 0.1, 2.9]) - 10).argmax()}",
    "1.4": equal_ious,
    "2.1": lambda: str(tuple(told("02")["insert_zeros"](torch.ones(1, 1, 3, 4), 3).shape[2:])),
    "2.2": middle,
    "2.3": lambda: str(told("02")["upsampled_size"](16, 3, 2)),
    "2.4": stamped_once,
    "3.1a": unpadded,
    "3.1b": lambda: str(
        [m for m in told("03")["conv_block"](3, 64).modules() if isinstance(m, nn.Conv2d)][
            1
        ].in_channels
    ),
    "3.1c": lambda: (
        "no" if told("03")["conv_block"](3, 4)(torch.randn(1, 3, 9, 9)).min() >= 0 else "yes"
    ),
    "3.2": lambda: str(told("03")["count_parameters"](nn.Conv2d(1, 2, kernel_size=3))),
    "3.3": lambda: str(told("03")["receptive_field"](2)),
    "4.1a": lambda: str(
        next(told("04")["UNet"](features=(10, 20, 30, 40)).dec3.parameters()).shape[1]
    ),
    "4.1b": upconv2,
    "4.1c": lambda: str(len(taken("pool"))),
    "5.1": block_takes,
    "5.2a": lambda: next(
        f"enc{level}"
        for level, size in enumerate(((16, 24), (8, 12)), 1)
        if taken("dec1")[0].shape[2:] == size
    ),
    "5.2b": lambda: "before" if taken("dec1")[0].shape[2:] == (16, 24) else "after",
    "5.2c": lambda: shape(taken("dec2", size=(128, 192))[0]),
    "6.1": lambda: f"{nn.Dropout(0.5).eval()(torch.ones(8)).sum():g}",
    "6.2": lambda: shape(told("06")["image_to_tensor"](told("06")["Image"].new("RGB", (640, 480)))),
    "6.3": lambda: "it stays" if abs(probability(1, 2) - probability(11, 12)) < 1e-6 else "no",
    "6.4": lambda: (
        "fewer" if (torch.rand(999) > 0.9).sum() < (torch.rand(999) > 0.5).sum() else "more"
    ),
    "7.1": dice_of_nothing,
    "7.2": gradient,
    "7.3": mean_iou,
    "8.1": faulty_part,
    "8.2": left_by_backward,
    "8.3": cut,
    "8.4": mean_of_two,
    "8.5": counts_more,
}


def test_every_question_is_computed_here():
    assert RIGHT.keys() == predictions().keys()


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_guess_is_what_the_code_says(name):
    asked = predictions()[name]
    computed = RIGHT[name]()
    assert same(computed, asked.right), computed
    assert asked.reply(computed).startswith(f"Right: {asked.right}. ")


@pytest.mark.parametrize("name", predictions())
def test_likely_wrong_guesses_get_replies_of_their_own(name):
    asked = predictions()[name]
    assert len(asked.replies) >= 2 and len(set(asked.replies.values())) == len(asked.replies)
    assert bool(asked.hint) == asked.typed
    for guess, text in asked.replies.items():
        assert len(text) > 20 and text.endswith((".", "?", "!"))
        if guess != asked.right:
            assert asked.reply(guess) == f"Not quite. {text}"
    keys = list(asked.replies)
    assert not any(same(a, b) for i, a in enumerate(keys) for b in keys[:i])
    if asked.typed:
        assert asked.reply("123456") == f"Not quite. {asked.hint}"


@pytest.mark.parametrize(
    "one, other, equal",
    [
        ("(7, 10)", "7x10", True),
        ("(7, 10)", (7, 10), True),
        ("(7, 10)", [7, 10], True),
        ("(7, 10)", (10, 7), False),
        ("60", 60, True),
        ("60", 60.0, True),
        ("0.55", ".55", True),
        ("256 to 128", "256-128", True),
        ("-1", "1", False),
        ("no", " No ", True),
        ("no", "", False),
        ("class 0", "0", True),
        ("1", torch.Size([1]), True),
    ],
)
def test_guesses_are_compared_by_their_numbers_or_else_their_words(one, other, equal):
    assert same(one, other) == equal


def test_a_guess_is_answered_in_the_page_at_once(shown):
    predict("2.1")
    box, reply = controls(shown)
    box.value = "9, 12"
    assert "Not quite. Zeros stand between pixels only" in reply.value
    box.value = "7, 10"
    assert "Right: (7, 10)." in reply.value and 'role="status"' in reply.value


def test_choices_are_buttons(shown):
    predict("1.4")
    box, reply = controls(shown)
    assert box.options == ("mask A", "mask B", "both are equal") and box.value is None
    box.value = "both are equal"
    assert "Right: both are equal." in reply.value
    assert "Choose one of: mask A, mask B, both are equal." in shown[0]["text/plain"]
    assert 'predict("1.4", "your guess")' in shown[0]["text/plain"]


def test_without_widgets_a_call_is_enough(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "helpers.widgets", None)
    predict("2.1")
    assert 'write predict("2.1", "your guess")' in capsys.readouterr().out
    predict("2.1", (7, 10))
    assert capsys.readouterr().out.startswith("Right: (7, 10). ")
    predict("1.4", "mask C")
    assert capsys.readouterr().out == "Please choose one of: mask A, mask B, both are equal.\n"
    with pytest.raises(ValueError, match="no question '9.9'"):
        predict("9.9")
