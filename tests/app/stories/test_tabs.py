"""Every tab has the story that its address names, whatever the visitor's other tabs show."""

from pathlib import Path

import pytest

from app.page import handlers
from app.stories.workspace import Workspace
from app.work.studio import Studio
from app_stories import begun
from page_tab import Page


@pytest.fixture
def studio(tmp_path: Path, sample: Path) -> Studio:
    return Studio(Workspace(tmp_path / "w"))


def titled(page: Page, title: str) -> str:
    """The name of the story that the tab gave this title."""
    return str(page.send({"op": "set_title", "title": title})["story"])


def test_two_tabs_edit_two_stories(studio: Studio) -> None:
    token, _ = begun(studio.workspace)
    left, right = Page(studio, token, "lefttab0"), Page(studio, token, "righttab0")
    first = titled(left, "First")
    right.send({"op": "new_story"})
    second = titled(right, "Second")
    assert first != second and titled(left, "First again") == first
    assert handlers.poll(token, studio, first).story == first
    assert handlers.poll(token, studio, second).story == second
    for name, title in ((first, "First again"), (second, "Second")):
        answer = handlers.enter(token, studio, pytest.fail, story=name)
        assert answer.story["title"] == title, "a reload stays"
        assert handlers.enter(token, studio, pytest.fail).story["story"] == name, "the last one"
    assert not left.told and not right.told


def test_an_answer_that_was_lost_leads_to_where_the_batch_went(studio: Studio) -> None:
    token, _ = begun(studio.workspace)
    page = Page(studio, token)
    before = page.answer.story
    sent = {"seq": 1, "tab": page.tab, "story": before["story"], "rev": before["rev"]}
    made = page.command({**sent, "ops": [{"op": "new_story"}]}).story["story"]
    assert page.command({**sent, "ops": [{"op": "new_story"}]}).story["story"] == made
    assert len(studio.workspace.stories(token)) == 2


@pytest.mark.parametrize("name", ["0123456789abcdef", "../..", "", 7, None, ["a"], {"a": 1}])
def test_no_other_name_opens_anything(studio: Studio, name: object) -> None:
    token, session = begun(studio.workspace)
    assert handlers.enter(token, studio, pytest.fail, story=name).story["story"] == session.name
    assert handlers.poll(token, studio, name).story == session.name


def test_an_address_is_no_way_into_anothers_story(studio: Studio) -> None:
    _, theirs = begun(studio.workspace)
    token, mine = begun(studio.workspace)
    assert handlers.enter(token, studio, pytest.fail, story=theirs.name).story["story"] == mine.name
    page = Page(studio, token)
    page.send({"op": "set_title", "title": "Taken"}, story=theirs.name)
    assert page.answer.story["story"] == mine.name and theirs.story.title != "Taken"


def test_a_story_that_was_deleted_leaves_its_tab_on_another(studio: Studio) -> None:
    token, _ = begun(studio.workspace)
    left, right = Page(studio, token, "lefttab0"), Page(studio, token, "righttab0")
    first = titled(left, "First")
    right.send({"op": "new_story"})
    studio.delete_story(token, first)
    assert left.send({"op": "sync"})["story"] == right.answer.story["story"]
