"""Frames in between, along the motion: a model's slow native rate becomes the story's.

Both neighbours are warped to the moment in between along dense optical flow, each where it can see
what the other shows (Super SloMo, arXiv 1712.00080, eq. 4, with the classical flow of DIS instead
of a network). The given frames themselves come out untouched.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.engines.protocol import Clip, Report, Still, silent

_FLOW_SIDE = 512  # longest side at which motion is sought, pixels
Flow = NDArray[np.float32]  # [h w 2], pixels to the right and down


def interpolate(clip: Clip, frames: int, report: Report = silent) -> Clip:
    """[frames h w 3] that plays `clip` from its first to its last frame, both exact, at another
    rate. Frames that fall on a given one are that one."""
    out = np.empty((frames, *clip.shape[1:]), np.uint8)
    pair: tuple[int, _Pair] | None = None
    for i in range(frames):
        # In whole numbers, so that a position on a given frame is exactly there.
        left, rest = divmod(i * (len(clip) - 1), max(1, frames - 1))
        if rest == 0:
            out[i] = clip[left]
        else:
            if pair is None or pair[0] != left:
                pair = left, _Pair(clip[left], clip[left + 1])
            out[i] = pair[1].between(rest / (frames - 1))
        report((i + 1) / frames, out[i])
    return out


class _Pair:
    """Two neighbouring frames and the motion from each to the other."""

    def __init__(self, a: Still, b: Still) -> None:
        self.a, self.b = a, b
        self.forth, self.back = _flow(a, b), _flow(b, a)
        # What comes back to where it started is seen in both frames.
        self.seen_a = agreement(self.forth, self.back)
        self.seen_b = agreement(self.back, self.forth)

    def between(self, t: float) -> Still:
        """The frame at 0 < t < 1."""
        to_a = -(1 - t) * t * self.forth + t * t * self.back
        to_b = (1 - t) * (1 - t) * self.forth - t * (1 - t) * self.back
        weight_a = (1 - t) * sample(self.seen_a, to_a) + 1e-4
        weight_b = t * sample(self.seen_b, to_b) + 1e-4
        share = (weight_b / (weight_a + weight_b))[..., None]
        a, b = sample(self.a.astype(np.float32), to_a), sample(self.b.astype(np.float32), to_b)
        return np.rint(np.clip(a + (b - a) * share, 0, 255)).astype(np.uint8)


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
    full = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full * np.array([width / size[0], height / size[1]]), np.float32)


def agreement(there: Flow, back: Flow) -> NDArray[np.float32]:
    """1 where going there and back ends where it began, towards 0 where it does not [h w]."""
    error = np.linalg.norm(there + sample(back, there), axis=2)
    tolerance = 0.5 + 0.05 * np.linalg.norm(there, axis=2)
    return np.exp(-((error / (2 * tolerance)) ** 2)).astype(np.float32)


def sample(image: NDArray[np.float32], flow: Flow) -> NDArray[np.float32]:
    """`image` read at every pixel plus `flow`."""
    x, y = _grid(*flow.shape[:2])
    return np.asarray(
        cv2.remap(
            image,
            x + flow[..., 0],
            y + flow[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
    )


@cache
def _grid(height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x, y
