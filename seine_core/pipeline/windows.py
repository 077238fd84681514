"""Clips of any length from a model that makes 16 frames at a time.

A plan is a list of levels, a level a list of windows, a window the positions of its frames in the
clip. Windows of a level need only what earlier levels made, so they can share a batch; a frame that
is known by then is given to the window, as the random mask permits at any position.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

import numpy as np

from seine_core.imaging.colour import Palette
from seine_core.pipeline.origins import Origin
from seine_core.pipeline.request import (
    CONTEXT_FRAMES,
    NATIVE_FRAMES,
    Clip,
    ClipRequest,
    Sampling,
    Still,
)

Positions = tuple[int, ...]
Plan = list[list[Positions]]

LONGEST = 24  # frames in one go: the model's positions reach a little beyond what it was trained on
JUMP = 4.0  # times the usual change from frame to frame: such a seam is worth a warning
MISMATCH = 40.0  # levels; beyond it the model did not take up the given frames


@dataclass(frozen=True, kw_only=True)
class Window:
    """What the model is asked at once; `given` counts from the window's own first frame."""

    given: dict[int, Still]
    num_frames: int
    size: tuple[int, int]
    prompt: str
    negative_prompt: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What the model made of a window: uint8 [f h w 3] with the given frames in place, how far (in
    levels) its own version of them was off, and what the others were made of, if it tells."""

    frames: Clip
    mismatch: float
    warnings: tuple[str, ...] = ()
    origins: dict[int, Origin] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WindowFacts:
    """What is known of a window after it was made. Drift in levels of 0 to 255: how far its mean
    colour left the range of the frames that the user gave, as generated and as it was held."""

    positions: Positions
    given: Positions
    seed: int
    mismatch: float  # levels between the given frames and the model's own version of them
    jump: float  # the largest change at a seam, as a multiple of the usual change
    drift_generated: float
    drift: float


@dataclass(frozen=True, kw_only=True)
class SeineClip:
    """uint8 [f h w 3], and how it came about."""

    frames: Clip
    seed: int
    windows: tuple[WindowFacts, ...]
    warnings: tuple[str, ...]
    # What generated frames were made of, where the network tells, in the order that they were made.
    # Positions count from the clip's first frame, even where `frames` leaves out the first ones.
    origins: dict[int, Origin]


def plan_between(given: Iterable[int], first: int, last: int) -> Plan:
    """Key frames from `first` to `last` in one window, then the frames between in windows that hold
    several of them, and so on until everything is there. Neighbouring windows share a key frame."""
    inside = sorted({g for g in given if first <= g <= last})
    if last - first < LONGEST:
        window = tuple(range(first, last + 1))
        return [[window]] if len(inside) < len(window) else []
    ends = {first, last}
    if len(ends.union(inside)) > NATIVE_FRAMES:
        cut = inside[len(inside) // 2]
        return _together([plan_between(inside, first, cut), plan_between(inside, cut, last)])
    keys = _key_positions(inside, first, last)
    level = [[tuple(keys)]] if set(keys) - set(inside) else []
    known = {*inside, *keys}
    return level + _together([plan_between(known, a, b) for a, b in _spans(keys)])


def plan_onward(known: int, num_frames: int, overlap: int = CONTEXT_FRAMES) -> Plan:
    """Window after window, each seeing the last `overlap` frames of the one before; the first
    `known` frames of the clip are given. The last window may run past the clip's end."""
    if num_frames <= LONGEST:
        return [[tuple(range(num_frames))]] if known < num_frames else []
    starts = range(0, num_frames - overlap, NATIVE_FRAMES - overlap)
    return [[tuple(range(start, start + NATIVE_FRAMES))] for start in starts]


def plan(request: ClipRequest) -> Plan:
    positions = sorted(request.stills)
    if request.order == "onward" and positions == list(range(len(positions))):
        return plan_onward(len(positions), request.num_frames, request.context_frames)
    return plan_between(positions, 0, request.num_frames - 1)


def count_windows(requests: Sequence[ClipRequest]) -> int:
    return sum(len(level) for request in requests for level in plan(request))


def follow(
    requests: Sequence[ClipRequest],
    generate: Callable[[list[Window]], list[Piece]],
    sampling: Sampling,
) -> list[SeineClip]:
    """The clips of the `requests`, whose plans are followed side by side."""
    stories = [_Clip(request, sampling) for request in requests]
    for levels in zip_longest(*(plan(request) for request in requests), fillvalue=[]):
        asked = [
            (story, positions)
            for story, level in zip(stories, levels, strict=True)
            for positions in level
        ]
        pieces = generate([story.window(positions) for story, positions in asked])
        for (story, positions), piece in zip(asked, pieces, strict=True):
            story.take(positions, piece)
    return [story.finished() for story in stories]


