"""How strongly something begins in a sound: the loudness that its bands gain (Ellis 2007, section
3.1)."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seine_core.media.sound import SAMPLE_RATE
from seine_core.story.mix.store import StoredSound

RATE = SAMPLE_RATE // 2  # what drums have above 12 kHz tells nothing more
HOP = 256  # samples at RATE between two onsets: 11 ms
_WINDOW = 1024  # samples at RATE of a spectrum
# Seconds that an onset shows late: most when it stands a quarter of the window before its end.
LATE = _WINDOW / 4 / RATE
_BANDS = 48  # on the scale of Mel, as wide at the lowest as two lines of the spectrum
_SILENCE = 1e-8  # of the power of the loudest tone


def onsets(sound: StoredSound, longest: int) -> NDArray[np.float32]:
    """How much louder the bands of a sound are at each hop than at the one before, dB on average:
    [n], of the first `longest` samples.

    Raises:
        BadInput: the sound is damaged.
    """
    window, bands = np.hanning(_WINDOW).astype(np.float32), _bands()
    scale = np.float32((2 / window.sum()) ** 2)
    rest, found = np.zeros(_WINDOW + HOP, np.float32), [np.zeros(0, np.float32)]
    for piece in _halved(sound, longest):
        rest = np.concatenate([rest, piece])
        frames = sliding_window_view(rest, _WINDOW)[::HOP]
        power = np.abs(np.fft.rfft(frames * window)) ** 2 * scale
        loudness = 10 * np.log10(np.maximum(power @ bands, _SILENCE))
        found.append(np.maximum(np.diff(loudness, axis=0), 0).mean(axis=1))
        rest = rest[(len(frames) - 1) * HOP :]  # the last is what the next is compared with
    return np.concatenate(found, dtype=np.float32)


def _bands() -> NDArray[np.float32]:
    """[line of the spectrum, band]: a triangle each, as many lines as it has."""
    hertz = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    mel = 2595 * np.log10(1 + hertz / 700)
    tops = np.linspace(0, mel[-1], _BANDS + 2)
    width = tops[1]
    bands = np.maximum(0, 1 - np.abs(mel[:, None] - tops[None, 1:-1]) / width)
    return (bands / bands.sum(axis=0)).astype(np.float32)


def _halved(sound: StoredSound, longest: int) -> Iterator[NDArray[np.float32]]:
    """The sound in mono at `RATE`, and silence that its last onsets fade into."""
    odd, left = np.zeros(0, np.float32), longest
    for piece in sound.read():
        mono = np.concatenate([odd, piece[:left].mean(axis=1, dtype=np.float32)])
        left -= min(left, len(piece))
        even = len(mono) // 2 * 2
        odd = mono[even:]
        yield mono[:even].reshape(-1, 2).mean(axis=1)
        if not left:
            break
    yield np.zeros(_WINDOW, np.float32)
