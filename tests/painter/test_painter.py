"""The painter: same seed, same picture; and the shipped pictures are its own."""

import functools

import cv2
import numpy as np
import pytest
from PIL import Image

from assets.painter.__main__ import MEDIA
from assets.painter.balloon import envelope_radius
from assets.painter.canvas import lay, lay_light, ramp, rgb, smoothstep
from assets.painter.noise import fbm, lattice_noise
from assets.painter.relief import View, seen
from assets.painter.scenes import SAMPLE_SIZE, SCENES, Scene, picture

SMALL = (256, 144)
TINY = (96, 54)  # where only equality counts


@functools.cache
def small(scene: Scene) -> np.ndarray:
    """Painted once a process; tests may be spread over several."""
    return picture(scene, SMALL)


def test_six_scenes_with_names_in_order() -> None:
    names = [scene.file_name for scene in SCENES]
    assert len(set(names)) == 6
    assert names == sorted(names)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.paint.__name__)
def test_same_seed_same_bytes(scene: Scene) -> None:
    assert small(scene).shape == (144, 256, 3)
    assert small(scene).dtype == np.uint8
    first, again = (picture(scene, TINY) for _ in range(2))
    assert first.tobytes() == again.tobytes()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.paint.__name__)
def test_no_scene_is_flat(scene: Scene) -> None:
    grey = cv2.cvtColor(small(scene), cv2.COLOR_RGB2GRAY).astype(np.float32)
    assert np.percentile(grey, 98) - np.percentile(grey, 2) > 100  # darks and lights
    # Detail in every sixth of the picture, beyond what grain alone (sigma of about 2) would give.
    for part in np.array_split(grey, 2):
        for tile in np.array_split(part, 3, axis=1):
            assert cv2.Laplacian(tile, cv2.CV_32F).std() > 9


def test_another_seed_paints_another_picture() -> None:
    scene = SCENES[2]
    other = picture(Scene(file_name="x.png", paint=scene.paint, seed=scene.seed + 1), SMALL)
    assert _distance(other, small(scene)) > 4


def test_scenes_differ_from_each_other() -> None:
    pictures = [small(scene) for scene in SCENES]
    for k, first in enumerate(pictures):
        for second in pictures[k + 1 :]:
            assert _distance(first, second) > 25


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.paint.__name__)
def test_shipped_picture_is_what_the_painter_paints(scene: Scene) -> None:
    """Painted small and shrunk further: strokes and dots differ with size, places do not."""
    with Image.open(MEDIA / scene.file_name) as shipped:
        assert shipped.size == SAMPLE_SIZE
        assert shipped.mode == "RGB"
        thumbnail = np.asarray(shipped.resize((32, 18), Image.Resampling.BOX))
    painted = cv2.resize(small(scene), (32, 18), interpolation=cv2.INTER_AREA)
    assert _distance(thumbnail, painted) < 6
    # The balloon and the light fall in the same places.
    assert np.corrcoef(thumbnail.ravel(), painted.ravel())[0, 1] > 0.985


def test_shipped_pictures_stay_small() -> None:
    assert sum((MEDIA / scene.file_name).stat().st_size for scene in SCENES) < 7 * 2**20


def test_noise_has_the_same_forms_at_any_size() -> None:
    small = fbm((64, 36), np.random.default_rng(3), 4.0, 3)
    large = fbm((256, 144), np.random.default_rng(3), 4.0, 3)
    shrunk = cv2.resize(large, (64, 36), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.98


def test_noise_is_centred() -> None:
    noise = lattice_noise((400, 400), np.random.default_rng(0), 40.0)
    assert abs(float(noise.mean())) < 0.05
    assert 0.25 < float(noise.std()) < 0.6


def test_near_hill_hides_far_plain() -> None:
    view = View(size=(8, 100), horizon=0.5, eye=1.0, focal=1.0, near=2.0, far=50.0, slices=200)
    flat = np.zeros((200, 8), np.float32)
    slices, visible = seen(view, flat)
    assert not visible[:49].any()  # sky
    assert visible[53:].all()
    depth = np.interp(slices[75, 4], np.arange(200), view.depth[:, 0])
    assert depth == pytest.approx(1.0 / (75.5 / 100 - 0.5), rel=0.02)  # eye / depth = drop
    hill = flat.copy()
    hill[60:70] = 3.0  # taller than the eye: stands out above the horizon
    slices, visible = seen(view, hill)
    assert visible[40].all()
    assert slices[visible].max() < 70


def test_laying_colour_and_light() -> None:
    canvas = np.full((4, 4, 3), 0.5, np.float32)
    alpha = np.zeros((4, 4), np.float32)
    alpha[0, 0], alpha[0, 1] = 1.0, 0.5
    lay(canvas, rgb("#ff0000"), alpha)
    assert canvas[0, 0] == pytest.approx([1, 0, 0])
    assert canvas[0, 1] == pytest.approx([0.75, 0.25, 0.25])
    assert canvas[2, 2] == pytest.approx([0.5] * 3)
    lay_light(canvas, rgb("#ffffff"), np.full((4, 4), 0.5, np.float32))
    assert canvas[2, 2] == pytest.approx([0.75] * 3)
    assert canvas.max() <= 1.0


def test_ramp_ends_and_smoothstep() -> None:
    stops = ((0.0, rgb("#000000")), (1.0, rgb("#ffffff")))
    assert ramp(np.array([0.5]), stops)[0] == pytest.approx([0.5] * 3, abs=0.01)
    assert smoothstep(1.0, 0.0, np.array([0.0, 0.5, 1.0])) == pytest.approx([1.0, 0.5, 0.0])


def test_balloon_is_widest_where_said_and_closed_at_the_crown() -> None:
    t = np.linspace(0.0, 1.0, 501)
    radius = envelope_radius(t)
    assert radius[0] == 0.0
    assert t[radius.argmax()] == pytest.approx(0.42, abs=0.01)
    assert radius.max() == pytest.approx(1.0)
    assert 0.15 < radius[-1] < 0.25


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(np.float32) - second.astype(np.float32)).mean())
