from itertools import pairwise

import cv2
import numpy as np
import pytest

import engine_calls
from seine_core.engines.layers.camera_path import cover, pace, run_out
from seine_core.engines.layers.engine import Layers
from seine_core.engines.layers.onward import fit_similarity, give, step_between
from seine_core.engines.protocol import ClipSpec
from seine_core.imaging.warp import Picture, Pose, pinned, pose_map

HEIGHT, WIDTH = 160, 224


def wide_scene() -> Picture:
    rng = np.random.default_rng(5)
    image = np.zeros((2 * HEIGHT, 2 * WIDTH, 3), np.float32)
    for cells in (6, 14, 30, 60):
        knots = rng.standard_normal((cells, cells * 7 // 5, 3)).astype(np.float32)
        image += cv2.resize(knots, (2 * WIDTH, 2 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    return Picture(np.clip(128 + 40 * image, 0, 255).astype(np.uint8))


def filmed(pose_at, frames: int = 8) -> np.ndarray:
    """The middle of a wide scene, so that a move shows nothing but the scene."""
    picture = wide_scene()
    clip = []
    for i in range(frames):
        pose = pose_at(i)
        seen = picture.seen(pose_map(pose, 2 * HEIGHT, 2 * WIDTH), pose.zoom)
        middle = seen[HEIGHT // 2 : HEIGHT // 2 + HEIGHT, WIDTH // 2 : WIDTH // 2 + WIDTH]
        clip.append(np.clip(middle + 0.5, 0, 255).astype(np.uint8))
    return np.stack(clip)


def extend(clip, frames, **asked):
    spec = ClipSpec(frames=frames, width=clip.shape[2], height=clip.shape[1], **asked)
    return engine_calls.extend(Layers(), clip, "", spec)


MOVES = [
    pytest.param(lambda i: Pose(x=0.4 * i / (2 * WIDTH)), lambda s: s.x, id="slow pan"),
    pytest.param(lambda i: Pose(x=-3 * i / (2 * WIDTH)), lambda s: s.x, id="pan"),
    pytest.param(lambda i: Pose(y=1.5 * i / (2 * HEIGHT)), lambda s: s.y, id="tilt"),
    pytest.param(lambda i: Pose(zoom=0.006 * i), lambda s: s.zoom, id="zoom in"),
    pytest.param(lambda i: Pose(zoom=0.2 - 0.006 * i), lambda s: s.zoom, id="zoom out"),
    pytest.param(lambda i: Pose(turn=0.004 * i), lambda s: s.turn, id="roll"),
]


@pytest.mark.parametrize(("pose_at", "axis"), MOVES)
def test_the_motion_goes_on_and_comes_to_rest(pose_at, axis):
    clip = filmed(pose_at)
    more = extend(clip, 40)
    before = axis(step_between(clip[-2], clip[-1]))
    join = axis(step_between(clip[-1], more[0]))
    assert join == pytest.approx(before, rel=0.13)
    speeds = [axis(step_between(a, b)) / before for a, b in pairwise(more)]
    assert all(later < earlier + 0.1 for earlier, later in pairwise(speeds))
    assert speeds[-1] < 0.8


def test_a_move_that_slows_down_is_taken_up_at_its_last_speed():
    clip = filmed(lambda i: Pose(x=-0.06 * (1 - np.exp(-i / 8))))
    more = extend(clip, 3)
    speeds = [step_between(a, b).x for a, b in pairwise([*clip[-2:], *more])]
    assert abs(speeds[0]) > abs(speeds[1]) > abs(speeds[2]) > 0.5 * abs(speeds[0])


def sharpness(still) -> float:
    values = still.astype(float)
    return sum(float(np.square(np.diff(values, axis=axis)).mean()) for axis in (0, 1))


def test_a_camera_that_stands_still_begins_to_drift_from_rest():
    still = filmed(lambda i: Pose(), 3)
    more = extend(still, 48)
    steps = [step_between(a, b).zoom for a, b in pairwise([still[-1], *more])]
    assert 0 <= steps[0] < 0.3 * max(steps)  # gently
    assert min(steps[12:]) > 1e-4  # and it never freezes
    assert sharpness(more[0]) > 0.9 * sharpness(still[-1])


@pytest.mark.parametrize("asked", [{"camera": "still"}, {"strength": 0.0}])
def test_a_camera_that_is_to_stand_still_does(asked):
    still = filmed(lambda i: Pose(), 3)
    more = extend(still, 7, **asked)
    assert all(np.array_equal(frame, still[-1]) for frame in more)


def test_the_grain_of_a_clip_lives_on_as_strong_as_it_was():
    rng = np.random.default_rng(0)
    clip = filmed(lambda i: Pose(), 6).astype(float)
    clip = (clip + rng.normal(0, 5, clip.shape)).clip(0, 255).astype(np.uint8)
    more = extend(clip, 12, camera="still")
    given, made = (
        [np.std(b.astype(float) - a) for a, b in pairwise(frames)] for frames in (clip, more)
    )
    assert np.mean(made) == pytest.approx(np.mean(given), rel=0.12)
    assert 0.9 < sharpness(more[0]) / sharpness(clip[-1]) < 1.1
    assert np.array_equal(more, extend(clip, 12, camera="still"))


def test_a_thing_that_moves_is_not_taken_for_grain():
    rng = np.random.default_rng(0)
    clip = np.full((6, HEIGHT, WIDTH, 3), 100.0) + rng.normal(0, 2, (6, HEIGHT, WIDTH, 3))
    for i, frame in enumerate(clip):
        frame[60:90, 20 * i : 20 * i + 30] = 240
    more = extend(clip.clip(0, 255).astype(np.uint8), 4, camera="still")
    bright = more[..., 0] > 180
    assert bright[:, 62:88, 102:128].mean() > 0.99  # where it was last
    assert bright.sum() < 4 * 30 * 30 * 1.02  # and nowhere else


def test_one_frame_is_animated():
    still = filmed(lambda i: Pose(), 1)
    more = extend(still, 24)
    assert more.shape == (24, HEIGHT, WIDTH, 3)
    assert np.abs(more[0].astype(int) - still[0]).mean() < 1
    assert np.abs(more[-1].astype(int) - still[0]).mean() > 1


@pytest.mark.parametrize("size", [(16, 16), (17, 90), (400, 16)])
def test_any_size_and_any_length(size):
    clip = np.random.default_rng(0).integers(0, 255, (3, *size, 3), np.uint8)
    assert extend(clip, 5).shape == (5, *size, 3)
    assert np.array_equal(extend(clip, 5), extend(clip, 5))
    flat = np.full((3, *size, 3), 9, np.uint8)
    assert (extend(flat, 5) == 9).all()


def test_no_black_borders_however_long():
    clip = np.maximum(filmed(lambda i: Pose(x=5 * i / (2 * WIDTH), zoom=0.3 - 0.01 * i)), 80)
    assert extend(clip, 96).min() > 40


def test_a_pinned_map_looks_at_the_picture_only_and_never_turns_back():
    for pose in (Pose(x=0.1), Pose(zoom=-0.2, turn=0.05), Pose(y=-0.08, zoom=-0.1)):
        x, y = pinned(pose_map(pose, 90, 160), give(pose, 90, 160))
        assert x.min() >= 0
        assert x.max() <= 159
        assert y.min() >= 0
        assert y.max() <= 89
        assert np.diff(x, axis=1).min() > -1e-3
        assert np.diff(y, axis=0).min() > -1e-3


def test_a_similarity_is_found_among_outliers():
    rng = np.random.default_rng(0)
    source = rng.uniform(-100, 100, (60, 2))
    cos, sin = 1.02 * np.cos(0.03), 1.02 * np.sin(0.03)
    target = source @ np.array([[cos, sin], [-sin, cos]]) + (4, -2)
    target[:15] += rng.uniform(-30, 30, (15, 2))
    assert np.allclose(fit_similarity(source, target), (cos, sin, 4, -2), atol=0.05)


def test_a_pace_begins_and_ends_at_rest():
    for ramp in (0.1, 0.3, 0.5):
        ts = np.linspace(0, 1, 201)
        done = np.array([pace(float(t), ramp) for t in ts])
        speeds = np.diff(done)
        assert (done[0], done[-1]) == (0, 1)
        assert speeds.min() >= 0
        assert max(speeds[0], speeds[-1]) < 0.05 * speeds.max()
        assert done[100] == pytest.approx(0.5)


def test_running_out_keeps_the_first_speed_and_the_limit():
    assert run_out(-0.001, 1, 0.1) == pytest.approx(-0.001, rel=0.01)
    assert run_out(0.001, 100_000, 0.1) == pytest.approx(0.1)
    assert run_out(0.0, 10, 0.1) == 0


def test_cover_by_hand():
    assert cover(0.0, 90, 160) == 1
    assert cover(np.pi / 2, 90, 160) == pytest.approx(160 / 90)
