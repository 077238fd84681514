"""What is passed around everywhere: stills, clips, and how the work on one is reported."""

from collections.abc import Callable, Iterator
from typing import Protocol, overload

import numpy as np
from numpy.typing import NDArray

Still = NDArray[np.uint8]  # RGB [h w 3]
Frames = NDArray[np.uint8]  # RGB [f h w 3]: a clip that is all in memory


class Clip(Protocol):
    """A sequence of stills of one size. `Frames`, lists and tuples of stills and `LazyClip` are
    clips; a still that comes out of one is not written to."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Still]: ...
    @overload
    def __getitem__(self, at: int, /) -> Still: ...
    @overload
    def __getitem__(self, at: slice, /) -> "Clip": ...


class LazyClip:
    """A clip whose frames are drawn when they are asked for, so that it need not fit into memory:
    `draw(i)` gives frame i, from 0. A slice draws none."""

    def __init__(self, frames: int | range, draw: Callable[[int], Still]) -> None:
        self._at = range(frames) if isinstance(frames, int) else frames
        self._draw = draw

    def __len__(self) -> int:
        return len(self._at)

    def __iter__(self) -> Iterator[Still]:
        return map(self._draw, self._at)

    @overload
    def __getitem__(self, at: int) -> Still: ...
    @overload
    def __getitem__(self, at: slice) -> "LazyClip": ...
    def __getitem__(self, at: int | slice) -> "Still | LazyClip":
        if isinstance(at, slice):
            return LazyClip(self._at[at], self._draw)
        return self._draw(self._at[at])


def in_memory(clip: Clip) -> Frames:
    """All frames of a clip, [f h w 3]."""
    return clip if isinstance(clip, np.ndarray) else np.stack(list(clip))


class Report(Protocol):
    """Called as a clip is made. Raises `RenderCancelled` to stop it."""

    def __call__(self, fraction: float, preview: Still | None = None) -> None:
        """`fraction` of the clip is done, 0..1; `preview` is a frame to show meanwhile."""


def silent(*_: object, **__: object) -> None:
    """Any report, for a caller who does not listen."""
