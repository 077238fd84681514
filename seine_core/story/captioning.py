"""Subtitles onto the shots of a story, and the story's captions as subtitles.

A shot has one caption, seen as long as the shot is. So of a subtitle file the words are kept, and
of its times the shots that they fall on.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from seine_core.errors import BadInput, quoted
from seine_core.story.model import Caption, CardSource, Shot, Story
from seine_core.story.subtitles import Subtitle

_MAX_TEXT = 300  # characters of a caption


@dataclass(frozen=True)
class Captioned:
    """A story with new captions; `notes` say in a line each what of the subtitles it does not show
    as they were."""

    story: Story
    notes: tuple[str, ...]


def with_subtitles(story: Story, subtitles: Iterable[Subtitle]) -> Captioned:
    """The story with each subtitle as the caption of the shot that it overlaps most, and of all
    others of which it covers at least half; one that is seen in a transition alone goes to the
    nearest shot. Several in one shot become the lines of its caption. Shots that no subtitle meets
    keep theirs.

    Raises:
        BadInput: the story has no shots.
    """
    if not story.shots:
        raise BadInput("it has no shots", subject="story", advice="add an image or a video first")
    spans = shot_spans(story)
    lines: defaultdict[int, list[str]] = defaultdict(list)
    over, long = list[Subtitle](), list[Subtitle]()
    for one in subtitles:
        if one.start_s >= spans[-1][1] or one.end_s < 0:
            over.append(one)
            continue
        fit = False
        for n in _shots_of(one, spans):
            if one.text in lines[n]:
                fit = True
            elif len("\n".join([*lines[n], one.text])) <= _MAX_TEXT:
                lines[n].append(one.text)
                fit = True
        if not fit:
            long.append(one)
    shots = list(story.shots)
    for n, words in lines.items():
        if words:
            caption = Caption(text="\n".join(words), place=_place(shots[n]))
            shots[n] = shots[n].model_copy(update={"caption": caption})
    joined = [f"{len(words)} in shot {n + 1}" for n, words in sorted(lines.items()) if words[1:]]
    notes = [f"subtitles seen all at once: {', '.join(joined)}"] if joined else []
    notes += _left_out(over, "the film is not that long")
    notes += _left_out(long, f"a caption has at most {_MAX_TEXT} characters")
    return Captioned(story.model_copy(update={"shots": tuple(shots)}), tuple(notes))


def subtitles_of(story: Story) -> tuple[Subtitle, ...]:
    """The story's captions, each as long as its shot is seen."""
    return tuple(
        Subtitle(start_s, end_s, shot.caption.text)
        for shot, (start_s, end_s) in zip(story.shots, shot_spans(story), strict=True)
        if shot.caption
    )


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
    return [n for n in near if n == most or overlap(n) >= (spans[n][1] - spans[n][0]) / 2]


def _place(shot: Shot) -> Literal["bottom", "centre"]:
    if shot.caption:
        return shot.caption.place
    return "centre" if isinstance(shot.source, CardSource) else "bottom"


def _left_out(subtitles: list[Subtitle], why: str) -> list[str]:
    named = (f"{one.start_s:.1f} s {quoted(one.text)}" for one in subtitles)
    return [f"left out, as {why}: {', '.join(named)}"] if subtitles else []
