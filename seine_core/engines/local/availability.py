"""Whether an engine's weights are on this machine. Asked on every look at an engine, so it is cheap
and loads nothing."""

import threading
import time

from seine_core.weights.store import models_folder, status

_LIFETIME_S = 2.0  # a download that ends is seen after this time
_lock = threading.Lock()
_seen: dict[tuple[str, str], tuple[float, str]] = {}  # (model, folder): (when, what was said)


def missing(model: str) -> str:
    """Why `model` cannot be used now and what to do, one line; "" when it is here and whole."""
    asked = model, str(models_folder())
    with _lock:
        when, said = _seen.get(asked, (-_LIFETIME_S, ""))
        if time.monotonic() - when >= _LIFETIME_S:
            said = _look(model)
            _seen[asked] = time.monotonic(), said
        return said


def _look(model: str) -> str:
    found = status(model)
    if found.state == "complete":
        return ""
    why = found.problems[0] if found.problems else "its weights are not on this machine"
    return f"{found.model.title}: {why}; run `python -m seine_core models download {model}`"
