"""What the page receives of a story, by name and type."""

from typing import Literal

from pydantic import Field

from app.served.shapes import MAY_BE_ABSENT, Message
from app.work.background import State
from app.work.films import Format, Kind
from app.work.model_downloads import EyesView
from seine_core.story.model import (
    Caption,
    Marker,
    NewEdges,
    RenderSettings,
    Shot,
    Source,
    Transition,
)
from seine_core.story.sound import Channel, SoundClip, Track
from seine_core.story.subtitles import Kind as SubtitleKind


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
    description: str | None = MAY_BE_ABSENT
    tasks: list[str] | None = MAY_BE_ABSENT
    styles: list[str] | None = MAY_BE_ABSENT
    cameras: list[str] | None = MAY_BE_ABSENT
    uses_prompt: bool | None = MAY_BE_ABSENT
    uses_seed: bool | None = MAY_BE_ABSENT
    seed_shows: bool | None = MAY_BE_ABSENT
    joins_unlike: bool | None = MAY_BE_ABSENT
    framing: bool | None = MAY_BE_ABSENT  # its animations can go from one part to another
    eyes_missing: bool | None = MAY_BE_ABSENT  # it would see more with weights that are not here


class ReadingView(Message):
    """What an engine takes from a prompt, of which it does not read all: see `Reading`."""

    styles: list[tuple[str, str]]
    words: list[str]


class HeardView(Message):
    """The sound that a video has: where its waveform is asked for, from where on in it the shot is
    heard, and where it begins again in one that repeats, seconds."""

    peaks: str
    from_s: float
    again_s: float


class FootageView(Message):
    """What a shot shows of its video: of a file of `file_s` seconds those from `in_s` to `out_s`.
    It is over there, be it by its `end` or since somebody set an out-point. Where it repeats, it
    begins `into_s` seconds of the file later. `frames` is where single frames are asked for,
    `file` where all of it is, if it is of a kind that browsers play."""

    file_s: float
    in_s: float
    out_s: float
    into_s: float
    end: bool
    speed: float
    reverse: bool
    freeze: bool
    frames: str
    file: str | None = MAY_BE_ABSENT


class CaptionView(Caption, Message):
    lettering: str | None = MAY_BE_ABSENT  # as the film shows it, on nothing
    unwritable: str | None = MAY_BE_ABSENT  # why it cannot be shown, or what of it


class ShotView(Shot, Message):
    """`present`: which of its takes a shot or an edge is made as now, -1 for none."""

    source: Source = Field(exclude=True)
    captions: tuple[CaptionView, ...] = ()
    kind: Literal["image", "video", "card"]
    present: int
    colour: str | None = MAY_BE_ABSENT  # of a card
    video_s: float | None = MAY_BE_ABSENT  # how much of the shot its video can fill
    footage: FootageView | None = MAY_BE_ABSENT  # of a video
    heard: HeardView | None = MAY_BE_ABSENT
    missing: str | None = MAY_BE_ABSENT
    thumb: str | None = MAY_BE_ABSENT
    picture: str | None = MAY_BE_ABSENT
    crop: str | None = MAY_BE_ABSENT  # where the automatic crop of its picture is asked for


class EdgeView(Transition, Message):
    owner: str
    suggestion: str
    present: int


class SoundView(SoundClip, Message):
    """`peaks`: where its file's waveform is asked for; without one the file is missing. `beats`:
    where those of a music are."""

    peaks: str | None = MAY_BE_ABSENT
    beats: str | None = MAY_BE_ABSENT


class TrackView(Track, Message):
    sounds: tuple[SoundView, ...] = ()


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
    sample: bool  # it is looked at, and becomes the visitor's own by their first edit
    problem: str  # why it is not saved
    undo: bool
    redo: bool
    engines: list[EngineView]
    revision: str  # where its pulse is asked for
    scores: str  # and its scores
    history: str  # and its earlier versions
    sizes: str  # and how large an export of it will be
    shots: list[ShotView]
    edges: list[EdgeView]
    new_edges: NewEdges  # how edges are that nobody has set
    template: str | None  # what new pictures become
    settings: RenderSettings
    shots_channel: Channel
    tracks: list[TrackView]
    markers: tuple[Marker, ...]
    mix: str  # where what the film sounds like is asked for
    total_s: float
    subtitles: dict[SubtitleKind, str]  # where its captions are to be had as subtitles
    elsewhere: VersionsView | None


