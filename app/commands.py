"""What the page can ask for: each command is checked here and then done.

A command comes from a browser, so it may be anything at all. Its shape is checked by pydantic, its
ids and numbers by the story's own edits, its file paths against the upload folder.
"""

import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from app.films import Format
from app.samples import samples
from app.sessions import SAMPLE, Session, empty_story, sample_story
from app.studio import Studio
from app.uploads import DECODING, UploadedFile, named, title, uploaded
from seine_core.engines import engine_names
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.archive import unpack
from seine_core.story.model import (
    MAX_TAKES,
    CardSource,
    RenderSettings,
    Shot,
    Soundtrack,
    Source,
    Story,
    Transition,
    VideoSource,
    describe,
)
from seine_core.story.storage import add_media, add_sound, media_path, whole_video_s

MAX_FILES = 200
_FIRST_SHOT_S = 3.0
_BRIDGE_S = 1.0

_Id = Annotated[str, StringConstraints(max_length=40)]
_Owner = Annotated[str, StringConstraints(max_length=81)]  # a shot's id, or "left>right"
_Fields = Annotated[dict[str, Any], Field(min_length=1, max_length=20)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SetTitle(_Command):
    op: Literal["set_title"]
    title: str


class SetShot(_Command):
    op: Literal["set_shot"]
    id: _Id
    fields: _Fields


class SetShots(_Command):
    """The same fields of several shots, as one edit."""

    op: Literal["set_shots"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]
    fields: _Fields


class SetCard(_Command):
    op: Literal["set_card"]
    id: _Id
    colour: str


class SetEdge(_Command):
    op: Literal["set_edge"]
    left: _Id
    right: _Id
    fields: _Fields


class SetSettings(_Command):
    op: Literal["set_settings"]
    fields: _Fields


class SetSoundtrack(_Command):
    op: Literal["set_soundtrack"]
    fields: _Fields


class RemoveSoundtrack(_Command):
    op: Literal["remove_soundtrack"]


class AddSoundtrack(_Command):
    op: Literal["add_soundtrack"]
    file: UploadedFile


class AddMedia(_Command):
    op: Literal["add_media"]
    files: Annotated[list[UploadedFile], Field(min_length=1, max_length=MAX_FILES)]
    before: _Id | None = None


class ReplaceMedia(_Command):
    op: Literal["replace_media"]
    id: _Id
    file: UploadedFile


class AddBridge(_Command):
    """A picture between two neighbours, so that neither of the new transitions has far to go."""

    op: Literal["add_bridge"]
    left: _Id
    right: _Id
    file: UploadedFile


class AddCard(_Command):
    op: Literal["add_card"]
    before: _Id | None = None


class AddSample(_Command):
    op: Literal["add_sample"]
    name: Annotated[str, StringConstraints(max_length=200)]
    before: _Id | None = None


class Move(_Command):
    op: Literal["move"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]
    before: _Id | None = None


class Duplicate(_Command):
    op: Literal["duplicate"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]
    before: _Id | None = None


class Split(_Command):
    op: Literal["split"]
    id: _Id
    at_s: Annotated[float, Field(ge=0, le=3600)]


class SplitScenes(_Command):
    op: Literal["split_scenes"]
    id: _Id


class Remove(_Command):
    op: Literal["remove"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=1000)]


class Undo(_Command):
    op: Literal["undo"]


class Redo(_Command):
    op: Literal["redo"]


class Preview(_Command):
    op: Literal["preview"]
    owner: _Owner


class Vary(_Command):
    op: Literal["vary"]
    owner: _Owner
    count: Annotated[int, Field(ge=2, le=8)]
    keep_seed: bool = False


class RenderTakes(_Command):
    op: Literal["render_takes"]
    owner: _Owner


class KeepTake(_Command):
    op: Literal["keep_take"]
    owner: _Owner
    index: Annotated[int, Field(ge=0, lt=MAX_TAKES)]


class RemoveTake(_Command):
    op: Literal["remove_take"]
    owner: _Owner
    index: Annotated[int, Field(ge=0, lt=MAX_TAKES)]


