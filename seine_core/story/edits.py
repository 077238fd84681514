"""Edits: pure functions from a story to a new, validated story."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count, pairwise
from typing import Any

from pydantic import BaseModel, ValidationError

from seine_core.errors import BadInput
from seine_core.story.caption import captions_within
from seine_core.story.footage import alone, cut_source
from seine_core.story.model import (
    MAX_TAKES,
    Element,
    RenderSettings,
    Shot,
    Source,
    Story,
    Take,
    VideoSource,
    bad_field,
)
from seine_core.story.sound import SoundClip, Track


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
        shots.insert(index + offset, validated(Shot, new))
    return with_fields(story, shots=tuple(shots))


def remove(story: Story, shot_ids: Iterable[str]) -> Story:
    """Without these shots, their edges, and the sounds and markers that are anchored to them."""
    gone = {story.shot(shot_id).id for shot_id in shot_ids}
    return with_fields(
        story,
        tracks=each_sound(story, lambda sound: () if sound.anchor in gone else (sound,)),
        markers=tuple(marker for marker in story.markers if marker.anchor not in gone),
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
    return with_fields(story, shots=tuple(staying))


def duplicate(story: Story, shot_ids: Iterable[str], *, before: str | None = None) -> Story:
    """Copies of these shots, in their present order, standing before the shot `before` (None:
    last).

    The edges between them are copied too, and so is the one to `before` where the last of them
    stood there already. Takes go with the copies, for they fit them as well; so do the sounds that
    are anchored to them.
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
    number = max(_numbers("sound", (s.id for t in story.tracks for s in t.sounds)), default=0)
    names = count(number + 1)

    def copied(sound: SoundClip) -> tuple[SoundClip, ...]:
        if sound.anchor not in copies:
            return (sound,)
        new = {"id": f"sound-{next(names)}", "anchor": copies[sound.anchor]}
        return sound, sound.model_copy(update=new)

    return with_fields(
        story,
        shots=tuple(shots),
        transitions=(*story.transitions, *edges),
        tracks=each_sound(story, copied),
    )


