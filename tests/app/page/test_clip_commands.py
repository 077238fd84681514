"""What the page asks for of a shot's video is done, or refused with one line."""

from pathlib import Path
from typing import Any

import pytest

from app_stories import open_studio, upload
from made_sounds import tone, write_film
from message_types import holds
from page_tab import Page
from seine_core.story.model import Shot, VideoSource

BAD: list[dict[str, Any]] = [
    {"op": "trim_start", "id": "shot-1", "by_s": 99},
    {"op": "trim_start", "id": "shot-4", "by_s": 3},
    {"op": "trim_start", "id": "shot-4", "by_s": -1},
    {"op": "trim_start", "id": "shot-9", "by_s": 1},
    {"op": "trim_start", "id": "shot-4", "by_s": float("inf")},
    {"op": "slip", "id": "shot-1", "by_s": 1},
    {"op": "set_clip", "id": "shot-4", "speed": 9},
    {"op": "set_clip", "id": "shot-4", "out_s": 9},
    {"op": "set_clip", "id": "shot-4", "in_s": 4},
    {"op": "set_clip", "id": "shot-1", "reverse": True},
    {"op": "set_clip", "id": "../shot", "speed": 1},
    {"op": "freeze", "id": "shot-1", "at_s": 0},
    {"op": "use_file", "id": "shot-1"},
    {"op": "set_shot", "id": "shot-1", "fields": {"turn": 45}},
    {"op": "set_shot", "id": "shot-1", "fields": {"source": {"kind": "card"}}},
]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """A story of three shots and a video of 3 s with sound."""
    page = Page(*open_studio(tmp_path))
    film = write_film(page.studio.workspace.root / "made.mov", tone(3.0))
    file = upload(page.studio, "clip.mov", film.read_bytes())
    page.send({"op": "add_media", "files": [file]})
    assert not page.told
    return page


def video(page: Page) -> tuple[Shot, VideoSource]:
    shot = page.session.story.shot("shot-4")
    assert isinstance(shot.source, VideoSource)
    return shot, shot.source


def shown(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.answer.story["shots"][3]
    return found


def test_a_clip_is_edited_and_undone(page: Page) -> None:
    holds(page.answer.story, "Story")
    footage = dict(shown(page)["footage"])
    assert footage.pop("frames").startswith("media/")
    assert footage.pop("file").endswith(".mov")
    assert footage == {
        **{"file_s": 3.0, "in_s": 0.0, "out_s": 3.0, "into_s": 0.0, "end": True},
        **{"speed": 1.0, "reverse": False, "freeze": False},
    }
    page.send({"op": "trim_start", "id": "shot-4", "by_s": 1.0})
    assert (video(page)[0].duration_s, video(page)[1].offset_s) == (2.0, 1.0)
    page.send({"op": "slip", "id": "shot-4", "by_s": -0.5})
    assert (video(page)[0].duration_s, video(page)[1].offset_s) == (2.0, 0.5)
    page.send({"op": "set_clip", "id": "shot-4", "speed": 2.0, "reverse": True})
    assert (video(page)[0].duration_s, video(page)[1].end_s) == (1.0, 2.5)
    page.send({"op": "freeze", "id": "shot-4", "at_s": 0.5})
    assert [shot.id for shot in page.session.story.shots[3:]] == ["shot-4", "shot-6", "shot-5"]
    assert "heard" not in page.answer.story["shots"][4], "a held frame is silent"
    for _ in range(4):
        page.send({"op": "undo"})
    assert video(page) == (video(page)[0], VideoSource(file=video(page)[1].file))
    assert not page.told


def test_the_page_is_told_what_fills_a_shot(page: Page) -> None:
    page.send({"op": "split", "id": "shot-4", "at_s": 1.0})
    page.send({"op": "set_shot", "id": "shot-4", "fields": {"duration_s": 2.5}})
    assert shown(page)["video_s"] == 1.0 and not shown(page)["footage"]["end"]
    page.send({"op": "use_file", "id": "shot-4"})
    assert shown(page)["video_s"] == 2.5
    page.send({"op": "set_clip", "id": "shot-4", "speed": 0.5, "reverse": True})
    heard = shown(page)["heard"]
    assert (heard["from_s"], heard["again_s"]) == (1.0, 1.0)
    before = shown(page)["picture"]
    turn = {"owners": ["shot-1", "shot-4"], "fields": {"turn": 90}}
    page.send({"op": "set_many", "changes": [turn]})
    assert shown(page)["picture"] != before and shown(page)["turn"] == 90


@pytest.mark.parametrize("command", BAD, ids=lambda command: command["op"])
def test_bad_clips_are_refused(page: Page, command: dict[str, Any]) -> None:
    before = page.session.story
    page.send(command)
    assert page.session.story == before
    [message] = page.told
    assert message and "\n" not in message