class Compare(_Command):
    """Find out how alike the two scenes of a transition look."""

    op: Literal["compare"]
    left: _Id
    right: _Id


class Render(_Command):
    op: Literal["render"]
    format: Format
    name: Annotated[str, StringConstraints(max_length=200)] = ""
    captions: bool = True


class Cancel(_Command):
    op: Literal["cancel"]
    job: _Id | None = None


class Retry(_Command):
    op: Literal["retry"]
    job: _Id


class ClearFinished(_Command):
    op: Literal["clear_finished"]


class Resume(_Command):
    """Render what a server before this one did not finish; without `go_on` forget it."""

    op: Literal["resume"]
    go_on: bool


class Sync(_Command):
    op: Literal["sync"]


class NewStory(_Command):
    op: Literal["new_story"]
    sample: bool = False


class OpenStory(_Command):
    op: Literal["open_story"]
    name: _Id


class OpenArchive(_Command):
    op: Literal["open_archive"]
    file: UploadedFile


Edit = (
    SetTitle
    | SetShot
    | SetShots
    | SetCard
    | SetEdge
    | SetSettings
    | SetSoundtrack
    | RemoveSoundtrack
    | AddSoundtrack
    | AddMedia
    | ReplaceMedia
    | AddBridge
    | AddCard
    | AddSample
    | Move
    | Duplicate
    | Split
    | Remove
    | KeepTake
    | RemoveTake
    | Undo
    | Redo
)
Rendering = Vary | RenderTakes | Preview | Render | Cancel | Retry | ClearFinished | Resume
Task = Rendering | Compare | SplitScenes
Switch = NewStory | OpenStory | OpenArchive
Command = Edit | Task | Sync | Switch
_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="op")])

_EDGE_FIELDS = frozenset(Transition.model_fields) - {"left", "right", "takes"}
_SHOT_FIELDS = frozenset(Shot.model_fields) - {"id", "source", "takes"}
_SETTINGS_FIELDS = frozenset(RenderSettings.model_fields)
# What the two transitions at a bridge take over from the one that was there.
_BRIDGE_FIELDS = ("duration_s", "camera", "strength", "style", "engine", "negative_prompt")
_SOUND_FIELDS = frozenset(Soundtrack.model_fields) - {"file"}


def parse(raw: Any) -> Command:
    """The command that the page sent.

    Raises:
        BadInput: it is none.
    """
    try:
        return _COMMAND.validate_python(raw)
    except ValidationError as error:
        raise BadInput(f"command: {describe(error)}") from None


def perform(command: Command, session: Session, studio: Studio, tab: str) -> list[str]:
    """Do an edit, a preview, a render or a cancel in the story of `session`; returns what to tell
    the user, each one line.

    Raises:
        BadInput: it cannot be done; the story is as it was.
    """
    match command:
        case AddMedia():
            return _add_media(command, session, tab)
        case ReplaceMedia():
            return _replace_media(command, session, tab)
        case AddBridge():
            return _add_bridge(command, session, tab)
        case AddSample():
            _add_sample(command, session, tab)
        case AddSoundtrack():
            return _add_soundtrack(command, session, tab)
        case Undo():
            with session.lock:
                session.turn_to(session.history.undone(), tab)
        case Redo():
            with session.lock:
                session.turn_to(session.history.redone(), tab)
        case Vary(owner=owner, count=count, keep_seed=keep_seed):
            studio.takes.vary(session, owner, count, keep_seed, tab)
        case RenderTakes(owner=owner):
            studio.takes.render(session, owner)
        case Compare(left=left, right=right):
            studio.likeness.ask(session, left, right)
        case SplitScenes():
            studio.scenes.start(session, command.id, tab)
        case Preview():
            studio.preview(session, command.owner)
        case Render(format=kind, name=name, captions=captions):
            studio.render(session, kind, name=name, captions=captions)
        case Cancel():
            studio.queue.cancel(session.name, command.job)
        case Retry():
            return _retry(command, session, studio, tab)
        case ClearFinished():
            studio.queue.clear(session.name)
        case Resume():
            return _resume(command, session, studio, tab)
        case Sync():
            pass  # who asks gets the whole story back anyway
        case _:
            with session.lock:
                what, story = _edited(session.story, command)
                session.edit(story, tab, what, time.monotonic())
    return []


