"""The command `study`: which method people prefer."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from seine_core.cli.output import write_text_file
from seine_core.errors import BadInput


def study(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="what `evaluate` wrote, or one subfolder of clips for each method"
        ),
    ],
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines in")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one")] = 7861,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="what raters find this server under; IPs need none"),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="a proxy whose X-Forwarded-* headers are believed"),
    ] = None,
    per_address: Annotated[
        int | None, typer.Option(metavar="N", help="raters at one address; 30 if left out")
    ] = None,
    invite: Annotated[
        int | None,
        typer.Option(metavar="N", help="print N more links for one rater each; only they let in"),
    ] = None,
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
    from seine_core.study.votes import FILE, PER_ADDRESS, begin_votes, open_votes

    if results or csv:
        with contextlib.closing(open_votes(folder / FILE)) as votes:
            cast = votes.votes()
        if csv:
            write_text_file(csv, report.as_csv(cast))
            typer.echo(f"{csv}: {len(cast)} votes")
        if results:
            typer.echo(report.as_text(preference(cast)))
        return

    from seine_core.study.material import read_material
    from seine_core.study.server import build
    from seine_core.web.addresses import Proxies, public_names
    from seine_core.web.guard import is_loopback
    from seine_core.web.server import listen, own_address, serve

    names, proxies = name or [], proxy or []
    public_names(names), Proxies(proxies)
    if per_address is not None and per_address < 1:
        raise BadInput(subject="per-address", received=per_address, allowed="1 and more")
    local = is_loopback(host) and not proxies
    material = read_material(folder)
    for note in material.notes:
        typer.echo(f"note: {note}", err=True)
    with (
        listen(host, port) as listener,
        contextlib.closing(
            begin_votes(folder / FILE, seed=seed, question=question, length=trials)
        ) as votes,
    ):
        pages = build(
            material,
            votes,
            local=local,
            names=names,
            proxies=proxies,
            per_address=per_address or PER_ADDRESS,
        )
        invitations = votes.invite(invite) if invite is not None else []
        address = own_address(listener, host, names, proxies)
        if not local:
            reached = f"the proxy {proxies[0]}" if proxies else host
            typer.echo(f"note: anybody who reaches {reached} can take part", err=True)
        typer.echo(f"{', '.join(material.methods)}: {len(material.clips)} items")
        typer.echo(f"for raters:   {address}")
        for token in invitations:
            typer.echo(f"for one rater, once: {address}#{token}")
        typer.echo(f"for you only: {address}results/{votes.settings.results_key}")
        typer.echo(f"votes are kept in {folder / FILE}; stop with Ctrl+C")
        serve(pages, listener, proxies=proxies)
