"""The engines by name. An engine's module is imported when the engine is first asked for."""

from functools import cache
from importlib import import_module

from seine_core.engines.protocol import Engine
from seine_core.errors import BadInput
from seine_core.weights.store import trained_folders

_ENGINES = {
    "layers": "seine_core.engines.layers.engine:Layers",
    "morph": "seine_core.engines.morph.engine:Morph",
    "crossfade": "seine_core.engines.crossfade:Crossfade",
    "seine": "seine_core.engines.seine.engine:Seine",
    "seine-mini": "seine_core.engines.seine.mini:SeineMini",
    "wan": "seine_core.engines.video.wan:Wan",
    "ltx": "seine_core.engines.video.ltx:LTX",
    "ltx-13b": "seine_core.engines.video.ltx:LTX13B",
    "vqgan": "seine_core.engines.stills.vqgan:VQGAN",
    "sd": "seine_core.engines.stills.sd_interpolation:SDInterpolation",
}
_TRAINED = "seine_core.engines.seine.trained:Trained"


def engine_names() -> tuple[str, ...]:
    """The names a story can use beside "auto": the built-in engines, then what was trained here."""
    return (*_ENGINES, *(name for name in trained_folders() if name not in _ENGINES))


def auto_engine() -> str:
    """What "auto" stands for: `seine` where its weights and a GPU are, else `layers`."""
    if get_engine("seine").capabilities.missing:
        return "layers"
    import torch  # takes a while, so only where it can matter

    return "seine" if torch.cuda.is_available() or torch.backends.mps.is_available() else "layers"


def get_engine(name: str) -> Engine:
    """The engine called `name`, one instance a process.

    Raises:
        BadInput: there is no such engine.
    """
    name = auto_engine() if name == "auto" else name
    if name not in _ENGINES and name not in trained_folders():
        raise BadInput(subject="engine", received=name, allowed=("auto", *engine_names()))
    return _engine(name)


@cache
def _engine(name: str) -> Engine:
    module, class_name = _ENGINES.get(name, _TRAINED).split(":")
    engine = getattr(import_module(module), class_name)
    return engine() if name in _ENGINES else engine(trained_folders()[name])
