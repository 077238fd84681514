"""The server that the editor and the study run in: where it listens, and what it logs."""

import asyncio
import contextlib
import logging
import socket
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from seine_core.errors import BadInput
from seine_core.web.addresses import Proxies
from seine_core.web.connection import Connection, Room
from seine_core.web.limits import LIMITS, Limits

log = logging.getLogger(__name__)

LINES_A_MINUTE = 300
_LONGEST_LINE = 1000


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes callers from now on; they wait until the server is up.

    Raises:
        BadInput: the address cannot be listened on.
    """
    if not 0 <= port <= 65535:
        raise BadInput(subject="port", received=port, allowed="0 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP by its number: only then asyncio sends the parts of an answer without waiting for the
    # caller's word that the one before has come, which takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just freed is free
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise BadInput(
            f"{host}:{port} cannot be used", reason=error, advice="choose another with --port"
        ) from None
    return listener


def own_address(
    listener: socket.socket,
    host: str,
    names: Sequence[str] = (),
    proxies: Sequence[str] = (),
    root_path: str = "",
) -> str:
    """What the people whom the server is for type into the address bar."""
    if names and proxies:
        return f"https://{names[0]}{root_path}/"
    name = names[0] if names else "localhost" if host in ("0.0.0.0", "::") else host
    bracketed = f"[{name}]" if name.count(":") > 1 and "[" not in name else name
    return f"http://{bracketed}:{listener.getsockname()[1]}{root_path}/"


def server(app: ASGIApp, *, proxies: Sequence[str] = (), limits: Limits = LIMITS) -> uvicorn.Server:
    """The server of `app`, not yet running. Connections of `proxies` are not counted by address.

    Raises:
        BadInput: one of `proxies` is no address.
    """
    logging.getLogger("uvicorn.error").addFilter(_not_said_twice)
    room = Room(_within_the_system(limits), Proxies(proxies))
    config = uvicorn.Config(
        _Plainly(app),
        http=cast(Any, partial(Connection, room)),
        ws="none",
        h11_max_incomplete_event_size=2 * limits.head_bytes,  # `Connection` is the one who refuses
        timeout_keep_alive=cast(int, limits.idle_s),
        timeout_graceful_shutdown=2,  # an open page would hold Ctrl+C up for ever
        proxy_headers=False,  # the guard reads them, and knows of whom
        server_header=False,
        log_config=None,
        log_level="warning",
        access_log=False,
    )
    return uvicorn.Server(config)


def serve(app: ASGIApp, listener: socket.socket, *, proxies: Sequence[str] = ()) -> None:
    """Serve until stopped by a signal."""
    log_lines()
    with contextlib.suppress(KeyboardInterrupt):
        server(app, proxies=proxies).run([listener])


def _within_the_system(limits: Limits) -> Limits:
    if sys.platform == "win32":
        return limits
    import resource  # not on Windows

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2  # files and pipes need some, too
    return replace(limits, connections=min(limits.connections, most))


def log_lines() -> None:
    """Write what is logged to stderr, each on one line with its time."""
    logging.basicConfig(handlers=[line_handler()], level=logging.WARNING)


def line_handler() -> logging.Handler:
    """Writes records to stderr, each on one line, and so many a minute."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Sparing())
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s"))
    return handler


def _not_said_twice(record: logging.LogRecord) -> bool:
    """`Connection` says of whom it is."""
    return record.msg != "Invalid HTTP request received."


class _Sparing(logging.Filter):
    """So many lines a minute of each logger, so that nobody fills the disk by being refused."""

    def __init__(self) -> None:
        super().__init__()
        self._minutes: dict[str, tuple[int, int]] = {}  # by logger: which one, and its lines

    def filter(self, record: logging.LogRecord) -> bool:
        now = int(record.created // 60)
        minute, lines = self._minutes.get(record.name, (now, 0))
        if minute != now:
            if lines > LINES_A_MINUTE:
                left_out = lines - LINES_A_MINUTE
                record.msg = f"{record.getMessage()} ({left_out} lines before this were left out)"
                record.args = ()
            lines = 0
        self._minutes[record.name] = now, lines + 1
        return lines < LINES_A_MINUTE


class _OneLine(logging.Formatter):
    """Nothing that a caller sent begins a line of its own, or moves a terminal's cursor."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        text = super().formatMessage(record)
        plain = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
        return plain if len(plain) <= _LONGEST_LINE else f"{plain[:_LONGEST_LINE]}…"


class _Plainly:
    """Says in one line what an application failed at, and nothing of a caller who left."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def watched(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except (ClientDisconnect, asyncio.CancelledError):
            return  # the caller left, or the server stops
        except Exception as error:
            log.error("%s %s failed: %s", scope["method"], scope["path"][:200], summary(error))
            log.debug("", exc_info=error)
            if not started:
                await PlainTextResponse("Internal Server Error\n", 500)(scope, receive, send)


def summary(error: Exception) -> str:
    """What it is and the last places that it came through, the innermost first, for a log."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = ", ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(frames))
    return f"{type(error).__name__}: {str(error)[:300]} ({places})"
