"""How one export of a story differs from what the story says of itself, and which part it is of.

The story stays as it is, and so do its clips: of another size, rate or quality they are others,
with keys of their own.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from seine_core.errors import BadInput
from seine_core.media.encode import MAX_SIDE
from seine_core.media.sound import SAMPLE_RATE, Sound
from seine_core.rates import MAX_RATE, Rate
from seine_core.story import edits
from seine_core.story.fields import Quality
from seine_core.story.film.export import MOVING_WIDTH
from seine_core.story.film.formats import Format
from seine_core.story.make.jobs import Plan
from seine_core.story.make.plan import edge_owner
from seine_core.story.mix.mixer import Mix
from seine_core.story.model import Story

MAX_SECONDS = 1_000_000
_BLOCK = SAMPLE_RATE


@dataclass(frozen=True, kw_only=True)
class Output:
    """What is None is as the story says. The part from `from_s` to `to_s`, or from the first to the
    last of `shots`, is exported; of a still the frame at `at_s`. Seconds are those of the film."""

    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: Rate | float | str | None = None
    quality: Quality | None = None
    from_s: float | None = None
    to_s: float | None = None
    shots: tuple[str, ...] = ()
    at_s: float | None = None
    max_width: int | None = MOVING_WIDTH  # of what moves in a page, and its frames a second
    max_fps: Rate | float | None = None

    def __post_init__(self) -> None:
        for name in ("from_s", "to_s", "at_s"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= MAX_SECONDS:
                raise BadInput(subject=name, received=value, allowed=f"0 to {MAX_SECONDS}")
        if self.max_fps is not None and not 1 <= self.max_fps <= MAX_RATE:
            raise BadInput(subject="max_fps", received=self.max_fps, allowed=f"1 to {MAX_RATE}")
        if self.max_width is not None and not 16 <= self.max_width <= MAX_SIDE:
            raise BadInput(
                subject="max_width", received=self.max_width, allowed=f"16 to {MAX_SIDE}"
            )

    def said(self) -> dict[str, Any]:
        """What is not as in every export, by name; without the codec, which the form has."""
        return {
            field.name: value
            for field in fields(self)
            if field.name != "codec" and (value := getattr(self, field.name)) != field.default
        }

    def applied(self, story: Story) -> Story:
        """The story as it is exported.

        Raises:
            BadInput: a size or a rate that no story has.
        """
        names = ("width", "height", "fps", "quality")
        asked: dict[str, Any] = {name: getattr(self, name) for name in names}
        changed = {name: value for name, value in asked.items() if value is not None}
        return edits.set_settings(story, **changed) if changed else story

    def frames(self, story: Story, form: Format) -> range:
        """The frames of the film that are exported, of a still one.

        Raises:
            BadInput: the film has none there, or no such shot.
        """
        whole, settings = range(story.total_frames), story.settings
        if form.kind == "still":
            at = math.floor((self.at_s or 0.0) * settings.fps + 1e-3)
            found = range(at, at + 1)
        elif self.shots:
            starts = story.starts()
            places = [story.index(shot) for shot in self.shots]
            opening, closing = story.shots[min(places)], story.shots[max(places)]
            end = starts[closing.id] + max(1, settings.frames(closing.duration_s))
            found = range(starts[opening.id], end)
        else:
            first = settings.frames(self.from_s or 0.0)
            last = len(whole) if self.to_s is None else settings.frames(self.to_s)
            found = range(first, min(last, len(whole)))
        if not found or found.start not in whole:
            raise BadInput(
                "the film has no frame there",
                subject="range",
                received=self._asked(),
                allowed=f"0 to {float(story.total_s):.2f} s",
            )
        return found

    def _asked(self) -> str:
        if self.at_s is not None:
            return f"{self.at_s:g} s"
        to = "its end" if self.to_s is None else f"{self.to_s:g} s"
        return f"{self.from_s or 0:g} s to {to}"


def needed(
    plan: Plan, story: Story, form: Format, output: Output
) -> tuple[Plan, range, range | None]:
    """What of the plan of `story` an export in this form needs, which frames of the film it is of,
    and which they are of what that makes: None where it is the whole film.

    Raises:
        BadInput: it cannot be made, or the film has no frame there.
    """
    frames = whole = range(story.total_frames)
    shown: range | None = None
    if story.shots:
        frames = output.frames(story, form)
    if frames != whole:
        plan, shown = part_of(plan, story, frames)
    if not form.has_pictures:
        plan = replace(plan, jobs=(), timeline=())
    return plan, frames, shown


def part_of(plan: Plan, story: Story, frames: range) -> tuple[Plan, range]:
    """What of the plan of `story` makes these frames of its film, and which frames they are of what
    that makes.

    Raises:
        BadInput: it cannot be made.
    """
    count, starts = story.settings.frames, story.starts()
    spans = {shot.id: (starts[shot.id], max(1, count(shot.duration_s))) for shot in story.shots}
    for edge in story.edges():
        length = count(edge.duration_s)
        spans[edge_owner(edge)] = starts[edge.right] - length, length
    shown = {
        owner: at
        for owner, (at, length) in spans.items()
        if length and at < frames.stop and at + length > frames.start
    }
    before = min(shown.values())
    return plan.only(shown), range(frames.start - before, frames.stop - before)


def heard(mix: Mix, frames: range, fps: Rate) -> Iterator[Sound]:
    """The sound of these frames, [n 2] at 48 kHz in pieces."""
    first, last = (int(end * SAMPLE_RATE / fps) for end in (frames.start, frames.stop))
    for at in range(first, last, _BLOCK):
        yield mix.read(at, min(_BLOCK, last - at))
