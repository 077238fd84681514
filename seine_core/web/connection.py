"""uvicorn's HTTP/1.1 connection, with an end to everything that a caller can draw out."""

import asyncio
import logging
import re
from collections import Counter
from typing import Any, Literal

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from seine_core.web.addresses import Proxies, one_caller
from seine_core.web.limits import Limits

log = logging.getLogger(__name__)

# What a connection waits for: the rest of a head, of a body that is read or of one that is not, the
# answer, or the next request.
Phase = Literal["head", "body", "unread", "answer", "idle"]

_HEADS_END = re.compile(rb"\n\r?\n")


class Room:
    """The connections that are open, and whose they are."""

    def __init__(self, limits: Limits, proxies: Proxies) -> None:
        self.limits = limits
        self.proxies = proxies
        self._open: dict[Connection, str] = {}  # oldest first
        self._counts: Counter[str] = Counter()
        self._told: set[str] = set()

    def enter(self, connection: "Connection", address: str) -> bool:
        """Whether there is room for this one, if need be in the place of another that only waits
        for its caller: of the same address, or of the one that has the most."""
        caller = "" if address in self.proxies else one_caller(address)
        crowded = bool(caller) and self._counts[caller] >= self.limits.per_address
        if crowded or len(self._open) >= self.limits.connections:
            waiting = [each for each in self._open if each.phase in ("head", "idle")]
            if crowded:
                waiting = [each for each in waiting if self._open[each] == caller]
            if caller not in self._told:
                self._told.add(caller)
                log.warning("%s: has %d connections", address, self._counts[caller])
            if not waiting:
                return False
            # The oldest, of those who have the most.
            given_up = max(waiting, key=lambda each: self._counts[self._open[each]])
            self.leave(given_up)
            given_up.transport.abort()
        self._open[connection] = caller
        self._counts[caller] += 1
        return True

    def leave(self, connection: "Connection") -> None:
        """It is closed."""
        caller = self._open.pop(connection, None)
        if caller is None:
            return
        self._counts[caller] -= 1
        if self._counts[caller] < self.limits.per_address // 2:
            self._told.discard(caller)
        if not self._counts[caller]:
            del self._counts[caller]


class Connection(H11Protocol):
    """One caller's. Heads, bodies and answers that do not get on are given up; what is no HTTP is
    answered with one line, and logged with one."""

    def __init__(self, room: Room, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.room = room
        self.limits = room.limits
        self.phase: Phase = "head"
        self._refused = False  # by this class: uvicorn and the application get nothing more
        self._received = 0  # bytes, in all
        self._clock: asyncio.TimerHandle | None = None  # of the phase
        self._taking: asyncio.TimerHandle | None = None  # of an answer that is not read

    # asyncio's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait("head")
        if not self.room.enter(self, self._address):
            self._refused = True
            self.transport.write(_answer(503, "there are too many connections"))
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.room.leave(self)
        for clock in (self._clock, self._taking):
            if clock is not None:
                clock.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if not self._refused:
            super().data_received(data)
            self._follow()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_answer()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._taking is not None and not self.transport.is_closing():
            self._taking.cancel()
            self._taking = None

    # uvicorn's side

    def handle_events(self) -> None:
        if self._head_too_large():
            self._give_up(431, "a head that is longer than is read here")
        else:
            super().handle_events()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._taking is None and self.transport.get_write_buffer_size():
            self._watch_answer()
        self._follow()

    def send_400_response(self, msg: str) -> None:
        self._give_up(400, "a request that is no HTTP/1.1")

    def timeout_keep_alive_handler(self) -> None:
        if self.phase == "idle":
            self._close()

    def _unsupported_upgrade_warning(self) -> None:
        """Whoever asks for another protocol is answered in this one."""

    # The limits

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _follow(self) -> None:
        """See what is waited for now."""
        if self._refused or self.transport.is_closing():
            return
        theirs, ours = self.conn.their_state, self.conn.our_state
        if theirs is h11.IDLE:
            begun = self.cycle is None or self.conn.trailing_data[0]
            self._wait("head" if begun else "idle")
        elif theirs is h11.SEND_BODY:
            answered = ours in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)
            self._wait("unread" if answered else "body")
        else:
            self._wait("answer")

    def _wait(self, phase: Phase) -> None:
        if phase == self.phase and self._clock is not None:
            return
        self.phase = phase
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        if phase == "head":
            self._clock = self.loop.call_later(self.limits.head_s, self._head_is_late)
        elif phase == "body":
            self._watch_body()
        elif phase == "unread":
            self._unset_keepalive_if_required()
            self._clock = self.loop.call_later(self.limits.linger_s, self._close)

    def _head_is_late(self) -> None:
        if self.conn.trailing_data[0]:
            self._give_up(408, "a head that did not end")
        else:
            self._close()  # a browser that opened it for later; any answer would confuse it

    def _watch_body(self, received: int | None = None) -> None:
        """`received`: bytes when the window began; None for the first one."""
        ours = (  # it is not the caller who is slow
            self.flow.read_paused or self.cycle.body or self.cycle.waiting_for_100_continue
        )
        if received is None or ours or self._received - received >= self.limits.floor_bytes:
            self._clock = self.loop.call_later(
                self.limits.window_s, self._watch_body, self._received
            )
        else:
            self._give_up(408, "a body that came too slowly")

    def _watch_answer(self, unread: int | None = None) -> None:
        """`unread`: bytes when the window began; None for the first one."""
        now = self.transport.get_write_buffer_size()
        if now == 0:
            self._taking = None
        elif unread is None or unread - now >= self.limits.floor_bytes:
            self._taking = self.loop.call_later(
                self.limits.answer_window_s, self._watch_answer, now
            )
        else:
            log.warning("%s: did not read its answer", self._address)
            self.transport.abort()

    def _head_too_large(self) -> bool:
        """h11 bounds a head that is incomplete, and not one that comes in one piece."""
        if self.conn.their_state is not h11.IDLE:
            return False
        head = _HEADS_END.split(self.conn.trailing_data[0], maxsplit=1)[0]
        return len(head) > self.limits.head_bytes or head.count(b"\n") > self.limits.head_lines

    def _give_up(self, status: int, why: str) -> None:
        """Answer with one line where nothing was answered yet, log one, and close when the caller
        had the time to read it."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        log.warning("%s: sent %s", self._address, why)
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering:
            self.cycle.disconnected = True  # what still works on it is told so
            self.cycle.message_event.set()
        if answering and self.cycle.response_started:
            self._close()
        else:
            self.transport.write(_answer(status, f"this was {why}"))
            self._wait("unread")

    def _close(self) -> None:
        """Close when the caller has read what is left, which is watched."""
        if not self.transport.is_closing():
            self.transport.close()
            if self._taking is None:
                self._watch_answer()


def _answer(status: int, why: str) -> bytes:
    line = f"{STATUS_PHRASES[status].decode()}: {why}.\n".encode()
    return (
        f"HTTP/1.1 {status} {STATUS_PHRASES[status].decode()}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(line)}\r\n"
        "Connection: close\r\n\r\n"
    ).encode() + line
