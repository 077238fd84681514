"""Peaks held under a limit, as they will be between the samples too.

True peaks are estimated at four times the rate, as ITU-R BS.1770-5, annex 2, has it. The gain at a
sample depends on the few milliseconds around it alone, so that a film can be mixed from anywhere.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seine_core.media.sound import SAMPLE_RATE, Sound

CEILING = 10 ** (-1.5 / 20)  # half a decibel below what is promised, for what an encoder adds
_HOLD = SAMPLE_RATE // 400  # samples to either side that a peak holds the gain down
_SMOOTH = SAMPLE_RATE // 400  # samples to either side that the gain takes to get there
_TAPS = 12  # to either side of the filter between the samples
MARGIN = _HOLD + _SMOOTH + _TAPS  # samples to either side that the gain depends on


def limited(sound: Sound, gain: float = 1.0) -> Sound:
    """[n 2] times `gain`, with true peaks of at most `CEILING`; `MARGIN` samples shorter at both
    ends."""
    sound = sound * np.float32(gain)
    inner = sound[MARGIN:-MARGIN]
    if np.abs(sound, dtype=np.float32).max(initial=0) < CEILING / 2:  # no peak between is twice it
        return inner
    peaks = _true_peaks(sound)
    wanted = np.minimum(1, CEILING / np.maximum(peaks, CEILING))
    if wanted.min() == 1:
        return inner
    held = sliding_window_view(wanted, 2 * _HOLD + 1).min(axis=1)
    weights = np.hanning(2 * _SMOOTH + 3)[1:-1]
    smooth = np.convolve(held, weights / weights.sum(), "valid")
    result: Sound = inner * smooth.astype(np.float32)[:, None]
    return result


def _true_peaks(sound: Sound) -> NDArray[np.float64]:
    """The greatest amplitude of both channels around each sample; `_TAPS` fewer at both ends."""
    n = np.arange(-_TAPS, _TAPS + 1)
    peaks = np.abs(sound[_TAPS:-_TAPS]).max(axis=1).astype(np.float64)
    for phase in (0.25, 0.5, 0.75):
        window = np.cos(np.pi * (n - phase) / (2 * _TAPS + 2)) ** 2
        taps = (np.sinc(n - phase) * window)[::-1]
        for channel in sound.T:
            between = np.abs(np.convolve(channel.astype(np.float64), taps, "valid"))
            peaks = np.maximum(peaks, between)
    return peaks
