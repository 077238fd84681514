"""Which of several ways to make a clip came out best, as one number with its reasons.

Four parts, each 0..1, from the figures of `quality`; the score is their geometric mean, so that one
bad part cannot be bought off by the others:

    ends       1 when the clip joins on to what it begins and ends with as smoothly as it goes on
    detail     1 when no frame is softer than the given ones; two scenes laid over each other have
               about 0.2
    motion     0 for a cross-fade or a still, towards 1 the more it moves
    evenness   0 for a cut, for flicker and for frames in disorder, 1 for an even flow

It ranks variations of one clip. Clips of different shots have scores that say little side by side.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from seine_core.engines.protocol import Still
from seine_core.errors import BadInput
from seine_core.evaluate.quality import (
    Luma,
    comparable,
    crossfade_motion,
    gradient_power,
    least_detail,
    psnr,
)
from seine_core.similarity import scene_similarity

_SAME_DB = 40.0  # two codings of one frame differ by less
_FLOOR = 0.05  # of a part, so that a clip with one part of 0 still ranks by the others
_USUAL_RATIO = 3.0  # of motion over a cross-fade's
_USUAL_SPEED = 0.1  # pixels a frame, of 256 across


@dataclass(frozen=True, kw_only=True)
class Score:
    """How good a clip is, its parts, and why in a few words."""

    ends: float
    detail: float
    motion: float
    evenness: float
    explanation: str

    @property
    def value(self) -> float:
        """0..1, higher is better."""
        parts = (self.ends, self.detail, self.motion, self.evenness)
        return math.prod(_FLOOR + (1 - _FLOOR) * part for part in parts) ** (1 / len(parts))


def rank_transition(start: Still, end: Still, clip: Sequence[Still]) -> Score:
    """The score of a transition between two stills. `clip` may hold them at its ends, as an engine
    gives it, or only what lies between, as the cache keeps it.

    Raises:
        BadInput: `clip` has no frame.
    """
    before, after = comparable(start), comparable(end)
    between = _lumas(clip)
    # A frame that is the still itself would count as one in which nothing moves.
    if len(between) > 1 and psnr(between[0], before) > _SAME_DB:
        between = between[1:]
    if len(between) > 1 and psnr(between[-1], after) > _SAME_DB:
        between = between[:-1]
    frames = [before, *between, after]
    faded = max(crossfade_motion(before, after, len(frames)), 1e-3)
    first, *inside, last = _changes(frames)
    joint = max(first, last) / max(_mean(inside or [first, last]), 1e-3)
    return _score(
        ends=_falling(joint),
        seam=f"jumps at the {'start' if first > last else 'end'}",
        detail=least_detail(before, after, frames),
        motion=(_mean([first, *inside, last]) / faded - 1) / _USUAL_RATIO,
        changes=inside or [first, last],
        order=_order(frames),
    )


def rank_shot(still: Still, clip: Sequence[Still]) -> Score:
    """The score of a still brought to life, `clip`. Its `ends` say how much the first frame shows
    what the still does: nobody sees the still before it, so it may be another view.

    Raises:
        BadInput: `clip` has no frame.
    """
    before, frames = comparable(still), _lumas(clip)
    changes = _changes(frames) or [0.0]
    # What a slope changes by when it moves a pixel is the slope.
    slope = max(gradient_power(before) ** 0.5, 1e-3)
    return _score(
        ends=scene_similarity(still, clip[0]),
        seam="begins elsewhere",
        detail=least_detail(before, before, frames),
        motion=float(np.mean(changes)) / slope / _USUAL_SPEED,
        changes=changes,
        order=_order(frames),
    )


def _lumas(clip: Sequence[Still]) -> list[Luma]:
    frames = [comparable(frame) for frame in clip]
    if not frames:
        raise BadInput("clip: received no frame, allowed is one or more")
    return frames


def _changes(frames: list[Luma]) -> list[float]:
    return [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _falling(times: float) -> float:
    """1 for what is no more than usual, 0.5 for three times that, 0 for far more."""
    return min(1.0, math.exp((1 - times) / 3))


def _score(
    *,
    ends: float,
    seam: str,
    detail: float,
    motion: float,
    changes: list[float],
    order: float,
) -> Score:
    """`detail` and `motion` are as measured, 1 is usual; `seam` says what bad `ends` are."""
    detail = min(1.0, max(0.0, (detail - 0.4) / 0.6))
    motion = 1 - math.exp(-max(0.0, motion))
    even = _falling(max(changes) / max(_mean(changes), 1e-3))
    place = int(np.argmax(changes)) / max(1, len(changes) - 1)
    jump = "near the start" if place < 1 / 3 else "near the end" if place > 2 / 3 else "midway"
    faults = {
        seam: ends < 0.5,
        "flickers": order < 0.5,
        f"jumps {jump}": even < 0.5,
        "mostly a cross-fade": motion < 0.2 and detail < 0.4,
        "hardly moves": motion < 0.2 and detail >= 0.4,
        "soft": motion >= 0.2 and detail < 0.4,
    }
    merits = {
        "sharp": detail > 0.8,
        "lively": motion > 0.75,
        "moves evenly": motion >= 0.2 and even * order > 0.75,
    }
    return Score(
        ends=ends,
        detail=detail,
        motion=motion,
        evenness=even * order,
        explanation=", otherwise ".join(filter(None, map(_told, (faults, merits)))) or "fair",
    )


def _told(findings: dict[str, bool]) -> str:
    return ", ".join(words for words, is_so in findings.items() if is_so)


def _order(frames: list[Luma]) -> float:
    """0 where two frames on is no further than one frame on, as among shuffled frames; 1 where a
    clip goes anywhere."""
    one = _changes(frames)
    two = [float(np.abs(b - a).mean()) for a, b in zip(frames, frames[2:], strict=False)]
    if not two or max(one) < 1e-3:
        return 1.0
    return min(1.0, max(0.0, (_mean(two) / _mean(one) - 1.02) / 0.1))
