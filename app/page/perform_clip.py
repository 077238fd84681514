"""Doing what the page asked for of what a shot shows of its video."""

from app.page import clip_commands as commands
from app.stories.sessions import Session
from seine_core.media.video import probe
from seine_core.story import clip_edits
from seine_core.story.disk.storage import media_path
from seine_core.story.model import Story, VideoSource


def file_s(session: Session, shot_id: str) -> float:
    """How long the file of a shot is, seconds; without end where it shows none that has a length.

    Raises:
        BadInput: no such shot, or its file is missing or cannot be read.
    """
    source = session.story.shot(shot_id).source
    if not isinstance(source, VideoSource):
        return float("inf")
    return probe(media_path(session.folder, source.file)).duration_s


def edited(story: Story, command: commands.ClipEdit, length_s: float) -> Story:
    """The edited story; `length_s` is how long the shot's file is.

    Raises:
        BadInput: it cannot be edited like this.
    """
    shot_id = command.id
    match command:
        case commands.TrimStart(by_s=by_s):
            return clip_edits.trim_start(story, shot_id, by_s, length_s)
        case commands.Slip(by_s=by_s):
            return clip_edits.slip(story, shot_id, by_s, length_s)
        case commands.UseFile():
            return clip_edits.use_file(story, shot_id, length_s)
        case commands.Freeze(at_s=at_s):
            return clip_edits.freeze(story, shot_id, at_s, length_s)
        case commands.SetClip():
            return _set(story, command, length_s)


def _set(story: Story, command: commands.SetClip, length_s: float) -> Story:
    if command.in_s is not None:
        story = clip_edits.set_in(story, command.id, command.in_s, length_s)
    if command.out_s is not None:
        story = clip_edits.set_out(story, command.id, command.out_s, length_s)
    if command.speed is not None:
        story = clip_edits.set_speed(story, command.id, command.speed)
    if command.reverse is not None:
        story = clip_edits.set_reverse(story, command.id, command.reverse, length_s)
    return story
