"""A small clip at the story's size: the detail of the given scenes, carried along the motion that
is found in the small clip.

Each frame is followed back to the given frames on both sides of it, step by step along dense flow.
Where the way is sure, the frame is the given scene moved there, in the light that the small clip
has; where it is not, for something new has come into sight, it is the small frame enlarged. The
given frames themselves come out untouched.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from seine_core.engines.interpolate import Flow, agreement, sample
from seine_core.engines.protocol import Clip, Still
from seine_core.engines.warp import Field, resized

_GRAIN = 1.2  # pixels of the small frame
_LIGHT = 5.0  # pixels of the small frame: what is wider than this counts as light, not as detail
_MISMATCH = 8.0  # code values by which detail may differ before it is held to be another thing


@dataclass(frozen=True, kw_only=True)
class _Way:
    """How a frame lies in a given one."""

    flow: Flow  # [h w 2] in pixels of the small clip, from the frame to the given one
    trust: Field  # [h w] 0..1


def carried(small: Clip, given: dict[int, Clip]) -> Clip:
    """[f H W 3] of a clip [f h w 3], with the frames that `given` names by position at their full
    size [n H W 3], of which there is at least one."""
    full = {at + i: still for at, clip in given.items() for i, still in enumerate(clip)}
    height, width = next(iter(full.values())).shape[:2]
    ways = {at: _ways(small, at, full) for at in full}
    out = np.empty((len(small), height, width, 3), np.uint8)
    for i, frame in enumerate(small):
        if i in full:
            out[i] = full[i]
            continue
        near = [at for at in ways if i in ways[at]]
        shown = _enlarged(frame, height, width)
        weights = _shares([ways[at][i].trust for at in near], [abs(at - i) for at in near])
        for at, weight in zip(near, weights, strict=True):
            moved = _moved(frame, small[at], full[at], ways[at][i].flow)
            shown += (moved - _enlarged(frame, height, width)) * _large(weight, height, width)
        out[i] = np.rint(np.clip(shown, 0, 255))
    return out


def _ways(small: Clip, at: int, given: dict[int, Still]) -> dict[int, _Way]:
    """The ways to the given frame `at` of the frames on both sides of it, up to the next given."""
    found: dict[int, _Way] = {}
    for side in (1, -1):
        forth = back = np.zeros((*small.shape[1:3], 2), np.float32)
        i = at + side
        while 0 <= i < len(small) and i not in given:
            # Begun with the way of the frame before, for what is far is not found at once.
            step, home = _flow(small[i], small[i - side]), _flow(small[i - side], small[i])
            forth = _flow(small[i], small[at], step + sample(forth, step))
            back = _flow(small[at], small[i], back + sample(home, back))
            found[i] = _Way(flow=forth, trust=_trust(small[i], small[at], forth, back))
            i += side
    return found


def _flow(a: Still, b: Still, first: Flow | None = None) -> Flow:
    """[h w 2]: where each pixel of `a` lies in `b`; sought around `first`."""
    if min(a.shape[:2]) < 16:  # too small for the patches of the search
        return np.zeros((*a.shape[:2], 2), np.float32)
    grey = [cv2.cvtColor(still, cv2.COLOR_RGB2GRAY) for still in (a, b)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    begun = np.zeros((*grey[0].shape, 2), np.float32) if first is None else first.copy()
    return np.asarray(search.calc(grey[0], grey[1], begun), np.float32)


def _trust(frame: Still, given: Still, forth: Flow, back: Flow) -> Field:
    """Where going there and back ends where it began, and both show the same, but for the light."""
    there = sample(given.astype(np.float32), forth)
    differ = np.abs(_detail(frame.astype(np.float32)) - _detail(there)).mean(2)
    same = np.exp(-np.square(cv2.GaussianBlur(differ, (0, 0), 1.0) / _MISMATCH))
    y, x = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]].astype(np.float32)
    x, y = x + forth[..., 0], y + forth[..., 1]
    inside = (x > -0.5) & (x < frame.shape[1] - 0.5) & (y > -0.5) & (y < frame.shape[0] - 0.5)
    return cv2.GaussianBlur(agreement(forth, back) * same * inside.astype(np.float32), (0, 0), 1.0)


def _shares(trusts: list[Field], distances: list[int]) -> list[Field]:
    """How much of a frame each given scene makes: as much as the surest is trusted, in all; more of
    it the nearer and the surer."""
    if not trusts:
        return []
    wanted = [trust**2 / distance for trust, distance in zip(trusts, distances, strict=True)]
    total = np.maximum(np.sum(wanted, axis=0), 1e-6)
    surest = np.max(trusts, axis=0)
    return [one / total * surest for one in wanted]


def _moved(frame: Still, small: Still, full: Still, flow: Flow) -> Field:
    """The scene `full` as it lies in `frame`, in the frame's light."""
    height, width = full.shape[:2]
    there = sample(small.astype(np.float32), flow)
    light = cv2.GaussianBlur(frame.astype(np.float32) - there, (0, 0), _LIGHT)
    scale = np.array([width / frame.shape[1], height / frame.shape[0]], np.float32)
    large = sample(full.astype(np.float32), resized(flow, height, width) * scale)
    return large + resized(light, height, width)


def _detail(image: Field) -> Field:
    """Without the light, and without the grain, which no small model gets right."""
    return cv2.GaussianBlur(image, (0, 0), _GRAIN) - cv2.GaussianBlur(image, (0, 0), _LIGHT)


def _enlarged(frame: Still, height: int, width: int) -> Field:
    return cv2.resize(frame.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def _large(weight: Field, height: int, width: int) -> Field:
    return resized(weight, height, width)[..., None]
