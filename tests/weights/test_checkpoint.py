"""The published checkpoint's format: read safely, strictly and in little memory; written whole."""

import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from seine_core.errors import BadInput
from seine_core.model.config import UNetConfig
from seine_core.weights import checkpoint, weight_file
from seine_core.weights.checkpoint import load_seine, save_seine
from tiny_models import tiny_unet, tiny_unet_config

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unet() -> Any:
    return tiny_unet()


@pytest.fixture
def state(unet: Any) -> dict[str, Tensor]:
    return dict(unet.state_dict())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "seine.pt"


def load(path: Path, dtype: torch.dtype | None = None) -> Any:
    return load_seine(path, dtype, UNetConfig(**tiny_unet_config()))


def refused(path: Path) -> str:
    """The one line that names the file and the fault."""
    with pytest.raises(BadInput) as error:
        load(path)
    said = str(error.value)
    assert said.startswith(f"{path}: ") and "\n" not in said
    return said.removeprefix(f"{path}: ")


def test_what_is_saved_comes_back(unet: Any, path: Path) -> None:
    save_seine(unet, path)
    assert set(torch.load(path, weights_only=True)) == {"ema", "config"}
    again = load(path)
    assert not again.training and again.dtype == torch.float32
    for name, tensor in again.state_dict().items():
        assert torch.equal(tensor, unet.state_dict()[name]) and tensor.device.type == "cpu"
    assert [p.name for p in path.parent.iterdir()] == ["seine.pt"]


def test_a_model_of_the_published_size_is_laid_out_as_published(
    unet: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "PUBLISHED", UNetConfig.of(unet.config))
    save_seine(unet, path)
    assert set(torch.load(path, weights_only=True)) == {"ema"}


def test_the_files_own_config_is_used(unet: Any, path: Path) -> None:
    save_seine(unet, path)
    assert torch.equal(load_seine(path).conv_in.weight, unet.conv_in.weight)


@pytest.mark.parametrize(
    "config",
    [
        "text",
        [1],
        {"layers_per_block": 10**9},
        {"block_out_channels": [32] * 1000},
        {"block_out_channels": []},
        {"block_out_channels": [33, 66]},
        {"block_out_channels": 320},
        {"layers_per_block": [1, 1]},
        {"layers_per_block": 16, "block_out_channels": [8192] * 8},
        {"attention_head_dim": 0},
        {"attention_head_dim": 2.5},
        {"sample_size": "64"},
        {"spatial_rotary": 2},
        {"__class__": 1},
        {3: 4},
    ],
)
def test_a_config_that_makes_no_model(state: dict[str, Tensor], path: Path, config: Any) -> None:
    torch.save({"ema": state, "config": config}, path)
    with pytest.raises(BadInput, match="its config") as error:
        load_seine(path)
    assert "\n" not in str(error.value)


def test_the_model_computes_the_same(unet: Any, path: Path) -> None:
    save_seine(unet, path)
    sample, text = torch.randn(1, 9, 2, 8, 8), torch.randn(1, 7, 48)
    with torch.no_grad():
        outputs = [model(sample, 10, text).sample for model in (unet, load(path))]
    assert torch.equal(*outputs)


@pytest.mark.parametrize("key", ["ema", "model", "state_dict", None])
def test_where_the_weights_may_stand(state: dict[str, Tensor], path: Path, key: str | None) -> None:
    torch.save({key: state, "step": 3} if key else state, path)
    assert torch.equal(load(path).conv_in.weight, state["conv_in.weight"])


def test_the_averaged_weights_are_preferred(state: dict[str, Tensor], path: Path) -> None:
    raw = {name: tensor + 1 for name, tensor in state.items()}
    torch.save({"model": raw, "ema": state, "opt": {"state": [torch.ones(3)], "lr": 1e-4}}, path)
    assert torch.equal(load(path).conv_in.weight, state["conv_in.weight"])


