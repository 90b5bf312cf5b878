"""Tensors as the text of a message."""

from torch import Tensor

from helpers.probes.describe import describe, shape_of

__all__ = ["beside", "describe", "number", "shape_of", "table"]


def number(value: Tensor) -> str:
    """One element as short text."""
    one = value.item()
    return str(one) if isinstance(one, bool | int) else f"{one:.4g}"


def beside(got: Tensor, expected: Tensor, wrong: Tensor, limit: int = 8) -> str:
    """The first wrong map as text, expected beside the learner's, wrong places starred."""
    if got.dim() < 2 or max(got.shape[-2:]) > limit:
        return ""
    plane = tuple(int(i) for i in wrong.nonzero()[0])[:-2]
    texts = [[[number(v) for v in row] for row in t[plane]] for t in (expected, got)]
    width = max(len(v) for rows in texts for row in rows for v in row) + 2
    lines = [f"expected{' ' * (width * got.shape[-1] - 4)}yours (wrong places starred)"]
    for left, right, bad in zip(*texts, wrong[plane], strict=True):
        starred = [f"*{v}" if b else v for v, b in zip(right, bad, strict=True)]
        lines.append(
            "".join(f"{v:>{width}}" for v in left)
            + "    "
            + "".join(f"{v:>{width}}" for v in starred)
        )
    return "\n".join(lines)


def table(plane: Tensor) -> str:
    """One (H, W) map as text, its columns below each other."""
    rows = [[number(v) for v in row] for row in plane]
    width = max((len(v) for row in rows for v in row), default=0) + 2
    return "\n".join("".join(f"{v:>{width}}" for v in row) for row in rows)
