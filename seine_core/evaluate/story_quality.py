"""How good a rendered story is, part by part: its transitions, the seams between clips that follow
each other, and the colours of shots that were extended."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from seine_core.engines.protocol import Clip, Still
from seine_core.evaluate.measures import drift_curve, mean_colour, measure
from seine_core.evaluate.quality import comparable

if TYPE_CHECKING:
    from seine_core.evaluate.clip_similarity import ClipModel

SEAM_FRAMES = 4  # on either side of a seam that are looked at
Jump = Literal["", "brightness", "colour", "picture"]

_SEEN_LAB = 2.5  # Lab units between two frames that are seen at once
_SEEN_CHANGE = 0.02  # mean change of brightness (0..1) between two frames, above what coding makes
_TIMES = 3.0  # as much as around it, and a seam stands out
_DRIFTED_LAB = 6.0  # a drift that comes slowly is seen later than a jump


@dataclass(frozen=True, kw_only=True)
class Seam:
    """What happens from the last frame of a clip to the first of the next: Lab units by which the
    mean colour changes, how many of them are lightness, and the mean change of brightness 0..1;
    each with the most that the frames around it change by, `usual_…`."""

    colour: float
    lightness: float
    change: float
    usual_colour: float
    usual_change: float

    @property
    def jump(self) -> Jump:
        """What visibly jumps: more than can be missed, and three times what changes around it."""
        if self.colour > max(_SEEN_LAB, _TIMES * self.usual_colour):
            return "brightness" if self.lightness > 0.7 * self.colour else "colour"
        if self.change > max(_SEEN_CHANGE, _TIMES * self.usual_change):
            return "picture"
        return ""


def seam(before: Sequence[Still], after: Sequence[Still]) -> Seam:
    """The seam between two clips, of which the last and the first few frames are given."""
    frames = [*before, *after]
    colours = [mean_colour(frame) for frame in frames]
    lumas = [comparable(frame) for frame in frames]
    shifts = [float(np.linalg.norm(b - a)) for a, b in pairwise(colours)]
    changes = [float(np.abs(b - a).mean()) for a, b in pairwise(lumas)]
    at = len(before) - 1
    return Seam(
        colour=shifts[at],
        lightness=float(abs(colours[at + 1][0] - colours[at][0])),
        change=changes[at],
        usual_colour=max((*shifts[:at], *shifts[at + 1 :]), default=0.0),
        usual_change=max((*changes[:at], *changes[at + 1 :]), default=0.0),
    )


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How the colours of an extended shot wander off: Lab units for each frame, from the last given
    frame; more than `limit` is seen. `cut` is the frame from which on it stays above, where the
    shot should end; None where it does not."""

    curve: tuple[float, ...]
    limit: float
    cut: int | None


def drift(frames: Sequence[Still], given: int) -> Drift:
    """The drift of a shot whose first `given` >= 1 frames are not extended."""
    curve = drift_curve(frames[given - 1], frames)
    # Where the given frames change by more themselves, as much may go on changing.
    limit = max(_DRIFTED_LAB, *curve[:given])
    below = [n for n, value in enumerate(curve) if value <= limit]
    cut = below[-1] + 1
    return Drift(curve=tuple(curve), limit=limit, cut=cut if cut < len(curve) else None)


def transition_figures(
    before: Sequence[Still],
    frames: Sequence[Still],
    after: Sequence[Still],
    prompt: str = "",
    clip_model: "ClipModel | None" = None,
) -> dict[str, float]:
    """The measures of a transition that lies between the last frame of `before` and the first of
    `after`, both left out of `frames`."""
    start, end = before[-1], after[0]
    whole: Clip = np.stack([start, *frames, end])
    return measure(start, end, whole, prompt, clip_model)


def fitted(frames: Sequence[Still], like: Still) -> list[Still]:
    """`frames` in the size of another, for clips of different sizes."""
    height, width = like.shape[:2]
    return [
        frame if frame.shape == like.shape else np.asarray(cv2.resize(frame, (width, height)))
        for frame in frames
    ]
