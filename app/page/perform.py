"""Doing what the page asked for: edits of the story, renders, and going to another story."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from app.page import commands, markers, perform_clip, perform_clipboard, perform_sound
from app.page.clip_commands import ClipEdit
from app.page.many_commands import CopyShots, PasteShots, SetMany, SetNewEdges
from app.page.story_history import perform_history
from app.served.senders import NOBODY, Sender
from app.served.uploads import UploadedFile, short_name, title
from app.stories.samples import SAMPLE, samples
from app.stories.sessions import Session
from app.stories.workspace import empty_story
from app.work.studio import Studio
from seine_core.engines import engine_names
from seine_core.errors import BadInput, SeineError, quoted
from seine_core.story import edits
from seine_core.story.captioning import with_subtitles
from seine_core.story.disk.archive import unpack
from seine_core.story.disk.storage import add_media, media_path, save_story, whole_video_s
from seine_core.story.disk.subtitle_files import load_subtitles
from seine_core.story.many_edits import set_each, set_new_edges
from seine_core.story.model import (
    Caption,
    CardSource,
    NewEdges,
    RenderSettings,
    Shot,
    Source,
    Story,
    Transition,
    VideoSource,
    bad_field,
)
from seine_core.story.naming import named_after
from seine_core.story.templates import insert_media, set_template, with_template

_FIRST_SHOT_S = 3.0
_BRIDGE_S = 1.0

_EDGE_FIELDS = frozenset(Transition.model_fields) - {"left", "right", "takes"}
_SHOT_FIELDS = frozenset(Shot.model_fields) - {"id", "source", "takes"}
_NEW_EDGES_FIELDS = frozenset(NewEdges.model_fields)
_SETTINGS_FIELDS = frozenset(RenderSettings.model_fields)
# What the two transitions at a bridge take over from the one that was there.
_BRIDGE_FIELDS = ("duration_s", "camera", "strength", "style", "engine", "negative_prompt")


def perform(
    command: commands.Command,
    session: Session,
    studio: Studio,
    tab: str,
    sender: Sender = NOBODY,
) -> list[str]:
    """Do an edit, a preview, a render or a cancel in the story of `session`; returns what to tell
    the user, each one line. Files are those that `sender` uploaded, and what is to be made waits
    among their work.

    Raises:
        BadInput: it cannot be done; the story is as it was.
    """
    match command:
        case commands.AddMedia():
            return _add_media(command, session, studio, tab, sender)
        case commands.ReplaceMedia():
            return _replace_media(command, session, studio, tab, sender)
        case commands.AddBridge():
            return _add_bridge(command, session, studio, tab, sender)
        case commands.AddSample():
            _add_sample(command, session, tab)
        case CopyShots():
            perform_clipboard.copy_shots(command, session, studio, sender)
        case PasteShots():
            perform_clipboard.paste_shots(command, session, studio, tab, sender)
        case commands.LoadSubtitles():
            return _load_subtitles(command, session, studio, tab, sender)
        case commands.AddSound():
            return perform_sound.add_sound(command, session, studio, tab, sender)
        case commands.CaptionNarration():
            return perform_sound.caption_narration(session, tab)
        case _ if isinstance(command, ClipEdit):
            length_s, clip = perform_clip.file_s(session, command.id), command
            session.update(
                tab, lambda story: perform_clip.edited(story, clip, length_s), _what(command)
            )
        case _ if isinstance(command, commands.SoundTask):
            perform_sound.start(command, session, studio, tab, sender)
        case commands.Undo():
            with session.lock:
                session.turn_to(session.history.undone(), tab)
        case commands.Redo():
            with session.lock:
                session.turn_to(session.history.redone(), tab)
        case commands.ChooseVersion(version=version, digest=digest):
            with session.lock:
                session.choose(version, digest, tab)
        case _ if isinstance(command, commands.Keeping):
            perform_history(command, session, tab)
        case commands.Vary(owner=owner, count=count, keep_seed=keep_seed):
            studio.takes.vary(session, owner, count, keep_seed, tab, sender)
        case commands.RenderTakes(owner=owner):
            studio.takes.render(session, owner, sender)
        case commands.Compare(left=left, right=right):
            studio.likeness.ask(session, left, right, sender)
        case commands.SplitScenes():
            studio.scenes.start(session, command.id, tab, sender)
        case commands.Preview():
            studio.preview(session, command.owner, sender)
        case commands.Render(format=kind, name=name, captions=captions, output=wish):
            studio.render(
                session,
                kind,
                name=name,
                captions=captions,
                output=wish.output(),
                sender=sender,
            )
        case commands.Cancel():
            studio.queue.cancel(session.name, command.job)
        case commands.Retry():
            return _retry(command, session, studio, tab, sender)
        case commands.ClearFinished():
            studio.queue.clear(session.name)
        case commands.Resume():
            return _resume(command, session, studio, tab, sender)
        case commands.Sync():
            pass  # who asks gets the whole story back anyway
        case _:
            session.update(tab, lambda story: _edited(story, command), _what(command))
    return []


def switch(
    command: commands.Switch, token: Any, studio: Studio, sender: Sender = NOBODY
) -> Session:
    """Another story for the visitor: one of theirs, a new one, or one from another machine.

    Raises:
        BadInput: it cannot be had; the visitor stays where they are.
    """
    workspace = studio.workspace
    match command:
        case commands.OpenStory(name=name):
            return workspace.switch(token, name)
        case commands.NewStory(sample=True):
            return workspace.new_sample(token)
        case commands.NewStory(template=template) if template is not None:
            story = with_template(Story(), template)
            return workspace.new_story(token, lambda folder: save_story(story, folder))
        case commands.NewStory():
            return workspace.new_story(token, empty_story)
        case commands.OpenArchive(file=file):
            with studio.uploads.opened(file, sender) as path:
                return workspace.new_story(token, lambda folder: unpack(path, folder))


def _retry(
    command: commands.Retry, session: Session, studio: Studio, tab: str, sender: Sender
) -> list[str]:
    """What was asked for once is asked for again: what was made meanwhile is there already."""
    job = studio.queue.find(session.name, command.job)
    if job.busy or job.command is None:
        raise BadInput(
            "is not to be repeated", subject=job.label, advice="start it where it was started"
        )
    messages = perform(commands.parse(job.command), session, studio, tab, sender)
    studio.queue.clear(session.name, job.id)
    return messages


def _resume(
    command: commands.Resume, session: Session, studio: Studio, tab: str, sender: Sender
) -> list[str]:
    messages: list[str] = []
    interrupted = studio.interrupted(session)
    studio.intents.write(session.name, [])
    for earlier in interrupted if command.go_on else []:
        again = commands.parse(earlier)
        if isinstance(again, commands.Preview | commands.Render | commands.RenderTakes):
            messages += perform(again, session, studio, tab, sender)
    return messages


def _what(command: commands.Command) -> Any:
    """What is set, for undo to know which edits belong together; None where nothing is."""
    if not command.op.startswith("set_"):
        return None
    if isinstance(command, SetMany):
        return tuple((*change.owners, *sorted(change.fields)) for change in command.changes)
    where = command.model_dump(exclude={"title", "colour", "fields"})
    return repr(where), *sorted(getattr(command, "fields", ()))


def _edited(story: Story, command: commands.Command) -> Story:
    """The edited story.

    Raises:
        BadInput: it cannot be edited like this.
    """
    if isinstance(command, commands.SoundEdit):
        return perform_sound.edited(story, command)
    if isinstance(command, SetMany):
        for change in command.changes:
            for owner in change.owners:
                _allow(change.fields, _EDGE_FIELDS if ">" in owner else _SHOT_FIELDS)
        return set_each(story, ((change.owners, change.fields) for change in command.changes))
    if isinstance(command, SetNewEdges):
        _allow(command.fields, _NEW_EDGES_FIELDS)
        return set_new_edges(story, **command.fields)
    if isinstance(command, markers.MarkerEdit):
        return markers.edited(story, command)
    match command:
        case commands.SetTitle(title=title):
            return edits.set_title(story, title)
        case commands.SetShot(id=shot_id, fields=fields):
            _allow(fields, _SHOT_FIELDS)
            return edits.set_shot(story, shot_id, **fields)
        case commands.SetCard(id=shot_id):
            return edits.set_source(story, shot_id, _card(story, command))
        case commands.SetEdge(left=left, right=right, fields=fields):
            _allow(fields, _EDGE_FIELDS)
            return edits.set_transition(story, left, right, **fields)
        case commands.SetSettings(fields=fields):
            _allow(fields, _SETTINGS_FIELDS)
            return edits.set_settings(story, **fields)
        case commands.SetTemplate(template=template):
            return set_template(story, template)
        case commands.AddCard(before=before):
            words = Caption(text="Title", place="centre")
            card = {"title": "Title card", "captions": (words,)}
            return edits.insert(story, [CardSource()], before=before, **card)
        case commands.Move(ids=ids, before=before):
            return edits.move(story, ids, before=before)
        case commands.Duplicate(ids=ids, before=before):
            return edits.duplicate(story, ids, before=before)
        case commands.Split(id=shot_id, at_s=at_s):
            return edits.split(story, shot_id, at_s)
        case commands.Remove(ids=ids):
            return edits.remove(story, ids)
        case commands.KeepTake(owner=owner, index=index):
            return edits.keep_take(story, owner, index)
        case commands.RemoveTake(owner=owner, index=index):
            return edits.remove_take(story, owner, index)
    raise BadInput(f"{type(command).__name__} is no edit", subject="command")


def _allow(fields: dict[str, Any], allowed: frozenset[str]) -> None:
    for name in fields:
        if name not in allowed:
            raise BadInput("cannot be set", subject=quoted(name), allowed=sorted(allowed))
    engine = fields.get("engine")
    if engine is not None and engine != "auto" and engine not in engine_names():
        raise BadInput(subject="engine", received=engine, allowed=("auto", *engine_names()))


def _add_media(
    command: commands.AddMedia, session: Session, studio: Studio, tab: str, sender: Sender
) -> list[str]:
    """The good files become shots, in one edit; of the others the messages say why not."""
    messages: list[str] = []
    new: list[tuple[Any, dict[str, Any]]] = []
    for file in command.files:  # without the lock: decoding takes its time, editing goes on
        try:
            with studio.uploads.opened(file, sender) as path:
                session.own()
                source = add_media(session.folder, path, _told_in(messages, file))
                fields = {"title": title(file), "duration_s": _length(session, source)}
            new.append((source, fields))
        except BadInput as error:
            messages.append(error.for_page())

    def inserted(story: Story) -> Story:
        before = command.before
        if before is not None and all(shot.id != before for shot in story.shots):
            before = None  # removed meanwhile: the files still come in
        story = named_after(story, [fields["title"] for _, fields in new])
        return insert_media(story, new, before=before)

    session.update(tab, inserted)
    perform_sound.cut_as_template(session, studio, tab, sender)
    return messages


def _replace_media(
    command: commands.ReplaceMedia, session: Session, studio: Studio, tab: str, sender: Sender
) -> list[str]:
    messages: list[str] = []
    source = _added(command.file, session, studio, sender, messages)
    session.update(tab, lambda story: edits.set_source(story, command.id, source))
    return messages


def _add_bridge(
    command: commands.AddBridge, session: Session, studio: Studio, tab: str, sender: Sender
) -> list[str]:
    messages: list[str] = []
    source = _added(command.file, session, studio, sender, messages)
    left, right = command.left, command.right
    fields = {"title": title(command.file), "duration_s": _length(session, source, _BRIDGE_S)}

    def bridged(story: Story) -> Story:
        if story.index(right) != story.index(left) + 1:
            raise BadInput(
                "the two shots are no longer neighbours",
                subject="bridge",
                advice="choose a transition",
            )
        edge = story.transition(left, right)
        story = edits.insert(story, [source], before=right, **fields)
        bridge = story.shots[story.index(right) - 1].id
        kept = {name: getattr(edge, name) for name in _BRIDGE_FIELDS}
        for ends in ((left, bridge), (bridge, right)):
            story = edits.set_transition(story, *ends, **kept)
        return story

    session.update(tab, bridged)
    return messages


def _added(
    file: UploadedFile, session: Session, studio: Studio, sender: Sender, messages: list[str]
) -> Source:
    """The file among the story's media; what is amiss with it joins the messages. Without the
    lock: decoding takes its time."""
    with studio.uploads.opened(file, sender) as path:
        session.own()
        return add_media(session.folder, path, _told_in(messages, file))


def _told_in(messages: list[str], file: UploadedFile) -> Callable[[SeineError], None]:
    return lambda note: messages.append(note.renamed(lambda _: short_name(file)).for_page())


def _card(story: Story, command: commands.SetCard) -> CardSource:
    if not isinstance(story.shot(command.id).source, CardSource):
        raise BadInput(
            "only a title card has one", subject="colour", advice="this shot shows a picture"
        )
    try:
        return CardSource(colour=command.colour)
    except ValidationError as error:
        raise bad_field(error) from None


def _add_sample(command: commands.AddSample, session: Session, tab: str) -> None:
    sample = samples().get(command.name)
    if sample is None:
        raise BadInput(subject="sample", received=command.name, allowed=samples())
    session.own()
    source = add_media(session.folder, media_path(SAMPLE, command.name))
    fields = {name: getattr(sample, name) for name in ("title", "prompt", "duration_s", "camera")}
    session.update(
        tab, lambda story: insert_media(story, [(source, fields)], before=command.before)
    )


def _load_subtitles(
    command: commands.LoadSubtitles, session: Session, studio: Studio, tab: str, sender: Sender
) -> list[str]:
    with studio.uploads.opened(command.file, sender) as path:
        subtitles = load_subtitles(path)
    notes: list[str] = []

    def captioned(story: Story) -> Story:
        found = with_subtitles(story, subtitles)
        notes[:] = found.notes
        return found.story

    session.update(tab, captioned)
    return notes


def _length(session: Session, source: Any, still_s: float = _FIRST_SHOT_S) -> float:
    if not isinstance(source, VideoSource):
        return still_s
    return whole_video_s(session.folder, source)
