"""Ablations: the same network without one of its parts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from seine_core.model.attention import TemporalAttention
from seine_core.model.unet import UNet3DConditionModel


@contextmanager
def without_mask(unet: UNet3DConditionModel) -> Iterator[None]:
    """The network without its conditioning on given frames: the known latents are replaced by their
    mean over the frames, and the mask marks every frame as hidden."""
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
    """The network without temporal attention, whose output is zero."""
    with ExitStack() as removed:
        for layer in unet.modules():
            if isinstance(layer, TemporalAttention):
                hook = layer.register_forward_hook(lambda layer, inputs, out: torch.zeros_like(out))
                removed.callback(hook.remove)
        yield
