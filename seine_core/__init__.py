"""SEINE Storyboard's core: stories, engines that generate clips, and the renderer that joins them.

Importing this package loads nothing heavy: torch, diffusers and OpenCV come in when an engine
needs them. `SeinePipeline` and `UNet3DConditionModel` are here by name, loaded when asked for.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_LOADED_WHEN_ASKED = {
    "SeinePipeline": "seine_core.pipeline.pipeline",
    "UNet3DConditionModel": "seine_core.model.unet",
}


def __getattr__(name: str) -> Any:
    if name in _LOADED_WHEN_ASKED:
        return getattr(import_module(_LOADED_WHEN_ASKED[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
