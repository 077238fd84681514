from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_calls import extend, transition
from seine_core.camera import CAMERA_MOVES
from seine_core.engines import make
from seine_core.engines.layers import reveal
from seine_core.engines.layers.crossing import Crossing
from seine_core.engines.layers.direction import STYLE_WORDS, STYLES, direction_of
from seine_core.engines.layers.engine import Layers
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.engines.style_words import style_named
from seine_core.errors import BadInput, RenderCancelled


def scene(seed: int, height: int = 48, width: int = 64) -> np.ndarray:
    """A picture with soft colours, hard outlines and some grain."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.uniform(0, 255, (4, 5, 3)), (width, height))
    for _ in range(6):
        centre = int(rng.integers(width)), int(rng.integers(height))
        colour = tuple(float(v) for v in rng.uniform(0, 255, 3))
        cv2.circle(soft, centre, int(rng.integers(2, 3 + min(height, width) // 4)), colour, -1)
    return np.clip(soft + rng.normal(0, 6, soft.shape), 0, 255).astype(np.uint8)


def spec_for(image: np.ndarray, frames: int, **fields) -> ClipSpec:
    height, width = image.shape[:2]
    return ClipSpec(frames=frames, width=width, height=height, **fields)


def cross(start, end, frames, prompt="", **fields):
    return transition(Layers(), start, end, prompt, spec_for(start, frames, **fields))


@settings(max_examples=25, deadline=None)
@given(
    frames=st.integers(2, 9),
    height=st.integers(16, 70),
    width=st.integers(16, 70),
    seed=st.integers(0, 2**32 - 1),
    camera=st.sampled_from(CAMERA_MOVES),
    style=st.sampled_from(list(STYLES)),
    strength=st.sampled_from([0.0, 0.5, 1.0, 4.0]),
    split=st.integers(1, 8),
)
def test_any_transition_has_exact_ends_and_the_same_frames_in_pieces(
    frames, height, width, seed, camera, style, strength, split
):
    start, end = scene(seed % 7, height, width), scene(seed % 5 + 10, height, width)
    fields = {"seed": seed, "camera": camera, "style": style, "strength": strength}
    whole = cross(start, end, frames, **fields)
    assert whole.shape == (frames, height, width, 3)
    assert whole.dtype == np.uint8
    assert np.array_equal(whole[0], start)
    assert np.array_equal(whole[-1], end)
    asked = Request(task="transition", given=[start, end], spec=spec_for(start, frames, **fields))
    clip = make(Layers(), asked)
    assert np.array_equal(np.stack([*clip[:split], *clip[split:]]), whole)


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (16, 900), (400, 16)])
def test_any_shape(size):
    start, end = scene(1, *size), scene(2, *size)
    clip = cross(start, end, 4)
    assert np.array_equal(clip[0], start)
    assert np.array_equal(clip[-1], end)


@pytest.mark.parametrize("values", [(0, 255), (255, 0), (7, 7), (0, 0)])
def test_flat_pictures_go_over_without_leaving_their_range(values):
    start, end = (np.full((40, 40, 3), value, np.uint8) for value in values)
    clip = cross(start, end, 8)
    assert clip.min() >= min(values)
    assert clip.max() <= max(values)


def test_a_picture_to_itself_keeps_its_look():
    still = scene(3, 96, 96)
    clip = cross(still, still, 12)
    assert np.abs(clip.mean(axis=(1, 2)) - still.mean(axis=(0, 1))).max() < 12
    assert np.array_equal(clip[-1], still)


def test_the_neighbours_of_the_ends_are_close_to_them():
    start, end = scene(4, 128, 128), scene(5, 128, 128)
    clip = cross(start, end, 24).astype(float)
    steps = [np.abs(b - a).mean() for a, b in pairwise(clip)]
    assert max(steps[0], steps[-1]) < 0.5 * np.mean(steps)


def test_no_black_borders():
    bright = np.clip(scene(6, 64, 96).astype(int) + 60, 90, 255).astype(np.uint8)
    for camera in CAMERA_MOVES:
        clip = cross(bright, bright[::-1].copy(), 9, camera=camera, style="fade")
        assert clip.min() > 40, camera


def test_the_seed_changes_the_reveal_and_the_thread_count_does_not():
    start, end = scene(7, 160, 160), scene(8, 160, 160)
    clip = cross(start, end, 6, seed=1)
    assert not np.array_equal(clip, cross(start, end, 6, seed=2))
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        assert np.array_equal(clip, cross(start, end, 6, seed=1))
    finally:
        cv2.setNumThreads(threads)


def test_strength_scales_the_camera():
    still = scene(9, 96, 96)
    moved = [
        np.abs(np.diff(cross(still, still, 8, strength=s).astype(float), axis=0)).mean()
        for s in (0, 0.5, 1)
    ]
    assert moved[0] < moved[1] < moved[2]


@pytest.mark.parametrize(
    ("style", "first_half"),
    [
        ("wipe-left", np.s_[:, 48:]),
        ("wipe-right", np.s_[:, :48]),
        ("wipe-up", np.s_[48:]),
        ("wipe-down", np.s_[:48]),
        ("iris", np.s_[24:72, 24:72]),
    ],
)
def test_a_style_says_where_the_coming_scene_is_first(style, first_half):
    start, end = (np.full((96, 96, 3), value, np.uint8) for value in (20, 220))
    middle = cross(start, end, 9, style=style)[4].astype(float)
    assert middle[first_half].mean() > middle.mean() + 20


def test_words_choose_style_and_camera():
    spec = ClipSpec(frames=8, width=64, height=64)
    assert style_named("an iris opens", STYLE_WORDS) == "iris"
    assert style_named("smooth transition, faded colours", STYLE_WORDS) is None
    assert direction_of("wipe to the right", spec).style == "wipe-right"
    assert direction_of("wipe to the right", spec).camera == "pan-left"
    assert direction_of("slow dolly in, dissolve", spec).camera == "dolly-in"
    assert direction_of("zoom in", ClipSpec(frames=8, width=64, height=64, style="fade")).style == (
        "fade"
    )


def test_wrong_input_is_named():
    start, end = scene(1), scene(2)
    with pytest.raises(BadInput, match="end: received uint8"):
        cross(start, end[:-1], 4)
    with pytest.raises(BadInput, match="start: received float64"):
        cross(start.astype(float), end, 4)
    with pytest.raises(BadInput, match="style: received 'swirl'"):
        cross(start, end, 4, style="swirl")
    with pytest.raises(BadInput, match="clip: received"):
        extend(Layers(), start, "", spec_for(start, 4))


def test_every_frame_is_reported_and_a_cancel_passes():
    start, end = scene(1), scene(2)
    seen = []

    def report(fraction, preview=None):
        seen.append((fraction, preview.shape))
        if len(seen) == 3:
            raise RenderCancelled

    with pytest.raises(RenderCancelled):
        transition(Layers(), start, end, "", spec_for(start, 6), report)
    assert [fraction for fraction, _ in seen] == [1 / 6, 2 / 6, 3 / 6]
    assert seen[0][1] == start.shape


def odd_scenes():
    return scene(11, 96, 160), scene(12, 96, 160)


def stretch(at) -> tuple[float, float]:
    """Of a map: how much longer than wide a square becomes at most, and the least area."""
    x, y = at
    jacobian = np.stack([np.stack(np.gradient(axis)[::-1], -1) for axis in (x, y)], -2)
    long, short = np.moveaxis(np.linalg.svd(jacobian, compute_uv=False), -1, 0)
    return float((long / short).max()), float(np.linalg.det(jacobian).min())


@pytest.mark.parametrize("strength", [1.0, 4.0])
@pytest.mark.parametrize("camera", CAMERA_MOVES)
def test_no_map_folds_or_stretches_beyond_two_to_one(camera, strength):
    start, end = odd_scenes()
    spec = spec_for(start, 24, camera=camera, strength=strength)
    crossing = Crossing(start, end, direction_of("", spec), 24)
    for travelled in (0.0, 0.3, 0.6, 1.0):
        for at in crossing.maps(travelled):
            longest, least = stretch(at)
            assert longest <= 2 and least > 0


def mattes(crossing, moments=(0.15, 0.35, 0.5, 0.65, 0.85)):
    return [crossing.matte(crossing.maps(t)[0], t) for t in moments]


def test_a_matte_has_soft_edges_and_leaves_no_islands():
    start, end = odd_scenes()
    for seed in range(3):
        crossing = Crossing(start, end, direction_of("", spec_for(start, 24, seed=seed)), 24)
        for matte in mattes(crossing):
            # From none to all within no less than 4 % of the height.
            assert np.abs(np.gradient(matte)).max() < 1.9 / (0.04 * len(matte))
            for solid in (matte > 0.5, matte < 0.5):
                _, labels, found, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
                rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
                alone = [found[i, cv2.CC_STAT_AREA] for i in range(1, len(found)) if i not in rim]
                assert all(area < 0.01 * matte.size for area in sorted(alone)[:-1])


def test_nothing_that_matters_is_cut():
    important = np.zeros((96, 160), np.float32)
    important[30:60, 50:80] = 1
    order = np.tile(np.linspace(-2, 2, 160, dtype=np.float32), (96, 1))
    held = reveal.in_one_piece(order, important)
    assert np.ptp(held[30:60, 50:80]) == 0
    assert np.array_equal(held[:, 120:], order[:, 120:])


def test_what_goes_over_as_a_whole_shows_both_scenes_only_briefly():
    order = np.tile(np.linspace(-2, 2, 160, dtype=np.float32), (96, 1))
    order[24:72, 40:120] = 0
    matte = np.array([reveal.soft_matte(order, t)[48, 80] for t in np.linspace(0, 1, 101)])
    assert ((matte > 0.15) & (matte < 0.85)).mean() < 0.15
    assert np.diff(matte).min() >= 0 and np.diff(matte).max() < 0.06


def test_islands_are_filled_by_hand():
    order = np.full((5, 5), 4, np.float32)
    order[1, 1], order[1, 3], order[3, 1], order[3, 3], order[4, 0] = 0, 2, 9, 7, 1
    filled = order.copy()
    filled[1, 3] = filled[3, 3] = 4
    assert np.array_equal(reveal.without_islands(order), filled)


def test_a_large_frame_is_made_in_bands():
    start, end = scene(1, 1300, 1700), scene(2, 1300, 1700)
    crossing = Crossing(start, end, direction_of("", spec_for(start, 24)), 24)
    assert crossing.frame(12).shape == start.shape
