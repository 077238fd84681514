"""Who only looks leaves nothing behind; who edits shares the sample's pictures with all others."""

import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.page import handlers
from app.served.rate_limit import RateLimit, network
from app.served.senders import Sender
from app.stories.database import FILE
from app.stories.visitors import Tokens, User
from app.stories.workspace import Workspace
from app.work.studio import Studio
from app_stories import TAB, begun
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.disk.archive import pack
from seine_core.story.disk.storage import STORY_FILE, load_story
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.checking import examine


def size(folder: Path) -> int:
    """Bytes on disk; a file with several names counts once."""
    found = {file.stat().st_ino: file.stat().st_blocks for file in folder.rglob("*")}
    return 512 * sum(found.values())


def can_be_rendered(folder: Path) -> bool:
    _, faults = examine(load_story(folder), folder, ClipCache(folder.parent / "clips"))
    return not faults


def test_a_thousand_visitors_who_look_leave_nothing(tmp_path: Path, sample: Path) -> None:
    studio = Studio(Workspace(tmp_path / "w"))
    first = handlers.enter(None, studio, pytest.fail, Sender(address="10.0.0.1"))
    before = {p: p.stat().st_size for p in (tmp_path / "w").rglob("*") if p.is_file()}
    for n in range(1000):
        answer = handlers.enter(None, studio, pytest.fail, Sender(address=f"10.0.0.{n % 50}"))
        assert answer.story["shots"] == first.story["shots"]
        if n % 10 == 0:
            handlers.poll(answer.token, studio)
            handlers.command(answer.token, looks(answer), studio, pytest.fail)
    assert {p: p.stat().st_size for p in (tmp_path / "w").rglob("*") if p.is_file()} == before
    workspace = studio.workspace
    assert len(workspace._visits._sessions) <= 501 and not workspace._open._sessions
    assert len(studio._plans) <= 2, "all look at one"
    assert len(studio.pulse._names) <= 2 * 501
    assert workspace.records.every() == []


def looks(answer: handlers.Answer) -> dict[str, Any]:
    """What a page sends whose user only looks."""
    left, right = (shot["id"] for shot in answer.story["shots"][:2])
    ops = [{"op": "sync"}, {"op": "compare", "left": left, "right": right}, {"op": "undo"}]
    story, rev = answer.story["story"], answer.story["rev"]
    return {"seq": 1, "tab": TAB, "story": story, "rev": rev, "ops": ops}


def test_a_hundred_visitors_with_an_edit_each_share_the_pictures(
    tmp_path: Path, sample: Path
) -> None:
    workspace = Workspace(tmp_path / "w")
    workspace.database.rows("PRAGMA synchronous = OFF")
    media = size(sample / "media")
    for n in range(100):
        _, session, _ = workspace.enter(None, f"10.0.0.{n}")
        session.update(TAB, partial(edits.set_title, title=f"Mine {n}"))
        if n == 0:
            first = size(tmp_path / "w")
    each = (size(tmp_path / "w") - first) / 99
    assert each < 20_000, "two folders and a small file"
    assert len({p.stat().st_ino for p in (tmp_path / "w/stories").rglob("*.png")}) == 3
    assert media > 3 * 512
    modes = {p.stat().st_mode & 0o777 for p in (tmp_path / "w/stories").rglob("*.png")}
    assert modes == {0o444}, "no program writes into a file of others by mistake"


