"""The Models panel: what the engines need, what of it is here, and downloads in the background.

Nothing is fetched before somebody presses Download. What the page sends is checked here, apart
from the story's commands, for it belongs to no story.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from app.served.shapes import Id, Message, Received, checked
from app.work.background import Background, Work
from app.work.pace import Speeds
from app.work.recommendation import RecommendedView, recommendation
from seine_core.errors import BadInput, RenderCancelled
from seine_core.vision.weights import MODEL as EYES
from seine_core.weights import store
from seine_core.weights.resident import release, resident_name
from seine_core.weights.store import Download, ModelStatus

_AT_ONCE = 20  # more than there are models
_NO_STORY = ""  # models are everybody's


class ListModels(Received):
    op: Literal["list"]


class DownloadModel(Received):
    op: Literal["download"]
    name: Id


class CancelDownload(Received):
    op: Literal["cancel"]
    name: Id


class FreeMemory(Received):
    op: Literal["free"]


_Request = ListModels | DownloadModel | CancelDownload | FreeMemory
_REQUEST: TypeAdapter[_Request] = TypeAdapter(Annotated[_Request, Field(discriminator="op")])


@dataclass(kw_only=True, eq=False)
class DownloadJob(Work):
    """A download, under way or over."""

    stopped: ClassVar[str] = "Stopped; what arrived is kept."

    progress: Download | None = None

    def report(self, progress: Download) -> None:
        if self.cancel.is_set():
            raise RenderCancelled()
        self.progress = progress


class Downloads:
    """The downloads of this server, the latest of each model. `closed` says why visitors may not
    start any."""

    def __init__(self, closed: str = "") -> None:
        self.closed = closed
        self._work = Background[DownloadJob]("download", each=_AT_ONCE, at_once=_AT_ONCE)

    @property
    def busy(self) -> bool:
        return self._work.busy()

    def of(self, name: str) -> DownloadJob | None:
        jobs = [job for job in self._work.of(_NO_STORY) if job.same == name]
        return jobs[-1] if jobs else None

    def start(self, name: str) -> None:
        """Download a model in the background, unless that is under way already.

        Raises:
            BadInput: there is no such model.
        """
        store.find(name)
        job = self.of(name)
        if job is not None:
            if job.busy:
                return
            self._work.clear(_NO_STORY, job.id)
        label = f"Download of {name}"
        self._work.submit(DownloadJob(story=_NO_STORY, label=label, do=_download, same=name))

    def cancel(self, name: str) -> None:
        """Stop a download; what arrived is kept."""
        job = self.of(name)
        if job is not None:
            self._work.cancel(_NO_STORY, job.id)


def _download(job: DownloadJob) -> None:
    store.download(job.same, job.report)


def perform(sent: Any, downloads: Downloads) -> None:
    """Do what the panel asked for.

    Raises:
        BadInput: it is nothing that the panel sends, there is no such model, or visitors may only
            look.
    """
    request = checked(sent, _REQUEST, "models")
    if downloads.closed and not isinstance(request, ListModels):
        raise BadInput(downloads.closed)
    match request:
        case DownloadModel(name=name):
            downloads.start(name)
        case CancelDownload(name=name):
            downloads.cancel(name)
        case FreeMemory():
            release()  # a clip that is being made with the model keeps it until it is done


class LicenceView(Message):
    name: str
    url: str
    note: str


class ModelView(Message):
    """A model, what of it is here, and its latest download; sizes in bytes."""

    name: str
    title: str
    purpose: str
    bytes: int
    estimate: bool
    research: bool
    lacks: str  # what this machine has too little of for it
    here: int
    licences: list[LicenceView]
    sources: list[str]
    state: Literal["complete", "partial", "missing", "downloading"]
    loaded: bool
    stopping: bool
    file: str
    done: int
    total: int
    message: str
    failed: bool
    by_hand: list[str]


class ModelsView(Message):
    """The panel's content. Folders are named without the server's own paths."""

    busy: bool
    closed: str  # why visitors may not start any
    recommended: RecommendedView | None  # None where visitors may only look
    models: list[ModelView]


class EyesView(Message):
    """The model that engines look at pictures with."""

    name: str
    title: str
    bytes: int


def eyes_view(downloads: Downloads) -> EyesView | None:
    """What the page offers where it would help; None where visitors may not download it."""
    if downloads.closed:
        return None
    model = store.find(EYES)
    return EyesView(name=model.name, title=model.title, bytes=model.size)


def models_view(downloads: Downloads, speeds: Speeds) -> ModelsView:
    """All models, how far downloads are, and which engines suit this machine. What the machine has
    is not for visitors who may only look."""
    models = store.list_models()
    recommended = None if downloads.closed else recommendation(models, speeds)
    lacks = recommended.lacks if recommended else {}
    return ModelsView(
        busy=downloads.busy,
        closed=downloads.closed,
        recommended=recommended,
        models=[_model_view(found, downloads, lacks) for found in models],
    )


def _model_view(found: ModelStatus, downloads: Downloads, lacks: Mapping[str, str]) -> ModelView:
    model, job = found.model, downloads.of(found.model.name)
    running = job is not None and job.busy
    progress = job.progress if job is not None and running else None
    message = job.message if job is not None and found.state != "complete" else ""
    return ModelView(
        name=model.name,
        title=model.title,
        purpose=model.purpose,
        bytes=model.size,
        estimate=model.size_is_estimate,
        research=model.research,
        lacks=lacks.get(model.name, "") if found.state != "complete" else "",
        here=found.here,
        licences=[LicenceView(**vars(licence)) for licence in model.licences],
        sources=list(dict.fromkeys(part.part.source for part in found.parts)),
        state="downloading" if running else found.state,
        loaded=(resident_name() or "").partition("@")[0] == model.name,
        stopping=running and job is not None and job.cancel.is_set(),
        file=progress.file if progress else "",
        done=progress.done if progress else 0,
        total=progress.total if progress else 0,
        message=message or "; ".join(found.problems),
        failed=job is not None and job.state == "failed" and found.state != "complete",
        by_hand=[
            store.by_hand(part.part, store.shown_folder(part.part))
            for part in found.parts
            if part.state != "complete"
        ],
    )
