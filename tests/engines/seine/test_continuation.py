"""A clip that goes on: one picture moved as the network has it, then as `layers` goes on."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from seine_core.engines.protocol import ClipSpec, Request
from seine_core.engines.seine.continuation import (
    Continuation,
    begun_gently,
    come_to_rest,
    detail_kept,
    within_picture,
)
from seine_core.pipeline.origins import Origin, Source

HEIGHT, WIDTH = 144, 256
SMALL = (112, 64)
COARSE = (8, 14)
STEP = 3  # pixels of the picture that go by in a frame of the small clip
SPEC = ClipSpec(frames=48, width=WIDTH, height=HEIGHT)
Y = (np.arange(8)[:, None] + 0.5) / 8 * np.ones((8, 14))


def wide_scene() -> np.ndarray:
    rng = np.random.default_rng(3)
    image = np.zeros((HEIGHT, 2 * WIDTH, 3), np.float32)
    for cells, strength in ((5, 40), (20, 25), (70, 18), (160, 14)):
        knots = rng.standard_normal((cells, 2 * cells, 3)).astype(np.float32)
        image += strength * cv2.resize(knots, image.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + image, 0, 255).astype(np.uint8)


WIDE = wide_scene()


def seen(at: float) -> np.ndarray:
    """What a camera sees that has gone `at` frames of the small clip to the right."""
    left = round(at * STEP)
    return WIDE[:, left : left + WIDTH]


def continuation(
    task: str, bend: float = 0.0, frames: int = 49, given_speed: float = 1.0
) -> Continuation:
    """Of a pan to the right, of which the last frame given is the fourth, or the only one; up to it
    the camera was `given_speed` times as fast."""
    last = 3 if task == "extend" else 0
    small = np.stack(
        [cv2.resize(seen(i), SMALL, interpolation=cv2.INTER_AREA) for i in range(last + 17)]
    )
    origins = {}
    for i in range(1, 17):
        flow = np.zeros((*COARSE, 2), np.float32)
        flow[..., 0] = i * (STEP / WIDTH + bend * np.sin(2 * np.pi * Y))
        source = Source(at=last, flow=flow, weight=np.ones(COARSE, np.float32))
        origins[last + i] = Origin(sources=(source,), variance=np.full(COARSE, 0.1, np.float32))
    given = [seen(last + given_speed * (i / 3 - last)) for i in range(3 * last + 1)]
    request = Request(task=task, given=given, spec=SPEC)
    return Continuation(small, origins, last, request, frames)


def power(still: np.ndarray) -> float:
    values = still.astype(np.float64)
    return sum(float(np.square(np.diff(values, axis=axis)).mean()) for axis in (0, 1))


def change(before: np.ndarray, after: np.ndarray) -> float:
    return float(np.abs(after.astype(int) - before).mean())


def test_new_frames_are_as_sharp_as_the_given_one_and_go_on_as_it_came() -> None:
    made = continuation("extend")
    assert np.array_equal(made.frame(0), seen(3))
    for i in (1, 2, 4, 10):
        assert power(made.frame(i)) > 0.9 * power(seen(3))
    inner = np.s_[:, 20:-50]
    assert change(made.frame(9)[inner], seen(6)[inner]) < 0.2 * change(
        seen(5)[inner], seen(6)[inner]
    )


@pytest.mark.parametrize("given_speed", [0.0, 1.0])
def test_the_camera_passes_from_the_speed_that_it_had_to_its_own(given_speed: float) -> None:
    made = continuation("extend", given_speed=given_speed)
    places = np.array([made.origin(i).sources[0].flow[30, 30, 0] for i in range(1, made.count)])
    speeds = np.diff(places, prepend=0) * WIDTH / (STEP / 3)
    assert speeds[0] == pytest.approx(given_speed, abs=0.1)
    assert speeds[-1] == pytest.approx(1, abs=0.1)
    assert np.abs(np.diff(speeds)).max() < 0.12


def test_an_animation_begins_gently() -> None:
    made = continuation("animate")
    assert np.array_equal(made.frame(0), seen(0))
    first, *rest = (change(made.frame(i - 1), made.frame(i)) for i in (1, 6, 20))
    assert first < 0.1 * rest[0] < 0.1 * rest[1]


def test_a_pan_is_shown_until_it_leaves_the_picture() -> None:
    made = continuation("animate")
    assert 0.08 < made.moments[made.count - 1] * STEP / WIDTH < 0.13


def test_where_it_would_melt_another_motion_takes_over_without_a_jump() -> None:
    made = continuation("extend", bend=0.004)
    assert 6 < made.count < 30
    clip = [made.frame(i) for i in range(made.count - 4, made.count + 6)]
    changes = [change(a, b) for a, b in pairwise(clip)]
    assert max(changes) < 1.6 * min(changes)
    assert power(clip[-1]) > 0.9 * power(clip[0])
    earlier, latest = (made.origin(made.count - n).sources[0].flow[:, 20:50, 0] for n in (2, 1))
    assert np.ptp(latest - earlier) < 0.05 * STEP / WIDTH, "what bends has come to rest"


def test_what_melts_at_once_is_not_shown() -> None:
    made = continuation("animate", bend=0.1)
    assert made.count == 1
    assert 0 < change(made.frame(0), made.frame(24)) < 40


def test_frames_are_the_same_in_any_order() -> None:
    forward, backward = (continuation("extend", bend=0.004, frames=30) for _ in range(2))
    places = (2, forward.count, 29)
    ahead = {i: forward.frame(i) for i in places}
    assert all(np.array_equal(backward.frame(i), ahead[i]) for i in reversed(places))


def test_the_picture_has_no_soft_rim() -> None:
    flow = np.full((64, 112, 2), -0.05, np.float32)
    mended = within_picture(flow)
    y, x = np.mgrid[0:64, 0:112]
    assert (x + 112 * mended[..., 0]).min() >= -1e-4 and (y + 64 * mended[..., 1]).min() >= -1e-4
    assert np.allclose(mended[40:, 60:], flow[40:, 60:])
    still = seen(0)
    assert detail_kept(still, still) == pytest.approx(1)
    assert detail_kept(cv2.resize(still, SMALL, interpolation=cv2.INTER_AREA), still) < 0.4


def test_the_paces_by_hand() -> None:
    moments = begun_gently(np.array([0.0, 0.1, 2.0, 4.0, 6.0]), 4.0)
    assert moments[0] == 0 and moments[1] < 1e-3
    assert moments[2:].tolist() == pytest.approx([4 * (1 / 8 - 1 / 32), 2, 4])
    places = [come_to_rest(at, 10.0, 4.0) for at in (3.0, 6.0, 8.0, 10.0, 11.0)]
    assert places == pytest.approx([3, 6, 6 + 4 * (1 / 2 - 1 / 8 + 1 / 32), 8, 8])
    assert come_to_rest(7.0, np.inf, 4.0) == 7
