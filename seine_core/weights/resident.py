"""One model in memory at a time: loaded when first needed, kept, and let go for the next.

Several engines hold gigabytes each; a process keeps the one that was used last. The small ones that
look at pictures have a place of their own each, beside it.
"""

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.RLock()
_held: dict[str, tuple[str, Any]] = {}  # by place: the name it was loaded under, and the model


def resident(name: str, load: Callable[[], T], place: str = "engine") -> T:
    """The model called `name`, loaded by `load` unless it is in memory already; another in its
    place is let go first."""
    with _lock:
        if place not in _held or _held[place][0] != name:
            if place in _held:
                del _held[place]
                _collect()
            _held[place] = name, load()
        model: T = _held[place][1]
        return model


def resident_name() -> str | None:
    """The name of the engine's model that is in memory, if any."""
    return _held["engine"][0] if "engine" in _held else None


def release() -> None:
    """Let the models in memory go, and give their memory back."""
    with _lock:
        _held.clear()
        _collect()


def _collect() -> None:
    gc.collect()
    torch = sys.modules.get("torch")  # not loaded: nothing to give back
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
