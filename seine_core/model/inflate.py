"""Stable Diffusion 1.4's image UNet made into SEINE's video UNet, as a start for training.

Every tensor of the image model survives bit for bit. The new input channels (mask, masked latents)
start at zero, and so do the outputs of the temporal layers: on a still clip each frame comes out
as the image model would have it. Moving clips differ from it, for the group norms see all frames.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from seine_core.errors import BadInput
from seine_core.model.config import UNetConfig
from seine_core.model.unet import UNet3DConditionModel

NEW_CHANNELS = 5  # after the noisy latents: mask 1, masked latents 4
TEMPORAL = (".attn_temp.", ".norm_temp.")

# Settings that leave no trace in the keys, and the only values that the video UNet computes.
FIXED = {
    "act_fn": "silu",
    "center_input_sample": False,
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "mid_block_scale_factor": 1,
    "resnet_time_scale_shift": "default",
    "upcast_attention": False,
}


def inflate(image_unet: nn.Module) -> UNet3DConditionModel:
    """The video UNet of a diffusers `UNet2DConditionModel` of Stable Diffusion 1's layout.

    Raises:
        BadInput: another layout; names the first setting or key that differs.
    """
    return inflate_state(image_unet.state_dict(), dict(image_unet.config))  # type: ignore[arg-type]


def inflate_state(state: Mapping[str, Tensor], config: Mapping[str, Any]) -> UNet3DConditionModel:
    """`inflate` for a state dict and its configuration; the weights keep their number type."""
    for name, value in FIXED.items():
        if config.get(name, value) != value:
            raise _wrong(f"its {name} is {config[name]!r}, expected {value!r}")
    try:
        model = UNet3DConditionModel(_wider(UNetConfig.of({"in_channels": 4, **config})))
    except (TypeError, ValueError) as error:
        raise _wrong(str(error)) from None

    fresh = model.state_dict()
    expected = {key: w.shape for key, w in fresh.items() if not any(t in key for t in TEMPORAL)}
    first, *others = expected["conv_in.weight"]
    expected["conv_in.weight"] = torch.Size((first, others[0] - NEW_CHANNELS, *others[1:]))
    for key, shape in expected.items():
        if key not in state:
            raise _wrong(f"{key} is missing")
        if state[key].shape != shape:
            raise _wrong(f"{key} has shape {list(state[key].shape)}, expected {list(shape)}")
    for key in state:
        if key not in expected:
            raise _wrong(f"{key} is unexpected")

    nn.Module.to(model, state["conv_in.weight"].dtype)
    model.load_state_dict({**fresh, **state, "conv_in.weight": _widened(state)})
    return model


def with_condition(text_to_video: UNet3DConditionModel) -> UNet3DConditionModel:
    """A video UNet without mask and masked latents, such as LaVie's, that now takes them, and for
    now ignores them."""
    state = text_to_video.state_dict()
    with torch.device("meta"):
        model = UNet3DConditionModel(_wider(UNetConfig.of(text_to_video.config)))
    model.load_state_dict({**state, "conv_in.weight": _widened(state)}, assign=True)
    return model


def _wider(config: UNetConfig) -> UNetConfig:
    return replace(config, in_channels=config.in_channels + NEW_CHANNELS)


def _widened(state: Mapping[str, Tensor]) -> Tensor:
    """The first convolution's weight, with zeros for the new channels."""
    weight = state["conv_in.weight"]
    new = weight.new_zeros(weight.shape[0], NEW_CHANNELS, *weight.shape[2:])
    return torch.cat([weight, new], dim=1)


def _wrong(reason: str) -> BadInput:
    return BadInput(reason, subject="not a UNet of Stable Diffusion 1.4's layout")
