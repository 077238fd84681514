"""Copying shots and pasting them: into another story with their media, and only by who copied."""

from pathlib import Path
from typing import Any

import pytest

from app.page.commands import parse
from app.page.perform import perform
from app.served.senders import Sender
from app.stories.clipboard import Clipboard, Copy
from app.stories.sessions import Session
from app.stories.workspace import Workspace, empty_story
from app.work.studio import Studio
from app_stories import TAB, use_sample, write_image
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.disk.storage import add_media
from seine_core.story.model import ImageSource, Story

ANNA, BERT = Sender(browser="anna"), Sender(browser="bert")
NAME = "copy-" + "0a" * 16


class Two:
    """One visitor with two stories."""

    def __init__(self, folder: Path) -> None:
        self.studio = Studio(Workspace(folder / "workspace"))
        token, self.first, _ = self.studio.workspace.enter(None)
        self.first.own()
        self.second = self.studio.workspace.new_story(token, empty_story)

    def do(self, session: Session, sender: Sender, op: str, **fields: Any) -> None:
        command = parse({"op": op, "copy_name": NAME, **fields})
        perform(command, session, self.studio, TAB, sender)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Two:
    use_sample(monkeypatch, tmp_path / "sample")
    return Two(tmp_path)


def files(session: Session) -> list[str]:
    return [
        shot.source.file for shot in session.story.shots if isinstance(shot.source, ImageSource)
    ]


def test_shots_come_into_another_story_with_their_media_in_one_step(two: Two) -> None:
    two.do(two.first, ANNA, "copy_shots", ids=["shot-1", "shot-2"])
    two.do(two.second, ANNA, "paste_shots")
    assert [shot.title for shot in two.second.story.shots] == ["Scene 1", "Scene 2"]
    for file in files(two.second):
        there = two.second.folder / "media" / file
        assert there.read_bytes() == (two.first.folder / "media" / file).read_bytes()
    perform(parse({"op": "undo"}), two.second, two.studio, TAB, ANNA)
    assert two.second.story.shots == ()


def test_what_was_cut_out_can_be_pasted(two: Two) -> None:
    two.do(two.first, ANNA, "copy_shots", ids=["shot-2"])
    two.first.update(TAB, lambda story: edits.remove(story, ["shot-2"]))
    two.do(two.first, ANNA, "paste_shots", before="shot-1")
    assert [shot.title for shot in two.first.story.shots] == ["Scene 2", "Scene 1", "Scene 3"]


def test_another_file_of_the_same_name_stays(two: Two, tmp_path: Path) -> None:
    two.do(two.first, ANNA, "copy_shots", ids=["shot-1"])
    [name] = files(two.first)[:1]
    other = write_image(tmp_path / "other.png", 200)
    add_media(two.second.folder, other)
    taken = two.second.folder / "media" / name
    taken.write_bytes(other.read_bytes())
    for _ in range(2):
        two.do(two.second, ANNA, "paste_shots")
    first, again = files(two.second)
    assert first == again != name and taken.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    "fields",
    [
        {"op": "copy_shots", "ids": ["shot-9"]},
        {"op": "copy_shots", "ids": []},
        {"op": "copy_shots", "ids": ["shot-1"], "copy_name": "copy-../../etc"},
        {"op": "paste_shots", "copy_name": "copy-" + "f" * 32},
        {"op": "paste_shots", "copy_name": NAME + "\n"},
        {"op": "paste_shots", "copy_name": 7},
    ],
)
def test_hostile_copies_are_refused(two: Two, fields: dict[str, Any]) -> None:
    two.do(two.first, ANNA, "copy_shots", ids=["shot-1"])
    with pytest.raises(BadInput):
        perform(parse({"copy_name": NAME, **fields}), two.first, two.studio, TAB, ANNA)
    assert len(two.first.story.shots) == 3


def test_nobody_pastes_what_another_copied(two: Two) -> None:
    two.do(two.first, ANNA, "copy_shots", ids=["shot-1"])
    with pytest.raises(BadInput, match="copy it again"):
        two.do(two.second, BERT, "paste_shots")


def test_media_that_are_gone_are_said_to_be(two: Two) -> None:
    two.do(two.first, ANNA, "copy_shots", ids=["shot-1"])
    (two.first.folder / "media" / files(two.first)[0]).unlink()
    with pytest.raises(BadInput, match="not there any more"):
        two.do(two.second, ANNA, "paste_shots")
    assert two.second.story.shots == ()


def test_the_latest_copies_of_each_are_kept(tmp_path: Path) -> None:
    clipboard, copy = Clipboard(), Copy(Story(), tmp_path)
    clipboard.keep("theirs", copy, BERT)
    for n in range(30):
        clipboard.keep(f"copy {n}", copy, ANNA)
    clipboard.find("copy 29", ANNA), clipboard.find("copy 10", ANNA), clipboard.find("theirs", BERT)
    with pytest.raises(BadInput):
        clipboard.find("copy 9", ANNA)
