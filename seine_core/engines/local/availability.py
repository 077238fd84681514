"""Whether an engine's weights are on this machine. Asked on every look at an engine, so it is cheap
and loads nothing."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace

from seine_core.engines.protocol import Capabilities, Task
from seine_core.errors import MissingWeights, download
from seine_core.weights.store import models_folder, status

_LIFETIME_S = 2.0  # a download that ends is seen after this time
_lock = threading.Lock()
_seen: dict[
    tuple[str, str], tuple[float, MissingWeights | None]
] = {}  # (model, folder): (when, why)


def available(about: Capabilities, models: Mapping[Task, str]) -> Capabilities:
    """`about`, which tells of an engine as if all its weights were here, with the tasks whose model
    is; with all of them, and what to do, where none is."""
    absent = {task: why for task, model in models.items() if (why := missing(model))}
    if len(absent) == len(models):
        return replace(about, missing=absent["transition"])
    more = " ".join(f"To {task} too: {why}." for task, why in absent.items())
    return replace(
        about,
        tasks=about.tasks.difference(absent),
        description=f"{about.description} {more}".strip(),
    )


def missing(model: str) -> MissingWeights | None:
    """Why `model` cannot be used now; None when it is here and whole."""
    asked = model, str(models_folder())
    with _lock:
        when, said = _seen.get(asked, (-_LIFETIME_S, None))
        if time.monotonic() - when >= _LIFETIME_S:
            said = _look(model)
            _seen[asked] = time.monotonic(), said
        return said


def _look(model: str) -> MissingWeights | None:
    found = status(model)
    if found.state == "complete":
        return None
    why = found.problems[0] if found.problems else "its weights are not on this machine"
    return MissingWeights(why, subject=found.model.title, advice=download(model))
