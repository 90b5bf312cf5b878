"""Frames over a socket between the grader and the learner's process: a letter, a length, bytes."""

import socket
import struct
import time

HEADER = struct.Struct("<cI")
MOST = 64 * 2**20  # bytes of one frame
PLAY, SNAPSHOT, ASK, TIME, READY, BROKEN = b"P", b"S", b"A", b"T", b"R", b"B"


class ChannelEnded(Exception):
    """The other side is gone, or sent what is no frame."""


class TooLate(ChannelEnded):
    """The other side did not answer in time."""


class TooMuch(ChannelEnded):
    """The other side sent more than may be sent."""


class Channel:
    """One end of such a socket."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end

    def send(self, kind: bytes, body: bytes = b"", handed: int | None = None) -> None:
        """Send a frame, with a file descriptor if one is `handed` over.

        Raises:
            ChannelEnded: nobody is there.
        """
        head = HEADER.pack(kind, len(body))
        try:
            if handed is None:
                self.socket.sendall(head + body)
            else:
                socket.send_fds(self.socket, [head], [handed])
                self.socket.sendall(body)
        except OSError as error:
            raise ChannelEnded("the other side is gone") from error

    def receive(
        self, deadline: float | None = None, most: int = MOST
    ) -> tuple[bytes, bytes, int | None]:
        """The next frame's letter, its bytes and the file descriptor that came with it.

        Raises:
            TooLate: it did not come until `deadline` (in `time.monotonic` seconds).
            TooMuch: it is too large.
            ChannelEnded: it did not come at all.
        """
        head, handed = self.read(HEADER.size, deadline, with_descriptor=True)
        kind, length = HEADER.unpack(head)
        if length > most:
            raise TooMuch(f"a frame of {length} bytes")
        body, _ = self.read(length, deadline)
        return kind, body, handed

    def read(
        self, count: int, deadline: float | None, with_descriptor: bool = False
    ) -> tuple[bytes, int | None]:
        """So many bytes."""
        parts, missing, handed = [], count, None
        while missing:
            try:
                self.socket.settimeout(
                    None if deadline is None else max(0.001, deadline - time.monotonic())
                )
                if with_descriptor:
                    part, descriptors, _, _ = socket.recv_fds(self.socket, missing, 1)
                    handed = descriptors[0] if descriptors else handed
                else:
                    part = self.socket.recv(min(missing, 2**20))
            except TimeoutError as error:
                raise TooLate("no answer in time") from error
            except OSError as error:
                raise ChannelEnded("the other side is gone") from error
            if not part:
                raise ChannelEnded("the other side is gone")
            parts.append(part)
            missing -= len(part)
            if deadline is not None and time.monotonic() > deadline and missing:
                raise TooLate("no answer in time")
        return b"".join(parts), handed

    def close(self) -> None:
        """Let the other side go."""
        self.socket.close()
