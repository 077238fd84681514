"""A small clip between two given frames, told at other moments than those that it was made at."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from seine_core.engines.protocol import Clip
from seine_core.engines.warp import Field
from seine_core.origins import Origin, Source

_RAMP = 0.2  # of the clip, at either end, in which it gets up speed or loses it


def gently(frames: int) -> NDArray[np.float64]:
    """[frames] moments 0..1 of a way that is begun and ended slowly and is even in between: its
    speed rises and falls as a cosine does."""
    u = np.linspace(0, 1, frames)
    near = np.minimum(u, 1 - u)
    rising = near / 2 - _RAMP / (2 * np.pi) * np.sin(np.pi * near / _RAMP)
    way = np.where(near < _RAMP, rising, near - _RAMP / 2) / (1 - _RAMP)
    return np.where(u < 0.5, way, 1 - way)


def retimed(
    small: Clip, origins: Mapping[int, Origin], moments: NDArray[np.float64]
) -> tuple[Clip, dict[int, Origin]]:
    """`small` [f h w 3], of which the first and the last frame are given and the `origins` of the
    others known, at `moments` [n] 0..1, from 0 to 1: [n h w 3] and the origins of all but its own
    first and last frame. The ways to the given frames go on evenly between two frames."""
    last, end = len(small) - 1, len(moments) - 1
    between = [origins[i] for i in range(1, last)]
    # [f h w 2] to the first frame; to the last one it is the same with time reversed.
    first_ways = _with_ends([origin.sources[0].way for origin in between])
    last_ways = _with_ends([origin.sources[1].way for origin in between[::-1]])[::-1]
    shares = np.stack([origin.sources[1].share for origin in between])
    shares = np.concatenate([shares[:1] * 0, shares, shares[:1] * 0 + 1])
    variances = np.stack([origin.variance for origin in between])
    variances = np.pad(variances, [(1, 1), (0, 0), (0, 0)])

    frames = np.empty((len(moments), *small.shape[1:]), np.uint8)
    found = {}
    for i, at in enumerate(moments * last):
        frames[i] = np.rint(_at(small, at))
        if 0 < i < end:
            share = _at(shares, at)
            before = Source(at=0, way=_at(first_ways, at), share=1 - share)
            after = Source(at=end, way=_at(last_ways, at), share=share)
            found[i] = Origin(sources=(before, after), variance=_at(variances, at))
    return frames, found


def _with_ends(ways: list[Field]) -> NDArray[np.float32]:
    """Ways [h w 2] with that of the frame that they lead to, which is none, before them, and one
    more, as far on as the last is from the one before it."""
    before = ways[-2] if len(ways) > 1 else np.zeros_like(ways[-1])
    return np.stack([np.zeros_like(ways[0]), *ways, 2 * ways[-1] - before])


def _at(frames: NDArray[np.generic], at: float) -> Field:
    """The one at a place among `frames` [f …], mixed of its neighbours."""
    left = min(int(at), len(frames) - 2)
    one, other = (frames[i].astype(np.float32) for i in (left, left + 1))
    return np.asarray(one + (other - one) * np.float32(at - left), np.float32)
