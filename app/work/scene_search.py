"""Videos are looked through for scenes in the background, so that editing goes on meanwhile."""

import math
import time
from collections.abc import Callable

from app.served.senders import NOBODY, Sender
from app.stories.sessions import Session
from app.work.background import Background, Work
from seine_core.errors import BadInput
from seine_core.media.cuts import find_scenes
from seine_core.story import edits
from seine_core.story.disk.storage import media_path
from seine_core.story.footage import reached_s
from seine_core.story.model import Story, VideoSource

_SHOWN_S = 10.0  # how long it is shown that nothing came of it
_EACH = 50  # videos of one person

Open = Callable[[str], Session | None]


class SceneSearches:
    """The searches of all stories; decoding takes much, so one at a time, and people take turns."""

    def __init__(self, open: Open) -> None:
        """`open` gives the story of a name, where it is open."""
        self._open = open
        self._work = Background[Work]("split_scenes", each=_EACH)

    def start(self, session: Session, shot_id: str, tab: str, sender: Sender = NOBODY) -> None:
        """Split the shot into the scenes of its video as soon as they are found, as an edit of
        `tab`. One that is looked through already is not begun again.

        Raises:
            BadInput: there is no such shot, it is no video, or too many of `sender` wait.
        """
        source = session.story.shot(shot_id).source
        if not isinstance(source, VideoSource):
            raise BadInput(
                f"{shot_id!r} is no video",
                subject="split_scenes",
                advice="choose a shot that is one",
            )
        media_path(session.folder, source.file)
        name = session.name  # it may be closed meanwhile, and opened anew

        def do(work: Work) -> str:
            return self._search(work, name, shot_id, source, tab)

        search = Work(story=name, label="Looking for scenes", do=do, same=shot_id, sender=sender)
        self._work.submit(search)

    def of(self, session: Session) -> dict[str, str]:
        """{shot: message} of a story's searches; the message is empty while one goes on."""
        latest = {search.same: search for search in self._work.of(session.name)}
        oldest = time.time() - _SHOWN_S
        return {
            shot: search.message
            for shot, search in latest.items()
            if search.busy or (search.message and search.finished > oldest)
        }

    def busy(self, story: str) -> bool:
        return self._work.busy(story)

    def forget(self, story: str) -> None:
        """The story is closed or gone: nothing of it is split any more."""
        self._work.forget(story)

    def _search(self, work: Work, name: str, shot_id: str, source: VideoSource, tab: str) -> str:
        session = self._open(name)
        times = find_scenes(media_path(session.folder, source.file)) if session else []
        session = self._open(name)
        if session is None or work.cancel.is_set():
            return ""

        def split(story: Story) -> Story:
            if story.shot(shot_id).source != source:
                raise BadInput("The shot was changed meanwhile; split it again.")
            if source.freeze:
                return story
            fps, end_s = story.settings.fps, source.end_s or math.inf
            inside = [at_s for at_s in times if source.loops_from_s < at_s < end_s]
            after_s = [reached_s(source, at_s, fps) for at_s in inside]
            return edits.split_at(story, shot_id, after_s)

        before = session.rev
        session.update(tab, split)
        return "" if session.rev > before else "No cuts were found: it stays one shot."
