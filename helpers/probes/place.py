"""Where the learner's objects are, and where probes run: one request in, one answer out.

Every request runs under settings of its own (float32, gradients on, a seed) and leaves the
learner's as they were. `Place.answer` serves a check in this process and one at the other end of a
pipe alike, so that both get the same.
"""

import contextlib
import importlib
import inspect
import io
import random
import re
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import torch
from numpy.random import mtrand

from helpers.probes.wire import MOST_TEXT, pack, unpack

ABSENT = object()
SPARE: list = []  # NumPy's generators for use in place of the learner's: to save its state is slow
COURSE = Path(__file__).resolve().parent.parent
LIBRARIES = tuple({*map(str, sysconfig.get_paths().values()), sys.prefix, str(COURSE), "<frozen"})


class Keep:
    """Marks an object in a probe's answer that stays here; the check gets a handle on it."""

    def __init__(self, item: Any) -> None:
        self.item = item


class Place:
    """The learner's names, and the objects that checks hold handles on."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self.names, self.kept = names, {}
        self.replaced: list[tuple[dict, str, object]] = []

    def keep(self, item: object) -> int:
        """The reference of what a probe marked with `Keep`.

        Raises:
            TypeError: it was not marked, so it is an object where data should be.
        """
        if not isinstance(item, Keep):
            raise TypeError(f"a probe returned a {type(item).__name__}")
        number = len(self.kept) + 1
        self.kept[number] = item.item
        return number

    def find(self, reference: Any) -> Any:
        """The object of a reference: a kept one's number, or a name of the notebook's."""
        return self.kept[reference] if isinstance(reference, int) else self.names[reference]

    def answer(self, message: bytes) -> bytes:
        """Run the probe that a message asks for; what it saw, or how the learner's code crashed."""
        asked = unpack(message, self.find)
        if asked["turn"] == 0:  # a check begins: nothing of the one before it is held any longer
            self.kept.clear()
        with own_settings(asked["turn"]), quiet():
            try:
                saw = self.probe(asked["probe"])(*asked["args"], **asked["data"])
                return pack({"saw": saw}, self.keep)
            except (Exception, SystemExit) as error:
                return pack({"crash": crash(error)}, self.keep)

    def probe(self, name: str) -> Callable:
        """The function of a probe's name, such as functions.call."""
        module, _, function = name.partition(".")
        if module == "place":
            return getattr(self, function)
        return getattr(importlib.import_module(f"helpers.probes.{module}"), function)

    def knows(self, names: list[str]) -> list[bool]:
        """Which of these names the notebook defines."""
        return [name in self.names for name in names]

    def replace(self, user: object, name: str, source: str) -> bool:
        """Put a stand-in where the code of `user` finds, or misses, the global `name`; if it does.

        `source` defines the stand-in under the same name.
        """
        spaces = {
            id(f.__globals__): f.__globals__
            for f in functions(user)
            if name in f.__globals__ or name in f.__code__.co_names
        }.values()
        stand_in: dict = {"__name__": "stand_in"}
        exec(compile(source, "<frozen stand-in>", "exec"), stand_in)
        for space in spaces:
            self.replaced.append((space, name, space.get(name, ABSENT)))
            space[name] = stand_in[name]
        return bool(spaces)

    def put_back(self) -> None:
        """Put the learner's own functions back where stand-ins stood."""
        while self.replaced:
            space, name, own = self.replaced.pop()
            if own is ABSENT:  # its cell has an error, or is not there
                del space[name]
            else:
                space[name] = own


def functions(user: Any) -> list[FunctionType]:
    """A function itself, or the methods of a class."""
    with contextlib.suppress(ValueError):
        user = inspect.unwrap(user)
    parts = vars(user).values() if inspect.isclass(user) else [user]
    return [part for part in parts if inspect.isfunction(part)]


@contextlib.contextmanager
def own_settings(seed: int) -> Iterator[None]:
    """Known settings of torch, NumPy and `random` inside the block; the learner's after it."""
    generator = torch.default_generator  # torch.manual_seed looks for GPUs, too, which takes long
    spare = SPARE.pop() if SPARE else np.random.MT19937()
    states = random.getstate(), mtrand.get_bit_generator(), generator.get_state()
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    try:
        torch.set_default_dtype(torch.float32)
        if device.type != "cpu":
            torch.set_default_device("cpu")
        random.seed(seed)
        mtrand.set_bit_generator(spare)
        np.random.seed(seed % 2**32)
        generator.manual_seed(seed)
        with torch.set_grad_enabled(True):
            yield
    finally:
        random.setstate(states[0])
        mtrand.set_bit_generator(states[1])
        SPARE.append(spare)
        generator.set_state(states[2])
        torch.set_default_dtype(dtype)
        if device.type != "cpu":
            torch.set_default_device(device)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Swallow warnings and standard error: nbgrader takes any of it for a failed test."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def crash(error: BaseException) -> dict:
    """How the learner's code stopped: the error in words, and the learner's own lines."""
    try:
        text = str(error)
    except Exception:  # the learner's own __str__
        text = ""
    if isinstance(error, RecursionError):  # what it was just doing depends on how deep it began
        text = re.sub(r"(?<=depth exceeded) .+", "", text)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_own(f.filename)]
    return {
        "kind": type(error).__name__,
        "bases": tuple(c.__name__ for c in type(error).__mro__),
        "text": text[:MOST_TEXT],
        "given": tuple(type(a).__name__ for a in error.args),
        "lines": tuple(f"{f.name}, line {f.lineno}: {f.line}"[:300] for f in frames[-3:]),
    }


def is_own(filename: str) -> bool:
    """Whether a line is the learner's: no library's and none of the course's."""
    return not filename.startswith(LIBRARIES)
