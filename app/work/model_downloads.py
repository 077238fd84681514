"""The Models panel: what the engines need, what of it is here, and downloads in the background.

Nothing is fetched before somebody presses Download. What the page sends is checked here, apart
from the story's commands, for it belongs to no story.
"""

import logging
import threading
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from seine_core.engines.local.resident import release, resident_name
from seine_core.errors import BadInput, RenderCancelled
from seine_core.story.model import bad_field
from seine_core.weights import store
from seine_core.weights.store import Download, ModelStatus

log = logging.getLogger(__name__)

_Name = Annotated[str, StringConstraints(max_length=40)]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ListModels(_Wish):
    op: Literal["list"]


class DownloadModel(_Wish):
    op: Literal["download"]
    name: _Name


class CancelDownload(_Wish):
    op: Literal["cancel"]
    name: _Name


class FreeMemory(_Wish):
    op: Literal["free"]


_AnyWish = ListModels | DownloadModel | CancelDownload | FreeMemory
_WISH: TypeAdapter[_AnyWish] = TypeAdapter(Annotated[_AnyWish, Field(discriminator="op")])


@dataclass
class DownloadJob:
    """A download, under way or over."""

    name: str
    state: Literal["running", "done", "failed", "cancelled"] = "running"
    progress: Download | None = None
    message: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)


class Downloads:
    """The downloads of this server, the latest of each model. `closed` says why visitors may not
    start any."""

    def __init__(self, closed: str = "") -> None:
        self.closed = closed
        self._jobs: dict[str, DownloadJob] = {}
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        return any(job.state == "running" for job in self._jobs.values())

    def of(self, name: str) -> DownloadJob | None:
        return self._jobs.get(name)

    def start(self, name: str) -> None:
        """Download a model in the background, unless that is under way already.

        Raises:
            BadInput: there is no such model.
        """
        store.find(name)
        with self._lock:
            job = self._jobs.get(name)
            if job is not None and job.state == "running":
                return
            job = self._jobs[name] = DownloadJob(name)
        threading.Thread(target=_run, args=(job,), name=f"download {name}", daemon=True).start()

    def cancel(self, name: str) -> None:
        """Stop a download; what arrived is kept."""
        job = self._jobs.get(name)
        if job is not None:
            job.cancel.set()


def _run(job: DownloadJob) -> None:
    def report(progress: Download) -> None:
        if job.cancel.is_set():
            raise RenderCancelled()
        job.progress = progress

    try:
        store.download(job.name, report)
        job.state = "done"
    except RenderCancelled:
        job.message = "Stopped; what arrived is kept."
        job.state = "cancelled"
    except BadInput as error:
        job.message = error.for_page()
        job.state = "failed"
    except Exception:
        log.exception("download of %s failed", job.name)
        job.message = "Something went wrong; the server's log says what."
        job.state = "failed"


def perform(sent: Any, downloads: Downloads) -> None:
    """Do what the panel asked for.

    Raises:
        BadInput: it is nothing that the panel sends, there is no such model, or visitors may only
            look.
    """
    try:
        wish = _WISH.validate_python(sent)
    except ValidationError as error:
        raise bad_field(error).about("models") from None
    if downloads.closed and not isinstance(wish, ListModels):
        raise BadInput(downloads.closed)
    match wish:
        case DownloadModel(name=name):
            downloads.start(name)
        case CancelDownload(name=name):
            downloads.cancel(name)
        case FreeMemory():
            release()  # a clip that is being made with the model keeps it until it is done


def models_view(downloads: Downloads) -> dict[str, Any]:
    """The panel's content as plain JSON. Folders are told without the server's own paths."""
    return {
        "busy": downloads.busy,
        "closed": downloads.closed,
        "models": [_entry(found, downloads) for found in store.list_models()],
    }


def _entry(found: ModelStatus, downloads: Downloads) -> dict[str, Any]:
    model, job = found.model, downloads.of(found.model.name)
    running = job is not None and job.state == "running"
    progress = job.progress if job is not None and running else None
    message = job.message if job is not None and found.state != "complete" else ""
    return {
        "name": model.name,
        "title": model.title,
        "purpose": model.purpose,
        "bytes": model.size,
        "estimate": model.size_is_estimate,
        "here": found.here,
        "licences": [
            {"name": licence.name, "url": licence.url, "note": licence.note}
            for licence in model.licences
        ],
        "sources": list(dict.fromkeys(part.part.source for part in found.parts)),
        "state": "downloading" if running else found.state,
        "loaded": (resident_name() or "").partition("@")[0] == model.name,
        "stopping": running and job is not None and job.cancel.is_set(),
        "file": progress.file if progress else "",
        "done": progress.done if progress else 0,
        "total": progress.total if progress else 0,
        "message": message or "; ".join(found.problems),
        "failed": job is not None and job.state == "failed" and found.state != "complete",
        "by_hand": [
            store.by_hand(part.part, store.shown_folder(part.part))
            for part in found.parts
            if part.state != "complete"
        ],
    }
