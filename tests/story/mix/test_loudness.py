"""Loudness, beside another implementation of ITU-R BS.1770."""

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from made_sounds import RATE, rms, tone
from seine_core.story.mix.loudness import gain_to, integrated_lufs


def noise(seconds: float, amplitude: float) -> NDArray[np.float64]:
    uniform = np.random.default_rng(3).uniform(-amplitude, amplitude, (round(seconds * RATE), 2))
    return uniform


def music(seconds: float) -> NDArray[np.float64]:
    """Chords that come and go, louder on the left, with a pause that the gate leaves out."""
    parts = [tone(seconds, hertz, 0.08) for hertz in (110, 277, 440, 1320, 5000)]
    sound = np.sum(parts, axis=0) * (0.6 + 0.4 * np.sin(np.arange(len(parts[0])) / RATE * 3))
    sound[len(sound) // 3 : len(sound) // 2] *= 1e-3
    return np.stack([sound, 0.5 * sound], axis=1)


@pytest.mark.parametrize("sound", [noise(12, 0.3), noise(12, 0.004), music(20)])
def test_loudness_is_that_of_the_standard(sound: NDArray[np.float64]) -> None:
    blocks = [sound[k : k + RATE].astype(np.float32) for k in range(0, len(sound), RATE)]
    expected = pyloudnorm.Meter(RATE).integrated_loudness(sound)
    assert integrated_lufs(blocks) == pytest.approx(expected, abs=0.1)


def test_a_gain_brings_it_to_its_target() -> None:
    sound = noise(12, 0.02)
    gain = gain_to("broadcast", integrated_lufs([sound.astype(np.float32)]))
    assert pyloudnorm.Meter(RATE).integrated_loudness(sound * gain) == pytest.approx(-23, abs=0.1)
    assert rms(sound * gain) > rms(sound)
