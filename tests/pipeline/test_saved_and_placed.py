"""The pipeline saved, loaded, and placed on a device in each mode of memory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pipeline_stills import CPU, QUICK, A, B
from seine_core.errors import BadInput, RenderCancelled
from seine_core.pipeline import placement
from seine_core.pipeline.pipeline import SeinePipeline
from tiny_models import tiny_pipeline


def test_a_device_that_is_not_there() -> None:
    if torch.cuda.is_available():
        pytest.skip("has a GPU")
    with pytest.raises(BadInput, match=r"device: cuda is not on this machine, which has .*cpu"):
        placement.choose_device("cuda")


def test_the_folder_comes_back_as_it_was(pipe, tmp_path: Path) -> None:
    pipe.save_pretrained(tmp_path)
    loaded = SeinePipeline.from_pretrained(tmp_path)
    for name in ("unet", "vae", "text_encoder"):
        weights = getattr(loaded, name).state_dict()
        for key, weight in getattr(pipe, name).state_dict().items():
            assert torch.equal(weights[key], weight)
    usual = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames.astype(int)
    # Weights mapped from a file lie otherwise in memory, which can order sums otherwise.
    clip = loaded.transition(A, B, "a beach", 4, sampling=QUICK)
    assert np.abs(clip.frames - usual).max() <= 1

    half = SeinePipeline.from_pretrained(tmp_path, dtype=torch.bfloat16)
    assert {half.unet.dtype, half.vae.dtype, half.text_encoder.dtype} == {torch.bfloat16}
    clip = half.transition(A, B, "a beach", 4, sampling=QUICK)
    assert np.abs(clip.frames - usual).mean() < 3
    assert np.array_equal(clip.frames[-1], B)


def test_the_package_offers_it_by_name() -> None:
    import seine_core

    assert seine_core.SeinePipeline is SeinePipeline
    with pytest.raises(AttributeError, match="Pipe"):
        seine_core.Pipe  # noqa: B018


def test_stable_diffusions_betas_are_refused(pipe) -> None:
    from diffusers import DDIMScheduler

    wrong = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    with pytest.raises(BadInput, match=r"scheduler: received betas .*scaled_linear.*seine_schedul"):
        SeinePipeline(**(pipe.components | {"scheduler": wrong}))


def test_the_precision_that_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = CPU
    for able, expected in (
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"avx2": True}, torch.float32),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert placement.choose_dtype("auto", cpu) is expected
    assert placement.choose_dtype("auto", torch.device("cuda")) is torch.float16
    assert placement.choose_dtype("float32", cpu) is torch.float32


def test_the_memory_mode_that_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = torch.device("cuda")
    for free, expected in ((24e9, "resident"), (6e9, "model"), (3e9, "group")):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device, free=free: (free, 24e9))
        assert placement.choose_memory("auto", gpu) == expected
    assert placement.choose_memory("model", gpu) == "model"
    assert placement.choose_memory("group", CPU) == "resident"


def test_models_that_take_turns_give_the_same_clip(tmp_path: Path) -> None:
    """On the CPU nothing moves, but the way is the same: each model is there only at its work."""
    pipe = tiny_pipeline(tmp_path).place("cpu", "float32")
    usual = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    pipe._placement = replace(pipe.placement, turns=True)
    moved: list[str] = []
    for name in ("vae", "text_encoder", "unet"):
        model = getattr(pipe, name)

        def to(*args: Any, name: str = name, **kwargs: Any) -> None:
            moved.append(name)

        model.to = to
    turns = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    assert np.array_equal(turns, usual)
    assert moved[::2] == moved[1::2]  # there and back
    assert set(moved) == {"vae", "text_encoder", "unet"}


def test_levels_that_are_streamed_give_the_same_clip(tmp_path: Path) -> None:
    pipe = tiny_pipeline(tmp_path).place("cpu", "float32")
    usual = pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames
    keys = pipe.unet.state_dict().keys()
    pipe._placement = replace(pipe.placement, turns=True, streamed=pipe.unet)
    placement.stream_unet(pipe.unet, CPU)
    assert np.array_equal(pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames, usual)
    assert pipe.unet.state_dict().keys() == keys


def test_a_streamed_level_is_loaded_only_while_it_runs() -> None:
    """Told by where its weights lie: in one place at rest, in another while it runs."""
    seen: list[int] = []

    class Level(torch.nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(self.weight.data_ptr())
            if x.sum() < 0:
                raise RenderCancelled
            return super().forward(x)

    level = Level(2, 2).to(torch.float64)
    placement.stream(level, torch.device("cpu"))
    at_rest = level.weight.data_ptr()
    level(torch.ones(1, 2, dtype=torch.float64))
    with pytest.raises(RenderCancelled):
        level(-torch.ones(1, 2, dtype=torch.float64))
    assert level.weight.data_ptr() == at_rest
    assert len(seen) == 2
    assert at_rest not in seen


@pytest.mark.gpu
@pytest.mark.parametrize("memory", ["resident", "model", "group"])
def test_a_gpu_gives_the_clip_of_the_cpu(tmp_path: Path, memory: placement.Memory) -> None:
    def frames(device: str, memory: placement.Memory) -> np.ndarray:
        pipe = tiny_pipeline(tmp_path).place(device, "float32", memory)
        return pipe.transition(A, B, "a beach", 4, sampling=QUICK).frames.astype(int)

    difference = np.abs(frames("cuda", memory) - frames("cpu", "auto"))
    assert difference.mean() < 1  # level
