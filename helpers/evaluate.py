"""Score weights on a folder of pictures: `python -m helpers.evaluate IMAGES MASKS`.

A mask has its picture's name (`a.jpg` and `a.png`, or Carvana's `a.jpg` and `a_mask.gif`) and its
size; what is brighter than half of its brightest pixel is car. The network sees each picture as in
notebook 06: shrunk to 192 pixels, its answer enlarged again, and scored at the mask's own size.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from helpers import weights
from helpers.data import fit, open_photo, read_image

if TYPE_CHECKING:
    from torch import nn

WORST = 5


def pairs(images: Path, masks: Path) -> list[tuple[Path, Path]]:
    """Each picture with its mask, sorted by name.

    Raises:
        FileNotFoundError: a folder is missing or empty, or a picture has no mask.
        ValueError: a picture has several masks.
    """
    for folder in (images, masks):
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
    by_stem: dict[str, list[Path]] = {}
    for path in files(masks):
        by_stem.setdefault(path.stem.removesuffix("_mask"), []).append(path)
    found = files(images)
    if not found:
        raise FileNotFoundError(f"there are no pictures in {images}")
    alone = [path.name for path in found if path.stem not in by_stem]
    if alone:
        more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
        raise FileNotFoundError(f"no mask in {masks} for {', '.join(alone[:3])}{more}")
    for path in found:
        if len(by_stem[path.stem]) > 1:
            names = ", ".join(mask.name for mask in by_stem[path.stem])
            raise ValueError(f"{path.name} has several masks: {names}")
    return [(path, by_stem[path.stem][0]) for path in found]


def files(folder: Path) -> list[Path]:
    """The files in a folder that are not hidden, sorted by name."""
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def read_mask(path: Path, size: tuple[int, int]) -> np.ndarray:
    """A mask file as bool (H, W); `size` is its picture's (width, height).

    Raises:
        ValueError: the file is no picture, or its size differs.
    """
    image = read_image(path)
    if image.size != size:
        raise ValueError(f"{path} is {image.width}x{image.height} pixels, its picture "
                         f"{size[0]}x{size[1]}")
    if image.mode not in ("1", "L", "I", "I;16", "F"):
        image = image.convert("RGB").convert("L")  # palettes and colours, without transparency
    values = np.asarray(image, np.float64)
    return values > values.max() / 2


def load_model(path: Path) -> "nn.Module":
    """The course's U-Net with the weights in a file, in evaluation mode; any `features`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged or its weights are no car U-Net's.
    """
    from helpers.notebook_code import unet_class

    state = weights.load(weights.verify(path) if path == weights.WEIGHTS else path)
    first = [[v for name, v in state.items() if name.startswith(f"enc{i}.")] for i in range(1, 5)]
    if not all(first):
        raise ValueError(f"{path} holds no weights of the course's U-Net")
    model = unet_class()(features=tuple(tensors[0].shape[0] for tensors in first))
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{path} holds no weights of the course's U-Net: {error}") from error
    return model.eval()


def car_mask(model: "nn.Module", image: Image.Image, threshold: float = 0.5) -> np.ndarray:
    """Where the model sees a car: bool (H, W), at the image's own size."""
    import torch
    from torch.nn import functional

    x = torch.from_numpy(np.array(fit(image))).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        probs = model(x).softmax(dim=1)
    probs = functional.interpolate(probs, size=image.size[::-1], mode="bilinear")
    return (probs[0, 1] > threshold).numpy()


def evaluate(
    model: "nn.Module", images: Path, masks: Path, overlays: Path | None = None,
) -> dict[str, float]:
    """The IoU of each picture by its file's name; overlays are saved as PNG where asked for."""
    from tqdm import tqdm

    from helpers.notebook_code import inference_names
    from helpers.show import overlay

    iou, scores = inference_names()["iou"], {}
    if overlays:
        overlays.mkdir(parents=True, exist_ok=True)
    for picture, mask in tqdm(pairs(images, masks), desc="scoring", unit="picture"):
        image = open_photo(picture)
        target = read_mask(mask, image.size)
        pred = car_mask(model, image)
        scores[picture.name] = iou(pred, target)
        if overlays:
            Image.fromarray(overlay(image, pred)).save(overlays / f"{picture.stem}.png")
    return scores


def report(scores: dict[str, float]) -> str:
    """The figures as text. A picture's Dice follows from its IoU: 2 IoU / (1 + IoU)."""
    values = np.array(list(scores.values()))
    worst = sorted(scores.items(), key=lambda item: item[1])[:WORST]
    return "\n".join([
        f"pictures   {len(values)}",
        f"mean IoU   {values.mean():.4f}",
        f"median IoU {np.median(values):.4f}",
        f"mean Dice  {(2 * values / (1 + values)).mean():.4f}",
        "worst:",
        *(f"  {value:.4f}  {name}" for name, value in worst),
    ])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0, or 2 after a message for bad input."""
    parser = argparse.ArgumentParser(prog="python -m helpers.evaluate",
                                     description="Score weights on pictures with true masks.")
    parser.add_argument("images", type=Path, help="folder of pictures")
    parser.add_argument("masks", type=Path, help="folder of masks with the same names")
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS, help="a state dict")
    parser.add_argument("--overlays", type=Path, help="folder for pictures with the mask on top")
    options = parser.parse_args(arguments)
    try:
        model = load_model(options.weights)
        scores = evaluate(model, options.images, options.masks, options.overlays)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(report(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
