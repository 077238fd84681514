"""How alike the scenes are that a transition joins: found out in the background when the page asks,
and remembered for every pair of pictures."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock

import numpy as np

from app.served.senders import NOBODY, Sender
from app.stories.sessions import Session
from app.work.turns import Background
from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.imaging.similarity import scene_similarity
from seine_core.media import video
from seine_core.media.frames import load_image
from seine_core.story.disk.storage import media_path
from seine_core.story.model import CardSource, Shot, VideoSource

log = logging.getLogger(__name__)

_KEPT = 5000  # pairs that are remembered; then the oldest go
_EACH = 100  # pairs of one person that wait


@dataclass(frozen=True)
class _End:
    """The picture at one end of a shot: of a file of the story at `at_s`, or a plain colour."""

    folder: Path
    file: str = ""
    at_s: float = 0.0
    colour: str = ""


class Likeness:
    """One for the whole server."""

    def __init__(self) -> None:
        # None: not known yet
        self._found: OrderedDict[tuple[_End, _End], float | None] = OrderedDict()
        self._lock = Lock()
        self._work = Background("compare", _EACH)

    def ask(self, session: Session, left: str, right: str, sender: Sender = NOBODY) -> None:
        """Find out how alike the two shots are where they meet; `of` says it once it is known.

        Raises:
            BadInput: there are no such shots, or too many pairs of `sender` wait.
        """
        story = session.story
        pair = _pair(session.folder, story.shot(left), story.shot(right))
        with self._lock:
            if pair in self._found:
                return
            self._work.add(sender, session.name, lambda: self._find(pair))
            self._found[pair] = None
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)

    def of(self, session: Session) -> dict[str, float | None]:
        """By transition, 0 for nothing in common to 1 for the same; None while it is looked at.
        Only those that were asked for."""
        if not self._found:
            return {}
        known: dict[str, float | None] = {}
        for left, right in pairwise(session.story.shots):
            pair = _pair(session.folder, left, right)
            with self._lock:
                if pair in self._found:
                    known[f"{left.id}>{right.id}"] = self._found[pair]
        return known

    def _find(self, pair: tuple[_End, _End]) -> None:
        likeness = 1.0  # of what cannot be compared: nothing is warned of then
        try:
            likeness = scene_similarity(*map(_still, pair))
        except BadInput as error:
            log.info("%s", error)
        finally:
            with self._lock:
                self._found[pair] = likeness


def _pair(folder: Path, left: Shot, right: Shot) -> tuple[_End, _End]:
    return _end(folder, left, left.duration_s), _end(folder, right, 0.0)


def _end(folder: Path, shot: Shot, after_s: float) -> _End:
    source = shot.source
    if isinstance(source, CardSource):
        return _End(folder, colour=source.colour)
    at_s = source.offset_s + after_s if isinstance(source, VideoSource) else 0.0
    return _End(folder, source.file, at_s)


def _still(end: _End) -> Still:
    if not end.file:
        return np.full((64, 64, 3), tuple(bytes.fromhex(end.colour[1:])), np.uint8)
    path = media_path(end.folder, end.file)
    if path.suffix == ".png":  # what every added image is kept as
        return load_image(path)
    last_s = max(0.0, video.probe(path).duration_s - 0.1)
    frame = next(video.read_frames(path, 1, min(end.at_s, last_s), 1), None)
    if frame is None:
        raise BadInput(f"no picture at {end.at_s:g} s", subject=path)
    return frame
