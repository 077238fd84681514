"""Models from this machine's disk: found, loaded, placed, and what is said when that fails."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine_calls import animate
from letter_clips import numbered
from seine_core.engines.local import availability, local_pipeline
from seine_core.engines.local.lean_load import load_model
from seine_core.engines.local.local_pipeline import run
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.video.ltx import LTX
from seine_core.errors import MissingWeights, RenderFailed
from seine_core.weights.resident import release, resident_name


def test_a_download_that_ends_is_seen(
    tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path))
    assert availability.missing("ltx")
    (tmp_path / "ltx").symlink_to(tiny_models / "ltx")
    monkeypatch.setattr(availability, "_LIFETIME_S", 0.0)
    assert availability.missing("ltx") is None


def test_damaged_weights_are_named(
    video_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import load_file, save_file

    (tmp_path / "ltx").symlink_to(video_models / "ltx")
    transformer = tmp_path / "own" / "transformer"
    transformer.mkdir(parents=True)
    source = video_models / "ltx" / "transformer"
    (transformer / "config.json").write_text((source / "config.json").read_text())
    name = "diffusion_pytorch_model.safetensors"
    weights = load_file(source / name)
    first = next(iter(weights))
    save_file({**weights, first: np.zeros((3, 3), np.float32)}, transformer / name)
    import torch

    with pytest.raises(MissingWeights, match=r"is \[3, 3\], its config\.json wants"):
        load_model("LTXVideoTransformer3DModel", transformer, torch.float32)
    del weights[first]
    save_file(weights, transformer / name)
    with pytest.raises(MissingWeights, match="1 weights are missing, first"):
        load_model("LTXVideoTransformer3DModel", transformer, torch.float32)


def test_lean_loading_gives_what_diffusers_loads(tiny_models: Path) -> None:
    import torch
    from diffusers import LTXVideoTransformer3DModel

    folder = tiny_models / "ltx" / "transformer"
    lean = load_model("LTXVideoTransformer3DModel", folder, torch.float32)
    usual = LTXVideoTransformer3DModel.from_pretrained(folder, low_cpu_mem_usage=False)
    assert lean.state_dict().keys() == usual.state_dict().keys()
    for name, weight in usual.state_dict().items():
        assert torch.equal(lean.state_dict()[name], weight), name
    wan = load_model(
        "WanTransformer3DModel", tiny_models / "wan-i2v" / "transformer", torch.bfloat16
    )
    types = {name: weight.dtype for name, weight in wan.state_dict().items()}
    assert types["blocks.0.attn1.to_q.weight"] == torch.bfloat16
    assert types["blocks.0.scale_shift_table"] == torch.float32
    assert types["condition_embedder.time_embedder.linear_1.weight"] == torch.float32


class Broken:
    """A pipeline that fails in a way of its own."""

    def __init__(self, fail: Any) -> None:
        self.fail, self.freed = fail, False

    def __call__(self, **arguments: Any) -> Any:
        self.fail(arguments["callback_on_step_end"])

    def maybe_free_model_hooks(self) -> None:
        self.freed = True


def test_failures_are_one_line_that_helps() -> None:
    import torch

    def raises(error: Exception) -> Any:
        def fail(_: Any) -> None:
            raise error

        return fail

    def nan(after_step: Any) -> None:
        after_step(None, 3, 0.5, {"latents": torch.tensor([1.0, float("nan")])})

    for fail, said in (
        (raises(torch.OutOfMemoryError("CUDA out of memory. Tried")), "choose draft quality"),
        (raises(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")), "size"),
        (raises(MemoryError()), "shorter duration"),
        (nan, "step 4 of 8"),
    ):
        pipeline = Broken(fail)
        with pytest.raises(RenderFailed, match=said) as caught:
            run(pipeline, {}, what="Wan, 5 frames", steps=8, report=lambda *_: None)
        assert "\n" not in str(caught.value) and str(caught.value).startswith("Wan, 5 frames")
        assert pipeline.freed
    with pytest.raises(RuntimeError, match="a bug"):
        run(Broken(raises(RuntimeError("a bug"))), {}, what="", steps=1, report=lambda *_: None)


def test_too_little_memory_to_load(monkeypatch: pytest.MonkeyPatch, video_models: Path) -> None:
    def full(*_: Any) -> None:
        raise MemoryError

    release()  # what another test has loaded
    monkeypatch.setattr(local_pipeline, "_read", full)
    with pytest.raises(RenderFailed, match="ltx: not enough memory to load it"):
        animate(LTX, numbered(1, 64, 64), "", ClipSpec(frames=5, width=64, height=64))
    assert resident_name() is None


@pytest.mark.parametrize(
    ("weights", "largest", "free", "accelerate", "where"),
    [
        (10, 8, 24, False, "resident"),
        (44, 28, 40, True, "model"),
        (44, 28, 40, False, "group"),
        (44, 28, 24, True, "group"),
    ],
)
def test_where_the_weights_go(
    monkeypatch: pytest.MonkeyPatch,
    weights: int,
    largest: int,
    free: int,
    accelerate: bool,
    where: str,
) -> None:
    import torch

    from seine_core.pipeline import placement

    gb, calls = 10**9, []

    class Component(torch.nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.empty(size * gb // 2, device="meta").half())

    pipeline = SimpleNamespace(
        components={"one": Component(largest), "other": Component(weights - largest)},
        vae=SimpleNamespace(enable_tiling=lambda: None),
        to=lambda device: calls.append("resident"),
        enable_model_cpu_offload=lambda: calls.append("model"),
        enable_group_offload=lambda **_: calls.append("group"),
    )
    monkeypatch.setattr(placement, "choose_device", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free * gb, 80 * gb))
    monkeypatch.setattr(local_pipeline, "find_spec", lambda name: accelerate or None)
    local_pipeline._place(pipeline)
    assert calls == [where]
