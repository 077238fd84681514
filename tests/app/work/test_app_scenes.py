"""Videos are split into scenes in the background, and it is said where that comes to nothing."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.page import handlers
from app.page.progress import progress_view
from app.stories.saved_file import IN_EDITOR
from app.stories.sessions import Session
from app.stories.workspace import Workspace
from app.work.scene_search import SceneSearches
from app.work.studio import Studio
from app_stories import TAB, open_studio, session_of, upload
from letter_clips import write_numbered
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.disk.storage import add_media, load_story
from seine_core.story.model import VideoSource
from waiting import Gate, wait_for


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return session_of(*open_studio(tmp_path))


@pytest.fixture
def searches(session: Session, tmp_path: Path) -> SceneSearches:
    """Those of a story whose last shot, shot-4, shows a video from 1 s to 4 s."""
    add_film(session, tmp_path)
    return SceneSearches(lambda name: session if name == session.name else None)


def add_film(session: Session, tmp_path: Path) -> None:
    session.own()
    source = add_media(session.folder, write_numbered(tmp_path / "film.mp4", range(40), fps=8))
    assert isinstance(source, VideoSource)
    source = source.model_copy(update={"offset_s": 1.0})
    session.update(TAB, lambda story: edits.insert(story, [source], duration_s=3.0))
    return session


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Gate]:
    """Says what a search finds, once the event that comes back is set."""

    def finds(times: list[float] | Exception) -> Gate:
        gate = Gate()

        def find_scenes(path: Path) -> list[float]:
            assert path.name.startswith("film")
            if isinstance(times, Exception):
                raise times
            return times

        monkeypatch.setattr("app.work.scene_search.find_scenes", gate.holds(find_scenes))
        return gate

    return finds


def wait(searches: SceneSearches, session: Session) -> str | None:
    """The message of the search for shot-4, when it is over."""
    wait_for(lambda: searches.of(session).get("shot-4") != "", "the search does not end")
    return searches.of(session).get("shot-4")


def test_a_video_is_split_while_editing_goes_on(
    session: Session, searches: SceneSearches, found: Callable
) -> None:
    gate = found([0.5, 2.0, 3.5, 4.5])
    searches.start(session, "shot-4", TAB)
    searches.start(session, "shot-4", TAB)
    assert searches.of(session) == {"shot-4": ""}
    session.update(TAB, lambda story: edits.set_title(story, "Meanwhile"))
    gate.set()
    assert wait(searches, session) is None
    assert [shot.duration_s for shot in session.story.shots[3:]] == [1.0, 1.5, 0.5]
    assert session.story.title == "Meanwhile"
    session.turn_to(session.history.undone(), TAB)
    assert len(session.story.shots) == 4


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([], "No cuts were found: it stays one shot."),
        ([0.5], "No cuts were found: it stays one shot."),
        (BadInput("film.mp4: damaged"), "film.mp4: damaged"),
        (
            RuntimeError("secret"),
            "Looking for scenes: something went wrong; the server's log says what",
        ),
    ],
    ids=str,
)
def test_it_is_told_where_nothing_comes_of_it(
    session: Session,
    searches: SceneSearches,
    found: Callable,
    times: list[float] | Exception,
    message: str,
) -> None:
    before = session.story
    found(times).set()
    searches.start(session, "shot-4", TAB)
    assert wait(searches, session) == message
    assert session.story is before


def test_a_shot_that_was_changed_or_removed_meanwhile_stays_so(
    session: Session, searches: SceneSearches, found: Callable
) -> None:
    gate = found([2.0])
    searches.start(session, "shot-4", TAB)
    session.update(TAB, lambda story: edits.remove(story, ["shot-4"]))
    gate.set()
    assert "shot-4" in str(wait(searches, session))
    assert len(session.story.shots) == 3


def opened_anew(studio: Studio, token: str, how: str) -> Session:
    """The story as it is after it was restored or closed, with an edit that only it has."""
    session = session_of(studio, token)
    if how == "restored":
        studio.delete_story(token, session.name)
        studio.workspace.restore(token, session.name)
        studio.workspace.switch(token, session.name)
    else:
        session.touched -= 4000
        assert studio.workspace.close_idle(lambda name: False) == [session.name]
    again = session_of(studio, token)
    assert again is not session and again.name == session.name
    again.update(TAB, lambda story: edits.set_title(story, "Later"))
    return again


@pytest.mark.parametrize("how", ["restored", "closed"])
def test_a_search_that_ends_later_knows_the_story_as_it_is_then(
    tmp_path: Path, found: Callable, how: str
) -> None:
    studio = Studio(Workspace(tmp_path / "w"))
    token, session, _ = studio.workspace.enter(None)
    add_film(session, tmp_path)
    film, gate = session.story.shots[-1].id, found([2.0])
    studio.scenes.start(session, film, TAB)
    assert gate.reached.wait(60)
    again = opened_anew(studio, str(token), how)
    count = len(again.story.shots)
    gate.set()
    wait_for(lambda: not studio.scenes.busy(session.name))
    assert len(again.story.shots) == count + (how == "closed"), "what was deleted is not searched"
    assert again.story.title == "Later" and again.elsewhere is None
    saved = load_story(again.folder)
    assert saved == again.story and not (again.folder / IN_EDITOR).exists()


def test_a_search_that_ends_after_its_story_was_deleted_brings_nothing_back(
    tmp_path: Path, found: Callable
) -> None:
    studio = Studio(Workspace(tmp_path / "w"))
    token, session, _ = studio.workspace.enter(None)
    add_film(session, tmp_path)
    gate = found([2.0])
    studio.scenes.start(session, session.story.shots[-1].id, TAB)
    assert gate.reached.wait(60)
    studio.delete_story(token, session.name)
    gate.set()
    wait_for(lambda: not studio.scenes.busy(session.name))
    assert not session.folder.exists() and studio.scenes.of(session) == {}


def test_files_that_come_after_the_story_was_deleted_and_restored_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever holds a session while it is closed says so, and saves nothing over its successor."""
    studio = Studio(Workspace(tmp_path / "w"))
    token, session, _ = studio.workspace.enter(None)
    session.update(TAB, lambda story: edits.set_title(story, "Mine"))
    gate = Gate()
    monkeypatch.setattr("app.page.perform.add_media", gate.holds(add_media))
    told = list[str]()
    ops = [{"op": "add_media", "files": [upload(studio, "a.png")]}]
    sent = {"seq": 1, "tab": TAB, "story": session.name, "rev": session.rev, "ops": ops}
    adding = threading.Thread(target=handlers.command, args=(token, sent, studio, told.append))
    adding.start()
    assert gate.reached.wait(60)
    again = opened_anew(studio, str(token), "restored")
    gate.set()
    adding.join(60)
    assert told == ["The story was closed or deleted meanwhile; open it, then repeat this."]
    assert load_story(again.folder) == again.story and again.story.title == "Later"
    assert again.elsewhere is None and not (again.folder / IN_EDITOR).exists()


def test_the_page_asks_on_until_it_is_done(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    assert not progress_view(session, studio).busy
    studio.scenes.of = lambda session: {"shot-1": ""}  # type: ignore[method-assign]
    progress = progress_view(session, studio)
    assert progress.plain()["scenes"] == [{"id": "shot-1", "message": ""}]
    assert progress.busy
