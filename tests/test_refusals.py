"""Odd answers for the refusals that no answer of the bank meets: each is told what is wrong.

In this process alone; the bank's answers show that the pipe gives the same messages.
"""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.checks.core.comparing import common
from helpers.checks.core.whole_numbers import shifted
from tests import course

CALLS = itertools.count()
ANSWERS = []  # a notebook, an exercise, a part of a message, the answer


def odd(notebook, exercise, says):
    """Mark an answer to an exercise, one of whose graded cells says so."""

    def decorate(answer):
        about = f"{notebook[:2]}-{exercise}-{says}"
        ANSWERS.append(pytest.param(notebook, exercise, says, answer, id=about))
        return answer

    return decorate


@pytest.mark.parametrize(
    ("got", "wanted", "says"),
    [
        ([[1.0, float("nan")]], [[1.0, 2.0]], "infinite or no number at all (nan)"),
        ([[True, False]], [[False, True]], "true and false are exchanged."),
        ([[-1.0, 2.0]], [[1.0, -2.0]], "every sign is turned round."),
        ([[1.0, 0.0]], [[1.0, -2.0]], "negative numbers became 0."),
        ([[1.0, 2.0]], [[1.0, -2.0]], "negative numbers lost their sign."),
        ([[1.0, -2.0]], [[1.5, -2.5]], "the digits after the point were lost."),
        ([[3.0, 4.0], [1.0, 7.0]], [[1.0, 7.0], [3.0, 4.0]], "the rows stand in the opposite"),
        ([[2.0, 5.0, 1.0]], [[1.0, 2.0, 5.0]], "the columns are moved by one."),
        ([[1.0, 3.0], [2.0, 9.0]], [[1.0, 2.0], [3.0, 9.0]], "columns and rows are exchanged."),
        ([[2.0, 6.0]], [[1.0, 3.0]], "every number is 2 times the right one."),
        ([[2.0, 4.0]], [[1.0, 3.0]], "every number is 1 too large."),
        ([[[1.0, 3.0]], [[0.5, 9.0]]], [[[1.0, 3.0]], [[2.0, 7.0]]], "only the first picture"),
        ([[1.0, 7.0]], [[2.0, 3.0]], ""),
    ],
)
def test_what_all_wrong_numbers_have_in_common_is_said(got, wanted, says):
    found = common(torch.tensor(got), torch.tensor(wanted), 1e-4)
    assert says in found and bool(says) == bool(found), found


def test_whole_numbers_that_are_all_wrong_alike_are_said():
    assert shifted([2, 4], [1, 2]) == "every answer is 2 times the right one."
    assert shifted([2, 3], [1, 2]) == "every answer is 1 too large."
    assert shifted([5, 5], [1, 2]).startswith("the answer is always 5")
    assert shifted([5, 1], [1, 2]) == ""


class Stuck(torch.autograd.Function):
    """Lets a tensor through; the way back stops with an error."""

    @staticmethod
    def forward(ctx, x):
        """The tensor itself."""
        return x.clone()

    @staticmethod
    def backward(ctx, *grad_outputs):
        """Stops."""
        raise RuntimeError("stuck on the way back")


def solved(notebook, name):
    """What the solution calls so."""
    return course.solved(notebook)[name]


@odd("02_transposed_convolution", "insert_zeros", "digits were lost")
def through_a_coarser_type(x, stride):
    return solved("02_transposed_convolution", "insert_zeros")(x.float(), stride).to(x.dtype)


@odd("02_transposed_convolution", "insert_zeros", "stuck on the way back")
def stuck_zeros(x, stride):
    return Stuck.apply(solved("02_transposed_convolution", "insert_zeros")(x, stride))


@odd("02_transposed_convolution", "transposed_conv2d", "expected shape")
def not_for_a_stride_of_three(x, weight, stride, padding=0):
    if stride == 3:
        raise ValueError("not yet")
    right = solved("02_transposed_convolution", "transposed_conv2d")
    return F.pad(right(x, weight, stride, padding), (0, 5))


