"""Edits of markers: pure functions from a story to a new, validated story."""

from collections.abc import Iterable
from typing import Any

from seine_core.story.edits import changed, new_id, validated, with_fields
from seine_core.story.model import Marker, Story


def add_marker(story: Story, at_s: float, anchor: str | None = None, title: str = "") -> Story:
    """With a marker at the second `at_s` of the film, from then on moving with the shot `anchor`.

    Raises:
        BadInput: no such shot, a time before it, or more markers than a story can have.
    """
    fields = {
        "id": new_id("marker", (marker.id for marker in story.markers)),
        "title": title,
        "anchor": anchor,
        "at_s": at_s - _start_s(story, anchor),
    }
    return with_fields(story, markers=(*story.markers, validated(Marker, fields)))


def set_marker(story: Story, marker_id: str, **fields: Any) -> Story:
    """With some fields of one marker changed."""
    return _put(story, changed(story.marker(marker_id), fields, fixed=("id",)))


def move_marker(story: Story, marker_id: str, at_s: float, anchor: str | None = None) -> Story:
    """With a marker at the second `at_s` of the film, from then on moving with `anchor`."""
    new = {"anchor": anchor, "at_s": at_s - _start_s(story, anchor)}
    return _put(story, changed(story.marker(marker_id), new))


def remove_markers(story: Story, marker_ids: Iterable[str]) -> Story:
    """Without these markers."""
    gone = {story.marker(marker_id) for marker_id in marker_ids}
    return with_fields(story, markers=tuple(m for m in story.markers if m not in gone))


def _start_s(story: Story, anchor: str | None) -> float:
    return story.start_s(anchor and story.shot(anchor).id)


def _put(story: Story, marker: Marker) -> Story:
    markers = (marker if each.id == marker.id else each for each in story.markers)
    return with_fields(story, markers=tuple(markers))
