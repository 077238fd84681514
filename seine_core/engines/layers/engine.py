"""The default engine: layered scenes and one moving camera. Needs no weights and no GPU."""

from collections.abc import Callable

import numpy as np

from seine_core.camera import move_from_prompt
from seine_core.clips import Clip, Report, Still, silent
from seine_core.engines.checks import check_clip, check_options, check_still
from seine_core.engines.layers.crossing import Crossing
from seine_core.engines.layers.direction import STYLES, direction_of
from seine_core.engines.layers.onward import CONTEXT_FRAMES, Onward
from seine_core.engines.layers.shot import Shot
from seine_core.engines.protocol import Capabilities, ClipSpec


class Layers:
    """Reveals the coming scene through the leaving one while a single camera carries both."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            name="layers",
            title="Layers",
            description=(
                "Reveals the next scene along the outlines of the last one, in one camera move. "
                "Fast on any computer, needs no model."
            ),
            version=2,
            tasks=frozenset(("transition", "animate", "extend")),
            styles=STYLES,
            max_frames=96,
            context_frames=CONTEXT_FRAMES,
            windowed=True,
            seed_shows=False,
            joins_unlike=True,
        )

    def transition(
        self, start: Still, end: Still, prompt: str, spec: ClipSpec, report: Report = silent
    ) -> Clip:
        check_options(self.capabilities, spec, "transition")
        check_still(start, spec, "start")
        check_still(end, spec, "end")
        total = _total(spec)
        crossing = Crossing(start, end, direction_of(prompt, spec), total)
        return _filmed(crossing.frame, spec, report)

    def animate(self, image: Still, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        check_options(self.capabilities, spec, "animate")
        check_still(image, spec)
        return _filmed(_shot(image, prompt, spec, _total(spec)).frame, spec, report)

    def extend(self, clip: Clip, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        check_options(self.capabilities, spec, "extend")
        check_clip(clip, spec)
        if len(clip) == 1:  # no motion to go on with: the frame is a scene like any other
            shot = _shot(clip[0], prompt, spec, _total(spec) + 1)
            return _filmed(lambda index: shot.frame(index + 1), spec, report)
        return _filmed(Onward(clip[-CONTEXT_FRAMES:], spec.fps).frame, spec, report)


def _total(spec: ClipSpec) -> int:
    return spec.first + spec.frames if spec.total is None else spec.total


def _shot(image: Still, prompt: str, spec: ClipSpec, frames: int) -> Shot:
    camera = spec.camera
    if camera == "auto":
        camera = move_from_prompt(prompt) or "auto"
    return Shot(
        image,
        camera=camera,
        strength=spec.strength,
        seed=spec.seed,
        frames=frames,
        fps=spec.fps,
    )


def _filmed(frame: Callable[[int], Still], spec: ClipSpec, report: Report) -> Clip:
    """The frames that `spec` asks for, made one by one."""
    clip = np.empty((spec.frames, spec.height, spec.width, 3), np.uint8)
    for i in range(spec.frames):
        clip[i] = frame(spec.first + i)
        report((i + 1) / spec.frames, clip[i])
    return clip
