"""The command line. Each command is a thin call of the core; heavy modules load in the command."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from seine_core import models_cli
from seine_core.errors import BadInput, MissingWeights, RenderCancelled, RenderFailed

if TYPE_CHECKING:
    from seine_core.engines.protocol import Clip, ClipSpec, Report, Still, Task
    from seine_core.story.cache import ClipCache
    from seine_core.story.model import Story

CACHE_FOLDER = ".cache"
_STOPPED = 130  # the shell's status for Ctrl-C
_CONTEXT = 16  # last frames of a clip that an extension may look at


class _Commands(TyperGroup):
    """Turns the errors of the core into one line and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (RenderFailed, MissingWeights) as error:
            raise _exit(1, f"error: {error}") from None
        except BadInput as error:
            raise _exit(2, f"error: {error}") from None
        except (RenderCancelled, KeyboardInterrupt):
            raise _exit(
                _STOPPED, "stopped; finished clips are kept, the same command goes on from here"
            ) from None


def _exit(status: int, message: str) -> typer.Exit:
    typer.echo(" ".join(message.split("\n")), err=True)
    return typer.Exit(status)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Storyboards to long videos: a transition between every two neighbouring shots.",
)

app.add_typer(models_cli.app, name="models")
app.command()(models_cli.convert)

StoryPath = Annotated[Path, typer.Argument(metavar="STORY", help="a story's folder")]
Out = Annotated[
    str,  # a Path would drop the slash that names a folder
    typer.Option("-o", "--output", help="a .mp4, .webm or .gif file, or a folder for PNG frames"),
]
EngineName = Annotated[str, typer.Option(help="see the command `engines`")]
Prompt = Annotated[str, typer.Option(help="what happens in the clip")]
Frames = Annotated[int, typer.Option(help="how many frames to make")]
Width = Annotated[int | None, typer.Option(help="pixels; the picture's own shape if left out")]
Height = Annotated[int | None, typer.Option(help="pixels; the picture's own shape if left out")]
Fps = Annotated[int, typer.Option(help="frames per second")]
Seed = Annotated[int, typer.Option(help="another seed, another variation")]
Camera = Annotated[str, typer.Option(help="auto, still, zoom-in, pan-left … (see `engines`)")]
Strength = Annotated[float, typer.Option(help="of the camera's move: 0 still, 1 usual")]
Style = Annotated[str, typer.Option(help="one of the engine's styles")]


@app.command()
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
    duration: Annotated[float | None, typer.Option(help="seconds of each shot")] = None,
    transition: Annotated[float | None, typer.Option(help="seconds of each transition")] = None,
    soundtrack: Annotated[Path | None, typer.Option(help="music under the whole story")] = None,
    engine: EngineName = "auto",
    width: Annotated[int, typer.Option(help="pixels of the video")] = 1024,
    height: Annotated[int, typer.Option(help="pixels of the video")] = 576,
    fps: Fps = 24,
) -> None:
    """Make a story of images and videos, or bring one back from a rendered video."""
    from seine_core.story import edits, restoring, storage

    if restore is not None:
        if images:
            raise BadInput("IMAGE: received with --from; give the one or the other")
        story, notes = restoring.restore_story(folder, restore, media)
        for note in notes:
            typer.echo(f"note: {note}", err=True)
    else:
        if not images:
            raise BadInput("IMAGE: none received; give the story's images and videos in order")
        fields: dict[str, Any] = {"engine": engine}
        if duration is not None:
            fields["duration_s"] = duration
        settings = {"width": width, "height": height, "fps": fps}
        story = storage.new_story(
            folder, images, title=title, soundtrack=soundtrack, settings=settings, **fields
        )
        for edge in story.edges():
            wish: dict[str, Any] = {"engine": engine}
            if transition is not None:
                wish["duration_s"] = transition
            story = edits.set_transition(story, edge.left, edge.right, **wish)
        storage.save_story(story, folder)
    typer.echo(f"{folder / storage.STORY_FILE}: {_summary(story)}")
    typer.echo(f"next: python -m seine_core render {folder} -o {folder.name or 'story'}.mp4")