def switch(command: Switch, token: Any, studio: Studio) -> Session:
    """Another story for the visitor: one of theirs, a new one, or one from another machine.

    Raises:
        BadInput: it cannot be had; the visitor stays where they are.
    """
    workspace = studio.workspace
    match command:
        case OpenStory(name=name):
            return workspace.switch(token, name)
        case NewStory(sample=sample):
            return workspace.new_story(token, sample_story if sample else empty_story)
        case OpenArchive(file=file):
            try:
                return workspace.new_story(token, lambda folder: unpack(uploaded(file), folder))
            except BadInput as error:
                raise BadInput(named(file, error)) from None


def _retry(command: Retry, session: Session, studio: Studio, tab: str) -> list[str]:
    """What was asked for once is asked for again: what was made meanwhile is there already."""
    job = studio.queue.find(session.name, command.job)
    if job.busy or job.wish is None:
        raise BadInput(f"{job.label}: is not to be repeated; start it where it was started")
    told = perform(parse(job.wish), session, studio, tab)
    studio.queue.clear(session.name, job.id)
    return told


def _resume(command: Resume, session: Session, studio: Studio, tab: str) -> list[str]:
    told: list[str] = []
    wishes = studio.interrupted(session)
    studio.intents.write(session.name, [])
    for wish in wishes if command.go_on else []:
        again = parse(wish)
        if isinstance(again, Preview | Render):
            told += perform(again, session, studio, tab)
    return told


def _edited(story: Story, command: Any) -> tuple[Any, Story]:
    """What was edited, for undo to know what belongs together, and the edited story."""
    match command:
        case SetTitle(title=title):
            return "title", edits.set_title(story, title)
        case SetShot(id=shot_id, fields=fields):
            _allow(fields, _SHOT_FIELDS)
            return (shot_id, *sorted(fields)), edits.set_shot(story, shot_id, **fields)
        case SetShots(ids=ids, fields=fields):
            _allow(fields, _SHOT_FIELDS)
            for shot_id in ids:
                story = edits.set_shot(story, shot_id, **fields)
            return (*ids, *sorted(fields)), story
        case SetCard(id=shot_id):
            return (shot_id, "colour"), edits.set_source(story, shot_id, _card(story, command))
        case SetEdge(left=left, right=right, fields=fields):
            _allow(fields, _EDGE_FIELDS)
            what = (left, right, *sorted(fields))
            return what, edits.set_transition(story, left, right, **fields)
        case SetSettings(fields=fields):
            _allow(fields, _SETTINGS_FIELDS)
            return ("settings", *sorted(fields)), edits.set_settings(story, **fields)
        case SetSoundtrack(fields=fields):
            _allow(fields, _SOUND_FIELDS)
            return ("sound", *sorted(fields)), edits.set_soundtrack(story, _sound(story, fields))
        case RemoveSoundtrack():
            return None, edits.set_soundtrack(story, None)
        case AddCard(before=before):
            return None, edits.insert(story, [CardSource()], before=before, title="Title card")
        case Move(ids=ids, before=before):
            return None, edits.move(story, ids, before=before)
        case Duplicate(ids=ids, before=before):
            return None, edits.duplicate(story, ids, before=before)
        case Split(id=shot_id, at_s=at_s):
            return None, edits.split(story, shot_id, at_s)
        case Remove(ids=ids):
            return None, edits.remove(story, ids)
        case KeepTake(owner=owner, index=index):
            return None, edits.keep_take(story, owner, index)
        case RemoveTake(owner=owner, index=index):
            return None, edits.remove_take(story, owner, index)
    raise BadInput(f"command: {type(command).__name__} is no edit")


def _allow(fields: dict[str, Any], allowed: frozenset[str]) -> None:
    for name in fields:
        if name not in allowed:
            raise BadInput(
                f"{name[:40]!r}: cannot be set; allowed are {', '.join(sorted(allowed))}"
            )
    engine = fields.get("engine")
    if engine is not None and engine != "auto" and engine not in engine_names():
        names = ", ".join(("auto", *engine_names()))
        raise BadInput(f"engine: received {str(engine)[:40]!r}, allowed {names}")


