"""Renders in the background: one worker, a queue, and for each job its progress and cancel."""

import logging
import os
import queue
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.served.media_files import LivePicture
from app.served.senders import NOBODY, Sender
from app.work.pace import Pace
from app.work.turns import in_turn
from seine_core.errors import Busy, NotFound, RenderCancelled, SeineError
from seine_core.story.make.checking import NotReady
from seine_core.story.make.render import ClipsFailed, Progress, RenderReport

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
_LIVE_EVERY_S = 0.4  # how often a frame in the making is encoded for the page
# Hard bounds: below them whatever does not fit waits its turn.
EACH = 24  # jobs of one person, in all their stories and calls
ALL = 400
_NICE = 10  # a render leaves the processor to whoever edits meanwhile
_FINISHED_KEPT = 20


@dataclass
class RenderJob:
    """One thing to render. `work` is called with the report that also cancels it; `owner` is the
    shot or edge that is previewed or varied. `wish` is the command that asked for it: what a retry
    sends again."""

    session: str
    kind: Literal["preview", "takes", "story"]
    label: str
    owners: dict[str, tuple[str, ...]]  # each shot's and edge's clips, by key
    work: Callable[[RenderReport], None]
    out: Path | None = None
    owner: str = ""
    wish: dict[str, Any] | None = None
    pace: Pace | None = None
    sender: Sender = NOBODY  # whose limits and turns count
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "queued"
    progress: Progress | None = None
    message: str = ""
    code: str = "failed"  # what kind of error it ended with
    failed: Mapping[str, SeineError] = field(default_factory=dict)  # told at once, not at the end
    live: LivePicture = field(default_factory=LivePicture)
    cancel: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    finished: float = 0.0

    @property
    def busy(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def whose(self) -> str:
        """The same for all jobs of a person; where nobody is known the story stands for them."""
        return self.sender.person or f"story {self.session}"


_WHOSE: tuple[Callable[[RenderJob], Hashable], ...] = (
    lambda job: job.whose,
    lambda job: (job.whose, job.session),
)
Submit = Callable[[RenderJob], RenderJob]


class RenderQueue:
    """The jobs of all stories. Only one renders at a time: it takes the whole machine. People take
    turns, and the stories of each of them.

    `changed` is called with a story's name whenever one of its jobs begins or ends.
    """

    def __init__(self, changed: Callable[[str], None] = lambda session: None) -> None:
        self._changed = changed
        self._changes: Counter[str] = Counter()
        self._waiting: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._jobs: list[RenderJob] = []
        self._places: Counter[str] = Counter()  # kept for jobs to come, by person
        self._served: dict[Hashable, int] = {}  # when a person's or story's last job began
        self._begun = 0
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def submit(self, job: RenderJob) -> RenderJob:
        """Queue `job`, unless the same is under way already: then that one comes back.

        Raises:
            BadInput: the person, or all together, have too many jobs waiting.
        """
        with self._lock:
            for other in self._jobs:
                same = (other.session, other.kind, other.owners, other.wish) == (
                    job.session,
                    job.kind,
                    job.owners,
                    job.wish,
                )
                if same and other.busy and not other.cancel.is_set():
                    return other
            self._check_room(job.whose)
            self._append(job)
        self._begin(job)
        return job

    @contextmanager
    def place(self, sender: Sender) -> Iterator[Submit]:
        """A place that is kept for `sender` while it is made out what there is to render; what it
        gives submits that. Nobody can come in between, however many ask at once.

        Raises:
            BadInput: as `submit`.
        """
        with self._lock:
            self._check_room(sender.person)
            self._places[sender.person] += 1
        kept = True

        def submit(job: RenderJob) -> RenderJob:
            nonlocal kept
            with self._lock:
                if not kept:  # whoever asked has gone
                    raise RenderCancelled()
                self._places[sender.person] -= 1
                kept = False
                self._append(job)
            self._begin(job)
            return job

        try:
            yield submit
        finally:
            with self._lock:
                self._places[sender.person] -= kept
                self._places = +self._places  # without those who have none

    def _check_room(self, whose: str) -> None:
        busy = [job.whose for job in self._jobs if job.busy] + list(self._places.elements())
        own = busy.count(whose)
        if own >= EACH:
            raise Busy(
                f"received one more, but {own} of yours are under way or wait",
                subject="render",
                allowed=EACH,
                advice="let one finish or cancel it",
            )
        if len(busy) >= ALL:
            raise Busy(
                f"{len(busy)} jobs of all people wait already",
                subject="render",
                allowed=ALL,
                advice="try again later",
            )

    def _append(self, job: RenderJob) -> None:
        self._jobs.append(job)
        self._forget_old(job.session)
        if self._worker is None:
            self._worker = threading.Thread(target=self._run, name="render", daemon=True)
            self._worker.start()

    def _begin(self, job: RenderJob) -> None:
        self._tell(job.session)
        self._waiting.put(None)

    def of(self, session: str) -> list[RenderJob]:
        """A story's jobs, the oldest first."""
        with self._lock:
            return [job for job in self._jobs if job.session == session]

    def busy(self) -> bool:
        """Whether anything is rendered or waits."""
        with self._lock:
            return any(job.busy for job in self._jobs)

    def ahead(self, job: RenderJob) -> int:
        """How many jobs of anybody are rendered before this one."""
        with self._lock:
            running = any(other.state == "running" for other in self._jobs)
            turns = self._turns()
            return running + turns.index(job) if job in turns else 0

    def _turns(self) -> list[RenderJob]:
        """What waits, in the order in which it will be rendered."""
        waiting = (job for job in self._jobs if job.state == "queued")
        return in_turn(waiting, _WHOSE, self._served)

    def _next(self) -> RenderJob | None:
        """The job whose turn it is, which begins."""
        with self._lock:
            if not any(job.busy for job in self._jobs):
                self._served.clear()
            job = next(iter(self._turns()), None)
            if job is not None:
                self._begun += 1
                self._served |= {circle(job): self._begun for circle in _WHOSE}
                job.state, job.started = "running", time.time()
            return job

    def changes(self, session: str) -> int:
        """How often a job of the story began or ended so far."""
        return self._changes[session]

    def find(self, session: str, job_id: str) -> RenderJob:
        """A job of the story.

        Raises:
            BadInput: there is none.
        """
        for job in self.of(session):
            if job.id == job_id:
                return job
        raise NotFound(
            "that one is no longer in the list", subject="render", advice="start it again"
        )

    def cancel(self, session: str, job_id: str | None = None) -> None:
        """Stop a job of the story, or all of them; what is over stays as it is."""
        for job in self.of(session):
            with self._lock:  # it may begin this moment
                if not (job.busy and job_id in (None, job.id)):
                    continue
                job.cancel.set()
                if job.state == "queued":
                    job.message, job.finished = "Cancelled before it began.", time.time()
                    job.code = RenderCancelled.code
                    job.state = "cancelled"
            self._tell(session)

    def clear(self, session: str, job_id: str | None = None) -> None:
        """Take a job that is over off the list, or all that are."""
        with self._lock:
            self._jobs = [
                job
                for job in self._jobs
                if job.session != session or job.busy or job_id not in (None, job.id)
            ]
        self._tell(session)

    def _tell(self, session: str) -> None:
        self._changed(session)
        self._changes[session] += 1

    def _forget_old(self, session: str) -> None:
        over = [job for job in self._jobs if job.session == session and not job.busy]
        for job in over[:-_FINISHED_KEPT]:
            self._jobs.remove(job)

    def _run(self) -> None:
        if sys.platform == "linux":  # there it is for this thread and those that it starts
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while True:
            self._waiting.get()  # one for each that was submitted, cancelled or not
            job = self._next()
            if job is not None:
                self._render(job)

    def _render(self, job: RenderJob) -> None:
        self._tell(job.session)
        state: State = "failed"
        try:
            job.work(self._reporter(job))
            state = "done"
        except RenderCancelled:
            state, job.message = "cancelled", "Cancelled; the clips that were finished are kept."
            job.code = RenderCancelled.code
        except SeineError as error:
            if isinstance(error, ClipsFailed | NotReady):
                job.failed = error.failed
            job.message, job.code = error.for_page(), error.code
        except Exception:  # the worker must live on for the next job
            log.exception("%s failed", job.label)
            job.message = f"{job.label}: something went wrong; the server's log says what"
        finally:
            job.finished = time.time()
            job.state = state
            self._tell(job.session)

    def _reporter(self, job: RenderJob) -> RenderReport:
        shown_at = 0.0

        def report(progress: Progress) -> None:
            nonlocal shown_at
            if job.cancel.is_set():
                raise RenderCancelled()
            job.progress, job.failed = progress, progress.failed
            now = time.monotonic()
            if job.pace is not None:
                job.pace.saw(progress, now)
            if progress.preview is not None and now - shown_at >= _LIVE_EVERY_S:
                shown_at = now
                job.live.show(progress.preview)

        return report
