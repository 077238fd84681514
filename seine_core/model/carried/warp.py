"""Flow of a view that moves at a steady speed before a camera, and frames warped along it.

A place, and a flow, is right and down from the middle in halves of the view's height. A speed is
shift right, shift down, growth (of the logarithm) and turn, over FAR frames.

No number is copied to the device here: a GPU would be waited for.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

SPEEDS = 4
FAR = 16.0  # frames over which a speed of 1 shifts by half the view's height
_GROWTH = 2.0  # logarithm of the most that a place grows


def pixel_grid(height: int, width: int, device: torch.device) -> Tensor:
    """[h w 2]: the places, right and down from the middle, in halves of the height."""
    y, x = ((2 * torch.arange(n, device=device) + 1 - n) / height for n in (height, width))
    return torch.stack(torch.broadcast_tensors(x[None], y[:, None]), dim=-1)


def flow_over(speed: Tensor, time: Tensor, grid: Tensor) -> Tensor:
    """[b f h w 2]: the flow of speeds [b f 4 h w] over `time` [b f 1 1], in FAR frames, which may
    go back. grid: [h w 2]."""
    right, down, growth, turn = (part * time for part in speed.unbind(2))
    x, y = grid.unbind(-1)
    scale = growth.clamp(-_GROWTH, _GROWTH).exp()
    cos, sin = scale * turn.cos() - 1, scale * turn.sin()
    return torch.stack([right + cos * x - sin * y, down + cos * y + sin * x], dim=-1)


def warp(frames: Tensor, flow: Tensor, grid: Tensor) -> Tensor:
    """[b f c h w]: `frames`, each place taken from where `flow` [b f h w 2] leads; the frame's edge
    goes on beyond it."""
    b, f, _, h, w = frames.shape
    x, y = (grid + flow).unbind(-1)
    at = torch.stack([x * (h / w), y], dim=-1)
    made = F.grid_sample(
        frames.flatten(0, 1), at.flatten(0, 1), padding_mode="border", align_corners=False
    )
    return made.unflatten(0, (b, f))


def visible(flow: Tensor, grid: Tensor) -> Tensor:
    """[b f 1 h w], 0 to 1: whether `flow` [b f h w 2] leads into the frame; 0 is occluded by its
    edge."""
    h, w = flow.shape[2:4]
    x, y = (grid + flow).detach().abs().unbind(-1)
    cells = torch.stack([(w / h - x) * (h / 2), (1.0 - y) * (h / 2)], dim=-1) + 0.5  # to the edge
    return cells.clamp(0, 1).amin(dim=-1)[:, :, None]


def frames_at(frames: Tensor, index: Tensor) -> Tensor:
    """[b f c h w]: for each frame, that of `frames` [b n c h w] whose number `index` [b f] says."""
    return frames.gather(1, index[..., None, None, None].expand(-1, -1, *frames.shape[2:]))


def resized(maps: Tensor, size: Sequence[int]) -> Tensor:
    """[b f n h w] at another (h, w), bilinear."""
    b, f = maps.shape[:2]
    if tuple(maps.shape[-2:]) == tuple(size):
        return maps
    grown = F.interpolate(maps.flatten(0, 1), size=tuple(size), mode="bilinear")
    return grown.unflatten(0, (b, f))
