"""The engine of an editing desk: dissolve, cut, dips and slides. Needs no model and no time.

A dissolve mixes linear light, as two projectors on one screen do: lamps and highlights keep their
brightness half way, where a mix of code values turns both scenes grey. Dips mix code values, which
the eye reads as evenly darker or lighter. Everything but a cut sets off and arrives gently.
"""

import cv2
import numpy as np

from seine_core.clips import Clip, Report, Still, silent
from seine_core.engines.blend import ease, times, to_light, to_still
from seine_core.engines.checks import check_clip, check_options, check_still
from seine_core.engines.protocol import Capabilities, ClipSpec
from seine_core.media.bands import bands

# A dip stands this part of the transition in the plain colour, so that the colour is really seen.
_PLAIN = 0.08


class Crossfade:
    """Both scenes as they are, one after the other: nothing in a scene moves."""

    capabilities = Capabilities(
        name="crossfade",
        title="Cross-fade",
        description="Dissolves, cuts, dips and slides between two scenes; holds a scene still.",
        version=1,
        tasks=frozenset({"transition", "animate", "extend"}),
        styles=(
            "auto",  # dissolve
            "dissolve",
            "cut",
            "dip-to-black",
            "dip-to-white",
            "slide-left",
            "slide-right",
            "slide-up",
            "slide-down",
        ),
        cameras=("auto", "still"),
        max_frames=240,
        context_frames=1,
        windowed=True,
        uses_prompt=False,
        uses_seed=False,
        joins_unlike=True,
    )

    def transition(
        self, start: Still, end: Still, prompt: str, spec: ClipSpec, report: Report = silent
    ) -> Clip:
        """From `start` to `end` in the way of `spec.style`.

        Raises:
            BadInput: a still has another size than `spec`, or an option is not in `capabilities`.
        """
        check_options(self.capabilities, spec, "transition")
        check_still(start, spec, "start")
        check_still(end, spec, "end")
        clip = np.empty((spec.frames, spec.height, spec.width, 3), np.uint8)
        for i, t in enumerate(times(spec)):
            clip[i] = start if t == 0 else end if t == 1 else _between(start, end, t, spec.style)
            report((i + 1) / spec.frames, clip[i])
        return clip

    def animate(self, image: Still, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """`image`, held: this engine does not bring a scene to life.

        Raises:
            BadInput: as for `transition`.
        """
        check_options(self.capabilities, spec, "animate")
        check_still(image, spec, "image")
        return _hold(image, spec, report)

    def extend(self, clip: Clip, prompt: str, spec: ClipSpec, report: Report = silent) -> Clip:
        """The last frame of `clip`, held.

        Raises:
            BadInput: as for `transition`.
        """
        check_options(self.capabilities, spec, "extend")
        check_clip(clip, spec, "clip")
        return _hold(clip[-1], spec, report)


def _hold(image: Still, spec: ClipSpec, report: Report) -> Clip:
    clip = np.repeat(image[None], spec.frames, axis=0)
    report(1.0, clip[0])
    return clip


def _between(start: Still, end: Still, t: float, style: str) -> Still:
    """The frame at 0 < t < 1."""
    if style == "cut":
        return start if t < 0.5 else end
    if style.startswith("dip-"):
        return _dip(start, end, t, 0 if style == "dip-to-black" else 255)
    if style.startswith("slide-"):
        return _slide(start, end, ease(t), style)
    return _dissolve(start, end, ease(t))


def _dissolve(start: Still, end: Still, amount: float) -> Still:
    # There are but 256 x 256 pairs of codes: mix those, and look the pixels up.
    light = to_light(np.arange(256, dtype=np.uint8))
    kept = np.float32(1 - amount)
    mixed = to_still(light[:, None] * kept + light[None] * (1 - kept))
    frame = np.empty_like(start)
    for rows in bands(*start.shape[:2]):
        frame[rows] = mixed[start[rows], end[rows]]
    return frame


def _dip(start: Still, end: Still, t: float, plain: int) -> Still:
    scene, visible = (start, 1 - 2 * t) if t < 0.5 else (end, 2 * t - 1)
    visible = max(0.0, (visible - _PLAIN) / (1 - _PLAIN))
    visible *= 2 - visible  # gentle where the scene is, quick where there is nothing to see
    ground = np.full_like(scene, plain)
    return np.asarray(cv2.addWeighted(scene, visible, ground, 1 - visible, 0), np.uint8)


def _slide(start: Still, end: Still, amount: float, style: str) -> Still:
    """The coming scene pushes the leaving one out; whole pixels exactly, parts of one cubic."""
    height, width = start.shape[:2]
    axis = 1 if style in ("slide-left", "slide-right") else 0
    forward = style in ("slide-left", "slide-up")
    strip = np.concatenate([start, end] if forward else [end, start], axis=axis)
    offset = (amount if forward else 1 - amount) * (width if axis else height)
    shift = np.array([[1, 0, offset * axis], [0, 1, offset * (1 - axis)]])
    frame = cv2.warpAffine(
        strip,
        shift,
        (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(frame, np.uint8)
