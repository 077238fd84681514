"""The command `study`: which method people prefer."""

import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seine_core.errors import BadInput

if TYPE_CHECKING:
    from starlette.applications import Starlette


def study(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="what `evaluate` wrote, or one subfolder of clips for each method"
        ),
    ],
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines in")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one")] = 7861,
    question: Annotated[str | None, typer.Option(help="what raters are asked")] = None,
    trials: Annotated[int | None, typer.Option(help="pairs for each rater; 60 if left out")] = None,
    seed: Annotated[int | None, typer.Option(help="of order and sides; 0 if left out")] = None,
    results: Annotated[
        bool, typer.Option("--results", help="only print what the votes say")
    ] = False,
    csv: Annotated[Path | None, typer.Option(help="write all votes to this file, and end")] = None,
) -> None:
    """Ask people which of two clips is better, side by side in the browser, without saying who made
    them. Votes are kept in DIR/study.sqlite; the same command goes on with the study."""
    from seine_core.study import report
    from seine_core.study.preference import preference
    from seine_core.study.votes import FILE, begin_votes, open_votes

    if results or csv:
        with contextlib.closing(open_votes(folder / FILE)) as votes:
            cast = votes.votes()
        if csv:
            _write(csv, report.as_csv(cast))
            typer.echo(f"{csv}: {len(cast)} votes")
        if results:
            typer.echo(report.as_text(preference(cast)))
        return

    from seine_core.guard import is_loopback
    from seine_core.study.material import read_material
    from seine_core.study.server import build

    material = read_material(folder)
    for note in material.notes:
        typer.echo(f"note: {note}", err=True)
    with (
        _listener(host, port) as listener,
        contextlib.closing(
            begin_votes(folder / FILE, seed=seed, question=question, length=trials)
        ) as votes,
    ):
        name = "localhost" if host in ("0.0.0.0", "::") else host
        address = f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}/"
        if not is_loopback(host):
            typer.echo(f"note: anybody who reaches {host} can take part", err=True)
        typer.echo(f"{', '.join(material.methods)}: {len(material.clips)} items")
        typer.echo(f"for raters:   {address}")
        typer.echo(f"for you only: {address}results/{votes.settings.results_key}")
        typer.echo(f"votes are kept in {folder / FILE}; stop with Ctrl+C")
        with contextlib.suppress(KeyboardInterrupt):
            _serve(listener, build(material, votes, local=is_loopback(host)))


def _serve(listener: socket.socket, pages: "Starlette") -> None:
    import uvicorn

    config = uvicorn.Config(
        pages,
        log_level="warning",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=2,  # an open page would hold Ctrl+C up for ever
    )
    uvicorn.Server(config).run([listener])


def _listener(host: str, port: int) -> socket.socket:
    """Raises:
    BadInput: the address cannot be listened on.
    """
    if not 0 <= port <= 65535:
        raise BadInput(f"port: received {port}, allowed 0 to 65535")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just freed is free
    try:
        listener.bind((host, port))
        listener.listen()  # who comes before the server is up waits for it
    except OSError as error:
        listener.close()
        raise BadInput(
            f"{host}:{port} cannot be used ({error.strerror}); choose another with --port"
        ) from None
    return listener


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8", newline="")
    except OSError as error:
        raise BadInput(f"{file}: cannot be written ({error.strerror})") from None
