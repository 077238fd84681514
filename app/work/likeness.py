"""How alike the scenes are that a transition joins: found out in the background when the page asks,
and remembered for every pair of pictures."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock

import numpy as np

from app.served.senders import NOBODY, Sender
from app.stories.sessions import Session
from app.work.background import Background, Work
from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.imaging.similarity import scene_similarity
from seine_core.media import video
from seine_core.media.frames import load_image
from seine_core.story.disk.storage import media_path
from seine_core.story.footage import footage
from seine_core.story.model import CardSource, RenderSettings, Shot, VideoSource

_KEPT = 5000  # pairs that are remembered; then the oldest go
_EACH = 100  # pairs of one person


@dataclass(frozen=True)
class _End:
    """The picture at one end of a shot: of a file of the story at `at_s`, or a plain colour."""

    folder: Path
    file: str = ""
    at_s: float = 0.0
    colour: str = ""


_Pair = tuple[_End, _End]


class Likeness:
    """One for the whole server."""

    def __init__(self) -> None:
        self._found: OrderedDict[_Pair, float] = OrderedDict()
        self._lock = Lock()
        self._work = Background[Work]("compare", each=_EACH)

    def ask(self, session: Session, left: str, right: str, sender: Sender = NOBODY) -> None:
        """Find out how alike the two shots are where they meet; `of` says it once it is known.

        Raises:
            BadInput: there are no such shots, or too many pairs of `sender` wait.
        """
        story = session.story
        pair = _pair(session.folder, story.shot(left), story.shot(right))
        if pair not in self._found:
            comparison = Work(
                story=session.name,
                label="Comparing two scenes",
                do=lambda work: self._compare(pair),
                same=pair,
                sender=sender,
                listed=False,
            )
            self._work.submit(comparison)

    def of(self, session: Session) -> dict[str, float | None]:
        """By transition, 0 for nothing in common to 1 for the same; None while it is looked at.
        Only those that were asked for."""
        asked = {work.same for work in self._work.of(session.name)}
        known: dict[str, float | None] = {}
        if not asked and not self._found:
            return known
        for left, right in pairwise(session.story.shots):
            pair = _pair(session.folder, left, right)
            with self._lock:
                likeness = self._found.get(pair)
            if likeness is not None or pair in asked:
                known[f"{left.id}>{right.id}"] = likeness
        return known

    def busy(self, story: str) -> bool:
        return self._work.busy(story)

    def forget(self, story: str) -> None:
        """The story is closed or gone."""
        self._work.forget(story)
        with self._lock:
            for pair in [pair for pair in self._found if pair[0].folder.name == story]:
                del self._found[pair]

    def _compare(self, pair: _Pair) -> None:
        likeness = 1.0  # of what cannot be compared: nothing is warned of then
        try:
            likeness = scene_similarity(*map(_still, pair))
        finally:
            with self._lock:
                self._found[pair] = likeness
                if len(self._found) > _KEPT:
                    self._found.popitem(last=False)


def _pair(folder: Path, left: Shot, right: Shot) -> _Pair:
    return _end(folder, left, left.duration_s), _end(folder, right, 0.0)


def _end(folder: Path, shot: Shot, after_s: float) -> _End:
    source = shot.source
    if isinstance(source, CardSource):
        return _End(folder, colour=source.colour)
    at_s = 0.0
    if isinstance(source, VideoSource):
        at_s = footage(shot, math.inf).at_s(after_s, RenderSettings().fps)
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
