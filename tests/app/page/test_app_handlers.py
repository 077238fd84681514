"""What the page sends is done, or refused with one line; it is never trusted."""

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.page import handlers
from app.page.catalogue import catalogue
from app.page.handlers import Answer
from app.stories.sessions import Session
from app.stories.workspace import Workspace
from app.work.studio import Studio
from app_stories import TAB, open_studio, upload, use_sample, write_image
from page_tab import Page
from seine_core.errors import BadInput
from seine_core.story.disk.storage import add_media, load_story
from waiting import Gate


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(*open_studio(tmp_path))


def test_an_edit_is_done_saved_and_acknowledged(page: Page) -> None:
    before = page.answer.story["rev"]
    view = page.send({"op": "set_shot", "id": "shot-2", "fields": {"prompt": "rain <b>${1}</b>"}})
    assert view["ack"] == 1 and view["rev"] == before + 1 and not page.told
    assert view["shots"][1]["prompt"] == "rain <b>${1}</b>"
    assert load_story(page.session.folder).shots[1].prompt == "rain <b>${1}</b>"


def test_the_sample_is_known_until_it_is_the_visitors_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_sample(monkeypatch, tmp_path / "sample")
    studio = Studio(Workspace(tmp_path / "workspace"))
    token, _, _ = studio.workspace.enter(None)
    page = Page(studio, token)
    assert page.answer.story["sample"]
    assert not page.send({"op": "set_title", "title": "Mine"})["sample"]


def test_a_view_is_json_and_says_nothing_of_the_disk(page: Page, tmp_path: Path) -> None:
    page.send({"op": "preview", "owner": "shot-1"})
    text = json.dumps([page.answer.story, page.answer.progress])
    assert str(tmp_path) not in text


def test_every_edit(page: Page) -> None:
    page.send({"op": "set_title", "title": "Elsewhere"})
    page.send({"op": "move", "ids": ["shot-3"], "before": "shot-1"})
    assert page.ids() == ["shot-3", "shot-1", "shot-2"]
    page.send({"op": "duplicate", "ids": ["shot-1"], "before": "shot-2"})
    page.send({"op": "split", "id": "shot-3", "at_s": 0.25})
    assert page.ids() == ["shot-3", "shot-5", "shot-1", "shot-4", "shot-2"]
    page.send({"op": "remove", "ids": ["shot-4", "shot-5"]})
    page.send({"op": "add_card", "before": "shot-3"})
    page.send({"op": "set_edge", "left": "shot-3", "right": "shot-1", "fields": {"duration_s": 0}})
    view = page.send({"op": "set_settings", "fields": {"width": 128, "height": 96}})
    assert not page.told
    assert view["title"] == "Elsewhere" and view["settings"]["width"] == 128
    assert view["shots"][0]["kind"] == "card"
    assert view["edges"][1]["owner"] == "shot-3>shot-1" and view["edges"][1]["duration_s"] == 0
    for _ in range(8):
        view = page.send({"op": "undo"})
    assert page.ids() == ["shot-1", "shot-2", "shot-3"] and not view["undo"]
    assert page.send({"op": "redo"})["title"] == "Elsewhere"


def test_typing_on_in_one_field_is_one_step_of_undo(page: Page) -> None:
    for text in ("a", "a sto", "a storm"):
        page.send({"op": "set_shot", "id": "shot-1", "fields": {"prompt": text}})
    page.send({"op": "set_shot", "id": "shot-2", "fields": {"prompt": "calm"}})
    page.send({"op": "undo"})
    assert page.answer.story["shots"][0]["prompt"] == "a storm"
    assert page.send({"op": "undo"})["shots"][0]["prompt"] == ""


def test_a_batch_goes_on_after_a_bad_command(page: Page) -> None:
    view = page.send(
        {"op": "remove", "ids": ["shot-9"]},
        {"op": "set_shot", "id": "shot-1", "fields": {"duration_s": 2}},
    )
    assert view["shots"][0]["duration_s"] == 2
    assert len(page.told) == 1 and "shot-9" in page.told[0]


