"""The picture at the head of each notebook, drawn before anything else has run."""

import numpy as np
import torch

from helpers import cars, domains
from helpers.data import load_picture
from helpers.figures.blocks import draw_block
from helpers.figures.segmentation import draw_tasks
from helpers.figures.stamps import in_words
from helpers.figures.training import MEASURED
from helpers.figures.transposed import draw_maps
from helpers.figures.unet import draw_unet
from helpers.figures.window import make_scene
from helpers.show import CAR, KERNEL, RESULT, drawing, figure, pictures


def four_tasks() -> None:
    """Notebook 01: one street, as four tasks see it."""
    draw_tasks(
        load_picture("street"),
        alt="A street with three parked cars, four times: alone "
        "under the word cars; with a box around each; with all car pixels in one colour; "
        "with a colour for each car.",
    )


def zeros_then_convolution() -> None:
    """Notebook 02: a map, zeros between its pixels and around, a kernel, the result."""
    scene = make_scene(torch.tensor([[5.0, 6], [7, 8]]), kernel=2, stride=2)
    between = scene.padded[1:-1, 1:-1]
    draw_maps(
        {
            "a 2x2 map": between[::2, ::2],
            "zeros between": between,
            "and around": scene.padded,
            "slide a kernel": scene.kernel,
            "the result": scene.result,
        },
        alt="A blue 2x2 map; the same four pixels with white zeros between them, 3x3; zeros "
        f"around that as well, 5x5; the kernel {in_words(scene.kernel)}; and the 4x4 result of "
        f"sliding it over the 5x5 map, {in_words(scene.result)}.",
        colours={"slide a kernel": KERNEL, "the result": RESULT},
    )


def block() -> None:
    """Notebook 03: the block on the U-Net's first level."""
    draw_block(
        3,
        64,
        alt="Five stacks of blue squares of equal size, 3 maps and four times 64 "
        "maps. The arrows between them read: 3x3 convolution, ReLU, 3x3 convolution, ReLU.",
    )


def u_net() -> None:
    """Notebook 04: the U-Net of the course, with the shape of every block's output."""
    draw_unet(features=(64, 128, 256, 512), size=(128, 192))


def small_u_net() -> None:
    """Notebook 05: the same with the channels of the network that ships with weights."""
    draw_unet(features=(16, 32, 64, 128), size=(128, 192))


def cut_out() -> None:
    """Notebook 06: a picture, its true mask, and the car alone."""
    car = load_picture("car")
    pixels = np.array(car.image)
    cut = np.where(car.class_map.numpy()[..., None] == 1, pixels, 255).astype(np.uint8)
    pictures(
        {"a picture": car.image, "every pixel's class": car.class_map, "the foreground": cut},
        alt="A car in a studio; its mask in orange on gray; and the car alone on white.",
    )


@drawing
def learning_curve() -> None:
    """Notebook 07: the IoU on unseen cars over the seconds of its longer run, as measured."""
    import matplotlib.pyplot as plt

    seconds, scores = zip(*MEASURED, strict=True)
    fig, ax = plt.subplots(figsize=(7, 2.6))
    ax.plot(seconds, scores, color=CAR, marker="o", markersize=3)
    ax.axhline(0.8, color="black", linewidth=0.8, linestyle=":")
    ax.set(xlabel="seconds", ylabel="IoU, unseen cars", ylim=(0, 1), xlim=(0, None))
    ax.spines[["top", "right"]].set_visible(False)
    passed = min(second for second, score in MEASURED if score > 0.8)
    figure(
        fig,
        "A curve of the IoU on cars never trained on: it passes 0.80 after "
        f"{passed} seconds and ends at {scores[-1]} after {seconds[-1]}.",
    )


def other_fields() -> None:
    """Notebook 08: pictures with several classes, of a car, a body and a piece of land."""
    part_map = cars.render(104_005, (64, 96), background="street").part_map
    image = cars.render(104_005, (64, 96), background="street").image
    scans, organs = domains.body_scans(1, seed=5)
    lands, classes = domains.satellite(1, seed=6)
    pictures(
        {
            "a car": image,
            "a body scan": scans[0],
            "fields": lands[0],
            "its parts": part_map,
            "organs and a lesion": organs[0],
            "water and houses": classes[0],
        },
        columns=3,
        alt="Above a car in a street, a section through a body, and land from above. "
        "Below, each one's class map in a colour for each class.",
    )
