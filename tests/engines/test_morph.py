"""The classical baseline: what both stills share moves, and nothing folds over."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_calls import animate, extend, transition
from seine_core.clips import Still
from seine_core.engines.crossfade import Crossfade
from seine_core.engines.morph.engine import Morph
from seine_core.engines.morph.field import _areas, _multilevel, displacement, sources
from seine_core.engines.morph.residual import _beyond, residual
from seine_core.engines.protocol import ClipSpec, Engine
from seine_core.errors import BadInput
from seine_core.imaging.key_points import Pairs, key_point_pairs

WIDTH, HEIGHT = 192, 144


def city(seed: int, width: int = 480, height: int = 360) -> Still:
    """Many sharp blocks of all sizes: key points everywhere."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 110, np.uint8)
    for _ in range(900):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        w, h = (int(v) for v in rng.integers(3, 26, 2))
        cv2.rectangle(image, (x, y), (x + w, y + h), [int(v) for v in rng.integers(0, 256, 3)], -1)
    return cv2.GaussianBlur(image, (0, 0), 0.7)


def view(scene: Still, x: float = 0, y: float = 0, zoom: float = 1, roll: float = 0) -> Still:
    """`scene` seen by a camera at (x, y) from its middle."""
    middle = (scene.shape[1] / 2 + x, scene.shape[0] / 2 + y)
    at = cv2.getRotationMatrix2D(middle, roll, zoom)
    at[:, 2] += (WIDTH / 2 - middle[0], HEIGHT / 2 - middle[1])
    return cv2.warpAffine(scene, at, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)


def middle_frame(engine: Engine, start: Still, end: Still) -> Still:
    height, width = start.shape[:2]
    return transition(engine, start, end, "", ClipSpec(frames=3, width=width, height=height))[1]


def error(a: Still, b: Still, border: int = 0) -> float:
    inner = (slice(border, a.shape[0] - border), slice(border, a.shape[1] - border))
    return float(np.abs(a[inner].astype(float) - b[inner]).mean())


def detail(image: Still) -> float:
    grey = image.astype(float).mean(axis=-1)
    return float(sum(np.square(g).mean() for g in np.gradient(grey)))


@pytest.mark.parametrize(("x", "y"), [(24, 0), (0, -16), (-20, 12)])
def test_the_middle_of_a_pan_is_the_view_half_way(x: int, y: int) -> None:
    """To the very edge: where one still ends, the other one has what is to be seen."""
    scene = city(1)
    start, end, half = view(scene), view(scene, x, y), view(scene, x / 2, y / 2)
    morphed, faded = middle_frame(Morph(), start, end), middle_frame(Crossfade(), start, end)
    assert error(morphed, half) < 2
    assert error(faded, half) > 10 * error(morphed, half)
    assert detail(morphed) > 0.95 * detail(half) > 1.2 * detail(faded)


@pytest.mark.parametrize(
    "camera", [{"zoom": 1.5}, {"zoom": 0.7}, {"roll": 25}, {"x": 20, "zoom": 1.3, "roll": -10}]
)
def test_zoom_and_roll_keep_the_detail_of_the_scene(camera: dict) -> None:
    scene = city(2)
    start, end = view(scene), view(scene, **camera)
    assert displacement(start, end).matched > 50
    expected = (detail(start) + detail(end)) / 2
    assert detail(middle_frame(Morph(), start, end)) > 0.75 * expected
    assert detail(middle_frame(Crossfade(), start, end)) < 0.65 * expected


def test_motion_is_even_and_without_a_jump_at_either_end() -> None:
    scene = city(3)
    spec = ClipSpec(frames=13, width=WIDTH, height=HEIGHT)
    clip = transition(Morph(), view(scene), view(scene, 12, 6, zoom=1.2), "", spec)
    steps = np.abs(np.diff(clip.astype(float), axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() < 2 * steps.mean()
    assert steps[0] < steps.mean() and steps[-1] < steps.mean()


def test_a_scene_morphs_into_itself_without_a_change() -> None:
    still = view(city(4))
    clip = transition(Morph(), still, still, "", ClipSpec(frames=5, width=WIDTH, height=HEIGHT))
    assert (clip == still).all()


def test_flat_stills_dissolve() -> None:
    start, end = (np.full((HEIGHT, WIDTH, 3), value, np.uint8) for value in (30, 200))
    assert np.array_equal(middle_frame(Morph(), start, end), middle_frame(Crossfade(), start, end))


def test_unrelated_scenes_share_no_key_points_and_keep_their_frame() -> None:
    start, end = view(city(5)), view(city(6))
    assert key_point_pairs(start, end) is None
    field = displacement(start, end)
    assert field.matched == 0
    corners = np.array([[(0, 0), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT)]], np.float32)
    assert np.abs(field.at(corners)).max() < 0.03 * WIDTH


def test_a_badge_on_both_scenes_does_not_move_them() -> None:
    start, end = view(city(5)).copy(), view(city(6)).copy()
    badge = cv2.resize(city(7, 120, 90), (40, 30), interpolation=cv2.INTER_AREA)
    start[100:130, 140:180], end[4:34, 6:46] = badge, badge
    assert displacement(start, end).matched == 0


@pytest.mark.parametrize("roll", [90, 180])
def test_a_turn_too_far_for_a_morph_still_renders(roll: int) -> None:
    start, end = view(city(8)), view(city(8), roll=roll)
    clip = transition(Morph(), start, end, "", ClipSpec(frames=4, width=WIDTH, height=HEIGHT))
    assert np.array_equal(clip[0], start) and np.array_equal(clip[-1], end)
    assert (_whole_areas(displacement(start, end)) > 0).all()


@given(seed=st.integers(0, 2**32 - 1), reach=st.floats(0, 80))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_no_field_folds_over_however_wild_its_pairs(seed: int, reach: float) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform((0, 0), (WIDTH - 1, HEIGHT - 1), (60, 2))
    pairs = Pairs(
        start=points, end=points + rng.normal(0, reach, points.shape), weight=rng.uniform(0, 1, 60)
    )
    still = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    field = _multilevel(still, pairs, np.zeros((3, 2)), matched=60)
    assert (_whole_areas(field) > 0).all()


def test_sources_undo_the_way() -> None:
    """p + amount * way(p) is the pixel again."""
    scene = city(9)
    field = displacement(view(scene), view(scene, 14, -9, zoom=1.3, roll=12))
    for amount in (0.2, 0.5, 0.9):
        to_start = sources(field, amount, WIDTH, HEIGHT)
        height, width = to_start.shape[:2]
        at = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1) * field.step
        way = field.at((at + to_start).astype(np.float32))
        assert np.abs(to_start + amount * way).max() < 0.1


