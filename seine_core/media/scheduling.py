"""Keeps libraries from putting their work before everybody else's."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextmanager
def scheduled_as_before() -> Iterator[None]:
    """What is begun within is scheduled as this thread is now.

    SVT-AV1 (`svt_av1_enc_init`) makes its threads, and the one that opens it, real-time ones of the
    highest priority where that is allowed, as it is to root and so in most containers. Processes
    that the thread starts later inherit it, and the machine does nothing else any more.
    """
    if not _THREADS.is_dir():  # the calls below are those of Linux
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    known = {int(thread.name): _policy(thread) for thread in _THREADS.iterdir()}
    try:
        yield
    finally:
        for thread in _THREADS.iterdir():
            present, number = _policy(thread), int(thread.name)
            if present not in (None, known.get(number, policy)):
                os.sched_setscheduler(number, policy, parameters)


def _policy(thread: Path) -> int | None:
    try:
        return os.sched_getscheduler(int(thread.name))
    except ProcessLookupError:  # it ended meanwhile
        return None
