"""A file from outside: looked at, or opened, without ever waiting for a pipe or a device."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from seine_core.errors import BadInput, NotFound, TooLarge, quoted

_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | sum(getattr(os, f"O_{name}", 0) for name in ("NONBLOCK", "NOCTTY", "BINARY"))


def check_file(path: Path) -> None:
    """Raises:
    BadInput: `path` is not a readable file with something in it.
    """
    try:
        _check_kind(path, path.stat())
        if not os.access(path, os.R_OK):  # a story of 100 shots asks after every edit: not opened
            raise BadInput("cannot be read", subject=path, reason=os.strerror(errno.EACCES))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def open_file(path: Path) -> BinaryIO:
    """`path` opened for reading. What is checked is what was opened, whatever the name stands for
    a moment later.

    Raises:
        BadInput: not a readable file with something in it.
    """
    return _as_file(path, open_handle(path))


def open_handle(path: Path, *, may_be_empty: bool = False) -> int:
    """The number of the open file. Raises as `open_file` does."""
    try:
        _check_kind(path, path.stat(), may_be_empty)  # a device is not even opened
        handle = os.open(path, _FLAGS)
        try:
            _check_kind(path, os.fstat(handle), may_be_empty)
            return handle
        except BaseException:
            os.close(handle)
            raise
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def read_file(path: Path, most: int, *, may_be_empty: bool = False) -> bytes:
    """All that is in a file.

    Raises:
        BadInput: not a readable file, or one of more than `most` bytes.
    """
    handle = open_handle(path, may_be_empty=may_be_empty)
    with _as_file(path, handle) as file:
        size = os.fstat(file.fileno()).st_size
        data = bytearray()
        try:
            while len(data) <= most and (more := file.read(min(_CHUNK, most + 1 - len(data)))):
                data += more
        except OSError as error:
            raise _unreadable(path, error) from None
    if len(data) > most:
        raise TooLarge(f"{max(size, len(data)):,} bytes", subject=path, allowed=f"at most {most:,}")
    return bytes(data)


def _as_file(path: Path, handle: int) -> BinaryIO:
    try:
        return os.fdopen(handle, "rb", buffering=0)
    except OSError as error:
        os.close(handle)
        raise _unreadable(path, error) from None


def _check_kind(path: Path, found: os.stat_result, may_be_empty: bool = False) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadInput("is no file", subject=path, advice="give the name of a file")
    if found.st_size == 0 and not may_be_empty:
        raise BadInput("is empty (0 bytes)", subject=path, advice="save or download it again")


def _unreadable(path: Path, error: OSError | ValueError) -> BadInput:
    if isinstance(error, BadInput):
        return error
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFound("no such file", subject=path)
    if isinstance(error, OSError):
        return BadInput("cannot be read", subject=path, reason=error)
    # A zero byte, or half a character.
    return BadInput("no file has such a name", subject=quoted(str(path)))
