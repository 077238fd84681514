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
    warp_error,
)
from seine_core.evaluate.quality import transition_quality

if TYPE_CHECKING:
    from seine_core.evaluate.clip_similarity import ClipModel

SEAM_FRAMES = 9  # on either side of a seam that are measured
Jump = Literal["", "brightness", "colour", "picture"]

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


def transition_figures(
    before: Sequence[Still],
    frames: Sequence[Still],
    after: Sequence[Still],
    prompt: str = "",
    clip_model: "ClipModel | None" = None,
) -> dict[str, float]:
    """Figures by name of a rendered transition between the last frame of `before` and the first of
    `after`, which `frames` leaves out; all are [h w 3] uint8 of one size. `warp_error`, the
    slowest, is of the middle frames alone, where both scenes are visible.

    Raises:
        BadInput: the frames and ends together are fewer than two.
    """
    start, end = before[-1], after[0]
    whole: Frames = np.stack([start, *frames, end])
    quality = transition_quality(start, end, whole)
    middle = len(whole) // 2
    figures = {
        "detail": quality.detail,
        "motion_ratio": quality.motion_ratio,
        "evenness": quality.evenness,
        "warp_error": warp_error(whole[max(0, middle - 2) : middle + 2]),
        "colour_drift": colour_drift(start, end, whole),
        "seam_jump": seam_jump(start, end, whole),
    }
    if clip_model is None:
        return figures
    from seine_core.evaluate.clip_similarity import clip_scores

    return figures | clip_scores(clip_model, start, end, whole, prompt)


def fitted(frames: Sequence[Still], like: Still) -> list[Still]:
    """`frames` [h w 3] uint8, resized where their shape is not that of `like`."""
    height, width = like.shape[:2]
    return [
        frame if frame.shape == like.shape else np.asarray(cv2.resize(frame, (width, height)))
        for frame in frames
    ]
