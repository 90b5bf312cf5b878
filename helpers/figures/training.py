"""Figures of notebook 07: curves that grow while a network trains, predictions side by side."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from helpers.show import BLUE, CAR, SKY, as_html, overlay, pictures, png

# (seconds since the first render, IoU on 100 unseen cars) of notebook 07's long run on two idle
# CPU cores of an x86 server: `python benchmarks/training.py 2000 3600`.
MEASURED = [
    (20, 0.20),
    (23, 0.58),
    (26, 0.66),
    (29, 0.61),
    (32, 0.70),
    (35, 0.73),
    (38, 0.74),
    (41, 0.77),
    (44, 0.78),
    (56, 0.81),
    (69, 0.84),
    (83, 0.86),
    (95, 0.86),
    (106, 0.88),
    (118, 0.87),
    (130, 0.89),
    (142, 0.90),
    (152, 0.90),
    (163, 0.90),
    (174, 0.91),
    (185, 0.91),
    (196, 0.91),
    (207, 0.92),
    (218, 0.92),
    (231, 0.92),
]


class LiveCurves:
    """A figure of loss and IoU that is redrawn in its place after every epoch."""

    def __init__(self) -> None:
        self.handle = None

    def update(self, losses: Sequence[float], scores: Sequence[tuple[int, float]]) -> None:
        """Draw the loss of every step, and (step, IoU) pairs."""
        from IPython.display import display

        picture = curves(losses, scores)
        if self.handle is None:
            self.handle = display(picture, display_id=True)
        if self.handle is not None:  # None outside IPython
            self.handle.update(picture)


def curves(losses: Sequence[float], scores: Sequence[tuple[int, float]]) -> object:
    """Loss and IoU over the steps, as HTML with a text alternative."""
    import matplotlib.pyplot as plt
    from IPython.display import HTML

    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
    steps = np.arange(1, len(losses) + 1)
    left.plot(steps, losses, color=SKY, linewidth=0.8, alpha=0.7, label="each step")
    left.plot(steps, smoothed(losses), color=BLUE, label="mean of the last 40")
    left.set(xlabel="step", ylabel="loss", ylim=(0, None))
    left.legend(frameon=False)
    right.plot(*zip(*scores, strict=True), color=CAR, marker="o", markersize=3)
    right.axhline(0.8, color="black", linewidth=0.8, linestyle=":")
    right.set(xlabel="step", ylabel="mean IoU, unseen pictures", ylim=(0, 1))
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    fig.tight_layout()
    alt = (
        f"Two curves over {len(losses)} steps: the loss ends at {smoothed(losses)[-1]:.2f}, "
        f"the IoU on unseen pictures goes from {scores[0][1]:.2f} to {scores[-1][1]:.2f}."
    )
    return HTML(as_html(png(fig, tight=False), alt))


def smoothed(losses: Sequence[float], window: int = 40) -> np.ndarray:
    """The mean of the last `window` values at each place."""
    total = np.cumsum(np.concatenate([[0.0], losses]))
    ends = np.arange(1, len(losses) + 1)
    starts = np.maximum(0, ends - window)
    return (total[ends] - total[starts]) / (ends - starts)


def draw_strip(images: Iterable, columns: Mapping[str, object], alt: str, most: int = 6) -> None:
    """Masks over the same pictures, one titled column for each state of a network.

    Shape: images (N, H, W, 3) uint8, each column (N, H, W) bool or integers
    """
    titles = list(columns)
    # the first two, then ever wider apart: most is learned early
    later = np.geomspace(1, len(titles) - 1, most - 1).round().astype(int) if titles[1:] else []
    stacks = {}
    for title in (titles[i] for i in sorted({0, *later})):
        masks = np.asarray(columns[title]).astype(bool)
        stacks[title] = np.vstack([overlay(*pair) for pair in zip(images, masks, strict=True)])
    pictures(stacks, alt=alt, columns=most)
