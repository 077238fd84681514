"""Guessing gets slower, whoever is honest gets in, sessions end, and nobody is logged out by
another site."""

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app.served import login_page
from app.served.accounts import Accounts
from app.served.attempts import LONGEST_S, Attempts
from app.served.logged_in import IDLE_S, Logins
from app.served.logged_in import LONGEST_S as LONGEST_SESSION_S
from app.served.login_page import MAX_BODY, Door, user_of
from raw_requests import connect, listening, read_on
from seine_core.web.guard import Guard
from waiting import PATIENCE_S

ADA, HERE, THERE = "ada", "192.0.2.1", "198.51.100.1"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts([ADA, "bob"], clock)


# Attempts


@pytest.mark.parametrize("name", [ADA, "nobody"])
def test_each_failure_doubles_the_wait_up_to_an_end(attempts: Attempts, name: str) -> None:
    waits = [attempts.failed(name, f"192.0.2.{n}") for n in range(20)]
    assert waits[:4] == [0.0] * 4, "typing errors"
    assert waits[4:8] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_S == max(waits)


def test_whoever_waits_may_try_again(attempts: Attempts, clock: Clock) -> None:
    wait = max(attempts.failed(ADA, HERE) for _ in range(9))
    for _ in range(100):
        assert attempts.wait_s(ADA, HERE) == wait, "asking makes it no longer"
    clock.now += wait
    assert attempts.wait_s(ADA, HERE) == 0
    attempts.succeeded(ADA, HERE)
    assert attempts.failed(ADA, HERE) == 0


def test_one_address_that_tries_many_names(attempts: Attempts) -> None:
    waits = [attempts.failed(f"name{n}", HERE) for n in range(40)]
    assert waits[:19] == [0.0] * 19 and waits[-1] == LONGEST_S
    assert attempts.wait_s(ADA, HERE) > 0 and attempts.wait_s(ADA, THERE) == 0


def test_an_own_account_does_not_help_to_guess_at_others(attempts: Attempts) -> None:
    for n in range(40):
        attempts.failed(f"name{n}", HERE)
        attempts.succeeded("bob", HERE)
    assert attempts.wait_s(ADA, HERE) == LONGEST_S


def test_guessing_elsewhere_keeps_nobody_out(attempts: Attempts) -> None:
    attempts.succeeded(ADA, HERE)
    for n in range(200):
        attempts.failed(ADA, f"203.0.113.{n}")
    assert attempts.wait_s(ADA, THERE) == LONGEST_S
    assert attempts.wait_s(ADA, HERE) == 0
    for n in range(40):
        attempts.failed(f"neighbour{n}", HERE)
    assert attempts.wait_s(ADA, HERE) == 0
    assert [attempts.failed(ADA, HERE) for _ in range(5)][-1] > 0, "but there it is counted, too"


def test_failures_are_forgotten(attempts: Attempts, clock: Clock) -> None:
    for _ in range(9):
        attempts.failed(ADA, HERE)
    clock.now += 3601
    assert attempts.failed(ADA, HERE) == 0


