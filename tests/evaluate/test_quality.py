import numpy as np
import pytest

from seine_core.errors import BadInput
from seine_core.evaluate.quality import (
    BEST_PSNR,
    SIDE,
    comparable,
    gradient_power,
    psnr,
    transition_quality,
)


def textured(seed: int, height: int = 64, width: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def crossfade(start: np.ndarray, end: np.ndarray, frames: int) -> np.ndarray:
    weights = np.linspace(0, 1, frames)[:, None, None, None]
    return np.round(start * (1 - weights) + end * weights).astype(np.uint8)


def test_identical_pictures_have_the_best_psnr_and_noise_lowers_it():
    picture = comparable(textured(0))
    noise = np.random.default_rng(1).standard_normal((SIDE, SIDE)).astype(np.float32)
    values = [psnr(picture + amount * noise, picture) for amount in (0, 0.01, 0.1)]
    assert values[0] == BEST_PSNR
    assert values[0] > values[1] > values[2]


def test_psnr_by_hand():
    black = np.zeros((SIDE, SIDE), np.float32)
    assert psnr(black + 0.1, black) == pytest.approx(20, abs=1e-3)


def test_gradient_power_by_hand():
    # A slope of 0.001 a pixel across and none down.
    slope = np.tile(np.arange(SIDE, dtype=np.float32) * 0.001, (SIDE, 1))
    assert gradient_power(slope) == pytest.approx(0.5e-6, rel=1e-3)


def test_an_even_walk_between_flat_stills_by_hand():
    start, end = (np.full((32, 32, 3), value, np.uint8) for value in (0, 200))
    figures = transition_quality(start, end, crossfade(start, end, 5))
    assert figures.motion == pytest.approx(50 / 255, rel=1e-4)
    assert figures.motion_ratio == pytest.approx(1, rel=1e-4)
    assert figures.evenness == pytest.approx(1, rel=1e-4)
    assert figures.detail == 1


def test_a_cut_is_as_uneven_as_can_be():
    start, end = textured(0), textured(1)
    figures = transition_quality(start, end, np.stack([start] * 6 + [end] * 6))
    assert figures.evenness == pytest.approx(11)
    assert figures.detail == pytest.approx(1, rel=0.1)


def test_a_crossfade_of_unrelated_scenes_loses_half_the_detail():
    start, end = textured(0), textured(1)
    figures = transition_quality(start, end, crossfade(start, end, 9))
    assert figures.detail == pytest.approx(0.5, abs=0.1)
    assert figures.start_psnr == figures.end_psnr == BEST_PSNR


def test_a_still_clip_is_perfect_and_motionless():
    still = textured(0)
    figures = transition_quality(still, still, np.stack([still] * 4))
    assert (figures.motion, figures.evenness, figures.motion_ratio) == (0, 1, 1)
    assert figures.detail == 1


def test_the_middle_square_counts():
    image = textured(0, 48, 80)
    assert np.array_equal(comparable(image), comparable(image[:, 16:64]))


def test_one_frame_is_no_transition():
    still = textured(0)
    with pytest.raises(BadInput, match="two frames"):
        transition_quality(still, still, still[None])
