"""The image UNet inside the video UNet, on a tiny one of Stable Diffusion 1.4's layout."""

from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from seine_core.errors import BadInput
from seine_core.model.inflate import inflate, inflate_state
from small_unet import filled, relative_error

LAYOUT: dict[str, Any] = {
    "sample_size": 8,
    "cross_attention_dim": 24,
    "block_out_channels": (64, 64, 96, 96),
    "attention_head_dim": 2,
    "layers_per_block": 2,
    "norm_num_groups": 8,
}


@pytest.fixture(scope="module")
def image_unet() -> UNet2DConditionModel:
    model = UNet2DConditionModel(**LAYOUT)
    model.load_state_dict(filled(model.state_dict()))
    return model.eval()


@pytest.mark.parametrize("num_frames", [1, 3])
@torch.no_grad()
def test_a_still_clip_comes_out_as_the_image_model_has_it(
    image_unet: UNet2DConditionModel, num_frames: int
) -> None:
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(2, 4, 8, 12, generator=generator)
    context = torch.randn(2, 5, 24, generator=generator)
    t = torch.tensor([3, 800])
    expected = image_unet(image, t, context).sample

    clip = image[:, :, None].expand(-1, -1, num_frames, -1, -1)
    known = torch.randn(2, 5, num_frames, 8, 12, generator=generator)
    out = inflate(image_unet)(torch.cat([clip, known], dim=1), t, context).sample
    for frame in out.unbind(2):
        assert relative_error(frame, expected) <= 1e-5  # float32: the order of sums differs


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_image_tensor_survives(image_unet: UNet2DConditionModel, dtype: torch.dtype) -> None:
    image = {key: w.to(dtype) for key, w in image_unet.state_dict().items()}
    video = inflate_state(image, image_unet.config).state_dict()
    assert video["conv_in.weight"].shape[1] == 9
    assert torch.equal(video.pop("conv_in.weight")[:, :4], image.pop("conv_in.weight"))
    for key, w in image.items():
        assert torch.equal(video.pop(key), w), key
    assert video and all("_temp." in key for key in video)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("mid_block.attentions.0.proj_in.weight"), "proj_in.weight is missing"),
        (lambda s: s.update({"extra": torch.zeros(1)}), "extra is unexpected"),
        (
            lambda s: s.update({"conv_in.weight": torch.zeros(64, 9, 3, 3)}),
            r"conv_in.weight has shape \[64, 9, 3, 3\], expected \[64, 4, 3, 3\]",
        ),
    ],
)
def test_a_wrong_key_is_named(image_unet: UNet2DConditionModel, change: Any, message: str) -> None:
    state = image_unet.state_dict()
    change(state)
    with pytest.raises(BadInput, match=message) as error:
        inflate_state(state, image_unet.config)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"act_fn": "gelu"}, "its act_fn is 'gelu', expected 'silu'"),
        ({"attention_head_dim": 8}, "at least 32 channels a head"),
        ({"attention_head_dim": [1, 1, 2, 2]}, "Stable Diffusion 1.4"),
    ],
)
def test_another_configuration_is_refused(
    image_unet: UNet2DConditionModel, setting: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        inflate_state(image_unet.state_dict(), {**image_unet.config, **setting})