@odd("02_transposed_convolution", "upsampled_size", "with padding left out, got 12")
def padded_by_default(size, kernel_size, stride, padding=1):
    return (size - 1) * stride + kernel_size - 2 * padding


@odd("02_transposed_convolution", "make_upconv", "the size did not change")
def an_ordinary_convolution(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


@odd("02_transposed_convolution", "make_upconv", "expected shape")
def a_stride_of_three(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 2, stride=3)


@odd("02_transposed_convolution", "make_upconv", "numbers to learn in all")
def two_layers(inputs, outputs):
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 2, stride=2), nn.Conv2d(outputs, outputs, 1)
    )


@odd("02_transposed_convolution", "make_upconv", "the same input gives different results")
def with_chance(inputs, outputs):
    class Chance(nn.ConvTranspose2d):
        def forward(self, input, output_size=None):
            return F.dropout(super().forward(input), 0.5, training=True)

    return Chance(inputs, outputs, 2, stride=2)


@odd("02_transposed_convolution", "make_upconv", "a kernel is more than 32 wide")
def a_huge_kernel(inputs, outputs):
    layer = nn.ConvTranspose2d(inputs, outputs, 2, stride=2)
    layer.more = nn.Parameter(torch.zeros(1, 1, 33, 33))
    return layer


@odd("02_transposed_convolution", "make_upconv", "stuck on the way back")
def a_stuck_layer(inputs, outputs):
    class Layer(nn.ConvTranspose2d):
        def forward(self, input, output_size=None):
            return Stuck.apply(super().forward(input))

    return Layer(inputs, outputs, 2, stride=2)


def block(before=lambda x: x, after=lambda x: x, **more):
    """A conv_block that does something to its input or its result, or has more parameters."""

    class Block(nn.Module):
        def __init__(self, inputs, outputs):
            super().__init__()
            self.one = nn.Conv2d(inputs, outputs, 3, padding=1)
            self.two = nn.Conv2d(outputs, outputs, 3, padding=1)
            for name, shape in more.items():
                setattr(self, name, nn.Parameter(torch.ones(shape)))

        def forward(self, x):
            return after(self.two(self.one(before(x)).relu()).relu())

    return Block


odd("03_conv_block", "conv_block", "expected a tensor for")(block(after=lambda y: "text"))
odd("03_conv_block", "conv_block", "stuck on the way back")(block(after=Stuck.apply))


@odd("03_conv_block", "conv_block", "two biases of")
class WithAScale(block(scale=(1,))):
    def forward(self, x):
        return super().forward(x) * self.scale


