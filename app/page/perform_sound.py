"""Doing what the page asked for with what is heard."""

from functools import cache
from typing import Any

from app.page import sound_commands as commands
from app.served.senders import Sender
from app.served.uploads import title
from app.stories.sessions import Session
from app.work.studio import Studio
from seine_core.errors import BadInput, quoted
from seine_core.media.sound import SAMPLE_RATE
from seine_core.story import sound_edits
from seine_core.story.disk import storage
from seine_core.story.disk.media_store import Media
from seine_core.story.model import Story
from seine_core.story.narration_edits import captioned_from_narration
from seine_core.story.sound import Channel, SoundClip, Track
from seine_core.story.speech.voices import find_voice
from seine_core.story.templates import beat_of

_TRACK_FIELDS = frozenset(Track.model_fields) - {"id", "sounds"}
_SOUND_FIELDS = frozenset(SoundClip.model_fields) - {"id", "file"}
_CHANNEL_FIELDS = frozenset(Channel.model_fields)


def edited(story: Story, command: commands.SoundEdit) -> Story:
    """The edited story.

    Raises:
        BadInput: it cannot be edited like this.
    """
    match command:
        case commands.SetShotsChannel(fields=fields):
            return sound_edits.set_shots_channel(story, **_allowed(fields, _CHANNEL_FIELDS))
        case commands.AddTrack(kind=kind):
            return sound_edits.add_track(story, kind)
        case commands.SetTrack(id=track_id, fields=fields):
            return sound_edits.set_track(story, track_id, **_allowed(fields, _TRACK_FIELDS))
        case commands.MoveTrack(id=track_id, before=before):
            return sound_edits.move_track(story, track_id, before=before)
        case commands.RemoveTrack(id=track_id):
            return sound_edits.remove_track(story, track_id)
        case commands.SetSound(id=sound_id, fields=fields):
            return sound_edits.set_sound(story, sound_id, **_allowed(fields, _SOUND_FIELDS))
        case commands.MoveSound(id=sound_id, start_s=start_s, track=track):
            return sound_edits.move_sound(story, sound_id, start_s, track)
        case commands.AnchorSound(id=sound_id, anchor=anchor):
            return sound_edits.anchor_sound(story, sound_id, anchor)
        case commands.SplitSound(id=sound_id, at_s=at_s):
            return sound_edits.split_sound(story, sound_id, at_s)
        case commands.RemoveSounds(ids=ids):
            return sound_edits.remove_sounds(story, ids)


def add_sound(
    command: commands.AddSound, session: Session, studio: Studio, tab: str, sender: Sender
) -> list[str]:
    """The file among the story's media, and on a track. Without the lock: decoding takes its
    time."""
    with studio.uploads.opened(command.file, sender) as path:
        session.own()
        name = storage.add_sound(session.folder, path)
        length_s = _length_s(name, session, studio)  # decoded, so what is wrong with it is said now
    known = cache(lambda file: _length_s(file, session, studio))

    def added(story: Story) -> Story:
        start_s, track = command.start_s, command.track
        if track is None:
            story, track = _track_with_room(story, command.kind, start_s, length_s, known)
        sound = sound_edits.free_sound_id(story)
        fields = {"title": title(command.file), "start_s": start_s}
        story = sound_edits.add_sound(story, track, name, **fields)
        if any(shot.id == command.anchor for shot in story.shots):
            story = sound_edits.anchor_sound(story, sound, command.anchor)
        return story

    session.update(tab, added)
    cut_as_template(session, studio, tab, sender)
    return []


def cut_as_template(session: Session, studio: Studio, tab: str, sender: Sender) -> None:
    """Lay the cuts on the beat in the background, where the story's template wants that and there
    is music by now.

    Raises:
        BadInput: the music is missing, or too much of `sender` waits.
    """
    if (beat := beat_of(session.story)) is not None:
        sound_id, every = beat
        studio.sound_works.cut_to_beat(session, sound_id, every, tab, sender)


def caption_narration(session: Session, tab: str) -> list[str]:
    """Narrations as captions; which shots have more to say than a caption can."""
    long: tuple[str, ...] = ()

    def captioned(story: Story) -> Story:
        nonlocal long
        story, long = captioned_from_narration(story)
        return story

    session.update(tab, captioned)
    numbers = [str(session.story.index(shot) + 1) for shot in long]
    return [f"Too long for a caption, cut off: shot {', '.join(numbers)}"] if long else []


def start(
    command: commands.SoundTask, session: Session, studio: Studio, tab: str, sender: Sender
) -> None:
    """What is done in the background."""
    works = studio.sound_works
    match command:
        case commands.CutToBeat(id=sound_id, every=every):
            works.cut_to_beat(session, sound_id, every, tab, sender)
        case commands.Narrate(ids=ids, voice=voice, language=language, lengthen=lengthen):
            works.narrate(session, ids, find_voice(voice, language), lengthen, tab, sender)
        case commands.HearCaptions():
            works.hear(session, tab, sender)


def _track_with_room(
    story: Story, kind: Any, start_s: float, length_s: float, known: Any
) -> tuple[Story, str]:
    """A track of this kind on which nothing else is heard meanwhile, be it a new one."""
    starts = story.starts()

    def overlaps(sound: SoundClip) -> bool:
        anchored = starts[sound.anchor] / story.settings.fps if sound.anchor else 0
        first = sound.start_s + float(anchored)
        lasts = sound.duration_s
        if lasts is None:
            lasts = float(story.total_s) if sound.loop else known(sound.file) - sound.offset_s
        return start_s < first + lasts and first < start_s + length_s

    for track in story.tracks:
        if track.kind == kind and not any(map(overlaps, track.sounds)):
            return story, track.id
    story = sound_edits.add_track(story, kind)
    return story, story.tracks[-1].id


def _length_s(file: str, session: Session, studio: Studio) -> float:
    media = Media.of(storage.media_path(session.folder, file))
    return studio.sounds.get(media).samples / SAMPLE_RATE


def _allowed(fields: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    for name in fields:
        if name not in allowed:
            raise BadInput("cannot be set", subject=quoted(name), allowed=sorted(allowed))
    return fields
