"""The same network with a part of it put out of work."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from seine_core.model.attention import TemporalAttention
from seine_core.model.unet import UNet3DConditionModel


@contextmanager
def without_mask(unet: UNet3DConditionModel) -> Iterator[None]:
    """The network no longer hears of the given frames: what it reads beside the noise is the same
    for all frames, their mean, and the mask says that every frame is to be made."""
    latents = unet.config["out_channels"]

    def forget(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        sample = inputs[0].clone()  # [b c f h w]
        sample[:, latents] = 1
        known = sample[:, latents + 1 :]
        known.copy_(known.mean(dim=2, keepdim=True).expand_as(known))
        return (sample, *inputs[1:])

    handle = unet.register_forward_pre_hook(forget)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def without_time(unet: UNet3DConditionModel) -> Iterator[None]:
    """No frame attends to another."""
    with ExitStack() as removed:
        for layer in unet.modules():
            if isinstance(layer, TemporalAttention):
                hook = layer.register_forward_hook(lambda layer, inputs, out: torch.zeros_like(out))
                removed.callback(hook.remove)
        yield
