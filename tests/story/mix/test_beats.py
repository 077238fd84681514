"""Beats of sounds whose rhythm is known."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from made_sounds import RATE, clicks, tone, write_sound
from seine_core.story.disk.media_store import Media
from seine_core.story.mix import beats
from seine_core.story.mix.beats import find_beats, known_beats
from seine_core.story.mix.onsets import onsets
from seine_core.story.mix.store import SoundStore, StoredSound


def stored(folder: Path, sound: NDArray[np.float64]) -> StoredSound:
    return SoundStore(folder / "sounds").get(Media.of(write_sound(folder / "a.wav", sound)))


def drums(seconds: int, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bursts of noise that decay, over a chord that swells."""
    burst = np.random.default_rng(0).uniform(-0.5, 0.5, 2400) * np.exp(-np.arange(2400) / 400)
    sound = (tone(seconds, 220, 0.03) + tone(seconds, 330, 0.03)) * np.hanning(seconds * RATE)
    for k in (round(s * RATE) for s in at_s):
        sound[k : k + 2400] += burst[: len(sound) - k]
    return sound


@pytest.mark.parametrize("bpm", [72, 100, 128, 174])
@pytest.mark.parametrize("made", [clicks, drums])
def test_each_beat_is_where_it_is_heard(tmp_path: Path, bpm: float, made: object) -> None:
    at = np.arange(0.37, 24.5, 60 / bpm)
    found = find_beats(stored(tmp_path, made(25, at)))
    missed = [a for a in at if np.abs(found - a).min() > 0.03]
    assert set(missed) <= {at[0], at[-1]}
    assert all(np.abs(at - b).min() < 0.03 for b in found)
    assert 60 / np.diff(found).mean() == pytest.approx(bpm, rel=0.005)


def test_parts_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = stored(tmp_path, drums(20, np.arange(0.2, 19.5, 0.5)))
    pieces = list(sound.read())
    whole, parts = np.concatenate(pieces), [part for p in pieces for part in np.split(p, [1, 778])]
    monkeypatch.setattr(StoredSound, "read", lambda _: iter([whole]))
    at_once = onsets(sound, RATE * 60)
    monkeypatch.setattr(StoredSound, "read", lambda _: iter(parts))
    assert onsets(sound, RATE * 60) == pytest.approx(at_once, abs=1e-3)


@pytest.mark.parametrize("sound", [np.zeros(3 * RATE), np.zeros(1), tone(0.01)])
def test_without_rhythm_there_are_no_beats(tmp_path: Path, sound: NDArray[np.float64]) -> None:
    assert len(find_beats(stored(tmp_path, sound))) <= 1


def test_beats_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = stored(tmp_path, clicks(5, np.arange(0.5, 4.5, 0.5)))
    assert known_beats(sound) is None
    found = find_beats(sound)
    monkeypatch.setattr(beats, "onsets", lambda *_: pytest.fail("looked for again"))
    assert np.array_equal(find_beats(sound), found)
    assert len(found) > 4
    store = SoundStore(tmp_path / "sounds")
    store.prune(0)
    assert not any(store.root.iterdir())


def test_no_more_than_the_beginning_of_a_long_sound_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beats, "_LONGEST", 10 * RATE)
    found = find_beats(stored(tmp_path, clicks(20, np.arange(0.5, 19.5, 0.5))))
    assert 9 < found[-1] <= 10.03
