"""Data sets that were rendered before, kept in the user's cache folder."""

import contextlib
import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

MOST_FILES = 12  # the oldest go


def folder() -> Path:
    """Where they are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "segmentation-course"


@cache
def renderer() -> bytes:
    """A digest of the renderer's own code: another one draws other pictures."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()


def path_of(*arguments: object) -> Path:
    """The file of a data set that is rendered from these arguments."""
    digest = hashlib.sha256(renderer() + repr(arguments).encode()).hexdigest()
    return folder() / f"{digest[:24]}.npz"


def read(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """The images and maps in a file; None where there are none, or none that can be read."""
    with contextlib.suppress(Exception):  # a damaged archive fails in many ways
        with np.load(path) as found:
            pair = found["images"], found["maps"]
        os.utime(path)  # it was used
        return pair
    return None


def write(path: Path, images: np.ndarray, maps: np.ndarray) -> None:
    """Keep a data set, whole or not at all; a full or read-only disk is no reason to stop."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.savez(part, images=images, maps=maps)
        os.replace(part.name, path)
        newest = sorted(path.parent.glob("*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in newest[MOST_FILES:]:
            old.unlink()