def test_a_batch_is_acknowledged_when_it_is_done(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes longer than a page waits is sent again: that is answered, and nothing is done
    twice."""
    gate = Gate()
    monkeypatch.setattr("app.page.perform.add_media", gate.holds(add_media))
    page.send({"op": "set_title", "title": "Before"})
    story = page.answer.story
    files = [upload(page.studio, "a.png"), upload(page.studio, "b.png")]
    sent = {"seq": 2, "tab": TAB, "story": story["story"], "rev": story["rev"]}
    sent |= {"ops": [{"op": "add_media", "files": files}]}
    answers = list[Answer]()
    first = threading.Thread(target=lambda: answers.append(page.command(sent)))
    first.start()
    assert gate.reached.wait(60)
    meanwhile = page.command(sent).story
    assert meanwhile["ack"] == 1 and len(meanwhile["shots"]) == 3, "it still goes on"
    gate.set()
    first.join(60)
    assert answers[0].story["ack"] == 2 and len(answers[0].story["shots"]) == 5
    again = page.command(sent).story  # the answer was lost
    assert again["ack"] == 2 and again["rev"] == answers[0].story["rev"] and not page.told


def test_another_story_is_made_once_though_the_answer_is_lost(tmp_path: Path) -> None:
    studio = Studio(Workspace(tmp_path))
    token, _, _ = studio.workspace.enter(None)
    page = Page(studio, str(token))
    page.send({"op": "set_title", "title": "First"})
    before = page.answer.story
    sent = {"seq": 2, "tab": TAB, "story": before["story"], "rev": before["rev"]}
    sent |= {"ops": [{"op": "new_story"}]}
    made = page.command(sent).story
    again = page.command(sent).story
    assert again["story"] == made["story"] != before["story"] and again["ack"] == 2
    assert len(studio.workspace.stories(token)) == 2


def test_a_new_story_is_of_a_kind_and_later_pictures_need_not_be(tmp_path: Path) -> None:
    studio = Studio(Workspace(tmp_path))
    token, _, _ = studio.workspace.enter(None)
    page = Page(studio, str(token))
    page.send({"op": "new_story", "template": "before-after"})
    story = page.answer.story
    assert story["template"] == "before-after" and not story["shots"]
    assert (story["settings"]["width"], story["settings"]["height"]) == (720, 720)
    kitchen = write_image(tmp_path / "a.png", 90).read_bytes()
    files = [upload(studio, f"{n} kitchen.png", kitchen) for n in range(3)]
    shots = page.send({"op": "add_media", "files": files})["shots"]
    assert [shot["captions"][0]["text"] for shot in shots] == ["Before", "After", "Before"]
    page.send({"op": "set_template", "template": None})
    shots = page.send({"op": "add_media", "files": [upload(studio, "b.png", kitchen)]})["shots"]
    assert not shots[3]["captions"] and not page.told


def test_a_batch_that_breaks_is_over_all_the_same(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "seen_by", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        page.send({"op": "set_title", "title": "Lost"})
    monkeypatch.undo()
    page.seq = 0
    assert page.send({"op": "set_title", "title": "Lost"})["ack"] == 1


HOSTILE: tuple[Any, ...] = (
    None,
    "remove",
    {},
    {"op": "exec"},
    {"op": ["set_title"]},
    {"op": "set_title", "title": 5},
    {"op": "set_title", "title": "x" * 201},
    {"op": "set_title", "title": "x", "extra": 1},
    {"op": "set_shot", "id": "../../etc", "fields": {"prompt": "x"}},
    {"op": "set_shot", "id": "shot-1", "fields": {"source": {"kind": "image", "file": "x"}}},
    {"op": "set_shot", "id": "shot-1", "fields": {"id": "other"}},
    {"op": "set_shot", "id": "shot-1", "fields": {"self": 1, "story": 2}},
    {"op": "set_shot", "id": "shot-1", "fields": {"prompt": "x" * 2001}},
    {"op": "set_shot", "id": "shot-1", "fields": {"duration_s": float("nan")}},
    {"op": "set_shot", "id": "shot-1", "fields": {"duration_s": -1}},
    {"op": "set_shot", "id": "shot-1", "fields": {"seed": 2**40}},
    {"op": "set_shot", "id": "shot-1", "fields": {"engine": "os:system"}},
    {"op": "set_shot", "id": "shot-1", "fields": {"engine": {"a": 1}}},
    {"op": "set_shot", "id": "shot-1", "fields": {"camera": "sideways"}},
    {"op": "set_shot", "id": "shot-1", "fields": {"captions": [{"text": "x" * 301}]}},
    {"op": "set_edge", "left": "shot-1", "right": "shot-1", "fields": {"prompt": "x"}},
    {"op": "set_edge", "left": "shot-1", "right": "shot-2", "fields": {"left": "shot-3"}},
    {"op": "set_settings", "fields": {"width": 10**9}},
    {"op": "set_settings", "fields": {"story": None}},
    {"op": "move", "ids": [], "before": None},
    {"op": "move", "ids": ["shot-1"], "before": "shot-1"},
    {"op": "duplicate", "ids": []},
    {"op": "duplicate", "ids": ["shot-1", "shot-9"]},
    {"op": "duplicate", "ids": ["shot-1"], "before": "../shot-2"},
    {"op": "split", "id": "shot-1", "at_s": 1e308},
    {"op": "split_scenes", "id": "shot-1"},
    {"op": "split_scenes", "id": "shot-9"},
    {"op": "add_sample", "name": "../story.json"},
    {"op": "add_sample", "name": "01-mountain-dawn.png", "before": "shot-9"},
    {"op": "split", "id": "shot-1", "at_s": float("inf")},
    {"op": "add_media", "files": []},
    {"op": "add_media", "files": [{"path": "/etc/passwd"}]},
    {"op": "add_media", "files": [{"path": "\0"}]},
    {"op": "add_media", "files": [{"path": "http://localhost/x.png", "name": "x.png"}]},
    {"op": "preview", "owner": "shot-1>shot-3"},
    {"op": "preview", "owner": 3},
    {"op": "render", "format": "../x"},
    {"op": "cancel", "job": {"id": 1}},
    {"op": "open_story", "name": "../story"},
    {"op": "new_story"},
    {"op": "new_story", "sample": "yes"},
    {"op": "new_story", "template": "opera"},
    {"op": "set_template", "template": "opera"},
    {"op": "render", "format": "mp4", "name": 5},
    {"op": "render", "format": "mp4", "name": "x" * 201},
    {"op": "retry", "job": "unknown"},
    {"op": "retry"},
    {"op": "resume"},
    {"op": "resume", "go_on": "yes"},
    {"op": "open_archive", "file": {"path": "/etc/passwd"}},
    {"op": "open_archive", "file": "x.seine.zip"},
)


@pytest.mark.parametrize("op", HOSTILE, ids=lambda op: repr(op)[:60])
def test_a_hostile_command_changes_nothing_and_is_told(page: Page, op: Any) -> None:
    before, rev = page.session.story, page.session.rev
    view = page.send(op)
    assert view["ack"] == 1 and view["rev"] == rev
    assert page.session.story == before
    assert len(page.told) == 1 and "\n" not in page.told[0]
    assert "log says" not in page.told[0], "an error that nobody foresaw"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {"seq": 1},
        {"seq": "1", "tab": TAB, "rev": 0, "ops": []},
        {"seq": 1, "tab": "<script>", "rev": 0, "ops": []},
        {"seq": 1, "tab": TAB, "rev": True, "ops": []},
        {"seq": 1, "tab": TAB, "rev": 0, "ops": [{"op": "undo"}] * 1000},
        {"seq": 1, "tab": TAB, "rev": 0, "ops": "undo"},
    ],
    ids=str,
)
def test_a_malformed_batch_is_answered(page: Page, sent: Any) -> None:
    rev = page.session.rev
    answer = page.command(sent)
    assert answer.story["rev"] == rev and len(page.told) == 1


@pytest.mark.parametrize("token", [None, 1, "", "x" * 43, {"a": 1}])
def test_an_unknown_visitor_is_refused(page: Page, token: Any) -> None:
    for ask in (
        lambda: handlers.command(token, {"seq": 1}, page.studio, page.told.append),
        lambda: handlers.poll(token, page.studio),
    ):
        with pytest.raises(BadInput, match="reload"):
            ask()


def test_a_command_that_comes_twice_is_done_once(page: Page) -> None:
    page.send({"op": "duplicate", "ids": ["shot-1"]})
    page.send({"op": "duplicate", "ids": ["shot-1"]}, seq=1)
    assert len(page.ids()) == 4


def test_a_tab_that_has_not_seen_another_tabs_edit_is_told(page: Page) -> None:
    other = Page(page.studio, page.token, tab="fedcba9876543210")
    page.send({"op": "remove", "ids": ["shot-2"]})
    view = other.send({"op": "set_shot", "id": "shot-2", "fields": {"prompt": "late"}})
    assert "another tab" in other.told[0]
    assert [shot["id"] for shot in view["shots"]] == ["shot-1", "shot-3"]
    other.send({"op": "set_shot", "id": "shot-3", "fields": {"prompt": "now it knows"}})
    assert len(other.told) == 1
    assert other.answer.story["shots"][1]["prompt"] == "now it knows"


def test_a_tab_does_not_stumble_over_its_own_edits(page: Page) -> None:
    page.send({"op": "set_title", "title": "a"})
    page.send({"op": "set_title", "title": "b"}, rev=page.session.rev - 1)
    assert page.answer.story["title"] == "b" and not page.told


def test_good_files_come_in_and_bad_ones_are_told(page: Page) -> None:
    files = [
        upload(page.studio, "in_the-rain.png"),
        upload(page.studio, "broken.png", b"no image"),
        upload(page.studio, "empty.mp4", b""),
    ]
    view = page.send({"op": "add_media", "files": files, "before": "shot-2"})
    assert [shot["title"] for shot in view["shots"]] == [
        "Scene 1",
        "In the rain",
        "Scene 2",
        "Scene 3",
    ]
    assert len(page.told) == 2
    assert page.told[0].startswith("broken.png") and page.told[1].startswith("empty.mp4")
    assert str(page.studio.workspace.root) not in "".join(page.told)


def test_several_shots_are_duplicated_together(page: Page) -> None:
    page.send({"op": "duplicate", "ids": ["shot-3", "shot-1"], "before": "shot-2"})
    assert page.ids() == ["shot-1", "shot-4", "shot-5", "shot-2", "shot-3"]
    page.send({"op": "undo"})
    assert page.ids() == ["shot-1", "shot-2", "shot-3"]


def test_a_sample_is_added(page: Page) -> None:
    name = "01-mountain-dawn.png"
    offered = catalogue(page.studio).plain()["samples"]
    assert len(offered) == 6 and offered[0]["name"] == name
    view = page.send({"op": "add_sample", "name": name, "before": "shot-2"})
    assert view["shots"][1]["title"] == offered[0]["title"] == "Lift-off at dawn"
    assert not page.told


def test_sharper_eyes_are_offered_where_they_lack_and_may_be_fetched(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking() -> set[str]:
        engines = catalogue(page.studio).plain()["engines"]
        return {engine["name"] for engine in engines if engine.get("eyes_missing")}

    monkeypatch.setattr("seine_core.engines.protocol.weights_here", lambda *parts: ())
    assert lacking() == {"auto", "layers", "camera", "morph", "seine-mini"}
    monkeypatch.setattr("seine_core.engines.protocol.weights_here", lambda *parts: parts)
    assert lacking() == set()
    offered = catalogue(page.studio).plain()["eyes"]
    assert (offered["name"], offered["title"]) == ("eyes", "Sharper eyes")
    page.studio.downloads.closed = "only the owner may"
    assert catalogue(page.studio).plain()["eyes"] is None


def test_a_picture_whose_colours_are_uncertain_comes_in_and_is_told(page: Page) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (64, 48)).save(photo, "PNG", icc_profile=b"nothing of the kind")
    file = upload(page.studio, "Köln at night.png", photo.getvalue())
    assert len(page.send({"op": "add_media", "files": [file]})["shots"]) == 4
    assert page.told == [
        "Köln at night.png: its colour profile is of no use, so its colours may be off; "
        "export it again as sRGB to be sure"
    ]


def test_many_bad_files_do_not_cover_the_page(page: Page) -> None:
    files = [upload(page.studio, f"{n}.png", b"x") for n in range(20)]
    page.send({"op": "add_media", "files": files})
    assert len(page.told) == 6 and page.told[-1].startswith("15 more")


def test_a_story_that_cannot_be_saved_says_so_and_goes_on(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any) -> None:
        raise BadInput("story.json: not saved (No space left on device)")

    with monkeypatch.context() as patch:
        patch.setattr("app.stories.saved_file.save_story", full)
        view = page.send({"op": "set_title", "title": "kept in memory"})
    assert "No space" in view["problem"] and view["title"] == "kept in memory"
    assert page.send({"op": "undo"})["problem"] == ""


def test_an_unforeseen_error_is_logged_and_told_without_details(
    page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **fields: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("app.page.perform.edits.duplicate", broken)
    assert page.send({"op": "duplicate", "ids": ["shot-1"]})["ack"] == 1
    assert "secret detail" not in page.told[0] and "secret detail" in caplog.text


def test_errors_of_gradio_are_text() -> None:
    assert handlers.as_text("<img src=x>") == "&lt;img src=x&gt;"
