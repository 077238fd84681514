"""Figures of a transition between two stills, from its pixels alone.

All are taken from the brightness (Rec. 601 luma, 0..1) of the middle square of every frame at
256 x 256, so that clips of any size and shape can be compared:

    start_psnr, end_psnr   dB, at most 100, higher is better: is the clip's first (last) frame the
                           still before (after) it? 10 log10(1 / mean squared difference)
    detail                 0 up, 1 keeps all, higher is better up to 1: the lowest gradient power
                           of any frame over that expected there, which runs evenly from the first
                           still's to the second's. Two scenes laid over each other have half.
    motion                 0..1, more is livelier: mean absolute change between neighbouring frames
    evenness               1 up, lower is better: the largest of these changes over their mean. An
                           even flow has 1, a cut in a clip of n frames n - 1.
    motion_ratio           `motion` over that of a cross-fade of the stills of the same length,
                           which is nothing but the change from one to the other
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Frames, Still
from seine_core.errors import BadInput

SIDE = 256
BEST_PSNR = 100.0
SAME_DB = 40.0  # two codings of one frame differ by less

Luma = NDArray[Any]  # float32 [SIDE SIDE], 0..1


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The figures above."""

    start_psnr: float
    end_psnr: float
    detail: float
    motion: float
    evenness: float
    motion_ratio: float


def transition_quality(start: Still, end: Still, clip: Frames) -> Quality:
    """The figures of `clip` [f h w 3] uint8, f >= 2, as a transition between the stills [h w 3]
    uint8.

    Raises:
        BadInput: `clip` has fewer than two frames.
    """
    if clip.ndim != 4 or len(clip) < 2:
        raise BadInput(subject="clip", received=list(clip.shape), allowed="two frames or more")
    before, after = comparable(start), comparable(end)
    frames = [comparable(frame) for frame in clip]
    changes = [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]
    motion = float(np.mean(changes))
    faded = crossfade_motion(before, after, len(frames))
    return Quality(
        start_psnr=psnr(frames[0], before),
        end_psnr=psnr(frames[-1], after),
        detail=least_detail(before, after, frames),
        motion=motion,
        evenness=max(changes) / motion if motion else 1.0,
        motion_ratio=motion / faded if faded else float("inf") if motion else 1.0,
    )


def comparable(image: Still) -> Luma:
    """[SIDE SIDE] float32 0..1: the luma of the middle square of `image` [h w 3] uint8."""
    luma = np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)
    return middle_square(luma).astype(np.float32) / 255


def middle_square(image: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
    """[side side …] uint8: the middle square of a picture [h w …] uint8, resized."""
    height, width = image.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    square = np.ascontiguousarray(image[top : top + short, left : left + short])
    method = cv2.INTER_AREA if short > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (side, side), interpolation=method), np.uint8)


def psnr(image: Luma, reference: Luma) -> float:
    """Peak signal-to-noise ratio in dB, at most BEST_PSNR, of pictures [h w] 0..1."""
    error = float(np.mean(np.square(image - reference, dtype=np.float64)))
    return min(BEST_PSNR, -10 * float(np.log10(error))) if error else BEST_PSNR


def gradient_power(image: Luma) -> float:
    """Mean squared difference of neighbouring pixels over both axes of a picture [h w] 0..1."""
    across, down = np.diff(image, axis=1), np.diff(image, axis=0)
    return float(np.mean(across * across) + np.mean(down * down)) / 2


def least_detail(start: Luma, end: Luma, frames: list[Luma]) -> float:
    """The lowest ratio of a frame's gradient power to that expected at its place; 1 between flat
    stills. All are [h w] 0..1."""
    expected = np.linspace(gradient_power(start), gradient_power(end), len(frames))
    ratios = [
        gradient_power(frame) / wanted if wanted > 1e-9 else 1.0
        for frame, wanted in zip(frames, expected, strict=True)
    ]
    return float(min(ratios))


def crossfade_motion(start: Luma, end: Luma, frames: int) -> float:
    """Mean absolute change between neighbouring frames, 0..1, of a cross-fade of `frames` >= 2
    frames between pictures [h w] 0..1."""
    return float(np.abs(end - start).mean()) / (frames - 1)
