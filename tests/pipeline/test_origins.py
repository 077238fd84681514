"""What a network tells of its frames, from its tensors to the clip."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from seine_core.model.carried.finder import FlowFinder
from seine_core.model.carried.unet import CarriedUNet
from seine_core.pipeline import masks
from seine_core.pipeline.origins import Origin, Source, origins_of
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import ClipRequest, Sampling
from tiny_models import tiny_pipeline


@torch.no_grad()
def test_ways_are_in_parts_of_the_frame() -> None:
    finder = FlowFinder(latents=4, dims=[16, 16], context_dim=8, groups=4, eps=1e-5)
    known, mask = torch.randn(1, 4, 5, 8, 16), masks.transition(5)[None]
    speeds = torch.tensor([1.6, 0.8, 0, 0]).view(1, 1, 4, 1, 1).expand(1, 5, 4, 8, 16)
    evidence = finder.evidence(known, mask, torch.zeros(1, 1, 8))
    evidence = replace(evidence, speeds=speeds, trust=torch.ones(1, 5, 1, 1, 1))
    origins = origins_of(finder.flow(torch.zeros(1, 5, 10, 8, 16), evidence), 0)
    assert sorted(origins) == [1, 2, 3]
    before, after = origins[1].sources
    assert (before.at, after.at) == (0, 4)
    assert before.weight[4, 8] == pytest.approx(0.75, abs=0.01)
    assert np.allclose(before.weight + after.weight, 1)
    # A sixteenth of the time, and a frame that is four halves of its height wide.
    assert np.allclose(before.flow[..., 0], -1.6 / 16 / 4) and np.allclose(
        before.flow[..., 1], -0.8 / 16 / 2
    )
    assert np.allclose(after.flow[..., 0], 3 * 1.6 / 16 / 4)


def test_positions_are_looked_up() -> None:
    field = np.zeros((1, 1), np.float32)
    source = Source(at=1, flow=np.zeros((1, 1, 2), np.float32), weight=field)
    origin = Origin(sources=(source,), variance=field)
    assert origin.among({0: 7, 1: 9}).sources[0].at == 9


def test_a_long_clip_tells_them_window_by_window(tmp_path: Path) -> None:
    pipe: SeinePipeline = tiny_pipeline(tmp_path, carries_given=True)
    still = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    request = ClipRequest(given={0: still}, num_frames=30, order="onward")
    clip = pipe.generate([request], Sampling(num_inference_steps=1, guidance_scale=2))[0]
    assert list(clip.origins) == list(range(1, 30))
    for i, origin in clip.origins.items():
        assert all(source.at < i for source in origin.sources)
    assert {source.at for source in clip.origins[20].sources} == {15}


def test_a_folder_says_which_network_it_holds(tmp_path: Path) -> None:
    """By its sizes, under one class's name: earlier folders are read, and read by them."""
    for carries in (True, False):
        tiny_pipeline(tmp_path / "words", carries_given=carries).save_pretrained(tmp_path / "saved")
        index = json.loads((tmp_path / "saved/model_index.json").read_text("utf-8"))
        assert index["unet"] == ["seine_core.model.unet", "UNet3DConditionModel"]
        loaded = SeinePipeline.from_pretrained(tmp_path / "saved")
        assert isinstance(loaded.unet, CarriedUNet) == carries


def test_a_network_that_carries_nothing_tells_nothing(tmp_path: Path) -> None:
    pipe: SeinePipeline = tiny_pipeline(tmp_path)
    request = ClipRequest(given={0: np.zeros((32, 32, 3), np.uint8)}, num_frames=4)
    assert pipe.generate([request], Sampling(num_inference_steps=1))[0].origins == {}
