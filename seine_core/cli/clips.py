"""The commands about one clip: `transition`, `animate`, `extend` and `scenes`; and `engines`."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seine_core.cli.options import (
    Camera,
    EngineName,
    Fps,
    Frames,
    From,
    Height,
    Out,
    Prompt,
    Seed,
    Strength,
    Style,
    To,
    Width,
    framing,
    progress,
    with_options,
)
from seine_core.errors import BadInput
from seine_core.rates import MAX_RATE, Rate, exact_rate, rate_name

if TYPE_CHECKING:
    from seine_core.clips import Still
    from seine_core.engines.protocol import ClipSpec, Engine, Request, Task


@dataclass(frozen=True, kw_only=True)
class ClipOptions:
    """What can be said of every clip that is made."""

    output: Out
    engine: EngineName = "auto"
    prompt: Prompt = ""
    width: Width = None
    height: Height = None
    seed: Seed = 0
    camera: Camera = "auto"
    strength: Strength = 1.0


@with_options
def transition(
    a: Annotated[Path, typer.Argument(metavar="A", help="the image that leaves")],
    b: Annotated[Path, typer.Argument(metavar="B", help="the image that comes")],
    options: ClipOptions,
    frames: Frames = 48,
    fps: Fps = "24",
    style: Style = "auto",
) -> None:
    """Make the transition from one image to another; it begins and ends exactly with them."""
    if frames < 2:
        raise BadInput("a transition has at least 2", subject="frames", received=frames)
    start, end = _loaded(a), _loaded(b)
    spec = replace(_spec(start, options, frames, exact_rate(fps)), style=style)
    _write("transition", [start, end], options, spec)


@with_options
def animate(
    image: Annotated[Path, typer.Argument(metavar="IMAGE")],
    options: ClipOptions,
    frames: Frames = 72,
    fps: Fps = "24",
    start: From = None,
    to: To = None,
) -> None:
    """Bring an image to life."""
    still = _loaded(image)
    spec = _spec(still, options, frames, exact_rate(fps))
    _write("animate", [still], options, replace(spec, framing=framing(start, to)))


@with_options
def extend(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="a video")],
    options: ClipOptions,
    frames: Frames = 48,
    fps: Annotated[str | None, typer.Option(help="the clip's own if left out")] = None,
) -> None:
    """Go on where a video ends. The output holds the new frames alone, ready to be joined."""
    from seine_core.engines import get_engine
    from seine_core.engines.pieces import context_frames
    from seine_core.media import video

    info = video.probe(clip)
    rate = exact_rate(fps) if fps else _rate_near(info.fps)
    end = video.read_frames(clip, rate, max(0.0, info.duration_s - 1))
    first = next(end, None)
    if first is None:
        raise BadInput("its end cannot be read", subject=clip, advice="export it again")
    spec = _spec(first, options, frames, rate)
    count = context_frames(spec, get_engine(options.engine).capabilities)
    _write("extend", deque(chain([first], end), maxlen=count), options, spec)


def scenes(
    path: Annotated[Path, typer.Argument(metavar="VIDEO")],
) -> None:
    """Print where a video cuts to another scene: seconds, a line for each cut."""
    from seine_core.media.cuts import find_scenes

    with progress("looking") as show:
        cuts = find_scenes(path, lambda fraction, _=None: show(fraction, "looking"))
    for cut in cuts:
        typer.echo(f"{cut:.3f}")


def engines() -> None:
    """List the engines, what they can do and the words they understand."""
    from seine_core.engines import engine_names, get_engine

    for name in ("auto", *engine_names()):
        about = get_engine(name).capabilities
        tasks = ", ".join(t for t in ("transition", "animate", "extend") if t in about.tasks)
        typer.echo(f"{name}: {about.description}")
        if about.missing:
            typer.echo(f"    (missing: {about.missing})")
        typer.echo(f"    makes    {tasks}")
        typer.echo(f"    styles   {', '.join(about.styles)}")
        typer.echo(f"    cameras  {', '.join(about.cameras)}")
        if about.looks_with:
            lacking = ", ".join(part for part in about.looks_with if part not in about.sees_with)
            hint = lacking and f" (not here: {lacking}; see `models status eyes`)"
            typer.echo(f"    eyes     {', '.join(about.looks_with)}{hint}")


def _loaded(image: Path) -> "Still":
    from seine_core.media.frames import bad_profile, image_info, load_image

    still = load_image(image)
    if image_info(image).has_bad_profile:
        typer.echo(f"note: {bad_profile(image)}", err=True)
    return still


def _write(task: "Task", given: "Iterable[Still]", options: ClipOptions, spec: "ClipSpec") -> None:
    """Make a clip and write it frame by frame; of a long extension one after the other."""
    from seine_core.engines import get_engine
    from seine_core.engines.checks import check_options
    from seine_core.engines.pieces import extensions
    from seine_core.engines.protocol import Request
    from seine_core.media.frames import fit
    from seine_core.story.film.export import check_output, export_frames

    check_output(options.output)
    engine = get_engine(options.engine)
    calls = extensions(spec, engine.capabilities) if task == "extend" else [spec]
    for call in calls:
        check_options(engine.capabilities, call, task)
    fitted = [fit(still, spec.width, spec.height) for still in given]
    request = Request(task=task, given=fitted, prompt=options.prompt, spec=spec)
    with progress(task) as show:
        frames = _drawn(engine, request, calls, show)
        export_frames(frames, options.output, width=spec.width, height=spec.height, fps=spec.fps)
    seconds = float(spec.frames / spec.fps)
    rate = rate_name(spec.fps)
    typer.echo(f"{options.output}: {spec.frames} frames, {seconds:.2f} s at {rate} fps")


def _drawn(
    engine: "Engine", request: "Request", calls: "list[ClipSpec]", show: "Callable[..., None]"
) -> "Iterator[Still]":
    """The frames of `calls`, each of which goes on from the last frames of the one before."""
    from seine_core.engines import draw
    from seine_core.engines.pieces import context_frames

    done, given = 0.0, list(request.given)
    for call in calls:
        share = call.frames / request.spec.frames
        part = replace(
            request,
            given=given,
            spec=call,
            report=lambda f, _=None, d=done, s=share: show(d + f * s, request.task),
        )
        goes_on = call is not calls[-1]
        last = deque(given, maxlen=context_frames(call, engine.capabilities) if goes_on else 0)
        for still in draw(engine, part):
            last.append(still)
            yield still
        given = list(last)
        done += share


def _rate_near(fps: float) -> Rate:
    """The rate of a video, or the nearest that is one."""
    try:
        return exact_rate(fps)
    except BadInput:
        return min(MAX_RATE, max(1, round(fps)))


def _spec(first: "Still", options: ClipOptions, frames: int, fps: Rate) -> "ClipSpec":
    """The clip that was asked for; a size left out follows the first picture's shape, even and at
    most 1024 on the longer side."""
    from seine_core.engines.protocol import ClipSpec
    from seine_core.story.film.export import is_pictures

    own_height, own_width = first.shape[:2]
    width, height = options.width, options.height
    if width is None and height is None:
        scale = min(1.0, 1024 / max(own_height, own_width))
        width, height = (max(16, round(side * scale / 2) * 2) for side in (own_width, own_height))
    elif width is None:
        width = max(16, round((height or 0) * own_width / own_height / 2) * 2)
    elif height is None:
        height = max(16, round(width * own_height / own_width / 2) * 2)
    assert width is not None and height is not None
    for name, side in (("width", width), ("height", height)):
        if side % 2 and not is_pictures(options.output):
            raise BadInput(
                subject=name, received=side, allowed="even numbers, as a video file needs"
            )
    return ClipSpec(
        frames=frames,
        width=width,
        height=height,
        fps=fps,
        seed=options.seed,
        camera=options.camera,  # type: ignore[arg-type]  # any word; ClipSpec checks it
        strength=options.strength,
    )
