"""Score weights on a folder of pictures: `python -m helpers.evaluate IMAGES MASKS`.

The network sees each picture as in notebook 06, its answer is enlarged again and scored at the
mask's own size. `helpers.masked` says which names belong together and how a mask is read.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from helpers import weights
from helpers.data import fit, open_photo
from helpers.masked import pairs, read_mask

if TYPE_CHECKING:
    from torch import nn

SIZES = (112, 144, 176)  # pixels of the longer side, as in notebook 06
WORST = 5
GRID = 32  # cells a side in which the best fixed box is sought
RULES = """
A mask has its picture's name (a.jpg and a.png), or a_mask, a.mask, a_label, a_seg, a_gt beside a
or a.image; both may lie in one folder. It has its picture's size and two values, the brighter one
being the car, or it is a map of labels: then say which is the car. A mask without a car counts 1
where the network finds none, else 0.

On the overlays, over the picture in gray: green is right, red is missed, purple is no car.

The best box is the one box, the same in every picture in parts of its width and height, that scores
best when it is taken for the car: whoever has not learned more than where cars are gets that much.
"""


@dataclass(frozen=True)
class Score:
    """One picture: pixels of car found, taken for car and true; where a mask has no car, see RULES."""

    name: str
    overlap: int
    found: int
    true: int

    @classmethod
    def of(cls, name: str, pred: np.ndarray, target: np.ndarray) -> "Score":
        """The score of a mask. Shape: both bool (H, W)"""
        return cls(name, int((pred & target).sum()), int(pred.sum()), int(target.sum()))

    @property
    def iou(self) -> float:
        """Overlap over union."""
        return ratio(self.overlap, self.found + self.true - self.overlap)

    @property
    def dice(self) -> float:
        """Twice the overlap over both areas."""
        return ratio(2 * self.overlap, self.found + self.true)

    @property
    def precision(self) -> float:
        """The share of what was taken for car that is car."""
        return ratio(self.overlap, self.found)

    @property
    def recall(self) -> float:
        """The share of the car that was found."""
        return ratio(self.overlap, self.true)


def ratio(part: int, whole: int) -> float:
    """Part of a whole; of nothing it is all."""
    return part / whole if whole else 1.0


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
    """Where the model sees a car, the mean of six looks, as `mean_masks_of` in notebook 06.

    Shape: bool (H, W), the image's own size.
    """
    import torch
    from torch.nn import functional

    total = torch.zeros(1, 1, image.height, image.width)
    for longest in SIZES:
        x = torch.from_numpy(np.array(fit(image, longest))).permute(2, 0, 1)[None].float() / 255
        for mirrored in (False, True):
            with torch.no_grad():
                probs = model(x.flip(3) if mirrored else x).softmax(dim=1)[:, 1:]
            probs = functional.interpolate(probs, size=image.size[::-1], mode="bilinear")
            total += probs.flip(3) if mirrored else probs
    return (total[0, 0] / (2 * len(SIZES)) > threshold).numpy()


def evaluate(
    model: "nn.Module",
    images: Path,
    masks: Path,
    overlays: Path | None = None,
    car: str = "",
) -> tuple[list[Score], float]:
    """The score of each picture, and the mean IoU of the best fixed box.

    Overlays are saved as PNG where asked for.
    """
    from tqdm import tqdm

    from helpers.show import errors

    scores, small = [], []
    if overlays:
        overlays.mkdir(parents=True, exist_ok=True)
    for picture, mask in tqdm(pairs(images, masks), desc="scoring", unit="picture"):
        image = open_photo(picture)
        target = read_mask(mask, image.size, car)
        pred = car_mask(model, image)
        scores.append(Score.of(picture.name, pred, target))
        cells = Image.fromarray(target).convert("L").resize((GRID, GRID), Image.Resampling.BOX)
        small.append(np.asarray(cells, np.float64) / 255)
        if overlays:
            Image.fromarray(errors(image, pred, target)).save(overlays / f"{picture.stem}.png")
    return scores, best_box(np.stack(small))


def best_box(masks: np.ndarray) -> float:
    """The mean IoU of the one box that scores best; masks (N, G, G), the share of car in a cell."""
    sums = np.zeros((len(masks), GRID + 1, GRID + 1))
    sums[:, 1:, 1:] = masks.cumsum(1).cumsum(2)
    best, ends = 0.0, range(0, GRID + 1, 2)
    for top in ends:
        for bottom in (e for e in ends if e > top):
            rows = sums[:, bottom] - sums[:, top]
            for left in ends[:-1]:
                right = np.array([e for e in ends if e > left])
                inside = rows[:, right] - rows[:, [left]]
                union = sums[:, -1, -1:] + (bottom - top) * (right - left) - inside
                best = max([best, *(inside / union).mean(0)])
    return float(best)


def report(scores: list[Score], box: float) -> str:
    """The figures as text."""
    iou = np.array([score.iou for score in scores])
    worst = sorted(scores, key=lambda score: score.iou)[:WORST]
    empty = sum(not score.true for score in scores)
    return "\n".join(
        [
            f"pictures   {len(scores)}" + f", {empty} without a car" * bool(empty),
            f"mean IoU   {iou.mean():.4f}",
            f"median IoU {np.median(iou):.4f}",
            f"mean Dice  {np.mean([score.dice for score in scores]):.4f}",
            f"precision  {np.mean([score.precision for score in scores]):.4f}",
            f"recall     {np.mean([score.recall for score in scores]):.4f}",
            f"below 0.5  {100 * (iou < 0.5).mean():.0f} %",
            f"best box   {box:.4f}",
            "worst:",
            *(f"  {score.iou:.4f}  {score.name}" for score in worst),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0, or 2 after a message for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.evaluate",
        epilog=RULES,
        description="Score weights on pictures with true masks.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("images", type=Path, help="folder of pictures")
    parser.add_argument("masks", type=Path, help="folder of masks; it may be the same")
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS, help="a state dict")
    parser.add_argument("--overlays", type=Path, help="folder for pictures that show the errors")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--car",
        default="",
        metavar="NUMBERS",
        type=numbers,
        help="the labels that are the car, such as 8 or 8,9",
    )
    which.add_argument(
        "--nonzero",
        action="store_const",
        const="nonzero",
        dest="car",
        help="every label but 0 is the car",
    )
    options = parser.parse_args(arguments)
    try:
        model = load_model(options.weights)
        scores = evaluate(model, options.images, options.masks, options.overlays, options.car)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(report(*scores))
    return 0


def numbers(text: str) -> str:
    """Labels as they are given on the command line."""
    if text and not all(part.strip().isdigit() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, or several with commas")
    return text


if __name__ == "__main__":
    from helpers.show import print_what_it_can

    print_what_it_can()
    sys.exit(main())
