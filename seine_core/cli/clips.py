"""The commands about one clip: `transition`, `animate`, `extend` and `scenes`; and `engines`."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seine_core.cli.options import (
    Camera,
    EngineName,
    Fps,
    Frames,
    Height,
    Out,
    Prompt,
    Seed,
    Strength,
    Style,
    Width,
    progress,
)
from seine_core.errors import BadInput

if TYPE_CHECKING:
    from seine_core.clips import Still
    from seine_core.engines.protocol import ClipSpec, Engine, Request


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
    from seine_core.engines.protocol import Request
    from seine_core.media.frames import fit, load_image

    if frames < 2:
        raise BadInput("a transition has at least 2", subject="frames", received=frames)
    start, end = load_image(a), load_image(b)
    spec = _spec(start, output, width, height, frames, fps, seed, camera, strength, style)
    given = [fit(image, spec.width, spec.height) for image in (start, end)]
    request = Request(task="transition", given=given, prompt=prompt, spec=spec)
    _write(engine, request, output)


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
    from seine_core.engines.protocol import Request
    from seine_core.media.frames import fit, load_image

    still = load_image(image)
    spec = _spec(still, output, width, height, frames, fps, seed, camera, strength)
    given = [fit(still, spec.width, spec.height)]
    _write(engine, Request(task="animate", given=given, prompt=prompt, spec=spec), output)


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
    from seine_core.engines import get_engine
    from seine_core.engines.pieces import context_frames
    from seine_core.engines.protocol import Request
    from seine_core.media import video
    from seine_core.media.frames import fit

    info = video.probe(clip)
    rate = fps or min(60, max(1, round(info.fps)))
    end = video.read_frames(clip, rate, max(0.0, info.duration_s - 1))
    first = next(end, None)
    if first is None:
        raise BadInput("its end cannot be read", subject=clip, advice="export it again")
    spec = _spec(first, output, width, height, frames, rate, seed, camera, strength)
    count = context_frames(spec, get_engine(engine).capabilities)
    last = deque((fit(f, spec.width, spec.height) for f in chain([first], end)), maxlen=count)
    _write(engine, Request(task="extend", given=list(last), prompt=prompt, spec=spec), output)


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


def _write(engine: str, request: "Request", output: str) -> None:
    """Make a clip and write it frame by frame; of a long extension one after the other."""
    from seine_core.engines import get_engine
    from seine_core.engines.checks import check_options
    from seine_core.engines.pieces import extensions
    from seine_core.story.film.export import check_output, export_frames

    check_output(output)
    made_by, spec, task = get_engine(engine), request.spec, request.task
    calls = extensions(spec, made_by.capabilities) if task == "extend" else [spec]
    for call in calls:
        check_options(made_by.capabilities, call, task)
    with progress(task) as show:
        frames = _drawn(made_by, request, calls, show)
        export_frames(frames, output, width=spec.width, height=spec.height, fps=spec.fps)
    seconds = spec.frames / spec.fps
    typer.echo(f"{output}: {spec.frames} frames, {seconds:.2f} s at {spec.fps} fps")


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
    from seine_core.story.film.export import is_pictures

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
        if side % 2 and not is_pictures(output):
            raise BadInput(
                subject=name, received=side, allowed="even numbers, as a video file needs"
            )
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
