"""What the page can ask of the tracks and their sounds, as shapes."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.served.shapes import Id, Received
from app.served.uploads import UploadedFile
from seine_core.story.sound import TrackKind

_Fields = Annotated[dict[str, Any], Field(min_length=1, max_length=20)]
_FilmTime = Annotated[float, Field(ge=-86400, le=86400)]


class SetShotsChannel(Received):
    """Of all the sound that the shots have themselves."""

    op: Literal["set_shots_channel"]
    fields: _Fields


class AddTrack(Received):
    op: Literal["add_track"]
    kind: TrackKind = "music"


class SetTrack(Received):
    op: Literal["set_track"]
    id: Id
    fields: _Fields


class MoveTrack(Received):
    op: Literal["move_track"]
    id: Id
    before: Id | None = None


class RemoveTrack(Received):
    op: Literal["remove_track"]
    id: Id


class AddSound(Received):
    """A file as a sound, first heard `start_s` after the film's start, from then on moving with the
    shot `anchor`. Without a `track` it goes onto one of its `kind` that has room there, or a new
    one."""

    op: Literal["add_sound"]
    file: UploadedFile
    track: Id | None = None
    kind: TrackKind = "music"
    start_s: Annotated[float, Field(ge=0, le=86400)] = 0.0
    anchor: Id | None = None


class SetSound(Received):
    op: Literal["set_sound"]
    id: Id
    fields: _Fields


class MoveSound(Received):
    op: Literal["move_sound"]
    id: Id
    start_s: _FilmTime
    track: Id | None = None


class AnchorSound(Received):
    op: Literal["anchor_sound"]
    id: Id
    anchor: Id | None = None


class SplitSound(Received):
    op: Literal["split_sound"]
    id: Id
    at_s: Annotated[float, Field(ge=0, le=86400)]


class RemoveSounds(Received):
    op: Literal["remove_sounds"]
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class CaptionNarration(Received):
    """Narrations as captions of the shots that have none."""

    op: Literal["caption_narration"]


class CutToBeat(Received):
    """Lay the shots on the beats of a sound; of these only each so manieth counts."""

    op: Literal["cut_to_beat"]
    id: Id
    every: Annotated[int, Field(ge=1, le=64)] = 1


class Narrate(Received):
    """Speak the narrations of these shots, or of all, by the best voice that is here if none is
    named."""

    op: Literal["narrate"]
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = None
    voice: Annotated[str, Field(max_length=40)] = ""
    language: Annotated[str, Field(max_length=40)] = "en"
    lengthen: bool = False


class HearCaptions(Received):
    """What is spoken in the film as captions of its shots."""

    op: Literal["hear_captions"]


SoundTask = CutToBeat | Narrate | HearCaptions
SoundEdit = (
    SetShotsChannel
    | AddTrack
    | SetTrack
    | MoveTrack
    | RemoveTrack
    | SetSound
    | MoveSound
    | AnchorSound
    | SplitSound
    | RemoveSounds
)
