"""The score of a clip among variations of it, as one number with its reasons.

Parts, each 0..1, from the pixels:

    ends       1 when the clip joins on to what it begins and ends with as smoothly as it goes on
    clean      1 when every frame is one whole picture: of a transition by its U (`scene_mix`), the
               mean and the worst frame's, of a shot when no frame is softer than the given still
    evenness   0 for a cut, for flicker and for frames in disorder, 1 for an even flow
    motion     of a shot alone: 0 for a still, towards 1 the more it moves. How much a transition
               moves says nothing of whether people like it

and with CLIP the three scores of SEINE's comparison (arXiv 2310.20700), each s put on a scale by
1 / (1 + exp(-4 (s - m) / w)), where m is the middle and w the width of what the four methods reach
there, so that 0.12 is the worst of them and 0.88 the best:

    clipsim_text     every frame fits the prompt; .2528 to .2726
    clipsim_scenes   every frame looks like the given scenes; .6080 to .7740
    clipsim_frames   neighbouring frames show the same; .8809 to .9675

The score is the geometric mean of these, so that one bad part cannot be bought off by the others;
with CLIP the square root of this times the geometric mean of the three. Half of it are the pixels,
since what stands still is best by clipsim_scenes and clipsim_frames, and none of the three sees a
jump at an end or a torn picture.

It ranks variations of one clip. Clips of different shots have scores that say little side by side.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.evaluate.quality import (
    SAME_DB,
    Luma,
    comparable,
    gradient_power,
    least_detail,
    psnr,
)
from seine_core.evaluate.scene_mix import ClipMix, scene_mix
from seine_core.evaluate.story_quality import is_torn
from seine_core.imaging.similarity import scene_similarity

_FLOOR = 0.05  # of a part, so that a clip with one part of 0 still ranks by the others
_GHOSTS = 0.4  # of `strange`, in a dissolve half of each frame
_USUAL_SPEED = 0.1  # pixels a frame, of 256 across
# (worst, best) of the methods that the paper compares.
CLIPSIM_RANGE = {
    "clipsim_text": (0.2528, 0.2726),
    "clipsim_scenes": (0.6080, 0.7740),
    "clipsim_frames": (0.8809, 0.9675),
}
# What more and less of a part is called.
_DIFFERENCES = {
    "clipsim_text": ("fits the prompt better", "fits the prompt less"),
    "clipsim_scenes": ("closer to the scenes", "further from the scenes"),
    "clipsim_frames": ("steadier", "less steady"),
    "ends": ("joins on more smoothly", "joins on less smoothly"),
    "clean": ("cleaner", "less clean"),
    "motion": ("moves more", "moves less"),
    "evenness": ("flows more evenly", "flows less evenly"),
}
_ALIKE = 0.005  # parts that differ by less differ in nothing


@dataclass(frozen=True, kw_only=True)
class Score:
    """How good a clip is by its parts, and why in a few words. `similarity` has CLIP's scores by
    their names, as far as they are known."""

    ends: float
    clean: float
    evenness: float
    explanation: str
    motion: float | None = None  # of a shot
    similarity: Mapping[str, float] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, float]:
        """All that is known, 0..1 each, higher is better."""
        return {name: on_scale(name, s) for name, s in self.similarity.items()} | self._pixels()

    @property
    def value(self) -> float:
        """0..1, higher is better."""
        pixels = _geometric_mean(self._pixels().values())
        if not self.similarity:
            return pixels
        return math.sqrt(
            pixels * _geometric_mean(on_scale(*each) for each in self.similarity.items())
        )

    def _pixels(self) -> dict[str, float]:
        parts = {"ends": self.ends, "clean": self.clean, "evenness": self.evenness}
        return parts if self.motion is None else parts | {"motion": self.motion}


@dataclass(frozen=True, kw_only=True)
class Rank:
    """A clip among variations of it: its score 0..1, whether none is better, its parts 0..1, the
    names of those that lead all others', and its largest difference to them in a few words."""

    value: float
    best: bool
    parts: dict[str, float]
    most: tuple[str, ...]
    differs: str


def compare(scores: Sequence[Score]) -> list[Rank]:
    """The ranks of variations of one clip, in their order. CLIP counts where all of them have the
    same scores of it: others cannot be set against each other."""
    known = {frozenset(score.similarity) for score in scores}
    if len(known) > 1:
        scores = [replace(score, similarity={}) for score in scores]
    values = [score.value for score in scores]
    parts = [score.parts for score in scores]
    several = len(scores) > 1
    return [
        Rank(
            value=value,
            best=several and index == values.index(max(values)),
            parts=own,
            most=tuple(name for name in own if several and _leads(name, index, parts)),
            differs=_difference(own, [*parts[:index], *parts[index + 1 :]]),
        )
        for index, (value, own) in enumerate(zip(values, parts, strict=True))
    ]


def on_scale(name: str, similarity: float) -> float:
    """0..1 of a CLIP score -1..1 by its name: the logistic scale of the module's docstring."""
    worst, best = CLIPSIM_RANGE[name]
    return 1 / (1 + math.exp(-4 * (similarity - (worst + best) / 2) / (best - worst)))


def _geometric_mean(parts: Iterable[float]) -> float:
    """Their geometric mean, above 0."""
    return float(np.exp(np.mean([math.log(_FLOOR + (1 - _FLOOR) * part) for part in parts])))


