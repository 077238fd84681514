"""Shots laid on the beats of a music."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seine_core.errors import BadInput
from seine_core.story import edits, sound_edits
from seine_core.story.beat_edits import beats_in_film, cut_to_beat, nearest_beat
from seine_core.story.model import CardSource, Story

LENGTH_S = 200.0
BEATS = [0.4 + n * 0.5 for n in range(399)]


def story(shots: Sequence[float], bridges: Sequence[float], fps: int, **music: Any) -> Story:
    made = edits.set_settings(Story(), fps=fps)
    for duration_s in shots:
        made = edits.insert(made, [CardSource()], duration_s=duration_s)
    for edge, duration_s in zip(made.edges(), bridges, strict=False):
        made = edits.set_transition(made, edge.left, edge.right, duration_s=duration_s)
    made = sound_edits.add_track(made)
    return sound_edits.add_sound(made, "track-1", "a.wav", **music)


def cuts(made: Story) -> list[float]:
    """The frames of the cuts, and of the film's end."""
    frames, starts = made.settings.frames, made.starts()
    bridges = [*(frames(edge.duration_s) for edge in made.edges()), 0]
    return [
        starts[shot.id] + max(1, frames(shot.duration_s)) + bridge / 2
        for shot, bridge in zip(made.shots, bridges, strict=True)
    ]


@given(
    shots=st.lists(st.floats(0.05, 8), min_size=1, max_size=12),
    bridges=st.lists(st.floats(0, 3), min_size=11, max_size=11),
    fps=st.sampled_from([10, 24, 25, 30, 60]),
    tempo=st.floats(50, 200),
    wavers=st.lists(st.floats(-0.03, 0.03), min_size=20, max_size=20),
    every=st.integers(1, 4),
    offset_s=st.floats(0, 30),
)
@example(
    shots=[0.125],
    bridges=[0.0] * 11,
    fps=10,
    tempo=50.0,
    wavers=[0.0] * 20,
    every=1,
    offset_s=0.5,  # the first beat is heard most of a beat after the music begins
)
def test_every_cut_falls_on_a_beat_of_its_own(
    shots: list[float],
    bridges: list[float],
    fps: int,
    tempo: float,
    wavers: list[float],
    every: int,
    offset_s: float,
) -> None:
    before = story(shots, bridges, fps, offset_s=offset_s)
    count = int(1200 * tempo / 60)
    beats = [0.1 + n * 60 / tempo + wavers[n % 20] for n in range(count)]
    after = cut_to_beat(before, "sound-1", beats, 1200.0, every=every)
    grid = beats_in_film(after, "sound-1", beats, 1200.0, after.total_s + 1)[::every]
    assert all(
        abs((nearest_beat(grid, at / fps) or 0) * fps - at) <= 0.5 + 1e-6 for at in cuts(after)
    )
    assert all(shot.duration_s > 0 for shot in after.shots)
    assert after.transitions == before.transitions
    assert cuts(after) == sorted(set(cuts(after)))
    interval = 60 / tempo + 0.06
    for old, new in zip(before.shots, after.shots, strict=True):
        longest = max(old.duration_s, 1 / fps) + every * interval + 1 / fps
        assert new.duration_s <= longest


def test_a_shot_gets_the_nearest_whole_number_of_beats() -> None:
    made = cut_to_beat(story([1.0, 1.7, 0.1], [0, 0], 20), "sound-1", BEATS, LENGTH_S)
    assert [shot.duration_s for shot in made.shots] == [0.9, 1.5, 0.5]
    half = cut_to_beat(story([1.0, 1.7, 0.1], [0, 0], 20), "sound-1", BEATS, LENGTH_S, every=2)
    assert [shot.duration_s for shot in half.shots] == [1.4, 2.0, 1.0]


def test_the_middle_of_a_transition_is_the_cut() -> None:
    made = cut_to_beat(story([2.0, 2.0], [1.0], 20), "sound-1", BEATS, LENGTH_S)
    assert cuts(made) == [2.4 * 20, 4.9 * 20]


def test_a_video_is_not_made_longer_than_it_is() -> None:
    before = story([1.7, 0.2], [0], 20)
    made = cut_to_beat(before, "sound-1", BEATS, LENGTH_S, longest_s={"shot-1": 1.8, "shot-2": 0.3})
    assert [shot.duration_s for shot in made.shots] == [1.4, 0.5]


def test_where_the_music_is_not_heard_shots_keep_their_lengths() -> None:
    before = story([2.03, 2.03, 2.03, 2.03], [0, 0, 0], 20, start_s=3.0, duration_s=2.0)
    lengths = [shot.duration_s for shot in cut_to_beat(before, "sound-1", BEATS, 9.0).shots]
    assert lengths[0] == lengths[3] == 2.03
    assert lengths[1] != 2.03


def test_a_sound_that_moves_with_a_shot_stays_where_it_is_heard() -> None:
    before = story([2.3, 2.3, 2.3], [0, 0], 20, anchor="shot-2", start_s=-1.0)
    made = cut_to_beat(before, "sound-1", BEATS, LENGTH_S)
    fps, starts = made.settings.fps, made.starts()
    _, sound = made.sound("sound-1")
    assert sound.anchor == "shot-2"
    assert starts["shot-2"] / fps + sound.start_s == pytest.approx(1.3)
    beats = beats_in_film(made, "sound-1", BEATS, LENGTH_S, 99)
    assert all(abs((nearest_beat(beats, at / fps) or 0) * fps - at) <= 0.5 for at in cuts(made))


def test_a_music_that_repeats_goes_on_with_its_beats() -> None:
    made = story([9.0], [], 20, loop=True, offset_s=1.0)
    assert beats_in_film(made, "sound-1", [0.5, 1.5, 2.5], 3.0) == pytest.approx(
        [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5]
    )


@pytest.mark.parametrize("beats", [[], [1.0], [300.0, 301.0]])
def test_without_beats_it_says_so(beats: list[float]) -> None:
    with pytest.raises(BadInput, match="no beats"):
        cut_to_beat(story([3.0], [], 20), "sound-1", beats, 400.0 if len(beats) < 2 else 200.0)


def test_the_nearest_beat() -> None:
    assert nearest_beat([], 1.0) is None
    near = [nearest_beat([1.0, 2.0, 4.0], at) for at in (0.0, 1.4, 1.6, 2.9, 3.1, 9.0)]
    assert near == [1.0, 1.0, 2.0, 2.0, 4.0, 4.0]
