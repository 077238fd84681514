"""Visitors find their own stories again, and nobody else's."""

import json
from functools import partial
from pathlib import Path

import pytest

from app.stories.visitors import known_as
from app.stories.workspace import Workspace
from app_stories import TAB, begun, write_story
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.disk.storage import STORY_FILE, load_story


def test_the_first_visit_shows_the_sample_and_the_first_edit_makes_it_ones_own(
    tmp_path: Path, sample: Path
) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session, warning = workspace.enter(None)
    assert not warning and session.story == load_story(sample)
    assert workspace.session(token) is session and not any((tmp_path / "w/stories").iterdir())
    name = session.name
    session.update(TAB, lambda story: edits.set_title(story, "mine"))
    assert load_story(sample).title == "Small story" and session.name == name
    assert load_story(tmp_path / "w/stories" / name).title == "mine"
    assert workspace.session(token) is session


def test_a_restart_reopens_the_same_story(tmp_path: Path, sample: Path) -> None:
    first = Workspace(tmp_path / "w")
    token, session, _ = first.enter(None)
    session.update(TAB, lambda story: edits.set_title(story, "mine"))
    second = Workspace(tmp_path / "w")
    again, reopened, _ = second.enter(token)
    assert again == token and reopened.story.title == "mine"
    assert second.secret == first.secret


def test_two_visitors_have_two_stories(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
    other_token, other, _ = workspace.enter("made-up")
    other.own()
    assert token != other_token and session.folder != other.folder
    with pytest.raises(BadInput, match="none of yours"):
        workspace.switch(token, other.name)


def test_the_disk_has_no_token(tmp_path: Path, sample: Path) -> None:
    token, _ = begun(Workspace(tmp_path / "w"))
    file = tmp_path / "w" / "workspace.sqlite"
    assert token.encode() not in file.read_bytes() and file.stat().st_mode & 0o077 == 0


def test_new_stories_and_back(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, first = begun(workspace)
    second = workspace.new_story(token)
    assert workspace.session(token) is second and not second.story.shots
    assert [name for name, _ in workspace.stories(token)] == [first.name, second.name]
    assert workspace.switch(token, first.name) is first
    assert Workspace(tmp_path / "w").enter(token)[1].story == first.story


def test_a_damaged_story_is_told_and_kept(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
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
    token = "x" * 43
    data = {"secret": "x", "visitors": {known_as(token): ["../../sample", "..", ""]}}
    (tmp_path / "visitors.json").write_text(json.dumps(data))
    workspace = Workspace(tmp_path)
    assert workspace.records.every() == [] and workspace.session(token) is not None


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
    rev = session.rev
    for n in range(3):
        session.update("tab-a", partial(edits.set_title, title=f"{n}"))
    assert session.seen_by("tab-a", rev) and session.seen_by("tab-b", rev + 3)
    assert not session.seen_by("tab-b", rev + 2) and not session.seen_by("tab-a", rev + 4)
    assert not session.seen_by("tab-a", rev - 1), "of an earlier time that it was open"
    for n in range(300):
        session.update("tab-a", partial(edits.set_title, title=f"again {n}"))
    assert not session.seen_by("tab-a", rev), "longer ago than is remembered"


def test_a_copy_has_its_own_media_and_is_not_opened(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session, _ = workspace.enter(None)
    session.update(TAB, lambda story: edits.set_title(story, "t" * 200))
    copy = workspace.duplicate(token, session.name)
    assert workspace.session(token) is session
    assert copy.story.title.endswith("t (copy)") and copy.story.shots == session.story.shots
    media = [set(p.name for p in (s.folder / "media").iterdir()) for s in (copy, session)]
    assert media[0] == media[1] != set()


def test_a_title_is_changed_from_outside_the_editor(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session, _ = workspace.enter(None)
    rev = session.rev
    workspace.rename(token, session.name, "Renamed")
    assert load_story(session.folder).title == "Renamed" and not session.seen_by(TAB, rev)
    with pytest.raises(BadInput, match="title"):
        workspace.rename(token, session.name, "t" * 201)


def test_a_deleted_story_goes_to_the_trash_and_comes_back(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, first = begun(workspace)
    second = workspace.new_story(token)
    workspace.remove(token, second.name)
    assert workspace.session(token) is first and not second.folder.exists()
    assert [name for name, _ in workspace.deleted(token)] == [second.name]
    with pytest.raises(BadInput, match="closed or deleted"):
        second.update(TAB, lambda story: edits.set_title(story, "from who does not know"))
    with pytest.raises(BadInput, match="closed or deleted"):
        second.own()  # before anything is decoded or rendered for it
    second.look()
    assert not second.folder.exists()
    workspace.restore(token, second.name)
    back = workspace.session(token)
    assert back is not None and back.name == second.name, "it was on show"
    with pytest.raises(BadInput, match="trash"):
        workspace.restore(token, second.name)


def test_the_last_story_is_followed_by_an_empty_one(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, only, _ = workspace.enter(None)
    workspace.remove(token, only.name)
    session = workspace.session(token)
    assert session is not None and not session.story.shots
    assert Workspace(tmp_path / "w").enter(token)[1].name == session.name


def test_nobody_touches_another_visitors_stories(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
    stranger, _, _ = workspace.enter(None)
    workspace.new_story(token)
    for act in (workspace.duplicate, workspace.remove, workspace.restore, workspace.switch):
        with pytest.raises(BadInput):
            act(stranger, session.name)
    with pytest.raises(BadInput, match="none of yours"):
        workspace.rename(stranger, session.name, "mine")
    workspace.remove(token, session.name)
    with pytest.raises(BadInput):
        workspace.restore(stranger, session.name)
    assert workspace.deleted(stranger) == []


def test_fifty_stories_are_enough(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
    for _ in range(49):
        workspace.new_story(token)
    with pytest.raises(BadInput, match="delete one first"):
        workspace.duplicate(token, session.name)


def test_a_story_that_cannot_be_made_leaves_nothing(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)

    def full(folder: Path) -> None:
        folder.mkdir()
        raise OSError(28, "No space left on device")

    with pytest.raises(BadInput, match="No space left"):
        workspace.new_story(token, full)
    assert [path.name for path in (tmp_path / "w" / "stories").iterdir()] == [session.name]


def test_what_nobody_looks_at_is_closed(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session, _ = workspace.enter(None)
    session.update(TAB, lambda story: edits.set_title(story, "kept"))
    assert workspace.close_idle(lambda name: False) == []
    session.touched -= 4000
    assert workspace.close_idle(lambda name: True) == [], "it is being rendered"
    assert workspace.open_story(session.name) is session
    assert workspace.close_idle(lambda name: False) == [], "a page asked after it"
    session.touched -= 4000
    assert workspace.close_idle(lambda name: False) == [session.name]
    again = workspace.session(token)
    assert again is not None and again is not session and again.story.title == "kept"
    assert [story.title for story in again.history.past] == ["Small story"], "undo outlives it"
    assert workspace.open_story("unknown") is None


def test_a_story_that_is_not_saved_stays_open(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    _, session = begun(workspace)
    session.touched -= 4000
    session.problem = "no room"
    assert workspace.close_idle(lambda name: False) == []