def soft(scene: Still) -> Still:
    return cv2.GaussianBlur(view(scene), (0, 0), 2)


def with_ball(scene: Still, x: int) -> Still:
    """`scene` with a bright chequered disc at its middle height."""
    rng = np.random.default_rng(7)
    disc = cv2.resize(rng.integers(0, 256, (7, 7, 3), np.uint8), (41, 41), interpolation=0)
    mask = cv2.circle(np.zeros((41, 41), np.uint8), (20, 20), 19, (1,), -1).astype(bool)
    out, top = scene.copy(), HEIGHT // 2 - 20
    out[top : top + 41, x - 20 : x + 21][mask] = disc[mask]
    return out


def test_what_moves_by_itself_is_seen_once_and_half_way() -> None:
    ground = soft(city(3))
    start, end, half = (with_ball(ground, x) for x in (80, 92, 86))
    ball = np.s_[HEIGHT // 2 - 15 : HEIGHT // 2 + 16, 71:102]
    morphed, faded = middle_frame(Morph(), start, end), middle_frame(Crossfade(), start, end)
    assert error(morphed[ball], half[ball]) < 0.35 * error(faded[ball], half[ball])


def test_what_has_no_counterpart_is_there_or_not() -> None:
    """It crosses in the middle alone: a plain dissolve would show both for most of the time."""
    ground = soft(city(3))
    ball = np.s_[HEIGHT // 2 - 12 : HEIGHT // 2 + 13, 84:109]
    spec = ClipSpec(frames=7, width=WIDTH, height=HEIGHT)
    alone = with_ball(ground, 96)
    for start, end in ((alone, ground), (ground, alone)):
        clip = transition(Morph(), start, end, "", spec)
        much = error(start[ball], end[ball])
        assert error(clip[2][ball], start[ball]) < 0.1 * much
        assert error(clip[4][ball], end[ball]) < 0.1 * much


def test_what_goes_too_far_to_be_followed_is_never_seen_twice() -> None:
    """It leaves before it comes elsewhere."""
    ground = soft(city(3))
    start, end = (cv2.circle(ground.copy(), (x, HEIGHT // 2), 18, (0, 0, 0), -1) for x in (45, 145))
    places = [np.s_[HEIGHT // 2 - 12 : HEIGHT // 2 + 13, x - 12 : x + 13] for x in (45, 145)]
    spec = ClipSpec(frames=17, width=WIDTH, height=HEIGHT)
    for frame in transition(Morph(), start, end, "", spec):
        seen = [
            error(frame[at], ground[at]) / error(ball[at], ground[at])
            for at, ball in zip(places, (start, end), strict=True)
        ]
        assert min(seen) < 0.2


def test_another_exposure_leaves_no_seam() -> None:
    """Where only one of two stills has the scene, its light is that of the moment all the same."""
    scene = city(1)
    start, end = view(scene), np.uint8(view(scene, 40) * 0.75)
    middle = middle_frame(Morph(), start, end).astype(float)
    ratio = middle / (view(scene, 20) + 1.0)
    assert np.ptp([part.mean() for part in np.array_split(ratio, 6, axis=1)]) < 0.1


@pytest.mark.parametrize("shift", [6, 25])
def test_no_residual_draws_out_or_folds_what_it_carries(shift: int) -> None:
    ground = soft(city(4))
    start, end = with_ball(ground, 80), with_ball(ground, 80 + shift)
    flows = residual(start, end, displacement(start, end))
    assert _beyond(flows.there).mean() < 0.02 and _beyond(flows.back).mean() < 0.02


def test_small_and_odd_stills_pass() -> None:
    for width, height in ((16, 16), (16, 99), (131, 17)):
        start, end = city(1, width, height), city(2, width, height)
        assert middle_frame(Morph(), start, end).shape == (height, width, 3)


def test_large_stills_are_made_in_bands_without_seams() -> None:
    scene = cv2.resize(city(3), (1200, 900))
    start, end = scene[:600, :800], scene[20:620, 30:830]
    assert error(middle_frame(Morph(), start, end), scene[10:610, 15:815]) < 1


def test_other_tasks_name_an_engine_that_can() -> None:
    spec = ClipSpec(frames=4, width=WIDTH, height=HEIGHT)
    still = view(city(1))
    with pytest.raises(BadInput, match=r"animate.*layers"):
        animate(Morph(), still, "", spec)
    with pytest.raises(BadInput, match=r"extend.*layers"):
        extend(Morph(), still[None], "", spec)


def _whole_areas(field) -> np.ndarray:
    rows, columns = field.rest.shape[:2]
    x, y = (np.arange(n) * field.step - field.margin for n in (columns, rows))
    nodes = np.stack([*np.meshgrid(x, y), np.ones((rows, columns))], axis=-1)
    return _areas(nodes @ field.affine + field.rest, field.step)
