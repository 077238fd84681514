"""SIGINT and SIGTERM end a run between two steps, where its state can be saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether a signal has requested a stop."""

    stop = False


@contextmanager
def stop_on_signal() -> Iterator[StopRequest]:
    """A request whose `stop` SIGINT or SIGTERM set meanwhile; a second one interrupts as usual."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():  # nobody else gets signals
        yield request
        return
    before: dict[int, Any] = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        request.stop = True
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, handle)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
