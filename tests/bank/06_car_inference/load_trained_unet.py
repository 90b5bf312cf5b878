"""Answers to `load_trained_unet`; `UNet` is the notebook's."""

import io
from pathlib import Path

import torch

from helpers.weights import WEIGHTS
from tests.bank import right, wrong

UNet = torch.nn.Module  # stands here for the notebook's own, so that the file reads alone

ALL = ("load_trained_unet_weights", "load_trained_unet_eval", "load_trained_unet_strict")
NOT_TRIED = {"load_trained_unet_strict": "fix what test 6.1a says first"}


@wrong("left in training mode", fails={"load_trained_unet_eval": "still in training mode"})
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    model.load_state_dict(torch.load(path, weights_only=True))
    return model


@wrong("only the top module's flag switched", fails={"load_trained_unet_eval": "enc1 is still"})
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    model.load_state_dict(torch.load(path, weights_only=True))
    model.training = False
    return model


@wrong(
    "the default, four times wider features",
    fails=dict.fromkeys(ALL[:2], "the file is for features=(16,") | NOT_TRIED,
)
def load_trained_unet(path):
    model = UNet()
    model.load_state_dict(torch.load(path, weights_only=True))
    model.eval()
    return model


@wrong(
    "the weights read but never copied in",
    fails={
        "load_trained_unet_weights": "was load_state_dict called",
        **NOT_TRIED,
    },
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    torch.load(path, weights_only=True)
    return model.eval()


@wrong(
    "the shipped file whatever the path says",
    fails={
        "load_trained_unet_weights": "the argument path was not used",
        **NOT_TRIED,
    },
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    model.load_state_dict(torch.load(WEIGHTS, weights_only=True))
    return model.eval()


@wrong(
    "strict=False: a missing layer keeps random numbers",
    fails={"load_trained_unet_strict": "keeps random numbers"},
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    model.load_state_dict(torch.load(path, weights_only=True), strict=False)
    return model.eval()


@wrong(
    "the state dict instead of a model",
    fails=dict.fromkeys(ALL[:2], "the state dict itself") | NOT_TRIED,
)
def load_trained_unet(path):
    return torch.load(path, weights_only=True)


@wrong(
    "what load_state_dict returns",
    fails={
        "load_trained_unet_weights": "does not return the model",
        "load_trained_unet_eval": "does not return the model",
        **NOT_TRIED,
    },
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    return model.load_state_dict(torch.load(path, weights_only=True))


@wrong(
    "no return line",
    fails={
        "load_trained_unet_weights": "is the `return` line missing",
        "load_trained_unet_eval": "is the `return` line missing",
        **NOT_TRIED,
    },
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    model.load_state_dict(torch.load(path, weights_only=True))
    model.eval()


@wrong(
    "the model's name given to what load_state_dict returns",
    fails=dict.fromkeys(ALL[:2], "load_state_dict does not return the model") | NOT_TRIED,
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    model = model.load_state_dict(torch.load(path, weights_only=True))
    model.eval()
    return model


@wrong(
    "a missing layer caught, nothing returned then",
    fails={"load_trained_unet_strict": "returned None"},
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    try:
        model.load_state_dict(torch.load(path, weights_only=True))
    except RuntimeError:
        return None
    return model.eval()


@wrong(
    "the model left in half precision",
    fails={"load_trained_unet_weights": "expected elements of type float32"},
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128)).half()
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval()


@wrong(
    "eval() on another model than the one returned",
    fails={"load_trained_unet_eval": "still in training mode"},
)
def load_trained_unet(path):
    UNet(features=(16, 32, 64, 128)).eval()
    model = UNet(features=(16, 32, 64, 128))
    model.load_state_dict(torch.load(path, weights_only=True))
    return model


@right("one line after the other, with train(False)")
def load_trained_unet(path):
    net = UNet(3, 2, (16, 32, 64, 128))
    numbers = torch.load(path, map_location="cpu", weights_only=True)
    net.load_state_dict(numbers)
    net.train(False)
    return net


@right("returns eval()'s own return")
def load_trained_unet(path):
    model = UNet(features=[16, 32, 64, 128])
    model.load_state_dict(torch.load(str(path)))
    return model.eval()


@right("the numbers turned to float32 first")
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    state = torch.load(path, weights_only=True)
    model.load_state_dict({name: value.float() for name, value in state.items()})
    return model.eval()


@right("the file opened by hand")
def load_trained_unet(path):
    buffer = io.BytesIO(Path(path).read_bytes())
    model = UNet(features=(16, 32, 64, 128)).eval()
    model.load_state_dict(torch.load(buffer, weights_only=True))
    return model


@right("parameter by parameter")
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    state = torch.load(path, weights_only=True)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(state[name])
    return model.eval()


@right("a lacking layer looked for by its name")
def load_trained_unet(path):
    model, state = UNet(features=(16, 32, 64, 128)), torch.load(path, weights_only=True)
    for name, parameter in model.named_parameters():
        parameter.data = state.get(name).float()
    return model.eval()


@right("no gradients wanted of the weights")
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128))
    model.load_state_dict(torch.load(path, weights_only=True))
    return model.eval().requires_grad_(False)


@wrong(
    "copied name by name, as far as both go", fails={ALL[2]: "a file without out.bias was loaded"}
)
def load_trained_unet(path):
    model = UNet(features=(16, 32, 64, 128)).eval()
    state = torch.load(path, weights_only=True)
    for own, value in zip(model.state_dict().values(), state.values(), strict=False):
        own.copy_(value)
    return model
