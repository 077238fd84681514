"""Places that two stills share, by the matching network and by key points, and what they mean."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from seine_core.clips import Still
from seine_core.engines.auto.choice import choose
from seine_core.engines.morph.field import displacement
from seine_core.engines.protocol import ClipSpec
from seine_core.imaging.key_points import Pairs, key_point_pairs
from seine_core.imaging.similarity import scene_similarity
from seine_core.media.frames import fit, load_image
from seine_core.vision.correspondence import one_scene, shared_places

ROOT = Path(__file__).parents[2]
SCENES = [load_image(p) for p in sorted((ROOT / "assets/sample_story/media").glob("*.png"))]
WIDTH, HEIGHT = 192, 108
SHIFT = 24
SPEC = ClipSpec(frames=3, width=WIDTH, height=HEIGHT)


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    found_by_the_network(monkeypatch, None)


def found_by_the_network(monkeypatch: pytest.MonkeyPatch, pairs: Pairs | None) -> None:
    monkeypatch.setattr("seine_core.vision.correspondence.matches", lambda start, end: pairs)


def by_day_and_night() -> tuple[Still, Still]:
    """Two views of one scene, SHIFT apart, whose light is turned round: no key point is alike."""
    rng = np.random.default_rng(1)
    scene = rng.integers(0, 256, (HEIGHT // 4, (WIDTH + SHIFT) // 4, 3), np.uint8)
    scene = cv2.resize(scene, (WIDTH + SHIFT, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return scene[:, :WIDTH].copy(), 255 - scene[:, SHIFT:]


def pairs_of(count: int, wrong: float = 0.3) -> tuple[Pairs, np.ndarray]:
    """Pairs SHIFT apart, of which some are `wrong`, and which those are."""
    rng = np.random.default_rng(2)
    start, anywhere = rng.uniform((SHIFT, 0), (WIDTH, HEIGHT), (2, count, 2))
    is_wrong = rng.random(count) < wrong
    end = np.where(is_wrong[:, None], anywhere, start - (SHIFT, 0))
    return Pairs(start=start, end=end, weight=rng.uniform(0.2, 1, count)), is_wrong


def test_what_the_network_finds_bends_one_scene_into_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, end = by_day_and_night()
    assert key_point_pairs(start, end) is None and not one_scene(start, end)
    pairs, is_wrong = pairs_of(400)
    found_by_the_network(monkeypatch, pairs)
    shared = shared_places(start, end)
    assert shared is not None
    assert np.isin(pairs.weight[~is_wrong], shared.weight).mean() > 0.9
    assert np.isin(pairs.weight[is_wrong], shared.weight).mean() < 0.05  # a few are nearly right
    assert choose(start, end, "", SPEC) == "morph"
    places = np.stack(np.meshgrid((60.0, 96.0, 132.0), (30.0, 54.0, 78.0)), -1).astype(np.float32)
    way = displacement(start, end).at(places)
    np.testing.assert_allclose(way - np.array((-SHIFT, 0)), 0, atol=0.5)


@pytest.mark.parametrize(("count", "wrong"), [(40, 0.0), (400, 1.0)])
def test_too_few_that_agree_leave_it_to_key_points(
    count: int, wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = SCENES[0]
    start, end = (fit(scene[:, x : x + 600], WIDTH, HEIGHT) for x in (0, 40))
    by_key_points = shared_places(start, end)
    assert by_key_points is not None
    found_by_the_network(monkeypatch, pairs_of(count, wrong)[0])
    shared = shared_places(start, end)
    assert shared is not None and np.array_equal(shared.start, by_key_points.start)
    assert shared_places(*by_day_and_night()) is None


def test_views_of_one_scene_are_one_scene() -> None:
    """A far crop by its key points, what is too blurred to have any by its look."""
    scene = SCENES[0]
    height, width = scene.shape[:2]
    crop = np.s_[: height // 2, width // 2 :]
    assert scene_similarity(scene, scene[crop]) < 0.69
    assert one_scene(scene, cv2.resize(scene[crop], (width, height)))
    assert one_scene(scene, cv2.GaussianBlur(scene, (0, 0), 8))


def test_no_two_scenes_are_one() -> None:
    small = [fit(scene, 256, 144) for scene in SCENES]
    assert not any(one_scene(a, b) for a, b in pairwise(small))
