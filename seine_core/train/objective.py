"""The objective: find the noise in a clip's latents, some frames of which are given.

Chen et al. (arXiv 2310.20700), section 3.2; the released code has no training. The loss counts all
frames, given ones too: when sampling, the given frames start as noise like the others and the
network has to clear them, for attention along time reads them on the way.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seine_core import masks
from seine_core.diffusion.schedule import add_noise, alpha_bar
from seine_core.train.draws import Draw

HEAVIEST = 50.0  # beyond, the errors of rounding would count


def noise_loss(
    network: nn.Module, latents: Tensor, grey: Tensor, text: Tensor, draws: Sequence[Draw]
) -> Tensor:
    """[b]: each clip's mean squared error of the noise; 0 when `network` returns the true one.

    network: called with the UNet's input [b 9 f h w], steps [b] and `text`. latents: [b c f h w].
    grey: [c h w], the latent of a mid-grey frame, which stands for every hidden one: the VAE sees
    single frames, so this is what hiding the pixels before it gives (`masks.hide`).
    """
    eps = torch.stack([draw.eps for draw in draws]).to(latents)
    mask = torch.stack([draw.mask for draw in draws]).to(latents)
    t = torch.tensor([draw.t for draw in draws], device=latents.device)
    known = torch.where(mask[:, None, :, None, None] == 0, latents, grey[:, None])
    x_t = add_noise(latents, eps, t)
    sample = torch.cat([x_t, masks.over_latents(mask, *latents.shape[-2:]), known], dim=1)
    predicted = network(sample, t, text).float()
    return (predicted - eps).square().mean(dim=(1, 2, 3, 4))


def snr_weights(draws: Sequence[Draw], most: float) -> Tensor:
    """[b]: what each clip's error of the noise counts, by its noise level: min(snr + 1, most) / snr
    and at most HEAVIEST. That is the error of the velocity (Salimans and Ho, arXiv 2202.00512),
    held down where little noise is left (Hang et al., arXiv 2303.09556).

    Departure: the published training weighs all levels alike. Where little noise is left a network
    only learns the grain of the latents, and where much is, an error of the picture hardly shows in
    the noise; a small one that is trained for hours, not weeks, learns motion sooner this way.
    """
    level = alpha_bar()[[draw.t for draw in draws]]
    snr = level / (1 - level)
    return ((snr + 1).clamp(max=most) / snr).clamp(max=HEAVIEST).float()
