"""Plans of clips of any length, and colours held, on a model that is only a function."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seine_core.imaging import colour
from seine_core.pipeline import request as clip_request
from seine_core.pipeline.request import ClipRequest, Sampling
from seine_core.pipeline.windows import (
    LONGEST,
    Piece,
    Plan,
    Window,
    count_windows,
    follow,
    plan_between,
    plan_onward,
    seam_jump,
    window_seed,
)

USUAL = Sampling()


def flat(value: float, height: int = 16, width: int = 16) -> np.ndarray:
    """A grey picture with some texture, so that its spread is not zero."""
    texture = np.arange(height * width).reshape(height, width, 1) % 5 - 2
    return np.clip(np.rint(value + texture + np.zeros(3)), 0, 255).astype(np.uint8)


def walk(plan: Plan, known: set[int], num_frames: int) -> set[int]:
    """What is known after the plan. Each window must make something, within what it may hold."""
    for level in plan:
        made: set[int] = set()
        for window in level:
            assert list(window) == sorted(set(window))
            assert 2 <= len(window) <= LONGEST
            new = set(window) - known
            assert new
            assert not new & made  # no frame is made twice
            made |= new
        known = known | made
    return known


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_plan_between_makes_every_frame_once(data: st.DataObject) -> None:
    num_frames = data.draw(st.integers(2, 600))
    positions = st.integers(0, num_frames - 1)
    fixed = data.draw(st.sets(positions, max_size=40))
    plan = plan_between(fixed, 0, num_frames - 1)
    assert walk(plan, set(fixed), num_frames) == set(range(num_frames))
    for level in plan[1:]:
        for window in level:  # what is filled lies between known frames
            known = set(fixed).union(*(w for earlier in plan for w in earlier if w != window))
            assert window[0] in known or 0 not in fixed
            assert window[-1] in known or num_frames - 1 not in fixed


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 15), st.integers(1, 400), st.integers(1, 15))
def test_a_plan_onward_makes_every_frame_once(known: int, new: int, overlap: int) -> None:
    total = known + new
    plan = plan_onward(known, total, overlap)
    assert walk(plan, set(range(known)), total) >= set(range(total))
    have = set(range(known))
    for (window,) in plan:
        assert window[0] == 0 or len(set(window) & have) == overlap
        have |= set(window)


def test_short_clips_are_one_window() -> None:
    assert plan_between([0, 23], 0, 23) == [[tuple(range(24))]]
    assert plan_onward(1, 24) == [[tuple(range(24))]]
    assert plan_between([0, 1], 0, 1) == []


def test_a_long_transition_is_key_frames_then_windows_with_several_of_them() -> None:
    keys, windows = plan_between([0, 60], 0, 60)
    assert keys == [tuple(range(0, 61, 4))]
    assert [(w[0], w[-1]) for w in windows] == [(0, 12), (12, 24), (24, 36), (36, 48), (48, 60)]
    assert all(len(set(w) & set(keys[0])) == 4 for w in windows)


def test_a_very_long_transition_takes_another_level() -> None:
    plan = plan_between([0, 999], 0, 999)
    assert len(plan) == 3
    assert len(plan[0]) == 1


def test_given_frames_are_key_frames_where_they_stand() -> None:
    keys, *_ = plan_between([0, 7, 60], 0, 60)
    assert {0, 7, 60} <= set(keys[0])
    assert len(keys[0]) <= 16


def test_a_long_prediction_slides_with_four_frames_of_overlap() -> None:
    assert [(w[0], w[-1]) for (w,) in plan_onward(4, 40)] == [(0, 15), (12, 27), (24, 39)]


# Followed with a model that is a function


def model(make: Callable[[Window], list[np.ndarray]]):
    """`generate` of a model; what it was asked is kept in `.asked`, level by level."""

    def generate(windows: list[Window]) -> list[Piece]:
        generate.asked.append(windows)
        pieces = []
        for window in windows:
            frames = np.stack(make(window))
            for i, still in window.given.items():
                frames[i] = still
            pieces.append(Piece(frames=frames, mismatch=0.0))
        return pieces

    generate.asked = []
    return generate


def straight(window: Window) -> list[np.ndarray]:
    """A model that goes evenly from given frame to given frame."""
    at = sorted(window.given)
    values = [float(window.given[i].mean()) for i in at]
    return [flat(np.interp(i, at, values)) for i in range(window.num_frames)]


@pytest.mark.parametrize("num_frames", [16, 30, 61, 100, 300])
def test_a_long_transition_is_even_from_end_to_end(num_frames: int) -> None:
    request = clip_request.transition(flat(20), flat(220), num_frames=num_frames)
    (clip,) = follow([request], model(straight), USUAL)
    assert np.array_equal(clip.frames[0], flat(20))
    assert np.array_equal(clip.frames[-1], flat(220))
    means = clip.frames.mean(axis=(1, 2, 3))
    expected = np.linspace(20, 220, num_frames)
    # The keys of a length that 15 does not divide stand half a frame beside their even places.
    assert np.abs(means - expected).max() < 200 / 15 / 2 + 1
    assert (np.diff(means) >= 0).all()
    assert len(clip.windows) == count_windows([request])


def test_clips_grow_side_by_side() -> None:
    requests = [
        clip_request.transition(flat(20), flat(90), num_frames=61, seed=1),
        clip_request.transition(flat(90), flat(30), num_frames=61, seed=2),
        clip_request.transition(flat(90), flat(30), num_frames=16, seed=3),
    ]
    generate = model(straight)
    clips = follow(requests, generate, USUAL)
    assert [len(level) for level in generate.asked] == [3, 10]
    assert [clip.seed for clip in clips] == [1, 2, 3]
    assert [len(clip.frames) for clip in clips] == [61, 61, 16]


def test_every_window_has_its_own_seed_that_follows_from_the_clips() -> None:
    assert window_seed(5, 0) == 5
    assert window_seed(0, 0) == 0
    seeds = {window_seed(seed, index) for seed in range(4) for index in range(8)}
    assert len(seeds) == 32
    generate = model(straight)
    request = clip_request.prediction([flat(50)] * 4, 50, seed=7)
    (clip,) = follow([request], generate, USUAL)
    asked = [window.seed for level in generate.asked for window in level]
    assert asked == [facts.seed for facts in clip.windows] == [window_seed(7, i) for i in range(5)]


def test_a_prediction_returns_what_follows_and_sees_the_last_frames() -> None:
    film = [flat(v) for v in range(100, 120)]
    generate = model(straight)
    (clip,) = follow([clip_request.prediction(film, 30)], generate, USUAL)
    assert len(clip.frames) == 30
    first = generate.asked[0][0]
    assert [round(float(first.given[i].mean())) for i in range(4)] == [116, 117, 118, 119]
    for level in generate.asked[1:]:
        assert sorted(level[0].given) == [0, 1, 2, 3]
    (short,) = follow([clip_request.prediction(film[:1], 30)], generate, USUAL)
    assert len(short.frames) == 30


def brighter(window: Window) -> list[np.ndarray]:
    """A model that brightens by 6 levels over every window."""
    last = float(window.given[max(window.given)].mean())
    start = max(window.given)
    steps = window.num_frames - 1 - start
    return [flat(last + 6 * max(0, i - start) / steps) for i in range(window.num_frames)]


def test_drift_adds_up_unless_it_is_held() -> None:
    request = clip_request.prediction([flat(100)] * 4, 120)
    (free,) = follow([request], model(brighter), Sampling(hold_colours=0))
    (held,) = follow([request], model(brighter), USUAL)
    grown = [facts.drift for facts in free.windows]
    assert grown == sorted(grown)
    assert grown[-1] == pytest.approx(60, abs=3)  # ten windows
    # (1 - 0.5) / 0.5 of the 6 that a window adds; rounding to levels adds up to one more
    assert max(facts.drift for facts in held.windows) <= 7
    assert all(
        facts.drift < facts.drift_generated for facts in held.windows[1:] if facts.drift_generated
    )
    steps = np.abs(np.diff(held.frames.mean(axis=(1, 2, 3))))
    assert steps.max() < 1.5  # held without a visible step anywhere


def test_drift_is_counted_from_what_the_given_frames_span() -> None:
    palette = colour.Palette([flat(50), flat(150)])
    assert palette.drift(np.stack([flat(50), flat(100), flat(150)])) == 0
    assert palette.drift(np.stack([flat(100), flat(162)])) == pytest.approx(12)
    assert colour.Palette([]).drift(np.stack([flat(1)])) == 0


def test_a_transition_through_other_colours_is_left_alone() -> None:
    def flash(window: Window) -> list[np.ndarray]:
        return [flat(250)] * window.num_frames

    (clip,) = follow([clip_request.transition(flat(20), flat(30))], model(flash), USUAL)
    assert np.array_equal(clip.frames[8], flat(250))
    assert clip.windows[0].drift == clip.windows[0].drift_generated > 200


def test_a_jump_at_a_given_frame_is_reported() -> None:
    def jumpy(window: Window) -> list[np.ndarray]:
        return [flat(100 + 2 * i) for i in range(window.num_frames)]

    (clip,) = follow([clip_request.transition(flat(100), flat(30))], model(jumpy), USUAL)
    assert clip.windows[0].jump > 20
    assert [w for w in clip.warnings if "frames 0 to 15: the picture jumps at a given frame" in w]
    (smooth,) = follow([clip_request.transition(flat(20), flat(90))], model(straight), USUAL)
    assert smooth.windows[0].jump < 1.5
    assert smooth.warnings == ()


def test_frames_that_are_no_neighbours_have_no_seam() -> None:
    frames = np.stack([flat(0), flat(100), flat(200)])
    assert seam_jump(frames, (0, 5, 10), [1]) == 0


def test_a_model_that_ignores_the_given_frames_is_reported() -> None:
    def generate(windows: list[Window]) -> list[Piece]:
        return [Piece(frames=np.stack(straight(w)), mismatch=70.0) for w in windows]

    (clip,) = follow([ClipRequest(given={0: flat(1)})], generate, USUAL)
    assert "own version of the given frames is 70 levels off" in clip.warnings[0]


# Colours


def test_a_cast_of_the_given_frames_is_taken_from_those_around() -> None:
    truth = np.stack([flat(v) for v in np.linspace(80, 160, 9)]).astype(np.float32)
    cast = truth * 0.9 + np.float32([9, 0, -6])
    stills = {0: truth[0].astype(np.uint8), 8: truth[8].astype(np.uint8)}
    mended = colour.match_given(cast, stills)
    assert np.abs(mended[[0, 8]] - truth[[0, 8]]).max() < 0.5
    assert np.abs(mended - truth).max() < 2
    assert colour.mismatch(cast, stills) > 5
    assert colour.mismatch(truth, stills) == 0


def test_a_correction_has_limits() -> None:
    """A model that shows something else is not repainted."""
    black = np.zeros((3, 16, 16, 3), np.float32)
    mended = colour.match_given(black, {0: flat(250)})
    assert mended.max() <= colour.MAX_SHIFT + 1


def test_without_given_frames_colours_are_left_alone() -> None:
    clip = np.stack([flat(3)]).astype(np.float32)
    assert colour.match_given(clip, {}) is clip
