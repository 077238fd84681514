"""Edits: pure functions from a story to a new, validated story. Undo is keeping the old one."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ValidationError

from seine_core.errors import BadInput
from seine_core.story.model import (
    MAX_TAKES,
    Element,
    ImageSource,
    RenderSettings,
    Shot,
    Soundtrack,
    Source,
    Story,
    Take,
    VideoSource,
    bad_field,
)

_UNDO_LEVELS = 200


def insert(
    story: Story, sources: Iterable[Source], *, before: str | None = None, **fields: Any
) -> Story:
    """New shots made of `sources`, standing before the shot `before`, or last when None.
    `fields` (duration_s, prompt …) are set on each.

    Raises:
        BadInput: no such shot, or a field out of range.
    """
    index = len(story.shots) if before is None else story.index(before)
    shots = list(story.shots)
    for offset, source in enumerate(sources):
        new = {"id": _new_id(shots), "source": source, **fields}
        shots.insert(index + offset, _validated(Shot, new))
    return _with(story, shots=tuple(shots))


def remove(story: Story, shot_ids: Iterable[str]) -> Story:
    """Without these shots and their edges."""
    gone = {story.shot(shot_id).id for shot_id in shot_ids}
    return _with(
        story,
        shots=tuple(shot for shot in story.shots if shot.id not in gone),
        transitions=tuple(e for e in story.transitions if not {e.left, e.right} & gone),
    )


def move(story: Story, shot_ids: Sequence[str], *, before: str | None = None) -> Story:
    """These shots, in their present order, standing before the shot `before` (None: last).

    Edges stay with their pair of shots: where neighbours part the edge waits, and where they meet
    again it is back.
    """
    moving = {story.shot(shot_id).id for shot_id in shot_ids}
    if before in moving:
        raise BadInput(
            f"{before!r} is itself being moved", subject="before", advice="name a shot that stays"
        )
    staying = [shot for shot in story.shots if shot.id not in moving]
    ids = [shot.id for shot in staying]
    if before is not None and before not in ids:
        story.index(before)  # raises, with the story's ids
    index = len(staying) if before is None else ids.index(before)
    staying[index:index] = [shot for shot in story.shots if shot.id in moving]
    return _with(story, shots=tuple(staying))


def duplicate(story: Story, shot_ids: Iterable[str], *, before: str | None = None) -> Story:
    """Copies of these shots, in their present order, standing before the shot `before` (None:
    last).

    The edges between them are copied too, and so is the one to `before` where the last of them
    stood there already. Takes go with the copies, for they fit them as well.
    """
    chosen = {story.shot(shot_id).id for shot_id in shot_ids}
    index = len(story.shots) if before is None else story.index(before)
    shots = list(story.shots)
    copies: dict[str, str] = {}
    for original in (shot for shot in story.shots if shot.id in chosen):
        copies[original.id] = new = _new_id(shots)
        shots.insert(index, original.model_copy(update={"id": new}))
        index += 1
    neighbours = {(left.id, right.id) for left, right in pairwise(shots)}
    edges = [
        edge.model_copy(update={"left": copies[edge.left], "right": right})
        for edge in story.transitions
        for right in {copies.get(edge.right), edge.right}
        if (copies.get(edge.left), right) in neighbours
    ]
    return _with(story, shots=tuple(shots), transitions=(*story.transitions, *edges))


def split(story: Story, shot_id: str, at_s: float) -> Story:
    """The shot cut in two at `at_s` seconds from its start, on a frame boundary, with a cut between
    the parts: played, nothing has changed. The caption stays with the first part. Takes stay with
    both, as long as the part: switched on both they show the other take, cut in two.

    Raises:
        BadInput: `at_s` leaves a part without a frame.
    """
    index = story.index(shot_id)
    shot = story.shots[index]
    frames, cut = (story.settings.frames(s) for s in (shot.duration_s, at_s))
    fps = story.settings.fps
    if not 0 < cut < frames:
        raise BadInput(
            f"received {at_s:g} s",
            subject="split",
            allowed=f"{1 / fps:.3f} to {(frames - 1) / fps:.3f} s within {shot.id!r}",
        )
    head_s, tail_s = cut / fps, (frames - cut) / fps
    head_source = tail_source = shot.source
    if isinstance(head_source, ImageSource):
        head_source = head_source.model_copy(update={"move_s": head_source.move_s or frames / fps})
    elif isinstance(head_source, VideoSource) and shot.past_end == "loop":
        known = head_source.loop_from_s
        loop_from_s = head_source.offset_s if known is None else known
        head_source = head_source.model_copy(update={"loop_from_s": loop_from_s})
    if isinstance(head_source, VideoSource) and shot.focus is None:
        known = head_source.subject_s
        subject_s = head_source.offset_s if known is None else known
        head_source = head_source.model_copy(update={"subject_s": subject_s})
    if isinstance(head_source, ImageSource | VideoSource):
        tail_source = head_source.model_copy(update={"offset_s": head_source.offset_s + head_s})
    head = shot.model_copy(
        update={
            "duration_s": head_s,
            "source": head_source,
            "takes": _lasting(shot.takes, head_s),
        }
    )
    tail = shot.model_copy(
        update={
            "id": _new_id(story.shots),
            "duration_s": tail_s,
            "source": tail_source,
            "caption": None,
            "takes": _lasting(shot.takes, tail_s),
        }
    )
    story = _insert_after(story.model_copy(update={"shots": _put(story.shots, head)}), index, tail)
    return set_transition(story, head.id, tail.id, duration_s=0.0)


def split_at(story: Story, shot_id: str, times_s: Iterable[float]) -> Story:
    """The shot split where new scenes begin in it, seconds from its start: each part begins with
    the first frame that is not before its scene. Times that leave a part without a frame count for
    nothing."""
    shot, fps = story.shot(shot_id), story.settings.fps
    last = story.settings.frames(shot.duration_s)
    # A little less than a frame late is on time; a frame too early would show the scene before.
    cuts = {math.ceil(time * fps - 1e-3) for time in times_s if 0 < time < last / fps}
    done = 0
    for cut in sorted(cuts - {last}):
        story = split(story, shot_id, (cut - done) / fps)
        tail = story.shots[story.index(shot_id) + 1]
        shot_id, done = tail.id, cut
        if isinstance(tail.source, VideoSource):  # another scene has another subject
            source = tail.source.model_copy(update={"subject_s": None})
            story = set_shot(story, tail.id, source=source)
    return story


def set_shot(story: Story, shot_id: str, **fields: Any) -> Story:
    """With some fields of one shot changed."""
    shot = _changed(story.shot(shot_id), fields, fixed=("id",))
    return _with(story, shots=_put(story.shots, shot))


def set_source(story: Story, shot_id: str, source: Source) -> Story:
    """With another picture, video or card in the shot, cropped around its own subject: the focus
    was chosen for what was there."""
    return set_shot(story, shot_id, source=source, focus=None)


def set_transition(story: Story, left: str, right: str, **fields: Any) -> Story:
    """With some fields of the edge from `left` to `right` changed."""
    story.index(left), story.index(right)
    edge = _changed(story.transition(left, right), fields, fixed=("left", "right"))
    others = tuple(e for e in story.transitions if (e.left, e.right) != (left, right))
    return _with(story, transitions=(*others, edge))


def add_takes(story: Story, owner: str, takes: Iterable[Take]) -> Story:
    """With more ways to make a shot, or the edge "left>right"; what is there already is not added.

    Raises:
        BadInput: no such shot or edge, or more takes than one can have.
    """
    known = element_of(story, owner).takes
    together = tuple(dict.fromkeys((*known, *takes)))
    if len(together) > MAX_TAKES:
        raise BadInput(
            f"received {len(together) - len(known)} more for {owner}, which has {len(known)}",
            subject="takes",
            allowed=f"{MAX_TAKES} in all",
            advice="remove some first",
        )
    return _set(story, owner, takes=together)


def keep_take(story: Story, owner: str, index: int) -> Story:
    """Made as its take at `index` says from now on; the present way becomes a take.

    Raises:
        BadInput: no such shot, edge or take, or there is no room for the present way.
    """
    element = element_of(story, owner)
    take = _take(element, owner, index)
    present = {name: getattr(element, name) for name in take_fields(element)}
    story = add_takes(story, owner, [_validated(Take, present)])
    return _set(story, owner, **{name: getattr(take, name) for name in present})


def remove_take(story: Story, owner: str, index: int) -> Story:
    """Without the take at `index`; how the shot or edge is made stays as it is."""
    element = element_of(story, owner)
    gone = _take(element, owner, index)
    return _set(story, owner, takes=tuple(take for take in element.takes if take != gone))


def set_settings(story: Story, **fields: Any) -> Story:
    """With some render settings changed."""
    settings: RenderSettings = _changed(story.settings, fields)
    return _with(story, settings=settings)


def set_title(story: Story, title: str) -> Story:
    return _with(story, title=title)


def set_soundtrack(story: Story, soundtrack: Soundtrack | None) -> Story:
    return _with(story, soundtrack=soundtrack)


@dataclass(frozen=True)
class History:
    """A story and the ones before and after it, for undo and redo."""

    story: Story
    past: tuple[Story, ...] = ()
    future: tuple[Story, ...] = ()

    def edited(self, story: Story) -> "History":
        """With `story` as the present; an edit that changed nothing leaves no trace."""
        if story == self.story:
            return self
        return History(story, (*self.past, self.story)[-_UNDO_LEVELS:])

    def undone(self) -> "History":
        """One edit back; the same when there is none."""
        if not self.past:
            return self
        return replace(
            self, story=self.past[-1], past=self.past[:-1], future=(self.story, *self.future)
        )

    def redone(self) -> "History":
        """One undone edit forward; the same when there is none."""
        if not self.future:
            return self
        return replace(
            self, story=self.future[0], past=(*self.past, self.story), future=self.future[1:]
        )


def _insert_after(story: Story, index: int, new: Shot) -> Story:
    """With `new`, which takes over the right-hand edge of the shot at `index`."""
    edges = story.transitions
    if index + 1 < len(story.shots):
        left, right = story.shots[index].id, story.shots[index + 1].id
        edges = tuple(
            e.model_copy(update={"left": new.id}) if (e.left, e.right) == (left, right) else e
            for e in edges
        )
    shots = (*story.shots[: index + 1], new, *story.shots[index + 1 :])
    return _with(story, shots=shots, transitions=edges)


def _put(shots: tuple[Shot, ...], changed: Shot) -> tuple[Shot, ...]:
    return tuple(changed if shot.id == changed.id else shot for shot in shots)


def element_of(story: Story, owner: str) -> Element:
    """The shot, or the edge "left>right"."""
    left, is_edge, right = owner.partition(">")
    if not is_edge:
        return story.shot(owner)
    return story.transition(story.shot(left).id, story.shot(right).id)


def _set(story: Story, owner: str, **fields: Any) -> Story:
    left, is_edge, right = owner.partition(">")
    if is_edge:
        return set_transition(story, left, right, **fields)
    return set_shot(story, owner, **fields)


def _take(element: Element, owner: str, index: int) -> Take:
    if not 0 <= index < len(element.takes):
        raise BadInput(
            f"{owner} has {len(element.takes)}, counted from 0", subject="take", received=index
        )
    return element.takes[index]


def take_fields(element: Element) -> list[str]:
    """What a take says of such a shot or edge."""
    return [name for name in Take.model_fields if name in type(element).model_fields]


def _lasting(takes: Iterable[Take], seconds: float) -> tuple[Take, ...]:
    """These takes at another length; those that differed in nothing else become one."""
    return tuple(dict.fromkeys(t.model_copy(update={"duration_s": seconds}) for t in takes))


def _new_id(shots: Iterable[Shot]) -> str:
    """The next free shot-1, shot-2 … above every number in use."""
    numbers = [
        int(shot.id[5:]) for shot in shots if shot.id.startswith("shot-") and shot.id[5:].isdigit()
    ]
    return f"shot-{max(numbers, default=0) + 1}"


def _changed(model: Any, fields: dict[str, Any], fixed: tuple[str, ...] = ()) -> Any:
    for name in fields:
        if name in fixed or name not in type(model).model_fields:
            allowed = ", ".join(n for n in type(model).model_fields if n not in fixed)
            raise BadInput("no field that can be set", subject=name, allowed=allowed)
    return _validated(type(model), {**dict(model), **fields})


def _with(story: Story, **fields: Any) -> Story:
    return _validated(Story, {**dict(story), **fields})


def _validated(model: type[BaseModel], values: dict[str, Any]) -> Any:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise bad_field(error) from None
