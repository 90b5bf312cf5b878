"""A learner's object in a process of its own, in the sandbox."""

import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from grading.learner.channel import ASK, TIME, Channel, ChannelEnded
from helpers.checks.core.handle import Handle
from helpers.probes.wire import BadMessage

# By learner's process: what was told of its objects, by their names.
_told: WeakKeyDictionary[Channel, dict[object, dict[str, str]]] = WeakKeyDictionary()


class NoAnswer(Exception):
    """The learner's process ended, or did not answer in time."""


class Line:
    """A channel to a learner's process for the `seconds` that a graded cell may take.

    `may_replace` says for which exercises stand-ins may be sent: those that have been graded.
    """

    def __init__(
        self, channel: Channel, seconds: float, may_replace: Callable[[str], bool]
    ) -> None:
        self.channel, self.seconds, self.may_replace = channel, seconds, may_replace
        self.give_time()

    def give_time(self) -> None:
        """Count the seconds from now on.

        Raises:
            NoAnswer: nobody is there.
        """
        self.deadline = time.monotonic() + self.seconds
        try:
            self.channel.send(TIME)
        except ChannelEnded as error:
            raise NoAnswer("its process ended") from error


class There(Handle):
    """Asks about an object at the other end of a line."""

    def __init__(self, reference: object, line: Line) -> None:
        super().__init__(reference)
        self.line = line

    @property
    def told(self) -> dict[str, str]:
        """What was told of the object since its process was copied."""
        return _told.setdefault(self.line.channel, {}).setdefault(self.reference, {})

    def exchange(self, request: bytes) -> bytes:
        """The answer of the place at the other end.

        Raises:
            NoAnswer: none came.
        """
        try:
            self.line.channel.send(ASK, request)
            kind, answer, _ = self.line.channel.receive(self.line.deadline)
        except ChannelEnded as error:
            late = time.monotonic() >= self.line.deadline
            raise NoAnswer("it did not answer in time" if late else "its process ended") from error
        if kind != ASK:
            raise BadMessage("another kind of answer")
        return answer

    def at(self, reference: object) -> "There":
        """A handle on another object in the same process."""
        if not isinstance(reference, int | str):
            raise BadMessage("no reference")
        return There(reference, self.line)

    def replace(self, name: str, source: str) -> bool:
        """Put a stand-in in place, but only once the exercise `name` has been graded.

        The time begins again: an endless loop in that exercise costs this one nothing.
        """
        if not self.line.may_replace(name):
            return False
        self.line.give_time()
        return super().replace(name, source)
