"""The initialisation of a network from scratch: its output is the noisy latents themselves.

At high noise levels the noise is nearly all of them, and the signal is the small difference: an
error of a hundredth, and the picture is lost. A randomly initialised network spends most of a short
training on passing its input on precisely, through norms that divide each clip by its own
contrast. Here they go straight from the first convolution over its skip connection to the last,
beside their negatives and constants: the norm then divides all clips alike, and
silu(x) - silu(-x) = x. As in Stable Diffusion's own training, all other branches begin with zeros.
"""

from typing import Any

import torch
from torch import nn

from seine_core.model.attention import Transformer3D
from seine_core.model.blocks import ResnetBlock3D
from seine_core.model.unet import UNet3DConditionModel

_CONSTANT = 2.0  # beside latents whose mean square is 1
ROLES = 4  # channels a latent takes: itself, its negative, and two constants


@torch.no_grad()
def begin_with_the_noisy(unet: UNet3DConditionModel) -> None:
    """Initialise, in place, the weights of a network. Where a norm's group has no room for the four
    channels of a latent, only the residual branches are zeroed."""
    for module in unet.modules():
        if isinstance(module, ResnetBlock3D):
            _zero(module.conv2)
        elif isinstance(module, Transformer3D):
            _zero(module.proj_out)
    norm, latents = unet.conv_norm_out, unet.conv_out.out_channels
    group = norm.num_channels // norm.num_groups
    if group < ROLES or latents > norm.num_groups:
        return
    top: Any = unet.up_blocks[-1]
    last = top.resnets[-1].conv_shortcut
    before = last.in_channels - unet.conv_in.out_channels  # of what comes from below
    _zero(unet.conv_out)
    for i in range(latents):
        itself, negative, above, below = range(i * group, i * group + ROLES)
        for role in range(i * group, (i + 1) * group):
            conv: Any
            for conv in (unet.conv_in, last):
                conv.weight[role] = 0
                conv.bias[role] = 0
            last.weight[role, before + role] = 1
        middle = unet.conv_in.kernel_size[0] // 2
        for role, sign in ((itself, 1.0), (negative, -1.0)):
            unet.conv_in.weight[role, i, middle, middle] = sign
            unet.conv_out.weight[i, role, middle, middle] = sign
        assert unet.conv_in.bias is not None
        unet.conv_in.bias[above], unet.conv_in.bias[below] = _CONSTANT, -_CONSTANT
        # What the norm divides by.
        norm.weight[i * group : (i + 1) * group] = ((2 + 2 * _CONSTANT**2) / group) ** 0.5


def _zero(layer: nn.Module) -> None:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
