"""Parts: what is being made beside its place, under a name that nothing else has.

A process that is killed leaves its part behind: whoever next makes something in that folder removes
it. A part in use is locked, so nobody takes another's work for a leftover.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from seine_core.files.file_lock import take

PART, OLD = ".seine-part", ".seine-old"
CANNOT = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)  # a disk's "not here"
_LEFTOVER = re.compile(rf"\.(.+)-[0-9a-f]{{16}}({PART}|{OLD})", re.DOTALL)
_LONGEST_LABEL = 200  # bytes; with what is added a name has at most 255


@contextlib.contextmanager
def part_of(target: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    """A locked part for `target`, made by `make`; whatever then has its name is removed."""
    folder = target.absolute().parent
    _sweep(folder, target)
    part, held = _locked_part(folder, _label(target), make)
    try:
        yield part
    finally:
        remove(part)
        if held is not None:
            os.close(held)


def _locked_part(folder: Path, label: str, make: Callable[[Path], None]) -> tuple[Path, int | None]:
    while True:
        part = folder / f".{label}-{secrets.token_hex(8)}{PART}"
        make(part)
        try:
            return part, lock(part)
        except (BlockingIOError, FileNotFoundError):
            continue  # swept away between the two calls
        except BaseException:
            remove(part)
            raise


def _label(target: Path) -> str:
    name = os.fsencode(target.name)
    return target.name if len(name) <= _LONGEST_LABEL else hashlib.sha256(name).hexdigest()


def lock(path: Path) -> int | None:
    """The open lock of a part; None where this system or disk has no locks.

    Raises:
        BlockingIOError: another holds it.
        FileNotFoundError: it is not there any more.
    """
    if sys.platform == "win32":  # what is open cannot be renamed there
        return None
    handle = os.open(path, os.O_RDONLY)
    try:
        taken = take(handle)
        if taken is False:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path))
        if taken and not os.path.samestat(os.fstat(handle), os.stat(path)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    except OSError:
        os.close(handle)
        raise
    if not taken:
        os.close(handle)
    return handle if taken else None


def _sweep(folder: Path, target: Path) -> None:
    """Remove what killed processes left in `folder`. An old `target` that was put aside for a new
    one, which then never came, is put back."""
    with contextlib.suppress(OSError):  # what is left is in nobody's way
        for name in os.listdir(folder):
            found = _LEFTOVER.fullmatch(name)
            if found is None or (found[2] == OLD and found[1] != _label(target)):
                continue
            path = folder / name
            with contextlib.suppress(OSError):
                held = lock(path)
                if held is None:
                    continue
                try:
                    if found[2] == OLD and not os.path.lexists(target):
                        os.rename(path, target)
                    else:
                        remove(path)
                finally:
                    os.close(held)


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, as far as the disk lets."""
    for _ in range(2):  # a disk may refuse once
        if not os.path.lexists(path):
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
