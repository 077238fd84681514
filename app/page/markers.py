"""What the page can ask of markers, as shapes, and the edits that they are."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.served.shapes import Id, Received
from seine_core.story import marker_edits
from seine_core.story.model import Story

_FilmTime = Annotated[float, Field(ge=0, le=86400)]


class AddMarker(Received):
    """At `at_s` of the film, from then on moving with the shot `anchor`."""

    op: Literal["add_marker"]
    at_s: _FilmTime
    anchor: Id | None = None


class SetMarker(Received):
    op: Literal["set_marker"]
    id: Id
    fields: Annotated[dict[Literal["title"], Any], Field(min_length=1)]


class MoveMarker(Received):
    op: Literal["move_marker"]
    id: Id
    at_s: _FilmTime
    anchor: Id | None = None


class RemoveMarkers(Received):
    op: Literal["remove_markers"]
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


MarkerEdit = AddMarker | SetMarker | MoveMarker | RemoveMarkers


def edited(story: Story, command: MarkerEdit) -> Story:
    """The edited story.

    Raises:
        BadInput: it cannot be edited like this.
    """
    match command:
        case AddMarker(at_s=at_s, anchor=anchor):
            return marker_edits.add_marker(story, at_s, anchor)
        case SetMarker(id=marker_id, fields=fields):
            return marker_edits.set_marker(story, marker_id, **fields)
        case MoveMarker(id=marker_id, at_s=at_s, anchor=anchor):
            return marker_edits.move_marker(story, marker_id, at_s, anchor)
        case RemoveMarkers(ids=ids):
            return marker_edits.remove_markers(story, ids)
