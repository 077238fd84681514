"""Locks of the operating system on open files. It lets go of them when their owner ends, however
it ends, so that a lock is never left behind."""

import errno
import os
import sys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
# The disk or the system has no locks. EBADF: over NFS a file that is open for reading cannot be.
_NO_LOCKS = (
    *(errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP),
    *(errno.EPERM, errno.EROFS, errno.EBADF),
)
_FAR = 1 << 30  # the byte that is locked on Windows, where a locked one cannot be read


def take(file: int, *, wait: bool = False, of_process: bool = False) -> bool | None:
    """Whether the open `file` is locked for its owner now; None where files cannot be locked.

    The owner is this opening of it, so that threads are each other's others; with `of_process` it
    is the whole process, and a child that was forked does not go on holding it.

    Raises:
        OSError: something else than a lock is in the way.
    """
    try:
        if sys.platform == "win32":
            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            lock = fcntl.lockf if of_process else fcntl.flock
            lock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if not wait and error.errno in _TAKEN:
            return False
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True
