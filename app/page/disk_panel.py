"""The Disk use dialog: what a visitor's stories hold, and what of it can be let go."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from app.page.stories_panel import StoryCards
from app.served.shapes import Id, Message, Received, checked
from app.work.disk_use import Part, StoryUse
from app.work.studio import Studio


class MeasureDisk(Received):
    op: Literal["measure"]


class FreePart(Received):
    op: Literal["free"]
    name: Id
    part: Part


class FreeSeveral(Received):
    op: Literal["free_several"]


class FreeEarlier(Received):
    op: Literal["free_earlier"]


class PurgeStory(Received):
    op: Literal["purge"]
    name: Id


class EmptyTrash(Received):
    op: Literal["empty_trash"]


_Request = MeasureDisk | FreePart | FreeSeveral | FreeEarlier | PurgeStory | EmptyTrash
_REQUEST: TypeAdapter[_Request] = TypeAdapter(Annotated[_Request, Field(discriminator="op")])


class StoryUseView(Message):
    """Bytes; `clips` and `takes` are None while they are looked for."""

    name: str
    title: str
    deleted: bool
    media: int
    films: int
    clips: int | None
    takes: int | None


class DiskView(Message):
    """The dialog's content. `waiting`: stories that are yet to be looked through."""

    answer: int
    stories: list[StoryUseView]  # the largest first
    several: int
    earlier: int
    waiting: int


def perform(token: Any, sent: Any, studio: Studio) -> None:
    """Do what the dialog asked for.

    Raises:
        BadInput: it is nothing that the dialog sends, or cannot be done.
    """
    match checked(sent, _REQUEST, "disk"):
        case FreePart(name=name, part=part):
            studio.disk.free(token, name, part)
        case FreeSeveral():
            studio.disk.free_several(token)
        case FreeEarlier():
            studio.disk.free_earlier(token)
        case PurgeStory(name=name):
            studio.disk.purge(token, [name])
        case EmptyTrash():
            studio.disk.purge(token)


def disk_view(token: Any, studio: Studio, cards: StoryCards) -> DiskView:
    """What the visitor's stories hold."""
    answer, use = studio.next_answer(), studio.disk.of(token)
    return DiskView(
        answer=answer,
        stories=sorted((_row(one, cards) for one in use.stories), key=_bytes, reverse=True),
        several=use.several,
        earlier=use.earlier,
        waiting=use.waiting,
    )


def _row(use: StoryUse, cards: StoryCards) -> StoryUseView:
    return StoryUseView(
        name=use.name,
        title=cards.card(use.name, use.folder).title,
        deleted=use.deleted,
        media=use.media,
        films=use.films,
        clips=use.clips,
        takes=use.takes,
    )


def _bytes(row: StoryUseView) -> int:
    return row.media + row.films + (row.clips or 0) + (row.takes or 0)
