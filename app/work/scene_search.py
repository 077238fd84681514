"""Videos are looked through for scenes in the background, so that editing goes on meanwhile."""

import logging
import threading
import time
from dataclasses import dataclass

from app.served.senders import NOBODY, Sender
from app.stories.sessions import Session
from app.work.turns import Background
from seine_core.errors import BadInput
from seine_core.media.cuts import find_scenes
from seine_core.story import edits
from seine_core.story.disk.storage import media_path
from seine_core.story.model import VideoSource

log = logging.getLogger(__name__)

_TOLD_S = 10.0  # how long it is shown that nothing came of it
_EACH = 50  # videos of one person that wait


@dataclass
class _Search:
    message: str = ""  # why nothing came of it; "" as long as it goes on
    ended: float = 0.0


class SceneSearches:
    """The searches of all stories; decoding takes much, so one at a time, and people take turns."""

    def __init__(self) -> None:
        self._searches: dict[tuple[str, str], _Search] = {}
        self._lock = threading.Lock()
        self._work = Background("split_scenes", _EACH)

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
        with self._lock:
            known = self._searches.get((session.name, shot_id))
            if known is not None and not known.ended:
                return
            search = _Search()
            self._work.add(
                sender,
                session.name,
                lambda: self._run(search, session, shot_id, source, tab),
            )
            self._searches[session.name, shot_id] = search

    def of(self, session: Session) -> dict[str, str]:
        """{shot: message} of a story's searches; the message is empty while one goes on."""
        now = time.monotonic()
        with self._lock:
            for key, search in list(self._searches.items()):
                if search.ended and (not search.message or now - search.ended > _TOLD_S):
                    del self._searches[key]
            return {
                shot_id: search.message
                for (name, shot_id), search in self._searches.items()
                if name == session.name
            }

    def _run(
        self, search: _Search, session: Session, shot_id: str, source: VideoSource, tab: str
    ) -> None:
        try:
            times = find_scenes(media_path(session.folder, source.file))
            with session.lock:
                before = session.story
                if before.shot(shot_id).source != source:
                    raise BadInput("The shot was changed meanwhile; split it again.")
                within = [at_s - source.offset_s for at_s in times]
                session.edit(edits.split_at(before, shot_id, within), tab)
                if session.story == before:
                    search.message = "No cuts were found: it stays one shot."
        except BadInput as error:
            search.message = error.for_page()
        except Exception:  # nobody waits for this thread to raise
            log.exception("looking for scenes failed")
            search.message = "Looking for scenes failed; the server's log says why."
        finally:
            search.ended = time.monotonic()
