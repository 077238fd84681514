"""The sound of a story as plain, validated data: what the shots sound like, and tracks beside them.

Volumes are factors of the amplitude (1 leaves it as it is), times seconds.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from seine_core.story.fields import Fade, Id, Line, MediaName, Part, Seconds, Text, Volume

MAX_TRACKS = 32
MAX_SOUNDS = 1000  # of a track

Loudness = Literal["off", "web", "broadcast"]
TrackKind = Literal["music", "voice", "effects"]
Attenuation = Annotated[float, Field(ge=0, le=40)]  # decibels


class Channel(Part):
    """What a lane of the mix does to all that is in it. `duck_db` is how many decibels quieter it
    is while a voice is heard."""

    volume: Volume = 1.0
    muted: bool = False
    duck_db: Attenuation = 0.0


class ShotSound(Part):
    """How a video's own sound is heard in its shot. With `rings` it goes on under the transitions
    beside it, as far as the file has more: the two shots cross-fade with equal power. `room_tone`
    fills what is generated beyond the file's end with its quietest stretch."""

    volume: Volume = 1.0
    muted: bool = False
    fade_in_s: Fade = 0.0
    fade_out_s: Fade = 0.0
    rings: bool = True
    room_tone: bool = True


class VolumePoint(Part):
    """A point of a volume envelope: between two of them the volume is in between, before the first
    and after the last it stays."""

    at_s: Seconds  # from where the sound begins to be heard
    volume: Volume


class SoundClip(Part):
    """A part of a sound file on a track: from `offset_s` of the file on, for `duration_s`; None is
    to its end, or with `loop`, which begins again at `offset_s`, to the film's. It is first heard
    `start_s` after the film's start, or after that of the shot `anchor`, with which it moves.
    `spoken` are the words that a voice was made from."""

    id: Id
    file: MediaName
    title: Line = ""
    anchor: Id | None = None
    start_s: Annotated[float, Field(ge=-86400, le=86400)] = 0.0
    offset_s: Seconds = 0.0
    duration_s: Annotated[float, Field(gt=0, le=86400)] | None = None
    loop: bool = False
    volume: Volume = 1.0
    envelope: Annotated[tuple[VolumePoint, ...], Field(max_length=1000)] = ()
    fade_in_s: Fade = 0.0
    fade_out_s: Fade = 0.0
    spoken: Text = ""

    @model_validator(mode="after")
    def _starts_in_the_film(self) -> Self:
        if self.anchor is None and self.start_s < 0:
            raise ValueError("start_s: before the film only where it is anchored to a shot")
        return self

    @field_validator("envelope")
    @classmethod
    def _in_order(cls, envelope: tuple[VolumePoint, ...]) -> tuple[VolumePoint, ...]:
        times = [point.at_s for point in envelope]
        if times != sorted(set(times)):
            raise ValueError("its points stand in order of time, one at a time")
        return envelope


class Track(Channel):
    """Sounds that lie under the shots, in any order; where they overlap all are heard."""

    id: Id
    kind: TrackKind = "music"
    title: Line = ""
    sounds: Annotated[tuple[SoundClip, ...], Field(max_length=MAX_SOUNDS)] = ()


def soundtrack_as_track(soundtrack: Any) -> dict[str, Any]:
    """The one music of story versions 1 and 2 as a track: looped, it lasts as long as the film."""
    music = {"id": "sound-1", **soundtrack}
    music["offset_s"] = music.pop("start_s", 0.0)
    music.setdefault("fade_out_s", 1.0)
    music.setdefault("loop", True)
    return {"id": "track-1", "kind": "music", "sounds": [music]}
