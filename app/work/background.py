"""Work in the background: what waits for its turn, what runs, and how each piece of it ended."""

import logging
import os
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, TypeVar

from app.served.senders import NOBODY, Sender
from app.work.turns import in_turn
from seine_core.errors import Busy, NotFound, RenderCancelled, SeineError

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
_FINISHED_KEPT = 20  # of a story
_LOOK_S = 0.5  # how often work that waits for other work looks whether the server goes on


@dataclass(kw_only=True, eq=False)
class Work:
    """One piece of work for the story `story`. `do` is called with the work; it gives what is to be
    said at the end, raises `RenderCancelled` where `cancel` is set, and what else it raises makes
    the work a failed one. Of two that do the `same` for one story one is enough; `listed` ones are
    told of when they are over, too. How far it is, its `Background` alone says."""

    stopped: ClassVar[str] = "Cancelled."

    story: str
    label: str
    do: Callable[[Any], str | None]
    same: Any = None
    sender: Sender = NOBODY  # whose limits and turns count
    listed: bool = True
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "queued"
    message: str = ""
    code: str = SeineError.code  # what kind of error it ended with
    started: float = 0.0
    finished: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)

    def run(self) -> str | None:
        return self.do(self)

    @property
    def busy(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def whose(self) -> str:
        """The same for all work of a person; where nobody is known the story stands for them."""
        return self.sender.person or f"story {self.story}"


_WHOSE: tuple[Callable[[Work], Hashable], ...] = (
    lambda work: work.whose,
    lambda work: (work.whose, work.story),
)
W = TypeVar("W", bound=Work)
Submit = Callable[[W], W]


class Background(Generic[W]):
    """All work of one kind. People take turns, and the stories of each of them; whatever one piece
    does, the next one runs."""

    def __init__(
        self,
        name: str,
        *,
        each: int,
        most: int | None = None,
        at_once: int = 1,
        nice: int = 0,
        after: "Background[Any] | None" = None,
        daemon: bool = True,
        changed: Callable[[str], object] = lambda story: None,
        idle: Callable[[], object] = lambda: None,
    ) -> None:
        """A person may have `each` pieces under way or waiting, all together `most`. `at_once` of
        them run, so much `nice`r to the rest of the machine, and none while there is work `after`
        which this comes. Without `daemon` the server ends when the piece that runs has.

        `changed` is called with a story's name whenever work for it begins or ends, `idle` when
        there is none.
        """
        self._name, self._each, self._most, self._at_once = name, each, most, at_once
        self._nice, self._after, self._daemon = nice, after, daemon
        self._changed, self._idle = changed, idle
        self._works: list[W] = []
        self._places: Counter[str] = Counter()  # kept for work to come, by person
        self._served: dict[Hashable, int] = {}  # when a person's or story's last piece began
        self._begun, self._workers = 0, 0
        self._changes: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)

    def submit(self, work: W) -> W:
        """Queue `work`, unless the same is under way already: then that comes back.

        Raises:
            BadInput: the person, or all together, have too much waiting.
        """
        with self._lock:
            for other in self._works:
                alike = (other.story, other.same) == (work.story, work.same)
                if alike and other.busy and not other.cancel.is_set():
                    return other
            self._check_room(work.whose)
            self._append(work)
        self._notify(work)
        return work

    @contextmanager
    def place(self, sender: Sender) -> Iterator[Submit[W]]:
        """A place that is kept for `sender` while it is made out what there is to do; what it gives
        submits that. Nobody can come in between, however many ask at once.

        Raises:
            BadInput: as `submit`.
        """
        with self._lock:
            self._check_room(sender.person)
            self._places[sender.person] += 1
        kept = True

        def submit(work: W) -> W:
            nonlocal kept
            with self._lock:
                if not kept:  # whoever asked has gone
                    raise RenderCancelled()
                self._append(work)
                self._places[sender.person] -= 1
                kept = False
            self._notify(work)
            return work

        try:
            yield submit
        finally:
            with self._lock:
                self._places[sender.person] -= kept
                kept = False
                self._places = +self._places  # without those who have none

    def of(self, story: str) -> list[W]:
        """A story's work, the oldest first."""
        with self._lock:
            return [work for work in self._works if work.story == story]

    def stories(self) -> set[str]:
        """Those with work that runs or waits."""
        with self._lock:
            return {work.story for work in self._works if work.busy and work.listed}

    def find(self, story: str, number: str) -> W:
        """A piece of work of the story.

        Raises:
            BadInput: there is none.
        """
        for work in self.of(story):
            if work.id == number:
                return work
        fault, advice = "that one is no longer in the list", "start it again"
        raise NotFound(fault, subject=self._name, advice=advice)

    def busy(self, story: str | None = None) -> bool:
        """Whether anything runs or waits, of one story or at all."""
        with self._lock:
            return any(work.busy for work in self._works if story in (None, work.story))

    def ahead(self, work: W) -> int:
        """How many pieces of anybody's run before this one."""
        with self._lock:
            running = sum(other.state == "running" for other in self._works)
            turns = self._turns()
            return running + turns.index(work) if work in turns else 0

    def changes(self, story: str) -> int:
        """How often work of the story began or ended so far."""
        return self._changes[story]

    def cancel(self, story: str, number: str | None = None) -> None:
        """Stop a piece of a story's work, or all of it; what is over stays as it is."""
        with self._lock:
            stopped = [
                work
                for work in self._works
                if work.story == story and work.busy and number in (None, work.id)
            ]
            for work in stopped:
                work.cancel.set()
                if work.state == "queued":
                    work.code = RenderCancelled.code
                    self._end(work, "cancelled", "Cancelled before it began.")
        for work in stopped:
            self._notify(work)

    def clear(self, story: str, number: str | None = None) -> None:
        """Take a piece of work that is over off the list, or all that is."""
        with self._lock:
            self._works = [
                work
                for work in self._works
                if work.story != story or work.busy or number not in (None, work.id)
            ]
        self._count_change(story)

    def forget(self, story: str) -> None:
        """Stop all work of a story that is gone, and let go of it."""
        for work in self.of(story):
            work.listed = False
        self.cancel(story)
        with self._lock:
            self._works = [work for work in self._works if work.story != story or work.busy]
            self._changes.pop(story, None)

    def _check_room(self, whose: str) -> None:
        busy = [work.whose for work in self._works if work.busy] + list(self._places.elements())
        own = busy.count(whose)
        if own >= self._each:
            raise Busy(
                f"received one more, but {own} of yours are under way or wait",
                subject=self._name,
                allowed=self._each,
                advice="let one finish or cancel it",
            )
        if self._most is not None and len(busy) >= self._most:
            raise Busy(
                f"{len(busy)} jobs of all people wait already",
                subject=self._name,
                allowed=self._most,
                advice="try again later",
            )

    def _append(self, work: W) -> None:
        if self._workers < self._at_once:
            threading.Thread(target=self._serve, name=self._name, daemon=self._daemon).start()
            self._workers += 1
        self._works.append(work)

    def _turns(self) -> list[W]:
        """What waits, in the order in which it will run."""
        return in_turn((w for w in self._works if w.state == "queued"), _WHOSE, self._served)

    def _serve(self) -> None:
        """Do what waits until there is nothing."""
        self._safely(self._make_room)
        while work := self._next():
            self._do(work)
        self._safely(self._idle)

    def _make_room(self) -> None:
        """Leave the processor to what is less nice."""
        if sys.platform == "linux":  # there it is for this thread and those that it starts
            thread = threading.get_native_id()
            before = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, max(before, self._nice))

    def _next(self) -> W | None:
        """The piece whose turn it is, which begins."""
        if self._after is not None:
            self._after.wait()
        with self._lock:
            turns = self._turns() if goes_on() else []
            if not turns:
                self._workers -= 1
                if not any(work.busy for work in self._works):
                    self._served.clear()
                return None
            work = turns[0]
            self._begun += 1
            self._served |= {circle(work): self._begun for circle in _WHOSE}
            work.state, work.started = "running", time.time()
            return work

    def wait(self) -> None:
        """Until nothing runs or waits, or the server ends."""
        with self._lock:
            while goes_on() and any(work.busy for work in self._works):
                self._ended.wait(_LOOK_S)

    def _do(self, work: W) -> None:
        self._notify(work)
        state: State = "failed"
        try:
            state, message = "done", work.run() or ""
        except RenderCancelled as error:
            state, message, work.code = "cancelled", work.stopped, error.code
        except SeineError as error:
            message, work.code = error.for_page(), error.code
            log.info("%s: %s", work.label, error)
        except BaseException:  # also what would end this thread: the next piece runs
            message = f"{work.label}: something went wrong; the server's log says what"
            log.exception("%s failed", work.label)
        with self._lock:
            self._end(work, state, message)
        self._notify(work)

    def _end(self, work: W, state: State, message: str) -> None:
        """Whoever calls this holds the lock: what has ended ends once."""
        work.message, work.finished, work.state = message, time.time(), state
        ended = [other for other in self._works if other.story == work.story and not other.busy]
        gone = [other for other in ended if not other.listed]
        for old in gone + [other for other in ended if other.listed][:-_FINISHED_KEPT]:
            self._works.remove(old)
        self._ended.notify_all()

    def _notify(self, work: W) -> None:
        self._count_change(work.story)
        if not work.listed and not self.of(work.story):
            self._changes.pop(work.story, None)

    def _count_change(self, story: str) -> None:
        self._safely(lambda: self._changed(story))
        with self._lock:
            self._changes[story] += 1

    def _safely(self, call: Callable[[], object]) -> None:
        """Whatever is wrong with what goes with the work, the work goes on."""
        try:
            call()
        except Exception:
            log.exception("%s: what goes with the work failed", self._name)


def goes_on() -> bool:
    """Whether the server does: a thread that is cut off in the middle of a picture takes the whole
    process down with it, so such ones end by themselves."""
    return threading.main_thread().is_alive()
