"""The Stories dialog: a visitor's stories as cards, and what can be done with one beside editing.

The list is made only when it is asked for, and no story file is read twice for it. What the page
sends is checked here. Opening and making stories are commands of the editor's own, for they change
what it shows.
"""

from collections import OrderedDict
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from app.served.media_files import CARD_WIDTH
from app.served.received import Id, Received
from app.work.films import file_words
from app.work.studio import Studio
from seine_core.errors import BadInput
from seine_core.story.disk.archive import pack
from seine_core.story.disk.storage import STORY_FILE, load_story, media_path
from seine_core.story.model import CardSource, Story, VideoSource, bad_field

_CARDS_KEPT = 2000


class ListStories(Received):
    op: Literal["list"]


class RenameStory(Received):
    op: Literal["rename"]
    name: Id
    title: str


class DuplicateStory(Received):
    op: Literal["duplicate"]
    name: Id


class DeleteStory(Received):
    op: Literal["delete"]
    name: Id


class RestoreStory(Received):
    op: Literal["restore"]
    name: Id


_Request = ListStories | RenameStory | DuplicateStory | DeleteStory | RestoreStory
_REQUEST: TypeAdapter[_Request] = TypeAdapter(Annotated[_Request, Field(discriminator="op")])


def perform(token: Any, sent: Any, studio: Studio) -> None:
    """Do what the dialog asked for.

    Raises:
        BadInput: it is nothing that the dialog sends, or cannot be done.
    """
    try:
        request = _REQUEST.validate_python(sent)
    except ValidationError as error:
        raise bad_field(error).about("stories") from None
    match request:
        case RenameStory(name=name, title=title):
            studio.workspace.rename(token, name, title)
        case DuplicateStory(name=name):
            studio.workspace.duplicate(token, name)
        case DeleteStory(name=name):
            studio.delete_story(token, name)
        case RestoreStory(name=name):
            studio.workspace.restore(token, name)


class StoryCards:
    """What the dialog shows of a story, read again only when its file has changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._known: OrderedDict[Path, tuple[int, dict[str, Any]]] = OrderedDict()

    def view(self, token: Any) -> dict[str, Any]:
        """The dialog's content as plain JSON, the latest changed story first. `answer` tells one
        from the next, since the page takes no notice of one that is equal, and which of two that
        overtook each other is the later."""
        answer = self._studio.next_answer()
        workspace = self._studio.workspace
        cards = [self._card(name, folder) for name, folder in workspace.stories(token)]
        return {
            "answer": answer,
            "for_one": workspace.for_one,
            "stories": sorted(cards, key=lambda card: -card["changed"]),
            "deleted": [self._card(name, folder) for name, folder in workspace.deleted(token)],
        }

    def _card(self, name: str, folder: Path) -> dict[str, Any]:
        try:
            stat = (folder / STORY_FILE).stat()
            changed, stamp = stat.st_mtime, stat.st_mtime_ns
        except OSError:
            changed, stamp = 0.0, 0
        known = self._known.pop(folder, None)
        if known is None or known[0] != stamp:
            known = (stamp, self._read(folder) | {"changed": changed})
        self._known[folder] = known
        if len(self._known) > _CARDS_KEPT:
            self._known.popitem(last=False)
        return known[1] | {"name": name}  # many see the sample under names of their own

    def _read(self, folder: Path) -> dict[str, Any]:
        try:
            story = load_story(folder)
        except BadInput:
            return {"title": "(damaged story)", "damaged": True}
        name = f"{file_words(story.title)}.seine.zip"
        address = self._studio.shelf.made_anew(folder, ".zip", name, lambda out: pack(folder, out))
        return {
            "title": story.title,
            "shots": len(story.shots),
            "total_s": story.total_s,
            "archive": f"{address}?download=1",
            "archive_name": name,
            **self._face(story, folder),
        }

    def _face(self, story: Story, folder: Path) -> dict[str, Any]:
        if not story.shots:
            return {}
        source = story.shots[0].source
        if isinstance(source, CardSource):
            return {"colour": source.colour}
        try:
            path = media_path(folder, source.file)
        except BadInput:
            return {}
        path = self._studio.workspace.sample.original(path)
        at_s = source.offset_s if isinstance(source, VideoSource) else 0.0
        return {"thumb": self._studio.shelf.picture(path, CARD_WIDTH, at_s)}
