"""What is heard of a video that is trimmed, slipped, split, slow, fast or reversed is heard with
what is seen of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from made_sounds import RATE, clicks, rms, tone, write_film
from seine_core.story import clip_edits, edits
from seine_core.story.footage import footage
from seine_core.story.mix.film_sound import film_sound
from seine_core.story.mix.store import SoundStore
from seine_core.story.model import Story, VideoSource

FPS = 25
LENGTH_S = 10.0
FLASHES = range(5, 250, 10)  # frames, with a click at the start of each
BURSTS_S = [0.6, 1.9, 3.3, 4.7, 6.0, 7.6]  # of a tone, 0.4 s each


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("story")
    (folder / "media").mkdir()
    write_film(folder / "media/clicks.mov", clicks(LENGTH_S, [n / FPS for n in FLASHES]))
    bursts = np.zeros(round(LENGTH_S * RATE))
    for at_s in BURSTS_S:
        first = round(at_s * RATE)
        bursts[first : first + RATE * 2 // 5] = tone(0.4, 500, 0.5)
    write_film(folder / "media/bursts.mov", bursts)
    return folder


def story_of(file: str, duration_s: float, **source: Any) -> Story:
    story = edits.set_settings(Story(), fps=FPS)
    video = VideoSource(file=file, **source)
    return edits.insert(story, [video], duration_s=duration_s, sound={"room_tone": False})


def heard(story: Story, folder: Path) -> NDArray[np.float32]:
    mix = film_sound(story, folder, SoundStore(folder / "sounds"))
    assert mix is not None
    return np.concatenate(list(mix.blocks()))[:, 0]


def seen_flashes(story: Story) -> list[int]:
    """The frames of the film in which a flash is seen for the first time."""
    found, before = [], None
    for shot in story.shots:
        shown = footage(shot, LENGTH_S)
        frames = min(story.settings.frames(shot.duration_s), shown.frames(FPS))
        for n in range(frames):
            frame = round(shown.at_s(n / FPS, FPS) * FPS + 1e-6)
            if frame in FLASHES and before != frame:
                found.append(story.starts()[shot.id] + n)
            before = frame
    return found


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("trim"), st.integers(-40, 40)),
        st.tuples(st.just("slip"), st.integers(-60, 60)),
        st.tuples(st.just("split"), st.integers(2, 80)),
        st.tuples(st.just("reverse"), st.booleans()),
        st.tuples(st.just("in"), st.integers(0, 200)),
        st.tuples(st.just("out"), st.integers(20, 250)),
    ),
    max_size=5,
)


@settings(max_examples=12, deadline=None)
@given(chosen=EDITS)
def test_after_any_edits_clicks_are_heard_with_their_flashes(
    folder: Path, chosen: list[tuple[str, Any]]
) -> None:
    story = story_of("clicks.mov", 5.0, offset_s=2.0)
    for name, by in chosen:
        try:
            match name:
                case "trim":
                    story = clip_edits.trim_start(story, "shot-1", by / FPS, LENGTH_S)
                case "slip":
                    story = clip_edits.slip(story, "shot-1", by / FPS, LENGTH_S)
                case "split":
                    story = edits.split(story, "shot-1", by / FPS)
                case "reverse":
                    story = clip_edits.set_reverse(story, "shot-1", by, LENGTH_S)
                case "in":
                    story = clip_edits.set_in(story, "shot-1", by / FPS, LENGTH_S)
                case "out":
                    story = clip_edits.set_out(story, "shot-1", by / FPS, LENGTH_S)
        except ValueError:  # there is no more of it
            continue
    found = np.flatnonzero(heard(story, folder) > 0.4) / RATE * FPS
    # Backwards, the click at a frame's start is heard at its end: where a shot ends, not at all.
    for flash in seen_flashes(story):
        ends = {n + 1 for n in story.starts().values()} | {story.total_frames}
        near = np.abs(found - flash).min(initial=9.0)
        assert near <= 1.01 or {flash + 1, flash} & (ends | {n - 1 for n in ends})
    for click in found:
        assert min(abs(click - flash) for flash in seen_flashes(story)) <= 1.01


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("reverse", [False, True])
def test_at_another_speed_bursts_come_with_their_pictures(
    folder: Path, speed: float, reverse: bool
) -> None:
    """Within a frame, or a little more at the slowest, and at their pitch."""
    story = story_of("bursts.mov", 8.0, offset_s=0.5)
    story = clip_edits.set_speed(story, "shot-1", speed)
    story = clip_edits.set_reverse(story, "shot-1", reverse, LENGTH_S)
    sound = heard(story, folder)
    lasts_s = float(story.total_s)
    assert abs(lasts_s - 8.0 / speed) < 1 / FPS
    most = RATE / FPS if speed >= 0.5 else 0.045 * RATE
    loud = np.abs(sound) > 0.12
    edges = [(s - 0.5) / speed for s in BURSTS_S], [(s - 0.1) / speed for s in BURSTS_S]
    if reverse:
        edges = tuple([lasts_s - s for s in reversed(ends)] for ends in reversed(edges))  # type: ignore[assignment]
    for begin_s, end_s in zip(*edges, strict=True):
        first, last = (round(s * RATE) for s in (begin_s, end_s))
        around = np.flatnonzero(loud[max(0, first - 4000) : last + 4000]) + max(0, first - 4000)
        assert abs(around[0] - first) < most and abs(around[-1] - last) < most
    middle = sound[round((edges[0][0] + 0.1 / speed) * RATE) :][: round(0.15 / speed * RATE)]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), RATE))
    assert abs(int(spectrum.argmax()) - 500) < 12


def test_beyond_the_out_point_the_next_scene_is_not_heard(folder: Path) -> None:
    """Nor before it: the two parts of a split sound as before, and one made longer falls silent."""
    story = story_of("bursts.mov", 6.0)
    whole = heard(story, folder)
    parts = edits.split(story, "shot-1", 1.6)
    assert np.abs(heard(parts, folder) - whole).max() < 1e-3
    longer = edits.set_shot(parts, "shot-1", duration_s=3.6)
    sound = heard(longer, folder)
    assert rms(sound[round(1.6 * RATE) : round(3.59 * RATE)]) < 1e-4
    assert rms(sound[round(3.9 * RATE) : round(4.2 * RATE)]) > 0.3


def test_a_held_frame_is_silent(folder: Path) -> None:
    story = clip_edits.freeze(story_of("bursts.mov", 2.0), "shot-1", 0.8, LENGTH_S)
    sound = heard(story, folder)
    assert rms(sound[round(0.82 * RATE) : round(2.78 * RATE)]) < 1e-4
    assert rms(sound[round(2.81 * RATE) : round(2.95 * RATE)]) > 0.3


def test_a_sound_backwards_is_the_same_from_anywhere(folder: Path) -> None:
    story = story_of("bursts.mov", 6.0, reverse=True, end_s=8.0)
    mix = film_sound(story, folder, SoundStore(folder / "sounds"))
    assert mix is not None
    whole = np.concatenate(list(mix.blocks()))
    part = film_sound(story, folder, SoundStore(folder / "sounds"))
    assert part is not None
    assert np.array_equal(part.read(RATE + 77, 2 * RATE), whole[RATE + 77 : 3 * RATE + 77])
