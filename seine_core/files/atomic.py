"""Files and folders that appear whole or not at all, and that a power cut does not take back.

What is made lies beside its place as a part (`part_files`), is forced to disk, and only then gets
its name.
"""

import contextlib
import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from seine_core.files.part_files import CANNOT, OLD, lock, part_of, remove


def write_atomically(target: Path, data: bytes) -> None:
    """Put `data` into the file `target`, or leave the old content: never half of it.

    Raises:
        OSError: as `new_file`.
    """
    with new_file(target) as part:
        part.write_bytes(data)


def copy_atomically(source: Path, target: Path) -> None:
    """Copy the content of a file, all of it or nothing.

    Raises:
        OSError: as `new_file`, or `source` cannot be read.
    """
    with new_file(target) as part:
        shutil.copyfile(source, part)


@contextlib.contextmanager
def new_file(
    target: Path, *, replace: bool = True, replaced: Callable[[Path], object] | None = None
) -> Iterator[Path]:
    """The path of an empty file to write in the block; it becomes `target` when the block ends
    well, and is gone otherwise. `replaced` is called with the path of what it took the place of,
    just before that goes; only where the disk can exchange two names.

    Raises:
        OSError: it cannot be written; `target` is what it was, and nothing is left behind. (Where
            only its folder could not be forced to disk, `target` is the new file.)
        FileExistsError: there is a `target`, and it is not to be replaced.
    """
    _refuse_device(target)
    with part_of(target, _make_file) as part:
        yield part
        _force(part)
        with _forced(target.absolute().parent):
            if replaced is not None and target.exists() and exchange(part, target):
                replaced(part)
            elif replace:
                os.replace(part, target)
            elif not _rename(part, target, _NOREPLACE):
                if target.exists():
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
                os.rename(part, target)


@contextlib.contextmanager
def new_folder(
    target: Path, *, replace: Callable[[Path], bool] = lambda old: False
) -> Iterator[Path]:
    """The path of an empty folder to fill in the block; it becomes `target` when the block ends
    well, and is gone otherwise. An empty folder, or one of which `replace` says so, gives way.

    Raises:
        OSError: it cannot be written, or `target` holds something else; that is what it was, and
            nothing is left behind.
    """
    target = Path(os.path.realpath(target))  # of a link, what it leads to is replaced
    with part_of(target, os.mkdir) as part:
        yield part
        for folder, _, names in os.walk(part, topdown=False):
            with _forced(Path(folder)):
                for name in names:
                    _force(Path(folder, name))
        with _forced(target.parent):
            _put_folder(part, target, replace)


@contextlib.contextmanager
def scratch_folder(target: Path) -> Iterator[Path]:
    """The path of an empty folder on the disk of `target`, gone after the block.

    Raises:
        OSError: it cannot be made.
    """
    with part_of(target, os.mkdir) as part:
        yield part


def publish(part: Path, target: Path) -> None:
    """Give the complete file `part`, of whatever name, the name `target`.

    Raises:
        OSError: as `new_file`; `part` stays.
    """
    _force(part)
    with _forced(target.absolute().parent):
        os.replace(part, target)


def exchange(one: Path, other: Path) -> bool:
    """Let two files or folders change names, in one step; False where the disk cannot.

    Raises:
        OSError: one of them is not there, or cannot be renamed.
    """
    return _rename(one, other, _EXCHANGE)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing.

    Raises:
        OSError: it cannot be made.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        with _forced(folder.parent):
            folder.mkdir(exist_ok=True)


def check_writable(folder: Path) -> None:
    """Try whether files can be made in `folder`; writes nothing.

    Raises:
        OSError: they cannot.
    """
    if hasattr(os, "O_TMPFILE"):
        try:
            os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600))
            return
        except OSError as error:  # EISDIR: a kernel that does not know the flag
            if error.errno not in (*CANNOT, errno.EISDIR):
                raise
    if not stat.S_ISDIR(os.stat(folder).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def check_place(target: Path) -> None:
    """Try whether a file or folder `target` can be made, or replaced; writes nothing.

    Raises:
        OSError: it cannot.
    """
    folder = target.absolute().parent
    check_writable(folder)
    try:
        there = os.lstat(target)
    except FileNotFoundError:
        return
    _refuse_device(target)
    if os.path.ismount(target):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(target))
    about = os.stat(folder)
    mine = sys.platform == "win32" or os.geteuid() in (0, there.st_uid, about.st_uid)
    if about.st_mode & stat.S_ISVTX and not mine:  # as in /tmp
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(target))


def _make_file(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))


def _refuse_device(target: Path) -> None:
    """A terminal, a disk or a pipe behind a link: its name must not become a file's."""
    try:
        mode = os.stat(target).st_mode
    except OSError:
        return
    is_stream = not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or (is_stream and target.is_symlink()):
        raise OSError(errno.EEXIST, "Is a device or a pipe", str(target))


# -- the disk --------------------------------------------------------------------------------------

_NOREPLACE, _EXCHANGE = 1, 2  # of Linux's renameat2


def _put_folder(part: Path, target: Path, replace: Callable[[Path], bool]) -> None:
    if not (target.is_dir() and any(target.iterdir()) and replace(target)):
        if sys.platform == "win32" and target.is_dir():
            target.rmdir()  # elsewhere an empty folder gives way to another
        os.rename(part, target)
    elif not exchange(part, target):
        aside = part.with_suffix(OLD)
        held = lock(target)
        try:
            os.rename(target, aside)
            try:
                os.rename(part, target)
            except OSError:
                os.rename(aside, target)
                raise
            remove(aside)
        finally:
            if held is not None:
                os.close(held)


def _rename(old: Path, new: Path, flag: int) -> bool:
    """Rename in a way of Linux's own; False where the system or the disk does not know it."""
    if sys.platform != "linux":
        return False
    import ctypes

    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    here = -100  # AT_FDCWD
    if renameat2(here, os.fsencode(old), here, os.fsencode(new), flag) == 0:
        return True
    number = ctypes.get_errno()
    if number in CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(old), None, str(new))


def _force(file: Path) -> None:
    """Wait until a file's content is on the disk itself."""
    handle = os.open(file, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _forced(folder: Path) -> Iterator[None]:
    """What the block renames in `folder` is on the disk afterwards."""
    if sys.platform == "win32":  # no folder can be opened there
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)  # first: what fails before the rename costs nothing
    except PermissionError:  # it may be written, but not read
        yield
        return
    try:
        yield
        _fsync_folder(handle)
    finally:
        os.close(handle)


def _fsync_folder(handle: int) -> None:
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in CANNOT:
            raise
