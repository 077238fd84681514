"""Beats, shots laid on them, and narrations, as the page asks for them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.work import sound_works
from app_stories import open_studio, upload
from made_sounds import clicks, tone, write_sound
from message_types import holds
from page_tab import Page
from seine_core.errors import BadInput
from seine_core.story.beat_edits import beats_in_film, nearest_beat
from seine_core.story.subtitles import Subtitle
from waiting import wait_for

LENGTH_S = 16.0
BEATS = np.arange(0.4, LENGTH_S - 0.3, 0.5)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A story of three shots with a music of 120 beats a minute, and a program that speaks."""
    wav = write_sound(tmp_path / "spoken.wav", tone(1.5))
    program = tmp_path / "bin" / "espeak-ng"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncat > /dev/null\ncp {wav} "$7"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    monkeypatch.setattr(sound_works, "_SHOWN_S", 1e9)
    page = Page(*open_studio(tmp_path))
    music = write_sound(tmp_path / "music.wav", clicks(LENGTH_S, BEATS))
    page.send({"op": "add_sound", "file": upload(page.studio, "music.wav", music.read_bytes())})
    return page


def done(page: Page) -> dict[str, str]:
    """What came of the work, once it is over."""
    works = page.studio.sound_works
    wait_for(lambda: not works.busy(page.session.name))
    page.send({"op": "sync"})
    holds(page.answer.story, "Story")
    holds(page.answer.progress, "Progress")
    return {one["id"]: one["message"] for one in page.answer.progress["sound_works"]}


def test_beats_are_asked_for_until_they_are_found(page: Page) -> None:
    (track,) = page.answer.story["tracks"]
    address = track["sounds"][0]["beats"]
    server = FastAPI()
    server.include_router(page.studio.sound_works.router(page.studio.at_address))
    client = TestClient(server)
    assert client.get(address).status_code == 202
    wait_for(lambda: client.get(address).status_code == 200)
    assert client.get(address).json() == pytest.approx(list(BEATS), abs=0.03)
    assert client.get(address.replace("sound-1", "sound-9")).status_code == 204
    assert client.get("beats/" + "0" * 32, params={"sound": "sound-1"}).status_code == 204


def test_a_file_that_is_gone_has_no_beats(page: Page) -> None:
    (file,) = page.session.folder.glob("media/music*")
    file.unlink()
    page.send({"op": "cut_to_beat", "id": "sound-1"})
    assert "music" in page.told[0] and done(page) == {}


def test_shots_are_laid_on_the_beat_in_one_step(page: Page) -> None:
    before = page.session.story
    page.send({"op": "cut_to_beat", "id": "sound-1", "every": 2})
    assert not page.told and done(page) == {}
    story = page.session.story
    fps, starts = story.settings.fps, story.starts()
    grid = beats_in_film(story, "sound-1", BEATS.tolist(), LENGTH_S, 99)
    for edge in story.edges():
        bridge = story.settings.frames(edge.duration_s)
        cut = (starts[edge.right] - bridge / 2) / fps
        assert abs((nearest_beat(grid, cut) or 0) - cut) <= 0.5 / fps + 0.03
    page.send({"op": "cut_to_beat", "id": "sound-1", "every": 2})
    assert done(page) == {"sound-1": "Every cut was on the beat already."}
    page.send({"op": "undo"})
    assert page.session.story == before


def test_a_music_without_beats_is_said(page: Page, tmp_path: Path) -> None:
    silence = write_sound(tmp_path / "silence.wav", clicks(2, []))
    page.send({"op": "add_sound", "file": upload(page.studio, "s.wav", silence.read_bytes())})
    page.send({"op": "cut_to_beat", "id": "sound-2"})
    assert "no beats were found" in done(page)["sound-2"]


def test_narrations_are_spoken_and_captioned(page: Page) -> None:
    first, second, _ = page.ids()
    page.send({"op": "set_shot", "id": first, "fields": {"narration": "Hello.", "duration_s": 1}})
    page.send({"op": "set_shot", "id": second, "fields": {"narration": "Word " * 100}})
    page.send({"op": "narrate", "ids": [first]})
    assert done(page) == {first: "Too short for the words: shot 1 by 0.5 s."}
    voices = page.answer.story["tracks"][1]
    assert [(s["anchor"], s["spoken"]) for s in voices["sounds"]] == [(first, "Hello.")]
    page.send({"op": "narrate", "lengthen": True})
    assert "narration" not in done(page) and not page.told
    assert [s["anchor"] for s in page.answer.story["tracks"][1]["sounds"]] == [first, second]
    assert page.answer.story["shots"][0]["duration_s"] == 1.5
    page.send({"op": "caption_narration"})
    assert page.answer.story["shots"][0]["captions"][0]["text"] == "Hello."
    assert page.told == ["Too long for a caption, cut off: shot 2"]


def test_what_is_spoken_becomes_captions_in_one_step(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_works, "missing_hearing", lambda: None)
    spoken = (Subtitle(0.0, 1.0, "Hello."), Subtitle(900.0, 901.0, "Too late."))
    monkeypatch.setattr(sound_works, "heard_in_film", lambda *_: spoken)
    page.send({"op": "hear_captions"})
    (message,) = done(page).values()
    assert "the film is not that long" in message
    assert page.answer.story["shots"][0]["captions"][0]["text"] == "Hello."
    page.send({"op": "undo"})
    assert not page.answer.story["shots"][0]["captions"]
    monkeypatch.setattr(sound_works, "heard_in_film", lambda *_: ())
    page.send({"op": "hear_captions"})
    assert done(page) == {"hearing": "No speech was heard."}


@pytest.mark.parametrize(
    "command",
    [
        {"op": "hear_captions"},
        {"op": "cut_to_beat", "id": "sound-9"},
        {"op": "cut_to_beat", "id": "sound-1", "every": 0},
        {"op": "narrate", "voice": "hal"},
        {"op": "narrate", "voice": "piper"},
        {"op": "narrate", "ids": ["shot-9"]},
        {"op": "narrate", "ids": []},
        {"op": "narrate", "language": "-w /tmp/x"},
    ],
)
def test_what_cannot_be_done_is_said_at_once(
    page: Page, command: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_works, "missing_hearing", lambda: BadInput("is not here"))
    page.send(command)
    assert len(page.told) == 1 and done(page) == {}