class Mirrored(block()):
    """What lies outside of the picture is its mirror image, not zeros."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.one.padding_mode = self.two.padding_mode = "reflect"


@odd("03_conv_block", "conv_block", "do not tell how the result changes")
class MirroredAndPartlyDetached(Mirrored):
    def forward(self, x):
        middle = self.one(x).relu()
        return self.two(0.2 * middle + 0.8 * middle.detach()).relu()


@odd("03_conv_block", "conv_block", "(border): wrong values")
class ChanceAtTheBorder(block()):
    def forward(self, x):
        y = super().forward(x)
        inside = F.pad(torch.ones_like(y[..., 2:-2, 2:-2]), (2, 2, 2, 2))
        return y + (1 - inside) * torch.rand_like(y)


class Constant(block()):
    """Gives the same whatever its numbers are."""

    def forward(self, x):
        return 0 * super().forward(x) + 1


@odd("03_conv_block", "conv_block", "does not depend on the block's numbers")
def constant_later_on(inputs, outputs):
    if (inputs, outputs) == (6, 2):  # two more calls, and the test asks for two blocks alike
        CONSTANT_LATER[:] = [Block, Block, Block, Constant]
    elif (inputs, outputs) == (3, 5) and not CONSTANT_LATER[1:]:  # another test begins
        CONSTANT_LATER[:] = [Block]
    kind = CONSTANT_LATER.pop(0) if CONSTANT_LATER[1:] else CONSTANT_LATER[0]
    return kind(inputs, outputs)


Block = block()
CONSTANT_LATER = [Block]


@odd("03_conv_block", "count_parameters", "changed the module")
def count_and_clear(module):
    with torch.no_grad():
        for p in module.parameters():
            p.zero_()
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


NETWORK = solved("04_unet_init", "UNet")


@odd("04_unet_init", "unet_init", "expected a layer (nn.Module), got 'text'")
class TextForALayer(NETWORK):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        del self.enc1
        self.enc1 = "text"


@odd("04_unet_init", "unet_init", "expected a network for")
class NoNetwork(NETWORK):
    def __new__(cls, *args, **options):
        return 5


@odd("04_unet_init", "unet_init", "got weights of shapes")
class LargerKernels(NETWORK):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__(in_channels, out_channels, features)
        for i in (1, 2, 3):
            layer = nn.ConvTranspose2d(
                features[i], features[i - 1], 3, stride=2, padding=1, output_padding=1
            )
            setattr(self, f"upconv{i}", layer)


@odd("04_unet_init", "unet_init", "expected")
class OtherArgumentsOtherLayers(NETWORK):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__(in_channels, out_channels, features)
        if features[3] < features[2]:
            self.dec1 = solved("04_unet_init", "conv_block")(2 * features[0], features[0] + 1)


@odd("04_unet_init", "unet_init", "expected")
class PlainLayers(NETWORK):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__(in_channels, out_channels, features)
        for name, layer in list(self.named_children()):
            if name.startswith(("enc", "dec")):
                first, *_, last = (m for m in layer.modules() if isinstance(m, nn.Conv2d))
                setattr(self, name, nn.Conv2d(first.in_channels, last.out_channels, 1))


@odd("04_unet_init", "unet_init", "no layer computes with the numbers")
class BrokenLayers(NETWORK):
    def __init__(self, in_channels=3, out_channels=2, features=(64, 128, 256, 512)):
        super().__init__(in_channels, out_channels, features)
        for name, layer in list(self.named_children()):
            if name != "pool":
                first, *_ = (m for m in layer.modules() if hasattr(m, "weight"))
                setattr(self, name, Broken(first.in_channels, first.out_channels, 1))


class Broken(nn.Conv2d):
    """A layer that does not run."""

    def forward(self, input):
        raise ValueError("not yet")


@odd("05_unet_forward", "decoder_step", "two calls with the same input give different results")
def every_second_time(x, skip, upconv, block):
    y = solved("05_unet_forward", "decoder_step")(x, skip, upconv, block)
    return y if next(CALLS) % 2 else 1.5 * y


@odd("05_unet_forward", "decoder_step", "only a part of the gradient reaches skip")
def scaled_and_partly_detached(x, skip, upconv, block):
    part = 0.2 * skip + 0.8 * skip.detach()
    return 1.1 * solved("05_unet_forward", "decoder_step")(x, part, upconv, block)


@odd("05_unet_forward", "decoder_step", "stuck on the way back")
def stuck_step(x, skip, upconv, block):
    return Stuck.apply(solved("05_unet_forward", "decoder_step")(x, skip, upconv, block))


WIRED = solved("05_unet_forward", "UNet")


@odd("05_unet_forward", "unet_forward", "expected a tensor for")
class TextForLogits(WIRED):
    def forward(self, x):
        return str(super().forward(x).shape)


@odd("05_unet_forward", "unet_forward", "changed its input in place")
class ChangesItsInput(WIRED):
    def forward(self, x):
        y = super().forward(x)
        x += 1
        return y


@odd("05_unet_forward", "unet_forward", "layers of the same kind in place of its own")
class Closed(WIRED):
    def __setattr__(self, name, value):
        if getattr(self, "out", None) is not None:
            raise AttributeError("closed")
        super().__setattr__(name, value)


@odd("05_unet_forward", "unet_forward", "dec2")
class ForgetsADecoderBlock(WIRED):
    def forward(self, x):
        step = solved("05_unet_forward", "decoder_step")
        skip1 = self.enc1(x)
        skip2 = self.enc2(self.pool(skip1))
        skip3 = self.enc3(self.pool(skip2))
        x = step(self.enc4(self.pool(skip3)), skip3, self.upconv3, self.dec3)
        x = torch.rand_like(step(x, skip2, self.upconv2, self.dec2))
        return self.out(step(x, skip1, self.upconv1, self.dec1))


def loaded(path):
    """What the solution loads."""
    return solved("06_car_inference", "load_trained_unet")(path)


@odd("06_car_inference", "load_trained_unet", "the loaded model raised ZeroDivisionError")
def that_cannot_run(path):
    model = loaded(path)
    model.forward = lambda x: 1 / 0
    return model


@odd("06_car_inference", "load_trained_unet", "computes something else than")
def that_doubles(path):
    class Doubled(solved("06_car_inference", "UNet")):
        def forward(self, x):
            return 2 * super().forward(x)

    model = loaded(path)
    model.__class__ = Doubled
    return model


@odd("06_car_inference", "load_trained_unet", "the model has other layers than the file")
def another_model(path):
    loaded(path)
    return nn.Conv2d(3, 2, 1).eval()


@odd("06_car_inference", "load_trained_unet", "switched gradients off for the whole notebook")
def that_switches_gradients_off(path):
    torch.set_grad_enabled(False)
    return loaded(path)


@odd("06_car_inference", "load_trained_unet", "a function call beside the weights was read")
def that_runs_what_it_reads(path):
    torch.load(path, weights_only=False)
    return loaded(path)


@odd("07_training", "segmentation_loss", "stuck on the way back")
def stuck_loss(logits, target):
    return Stuck.apply(solved("07_training", "segmentation_loss")(logits, target))


@odd("08_your_own_data", "multiclass_loss", "stuck on the way back")
def stuck_multiclass_loss(logits, target):
    return Stuck.apply(solved("08_your_own_data", "multiclass_loss")(logits, target))


def step(model, batch, optimizer):
    """One step of the solution's."""
    return solved("07_training", "train_step")(model, batch, optimizer)


