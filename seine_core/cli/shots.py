"""The command `shot`: how one shot of a story is trimmed, paced and turned."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seine_core.cli.options import StoryPath, with_options
from seine_core.errors import BadInput

if TYPE_CHECKING:
    from seine_core.story.model import Story


@dataclass(frozen=True, kw_only=True)
class ShotOptions:
    """What is changed; in this order."""

    in_s: Annotated[
        float | None, typer.Option("--in", help="the second of its file that it begins with")
    ] = None
    out_s: Annotated[
        float | None, typer.Option("--out", help="the second of its file that it ends at")
    ] = None
    slip: Annotated[
        float | None, typer.Option(help="show what is so many seconds later in its file")
    ] = None
    speed: Annotated[float | None, typer.Option(help="0.25 to 4; it gets longer or shorter")] = None
    reverse: Annotated[
        bool | None, typer.Option("--reverse/--forward", help="in which direction it is played")
    ] = None
    duration: Annotated[float | None, typer.Option(help="seconds")] = None
    fill: Annotated[
        str | None, typer.Option(help="what fills it beyond that: extend, loop or file")
    ] = None
    freeze: Annotated[
        float | None, typer.Option(help="hold the frame so many seconds after it begins")
    ] = None
    rotate: Annotated[int | None, typer.Option(help="degrees clockwise: 0, 90, 180, 270")] = None
    flip: Annotated[
        str | None, typer.Option(help="horizontal, vertical, both or none, after the rotation")
    ] = None


@with_options
def shot(
    story: StoryPath,
    shot: Annotated[str, typer.Argument(metavar="SHOT", help="its id, as shot-2")],
    *,
    options: ShotOptions,
) -> None:
    """Trim, slip, pace, reverse, freeze, rotate or flip one shot; without options, say how it is.
    Transitions stay as long as they are."""
    from seine_core.files.locking import locked
    from seine_core.story.disk import storage

    folder = story if story.is_dir() else story.parent
    with locked(folder, "`shot`"):
        before = storage.load_story(story)
        edited = _edited(before, shot, options, lambda: _file_s(before, shot, folder))
        if edited != before:
            storage.save_story(edited, folder)
    now = edited.shot(shot)
    source = now.source
    words = [f"{now.duration_s:.2f} s"]
    if source.kind == "video":
        end = "its end" if source.end_s is None else f"{source.end_s:.2f} s"
        words.append(f"{source.file} from {source.offset_s:.2f} s to {end} at {source.speed:g}x")
        words += [word for word in ("reverse", "freeze") if getattr(source, word)]
    typer.echo(f"{shot}: {', '.join(words)}")


def _edited(story: "Story", shot_id: str, options: ShotOptions, file_s: Any) -> "Story":
    from seine_core.story import clip_edits, edits

    if options.in_s is not None:
        story = clip_edits.set_in(story, shot_id, options.in_s, file_s())
    if options.out_s is not None:
        story = clip_edits.set_out(story, shot_id, options.out_s, file_s())
    if options.slip is not None:
        story = clip_edits.slip(story, shot_id, options.slip, file_s())
    if options.speed is not None:
        story = clip_edits.set_speed(story, shot_id, options.speed)
    if options.reverse is not None:
        story = clip_edits.set_reverse(story, shot_id, options.reverse, file_s())
    fields: dict[str, Any] = {}
    if options.duration is not None:
        fields["duration_s"] = options.duration
    if options.fill not in (None, "file"):
        fields["past_end"] = options.fill
    if options.rotate is not None:
        fields["turn"] = options.rotate
    if options.flip is not None:
        if options.flip not in ("horizontal", "vertical", "both", "none"):
            raise BadInput(
                subject="flip",
                received=options.flip,
                allowed=("horizontal", "vertical", "both", "none"),
            )
        fields["flip_horizontal"] = options.flip in ("horizontal", "both")
        fields["flip_vertical"] = options.flip in ("vertical", "both")
    story = edits.set_shot(story, shot_id, **fields)
    if options.fill == "file":
        story = clip_edits.use_file(story, shot_id, file_s())
    if options.freeze is not None:
        story = clip_edits.freeze(story, shot_id, options.freeze, file_s())
    return story


def _file_s(story: "Story", shot_id: str, folder: Any) -> float:
    from seine_core.media.video import probe
    from seine_core.story.disk.storage import media_path
    from seine_core.story.model import VideoSource

    source = story.shot(shot_id).source
    if not isinstance(source, VideoSource):
        return math.inf
    return probe(media_path(folder, source.file)).duration_s
