"""The command `train`."""

from pathlib import Path
from typing import Annotated

import typer

from seine_core.cli.options import STOPPED


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="a TOML file, see `configs/`")],
    resume: Annotated[
        bool, typer.Option("--resume", help="go on from the newest checkpoint")
    ] = False,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="another value, as in optimiser.lr=1e-4")
    ] = None,
    export: Annotated[
        bool, typer.Option("--export", help="only write the model of the newest checkpoint")
    ] = False,
) -> None:
    """Train or fine-tune SEINE on your own clips. Ctrl-C saves and stops; --resume goes on.

    On several GPUs: accelerate launch --multi_gpu -m seine_core train CONFIG
    """
    from seine_core.errors import BadInput
    from seine_core.train.config import read_config

    settings = read_config(config, change or ())
    from seine_core.train import loop
    from seine_core.train.export import export_newest
    from seine_core.train.sources import open_source

    if export:
        typer.echo(export_newest(settings))
        return
    if settings.data is None:
        raise BadInput(
            "data: is missing", subject=config, advice="name a folder of videos or of images"
        )
    looks = settings.validation
    ended = loop.train(
        settings,
        open_source(settings.data, settings.clip, typer.echo),
        held_out=open_source(looks.data, settings.clip) if looks and looks.data else None,
        resume=resume,
        say=typer.echo,
    )
    if not ended.finished:
        raise typer.Exit(STOPPED)