def test_a_story_of_shared_pictures_is_a_story_like_any_other(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, one, _ = workspace.enter(None)
    one.update(TAB, lambda story: edits.set_title(story, "One"))
    _, other, _ = workspace.enter(None)
    other.update(TAB, lambda story: edits.set_title(story, "Other"))
    copy = workspace.duplicate(token, one.name)
    workspace.remove(token, one.name)
    assert workspace.purge(workspace.records.get(one.name))
    shutil.rmtree(sample)  # the program is changed
    shutil.rmtree(tmp_path / "w" / "sample")
    for session in (copy, other):
        assert can_be_rendered(session.folder)
        assert pack(session.folder, tmp_path / f"{session.name}.seine.zip").title
    shutil.copytree(other.folder, tmp_path / "elsewhere")
    assert can_be_rendered(tmp_path / "elsewhere")


def test_a_disk_without_links_has_copies(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    _, session, _ = Workspace(tmp_path / "w").enter(None)
    session.update(TAB, lambda story: edits.set_title(story, "Mine"))
    assert can_be_rendered(session.folder)


def test_a_picture_in_the_pool_that_was_cut_short_is_put_there_again(
    tmp_path: Path, sample: Path
) -> None:
    workspace = Workspace(tmp_path / "w")
    workspace.enter(None)[1].own()
    for file in (tmp_path / "w" / "sample").iterdir():
        file.unlink()
        file.write_bytes(b"cut")
    _, session, _ = workspace.enter(None)
    session.own()
    assert can_be_rendered(session.folder)


def test_the_pictures_of_a_new_version_of_the_sample_do_not_touch_stories(
    tmp_path: Path, sample: Path
) -> None:
    _, session, _ = Workspace(tmp_path / "w").enter(None)
    session.update(TAB, lambda story: edits.set_title(story, "Mine"))
    before = {p.name: p.read_bytes() for p in (session.folder / "media").iterdir()}
    for file in (sample / "media").iterdir():
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content + b"\n")
    _, new, _ = Workspace(tmp_path / "w").enter(None)
    new.own()
    assert {p.name: p.read_bytes() for p in (session.folder / "media").iterdir()} == before
    assert all(p.read_bytes().endswith(b"\n") for p in (new.folder / "media").iterdir())


def test_who_looked_goes_on_after_a_restart(tmp_path: Path, sample: Path) -> None:
    answer = handlers.enter(None, Studio(Workspace(tmp_path / "w")), pytest.fail)
    studio = Studio(Workspace(tmp_path / "w"))
    sent = looks(answer) | {"ops": [{"op": "set_title", "title": "Mine"}]}
    again = handlers.command(answer.token, sent, studio, pytest.fail)
    assert (again.story["title"], again.story["story"]) == ("Mine", answer.story["story"])
    assert handlers.enter(answer.token, studio, pytest.fail).story["title"] == "Mine"


def test_two_tabs_of_who_looks_follow_each_other(tmp_path: Path, sample: Path) -> None:
    studio = Studio(Workspace(tmp_path / "w"))
    answer = handlers.enter(None, studio, pytest.fail)
    other = handlers.enter(answer.token, studio, pytest.fail)
    assert other.story["story"] == answer.story["story"]
    sent = looks(answer) | {"ops": [{"op": "set_title", "title": "Mine"}]}
    handlers.command(answer.token, sent, studio, pytest.fail)
    told: list[str] = []
    late = sent | {"tab": "f" * 16, "ops": [{"op": "set_title", "title": "Late"}]}
    assert handlers.command(answer.token, late, studio, told.append).story["title"] == "Mine"
    assert "another tab" in told[0]


def refused_edit(studio: Studio, answer: handlers.Answer) -> None:
    sent = looks(answer) | {"ops": [{"op": "remove", "ids": ["shot-9"]}]}
    handlers.command(answer.token, sent, studio, lambda message: None)


def media_that_was_not_uploaded(studio: Studio, answer: handlers.Answer) -> None:
    sent = looks(answer) | {
        "ops": [{"op": "add_media", "files": [{"upload": "upload-0", "name": "x"}]}]
    }
    handlers.command(answer.token, sent, studio, lambda message: None)


@pytest.mark.parametrize("act", [refused_edit, media_that_was_not_uploaded])
def test_what_is_refused_makes_no_story(
    tmp_path: Path, sample: Path, act: Callable[[Studio, handlers.Answer], None]
) -> None:
    studio = Studio(Workspace(tmp_path / "w"))
    act(studio, handlers.enter(None, studio, pytest.fail))
    assert not any((tmp_path / "w" / "stories").iterdir())


def test_a_render_makes_it_ones_own(tmp_path: Path, sample: Path) -> None:
    studio = Studio(Workspace(tmp_path / "w"))
    _, session, _ = studio.workspace.enter(None)
    studio.preview(session, session.story.shots[0].id)
    assert session.folder == tmp_path / "w/stories" / session.name
    assert load_story(session.folder) == load_story(sample)


def test_new_visitors_are_limited(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    tokens = [workspace.enter(None, "10.0.0.1")[0] for _ in range(300)]
    with pytest.raises(BadInput, match="try again in a minute"):
        workspace.enter(None, "10.0.0.1")
    assert workspace.enter(tokens[0], "10.0.0.1")[0] == tokens[0], "known ones are not counted"
    assert workspace.enter(User("ada"), "10.0.0.1")
    assert workspace.enter(None, "10.0.0.2"), "another address"


def test_first_stories_are_limited(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stories.visits._FIRST_STORIES", (2, 3, 60.0))
    workspace = Workspace(tmp_path / "w")
    for address in ("a", "a", "b"):
        workspace.enter(None, address)[1].own()
    for address in ("a", "c"):
        _, session, _ = workspace.enter(None, address)
        with pytest.raises(BadInput, match="Many new stories"):
            session.update(TAB, lambda story: edits.set_title(story, "x"))
        assert session.story.title == "Small story" and session.begin
    workspace.enter(User("ada"), "a")[1].own()
    assert len(list((tmp_path / "w" / "stories").iterdir())) == 4


def test_a_rate_limit() -> None:
    now = 0.0
    limit = RateLimit(2, 3, 60.0, clock=lambda: now)
    assert [limit.take(a) for a in "aaabc"] == [True, True, False, True, False]
    now = 60.0
    assert limit.take("a")


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_whose_an_address_is(address: str, whose: str) -> None:
    assert network(address) == whose


def test_tokens_are_known_by_their_mark() -> None:
    tokens, others = Tokens("key"), Tokens("another")
    token = tokens.issue()
    assert tokens.issued(token) and not others.issued(token) and tokens.issue() != token
    changed = ("A" if token[0] != "A" else "B") + token[1:]
    for wrong in (changed, token[:-1], token + "A", "x" * 43, "", None, 1, {"a": 1}, "é" * 43):
        assert not tokens.issued(wrong)


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_database_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged .*move it away") as error:
        Workspace(tmp_path)
    assert "\n" not in str(error.value) and (tmp_path / FILE).read_bytes() == content
    (tmp_path / FILE).unlink()
    Workspace(tmp_path).close()


def test_a_damaged_page_is_found_when_it_is_opened(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    for _ in range(60):
        workspace.enter(None)[1].own()
    workspace.close()
    file = tmp_path / "w" / FILE
    data = bytearray(file.read_bytes())
    data[3 * 4096 : 4 * 4096] = b"\xff" * 4096
    file.write_bytes(data)
    with pytest.raises(BadInput, match="damaged"):
        Workspace(tmp_path / "w")


def test_a_database_of_a_newer_program_or_of_another(tmp_path: Path) -> None:
    Workspace(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(BadInput, match="newer program"):
        Workspace(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA application_id = 1")
    db.close()
    with pytest.raises(BadInput, match="is no workspace"):
        Workspace(tmp_path)


def test_stories_that_nobody_owns_are_found_again(
    tmp_path: Path, sample: Path, caplog: pytest.LogCaptureFixture
) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
    shutil.copytree(session.folder, tmp_path / "w/stories" / "0123456789abcdef")
    workspace.close()
    workspace = Workspace(tmp_path / "w")
    names = [name for name, _ in workspace.stories(token)]
    assert names == ["0123456789abcdef", session.name], "there is nobody else whose it could be"
    workspace.enter(None)[1].own()
    shutil.copytree(session.folder, tmp_path / "w/stories" / "fedcba9876543210")
    workspace.close()
    caplog.clear()
    workspace = Workspace(tmp_path / "w")
    assert len(workspace.stories(token)) == 2
    assert "fedcba9876543210: nobody was known to own it; open it with" in caplog.text
    caplog.clear()
    Workspace(tmp_path / "w")
    assert not caplog.records, "once"


def test_a_visitors_trash_is_bounded(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stories.workspace._TRASH_EACH", 3)
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
    deleted = []
    for _ in range(5):
        session = workspace.session(token)
        assert session is not None
        deleted.append(session.name)
        workspace.remove(token, session.name)
    assert [name for name, _ in workspace.deleted(token)] == deleted[:1:-1]
    assert {p.name for p in (tmp_path / "w" / "trash").iterdir()} == set(deleted[2:])


def test_a_full_disk_leaves_everything_where_it_was(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        for act in (workspace.remove, workspace.duplicate):
            with pytest.raises(BadInput, match="No space left"):
                act(token, session.name)
    assert [name for name, _ in workspace.stories(token)] == [session.name]
    assert workspace.deleted(token) == []
    stories = tmp_path / "w" / "stories"
    assert [p.name for p in stories.iterdir()] == [session.name]
    assert (stories / session.name / STORY_FILE).exists()


def test_what_is_removed_for_good_is_what_was_meant(tmp_path: Path, sample: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    token, session = begun(workspace)
    workspace.remove(token, session.name)
    meant = workspace.records.get(session.name)
    workspace.restore(token, session.name)
    assert not workspace.purge(meant), "it was taken back meanwhile"
    opened = workspace.session(token)
    assert opened is not None and not workspace.purge(workspace.records.get(opened.name))
    assert opened.folder.is_dir()


def test_who_only_looks_may_do_all_that_the_dialog_offers(tmp_path: Path, sample: Path) -> None:
    for act in ("rename", "duplicate", "remove"):
        workspace = Workspace(tmp_path / act)
        token, session, _ = workspace.enter(None)
        workspace.rename(token, session.name, "Mine") if act == "rename" else getattr(
            workspace, act
        )(token, session.name)
        names = [name for name, _ in workspace.stories(token)]
        assert (session.name in names) == (act != "remove")
        assert [name for name, _ in workspace.deleted(token)] == (
            [session.name] if act == "remove" else []
        )
        workspace.close()


def test_a_new_visitors_first_story_of_any_kind_counts(
    tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stories.visits._FIRST_STORIES", (1, 9, 60.0))
    workspace = Workspace(tmp_path / "w")
    first, second = (workspace.enter(None, "a")[0] for _ in range(2))
    workspace.new_story(first)
    workspace.new_story(first)
    with pytest.raises(BadInput, match="Many new stories"):
        workspace.new_story(second)
