"""The story as plain, validated data. Everything is frozen: an edit makes a new story.

Times are seconds, positions in a file too; frames are counted only where a story meets its `fps`.
"""

import math
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from seine_core.camera import CameraMove
from seine_core.errors import BadInput, NotFound
from seine_core.story.caption import Caption as Caption
from seine_core.story.fields import (
    Colour,
    Fade,
    Fit,
    Id,
    Label,
    Line,
    MediaName,
    Part,
    Quality,
    Rate,
    Seconds,
    Seed,
    Share,
    Strength,
    Text,
    Word,
)
from seine_core.story.sound import MAX_TRACKS, Channel, Loudness, ShotSound, SoundClip, Track
from seine_core.story.upgrade import upgraded, with_captions

STORY_VERSION: Literal[3] = 3


class ImageSource(Part):
    """A still. A part of a longer camera move when `move_s` is set: the shot then shows the seconds
    `offset_s … offset_s + duration_s` of a move that takes `move_s` (so a split shot moves on)."""

    kind: Literal["image"] = "image"
    file: MediaName
    offset_s: float = Field(0.0, ge=0, le=3600)
    move_s: float | None = Field(None, gt=0, le=3600)


class VideoSource(Part):
    """A video from its in-point `offset_s` to its out-point `end_s`, None for its end, at `speed`;
    in `reverse` from the out-point to the in-point. With `freeze` its picture at `offset_s` is
    held.

    A part of a longer loop when `loop_from_s` is set: that is where the video then starts again,
    and `offset_s` goes on counting beyond its end (so a split shot loops on). Its subject is looked
    for where the shot begins, or at `subject_s` (so that both parts of a split shot have one
    crop)."""

    kind: Literal["video"] = "video"
    file: MediaName
    offset_s: Seconds = 0.0
    end_s: Seconds | None = None
    speed: float = Field(1.0, ge=0.25, le=4)
    reverse: bool = False
    freeze: bool = False
    loop_from_s: Seconds | None = None
    subject_s: Seconds | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.end_s is not None and self.end_s <= self.loops_from_s:
            raise ValueError(f"end_s: received {self.end_s:g}; it is later than the in-point")
        if self.reverse and self.end_s is None:
            raise ValueError("end_s: missing, and required where a video is played in reverse")
        return self

    @property
    def loops_from_s(self) -> float:
        """Where it starts again when it loops."""
        known = self.loop_from_s
        return self.offset_s if known is None else min(self.offset_s, known)


class CardSource(Part):
    """A plain colour, the ground of a title card."""

    kind: Literal["card"] = "card"
    colour: Colour = "#101014"


Source = Annotated[ImageSource | VideoSource | CardSource, Field(discriminator="kind")]


class Take(Part):
    """One way to make a shot or a transition, kept to be switched back to. Only what is asked of
    the engine: a clip that was made so is still in the cache under its key."""

    prompt: Text = ""
    negative_prompt: Text = ""
    duration_s: float = Field(ge=0, le=600)
    camera: CameraMove = "auto"
    strength: Strength = 1.0
    style: Word = "auto"  # of a transition; a shot has none
    seed: Seed = 0
    engine: Word = "auto"


MAX_TAKES = 24
Takes = Annotated[tuple[Take, ...], Field(max_length=MAX_TAKES)]


MAX_CAPTIONS = 400  # of a shot: those of the subtitles of ten minutes
Captions = Annotated[tuple[Caption, ...], Field(max_length=MAX_CAPTIONS)]


class Framing(Part):
    """A part of the frame, as large as it is divided by `zoom`, around a place from the left and
    top; kept inside of the frame."""

    x: Share = 0.5
    y: Share = 0.5
    zoom: float = Field(1.0, ge=1, le=8)


class Shot(Part):
    id: Id
    source: Source
    title: Line = ""
    prompt: Text = ""
    negative_prompt: Text = ""
    duration_s: float = Field(3.0, gt=0, le=600)
    camera: CameraMove = "auto"
    strength: Strength = 1.0
    seed: Seed = 0
    engine: Word = "auto"
    captions: Captions = ()
    fit: Fit | None = None  # None: as the story's settings say
    # What a crop keeps in sight, from the left and top; None: the picture's subject.
    focus: tuple[Share, Share] | None = None
    turn: Literal[0, 90, 180, 270] = 0  # degrees clockwise; mirrored after that
    flip_horizontal: bool = False
    flip_vertical: bool = False
    # Of a picture, where the camera begins and ends; None: as `camera` and `strength` say.
    framing: tuple[Framing, Framing] | None = None
    past_end: Literal["extend", "loop"] = "extend"  # of a video that is over before the shot
    sound: ShotSound = ShotSound()  # of a video; others have none of their own
    narration: Text = ""  # what a voice says over it, once it is made
    label: Label | None = None  # a colour that it is found again by; it is not in the film
    takes: Takes = ()

    @model_validator(mode="before")
    @classmethod
    def _had_one_caption(cls, data: Any) -> Any:
        return with_captions(data) if isinstance(data, dict) else data

    @property
    def orientation(self) -> tuple[int, bool, bool]:
        """How its picture is turned and mirrored."""
        return self.turn, self.flip_horizontal, self.flip_vertical


