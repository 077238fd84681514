"""Edits of what is heard: pure functions from a story to a new, validated story."""

from collections.abc import Iterable
from typing import Any

from seine_core.errors import BadInput
from seine_core.story.edits import changed, new_id, validated, with_fields
from seine_core.story.model import Story
from seine_core.story.sound import Channel, SoundClip, Track

_MUSIC_DUCK_DB = 12.0  # music under a voice, as broadcasters set it


def add_track(story: Story, kind: str = "music", **fields: Any) -> Story:
    """With one more track, the last. Music makes room for a voice unless `fields` say otherwise.

    Raises:
        BadInput: a field is out of range, or there are too many tracks.
    """
    if kind == "music":
        fields = {"duck_db": _MUSIC_DUCK_DB, **fields}
    track = validated(
        Track, {"id": new_id("track", (track.id for track in story.tracks)), "kind": kind, **fields}
    )
    return with_fields(story, tracks=(*story.tracks, track))


def set_track(story: Story, track_id: str, **fields: Any) -> Story:
    """With some fields of a track changed, but not what lies on it."""
    track = changed(story.track(track_id), fields, fixed=("id", "sounds"))
    return _put(story, track)


def move_track(story: Story, track_id: str, *, before: str | None = None) -> Story:
    """With the track standing before another one, or last when None."""
    moving = story.track(track_id)
    staying = [track for track in story.tracks if track.id != track_id]
    if before == track_id:
        return story
    ids = [track.id for track in staying]
    index = len(staying) if before is None else ids.index(story.track(before).id)
    staying.insert(index, moving)
    return with_fields(story, tracks=tuple(staying))


def remove_track(story: Story, track_id: str) -> Story:
    """Without a track and its sounds."""
    gone = story.track(track_id)
    return with_fields(story, tracks=tuple(track for track in story.tracks if track != gone))


def set_shots_channel(story: Story, **fields: Any) -> Story:
    """With the volume, mute or ducking of all that the shots sound like themselves changed."""
    channel: Channel = changed(story.shots_channel, fields)
    return with_fields(story, shots_channel=channel)


def add_sound(story: Story, track_id: str, file: str, **fields: Any) -> Story:
    """With a part of the sound `file` on a track; `fields` are those of `SoundClip`.

    Raises:
        BadInput: no such track or shot, or a field is out of range.
    """
    track = story.track(track_id)
    sound = validated(SoundClip, {"id": free_sound_id(story), "file": file, **fields})
    return _put(story, track.model_copy(update={"sounds": (*track.sounds, sound)}))


def set_sound(story: Story, sound_id: str, **fields: Any) -> Story:
    """With some fields of one sound changed."""
    track, sound = story.sound(sound_id)
    new = changed(sound, fields, fixed=("id",))
    return _put_sounds(story, track, (new if each is sound else each for each in track.sounds))


def move_sound(story: Story, sound_id: str, start_s: float, track_id: str | None = None) -> Story:
    """With a sound first heard at `start_s` of the film, on this track or another one. It keeps
    its anchor: it still moves with that shot."""
    track, sound = story.sound(sound_id)
    new = changed(sound, {"start_s": start_s - story.start_s(sound.anchor)})
    if track_id is None or track_id == track.id:
        return _put_sounds(story, track, (new if each is sound else each for each in track.sounds))
    story = _put_sounds(story, track, (each for each in track.sounds if each is not sound))
    target = story.track(track_id)
    return _put_sounds(story, target, (*target.sounds, new))


def anchor_sound(story: Story, sound_id: str, anchor: str | None) -> Story:
    """With a sound that moves with the shot `anchor` from now on, or with none; it is heard where
    it was."""
    _, sound = story.sound(sound_id)
    if anchor is not None:
        story.index(anchor)
    start = sound.start_s + story.start_s(sound.anchor) - story.start_s(anchor)
    return set_sound(story, sound_id, anchor=anchor, start_s=start if anchor else max(0.0, start))


def split_sound(story: Story, sound_id: str, at_s: float) -> Story:
    """The sound cut in two at `at_s` seconds after it begins to be heard: played, nothing has
    changed.

    Raises:
        BadInput: nothing of it is left on one side, or it repeats (its parts would not go on).
    """
    track, sound = story.sound(sound_id)
    longest = sound.duration_s if sound.duration_s is not None else 86400.0
    if not 0 < at_s < longest:
        raise BadInput(subject="split", received=at_s, allowed=f"between 0 and {longest:g} s")
    if sound.loop:
        raise BadInput(
            f"{sound_id} repeats", subject="split", advice="switch its loop off, then split it"
        )
    head = changed(
        sound,
        {
            "duration_s": at_s,
            "fade_out_s": 0.0,
            "envelope": (*(p for p in sound.envelope if p.at_s < at_s), *_point(sound, at_s)),
        },
    )
    rest = tuple(
        point.model_copy(update={"at_s": point.at_s - at_s})
        for point in sound.envelope
        if point.at_s > at_s
    )
    start = tuple({**point, "at_s": 0.0} for point in _point(sound, at_s))
    tail = changed(
        sound,
        {
            "id": free_sound_id(story),
            "start_s": sound.start_s + at_s,
            "offset_s": sound.offset_s + at_s,
            "duration_s": None if sound.duration_s is None else sound.duration_s - at_s,
            "fade_in_s": 0.0,
            "envelope": (*start, *rest),
        },
    )
    sounds: list[SoundClip] = []
    for each in track.sounds:
        sounds += [head, tail] if each is sound else [each]
    return _put_sounds(story, track, sounds)


def remove_sounds(story: Story, sound_ids: Iterable[str]) -> Story:
    """Without these sounds."""
    gone = {story.sound(sound_id)[1].id for sound_id in sound_ids}
    tracks = tuple(
        track.model_copy(update={"sounds": tuple(s for s in track.sounds if s.id not in gone)})
        for track in story.tracks
    )
    return with_fields(story, tracks=tracks)


def volume_at(sound: SoundClip, at_s: float) -> float:
    """What the envelope says `at_s` seconds after the sound begins to be heard; 1 without one."""
    before = [point for point in sound.envelope if point.at_s <= at_s]
    after = [point for point in sound.envelope if point.at_s > at_s]
    if not before or not after:
        return (before[-1:] or after[:1])[0].volume if sound.envelope else 1.0
    left, right = before[-1], after[0]
    share = (at_s - left.at_s) / (right.at_s - left.at_s)
    return left.volume + share * (right.volume - left.volume)


def free_sound_id(story: Story) -> str:
    """The next free sound-1, sound-2 …"""
    return new_id("sound", (sound.id for track in story.tracks for sound in track.sounds))


def _point(sound: SoundClip, at_s: float) -> tuple[dict[str, float], ...]:
    """The envelope's own value where it is cut; () where it has no points."""
    if not sound.envelope:
        return ()
    return ({"at_s": at_s, "volume": volume_at(sound, at_s)},)


def _put(story: Story, track: Track) -> Story:
    return with_fields(
        story, tracks=tuple(track if each.id == track.id else each for each in story.tracks)
    )


def _put_sounds(story: Story, track: Track, sounds: Iterable[SoundClip]) -> Story:
    return _put(story, track.model_copy(update={"sounds": tuple(sounds)}))
