"""Odd requests for every route of a running server: its own list of routes, and what to send them.

The list is read from the app, so a route that a new release of Gradio brings is probed too.
"""

import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get")
PARAMETERS = ("0", "x" * 3000, "%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "-1", "%F0%9F%98%80")
JSON = "application/json"
DEEP = b"[" * 5_000 + b"]" * 5_000
BODIES: tuple[tuple[str | None, bytes], ...] = (
    (None, b"x"),
    (JSON, b""),
    (JSON, b"null"),
    (JSON, b"{"),
    (JSON, b'"\\ud800"'),
    (JSON, b"\xff\xfe\x00"),
    (JSON, DEEP),
    (JSON, b'{"data": ' + DEEP + b"}"),
    (JSON, b"1e999"),
    (JSON, b"1" * 5000),
    (JSON, b'{"data": [NaN, -Infinity], "session_hash": 0, "fn_index": 1.5, "event_id": []}'),
    (JSON, b'{"data": null, "session_hash": null, "fn_index": null, "event_id": null}'),
    (JSON, b'{"data": [], "session_hash": "\\u0000", "fn_index": -1, "event_id": "../x"}'),
    (JSON, b'{"data": {}, "session_hash": {}, "fn_index": 18446744073709551616}'),
    ("application/json; charset=utf-7", b"+ADw-"),
    ("application/json; charset=nothing", b"{}"),
    ("application/x-www-form-urlencoded", b"username=%ff&password=" + b"x" * 5000),
    ("application/x-www-form-urlencoded", b"username=a&username=b&password"),
    ("multipart/form-data", b"--x\r\n\r\n--x--"),
    ("multipart/form-data; boundary=" + "x" * 500, b"--x"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="../\xff\x00"\r\n\r\na\r\n',
    ),
    ("text/html; ;;=", b"<script>"),
    ("\xff/\xfe", b"x"),
)
HEADERS: tuple[dict[str, str], ...] = (
    {"Accept": "*/*;q=nan,\xff"},
    {"Accept-Encoding": "gzip;q=x, br;q=-1, \xff"},
    {"Accept-Language": "x" * 4000},
    {"Authorization": "Bearer \xff\xfe"},
    {"Authorization": "Basic !!"},
    {"Content-Encoding": "gzip"},
    {"Cookie": "; =; a=\xff; access-token-=x; \x09"},
    {"Forwarded": "for=;;proto=\xff"},
    {"Host": ""},
    {"Host": "[::1"},
    {"Host": "127.0.0.1:99999"},
    {"Host": "\xff"},
    {"If-Modified-Since": "yesterday"},
    {"If-None-Match": '"' + "x" * 4000},
    {"Last-Event-ID": "\xff"},
    {"Origin": "http://[::1"},
    {"Origin": "\xff"},
    {"Range": "bytes=9-1,-0,x-"},
    {"Referer": "\xff"},
    {"Sec-Fetch-Site": "\xff"},
    {"Transfer-Encoding": "gzip"},
    {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
    {"X-Forwarded-For": "\xff, x", "X-Forwarded-Host": "\xff", "X-Forwarded-Proto": "\xff"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript"},
    {"x-gradio-server": "http://[", "x-gradio-user": "\xff", "x-zerogpu-token": "\xff"},
    {"x-gradio-target": "\xff"},
)
QUERIES = (
    "session_hash=",
    "session_hash=%00&session_hash=x",
    "session_hash=" + "x" * 4000,
    "upload_id=x&logs=%ff&last_updated=nan",
    "__theme=%ff&deep_link=../x&view=api",
    "path=%ff&id=..%2f&name=%00",
    "%ff=%ff&&=&;",
)


@dataclass(frozen=True)
class Probe:
    """One request. Header values are Latin-1, so that any byte can be sent."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def __str__(self) -> str:
        parts = (self.method, self.path[:150], str(self.headers)[:200], str(self.body)[:80])
        return " ".join(part for part in parts if part not in ("{}", "None"))


def routes(app: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(path with its parameters in braces, method) of all that an app answers, mounted apps and
    included routers too."""
    for route in app.routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        path = prefix + getattr(route, "path", "")
        if methods := getattr(route, "methods", None):
            yield from ((path, method) for method in sorted(methods))
        elif hasattr(inner, "routes"):
            yield from routes(inner, path)


def probes(listed: Sequence[tuple[str, str]]) -> Iterator[Probe]:
    """Every route with every method and odd parameters, and with odd queries, headers and bodies
    for the methods that it has."""
    for path in sorted({path for path, _ in listed}):
        own = sorted({method for known, method in listed if known == path} - {"HEAD"})
        yield from (Probe(method, filled(path, "x")) for method in METHODS)
        for method in own:
            if "{" in path:
                yield from (Probe(method, filled(path, value)) for value in PARAMETERS)
            plain = filled(path, "x")
            yield from (Probe(method, f"{plain}?{query}") for query in QUERIES)
            yield from (Probe(method, plain, headers) for headers in HEADERS)
            if method == "GET":
                continue
            for kind, body in BODIES:
                yield Probe(method, plain, {"Content-Type": kind} if kind else {}, body)


def filled(path: str, value: str) -> str:
    """`path` with `value` for each of its parameters."""
    parts = path.split("{")
    return parts[0] + "".join(value + part.partition("}")[2] for part in parts[1:])


def status(address: tuple[str, int], probe: Probe, patience_s: float) -> int:
    """The status that a probe is answered with, over a bare socket, as HTTP libraries send no
    malformed request. A short answer is read to its end; a stream of events, which has none, is
    not.

    Raises:
        OSError: no answer in time, or none that is HTTP.
    """
    headers = {"Host": f"127.0.0.1:{address[1]}", "Connection": "close"}
    if probe.body is not None:
        headers["Content-Length"] = str(len(probe.body))
    lines = [f"{probe.method} {probe.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in (headers | probe.headers).items()]
    with socket.create_connection(address, patience_s) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode("latin-1") + (probe.body or b""))
        with connection.makefile("rb") as answer:
            version, _, rest = answer.readline(10_000).partition(b" ")
            if not version.startswith(b"HTTP/1."):
                raise ConnectionError(f"received {version[:40]!r} for an answer")
            length = 0
            while (line := answer.readline(10_000).strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            answer.read(0 if probe.method == "HEAD" else length)
            return int(rest[:3])


@contextmanager
def logged_errors() -> Iterator[list[str]]:
    """The errors that any logger is told inside, as text."""
    told: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(self.format(record))

    listener = Listener(logging.ERROR)
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.error", "asyncio")]
    for logger in loggers:
        logger.addHandler(listener)
    try:
        yield told
    finally:
        for logger in loggers:
            logger.removeHandler(listener)
