"""The command `bench`: what a machine can do."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from seine_core.cli.options import with_options
from seine_core.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Measure speed and memory on this machine.")


@app.callback()
def _bench() -> None:
    """Keeps `unet` a command of its own while it is the only one."""


@dataclass(frozen=True, kw_only=True)
class BenchOptions:
    """As of `bench_unet`."""

    height: Annotated[int, typer.Option(help="pixels")] = 320
    width: Annotated[int, typer.Option(help="pixels")] = 512
    frames: Annotated[int, typer.Option()] = 16
    steps: Annotated[int, typer.Option(help="the median counts")] = 1
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16")] = "auto"
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu")] = "auto"
    guided: Annotated[bool, typer.Option(help="two prompts at once, as guidance needs")] = True
    compile: Annotated[bool, typer.Option("--compile", help="with torch.compile")] = False


@app.command()
@with_options
def unet(
    *,
    random_weights: Annotated[
        bool, typer.Option("--random-weights", help="measure without any download")
    ] = False,
    weights: Annotated[Path | None, typer.Option(help="a folder made by `convert`")] = None,
    options: BenchOptions,
) -> None:
    """Seconds a step and peak memory of SEINE's network, as JSON."""
    from seine_core.evaluate.unet_speed import bench_unet

    if random_weights == (weights is not None):
        raise BadInput("give either --random-weights or --weights FOLDER", subject="weights")
    measured = bench_unet(weights / "unet" if weights else None, **asdict(options))
    typer.echo(json.dumps(asdict(measured), indent=2))
