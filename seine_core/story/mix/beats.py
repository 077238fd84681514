"""Where the beats of a music are: dynamic programming over its onsets (Ellis 2007, by librosa).

A sound is looked at in parts, so memory is flat in its length; only its onsets and its tempo are
those of the whole.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seine_core.files.atomic import write_atomically
from seine_core.media.sound import SAMPLE_RATE
from seine_core.story.mix.store import StoredSound

Beats = NDArray[np.float64]  # [n], seconds of the file, in order

_FILE = "beats-1"  # beside the sound; another number when they are found otherwise
_LONGEST = 20 * 60 * SAMPLE_RATE  # samples that are looked at; more is no music to cut to
_RATE = SAMPLE_RATE // 2  # what drums have above 12 kHz tells nothing more
_HOP = 256  # samples at _RATE between two values of the onsets: 11 ms
_WINDOW = 1024  # samples at _RATE of a spectrum
_SILENCE = 1e-4  # of a spectrum's power, some 80 dB below a loud music
_NEAR = 5  # hops to either side in which a beat is looked for again
_WEAK = 0.1  # of the usual onset at a beat: the music has not begun, or is over
_MARGIN = 32 * 2 * _HOP  # samples to either side that an onset depends on
_PART = 2048 * 2 * _HOP  # samples, 22 s
_SPAN = 2048  # onsets whose tempo is looked for together


def find_beats(sound: StoredSound) -> Beats:
    """The beats of a sound, none of one without rhythm. Takes seconds the first time, then they are
    kept beside the sound.

    Raises:
        BadInput: the sound is damaged.
        OSError: the beats cannot be kept.
    """
    if (known := known_beats(sound)) is not None:
        return known
    found = _tracked(_onsets(sound))
    write_atomically(sound.folder / _FILE, found.tobytes())
    return found


def known_beats(sound: StoredSound) -> Beats | None:
    """The beats if they were looked for before."""
    try:
        data = (sound.folder / _FILE).read_bytes()
    except OSError:
        return None
    return np.frombuffer(data, np.float64) if len(data) % 8 == 0 else None


def _tracked(onsets: NDArray[np.float32]) -> Beats:
    import librosa

    if not onsets.any():
        return np.zeros(0)
    spans = [onsets[k : k + _SPAN] for k in range(0, len(onsets), _SPAN)]
    grams = [
        librosa.feature.tempogram(onset_envelope=span, sr=_RATE, hop_length=_HOP).sum(axis=1)
        for span in spans
    ]
    whole = np.sum(grams, axis=0)[:, None] / len(onsets)
    tempo = librosa.feature.tempo(tg=whole, sr=_RATE, hop_length=_HOP)
    _, tracked = librosa.beat.beat_track(
        onset_envelope=onsets, bpm=tempo, sr=_RATE, hop_length=_HOP, trim=False
    )
    frames, strengths = _on_onsets(np.asarray(tracked), onsets)
    heard = np.flatnonzero(strengths > _WEAK * np.median(strengths))
    frames = frames[heard[0] : heard[-1] + 1] if len(heard) else frames[:0]
    # An onset shows most when it stands halfway up the window of a spectrum.
    times: Beats = (frames * _HOP - _WINDOW / 4) / _RATE
    return times[times >= 0]


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


def _onsets(sound: StoredSound) -> NDArray[np.float32]:
    """How strongly something begins at each hop: [n]."""
    import librosa

    aside, found = _MARGIN // 2 // _HOP, [np.zeros(0, np.float32)]
    framing: dict[str, Any] = {"sr": _RATE, "n_fft": _WINDOW, "hop_length": _HOP}
    for part in _parts(sound):
        power = librosa.feature.melspectrogram(y=part, **framing)
        loudness = librosa.power_to_db(power, amin=_SILENCE, top_db=None)
        found.append(librosa.onset.onset_strength(S=loudness, **framing)[aside : -aside - 1])
    return np.concatenate(found, dtype=np.float32)


def _parts(sound: StoredSound) -> Iterator[NDArray[np.float32]]:
    """The sound in mono at `_RATE` in parts, each with a margin of its neighbours."""
    rest, left = np.zeros(_MARGIN, np.float32), _LONGEST
    for piece in sound.read():
        mono = piece[:left].mean(axis=1)
        rest, left = np.concatenate([rest, mono]), left - len(mono)
        while len(rest) >= _PART + 2 * _MARGIN:
            yield _halved(rest[: _PART + 2 * _MARGIN])
            rest = rest[_PART:]
        if not left:
            break
    if len(rest) > _MARGIN:
        yield _halved(np.pad(rest, (0, _MARGIN + len(rest) % 2)))


def _halved(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return sound.reshape(-1, 2).mean(axis=1)
