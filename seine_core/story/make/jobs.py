"""The clips that make a story, as a graph of jobs, each keyed by all that determines its frames.

A key is a hash over the job and, through their keys, over everything it depends on: equal keys,
equal frames. So the keys alone tell which clips an edit has made stale, before any is rendered.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from seine_core.engines.protocol import ClipSpec
from seine_core.errors import BadInput
from seine_core.media.bands import is_large
from seine_core.media.encode import LARGE_ENCODING
from seine_core.media.frames import CENTRE, UPRIGHT, Focus, Orientation
from seine_core.rates import Rate, rate_key
from seine_core.story.caption import Caption
from seine_core.story.disk.media_store import Media as Media
from seine_core.story.fields import Fit, Quality

# Raised when the same job gives other frames or another encoding: every cached clip is then stale.
KEY_VERSION = 2
# Fields that came later. Left out of the key where they change nothing, so that older clips stay.
_LATER: dict[str, object] = {
    **{"focus": CENTRE, "loop": 0, "subject_s": None, "sees_with": ()},
    **{"conversion": 0, "lettering": 0, "speed": 1.0, "orientation": UPRIGHT},
}
# Fields that a `ClipSpec` had: which part of a clip it was of. They stay in the key, as above.
_WHOLE = {"first": 0, "total": None}


@dataclass(frozen=True, kw_only=True)
class Job:
    """One clip to make. `owner` and `tail` do not change its frames, so they stand outside its
    key; what it is called depends on its place in the story, so the plan knows that."""

    owner: str  # a shot's id, or "left>right" for an edge
    spec: ClipSpec
    quality: Quality
    inputs: tuple[str, ...] = ()  # keys of the clips it is made from
    cut: tuple[int, int] = (0, 0)  # made, but left out of the clip: frames at its start and end
    tail: int = 1  # the last frames to keep without loss, for the job that goes on from them

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return self.spec.frames - sum(self.cut)

    @property
    def made_by(self) -> str:
        """What makes the frames, for people."""
        return type(self).__name__.lower()

    @cached_property
    def key(self) -> str:
        fields = self._keyed()
        for outside in ("owner", "tail"):
            del fields[outside]
        for name, usual in _LATER.items():
            if name in fields and fields[name] == usual:
                del fields[name]
        if is_large(self.spec.width, self.spec.height):
            fields["encoding"] = LARGE_ENCODING
        text = json.dumps([KEY_VERSION, type(self).__name__, fields], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _keyed(self) -> dict[str, Any]:
        # Not `asdict`, which copies deeply: a plan of 100 shots has 200 keys.
        return {name: _plain(value) for name, value in vars(self).items()}


def _plain(value: object) -> object:
    if isinstance(value, Media):
        return {"sha256": value.sha256}
    if isinstance(value, ClipSpec):
        spec = _WHOLE | vars(value) | {"fps": rate_key(value.fps)}
        return spec if value.framing else {k: v for k, v in spec.items() if k != "framing"}
    return value


@dataclass(frozen=True, kw_only=True)
class Card(Job):
    """A plain colour."""

    colour: str


@dataclass(frozen=True, kw_only=True)
class Decode(Job):
    """A piece of a video, from frame `start` on, counted at the story's rate from `offset_s`. With
    `loop` it starts again at `offset_s` after that many frames. At a `speed` below 0 it goes
    backwards, and `offset_s` is where its first frame ends; at 0 that picture is held. `focus` is
    where it is cropped, or the rule by which its subject is found."""

    video: Media
    start: int
    offset_s: float
    fit: Fit
    focus: Focus | str = CENTRE
    loop: int = 0
    subject_s: float | None = None  # where the video's subject is looked for
    conversion: int = 0  # of its pictures into what is shown, see `media.video`; 0 is none
    speed: float = 1.0
    orientation: Orientation = UPRIGHT


@dataclass(frozen=True, kw_only=True)
class Generate(Job):
    """A clip that an engine makes."""

    engine: str
    version: int
    prompt: str
    sees_with: tuple[str, ...] = ()
    is_piece: bool = False  # whether the engine can make it without the frames that are cut off

    @property
    def made_by(self) -> str:
        return f"{self.engine} {self.version}"

    def _keyed(self) -> dict[str, Any]:
        fields = super()._keyed()
        if fields.pop("is_piece"):  # keyed by what is made
            part = {"frames": self.frames, "first": self.cut[0], "total": self.spec.frames}
            fields |= {"spec": fields["spec"] | part, "cut": (0, 0)}
        return fields


@dataclass(frozen=True, kw_only=True)
class Animate(Generate):
    image: Media
    fit: Fit
    focus: Focus | str = CENTRE  # as of a video
    orientation: Orientation = UPRIGHT


@dataclass(frozen=True, kw_only=True)
class Extend(Generate):
    """Goes on from the last frames of its one input."""


@dataclass(frozen=True, kw_only=True)
class Join(Generate):
    """The transition from the last frame of its first input to the first frame of its second."""


@dataclass(frozen=True, kw_only=True)
class Finish(Job):
    """Words and fades over the clip that is its input: frames `first …` of `total` of a shot."""

    captions: tuple[Caption, ...]
    fade_in: int
    fade_out: int
    first: int
    total: int
    lettering: int = 0  # how words are drawn; 0 without any

    def _keyed(self) -> dict[str, Any]:
        """One caption as every caption was once has the key that it had."""
        fields = super()._keyed()
        captions = [caption.model_dump(exclude_defaults=True) for caption in fields.pop("captions")]
        match captions:
            case []:
                return fields | {"text": "", "place": "bottom"}
            case [only] if only.keys() <= {"text", "place"}:
                return fields | {"place": "bottom"} | only
        return fields | {"captions": captions}


@dataclass(frozen=True)
class Segment:
    """A clip's place in the finished video."""

    owner: str
    key: str
    frames: int


