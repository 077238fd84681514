"""The process that decodes what comes from outside: `python -m` this module.

It takes a file that is open already, decodes it into memory that it shares with its parent, and
says where. It can open nothing itself, write to no file, and is ended by the system when it takes
too much. Its standard input is the socket to its parent; it ends when that one does.
"""

import fcntl
import gc
import json
import mmap
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.media.decoding import tasks
from seine_core.media.decoding.channel import Channel
from seine_core.media.decoding.landlock import give_up_paths
from seine_core.media.decoding.limits import MAX_BYTES, Limits, ProcessorTime, confine, first_to_go
from seine_core.media.decoding.tasks import Piece

_AT_ONCE = 24_000_000  # bytes in a reply, where more than one piece fits
_REPLY_S = 0.5  # after which the pieces that are there are sent
_RUN = 1000  # repetitions that one piece stands for at most
_LINE = 64  # bytes; pieces begin at multiples


class _Shared:
    """The memory that the parent sees too, filled from the beginning with every reply."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._bytes: NDArray[np.uint8] = np.frombuffer(memory, np.uint8)
        self.used = 0

    def room(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        size = int(np.prod(shape))
        if self.used + size > len(self._bytes):
            raise MemoryError
        part = self._bytes[self.used : self.used + size]
        return part.reshape(shape)

    def put(self, piece: Piece) -> tuple[int, list[int], str]:
        """Where the piece now is, its shape and type."""
        if not np.may_share_memory(piece, self._bytes):
            raw = self.room((piece.nbytes,))
            raw[:] = np.ascontiguousarray(piece).view(np.uint8).reshape(-1)
        at = self.used
        self.used = -(-(at + piece.nbytes) // _LINE) * _LINE
        return at, list(piece.shape), piece.dtype.str


class _Work:
    """One file being decoded, a reply at a time."""

    def __init__(self, order: dict[str, Any], handle: int, shared: _Shared, limits: Limits) -> None:
        self._file = os.fdopen(handle, "rb", buffering=0)
        self._file.name = f"file{order['suffix']}"
        self._shared = shared
        self._limits = limits
        budget = ProcessorTime(limits, os.fstat(handle).st_size)
        task = tasks.TASKS[order["task"]]
        self._runs = _runs(task(self._file, order["args"], shared.room, budget))

    def reply(self, most: int, frames: int | None) -> dict[str, Any]:
        """At most `most` pieces, and not many more than stand for `frames`."""
        pieces: list[Any] = []
        until = time.monotonic() + _REPLY_S
        self._shared.used = 0
        try:
            for piece, count in self._runs:
                pieces.append([*self._shared.put(piece), count])
                frames = None if frames is None else frames - count
                full = len(pieces) == most or self._shared.used > _AT_ONCE
                if full or (frames is not None and frames <= 0) or time.monotonic() > until:
                    return {"pieces": pieces, "more": True}
        except BadInput as error:
            return {"pieces": pieces, "fault": str(error)}
        except MemoryError:
            return {"pieces": pieces, "fault": self._limits.too_much_memory(), "worn": True}
        return {"pieces": pieces}

    def close(self) -> None:
        self._runs.close()
        self._file.close()
        gc.collect()  # a stream and its container hold each other, and with them many pictures


def _runs(pieces: Iterator[Piece]) -> Any:
    """Each piece once, and how often it comes in a row."""
    latest: Piece | None = None
    count = 0
    try:
        for piece in pieces:
            if piece is latest and count < _RUN:
                count += 1
                continue
            if latest is not None:
                yield latest, count
            latest, count = piece, 1
    except BadInput:
        if latest is not None:
            yield latest, count
        raise
    if latest is not None:
        yield latest, count


def serve(channel: Channel, shared: _Shared, limits: Limits) -> None:
    """Do what the parent asks for until it is gone."""
    work: _Work | None = None
    while True:
        order, handle = channel.receive_with_file()
        if handle is not None:
            work = _Work(order, handle, shared, limits)
        if order["task"] == "end" or work is None:
            reply: dict[str, Any] = {"pieces": []}
        else:
            reply = work.reply(order["most"], order["frames"])
        if work is not None and "more" not in reply:
            work.close()
            work = None
        channel.send(reply)


def _end_with(lifeline: int) -> None:
    """A signal that nothing waits for ends this process with its parent, whatever it does then. Not
    by the socket: that one signals also that there is room in it."""
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    gone = select.poll()
    gone.register(lifeline, 0)
    if gone.poll(0):  # it went a moment before
        raise EOFError


def main() -> None:
    """Set limits, then serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks.preload()
    handle, limits = int(sys.argv[1]), Limits(**json.loads(sys.argv[2]))
    shared = _Shared(mmap.mmap(handle, MAX_BYTES))
    os.close(handle)
    channel = Channel(socket.socket(fileno=os.dup(0)))
    lifeline = os.dup(int(sys.argv[3]))  # the lowest number there is: the limit follows the highest
    os.close(int(sys.argv[3]))
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    first_to_go()
    confine(limits.memory, _first_free() + 1)  # a file to decode can come in, and nothing else
    give_up_paths()
    gc.freeze()  # what is there now stays: it need not be looked at after every file
    try:
        _end_with(lifeline)
        channel.send({"ready": True})
        serve(channel, shared, limits)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _first_free() -> int:
    """The number that the next file to be opened gets."""
    free = os.dup(0)
    os.close(free)
    return free


if __name__ == "__main__":
    main()
