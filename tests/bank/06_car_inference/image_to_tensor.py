"""Answers to `image_to_tensor`."""

import numpy as np
import torch
from torchvision import tv_tensors
from torchvision.transforms.functional import pil_to_tensor, to_tensor

from tests.bank import right, wrong


@wrong("not scaled", fails={"image_to_tensor_values": "divide by 255"})
def image_to_tensor(image):
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).unsqueeze(0).float()


@wrong("scaled twice", fails={"image_to_tensor_values": "divided by 255 twice"})
def image_to_tensor(image):
    return to_tensor(image).unsqueeze(0) / 255


@wrong("channels last", fails={"image_to_tensor_size": "channels must come before"})
def image_to_tensor(image):
    return torch.from_numpy(np.array(image)).unsqueeze(0).float() / 255


@wrong("no batch axis", fails={"image_to_tensor_size": "the batch axis is missing"})
def image_to_tensor(image):
    return to_tensor(image)


@wrong("height and width swapped", fails={"image_to_tensor_size": "height and width were swapped"})
def image_to_tensor(image):
    return torch.from_numpy(np.array(image)).permute(2, 1, 0).unsqueeze(0).float() / 255


@wrong("reshaped instead of permuted", fails={"image_to_tensor_values": "tears pixels apart"})
def image_to_tensor(image):
    x = torch.from_numpy(np.array(image))
    height, width, channels = x.shape
    return x.reshape(1, channels, height, width).float() / 255


@wrong("red and blue swapped", fails={"image_to_tensor_values": "red and blue were swapped"})
def image_to_tensor(image):
    x = torch.from_numpy(np.array(image)[:, :, ::-1].copy())
    return x.permute(2, 0, 1).unsqueeze(0).float() / 255


@wrong("float64", fails={"image_to_tensor_values": "got float64"})
def image_to_tensor(image):
    return torch.from_numpy(np.array(image) / 255).permute(2, 0, 1).unsqueeze(0)


@wrong("from -1 to 1", fails={"image_to_tensor_values": "moved to -1 to 1"})
def image_to_tensor(image):
    return to_tensor(image).unsqueeze(0) * 2 - 1


@wrong("scaled by its own mean", fails={"image_to_tensor_values": "wrong values"})
def image_to_tensor(image):
    x = to_tensor(image).unsqueeze(0)
    return x / x.mean() / 9


@wrong("whole-number division", fails={"image_to_tensor_values": "divided as whole numbers"})
def image_to_tensor(image):
    x = torch.from_numpy(np.array(image)) // 255
    return x.permute(2, 0, 1).unsqueeze(0).float()


@wrong(
    "bytes left as they are",
    fails={"image_to_tensor_values": "divide by 255"},
)
def image_to_tensor(image):
    return pil_to_tensor(image).unsqueeze(0)


@wrong(
    "resized to a square",
    fails={"image_to_tensor_size": "expected shape", "image_to_tensor_values": "expected shape"},
)
def image_to_tensor(image):
    return to_tensor(image.resize((8, 8))).unsqueeze(0)


@wrong(
    "turned gray",
    fails={"image_to_tensor_size": "expected shape", "image_to_tensor_values": "expected shape"},
)
def image_to_tensor(image):
    return to_tensor(image.convert("L")).unsqueeze(0)


@right("torchvision's to_tensor")
def image_to_tensor(image):
    return to_tensor(image)[None]


@right("torchvision's pil_to_tensor, which does not scale")
def image_to_tensor(image):
    return pil_to_tensor(image).unsqueeze(0) / 255.0


@right("all in NumPy")
def image_to_tensor(image):
    array = np.asarray(image, dtype=np.float32).transpose(2, 0, 1)[np.newaxis] / 255
    return torch.tensor(array)


@right("a loop over the pixels")
def image_to_tensor(image):
    width, height = image.size
    x = torch.zeros(1, 3, height, width)
    for i in range(height):
        for j in range(width):
            x[0, :, i, j] = torch.tensor(image.getpixel((j, i))) / 255
    return x


@right("channel by channel")
def image_to_tensor(picture):
    channels = [torch.tensor(np.array(band), dtype=torch.float32) for band in picture.split()]
    return torch.stack(channels).div(255).unsqueeze(dim=0)


@right("torchvision's own kind of tensor")
def image_to_tensor(image):
    return tv_tensors.Image(to_tensor(image)[None])


@wrong(
    "the image shrunk in place",
    fails={"image_to_tensor_size": "expected shape", "image_to_tensor_values": "changed the image"},
)
def image_to_tensor(image):
    image.thumbnail((2, 2))
    return to_tensor(image)[None]


@wrong(
    "divided by the image's own brightest value",
    fails={"image_to_tensor_values": "its own brightest value"},
)
def image_to_tensor(image):
    x = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float()
    return x / x.max()


@wrong(
    "not scaled, and no batch axis",
    fails={
        "image_to_tensor_size": "the batch axis is missing",
        "image_to_tensor_values": "divide by 255",
    },
)
def image_to_tensor(image):
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float()
