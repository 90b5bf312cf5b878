"""Answers to `decoder_step`."""

import torch
import torch.nn.functional as F

from tests.bank import right, wrong

SHAPE, VALUES, GRADIENT = "decoder_step_shape", "decoder_step_values", "decoder_step_gradient"


@wrong(
    "[skip, up]",
    fails={
        VALUES: "the skip was put first",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([skip, upconv(x)], dim=1))


@wrong(
    "concatenated on the height",
    fails={
        SHAPE: "the block got 4 channels, it should get 8",
        VALUES: "the block got 4 channels, it should get 8",
        GRADIENT: "side by side on the channel axis",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([upconv(x), skip], dim=2))


@wrong(
    "concatenated on the batch, since no axis is given",
    fails={
        SHAPE: "the block got 4 channels, it should get 8",
        VALUES: "the block got 4 channels, it should get 8",
        GRADIENT: "side by side on the channel axis",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([upconv(x), skip]))


@wrong(
    "the list given to the block",
    fails=dict.fromkeys((SHAPE, VALUES, GRADIENT), "arguments that it does not take"),
)
def decoder_step(x, skip, upconv, block):
    return block([upconv(x), skip])


@wrong(
    "the skip added",
    fails={
        SHAPE: "the block got 4 channels, it should get 8",
        VALUES: "the block got 4 channels, it should get 8",
        GRADIENT: "side by side on the channel axis",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(upconv(x) + skip)


@wrong(
    "the sum joined with itself, so that the channels fit",
    fails={
        VALUES: "added rather than put beside",
    },
)
def decoder_step(x, skip, upconv, block):
    both = upconv(x) + skip
    return block(torch.cat([both, both], dim=1))


@wrong(
    "the skip ignored",
    fails={
        VALUES: "left out and the enlarged map joined with itself",
        GRADIENT: "(skip): no gradient",
    },
)
def decoder_step(x, skip, upconv, block):
    up = upconv(x)
    return block(torch.cat([up, up], dim=1))


@wrong(
    "x ignored",
    fails={
        VALUES: "the enlarged map is missing",
        GRADIENT: "(x): no gradient",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([skip, skip], dim=1))


@wrong(
    "zeros for the skip",
    fails={
        VALUES: "zeros stand where the skip should",
        GRADIENT: "(skip): no gradient",
    },
)
def decoder_step(x, skip, upconv, block):
    up = upconv(x)
    return block(torch.cat([up, torch.zeros_like(skip)], dim=1))


@wrong(
    "the skip detached",
    fails={
        GRADIENT: "(skip): no gradient",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([upconv(x), skip.detach()], dim=1))


@wrong(
    "what comes from below detached",
    fails={
        GRADIENT: "(x): no gradient",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([upconv(x).detach(), skip], dim=1))


@wrong(
    "not enlarged",
    fails={
        SHAPE: "joined before x was enlarged",
        VALUES: "joined before x was enlarged",
        GRADIENT: "joined before x was enlarged",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([x, skip], dim=1))


@wrong(
    "the block left out",
    fails={
        SHAPE: "the block was left out",
        VALUES: "expected shape",
    },
)
def decoder_step(x, skip, upconv, block):
    return torch.cat([upconv(x), skip], dim=1)


@wrong(
    "the skip made smaller instead of x larger",
    fails={
        SHAPE: "the up-convolution was left out",
        VALUES: "expected shape",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([x[:, : skip.shape[1]], F.max_pool2d(skip, 2)], dim=1))


@wrong(
    "no return line",
    fails={
        SHAPE: "returned None",
        VALUES: "returned None",
        GRADIENT: "returned None",
    },
)
def decoder_step(x, skip, upconv, block):
    block(torch.cat([upconv(x), skip], dim=1))


@wrong(
    "channels of both mixed like cards",
    fails={
        VALUES: "wrong values",
    },
)
def decoder_step(x, skip, upconv, block):
    up = upconv(x)
    return block(torch.stack([up, skip], dim=2).flatten(1, 2))


@wrong(
    "one image of the batch only",
    fails={
        SHAPE: "expected shape",
        VALUES: "expected shape",
    },
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([upconv(x), skip], dim=1)[:1])


@right("torch.concat with a negative axis")
def decoder_step(x, skip, upconv, block):
    return block(torch.concat((upconv(x), skip), -3))


@right("hstack, which joins on axis 1")
def decoder_step(x, skip, upconv, block):
    up = upconv(x)
    return block(torch.hstack([up, skip]))


@right("copied into a prepared tensor")
def decoder_step(x, skip, upconv, block):
    up = upconv(x)
    both = up.new_empty(up.shape[0], 2 * up.shape[1], *up.shape[2:])
    both[:, : up.shape[1]] = up
    both[:, up.shape[1] :] = skip
    return block(both)


@right("padded and summed")
def decoder_step(x, skip, upconv, block):
    up = upconv(x)
    c = up.shape[1]
    left = F.pad(up, (0, 0, 0, 0, 0, c))
    return block(left + F.pad(skip, (0, 0, 0, 0, c, 0)))


@right("forward called by name")
def decoder_step(x, skip, upconv, block):
    return block.forward(torch.cat(tensors=[upconv.forward(x), skip], dim=1))


@wrong("a batch of one loses its axis", fails={"decoder_step_shape": "the batch's axis is gone"})
def decoder_step(x, skip, upconv, block):
    return block(torch.cat([upconv(x), skip], dim=1)).squeeze(0)


@right("slices of a tensor of zeros")
def decoder_step(x, skip, upconv, block):
    up = upconv(x)
    both = torch.zeros(len(up), 2 * up.shape[1], *up.shape[2:])
    both[:, : up.shape[1]] = up
    both[:, up.shape[1] :] = skip
    return block(both)


@wrong(
    "the maps given to torch.cat one by one",
    fails=dict.fromkeys((SHAPE, VALUES, GRADIENT), "torch.cat takes its tensors as one list"),
)
def decoder_step(x, skip, upconv, block):
    return block(torch.cat(upconv(x), skip, dim=1))


@wrong("the block put into evaluation mode", fails={GRADIENT: "put a layer into evaluation mode"})
def decoder_step(x, skip, upconv, block):
    block.eval()
    return block(torch.cat([upconv(x), skip], dim=1))


@wrong("half the skip detached", fails={GRADIENT: "only a part of the gradient reaches skip"})
def decoder_step(x, skip, upconv, block):
    skip = torch.cat([skip[:, :1].detach(), skip[:, 1:]], dim=1)
    return block(torch.cat([upconv(x), skip], dim=1))


@wrong(
    "the skip changed in place",
    fails=dict.fromkeys((SHAPE, VALUES, GRADIENT), "changed its input in place"),
)
def decoder_step(x, skip, upconv, block):
    with torch.no_grad():
        skip *= 2
    return block(torch.cat([upconv(x), skip], dim=1))
