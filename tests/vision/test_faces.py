"""Faces, by a detector that is there or not."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media.frames import load_image
from seine_core.vision.faces import faces, faces_are_known
from seine_core.vision.importance import crop_rule
from seine_core.weights.store import status

REPO = Path(__file__).parents[2]
SCENES = sorted((REPO / "assets/sample_story/media").glob("*.png"))
YUNET = Path(os.environ.get("SEINE_YUNET", REPO.parent / "shared/models/yunet_n_dynamic.onnx"))
EVEN = np.full((90, 160, 3), 90, np.uint8)
FILE = "eyes/face_detection_yunet_2023mar.onnx"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for models."""
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "models/eyes").mkdir(parents=True)
    return tmp_path / "models"


def test_without_the_detector_there_are_none(models: Path) -> None:
    assert not faces_are_known()
    assert faces(EVEN) == ()
    assert crop_rule() == "subject 1"


@pytest.mark.parametrize("content", [b"", b"\x08\x08 no network", b"<!doctype html>", b"0" * 300])
def test_no_file_but_the_published_one_is_loaded(models: Path, content: bytes) -> None:
    (models / FILE).write_bytes(content)
    assert faces(EVEN) == ()
    (problem,) = status("eyes").problems
    assert problem.startswith("face_detection_yunet_2023mar.onnx ")


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> None:
    if not YUNET.is_file():
        pytest.skip(f"needs {YUNET}")
    monkeypatch.setattr("seine_core.vision.faces.weights_of", lambda part: YUNET)


def test_scenes_without_people_have_no_faces(detector: None) -> None:
    assert crop_rule() == "subject 1 and faces"
    assert [faces(load_image(scene)) for scene in SCENES[:2]] == [(), ()]


def test_a_face_is_found_where_it_is_in_any_shape_of_picture(detector: None) -> None:
    """A drawn face, on wide and upright grounds, large and small."""
    for width, height, x, y, size in ((320, 180, 220, 90, 60), (300, 600, 90, 400, 70)):
        (box,) = faces(drawn_face(width, height, x, y, size))
        assert box.left < x / width < box.right and box.top < y / height < box.bottom
        assert 0.5 < (box.right - box.left) * width / size < 2.5


def test_what_cannot_be_loaded_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    monkeypatch.setattr("seine_core.vision.faces.weights_of", lambda part: tmp_path / "broken.onnx")
    with pytest.raises(BadInput, match=r"broken.onnx: cannot be used .*models download eyes"):
        faces(EVEN)


def drawn_face(width: int, height: int, x: int, y: int, size: int) -> Still:
    """A face as a child paints it, softened."""
    image = np.full((height, width, 3), (90, 110, 100), np.uint8)

    def oval(at: tuple[float, float], axes: tuple[float, float], colour: tuple[int, ...]) -> None:
        centre = (round(x + at[0] * size), round(y + at[1] * size))
        radii = (max(1, round(axes[0] * size)), max(1, round(axes[1] * size)))
        cv2.ellipse(image, centre, radii, 0, 0, 360, colour, -1, cv2.LINE_AA)

    oval((0, -0.12), (0.56, 0.72), (60, 40, 30))  # hair
    oval((0, 0), (0.46, 0.62), (224, 178, 150))
    for side in (-1, 1):
        oval((0.18 * side, -0.22), (0.12, 0.02), (80, 50, 40))
        oval((0.18 * side, -0.13), (0.085, 0.045), (245, 240, 238))
        oval((0.18 * side, -0.13), (0.04, 0.045), (50, 35, 30))
        oval((0.05 * side, 0.14), (0.025, 0.015), (150, 100, 85))
    oval((0, 0.03), (0.035, 0.12), (208, 160, 132))
    oval((0, 0.32), (0.16, 0.045), (170, 80, 80))
    return cv2.GaussianBlur(image, (0, 0), 0.012 * size)
