"""Which way the camera leaves one scene for another."""

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.camera import MOVES, TRAVELS, CameraMove
from seine_core.clips import Still

_HEIGHT = 256  # pixels at which the scenes are looked at
_STEPS = 16  # of the way
_ENOUGH = 0.85  # of what there is to see
# Level first: horizons meet.
_WAYS: tuple[tuple[CameraMove, ...], ...] = (("pan-right", "pan-left"), ("tilt-up", "tilt-down"))


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
    """How much of the detail that is to be expected is in the middle square on the way, where there
    is the least. It should go evenly from that of `start` to that of `end`; detail is the mean
    squared slope. Of two even pictures it is 1."""
    sides = [_squared_slopes(still) for still in (start, end)]
    if MOVES[way].kind == "pan":
        sides = [side.T for side in sides]
    along, across = sides[0].shape
    middle = min(along, across)
    left, top = (along - middle) // 2, (across - middle) // 2
    right = left + middle
    sides = [side[:, top : top + middle].sum(axis=1) for side in sides]
    if MOVES[way].sign > 0:  # the next scene is behind the left or upper edge
        sides = [side[::-1] for side in sides]
    first, second = (np.concatenate([[0], side.cumsum()]) for side in sides)
    seen = []
    for done in np.linspace(0, 1, _STEPS + 1):
        edge = int(np.clip(round(along * (1 - done)), left, right))  # between the scenes
        gone, to_go = (round(along * TRAVELS * part) for part in (done, 1 - done))
        of_first = first[edge + gone] - first[left + gone]
        of_second = second[right - to_go] - second[edge - to_go]
        seen.append(of_first + of_second + 1e-3)
    return float((np.array(seen) / np.linspace(seen[0], seen[-1], len(seen))).min())


def _squared_slopes(still: Still) -> NDArray[np.float32]:
    """[h w] of the brightness 0..1."""
    width = max(2, round(still.shape[1] * _HEIGHT / still.shape[0]))
    small = cv2.resize(still, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32) / 255
    down, right = np.gradient(luma)
    return np.asarray(down * down + right * right, np.float32)