class ClipView(Message):
    url: str
    frames: int


class Standing(Message):
    """Where a shot or an edge stands; `job` is what it failed in, `weights` are what it lacks,
    `style` is what an engine chose that was left to choose."""

    state: Literal["ready", "draft", "stale", "queued", "rendering", "failed"]
    percent: int
    reason: str
    job: str | None = MAY_BE_ABSENT
    weights: bool | None = MAY_BE_ABSENT
    style: str | None = MAY_BE_ABSENT


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
    done: int | None = MAY_BE_ABSENT
    total: int | None = MAY_BE_ABSENT
    fraction: float | None = MAY_BE_ABSENT
    making: str | None = MAY_BE_ABSENT
    writing: float | None = MAY_BE_ABSENT
    clips: list[tuple[str, int]] | None = MAY_BE_ABSENT
    seconds_left: float | None = MAY_BE_ABSENT
    live: str | None = MAY_BE_ABSENT


class ElsewhereView(Message):
    """A render of another story of the visitor's."""

    story: str
    title: str
    job: JobView


class FilmView(Message):
    url: str
    name: str
    download: str
    kind: Kind
    bytes: int
    made: float
    outdated: bool | None  # whether the story has changed since; None: not known


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
    others: list[ElsewhereView]
    changes: int
    interrupted: int
    seconds_to_render: float | None
    video: FilmView | None
    videos: list[FilmView]
    scenes: list[SearchView]
    sound_works: list[SearchView]

    @property
    def busy(self) -> bool:
        """Whether the page is to keep asking."""
        return bool(
            (self.job and self.job.busy)
            or self.others
            or self.comparing
            or self.scenes
            or self.sound_works
        )


class Size(Message):
    label: str
    width: int
    height: int


class FormatView(Message):
    """A form that a film goes out in, see `formats.Format`."""

    name: Format
    title: str
    about: str
    kind: Literal["video", "moving", "stills", "still", "sound"]
    sound: bool


class SmallerView(Message):
    """What a GIF can be instead."""

    max_width: int
    max_fps: int
    bytes: int


class SizeView(Message):
    """How large a file will be, roughly or within 30 %; or why there is none."""

    bytes: int = 0
    rough: bool = False
    seconds: float | None = None  # until it is made
    less: SmallerView | None = None
    problem: str = ""


class KeptView(Message):
    """A version of the story that was kept, by itself where it has no name."""

    number: int
    made: float  # seconds since 1970
    name: str
    version: VersionView
    differs: list[str]  # from the story as it is now


class SampleView(Message):
    name: str
    title: str
    thumb: str


class VoiceView(Message):
    """`missing` says why it cannot speak here, `languages` what it speaks."""

    name: str
    languages: list[str]
    missing: str


class TemplateView(Message):
    """A kind of film, with what a small picture of it shows: its shape, whether a title card comes
    first, where words stand over each picture, and the look behind each, "cut" for none."""

    name: str
    title: str
    about: str
    width: int
    height: int
    card: str | None  # its colour
    words: list[str]
    looks: list[str]
    export: str  # the preset that such films go out with


class Limit(Message):
    min: float | None = MAY_BE_ABSENT
    max: float | None = MAY_BE_ABSENT
    length: int | None = MAY_BE_ABSENT


class Catalogue(Message):
    """What does not depend on a story."""

    engines: list[EngineView]
    cameras: list[str]
    sizes: list[Size]
    fps: list[float]
    formats: list[FormatView]
    export_sizes: list[Size]
    fits: list[str]
    media: str  # suffixes, with commas
    sounds: str
    subtitles: str
    voices: list[VoiceView]  # the best first
    deaf: str  # why speech cannot be made into captions here
    takes: int
    meanings: dict[str, dict[str, str]]
    eyes: EyesView | None  # where visitors may download it
    max_upload: int  # bytes of a file
    samples: list[SampleView]
    templates: list[TemplateView]
    new_edge: Transition
    camera_phrases: list[tuple[str, str]]  # patterns of lower-case text, and the move each asks for
    readings: dict[str, ReadingView]  # of the engines that do not read prompts as prose
    limits: dict[str, dict[str, Limit]]