class Transition(Part):
    """The edge from one shot to its right neighbour. `duration_s` comes on top of both shots'
    own durations; 0 is a cut."""

    left: Id
    right: Id
    prompt: Text = ""
    negative_prompt: Text = ""
    duration_s: float = Field(1.0, ge=0, le=60)
    camera: CameraMove = "auto"
    strength: Strength = 1.0
    style: Word = "auto"
    seed: Seed = 0
    engine: Word = "auto"
    takes: Takes = ()


class NewEdges(Part):
    """How an edge is that nobody has set."""

    duration_s: float = Field(1.0, ge=0, le=60)
    style: Word = "auto"
    engine: Word = "auto"


Element = Shot | Transition  # what a clip is made for


class Marker(Part):
    """A named moment, `at_s` seconds after the film's start, or after that of the shot `anchor`,
    with which it moves. It is not in the film."""

    id: Id
    title: Line = ""
    anchor: Id | None = None
    at_s: float = Field(0.0, ge=0, le=86400)


class RenderSettings(Part):
    width: int = Field(1024, ge=64, le=4096, multiple_of=2)
    height: int = Field(576, ge=64, le=4096, multiple_of=2)
    fps: Rate = Fraction(24)
    fit: Fit = "cover"  # contain leaves bars, blur fills them with the blurred picture
    quality: Quality = "final"
    fade_in_s: Fade = 0.0  # from black at the story's start
    fade_out_s: Fade = 0.0
    loudness: Loudness = "off"  # what the mix is brought to: -14 LUFS (web), -23 (broadcast)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels of what is rendered; a draft has half the sides."""
        if self.quality == "final":
            return self.width, self.height
        return max(32, self.width // 4 * 2), max(32, self.height // 4 * 2)

    def frames(self, seconds: float) -> int:
        """The whole number of frames nearest to `seconds`."""
        return math.floor(seconds * float(self.fps) + 0.5)  # as the page counts, bit for bit


class Story(Part):
    """Shots in order, and an edge for each pair that was ever set: an edge whose shots are no
    neighbours at present waits until they are again."""

    version: Literal[3] = STORY_VERSION
    title: Line = "Untitled story"
    shots: tuple[Shot, ...] = Field((), max_length=1000)
    transitions: tuple[Transition, ...] = Field((), max_length=10_000)
    new_edges: NewEdges = NewEdges()
    template: Word | None = None  # what new pictures become (`templates`)
    settings: RenderSettings = RenderSettings()
    shots_channel: Channel = Channel()  # of all the sound that the shots have themselves
    tracks: tuple[Track, ...] = Field((), max_length=MAX_TRACKS)
    markers: tuple[Marker, ...] = Field((), max_length=1000)

    @model_validator(mode="before")
    @classmethod
    def _upgraded(cls, data: Any) -> Any:
        return upgraded(data, STORY_VERSION) if isinstance(data, dict) else data

    @field_validator("shots")
    @classmethod
    def _ids_are_unique(cls, shots: tuple[Shot, ...]) -> tuple[Shot, ...]:
        seen = set()
        for shot in shots:
            if shot.id in seen:
                raise ValueError(f"the id {shot.id!r} is used twice; every shot needs its own")
            seen.add(shot.id)
        return shots

    @model_validator(mode="after")
    def _edges_join_shots(self) -> Self:
        ids = {shot.id for shot in self.shots}
        seen = set()
        for edge in self.transitions:
            for end in (edge.left, edge.right):
                if end not in ids:
                    raise ValueError(f"transitions: {edge.left} to {edge.right}: no shot {end!r}")
            if edge.left == edge.right or (edge.left, edge.right) in seen:
                raise ValueError(
                    f"transitions: {edge.left} to {edge.right}: "
                    "an edge joins two different shots and stands once"
                )
            seen.add((edge.left, edge.right))
        return self

    @model_validator(mode="after")
    def _sounds_have_their_own_ids(self) -> Self:
        shots = {shot.id for shot in self.shots}
        tracks, sounds = set(), set()
        for track in self.tracks:
            if track.id in tracks:
                raise ValueError(f"tracks: the id {track.id!r} is used twice; each needs its own")
            tracks.add(track.id)
            for sound in track.sounds:
                if sound.id in sounds:
                    raise ValueError(f"tracks: the id {sound.id!r} is used twice")
                if sound.anchor is not None and sound.anchor not in shots:
                    raise ValueError(f"tracks: {sound.id}: no shot {sound.anchor!r}")
                sounds.add(sound.id)
        return self

    @model_validator(mode="after")
    def _markers_have_their_own_ids(self) -> Self:
        shots, seen = {shot.id for shot in self.shots}, set()
        for marker in self.markers:
            if marker.id in seen:
                raise ValueError(f"markers: the id {marker.id!r} is used twice; each needs its own")
            seen.add(marker.id)
            if marker.anchor is not None and marker.anchor not in shots:
                raise ValueError(f"markers: {marker.id}: no shot {marker.anchor!r}")
        return self

    @property
    def total_s(self) -> Fraction:
        """How long the finished film is, seconds."""
        return self.total_frames / self.settings.fps

    @property
    def total_frames(self) -> int:
        """How many frames the finished film has."""
        frames = self.settings.frames
        total = sum(max(1, frames(shot.duration_s)) for shot in self.shots)
        return total + sum(frames(edge.duration_s) for edge in self.edges())

    def starts(self) -> dict[str, int]:
        """The frame that each shot begins with, by its id; the last is followed by no other."""
        frames, starts, at = self.settings.frames, {}, 0
        for shot, edge in zip(self.shots, (*self.edges(), None), strict=False):
            starts[shot.id] = at
            at += max(1, frames(shot.duration_s)) + (frames(edge.duration_s) if edge else 0)
        return starts

    def track(self, track_id: str) -> Track:
        """The track with this id.

        Raises:
            BadInput: there is none.
        """
        for track in self.tracks:
            if track.id == track_id:
                return track
        known = ", ".join(track.id for track in self.tracks) or "none yet"
        raise NotFound(f"the story has {known}", subject="track", received=track_id)

    def sound(self, sound_id: str) -> tuple[Track, SoundClip]:
        """The sound with this id, and the track that it lies on.

        Raises:
            BadInput: there is none.
        """
        for track in self.tracks:
            for sound in track.sounds:
                if sound.id == sound_id:
                    return track, sound
        raise NotFound("no track has it", subject="sound", received=sound_id)

    def marker(self, marker_id: str) -> Marker:
        """The marker with this id.

        Raises:
            BadInput: there is none.
        """
        for marker in self.markers:
            if marker.id == marker_id:
                return marker
        raise NotFound("the story has none of this name", subject="marker", received=marker_id)

    def start_s(self, shot_id: str | None) -> float:
        """When a shot begins, seconds of the film; None stands for the film itself."""
        return float(self.starts()[shot_id] / self.settings.fps) if shot_id is not None else 0.0

    def shot(self, shot_id: str) -> Shot:
        """The shot with this id.

        Raises:
            BadInput: there is none.
        """
        return self.shots[self.index(shot_id)]

    def index(self, shot_id: str) -> int:
        """The position of the shot with this id, from 0.

        Raises:
            BadInput: there is none.
        """
        for i, shot in enumerate(self.shots):
            if shot.id == shot_id:
                return i
        known = ", ".join(shot.id for shot in self.shots[:8]) or "none yet"
        raise NotFound(f"the story has {known}", subject="shot", received=shot_id)

    def transition(self, left: str, right: str) -> Transition:
        """The edge from `left` to `right` as it was set, or as the story has new ones."""
        for edge in self.transitions:
            if (edge.left, edge.right) == (left, right):
                return edge
        return _unset(left, right, self.new_edges)

    def edges(self) -> tuple[Transition, ...]:
        """The edge between every two neighbours, in order: one less than there are shots."""
        known = {(edge.left, edge.right): edge for edge in self.transitions}
        return tuple(
            known.get((a.id, b.id)) or _unset(a.id, b.id, self.new_edges)
            for a, b in zip(self.shots, self.shots[1:], strict=False)
        )


@lru_cache(maxsize=4096)
def _unset(left: str, right: str, new: NewEdges) -> Transition:
    """The edge of two shots as it is before anybody sets it. A long story asks for all of its edges
    after every edit, and what is frozen can be given out again."""
    return Transition(left=left, right=right, **dict(new))


def bad_field(error: ValidationError) -> BadInput:
    """The first fault of a failed validation: field, received, allowed."""
    first = error.errors(include_url=False)[0]
    field = ""
    for part in first["loc"]:
        if isinstance(part, int):
            field += f"[{part}]"
        elif part not in ("image", "video", "card"):  # the union's tags are no fields
            field += f".{part}" if field else str(part)
    message = first["msg"].removeprefix("Value error, ")
    if not field:
        return BadInput(message)
    if first["type"] == "missing":
        return BadInput("missing, and required", subject=field)
    if first["type"] == "extra_forbidden":
        return BadInput("no such field", subject=field, advice="remove it")
    advice = message[0].lower() + message[1:]
    return BadInput(subject=field, received=first["input"], advice=advice)
