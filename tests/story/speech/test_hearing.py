"""Words that are heard as subtitles. The network is a stub: the program has no weights of its own
for it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from made_sounds import tone, write_sound
from seine_core.errors import BadInput
from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.story import edits, sound_edits
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import CardSource, Story
from seine_core.story.speech import hearing
from seine_core.story.speech.hearing import Word, as_subtitles, heard_captions, heard_in_film


def words(text: str, start_s: float = 0.0, each_s: float = 0.4) -> list[Word]:
    return [
        Word(start_s + n * each_s, start_s + (n + 1) * each_s, f" {word}")
        for n, word in enumerate(text.split())
    ]


def test_subtitles_end_with_sentences_and_before_pauses() -> None:
    found = as_subtitles([*words("One two. Three four"), *words("five", 3.0)])
    assert [(s.text, round(s.start_s, 3), round(s.end_s, 3)) for s in found] == [
        ("One two.", 0.0, 0.8),
        ("Three four", 0.8, 1.6),
        ("five", 3.0, 3.4),
    ]


def test_subtitles_are_short_enough_to_read() -> None:
    found = as_subtitles(words("word " * 400, each_s=0.2))
    assert all(len(s.text) <= 84 and s.end_s - s.start_s <= 6.0 + 1e-9 for s in found)
    assert " ".join(s.text for s in found).split() == ["word"] * 400


@pytest.fixture
def heard() -> list[float]:
    """How loud the loudest was of each thing that the network was given."""
    return []


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: list[float]) -> list[int]:
    """A network that hears one word in the middle of whatever it is given; the lengths of that."""
    given: list[int] = []

    class WhisperModel:
        def __init__(self, folder: str, **options: Any) -> None:
            assert Path(folder) == tmp_path / "whisper" and options["local_files_only"]

        def transcribe(self, part: np.ndarray, **options: Any) -> tuple[Iterator[Any], None]:
            assert part.ndim == 1 and part.dtype == np.float32 and options["word_timestamps"]
            given.append(len(part))
            heard.append(float(np.abs(part).max()))
            middle = len(part) / 16_000 / 2
            word = SimpleNamespace(start=middle, end=middle + 0.2, word=" word.")
            return iter([SimpleNamespace(words=[word]), SimpleNamespace(words=None)]), None

    module = ModuleType("faster_whisper")
    module.WhisperModel = WhisperModel  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    monkeypatch.setattr(hearing, "find_spec", lambda name: name)
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    folder = tmp_path / "whisper"
    folder.mkdir()
    (folder / "model.bin").write_bytes(b"\6\0\0\0\x0c\0WhisperSpec\0" + bytes(100))
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    return given


def blocks(seconds: int) -> Iterator[Sound]:
    for _ in range(seconds):
        yield np.full((SAMPLE_RATE, 2), 0.1, np.float32)


def test_a_long_sound_is_heard_in_parts(network: list[int]) -> None:
    told: list[float] = []
    found = heard_captions(blocks(700), told.append)
    assert sum(network) == 700 * 16_000 and max(network) <= 300 * 16_000 and len(network) == 3
    assert told == [0.0, network[0] / 16_000, (network[0] + network[1]) / 16_000]
    assert [s.text for s in found] == ["word."] * 3
    assert found[1].start_s == pytest.approx(told[1] + network[1] / 16_000 / 2)


def test_of_a_film_its_voices_are_listened_to(
    network: list[int], heard: list[float], tmp_path: Path
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    story = edits.insert(Story(), [CardSource()], duration_s=4.0)
    for kind, name, amplitude in (("music", "song.wav", 0.5), ("voice", "voice.wav", 0.1)):
        write_sound(media / name, tone(4.0, 440, amplitude))
        story = sound_edits.add_track(story, kind, duck_db=0)
        story = sound_edits.add_sound(story, story.tracks[-1].id, name)
    (subtitle,) = heard_in_film(story, tmp_path, SoundStore(tmp_path / "sounds"))
    assert subtitle.start_s == 2.0 and network == [4 * 16_000]
    assert heard[-1] == pytest.approx(0.1, abs=0.01)


def test_nothing_is_heard_in_nothing(network: list[int]) -> None:
    assert heard_captions([]) == () and network == []


def test_a_part_is_cut_where_it_is_quiet() -> None:
    sound = np.full((301 * SAMPLE_RATE, 2), 0.1, np.float32)
    sound[292 * SAMPLE_RATE : 293 * SAMPLE_RATE] = 0
    first, _ = hearing._parts([sound])
    assert 292 < len(first) / 16_000 < 293


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r"pip install -r requirements-voice\.txt"):
        heard_captions([])
    monkeypatch.setattr(hearing, "find_spec", lambda name: name)
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    with pytest.raises(BadInput, match="models download whisper"):
        heard_captions([])
