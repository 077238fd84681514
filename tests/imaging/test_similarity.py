"""Similarity of scenes: the same scene seen otherwise is far from another scene."""

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest

from seine_core.clips import Still
from seine_core.imaging.similarity import DISSIMILAR, scene_similarity
from seine_core.media.frames import fit, load_image

ROOT = Path(__file__).parents[2]
SCENES = [load_image(p) for p in sorted((ROOT / "assets/sample_story/media").glob("*.png"))]
SAMPLES = ROOT.parent / "shared/samples"


def changed(image: Still, factor: float = 1.0, noise: float = 0.0) -> Still:
    grain = np.random.default_rng(0).standard_normal(image.shape)
    return np.clip(image * factor + noise * grain, 0, 255).astype(np.uint8)


def middle(image: Still, share: float) -> Still:
    height, width = image.shape[:2]
    top, left = (round(side * (1 - share) / 2) for side in (height, width))
    return image[top : height - top, left : width - left]


def pan(image: Still, share: float) -> tuple[Still, Still]:
    """Two views of one scene, the second so far to the right of the first."""
    width = image.shape[1]
    move = round(width * share)
    return image[:, : width - move], image[:, move:]


def test_identical_is_one_and_both_ways_are_equal() -> None:
    assert [scene_similarity(scene, scene) for scene in SCENES] == [pytest.approx(1)] * 6
    for a, b in combinations(SCENES[:3], 2):
        assert scene_similarity(a, b) == pytest.approx(scene_similarity(b, a))


def test_the_same_scene_otherwise_is_high() -> None:
    for scene in SCENES:
        views = [changed(scene, 0.7), changed(scene, 1.3), changed(scene, noise=20)]
        for view in [*views, middle(scene, 0.8), cv2.GaussianBlur(scene, (0, 0), 4)]:
            assert scene_similarity(scene, view) > 0.69
        assert scene_similarity(*pan(scene, 0.2)) > 0.69
        assert scene_similarity(scene, middle(scene, 0.6)) > 0.5


def test_other_scenes_are_low() -> None:
    found = [scene_similarity(a, b) for a, b in combinations(SCENES, 2)]
    assert max(found) < 0.6 and np.median(found) < 0.35


def test_even_pictures() -> None:
    black, white, grey = (np.full((64, 96, 3), value, np.uint8) for value in (0, 255, 128))
    assert scene_similarity(black, black) == scene_similarity(white, white) == 1
    assert scene_similarity(black, white) == 0
    assert scene_similarity(grey, white) < DISSIMILAR
    assert 0 <= scene_similarity(SCENES[0], black) < 0.2


def test_it_falls_with_noise_and_with_distance() -> None:
    for scene in SCENES:
        noisy = [scene_similarity(scene, changed(scene, noise=n)) for n in (0, 20, 60, 120)]
        assert noisy == sorted(noisy, reverse=True)
    steps = [0, 0.15, 0.3, 0.45]
    apart = [np.mean([scene_similarity(*pan(scene, s)) for scene in SCENES]) for s in steps]
    assert apart == sorted(apart, reverse=True)


def test_sizes_and_shapes_do_not_matter() -> None:
    tall = fit(SCENES[0], 90, 160)
    assert scene_similarity(tall, cv2.resize(tall, (360, 640))) > 0.95
    assert 0 <= scene_similarity(SCENES[1], tall[:1, :1]) <= 1


@pytest.mark.skipif(not SAMPLES.exists(), reason="the sample pictures are not here")
def test_published_pairs_are_not_called_dissimilar_and_a_sea_and_a_night_are() -> None:
    image = {path.stem: load_image(path) for path in SAMPLES.glob("*.png")}
    first = scene_similarity(image["pair1_a_cherry_closeup"], image["pair1_b_alien_forest"])
    second = scene_similarity(image["pair2_a_city_night"], image["pair2_b_neon_city"])
    assert first > second > DISSIMILAR
    assert scene_similarity(image["i2v_sea"], image["pair2_a_city_night"]) < DISSIMILAR
