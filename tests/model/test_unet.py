"""The network against the published one's figures, and what must not change its results."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seine_core.model.attention import (
    PreparedText,
    attend,
    relative_buckets,
    turned,
    turns_of_places,
)
from seine_core.model.config import UNetConfig
from seine_core.model.unet import UNet3DConditionModel
from seine_core.weights.checkpoint import load_seine, save_seine
from small_unet import DATA, filled, reference, relative_error, small_unet

FLOAT32 = 1e-5  # relative: the order of sums differs, nothing else


@pytest.fixture(scope="module")
def unet() -> UNet3DConditionModel:
    return small_unet()


@torch.no_grad()
def run(model: UNet3DConditionModel, name: str, context: PreparedText | None = None) -> Tensor:
    r = reference()
    text = r[f"{name}.context"].to(model.dtype) if context is None else context
    return model(r[f"{name}.sample"].to(model.dtype), r[f"{name}.timestep"], text).sample


@pytest.mark.parametrize("name", ["forward", "odd"])
def test_it_computes_what_the_published_model_computes(
    unet: UNet3DConditionModel, name: str
) -> None:
    assert relative_error(run(unet, name), reference()[f"{name}.output"]) <= FLOAT32


def test_the_published_checkpoint_fits() -> None:
    with torch.device("meta"):
        state = UNet3DConditionModel().state_dict()
    expected = json.loads((DATA / "seine_unet_manifest.json").read_text())
    assert {key: list(value.shape) for key, value in state.items()} == expected


def test_prepared_text_serves_every_step(unet: UNet3DConditionModel) -> None:
    text = unet.prepare_text(reference()["odd.context"])
    first, second = (run(unet, "odd", text) for _ in range(2))
    assert torch.equal(first, second)
    assert relative_error(first, reference()["odd.output"]) <= FLOAT32


def test_prepared_text_follows_the_number_of_frames(unet: UNet3DConditionModel) -> None:
    r = reference()
    text = unet.prepare_text(r["odd.context"])
    run(unet, "odd", text)
    with torch.no_grad():
        shorter = r["odd.sample"][:, :, :3], r["odd.timestep"]
        expected = unet(*shorter, r["odd.context"]).sample
        assert torch.equal(unet(*shorter, text).sample, expected)


def test_prepared_text_keeps_nothing_while_training(unet: UNet3DConditionModel) -> None:
    r = reference()
    text = unet.prepare_text(r["odd.context"])
    sample = r["odd.sample"][:, :, :1, :2, :2]
    unet(sample, r["odd.timestep"], text)
    assert text._made == {}


def test_bfloat16_is_close(unet: UNet3DConditionModel) -> None:
    half = small_unet().to(torch.bfloat16)
    assert relative_error(run(half, "forward"), reference()["forward.output"]) < 2e-2


def test_channels_last_weights_change_nothing() -> None:
    model = small_unet().to(memory_format=torch.channels_last)
    assert relative_error(run(model, "odd"), reference()["odd.output"]) <= FLOAT32


def test_a_batch_of_two_is_two_singles(unet: UNet3DConditionModel) -> None:
    r = reference()
    sample, t, context = (r[f"forward.{name}"] for name in ("sample", "timestep", "context"))
    sample = sample[:, :, :4, :, :6]
    with torch.no_grad():
        both = unet(sample, t, context).sample
        for i in range(2):
            single = unet(sample[i : i + 1], t[i : i + 1], context[i : i + 1]).sample
            assert relative_error(both[i : i + 1], single) <= FLOAT32


def test_one_timestep_serves_the_whole_batch(unet: UNet3DConditionModel) -> None:
    r = reference()
    sample, context = r["forward.sample"][:, :, :1, :4, :4], r["forward.context"]
    with torch.no_grad():
        expected = unet(sample, torch.tensor([7, 7]), context).sample
        for t in (7, torch.tensor(7), torch.tensor([7])):
            assert torch.equal(unet(sample, t, context).sample, expected)


@pytest.mark.parametrize("shape", [(1, 8, 8), (40, 3, 5), (2, 1, 1)], ids=str)
def test_any_number_of_frames_and_any_size(
    unet: UNet3DConditionModel, shape: tuple[int, int, int]
) -> None:
    sample = torch.randn(1, 9, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        out = unet(sample, 500, reference()["odd.context"]).sample
    assert out.shape == (1, 4, *shape)
    assert out.isfinite().all()


def test_gradient_checkpointing_changes_no_gradient() -> None:
    model = small_unet()
    r = reference()
    sample = r["odd.sample"][:, :, :2, :4, :4]

    def gradients() -> dict[str, Tensor]:
        model.zero_grad()
        model(sample, r["odd.timestep"], r["odd.context"]).sample.square().mean().backward()
        return {name: p.grad.clone() for name, p in model.named_parameters()}

    expected = gradients()
    model.enable_gradient_checkpointing()
    for name, gradient in gradients().items():
        assert torch.allclose(gradient, expected[name], rtol=1e-5, atol=1e-9), name


def test_it_comes_back_from_disk(unet: UNet3DConditionModel, tmp_path: Path) -> None:
    unet.save_pretrained(tmp_path)
    assert (tmp_path / "diffusion_pytorch_model.safetensors").exists()
    loaded = UNet3DConditionModel.from_pretrained(tmp_path)
    assert torch.equal(run(loaded, "odd"), run(unet, "odd"))
    half = UNet3DConditionModel.from_pretrained(tmp_path, torch_dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16


def test_fresh_temporal_layers_change_nothing() -> None:
    config = json.loads((DATA / "unet_small_config.json").read_text())
    state = UNet3DConditionModel(UNetConfig(**config)).state_dict()
    outputs = [key for key in state if "attn_temp.to_out" in key]
    assert outputs
    assert not any(state[key].any() for key in outputs)


def test_buckets_are_exact_then_logarithmic() -> None:
    def bucket(ahead: int) -> int:
        distance = abs(ahead)
        if distance >= 8:
            octaves = math.log2(distance) - 3
            distance = min(8 + math.floor(octaves / 2 * 8), 15)
        return distance + 16 * (ahead > 0)

    n = 70
    expected = [[bucket(key - query) for key in range(n)] for query in range(n)]
    assert relative_buckets(n, torch.device("cpu")).tolist() == expected


@torch.no_grad()
def test_a_large_batch_is_attended_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    q, k, v = torch.randn(3, 7, 2, 5, 8, generator=torch.Generator().manual_seed(0)).unbind()
    bias = torch.randn(1, 2, 5, 5, generator=torch.Generator().manual_seed(1))
    whole = attend(q, k, v, bias)
    monkeypatch.setattr("seine_core.model.attention.MAX_BATCH", 3)
    assert torch.allclose(attend(q, k, v, bias), whole, atol=1e-6)


def test_short_sequences_train_by_the_plain_product() -> None:
    """On a CPU it is faster; what it computes, and its gradients, are the fused kernel's."""
    chance = torch.Generator().manual_seed(0)
    q, k, v = torch.randn(3, 5, 2, 7, 8, generator=chance, dtype=torch.float64).unbind()
    bias = torch.randn(1, 2, 7, 7, generator=chance, dtype=torch.float64)
    q.requires_grad_(), bias.requires_grad_()
    plain = attend(q, k, v, bias)
    fused = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    assert torch.allclose(plain, fused, atol=1e-12)
    for made, expected in zip(
        torch.autograd.grad(plain.square().sum(), (q, bias)),
        torch.autograd.grad(fused.square().sum(), (q, bias)),
        strict=True,
    ):
        assert torch.allclose(made, expected, atol=1e-10)


