"""`convert`: the published files become one folder that the pipeline reads, or nothing does."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seine_core.errors import BadInput, MissingWeights
from seine_core.pipeline import convert as converting
from seine_core.pipeline.convert import build_pipeline, convert
from seine_core.pipeline.pipeline import SeinePipeline
from seine_core.pipeline.request import Sampling
from seine_core.weights.checkpoint import load_seine, save_seine
from tiny_models import tiny_sd14_folder, tiny_unet


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with seine.pt and stable-diffusion-v1-4, as the release's README has it."""
    folder = tmp_path_factory.mktemp("pretrained")
    save_seine(tiny_unet(), folder / "seine.pt")
    tiny_sd14_folder(folder / "stable-diffusion-v1-4")
    return folder


@pytest.fixture
def base(source: Path, tmp_path: Path) -> Path:
    """The base alone, to be changed."""
    return Path(shutil.copytree(source / "stable-diffusion-v1-4", tmp_path / "sd"))


def test_the_pipeline_reads_the_folder(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "pipe"
    assert convert(source / "seine.pt", source / "stable-diffusion-v1-4", out) == out
    pipe = SeinePipeline.from_pretrained(out, local_files_only=True)
    unet = load_seine(source / "seine.pt")
    for name, tensor in pipe.unet.state_dict().items():
        assert torch.equal(tensor, unet.state_dict()[name])
    assert pipe.scheduler.config["beta_schedule"] == "linear"
    assert pipe.vae.config["scaling_factor"] == 0.18215
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert "unet/diffusion_pytorch_model.safetensors" in files
    assert not any(name.endswith((".bin", ".pt")) or "safety" in name for name in files)
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in out.rglob("*"))
    assert [path.name for path in out.parent.iterdir()] == ["pipe"]
    clip = pipe.place("cpu", "float32")(
        {0: np.zeros((32, 32, 3), np.uint8)},
        "the sea",
        num_frames=2,
        sampling=Sampling(num_inference_steps=1),
    )
    assert clip.frames.shape[0] == 2


def test_half_precision(source: Path, tmp_path: Path) -> None:
    parts = (source / "seine.pt", source / "stable-diffusion-v1-4")
    full = convert(*parts, tmp_path / "full")
    half = convert(*parts, tmp_path / "half", torch.float16)
    sizes = [
        (p / "unet" / "diffusion_pytorch_model.safetensors").stat().st_size for p in (full, half)
    ]
    assert sizes[1] < 0.55 * sizes[0]
    pipe = SeinePipeline.from_pretrained(half, dtype=torch.float16, local_files_only=True)
    assert pipe.vae.dtype == pipe.text_encoder.dtype == pipe.unet.dtype == torch.float16


@pytest.mark.parametrize("weights", ["vae", "text_encoder"])
def test_bases_with_torch_files_work_too(source: Path, base: Path, weights: str) -> None:
    """SD 1.4 came as .bin files first."""
    from safetensors.torch import load_file

    for path in (base / weights).glob("*.safetensors"):
        name = "pytorch_model.bin" if weights == "text_encoder" else f"{path.stem}.bin"
        torch.save(load_file(path), path.with_name(name))
        path.unlink()
    assert build_pipeline(source / "seine.pt", base).unet.dtype == torch.float32


@pytest.mark.parametrize("gone", ["vae", "text_encoder", "tokenizer"])
def test_a_base_that_lacks_a_part(source: Path, base: Path, tmp_path: Path, gone: str) -> None:
    shutil.rmtree(base / gone)
    with pytest.raises(BadInput, match=f"is no Stable Diffusion 1.4 folder .{gone}/") as error:
        convert(source / "seine.pt", base, tmp_path / "out")
    assert "\n" not in str(error.value) and not (tmp_path / "out").exists()


def test_a_base_with_a_cut_off_file(source: Path, base: Path, tmp_path: Path) -> None:
    path = base / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match="is no whole Stable Diffusion") as error:
        convert(source / "seine.pt", base, tmp_path / "out")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("part", "field", "value", "said"),
    [
        (
            "text_encoder",
            "hidden_size",
            96,
            "its text encoder has width 96, the UNet expects 48",
        ),
        ("vae", "latent_channels", 16, "its VAE has 16 latent channels"),
    ],
)
def test_another_base(
    source: Path, base: Path, tmp_path: Path, part: str, field: str, value: int, said: str
) -> None:
    from diffusers import AutoencoderKL
    from transformers import CLIPTextConfig, CLIPTextModel

    path = base / part / "config.json"
    config: dict[str, Any] = json.loads(path.read_text()) | {field: value}
    if part == "vae":
        AutoencoderKL.from_config(config).save_pretrained(base / part)
    else:
        CLIPTextModel(CLIPTextConfig(**config)).save_pretrained(base / part)
    with pytest.raises(BadInput, match=said):
        convert(source / "seine.pt", base, tmp_path / "out")


def test_bases_that_are_not_here(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setenv("SEINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(BadInput, match="no such folder"):
        convert(source / "seine.pt", "nowhere/at/all", tmp_path / "out")
    for base in (None, "stable-diffusion-v1-4", "CompVis/stable-diffusion-v1-4"):
        with pytest.raises(MissingWeights, match="models download seine"):
            convert(source / "seine.pt", base, tmp_path / "out")
    with pytest.raises(MissingWeights, match="not in the hub's cache"):
        convert(source / "seine.pt", "somebody/else", tmp_path / "out")


@pytest.mark.parametrize("base", [None, "stable-diffusion-v1-4", "CompVis/stable-diffusion-v1-4"])
def test_the_managers_base_is_found(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str | None
) -> None:
    monkeypatch.setenv("SEINE_MODELS", str(tmp_path / "models"))
    shutil.copytree(source, tmp_path / "models" / "seine")
    assert build_pipeline(source / "seine.pt", base).unet is not None


def test_nothing_is_overwritten(source: Path, tmp_path: Path) -> None:
    parts = (source / "seine.pt", source / "stable-diffusion-v1-4")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name in ("file", "full"):
        with pytest.raises(BadInput, match="exists already"):
            convert(*parts, tmp_path / name)
    assert (convert(*parts, tmp_path / "empty") / "model_index.json").is_file()


def test_no_room_and_no_half_folder(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = (source / "seine.pt", source / "stable-diffusion-v1-4")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(SeinePipeline, "save_pretrained", fail)
        with pytest.raises(BadInput, match="No space left"):
            convert(*parts, tmp_path / "out")
    monkeypatch.setattr(converting, "_SPARE", 1 << 60)
    with pytest.raises(BadInput, match="are free; choose another disk"):
        convert(*parts, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
