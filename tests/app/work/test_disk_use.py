"""What stories hold on the disk, and that nothing is freed that somebody needs."""

from pathlib import Path
from typing import Any

import pytest

from app.page import handlers
from app.page.stories_panel import StoryCards
from app.stories.sessions import Session
from app.stories.workspace import Workspace
from app.work.disk_use import StoryUse
from app.work.studio import Studio
from app_stories import write_story
from message_types import holds
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.make.render import render
from seine_core.story.takes import as_take


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(Workspace(tmp_path))


def rendered(studio: Studio, token: Any = None) -> tuple[str, Session]:
    """A visitor's story of two shots, rendered."""
    token = token or studio.workspace.enter(None)[0]
    session = studio.workspace.new_story(token, lambda folder: write_story(folder, shots=2))
    render(studio.plan(session), studio.cache)
    return str(token), session


def keys(studio: Studio, session: Session) -> set[str]:
    return {job.key for job in studio.plan(session).jobs}


def there(studio: Studio) -> set[str]:
    return set(studio.cache.keys())


def of(studio: Studio, token: str, session: Session) -> StoryUse:
    return next(use for use in studio.disk.of(token).stories if use.name == session.name)


def film(studio: Studio, session: Session) -> Path:
    path = studio.workspace.videos(session) / f"small-{'0' * 16}.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 1000)
    return path


def test_clips_of_a_story_are_freed_and_its_media_stay(studio: Studio) -> None:
    shipped = there(studio)
    token, session = rendered(studio)
    exported, media = film(studio, session), [*session.folder.glob("media/*")]
    use = of(studio, token, session)
    assert use.films == 1000 and use.media == sum(path.stat().st_size for path in media)
    assert use.clips == sum(map(studio.cache.size, keys(studio, session))) > 0 == use.takes
    studio.disk.free(token, session.name, "clips")
    assert there(studio) == shipped and exported.exists()
    assert {state.state for state in studio.states(session).values()} == {"stale"}
    studio.disk.free(token, session.name, "films")
    assert not exported.exists() and all(path.exists() for path in media)
    assert of(studio, token, session).clips == 0


def test_clips_that_another_visitor_may_need_stay(studio: Studio) -> None:
    token, session = rendered(studio)
    other, others = rendered(studio)  # of the very same pictures
    before = there(studio)
    assert of(studio, token, session).clips == 0
    studio.disk.free(token, session.name, "clips")
    studio.disk.free_earlier(token)
    assert there(studio) == before
    with pytest.raises(BadInput, match="none of yours"):
        studio.disk.free(token, others.name, "films")
    with pytest.raises(BadInput, match="not in your trash"):
        studio.disk.purge(token, [others.name])
    assert others.folder.exists() and studio.disk.of(other).earlier == 0


def test_clips_that_a_render_uses_stay(studio: Studio) -> None:
    token, session = rendered(studio)
    with studio.cache.using(keys(studio, session)):
        studio.disk.free(token, session.name, "clips")
    assert keys(studio, session) <= there(studio)


def test_clips_of_several_stories_and_of_earlier_edits_are_told_apart(studio: Studio) -> None:
    token, session = rendered(studio)
    copy = studio.workspace.duplicate(token, session.name)
    shared, before = keys(studio, session), there(studio)
    assert of(studio, token, session).clips == of(studio, token, copy).clips == 0
    assert studio.disk.of(token).several == sum(map(studio.cache.size, shared))
    studio.disk.free(token, session.name, "clips")
    assert there(studio) == before
    studio.workspace.remove(token, copy.name)
    first = session.story.shots[0].id
    session.update("", lambda story: edits.set_shot(story, first, duration_s=0.75))
    render(studio.plan(session), studio.cache)
    studio.disk.purge(token)  # of what only the copy needed by now, too
    assert not studio.workspace.deleted(token)
    assert keys(studio, session) <= there(studio)
    assert not (shared - keys(studio, session)) & there(studio)
    session.update("", lambda story: edits.set_shot(story, first, duration_s=1.0))
    assert studio.disk.of(token).earlier > 0
    studio.disk.free_earlier(token)
    assert keys(studio, session) & there(studio) == shared & keys(studio, session)


def test_takes_are_freed_by_themselves(studio: Studio) -> None:
    token, session = rendered(studio)
    owner = session.story.shots[0].id
    take = as_take(session.story.shots[0]).model_copy(update={"duration_s": 0.25})
    session.update("", lambda story: edits.add_takes(story, owner, [take]))
    planned = studio.takes._planned(session)[owner][0].plan
    assert planned is not None
    render(planned, studio.cache)
    assert (of(studio, token, session).takes or 0) > 0
    studio.disk.free(token, session.name, "takes")
    assert of(studio, token, session).takes == 0 and keys(studio, session) <= there(studio)
    assert session.story.shots[0].takes


def test_stories_that_were_not_looked_through_wait(studio: Studio) -> None:
    token, _ = rendered(studio)
    studio.disk._known.clear()
    studio.disk._clock = iter((0.0, 9.0, 9.0)).__next__
    use = studio.disk.of(token)
    assert use.waiting == 1 and use.stories[0].clips is None and use.earlier == 0


def test_what_the_page_gets_and_sends(studio: Studio) -> None:
    token, session = rendered(studio)
    cards, told = StoryCards(studio), list[str]()

    def ask(**sent: str) -> dict[str, Any]:
        view = handlers.disk(token, sent, studio, cards, told.append).plain()
        holds(view, "DiskUse")
        return view

    assert ask(op="measure")["stories"][0]["title"] == "Small story" and not told
    assert ask(op="free", name=session.name, part="clips")["stories"][0]["clips"] == 0
    for wrong in ({"op": "free", "name": session.name, "part": "media"}, {"op": "rm"}, {}):
        ask(**wrong)
    assert len(told) == 3 and session.folder.exists()
