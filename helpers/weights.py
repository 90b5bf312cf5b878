"""The shipped weights: a state dict in half precision, with a model card that has its checksum."""

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

WEIGHTS = Path(__file__).parent / "assets" / "unet_car.pt"
FEATURES = (16, 32, 64, 128)


def card_of(path: Path) -> Path:
    """The JSON file beside the weights: what they were trained on, their figures and checksum."""
    return Path(path).with_suffix(".json")


def checksum(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def verify(path: str | Path = WEIGHTS) -> Path:
    """The path, once its file is known to be whole.

    Raises:
        FileNotFoundError: there is no such file, or no card beside it.
        ValueError: the file is not the one that the card describes.
    """
    path = Path(path)
    repair = (
        "Copy helpers/assets again from where you got the course (in a git checkout: `git "
        "restore helpers/assets`), or train again with `make weights`."
    )
    for file in (path, card_of(path)):
        if not file.is_file():
            raise FileNotFoundError(f"there is no file {file}. {repair}")
    try:
        expected = json.loads(card_of(path).read_text())["sha256"]
    except (ValueError, KeyError) as error:
        raise ValueError(f"{card_of(path)} is damaged. {repair}") from error
    if checksum(path) != expected:
        raise ValueError(f"{path} is damaged: its checksum is not the card's. {repair}")
    return path


def load(path: str | Path = WEIGHTS) -> "dict[str, Tensor]":
    """The state dict in a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds no state dict, or is damaged.
    """
    import torch

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch names a damaged file in many ways, IndexError among them
        raise ValueError(f"{path} is no file of weights, or it is damaged") from error
    if not isinstance(state, dict) or not all(hasattr(v, "shape") for v in state.values()):
        raise ValueError(f"{path} holds no state dict")
    return state


def features_of(state: "dict[str, Tensor]") -> tuple[int, ...]:
    """The `features` of the course's U-Net whose state dict this is: the channels of its levels.

    Raises:
        ValueError: it is that of another network.
    """
    names = [f"enc{level}.0.weight" for level in (1, 2, 3, 4)]
    if not all(name in state for name in names):
        raise ValueError(
            "these are not the weights of the course's U-Net: there is no "
            f"{next(name for name in names if name not in state)} among them"
        )
    return tuple(len(state[name]) for name in names)


def save(model: "nn.Module", path: str | Path, facts: dict) -> None:
    """Write the model's weights in half precision and a card with `facts` and the checksum.

    Both files are replaced whole, so that a stopped run leaves the old ones.
    """
    import torch

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part, card = path.with_suffix(".part"), card_of(path)
    state = {n: v.detach().half().contiguous() for n, v in model.state_dict().items()}
    torch.save(state, part)
    facts = {**facts, "parameters": sum(v.numel() for v in state.values())}
    text = json.dumps({**facts, "sha256": checksum(part)}, indent=2)
    card.with_suffix(".part.json").write_text(text + "\n")
    os.replace(part, path)
    os.replace(card.with_suffix(".part.json"), card)