def test_safetensors(state: dict[str, Tensor], path: Path) -> None:
    path = path.with_suffix(".safetensors")
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
    assert torch.equal(load(path).conv_in.weight, state["conv_in.weight"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(unet: Any, path: Path, dtype: torch.dtype) -> None:
    save_seine(unet, path)
    half = load(path, dtype)
    assert {p.dtype for p in half.parameters()} == {dtype}
    assert {b.dtype for b in half.buffers()} == {torch.float32}  # the rotary frequencies
    assert torch.equal(half.conv_in.weight, unet.conv_in.weight.to(dtype))


def test_a_half_file_becomes_full(unet: Any, path: Path) -> None:
    torch.save({"ema": {k: v.half() for k, v in unet.state_dict().items()}}, path)
    assert load(path).dtype == torch.float16
    assert load(path, torch.float32).dtype == torch.float32


def test_the_file_may_change_after_loading(unet: Any, path: Path) -> None:
    save_seine(unet, path)
    loaded = load(path)
    path.write_bytes(b"")
    assert torch.equal(loaded.conv_in.weight, unet.conv_in.weight)


def test_tensors_that_share_memory(state: dict[str, Tensor], path: Path) -> None:
    """Views of one storage lie in one another's pages."""
    names = [name for name in state if name.endswith("norm1.weight")][:4]
    whole = torch.arange(sum(state[n].numel() for n in names), dtype=torch.float32)
    for name, part in zip(names, whole.split([state[n].numel() for n in names]), strict=True):
        state[name] = part
    torch.save({"ema": state}, path)
    loaded = load(path).state_dict()
    assert torch.equal(torch.cat([loaded[name] for name in names]), whole)


def test_missing_unexpected_and_misshapen_keys(state: dict[str, Tensor], path: Path) -> None:
    del state["conv_out.bias"]
    state["new.weight"] = torch.zeros(3, 4)
    state["conv_in.weight"] = torch.zeros(40, 4, 3, 3)
    torch.save({"ema": state}, path)
    said = refused(path)
    assert "1 missing (conv_out.bias [4])" in said
    assert "1 unexpected (new.weight [3, 4])" in said
    assert "conv_in.weight is [40, 4, 3, 3], expected [40, 9, 3, 3]" in said
    assert f"expected are {len(state)} tensors" in said


def test_only_the_first_keys_are_named(state: dict[str, Tensor], path: Path) -> None:
    torch.save({"ema": {f"module.{name}": tensor for name, tensor in state.items()}}, path)
    said = refused(path)
    assert f"and {len(state) - 3} more" in said and len(said) < 1000


@pytest.mark.parametrize(
    ("rename", "said"),
    [
        (lambda name: f"model.diffusion_model.{name}", "a whole Stable Diffusion checkpoint"),
        (lambda name: None if "temp" in name else name, "an image UNet"),
        (lambda name: f"{name}.lora_A", "a LoRA"),
    ],
)
def test_what_it_is_instead(state: dict[str, Tensor], path: Path, rename: Any, said: str) -> None:
    renamed = {rename(name): tensor for name, tensor in state.items()}
    renamed.pop(None, None)
    torch.save({"ema": renamed}, path)
    assert said in refused(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"ema": {}}, "holds no weights"),
        ([1, 2], "holds no weights"),
        ({"ema": {"a": 3}}, "'a' is of type int"),
        ({"step": 3}, "'step' is of type int"),
        ({"ema": {"a": {"b": torch.ones(1)}}}, "'a' is of type dict"),
    ],
)
def test_files_without_weights(path: Path, content: Any, said: str) -> None:
    torch.save(content, path)
    assert said in refused(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git-LFS pointer"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (b"not a model at all", "no PyTorch file"),
        (b"PK\x03\x04" + bytes(100), "is cut off"),
    ],
)
def test_files_that_are_something_else(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    assert said in refused(path)


def test_other_wrong_files(unet: Any, tmp_path: Path, path: Path) -> None:
    assert "cannot be read (No such file" in refused(tmp_path / "nowhere.pt")
    assert "cannot be read (Is a directory)" in refused(tmp_path)
    (tmp_path / "seine.zip").write_bytes(b"abc")
    assert "is none of .pt" in refused(tmp_path / "seine.zip")
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "not one of PyTorch's" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("seine/data.pkl", b"\x80\x02X")
    assert "no whole PyTorch file" in refused(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file(unet: Any, path: Path, share: float) -> None:
    save_seine(unet, path)
    os.truncate(path, int(path.stat().st_size * share))
    assert "is cut off; download it again" in refused(path)


def test_a_pickle_that_describes_too_much(
    unet: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_seine(unet, path)
    monkeypatch.setattr(weight_file, "_MAX_PICKLE", 1000)
    assert "far more than a model's tensors" in refused(path)


class Trap:
    """Pickled, it touches a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.target),)


def test_pickled_code_is_never_run(state: dict[str, Tensor], tmp_path: Path, path: Path) -> None:
    target = tmp_path / "touched"
    torch.save({"ema": state, "args": Trap(target)}, path)
    said = refused(path)
    assert "posix.mkdir" in said and "could run code, so it is not opened" in said
    path.write_bytes(pickle.dumps({"ema": Trap(target)}))  # the format before zip files
    assert "no PyTorch file of today's format" in refused(path)
    assert not target.exists()
    pickle.loads(pickle.dumps(Trap(target)))
    assert target.exists()  # the trap works


def test_a_failed_save_keeps_the_old_file(
    unet: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"old")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(BadInput, match="No space left"):
        save_seine(unet, path)
    assert path.read_bytes() == b"old" and len(list(path.parent.iterdir())) == 1


MID_SIZE: dict[str, Any] = {"block_out_channels": (96, 192, 384, 384), "attention_head_dim": 3}
MEASURE = f"""
import re, sys
from pathlib import Path
import torch
from seine_core.model.config import UNetConfig
from seine_core.weights.checkpoint import load_seine

def peak():
    return int(re.search("VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

before = peak()
load_seine(sys.argv[1], torch.float16, UNetConfig(**{MID_SIZE}))
print(peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured where pages are let go")
def test_loading_takes_the_memory_of_the_result(path: Path) -> None:
    from seine_core.model.unet import UNet3DConditionModel

    with torch.device("meta"):
        shapes = UNet3DConditionModel(UNetConfig(**MID_SIZE)).state_dict()
    torch.save({"ema": {name: torch.ones(like.shape) for name, like in shapes.items()}}, path)

    command = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    size = path.stat().st_size
    assert size > 300e6
    # Half of it is the result; the whole file beside it would be another 1.0.
    assert 0.45 * size < 1024 * int(done.stdout) < 0.75 * size


@pytest.mark.parametrize(
    "header",
    [
        {"x": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}},
        {"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
        {"x": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"x": {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 4]}},
        {"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}},
        {"x": {"dtype": "F32", "shape": [1], "data_offsets": ["0", "4"]}},
        {"x": {"dtype": "F32", "data_offsets": [0, 4]}},
        {"x": {"shape": [[[]]], "data_offsets": [0, 1e400]}},
        {"__metadata__": {"a": 1}, "x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
        [],
        7,
    ],
)
def test_whatever_a_malformed_safetensors_file_raises_is_bad_input(tmp_path, header):
    text = json.dumps(header).encode()
    path = tmp_path / "bad.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    with pytest.raises(BadInput) as caught:
        load_seine(path)
    assert str(path) in str(caught.value) and len(str(caught.value)) <= 1000


@pytest.mark.parametrize("at", range(0, 46, 3))
def test_whatever_a_malformed_zip_file_raises_is_bad_input(tmp_path, at):
    path = tmp_path / "bad.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}q\x00.")
        archive.writestr("a/version", b"3")
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\1\2")
    data[start + at : start + at + 4] = b"\xff\xfe\xfd\xfc"
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        load_seine(path)
    assert str(path) in str(caught.value) and str(caught.value).isprintable()
