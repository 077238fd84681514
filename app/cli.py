"""The editor's command line. The page itself is imported only when it is to be served."""

import os
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from app.served.accounts import read_accounts

STORY_FILE = "story.json"  # spelt again, as importing the core takes longer than `--help` may

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@command.command()
def serve_editor(
    story: Annotated[
        Path | None,
        typer.Argument(
            metavar="STORY",
            help="a folder with a story.json to open in place; without it everybody who visits "
            "gets stories of their own in the workspace; the first begins as the sample",
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="127.0.0.1 is for you alone")] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 7860,
    auth: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:PASSWORD",
            help="ask for a login; may be given for several people, each of whom has stories of "
            "their own. @FILE reads them from a file, one a line, and out of sight of `ps`",
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST",
            help="what others find this server under, like studio.example; may be given for "
            "several. Under names that it does not know it answers nobody; IP addresses need none",
        ),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="where a proxy asks from that may say with X-Forwarded-For, -Proto and -Host on "
            "whose behalf it asks, like 127.0.0.1; may be given for several. Of nobody else this "
            "is believed",
        ),
    ] = None,
    root_path: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help="the path under which a proxy has this editor on a host with others, like /studio",
        ),
    ] = "",
    workspace: Annotated[
        Path,
        typer.Option(metavar="DIR", help="where stories, clips and finished videos are kept"),
    ] = Path("workspace"),
    max_upload_mb: Annotated[
        int, typer.Option(metavar="N", help="the largest file that can be added, in MB")
    ] = 500,
    open_page: Annotated[
        bool, typer.Option("--open/--no-open", help="open the page in the browser")
    ] = False,
) -> None:
    """The storyboard editor, in your browser."""
    try:
        _check(story, port, workspace, max_upload_mb)
        accounts = read_accounts(auth or [])
    except ValueError as error:
        raise _refusal(error) from None
    # Set before the import: nothing is sent anywhere, and no update is asked for.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

    from app.served.under_path import checked_root_path
    from seine_core.errors import BadInput
    from seine_core.web.addresses import Proxies, public_names
    from seine_core.web.guard import is_loopback
    from seine_core.web.server import listen, own_address, serve

    names, proxies = name or [], proxy or []
    local = is_loopback(host) and not proxies
    try:
        public_names(names), Proxies(proxies)
        root_path = checked_root_path(root_path)
        with listen(host, port) as listener:
            if not (local or accounts):
                reached = f"the proxy {proxies[0]}" if proxies else host
                _say(f"anybody who reaches {reached} can use this editor; --auth asks for a login")
            from app.main import build

            server = build(
                workspace,
                story=story,
                max_upload_mb=max_upload_mb,
                local=local,
                accounts=accounts,
                names=names,
                proxies=proxies,
                root_path=root_path,
            )
            url = own_address(listener, host, names, proxies, root_path)
            print(
                f"SEINE Storyboard: {url}  (stories in {workspace}; stop with Ctrl+C)", flush=True
            )
            if open_page:
                threading.Timer(1.5, webbrowser.open, (url,)).start()
            serve(server, listener, proxies=proxies)
    except BadInput as error:
        raise _refusal(error) from None


def _say(message: str) -> None:
    typer.echo(f"app.py: {message}", err=True)


def _refusal(error: ValueError) -> typer.Exit:
    _say(str(error))
    return typer.Exit(2)


def _check(story: Path | None, port: int, workspace: Path, max_upload_mb: int) -> None:
    """Raises:
    ValueError: an argument that the server could not start with.
    """
    if not 1 <= port <= 65535:
        raise ValueError(f"--port: received {port}, allowed 1 to 65535")
    if not 1 <= max_upload_mb <= 100_000:
        raise ValueError(f"--max-upload-mb: received {max_upload_mb}, allowed 1 to 100000")
    if story is not None and not (story / STORY_FILE).is_file():
        raise ValueError(f"{story}: holds no {STORY_FILE}; give a story's folder")
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        writable = os.access(workspace, os.W_OK | os.X_OK)
    except OSError as error:
        raise ValueError(f"--workspace {workspace}: cannot be made ({error.strerror})") from None
    if not writable:
        raise ValueError(f"--workspace {workspace}: cannot be written; choose another folder")
