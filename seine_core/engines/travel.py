"""The camera leaves one scene for another: which way, and both side by side in one picture."""

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.camera import CameraMove
from seine_core.engines.protocol import Still
from seine_core.origins import Origin

_HEIGHT = 256  # pixels at which the scenes are looked at
_STEPS = 16  # of the way
_ENOUGH = 0.95  # of what there is to see
_WAYS: tuple[CameraMove, ...] = ("pan-right", "pan-left", "tilt-up", "tilt-down")
_ONWARDS = ("pan-right", "tilt-down")  # the next scene is behind the far edge, right or bottom
_ADJOINING = (0.75, 1.4)  # views between the same place of two scenes that are meant to adjoin


def way_between(start: Still, end: Still, seed: int) -> CameraMove:
    """Where there is enough to see all the way, by the seed where that is so on several; else where
    there is the most."""
    seen = {way: least_seen(start, end, way) for way in _WAYS}
    enough = [way for way in _WAYS if seen[way] >= _ENOUGH]
    if enough:
        return enough[seed % len(enough)]
    return max(seen, key=lambda way: seen[way])


def adjoined(origins: Mapping[int, Origin], end: int) -> dict[int, Origin]:
    """The `origins` of frames between the first one and that at `end`, of two scenes that the
    camera travels between: about a view apart, as the network finds them, they come to stand
    exactly side by side. What they gape or overlap by is taken out of the ways, the less the nearer
    the frame that a way leads to. Others stay as they are."""
    if not origins:
        return {}
    apart = {i: _apart(origin) for i, origin in origins.items()}  # in parts of the view
    usual = np.mean(list(apart.values()), axis=0)
    along = int(np.abs(usual).argmax())  # right or down
    if not _ADJOINING[0] <= abs(usual[along]) <= _ADJOINING[1]:
        return dict(origins)
    found = {}
    for i, origin in origins.items():
        gap = np.zeros(2, np.float32)
        gap[along] = apart[i][along] - np.sign(usual[along])
        before, after = origin.sources
        gone = np.float32(i / end)
        before = replace(before, way=before.way + gone * gap)
        after = replace(after, way=after.way - (1 - gone) * gap)
        found[i] = replace(origin, sources=(before, after))
    return found


def _apart(origin: Origin) -> NDArray[np.float32]:
    """[2]: from the first scene to the second, right and down."""
    before, after = origin.sources
    return np.asarray((after.way - before.way).mean(axis=(0, 1)), np.float32)


def least_seen(start: Still, end: Still, way: CameraMove) -> float:
    """How much of the detail that is to be expected is in the middle square on the way, where there
    is the least. It should go evenly from that of `start` to that of `end`; detail is the mean
    squared slope. Of two even pictures it is 1."""
    sides = [_squared_slopes(still) for still in (start, end)]
    if way.startswith("pan"):
        sides = [side.T for side in sides]
    along, across = sides[0].shape
    middle = min(along, across)
    left, top = (along - middle) // 2, (across - middle) // 2
    sides = [side[:, top : top + middle].sum(axis=1) for side in sides]
    if way not in _ONWARDS:
        sides = [side[::-1] for side in sides]
    detail = np.concatenate(sides)
    begins = [left + along * gone // _STEPS for gone in range(_STEPS + 1)]
    seen = np.array([detail[at : at + middle].sum() + 1e-3 for at in begins])
    return float((seen / np.linspace(seen[0], seen[-1], len(seen))).min())


def _squared_slopes(still: Still) -> NDArray[np.float32]:
    """[h w] of the brightness 0..1."""
    width = max(2, round(still.shape[1] * _HEIGHT / still.shape[0]))
    small = cv2.resize(still, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32) / 255
    down, right = np.gradient(luma)
    return np.asarray(down * down + right * right, np.float32)
