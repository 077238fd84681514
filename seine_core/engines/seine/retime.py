"""A small clip between two given frames, told at other moments than those that it was made at."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Frames, LazyClip, Still
from seine_core.imaging.warp import Field
from seine_core.pipeline.origins import Origin, Source

_LEAST = 1e-4  # a share that is as good as none
_RAMP = 0.1  # of the clip, at either end, in which it gets up speed or loses it


def gently(frames: int) -> NDArray[np.float64]:
    """[frames] moments 0..1 of a way that is begun and ended slowly and is even in between: its
    speed rises and falls as a cosine does."""
    u = np.linspace(0, 1, frames)
    near = np.minimum(u, 1 - u)
    rising = near / 2 - _RAMP / (2 * np.pi) * np.sin(np.pi * near / _RAMP)
    way = np.where(near < _RAMP, rising, near - _RAMP / 2) / (1 - _RAMP)
    return np.where(u < 0.5, way, 1 - way)


def retimed(
    small: Frames, origins: Mapping[int, Origin], moments: NDArray[np.float64]
) -> tuple[LazyClip, Mapping[int, Origin]]:
    """`small` [f h w 3], of which the first and the last frame are given and the `origins` of the
    others known, at `moments` [n] 0..1, from 0 to 1: [n h w 3] and the origins of all but its own
    first and last frame, made when they are asked for. The ways to the given frames go on evenly
    between two frames."""
    last, end = len(small) - 1, len(moments) - 1
    between = [origins[i] for i in range(1, last)]
    # [f h w 2] to the first frame; to the last one it is the same with time reversed.
    first_ways = _with_ends([origin.sources[0].flow for origin in between])
    last_ways = _with_ends([origin.sources[1].flow for origin in between[::-1]])[::-1]
    odds = _carried_on([_log_odds(origin.sources[1].weight) for origin in between])
    variances = np.stack([origin.variance for origin in between])
    variances = np.pad(variances, [(1, 1), (0, 0), (0, 0)])
    places = moments * last

    def frame(i: int) -> Still:
        return mixed(small, places[i])

    def origin(i: int) -> Origin:
        at = places[i]
        share = _logistic(_at(odds, at))  # so that an edge which moves on stays one edge
        before = Source(at=0, flow=_at(first_ways, at), weight=1 - share)
        after = Source(at=end, flow=_at(last_ways, at), weight=share)
        return Origin(sources=(before, after), variance=_at(variances, at))

    return LazyClip(len(moments), frame), LazyOrigins(range(1, end), origin)


def mixed(small: Frames, at: float) -> Still:
    """[h w 3] the frame at a place among those of a clip."""
    return np.asarray(np.rint(_at(small, at)), np.uint8)


class LazyOrigins(Mapping[int, Origin]):
    """Those of the frames `at`, each told when it is asked for."""

    def __init__(self, at: range, tell: Callable[[int], Origin]) -> None:
        self._at, self._tell = at, tell

    def __getitem__(self, i: int) -> Origin:
        if i not in self._at:
            raise KeyError(i)
        return self._tell(i)

    def __contains__(self, i: object) -> bool:
        return i in self._at

    def __iter__(self) -> Iterator[int]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)


def _with_ends(ways: list[Field]) -> NDArray[np.float32]:
    """Ways [h w 2] with that of the frame that they lead to, which is none, before them, and one
    more behind them."""
    ways = [np.zeros_like(ways[0]), *ways]
    return np.stack([*ways, _next(ways)])


def _carried_on(fields: list[Field]) -> NDArray[np.float32]:
    """`fields` with one more at either end."""
    return np.stack([_next(fields[::-1]), *fields, _next(fields)])


def _next(fields: list[Field]) -> Field:
    """As far on as the last one is from the one before it, if there is one."""
    return 2 * fields[-1] - fields[max(-2, -len(fields))]


def _log_odds(share: NDArray[np.float32]) -> NDArray[np.float32]:
    share = np.clip(share, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(share / (1 - share)), np.float32)


def _logistic(odds: Field) -> Field:
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def _at(frames: NDArray[np.generic], at: float) -> Field:
    """The one at a place among `frames` [f …], mixed of its neighbours."""
    left = min(int(at), len(frames) - 2)
    one, other = (frames[i].astype(np.float32) for i in (left, left + 1))
    return np.asarray(one + (other - one) * np.float32(at - left), np.float32)
