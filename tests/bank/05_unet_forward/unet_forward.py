"""Answers to `UNet.forward`; `decoder_step` is the solution's."""

import torch
import torch.nn.functional as F

from tests.bank import right, wrong

# what the other graded cells say where the first one tells a crash
STOPS = dict.fromkeys(
    (
        f"unet_forward_{cell}"
        for cell in ("encoder", "skip3", "skip2", "skip1", "output", "logits", "gradient")
    ),
    "UNet.forward stops as in test 5.2a: RuntimeError: ",
)


def decoder_step(x, skip, upconv, block):
    """Stands here for the notebook's own, so that the file reads alone."""


@wrong(
    "the pooled tensors used as skips",
    fails={"unet_forward_shape": "was it pooled before it was kept"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, self.pool(skip3), self.upconv3, self.dec3)
    x = decoder_step(x, self.pool(skip2), self.upconv2, self.dec2)
    x = decoder_step(x, self.pool(skip1), self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the skips of levels 1 and 3 swapped",
    fails={"unet_forward_shape": "met the skip of enc1; each skip belongs to its own"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip1, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip3, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "[skip, up] on every level",
    fails={
        "unet_forward_output": "each decoder block was given [skip, up]",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = self.dec3(torch.cat([skip3, self.upconv3(x)], dim=1))
    x = self.dec2(torch.cat([skip2, self.upconv2(x)], dim=1))
    x = self.dec1(torch.cat([skip1, self.upconv1(x)], dim=1))
    return self.out(x)


@wrong(
    "[skip, up] on one level",
    fails={
        "unet_forward_output": "dec2 was given [skip, up]",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = self.dec2(torch.cat([skip2, self.upconv2(x)], dim=1))
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the skip of level 3 ignored",
    fails={
        "unet_forward_skip3": "what enc3 found does not reach the output",
        "unet_forward_output": "wrong output",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    up = self.upconv3(x)
    x = self.dec3(torch.cat([up, up], dim=1))
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the skip of level 1 ignored",
    fails={
        "unet_forward_skip1": "what enc1 found does not reach the output",
        "unet_forward_output": "wrong output",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    up = self.upconv1(x)
    x = self.dec1(torch.cat([up, up], dim=1))
    return self.out(x)


@wrong(
    "all skips ignored",
    fails={
        "unet_forward_skip3": "does not reach the output",
        "unet_forward_skip2": "does not reach the output",
        "unet_forward_skip1": "does not reach the output",
        "unet_forward_output": "each decoder block got its enlarged map twice",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    up = self.upconv3(x)
    x = self.dec3(torch.cat([up, up], dim=1))
    up = self.upconv2(x)
    x = self.dec2(torch.cat([up, up], dim=1))
    up = self.upconv1(x)
    x = self.dec1(torch.cat([up, up], dim=1))
    return self.out(x)


@wrong(
    "zeros for the skips",
    fails={
        "unet_forward_skip3": "does not reach the output",
        "unet_forward_skip2": "does not reach the output",
        "unet_forward_skip1": "does not reach the output",
        "unet_forward_output": "zeros stand where they should",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, torch.zeros_like(skip3), self.upconv3, self.dec3)
    x = decoder_step(x, torch.zeros_like(skip2), self.upconv2, self.dec2)
    x = decoder_step(x, torch.zeros_like(skip1), self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "a skip detached",
    fails={
        "unet_forward_skip2": "Was it detached?",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2.detach(), self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "all skips detached",
    fails={
        "unet_forward_skip3": "Was it detached?",
        "unet_forward_skip2": "Was it detached?",
        "unet_forward_skip1": "Was it detached?",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3.detach(), self.upconv3, self.dec3)
    x = decoder_step(x, skip2.detach(), self.upconv2, self.dec2)
    x = decoder_step(x, skip1.detach(), self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the last decoder step left out",
    fails={"unet_forward_shape": "raised RuntimeError"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    return self.out(x)


@wrong(
    "the picture pooled before enc1",
    fails={"unet_forward_shape": "the first that differs"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(self.pool(x))
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "pooled before it is kept",
    fails={"unet_forward_shape": "was it pooled before it was kept"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.pool(self.enc1(x))
    skip2 = self.pool(self.enc2(skip1))
    skip3 = self.pool(self.enc3(skip2))
    x = self.enc4(skip3)
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the last skip pooled before it is kept, and put first",
    fails={"unet_forward_shape": "the skip of level 1 is half as large"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.pool(self.enc1(x))
    skip2 = self.enc2(skip1)
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = self.dec1(torch.cat([skip1, self.upconv1(x)], dim=1))
    return self.out(x)


@wrong(
    "joined on the wrong axis",
    fails={"unet_forward_shape": "dec3 got 6 channels, it should get 12"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = self.dec3(torch.cat([self.upconv3(x), skip3]))
    x = self.dec2(torch.cat([self.upconv2(x), skip2]))
    x = self.dec1(torch.cat([self.upconv1(x), skip1]))
    return self.out(x)


@wrong(
    "a slip on the way down",
    fails={"unet_forward_shape": "has no attribute 'encoder2'"}
    | dict.fromkeys(STOPS, "stops as in test 5.2a: AttributeError: "),
    method_of="UNet",
)
def forward(self, x):
    return self.out(self.encoder2(self.pool(self.enc1(x))))


@wrong(
    "no pool before enc4",
    fails={"unet_forward_shape": "the first that differs"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(skip3)
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "average pooling on the way down",
    fails={
        "unet_forward_encoder": "enc2 was given the wrong input",
        "unet_forward_output": "wrong output",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(F.avg_pool2d(skip1, 2))
    skip3 = self.enc3(F.avg_pool2d(skip2, 2))
    x = self.enc4(F.avg_pool2d(skip3, 2))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "every second pixel taken instead of the maximum",
    fails={
        "unet_forward_encoder": "enc3 was given the wrong input",
        "unet_forward_output": "wrong output",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(skip2[:, :, ::2, ::2])
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "softmax at the end",
    fails={
        "unet_forward_output": "a softmax was taken",
        "unet_forward_logits": "such as a softmax",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x).softmax(dim=1)


@wrong(
    "sigmoid at the end",
    fails={
        "unet_forward_output": "a sigmoid was taken",
        "unet_forward_logits": "such as a softmax",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return torch.sigmoid(self.out(x))


@wrong(
    "ReLU at the end",
    fails={
        "unet_forward_output": "a ReLU stands after out",
        "unet_forward_logits": "such as a softmax",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return torch.relu(self.out(x))


@wrong(
    "the features instead of the logits",
    fails={
        "unet_forward_shape": "expected shape",
        "unet_forward_output": "out was left out",
        "unet_forward_logits": "it does not come from out",
        "unet_forward_gradient": "no gradient reaches out",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return x


@wrong(
    "the class map instead of the logits",
    fails={
        "unet_forward_shape": "expected shape",
        "unet_forward_output": "an argmax was taken",
        "unet_forward_logits": "or an argmax",
        "unet_forward_gradient": "It holds whole numbers",
        "unet_forward_skip1": "none comes back over the skip of enc1. It holds whole numbers",
        "unet_forward_skip2": "none comes back over the skip of enc2. It holds whole numbers",
        "unet_forward_skip3": "none comes back over the skip of enc3. It holds whole numbers",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x).argmax(dim=1)


@wrong(
    "no return line",
    fails={
        "unet_forward_shape": "returned None",
        "unet_forward_encoder": "returned None",
        "unet_forward_skip3": "returned None",
        "unet_forward_skip2": "returned None",
        "unet_forward_skip1": "returned None",
        "unet_forward_output": "returned None",
        "unet_forward_logits": "returned None",
        "unet_forward_gradient": "returned None",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    self.out(x)


@wrong(
    "a block run twice",
    fails={"unet_forward_shape": "raised RuntimeError"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.enc2(self.pool(skip1)))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the bottom block left out",
    fails={"unet_forward_shape": "raised RuntimeError"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.pool(skip3)
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the deepest skip taken from the picture by resizing",
    fails={
        "unet_forward_skip3": "does not reach the output",
        "unet_forward_output": "wrong output",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    skip = F.avg_pool2d(x[:, : skip3.shape[1]], 1)
    skip = F.interpolate(skip, size=skip3.shape[2:])
    x = decoder_step(x, skip, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "everything without gradients",
    fails={
        "unet_forward_skip3": "Was the forward pass run under no_grad",
        "unet_forward_skip2": "Was the forward pass run under no_grad",
        "unet_forward_skip1": "Was the forward pass run under no_grad",
        "unet_forward_gradient": "Was the forward pass run under no_grad",
    },
    method_of="UNet",
)
def forward(self, x):
    with torch.no_grad():
        skip1 = self.enc1(x)
        skip2 = self.enc2(self.pool(skip1))
        skip3 = self.enc3(self.pool(skip2))
        x = self.enc4(self.pool(skip3))
        x = decoder_step(x, skip3, self.upconv3, self.dec3)
        x = decoder_step(x, skip2, self.upconv2, self.dec2)
        x = decoder_step(x, skip1, self.upconv1, self.dec1)
        return self.out(x)


@wrong(
    "dropout that never rests",
    fails={
        "unet_forward_output": "wrong output",
        "unet_forward_logits": "it is not",
        "unet_forward_gradient": "two calls",
    },
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(F.dropout(x, 0.5))


@right("all in one line a level, with torch.cat", method_of="UNet")
def forward(self, x):
    a = self.enc1(x)
    b = self.enc2(self.pool(a))
    c = self.enc3(self.pool(b))
    y = self.enc4(self.pool(c))
    y = self.dec3(torch.cat((self.upconv3(y), c), 1))
    y = self.dec2(torch.cat((self.upconv2(y), b), 1))
    return self.out(self.dec1(torch.cat((self.upconv1(y), a), 1)))


@right("loops over the levels", method_of="UNet")
def forward(self, x):
    skips = []
    for level in (1, 2, 3):
        x = getattr(self, f"enc{level}")(x)
        skips.append(x)
        x = self.pool(x)
    x = self.enc4(x)
    for level in (3, 2, 1):
        up, block = getattr(self, f"upconv{level}"), getattr(self, f"dec{level}")
        x = decoder_step(x, skips.pop(), up, block)
    return self.out(x)


@right("the functional max pool", method_of="UNet")
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(F.max_pool2d(skip1, kernel_size=2))
    skip3 = self.enc3(F.max_pool2d(skip2, kernel_size=2))
    x = self.enc4(F.max_pool2d(skip3, kernel_size=2))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@right("forward called by name, which hooks do not see", method_of="UNet")
def forward(self, x):
    skip1 = self.enc1.forward(x)
    skip2 = self.enc2.forward(self.pool.forward(skip1))
    skip3 = self.enc3.forward(self.pool.forward(skip2))
    x = self.enc4.forward(self.pool.forward(skip3))
    x = self.dec3.forward(torch.cat([self.upconv3.forward(x), skip3], dim=1))
    x = self.dec2.forward(torch.cat([self.upconv2.forward(x), skip2], dim=1))
    x = self.dec1.forward(torch.cat([self.upconv1.forward(x), skip1], dim=1))
    return self.out.forward(x)


@right("the maximum by unfolding, hstack for cat", method_of="UNet")
def forward(self, x):
    def pool(t):
        return t.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(-1, -2))

    skip1 = self.enc1(x)
    skip2 = self.enc2(pool(skip1))
    skip3 = self.enc3(pool(skip2))
    x = self.enc4(pool(skip3))
    levels = [(self.upconv3, self.dec3), (self.upconv2, self.dec2), (self.upconv1, self.dec1)]
    for (up, block), skip in zip(levels, (skip3, skip2, skip1), strict=True):
        x = block(torch.hstack((up(x), skip)))
    return self.out(x)


@wrong(
    "a batch of one loses its axis",
    method_of="UNet",
    fails={"unet_forward_shape": "expected shape (1, 2, 8, 40)"},
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x).squeeze(0)


@wrong(
    "a softmax in training mode only",
    method_of="UNet",
    fails={"unet_forward_gradient": "in training mode the output"},
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x).softmax(dim=1) if self.training else self.out(x)


@wrong(
    "no gradient on the way down",
    method_of="UNet",
    fails={"unet_forward_gradient": "only a part of the gradient"},
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1.detach()))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@right("block by block, layer by layer", method_of="UNet")
def forward(self, x):
    skip1 = x
    for layer in self.enc1:
        skip1 = layer(skip1)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@right("encoder blocks run again for each skip, nothing stored", method_of="UNet")
def forward(self, x):
    def skip(level):
        y = x if level == 1 else self.pool(skip(level - 1))
        return getattr(self, f"enc{level}")(y)

    y = skip(4)
    y = decoder_step(y, skip(3), self.upconv3, self.dec3)
    y = decoder_step(y, skip(2), self.upconv2, self.dec2)
    return self.out(decoder_step(y, skip(1), self.upconv1, self.dec1))


@right("the channels last in memory", method_of="UNet")
def forward(self, x):
    x = x.contiguous(memory_format=torch.channels_last)
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x).contiguous()


@wrong(
    "all pools forgotten",
    fails={"unet_forward_shape": "enc2 was given a map as large as that of enc1: no pool"} | STOPS,
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(skip1)
    skip3 = self.enc3(skip2)
    x = self.enc4(skip3)
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the maps given to torch.cat one by one",
    fails={"unet_forward_shape": "torch.cat takes its tensors as one list"}
    | dict.fromkeys(STOPS, "stops as in test 5.2a: TypeError: "),
    method_of="UNet",
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = self.dec3(torch.cat(self.upconv3(x), skip3, dim=1))
    x = self.dec2(torch.cat(self.upconv2(x), skip2, dim=1))
    x = self.dec1(torch.cat(self.upconv1(x), skip1, dim=1))
    return self.out(x)


@wrong(
    "a skip changed in place",
    method_of="UNet",
    fails={"unet_forward_gradient": "still needs was changed in place"},
)
def forward(self, x):
    skip1 = self.enc1(x).relu_()
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "half a skip detached",
    method_of="UNet",
    fails={
        "unet_forward_skip2": "only a part of the gradient comes back over the skip",
        "unet_forward_gradient": "only a part of the gradient reaches",
    },
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    skip2 = torch.cat([skip2[:, :2].detach(), skip2[:, 2:]], dim=1)
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "the logits doubled",
    method_of="UNet",
    fails={
        "unet_forward_output": "wrong output",
        "unet_forward_logits": "does something stand after out",
    },
)
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return 2 * self.out(x)


@wrong(
    "evaluation mode switched on",
    method_of="UNet",
    fails={"unet_forward_gradient": "switched the network to evaluation mode"},
)
def forward(self, x):
    self.eval()
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3, self.upconv3, self.dec3)
    x = decoder_step(x, skip2, self.upconv2, self.dec2)
    x = decoder_step(x, skip1, self.upconv1, self.dec1)
    return self.out(x)


@wrong(
    "no forward method",
    method_of="UNet",
    fails={"unet_forward_shape": "the class has no method `forward(self, x)`"}
    | dict.fromkeys(STOPS, "stops as in test 5.2a: NotImplementedError: "),
)
def forward(self, x):
    return torch.nn.Module().forward(x)


@right("a ReLU on each skip, which changes nothing", method_of="UNet")
def forward(self, x):
    skip1 = self.enc1(x)
    skip2 = self.enc2(self.pool(skip1))
    skip3 = self.enc3(self.pool(skip2))
    x = self.enc4(self.pool(skip3))
    x = decoder_step(x, skip3.relu(), self.upconv3, self.dec3)
    x = decoder_step(x, skip2.relu(), self.upconv2, self.dec2)
    x = decoder_step(x, skip1.relu(), self.upconv1, self.dec1)
    return self.out(x)