@app.command()
def check(story: StoryPath, cache: Annotated[Path | None, typer.Option()] = None) -> None:
    """Say whether a story can be rendered, and what there is to render."""
    from seine_core.story.checking import problems
    from seine_core.story.plan import make_plan
    from seine_core.story.storage import load_story

    loaded, folder = load_story(story), _folder(story)
    faults = problems(loaded, folder)
    for fault in faults:
        typer.echo(f"error: {fault}", err=True)
    if faults:
        raise typer.Exit(2)
    plan = make_plan(loaded, folder)
    clips = _cache(folder, cache)
    ready = sum(clips.has(job.key) for job in plan.jobs)
    typer.echo(f"{loaded.title}: {_summary(loaded)}")
    typer.echo(
        f"{plan.width} x {plan.height}, {plan.frames} frames, {plan.frames / plan.fps:.2f} s at "
        f"{plan.fps} fps; {len(plan.jobs)} clips, {ready} of them rendered"
    )


@app.command()
def render(
    story: StoryPath,
    output: Out = "story.mp4",
    quality: Annotated[str | None, typer.Option(help="draft (half the size) or final")] = None,
    engine: Annotated[
        str | None, typer.Option(help="this engine for every shot and transition")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="where rendered clips are kept")] = None,
) -> None:
    """Render a story to one video. What was rendered before is taken from the cache."""
    from seine_core.story import edits
    from seine_core.story.export import check_output
    from seine_core.story.plan import with_engine
    from seine_core.story.render import render_story
    from seine_core.story.storage import load_story

    loaded, folder = load_story(story), _folder(story)
    if quality is not None:
        loaded = edits.set_settings(loaded, quality=quality)
    if engine is not None:
        loaded = with_engine(loaded, engine)
    check_output(output)
    with _progress("starting") as show:
        frames = render_story(
            loaded,
            folder,
            output,
            _cache(folder, cache),
            report=lambda p: show(
                p.fraction if p.owner else p.clip_fraction,
                f"{p.label} · {min(p.done + 1, p.total)}/{p.total}" if p.owner else p.label,
            ),
        )
    fps = loaded.settings.fps
    typer.echo(f"{output}: {frames} frames, {frames / fps:.2f} s at {fps} fps")


@app.command()
def transition(
    a: Annotated[Path, typer.Argument(metavar="A", help="the image that leaves")],
    b: Annotated[Path, typer.Argument(metavar="B", help="the image that comes")],
    output: Out,
    engine: EngineName = "auto",
    prompt: Prompt = "",
    frames: Frames = 48,
    width: Width = None,
    height: Height = None,
    fps: Fps = 24,
    seed: Seed = 0,
    camera: Camera = "auto",
    strength: Strength = 1.0,
    style: Style = "auto",
) -> None:
    """Make the transition from one image to another; it begins and ends exactly with them."""
    from seine_core.engines import get_engine
    from seine_core.frames import fit, load_image

    if frames < 2:
        raise BadInput(f"frames: received {frames}, a transition has at least 2")
    start, end = load_image(a), load_image(b)
    spec = _spec(start, output, width, height, frames, fps, seed, camera, strength, style)
    start, end = (fit(image, spec.width, spec.height) for image in (start, end))
    make = get_engine(engine).transition
    _make(engine, "transition", spec, output, lambda part, say: make(start, end, prompt, part, say))


@app.command()
def animate(
    image: Annotated[Path, typer.Argument(metavar="IMAGE")],
    output: Out,
    engine: EngineName = "auto",
    prompt: Prompt = "",
    frames: Frames = 72,
    width: Width = None,
    height: Height = None,
    fps: Fps = 24,
    seed: Seed = 0,
    camera: Camera = "auto",
    strength: Strength = 1.0,
) -> None:
    """Bring an image to life."""
    from seine_core.engines import get_engine
    from seine_core.frames import fit, load_image

    still = load_image(image)
    spec = _spec(still, output, width, height, frames, fps, seed, camera, strength)
    still = fit(still, spec.width, spec.height)
    make = get_engine(engine).animate
    _make(engine, "animate", spec, output, lambda part, say: make(still, prompt, part, say))


@app.command()
def extend(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="a video")],
    output: Out,
    engine: EngineName = "auto",
    prompt: Prompt = "",
    frames: Frames = 48,
    width: Width = None,
    height: Height = None,
    fps: Annotated[int | None, typer.Option(help="the clip's own if left out")] = None,
    seed: Seed = 0,
    camera: Camera = "auto",
    strength: Strength = 1.0,
) -> None:
    """Go on where a video ends. The output holds the new frames alone, ready to be joined."""
    import numpy as np

    from seine_core import video
    from seine_core.engines import get_engine
    from seine_core.frames import fit

    info = video.probe(clip)
    rate = fps or min(60, max(1, round(info.fps)))
    given = list(video.read_frames(clip, rate, max(0.0, info.duration_s - 1)))[-_CONTEXT:]
    if not given:
        raise BadInput(f"{clip}: its end cannot be read; export it again")
    spec = _spec(given[-1], output, width, height, frames, rate, seed, camera, strength)
    last = np.stack([fit(frame, spec.width, spec.height) for frame in given])

    def make(part: "ClipSpec", say: "Report") -> "Clip":
        nonlocal last
        made = get_engine(engine).extend(last, prompt, part, say)
        last = np.concatenate([last, made])[-_CONTEXT:]
        return made

    _make(engine, "extend", spec, output, make)


