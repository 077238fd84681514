"""Versions of a story, as the page sees and brings them back."""

from pathlib import Path

from app.page.story_history import history_view
from app.stories.workspace import Workspace
from app.work.studio import Studio
from app_stories import open_studio, write_story
from message_types import holds
from page_tab import Page


def test_a_version_is_kept_seen_and_brought_back(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    page = Page(studio, token)
    page.send({"op": "keep_version", "title": "Before the cut"})
    page.send({"op": "remove", "ids": ["shot-2"]})
    (named,) = history_view(page.session, studio)
    assert (named.name, named.version.shots) == ("Before the cut", 3)
    assert "Only then: “Scene 2”" in named.differs and named.version.faces[0]["thumb"]
    holds(named.plain(), "KeptVersion")
    page.send({"op": "restore_version", "number": named.number})
    assert page.ids() == ["shot-1", "shot-2", "shot-3"]
    assert history_view(page.session, studio)[0].version.shots == 2, "as it was before that"
    page.send({"op": "undo"})
    assert page.ids() == ["shot-1", "shot-3"]
    page.send({"op": "remove_version", "number": named.number})
    assert "Before the cut" not in [view.name for view in history_view(page.session, studio)]
    page.send({"op": "restore_version", "number": named.number})
    assert page.told == ["version: it is not there any more"]


def test_undo_is_there_after_a_restart(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    page = Page(studio, token)
    page.send({"op": "set_title", "title": "New"})
    studio.workspace.close()
    again = Studio(Workspace(tmp_path / "workspace", opened=tmp_path / "story"))
    page = Page(again, token)
    assert page.answer.story["undo"] and page.send({"op": "undo"})["title"] == "Small story"
    again.workspace.close()
    write_story(tmp_path / "other")
    other = Studio(Workspace(tmp_path / "workspace", opened=tmp_path / "other"))
    assert not Page(other, token).answer.story["undo"], "another story's is its own"
