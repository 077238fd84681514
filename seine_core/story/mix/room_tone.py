"""The sound that a place has when nothing happens in it, made of the quietest stretch of a take."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.story.mix.store import StoredSound

_SEARCHED = 10 * SAMPLE_RATE  # samples of a take's end in which it is looked for
_STRETCH = 2 * SAMPLE_RATE  # of what the tone is made of
_STEP = SAMPLE_RATE // 10
_GRAIN = SAMPLE_RATE // 2  # samples; each overlaps half of the next
_HOP = _GRAIN // 2


def room_tone(sound: StoredSound, first: int, count: int) -> Sound:
    """`count` samples of it, from a place `first` that may be any number: neighbouring calls go on
    without a join. Grains of the stretch from varied places overlap with equal power, so that it
    does not sound like a loop."""
    source = _quietest(sound)
    result = np.zeros((count, 2), np.float32)
    window = np.sin((np.arange(_GRAIN) + 0.5) * (np.pi / _GRAIN)).astype(np.float32)[:, None]
    for n in range(first // _HOP - 1, (first + count - 1) // _HOP + 1):
        at = n * _HOP - first
        taken = _place(n, len(source) - _GRAIN + 1)
        grain = source[taken : taken + _GRAIN] * window
        a, b = max(0, at), min(count, at + _GRAIN)
        result[a:b] += grain[a - at : b - at]
    return result


def _place(n: int, places: int) -> int:
    return int(np.random.default_rng(abs(2 * n + (n < 0))).integers(places))


@lru_cache(maxsize=8)
def _quietest(sound: StoredSound) -> Sound:
    """The stretch of least power near the end, at least one grain long."""
    pieces, left = [], _SEARCHED
    for piece in sound.read(max(0, sound.samples - _SEARCHED)):
        pieces.append(piece[:left])
        left -= len(pieces[-1])
    tail = np.concatenate(pieces)
    if len(tail) <= _STRETCH:
        return np.pad(tail, ((0, max(0, _GRAIN - len(tail))), (0, 0)), mode="wrap")
    power = _power(tail)
    stretches = np.convolve(power, np.ones(_STRETCH // _STEP), "valid")
    at = int(stretches.argmin()) * _STEP
    return tail[at : at + _STRETCH]


def _power(sound: Sound) -> NDArray[np.float64]:
    """The power of each step."""
    whole = len(sound) // _STEP * _STEP
    steps: NDArray[np.float64] = (
        np.square(sound[:whole], dtype=np.float64).reshape(-1, 2 * _STEP).mean(axis=1)
    )
    return steps
