"""Gradio keeps nothing of those who have gone."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from app.main import _gradio, build
from app.served.gradio_state import _EVENTS_AN_ADDRESS, _EVENTS_EACH, SessionBounds
from app.served.senders import Sender
from app_stories import served, write_story
from page_events import Client
from waiting import wait_for


def test_a_session_goes_with_its_last_answer(tmp_path: Path, visit: Callable[..., Client]) -> None:
    write_story(tmp_path / "story", shots=1)
    servers: list[FastAPI] = []

    def make() -> FastAPI:
        servers.append(build(tmp_path / "w", story=tmp_path / "story"))
        return servers[0]

    with served(make) as url:
        client = visit(url)
        story = client.enter()
        client.command(story, {"op": "set_title", "title": "x"})
        gradio = _gradio(servers[0])
        for _ in range(20):
            assert client.event("poll")[0]["job"] is None
        # An event is over a moment after its answer.
        wait_for(lambda: not gradio.state_holder.session_data, "a session is kept for ever")
        assert gradio.get_blocks().has_launched, "what a handler is given is checked"


class Bounded:
    """The middleware before a Gradio of which only the queue is there."""

    def __init__(self) -> None:
        self.now = 0.0
        self.queue = SimpleNamespace(
            event_ids_to_events={},
            pending_event_ids_session={},
            pending_messages_per_session={},
        )
        states = SimpleNamespace(session_data={}, time_last_used={})
        blocks = SimpleNamespace(_queue=self.queue)
        gradio = SimpleNamespace(get_blocks=lambda: blocks, state_holder=states)
        self.states = states.session_data
        bounds = SessionBounds(self._answer, lambda: gradio, lambda: self.now)
        self.bounds = bounds

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("")(scope, receive, send)

    def join(self, session: str, who: Sender) -> int:
        """The status; an event begins that nobody answers."""

        async def noted(scope: Any, receive: Any, send: Any) -> None:
            scope["state"] = {"sender": who, "json": {"session_hash": session}}
            await self.bounds(scope, receive, send)

        status = TestClient(noted).post("/gradio_api/queue/join").status_code
        if status == 200:
            name = f"{session}-{len(self.queue.event_ids_to_events)}"
            scope = {"type": "http", "headers": [], "state": {"sender": who}}
            event = SimpleNamespace(request=Request(scope), session_hash=session)
            self.queue.event_ids_to_events[name] = event
            self.queue.pending_event_ids_session.setdefault(session, set()).add(name)
            self.queue.pending_messages_per_session[session] = []
            self.states[session] = object()
        return status


def test_who_asks_without_end_is_refused_and_others_are_not() -> None:
    gate = Bounded()
    flood = [gate.join(f"s{n}", Sender(browser="a", address="1")) for n in range(80)]
    assert flood == [200] * _EVENTS_EACH + [429] * (80 - _EVENTS_EACH)
    assert gate.join("b", Sender(browser="b", address="1")) == 200, "another, behind one address"
    rest = [gate.join(f"c{n}", Sender(browser=f"{n}", address="1")) for n in range(300)]
    assert rest.count(200) == _EVENTS_AN_ADDRESS - _EVENTS_EACH - 1
    assert gate.join("d", Sender(browser="b", address="2")) == 200
    assert gate.join("e", Sender(user="ada", address="1")) == 200


def test_answers_that_nobody_reads_are_let_go() -> None:
    gate = Bounded()
    ada = Sender(browser="a", address="1")
    assert gate.join("unread", ada) == gate.join("works", ada) == 200
    gate.queue.event_ids_to_events.pop("unread-0")  # it is answered
    gate.now = 61.0
    assert gate.join("new", ada) == 200
    assert gate.states.keys() == {"works", "new"}
    assert gate.queue.pending_messages_per_session.keys() == {"works", "new"}


def test_names_that_nobody_began_are_not_remembered() -> None:
    gate = Bounded()

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        scope["state"] = {"sender": Sender(address="1")}
        await gate.bounds(scope, receive, send)

    client = TestClient(asked)
    for n in range(10):
        assert client.get(f"/gradio_api/queue/data?session_hash=s{n}").status_code == 200
        assert client.get(f"/gradio_api/call/poll/{n}").status_code == 200
    assert gate.bounds._sessions == {}


def test_a_name_is_bounded() -> None:
    assert Bounded().join("x" * 65, Sender(address="1")) == 400
