"""What the page asks for of tracks and sounds is done, or refused with one line."""

from pathlib import Path
from typing import Any

import pytest

from app_stories import open_studio, upload, write_image
from made_sounds import tone, write_film, write_sound
from message_types import holds
from page_tab import Page
from seine_core.story.disk.storage import load_story

BAD: list[dict[str, Any]] = [
    {"op": "set_sound", "id": "sound-1", "fields": {"file": "/etc/passwd"}},
    {"op": "set_sound", "id": "sound-1", "fields": {"id": "other"}},
    {"op": "set_sound", "id": "sound-1", "fields": {"volume": 5}},
    {"op": "set_sound", "id": "sound-1", "fields": {"anchor": "shot-9"}},
    {"op": "set_sound", "id": "sound-9", "fields": {"volume": 1}},
    {"op": "set_track", "id": "track-1", "fields": {"sounds": []}},
    {"op": "set_track", "id": "track-1", "fields": {"kind": "noise"}},
    {"op": "set_track", "id": "../track", "fields": {"volume": 1}},
    {"op": "set_shots_channel", "fields": {"title": "x"}},
    {"op": "add_track", "kind": "noise"},
    {"op": "move_track", "id": "track-1", "before": "track-9"},
    {"op": "move_sound", "id": "sound-1", "start_s": float("nan")},
    {"op": "move_sound", "id": "sound-1", "start_s": -1},
    {"op": "move_sound", "id": "sound-1", "start_s": 0, "track": "track-9"},
    {"op": "split_sound", "id": "sound-1", "at_s": 0},
    {"op": "anchor_sound", "id": "sound-1", "anchor": "shot-9"},
    {"op": "remove_sounds", "ids": []},
    {"op": "remove_track", "id": "track-9"},
    {"op": "add_sound", "file": {"path": "../../../etc/hosts", "name": "a.mp3"}},
]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A story of three shots with one sound of two seconds, at one second."""
    page = Page(*open_studio(tmp_path))
    page.send({"op": "add_sound", "file": song(page, "01_evening-song.wav"), "start_s": 1})
    assert not page.told
    return page


def song(page: Page, name: str = "song.wav", seconds: float = 2.0) -> dict[str, str]:
    path = write_sound(page.studio.workspace.root / "made.wav", tone(seconds))
    return upload(page.studio, name, path.read_bytes())


def sounds(page: Page) -> list[list[str]]:
    return [[sound["id"] for sound in track["sounds"]] for track in page.answer.story["tracks"]]


def test_a_music_video_is_cut_on_the_beat_of_its_first_music(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[tuple[str, int]] = []
    works = page.studio.sound_works
    monkeypatch.setattr(
        works, "cut_to_beat", lambda _s, sound, every, *_: cut.append((sound, every))
    )
    page.send({"op": "set_template", "template": "music-video"})
    page.send({"op": "add_sound", "file": song(page, "more.wav")})
    picture = write_image(page.studio.workspace.root / "a.png", 9).read_bytes()
    page.send({"op": "add_media", "files": [upload(page.studio, "a.png", picture)]})
    assert cut == [("sound-1", 1)] * 2 and not page.told


def test_the_first_sound_makes_a_track_of_music(page: Page) -> None:
    holds(page.answer.story, "Story")
    (track,) = page.answer.story["tracks"]
    (sound,) = track["sounds"]
    assert track["kind"] == "music" and track["duck_db"] > 0
    assert sound["title"] == "Evening song" and sound["start_s"] == 1
    assert sound["peaks"].startswith("media/")
    assert load_story(page.session.folder).tracks[0].sounds[0].id == sound["id"]


def test_a_sound_goes_where_there_is_room(page: Page) -> None:
    page.send({"op": "add_sound", "file": song(page), "start_s": 3.5})
    assert sounds(page) == [["sound-1", "sound-2"]]
    page.send({"op": "add_sound", "file": song(page), "start_s": 2.5})
    assert sounds(page) == [["sound-1", "sound-2"], ["sound-3"]]
    page.send({"op": "add_sound", "file": song(page), "start_s": 2.5, "track": "track-1"})
    assert sounds(page) == [["sound-1", "sound-2", "sound-4"], ["sound-3"]]
    page.send({"op": "add_sound", "file": song(page), "start_s": 9, "kind": "voice"})
    assert [track["kind"] for track in page.answer.story["tracks"]] == ["music", "music", "voice"]


def test_a_new_sound_can_move_with_a_shot(page: Page) -> None:
    shot = page.ids()[1]
    start = page.session.story.starts()[shot] / page.session.story.settings.fps
    voice = {"op": "add_sound", "file": song(page), "start_s": start + 0.25, "kind": "voice"}
    page.send(voice | {"anchor": shot})
    sound = page.answer.story["tracks"][1]["sounds"][0]
    assert sound["anchor"] == shot and sound["start_s"] == pytest.approx(0.25)
    page.send(voice | {"anchor": "shot-9", "file": song(page)})  # removed meanwhile
    assert not page.told and page.answer.story["tracks"][2]["sounds"][0]["anchor"] is None


def test_every_edit(page: Page) -> None:
    page.send({"op": "set_sound", "id": "sound-1", "fields": {"volume": 0.5, "fade_in_s": 1}})
    page.send({"op": "move_sound", "id": "sound-1", "start_s": 2})
    page.send({"op": "split_sound", "id": "sound-1", "at_s": 0.5})
    page.send({"op": "add_track", "kind": "effects"})
    page.send({"op": "set_track", "id": "track-2", "fields": {"title": "Doors", "muted": True}})
    page.send({"op": "move_sound", "id": "sound-2", "start_s": 1, "track": "track-2"})
    page.send({"op": "anchor_sound", "id": "sound-2", "anchor": page.ids()[0]})
    page.send({"op": "set_shots_channel", "fields": {"volume": 0.3}})
    page.send({"op": "move_track", "id": "track-2", "before": "track-1"})
    story = page.answer.story
    assert [track["title"] for track in story["tracks"]] == ["Doors", ""]
    assert story["shots_channel"]["volume"] == 0.3 and sounds(page) == [["sound-2"], ["sound-1"]]
    assert story["tracks"][0]["sounds"][0]["anchor"] == page.ids()[0]
    page.send({"op": "remove_sounds", "ids": ["sound-1"]}, {"op": "remove_track", "id": "track-2"})
    assert sounds(page) == [[]] and not page.told
    page.send({"op": "undo"}, {"op": "undo"})
    assert sounds(page) == [["sound-2"], ["sound-1"]]


@pytest.mark.parametrize("command", BAD)
def test_what_cannot_be_done_changes_nothing(page: Page, command: dict[str, Any]) -> None:
    before = page.session.story
    page.send(command)
    assert len(page.told) == 1 and page.session.story is before


def test_a_file_without_sound_is_refused_by_its_name(page: Page) -> None:
    before = page.session.story
    page.send({"op": "add_sound", "file": upload(page.studio, "noise.mp3", b"not a song")})
    assert "noise.mp3" in page.told[0] and page.session.story is before


def test_a_video_says_what_it_sounds_like(page: Page, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mov", tone(1.0))
    page.send({"op": "add_media", "files": [upload(page.studio, "film.mov", film.read_bytes())]})
    *images, video = page.answer.story["shots"]
    assert video["heard"]["peaks"].startswith("media/") and video["heard"]["from_s"] == 0
    assert not any("heard" in shot for shot in images)
    sound = video["sound"] | {"muted": True}
    page.send({"op": "set_shot", "id": video["id"], "fields": {"sound": sound}})
    assert page.answer.story["shots"][-1]["sound"]["muted"] and not page.told
    holds(page.answer.story, "Story")
