"""Visitors find their own stories again, and nobody else's."""

import json
from pathlib import Path

import pytest

from app.sessions import Workspace
from app_stories import TAB, write_story
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.storage import STORY_FILE, load_story


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sample"
    write_story(folder)
    monkeypatch.setattr("app.sessions.SAMPLE", folder)
    return folder


def test_the_first_visit_opens_a_copy_of_the_sample(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    _, session, warning = workspace.enter(None)
    assert not warning and session.story == load_story(sample)
    session.edit(edits.set_title(session.story, "mine"), TAB)
    assert load_story(sample).title == "Small story"


def test_a_restart_reopens_the_same_story(tmp_path: Path, sample: Path) -> None:
    first = Workspace(tmp_path / "w")
    token, session, _ = first.enter(None)
    session.edit(edits.set_title(session.story, "mine"), TAB)
    second = Workspace(tmp_path / "w")
    again, reopened, _ = second.enter(token)
    assert again == token and reopened.story.title == "mine"
    assert second.secret == first.secret


def test_two_visitors_have_two_stories(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session, _ = workspace.enter(None)
    other_token, other, _ = workspace.enter("made-up")
    assert token != other_token and session.folder != other.folder
    with pytest.raises(BadInput, match="none of yours"):
        workspace.switch(token, other.name)


def test_the_disk_has_no_token(tmp_path: Path, sample: Path) -> None:
    token, _, _ = Workspace(tmp_path / "w").enter(None)
    file = tmp_path / "w" / "visitors.json"
    assert token not in file.read_text() and file.stat().st_mode & 0o077 == 0


def test_new_stories_and_back(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, first, _ = workspace.enter(None)
    second = workspace.new_story(token)
    assert workspace.session(token) is second and not second.story.shots
    assert [name for name, _ in workspace.own_stories(token)] == [second.name, first.name]
    assert workspace.switch(token, first.name) is first
    assert Workspace(tmp_path / "w").enter(token)[1].story == first.story


def test_a_damaged_story_is_told_and_kept(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session, _ = workspace.enter(None)
    (session.folder / STORY_FILE).write_text("{")
    again, other, warning = Workspace(tmp_path / "w").enter(token)
    assert again == token and other.name != session.name
    assert "cannot be opened" in warning
    assert (session.folder / STORY_FILE).read_text() == "{"


@pytest.mark.parametrize("text", ["", "[]", '{"secret": "x", "visitors": {"a": 1}}'])
def test_a_damaged_visitors_file_is_no_reason_to_lose_stories(tmp_path: Path, text: str) -> None:
    (tmp_path / "visitors.json").write_text(text)
    with pytest.raises(BadInput, match=r"visitors\.json: damaged"):
        Workspace(tmp_path)


def test_names_on_disk_never_lead_elsewhere(tmp_path: Path, sample: Path) -> None:
    token, _, _ = Workspace(tmp_path / "w").enter(None)
    file = tmp_path / "w" / "visitors.json"
    data = json.loads(file.read_text())
    data["visitors"] = {visitor: ["../../sample"] for visitor in data["visitors"]}
    file.write_text(json.dumps(data))
    assert Workspace(tmp_path / "w").session(token) is None


def test_one_story_for_everybody(tmp_path: Path) -> None:
    write_story(tmp_path / "story")
    workspace = Workspace(tmp_path / "w", opened=tmp_path / "story")
    token, session, _ = workspace.enter(None)
    _, other, _ = workspace.enter(None)
    assert session is other and session.folder == tmp_path / "story"
    with pytest.raises(BadInput, match="one story"):
        workspace.new_story(token)


def test_who_has_seen_what(tmp_path: Path, sample: Path) -> None:
    _, session, _ = Workspace(tmp_path / "w").enter(None)
    for n in range(3):
        session.edit(edits.set_title(session.story, f"{n}"), "tab-a")
    assert session.seen_by("tab-a", 0) and session.seen_by("tab-b", 3)
    assert not session.seen_by("tab-b", 2) and not session.seen_by("tab-a", 4)
    for n in range(300):
        session.edit(edits.set_title(session.story, f"again {n}"), "tab-a")
    assert not session.seen_by("tab-a", 0), "longer ago than is remembered"
