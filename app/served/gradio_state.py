"""What Gradio keeps in memory of those who come: bounded, each their own, and let go with them.

By itself it keeps the state of 10,000 sessions for good, and the answers to events for as long as
nobody reads them. This page has no `gr.State`, so a session's state is worth nothing once its
events are answered.
"""

import asyncio
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.served.senders import Sender, sender_of

_JOIN, _DATA, _CANCEL = (f"/gradio_api/{name}" for name in ("queue/join", "queue/data", "cancel"))
_RUN = "/gradio_api/run/predict"  # an event that is answered at once
_CALL = "/gradio_api/call/"
# A tab has three events under way at most, a program four renders.
_EVENTS_EACH = 64  # of one browser or user
_EVENTS_AN_ADDRESS = 256  # of all who come from there
_EVENTS = 2000
_SESSIONS = 1000
_UNREAD_S = 60.0  # answers that nobody reads are kept for this long
_LOOK_EVERY_S = 5.0
_OVER_S = 1.0  # after its answer an event is no longer in the queue
_MAX_HASH = 64  # characters of a session's name


@dataclass
class _Session:
    owner: str
    seen: float
    under_way: int = 0  # requests, and streams of answers


class SessionBounds:
    """The middleware before Gradio's events and their answers."""

    def __init__(
        self,
        app: ASGIApp,
        gradio: Callable[[], gr.routes.App],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self._gradio = gradio
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._looked = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._named(scope) if scope["type"] == "http" else None
        if name is None:
            return await self.app(scope, receive, send)
        sender = sender_of(Request(scope))
        refusal = self._refusal(scope, name, sender)
        if refusal is not None:
            return await PlainTextResponse(refusal[1], refusal[0])(scope, receive, send)
        # Gradio gives it one, or knows of none and keeps nothing.
        if not name or (scope["method"] != "POST" and not self._waits(name)):
            return await self.app(scope, receive, send)
        session = self._sessions.setdefault(name, _Session(sender.owner, self._clock()))
        session.under_way += 1
        try:
            await self.app(scope, receive, send)
        finally:
            session.under_way -= 1
            session.seen = self._clock()
            # Its events are answered, and over soon after that.
            if scope["path"] in (_DATA, _RUN) and not self._let_go(name):
                asyncio.get_running_loop().call_later(_OVER_S, self._let_go, name)

    def _named(self, scope: Scope) -> str | None:
        """The session that a request is about: "" for a new one, None where it is about none."""
        path = scope["path"]
        if path.startswith(_CALL) and scope["method"] != "POST":  # what came of an event
            return self._session_of(path.rpartition("/")[2])
        return _session_hash(scope)

    def _waits(self, name: str) -> bool:
        """Whether there is something that a session may be told."""
        return name in self._gradio().get_blocks()._queue.pending_messages_per_session

    def _session_of(self, event: str) -> str:
        """The session whose answers Gradio gives for an event's id. For one that it does not know
        it takes the id for a session's name."""
        queue = self._gradio().get_blocks()._queue
        known = queue.event_ids_to_events.get(event)
        if known is not None:
            return known.session_hash
        pending = queue.pending_event_ids_session.items()
        return next((name for name, events in pending if event in events), event)

    def _refusal(self, scope: Scope, name: str, sender: Sender) -> tuple[int, str] | None:
        if len(name) > _MAX_HASH or not name.isprintable():
            return 400, "The session's name is none.\n"
        session = self._sessions.get(name)
        events = self._gradio().get_blocks()._queue.event_ids_to_events.values()
        owners = {sender_of(each.request).owner for each in events if each.session_hash == name}
        if session is not None and session.owner:
            owners.add(session.owner)
        if not all(map(sender.owns, owners)):
            return 404, "There is no such session.\n"
        if scope["method"] == "POST" and scope["path"] != _CANCEL:
            self._look()
            return self._full(name, sender)
        return None

    def _full(self, name: str, sender: Sender) -> tuple[int, str] | None:
        queue = self._gradio().get_blocks()._queue
        senders = [sender_of(event.request) for event in queue.event_ids_to_events.values()]
        theirs = max(
            sum(other.owner == sender.owner for other in senders),
            len(queue.pending_event_ids_session.get(name, ())),
        )
        if theirs >= _EVENTS_EACH:
            return 429, f"{theirs} requests of yours are not answered yet; wait for them.\n"
        if sum(other.person == sender.person for other in senders) >= _EVENTS_AN_ADDRESS:
            return 429, "Too much comes from this address at once; try again in a minute.\n"
        if len(senders) >= _EVENTS or len(queue.pending_messages_per_session) >= _SESSIONS:
            return 503, "Too much is asked of this server; try again in a minute.\n"
        return None

    def _look(self) -> None:
        """Let go of the sessions that ended, or that nobody reads."""
        now = self._clock()
        gradio = self._gradio()
        names = {*gradio.get_blocks()._queue.pending_messages_per_session}
        names |= {*gradio.state_holder.session_data, *self._sessions}
        if now - self._looked < _LOOK_EVERY_S and len(names) < _SESSIONS:
            return
        self._looked = now
        for name in names:
            session = self._sessions.setdefault(name, _Session("", now))
            self._let_go(name, unread=now - session.seen > _UNREAD_S)

    def _let_go(self, name: str, *, unread: bool = False) -> bool:
        """Forget the state of a session that has nothing under way; with `unread` also what it was
        answered, and that it was there. A page may ask once more before that.
        False where something is under way."""
        gradio, session = self._gradio(), self._sessions.get(name)
        queue = gradio.get_blocks()._queue
        works = any(event.session_hash == name for event in queue.event_ids_to_events.values())
        if (session and session.under_way) or works:
            return False
        gradio.state_holder.session_data.pop(name, None)
        gradio.state_holder.time_last_used.pop(name, None)
        if unread:
            self._sessions.pop(name, None)
            queue.pending_messages_per_session.pop(name, None)
            queue.pending_event_ids_session.pop(name, None)
        return True


class LeanStates(StateHolder):
    """Sessions without a copy of the page, which Gradio keeps of each to make deep links of."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = _LeanState(self.blocks)
        return super().__getitem__(session_id)


class _LeanState(SessionState):
    def __init__(self, blocks: gr.Blocks) -> None:
        self.blocks_config = copy(blocks.default_config)
        self.config_values: dict[int, Any] = {}
        self.state_data: dict[int, Any] = {}
        self._state_ttl: dict[int, Any] = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 0

    def __setitem__(self, key: int, value: Any) -> None:
        self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def _session_hash(scope: Scope) -> str | None:
    """The session that a request is about: "" for a new one, None where it is about none."""
    path = scope["path"]
    if path == _DATA:
        return Request(scope).query_params.get("session_hash", "")
    if path in (_JOIN, _CANCEL, _RUN) or (path.startswith(_CALL) and scope["method"] == "POST"):
        body = scope["state"].get("json")
        name = body.get("session_hash") if isinstance(body, dict) else None
        return name if isinstance(name, str) else ""
    return None
