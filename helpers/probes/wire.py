"""Data between a check and a probe: JSON with the tensors' bytes behind it, never a pickle.

Data is None, bool, int, float, text, lists, tuples and dicts of these, tensors of the listed types
of number, a `Thing`, and references to objects that stay where they are. Whatever arrives may come
from a hostile process: it is checked before it is used, and a broken message is a `BadMessage`.
"""

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

DTYPES = {
    str(t).removeprefix("torch."): t
    for t in (
        torch.float32,
        torch.float64,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
        torch.complex64,
        torch.complex128,
    )
}
MOST_HEAD, MOST_BODY = 4 * 2**20, 32 * 2**20  # bytes
DEEPEST, MOST_AXES, MOST_TEXT, MOST_BITS = 40, 24, 20_000, 2_000
HEADER = struct.Struct("<II")  # length of the JSON text, and of the bytes behind it


class BadMessage(ValueError):
    """What came is no message that `pack` would write."""


@dataclass(frozen=True)
class Thing:
    """An object of the learner's that is no data, in words.

    `kind` is its class's name, `bases` those of all its classes, `text` what a message calls it;
    `number` is the number that `float` makes of it, `items` what it holds if it is a sequence.
    """

    kind: str
    text: str
    bases: tuple = ()
    number: float | None = None
    items: tuple = ()

    def __repr__(self) -> str:
        """The words, as they stand in a message about a list of such objects."""
        return self.text

    def is_a(self, *names: str) -> bool:
        """Whether one of its classes has one of these names."""
        return any(name in self.bases for name in names)


def pack(value: object, refer: Callable[[object], object]) -> bytes:
    """A value as bytes; `refer` gives the reference of what stays where it is.

    Raises:
        TypeError: it is neither data nor has it a reference.
    """
    blobs: list[bytes] = []

    def node(v: Any) -> object:
        if v is None or type(v) in (bool, int, float):
            return v
        if type(v) is str:
            return v[:MOST_TEXT]
        if isinstance(v, Tensor):
            return tensor(v)
        if type(v) in (list, tuple):
            return {"u" if type(v) is tuple else "l": [node(w) for w in v]}
        if type(v) is dict:
            return {"d": [[node(k), node(w)] for k, w in v.items()]}
        if type(v) is Thing:
            fields = [v.kind, v.text, v.bases, v.number, v.items]
            return {"o": [node(w) for w in fields]}
        return {"r": refer(v)}

    def tensor(v: Tensor) -> dict:
        needs = v.requires_grad
        v = v.detach().to("cpu").resolve_conj().resolve_neg().contiguous()
        blobs.append(bytes_of(v))
        return {"t": [str(v.dtype).removeprefix("torch."), list(v.shape), needs]}

    head = json.dumps(node(value)).encode()
    body = b"".join(blobs)
    return HEADER.pack(len(head), len(body)) + head + body


def bytes_of(v: Tensor) -> bytes:
    """The numbers of a contiguous tensor as they lie in memory."""
    if not v.numel():
        return b""
    return v.reshape(-1).view(torch.uint8).numpy().tobytes()


def unpack(message: bytes, find: Callable[[object], object]) -> Any:
    """The value again; `find` gives the object, or a handle on it, of a reference.

    Raises:
        BadMessage: `pack` would not have written this.
    """
    head_size, body_size = sizes(message[: HEADER.size])
    if len(message) != HEADER.size + head_size + body_size:
        raise BadMessage("a message of another length than it says")
    body, at = memoryview(message)[HEADER.size + head_size :], 0

    def tensor(v: list) -> Tensor:
        nonlocal at
        name, shape, needs = v
        dtype = DTYPES[name]
        if len(shape) > MOST_AXES or any(type(n) is not int or n < 0 for n in shape):
            raise BadMessage("a shape that is none")
        size = math.prod(shape) * dtype.itemsize
        if at + size > len(body):
            raise BadMessage("a tensor beyond the end of its message")
        part = bytearray(body[at : at + size])
        at += size
        found = (
            torch.frombuffer(part, dtype=torch.uint8).clone().view(dtype)
            if size
            else (torch.empty(0, dtype=dtype))
        )
        if dtype is torch.bool:
            found = found.view(torch.uint8) != 0  # a byte 2 would be neither
        found = found.reshape(shape)
        differentiable = dtype.is_floating_point or dtype.is_complex
        return found.requires_grad_() if needs is True and differentiable else found

    def value(v: object, depth: int = 0) -> object:
        if depth > DEEPEST:
            raise BadMessage("too deep")
        if isinstance(v, str):
            return v[:MOST_TEXT].encode("utf-8", "replace").decode()  # no lone surrogates
        if v is None or isinstance(v, float):
            return v
        if isinstance(v, int):
            if v.bit_length() > MOST_BITS:
                raise BadMessage("a number without end")
            return v
        if not isinstance(v, dict) or len(v) != 1:
            raise BadMessage("no value")
        ((kind, inside),) = v.items()
        if kind == "t":
            return tensor(inside)
        if kind == "l":
            return [value(w, depth + 1) for w in inside]
        if kind == "u":
            return tuple(value(w, depth + 1) for w in inside)
        if kind == "d":
            return {value(k, depth + 1): value(w, depth + 1) for k, w in inside}
        if kind == "o":
            return thing([value(w, depth + 1) for w in inside])
        if kind == "r":
            return find(inside)
        raise BadMessage("an unknown kind of value")

    def thing(v: list) -> Thing:
        name, text, bases, number, items = v
        if not (
            type(name) is str
            and type(text) is str
            and type(bases) is tuple
            and (number is None or type(number) is float)
            and type(items) is tuple
        ):
            raise BadMessage("no thing")
        return Thing(*v)

    try:
        return value(json.loads(bytes(message[HEADER.size : HEADER.size + head_size])))
    except BadMessage:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, RuntimeError, MemoryError) as error:
        raise BadMessage(f"no message: {type(error).__name__}") from error


def sizes(header: bytes) -> tuple[int, int]:
    """The lengths that a header tells.

    Raises:
        BadMessage: it is none, or the message is too large.
    """
    if len(header) != HEADER.size:
        raise BadMessage("no header")
    head, body = HEADER.unpack(header)
    if head > MOST_HEAD or body > MOST_BODY:
        raise BadMessage("a message is too large")
    return head, body
