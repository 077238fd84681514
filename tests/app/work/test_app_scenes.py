"""Videos are split into scenes in the background, and it is said where that comes to nothing."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.page import handlers
from app.page.view import progress_view
from app.stories.sessions import Session
from app.work.scene_search import SceneSearches
from app_stories import TAB, open_studio, session_of
from letter_clips import write_numbered
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.disk.storage import add_media
from seine_core.story.model import VideoSource
from waiting import wait_for


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A story whose last shot, shot-4, shows a video from 1 s to 4 s."""
    session = session_of(*open_studio(tmp_path))
    source = add_media(session.folder, write_numbered(tmp_path / "film.mp4", range(40), fps=8))
    assert isinstance(source, VideoSource)
    source = source.model_copy(update={"offset_s": 1.0})
    session.edit(edits.insert(session.story, [source], duration_s=3.0), TAB)
    return session


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., threading.Event]:
    """Says what a search finds, once the event that comes back is set."""

    def finds(times: list[float] | Exception) -> threading.Event:
        gate = threading.Event()

        def find_scenes(path: Path) -> list[float]:
            assert path.name.startswith("film")
            assert gate.wait(60)
            if isinstance(times, Exception):
                raise times
            return times

        monkeypatch.setattr("app.work.scene_search.find_scenes", find_scenes)
        return gate

    return finds


def wait(searches: SceneSearches, session: Session) -> str | None:
    """The message of the search for shot-4, when it is over."""
    wait_for(lambda: searches.of(session).get("shot-4") != "", "the search does not end")
    return searches.of(session).get("shot-4")


def test_a_video_is_split_while_editing_goes_on(session: Session, found: Callable) -> None:
    searches, gate = SceneSearches(), found([0.5, 2.0, 3.5, 4.5])
    searches.start(session, "shot-4", TAB)
    searches.start(session, "shot-4", TAB)
    assert searches.of(session) == {"shot-4": ""}
    session.edit(edits.set_title(session.story, "Meanwhile"), TAB)
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
        (RuntimeError("secret"), "Looking for scenes failed; the server's log says why."),
    ],
    ids=str,
)
def test_it_is_told_where_nothing_comes_of_it(
    session: Session, found: Callable, times: list[float] | Exception, message: str
) -> None:
    searches, before = SceneSearches(), session.story
    found(times).set()
    searches.start(session, "shot-4", TAB)
    assert wait(searches, session) == message
    assert session.story is before


def test_a_shot_that_was_changed_or_removed_meanwhile_stays_so(
    session: Session, found: Callable
) -> None:
    searches, gate = SceneSearches(), found([2.0])
    searches.start(session, "shot-4", TAB)
    session.edit(edits.remove(session.story, ["shot-4"]), TAB)
    gate.set()
    assert "shot-4" in str(wait(searches, session))
    assert len(session.story.shots) == 3


def test_the_page_asks_on_until_it_is_done(tmp_path: Path) -> None:
    studio, token = open_studio(tmp_path)
    session = session_of(studio, token)
    assert not handlers.is_busy(progress_view(session, studio))
    studio.scenes.of = lambda session: {"shot-1": ""}  # type: ignore[method-assign]
    progress = progress_view(session, studio)
    assert progress["scenes"] == [{"id": "shot-1", "message": ""}]
    assert handlers.is_busy(progress)
