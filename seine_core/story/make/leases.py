"""Who uses which clips of a cache, so that nobody removes what another process still needs.

A lease is a small file in the cache's folder that lists keys. Its owner holds it locked, and the
operating system lets go of the lock when that process ends, however it ends: whether an owner lives
is asked of the lock, never of a clock. The folder's own lock is held for moments only, while
something in it is registered, put into its place or taken out.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seine_core.files.file_lock import take

LOCK_FILE = "cache.lock"
_LEASE = re.compile(r"\.lease-([0-9a-f]{16})")
_PART = re.compile(r"\.(?:part|gone)-([0-9a-f]{16})")
_OWNERLESS = re.compile(r"\.part-\w{8}")  # of versions that kept no leases
_NO_TIME_NS = 1 << 62  # in 2116: a file that says so is damaged


@dataclass(frozen=True)
class Lease:
    """The right to use some clips of a cache. `used_ns` is later than that of any lease before."""

    root: Path
    name: str
    used_ns: int

    @property
    def part(self) -> Path:
        """Where its owner makes an entry. What is still there at the end is removed."""
        return self.root / f".part-{self.name}"

    @property
    def gone(self) -> Path:
        """Where its owner puts what it takes out of the cache, to remove it afterwards."""
        return self.root / f".gone-{self.name}"


class Held:
    """A cache's folder while this thread alone changes what is in it."""

    def __init__(self, root: Path, lock: int) -> None:
        self.root, self._lock = root, lock

    def tick(self, at_least_ns: int = 0) -> int:
        """The time in nanoseconds, and later than all that were given before: clocks are set."""
        os.lseek(self._lock, 0, os.SEEK_SET)
        last = os.read(self._lock, 32).strip()
        known = (int(last) if last.isdigit() else 0, at_least_ns)
        now = max(time.time_ns(), *(then + 1 for then in known if then < _NO_TIME_NS))
        os.lseek(self._lock, 0, os.SEEK_SET)
        os.write(self._lock, b"%-31d\n" % now)
        return now

    def leased(self) -> set[str]:
        """The keys that somebody uses. What owners left who are no more is removed."""
        alive, used = self._alive()
        for path in self._left(alive):
            remove(path)
        return used

    def abandoned(self) -> list[Path]:
        """What owners left who are no more, and what has none: earlier versions kept no leases."""
        return [*self._left(self._alive()[0]), *self.ownerless()]

    def ownerless(self) -> list[Path]:
        """The unfinished entries of earlier versions."""
        return [path for _, path in _named(self.root, _OWNERLESS)]

    def _alive(self) -> tuple[set[str], set[str]]:
        """The names of the leases whose owners live, and their keys."""
        alive: set[str] = set()
        used: set[str] = set()
        for name, path in _named(self.root, _LEASE):
            keys = _keys_in_use(path)
            if keys is not None:
                alive.add(name)
                used |= keys
        return alive, used

    def _left(self, alive: set[str]) -> list[Path]:
        # The leases come last: whatever is there always has one that says whose it is.
        found = [*_named(self.root, _PART), *_named(self.root, _LEASE)]
        return [path for name, path in found if name not in alive]


@contextlib.contextmanager
def held(root: Path) -> Iterator[Held]:
    """The folder `root`, which must be there, for this thread alone: others wait.

    Raises:
        OSError: it cannot be written, or its files cannot be locked.
    """
    lock = os.open(root / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _take(lock, wait=True)
        yield Held(root, lock)
    finally:
        os.close(lock)


@contextlib.contextmanager
def lease(root: Path, keys: Iterable[str]) -> Iterator[Lease]:
    """A lease of `keys` while the block runs; what killed processes left is removed before.

    Raises:
        OSError: `root` cannot be written, or its files cannot be locked.
    """
    name = secrets.token_hex(8)
    path = root / f".lease-{name}"
    with contextlib.ExitStack() as stack:
        with held(root) as folder:  # until it is locked another would think its owner dead
            folder.leased()
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            stack.callback(os.close, file)
            stack.callback(path.unlink, missing_ok=True)
            _take(file, wait=False)
            _write(file, "\n".join(keys).encode())
            mine = Lease(root, name, folder.tick())
        stack.callback(shutil.rmtree, mine.part, ignore_errors=True)
        stack.callback(shutil.rmtree, mine.gone, ignore_errors=True)
        yield mine


def remove(path: Path) -> None:
    """Remove what was left, a folder or a file; what cannot be removed stays."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _named(root: Path, pattern: re.Pattern[str]) -> Iterator[tuple[str, Path]]:
    for name in sorted(os.listdir(root)):
        found = pattern.fullmatch(name)
        if found:
            yield found[1] if pattern.groups else name, root / name


def _keys_in_use(path: Path) -> set[str] | None:
    """The keys of a lease; None where its owner is no more."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # just given back
        return None
    with os.fdopen(file, "rb") as opened:
        if _take(file, wait=False):
            return None
        return set(opened.read().decode("ascii", "replace").split())


def _take(file: int, *, wait: bool) -> bool:
    """Lock an open file; False where somebody else has it and it is not waited for."""
    taken = take(file, wait=wait)
    if taken is None:
        raise OSError(errno.ENOLCK, "Files here cannot be locked")
    return taken


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
