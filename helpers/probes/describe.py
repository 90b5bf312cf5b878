"""A learner's values as data: tensors and numbers as they are, anything else in words."""

import contextlib
from typing import Any

import numpy as np
from torch import Tensor, nn

from helpers.probes.wire import DTYPES, MOST_BITS, Thing

MOST_ITEMS, DEEPEST = 2_000, 6


def shape_of(value: Any) -> str:
    """A shape as it is written in the notebooks: (2, 3, 8, 8)."""
    return str(tuple(value.shape)) if hasattr(value, "shape") else type(value).__name__


def describe(value: object) -> str:
    """A few words for a value in a message: kind, shape and type of a tensor, else its repr."""
    if isinstance(value, Thing):
        return value.text
    if isinstance(value, Tensor):
        return f"a {shape_of(value)} tensor of {str(value.dtype).removeprefix('torch.')}"
    if isinstance(value, nn.Module):
        return f"a {type(value).__name__} module"
    if isinstance(value, tuple | list) and value and all(isinstance(v, Tensor) for v in value):
        kind = type(value)
        name = kind.__name__ if kind in (tuple, list) else f"{kind.__module__}.{kind.__name__}"
        return f"a {name} of {len(value)} tensors"
    try:
        text = repr(value)
    except Exception:  # the learner's own __repr__
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def as_data(value: Any, depth: int = 0) -> Any:
    """The value as data of `helpers.probes.wire`; what is no data becomes a `Thing`."""
    kind = type(value)
    if value is None or kind in (bool, float, str):
        return value
    if kind is int and value.bit_length() <= MOST_BITS:
        return value
    if kind in (list, tuple, dict) and len(value) <= MOST_ITEMS and depth < DEEPEST:
        if kind is dict:
            return {as_key(k): as_data(v, depth + 1) for k, v in value.items()}
        return kind(as_data(v, depth + 1) for v in value)
    if isinstance(value, np.generic) and not isinstance(value, np.void):
        return as_data(value.item(), depth)
    if isinstance(value, Tensor) and is_plain(value):
        return value.as_subclass(Tensor)
    return thing(value, depth)


def is_plain(value: Tensor) -> bool:
    """Whether a tensor is numbers in memory, of a type that may cross."""
    return (
        str(value.dtype).removeprefix("torch.") in DTYPES
        and value.device.type != "meta"
        and not value.is_sparse
        and not value.is_quantized
        and not value.is_nested
    )


def as_key(key: object) -> object:
    """A dictionary's key as data."""
    return key if type(key) in (int, str, bool, float) or key is None else describe(key)


def thing(value: Any, depth: int = 0) -> Thing:
    """The words for what is no data."""
    number, items = None, ()
    with contextlib.suppress(Exception):
        if not isinstance(value, str | bytes | type):
            number = float(value)
    if isinstance(value, tuple | list) and len(value) <= MOST_ITEMS and depth < DEEPEST:
        items = tuple(as_data(v, depth + 1) for v in value)
    kind = value if isinstance(value, type) else type(value)
    bases = ("type",) if isinstance(value, type) else tuple(c.__name__ for c in kind.__mro__)
    return Thing(kind.__name__, describe(value), bases, number, items)