@odd("07_training", "train_step", "changed its batch in place")
def that_changes_its_batch(model, batch, optimizer):
    loss = step(model, batch, optimizer)
    batch[0].add_(1)
    return loss


@odd("07_training", "train_step", "changed the model itself")
def that_widens_the_model(model, batch, optimizer):
    loss = step(model, batch, optimizer)
    model.double()
    return loss


@odd("07_training", "train_step", "ran on other images than those of its batch")
def that_looks_at_other_images(model, batch, optimizer):
    return step(model, (torch.rand_like(batch[0]), batch[1]), optimizer)


def evaluated(model, batches):
    """What the solution says."""
    return solved("07_training", "evaluate")(model, batches)


@odd("07_training", "evaluate", "changed the model's weights")
def that_moves_the_weights(model, batches):
    score = evaluated(model, batches)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1)
    return score


@odd("07_training", "evaluate", "left the model's weights frozen")
def that_freezes_the_model(model, batches):
    score = evaluated(model, batches)
    model.requires_grad_(False)
    return score


@pytest.mark.parametrize(("notebook", "exercise", "says", "answer"), ANSWERS)
def test_an_odd_answer_is_told_what_is_wrong(notebook, exercise, says, answer):
    task = course.exercises(notebook)[exercise]
    name = "UNet" if exercise.startswith("unet_") else exercise
    grad = torch.is_grad_enabled()
    try:
        found = course.refusals(task.tests, course.solved(notebook) | {name: answer})
    finally:
        torch.set_grad_enabled(grad)
    messages = [course.told(error) for error in found.values()]
    assert all(message.startswith("AssertionError: ") for message in messages), messages
    assert any(says in message for message in messages), messages
