"""How long a render still takes, from how fast clips like its own were made of late."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from seine_core.story.make.jobs import Plan
from seine_core.story.make.render import Progress

_SMOOTH_S = 8.0  # what was measured longer ago than this hardly counts
_SAMPLE_S = 0.5  # shorter times measure the machine's moods
# No engine works on these and no film is encoded anew, so they say nothing of other kinds, nor
# others of them: mp4 joins the clips as they are.
_LIGHT = frozenset({"Card", "Decode", "Finish", "mp4"})


class Speeds:
    """Seconds for one pixel of one frame, smoothed, for each kind of clip. One for the server: it
    is the machine that is measured."""

    def __init__(self, text: str | None = None) -> None:
        """`text`: what an earlier server knew; a damaged one is worth nothing."""
        self._known: dict[str, tuple[float, float]] = {}  # pixels and their seconds, fading
        try:
            kept = {
                str(kind): (float(n), float(s)) for kind, (n, s) in json.loads(text or "{}").items()
            }
            self._known = {kind: pair for kind, pair in kept.items() if min(pair) > 0}
        except (ValueError, TypeError, AttributeError, RecursionError):
            pass

    def text(self) -> str:
        """What is known, for a later server: else the first clip that it makes, for which all is
        loaded, would foretell minutes."""
        return json.dumps(self._known)

    def learn(self, kind: str, pixels: float, seconds: float) -> None:
        """`pixels`, of all frames together, took `seconds`."""
        # Sums, since the first frame of a clip takes long: engines look at both scenes before it.
        before, took = self._known.get(kind, (0.0, 0.0))
        kept = _SMOOTH_S / (seconds + _SMOOTH_S)
        self._known[kind] = before * kept + pixels, took * kept + seconds

    def seconds(self, kind: str, pixels: float) -> float | None:
        """How long `pixels` will take; a kind never made is taken for the slowest known, a light
        one for nothing. None where no like was ever made."""
        known = {name: took / made for name, (made, took) in dict(self._known).items()}
        if kind in known or kind in _LIGHT:
            return pixels * known.get(kind, 0.0)
        slowest = max((known[name] for name in known.keys() - _LIGHT), default=None)
        return None if slowest is None else pixels * slowest

    def knows(self, kind: str) -> bool:
        return kind in self._known


@dataclass(frozen=True)
class _Piece:
    """Frames `start` to `end` of all that a plan makes, which are to be made."""

    start: int
    end: int
    kind: str

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


class Pace:
    """One render, from its plan and from what is there already: `saw` measures as it goes on,
    `seconds_left` foretells. With `writes`, the ending of a file, it is written at the end."""

    def __init__(
        self, plan: Plan, has: Callable[[str], bool], speeds: Speeds, writes: str = ""
    ) -> None:
        self._speeds = speeds
        self._pixels = plan.width * plan.height
        self._pieces: list[_Piece] = []
        self._total, self._film = 0, plan.frames
        for job in plan.jobs:
            end = self._total + job.frames
            if not has(job.key):
                kind = f"{type(job).__name__} {getattr(job, 'engine', '')}".strip()
                self._pieces.append(_Piece(self._total, end, kind))
            self._total = end
        if writes:
            self._pieces.append(_Piece(self._total, self._total + self._film, writes))
        self._last = (0.0, 0.0)  # how many frames there were, and when

    def saw(self, progress: Progress, now: float) -> None:
        """Take in a report of the render."""
        at = self._at(progress)
        before, when = self._last
        here = [p for p in self._pieces if p.start <= before and at <= p.end and before < at]
        if here and at < here[0].end:
            # An engine looks at both scenes before its first frame: of a kind's first clip, less
            # than half would foretell far too long.
            early = not self._speeds.knows(here[0].kind) and at < here[0].middle
            if early or now - when < _SAMPLE_S:
                return
        if here and now > when:
            self._speeds.learn(here[0].kind, (at - before) * self._pixels, now - when)
        self._last = (at, now)

    def seconds_left(self, progress: Progress | None) -> float | None:
        """About how long it still takes; None while nobody knows."""
        at = self._at(progress) if progress else 0.0
        total = 0.0
        for piece in self._pieces:
            frames = piece.end - max(piece.start, min(at, piece.end))
            seconds = self._speeds.seconds(piece.kind, frames * self._pixels)
            if seconds is None:
                return None
            total += seconds
        return total

    def _at(self, progress: Progress) -> float:
        if progress.owner:
            return round(progress.fraction * self._total, 6)
        return self._total + progress.clip_fraction * self._film
