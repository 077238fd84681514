"""Edits of what a shot shows of its video: pure functions from a story to a new, validated story.

The film behind a shot moves with its end (a ripple); transitions beside it stay as long as they
are. Where a function asks for `length_s`, that is how long the shot's file is.
"""

import math

from seine_core.errors import BadInput
from seine_core.rates import Rate
from seine_core.story import edits
from seine_core.story.caption import captions_within
from seine_core.story.footage import Footage, exact, footage
from seine_core.story.model import ImageSource, Shot, Story, VideoSource
from seine_core.story.sound import SoundClip

FREEZE_S = 2.0  # that a frozen frame lasts at first


def trim_start(story: Story, shot_id: str, by_s: float, length_s: float = math.inf) -> Story:
    """The shot without its first `by_s` seconds, in whole frames, or with so much more before them.
    The rest is as it was: sounds anchored to it stay with their pictures.

    Raises:
        BadInput: no frame is left, or the video has no more before.
    """
    shot = story.shot(shot_id)
    by_s = _whole(story, shot, by_s)
    source = shot.source
    if isinstance(source, VideoSource) and not source.freeze:
        source = _from_later(shot, source, by_s, length_s, story.settings.fps)
    elif isinstance(source, ImageSource) and source.move_s is not None:
        offset_s = source.offset_s + by_s
        if offset_s < -1e-6:
            raise BadInput(
                f"received {by_s:g} s", subject="trim", allowed=f"from {-source.offset_s:g} s on"
            )
        source = source.model_copy(update={"offset_s": max(0.0, offset_s)})

    def moved(sound: SoundClip) -> tuple[SoundClip, ...]:
        if sound.anchor != shot_id or sound.start_s < 0:
            return (sound,)
        return (sound.model_copy(update={"start_s": max(0.0, sound.start_s - by_s)}),)

    markers = tuple(
        marker.model_copy(update={"at_s": max(0.0, marker.at_s - by_s)})
        if marker.anchor == shot_id and marker.at_s > 0
        else marker
        for marker in story.markers
    )
    story = edits.with_fields(story, tracks=edits.each_sound(story, moved), markers=markers)
    captions = captions_within(shot.captions, by_s, shot.duration_s)
    return edits.set_shot(
        story, shot_id, source=source, captions=captions, duration_s=shot.duration_s - by_s
    )


def set_in(story: Story, shot_id: str, at_s: float, length_s: float) -> Story:
    """With the in-point at another second of the file, and the out-point where it is."""
    source, shown = _video(story, shot_id, length_s)
    if shown.loops or source.freeze:
        point = edits.changed(source, {"offset_s": at_s, "loop_from_s": None})
        return edits.set_shot(story, shot_id, source=point)
    if source.reverse:
        return _reversed_in(story, shot_id, at_s, shown)
    return trim_start(story, shot_id, (at_s - shown.in_s) / source.speed, length_s)


def set_out(story: Story, shot_id: str, at_s: float, length_s: float) -> Story:
    """With the out-point at another second of the file, and the in-point where it is; nothing is
    generated beyond it."""
    source, shown = _video(story, shot_id, length_s)
    if not shown.in_s < at_s <= length_s + 1e-3:
        raise BadInput(
            subject="out", received=at_s, allowed=f"above {shown.in_s:g} to {length_s:.3f} s"
        )
    if shown.loops:
        return edits.set_shot(story, shot_id, source=edits.changed(source, {"end_s": at_s}))
    if source.reverse:
        return trim_start(story, shot_id, (shown.out_s - at_s) / source.speed, length_s)
    if source.end_s is not None and at_s > source.end_s:
        source = source.model_copy(update={"end_s": at_s if at_s < length_s else None})
    lasts_s = (at_s - shown.in_s) / source.speed
    return edits.set_shot(story, shot_id, source=source, duration_s=_at_least(story, lasts_s))


