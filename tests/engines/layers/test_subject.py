import cv2
import numpy as np
import pytest

from seine_core.engines.layers.crossing import Crossing
from seine_core.engines.layers.direction import Direction
from seine_core.engines.layers.subject import agreeing_features, shared_subject, spread

HEIGHT, WIDTH = 240, 360


def ground(seed: int) -> np.ndarray:
    """A calm scene of soft colours."""
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.uniform(40, 200, (4, 6, 3)), (WIDTH, HEIGHT))
    return np.clip(soft + rng.normal(0, 2, soft.shape), 0, 255).astype(np.uint8)


def with_kite(scene: np.ndarray, centre: tuple[int, int], size: int) -> np.ndarray:
    """`scene` with a chequered disc of many colours on it."""
    rng = np.random.default_rng(99)
    cells = rng.integers(0, 2, (9, 9, 3)).astype(np.float32) * 255
    disc = cv2.resize(cells, (size, size), interpolation=cv2.INTER_NEAREST)
    mask = np.zeros((size, size, 1), np.float32)
    cv2.circle(mask, (size // 2, size // 2), size // 2 - 1, 1.0, -1)
    top, left = centre[1] - size // 2, centre[0] - size // 2
    part = scene[top : top + size, left : left + size]
    out = scene.copy()
    out[top : top + size, left : left + size] = part * (1 - mask) + disc * mask
    return out


@pytest.fixture(scope="module")
def pair():
    return with_kite(ground(1), (110, 100), 72), with_kite(ground(2), (250, 140), 90)


def test_the_same_thing_is_found_in_both_scenes(pair):
    subject = shared_subject(*pair)
    assert subject is not None
    assert np.allclose(subject.leaving.place.centre, (110, 100), atol=4)
    assert np.allclose(subject.coming.place.centre, (250, 140), atol=4)
    growth = subject.coming.place.half / subject.leaving.place.half
    assert np.allclose(growth, 90 / 72, rtol=0.08)


def test_the_matte_is_the_thing_and_the_plate_is_without_it(pair):
    subject = shared_subject(*pair)
    assert subject is not None
    alpha = subject.leaving.alpha
    assert alpha.sum() == pytest.approx(np.pi * 36**2, rel=0.1)
    assert alpha[100, 110] == 1
    assert alpha[20, 300] == 0
    plate = subject.leaving.plate[70:130, 80:140].astype(float)
    assert np.abs(plate - ground(1)[70:130, 80:140]).mean() < 25
    assert np.array_equal(subject.leaving.plate[:20], pair[0][:20])


def test_it_is_drawn_on_its_way_between_the_two_places(pair):
    subject = shared_subject(*pair)
    assert subject is not None
    empty = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for moved, middle in ((0.0, (110, 100)), (0.5, (180, 120)), (1.0, (250, 140))):
        drawn = subject.drawn_over(empty.copy(), moved).sum(axis=2) > 30
        y, x = np.nonzero(drawn)
        assert np.allclose((x.mean(), y.mean()), middle, atol=8)


def test_a_transition_carries_it_and_keeps_exact_ends(pair):
    direction = Direction(style="reveal", camera="zoom-in", strength=1.0, seed=0)
    crossing = Crossing(*pair, direction, 12)
    assert crossing.subject is not None
    assert np.array_equal(crossing.frame(0), pair[0])
    assert np.array_equal(crossing.frame(11), pair[1])
    first = np.abs(crossing.frame(1).astype(int) - pair[0]).mean()
    assert first < 0.5 * np.abs(crossing.frame(5).astype(int) - crossing.frame(4)).mean() + 2
    again = Crossing(*pair, direction, 12)
    assert np.array_equal(crossing.frame(6), again.frame(6))


def test_unlike_scenes_share_nothing():
    assert shared_subject(with_kite(ground(1), (110, 100), 72), ground(2)) is None
    assert shared_subject(ground(1), ground(2)) is None
    assert shared_subject(np.zeros((120, 120, 3), np.uint8), ground(2)[:120, :120]) is None


def test_a_scene_that_moves_as_a_whole_is_no_subject():
    rng = np.random.default_rng(0)
    wide = np.clip(
        cv2.resize(rng.uniform(0, 255, (60, 90, 3)), (WIDTH + 40, HEIGHT)), 0, 255
    ).astype(np.uint8)
    assert agreeing_features(wide[:, :WIDTH].copy(), wide[:, 40:].copy()) is None


def test_spread_by_hand():
    assert spread(np.array([[0.0, 0.0], [6.0, 8.0]])) == 5
