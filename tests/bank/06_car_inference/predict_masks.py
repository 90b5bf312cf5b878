"""Answers to `predict_masks`."""

import torch
import torch.nn.functional as F

from tests.bank import right, wrong

BOTH = ("predict_masks_probabilities", "predict_masks_gradient")


@wrong("logits", fails={"predict_masks_probabilities": "these are the logits"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x)


@wrong("sigmoid", fails={"predict_masks_probabilities": "a sigmoid looks at each channel alone"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).sigmoid()


@wrong("softmax over the batch", fails={"predict_masks_probabilities": "went over the batch"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(dim=0)


@wrong("softmax over the columns", fails={"predict_masks_probabilities": "over the columns"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(dim=-1)


@wrong("softmax over the rows", fails={"predict_masks_probabilities": "over the rows"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(dim=2)


@wrong("masks swapped", fails={"predict_masks_probabilities": "background and foreground are"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(dim=1).flip(1)


@wrong("gradients kept", fails={"predict_masks_gradient": "still carry gradients"})
def predict_masks(model, x):
    return model(x).softmax(dim=1)


@wrong("the class map", fails={"predict_masks_probabilities": "one map came back"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).argmax(dim=1)


@wrong("the foreground only", fails={"predict_masks_probabilities": "one map came back"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(dim=1)[:, 1]


@wrong(
    "one image of the batch only",
    fails={"predict_masks_probabilities": "the batch axis was dropped"},
)
def predict_masks(model, x):
    with torch.no_grad():
        return model(x)[0].softmax(dim=0)


@wrong(
    "gradients switched off for good",
    fails={"predict_masks_gradient": "switched gradients off for the whole notebook"},
)
def predict_masks(model, x):
    torch.set_grad_enabled(False)
    return model(x).softmax(dim=1)


@wrong("the softmax taken twice", fails={"predict_masks_probabilities": "taken twice"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(dim=1).softmax(dim=1)


@wrong("log-softmax", fails={"predict_masks_probabilities": "the logarithm of the softmax"})
def predict_masks(model, x):
    with torch.no_grad():
        return F.log_softmax(model(x), dim=1)


@wrong(
    "the model frozen for good",
    fails={"predict_masks_gradient": "its weights no longer ask for gradients"},
)
def predict_masks(model, x):
    model.requires_grad_(False)
    return model(x).softmax(dim=1)


@wrong("rounded to 0 and 1", fails={"predict_masks_probabilities": "wrong values"})
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(dim=1).round()


@wrong("no return line", fails=dict.fromkeys(BOTH, "returned None"))
def predict_masks(model, x):
    with torch.no_grad():
        model(x).softmax(dim=1)


@right("inference mode and F.softmax")
def predict_masks(model, x):
    with torch.inference_mode():
        return F.softmax(model(x), dim=1)


@right("the decorator")
@torch.no_grad()
def predict_masks(model, x):
    model.eval()
    return torch.softmax(model(x), 1)


@right("exponentials by hand")
def predict_masks(network, batch):
    with torch.no_grad():
        e = torch.exp(network(batch))
    return e / e.sum(dim=1, keepdim=True)


@right("a sigmoid of the difference, which for two classes is the softmax")
def predict_masks(model, x):
    with torch.no_grad():
        logits = model(x)
        car = torch.sigmoid(logits[:, 1] - logits[:, 0])
    return torch.stack([1 - car, car], dim=1)


@wrong("detached at the end", fails={"predict_masks_gradient": "only thrown away afterwards"})
def predict_masks(model, x):
    return model(x).softmax(-3).detach()


@wrong("the logits detached", fails={"predict_masks_gradient": "only thrown away afterwards"})
def predict_masks(model, x):
    return model(x).data.softmax(dim=1)


@wrong(
    "the class map, detached",
    fails={
        "predict_masks_probabilities": "one map came back",
        "predict_masks_gradient": "only thrown away afterwards",
    },
)
def predict_masks(model, x):
    return model(x).detach().argmax(dim=1)


@wrong(
    "run in training mode, which is put back",
    fails={"predict_masks_probabilities": "the model ran in training mode"},
)
def predict_masks(model, x):
    model.train()
    with torch.no_grad():
        masks = model(x).softmax(dim=1)
    model.eval()
    return masks


@wrong(
    "left in training mode",
    fails={
        "predict_masks_probabilities": "ran in training mode",
        "predict_masks_gradient": "changed the model",
    },
)
@torch.no_grad()
def predict_masks(model, x):
    return model.train()(x).softmax(dim=1)


@wrong(
    "masks that do not come from the model",
    fails={
        "predict_masks_probabilities": "wrong values",
        "predict_masks_gradient": "the same whatever the model's logits are",
    },
)
def predict_masks(model, x):
    return torch.full((len(x), 2, *x.shape[2:]), 0.5)


@right("the axis counted from the end")
def predict_masks(model, x):
    with torch.no_grad():
        return model(x).softmax(-3)


@right("frozen for the call only")
def predict_masks(model, x):
    asked = {p: p.requires_grad for p in model.parameters()}
    model.requires_grad_(False)
    masks = model(x).softmax(dim=1)
    for parameter, before in asked.items():
        parameter.requires_grad_(before)
    return masks
