"""A story's clip as a model makes it, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seine_core.engines.native_clip import Native, clip_at, pinned
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.video.ltx import LTX
from seine_core.engines.video.wan import WAN


@given(
    width=st.integers(16, 4096),
    height=st.integers(16, 4096),
    fps=st.integers(1, 120),
    steps=st.integers(1, 500),
    native=st.sampled_from([use.native for use in (*WAN.uses.values(), *LTX.uses.values())]),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_native_clips_are_what_the_model_can_make(
    width: int, height: int, fps: int, steps: int, native: Native
) -> None:
    asked = ClipSpec(frames=2, width=width, height=height, fps=fps)
    w, h = native.size(asked)
    assert w % native.multiple == h % native.multiple == 0 < w * h
    if 1 / 3 < width / height < 3:
        assert native.area / 5 < w * h < native.area * 1.2
        assert abs(np.log(w / h) - np.log(width / height)) < 0.15
    frames = native.frames(steps)
    assert frames % native.stride == 1 and native.stride < frames <= native.max_frames
    assert frames > min(steps, native.max_frames - 1)


@pytest.mark.parametrize(
    ("clip", "fps", "read"),
    [(40, 24, 17), (17, 24, 17), (16, 24, 9), (8, 24, 1), (17, 60, 9), (9, 60, 1)],
)
def test_how_much_of_a_clip_ltx_reads(clip: int, fps: int, read: int) -> None:
    frames = np.stack([np.full((16, 16, 3), n, np.uint8) for n in range(clip)])
    asked = ClipSpec(frames=2, width=64, height=64, fps=fps)
    context = LTX.uses["extend"].native.context(frames, asked, 17)
    assert len(context) == read and np.array_equal(context[-1], frames[-1])
    if fps == 24:
        assert np.array_equal(context, frames[-read:])


def test_a_shift_of_colour_is_taken_back() -> None:
    true = np.stack([np.full((16, 16, 3), 100 + n, np.uint8) for n in range(9)])
    made = true + 7
    back = np.stack(list(pinned(made, {0: true[:1], 8: true[8:]})))
    assert np.array_equal(back, true)
    far = np.stack(list(pinned(np.zeros_like(true), {0: true[:1]})))
    assert np.array_equal(far[0], true[0]) and (far[1:] == 16).all()


def test_resized_there_and_back() -> None:
    smooth = np.linspace(0, 255, 96)[None, :, None] * np.ones((64, 1, 3))
    clip = smooth.astype(np.uint8)[None]
    there = clip_at(clip, 48, 32)
    assert there.shape == (1, 32, 48, 3)
    assert np.abs(clip_at(there, 96, 64).astype(int) - clip).max() <= 6
