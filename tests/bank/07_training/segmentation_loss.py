"""Answers to `segmentation_loss`."""
# ruff: noqa: B905  (learners zip without `strict`)

import torch
import torch.nn.functional as F

from tests.bank import right, wrong

VALUE, ENTROPY, DICE, EACH, ONE, GRADIENT = (
    f"segmentation_loss_{name}"
    for name in ("value", "cross_entropy", "dice", "per_image", "plus_one", "gradient")
)
ALL = (VALUE, ENTROPY, DICE, EACH, ONE, GRADIENT)


def in_dice(fragment):
    """Every cell that reads the formula of the Dice fails, with the same fragment."""
    return dict.fromkeys((VALUE, DICE, ONE), fragment)


@wrong(
    "cross-entropy alone",
    fails=in_dice("the Dice part is missing") | {EACH: "the Dice part is missing"},
)
def segmentation_loss(logits, target):
    return F.cross_entropy(logits, target)


@wrong(
    "Dice alone",
    fails={VALUE: "the cross-entropy is missing", ENTROPY: "the cross-entropy is missing"},
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return 1 - dice.mean()


@wrong(
    "one Dice over the whole batch",
    fails={EACH: "the sums run over the whole batch"},
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum() + 1) / (p.sum() + g.sum() + 1)
    return F.cross_entropy(logits, target) + 1 - dice


@wrong(
    "cross-entropy of probabilities",
    fails={
        VALUE: "F.cross_entropy was given probabilities",
        ENTROPY: "F.cross_entropy was given probabilities",
    },
)
def segmentation_loss(logits, target):
    probs = logits.softmax(1)
    p, g = probs[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(probs, target) + (1 - dice).mean()


@wrong("no +1", fails={ONE: "The +1"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = 2 * (p * g).sum((1, 2)) / (p.sum((1, 2)) + g.sum((1, 2)))
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("+1 below only", fails={ONE: "the +1 is missing in the numerator"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = 2 * (p * g).sum((1, 2)) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("a tiny number instead of 1", fails={ONE: "a tiny number is no stand-in"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = 2 * (p * g).sum((1, 2)) / (p.sum((1, 2)) + g.sum((1, 2)) + 1e-8)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "Dice added instead of 1 - Dice",
    fails=in_dice("the Dice itself is added"),
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + dice.mean()


@wrong("Dice subtracted, the 1 forgotten", fails={VALUE: "the 1 of `1 - Dice` is missing"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) - dice.mean()


@wrong("factor 2 forgotten", fails=in_dice("the factor 2"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = ((p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("soft IoU instead of Dice", fails=in_dice("that is IoU"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    both = (p * g).sum((1, 2))
    return (
        F.cross_entropy(logits, target)
        + (1 - (both + 1) / (p.sum((1, 2)) + g.sum((1, 2)) - both + 1)).mean()
    )


@wrong("Dice of the background", fails=in_dice("that of the background"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 0], (target == 0).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "channel 0 against the car's target",
    fails=in_dice("channel 0 was compared"),
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 0], target
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("Dice averaged over both classes", fails=in_dice("averaged over both classes"))
def segmentation_loss(logits, target):
    p = logits.softmax(1)
    g = F.one_hot(target, 2).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "Dice summed over both classes",
    fails=in_dice("the sums run over both classes; only the car's, channel 1")
    | {EACH: "the sums run over both classes"},
)
def segmentation_loss(logits, target):
    p = logits.softmax(1)
    g = F.one_hot(target, 2).permute(0, 3, 1, 2)
    dice = (2 * (p * g).sum((1, 2, 3)) + 1) / (p.sum((1, 2, 3)) + g.sum((1, 2, 3)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "both channels compared with the car's target",
    fails=in_dice("both channels were compared with the car's target"),
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1), (target == 1).float()[:, None]
    dice = (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("sums down each column alone", fails=in_dice("one axis only, down each column"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum(1) + 1) / (p.sum(1) + g.sum(1) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("sums along each row alone", fails=in_dice("one axis only, along each row"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum(-1) + 1) / (p.sum(-1) + g.sum(-1) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "a cross-entropy by hand, with the logarithm of 0",
    fails={
        "segmentation_loss_cross_entropy": "was a logarithm taken of a probability",
        ONE: "was a logarithm taken of a probability that is 0",
    },
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return -(g * p.log() + (1 - g) * (1 - p).log()).mean() + 1 - dice.mean()


@wrong("the target given first", fails=dict.fromkeys(ALL, "the target were exchanged"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(target, logits) + (1 - dice).mean()


@wrong(
    "the cross-entropy of one map",
    fails=dict.fromkeys(ALL, "F.cross_entropy takes logits (B, classes, H, W)"),
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(p, target) + (1 - dice).mean()


@wrong(
    "the cross-entropy with the target as fractions",
    fails=dict.fromkeys(ALL, "whole numbers (int64)"),
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, g) + (1 - dice).mean()


@wrong("hard predictions in the Dice", fails=in_dice("the prediction is hard"))
def segmentation_loss(logits, target):
    p, g = logits.argmax(1), target
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("a sigmoid of the car's logit", fails=in_dice("a sigmoid of the car's logit"))
def segmentation_loss(logits, target):
    p, g = torch.sigmoid(logits[:, 1]), (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "no softmax at all",
    fails=in_dice("the logits were used as if they were probabilities")
    | {ENTROPY: "the logits were used as if they were probabilities"},
)
def segmentation_loss(logits, target):
    p, g = logits[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "softmax over the batch",
    fails=in_dice("the softmax runs over the batch") | {EACH: "the softmax runs over the batch"},
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(0)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("the Dice detached from the graph", fails={GRADIENT: "was detached"})
def segmentation_loss(logits, target):
    p, g = logits.detach().softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("a Python number comes back", fails={GRADIENT: "no gradient reaches the logits"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return (F.cross_entropy(logits, target) + (1 - dice).mean()).item()


@wrong(
    "a loss for each picture",
    fails={
        VALUE: "expected a scalar, shape ()",
        ENTROPY: "average over the pictures",
        EACH: "average over the pictures",
        GRADIENT: "average over the pictures",
    },
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice


@wrong("1 - Dice summed over the batch", fails={EACH: "is summed over the pictures"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).sum()


@wrong(
    "cross-entropy summed over the pixels",
    fails={VALUE: "summed over the pixels", ENTROPY: "summed over the pixels"},
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target, reduction="sum") + (1 - dice).mean()


@wrong(
    "binary cross-entropy on the car's logit alone",
    fails={VALUE: "binary, on the car's logit alone", ENTROPY: "binary, on the car's logit alone"},
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.binary_cross_entropy_with_logits(logits[:, 1], g) + (1 - dice).mean()


@wrong("means instead of sums", fails=in_dice("means stand where"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).mean((1, 2)) + 1) / (p.mean((1, 2)) + g.mean((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("the Dice part counts half", fails=in_dice("the Dice part counts half"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + 0.5 * (1 - dice).mean()


@wrong("the mean of both parts", fails=in_dice("halved") | {ENTROPY: "halved"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return (F.cross_entropy(logits, target) + (1 - dice).mean()) / 2


@wrong("squared probabilities below (V-Net's Dice)", fails=in_dice("squared"))
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / ((p * p).sum((1, 2)) + (g * g).sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "parentheses forgotten around the denominator",
    fails=in_dice("it needs parentheses"),
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1], (target == 1).float()
    dice = (2 * (p * g).sum((1, 2)) + 1) / p.sum((1, 2)) + g.sum((1, 2)) + 1
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong("only the first picture's Dice", fails={EACH: "only the first picture's Dice counts"})
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[0, 1], (target[0] == 1).float()
    dice = (2 * (p * g).sum() + 1) / (p.sum() + g.sum() + 1)
    return F.cross_entropy(logits, target) + 1 - dice


@wrong("no return line", fails=dict.fromkeys(ALL, "returned None"))
def segmentation_loss(logits, target):
    F.cross_entropy(logits, target)


@wrong(
    "works for batches of one picture only",
    fails=dict.fromkeys((ENTROPY, EACH, GRADIENT), "do not fill the shape"),
)
def segmentation_loss(logits, target):
    p, g = logits.softmax(1)[:, 1].reshape(target.shape[1:]), target[0].float()
    dice = (2 * (p * g).sum() + 1) / (p.sum() + g.sum() + 1)
    return F.cross_entropy(logits, target) + 1 - dice


@right("a loop over the pictures")
def segmentation_loss(logits, target):
    dice = []
    for picture, truth in zip(logits, target):
        p = torch.softmax(picture, dim=0)[1]
        g = truth.float()
        dice.append((2 * (p * g).sum() + 1) / (p.sum() + g.sum() + 1))
    return F.cross_entropy(logits, target) + 1 - sum(dice) / len(dice)


@right("both from log-probabilities")
def segmentation_loss(logits, target):
    logs = F.log_softmax(logits, dim=1)
    p, g = logs[:, 1].exp().flatten(1), target.flatten(1)
    dice = (2 * (p * g).sum(1) + 1) / (p.sum(1) + g.sum(1) + 1)
    return F.nll_loss(logs, target) + torch.mean(1 - dice)


@right("the car's probability as a sigmoid of the difference, cross-entropy from it")
def segmentation_loss(logits, target):
    margin = logits[:, 1] - logits[:, 0]
    p, g = margin.sigmoid(), target.to(logits.dtype)
    overlap = torch.einsum("bhw,bhw->b", p, g)
    dice = (2 * overlap + 1) / (p.sum((-2, -1)) + g.sum((-2, -1)) + 1)
    return F.binary_cross_entropy_with_logits(margin, g) - dice.mean() + 1


@right("the layer nn.CrossEntropyLoss, masked by indexing")
def segmentation_loss(logits, target):
    p = nn.Softmax(dim=1)(logits)[:, 1]  # noqa: F821
    car = target == 1
    hits = torch.where(car, p, torch.zeros_like(p)).sum(dim=[1, 2])
    score = (2.0 * hits + 1.0) / (p.sum(dim=[1, 2]) + car.sum(dim=[1, 2]) + 1.0)
    return nn.CrossEntropyLoss()(logits, target) + torch.ones_like(score).sub(score).mean()  # noqa: F821


@right("a cross-entropy for each pixel, gathered by hand")
def segmentation_loss(logits, target):
    logs = logits - logits.logsumexp(dim=1, keepdim=True)
    entropy = -logs.gather(1, target.unsqueeze(1)).mean()
    p = logs.exp()[:, 1:2]
    g = target.unsqueeze(1)
    dice = (2 * (p * g).sum((1, 2, 3)) + 1) / ((p + g).sum((1, 2, 3)) + 1)
    return entropy + (1 - dice).mean()


@right("a tensor of one element in double precision")
def segmentation_loss(logits, target):
    logits = logits.double()
    p, g = logits.softmax(1)[:, 1], target.double()
    dice = (2 * (p * g).sum((1, 2)) + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + (1 - dice).mean()


@wrong(
    "binary cross-entropy of the softmax: the same for two classes, but not near 0 and 1",
    fails={"segmentation_loss_cross_entropy": "near 0 and 1 they have lost their digits"},
)
def segmentation_loss(logits, target):
    p = logits.softmax(1)[:, 1]
    g = (target == 1).to(p.dtype)
    p2, g2 = p.reshape(len(p), -1), g.reshape(len(g), -1)
    dice = (2 * (p2 * g2).sum(-1) + 1) / (p2.sum(-1) + g2.sum(-1) + 1)
    return F.binary_cross_entropy(p, g) + (1 - dice).mean()


@right("the overlap as a sum of products by einsum, in float32")
def segmentation_loss(logits, target):
    p, g = logits.softmax(dim=1)[:, 1], target.float()
    overlap = torch.einsum("bhw,bhw->b", p, g)
    dice = (2 * overlap + 1) / (p.sum((1, 2)) + g.sum((1, 2)) + 1)
    return F.cross_entropy(logits, target) + 1 - dice.mean()


@wrong(
    "the same loss whatever the logits",
    fails=dict.fromkeys((VALUE, ENTROPY, DICE, EACH, ONE), "the loss is 1 whatever the logits")
    | {GRADIENT: "no gradient reaches the logits"},
)
def segmentation_loss(logits, target):
    return 1 + 0 * logits.sum()
