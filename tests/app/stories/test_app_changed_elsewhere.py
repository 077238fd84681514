"""What something else writes to the file of an open story is not written over: both versions are
kept, and the user is asked."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.page import handlers
from app.stories.saved_file import IN_EDITOR
from app.stories.sessions import Session
from app.stories.workspace import Workspace
from app.work.studio import Studio
from app_stories import TAB, open_studio, session_of
from message_types import holds
from seine_core.errors import BadInput
from seine_core.files import atomic
from seine_core.story import edits
from seine_core.story.disk.storage import STORY_FILE, dump_story, load_story, save_story
from seine_core.story.model import Story


class Page:
    """A tab on the one story of a server."""

    def __init__(self, folder: Path) -> None:
        self.studio, self.token = open_studio(folder)
        self.told: list[str] = []
        self.seq = 0
        self.view = handlers.enter(self.token, self.studio, self.told.append).story

    @property
    def session(self) -> Session:
        return session_of(self.studio, self.token)

    @property
    def folder(self) -> Path:
        return self.session.folder

    def send(self, op: str, **fields: Any) -> dict[str, Any]:
        self.seq += 1
        sent = {"seq": self.seq, "tab": TAB, "story": self.view["story"], "rev": self.view["rev"]}
        sent |= {"ops": [{"op": op, **fields}]}
        self.view = handlers.command(self.token, sent, self.studio, self.told.append).story
        return self.view

    def title(self, title: str) -> None:
        self.send("set_title", title=title)

    def choose(self, version: str) -> dict[str, Any]:
        digest = self.view["elsewhere"]["digest"]
        return self.send("choose_version", version=version, digest=digest)

    def elsewhere(self, title: str = "Changed elsewhere") -> None:
        """Another program writes the story, as a careful one does."""
        save_story(edits.set_title(load_story(self.folder), title), self.folder)

    def versions(self) -> set[str]:
        """The titles of all versions on disk."""
        return {load_story(file).title for file in self.folder.glob("*.json")}


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path)


def test_an_edit_does_not_write_over_what_another_program_wrote(page: Page) -> None:
    page.elsewhere()
    page.title("Mine")
    assert load_story(page.folder).title == "Changed elsewhere"
    assert load_story(page.folder / IN_EDITOR).title == "Mine"
    assert page.told == [] and page.view["problem"] == ""
    found = page.view["elsewhere"]
    holds(found, "Versions")
    assert (found["editor"]["title"], found["disk"]["title"]) == ("Mine", "Changed elsewhere")
    page.title("Mine, further")
    assert page.versions() == {"Mine, further", "Changed elsewhere"}


def test_a_change_is_noticed_when_the_page_asks(page: Page) -> None:
    before, beat = page.view["rev"], page.studio._beat(page.session.name)
    page.elsewhere()
    assert page.studio._beat(page.session.name) != beat, "so that the page asks"
    assert handlers.poll(page.token, page.studio).rev == before + 1
    view = handlers.enter(page.token, page.studio, page.told.append).story
    assert view["elsewhere"]["disk"]["title"] == "Changed elsewhere"
    assert page.studio._beat(page.session.name) == f"{before + 1} 0"
    assert page.versions() == {"Small story", "Changed elsewhere"}
    page.title("A page that has not seen it may still edit")
    assert page.told == [] and page.view["title"].startswith("A page")


def test_go_on_with_the_editors_version(page: Page) -> None:
    page.elsewhere()
    page.title("Mine")
    view = page.choose("editor")
    assert view["elsewhere"] is None and view["title"] == load_story(page.folder).title == "Mine"
    assert page.versions() == {"Mine", "Changed elsewhere"}
    assert not (page.folder / IN_EDITOR).exists()
    assert page.send("undo")["title"] == "Changed elsewhere"
    assert page.send("undo")["title"] == "Mine"
    page.title("Further")
    assert load_story(page.folder).title == "Further" and page.view["elsewhere"] is None


def test_go_on_with_the_version_on_disk(page: Page) -> None:
    page.elsewhere()
    page.title("Mine")
    view = page.choose("disk")
    assert view["elsewhere"] is None and view["title"] == "Changed elsewhere"
    assert load_story(page.folder).title == "Changed elsewhere"
    assert page.versions() == {"Mine", "Changed elsewhere"}
    assert page.send("undo")["title"] == "Mine" and load_story(page.folder).title == "Mine"
    assert page.send("redo")["title"] == "Changed elsewhere"


def test_what_is_chosen_is_what_was_seen(page: Page) -> None:
    page.elsewhere()
    page.title("Mine")
    page.elsewhere("Once more")
    page.choose("disk")
    assert "once more meanwhile" in page.told[0]
    assert page.view["title"] == "Mine"
    assert page.view["elsewhere"]["disk"]["title"] == "Once more"
    assert page.choose("disk")["title"] == "Once more"
    page.send("choose_version", version="disk", digest="0" * 64)
    assert len(page.told) == 2


def test_a_change_that_goes_back_by_itself(page: Page) -> None:
    before = (page.folder / STORY_FILE).read_bytes()
    page.elsewhere()
    page.title("Mine")
    (page.folder / STORY_FILE).write_bytes(before)
    view = page.send("sync")
    assert view["elsewhere"] is None and view["title"] == load_story(page.folder).title == "Mine"
    assert page.versions() == {"Mine"}


def test_the_same_story_in_other_words_is_no_change(page: Page) -> None:
    text = json.dumps(json.loads((page.folder / STORY_FILE).read_text()), indent=7)
    (page.folder / STORY_FILE).write_text(text)
    assert page.send("sync")["elsewhere"] is None
    page.title("Mine")
    assert page.view["elsewhere"] is None and page.versions() == {"Mine"}


def test_a_change_within_the_same_moment_and_size_is_found_when_it_is_saved(page: Page) -> None:
    file = page.folder / STORY_FILE
    before, stat = file.read_text(), file.stat()
    with file.open("r+") as same:
        same.write(before.replace("Small story", "Other story"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    page.title("Mine")
    assert page.versions() == {"Mine", "Other story"}


@pytest.mark.parametrize(
    "write",
    [
        lambda file: file.write_text("{"),
        lambda file: file.write_bytes(b"\xff" * 100),
        lambda file: file.write_text('{"version": 99}'),
        lambda file: file.write_text('{"shots": 1}'),
        lambda file: (file.unlink(), file.mkdir()),
        lambda file: (file.unlink(), os.mkfifo(file)),
    ],
)
def test_what_is_no_story_is_kept_too(page: Page, write: Callable[[Path], Any]) -> None:
    write(page.folder / STORY_FILE)
    page.send("sync")
    found = page.view["elsewhere"]
    assert found["disk"] is None and found["problem"] and "\n" not in found["problem"]
    page.choose("disk")
    assert "go on with yours" in page.told[0]
    page.title("Mine")
    page.choose("editor")
    assert page.view["elsewhere"] is None and load_story(page.folder).title == "Mine"
    assert len([*page.folder.glob("story (changed elsewhere*")]) == 1


def test_half_a_file_that_is_still_being_written(page: Page) -> None:
    file = page.folder / STORY_FILE
    text = file.read_text().replace("Small story", "Written slowly")
    file.write_text(text[:100])
    assert page.send("sync")["elsewhere"]["disk"] is None
    file.write_text(text)
    assert page.send("sync")["elsewhere"]["disk"]["title"] == "Written slowly"
    assert page.choose("disk")["title"] == "Written slowly"


def test_a_file_that_is_gone_is_written_again(page: Page) -> None:
    (page.folder / STORY_FILE).unlink()
    page.title("Mine")
    assert page.view["elsewhere"] is None and load_story(page.folder).title == "Mine"


def restarted(page: Page) -> Session:
    """The story as a server opens it that comes after one that was killed."""
    opened = page.folder
    page.studio.workspace.close()
    workspace = Workspace(opened.parent / "workspace", opened=opened)
    session = workspace.session(workspace.enter(None)[0])
    assert session is not None
    return session


def test_the_question_outlives_a_kill(page: Page) -> None:
    page.elsewhere()
    page.title("Mine")
    session = restarted(page)
    assert session.story.title == "Mine" and session.elsewhere is not None
    assert session.elsewhere.story is not None
    assert session.elsewhere.story.title == "Changed elsewhere"
    session.choose("disk", session.elsewhere.digest, TAB)
    assert page.versions() == {"Mine", "Changed elsewhere"}


def test_a_kill_before_the_answer_is_done(page: Page) -> None:
    page.elsewhere()
    page.title("Mine")
    (page.folder / STORY_FILE).rename(page.folder / "story (changed elsewhere 0123).json")
    session = restarted(page)
    assert session.story.title == "Mine" and session.elsewhere is None
    assert page.versions() == {"Mine", "Changed elsewhere"}


def test_a_kill_after_the_answer_is_done(page: Page) -> None:
    page.title("Mine")
    (page.folder / IN_EDITOR).write_text(dump_story(page.session.story))
    session = restarted(page)
    assert session.elsewhere is None and not (page.folder / IN_EDITOR).exists()


def test_what_is_written_in_the_last_moment_is_kept(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the editor looked, and before its file has its name."""
    forced = atomic._force

    def and_another(part: Path) -> None:
        forced(part)
        monkeypatch.setattr(atomic, "_force", forced)
        save_story(Story(title="In between"), page.folder)

    monkeypatch.setattr(atomic, "_force", and_another)
    page.title("Mine")
    assert page.view["elsewhere"]["disk"]["title"] == "In between"
    assert {"In between", "Mine"} <= page.versions()


