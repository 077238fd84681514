"""The training objective: predict the noise in a clip's latents, some frames of which are given.

Chen et al. (arXiv 2310.20700), section 3.2; the released code has no training. The loss counts all
frames, given ones too: when sampling, the given frames start as noise like the others and the
network has to clear them, for attention along time reads them on the way.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seine_core.diffusion.noise_levels import alpha_bar
from seine_core.diffusion.schedule import add_noise
from seine_core.model.carried.cost_volume import USUAL, speeds_in
from seine_core.model.carried.finder import Flow
from seine_core.pipeline import masks
from seine_core.train.config import HEAVIEST
from seine_core.train.draws import Draw

_ROUND = 0.03  # errors of latents below are squared, larger ones are not


class Losses(NamedTuple):
    """Each clip's losses."""

    noise: Tensor  # [b], the mean squared error; 0 when the network returns the true noise
    carried: Tensor  # [b], how far the given frames it moved are from the hidden ones; 0 without
    speeds: Tensor  # [b], how far their speeds are from those in the whole clip; 0 without
    variance: Tensor  # [b], how unlikely what they miss is under the variance they have; 0 without


def losses_of(
    network: nn.Module, latents: Tensor, grey: Tensor, text: Tensor, draws: Sequence[Draw]
) -> Losses:
    """Of what `noise_loss` takes."""
    noise, flow = noise_loss(network, latents, grey, text, draws)
    mask = _masks(draws).to(latents)
    carried = carried_loss([found.frames for found in flow], latents, mask)
    speeds = speed_loss([found.speeds for found in flow], latents, mask)
    return Losses(noise, carried, speeds, variance_loss(flow[-1:], latents, mask))


def noise_loss(
    network: nn.Module, latents: Tensor, grey: Tensor, text: Tensor, draws: Sequence[Draw]
) -> tuple[Tensor, tuple[Flow, ...]]:
    """[b]: each clip's mean squared error of the noise; and the flow that the network found.

    network: called with the UNet's input [b 9 f h w], steps [b] and `text`, gives a `Denoised`.
    latents: [b c f h w]. grey: [c h w], the latent of a mid-grey frame, which stands for every
    hidden one: the VAE sees single frames, so this is what hiding the pixels before it gives
    (`masks.hide`).
    """
    eps = torch.stack([draw.eps for draw in draws]).to(latents)
    mask = _masks(draws).to(latents)
    t = torch.tensor([draw.t for draw in draws], device=latents.device)
    known = torch.where(mask[:, None, :, None, None] == 0, latents, grey[:, None])
    x_t = add_noise(latents, eps, t)
    sample = torch.cat([x_t, masks.over_latents(mask, *latents.shape[-2:]), known], dim=1)
    answer = network(sample, t, text)
    return (answer.eps.float() - eps).square().mean(dim=(1, 2, 3, 4)), answer.flow


def _masks(draws: Sequence[Draw]) -> Tensor:
    """[b f]."""
    return torch.stack([draw.mask for draw in draws])


def speed_loss(found: Sequence[Tensor], latents: Tensor, mask: Tensor) -> Tensor:
    """[b] the error of speeds [b f 4 h w], at any resolutions, against those that a comparison of
    all frames of `latents` [b c f h w] finds; mean over the frames hidden by `mask` [b f], summed
    over the resolutions. Its gradient does not vanish for large displacements, as that of a
    picture's error does."""
    total = latents.new_zeros(len(latents))
    if not found:
        return total
    true = speeds_in(latents)
    for speeds in found:
        h, w = speeds.shape[-2:]
        wanted = F.adaptive_avg_pool2d(true.flatten(0, 1), (h, w))
        error = speed_differences(speeds.flatten(0, 1), wanted)
        total = total + _of_hidden(error.unflatten(0, mask.shape).mean(dim=(2, 3)), mask)
    return total


def speed_differences(speeds: Tensor, wanted: Tensor) -> Tensor:
    """[n …] the smooth L1 error of speeds [n 4 …], each kind in units of its usual speed, mean over
    the kinds; squared where it is small, as a median would ignore the rarer kinds."""
    usual = speeds.new_tensor(USUAL).view(-1, *[1] * (speeds.ndim - 2))
    return F.smooth_l1_loss(speeds / usual, wanted / usual, reduction="none").mean(dim=1)


def carried_loss(carried: Sequence[Tensor], latents: Tensor, mask: Tensor) -> Tensor:
    """[b] the absolute error of warped clips [b c f h w], at any resolutions, against `latents`
    [b c f h w]; mean over the frames hidden by `mask` [b f], summed over the resolutions. Coarse
    ones have a gradient for large displacements."""
    total = latents.new_zeros(len(latents))
    for clip in carried:
        f, h, w = clip.shape[2:]
        true = F.adaptive_avg_pool3d(latents, (f, h, w))
        error = ((clip - true).square() + _ROUND**2).sqrt() - _ROUND
        total = total + _of_hidden(error.mean(dim=(1, 3, 4)), mask)
    return total


def variance_loss(flow: Sequence[Flow], latents: Tensor, mask: Tensor) -> Tensor:
    """[b]: half the negative log-likelihood of a latent value under a normal distribution around
    the carried frames, over the hidden frames: least where the variance is the mean square of what
    they miss, which itself is not moved by it."""
    total = latents.new_zeros(len(latents))
    for found in flow:
        missed = (found.frames.detach() - latents).square().mean(dim=1, keepdim=True)
        unlikely = (found.log_variance + missed * (-found.log_variance).exp()) / 2
        total = total + _of_hidden(unlikely.mean(dim=(1, 3, 4)), mask)
    return total


def _of_hidden(by_frame: Tensor, mask: Tensor) -> Tensor:
    """[b] the mean of `by_frame` [b f] over the frames hidden by `mask` [b f]."""
    return (by_frame * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)


def snr_weights(draws: Sequence[Draw], most: float, heaviest: float = HEAVIEST) -> Tensor:
    """[b] the weight of each clip's noise error, by its noise level: min(snr + 1, most) / snr, at
    most `heaviest`. That is the error of the velocity (Salimans and Ho, arXiv 2202.00512), with the
    min-SNR bound (Hang et al., arXiv 2303.09556).

    Departure: the published training weighs all levels alike. Where little noise is left a network
    only learns the grain of the latents, and where much is, an error of the picture hardly shows in
    the noise; a small one that is trained for hours, not weeks, learns motion sooner this way.
    """
    level = alpha_bar()[[draw.t for draw in draws]]
    snr = level / (1 - level)
    return ((snr + 1).clamp(max=most) / snr).clamp(max=heaviest).float()
