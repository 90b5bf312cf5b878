"""Answers to `foreground_mask`."""

import torch

from tests.bank import right, wrong

BOTH = ("foreground_mask_default", "foreground_mask_threshold")


@wrong("the background", fails=dict.fromkeys(BOTH, "that is the background"))
def foreground_mask(masks, threshold=0.5):
    return masks[:, 0] > threshold


@wrong("the threshold ignored", fails={"foreground_mask_threshold": "the threshold was ignored"})
def foreground_mask(masks, threshold=0.5):
    return masks[:, 1] > 0.5


@wrong("argmax", fails={"foreground_mask_threshold": "the threshold was ignored"})
def foreground_mask(masks, threshold=0.5):
    return masks.argmax(dim=1) == 1


@wrong(
    "the background below the threshold: right at 0.5 only",
    fails={"foreground_mask_threshold": "the background was compared"},
)
def foreground_mask(masks, threshold=0.5):
    return masks[:, 0] < threshold


@wrong("numbers instead of true and false", fails=dict.fromkeys(BOTH, "expected elements of type"))
def foreground_mask(masks, threshold=0.5):
    return (masks[:, 1] > threshold).float()


@wrong("both masks", fails=dict.fromkeys(BOTH, "both masks came back"))
def foreground_mask(masks, threshold=0.5):
    return masks > threshold


@wrong("the batch axis dropped", fails=dict.fromkeys(BOTH, "the batch axis was dropped"))
def foreground_mask(masks, threshold=0.5):
    return masks[0, 1] > threshold


@wrong("the wrong index: the second image", fails=dict.fromkeys(BOTH, "there is no entry 1"))
def foreground_mask(masks, threshold=0.5):
    return masks[1] > threshold


@wrong("the channel axis kept", fails=dict.fromkeys(BOTH, "the channel axis is still there"))
def foreground_mask(masks, threshold=0.5):
    return masks[:, 1:] > threshold


@wrong(
    "the wrong way round",
    fails={
        "foreground_mask_default": "that is the background",
        "foreground_mask_threshold": "the comparison is the wrong way round",
    },
)
def foreground_mask(masks, threshold=0.5):
    return masks[:, 1] < threshold


@wrong("the probabilities themselves", fails=dict.fromkeys(BOTH, "expected elements of type bool"))
def foreground_mask(masks, threshold=0.5):
    return masks[:, 1]


@wrong("no return line", fails=dict.fromkeys(BOTH, "returned None"))
def foreground_mask(masks, threshold=0.5):
    print(masks[:, 1] > threshold)


@wrong("greater or equal", fails=dict.fromkeys(BOTH, "what equals the threshold is not above it"))
def foreground_mask(masks, threshold=0.5):
    return masks[:, 1] >= threshold


@right("torch.gt and select")
def foreground_mask(masks, threshold=0.5):
    return torch.gt(masks.select(1, 1), threshold)


@right("unpacked, and made bool by where")
def foreground_mask(masks, threshold=0.5):
    _, foreground = masks.unbind(dim=1)
    return torch.where(foreground > threshold, 1, 0).bool()


@right("image by image")
def foreground_mask(probabilities, threshold=0.5):
    return torch.stack([background_and_car[1] > threshold for background_and_car in probabilities])


@right("squeezed after a narrow")
def foreground_mask(masks, threshold=0.5):
    return (masks.narrow(1, 1, 1) - threshold > 0).squeeze(1)


@wrong("a margin above the threshold", fails=dict.fromkeys(BOTH, "wrong values"))
def foreground_mask(masks, threshold=0.5):
    return masks[:, 1] > threshold + 1e-3
