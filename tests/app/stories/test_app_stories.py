"""The Stories dialog shows a visitor's own stories and does what it may, cheaply."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.page import handlers, stories_panel
from app.page.stories_panel import StoryCards
from app.stories.workspace import Workspace
from app.work.studio import Studio
from app_stories import TAB, open_studio, upload
from seine_core.story import edits
from seine_core.story.disk.storage import STORY_FILE


class Dialog:
    """A visitor who has it open."""

    def __init__(self, folder: Path) -> None:
        self.studio = Studio(Workspace(folder))
        self.token, self.session, _ = self.studio.workspace.enter(None)
        self.session.own()
        self.cards = StoryCards(self.studio)
        self.told: list[str] = []
        self.seq = 0

    def ask(self, op: Any = "list", **fields: Any) -> dict[str, Any]:
        sent = {"op": op, **fields}
        return handlers.stories(self.token, sent, self.studio, self.cards, self.told.append).plain()

    def titles(self, **answer: Any) -> list[str]:
        return [card["title"] for card in self.ask()["stories"]]

    def send(self, *ops: Any) -> dict[str, Any]:
        self.seq += 1
        sent = {"seq": self.seq, "tab": TAB, "story": "", "rev": 0, "ops": list(ops)}
        return handlers.command(self.token, sent, self.studio, self.told.append).story

    def client(self) -> TestClient:
        server = FastAPI()
        server.include_router(self.studio.shelf.router())
        server.include_router(self.studio.pulse.router())
        return TestClient(server)


@pytest.fixture
def dialog(tmp_path: Path, sample: Path) -> Iterator[Dialog]:
    yield Dialog(tmp_path / "w")


def test_a_card_says_what_a_story_is(dialog: Dialog) -> None:
    (card,) = dialog.ask()["stories"]
    assert (card["title"], card["shots"], card["total_s"]) == ("Small story", 3, 2.5)
    assert card["name"] == dialog.session.name and card["changed"] > 0
    picture = dialog.client().get(card["thumb"])
    assert picture.headers["content-type"] == "image/jpeg"


def test_the_latest_changed_is_first(dialog: Dialog) -> None:
    dialog.send({"op": "new_story"})
    dialog.studio.workspace.rename(dialog.token, dialog.session.name, "Older but changed")
    assert dialog.titles() == ["Older but changed", "Untitled story"]


def test_no_story_is_read_twice(dialog: Dialog, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog.ask()
    with monkeypatch.context() as patch:
        patch.setattr(stories_panel, "load_story", lambda folder: pytest.fail("read again"))
        assert dialog.titles() == ["Small story"]
        patch.setattr("app.stories.saved_file.load_story", lambda folder: pytest.fail("read again"))
        dialog.send({"op": "sync"})
    dialog.session.update(TAB, lambda story: edits.set_title(story, "Changed"))
    assert dialog.titles() == ["Changed"]


def test_an_answer_of_the_editor_does_not_grow_with_stories(dialog: Dialog) -> None:
    small = len(str(dialog.send({"op": "sync"})))
    for _ in range(10):
        dialog.studio.workspace.duplicate(dialog.token, dialog.session.name)
    assert abs(len(str(dialog.send({"op": "sync"}))) - small) < 10


def test_rename_duplicate_delete_and_undo(dialog: Dialog) -> None:
    name = dialog.session.name
    dialog.ask("rename", name=name, title="One")
    dialog.ask("duplicate", name=name)
    assert dialog.titles() == ["One (copy)", "One"]
    dialog.studio.render(dialog.session, "mp4")
    answer = dialog.ask("delete", name=name)
    assert [card["title"] for card in answer["stories"]] == ["One (copy)"]
    assert [card["title"] for card in answer["deleted"]] == ["One"]
    assert all(job.cancel.is_set() or not job.busy for job in dialog.studio.queue.of(name))
    assert dialog.send({"op": "sync"})["title"] == "One (copy)"
    dialog.ask("restore", name=name)
    assert set(dialog.titles()) == {"One", "One (copy)"} and dialog.ask()["deleted"] == []
    assert dialog.send({"op": "sync"})["title"] == "One", "it was on show"
    assert dialog.told == []


def test_a_damaged_story_can_be_seen_and_deleted(dialog: Dialog) -> None:
    other = dialog.studio.workspace.duplicate(dialog.token, dialog.session.name)
    (other.folder / STORY_FILE).write_text("{")
    cards = {card["name"]: card for card in dialog.ask()["stories"]}
    assert cards[other.name]["damaged"] and "archive" not in cards[other.name]
    dialog.ask("delete", name=other.name)
    assert dialog.titles() == ["Small story"]


HOSTILE: tuple[Any, ...] = (
    None,
    {"op": "list", "more": 1},
    {"op": "delete"},
    {"op": "delete", "name": "../../sample"},
    {"op": "delete", "name": "opened"},
    {"op": "restore", "name": "../../sample"},
    {"op": "rename", "name": ["x"], "title": "x"},
    {"op": "duplicate", "name": "x" * 10_000},
)


@pytest.mark.parametrize("sent", HOSTILE, ids=lambda op: repr(op)[:50])
def test_a_hostile_wish_changes_nothing_and_is_told(dialog: Dialog, sent: Any) -> None:
    answer = handlers.stories(dialog.token, sent, dialog.studio, dialog.cards, dialog.told.append)
    assert len(answer.stories) == 1 and answer.deleted == []
    assert len(dialog.told) == 1 and "\n" not in dialog.told[0]


def test_a_story_for_everybody_can_only_be_saved(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    cards, told = StoryCards(studio), list[str]()
    answer = handlers.stories(token, {"op": "delete", "name": "opened"}, studio, cards, told.append)
    assert answer.for_one and len(answer.stories) == 1 and "one story" in told[0]
    assert answer.stories[0].archive


def saved(dialog: Dialog) -> bytes:
    (card,) = [c for c in dialog.ask()["stories"] if c["name"] == dialog.session.name]
    got = dialog.client().get(card["archive"])
    assert got.status_code == 200 and got.headers["content-type"] == "application/zip"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["cache-control"] == "no-store"
    said = got.headers["content-disposition"]
    assert said.startswith("attachment") and "small-story.seine.zip" in said
    return got.content


def test_saved_here_and_opened_on_another_machine(dialog: Dialog, tmp_path: Path) -> None:
    content = saved(dialog)
    hidden = [p for p in (tmp_path / "w" / "thumbnails").glob(".*")]
    assert hidden == [], "what was packed for the download is gone"
    other = Dialog(tmp_path / "w2")
    file = upload(other.studio, "small-story.seine.zip", content)
    view = other.send({"op": "open_archive", "file": file})
    assert other.told == [] and view["title"] == "Small story"
    assert [shot["title"] for shot in view["shots"]] == ["Scene 1", "Scene 2", "Scene 3"]
    assert len(other.ask()["stories"]) == 2


def test_a_zip_that_is_no_story_is_refused(dialog: Dialog, tmp_path: Path) -> None:
    bad = io.BytesIO()
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("../../evil.txt", "x")
    for content in (b"", b"PK nothing", bad.getvalue()):
        file = upload(dialog.studio, "my.zip", content)
        view = dialog.send({"op": "open_archive", "file": file})
        assert view["story"] == dialog.session.name
        assert dialog.told[-1].startswith("my.zip") and str(tmp_path) not in dialog.told[-1]
    assert len(list((tmp_path / "w" / "stories").iterdir())) == 1
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_deleted_story_is_not_given_out(dialog: Dialog) -> None:
    (card,) = dialog.ask()["stories"]
    dialog.ask("delete", name=card["name"])
    assert dialog.client().get(card["archive"]).status_code == 404


def test_the_pulse_beats_with_the_story_and_its_renders(dialog: Dialog) -> None:
    client = dialog.client()
    address = dialog.send({"op": "sync"})["revision"]
    first = client.get(address)
    assert first.text == f"{dialog.session.rev} 0" and first.headers["cache-control"] == "no-store"
    assert client.get(address).text == first.text
    dialog.studio.workspace.rename(dialog.token, dialog.session.name, "Changed")
    second = client.get(address).text
    assert second == f"{dialog.session.rev} 0" != first.text
    dialog.studio.render(dialog.session, "gif")
    assert client.get(address).text != second
    dialog.ask("delete", name=dialog.session.name)
    assert client.get(address).text == ""
    assert client.get("revision/" + "0" * 32).text == ""


def test_idle_stories_leave_nothing_in_memory(dialog: Dialog) -> None:
    studio, name = dialog.studio, dialog.session.name
    address = dialog.send({"op": "sync"})["revision"]
    dialog.session.touched -= 4000
    other, _, _ = studio.workspace.enter(None)
    handlers.enter(other, studio, dialog.told.append)
    assert studio.workspace.open_story(name) is None
    assert not any(key[0] == name for key in studio._plans)
    assert dialog.client().get(address).text == ""
    assert dialog.send({"op": "sync"})["title"] == "Small story"


def test_an_answer_that_was_overtaken_has_the_lower_number(
    dialog: Dialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, later = dialog.studio.workspace.stories, []

    def slowly(token: Any) -> Any:
        found = known(token)
        if len(later) < 1:
            later.append({})
            later[0] = dialog.cards.view(token)
        return found

    monkeypatch.setattr(dialog.studio.workspace, "stories", slowly)
    assert dialog.cards.view(dialog.token).answer < later[0].answer