def _leads(name: str, index: int, parts: Sequence[dict[str, float]]) -> bool:
    """Whether the one at `index` has clearly the most of a part."""
    others = max(each[name] for place, each in enumerate(parts) if place != index)
    return parts[index][name] > others + _ALIKE


def _difference(own: dict[str, float], others: Sequence[dict[str, float]]) -> str:
    """In which part it is furthest from what the others have on average."""
    if not others:
        return ""
    away = {name: part - _mean([each[name] for each in others]) for name, part in own.items()}
    name = max(away, key=lambda name: abs(away[name]))
    if abs(away[name]) < _ALIKE:
        return "much like the others"
    return f"{_DIFFERENCES[name][away[name] < 0]} than the others"


def rank_transition(start: Still, end: Still, clip: Sequence[Still]) -> Score:
    """The score of a transition `clip` [f h w 3] uint8, f >= 1, between the stills [h w 3] uint8,
    which it may hold at its ends, as an engine gives it, or not, as the cache keeps it.

    Raises:
        BadInput: `clip` has no frame.
    """
    before, after = comparable(start), comparable(end)
    between = _lumas(clip)
    # A frame that is the still itself would count as one in which nothing moves.
    if len(between) > 1 and psnr(between[0], before) > SAME_DB:
        between = between[1:]
    if len(between) > 1 and psnr(between[-1], after) > SAME_DB:
        between = between[:-1]
    frames = [before, *between, after]
    first, *inside, last = _changes(frames)
    joint = max(first, last) / max(_mean(inside or [first, last]), 1e-3)
    mix = scene_mix(start, end, [start, *clip, end])
    return _score(
        ends=_penalty(joint),
        seam=f"jumps at the {'start' if first > last else 'end'}",
        clean=math.exp(-(mix.figures["scene_mix"] + mix.figures["scene_mix_worst"]) / 3),
        unclean=_mixed(mix),
        changes=inside or [first, last],
        order=_order(frames),
    )


def _mixed(mix: ClipMix) -> str:
    """What of both scenes is seen where no scene is whole."""
    if is_torn(mix):
        return "shreds of both pictures"
    return "ghosts of both pictures" if mix.figures["strange"] > _GHOSTS else ""


def rank_shot(still: Still, clip: Sequence[Still]) -> Score:
    """The score of `clip` [f h w 3] uint8, f >= 1, that animates the still [h w 3] uint8. Its
    `ends` is how similar the first frame is to the still, which is not shown before it and may be
    another view.

    Raises:
        BadInput: `clip` has no frame.
    """
    before, frames = comparable(still), _lumas(clip)
    changes = _changes(frames) or [0.0]
    # What a slope changes by when it moves a pixel is the slope.
    slope = max(gradient_power(before) ** 0.5, 1e-3)
    sharp = min(1.0, max(0.0, (least_detail(before, before, frames) - 0.4) / 0.6))
    return _score(
        ends=scene_similarity(still, clip[0]),
        seam="begins elsewhere",
        clean=sharp,
        unclean="soft" if sharp < 0.4 else "",
        motion=1 - math.exp(-_mean(changes) / slope / _USUAL_SPEED),
        changes=changes,
        order=_order(frames),
    )


def _lumas(clip: Sequence[Still]) -> list[Luma]:
    frames = [comparable(frame) for frame in clip]
    if not frames:
        raise BadInput("received no frame", subject="clip", allowed="one or more")
    return frames


def _changes(frames: list[Luma]) -> list[float]:
    return [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _penalty(times: float) -> float:
    """0..1 of a ratio to the usual: 1 up to the usual, 0.5 at three times that, towards 0
    beyond."""
    return min(1.0, math.exp((1 - times) / 3))


def _score(
    *,
    ends: float,
    seam: str,
    clean: float,
    unclean: str,
    changes: list[float],
    order: float,
    motion: float | None = None,
) -> Score:
    """`seam` says what bad `ends` are, `unclean` what is wrong with the pictures, if anything."""
    even = _penalty(max(changes) / max(_mean(changes), 1e-3))
    place = int(np.argmax(changes)) / max(1, len(changes) - 1)
    jump = "near the start" if place < 1 / 3 else "near the end" if place > 2 / 3 else "midway"
    moves = motion is None or motion >= 0.2
    faults = {
        seam: ends < 0.5,
        "flickers": order < 0.5,
        f"jumps {jump}": even < 0.5,
        unclean: bool(unclean),
        "hardly moves": not moves,
    }
    merits = {
        "clean": clean > 0.7,
        "lively": motion is not None and motion > 0.75,
        "moves evenly": moves and even * order > 0.75,
    }
    return Score(
        ends=ends,
        clean=clean,
        evenness=even * order,
        motion=motion,
        explanation=", otherwise ".join(filter(None, map(_joined, (faults, merits)))) or "fair",
    )


def _joined(findings: dict[str, bool]) -> str:
    return ", ".join(words for words, is_so in findings.items() if is_so)


def _order(frames: list[Luma]) -> float:
    """0 where two frames on is no further than one frame on, as among shuffled frames; 1 where a
    clip goes anywhere."""
    one = _changes(frames)
    two = [float(np.abs(b - a).mean()) for a, b in zip(frames, frames[2:], strict=False)]
    if not two or max(one) < 1e-3:
        return 1.0
    return min(1.0, max(0.0, (_mean(two) / _mean(one) - 1.02) / 0.1))