def split(story: Story, shot_id: str, at_s: float) -> Story:
    """The shot cut in two at `at_s` seconds from its start, on a frame boundary, with a cut between
    the parts: played, nothing has changed, and a video goes on in neither part, made longer, with
    what the other shows. Narration and captions without times stay with the first part; other
    captions go where they are seen. Takes stay with both, as long as the part: switched on both
    they show the other take, cut in two. An anchored sound or marker moves with the part that it
    begins in.

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
            allowed=f"{float(1 / fps):.3f} to {float((frames - 1) / fps):.3f} s within {shot.id!r}",
        )
    head_s, tail_s = float(cut / fps), float((frames - cut) / fps)
    head_source, tail_source = cut_source(shot, frames / fps, cut / fps)
    head = shot.model_copy(
        update={
            "duration_s": head_s,
            "source": head_source,
            "sound": shot.sound.model_copy(update={"fade_out_s": 0.0}),
            "captions": captions_within(shot.captions, 0.0, head_s),
            "takes": _lasting(shot.takes, head_s),
        }
    )
    timed = [caption for caption in shot.captions if caption.is_timed]
    tail = shot.model_copy(
        update={
            "id": new_shot_id(story),
            "duration_s": tail_s,
            "source": tail_source,
            "captions": captions_within(timed, head_s, head_s + tail_s),
            "sound": shot.sound.model_copy(update={"fade_in_s": 0.0}),
            "narration": "",
            "takes": _lasting(shot.takes, tail_s),
        }
    )
    story = story.model_copy(update={"shots": _put(story.shots, head)})
    story = put_beside(story, shot_id, tail)

    def moved(sound: SoundClip) -> tuple[SoundClip, ...]:
        if sound.anchor != head.id or sound.start_s < head_s:
            return (sound,)
        later = {"anchor": tail.id, "start_s": sound.start_s - head_s}
        return (sound.model_copy(update=later),)

    markers = tuple(
        marker.model_copy(update={"anchor": tail.id, "at_s": marker.at_s - head_s})
        if marker.anchor == head.id and marker.at_s >= head_s
        else marker
        for marker in story.markers
    )
    return with_fields(story, tracks=each_sound(story, moved), markers=markers)


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
        story = split(story, shot_id, float((cut - done) / fps))
        head, tail = story.shots[story.index(shot_id) :][:2]
        if head.past_end == "loop" and isinstance(head.source, VideoSource):
            source = alone(head.source, (cut - done) / fps)
            story = set_shot(story, head.id, source=source)
        shot_id, done = tail.id, cut
        if isinstance(tail.source, VideoSource):  # another scene has another subject
            source = tail.source.model_copy(update={"subject_s": None})
            story = set_shot(story, tail.id, source=source)
    return story


def set_shot(story: Story, shot_id: str, **fields: Any) -> Story:
    """With some fields of one shot changed."""
    shot = changed(story.shot(shot_id), fields, fixed=("id",))
    return with_fields(story, shots=_put(story.shots, shot))


def set_source(story: Story, shot_id: str, source: Source) -> Story:
    """With another picture, video or card in the shot, upright and cropped around its own subject:
    how it is turned and its focus were chosen for what was there."""
    upright = {"turn": 0, "flip_horizontal": False, "flip_vertical": False}
    return set_shot(story, shot_id, source=source, focus=None, framing=None, **upright)


def set_transition(story: Story, left: str, right: str, **fields: Any) -> Story:
    """With some fields of the edge from `left` to `right` changed."""
    story.index(left), story.index(right)
    edge = changed(story.transition(left, right), fields, fixed=("left", "right"))
    others = tuple(e for e in story.transitions if (e.left, e.right) != (left, right))
    return with_fields(story, transitions=(*others, edge))


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
    return set_element(story, owner, takes=together)


def keep_take(story: Story, owner: str, index: int) -> Story:
    """Made as its take at `index` says from now on; the present way becomes a take.

    Raises:
        BadInput: no such shot, edge or take, or there is no room for the present way.
    """
    element = element_of(story, owner)
    take = _take(element, owner, index)
    present = {name: getattr(element, name) for name in take_fields(element)}
    story = add_takes(story, owner, [validated(Take, present)])
    return set_element(story, owner, **{name: getattr(take, name) for name in present})


def remove_take(story: Story, owner: str, index: int) -> Story:
    """Without the take at `index`; how the shot or edge is made stays as it is."""
    element = element_of(story, owner)
    gone = _take(element, owner, index)
    return set_element(story, owner, takes=tuple(take for take in element.takes if take != gone))


def set_settings(story: Story, **fields: Any) -> Story:
    """With some render settings changed."""
    settings: RenderSettings = changed(story.settings, fields)
    return with_fields(story, settings=settings)


def set_title(story: Story, title: str) -> Story:
    return with_fields(story, title=title)


def put_beside(story: Story, shot_id: str, new: Shot, *, before: bool = False) -> Story:
    """With `new`, under an id of its own, right behind a shot or before it: it takes over the edge
    that was there, and has a cut to that shot."""
    index = story.index(shot_id)
    new = new.model_copy(update={"id": new_shot_id(story)})
    pair = story.shots[max(0, index - 1) : index + 1] if before else story.shots[index : index + 2]
    ends = tuple(shot.id for shot in pair)
    own = {"right": new.id} if before else {"left": new.id}
    edges = tuple(
        edge.model_copy(update=own) if (edge.left, edge.right) == ends else edge
        for edge in story.transitions
    )
    at = index if before else index + 1
    shots = (*story.shots[:at], new, *story.shots[at:])
    story = with_fields(story, shots=shots, transitions=edges)
    left, right = (new.id, shot_id) if before else (shot_id, new.id)
    return set_transition(story, left, right, duration_s=0.0)


def _put(shots: tuple[Shot, ...], changed: Shot) -> tuple[Shot, ...]:
    return tuple(changed if shot.id == changed.id else shot for shot in shots)


def element_of(story: Story, owner: str) -> Element:
    """The shot, or the edge "left>right"."""
    left, is_edge, right = owner.partition(">")
    if not is_edge:
        return story.shot(owner)
    return story.transition(story.shot(left).id, story.shot(right).id)


def set_element(story: Story, owner: str, **fields: Any) -> Story:
    """With some fields of a shot, or of the edge "left>right", changed."""
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


def new_id(word: str, ids: Iterable[str]) -> str:
    """The next free word-1, word-2 … above every number in use."""
    return f"{word}-{max(_numbers(word, ids), default=0) + 1}"


def _numbers(word: str, ids: Iterable[str]) -> Iterator[int]:
    ends = (each.removeprefix(f"{word}-") for each in ids if each.startswith(f"{word}-"))
    return (int(end) for end in ends if end.isdecimal() and end.isascii())


def new_shot_id(story: Story) -> str:
    """The next free shot-1, shot-2 …"""
    return _new_id(story.shots)


def _new_id(shots: Iterable[Shot]) -> str:
    return new_id("shot", (shot.id for shot in shots))


def each_sound(
    story: Story, change: Callable[[SoundClip], tuple[SoundClip, ...]]
) -> tuple[Track, ...]:
    """The story's tracks with what `change` makes of each of their sounds."""
    return tuple(
        track.model_copy(update={"sounds": tuple(chain.from_iterable(map(change, track.sounds)))})
        for track in story.tracks
    )


def changed(model: Any, fields: dict[str, Any], fixed: tuple[str, ...] = ()) -> Any:
    """`model` with other `fields`, validated; those that are `fixed` cannot be set.

    Raises:
        BadInput: there is no such field, or a value is out of range.
    """
    for name in fields:
        if name in fixed or name not in type(model).model_fields:
            allowed = ", ".join(n for n in type(model).model_fields if n not in fixed)
            raise BadInput("no field that can be set", subject=name, allowed=allowed)
    return validated(type(model), {**dict(model), **fields})


def with_fields(story: Story, **fields: Any) -> Story:
    """`story` with other fields, validated as a whole."""
    return validated(Story, {**dict(story), **fields})


def validated(model: type[BaseModel], values: dict[str, Any]) -> Any:
    """Such a model of these values.

    Raises:
        BadInput: a value is out of range.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise bad_field(error) from None
