"""Undo and versions of a story outlive its being open."""

from pathlib import Path

import pytest

from app.stories import kept_history
from app.stories.kept_history import FILE, KeptHistory
from app.stories.sweep import sweep
from app.stories.workspace import Workspace
from app_stories import begun, write_image
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.disk.storage import add_media
from seine_core.story.history import History
from seine_core.story.model import CardSource, Story


def titled(title: str) -> Story:
    return Story(title=title)


def edited(*titles: str) -> History:
    history = History(titled(titles[0]))
    for title in titles[1:]:
        history = history.edited(titled(title))
    return history


def titles(history: History) -> tuple[list[str], str, list[str]]:
    past, future = history.past, history.future
    return [s.title for s in past], history.story.title, [s.title for s in future]


def test_undo_and_redo_are_there_again(tmp_path: Path) -> None:
    kept, history = KeptHistory(tmp_path / FILE), edited("a", "b", "c", "d")
    kept.keep("one", edited("x", "y"))
    kept.keep("one", history)
    kept.keep("one", history := history.undone().undone())
    again = KeptHistory(tmp_path / FILE).opened("one", titled("b"))
    assert titles(again) == (["a"], "b", ["c", "d"])
    kept = KeptHistory(tmp_path / FILE)
    again = kept.opened("one", titled("b")).edited(titled("e"))
    kept.keep("one", again)
    kept.keep("one", again.undone())
    kept.keep("one", again)
    assert titles(kept.opened("one", titled("e"))) == (["a", "b"], "e", [])
    assert titles(kept.opened("one", titled("elsewhere"))) == (["a", "b", "e"], "elsewhere", [])
    assert titles(kept.opened("two", titled("new"))) == ([], "new", [])
    kept.forget("one")
    assert titles(kept.opened("one", titled("e"))) == ([], "e", [])


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_history, "_STEP_BYTES", 1500)
    kept = KeptHistory(tmp_path / FILE)
    kept.keep("one", edited(*"abcdefghijklmnopqrst"))
    past, present, _ = titles(kept.opened("one", titled("t")))
    assert present == "t" and 0 < len(past) < 10 and past[-1] == "s"
    monkeypatch.setattr(kept_history, "NAMED", 2)
    for title in "ab":
        kept.keep_version("one", titled("t"), title)
    with pytest.raises(BadInput, match="remove one first"):
        kept.keep_version("one", titled("t"), "c")
    for n in range(40):
        kept.keep_version("one", titled(str(n)))
    found = kept.versions("one")
    assert len(found) == 32 and found[0].story.title == "39"
    kept.remove_version("one", found[-1].number)
    assert [v.title for v in kept.versions("one") if v.title] == ["b"]


def test_a_version_is_kept_when_editing_begins_and_again_later(tmp_path: Path) -> None:
    now = [1000.0]
    kept = KeptHistory(tmp_path / FILE, lambda: now[0])
    for after, title in ((0, "a"), (60, "b"), (700, "c"), (700, "c")):
        now[0] += after
        kept.keep_automatically("one", titled(title))
    assert [version.story.title for version in kept.versions("one")] == ["c", "a"]


def test_a_damaged_file_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    kept = KeptHistory(tmp_path / FILE)
    kept.keep("one", edited("a", "b"))
    assert titles(kept.opened("one", titled("b"))) == (["a"], "b", [])
    assert "set aside" in caplog.text and (tmp_path / "history.damaged").exists()


def test_media_that_undo_needs_stay(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
    source = add_media(session.folder, write_image(tmp_path / "a.png", 90))
    session.update("tab", lambda story: edits.insert(story, [source]))
    session.update("tab", lambda story: edits.remove(story, [story.shots[-1].id]))
    session.update("tab", lambda story: edits.insert(story, [CardSource()]))
    workspace.close()
    passed = [0.0]
    workspace = Workspace(tmp_path / "w", steady=lambda: passed[0])
    sweep(workspace)
    passed[0] += 3 * 24 * 3600
    sweep(workspace)
    session = workspace.session(token)
    assert session is not None
    assert (session.folder / "media" / getattr(source, "file", "")).is_file()
    for _ in range(2):
        session.turn_to(session.history.undone(), "tab")
    assert session.story.shots[-1].source == source
