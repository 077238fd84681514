"""How large exports of the open stories will be; one is looked at at a time, and remembered."""

import threading
from collections import OrderedDict
from fractions import Fraction

from app.stories.sessions import Session
from seine_core.story.film.formats import FORMATS
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.foretell import Foretold, Smaller, foretell, smaller_gif
from seine_core.story.make.output import Output
from seine_core.story.model import Story

_KEPT = 64
_WAITING = 8  # who waits holds a thread

Answer = tuple[Foretold, Smaller | None]


class Sizes:
    """One for the whole server."""

    def __init__(self, cache: ClipCache) -> None:
        self._cache = cache
        self._known: OrderedDict[tuple[str, str, Output, int], tuple[Story, Answer]] = OrderedDict()
        self._working = threading.Lock()
        self._waiting = threading.Semaphore(_WAITING)

    def of(self, session: Session, name: str, output: Output, changes: int) -> Answer | None:
        """How large the export of a story in the form `name` will be and, of a GIF that is too
        large, what it can be instead; None where too many ask. `changes` counts the renders that
        made clips.

        Raises:
            BadInput: the story has no such part.
        """
        if not self._waiting.acquire(blocking=False):
            return None
        try:
            with self._working:
                story, key = session.story, (session.name, name, output, changes)
                known = self._known.get(key)
                if known is None or known[0] is not story:
                    known = story, self._foretold(session, story, name, output)
                    self._known[key] = known
                    if len(self._known) > _KEPT:
                        self._known.popitem(last=False)
                return known[1]
        finally:
            self._waiting.release()

    def _foretold(self, session: Session, story: Story, name: str, output: Output) -> Answer:
        form = FORMATS[name]
        size = foretell(story, session.folder, self._cache, form, output)
        settings = output.applied(story).settings
        width = min(settings.size[0], output.max_width or settings.size[0])
        fps = min(settings.fps, Fraction(output.max_fps or settings.fps))
        return size, smaller_gif(size.bytes, width, fps) if form.name == "gif" else None
