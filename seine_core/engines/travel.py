"""Which way the camera leaves one scene for another, both standing side by side in one picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.camera import CameraMove
from seine_core.engines.protocol import Still

_HEIGHT = 128  # pixels at which the scenes are looked at
_STEPS = 16  # of the way
_ENOUGH = 0.8  # of what there is to see
# Level first: horizons meet. Then whether the next scene is behind the far edge, right or bottom.
_WAYS: tuple[tuple[CameraMove, ...], ...] = (("pan-right", "pan-left"), ("tilt-up", "tilt-down"))
_ONWARDS = ("pan-right", "tilt-down")


def way_between(start: Still, end: Still, seed: int) -> CameraMove:
    """To the side on which there is enough to see all the way, by the seed where that is so on
    both; up or down where the sides have too little; else where there is the most."""
    seen = {way: least_seen(start, end, way) for ways in _WAYS for way in ways}
    for ways in _WAYS:
        enough = [way for way in ways if seen[way] >= _ENOUGH]
        if enough:
            return enough[seed % len(enough)]
    return max(seen, key=lambda way: seen[way])


def least_seen(start: Still, end: Still, way: CameraMove) -> float:
    """How much of the detail that is to be expected the camera sees on its way, where it sees the
    least. What is expected goes evenly from the detail of `start` to that of `end`; detail is the
    mean squared slope. Of two even pictures it is 1."""
    axis = 0 if way.startswith("pan") else 1
    leaving, coming = (_squared_slopes(still).sum(axis=axis) for still in (start, end))
    if way not in _ONWARDS:
        leaving, coming = leaving[::-1], coming[::-1]
    size, shares = len(leaving), []
    for gone in range(1, _STEPS):
        cut = size * gone // _STEPS
        wanted = leaving.sum() + (coming.sum() - leaving.sum()) * gone / _STEPS
        shares.append((leaving[cut:].sum() + coming[:cut].sum() + 1e-3) / (wanted + 1e-3))
    return float(min(shares))


def _squared_slopes(still: Still) -> NDArray[np.float32]:
    """[h w] of the brightness 0..1."""
    width = max(2, round(still.shape[1] * _HEIGHT / still.shape[0]))
    small = cv2.resize(still, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32) / 255
    down, right = np.gradient(luma)
    return np.asarray(down * down + right * right, np.float32)
