"""Edits of many shots and transitions at once: validated once, and one step back in the history."""

from collections.abc import Iterable, Mapping
from typing import Any

from seine_core.story import edits
from seine_core.story.model import Story

Changes = Iterable[tuple[Iterable[str], Mapping[str, Any]]]  # owners, and the fields of each


def set_each(story: Story, changes: Changes) -> Story:
    """With fields of several shots and edges changed. An owner is a shot's id, or "left>right"; of
    two changes of one owner both count, the later one over the earlier.

    Raises:
        BadInput: no such shot, edge or field, or a value out of range; nothing is changed then.
    """
    shots = {shot.id: shot for shot in story.shots}
    known = {(edge.left, edge.right): edge for edge in story.transitions}
    for owners, fields in changes:
        for owner in owners:
            left, is_edge, right = owner.partition(">")
            if not is_edge:
                shot = shots.get(owner) or story.shot(owner)  # which raises, with the story's ids
                shots[owner] = edits.changed(shot, dict(fields), fixed=("id",))
                continue
            for end in (left, right):
                if end not in shots:
                    story.index(end)
            edge = known.pop((left, right), None) or story.transition(left, right)
            known[left, right] = edits.changed(edge, dict(fields), fixed=("left", "right"))
    return edits.with_fields(
        story,
        shots=tuple(shots[shot.id] for shot in story.shots),
        transitions=tuple(known.values()),
    )


def set_new_edges(story: Story, **fields: Any) -> Story:
    """With another look of the edges that nobody has set; those that were set stay as they are.

    Raises:
        BadInput: no such field, or a value out of range.
    """
    return edits.with_fields(story, new_edges=edits.changed(story.new_edges, fields))
