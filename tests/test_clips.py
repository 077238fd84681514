"""A lazy clip is a clip: what a list of its frames does, it does without drawing the others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seine_core.clips import Clip, LazyClip, Still, in_memory


def still(n: int) -> Still:
    return np.full((2, 2, 3), n, np.uint8)


def shades(clip: Clip) -> list[int]:
    return [int(frame[0, 0, 0]) for frame in clip]


bounds = st.none() | st.integers(-12, 12)


@given(st.integers(0, 9), bounds, bounds, bounds.filter(lambda step: step != 0))
def test_slices_are_those_of_a_list(frames: int, start: int, stop: int, step: int) -> None:
    clip, part = LazyClip(frames, still), slice(start, stop, step)
    assert len(clip[part]) == len(range(frames)[part])
    assert shades(clip[part]) == list(range(frames))[part]
    assert shades(clip[part][1:]) == list(range(frames))[part][1:]


def test_only_what_is_asked_for_is_drawn() -> None:
    drawn: list[int] = []

    def draw(n: int) -> Still:
        drawn.append(n)
        return still(n % 256)

    clip = LazyClip(1_000_000, draw)[10:-10]
    assert drawn == []
    assert shades([clip[0], clip[-1]]) == [10, 999_989 % 256]
    assert drawn == [10, 999_989]


def test_a_clip_in_memory_is_an_array() -> None:
    clip = in_memory(LazyClip(range(3, 5), still))
    assert clip.shape == (2, 2, 2, 3) and shades(clip) == [3, 4]
    assert in_memory(clip) is clip
