"""Cuts on the beat of a music: a pure edit, and where the beats are in the film."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from seine_core.errors import BadInput
from seine_core.story.edits import with_fields
from seine_core.story.model import Story
from seine_core.story.sound_edits import move_sound

_LONGEST_S = 600.0  # of a shot
_MOST_REPEATS = 10_000


def nearest_beat(beats: Sequence[float], at_s: float) -> float | None:
    """The beat nearest to a time; None where there are none."""
    n = bisect_left(beats, at_s)
    near = beats[max(0, n - 1) : n + 1]
    return min(near, key=lambda beat: abs(beat - at_s), default=None)


def beats_in_film(
    story: Story,
    sound_id: str,
    beats_s: Sequence[float],
    length_s: float,
    until_s: float | None = None,
) -> tuple[float, ...]:
    """When the beats of a sound on a track are heard, seconds of the film, up to `until_s`, the
    film's end if left out. `beats_s` are those of its file, which lasts `length_s`.

    Raises:
        BadInput: no such sound.
    """
    _, sound = story.sound(sound_id)
    starts_s = story.start_s(sound.anchor) + sound.start_s
    end_s = float(until_s or story.total_s)
    if sound.duration_s is not None:
        end_s = min(end_s, starts_s + sound.duration_s)
    heard = [beat - sound.offset_s for beat in beats_s if sound.offset_s <= beat < length_s]
    repeats, period_s = 1, length_s - sound.offset_s
    if sound.loop and heard:
        repeats = min(max(1, int((end_s - starts_s) / period_s) + 1), _MOST_REPEATS)
    times = (starts_s + n * period_s + beat for n in range(repeats) for beat in heard)
    return tuple(time for time in times if 0 <= time < end_s)


def cut_to_beat(
    story: Story,
    sound_id: str,
    beats_s: Sequence[float],
    length_s: float,
    *,
    every: int = 1,
    longest_s: Mapping[str, float] | None = None,
) -> Story:
    """Each shot as long as the nearest whole number of beats, so that each cut falls on one, within
    half a frame: of a transition its middle, of the last shot its end. `beats_s` are those of the
    sound's file, which lasts `length_s`; with `every` only each so manieth of them counts.

    Transitions stay as long as they are, and the sound where it is in the film. A shot in
    `longest_s` gets no longer than that, unless it were shorter than a beat then. Where the music
    is not heard shots keep their lengths.

    Raises:
        BadInput: no such sound, it has no beats there, or `every` is below 1.
    """
    _, sound = story.sound(sound_id)
    if every < 1:
        raise BadInput(subject="every", received=every, allowed="1 and more beats")
    gap_s = max((b - a for a, b in pairwise(beats_s)), default=0.0)
    # No film gets longer by more.
    until_s = story.total_s + (len(story.shots) + 1) * every * gap_s
    found = beats_in_film(story, sound_id, beats_s, length_s, until_s)[::every]
    if len(found) < 2:
        raise BadInput(
            "no beats were found where it is heard",
            subject=sound.title or sound.file,
            advice="choose another music, or another part of it",
        )
    fps, frames = story.settings.fps, story.settings.frames
    grid = [beat * float(fps) for beat in found]  # frames, as all below
    period = median(b - a for a, b in pairwise(grid))
    bridges = [*(frames(edge.duration_s) for edge in story.edges()), 0]
    shots, first = list(story.shots), 0
    for n, (shot, bridge) in enumerate(zip(shots, bridges, strict=True)):
        lasts = max(1, frames(shot.duration_s))
        begins = first + bridge / 2  # where the cut was if the shot had no frame
        # The first beat may come late in its music, though no later than one is from the next.
        if grid[0] - 1.5 * period <= begins + lasts <= grid[-1] + period / 2:
            longest = frames((longest_s or {}).get(shot.id, _LONGEST_S))
            later = grid[bisect_right(grid, begins + 0.5) :]
            fitting = later[: bisect_left(later, begins + longest + 0.5)] or later[:1]
            beat = nearest_beat(fitting, begins + lasts)
            if beat is not None and beat - begins <= frames(_LONGEST_S):
                lasts = round(beat - begins)
                shots[n] = shot.model_copy(update={"duration_s": float(lasts / fps)})
        first += lasts + bridge
    at_s = story.start_s(sound.anchor) + sound.start_s
    return move_sound(with_fields(story, shots=tuple(shots)), sound_id, at_s)
