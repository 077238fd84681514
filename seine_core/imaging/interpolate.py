"""Frames in between, along the motion: a model's slow native rate becomes the story's.

Both neighbours are warped to the moment in between along dense optical flow, each where it can see
what the other shows (Super SloMo, arXiv 1712.00080, eq. 4, with the classical flow of DIS instead
of a network). The given frames themselves come out untouched.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Clip, LazyClip, Still
from seine_core.imaging.warp import resized_rows
from seine_core.media.bands import bands, is_large

_FLOW_SIDE = 512  # longest side at which motion is sought, pixels
Flow = NDArray[np.float32]  # [h w 2], pixels to the right and down


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
            weight_a = (1 - t) * sample(self.seen_a, to_a, rows.start, self.scale) + 1e-4
            weight_b = t * sample(self.seen_b, to_b, rows.start, self.scale) + 1e-4
            share = (weight_b / (weight_a + weight_b))[..., None]
            a, b = sample(self.a, to_a, rows.start), sample(self.b, to_b, rows.start)
            made[rows] = np.rint(np.clip(a + (b - a) * share, 0, 255))
        return made


def _flow(a: Still, b: Still) -> Flow:
    height, width = a.shape[:2]
    scale = min(1.0, _FLOW_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    grey = [
        cv2.resize(cv2.cvtColor(still, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
        for still in (a, b)
    ]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = search.calc(grey[0], grey[1], np.zeros((*grey[0].shape, 2), np.float32))
    if not is_large(width, height):
        found = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(found * np.array([width / size[0], height / size[1]]), np.float32)


def agreement(
    there: Flow, back: Flow, scale: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """1 where going there and back ends where it began, towards 0 where it does not [h w]. `scale`:
    pixels of the frame, which flow is told in, for one of its own, across and down."""
    ways = there if scale is None else there / scale
    error = np.linalg.norm(there + sample(back, ways), axis=2)
    tolerance = 0.5 + 0.05 * np.linalg.norm(there, axis=2)
    return np.exp(-((error / (2 * tolerance)) ** 2)).astype(np.float32)


def sample(
    image: NDArray, flow: NDArray, top: int = 0, scale: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """`image` read at every pixel plus `flow`, which begins with the frame's row `top`; of an image
    that is smaller than the frame a pixel has `scale` of the frame's, across and down."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(top, top + height, dtype=np.float32)[:, None] + flow[..., 1]
    if scale is not None and (scale != 1).any():
        half = np.float32(0.5)
        x, y = (x + half) / scale[0] - half, (y + half) / scale[1] - half
    elif height < len(image):  # no more of it is held in floating point than is read
        first = int(np.clip(y.min() - 1, 0, len(image) - 1))
        image, y = image[first : max(first, int(y.max())) + 3], y - np.float32(first)
    image = image.astype(np.float32, copy=False)
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
