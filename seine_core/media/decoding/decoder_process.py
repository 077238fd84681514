"""A decoder as its parent sees it: a child process, a socket to it, and memory that both see."""

import contextlib
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from seine_core.media.decoding.channel import Channel
from seine_core.media.decoding.limits import MAX_BYTES, Limits

_START_S = 60.0
_ROOT = str(Path(__file__).parents[3])
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")
_KEPT_SIZE = 51_000_000  # bytes of shared memory that an idle decoder may keep: a whole still
_DO = "; export it again, or make it smaller"
_NONSENSE = f"makes the decoder talk nonsense{_DO}"
_TYPES = ("|u1", "<f4", ">f4")


class Lost(Exception):
    """The decoder is no more; the message says why, as what follows the file's name."""


class Decoder:
    """One child process. Used by one thread at a time.

    Raises:
        RuntimeError: it does not start.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        ours, theirs = socket.socketpair()
        # Nothing is ever written to it: it ends with this process, and the decoder with it.
        lifeline, self._lifeline = os.pipe()
        with ours, theirs, os.fdopen(lifeline, "rb"), _shared_memory() as memory:
            self._view = mmap.mmap(memory.fileno(), MAX_BYTES)
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", f"{__package__}.decoder_child"),
                    *(str(memory.fileno()), json.dumps(asdict(limits)), str(lifeline)),
                ],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                pass_fds=(memory.fileno(), lifeline),
                cwd="/",
                env=_environment(),
                start_new_session=True,  # who stops this process by its terminal stops it alone
            )
            self._channel = Channel(ours.dup())
        self._bytes: NDArray[np.uint8] = np.frombuffer(self._view, np.uint8)
        self._used = 0
        self.is_busy = False  # it owes an reply
        self.is_worn = False  # it may have lost memory for good
        self._channel.socket.settimeout(_START_S)
        try:
            self._channel.receive()
        except (EOFError, OSError, ValueError):
            self.close()
            raise RuntimeError(
                f"the process that decodes media does not start ({self._ending()})"
            ) from None

    def ask(
        self, order: dict[str, Any], file: int | None = None, wall_s: float | None = None
    ) -> dict[str, Any]:
        """Its reply to an order.

        Raises:
            Lost: it was ended, by itself or for taking too much.
        """
        wall_s = wall_s or self._limits.wall_s
        self.is_busy = True
        try:
            self._channel.socket.settimeout(wall_s)
            self._channel.send(order, file)
            reply = self._channel.receive()
        except TimeoutError:
            raise Lost(f"takes longer to decode than allowed ({wall_s:g} s){_DO}") from None
        except (EOFError, OSError):
            raise Lost(self._ending()) from None
        except (ValueError, RecursionError):
            raise Lost(_NONSENSE) from None
        if not isinstance(reply, dict) or not isinstance(reply.get("pieces"), list):
            raise Lost(_NONSENSE)
        self.is_busy = False
        self.is_worn |= "worn" in reply
        return reply

    def piece(self, header: Any) -> tuple[NDArray[Any], int]:
        """What an reply tells of a piece: a copy of it, and how often it comes. The decoder is not
        believed: it may be in the hands of the file that it read.

        Raises:
            Lost: this is no piece.
        """
        try:
            at, shape, kind, count = header
            if kind not in _TYPES or not 1 <= count <= 1_000_000 or not 1 <= len(shape) <= 3:
                raise ValueError
            size = np.dtype(kind).itemsize
            for side in shape:
                if not isinstance(side, int) or not 0 <= side <= MAX_BYTES:
                    raise ValueError
                size *= side
            if not 0 <= at <= at + size <= MAX_BYTES:
                raise ValueError
            self._used = max(self._used, at + size)
            return self._bytes[at : at + size].copy().view(kind).reshape(shape), count
        except (TypeError, ValueError):
            raise Lost(_NONSENSE) from None

    def rest(self) -> None:
        """Give back most of its memory, until there is something to do again."""
        if self._used > _KEPT_SIZE and hasattr(mmap, "MADV_REMOVE"):
            with contextlib.suppress(OSError):
                self._view.madvise(mmap.MADV_REMOVE)
            self._used = 0

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End it, whatever it does."""
        self._let_go()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def forget(self) -> None:
        """Let go of it in a process that was forked: it is the parent's."""
        self._let_go()
        self.process.returncode = 0

    def _let_go(self) -> None:
        self._channel.socket.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _ending(self) -> str:
        """Why it ended, as the end of a sentence about the file."""
        try:
            status = self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            return f"makes the decoder stop talking{_DO}"
        if status == -getattr(signal, "SIGXCPU", 0):
            return self._limits.too_much_time()
        if status == -getattr(signal, "SIGKILL", 0):
            return "got its decoder killed; this machine may be short of memory; make it smaller"
        if status < 0:
            with contextlib.suppress(ValueError):
                return f"makes the decoder crash ({signal.Signals(-status).name}){_DO}"
        if status == 1:  # Python ended by itself
            return self._limits.too_much_memory()
        return f"makes the decoder end ({status}){_DO}"


def _shared_memory() -> BinaryIO:
    """A new file without a name, as large as anything that is decoded at a time."""
    if not hasattr(os, "memfd_create"):
        file: Any = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
        file.truncate(MAX_BYTES)
        return file
    memory = os.fdopen(os.memfd_create("decoded", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "r+b")
    memory.truncate(MAX_BYTES)
    _seal(memory.fileno())
    return memory


def _seal(handle: int) -> None:
    """Its size stays: memory that is gone would end whoever looks at it."""
    import fcntl

    seals = ("F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_SEAL")
    if all(hasattr(fcntl, name) for name in ("F_ADD_SEALS", *seals)):
        value = sum(getattr(fcntl, name) for name in seals)
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, value)


def _environment() -> dict[str, str]:
    """No secrets of this process, and few threads."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith(("LC_", "SEINE_MAX_"))
    }
    paths = [_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | {"PYTHONPATH": os.pathsep.join(paths), "MALLOC_ARENA_MAX": "1"}
