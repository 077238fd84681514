"""The initialisation of the small autoencoder: three of its latents are the mean colours of the
picture's cells, which the decoder interpolates; all else has to be learned.

Initialised at random it needs thousands of steps to learn as much, for its norms divide every
picture by its own contrast, and the bottleneck passes little on until both halves agree. Here the
residual blocks begin as identities (their last convolution is zero), and what the last norms take
away comes back: beside the colours c run -c and constants so large that the norm divides by nearly
the same number for every picture, and silu(c) - silu(-c) = c.
"""

from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.resnet import ResnetBlock2D
from torch import Tensor, nn

_COLOURS = 3
_CONSTANT = 6.0  # in a sixteenth of a norm's channels each; colours are in [-1, 1]
_LOG_VARIANCE = -4.0  # of the latents


@torch.no_grad()
def begin_with_colours(vae: AutoencoderKL) -> None:
    """Initialise, in place, the weights of an autoencoder whose norms have one group."""
    for module in vae.modules():
        if isinstance(module, ResnetBlock2D):
            for parameter in module.conv2.parameters():
                nn.init.zeros_(parameter)
    encoder: Any = vae.encoder
    decoder: Any = vae.decoder
    same = torch.zeros(3, 3)
    same[1, 1] = 1
    mean = torch.zeros(3, 3)
    mean[:2, :2] = 0.25  # of the four pixels that become one; the convolution pads right and below
    smooth = torch.outer(*2 * [torch.tensor([0.25, 0.5, 0.25])])
    for half, blocks, samplers, taps in (
        (encoder, encoder.down_blocks, "downsamplers", mean),
        (decoder, decoder.up_blocks, "upsamplers", smooth),
    ):
        _carry(half.conv_in, same)
        for block in blocks:
            shortcut = block.resnets[0].conv_shortcut
            if shortcut is not None:
                _carry(shortcut, torch.ones(1, 1))
            for sampler in getattr(block, samplers) or ():
                _carry(sampler.conv, taps)
        _keep_through_norm(blocks[-1].resnets[0].conv_shortcut, half.conv_norm_out, half.conv_out)
    latents = vae.config["latent_channels"]
    encoder.conv_out.weight[latents:] *= 0.1
    encoder.conv_out.bias[latents:] = _LOG_VARIANCE
    passed: Any
    for passed in (vae.quant_conv, vae.post_quant_conv):
        nn.init.dirac_(passed.weight)
        nn.init.zeros_(passed.bias)


def _carry(conv: Any, taps: Tensor) -> None:
    """Pass the colours through a convolution, filtered by `taps` [k k]."""
    conv.weight[:_COLOURS] = 0
    conv.bias[:_COLOURS] = 0
    for i in range(_COLOURS):
        conv.weight[i, i] = taps


def _keep_through_norm(shortcut: Any, norm: Any, out: Any) -> None:
    """Bring the colours from a 1x1 convolution through norm and SiLU to the first outputs."""
    c = _COLOURS
    constant = _CONSTANT * (norm.num_channels / 16) ** 0.5
    shortcut.weight[c : 2 * c + 4] = 0
    shortcut.bias[c : 2 * c] = 0
    for i in range(c):
        shortcut.weight[c + i, i] = -1
    shortcut.bias[2 * c : 2 * c + 4] = torch.tensor([1.0, 1.0, -1.0, -1.0]) * constant
    norm.weight.fill_(constant * (4 / norm.num_channels) ** 0.5)  # what it divides by
    out.weight[:c] = 0
    out.bias[:c] = 0
    middle = out.weight.shape[-1] // 2
    for i in range(c):
        out.weight[i, i, middle, middle] = 1
        out.weight[i, c + i, middle, middle] = -1
