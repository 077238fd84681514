"""Renders of a visitor's other stories are seen and stopped from the one on show."""

from pathlib import Path

import pytest

from app.page import handlers
from app.stories.workspace import Workspace
from app.work.studio import Studio
from app_stories import Gated, add_gated_engine, begun, use_sample
from page_tab import Page
from waiting import wait_for


def test_they_are_listed_and_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_gated_engine(monkeypatch)
    use_sample(monkeypatch, tmp_path / "sample", engine="gated")
    studio = Studio(Workspace(tmp_path / "w"))
    token, first = begun(studio.workspace)
    page = Page(studio, token)
    page.send({"op": "render", "format": "mp4"})
    page.send({"op": "new_story"})
    (other,) = page.answer.progress["others"]
    assert (other["story"], other["title"]) == (first.name, "Small story")
    assert other["job"]["busy"] and "clips" not in other["job"] and page.answer.busy
    assert handlers.poll(token, studio, page.answer.story["story"]).busy, "the page asks on"
    stranger, _ = begun(studio.workspace)
    thief = Page(studio, stranger)
    assert thief.answer.progress["others"] == []
    thief.send({"op": "cancel", "story": first.name})
    assert thief.told == ["story: that is none of yours"] and studio.queue.busy(first.name)
    page.send({"op": "cancel", "story": first.name, "job": other["job"]["id"]})
    Gated.gate.set()
    wait_for(lambda: not studio.queue.busy(first.name))
    assert not page.told and not handlers.poll(token, studio).others