def slip(story: Story, shot_id: str, by_s: float, length_s: float) -> Story:
    """With what is seen `by_s` seconds later in the file, as far as there is more of it; how long
    the shot is stays as it is."""
    shot = story.shot(shot_id)
    source, shown = _video(story, shot_id, length_s)
    if source.freeze:
        at_s = min(max(0.0, source.offset_s + by_s), max(0.0, length_s - 0.01))
        return edits.set_shot(story, shot_id, source=source.model_copy(update={"offset_s": at_s}))
    used_s = _used_s(story, shot, shown)
    begin_s = shown.out_s - used_s if source.reverse else shown.in_s
    by_s = min(max(by_s, -begin_s), max(0.0, length_s - used_s - begin_s))
    points = {
        name: max(0.0, value + by_s)
        for name in ("offset_s", "end_s", "loop_from_s")
        if (value := getattr(source, name)) is not None
    }
    if points.get("end_s", 0.0) > length_s:  # the part of it that is not seen
        points["end_s"] = length_s
    return edits.set_shot(story, shot_id, source=source.model_copy(update=points))


def set_speed(story: Story, shot_id: str, speed: float) -> Story:
    """At another speed, with the same pictures: the shot gets longer or shorter by that."""
    shot, source = story.shot(shot_id), story.shot(shot_id).source
    if not isinstance(source, VideoSource) or source.freeze:
        raise BadInput("has no speed", subject=shot_id, advice="choose a video that moves")
    new = edits.changed(source, {"speed": speed})
    lasts_s = float(shot.duration_s * exact(source.speed) / exact(new.speed))
    return edits.set_shot(story, shot_id, source=new, duration_s=_at_least(story, lasts_s))


def set_reverse(story: Story, shot_id: str, reverse: bool, length_s: float) -> Story:
    """With the same pictures in the other direction."""
    shot = story.shot(shot_id)
    source, shown = _video(story, shot_id, length_s)
    if source.freeze or source.reverse == reverse:
        return story
    used_s = _used_s(story, shot, shown)
    if source.reverse:
        end_s = shown.out_s if shown.out_s < length_s - 1e-6 else None
        fields = {"offset_s": shown.out_s - used_s, "end_s": end_s}
    else:
        end_s = shown.in_s + used_s
        if end_s > length_s:  # its last frame is not whole
            end_s -= min(used_s / 2, float(shown.speed / story.settings.fps))
        fields = {"offset_s": shown.in_s, "end_s": end_s}
    fields |= {"reverse": reverse, "loop_from_s": None}
    return edits.set_shot(story, shot_id, source=edits.changed(source, fields))


def use_file(story: Story, shot_id: str, length_s: float) -> Story:
    """With the shot filled by its file instead of what was generated or repeated, as far as the
    file goes: the out-point gives way."""
    shot = story.shot(shot_id)
    source, shown = _video(story, shot_id, length_s)
    wanted_s = shot.duration_s * source.speed
    begin_s, end_s = shown.in_s, shown.in_s + wanted_s
    if source.reverse:
        begin_s, end_s = max(0.0, shown.out_s - wanted_s), shown.out_s
    last_s = end_s if source.reverse or end_s < length_s - 1e-6 else None
    new = edits.changed(source, {"offset_s": begin_s, "end_s": last_s, "loop_from_s": None})
    return edits.set_shot(story, shot_id, source=new, past_end="extend")


