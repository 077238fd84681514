"""The engine of an editing desk: dissolve, cut, dips and slides. Needs no model and no time.

A dissolve mixes linear light, as two projectors on one screen do: lamps and highlights keep their
brightness half way, where a mix of code values turns both scenes grey. Dips mix code values, which
the eye reads as evenly darker or lighter. Everything but a cut sets off and arrives gently.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from seine_core.clips import Clip, LazyClip, Still
from seine_core.engines.blend import blended, to_light, to_still
from seine_core.engines.protocol import Capabilities, Request, Task
from seine_core.imaging.warp import smoothstep
from seine_core.media.bands import bands

# A dip stands this part of the transition in the plain colour, so that the colour is really seen.
_PLAIN = 0.08
_DIPS = {"dip-to-black": 0, "dip-to-white": 255}  # the code value of the plain colour


@dataclass(frozen=True)
class _Slide:
    """Along which axis of a still the scenes move, and whether towards its beginning."""

    axis: int
    forward: bool


_SLIDES = {
    "slide-left": _Slide(1, True),
    "slide-right": _Slide(1, False),
    "slide-up": _Slide(0, True),
    "slide-down": _Slide(0, False),
}


def _transition(request: Request) -> LazyClip:
    """From the first still to the second in the way of `spec.style`."""
    start, end = request.given
    spec = request.spec
    return blended(start, end, spec.frames, lambda t: _between(start, end, t, spec.style))


def _hold(request: Request) -> LazyClip:
    """The last given still, held: this engine does not bring a scene to life."""
    still = request.given[-1]
    return LazyClip(request.spec.frames, lambda i: still)


class Crossfade:
    """Both scenes as they are, one after the other: nothing in a scene moves."""

    tasks: ClassVar[Mapping[Task, Callable[[Request], Clip]]] = {
        "transition": _transition,
        "animate": _hold,
        "extend": _hold,
    }
    capabilities = Capabilities(
        name="crossfade",
        title="Cross-fade",
        description="Dissolves, cuts, dips and slides between two scenes; holds a scene still.",
        version=1,
        tasks=frozenset(tasks),
        styles=(
            "auto",  # dissolve
            "dissolve",
            "cut",
            *_DIPS,
            *_SLIDES,
        ),
        cameras=("auto", "still"),
        context_frames=1,
        piece_frames=240,
        uses_prompt=False,
        uses_seed=False,
        joins_unlike=True,
    )


def _between(start: Still, end: Still, t: float, style: str) -> Still:
    """The frame at 0 < t < 1."""
    eased = float(smoothstep(t))
    if style == "cut":
        return start if t < 0.5 else end
    if style in _DIPS:
        return _dip(start, end, t, _DIPS[style])
    if style in _SLIDES:
        return _slide(start, end, eased, _SLIDES[style])
    return _dissolve(start, end, eased)


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


def _slide(start: Still, end: Still, amount: float, slide: _Slide) -> Still:
    """The coming scene pushes the leaving one out; whole pixels exactly, parts of one cubic."""
    height, width = start.shape[:2]
    axis, forward = slide.axis, slide.forward
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
