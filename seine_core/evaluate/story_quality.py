"""Quality of a rendered story: of its transitions, of the seams between consecutive clips, and of
the colours of extended shots."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from seine_core.clips import Frames, Still
from seine_core.evaluate.measures import (
    SEAM_SHOWS,
    colour_drift,
    drift_curve,
    mean_colour,
    seam,
    seam_jump,
)
from seine_core.evaluate.quality import transition_quality
from seine_core.evaluate.scene_mix import ClipMix, scene_mix

if TYPE_CHECKING:
    from seine_core.evaluate.clip_similarity import ClipModel

SEAM_FRAMES = 9  # on either side of a seam that are measured
Jump = Literal["", "brightness", "colour", "picture"]
Fault = Literal["torn", "cut"]
# Over 25 pairs of photographs and drawings a straight wipe has at most 0.7 of `shreds`, a dissolve
# 0.8, a morph 0.7 and a whip pan 0.2, none of them an island of 0.5 %; a matte of noise has 1.3 to
# 3.8 between unlike scenes. Between two views of one scene its edges hardly show: 0.4 to 1.0.
TORN_SHREDS = 1.0
_TORN_ISLAND = 0.01
SOFTER = 0.8  # than this at a join (`join_sharpness`) is seen

_SEEN_LAB = 2.0  # Lab units between the colours of two frames that are seen at once
_LIGHT = 0.7  # as much of a change in Lab is lightness, and it is one of brightness
_DRIFTED_LAB = 6.0  # a drift that comes slowly is seen later than a jump


def jump(before: Sequence[Still], after: Sequence[Still]) -> Jump:
    """The kind of visible jump between the last frames of a clip and the first of the next, all
    [h w 3] uint8: of brightness, else colour, else content; "" where none is visible.

    Raises:
        BadInput: a clip has no frame.
    """
    if seam(before, after) < SEAM_SHOWS:
        return ""
    shift = mean_colour(after[0]) - mean_colour(before[-1])
    far = float(np.linalg.norm(shift))
    if far < _SEEN_LAB:
        return "picture"
    return "brightness" if abs(float(shift[0])) > _LIGHT * far else "colour"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Colour drift of an extended shot: the distance in Lab units of each frame from the last given
    one; beyond `limit` it is visible. `cut` is the frame from which on it stays beyond, where the
    shot should end; None where it does not."""

    curve: tuple[float, ...]
    limit: float
    cut: int | None


def drift(frames: Sequence[Still], given: int) -> Drift:
    """The colour drift of a shot, frames [h w 3] uint8, whose first `given` >= 1 are not
    generated."""
    curve = drift_curve(frames[given - 1], frames)
    # Where the given frames change by more themselves, as much may go on changing.
    limit = max(_DRIFTED_LAB, *curve[:given])
    below = [n for n, value in enumerate(curve) if value <= limit]
    cut = below[-1] + 1
    return Drift(curve=tuple(curve), limit=limit, cut=cut if cut < len(curve) else None)


def is_torn(mix: ClipMix) -> bool:
    """Whether a frame shows shreds of both scenes side by side."""
    figures = mix.figures
    return figures["shreds"] >= TORN_SHREDS or figures["island"] >= _TORN_ISLAND


def faults(mix: ClipMix) -> dict[Fault, int]:
    """What a viewer would call wrong with a transition, and the place in the clip where it is
    worst."""
    found: dict[Fault, int] = {}
    if is_torn(mix):
        torn = mix.figures["shreds"] >= TORN_SHREDS
        found["torn"] = mix.worst("shreds" if torn else "island")
    if mix.cut is not None and 1 < mix.cut < len(mix.changes):  # at the ends it is a seam
        found["cut"] = mix.cut
    return found


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A transition by its figures, by their names, and its faults, each with the frame, counted
    from 0 without the ends, where it is worst."""

    figures: dict[str, float]
    faults: dict[Fault, int]


def judge_transition(
    before: Sequence[Still],
    frames: Sequence[Still],
    after: Sequence[Still],
    prompt: str = "",
    clip_model: "ClipModel | None" = None,
) -> Judged:
    """What a rendered transition is like between the last frame of `before` and the first of
    `after`, which `frames` leaves out; all are [h w 3] uint8 of one size.

    Raises:
        BadInput: the frames and ends together are fewer than two.
    """
    start, end = before[-1], after[0]
    whole: Frames = np.stack([start, *frames, end])
    quality = transition_quality(start, end, whole)
    mix = scene_mix(start, end, whole)
    figures = mix.figures | {
        "detail": quality.detail,
        "motion_ratio": quality.motion_ratio,
        "colour_drift": colour_drift(start, end, whole),
        "seam_jump": seam_jump(start, end, whole),
    }
    if clip_model is not None:
        from seine_core.evaluate.clip_similarity import clip_scores

        figures |= clip_scores(clip_model, start, end, whole, prompt)
    last = len(frames) - 1
    placed = {fault: min(max(place - 1, 0), last) for fault, place in faults(mix).items()}
    return Judged(figures=figures, faults=placed)


def fitted(frames: Sequence[Still], like: Still) -> list[Still]:
    """`frames` [h w 3] uint8, resized where their shape is not that of `like`."""
    height, width = like.shape[:2]
    return [
        frame if frame.shape == like.shape else np.asarray(cv2.resize(frame, (width, height)))
        for frame in frames
    ]
