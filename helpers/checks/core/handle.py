"""A learner's object, wherever it is. A check cannot tell which kind of handle it holds."""

import itertools
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from helpers.probes.place import Place
from helpers.probes.wire import BadMessage, pack, unpack

turns: ContextVar[Iterator[int]] = ContextVar("turns")  # the number of a check's next request
_last: list = []  # in this process: the object that refused last, and what was told of it


class Crash(Exception):
    """The learner's code raised an error.

    `kind` is its class, `bases` are all its classes, `given` the kinds of its arguments, and
    `lines` the learner's own lines at which it arose.
    """

    def __init__(self, kind: str, bases: tuple, text: str, given: tuple, lines: tuple) -> None:
        super().__init__(text)
        self.kind, self.bases, self.given, self.lines = kind, bases, given, lines

    def is_a(self, *names: str) -> bool:
        """Whether it is an error of one of these classes."""
        return any(name in self.bases for name in names)


class Handle:
    """Asks probes about one object of the learner's."""

    def __init__(self, reference: object) -> None:
        self.reference = reference

    def ask(self, probe: str, *args: object, **data: object) -> Any:
        """What a probe saw that was run on the object.

        Raises:
            Crash: the learner's code raised an error.
        """
        return self.beside(probe, self, *args, **data)

    def beside(self, probe: str, *args: object, **data: object) -> Any:
        """What a probe saw that was run where the object is."""
        turn = next(turns.get())
        request = pack({"probe": probe, "turn": turn, "args": args, "data": data}, refer)
        answer = unpack(self.exchange(request), self.at)
        return read(answer)

    def replace(self, name: str, source: str) -> bool:
        """Put a stand-in where the object's code finds the global `name`; whether it does."""
        count_turns()
        return bool(self.ask("place.replace", name, source))

    def put_back(self) -> None:
        """Put the learner's own function back where a stand-in stood."""
        self.beside("place.put_back")

    @property
    def told(self) -> dict[str, str]:
        """The faults that graded cells told of this object, each with the test that did first."""
        raise NotImplementedError

    def exchange(self, request: bytes) -> bytes:
        """Send a request to the object's place; the answer."""
        raise NotImplementedError

    def at(self, reference: object) -> "Handle":
        """A handle on another object in the same place."""
        raise NotImplementedError


def refer(value: object) -> object:
    """The reference of a handle.

    Raises:
        TypeError: it is no handle, and so neither data nor an object in the learner's place.
    """
    if isinstance(value, Handle):
        return value.reference
    raise TypeError(f"{type(value).__name__} is no data")


def read(answer: object) -> Any:
    """What the probe saw.

    Raises:
        Crash: the learner's code raised an error.
        BadMessage: the answer is none that a probe gives.
    """
    if isinstance(answer, dict) and answer.keys() == {"saw"}:
        return answer["saw"]
    if isinstance(answer, dict) and answer.keys() == {"crash"}:
        crash = answer["crash"]
        if isinstance(crash, dict) and crash.keys() == {"kind", "bases", "text", "given", "lines"}:
            texts = [
                crash["kind"],
                crash["text"],
                *crash["bases"],
                *crash["given"],
                *crash["lines"],
            ]
            if all(isinstance(t, str) for t in texts):
                raise Crash(**crash)
    raise BadMessage("neither what a probe saw nor a crash")


class Here(Handle):
    """An object in this process: a learner's notebook, stock nbgrader, nbval."""

    def __init__(self, learner: object, place: Place | None = None) -> None:
        self.place = place or Place({"learner": learner})
        super().__init__("learner" if place is None else learner)

    @property
    def told(self) -> dict[str, str]:
        """What was told of the object that a check looked at last, if it is this one."""
        learner = self.place.find(self.reference)
        if not (_last and _last[0] is learner):
            _last[:] = [learner, {}]
        return _last[1]

    def exchange(self, request: bytes) -> bytes:
        """The answer of the place in this process."""
        return self.place.answer(request)

    def at(self, reference: object) -> "Here":
        """A handle on another object in the same place."""
        return Here(reference, self.place)


def count_turns() -> None:
    """Begin to count requests: the first of a check is number 0."""
    turns.set(itertools.count())
