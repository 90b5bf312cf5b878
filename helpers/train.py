"""Train the shipped weights: `python -m helpers.train`, or `make weights`.

The U-Net, the loss, the step and the evaluation are the course's own, taken from its notebooks
(`helpers.notebook_code`); here stands only what a long run needs besides: renders on disk, a
schedule, checkpoints, a log and a curve. Stop it at any time; the same command goes on where it
was. With `--bfloat16` a processor that has such arithmetic (AMX) needs half the time.
"""

import argparse
import csv
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from tqdm import tqdm

from helpers import cars, weights
from helpers.evaluate import Score, car_mask
from helpers.notebook_code import solution_names

VALIDATION, TEST, HELD_OUT = 500, 1000, 500  # images
SHARD = 2000  # renders a file on disk, at most
SHAPES = ((128, 192), (160, 160), (192, 128), (112, 224))  # pixels; a shard is of one of them


@dataclass(frozen=True)
class Stage:
    """A part of the training."""

    steps: int
    sizes: tuple[int, ...]  # pixels of the longer side of (128, 192); each batch takes one of them
    batch: int
    peak_rate: float | None  # of the learning rate; None: the stage before goes on falling
    clean: float = 0.0  # the share of batches that are clean pictures of one whole car
    stronger: float = 0.0  # the share of batches that `stronger` changes further

    def fitted(self, shape: tuple[int, ...], longest: int) -> tuple[int, int]:
        """The size for a shard of any shape, in pixels, both sides multiples of 8."""
        factor = longest / max(SHAPES[0])
        height, width = (8 * round(side * factor / 8) for side in shape)
        return height, width


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the weights, besides the course's code and the renderer."""

    images: int = 36_000  # of TRAIN
    clean_images: int = 4_000  # of SHOWN
    seed: int = 0
    weight_decay: float = 1e-4
    averaging: float = 0.999  # of the exponential moving average of the weights
    stages: tuple[Stage, ...] = (
        Stage(8_000, (96, 120, 144, 168, 192), 32, 2e-3),
        Stage(3_400, (144,), 32, None),
        Stage(3_600, (112, 144, 144, 176), 16, 6e-4, clean=0.4, stronger=0.5),
        Stage(4_800, (112, 144, 144, 176), 16, 7e-4, clean=0.6, stronger=0.5),
        Stage(2_000, (112, 144, 144, 176), 16, 5e-4, clean=0.8, stronger=0.5),
    )

    @property
    def steps(self) -> int:
        """Optimizer steps in all."""
        return sum(stage.steps for stage in self.stages)

    def stage(self, step: int) -> Stage:
        """The stage that `step` belongs to."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        return self.stages[-1]

    def rate(self, step: int) -> float:
        """Learning rate: a short warm-up and half a cosine to zero, for each stage with a peak."""
        peak, begin, end = 0.0, 0, 0
        for stage in self.stages:
            if stage.peak_rate is not None:
                if step < end:
                    break
                peak, begin = stage.peak_rate, end
            end += stage.steps
        warm = min(1.0, (step - begin + 1) / 200)
        return peak * warm * 0.5 * (1 + float(np.cos(np.pi * (step - begin) / (end - begin))))


def rendered(folder: Path, name: str, count: int, seed: int, settings: cars.Settings) -> list:
    """Renders kept on disk, a pair a shard: images (N, H, W, 3), masks (N, H, W), memory-mapped.

    The shards take turns in SHAPES, so that every set has cars in wide and in upright pictures.
    Each shard is written whole or not at all, so that a stopped run loses one shard at most.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shard, parts = min(SHARD, -(-count // len(SHAPES))), []
    for index in range(-(-count // shard)):
        start, shape = index * shard, SHAPES[index % len(SHAPES)]
        stem = f"{name}_{index:03d}_{shape[0]}x{shape[1]}"
        paths = [folder / f"{stem}_{kind}.npy" for kind in ("images", "masks")]
        if not all(path.exists() for path in paths):
            arrays = cars.render_dataset(min(shard, count - start), seed + start, shape, settings)
            for path, array in zip(paths, arrays, strict=True):
                part = path.with_suffix(".part")
                with part.open("wb") as file:
                    np.save(file, array)
                os.replace(part, path)
        parts.append([np.load(path, mmap_mode="r") for path in paths])
    return parts


def pick(shard: tuple[np.ndarray, np.ndarray], rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """The images (B, 3, H, W) in [0, 1] and class maps (B, H, W) of the given rows of a shard."""
    images, targets = (torch.from_numpy(array[rows]) for array in shard)
    return images.permute(0, 3, 1, 2).float() / 255, targets.long()


def batches(parts: list, size: int = 50):
    """All images of a set in order, a batch at a time; the pictures of a batch have one shape."""
    for shard in parts:
        for start in range(0, len(shard[1]), size):
            yield pick(shard, np.arange(start, min(len(shard[1]), start + size)))


def draw(parts: list, rng: np.random.Generator, size: int) -> tuple[Tensor, Tensor]:
    """A random batch from a random shard, each shard as often as it has pictures."""
    counts = np.array([len(masks) for _, masks in parts])
    shard = parts[rng.choice(len(parts), p=counts / counts.sum())]
    return pick(shard, rng.integers(len(shard[1]), size=size))


def stronger(images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Mix the colours, blur, and put a strip of another picture in front: more than `augment` does.

    A strip of the next picture of the batch comes with its own class map. Each of the changes
    meets a part of the pictures.

    Shape: images (B, 3, H, W) in [0, 1], targets (B, H, W) int64 -> the same
    """
    count, height, width = targets.shape

    def chance(share: float) -> Tensor:
        return torch.rand(count, 1, 1) < share

    mix = torch.eye(3) + 0.18 * torch.randn(count, 3, 3) * chance(0.4)
    mix = mix / mix.sum(dim=2, keepdim=True).clamp_min(0.3)
    images = torch.einsum("nij,njhw->nihw", mix, images)
    gray = images.mean(dim=1, keepdim=True).expand_as(images)
    images = torch.where(chance(0.15)[..., None], gray, images)
    soft = nn.functional.avg_pool2d(images, 3, 1, 1, count_include_pad=False)
    images = torch.where(chance(0.25)[..., None], soft, images)
    rows = torch.arange(height)[None, :, None] / height - torch.rand(count, 1, 1)
    columns = torch.arange(width)[None, None] / width - torch.rand(count, 1, 1)
    high = 0.1 + 0.9 * torch.rand(count, 1, 1)
    wide = 0.04 + 0.35 * torch.rand(count, 1, 1) ** 2
    strip = (rows.abs() < high / 2) & (columns.abs() < wide / 2) & chance(0.17)
    images = torch.where(strip[:, None], images.roll(1, 0), images)
    return images.clamp(0, 1), torch.where(strip, targets.roll(1, 0), targets)


class InHalf(nn.Module):
    """A network whose layers compute in bfloat16; its weights and what it returns are float32."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """Shape: as the network's own."""
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.model(x)
        return logits.float()


class Run:
    """A training run in a folder: its state, checkpoints and log."""

    def __init__(self, folder: Path, recipe: Recipe, bfloat16: bool = False) -> None:
        self.folder, self.recipe, self.bfloat16 = folder, recipe, bfloat16
        folder.mkdir(parents=True, exist_ok=True)
        course = solution_names("07_training")
        self.train_step, self.evaluate = course["train_step"], course["evaluate"]
        self.augment = course["augment"]
        torch.manual_seed(recipe.seed)
        self.model = course["good_start"](course["UNet"](features=weights.FEATURES))
        self.model.to(memory_format=torch.channels_last)
        self.average = torch.optim.swa_utils.AveragedModel(self.model, avg_fn=self.moving)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), weight_decay=recipe.weight_decay
        )
        self.step, self.seconds = 0, 0.0
        self.resume()

    def moving(self, average: Tensor, weight: Tensor, count: Tensor | int) -> Tensor:
        """An exponential moving average that forgets the random start quickly."""
        keep = min(self.recipe.averaging, (1 + int(count)) / (10 + int(count)))
        return torch.lerp(weight, average, keep)

    @property
    def checkpoint(self) -> Path:
        """The file that a stopped run goes on from."""
        return self.folder / "checkpoint.pt"

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one.

        Raises:
            ValueError: it is damaged, or was made by another recipe.
        """
        if not self.checkpoint.exists():
            return
        try:
            state = torch.load(self.checkpoint, weights_only=True)
        except Exception as error:  # torch names a damaged file in many ways
            raise ValueError(f"{self.checkpoint} is damaged: remove it to start afresh") from error
        if state["recipe"] != json.dumps(asdict(self.recipe)):
            raise ValueError(f"{self.checkpoint} is from another recipe: choose another --folder")
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        torch.set_rng_state(state["rng"])

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        state = {
            "recipe": json.dumps(asdict(self.recipe)),
            "step": self.step,
            "seconds": self.seconds,
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.checkpoint)

    def log(self, loss: float, validation: list) -> None:
        """Add a line to log.csv and redraw curve.png."""
        path = self.folder / "log.csv"
        score = self.evaluate(self.average.module, batches(validation))
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "seconds", "loss", "iou"])
            writer.writerow([self.step, round(self.seconds), f"{loss:.4f}", f"{score:.4f}"])
        draw_curve(path, self.folder / "curve.png")

    def batch(self, sets: dict[str, list]) -> tuple[Tensor, Tensor]:
        """The next step's images and class maps, of the sets "training" and "clean"."""
        stage = self.recipe.stage(self.step)
        rng = np.random.default_rng((self.recipe.seed, self.step))
        kind = "clean" if rng.random() < stage.clean else "training"
        images, targets = draw(sets[kind], rng, stage.batch)
        size = stage.fitted(images.shape[-2:], int(rng.choice(stage.sizes)))
        images, targets = self.augment(*shrink(images, targets, size))
        if rng.random() < stage.stronger:
            images, targets = stronger(images, targets)
        return images.contiguous(memory_format=torch.channels_last), targets

    def train(self, sets: dict[str, list], every: int = 500) -> None:
        """Train to the end of the recipe; log and save every `every` steps.

        `sets` has shards of renders by name: "training", "clean" and "validation".
        """
        recipe, losses = self.recipe, []
        model = InHalf(self.model) if self.bfloat16 else self.model
        bar = tqdm(total=recipe.steps, initial=self.step, desc="training", unit="step")
        while self.step < recipe.steps:
            begin = time.monotonic()
            batch = self.batch(sets)
            for group in self.optimizer.param_groups:
                group["lr"] = recipe.rate(self.step)
            losses.append(self.train_step(model, batch, self.optimizer))
            self.average.update_parameters(self.model)
            self.step += 1
            self.seconds += time.monotonic() - begin
            bar.update()
            if self.step % every == 0 or self.step == recipe.steps:
                bar.set_postfix(loss=f"{np.mean(losses):.3f}")
                self.log(float(np.mean(losses)), sets["validation"])
                self.save()
                losses = []


def shrink(images: Tensor, targets: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Images averaged, class maps sampled down to `size`."""
    if tuple(images.shape[-2:]) == size:
        return images, targets
    images = nn.functional.interpolate(images, size, mode="area")
    targets = nn.functional.interpolate(targets[:, None].float(), size, mode="area")[:, 0]
    return images, (targets >= 0.5).long()


def score(model: nn.Module, parts: list) -> float:
    """The mean IoU of the car over a set, each picture looked at as in notebook 06."""
    scores = [
        Score.of("", car_mask(model, Image.fromarray(image)), mask == 1).iou
        for images, masks in parts
        for image, mask in zip(images, masks, strict=True)
    ]
    return float(np.mean(scores))


def draw_curve(log: Path, target: Path) -> None:
    """The loss and the validation IoU over the steps, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = np.genfromtxt(log, delimiter=",", names=True, ndmin=1)
    fig, axes = plt.subplots(1, 2, figsize=(9, 3))
    for ax, name in zip(axes, ("loss", "iou"), strict=True):
        ax.plot(rows["step"], rows[name], color="#0072B2")
        ax.set(xlabel="step", ylabel=name)
        ax.grid(alpha=0.3)
    fig.tight_layout()
    fig.savefig(target, dpi=100)
    plt.close(fig)


def main(arguments: list[str] | None = None) -> None:
    """Render, train, measure on renders never trained on, and write the weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/shipped"))
    parser.add_argument("--data", type=Path, default=Path("runs/data"))
    parser.add_argument("--weights", type=Path, default=weights.WEIGHTS)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--bfloat16", action="store_true", help="needs a processor that has it")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    recipe = Recipe()
    made = {  # name: pictures, first seed, settings
        "training": (recipe.images, 1_000_000, cars.TRAIN),
        "clean": (recipe.clean_images, 5_000_000, cars.SHOWN),
        "validation": (VALIDATION, 2_000_000, cars.TRAIN),
        "unseen": (TEST, 3_000_000, cars.TRAIN),
        "held_out": (HELD_OUT, 4_000_000, cars.HELD_OUT),
        "clean_unseen": (TEST, 6_000_000, cars.SHOWN),
        "clean_held_out": (HELD_OUT, 8_000_000, cars.SHOWN_HELD_OUT),
    }
    sets = {name: rendered(options.data, name, *wanted) for name, wanted in made.items()}
    run = Run(options.folder, recipe, options.bfloat16)
    run.train(sets)
    model = run.average.module
    facts = {
        "features": weights.FEATURES,
        "recipe": asdict(recipe),
        "training_minutes": round(run.seconds / 60, 1),
        "threads": options.threads,
        "bfloat16": options.bfloat16,
    }
    for name in ("unseen", "held_out", "clean_unseen", "clean_held_out"):
        facts[f"iou_{name}"] = round(score(model, sets[name]), 4)
    weights.save(model, options.weights, facts)
    print(json.dumps(facts, indent=2))


if __name__ == "__main__":
    main()
