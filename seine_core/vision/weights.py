"""Where the weights of what looks at pictures are, if they are on this machine."""

import threading
import time
from pathlib import Path

from seine_core.errors import MissingWeights
from seine_core.weights.store import models_folder, path

MODEL = "eyes"  # its entry of the model store, with a part for each
_LIFETIME_S = 2.0  # a download that ends is seen after this time
_lock = threading.Lock()
_seen: dict[tuple[str, str], tuple[float, Path | None]] = {}  # (part, folder): (when, where)


def weights_of(part: str) -> Path | None:
    """The file or folder of a part of `eyes`; None where it is not here, or not whole. Asked for
    every picture, so the disk is looked at now and then only."""
    key = part, str(models_folder())
    with _lock:
        when, found = _seen.get(key, (-_LIFETIME_S, None))
        if time.monotonic() - when >= _LIFETIME_S:
            try:
                found = path(MODEL, part)
            except MissingWeights:
                found = None
            _seen[key] = time.monotonic(), found
        return found
