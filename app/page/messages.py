"""What the page receives, by name and type. `static/types.d.ts` says the same to its scripts.

What may be absent has a default, and is sent only where it was set.
"""

from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from app.work.background import State
from app.work.films import Format
from seine_core.story.model import RenderSettings, Shot, Soundtrack, Source, Transition


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def plain(self) -> dict[str, Any]:
        """The message as plain JSON."""
        return self.model_dump(mode="json")

    @model_serializer(mode="wrap")
    def _sent(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: part for name, part in dump(self).items() if name in self.model_fields_set}


class Stamped(Message):
    """What is true of a story at one moment. `rev` is its revision; of two messages the one with
    the larger `answer` is the later, whichever comes first."""

    answer: int
    story: str
    rev: int


class EngineView(Message):
    """`missing` says why an engine cannot be used; all else is known of those that can."""

    name: str
    title: str
    missing: str
    description: str = ""
    tasks: list[str] = []
    styles: list[str] = []
    cameras: list[str] = []
    uses_prompt: bool = False
    uses_seed: bool = False
    seed_shows: bool = False
    joins_unlike: bool = False


class ShotView(Shot, Message):
    """`present`: which of its takes a shot or an edge is made as now, -1 for none."""

    source: Source = Field(exclude=True)
    kind: Literal["image", "video", "card"]
    present: int
    colour: str = ""  # of a card
    video_s: float = 0.0  # what is left of a video from where the shot begins
    missing: str = ""
    thumb: str = ""
    picture: str = ""


class EdgeView(Transition, Message):
    owner: str
    suggestion: str
    present: int


class SoundtrackView(Soundtrack, Message):
    url: str = ""


class VersionView(Message):
    title: str
    shots: int
    total_s: float
    faces: list[dict[Literal["colour", "thumb"], str]]


class VersionsView(Message):
    """Two versions of one story."""

    digest: str
    changed: float
    problem: str
    editor: VersionView
    disk: VersionView | None
    differs: list[str]


class StoryView(Stamped):
    """The whole story; `ack` is the number of the latest batch that is done."""

    ack: int
    title: str
    problem: str  # why it is not saved
    undo: bool
    redo: bool
    engines: list[EngineView]
    revision: str  # where its pulse is asked for
    scores: str  # and its scores
    shots: list[ShotView]
    edges: list[EdgeView]
    settings: RenderSettings
    soundtrack: SoundtrackView | None
    total_s: float
    elsewhere: VersionsView | None


class ClipView(Message):
    url: str
    frames: int


class Standing(Message):
    """Where a shot or an edge stands; `job` is what it failed in, `weights` are what it lacks."""

    state: Literal["ready", "draft", "stale", "queued", "rendering", "failed"]
    percent: int
    reason: str
    job: str = ""
    weights: bool = False


class ScoreView(Message):
    """`parts` are [name, value, whether no other take has more of it]."""

    value: float
    says: str
    differs: str
    parts: list[tuple[str, float, bool]]


class TakeView(Message):
    state: Literal["ready", "stale", "queued", "rendering", "failed"]
    percent: int
    reason: str
    score: ScoreView | None
    best: bool
    clips: list[ClipView]
    pictures: list[str]


class LikenessView(Message):
    value: float | None
    unlike: bool


class JobView(Message):
    """A render. `clips` are [owner, percent] of all that it makes: short, since it is sent again
    and again."""

    id: str
    kind: Literal["preview", "takes", "story"]
    label: str
    state: State | Literal["cancelling"]
    busy: bool
    message: str
    ahead: int
    owner: str
    doing: str
    format: Format | Literal[""]
    again: bool
    ended: float  # seconds since 1970
    failed: dict[str, str]
    done: int = 0
    total: int = 0
    fraction: float = 0.0
    making: str = ""
    writing: float = 0.0
    clips: list[tuple[str, int]] = []
    seconds_left: float | None = None
    live: str = ""


class FilmView(Message):
    url: str
    name: str
    download: str
    kind: Format
    bytes: int
    made: float


class SearchView(Message):
    id: str
    message: str


class ProgressView(Stamped):
    """How far the clips are. `changes` counts how often a render began or ended."""

    states: dict[str, Standing]
    plan_problem: str
    to_make: int
    ends: dict[str, list[str | None]]  # pictures of the two frames that a transition joins
    takes: dict[str, list[TakeView]]
    likeness: dict[str, LikenessView]
    comparing: bool
    clips: dict[str, list[ClipView]]
    job: JobView | None
    waiting: int
    jobs: list[JobView]
    changes: int
    interrupted: int
    seconds_to_render: float | None
    video: FilmView | None
    videos: list[FilmView]
    scenes: list[SearchView]

    @property
    def busy(self) -> bool:
        """Whether the page is to keep asking."""
        return bool((self.job and self.job.busy) or self.comparing or self.scenes)


class Size(Message):
    label: str
    width: int
    height: int


class SampleView(Message):
    name: str
    title: str
    thumb: str


class Limit(Message):
    min: float | None = None
    max: float | None = None
    length: int | None = None


class Catalogue(Message):
    """What does not depend on a story."""

    engines: list[EngineView]
    cameras: list[str]
    sizes: list[Size]
    fps: list[int]
    formats: list[str]
    fits: list[str]
    media: str  # suffixes, with commas
    sounds: str
    takes: int
    meanings: dict[str, dict[str, str]]
    samples: list[SampleView]
    new_edge: Transition
    limits: dict[str, dict[str, Limit]]
