"""What of a story can be scored: its transitions and its extended shots, by the clips that are
there, and the figures of each."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from app.work.clip_reader import ClipReader
from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.evaluate.measures import join_sharpness
from seine_core.evaluate.story_quality import SEAM_FRAMES, drift, fitted, judge_transition, jump
from seine_core.media.decoding.own_files import read_own_frames
from seine_core.rates import Rate, rate_key
from seine_core.story.make.cache import ClipCache
from seine_core.story.make.jobs import Extend, Finish, Plan

_VERSION = 2  # raised when the same clips are scored otherwise
_MOST_FRAMES = 60  # of a transition; of a longer one every second, third …
_CURVE = 60  # points of a drift curve
_SIDE = 512  # pixels: figures are taken at 256, so larger frames are not held

Clip = tuple[str, int]  # key and number of frames


@dataclass(frozen=True, kw_only=True)
class Part:
    """A transition or a shot by the clips that are looked at. A transition lies between the last
    clip of its left shot and the first one of its right shot. `given` frames of a shot are not
    extended; none are where that is 0."""

    owner: str
    clips: tuple[Clip, ...]
    fps: Rate
    draft: bool
    left: Clip | None = None
    right: Clip | None = None
    given: int = 0
    prompt: str = ""

    @property
    def key(self) -> str:
        """The clip that the scores are kept beside."""
        return self.clips[-1][0]

    @property
    def chain(self) -> tuple[Clip, ...]:
        return tuple(clip for clip in (self.left, *self.clips, self.right) if clip)

    def of(self, with_clip: bool) -> str:
        """All that the scores depend on, in short."""
        words = self.prompt if with_clip else None
        content = repr((_VERSION, self.chain, rate_key(self.fps), self.given, words))
        return hashlib.sha256(content.encode()).hexdigest()


def parts(plan: Plan, cache: ClipCache, prompts: dict[str, str], *, draft: bool) -> Iterator[Part]:
    """Every transition of a plan, and every shot of several clips; without words and fades over
    them, where such clips are there too."""
    jobs = {job.key: job for job in plan.jobs}

    def raw(key: str) -> str:
        job = jobs[key]
        plain = isinstance(job, Finish) and cache.has(job.inputs[0])
        return job.inputs[0] if plain else key

    clips: dict[str, list[Clip]] = {}
    for segment in plan.timeline:
        clips.setdefault(segment.owner, []).append((segment.key, segment.frames))
    for owner, shown in clips.items():
        made = tuple((raw(key), frames) for key, frames in shown)
        common: dict[str, Any] = {
            "owner": owner,
            "clips": made,
            "fps": plan.fps,
            "draft": draft,
        }
        left, is_edge, right = owner.partition(">")
        if is_edge:
            if not {left, right} <= clips.keys():
                continue
            before, after = clips[left][-1], clips[right][0]
            yield Part(
                **common,
                left=(raw(before[0]), before[1]),
                right=(raw(after[0]), after[1]),
                prompt=prompts.get(owner, ""),
            )
        elif len(made) > 1:
            yield Part(**common, given=_given(plan, shown))


def _given(plan: Plan, clips: list[Clip]) -> int:
    """How many frames of a shot come before those that go on from others; 0 where none do."""
    jobs = {job.key: job for job in plan.jobs}
    given = 0
    for key, frames in clips:
        job = jobs[key]
        if isinstance(job, Finish):
            job = jobs[job.inputs[0]]
        if isinstance(job, Extend):
            return max(1, given)
        given += frames
    return 0


class Figures:
    """Takes the figures of parts from the clips in `cache`."""

    def __init__(self, cache: ClipCache, clip: ClipReader) -> None:
        self._cache, self._clip = cache, clip

    def of(self, part: Part) -> dict[str, Any]:
        """{figures, faults: [[fault, seconds]], seams: [[jump, where, seconds]], drift, sharpness}:
        of a transition the first two, of an extended shot the last two.

        Raises:
            BadInput: a clip is gone or damaged.
        """
        fact: dict[str, Any] = {"seams": list(self._seams(part))}
        if part.left and part.right:
            frames, step = self._frames(part, _MOST_FRAMES)
            before, after = self._tail(part.left, part.fps), self._head(part.right, part.fps)
            judged = judge_transition(
                fitted(before, frames[0]),
                frames,
                fitted(after, frames[0]),
                part.prompt,
                self._clip.model(),
            )
            fact["figures"] = {name: min(value, 1e6) for name, value in judged.figures.items()}
            step_s = float(step / part.fps)
            fact["faults"] = [[what, at * step_s] for what, at in judged.faults.items()]
        elif part.given:
            frames, step = self._frames(part, _CURVE)
            given = max(1, part.given // step)
            fact["drift"] = asdict(drift(frames, given)) | {"step_s": float(step / part.fps)}
            fact["sharpness"] = join_sharpness(frames[:given], frames[given:] or frames[-1:])
        return fact

    def _seams(self, part: Part) -> Iterator[list[Any]]:
        """Those that jump."""
        at = 0
        for n, (before, after) in enumerate(pairwise(part.chain)):
            inside = not part.left or 0 < n < len(part.clips)
            if part.left is None or n > 0:
                at += before[1]
            left, right = self._tail(before, part.fps), self._head(after, part.fps)
            what = jump(left, fitted(right, left[0]))
            if what:
                where = "inside" if inside else "start" if n == 0 else "end"
                yield [what, where, float(at / part.fps)]

    def _tail(self, clip: Clip, fps: Rate) -> list[Still]:
        key, frames = clip
        return self._read(key, fps, max(0, frames - SEAM_FRAMES), SEAM_FRAMES)

    def _head(self, clip: Clip, fps: Rate) -> list[Still]:
        return self._read(clip[0], fps, 0, SEAM_FRAMES)

    def _read(self, key: str, fps: Rate, first: int, count: int) -> list[Still]:
        path = self._cache.clip_path(key)
        frames = list(read_own_frames(path, fps, first / fps, count, _SIDE))
        if not frames:
            raise BadInput("received no frame", subject=path, allowed="one or more")
        return frames

    def _frames(self, part: Part, most: int) -> tuple[list[Still], int]:
        """At most `most` frames of a part at even steps, and the step."""
        step = math.ceil(sum(frames for _, frames in part.clips) / most)
        read = (
            frame
            for key, frames in part.clips
            for frame in read_own_frames(self._cache.clip_path(key), part.fps, 0.0, frames, _SIDE)
        )
        return [frame for n, frame in enumerate(read) if n % step == 0], step
