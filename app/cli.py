"""The editor's command line. The page itself is imported only when it is to be served."""

import argparse
import os
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from app.served.accounts import read_accounts

STORY_FILE = "story.json"  # spelt again, as importing the core takes longer than `--help` may


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the editor until it is stopped; 2 when it cannot start."""
    args = _parser().parse_args(argv)
    try:
        _check(args)
        accounts = read_accounts(args.auth)
    except ValueError as error:
        print(f"app.py: {error}", file=sys.stderr)
        return 2
    # Set before the import: nothing is sent anywhere, and no update is asked for.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

    from seine_core.errors import BadInput
    from seine_core.web.addresses import Proxies, public_names
    from seine_core.web.guard import is_loopback
    from seine_core.web.server import listen, own_address, serve

    local = is_loopback(args.host) and not args.proxy
    try:
        public_names(args.name), Proxies(args.proxy)
        with listen(args.host, args.port) as listener:
            if not (local or accounts):
                reached = f"the proxy {args.proxy[0]}" if args.proxy else args.host
                print(
                    f"app.py: anybody who reaches {reached} can use this editor; "
                    "--auth asks for a login",
                    file=sys.stderr,
                )
            from app.main import build

            server = build(
                args.workspace,
                story=args.story,
                max_upload_mb=args.max_upload_mb,
                local=local,
                accounts=accounts,
                names=args.name,
                proxies=args.proxy,
            )
            url = own_address(listener, args.host, args.name, args.proxy)
            print(
                f"SEINE Storyboard: {url}  (stories in {args.workspace}; stop with Ctrl+C)",
                flush=True,
            )
            if args.open:
                threading.Timer(1.5, webbrowser.open, (url,)).start()
            serve(server, listener, proxies=args.proxy)
    except BadInput as error:
        print(f"app.py: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="app.py", description="The storyboard editor, in your browser."
    )
    parser.add_argument(
        "story",
        nargs="?",
        type=Path,
        metavar="STORY",
        help="a folder with a story.json to open in place; without it everybody who visits gets "
        "stories of their own in the workspace; the first begins as the sample",
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s, only you")
    parser.add_argument("--port", type=int, default=7860, help="default: %(default)s")
    parser.add_argument(
        "--auth",
        action="append",
        default=[],
        metavar="NAME:PASSWORD",
        help="ask for a login; may be given for several people, each of whom has stories of their "
        "own. @FILE reads them from a file, one a line, and out of sight of `ps`",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="what others find this server under, like studio.example; may be given for several. "
        "Under names that it does not know it answers nobody; IP addresses need none",
    )
    parser.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="where a proxy asks from that may say with X-Forwarded-For, -Proto and -Host on whose "
        "behalf it asks, like 127.0.0.1; may be given for several. Of nobody else this is believed",
    )
    parser.add_argument(
        "--workspace",
        type=Path,
        default=Path("workspace"),
        metavar="DIR",
        help="where stories, clips and finished videos are kept; default: %(default)s",
    )
    parser.add_argument(
        "--max-upload-mb",
        type=int,
        default=500,
        metavar="N",
        help="the largest file that can be added, in MB; default: %(default)s",
    )
    parser.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="open the page in the browser; default: --no-open",
    )
    return parser


def _check(args: argparse.Namespace) -> None:
    """Raises:
    ValueError: an argument that the server could not start with.
    """
    if not 1 <= args.port <= 65535:
        raise ValueError(f"--port: received {args.port}, allowed 1 to 65535")
    if not 1 <= args.max_upload_mb <= 100_000:
        raise ValueError(f"--max-upload-mb: received {args.max_upload_mb}, allowed 1 to 100000")
    if args.story is not None and not (args.story / STORY_FILE).is_file():
        raise ValueError(f"{args.story}: holds no {STORY_FILE}; give a story's folder")
    try:
        args.workspace.mkdir(parents=True, exist_ok=True)
        writable = os.access(args.workspace, os.W_OK | os.X_OK)
    except OSError as error:
        raise ValueError(
            f"--workspace {args.workspace}: cannot be made ({error.strerror})"
        ) from None
    if not writable:
        raise ValueError(f"--workspace {args.workspace}: cannot be written; choose another folder")
