"""What looks at pictures: where its weights are on this machine, and its networks in memory."""

import threading
import time
from pathlib import Path
from typing import Any

from seine_core.errors import MissingWeights
from seine_core.weights.resident import resident
from seine_core.weights.store import models_folder, path
from seine_core.weights.weight_file import reading

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


def weights_here(*parts: str) -> tuple[str, ...]:
    """Which of these parts are on this machine."""
    return tuple(part for part in parts if weights_of(part))


def network(class_name: str, folder: Path) -> Any:
    """The network of transformers' class `class_name` in `folder`, kept in memory beside others.

    Raises:
        BadInput: its files cannot be read, or lack weights.
    """
    return resident(f"{class_name}@{folder}", lambda: _read(class_name, folder), place=class_name)


def _read(class_name: str, folder: Path) -> Any:
    import transformers

    transformers.utils.logging.disable_progress_bar()
    with reading(folder, "model"):
        model, found = getattr(transformers, class_name).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        if found["missing_keys"]:
            raise KeyError(f"{len(found['missing_keys'])} weights are missing")
    return model.requires_grad_(False).eval()
