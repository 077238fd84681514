"""The grain of a clip whose camera stands still, and more of it: a picture without any looks dead
after one with."""

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Clip, Still
from seine_core.media.bands import bands

LEAST = 0.4  # code values; a codec makes as much
_MOVES = 4.0  # deviations: what changes by more is no grain, but a thing that moves


class Grain:
    """What changes from frame to frame in `given`, frames [h w 3] of one view, at least two."""

    def __init__(self, given: Clip, seed: int) -> None:
        last = given[-1]
        self.seed = seed
        self.clean = last  # the last frame, free of grain where it has any
        self.level = _level(given[-2], last)  # deviation in code values, 0 for none
        self._grain: NDArray[np.int8] | None = None
        if self.level < LEAST:
            self.level = 0.0
            return
        self.clean = np.empty_like(last)
        self._grain = np.zeros(last.shape, np.int8)
        for rows in bands(*last.shape[:2]):
            frames = np.stack([frame[rows] for frame in given]).astype(np.float32)
            mean = frames.mean(axis=0)
            away = frames[-1] - mean
            still = np.abs(away) < _MOVES * self.level
            self.clean[rows] = np.where(still, mean + np.float32(0.5), frames[-1])
            # The mean of n frames has a part of the grain of each.
            gain = np.float32((len(given) / (len(given) - 1)) ** 0.5)
            self._grain[rows] = np.where(still, away * gain, 0).clip(-127, 127).round()

    def over(self, still: Still, index: int) -> Still:
        """`still` with grain of its own for frame `index`: the clip's, moved elsewhere."""
        if self._grain is None:
            return still
        rng = np.random.default_rng((self.seed, index))
        height, width = still.shape[:2]
        moved = np.roll(self._grain, (rng.integers(height), rng.integers(width)), axis=(0, 1))
        if rng.random() < 0.5:
            moved = moved[:, ::-1]
        return np.asarray(cv2.add(still, moved, dtype=cv2.CV_8U), np.uint8)


def _level(before: Still, after: Still) -> float:
    """The deviation of the grain: of the fine part of what changed, by its median."""
    change = after.astype(np.float32) - before
    fine = change - cv2.GaussianBlur(change, (0, 0), 1.5)
    return float(1.4826 * np.median(np.abs(fine)) / 2**0.5)
