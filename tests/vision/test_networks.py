"""Depth and matching, by the real loading code on tiny networks in their real formats."""

from pathlib import Path

import numpy as np
import pytest

from seine_core.clips import Still, in_memory
from seine_core.engines import make
from seine_core.engines.auto.engine import Auto
from seine_core.engines.layers.engine import Layers
from seine_core.engines.morph.engine import Morph
from seine_core.engines.protocol import ClipSpec, Request
from seine_core.errors import BadInput
from seine_core.vision import matching
from seine_core.vision.depth import depth, depth_is_known
from seine_core.vision.matching import matches, matching_is_known
from seine_core.vision.weights import network
from seine_core.weights.resident import release
from seine_core.weights.store import status
from tiny_vision import tiny_depth, tiny_matching


@pytest.fixture(scope="module")
def tiny_eyes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_depth(folder / "eyes/depth")
    tiny_matching(folder / "eyes/matching")
    return folder


@pytest.fixture
def eyes(tiny_eyes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEINE_MODELS", str(tiny_eyes))
    monkeypatch.setattr(matching, "_SIZE", (96, 64))  # the real size takes seconds
    return tiny_eyes


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def noise(seed: int, height: int = 90, width: int = 160) -> Still:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_without_weights_nothing_is_known(nothing: None) -> None:
    assert (depth_is_known(), matching_is_known()) == (False, False)
    assert depth(noise(0)) is None
    assert matches(noise(0), noise(1)) is None


@pytest.mark.parametrize(("height", "width"), [(90, 160), (160, 90), (30, 200)])
def test_depth_is_from_0_far_to_1_near_in_the_shape_of_the_picture(
    eyes: Path, height: int, width: int
) -> None:
    found = depth(noise(0, height, width))
    assert found is not None and found.dtype == np.float32
    assert max(found.shape) == 518 and not any(n % 14 for n in found.shape)
    assert found.shape[1] / found.shape[0] == pytest.approx(width / height, rel=0.12)
    assert (found.min(), found.max()) == (0, 1)


def test_the_network_is_loaded_once_and_a_picture_looked_at_once(
    eyes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = depth(noise(1))
    model = network("DepthAnythingForDepthEstimation", eyes / "eyes/depth")
    monkeypatch.setattr(model, "forward", lambda **_: pytest.fail("looked at again"))
    assert depth(noise(1)) is first
    release()
    again = depth(noise(2))
    assert again is not None and not np.array_equal(again, first)


def test_pairs_are_places_in_both_pictures(eyes: Path) -> None:
    found = matches(noise(0), noise(1, 60, 60), least=0.0)
    assert found is not None
    count = len(found.weight)
    assert count > 0 and found.start.shape == found.end.shape == (count, 2)
    for points, width, height in ((found.start, 160, 90), (found.end, 60, 60)):
        places = points / (width, height)
        assert places.min() >= -0.05 and places.max() <= 1.05
    poor = matches(noise(0), noise(1, 60, 60), least=0.9)
    assert poor is not None and len(poor.weight) == 0


def test_an_engine_says_what_it_sees_with(eyes: Path) -> None:
    seen = {engine.name: engine.sees_with for engine in (Layers.capabilities, Morph.capabilities)}
    assert seen == {"layers": ("depth",), "morph": ("matching",)}
    assert Auto().capabilities.sees_with == ("depth", "matching")


@pytest.mark.parametrize("part", ["depth", "matching"])
def test_weights_that_are_cut_off_are_as_good_as_absent(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "eyes" / part
    {"depth": tiny_depth, "matching": tiny_matching}[part](folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    assert depth(noise(3)) is None and matches(noise(3), noise(4)) is None
    assert any("is cut off" in problem for problem in status("eyes").problems)


def test_weights_of_another_network_are_refused(eyes: Path, tmp_path: Path) -> None:
    other = tiny_matching(tmp_path / "matching")
    (other / "config.json").write_text((eyes / "eyes/depth/config.json").read_text())
    with pytest.raises(BadInput, match="is no whole model"):
        network("DepthAnythingForDepthEstimation", other)


def test_layers_moves_a_picture_by_its_depth_where_that_is_known(
    tiny_eyes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(
        task="animate", given=[noise(5)], spec=ClipSpec(frames=8, width=160, height=90)
    )
    clips = []
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    for folder, seen in ((tmp_path, ()), (tiny_eyes, ("depth",))):
        monkeypatch.setenv("SEINE_MODELS", str(folder))
        assert Layers.capabilities.sees_with == seen
        clips.append(in_memory(make(Layers(), request)))
    assert np.array_equal(clips[0][0], clips[1][0])
    assert not np.array_equal(clips[0][5], clips[1][5])
