"""Captions in the editor: as the film shows them, refused at once, and as subtitle files."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from app.page import handlers
from app_stories import FPS, TAB, open_studio, upload
from seine_core.story.film.captions import draw_caption
from seine_core.story.model import Caption

SRT = "1\n00:00:00,000 --> 00:00:00,400\nHello\nthere\n\n2\n00:01:00,000 --> 00:01:01,000\nLate\n"


class Page:
    """A tab, and what it loads."""

    def __init__(self, folder: Path) -> None:
        self.studio, self.token = open_studio(folder)
        self.told: list[str] = []
        self.answer = handlers.enter(self.token, self.studio, self.told.append)
        server = FastAPI()
        server.include_router(self.studio.shelf.router())
        self.client = TestClient(server)

    def send(self, *ops: dict[str, Any]) -> dict[str, Any]:
        story = self.answer.story
        sent = {"seq": story["ack"] + 1, "tab": TAB, "story": story["story"], "rev": story["rev"]}
        self.answer = handlers.command(
            self.token, sent | {"ops": list(ops)}, self.studio, self.told.append
        )
        return self.answer.story

    def caption(self, text: str, **look: Any) -> dict[str, Any]:
        """The caption that the second shot then has."""
        fields = {"captions": [{"text": text, **look}]}
        view = self.send({"op": "set_shot", "id": "shot-2", "fields": fields})
        [caption] = view["shots"][1]["captions"]
        return dict(caption)


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path)


def standing(page: Page) -> dict[str, Any]:
    return page.answer.progress["states"]["shot-2"]


def test_the_page_gets_a_caption_as_the_film_shows_it(page: Page) -> None:
    page.send({"op": "set_settings", "fields": {"width": 640, "height": 360, "quality": "final"}})
    shot = page.caption("नमस्ते 你好")
    answer = page.client.get(shot["lettering"])
    assert answer.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as picture:
        shown = np.asarray(picture)
    assert shown.shape == (360, 640, 4)
    drawn = draw_caption(Caption(text="नमस्ते 你好"), 640, 360)
    assert np.count_nonzero(shown[..., 3]) == np.count_nonzero(np.rint(drawn.alpha * 255))
    assert page.caption("नमस्ते 你好")["lettering"] == shot["lettering"]
    assert page.caption("another")["lettering"] != shot["lettering"]
    timed = page.caption("another", from_s=0.1, to_s=0.3, fade_s=0)
    assert timed["lettering"] == page.caption("another")["lettering"], "seen at another time"


def test_a_large_film_s_caption_is_no_larger_than_the_stage(page: Page) -> None:
    page.send({"op": "set_settings", "fields": {"width": 3840, "height": 2160, "quality": "final"}})
    with Image.open(io.BytesIO(page.client.get(page.caption("a")["lettering"]).content)) as picture:
        assert picture.size == (1280, 720)


def test_a_character_that_no_font_has_is_said_with_the_answer(page: Page) -> None:
    shot = page.caption("fine \U0010fffd")
    assert "U+10FFFD" in shot["unwritable"] and "lettering" not in shot
    assert standing(page)["state"] == "failed" and "U+10FFFD" in standing(page)["reason"]
    page.send({"op": "render", "format": "mp4"})
    assert "U+10FFFD" in page.told[0]
    assert "unwritable" not in page.caption("fine")
    assert standing(page)["state"] == "stale"


def test_an_emoji_that_no_font_has_is_left_out_of_the_film_which_is_said(page: Page) -> None:
    for text in ("fine \U0001faff", "\U0001faff"):
        caption = page.caption(text)
        assert caption["unwritable"].endswith(": \U0001faff") and caption["lettering"]
        assert standing(page)["state"] == "stale"


def test_subtitles_become_captions_which_undo_takes_back(page: Page) -> None:
    view = page.send(
        {"op": "load_subtitles", "file": upload(page.studio, "film.srt", SRT.encode())}
    )
    assert [[one["text"] for one in shot["captions"]] for shot in view["shots"]] == [
        ["Hello\nthere"],
        [],
        [],
    ]
    assert page.told == ["left out, as the film is not that long: 60.0 s 'Late'"]
    assert page.send({"op": "undo"})["shots"][0]["captions"] == []


def test_captions_are_saved_as_subtitles(page: Page) -> None:
    assert page.answer.story["subtitles"] == {}
    page.caption("Moin & <tschüss>")
    addresses = page.answer.story["subtitles"]
    srt, vtt = (page.client.get(addresses[kind]) for kind in ("srt", "vtt"))
    start, end = 8 / FPS, 12 / FPS  # after a shot and a transition of half a second each
    assert srt.text == f"1\n00:00:0{start:.3f} --> 00:00:0{end:.3f}\nMoin & <tschüss>\n".replace(
        ".", ","
    )
    assert vtt.text.startswith("WEBVTT\n") and "Moin &amp; &lt;tschüss&gt;" in vtt.text
    assert srt.headers["content-disposition"].startswith("attachment")
    assert "small-story.srt" in srt.headers["content-disposition"].lower()
    page.caption("anew")
    assert "anew" in page.client.get(addresses["srt"]).text


def test_what_is_no_subtitle_file_changes_nothing(page: Page) -> None:
    before = page.answer.story["rev"]
    page.send({"op": "load_subtitles", "file": upload(page.studio, "film.srt", b"\xff\xfe\xff")})
    assert page.told[0].startswith("film.srt: subtitles: ")
    assert page.answer.story["rev"] == before