def test_two_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """A careful program and the editor write as fast as they can; each version of the other one
    that the editor met is still on disk, or was replaced by that one itself."""
    page = Page(tmp_path)
    written: list[str] = []
    going = True

    def write() -> None:
        while going:
            title = f"Elsewhere {len(written)}"
            story = Story(title=title)
            save_story(story, page.folder)
            written.append(title)
            time.sleep(0.002)

    other = threading.Thread(target=write)
    other.start()
    try:
        for n in range(60):
            page.title(f"Mine {n}")
            if page.view["elsewhere"]:
                page.choose("editor")
    finally:
        going = False
        other.join()
    page.send("sync")
    # The last of each is there, whoever came last.
    assert {written[-1], "Mine 59"} <= page.versions()


def test_a_story_of_a_visitor(tmp_path: Path, sample: Path) -> None:
    studio = Studio(Workspace(tmp_path / "w"))
    token, session, _ = studio.workspace.enter(None)
    session.update(TAB, lambda story: edits.set_title(story, "Mine"))
    save_story(edits.set_title(session.story, "By an administrator"), session.folder)
    view = handlers.enter(token, studio, pytest.fail).story
    assert view["elsewhere"]["disk"]["title"] == "By an administrator"
    assert str(tmp_path) not in json.dumps(view)
    copy = studio.workspace.duplicate(token, session.name)
    assert copy.story.title == "Mine (copy)" and copy.elsewhere is None


def test_a_disk_that_refuses_is_told(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    page.elsewhere()

    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("app.stories.saved_file.write_atomically", full)
        page.title("Mine")
        assert "No space left" in page.view["problem"]
        page.choose("disk")
        assert "No space left" in page.told[0] and page.view["title"] == "Mine"
    page.choose("disk")
    assert page.versions() == {"Mine", "Changed elsewhere"} and page.view["problem"] == ""


def test_nothing_can_be_chosen_of_the_sample(tmp_path: Path, sample: Path) -> None:
    _, session, _ = Workspace(tmp_path / "w").enter(None)
    with pytest.raises(BadInput, match="look at both"):
        session.choose("editor", "0" * 64, TAB)