class _Clip:
    """One clip while it grows: which frames are known, and what was learned on the way."""

    def __init__(self, request: ClipRequest, sampling: Sampling) -> None:
        self.request = request
        self.hold = sampling.hold_colours if request.order == "onward" else 0.0
        self.known: dict[int, Still] = dict(request.stills)
        self.palette = Palette(request.stills.values())
        self.facts: list[WindowFacts] = []
        self.warnings: dict[str, None] = {}
        self.origins: dict[int, Origin] = {}
        self._asked = 0

    def window(self, positions: Positions) -> Window:
        return Window(
            given={i: self.known[p] for i, p in enumerate(positions) if p in self.known},
            num_frames=len(positions),
            size=self.request.size,
            prompt=self.request.prompt,
            negative_prompt=self.request.negative_prompt,
            seed=self._next_seed(),
        )

    def _next_seed(self) -> int:
        """The clip's seed for its first window, then others that follow from it."""
        self._asked += 1
        return window_seed(self.request.seed, self._asked - 1)

    def take(self, positions: Positions, piece: Piece) -> None:
        frames = piece.frames
        new = [i for i, p in enumerate(positions) if p not in self.known]
        generated = frames[new]
        if self.hold and len(self.facts) > 0:
            # A single window needs no holding; a chain does, from its second window on.
            frames = frames.copy()
            frames[new] = self.palette.hold(generated, self.hold)
        fact = WindowFacts(
            positions=positions,
            given=tuple(p for p in positions if p in self.known),
            seed=window_seed(self.request.seed, len(self.facts)),
            mismatch=round(piece.mismatch, 2),
            jump=round(seam_jump(frames, positions, new), 2),
            drift_generated=round(self.palette.drift(generated), 2),
            drift=round(self.palette.drift(frames[new]), 2),
        )
        self.facts.append(fact)
        self.known.update({positions[i]: frames[i] for i in new})
        places = dict(enumerate(positions))
        for i in new:
            if i in piece.origins:
                self.origins[positions[i]] = piece.origins[i].among(places)
        self.warnings.update(dict.fromkeys([*piece.warnings, *_doubts(fact)]))

    def finished(self) -> SeineClip:
        request = self.request
        if not self.facts:
            self.warnings["every frame was given, so nothing was generated"] = None
        wanted = range(request.skip, request.num_frames)
        return SeineClip(
            frames=np.stack([self.known[p] for p in wanted]),
            seed=request.seed,
            windows=tuple(self.facts),
            warnings=tuple(self.warnings),
            origins={p: origin for p, origin in self.origins.items() if p < request.num_frames},
        )


def window_seed(seed: int, index: int) -> int:
    if index == 0:
        return seed
    return int(np.random.SeedSequence([seed, index]).generate_state(1, np.uint64)[0] >> 1)


def seam_jump(frames: Clip, positions: Positions, new: Sequence[int]) -> float:
    """The largest change between a given frame and a generated one beside it, as a multiple of the
    usual change between generated frames. 0 where neighbours are not neighbours in time."""
    generated = set(new)
    seams, usual = [], []
    for i, (p, q) in enumerate(pairwise(positions)):
        if q != p + 1:
            continue
        change = float(np.abs(frames[i + 1].astype(np.int16) - frames[i]).mean())
        if i in generated and i + 1 in generated:
            usual.append(change)
        elif i in generated or i + 1 in generated:
            seams.append(change)
    if not seams or not usual:
        return 0.0
    return max(seams) / max(float(np.median(usual)), 1.0)  # a change below one level is not seen


def _doubts(fact: WindowFacts) -> list[str]:
    where = f"frames {fact.positions[0]} to {fact.positions[-1]}"
    doubts = []
    if fact.mismatch > MISMATCH:
        doubts.append(
            f"{where}: the model's own version of the given frames is {fact.mismatch:.0f} levels "
            "off; try another seed, more steps or a prompt that names what is seen"
        )
    elif fact.jump > JUMP:
        doubts.append(
            f"{where}: the picture jumps at a given frame, {fact.jump:.1f} times the usual change; "
            "try another seed or more frames"
        )
    return doubts


def _key_positions(given: list[int], first: int, last: int) -> list[int]:
    """At most 16 positions: the given ones and both ends, and as even as can be between them."""
    stride = -(-(last - first) // (NATIVE_FRAMES - 1))  # rounded up
    count = -(-(last - first) // stride) + 1
    even = [round(p) for p in np.linspace(first, last, count)]
    keys = {first, last, *given}
    # Farthest from what is there already first, so that the rest stays evenly spread.
    for key in sorted(even, key=lambda p: (-min(abs(p - k) for k in keys), p)):
        if len(keys) >= count or len(keys) >= NATIVE_FRAMES:
            break
        keys.add(key)
    return sorted(keys)


def _spans(keys: list[int]) -> list[tuple[int, int]]:
    """From key frame to key frame, as many gaps in one as a window of 16 frames holds."""
    spans = []
    start = 0
    while start < len(keys) - 1:
        fits = bisect_right(keys, keys[start] + NATIVE_FRAMES - 1) - 1
        end = max(fits, start + 1)
        spans.append((keys[start], keys[end]))
        start = end
    return spans


def _together(plans: list[Plan]) -> Plan:
    """Plans that do not need each other, level by level."""
    return [[w for level in levels for w in level] for levels in zip_longest(*plans, fillvalue=[])]
