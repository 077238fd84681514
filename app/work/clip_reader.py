"""CLIP, where it is on this machine: loaded for whoever scores clips, let go when they are done.

Only for threads that nobody waits for.
"""

import logging
import threading
from typing import TYPE_CHECKING

from seine_core.clips import Frames, Still
from seine_core.errors import BadInput

if TYPE_CHECKING:
    from seine_core.evaluate.clip_similarity import ClipModel

log = logging.getLogger(__name__)


class ClipReader:
    """One for the whole server."""

    def __init__(self) -> None:
        self._model: ClipModel | None = None
        self._broken = False  # not tried again: the log has the reason
        self._lock = threading.Lock()

    def is_here(self) -> bool:
        """Whether clips are scored with it. Cheap."""
        from seine_core.evaluate.clip_similarity import clip_is_here

        return not self._broken and clip_is_here()

    def model(self) -> "ClipModel | None":
        """The model; None where there is none that works."""
        from seine_core.evaluate.clip_similarity import open_clip

        with self._lock:
            if self._model is None and self.is_here():
                try:
                    self._model = open_clip()
                except BadInput as error:
                    log.warning("CLIP is not used: %s", error)
                    self._broken = True
            return self._model

    def scores(self, start: Still, end: Still, clip: Frames, prompt: str) -> dict[str, float]:
        """The paper's three scores of a clip by their names; empty without a model."""
        from seine_core.evaluate.clip_similarity import clip_scores

        model = self.model()
        return clip_scores(model, start, end, clip, prompt) if model else {}

    def release(self) -> None:
        """Give its memory back."""
        with self._lock:
            self._model = None
