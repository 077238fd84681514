"""One model in memory at a time: loaded when first needed, kept, and let go for the next.

Several engines hold gigabytes each; a process keeps the one that was used last.
"""

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.RLock()
_held: dict[str, Any] = {}  # at most one: the name it was loaded under, and the model


def resident(name: str, load: Callable[[], T]) -> T:
    """The model called `name`, loaded by `load` unless it is the one in memory already; another is
    let go first."""
    with _lock:
        if name not in _held:
            release()
            _held[name] = load()
        return _held[name]


def resident_name() -> str | None:
    """The name of the model that is in memory, if any."""
    return next(iter(_held), None)


def release() -> None:
    """Let the model in memory go, and give its memory back."""
    with _lock:
        _held.clear()
        gc.collect()
        torch = sys.modules.get("torch")  # not loaded: nothing to give back
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()
