"""Renders in the background: one worker, a queue, and for each job its progress and cancel."""

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.media import LivePicture
from seine_core.errors import BadInput, MissingWeights, RenderCancelled, RenderFailed
from seine_core.story.render import ClipsFailed, Progress, RenderReport

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
_LIVE_EVERY_S = 0.4  # how often a frame in the making is encoded for the page
_WAITING_EACH = 12
_FINISHED_KEPT = 20


@dataclass
class RenderJob:
    """One thing to render. `work` is called with the report that also cancels it; `owner` is the
    shot or edge that is previewed or varied."""

    session: str
    kind: Literal["preview", "takes", "story"]
    label: str
    owners: dict[str, tuple[str, ...]]  # each shot's and edge's clips, by key
    work: Callable[[RenderReport], None]
    out: Path | None = None
    owner: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: State = "queued"
    progress: Progress | None = None
    message: str = ""
    failed: dict[str, str] = field(default_factory=dict)
    live: LivePicture = field(default_factory=LivePicture)
    cancel: threading.Event = field(default_factory=threading.Event)
    started: float = 0.0
    finished: float = 0.0

    @property
    def busy(self) -> bool:
        return self.state in ("queued", "running")


class RenderQueue:
    """The jobs of all stories. Only one renders at a time: it takes the whole machine."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[RenderJob] = queue.SimpleQueue()
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
                suffixes = [j.out.suffix if j.out else "" for j in (job, other)]
                same = (other.kind, other.owners) == (job.kind, job.owners)
                if same and suffixes[0] == suffixes[1] and not other.cancel.is_set():
                    return other
            if len(busy) >= _WAITING_EACH:
                raise BadInput(f"render: {len(busy)} jobs wait already; let them finish or cancel")
            self._jobs.append(job)
            self._forget_old(job.session)
            if self._worker is None:
                self._worker = threading.Thread(target=self._run, name="render", daemon=True)
                self._worker.start()
        self._waiting.put(job)
        return job

    def of(self, session: str) -> list[RenderJob]:
        """A story's jobs, the oldest first."""
        with self._lock:
            return [job for job in self._jobs if job.session == session]

    def ahead(self, job: RenderJob) -> int:
        """How many jobs of anybody are rendered before this one."""
        with self._lock:
            return sum(other.busy for other in self._jobs[: self._jobs.index(job)])

    def cancel(self, session: str, job_id: str) -> None:
        """Stop a job of the story; one that is over stays as it is."""
        for job in self.of(session):
            if job.id == job_id:
                job.cancel.set()
                if job.state == "queued":
                    job.state, job.message = "cancelled", "Cancelled."

    def _forget_old(self, session: str) -> None:
        over = [job for job in self._jobs if job.session == session and not job.busy]
        for job in over[:-_FINISHED_KEPT]:
            self._jobs.remove(job)

    def _run(self) -> None:
        while True:
            job = self._waiting.get()
            if not job.cancel.is_set():
                self._render(job)

    def _render(self, job: RenderJob) -> None:
        job.started = time.time()
        job.state = "running"
        state: State = "failed"
        try:
            job.work(self._reporter(job))
            state = "done"
        except RenderCancelled:
            state, job.message = "cancelled", "Cancelled; the clips that were finished are kept."
        except ClipsFailed as error:
            job.failed, job.message = dict(error.failed), str(error)
        except (BadInput, MissingWeights, RenderFailed) as error:
            job.message = str(error)
        except Exception:  # the worker must live on for the next job
            log.exception("%s failed", job.label)
            job.message = f"{job.label}: something went wrong; the server's log says what"
        finally:
            job.finished = time.time()
            job.state = state

    def _reporter(self, job: RenderJob) -> RenderReport:
        shown_at = 0.0

        def report(progress: Progress) -> None:
            nonlocal shown_at
            if job.cancel.is_set():
                raise RenderCancelled()
            job.progress = progress
            now = time.monotonic()
            if progress.preview is not None and now - shown_at >= _LIVE_EVERY_S:
                shown_at = now
                job.live.show(progress.preview)

        return report
