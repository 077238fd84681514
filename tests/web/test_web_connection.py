"""Whatever is drawn out ends; who is honest is served meanwhile; what is no HTTP is one line."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from raw_requests import PATIENCE_S, answer, connect, listening, read_on, status
from seine_core.web.limits import Limits

HOST = b"Host: 127.0.0.1\r\n"
GET = b"GET /hello HTTP/1.1\r\n" + HOST
LAST = GET + b"Connection: close\r\n\r\n"
POST = b"POST /count HTTP/1.1\r\n" + HOST
UNHURRIED = b"Content-Length: 5\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
LONG = 300.0  # longer than any test
PATIENT = Limits(head_s=LONG, idle_s=LONG, window_s=LONG, answer_window_s=LONG, linger_s=0.2)


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello\n")


async def count(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())}\n")


async def refuse(request: Request) -> Response:
    return PlainTextResponse("no\n", 413)


async def large(request: Request) -> Response:
    return Response(bytes(20_000_000))


async def fail(request: Request) -> Response:
    raise ValueError("first\nsecond \x1b[2J")


APP = Starlette(
    routes=[
        Route("/hello", hello),
        Route("/count", count, methods=["POST"]),
        Route("/refuse", refuse, methods=["POST"]),
        Route("/large", large),
        Route("/fail", fail),
    ]
)


def wait_for(serving: uvicorn.Server, connections: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while len(serving.server_state.connections) != connections:
        assert time.monotonic() < end, len(serving.server_state.connections)
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"", 0),
        (GET, 408),
        (b"GET /hel", 408),
        (b"\x00", 400),
        (LAST[:-2], 408),
    ],
    ids=str,
)
def test_a_head_that_does_not_end(sent: bytes, says: int) -> None:
    with listening(APP, replace(PATIENT, head_s=0.2)) as (port, serving):
        assert status(answer(port, sent)) == says
        wait_for(serving, 0)


def test_a_head_that_comes_line_by_line(caplog: pytest.LogCaptureFixture) -> None:
    with listening(APP, replace(PATIENT, head_s=0.3)) as (port, _):
        slow = connect(port, GET)
        with pytest.raises(OSError):
            while True:
                slow.sendall(b"X: y\r\n")
                time.sleep(0.01)
        slow.close()
    assert [record.message for record in caplog.records] == [
        "127.0.0.1: sent a head that did not end"
    ]


def test_a_second_head_and_a_pause_end_as_well() -> None:
    whole = GET + b"\r\n"
    with listening(APP, replace(PATIENT, head_s=0.3)) as (port, _):
        said = answer(port, whole + GET)
        assert said.count(b"HTTP/1.1 ") == 2 and b" 408 " in said
    with listening(APP, replace(PATIENT, idle_s=0.2)) as (port, _):
        assert answer(port, whole).endswith(b"hello\n")


@pytest.mark.parametrize("length", [b"Content-Length: 900\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_that_comes_too_slowly(length: bytes) -> None:
    with listening(APP, replace(PATIENT, window_s=0.2)) as (port, serving):
        assert status(answer(port, POST + length + b"\r\n2\r\n")) == 408
        wait_for(serving, 0)
        assert not serving.server_state.tasks


def test_a_body_that_gets_on_is_read() -> None:
    """As long as it takes: two windows and more."""
    quick = replace(PATIENT, window_s=0.2, floor_bytes=0)  # nobody is too slow for that
    with listening(APP, quick) as (port, _):
        sender = connect(port, POST + b"Content-Length: 30\r\nConnection: close\r\n\r\n")
        sent = 0
        before = time.monotonic()
        while sent < 29:
            sender.sendall(b"x")
            sent += 1
            time.sleep(0.02)
        assert time.monotonic() - before > 2 * quick.window_s
        sender.sendall(b"x")
        assert read_on(sender).endswith(b"30\n")


def test_a_refusal_is_read_though_the_body_goes_on() -> None:
    with listening(APP, PATIENT) as (port, serving):
        sender = connect(
            port, b"POST /refuse HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999\r\n\r\n"
        )
        sender.sendall(bytes(500_000))
        assert status(read_on(sender)) == 413
        wait_for(serving, 0)


def test_an_answer_that_nobody_reads() -> None:
    with listening(APP, replace(PATIENT, answer_window_s=0.2)) as (port, serving):
        lazy = [connect(port, b"GET /large HTTP/1.1\r\n" + HOST + b"\r\n") for _ in range(5)]
        wait_for(serving, 5)
        wait_for(serving, 0)
        assert not serving.server_state.tasks
        for each in lazy:
            assert len(read_on(each)) < 20_000_000


def test_an_answer_that_is_read_slowly_arrives() -> None:
    slow = replace(PATIENT, answer_window_s=0.1, floor_bytes=0, idle_s=0.1)
    with listening(APP, slow) as (port, _):
        reader = connect(port, b"GET /large HTTP/1.1\r\n" + HOST + b"\r\n")
        got = 0
        for _ in range(20):
            got += len(reader.recv(65536))
            time.sleep(0.02)
        assert got + len(read_on(reader)) > 20_000_000


def test_who_waits_makes_room_for_who_asks(caplog: pytest.LogCaptureFixture) -> None:
    with listening(APP, replace(PATIENT, per_address=10)) as (port, serving):
        idle = [connect(port, GET) for _ in range(30)]
        wait_for(serving, 10)
        assert answer(port, LAST).endswith(b"hello\n")
        busy = []
        for _ in range(10):
            busy.append(connect(port, POST + UNHURRIED))
            assert b"100" in busy[-1].recv(100), "it has begun, and gives no room to others"
        assert status(answer(port, LAST)) == 503
        assert len(serving.server_state.connections) <= 11
        for each in busy:
            each.sendall(b"12345")
            assert read_on(each).endswith(b"5\n")
        for each in idle:
            each.close()
        wait_for(serving, 0)
    assert [record.message for record in caplog.records] == ["127.0.0.1: has 10 connections"]


def test_all_together_have_a_limit() -> None:
    with listening(APP, replace(PATIENT, connections=5)) as (port, serving):
        many = [connect(port, GET) for _ in range(20)]
        wait_for(serving, 5)
        assert answer(port, LAST).endswith(b"hello\n")
        for each in many:
            each.close()


MALFORMED = {
    "nothing of http": b"\x16\x03\x01\x02garbage\r\n\r\n",
    "no request line": b"\r\n\r\n",
    "a stranger's verb": b"G(T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "two hosts": GET + HOST + b"\r\n",
    "no host": b"GET /hello HTTP/1.1\r\n\r\n",
    "a space in a name": GET + b"X Y: z\r\n\r\n",
    "a null in a value": GET + b"X: \x00\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length that is none": POST + b"Content-Length: -1\r\n\r\n",
    "an unknown encoding": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "a chunk that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk too long": POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n",
    "a chunk without its end": POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    "after a whole one": GET + b"\r\n" + b"\x00\x01\r\n\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_http_is_one_line(sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with listening(APP, PATIENT) as (port, _):
        assert status(answer(port, sent).removeprefix(answer(port, LAST))) in (200, 400, 501)
    (record,) = caplog.records
    assert record.message == "127.0.0.1: sent a request that is no HTTP/1.1"
    assert record.exc_info is None


@pytest.mark.parametrize(
    "sent",
    [
        GET + b"X: " + b"a" * 40_000,
        GET + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
        GET + b"X: a\r\n" * 150 + b"\r\n",
        b"GET /" + b"a" * 40_000,
    ],
    ids=["unended", "in one piece", "many lines", "a long path"],
)
def test_a_head_too_large(sent: bytes) -> None:
    with listening(APP, PATIENT) as (port, _):
        assert status(answer(port, sent)) == 431


def test_pipelined_requests_are_answered_in_turn() -> None:
    with listening(APP, PATIENT) as (port, _):
        bodies = POST + b"Content-Length: 3\r\n\r\nabc"
        said = answer(port, (GET + b"\r\n") * 50 + bodies * 50 + LAST)
        assert said.count(b"HTTP/1.1 200 ") == 101 and said.count(b"\r\n\r\n3\n") == 50


def test_another_protocol_is_not_begun(caplog: pytest.LogCaptureFixture) -> None:
    asked = GET + b"Connection: upgrade, close\r\nUpgrade: websocket\r\n\r\n"
    with listening(APP, PATIENT) as (port, _):
        assert answer(port, asked).endswith(b"hello\n")
    assert not caplog.records


def test_a_fault_of_the_application_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    asked = b"GET /fail HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    with listening(APP, PATIENT) as (port, _):
        assert status(answer(port, asked)) == 500
    (record,) = caplog.records
    assert record.message.startswith("GET /fail failed: ValueError: first\nsecond")
    assert "test_web_connection.py:" in record.message and record.exc_info is None


def test_a_caller_who_leaves_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    with listening(APP, PATIENT) as (port, serving):
        for _ in range(5):
            connect(port, POST + b"Content-Length: 900\r\n\r\nabc").close()
        assert answer(port, LAST).endswith(b"hello\n")
        wait_for(serving, 0)
    assert not caplog.records


PIECES = st.sampled_from(
    [
        GET, HOST, b"\r\n", POST, b"Content-Length: 3\r\n", b"abc", b"\x00", b"\n", b"zz\r\n",
        b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n", b"Connection: close\r\n",
        b"Expect: 100-continue\r\n", b"Connection: upgrade\r\nUpgrade: h2c\r\n",
        b"HEAD /hello HTTP/1.0\r\n", b"POST /refuse HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[tuple[int, list[logging.LogRecord]]]:
    """A port, and what is logged with a traceback."""
    bad: list[logging.LogRecord] = []

    class Tracebacks(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info:
                bad.append(record)

    handler = Tracebacks()
    logging.getLogger().addHandler(handler)
    with listening(APP, replace(PATIENT, head_s=0.05, window_s=0.05, linger_s=0.05)) as (port, _):
        yield port, bad
    logging.getLogger().removeHandler(handler)


@settings(max_examples=150)
@given(st.lists(st.lists(PIECES, max_size=8), max_size=3), st.booleans())
def test_nothing_that_is_sent_breaks_it(
    fuzzed: tuple[int, list[logging.LogRecord]], sent: list[list[bytes]], leaves: bool
) -> None:
    port, bad = fuzzed
    connection = connect(port)
    try:
        for pieces in sent:
            connection.sendall(b"".join(pieces))
    except OSError:
        pass
    if leaves:
        connection.close()
    assert answer(port, LAST).endswith(b"hello\n")
    connection.close()
    assert not bad, bad[0].getMessage()
