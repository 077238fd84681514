"""The engine `camera`: transitions that editors know, which need no understanding of a picture."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import ClassVar

from seine_core.camera import move_from_prompt
from seine_core.clips import Clip, LazyClip
from seine_core.engines.blend import blended
from seine_core.engines.camera import light, mattes, moves
from seine_core.engines.camera.exposure import still_of
from seine_core.engines.camera.scenes import Frame, Scenes
from seine_core.engines.protocol import Capabilities, Reading, Request, Task

STYLES: dict[str, Callable[[Scenes], Frame]] = {
    "push": moves.push,
    "pull": moves.pull,
    "whip-pan": moves.whip,
    "whip-tilt": partial(moves.whip, vertical=True),
    "spin": moves.spin,
    "match-zoom": moves.match,
    "travel": mattes.travel,
    "drift": mattes.drift,
    "film-dissolve": light.film_dissolve,
    "glow": light.glow,
    "wipe-left": partial(mattes.wipe, right=-1),
    "wipe-right": partial(mattes.wipe, right=1),
    "wipe-up": partial(mattes.wipe, down=-1),
    "wipe-down": partial(mattes.wipe, down=1),
    "iris": mattes.iris,
}


def _transition(request: Request) -> LazyClip:
    start, end = request.given
    spec = request.spec
    camera = spec.camera
    if camera == "auto":
        camera = move_from_prompt(request.prompt) or "auto"
    scenes = Scenes(
        start=start,
        end=end,
        frames=spec.frames,
        seconds=spec.frames / float(spec.fps),
        camera=camera,
        strength=spec.strength,
        seed=spec.seed,
    )
    style = STYLES["push" if spec.style == "auto" else spec.style]
    film = cache(lambda: style(scenes))
    return blended(start, end, spec.frames, lambda t: still_of(film()(t)))


class Camera:
    """Transitions only: `layers` has the camera moves over one still."""

    tasks: ClassVar[Mapping[Task, Callable[[Request], Clip]]] = {"transition": _transition}
    capabilities = Capabilities(
        name="camera",
        title="Camera",
        description="Pushes, whip pans, spins, light leaks, wipes and dissolves, filmed through a "
        "shutter in linear light.",
        version=2,
        tasks=frozenset(tasks),
        styles=("auto", *STYLES),
        reads=Reading(),
        piece_frames=96,
        seed_shows=False,
        joins_unlike=True,
        looks_with=("yunet",),
    )