def test_memory_is_bounded_and_owners_are_not_pushed_out(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.served.attempts._STRANGERS", 50)
    for _ in range(20):
        attempts.failed(ADA, HERE)
    for n in range(300):
        attempts.failed(f"name{n}", f"2001:db8:{n:x}::1")
        attempts.succeeded(ADA, f"2001:db8:{n:x}::1")
        attempts.failed(ADA, f"2001:db8:{n:x}::1")
    assert len(attempts._strangers) == 50 and len(attempts._owners) <= 1 + 8
    assert attempts.wait_s(ADA, THERE) == 0, "it was forgotten by a success alone"


def test_a_long_name_takes_no_more_memory(attempts: Attempts) -> None:
    attempts.failed("x" * 16_000, HERE)
    assert max(len(name) for _, name, _ in attempts._strangers) == 64


def test_a_household_of_ipv6_is_one_address(attempts: Attempts) -> None:
    for n in range(40):
        attempts.failed(f"name{n}", f"2001:db8::{n:x}")
    assert attempts.wait_s("bob", "2001:db8::ffff") > 0 == attempts.wait_s("bob", "2001:db9::1")


# Sessions


def test_sessions_end(clock: Clock) -> None:
    logins = Logins(clock)
    token = logins.begin(ADA)
    session = logins.session(token)
    assert session and session.user == ADA
    assert logins.session("") is None and logins.session(token[:-1]) is None
    clock.now += IDLE_S
    assert logins.session(token) is session, "a sign of life"
    clock.now += IDLE_S + 1
    assert logins.session(token) is None and session.ended
    token = logins.begin(ADA)
    for _ in range(int(LONGEST_SESSION_S / IDLE_S)):
        clock.now += IDLE_S
        assert logins.session(token)
    clock.now += IDLE_S
    assert logins.session(token) is None, "in all"


def test_sessions_are_bounded(clock: Clock) -> None:
    logins = Logins(clock)
    bob, first = logins.begin("bob"), logins.begin(ADA)
    for n in range(1000):
        clock.now += 1
        logins.begin(ADA)
        assert n > 15 or logins.session(first), "in use"
    assert len(logins._sessions) == 21 and logins.session(bob)
    clock.now += IDLE_S + 1
    logins.begin("bob")
    assert len(logins._sessions) == 1, "what is over is let go"


# The door, over HTTP


async def who(request: Request) -> Response:
    return PlainTextResponse(user_of(request))


async def drip(request: Request) -> Response:
    async def lines() -> Any:
        while not await request.is_disconnected():
            yield b"secret\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(lines())


class Editor:
    """The door with a clock of its own; `visit` makes a client at an address."""

    def __init__(self, port: int, clock: Clock) -> None:
        self.port, self.clock = port, clock
        self.clients: list[httpx.Client] = []

    def visit(self, address: str = HERE, scheme: str = "http") -> httpx.Client:
        headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": scheme}
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/", headers=headers, timeout=PATIENCE_S
        )
        self.clients.append(client)
        return client

    def log_in(self, client: httpx.Client, name: str = ADA, password: str = "love") -> Any:
        return client.post("login", data={"username": name, "password": password})


