"""The engines by name. An engine's module is imported when the engine is first asked for."""

from functools import cache
from importlib import import_module

from seine_core.engines.protocol import Engine
from seine_core.errors import BadInput

_ENGINES = {
    "layers": "seine_core.engines.layers:Layers",
    "morph": "seine_core.engines.morph:Morph",
    "crossfade": "seine_core.engines.crossfade:Crossfade",
    "wan": "seine_core.engines.wan:Wan",
    "ltx": "seine_core.engines.ltx:LTX",
    "ltx-13b": "seine_core.engines.ltx:LTX13B",
}
DEFAULT_ENGINE = "layers"


def engine_names() -> tuple[str, ...]:
    """The names a story can use, the default first; "auto" stands for the default."""
    return tuple(_ENGINES)


@cache
def get_engine(name: str) -> Engine:
    """The engine called `name`, one instance a process.

    Raises:
        BadInput: there is no such engine.
    """
    target = _ENGINES.get(DEFAULT_ENGINE if name == "auto" else name)
    if target is None:
        raise BadInput(f"engine: received {name!r}, allowed auto, {', '.join(_ENGINES)}")
    module, class_name = target.split(":")
    return getattr(import_module(module), class_name)()
