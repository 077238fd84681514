"""Frames in between, along the motion: a model's slow native rate becomes the story's.

Both neighbours are warped to the moment in between along dense optical flow, each where it can see
what the other shows (Super SloMo, arXiv 1712.00080, eq. 4, with the classical flow of DIS instead
of a network). The given frames themselves come out untouched.
"""

import cv2
import numpy as np

from seine_core.clips import Clip, LazyClip, Still
from seine_core.imaging.flow import Flow, agreement, dis_flow, luma, warped
from seine_core.imaging.warp import Field, resized_rows
from seine_core.media.bands import bands, is_large

_FLOW_SIDE = 512  # longest side at which motion is sought, pixels


def interpolate(clip: Clip, frames: int) -> LazyClip:
    """[frames h w 3] that plays `clip` from its first to its last frame, both exact, at another
    rate. Frames that fall on a given one are that one."""
    pair: tuple[int, _Pair] | None = None

    def frame(i: int) -> Still:
        nonlocal pair
        # In whole numbers, so that a position on a given frame is exactly there.
        left, rest = divmod(i * (len(clip) - 1), max(1, frames - 1))
        if rest == 0:
            return clip[left]
        if pair is None or pair[0] != left:
            pair = left, _Pair(clip[left], clip[left + 1])
        return pair[1].between(rest / (frames - 1))

    return LazyClip(frames, frame)


class _Pair:
    """Two neighbouring frames and the motion from each to the other: told for every pixel, but of
    large frames at the size at which it was found."""

    def __init__(self, a: Still, b: Still) -> None:
        self.a, self.b = a, b
        self.forth, self.back = _flow(a, b), _flow(b, a)
        height, width = self.forth.shape[:2]
        self.scale = np.array([a.shape[1] / width, a.shape[0] / height], np.float32)
        # What comes back to where it started is seen in both frames.
        self.seen_a = agreement(self.forth, self.back, self.scale)
        self.seen_b = agreement(self.back, self.forth, self.scale)

    def between(self, t: float) -> Still:
        """The frame at 0 < t < 1."""
        made = np.empty_like(self.a)
        size = self.a.shape[0], self.a.shape[1]
        for rows in bands(*size):
            forth, back = (resized_rows(flow, *size, rows) for flow in (self.forth, self.back))
            to_a = -(1 - t) * t * forth + t * t * back
            to_b = (1 - t) * (1 - t) * forth - t * (1 - t) * back
            weight_a = (1 - t) * warped(self.seen_a, to_a, rows.start, self.scale) + 1e-4
            weight_b = t * warped(self.seen_b, to_b, rows.start, self.scale) + 1e-4
            share = (weight_b / (weight_a + weight_b))[..., None]
            a, b = warped(self.a, to_a, rows.start), warped(self.b, to_b, rows.start)
            made[rows] = np.rint(np.clip(a + (b - a) * share, 0, 255))
        return made


def _flow(a: Still, b: Still) -> Flow:
    height, width = a.shape[:2]
    scale = min(1.0, _FLOW_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    grey = [cv2.resize(luma(still), size, interpolation=cv2.INTER_AREA) for still in (a, b)]
    found: Field = dis_flow(*grey)
    if not is_large(width, height):
        found = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(found * np.array([width / size[0], height / size[1]]), np.float32)