@app.command()
def engines() -> None:
    """List the engines, what they can do and the words they understand."""
    from seine_core.engines import auto_engine, engine_names, get_engine

    for name in engine_names():
        about = get_engine(name).capabilities
        tasks = ", ".join(t for t in ("transition", "animate", "extend") if t in about.tasks)
        typer.echo(f"{name}{'  (auto)' if name == auto_engine() else ''}: {about.description}")
        if about.missing:
            typer.echo(f"    (missing: {about.missing})")
        typer.echo(f"    makes    {tasks}")
        typer.echo(f"    styles   {', '.join(about.styles)}")
        typer.echo(f"    cameras  {', '.join(about.cameras)}")


def _make(
    engine: str, task: "Task", spec: "ClipSpec", output: str, make: "Callable[..., Clip]"
) -> None:
    """Make a clip, a long one in pieces, and write it frame by frame. `make(spec, report)` makes
    one piece."""
    from seine_core.engines import get_engine
    from seine_core.engines.checks import check_options
    from seine_core.engines.windows import extensions, windows
    from seine_core.story.export import check_output, export_frames

    check_output(output)
    about = get_engine(engine).capabilities
    parts = extensions(spec, about) if task == "extend" else windows(spec, about)
    for part in parts:
        check_options(about, part, task)
    with _progress(task) as show:

        def frames() -> "Iterator[Still]":
            done = 0.0
            for part in parts:
                share = part.frames / spec.frames
                yield from make(part, lambda f, _=None, d=done, s=share: show(d + f * s, task))
                done += share

        export_frames(frames(), output, width=spec.width, height=spec.height, fps=spec.fps)
    seconds = spec.frames / spec.fps
    typer.echo(f"{output}: {spec.frames} frames, {seconds:.2f} s at {spec.fps} fps")


def _spec(
    image: Any,
    output: str,
    width: int | None,
    height: int | None,
    frames: int,
    fps: int,
    seed: int,
    camera: str,
    strength: float,
    style: str = "auto",
) -> "ClipSpec":
    """The clip that was asked for; a size left out follows the picture's shape, even and at most
    1024 on the longer side."""
    from seine_core.engines.protocol import ClipSpec
    from seine_core.story.export import is_folder_name

    own_height, own_width = image.shape[:2]
    if width is None and height is None:
        scale = min(1.0, 1024 / max(own_height, own_width))
        width, height = (max(16, round(side * scale / 2) * 2) for side in (own_width, own_height))
    elif width is None:
        width = max(16, round((height or 0) * own_width / own_height / 2) * 2)
    elif height is None:
        height = max(16, round(width * own_height / own_width / 2) * 2)
    assert width is not None and height is not None
    for name, side in (("width", width), ("height", height)):
        if side % 2 and not is_folder_name(output):
            raise BadInput(f"{name}: received {side}, a video file needs an even number")
    return ClipSpec(
        frames=frames,
        width=width,
        height=height,
        fps=fps,
        seed=seed,
        camera=camera,  # type: ignore[arg-type]  # any word; ClipSpec checks it
        strength=strength,
        style=style,
    )


@contextmanager
def _progress(label: str) -> "Iterator[Callable[[float, str], None]]":
    """A bar on stderr while the block runs."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(label, total=1.0)
        yield lambda fraction, text: bar.update(task, completed=fraction, description=text)


def _cache(folder: Path, chosen: Path | None) -> "ClipCache":
    """The story's own cache, or the chosen one.

    Raises:
        BadInput: it cannot be written.
    """
    from seine_core.story.cache import ClipCache

    root = chosen or folder / CACHE_FOLDER
    try:
        root.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=root).close()
    except OSError as error:
        raise BadInput(
            f"{root}: cannot be written ({error.strerror}); choose a folder with --cache"
        ) from None
    return ClipCache(root)


def _folder(story: Path) -> Path:
    return story if story.is_dir() else story.parent


def _summary(story: "Story") -> str:
    seconds = sum(shot.duration_s for shot in story.shots)
    seconds += sum(edge.duration_s for edge in story.edges())
    return f"{len(story.shots)} shots, {len(story.edges())} transitions, {seconds:.1f} s"