def scores(height: int, width: int) -> Tensor:
    """[y x y x] of one query and one key, the same at all places."""
    q, k = torch.randn(2, 1, 1, 1, 32, generator=torch.Generator().manual_seed(0)).expand(
        -1, -1, -1, height * width, -1
    )
    turns = turns_of_places(height, width, 32, q.device)
    return (turned(q, turns) @ turned(k, turns).mT).view(height, width, height, width)


def test_rotary_places_score_by_their_distance() -> None:
    all_pairs = scores(4, 6)
    assert torch.allclose(all_pairs[1:, 2:, 1:, 2:], all_pairs[:-1, :-2, :-1, :-2], atol=1e-4)
    assert all_pairs[0, 0].flatten().unique().numel() == 24


def test_a_way_across_the_frame_scores_alike_at_any_size() -> None:
    small, large = scores(4, 6), scores(8, 12)
    assert torch.allclose(large[::2, ::2, ::2, ::2], small, atol=1e-4)


def test_only_a_network_with_rotary_places_knows_them(tmp_path: Path) -> None:
    config = json.loads((DATA / "unet_small_config.json").read_text())
    knowing = UNet3DConditionModel(UNetConfig(**config, spatial_rotary=True)).eval()
    knowing.load_state_dict(filled(knowing.state_dict()), strict=True)
    out = run(knowing, "odd")
    assert relative_error(out, reference()["odd.output"]) > 1e-3
    knowing.save_pretrained(tmp_path / "unet")
    save_seine(knowing, tmp_path / "seine.pt")
    from_folder = UNet3DConditionModel.from_pretrained(tmp_path / "unet")
    for again in (from_folder, load_seine(tmp_path / "seine.pt")):
        assert torch.equal(run(again, "odd"), out)


@pytest.mark.parametrize(
    "config",
    [
        {"block_out_channels": (48, 48), "attention_head_dim": 5},
        {"block_out_channels": (64, 64), "attention_head_dim": 4},
        {"block_out_channels": (80, 80), "attention_head_dim": 2, "norm_num_groups": 32},
    ],
)
def test_impossible_widths_are_refused(config: dict) -> None:
    with pytest.raises(ValueError, match="block_out_channels: received"):
        UNetConfig(**config)


def test_the_filling_rule_leaves_the_frequencies_alone(unet: UNet3DConditionModel) -> None:
    state = unet.state_dict()
    key = next(key for key in state if key.endswith("rotary_emb.freqs"))
    assert state[key][0] == 1 and torch.equal(filled(state)[key], state[key])
