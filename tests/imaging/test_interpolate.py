"""Frames in between: the given ones exact, the others where the motion puts them."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seine_core.clips import in_memory
from seine_core.imaging.interpolate import interpolate


def texture(seed: int = 0, size: tuple[int, int] = (160, 200)) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((*size, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.clip(128 + smooth / smooth.std() * 50, 0, 255).astype(np.uint8)


def shifted(image: np.ndarray, x: float, y: float = 0.0) -> np.ndarray:
    move = np.array([[1, 0, x], [0, 1, y]], np.float32)
    size = image.shape[1::-1]
    return cv2.warpAffine(image, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


@given(st.integers(1, 6), st.integers(2, 30))
@settings(deadline=None, max_examples=20)
def test_given_frames_come_out_as_they_are(count: int, frames: int) -> None:
    clip = np.random.default_rng(count).integers(0, 256, (count, 16, 20, 3), np.uint8)
    out = in_memory(interpolate(clip, frames))
    assert out.shape == (frames, 16, 20, 3) and out.dtype == np.uint8
    assert (out[0] == clip[0]).all() and (out[-1] == clip[-1]).all()
    for i in range(frames):
        position, rest = divmod(i * (count - 1), frames - 1)
        if rest == 0:
            assert (out[i] == clip[position]).all()


@pytest.mark.parametrize(("x", "y"), [(8.0, 0.0), (-5.0, 6.0)])
def test_what_moves_is_half_way_half_way(x: float, y: float) -> None:
    image = texture()
    clip = np.stack([image, shifted(image, x, y)])
    middle = interpolate(clip, 3)[1].astype(float)
    truth = shifted(image, x / 2, y / 2).astype(float)
    inside = np.s_[16:-16, 16:-16]
    error = np.abs(middle - truth)[inside].mean()
    dissolve = np.abs(clip.astype(float).mean(0) - truth)[inside].mean()
    assert error < 0.2 * dissolve


def test_a_still_clip_stays_still() -> None:
    clip = np.repeat(texture()[None], 3, axis=0)
    assert (in_memory(interpolate(clip, 9)) == clip[0]).all()


def test_unrelated_frames_blend_without_garbage() -> None:
    """No motion to find: half way is half of both, as in a dissolve."""
    a, b = texture(1), np.full_like(texture(1), 250)
    middle = interpolate(np.stack([a, b]), 3)[1]
    assert abs(middle.mean() - (a.mean() + 250) / 2) < 3


def test_twice_the_same_bytes() -> None:
    clip = np.stack([texture(1), texture(2), texture(3)])
    once, again = (in_memory(interpolate(clip, 11)) for _ in range(2))
    assert once.tobytes() == again.tobytes()
