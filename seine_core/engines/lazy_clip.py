"""A clip whose frames are made when they are asked for, so that it need not fit into memory."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from seine_core.clips import Still


class LazyClip(Sequence[Still]):
    """`make(i)` gives frame i, from 0; a slice makes none."""

    def __init__(self, frames: int | range, make: Callable[[int], Still]) -> None:
        self._at = range(frames) if isinstance(frames, int) else frames
        self._make = make

    def __len__(self) -> int:
        return len(self._at)

    @overload
    def __getitem__(self, i: int) -> Still: ...
    @overload
    def __getitem__(self, i: slice) -> "LazyClip": ...
    def __getitem__(self, i: int | slice) -> "Still | LazyClip":
        if isinstance(i, slice):
            return LazyClip(self._at[i], self._make)
        return self._make(self._at[i])

    def __iter__(self) -> Iterator[Still]:
        return map(self._make, self._at)
