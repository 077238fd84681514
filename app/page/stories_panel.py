"""The Stories dialog: a visitor's stories as cards, and what can be done with one beside editing.

The list is made only when it is asked for, and no story file is read twice for it. What the page
sends is checked here. Opening and making stories are commands of the editor's own, for they change
what it shows.
"""

import contextlib
from collections import OrderedDict
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from app.page.lettering import lettering
from app.served.media_files import CARD_WIDTH
from app.served.shapes import MAY_BE_ABSENT, Id, Message, Received, checked
from app.work.films import file_words
from app.work.studio import Studio
from seine_core.errors import BadInput
from seine_core.story.disk.archive import pack
from seine_core.story.disk.storage import STORY_FILE, load_story, media_path
from seine_core.story.model import CardSource, Story, VideoSource

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
    match checked(sent, _REQUEST, "stories"):
        case RenameStory(name=name, title=title):
            studio.workspace.rename(token, name, title)
        case DuplicateStory(name=name):
            studio.workspace.duplicate(token, name)
        case DeleteStory(name=name):
            studio.delete_story(token, name)
        case RestoreStory(name=name):
            studio.workspace.restore(token, name)


class StoryCard(Message):
    """A story: its size, where it can be had as a file, and its first picture or colour."""

    name: str
    title: str
    changed: float  # seconds since 1970
    damaged: bool | None = MAY_BE_ABSENT
    shots: int | None = MAY_BE_ABSENT
    total_s: float | None = MAY_BE_ABSENT
    archive: str | None = MAY_BE_ABSENT
    archive_name: str | None = MAY_BE_ABSENT
    thumb: str | None = MAY_BE_ABSENT
    colour: str | None = MAY_BE_ABSENT


class StoriesView(Message):
    """The dialog's content. `answer` tells one from the next, since the page takes no notice of one
    that is equal, and which of two that overtook each other is the later."""

    answer: int
    for_one: bool
    stories: list[StoryCard]  # the latest changed first
    deleted: list[StoryCard]


class StoryCards:
    """What the dialog shows of a story, read again only when its file has changed."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._known: OrderedDict[Path, tuple[int, StoryCard]] = OrderedDict()

    def view(self, token: Any) -> StoriesView:
        """All stories of a visitor."""
        answer = self._studio.next_answer()
        workspace = self._studio.workspace
        cards = [self.card(name, folder) for name, folder in workspace.stories(token)]
        return StoriesView(
            answer=answer,
            for_one=workspace.for_one,
            stories=sorted(cards, key=lambda card: -card.changed),
            deleted=[self.card(name, folder) for name, folder in workspace.deleted(token)],
        )

    def card(self, name: str, folder: Path) -> StoryCard:
        """That of one story."""
        try:
            stat = (folder / STORY_FILE).stat()
            changed, stamp = stat.st_mtime, stat.st_mtime_ns
        except OSError:
            changed, stamp = 0.0, 0
        known = self._known.pop(folder, None)
        if known is None or known[0] != stamp:
            known = stamp, self._read(name, folder, changed)
        self._known[folder] = known
        if len(self._known) > _CARDS_KEPT:
            self._known.popitem(last=False)
        # Many see the sample under names of their own.
        return known[1].model_copy(update={"name": name})

    def _read(self, name: str, folder: Path, changed: float) -> StoryCard:
        try:
            story = load_story(folder)
        except BadInput:
            return StoryCard(name=name, title="(damaged story)", changed=changed, damaged=True)
        file = f"{file_words(story.title)}.seine.zip"
        address = self._studio.shelf.made_anew(folder, ".zip", file, lambda out: pack(folder, out))
        return StoryCard(
            name=name,
            title=story.title,
            changed=changed,
            shots=len(story.shots),
            total_s=float(story.total_s),
            archive=f"{address}?download=1",
            archive_name=file,
            **self._face(story, folder),
        )

    def _face(self, story: Story, folder: Path) -> dict[str, str]:
        if not story.shots:
            return {}
        shot = story.shots[0]
        source, captions = shot.source, shot.captions
        if isinstance(source, CardSource):
            face = {"colour": source.colour}
            with contextlib.suppress(BadInput):  # words that no font has
                for words in captions[:1]:
                    size, shelf = story.settings.size, self._studio.shelf
                    face["thumb"] = lettering(shelf, words, size, 2 * CARD_WIDTH)
            return face
        try:
            path = media_path(folder, source.file)
        except BadInput:
            return {}
        path = self._studio.workspace.sample.original(path)
        at_s = source.offset_s if isinstance(source, VideoSource) else 0.0
        return {"thumb": self._studio.shelf.picture(path, CARD_WIDTH, at_s, shot.orientation)}
