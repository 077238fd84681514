"""Who is let in by Host, Origin and forwarded headers, as bytes on a socket."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from raw_requests import answer, connect, listening, read_on, status
from seine_core.errors import BadInput
from seine_core.web.addresses import Proxies, one_caller, parse_host, parse_origin, public_names
from seine_core.web.guard import Guard

END = b"Connection: close\r\n\r\n"


async def seen(request: Request) -> Response:
    if request.url.path == "/whole":
        await request.body()
    forwarded = [name for name in request.headers if "forwarded" in name or name == "x-real-ip"]
    client = request.client.host if request.client else None
    return JSONResponse({"url": str(request.url), "client": client, "forwarded": forwarded})


def guarded(**options: object) -> Starlette:
    guard = Middleware(Guard, name="editor", headers={"X-Guard": "yes"}, **options)
    return Starlette(
        routes=[Route("/{rest:path}", seen, methods=["GET", "POST"])], middleware=[guard]
    )


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    """A server for its own machine, one for others, and one behind a proxy on this machine."""
    kinds = {
        "local": guarded(local=True),
        "open": guarded(local=False, names=["studio.example"]),
        "proxied": guarded(local=False, names=["studio.example"], proxies=["127.0.0.1"]),
    }
    with ExitStack() as servers:
        yield {kind: servers.enter_context(listening(app))[0] for kind, app in kinds.items()}


def ask(port: int, *headers: str, line: str = "GET / HTTP/1.1", host: str | None = None) -> bytes:
    named = [] if host == "" else [f"Host: {host or f'127.0.0.1:{port}'}"]
    lines = "".join(f"{each}\r\n" for each in (line, *named, *headers))
    return answer(port, lines.encode("latin-1") + END)


def body(said: bytes) -> dict[str, object]:
    assert status(said) == 200, said
    return json.loads(said.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    ("host", "local", "others"),
    [
        ("127.0.0.1", 200, 200),
        ("LocalHost:1", 200, 200),
        ("[::1]:7860", 200, 200),
        ("127.8.9.1", 200, 200),
        ("192.0.2.1", 403, 200),  # no other site can have an address as its name
        ("[2001:db8::1]:80", 403, 200),
        ("STUDIO.example:99", 403, 200),
        ("evil.example", 403, 403),
        ("127.0.0.1.evil.example", 403, 403),
        ("localhost.evil.example", 403, 403),
        ("2130706433", 403, 403),
        ("127.1", 403, 403),
        ("studio.example.", 403, 400),
        ("user@127.0.0.1", 403, 400),
        ("127.0.0.1/", 403, 400),
        ("127.0.0.1 evil.example", 403, 400),
        ("127.0.0.1,evil.example", 403, 400),
        ("127.0.0.1:0", 403, 400),
        ("127.0.0.1:65536", 403, 400),
        ("127.0.0.1:7x", 403, 400),
        ("127.0.0.1#", 403, 400),
        ("[::1", 403, 400),
        ("[::1]x", 403, 400),
        ("[fe80::1%25lo]", 403, 400),
        ("http://127.0.0.1", 403, 400),
        ("\xe9vil.example", 403, 400),
        ("a" * 300, 403, 400),
        (" ", 403, 400),
    ],
)
def test_hosts(ports: dict[str, int], host: str, local: int, others: int) -> None:
    assert status(ask(ports["local"], host=host)) == local
    assert status(ask(ports["open"], host=host)) == others


def test_a_request_for_no_host(ports: dict[str, int]) -> None:
    for line in ("GET / HTTP/1.0", "GET / HTTP/1.1"):
        assert status(ask(ports["open"], line=line, host="")) == 400
    assert status(ask(ports["open"], line="GET / HTTP/1.0")) == 200


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        ("http://127.0.0.1:{port}", 200),
        ("HTTP://127.0.0.1:{port}", 200),
        ("https://127.0.0.1:{port}", 403),
        ("http://127.0.0.1", 403),
        ("http://127.0.0.1:{port}/", 403),
        ("http://x@127.0.0.1:{port}", 403),
        ("http://127.0.0.1:{port}.evil.example", 403),
        ("http://localhost:{port}", 403),
        ("//127.0.0.1:{port}", 403),
        ("file://", 403),
        ("null", 403),
        ("", 403),
        ("http://127.0.0.1:{port} http://evil.example", 403),
    ],
)
def test_origins(ports: dict[str, int], origin: str, says: int) -> None:
    port = ports["local"]
    header = f"Origin: {origin.format(port=port)}"
    assert status(ask(port, header, line="POST / HTTP/1.1")) == says
    assert status(ask(port, header)) == says


def test_an_origin_has_the_ports_that_go_without_saying() -> None:
    for origin, host, scheme in (
        ("http://a", "a:80", "http"),
        ("https://A:443", "a", "https"),
        ("http://[::1]", "[0:0:0:0:0:0:0:1]:80", "http"),
    ):
        assert parse_origin(origin) == parse_host(host, scheme)
    assert parse_origin("https://a") != parse_host("a:443", "http")


def test_what_browsers_say_of_a_site(ports: dict[str, int]) -> None:
    port = ports["local"]
    own, post = f"Origin: http://127.0.0.1:{port}", "POST / HTTP/1.1"
    same, cross = "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"
    assert status(ask(port, same, own, line=post)) == 200
    assert status(ask(port, same, "Origin: null", line=post)) == 200, "a form without a referrer"
    assert status(ask(port, same, "Origin: http://evil.example", line=post)) == 403
    assert status(ask(port, cross, own, line=post)) == 403
    assert status(ask(port, cross, "Sec-Fetch-Mode: navigate")) == 200, "a link"
    assert status(ask(port, cross, "Sec-Fetch-Mode: navigate", line=post)) == 403
    assert status(ask(port, cross)) == 403


@pytest.mark.parametrize(
    "line",
    [
        "GET http://127.0.0.1/ HTTP/1.1",
        "GET http://evil.example/ HTTP/1.1",
        "GET //evil.example/ HTTP/1.1",
        "GET /%2fevil.example HTTP/1.1",
        "GET /%5Cevil.example HTTP/1.1",
        "GET /\\evil.example HTTP/1.1",
        "GET /a/../b HTTP/1.1",
        "GET /a/%2e%2e/b HTTP/1.1",
        "GET /a/. HTTP/1.1",
        "GET /%00 HTTP/1.1",
        "GET /a%0d%0aSet-Cookie:x HTTP/1.1",
        "GET index.html HTTP/1.1",
        "GET * HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT evil.example:443 HTTP/1.1",
        "GET / HTTP/2.0",
        "GET / HTTP/0.9",
    ],
)
def test_targets_that_no_page_here_has(ports: dict[str, int], line: str) -> None:
    said = ask(ports["open"], line=line)
    assert status(said) == 400 and b"evil" not in said
    assert b"connection: close" in said.lower()


def test_dots_and_letters_of_all_kinds_are_paths(ports: dict[str, int]) -> None:
    for path in ("/a..b/.c", "/%C3%A9%20", "/?x=//../%2f", "/%ff", "/..."):
        assert status(ask(ports["open"], line=f"GET {path} HTTP/1.1")) == 200


@pytest.mark.parametrize(
    "headers",
    [
        ("Origin: http://a.example", "Origin: http://a.example"),
        ("Cookie: a=b", "Cookie: a=c"),
        ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"),
        ("Content-Type: a/b", "content-type: c/d"),
        ("X-Forwarded-Host: a", "X-Forwarded-Host: b"),
    ],
    ids=str,
)
def test_headers_that_come_twice(ports: dict[str, int], headers: tuple[str, ...]) -> None:
    said = ask(ports["open"], *headers)
    assert status(said) == 400 and b"more than one" in said


def test_a_length_given_in_two_ways(ports: dict[str, int]) -> None:
    smuggled = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{ports['open']}\r\nContent-Length: 6\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n"
    ).encode()
    said = read_on(connect(ports["open"], smuggled))
    assert status(said) == 400 and said.count(b"HTTP/1.1 ") == 1


FORWARDED = (
    "X-Forwarded-For: 198.51.100.7",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: studio.example",
    "X-Real-IP: 198.51.100.7",
    "Forwarded: for=198.51.100.7",
)


def test_only_a_named_proxy_is_believed(ports: dict[str, int]) -> None:
    port = ports["open"]
    assert body(ask(port, *FORWARDED)) == {
        "url": f"http://127.0.0.1:{port}/",
        "client": "127.0.0.1",
        "forwarded": [],
    }
    assert body(ask(ports["proxied"], *FORWARDED)) == {
        "url": "https://studio.example/",
        "client": "198.51.100.7",
        "forwarded": [],
    }
    assert status(ask(port, "X-Forwarded-Host: studio.example", host="evil.example")) == 403
    said = ask(ports["proxied"], "X-Forwarded-Host: evil.example", host="studio.example")
    assert status(said) == 403 and b"--name evil.example" in said


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the first one anybody may have written
        ("198.51.100.7, 127.0.0.1", "198.51.100.7"),  # two proxies
        ("2001:db8::7", "2001:db8::7"),
        ("198.51.100.7, unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_for_whom_a_proxy_asks(ports: dict[str, int], hops: str, client: str) -> None:
    said = ask(ports["proxied"], f"X-Forwarded-For: {hops}", host="studio.example")
    assert body(said)["client"] == client


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Proto: gopher",
        "X-Forwarded-Proto: https, http",
        "X-Forwarded-Host: a/b",
        "X-Forwarded-Host: studio.example, evil.example",
    ],
)
def test_what_a_proxy_cannot_mean(ports: dict[str, int], header: str) -> None:
    assert status(ask(ports["proxied"], header, host="studio.example")) == 400


def test_the_origin_behind_a_proxy_with_https(ports: dict[str, int]) -> None:
    for origin, says in (("https://studio.example", 200), ("http://studio.example", 403)):
        headers = (*FORWARDED, f"Origin: {origin}")
        assert status(ask(ports["proxied"], *headers, line="POST / HTTP/1.1")) == says


def test_an_address_behind_a_proxy_has_so_many_requests_at_once() -> None:
    app = guarded(local=False, proxies=["127.0.0.1"], per_address=2)
    own, other = "X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 198.51.100.8"
    with listening(app) as (port, _), ExitStack() as busy:
        for _ in range(2):
            head = f"POST /whole HTTP/1.1\r\nHost: 127.0.0.1\r\n{own}\r\nContent-Length: 1\r\n"
            waiting = connect(port, f"{head}Expect: 100-continue\r\n\r\n".encode())
            assert b" 100 " in waiting.recv(100), "it is under way"
            busy.enter_context(waiting)
        assert status(ask(port, own)) == 429
        assert status(ask(port, other)) == status(ask(port)) == 200
        busy.close()
        while status(ask(port, own)) == 429:
            time.sleep(0.01)


@pytest.mark.parametrize(
    "wrong", ["studio.example", "", "0.0.0.0/0", "::/0", "10.0.0.0/99", "127.0.0.1:80", "*"]
)
def test_what_is_no_proxy(wrong: str) -> None:
    with pytest.raises(BadInput, match="--proxy"):
        Proxies([wrong])


@pytest.mark.parametrize("wrong", ["https://studio.example", "", "a b", "*", "studio.example/x"])
def test_what_is_no_name(wrong: str) -> None:
    with pytest.raises(BadInput, match="--name"):
        public_names([wrong])


def test_one_caller_is_a_household() -> None:
    assert one_caller("2001:db8::1") == one_caller("2001:db8::ffff:1") != one_caller("2001:db9::1")
    assert one_caller("::ffff:192.0.2.1") == one_caller("192.0.2.1") != one_caller("192.0.2.2")


def test_no_websocket_is_opened() -> None:
    sent: list[Message] = []

    async def application(scope: object, receive: object, send: object) -> None:
        raise AssertionError("it came through")

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = Guard(application, local=True, name="editor", headers={})
    asyncio.run(guard({"type": "websocket", "headers": [], "path": "/"}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
