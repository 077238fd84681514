"""Narrations spoken onto a track, by a voice that is a tone."""

from pathlib import Path
from typing import Any

import pytest

from made_sounds import tone, write_sound
from seine_core.errors import BadInput
from seine_core.story import edits, sound_edits
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import CardSource, Story
from seine_core.story.narration_edits import Narrated, spoken_clip
from seine_core.story.speech.narration import narrate


class ToneVoice:
    """A second for each word."""

    name = "tone"

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def missing(self) -> None:
        return None

    def speak(self, text: str, out: Path) -> None:
        if "!" in text:
            raise BadInput("does not shout", subject=self.name)
        self.spoken.append(text)
        write_sound(out, tone(len(text.split()), 200 + 10 * len(text)))


def story(*narrations: str) -> Story:
    made = edits.set_settings(Story(), fps=25)
    for text in narrations:
        made = edits.insert(made, [CardSource()], duration_s=3.0, narration=text)
    return made


def narrated(made: Story, folder: Path, voice: ToneVoice, **options: Any) -> Narrated:
    return narrate(made, folder, voice, SoundStore(folder / "sounds"), **options)


def test_each_shot_has_one_clip_that_is_its_own(tmp_path: Path) -> None:
    voice = ToneVoice()
    made = narrated(story("one two", "", "one"), tmp_path, voice).story
    (track,) = made.tracks
    assert (track.kind, [(s.anchor, s.spoken) for s in track.sounds]) == (
        "voice",
        [("shot-1", "one two"), ("shot-3", "one")],
    )
    assert all((tmp_path / "media" / sound.file).is_file() for sound in track.sounds)


def test_only_what_changed_is_spoken_anew(tmp_path: Path) -> None:
    voice = ToneVoice()
    made = narrated(story("one two", "three"), tmp_path, voice).story
    made = sound_edits.set_sound(made, "sound-1", volume=0.5, start_s=0.25)
    made = edits.set_shot(made, "shot-2", narration="three four")
    again = narrated(made, tmp_path, voice).story
    assert voice.spoken == ["one two", "three", "three four"]
    assert spoken_clip(again, "shot-1") == spoken_clip(made, "shot-1")
    (track,) = again.tracks
    assert [(s.id, s.spoken) for s in track.sounds] == [
        ("sound-1", "one two"),
        ("sound-2", "three four"),
    ]
    assert narrated(again, tmp_path, voice).story == again
    assert len(voice.spoken) == 3


def test_a_clip_whose_file_is_gone_is_made_anew(tmp_path: Path) -> None:
    voice = ToneVoice()
    made = narrated(story("one"), tmp_path, voice).story
    clip = spoken_clip(made, "shot-1")
    assert clip
    (tmp_path / "media" / clip.file).unlink()
    assert narrated(made, tmp_path, voice).story == made
    assert (tmp_path / "media" / clip.file).is_file()


def test_words_that_were_taken_away_are_not_heard(tmp_path: Path) -> None:
    made = narrated(story("one", "two"), tmp_path, ToneVoice()).story
    made = edits.set_shot(made, "shot-1", narration=" ")
    (track,) = narrated(made, tmp_path, ToneVoice()).story.tracks
    assert [sound.anchor for sound in track.sounds] == ["shot-2"]


def test_a_sound_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    made = sound_edits.add_track(story("one"), "voice")
    made = sound_edits.add_sound(made, "track-1", "recorded.wav", anchor="shot-1")
    (track,) = narrated(made, tmp_path, ToneVoice()).story.tracks
    assert [sound.spoken for sound in track.sounds] == ["", "one"]


def test_shots_too_short_for_their_words_are_listed_or_lengthened(tmp_path: Path) -> None:
    made = story("one two three", "one two three four five")
    found = narrated(made, tmp_path, ToneVoice())
    assert found.too_short == {"shot-2": pytest.approx(2.0)}
    assert [shot.duration_s for shot in found.story.shots] == [3.0, 3.0]
    longer = narrated(found.story, tmp_path, ToneVoice(), lengthen=True)
    assert longer.too_short == {}
    assert [shot.duration_s for shot in longer.story.shots] == [3.0, 5.0]


def test_whose_narration_cannot_be_spoken_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"the narration of shot-2.*does not shout"):
        narrated(story("one", "two!"), tmp_path, ToneVoice())