@dataclass(frozen=True)
class Plan:
    """`jobs` with every job after its inputs; `timeline` in playing order; `names` says what users
    call each shot and edge. Of the parts that cannot be made, `refused` says why, shots first.
    `parts` is what a later plan of the same story can take over."""

    jobs: tuple[Job, ...]
    timeline: tuple[Segment, ...]
    fps: Rate
    width: int
    height: int
    names: Mapping[str, str]
    refused: Mapping[str, BadInput] = field(default_factory=dict)
    parts: Mapping[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def frames(self) -> int:
        """The number of frames of the finished video."""
        return sum(segment.frames for segment in self.timeline)

    def label(self, job: Job) -> str:
        """What users call the clip."""
        return self.names[job.owner] + (", captions and fades" if isinstance(job, Finish) else "")

    @property
    def problem(self) -> BadInput | None:
        """Why the whole story cannot be made, if so: its first part that cannot."""
        if not self.names:
            return BadInput("the story has no shots", advice="add an image or a video first")
        return next((self._refusal(owner) for owner in self.refused), None)

    def whole(self) -> "Plan":
        """This plan, which makes all of the story.

        Raises:
            BadInput: a part cannot be made, or there is none.
        """
        if self.problem is not None:
            raise self.problem
        return self

    def refusals(self) -> dict[str, BadInput]:
        """Why the whole story cannot be made, by shot and edge, "" for a story without any. An
        edge that lacks no more than one of its shots is left out."""
        if not self.names and self.problem:
            return {"": self.problem}
        return {
            owner: self._refusal(owner)
            for owner in self.refused
            if ">" not in owner or not self.refused.keys() & set(owner.split(">"))
        }

    def named(self, owner: str, why: BadInput) -> BadInput:
        """`why` with the name of the shot or edge that it is about."""
        name = self.names[owner]
        place = name if ">" in owner else f"{name} ({owner})"
        return why.about(place)

    def _refusal(self, owner: str) -> BadInput:
        return self.named(owner, self.refused[owner])

    def only(self, owners: Collection[str]) -> "Plan":
        """The part of the plan that makes these shots and edges, with what they depend on.

        Raises:
            BadInput: one of them cannot be made.
        """
        for owner in owners:
            if owner in self.refused:
                raise self._refusal(owner)
        wanted = {segment.key for segment in self.timeline if segment.owner in owners}
        for job in reversed(self.jobs):
            if job.key in wanted:
                wanted.update(job.inputs)
        return replace(
            self,
            jobs=tuple(job for job in self.jobs if job.key in wanted),
            timeline=tuple(s for s in self.timeline if s.owner in owners),
            refused={},
            parts={},
        )
