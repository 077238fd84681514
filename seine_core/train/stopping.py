"""Ctrl-C and a polite kill end a run between two steps, where it can be saved."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Asked:
    """Whether somebody asked to stop."""

    stop = False


@contextmanager
def watch() -> Iterator[Asked]:
    """Signals set `stop` meanwhile. A second Ctrl-C interrupts at once, as usual."""
    asked = Asked()
    if threading.current_thread() is not threading.main_thread():  # nobody else gets signals
        yield asked
        return
    before: dict[int, Any] = {number: signal.getsignal(number) for number in _SIGNALS}

    def ask(number: int, frame: FrameType | None) -> None:
        asked.stop = True
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
