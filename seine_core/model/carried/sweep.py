"""Where the places of a view go that moves at a steady speed before a camera.

A place is told from the middle, right and down, in halves of the view's height; so is a way.
A speed is shift right, shift down, growth (of the logarithm) and turn, over FAR frames.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

SPEEDS = 4
FAR = 16.0  # frames of a way of length 1
_GROWTH = 2.0  # logarithm of the most that a place grows


def view_places(height: int, width: int, device: torch.device) -> Tensor:
    """[h w 2]: right and down from the middle, in halves of the height."""
    y, x = ((2 * torch.arange(n, device=device) + 1 - n) / height for n in (height, width))
    return torch.stack(torch.broadcast_tensors(x[None], y[:, None]), dim=-1)


def way_over(speed: Tensor, time: Tensor, places: Tensor) -> Tensor:
    """[b f h w 2] of speeds [b f 4 h w] over `time` [b f 1 1], which may go back."""
    right, down, growth, turn = (part * time for part in speed.unbind(2))
    x, y = places.unbind(-1)
    scale = growth.clamp(-_GROWTH, _GROWTH).exp()
    cos, sin = scale * turn.cos() - 1, scale * turn.sin()
    return torch.stack([right + cos * x - sin * y, down + cos * y + sin * x], dim=-1)


def sampled(frames: Tensor, way: Tensor, places: Tensor) -> Tensor:
    """`frames` [b f c h w], each place taken from where `way` leads; beyond the edge it goes on."""
    b, f, _, h, w = frames.shape
    grid = (places + way) * places.new_tensor([h / w, 1.0])
    made = F.grid_sample(
        frames.flatten(0, 1), grid.flatten(0, 1), padding_mode="border", align_corners=False
    )
    return made.unflatten(0, (b, f))


def in_view(way: Tensor, places: Tensor) -> Tensor:
    """[b f 1 h w], 0 to 1: whether `way` [b f h w 2] leads to somewhere in the frame."""
    h, w = way.shape[2:4]
    size = places.new_tensor([w / h, 1.0])
    cells = (size - (places + way).detach().abs()) * (h / 2) + 0.5  # from the nearest edge
    return cells.clamp(0, 1).amin(dim=-1)[:, :, None]


def taken(frames: Tensor, at: Tensor) -> Tensor:
    """[b f c h w]: for each frame, that of `frames` whose number `at` [b f] says."""
    return frames.gather(1, at[..., None, None, None].expand_as(frames))


def resized(findings: Tensor, size: Any) -> Tensor:
    b, f = findings.shape[:2]
    if findings.shape[-2:] == size:
        return findings
    grown = F.interpolate(findings.flatten(0, 1), size=tuple(size), mode="bilinear")
    return grown.unflatten(0, (b, f))
