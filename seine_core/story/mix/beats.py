"""Where the beats of a music are: dynamic programming over its onsets (Ellis, "Beat Tracking by
Dynamic Programming", 2007).

A sound is looked at in parts, so memory is flat in its length; only its onsets and its tempo are
those of the whole.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seine_core.files.atomic import write_atomically
from seine_core.media.sound import SAMPLE_RATE
from seine_core.story.mix.onsets import HOP, LATE, RATE, onsets
from seine_core.story.mix.store import StoredSound

Beats = NDArray[np.float64]  # [n], seconds of the file, in order

_FILE = "beats-2"  # beside the sound; another number when they are found otherwise
_LONGEST = 20 * 60 * SAMPLE_RATE  # samples that are looked at; more is no music to cut to
_NEAR = 5  # hops to either side in which a beat is looked for again
_WEAK = 0.1  # of the usual onset at a beat: the music has not begun, or is over
_SPAN = 384  # onsets whose tempo is looked for together, 4 s
_USUAL = 0.5  # seconds between two beats that most music is near to,
_SPREAD = 1.0  # in octaves
_SHORTEST = 0.19  # seconds between two beats: 320 a minute
_EVEN = 100.0  # what a pause costs that is not the usual one, by the square of its logarithm


def find_beats(sound: StoredSound) -> Beats:
    """The beats of a sound, none of one without rhythm. Takes seconds the first time, then they are
    kept beside the sound.

    Raises:
        BadInput: the sound is damaged.
        OSError: the beats cannot be kept.
    """
    if (known := known_beats(sound)) is not None:
        return known
    found = _tracked(onsets(sound, _LONGEST))
    write_atomically(sound.folder / _FILE, found.tobytes())
    return found


def known_beats(sound: StoredSound) -> Beats | None:
    """The beats if they were looked for before."""
    try:
        data = (sound.folder / _FILE).read_bytes()
    except OSError:
        return None
    return np.frombuffer(data, np.float64) if len(data) % 8 == 0 else None


def _tracked(strengths: NDArray[np.float32]) -> Beats:
    period = _period(strengths)
    if not period:
        return np.zeros(0)
    frames, peaks = _on_onsets(_even_path(strengths, period), strengths)
    heard = np.flatnonzero(peaks > _WEAK * np.median(peaks))
    frames = frames[heard[0] : heard[-1] + 1] if len(heard) else frames[:0]
    times: Beats = frames * HOP / RATE - LATE
    return times[times >= 0]


def _period(strengths: NDArray[np.float32]) -> int:
    """How many onsets lie between two beats, 0 of a sound without any: where the correlation of the
    onsets with themselves is largest, weighted by what is usual (equations 6 and 7)."""
    spans = sliding_window_view(np.pad(strengths, (0, _SPAN)), _SPAN)[:: _SPAN // 4]
    windowed = spans[spans.any(axis=1)] * np.hanning(_SPAN)
    spectra = np.abs(np.fft.rfft(windowed, 2 * _SPAN)) ** 2
    alike = np.fft.irfft(spectra)[:, :_SPAN]
    lags = np.arange(_SPAN)
    first = round(_SHORTEST * RATE / HOP)
    octaves = np.log2(np.maximum(lags, 1) * HOP / RATE / _USUAL)
    usual = np.exp(-0.5 * (octaves / _SPREAD) ** 2)
    power = alike[:, :1]
    score = (alike / np.where(power > 0, power, 1)).sum(axis=0) * usual
    return first + int(score[first:].argmax()) if score[first:].max(initial=0) > 0 else 0


def _even_path(strengths: NDArray[np.float32], period: int) -> NDArray[np.int64]:
    """The onsets that are strong and `period` apart from each other, as well as both can be had
    (equations 1 and 4). All whose nearest predecessors are known are looked at together."""
    width = np.arange(-period, period + 1) * 32 / period
    near = np.convolve(strengths, np.exp(-0.5 * width**2), mode="same")
    near = near[: len(strengths)] / max(float(strengths.std()), 1e-9)
    least, most = max(1, period // 2), 2 * period
    cost = _EVEN * np.log(np.arange(most, least - 1, -1) / period) ** 2
    best = np.zeros(most + len(near))  # of a path that ends here, after what was never heard
    before = np.full(len(near), -1)
    for begin in range(0, len(near), least):
        end = min(begin + least, len(near))
        paths = sliding_window_view(best[begin : end + most - least], most - least + 1) - cost
        chosen = paths.argmax(axis=1)
        gained = paths[np.arange(end - begin), chosen]
        best[most + begin : most + end] = near[begin:end] + np.maximum(gained, 0)
        at = np.arange(begin, end) - most + chosen
        before[begin:end] = np.where((gained > 0) & (at >= 0), at, -1)
    frame = len(near) - period + int(best[-period:].argmax())
    path = []
    while frame >= 0:
        path.append(frame)
        frame = int(before[frame])
    return np.array(path[::-1])


def _on_onsets(
    frames: NDArray[np.int64], onsets: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Each beat at the strongest onset near it, between two hops, and how strong that is: the
    tracker keeps an even pace, and is a little beside what one hears."""
    padded = np.pad(onsets, _NEAR + 1)
    around = np.stack([padded[n + 1 : n + 2 + 2 * _NEAR] for n in frames])
    best = around.argmax(axis=1)
    at = frames + best + 1  # in `padded`, where an onset has neighbours
    before, peak, after = padded[at - 1], padded[at], padded[at + 1]
    bend = 2 * peak - before - after
    is_peak = (peak > before) & (peak >= after)
    aside = np.where(is_peak, (after - before) / np.where(is_peak, 2 * bend, 1), 0)
    return np.where(is_peak, at - _NEAR - 1 + aside, frames), peak
