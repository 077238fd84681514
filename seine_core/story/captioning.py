"""Subtitles onto the shots of a story, and the story's captions as subtitles.

Captions are seen in shots alone. So of a subtitle each shot that it falls on gets a part, and what
goes on behind a transition is one subtitle again when it leaves.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from seine_core.errors import BadInput, quoted
from seine_core.story.caption import MAX_CAPTION
from seine_core.story.model import MAX_CAPTIONS, Caption, CardSource, Shot, Story
from seine_core.story.subtitles import Subtitle

_ENOUGH_S = 0.5  # of a subtitle in a shot, for it to be seen there too
_FINEST_S = 0.001  # subtitle files have no finer times


@dataclass(frozen=True)
class Captioned:
    """A story with new captions; `notes` say in a line each what of the subtitles it does not show
    as they were."""

    story: Story
    notes: tuple[str, ...]


def with_subtitles(story: Story, subtitles: Iterable[Subtitle]) -> Captioned:
    """The story with each subtitle as a caption, at its time, of the shot that it overlaps most,
    and of all others in which it is seen for half a second or for half of the shot; one that is
    seen in a transition alone goes to the end or start of the nearest shot. They look as the first
    caption that the shot had. Shots that no subtitle meets keep theirs.

    Raises:
        BadInput: the story has no shots.
    """
    if not story.shots:
        raise BadInput("it has no shots", subject="story", advice="add an image or a video first")
    spans, frame_s = shot_spans(story), float(1 / story.settings.fps)
    captions: defaultdict[int, list[Caption]] = defaultdict(list)
    over, long, many, moved = (list[Subtitle]() for _ in range(4))
    for one in subtitles:
        if one.start_s >= spans[-1][1] or one.end_s < 0:
            over.append(one)
        elif len(one.text) > MAX_CAPTION:
            long.append(one)
        else:
            at = _shots_of(one, spans)
            if all(len(captions[n]) == MAX_CAPTIONS for n in at):
                many.append(one)
            elif one.end_s <= spans[at[0]][0] or one.start_s >= spans[at[0]][1]:
                moved.append(one)
            for n in at:
                if len(captions[n]) < MAX_CAPTIONS:
                    captions[n].append(_caption(one, story.shots[n], spans[n], frame_s))
    shots = list(story.shots)
    for n, lines in captions.items():
        if lines:
            lines.sort(key=lambda caption: caption.from_s)
            shots[n] = shots[n].model_copy(update={"captions": tuple(lines)})
    notes = [
        *_listed("moved into the nearest shot, as transitions show none", moved),
        *_listed("left out, as the film is not that long", over),
        *_listed(f"left out, as a caption has at most {MAX_CAPTION} characters", long),
        *_listed(f"left out, as a shot has at most {MAX_CAPTIONS}", many),
    ]
    return Captioned(story.model_copy(update={"shots": tuple(shots)}), tuple(notes))


def subtitles_of(story: Story) -> tuple[Subtitle, ...]:
    """The story's captions at their times. One that ends with its shot and goes on with the next in
    the same words is one subtitle."""
    found: list[Subtitle] = []
    ended: dict[str, int] = {}  # those that go on to the end of the shot before, by their words
    for shot, (start_s, end_s) in zip(story.shots, shot_spans(story), strict=True):
        before, ended = ended, {}
        for caption in shot.captions:
            from_s, to_s = caption.seen(end_s - start_s)
            if from_s >= to_s:
                continue
            n = before.pop(caption.text, len(found)) if from_s == 0 else len(found)
            if n == len(found):
                found.append(Subtitle(start_s + from_s, start_s + to_s, caption.text))
            else:
                found[n] = replace(found[n], end_s=start_s + to_s)
            if to_s == end_s - start_s:
                ended[caption.text] = n
    return tuple(sorted(found, key=lambda one: (one.start_s, one.end_s)))


def shot_spans(story: Story) -> list[tuple[float, float]]:
    """When each shot begins and ends in the film, seconds; transitions lie between."""
    frames, fps, starts = story.settings.frames, story.settings.fps, story.starts()
    return [
        (float(start / fps), float((start + max(1, frames(shot.duration_s))) / fps))
        for shot, start in zip(story.shots, starts.values(), strict=True)
    ]


def _shots_of(one: Subtitle, spans: list[tuple[float, float]]) -> list[int]:
    """Which shots a subtitle belongs to, by their positions."""

    def overlap(n: int) -> float:  # below 0: how far away it is
        return min(one.end_s, spans[n][1]) - max(one.start_s, spans[n][0])

    # Those that it meets, and one at each side: it may lie between two.
    first = bisect_right(spans, one.start_s, key=lambda span: span[1])
    last = bisect_left(spans, one.end_s, key=lambda span: span[0])
    near = range(max(0, first - 1), min(len(spans), max(first, last) + 1))
    most = max(near, key=overlap)
    enough = [
        min(_ENOUGH_S, (end_s - start_s) / 2) for start_s, end_s in spans[near.start : near.stop]
    ]
    return [n for n, least in zip(near, enough, strict=True) if n == most or overlap(n) >= least]


def _caption(one: Subtitle, shot: Shot, span: tuple[float, float], frame_s: float) -> Caption:
    """The part of a subtitle that is seen in a shot, a frame at least."""
    length_s = span[1] - span[0]
    start_s, end_s = one.start_s - span[0], one.end_s - span[0]
    if end_s <= 0:
        start_s, end_s = 0.0, end_s - start_s
    elif start_s >= length_s:
        start_s, end_s = length_s - (end_s - start_s), length_s
    from_s = min(max(0.0, start_s), length_s - frame_s)
    to_s = max(end_s, from_s + frame_s)
    changes = {
        "text": one.text,
        "from_s": round(from_s, 3) if from_s > _FINEST_S else 0.0,
        "to_s": round(to_s, 3) if to_s < length_s - _FINEST_S else None,
    }
    return _look(shot).model_copy(update=changes)


def _look(shot: Shot) -> Caption:
    if shot.captions:
        return shot.captions[0]
    return Caption(text="…", place="centre" if isinstance(shot.source, CardSource) else "bottom")


def _listed(what: str, subtitles: list[Subtitle]) -> list[str]:
    named = (f"{one.start_s:.1f} s {quoted(one.text)}" for one in subtitles)
    return [f"{what}: {', '.join(named)}"] if subtitles else []
