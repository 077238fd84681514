"""Files from outside, decoded in child processes that stay warm.

So many decode at once as `AT_ONCE` says; others wait, first come first served, and no longer than
one file may take. A file that is opened for its frames keeps a decoder until its reader is done,
but counts only while a frame is being made: who reads slowly holds nobody up.
"""

import atexit
import contextlib
import json
import os
import re
import socket
import threading
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.files.outside_file import open_file
from seine_core.media.decoding.decoder_process import Decoder, Lost
from seine_core.media.decoding.limits import Limits, Unlimited

Piece = NDArray[Any]

AT_ONCE = max(4, (os.cpu_count() or 1) + 2)  # more than processors: bad files leave room for good
_WARM = 2  # decoders that wait for work
_MOST = 16  # pieces in a reply
_END_S = 5.0  # to let go of a file
_FREE = Unlimited()
_CONTAINED = hasattr(socket, "send_fds")  # not on Windows


class Turns:
    """So many at once, in the order in which they came."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        called = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                called.set()
            else:
                self._waiting.append(called)
        try:
            called.wait()
            yield
        finally:
            with self._lock:
                if not called.is_set():  # stopped while it waited
                    self._waiting.remove(called)
                elif self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._free += 1


class DecoderPool:
    """The decoders of this process; any thread may ask."""

    def __init__(self, limits: Limits | None = None, at_once: int = AT_ONCE) -> None:
        self._limits = limits or Limits()
        self._turns = Turns(at_once)
        self._idle: list[Decoder] = []
        self._all: set[Decoder] = set()
        self._lock = threading.Lock()

    def pieces(
        self, task: str, path: Path, frames: int | None = None, **args: Any
    ) -> Generator[tuple[Piece, int]]:
        """The arrays that a task yields for the file, and how often each comes in a row. Not much
        more is decoded than is needed for `frames`. Who closes this generator ends the task.

        Raises:
            BadInput: the file cannot be decoded, or takes more than is allowed.
        """
        if not _CONTAINED:
            yield from _decoded_here(task, path, args)
            return
        decoder: Decoder | None = None
        reply: dict[str, Any] = {}
        order: dict[str, Any] = {"task": task, "suffix": _suffix(path), "args": args, "most": 1}
        try:
            with open_file(path) as file, self._turns.turn():
                decoder = self._taken()
                reply = decoder.ask(order | {"frames": frames}, file.fileno())
            while True:
                for header in reply["pieces"]:
                    piece, count = decoder.piece(header)
                    frames = None if frames is None else frames - count
                    yield piece, count
                if "fault" in reply:
                    raise BadInput(reply["fault"], subject=path)
                if "more" not in reply or (frames is not None and frames <= 0):
                    return
                order = {"task": "next", "most": min(2 * order["most"], _MOST)}
                with self._turns.turn():
                    reply = decoder.ask(order | {"frames": frames})
        except Lost as lost:
            raise BadInput(str(lost), subject=path) from None
        finally:
            if decoder is not None:
                self._give_back(decoder, is_done="more" not in reply)

    def facts(self, task: str, path: Path) -> dict[str, Any]:
        """What a task found out about the file. Raises as `pieces` does."""
        known = b"".join(piece.tobytes() for piece, _ in self.pieces(task, path))
        try:
            facts: dict[str, Any] = json.loads(known)
            return facts
        except (ValueError, RecursionError):
            raise BadInput(
                "makes the decoder talk nonsense", subject=path, advice="export it again"
            ) from None

    def _taken(self) -> Decoder:
        with self._lock:
            while self._idle:
                decoder = self._idle.pop()
                if decoder.is_alive():
                    return decoder
                self._drop(decoder)
        try:
            decoder = Decoder(self._limits)
        except OSError as error:  # not to be taken for a disk that is full
            raise RuntimeError(f"no process can be started to decode media ({error})") from None
        with self._lock:
            self._all.add(decoder)
        return decoder

    def _give_back(self, decoder: Decoder, *, is_done: bool) -> None:
        try:
            if not decoder.is_busy and not is_done:
                decoder.ask({"task": "end"}, wall_s=_END_S)
        except Lost:
            pass  # it is replaced when there is need
        is_good = not decoder.is_busy and not decoder.is_worn
        if is_good:
            decoder.rest()
        with self._lock:
            if is_good and decoder in self._all and len(self._idle) < _WARM:
                self._idle.append(decoder)
            else:
                self._drop(decoder)

    def _drop(self, decoder: Decoder) -> None:
        self._all.discard(decoder)
        decoder.close()

    def close(self) -> None:
        """End all decoders."""
        with self._lock:
            for decoder in list(self._all):
                self._drop(decoder)
            self._idle.clear()

    def forget(self) -> None:
        """Let go of all decoders in a process that was forked: they are the parent's."""
        for decoder in self._all:
            decoder.forget()


def _decoded_here(task: str, path: Path, args: dict[str, Any]) -> Iterator[tuple[Piece, int]]:
    """As `pieces`, in this process and without its limits but that of pixels."""
    from seine_core.media.decoding.tasks import TASKS

    with open_file(path) as file:
        file.name = f"file{_suffix(path)}"  # type: ignore[misc]
        try:
            for piece in TASKS[task](file, args, lambda shape: np.empty(shape, np.uint8), _FREE):
                yield piece, 1
        except BadInput as error:
            raise error.about(path) from None
        except MemoryError:
            raise BadInput(
                "takes more memory to decode than there is",
                subject=path,
                advice="make it smaller first",
            ) from None


def _suffix(path: Path) -> str:
    """The ending of its name where that is a plain one: FFmpeg looks at it too."""
    suffix = path.suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""


_pool: DecoderPool | None = None
_making = threading.Lock()


def pool() -> DecoderPool:
    """The decoders of this process. None is started before there is something to decode."""
    global _pool
    with _making:
        if _pool is None:
            _pool = DecoderPool()
            atexit.register(_pool.close)
        return _pool


def _after_fork() -> None:
    global _pool, _making
    _making = threading.Lock()
    if _pool is not None:
        _pool.forget()
        atexit.unregister(_pool.close)
        _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
