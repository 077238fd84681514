"""The default engine: layered scenes and one moving camera. Needs no weights and no GPU."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from seine_core.camera import move_from_prompt
from seine_core.clips import Clip, LazyClip, Still
from seine_core.engines.layers.crossing import Crossing
from seine_core.engines.layers.direction import STYLE_WORDS, STYLES, direction_of
from seine_core.engines.layers.onward import CONTEXT_FRAMES, Onward
from seine_core.engines.layers.shot import CameraShot
from seine_core.engines.protocol import Capabilities, Reading, Request, Task
from seine_core.vision.depth import depth


def _transition(request: Request) -> LazyClip:
    start, end = request.given
    frames = request.spec.frames
    direction = direction_of(request.prompt, request.spec)
    return LazyClip(frames, Crossing(start, end, direction, frames).frame)


def _animate(request: Request) -> LazyClip:
    frames = request.spec.frames
    return LazyClip(frames, _shot(request.given[0], request, frames).frame)


def _extend(request: Request) -> LazyClip:
    frames = request.spec.frames
    if len(request.given) == 1:  # no motion to go on with: the frame is a scene like any other
        shot = _shot(request.given[0], request, frames + 1)
        return LazyClip(range(1, frames + 1), shot.frame)
    spec, context = request.spec, request.given[-CONTEXT_FRAMES:]
    drifts = spec.camera != "still" and spec.strength > 0
    return LazyClip(frames, Onward(context, spec.fps, seed=spec.seed, drifts=drifts).frame)


def _shot(image: Still, request: Request, frames: int) -> CameraShot:
    spec, camera = request.spec, request.spec.camera
    if camera == "auto":
        camera = move_from_prompt(request.prompt) or "auto"
    return CameraShot(
        image,
        camera=camera,
        strength=spec.strength,
        seed=spec.seed,
        frames=frames,
        fps=spec.fps,
        near=None if spec.framing else depth(image),
        framing=spec.framing,
    )


class Layers:
    """Reveals the coming scene through the leaving one while a single camera carries both."""

    tasks: ClassVar[Mapping[Task, Callable[[Request], Clip]]] = {
        "transition": _transition,
        "animate": _animate,
        "extend": _extend,
    }
    capabilities = Capabilities(
        name="layers",
        title="Layers",
        description=(
            "Reveals the next scene through the last one along a soft edge, in one camera move. "
            "Fast on any computer, needs no model."
        ),
        version=3,  # 2 froze where a clip came to rest
        tasks=frozenset(tasks),
        styles=tuple(STYLES),
        reads=Reading(styles=STYLE_WORDS),
        context_frames=CONTEXT_FRAMES,
        piece_frames=96,
        seed_shows=False,
        joins_unlike=True,
        framing=True,
        looks_with=("depth", "yunet"),
    )
