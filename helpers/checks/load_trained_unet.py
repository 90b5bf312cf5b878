"""Exercise 6.1: a U-Net with the weights of a file."""

import torch
from torch import Tensor

from helpers import weights
from helpers.checks.core.calling import CAUSE, check, crashed, draw, fail, refusal
from helpers.checks.core.comparing import close, expect_dtype, expect_tensor
from helpers.checks.core.handle import Crash, Handle
from helpers.checks.core.rendering import describe, shape_of
from helpers.checks.core.wiring import Given, near

WHAT = "load_trained_unet"


def gentle(value: Tensor) -> Tensor:
    """Random numbers in a parameter's shape: signals neither grow nor vanish on their way.

    They fit into half precision, in which the file holds them.
    """
    return (torch.randn(value.shape) * (2 / max(9, value[0].numel())) ** 0.5).half().float()


def random_unet() -> tuple[Given, dict[str, Tensor]]:
    """A U-Net of the shipped file's size with random weights, and its state dict."""
    unet, state = Given((3, 2, weights.FEATURES)), {}
    for layer, numbers in unet.numbers.items():
        unet.numbers[layer] = tuple(map(gentle, numbers))
        state |= {f"{layer}.{key}": value for key, value in unet.named(layer).items()}
    return unet, {name: state[name] for name in weights.load()}  # in the shipped file's order


def load(learner: Handle, state: dict[str, Tensor], as_text: bool = False) -> dict:
    """What the probe `inference.load` reports of a file of `state`: `made` is a model."""
    file = {name: value.half() for name, value in state.items()}
    try:
        saw = learner.ask("inference.load", file, as_text)
    except Crash as crash:
        raise shortened(crashed(WHAT, crash, "a file of random weights")) from crash
    if "not_callable" in saw:
        fail(f"{WHAT}: expected a function, got {saw['not_callable']}.")
    model = saw["made"]
    if model is None:
        fail(f"{WHAT} returned None: is the `return` line missing?")
    if saw["kind"] in ("dict", "OrderedDict"):
        fail(f"{WHAT}: expected a model, got the state dict itself. Load it into a UNet.")
    if not isinstance(model, Handle):
        fail(
            f"{WHAT}: expected a model (nn.Module), got {describe(model)}. Note that "
            "load_state_dict does not return the model."
        )
    return saw


def shortened(error: Exception) -> Exception:
    """The error; of the many layers that did not fit a file, only the first."""
    head, *lines = str(error).splitlines()
    misfits = [line.strip() for line in lines if "size mismatch" in line]
    if not misfits:
        return error
    more = f" And {len(misfits) - 1} more." if misfits[1:] else ""
    return refusal(
        f"{head} {misfits[0]}{more}\n{CAUSE}the file is for features={weights.FEATURES}.", "cause"
    )


def expect_output(saw: dict, unet: Given, told: str, tol: float = 1e-4, **options: object) -> None:
    """The model computes what `unet` does; else fail with `told`.

    `options` are those of the probe `inference.run`.
    """
    x = torch.rand(2, 3, 16, 24)
    try:
        got = saw["made"].ask("inference.run", x, **options)
    except Crash as crash:
        raise crashed("the loaded model", crash, f"a {shape_of(x)} input") from crash
    if not near(got, unet.values(x)["logits"], tol):
        fail(f"{WHAT}: {told}")


def expect_layers(saw: dict, state: dict[str, Tensor]) -> None:
    """The model has the file's layers; another beside them costs nothing."""
    if saw["state"].keys() != state.keys():
        fail(
            f"{WHAT}: the model has other layers than the file. Expected a UNet with "
            f"features={weights.FEATURES}."
        )


def expect_weights(
    saw: dict, unet: Given, state: dict[str, Tensor], any_precision: bool = False
) -> None:
    """The model's weights are those of the file, in float32 unless `any_precision`."""
    expect_layers(saw, state)
    for name, value in state.items():
        own = saw["state"][name]
        expect_tensor(f"{WHAT}: {name}", own, "the loaded model")
        if not any_precision:
            expect_dtype(
                f"{WHAT}: {name}",
                own,
                torch.float32,
                "the loaded model",
                "the file is in half precision, the model computes in single.",
            )
        if not close(own, value, 1e-2 if any_precision else 1e-6):
            shipped = close(own, weights.load()[name], 1e-3)
            fail(
                f"{WHAT}: {name} is not what stands in the file that was named: "
                + (
                    "it is from the shipped file, so the argument path was not used."
                    if shipped
                    else "was load_state_dict called on the model you return?"
                )
            )
    expect_output(
        saw,
        unet,
        "the model has the file's weights, and computes something else than "
        "a U-Net with these weights.",
        5e-2 if any_precision else 1e-4,
    )


@check
def load_trained_unet_weights(load_trained_unet: Handle) -> str:
    """The model's weights are those of the file that was named, in float32."""
    for as_text in (False, True):
        unet, state = random_unet()
        saw = load(load_trained_unet, state, as_text)
        if not saw["grad_enabled"]:
            fail(f"{WHAT} switched gradients off for the whole notebook.")
        expect_weights(saw, unet, state)
    return f"{WHAT}: the weights of 2 files loaded"


@check
def load_trained_unet_eval(load_trained_unet: Handle) -> str:
    """The model and everything in it is in evaluation mode."""
    _, state = random_unet()
    saw = load(load_trained_unet, state)
    training = [
        part["name"] or "the model" for part in saw["made"].ask("modules.parts") if part["training"]
    ]
    if training:
        fail(
            f"{WHAT}: {training[0]} is still in training mode; expected the whole model in "
            "evaluation mode. See section 1."
        )
    expect_layers(saw, state)
    other, values = random_unet()  # which weights it has is judged in test 6.1a
    expect_output(
        saw,
        other,
        "the model computes something else than a U-Net in evaluation mode.",
        values=values,
        in_training=3.0,
    )
    return f"{WHAT}: the model is in evaluation mode"


@check
def load_trained_unet_strict(load_trained_unet: Handle) -> str:
    """A file that lacks a layer raises an error, and code that stands in a file is not run."""
    unet, state = random_unet()
    try:  # else any crash would look like a refusal
        expect_weights(load(load_trained_unet, state), unet, state, any_precision=True)
    except AssertionError:
        fail(
            f"{WHAT}: not even a complete file's weights come back in a model, so a file without "
            "one of the layers was not tried. Fix what test 6.1a says first."
        )
    if load_trained_unet.ask("inference.runs_code", state):
        fail(
            f"{WHAT}: a file that held a function call beside the weights was read, and the call "
            "was made. Read it with `weights_only=True`, which takes nothing but numbers."
        )
    names = list(state)
    for gone in (names[draw(0, len(names) - 1)], names[-1]):  # a loop over both ends early
        try:
            load(load_trained_unet, {name: v for name, v in state.items() if name != gone})
        except AssertionError as error:
            if not error.__cause__:
                raise
        else:
            fail(
                f"{WHAT}: a file without {gone} was loaded without an error, and that layer keeps "
                "random numbers. Leave load_state_dict as strict as it is."
            )
    return f"{WHAT}: files without one of the layers are refused, and no code run"
