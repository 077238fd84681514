"""Stories of every earlier version, as they were written then."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from seine_core.errors import BadInput
from seine_core.story.disk.storage import parse_story
from seine_core.story.model import STORY_VERSION, Caption, Shot, Story

VERSION_1 = """{"version": 1, "title": "Old",
 "shots": [
  {"id": "shot-1", "source": {"kind": "image", "file": "a.png"}},
  {"id": "shot-2", "source": {"kind": "video", "file": "b.mp4", "offset_s": 1.5},
   "focus": [0.2, 0.8]}],
 "transitions": [{"left": "shot-1", "right": "shot-2", "duration_s": 2}],
 "soundtrack": {"file": "c.mp3", "volume": 0.5, "start_s": 3, "fade_in_s": 1,
  "fade_out_s": 2, "loop": true}}"""
VERSION_2 = """{"version": 2,
 "shots": [{"id": "shot-1", "source": {"kind": "image", "file": "a.png"}}],
 "soundtrack": {"file": "c.mp3", "loop": false}}"""


def test_what_they_look_like_stays() -> None:
    story = parse_story(VERSION_1)
    assert story.version == STORY_VERSION
    assert [shot.focus for shot in story.shots] == [(0.5, 0.5), (0.2, 0.8)]
    assert parse_story(VERSION_2).shots[0].focus is None


def test_what_they_sound_like_stays() -> None:
    story = parse_story(VERSION_1)
    assert story.shots[1].sound.muted, "videos were mute"
    [track] = story.tracks
    [music] = track.sounds
    assert (track.kind, track.duck_db, story.settings.loudness) == ("music", 0, "off")
    assert (music.file, music.volume, music.offset_s, music.start_s) == ("c.mp3", 0.5, 3, 0)
    assert (music.fade_in_s, music.fade_out_s, music.loop) == (1, 2, True)
    once = parse_story(VERSION_2).tracks[0].sounds[0]
    assert (once.loop, once.fade_out_s) == (False, 1), "a fade that was not said was of a second"


def test_without_music_there_is_no_track() -> None:
    assert parse_story('{"version": 2, "soundtrack": null}').tracks == ()


def test_they_are_saved_as_the_present_one() -> None:
    for text in (VERSION_1, VERSION_2):
        story = parse_story(text)
        assert Story.model_validate_json(story.model_dump_json()) == story


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "part",
    [
        {"soundtrack": 7},
        {"soundtrack": {"file": "../c.mp3"}},
        {"soundtrack": {"file": "c.mp3", "tempo": 2}},
        {"soundtrack": {"file": "c.mp3", "start_s": "soon"}},
        {"shots": 7},
        {"shots": [7]},
        {"shots": [{"id": "a", "source": 7}]},
    ],
    ids=str,
)
def test_damaged_ones_are_refused_in_a_line(version: int, part: dict[str, object]) -> None:
    text = json.dumps({"version": version, **part})
    with pytest.raises(BadInput) as caught:
        parse_story(text)
    assert "\n" not in str(caught.value)


def test_the_sample_story_opens() -> None:
    folder = Path(__file__).parents[2] / "assets/sample_story"
    assert parse_story((folder / "story.json").read_bytes()).version == STORY_VERSION


def test_the_one_caption_of_a_shot_is_its_first() -> None:
    shot = {"id": "shot-1", "source": {"kind": "card"}}
    titled = Shot.model_validate(shot | {"caption": {"text": "A", "place": "centre"}})
    assert titled.captions == (Caption(text="A", place="centre"),)
    assert Shot.model_validate(shot | {"caption": None}).captions == ()
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Shot.model_validate(shot | {"caption": {"text": "A"}, "captions": []})
