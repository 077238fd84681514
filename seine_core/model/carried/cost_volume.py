"""A cost volume of two given frames: a plane sweep, as in stereo (Collins, CVPR 1996), over speeds
instead of depths. Says at which speeds both match, and whether they show one scene at all."""

from functools import cache

import torch
import torch.nn.functional as F
from einops import einsum, rearrange
from torch import Tensor

from seine_core.model.carried.warp import FAR, SPEEDS, flow_over, frames_at, pixel_grid, warp

USUAL = (1.5, 0.8, 0.4, 0.25)  # speeds of each kind, about
SHARPNESS = 40.0  # of the soft argmin, before it is learned
_TRIED = (  # of each kind, in both directions
    (0.15, 0.4, 0.7, 1.05, 1.5, 2.0, 2.6, 3.5, 4.6),
    (0.15, 0.35, 0.6, 0.9, 1.25, 1.8, 2.5),
    (0.1, 0.25, 0.42, 0.62),
    (0.1, 0.22, 0.36, 0.5),
)
_MOST_PLACES = 8 * 14  # larger latents are compared at half the size
_FLAT = 0.05  # a difference of latents that says nothing
# Two frames show one scene where the best candidate's cost is below the first, or below the second
# as a part of the mean; how much each tells, in logits.
_SAME, _SAME_OF_MEAN = 0.16, 0.27
_TELLS = (80.0, 60.0)


def candidates() -> list[tuple[float, float, float, float]]:
    """The speeds of the sweep: rest, then speeds of one kind each."""
    found = [(0.0, 0.0, 0.0, 0.0)]
    for kind, speeds in enumerate(_TRIED):
        for speed in (*(-speed for speed in reversed(speeds)), *speeds):
            one = [0.0] * SPEEDS
            one[kind] = speed
            found.append((one[0], one[1], one[2], one[3]))
    return found


@cache
def _candidates_on(device: torch.device) -> Tensor:
    """[k 4], copied to the device once: a GPU is waited for meanwhile."""
    with torch.inference_mode(False):
        return torch.tensor(candidates(), device=device)


@torch.no_grad()
def cost_volume(frames: Tensor, early: Tensor, late: Tensor) -> tuple[Tensor, Tensor]:
    """How well two of `frames` [b f c h w] match around each frame, at each candidate's speed:
    those whose numbers `early` and `late` [b f] say, warped to that frame.

    [b f k h w], 0 for the best candidate and negative for others: its cost (mean absolute
    difference) beyond the least, in parts of the mean; [b f 2 h w]: the least cost, as it is and in
    parts of the mean. Large latents come out at half the size.
    """
    (b, f), (h, w) = frames.shape[:2], frames.shape[-2:]
    if h * w > _MOST_PLACES:
        frames = F.avg_pool2d(frames.flatten(0, 1), 2).unflatten(0, (b, f))
        h, w = frames.shape[-2:]
    grid = pixel_grid(h, w, frames.device)
    # Far beyond both, all that is left of them is their edges, which match at any speed.
    now = torch.arange(f, device=frames.device).clamp(early, late)
    pair = [(frames_at(frames, at), (at - now)[:, :, None, None] / FAR) for at in (early, late)]
    costs = []
    for speed in _candidates_on(frames.device):
        speeds = speed.expand(b, f, SPEEDS)[..., None, None]
        one, other = (warp(x, flow_over(speeds, far, grid), grid) for x, far in pair)
        costs.append((one - other).abs().mean(dim=2))
    cost = torch.stack(costs, dim=2)
    least = cost.amin(dim=2, keepdim=True)
    mean = cost.mean(dim=2, keepdim=True) + _FLAT
    return (least - cost) / mean, torch.cat([least, least / mean], dim=2)


def same_scene(least: Tensor) -> Tensor:
    """[b f 1 1 1]: logits of two frames showing one scene, by their least costs [b f 2 h w]."""
    as_it_is, of_mean = least.mean(dim=(-2, -1), keepdim=True).split(1, dim=2)
    return torch.maximum(_TELLS[0] * (_SAME - as_it_is), _TELLS[1] * (_SAME_OF_MEAN - of_mean))


def soft_argmin(volume: Tensor, sharpness: Tensor | float = SHARPNESS) -> Tensor:
    """[b f 4 h w]: the mean of the candidates' speeds, those the most whose costs in the `volume`
    [b f k h w] are least around here and in the whole frame (Kendall et al., arXiv 1703.04309); 0
    where only one frame is given."""
    around = F.avg_pool2d(volume.flatten(0, 1), 5, 1, 2, count_include_pad=False)
    evidence = volume.mean(dim=(-2, -1), keepdim=True) + 0.5 * around.view_as(volume)
    weights = (evidence * sharpness).softmax(dim=2)
    return einsum(weights, _candidates_on(volume.device), "b f k h w, k n -> b f n h w")


@torch.no_grad()
def speeds_in(latents: Tensor) -> Tensor:
    """[b f 4 h w]: how the places of a whole clip [b c f h w] move, by comparing each frame's
    neighbours two frames away: what a network can be taught that sees only some of them."""
    frames = rearrange(latents.float(), "b c f h w -> b f c h w")
    b, f = frames.shape[:2]
    now = torch.arange(f, device=latents.device).expand(b, -1)
    volume, _ = cost_volume(frames, (now - 2).clamp(min=0), (now + 2).clamp(max=f - 1))
    return soft_argmin(volume)
