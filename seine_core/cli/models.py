"""The commands about weights: `models list|status|download|path`, and `convert`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from seine_core.cli.options import STOPPED
from seine_core.errors import BadInput, RenderCancelled
from seine_core.weights.store import (
    Download,
    Licence,
    Model,
    ModelStatus,
    PartStatus,
    by_hand,
    download,
    find,
    list_models,
    models_folder,
    own_folder,
    path,
    status,
    wrong_hashes,
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The models that engines need: what is here, and how to get the rest.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="see `models list`")]


@app.command("list")
def list_() -> None:
    """List the models, what each is for, how large it is and whether it is here."""
    for found in list_models():
        model = found.model
        typer.echo(f"{model.name}: {model.title}, {_size(model)}, {_state(found)}")
        typer.echo(f"    for      {model.purpose}")
        typer.echo(f"    licence  {'; '.join(licence.name for licence in model.licences)}")
    typer.echo(f"kept in {models_folder()} (environment variable SEINE_MODELS)")


@app.command("status")
def status_(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="see `models list`")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="also compare hashes, which reads all files")
    ] = False,
) -> None:
    """Say what is here of a model and where; the exit status is 1 when one that is named lacks
    something."""
    whole = True
    for found in [status(name)] if name else list_models():
        typer.echo(f"{found.model.name}: {_state(found)}")
        for part in found.parts:
            problems = [*part.problems, *(wrong_hashes(part) if verify else ())]
            whole &= part.state == "complete" and not problems
            _show_part(part, problems)
    if name and not whole:
        raise typer.Exit(1)


@app.command("download")
def download_(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
) -> None:
    """Download a model from the Hugging Face hub, or go on where that stopped."""
    found = status(name)
    if found.state == "complete":
        typer.echo(f"{name}: is complete already")
        return
    model, lacking = found.model, [p for p in found.parts if p.state != "complete"]
    to_come = sum(part.total - part.here for part in lacking)
    about = "about " if model.size_is_estimate else ""
    typer.echo(f"{model.title}: {about}{_bytes(to_come)} to come into {models_folder()}")
    for part in lacking:
        typer.echo(f"    from     {part.part.source}")
    for licence in dict.fromkeys(part.part.licence for part in lacking):
        typer.echo(f"    licence  {_licence(licence)}")
    if not yes and _asks():
        typer.confirm("Download it under these terms?", default=True, abort=True)
    try:
        _download_with_bar(name)
    except (RenderCancelled, KeyboardInterrupt):
        typer.echo("stopped; what arrived is kept, the same command goes on from there", err=True)
        raise typer.Exit(STOPPED) from None
    typer.echo(f"{name}: complete")
    if name == "seine":
        typer.echo(f"next: python -m seine_core convert {path(name)} -o seine-pipeline")


@app.command("path")
def path_(
    name: Name,
    part: Annotated[str, typer.Option(help="one part alone, such as base")] = "",
) -> None:
    """Print where the whole model is, a line for each part; fail when it is not here."""
    for each in [part] if part else [part.name for part in find(name).parts]:
        typer.echo(path(name, each))


def convert(
    checkpoint: Annotated[Path, typer.Argument(metavar="SEINE.PT", help="SEINE's checkpoint")],
    output: Annotated[Path, typer.Option("-o", "--output", help="the new folder")],
    base: Annotated[
        str | None,
        typer.Option(help="Stable Diffusion 1.4's folder or hub id; `models path` if left out"),
    ] = None,
    dtype: Annotated[str, typer.Option(help="float32, float16 or bfloat16")] = "float32",
    allow_download: Annotated[
        bool, typer.Option("--download", help="fetch a base that is not here from the hub")
    ] = False,
) -> None:
    """Make one folder for SeinePipeline.from_pretrained from seine.pt and Stable Diffusion 1.4."""
    from seine_core.pipeline.convert import convert as make
    from seine_core.pipeline.placement import DTYPES

    if dtype not in DTYPES:
        raise BadInput(subject="dtype", received=dtype, allowed=DTYPES)
    _quiet_libraries()
    out = make(checkpoint, base, output, DTYPES[dtype], download=allow_download)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    typer.echo(f"{out}: {size / 1e9:.2f} GB, {dtype}")


def _quiet_libraries() -> None:
    """No bars and hints of theirs between our lines."""
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()


def _asks() -> bool:
    """Whether somebody is there to answer; a script that runs the command has decided."""
    return sys.stdin.isatty()


def _download_with_bar(name: str) -> None:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("asking the hub", total=None)

        def report(progress: Download) -> None:
            bar.update(
                task, description=progress.file, completed=progress.done, total=progress.total
            )

        download(name, report)


def _show_part(part: PartStatus, problems: list[str]) -> None:
    where = f"{part.folder}{' (the hub cache)' if part.in_hub_cache else ''}"
    amount = f"{_bytes(part.here)} of {_bytes(part.total)}" if part.here else "nothing here"
    typer.echo(f"    {part.part.name:10} {part.state:8} {amount}, {where}")
    for problem in problems:
        typer.echo(f"    {'':10} {problem}")
    if part.state != "complete":
        typer.echo(f"    {'':10} by hand: {by_hand(part.part, str(own_folder(part.part)))}")


def _state(found: ModelStatus) -> str:
    if found.state == "partial":
        return f"incomplete, {_bytes(found.here)} here"
    return {"complete": "complete", "missing": "not here"}[found.state]


def _size(model: Model) -> str:
    return f"{'about ' if model.size_is_estimate else ''}{_bytes(model.size)}"


def _bytes(count: int) -> str:
    if count >= 1e10:
        return f"{count / 1e9:.0f} GB"
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


def _licence(licence: Licence) -> str:
    return f"{licence.name}{f', {licence.note}' if licence.note else ''}: {licence.url}"
