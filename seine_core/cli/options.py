"""Options that several commands have, and the progress bar."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from seine_core.engines.protocol import Framing
from seine_core.errors import BadInput
from seine_core.rates import RATES

STOPPED = 130  # the shell's status for Ctrl-C

StoryPath = Annotated[Path, typer.Argument(metavar="STORY", help="a story's folder")]
Out = Annotated[
    str,  # a Path would drop the slash that names a folder
    typer.Option(
        "-o",
        "--output",
        help="a .mp4, .webm, .mov, .gif, .webp, .wav, .m4a or .png, or a .zip or folder for PNGs",
    ),
]
EngineName = Annotated[str, typer.Option(help="see the command `engines`")]
Prompt = Annotated[str, typer.Option(help="what happens in the clip")]
Frames = Annotated[int, typer.Option(help="how many frames to make")]
Width = Annotated[int | None, typer.Option(help="pixels; the picture's own shape if left out")]
Height = Annotated[int | None, typer.Option(help="pixels; the picture's own shape if left out")]
Fps = Annotated[str, typer.Option(help=f"frames per second: {RATES}")]
Seed = Annotated[int, typer.Option(help="another seed, another variation")]
Camera = Annotated[str, typer.Option(help="auto, still, zoom-in, pan-left … (see `engines`)")]
Strength = Annotated[float, typer.Option(help="of the camera's move: 0 still, 1 usual")]
From = Annotated[
    str | None,
    typer.Option("--from", help="what is seen first: x,y,zoom of its middle, as 0.3,0.5,2"),
]
To = Annotated[str | None, typer.Option("--to", help="what is seen last; the whole if left out")]
TemplateName = Annotated[
    str | None,
    typer.Option(
        help="the film that they become: travel-reel, before-after, product, animatic, music-video"
    ),
]
Style = Annotated[str, typer.Option(help="one of the engine's styles")]


def framing(start: str | None, to: str | None) -> tuple[Framing, Framing] | None:
    """What `--from` and `--to` say; what is left out is the whole picture.

    Raises:
        BadInput: they are not three numbers.
    """
    return (_part("from", start), _part("to", to)) if start or to else None


def _part(name: str, text: str | None) -> Framing:
    try:
        x, y, zoom = (float(number) for number in (text or "0.5,0.5,1").split(","))
    except ValueError:
        raise BadInput(
            subject=name, received=text, allowed="x,y,zoom: two of 0 to 1, and 1 to 8"
        ) from None
    return x, y, zoom


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command` as typer is to see it: with an option for each field of the dataclass that it takes
    as `options`."""
    own = inspect.signature(command, eval_str=True).parameters
    dataclass = own["options"].annotation
    shared = inspect.signature(dataclass, eval_str=True).parameters

    @wraps(command)
    def called(**given: Any) -> None:
        options = dataclass(**{name: given.pop(name) for name in shared})
        command(**given, options=options)

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name in own
        for parameter in (shared.values() if name == "options" else [own[name]])
    ]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return called


@contextmanager
def progress(label: str) -> Iterator[Callable[[float, str], None]]:
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
