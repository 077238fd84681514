"""Who works in a folder: a lock of the operating system on a small file in it.

The kernel lets it go when the process ends, however it ends, so a lock is never left behind. It is
one for the whole process: a folder that this process holds it may hold again.
"""

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.files.file_lock import take

LOCK_FILE = ".seine-lock"
_MAX_WORDS = 200
# A folder from elsewhere may have a link under that name, to a file that is to stay as it is.
_FLAGS = (
    os.O_RDWR | os.O_CREAT | sum(getattr(os, f"O_{name}", 0) for name in ("CLOEXEC", "NOFOLLOW"))
)
# Folders whose file cannot be made: nothing can be written there.
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSYS, errno.EOPNOTSUPP)

_held: dict[tuple[int, int], list[int]] = {}  # [descriptor, how often] by the file's own number
_lock = threading.Lock()


class FolderLock:
    """A folder that this process works in, until `close`."""

    def __init__(self, folder: Path, key: tuple[int, int] | None) -> None:
        self._folder, self._key = folder, key

    def close(self) -> None:
        """Let others have the folder."""
        with _lock:
            key, self._key = self._key, None
            if key is None or key not in _held:
                return
            _held[key][1] -= 1
            if _held[key][1] == 0:
                descriptor, _ = _held.pop(key)
                # While it is still ours: whoever waits for it finds that it is another file now.
                with contextlib.suppress(OSError):
                    (self._folder / LOCK_FILE).unlink()
                os.close(descriptor)


def lock_folder(folder: Path, who: str) -> FolderLock:
    """The right to write in `folder`, which must be there. `who` is told to others who want it.

    Raises:
        BadInput: another process has it; which one and what to do is said.
    """
    file = folder / LOCK_FILE
    with _lock:
        while True:
            with contextlib.suppress(OSError):
                key = _key(os.lstat(file))
                # Not opened again: closing it would give up the lock of the whole process.
                if key in _held:
                    _held[key][1] += 1
                    return FolderLock(folder, key)
            try:
                descriptor = os.open(file, _FLAGS, 0o644)
            except OSError as error:
                if error.errno in _NOT_WRITABLE:
                    return FolderLock(folder, None)
                if file.is_symlink():
                    raise _no_lock(file) from None
                raise BadInput("cannot be written", subject=folder, reason=error) from None
            if not _is_plain(os.fstat(descriptor)):
                os.close(descriptor)
                raise _no_lock(file)
            taken = take(descriptor, of_process=True)
            words = "" if taken else _words(descriptor)
            key = _key(os.fstat(descriptor))
            if taken and not _is_at(file, key):  # its last holder has removed it meanwhile
                os.close(descriptor)
                continue
            if taken is None:
                os.close(descriptor)
                return FolderLock(folder, None)
            if not taken:
                os.close(descriptor)
                raise BadInput(f"is in use by {words}", subject=folder, advice="close that first")
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{who[:_MAX_WORDS]} (process {os.getpid()})\n".encode())
            _held[key] = [descriptor, 1]
            return FolderLock(folder, key)


@contextlib.contextmanager
def locked(folder: Path, who: str) -> Iterator[None]:
    """`lock_folder` for as long as it takes, with the folder made where it is missing.

    Raises:
        BadInput: another process has it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("cannot be written", subject=folder, reason=error) from None
    held = lock_folder(folder, who)
    try:
        yield
    finally:
        held.close()


def _is_plain(found: os.stat_result) -> bool:
    """Whether it may be written to: it is a file, and has no other name that it is known by."""
    return stat.S_ISREG(found.st_mode) and found.st_nlink <= 1


def _no_lock(file: Path) -> BadInput:
    return BadInput("is a link or no file, and nobody's lock", subject=file, advice="remove it")


def _words(descriptor: int) -> str:
    """Who holds it, as they said themselves."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 2 * _MAX_WORDS).decode("utf-8", "replace")
    words = "".join(c for c in text if c.isprintable()).strip()
    return words or "another process"


def _key(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _is_at(file: Path, key: tuple[int, int]) -> bool:
    try:
        return _key(os.lstat(file)) == key
    except OSError:
        return False
