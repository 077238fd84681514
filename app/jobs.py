"""Renders in the background: one worker, a queue, and for each job its progress and cancel."""

import logging
import os
import queue
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.media import LivePicture
from app.pace import Pace
from seine_core.errors import BadInput, MissingWeights, RenderCancelled, RenderFailed
from seine_core.story.checking import NotReady
from seine_core.story.render import ClipsFailed, Progress, RenderReport

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
_LIVE_EVERY_S = 0.4  # how often a frame in the making is encoded for the page
_WAITING_EACH = 12
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
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "queued"
    progress: Progress | None = None
    message: str = ""
    failed: Mapping[str, str] = field(default_factory=dict)  # told at once, not at the end
    live: LivePicture = field(default_factory=LivePicture)
    cancel: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    finished: float = 0.0

    @property
    def busy(self) -> bool:
        return self.state in ("queued", "running")


class RenderQueue:
    """The jobs of all stories. Only one renders at a time: it takes the whole machine.

    `changed` is called with a story's name whenever one of its jobs begins or ends.
    """

    def __init__(self, changed: Callable[[str], None] = lambda session: None) -> None:
        self._changed = changed
        self._changes: Counter[str] = Counter()
        self._waiting: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._jobs: list[RenderJob] = []
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def submit(self, job: RenderJob) -> RenderJob:
        """Queue `job`, unless the same is under way already: then that one comes back.

        Raises:
            BadInput: the story has too many jobs waiting.
        """
        with self._lock:
            busy = [j for j in self._jobs if j.busy and j.session == job.session]
            for other in busy:
                same = (other.kind, other.owners, other.wish) == (job.kind, job.owners, job.wish)
                if same and not other.cancel.is_set():
                    return other
            if len(busy) >= _WAITING_EACH:
                raise BadInput(f"render: {len(busy)} jobs wait already; let them finish or cancel")
            self._jobs.append(job)
            self._forget_old(job.session)
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="render", daemon=True)
                self._worker.start()
        self._tell(job.session)
        self._waiting.put(None)
        return job

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
        """What waits, in the order in which it will be rendered: each story's next one in turn, so
        that nobody is held up by all that another one wants."""
        latest: dict[str, float] = {}
        for job in self._jobs:
            latest[job.session] = max(latest.get(job.session, 0.0), job.started)
        rounds: Counter[str] = Counter()
        waiting: list[tuple[int, float, int, RenderJob]] = []
        for place, job in enumerate(self._jobs):
            if job.state == "queued":
                waiting.append((rounds[job.session], latest[job.session], place, job))
                rounds[job.session] += 1
        return [job for *_, job in sorted(waiting, key=lambda turn: turn[:3])]

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
        raise BadInput("render: that one is no longer in the list; start it again")

    def cancel(self, session: str, job_id: str | None = None) -> None:
        """Stop a job of the story, or all of them; what is over stays as it is."""
        for job in self.of(session):
            if job.busy and job_id in (None, job.id):
                job.cancel.set()
                if job.state == "queued":
                    job.state, job.message = "cancelled", "Cancelled before it began."
                    job.finished = time.time()
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
            with self._lock:
                turns = self._turns()
            if turns:
                self._render(turns[0])

    def _render(self, job: RenderJob) -> None:
        job.started = time.time()
        job.state = "running"
        self._tell(job.session)
        state: State = "failed"
        try:
            job.work(self._reporter(job))
            state = "done"
        except RenderCancelled:
            state, job.message = "cancelled", "Cancelled; the clips that were finished are kept."
        except (ClipsFailed, NotReady) as error:
            job.failed, job.message = error.failed, str(error)
        except (BadInput, MissingWeights, RenderFailed) as error:
            job.message = str(error)
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