@pytest.fixture
def editor(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    monkeypatch.setattr(login_page, "WRONG_S", 0.001)
    accounts = Accounts({ADA: "love", "bob": "build"})
    door = Middleware(
        Door, accounts, logins=Logins(clock), attempts=Attempts(accounts.names, clock)
    )
    guard = Middleware(Guard, local=False, name="editor", headers={}, proxies=["127.0.0.1"])
    routes = [Route("/", who, methods=["GET", "POST"]), Route("/drip", drip)]
    with ExitStack() as stack:
        port, _ = stack.enter_context(listening(Starlette(routes=routes, middleware=[guard, door])))
        editor = Editor(port, clock)
        yield editor
        for client in editor.clients:
            client.close()


def test_in_and_out(editor: Editor) -> None:
    browser, other = editor.visit(), editor.visit(THERE)
    assert browser.get("").status_code == 401
    for each in (browser, other):
        assert editor.log_in(each).json() == {"success": True}
        assert each.get("").text == ADA
    assert editor.log_in(editor.visit(), "bob", "build").status_code == 200
    assert browser.post("logout").json() == {"success": True}
    assert browser.get("").status_code == 401
    assert other.get("").status_code == 401, "all sessions of the user"
    assert editor.clients[-1].get("").text == "bob"


def test_no_link_or_image_logs_anybody_out(editor: Editor) -> None:
    browser = editor.visit()
    editor.log_in(browser)
    assert browser.get("logout").status_code == 405
    assert browser.head("logout").status_code == 405
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert browser.post("logout", headers=headers).status_code == 403
        assert browser.post("login", headers=headers, data={}).status_code == 403
    assert browser.get("").text == ADA


def test_a_stolen_token_is_worth_nothing_after_a_logout(editor: Editor) -> None:
    browser, thief = editor.visit(), editor.visit(THERE)
    editor.log_in(browser)
    thief.cookies.update(browser.cookies)
    assert thief.get("").text == ADA
    browser.post("logout")
    assert thief.get("").status_code == 401


def test_what_runs_for_a_session_ends_with_it(editor: Editor) -> None:
    browser = editor.visit()
    editor.log_in(browser)
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    stream = connect(
        editor.port,
        f"GET /drip HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode(),
    )
    while b"secret" not in stream.recv(4096):
        pass
    browser.post("logout")
    read_on(stream)  # it ends


def test_logging_in_anew_ends_the_session_before(editor: Editor) -> None:
    browser, thief = editor.visit(), editor.visit(THERE)
    editor.log_in(browser)
    thief.cookies.update(browser.cookies)
    editor.log_in(browser)
    assert browser.get("").text == ADA and thief.get("").status_code == 401


@pytest.mark.parametrize(
    ("scheme", "name", "secure"),
    [("http", "storyboard-", False), ("https", "__Host-storyboard-", True)],
)
def test_the_cookie(editor: Editor, scheme: str, name: str, secure: bool) -> None:
    said = editor.log_in(editor.visit(scheme=scheme))
    cookie = said.headers["set-cookie"]
    assert re.match(rf"{name}{editor.port}=[\w-]{{43}}; ", cookie)
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert ("Secure" in cookie) == secure and "Domain" not in cookie
    assert said.headers["cache-control"] == "no-store"


def test_guessing_is_held_up_and_so_is_the_right_password(
    editor: Editor, caplog: pytest.LogCaptureFixture
) -> None:
    client = editor.visit()
    said = [editor.log_in(client, password=f"guess {n}") for n in range(8)]
    assert [each.status_code for each in said] == [400] * 5 + [429] * 3
    held = editor.log_in(client)
    assert held.status_code == 429 and held.headers["retry-after"] == "1"
    assert "1 second" in held.json()["detail"]
    editor.clock.now += 1
    assert editor.log_in(client).status_code == 200
    failed = [record.message for record in caplog.records]
    assert failed[-1] == f"login failed: name 'ada', address {HERE}, next try in 1 s"
    assert len(failed) == 5 and "guess" not in "".join(failed)


def test_who_has_no_account_is_answered_alike(editor: Editor) -> None:
    def told(name: str, address: str) -> list[tuple[int, str]]:
        client = editor.visit(address)
        said = [editor.log_in(client, name, "wrong") for _ in range(7)]
        return [(each.status_code, each.text) for each in said]

    assert told(ADA, HERE) == told("nobody", THERE)


def test_names_in_the_log_are_words_on_one_line(
    editor: Editor, caplog: pytest.LogCaptureFixture
) -> None:
    editor.log_in(editor.visit(), "eve\n2026 login of admin \x1b[2J" + "é" * 100, "x")
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.isprintable() and record.message.isascii() and len(record.message) < 350


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"username=ada", "application/x-www-form-urlencoded"),
        (b"username=ada&password=" + b"x" * 20_000, "application/x-www-form-urlencoded"),
        (b"x=1&" * 50 + b"username=ada&password=love", "application/x-www-form-urlencoded"),
        (b'{"username": "ada", "password": "love"}', "application/json"),
        (b"--b\r\ngarbage", "multipart/form-data; boundary=b"),
        (b"--b\r\ngarbage", "multipart/form-data"),
        (
            b'--b\r\nContent-Disposition: form-data; name="username"; filename="x"\r\n\r\nada\r\n'
            b"--b--\r\n",
            "multipart/form-data; boundary=b",
        ),
        (b"\xff\xfe", "text/plain"),
    ],
)
def test_what_is_no_login(
    editor: Editor, content: bytes, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    said = editor.visit().post("login", content=content, headers={"Content-Type": kind})
    assert said.status_code == (413 if len(content) > MAX_BODY else 400)
    assert "set-cookie" not in said.headers
    assert not [record for record in caplog.records if record.exc_info]


def test_forms_of_both_kinds(editor: Editor) -> None:
    said = editor.visit().post("login", files={"username": (None, ADA), "password": (None, "love")})
    assert said.status_code == 200


def test_a_browser_gets_pages(editor: Editor) -> None:
    browser = editor.visit()
    browser.headers["Accept"] = "text/html"
    page = browser.get("")
    assert page.status_code == 200 and 'action="login"' in page.text
    assert "<script" not in page.text and "style=" not in page.text, "for the strictest policy"
    assert browser.get("login.css").headers["content-type"].startswith("text/css")
    refused = editor.log_in(browser, password="wrong")
    assert refused.status_code == 400 and "The name or the password is wrong." in refused.text
    let_in = editor.log_in(browser)
    assert (let_in.status_code, let_in.headers["location"]) == (303, "./")
    out = browser.post("logout")
    assert out.status_code == 303 and "Max-Age=0" in out.headers["set-cookie"]
    assert browser.get("login").status_code == 405