def freeze(
    story: Story, shot_id: str, at_s: float, length_s: float, hold_s: float = FREEZE_S
) -> Story:
    """With the frame that is seen `at_s` seconds after the shot begins held there for `hold_s`, as
    a shot of its own: before it at its start, behind it at its end, else between its two parts.

    Raises:
        BadInput: that frame is not of the file.
    """
    shot, (source, shown) = story.shot(shot_id), _video(story, shot_id, length_s)
    fps = story.settings.fps
    frames = max(1, story.settings.frames(shot.duration_s))
    n = min(max(0, math.floor(at_s * fps + 1e-3)), frames)
    if n >= shown.frames(fps) + (n == frames) and shot.past_end != "loop":
        raise BadInput(
            f"received {at_s:g} s, where the frames are generated",
            subject="freeze",
            allowed=f"0 to {shown.frames(fps) / float(fps):g} s",
        )
    seen_s = shown.at_s(min(n, frames - 1) / float(fps), fps)
    subject_s = source.offset_s if source.subject_s is None else source.subject_s
    held = VideoSource(file=source.file, offset_s=seen_s, freeze=True, subject_s=subject_s)
    still = shot.model_copy(
        update={
            **{"source": held, "duration_s": hold_s, "past_end": "extend"},
            **{"captions": (), "narration": "", "takes": ()},
        }
    )
    if 0 < n < frames:
        story = edits.split(story, shot_id, float(n / fps))
    return edits.put_beside(story, shot_id, still, before=n == 0)


def _from_later(
    shot: Shot, source: VideoSource, by_s: float, length_s: float, fps: Rate
) -> VideoSource:
    """The video without what is seen in its first `by_s` seconds."""
    shown, speed = footage(shot, length_s), float(exact(source.speed))
    by_file_s = by_s * speed
    if shown.loops:  # what follows is as it was, so its start has a round before it, too
        into_s = shown.into_s + by_file_s
        if into_s < 0:
            into_s %= shown.frames(fps) * speed / float(fps)
        points = {"offset_s": shown.in_s + into_s, "loop_from_s": shown.in_s}
        return edits.changed(source, points)
    least_s = shown.out_s - length_s if source.reverse else -shown.in_s
    if by_s < least_s / speed - 1e-6 or by_s >= shown.seconds:
        raise BadInput(
            f"received {by_s:g} s",
            subject="trim",
            allowed=f"from {least_s / speed:.3f} to less than {shown.seconds:.3f} s, as far as "
            "there are pictures in the file",
        )
    if source.reverse:
        points = {"offset_s": shown.in_s, "end_s": min(shown.out_s - by_file_s, length_s)}
        return edits.changed(source, {**points, "loop_from_s": None})
    return edits.changed(source, {"offset_s": max(0.0, source.offset_s + by_file_s)})


def _reversed_in(story: Story, shot_id: str, at_s: float, shown: Footage) -> Story:
    """The in-point of a video in reverse is where its shot ends."""
    source = story.shot(shot_id).source
    begin_s = shown.out_s - shown.into_s
    if not 0 <= at_s < begin_s:
        raise BadInput(subject="in", received=at_s, allowed=f"0 to less than {begin_s:g} s")
    lasts_s = (begin_s - at_s) / float(shown.speed)
    new = edits.changed(source, {"offset_s": min(at_s, shown.in_s)})
    return edits.set_shot(story, shot_id, source=new, duration_s=_at_least(story, lasts_s))


def _whole(story: Story, shot: Shot, by_s: float) -> float:
    """`by_s` in whole frames, at least one of which is left."""
    frames, by = (story.settings.frames(seconds) for seconds in (shot.duration_s, by_s))
    if by >= frames:
        raise BadInput(
            f"received {by_s:g} s",
            subject="trim",
            allowed=f"less than {float(frames / story.settings.fps):g} s of {shot.id!r}",
        )
    return float(by / story.settings.fps)


def _used_s(story: Story, shot: Shot, shown: Footage) -> float:
    """How many seconds of the file the shot shows in whole frames, of one round where it loops."""
    fps = story.settings.fps
    frames = min(max(1, story.settings.frames(shot.duration_s)), shown.frames(fps))
    return float(frames * shown.speed / fps)


def _at_least(story: Story, seconds: float) -> float:
    """A frame at least."""
    return max(seconds, float(1 / story.settings.fps))


def _video(story: Story, shot_id: str, length_s: float) -> tuple[VideoSource, Footage]:
    shot = story.shot(shot_id)
    if not isinstance(shot.source, VideoSource):
        raise BadInput("shows no video", subject=shot_id, advice="choose one that does")
    return shot.source, footage(shot, length_s)
