"""The engines by name, and clips made by them. An engine's module is imported when the engine is
first asked for."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import cast

from seine_core.clips import Clip, Still
from seine_core.engines.checks import check_request
from seine_core.engines.protocol import Chooser, Engine, Request
from seine_core.errors import BadInput, RenderFailed
from seine_core.weights.store import trained_folders

_ENGINES = {
    "layers": "seine_core.engines.layers.engine:Layers",
    "morph": "seine_core.engines.morph.engine:Morph",
    "camera": "seine_core.engines.camera.engine:Camera",
    "crossfade": "seine_core.engines.crossfade:Crossfade",
    "seine": "seine_core.engines.seine.published:SEINE",
    "seine-mini": "seine_core.engines.seine.mini:SEINE_MINI",
    "wan": "seine_core.engines.video.wan:WAN",
    "ltx": "seine_core.engines.video.ltx:LTX",
    "ltx-13b": "seine_core.engines.video.ltx:LTX_13B",
    "vqgan": "seine_core.engines.stills.vqgan:VQGAN",
    "sd": "seine_core.engines.stills.sd_interpolation:SD_INTERPOLATION",
}
_AUTO_ENGINE = "seine_core.engines.auto.engine:Auto"
_TRAINED = "seine_core.engines.seine.trained:trained"


def engine_names() -> tuple[str, ...]:
    """The names a story can use beside "auto": the built-in engines, then what was trained here."""
    return (*_ENGINES, *(name for name in trained_folders() if name not in _ENGINES))


def get_engine(name: str) -> Engine:
    """The engine called `name`, one instance a process. "auto" is `seine` where its weights and a
    GPU are, else the engine that chooses by the pictures.

    Raises:
        BadInput: there is no such engine.
    """
    if name == "auto":
        return _engine("seine" if _seine_is_fast() else name)
    if name not in _ENGINES and name not in trained_folders():
        raise BadInput(subject="engine", received=name, allowed=("auto", *engine_names()))
    return _engine(name)


def _seine_is_fast() -> bool:
    if _engine("seine").capabilities.missing:
        return False
    import torch  # takes a while, so only where it can matter

    return bool(torch.cuda.is_available() or torch.backends.mps.is_available())


@cache
def _engine(name: str) -> Engine:
    built_in = {"auto": _AUTO_ENGINE, **_ENGINES}
    module, attribute = built_in.get(name, _TRAINED).split(":")
    found = getattr(import_module(module), attribute)
    if name not in built_in:
        return cast(Engine, found(trained_folders()[name]))
    return cast(Engine, found() if isinstance(found, type) else found)


def make(engine: Engine, request: Request) -> Clip:
    """The clip that is asked for; of a `LazyClip` no frame is drawn yet.

    Raises:
        BadInput: a given still has another size than `spec`, or the engine cannot do it.
        MissingWeights: the engine's model is not on this machine.
        RenderFailed: out of memory, or the engine gave no such clip.
        RenderCancelled: `request.report` asked for it.
    """
    check_request(engine.capabilities, request)
    clip = engine.tasks[request.task](request)
    if len(clip) != request.spec.frames:
        raise RenderFailed(
            f"the engine {engine.capabilities.name} gave {len(clip)} frames, "
            f"{request.spec.frames} were asked"
        )
    return clip


def style_chosen(engine: Engine, request: Request) -> str:
    """The style that an engine chooses for the stills of a transition; "" where it does not choose,
    or has nothing to: the style is set."""
    chooses = request.task == "transition" and request.spec.style == "auto"
    return engine.choice(request) if chooses and isinstance(engine, Chooser) else ""


def draw(engine: Engine, request: Request, part: slice = slice(None)) -> Iterator[Still]:
    """The frames of the clip that is asked for, or of a part of it, one at a time. Their progress
    is reported, that of making the clip before it.

    Raises:
        as `make`.
    """
    done = 0.0

    def report(fraction: float, preview: Still | None = None) -> None:
        nonlocal done
        done = max(done, fraction)
        request.report(done, preview)

    clip = make(engine, replace(request, report=report))[part]
    made, shape = done, (request.spec.height, request.spec.width, 3)
    for count, still in enumerate(clip, 1):
        if still.shape != shape or still.dtype != "uint8":
            raise RenderFailed(
                f"the engine {engine.capabilities.name} gave {still.dtype} {list(still.shape)}, "
                f"uint8 {list(shape)} was asked"
            )
        report(made + (1 - made) * count / len(clip), still)
        yield still
