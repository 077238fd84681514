"""Two given frames compared under a range of speeds: a plane sweep, as in stereo (Collins, CVPR
1996). Says at which of them both agree, and whether they show one scene at all."""

import torch
import torch.nn.functional as F
from einops import einsum, rearrange
from torch import Tensor

from seine_core.model.carried.sweep import FAR, SPEEDS, sampled, taken, view_places, way_over

USUAL = (1.5, 0.8, 0.4, 0.25)  # speeds of each kind, about
SHARP = 40.0  # of the comparison, before it is learned
_TRIED = (  # of each kind, in both directions
    (0.15, 0.4, 0.7, 1.05, 1.5, 2.0, 2.6, 3.5, 4.6),
    (0.15, 0.35, 0.6, 0.9, 1.25, 1.8, 2.5),
    (0.1, 0.25, 0.42, 0.62),
    (0.1, 0.22, 0.36, 0.5),
)
_COMPARED = 8 * 14  # places; larger latents are compared at half the size
_FLAT = 0.05  # a difference of latents that says nothing
# Two frames agree where the best candidate's difference is below the first, or below the second as
# a part of the mean; how much each tells, in logits.
_ALIKE, _OF_MEAN = 0.16, 0.27
_TELLS = (80.0, 60.0)


def candidates() -> list[tuple[float, float, float, float]]:
    """Speeds of one kind each, and rest."""
    found = [(0.0, 0.0, 0.0, 0.0)]
    for kind, speeds in enumerate(_TRIED):
        for speed in (*(-speed for speed in reversed(speeds)), *speeds):
            one = [0.0] * SPEEDS
            one[kind] = speed
            found.append((one[0], one[1], one[2], one[3]))
    return found


@torch.no_grad()
def compared(frames: Tensor, early: Tensor, late: Tensor) -> tuple[Tensor, Tensor]:
    """How well, for each of `frames` [b f c h w], those whose numbers `early` and `late` [b f] say
    agree at each place, when both are moved there at each of the candidates' speeds.

    [b f n h w] are the differences beyond the least in parts of their mean, with a minus; [b f 2 h
    w] is the least, as it is and in parts of the mean.
    """
    (b, f), (h, w) = frames.shape[:2], frames.shape[-2:]
    if h * w > _COMPARED:
        frames = F.avg_pool2d(frames.flatten(0, 1), 2).unflatten(0, (b, f))
        h, w = frames.shape[-2:]
    places = view_places(h, w, frames.device)
    # Far beyond both, all that is left of them is their edges, which agree at any speed.
    now = torch.arange(f, device=frames.device).clamp(early, late)
    pair = [(taken(frames, at), (at - now)[:, :, None, None] / FAR) for at in (early, late)]
    differ = []
    for speed in candidates():
        speeds = torch.tensor(speed, device=frames.device).expand(b, f, SPEEDS)[..., None, None]
        one, other = (sampled(x, way_over(speeds, far, places), places) for x, far in pair)
        differ.append((one - other).abs().mean(dim=2))
    differences = torch.stack(differ, dim=2)
    least = differences.amin(dim=2, keepdim=True)
    mean = differences.mean(dim=2, keepdim=True) + _FLAT
    return (least - differences) / mean, torch.cat([least, least / mean], dim=2)


def alike(least: Tensor) -> Tensor:
    """[b f 1 1 1]: logits of two frames showing one scene, by how little they may differ
    [b f 2 h w]."""
    as_it_is, of_mean = least.mean(dim=(-2, -1), keepdim=True).split(1, dim=2)
    return torch.maximum(_TELLS[0] * (_ALIKE - as_it_is), _TELLS[1] * (_OF_MEAN - of_mean))


def agreed(scores: Tensor, sharpness: Tensor | float = SHARP) -> Tensor:
    """[b f 4 h w]: the mean of the candidates' speeds, those the most whose `scores` are best
    around here and in the whole frame; 0 where only one frame is given."""
    around = F.avg_pool2d(scores.flatten(0, 1), 5, 1, 2, count_include_pad=False)
    evidence = scores.mean(dim=(-2, -1), keepdim=True) + 0.5 * around.view_as(scores)
    speeds = torch.tensor(candidates(), device=scores.device)
    return einsum((evidence * sharpness).softmax(dim=2), speeds, "b f k h w, k n -> b f n h w")


@torch.no_grad()
def speeds_in(latents: Tensor) -> Tensor:
    """[b f 4 h w]: how the places of a whole clip [b c f h w] move, by comparing each frame's
    neighbours two frames away: what a network can be taught that sees only some of them."""
    frames = rearrange(latents.float(), "b c f h w -> b f c h w")
    b, f = frames.shape[:2]
    now = torch.arange(f, device=latents.device).expand(b, -1)
    return agreed(compared(frames, (now - 2).clamp(min=0), (now + 2).clamp(max=f - 1))[0])
