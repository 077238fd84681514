"""Waiting for a state, with a limit that only a hang reaches."""

import threading
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0


def wait_for(fact: Callable[[], Any], what: str = "waited in vain") -> None:
    """Return as soon as `fact` holds; fail with `what` if that takes a minute."""
    end = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class Gate(threading.Event):
    """Holds whoever comes until it is set; `reached` is set by the first."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()

    def holds(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, which this gate lets begin."""

        def held(*args: Any) -> Any:
            self.reached.set()
            assert self.wait(PATIENCE_S)
            return function(*args)

        return held
