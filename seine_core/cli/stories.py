"""The commands about stories: `new`, `check`, `render`, `captions`, `pack` and `unpack`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seine_core.cli.options import (
    EngineName,
    Fps,
    Out,
    StoryPath,
    TemplateName,
    progress,
    with_options,
)
from seine_core.errors import BadInput, MissingWeights
from seine_core.rates import rate_name

if TYPE_CHECKING:
    from seine_core.story.make.cache import ClipCache
    from seine_core.story.make.output import Output
    from seine_core.story.model import Story
    from seine_core.story.subtitles import Subtitle

CACHE_FOLDER = ".cache"


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the new story's folder")],
    images: Annotated[
        list[Path] | None, typer.Argument(metavar="IMAGE…", help="images and videos, in order")
    ] = None,
    restore: Annotated[
        Path | None,
        typer.Option("--from", metavar="VIDEO", help="bring back the story of a rendered video"),
    ] = None,
    media: Annotated[
        Path | None, typer.Option(help="with --from: the folder that has the original media")
    ] = None,
    title: Annotated[str, typer.Option(help="the story's title")] = "",
    template: TemplateName = None,
    duration: Annotated[float | None, typer.Option(help="seconds of each shot")] = None,
    transition: Annotated[float | None, typer.Option(help="seconds of each transition")] = None,
    soundtrack: Annotated[Path | None, typer.Option(help="music under the whole story")] = None,
    engine: EngineName = "auto",
    width: Annotated[int | None, typer.Option(help="pixels of the video [default: 1024]")] = None,
    height: Annotated[int | None, typer.Option(help="pixels of the video [default: 576]")] = None,
    fps: Fps = "24",
) -> None:
    """Make a story of images and videos, or bring one back from a rendered video. With a template
    they become that kind of film; without images it is to be filled in the editor."""
    from seine_core.files.locking import locked
    from seine_core.story.disk import storage
    from seine_core.story.film import restoring

    for name, given in (("IMAGE", images), ("--template", template)):
        if restore is not None and given:
            raise BadInput("received with --from", subject=name, advice="give the one or the other")
    if restore is None and not images and not template:
        raise BadInput(
            "none received", subject="IMAGE", advice="give the story's images and videos in order"
        )
    with locked(folder, "`new`"):
        if restore is not None:
            story, notes = restoring.restore_story(folder, restore, media)
            for note in notes:
                typer.echo(f"note: {note}", err=True)
        else:
            fields: dict[str, Any] = {"engine": engine}
            if duration is not None:
                fields["duration_s"] = duration
            between: dict[str, Any] = {"engine": engine}
            if transition is not None:
                between["duration_s"] = transition
            size = {name: n for name, n in (("width", width), ("height", height)) if n is not None}
            story = storage.new_story(
                folder,
                images or (),
                title=title,
                template=template,
                soundtrack=soundtrack,
                settings={"fps": fps, **size},
                between=between,
                note=lambda note: typer.echo(f"note: {note}", err=True),
                **fields,
            )
            story = _on_the_beat(story, folder)
    typer.echo(f"{folder / storage.STORY_FILE}: {_summary(story)}")
    typer.echo(f"next: python -m seine_core render {folder} -o {folder.name or 'story'}.mp4")


def _on_the_beat(story: "Story", folder: Path) -> "Story":
    """With its cuts where its template wants them; a music without a beat is noted alone."""
    from seine_core.story.disk.storage import save_story
    from seine_core.story.mix.on_beat import cut_as_template
    from seine_core.story.mix.store import SOUNDS, SoundStore

    try:
        cut = cut_as_template(story, folder, SoundStore(folder / CACHE_FOLDER / SOUNDS))
    except BadInput as note:
        typer.echo(f"note: {note}", err=True)
        return story
    if cut != story:
        save_story(cut, folder)
    return cut


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """How a story is rendered, where not as it says itself."""

    quality: Annotated[str | None, typer.Option(help="draft (half the size) or final")] = None
    engine: Annotated[
        str | None, typer.Option(help="this engine for every shot and transition")
    ] = None
    cache: Annotated[Path | None, typer.Option(help="where rendered clips are kept")] = None


@dataclass(frozen=True, kw_only=True)
class ExportOptions(RenderOptions):
    """What is exported of a story, and in which form."""

    codec: Annotated[
        str | None, typer.Option(help="h264 or hevc in a .mp4, vp9 or av1 in a .webm")
    ] = None
    width: Annotated[int | None, typer.Option(help="pixels, where not the story's own")] = None
    height: Annotated[int | None, typer.Option(help="pixels, where not the story's own")] = None
    fps: Annotated[str | None, typer.Option(help="where not the story's own")] = None
    from_s: Annotated[
        float | None, typer.Option("--from", metavar="SECONDS", help="only what comes later")
    ] = None
    to_s: Annotated[
        float | None, typer.Option("--to", metavar="SECONDS", help="only what comes before")
    ] = None
    shot: Annotated[
        list[str] | None, typer.Option(help="only from this shot to the last that is named")
    ] = None
    at_s: Annotated[
        float | None, typer.Option("--at", metavar="SECONDS", help="of a .png: which picture")
    ] = None
    max_width: Annotated[int, typer.Option(help="pixels of a .gif or .webp at most")] = 640
    max_fps: Annotated[
        float | None, typer.Option(help="frames per second of a .gif or .webp at most")
    ] = None

    def output(self) -> "Output":
        from seine_core.story.make.output import Output

        own = ("codec", "width", "height", "fps", "from_s", "to_s", "at_s", "max_width", "max_fps")
        return Output(shots=tuple(self.shot or ()), **{name: getattr(self, name) for name in own})


@with_options
def check(
    story: StoryPath,
    *,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="whether it can be rendered to this, and how large"),
    ] = None,
    options: ExportOptions,
    repair: Annotated[
        bool, typer.Option("--repair", help="verify the rendered clips, mend what is damaged")
    ] = False,
) -> None:
    """Say whether a story can be rendered, and what there is to render. Without --repair nothing
    is written."""
    from seine_core.story.make.checking import examine
    from seine_core.story.make.repair import repair as repair_cache

    (own, folder, clips), asked = _loaded(story, options), options.output()
    loaded = asked.applied(own)
    plan, faults = examine(loaded, folder, clips, output)
    for fault in faults:
        typer.echo(f"error: {fault.error}", err=True)
    if faults:
        raise typer.Exit(1 if isinstance(faults[0].error, MissingWeights) else 2)
    is_well = True
    if repair and clips.root.exists():
        with progress("verifying") as show:
            is_well = repair_cache(
                plan, clips, typer.echo, report=lambda p: show(p.fraction, p.label)
            )
    ready = sum(clips.has(job.key) for job in plan.jobs)
    typer.echo(f"{loaded.title}: {_summary(loaded)}")
    seconds = float(plan.frames / plan.fps)
    typer.echo(
        f"{plan.width} x {plan.height}, {plan.frames} frames, {seconds:.2f} s at "
        f"{rate_name(plan.fps)} fps; {len(plan.jobs)} clips, {ready} of them rendered"
    )
    if output is not None:
        _say_size(own, folder, clips, output, asked)
    if not is_well:
        raise typer.Exit(1)


@with_options
def render(story: StoryPath, *, output: Out = "story.mp4", options: ExportOptions) -> None:
    """Render a story to one file. What was rendered before is taken from the cache."""
    from seine_core.story.make.render import render_story

    (loaded, folder, clips), asked = _loaded(story, options), options.output()
    with progress("starting") as show:
        frames = render_story(
            loaded,
            folder,
            output,
            clips,
            output=asked,
            report=lambda p: show(
                p.fraction if p.owner else p.clip_fraction,
                f"{p.label} · {min(p.done + 1, p.total)}/{p.total}" if p.owner else p.label,
            ),
        )
    fps = asked.applied(loaded).settings.fps
    typer.echo(f"{output}: {frames} frames, {float(frames / fps):.2f} s at {rate_name(fps)} fps")


def _say_size(
    story: "Story", folder: Path, clips: "ClipCache", output: str, asked: "Output"
) -> None:
    """How large the file will be; of a GIF that is too large, what it can be instead."""
    from seine_core.story.film.export import output_format
    from seine_core.story.make.foretell import foretell, smaller_gif

    form = output_format(output, asked.codec)
    size = foretell(story, folder, clips, form, asked)
    rough = " (rough: nothing like it is rendered yet)" if size.is_rough else ""
    typer.echo(f"{output}: about {size.bytes / 1e6:.1f} MB{rough}")
    settings = asked.applied(story).settings
    width = min(settings.size[0], asked.max_width or settings.size[0])
    less = smaller_gif(size.bytes, width, settings.fps) if form.name == "gif" else None
    if less is not None:
        typer.echo(
            f"note: many places take no such GIF; --max-width {less.max_width} --max-fps "
            f"{less.max_fps} makes about {less.bytes / 1e6:.1f} MB",
            err=True,
        )


def captions(
    story: StoryPath,
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="a .srt or .vtt to write")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="an .srt, .vtt, .ass or .ssa to load first"),
    ] = None,
    heard: Annotated[
        bool, typer.Option("--heard", help="take what is spoken in the film, by Whisper")
    ] = False,
) -> None:
    """Load subtitles as the captions of the shots that they fall on, write a story's captions as
    subtitles, or show them."""
    from seine_core.files.locking import locked
    from seine_core.story.captioning import subtitles_of, with_subtitles
    from seine_core.story.disk import storage
    from seine_core.story.disk.subtitle_files import load_subtitles, save_subtitles
    from seine_core.story.subtitles import write_subtitles

    if source is not None and heard:
        raise BadInput(
            "received with --from", subject="--heard", advice="give the one or the other"
        )
    if source is None and not heard:
        found = subtitles_of(storage.load_story(story))
    else:
        subtitles = load_subtitles(source) if source is not None else _heard(story)
        with locked(_folder(story), "`captions`"):
            captioned = with_subtitles(storage.load_story(story), subtitles)
            storage.save_story(captioned.story, _folder(story))
        for note in captioned.notes:
            typer.echo(f"note: {note}", err=True)
        found = subtitles_of(captioned.story)
    if output is not None:
        save_subtitles(found, output)
    elif source is None and not heard:
        typer.echo(write_subtitles(found, "srt"), nl=False)
    if output or source or heard:
        shots = f"{len(found)} shot{'' if len(found) == 1 else 's'}"
        typer.echo(f"{output or _folder(story) / storage.STORY_FILE}: captions of {shots}")


def _heard(story: Path) -> "tuple[Subtitle, ...]":
    from seine_core.story.disk.storage import load_story
    from seine_core.story.mix.store import SOUNDS, SoundStore
    from seine_core.story.speech.hearing import heard_in_film

    folder = _folder(story)
    with progress("listening") as show:
        return heard_in_film(
            load_story(story),
            folder,
            SoundStore(folder / CACHE_FOLDER / SOUNDS),
            lambda at_s: show(0.0, f"listened to {at_s:.0f} s"),
        )


def pack(
    story: StoryPath,
    output: Annotated[Path, typer.Argument(metavar="OUT.seine.zip")],
) -> None:
    """Pack a story and its media into one file."""
    from seine_core.story.disk import archive

    packed = archive.pack(_folder(story), output)
    typer.echo(f"{output}: {_summary(packed)}, {output.stat().st_size / 1e6:.1f} MB")


def unpack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a .seine.zip")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new or empty folder")],
) -> None:
    """Unpack a story that `pack` wrote. Every file in it is checked first."""
    from seine_core.story.disk import archive

    typer.echo(f"{folder}: {_summary(archive.unpack(file, folder))}")


def _loaded(story: Path, options: RenderOptions) -> tuple["Story", Path, "ClipCache"]:
    """The story as it is to be rendered, its folder, and the chosen cache or its own."""
    from seine_core.story import edits
    from seine_core.story.disk.storage import load_story
    from seine_core.story.make.cache import ClipCache
    from seine_core.story.make.plan import with_engine

    loaded, folder = load_story(story), _folder(story)
    if options.quality is not None:
        loaded = edits.set_settings(loaded, quality=options.quality)
    if options.engine is not None:
        loaded = with_engine(loaded, options.engine)
    return loaded, folder, ClipCache(options.cache or folder / CACHE_FOLDER)


def _folder(story: Path) -> Path:
    return story if story.is_dir() else story.parent


def _summary(story: "Story") -> str:
    seconds = sum(shot.duration_s for shot in story.shots)
    seconds += sum(edge.duration_s for edge in story.edges())
    counts = [(len(story.shots), "shot"), (len(story.edges()), "transition")]
    parts = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts]
    return ", ".join([*parts, f"{seconds:.1f} s"])