def _sound(story: Story, fields: dict[str, Any]) -> Soundtrack:
    if story.soundtrack is None:
        raise BadInput("soundtrack: there is none yet; add one first")
    try:
        return Soundtrack.model_validate({**dict(story.soundtrack), **fields})
    except ValidationError as error:
        raise BadInput(f"soundtrack: {describe(error)}") from None


def _add_media(command: AddMedia, session: Session, tab: str) -> list[str]:
    """The good files become shots, in one edit; the others are told."""
    problems: list[str] = []
    new: list[tuple[Any, dict[str, Any]]] = []
    for file in command.files:  # without the lock: decoding takes its time, editing goes on
        try:
            with DECODING:
                source = add_media(session.folder, uploaded(file))
            new.append((source, {"title": title(file), "duration_s": _length(session, source)}))
        except BadInput as error:
            problems.append(named(file, error))
    with session.lock:
        story = session.story
        before = command.before
        if before is not None and all(shot.id != before for shot in story.shots):
            before = None  # removed meanwhile: the files still come in
        for source, fields in new:
            story = edits.insert(story, [source], before=before, **fields)
        session.edit(story, tab)
    return problems


def _replace_media(command: ReplaceMedia, session: Session, tab: str) -> list[str]:
    source = _added(command.file, session)
    with session.lock:
        session.edit(edits.set_source(session.story, command.id, source), tab)
    return []


def _add_bridge(command: AddBridge, session: Session, tab: str) -> list[str]:
    source = _added(command.file, session)
    left, right = command.left, command.right
    with session.lock:
        story = session.story
        if story.index(right) != story.index(left) + 1:
            raise BadInput("bridge: the two shots are no longer neighbours; choose a transition")
        edge = story.transition(left, right)
        fields = {"title": title(command.file), "duration_s": _length(session, source, _BRIDGE_S)}
        story = edits.insert(story, [source], before=right, **fields)
        bridge = story.shots[story.index(right) - 1].id
        kept = {name: getattr(edge, name) for name in _BRIDGE_FIELDS}
        for ends in ((left, bridge), (bridge, right)):
            story = edits.set_transition(story, *ends, **kept)
        session.edit(story, tab)
    return []


def _added(file: UploadedFile, session: Session) -> Source:
    """The file among the story's media. Without the lock: decoding takes its time."""
    try:
        return add_media(session.folder, uploaded(file))
    except BadInput as error:
        raise BadInput(named(file, error)) from None


def _card(story: Story, command: SetCard) -> CardSource:
    if not isinstance(story.shot(command.id).source, CardSource):
        raise BadInput("colour: only a title card has one; this shot shows a picture")
    try:
        return CardSource(colour=command.colour)
    except ValidationError as error:
        raise BadInput(describe(error)) from None


def _add_sample(command: AddSample, session: Session, tab: str) -> None:
    sample = samples().get(command.name)
    if sample is None:
        known = ", ".join(samples())
        raise BadInput(f"sample: received {command.name[:40]!r}, allowed {known}")
    source = add_media(session.folder, media_path(SAMPLE, command.name))
    fields = {name: getattr(sample, name) for name in ("title", "prompt", "duration_s", "camera")}
    with session.lock:
        story = edits.insert(session.story, [source], before=command.before, **fields)
        session.edit(story, tab)


def _add_soundtrack(command: AddSoundtrack, session: Session, tab: str) -> list[str]:
    try:
        name = add_sound(session.folder, uploaded(command.file))
    except BadInput as error:
        raise BadInput(named(command.file, error)) from None
    with session.lock:
        session.edit(edits.set_soundtrack(session.story, Soundtrack(file=name)), tab)
    return []


def _length(session: Session, source: Any, still_s: float = _FIRST_SHOT_S) -> float:
    if not isinstance(source, VideoSource):
        return still_s
    return whole_video_s(session.folder, source)
