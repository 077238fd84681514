"""Waiting for a state, with a limit that only a hang reaches."""

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
