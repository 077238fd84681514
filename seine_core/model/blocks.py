"""Residual blocks and the levels of the UNet. All activations are `b f h w c`.

Convolutions see single frames. The residual blocks' group norms take their statistics over all
frames of a clip, as the published model does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from seine_core.model.attention import PreparedText, Transformer3D


class FrameConv(nn.Conv2d):
    """A 2-D convolution of every frame. x: [b f h w c]."""

    def forward(self, x: Tensor) -> Tensor:
        frames = super().forward(rearrange(x, "b f h w c -> (b f) c h w"))
        return rearrange(frames, "(b f) c h w -> b f h w c", b=x.shape[0])


class ClipNorm(nn.GroupNorm):
    """Group norm over all frames of a clip, then SiLU. x: [b f h w c]."""

    def forward(self, x: Tensor) -> Tensor:
        normed = super().forward(rearrange(x, "b f h w c -> b c (f h) w"))
        return F.silu(rearrange(normed, "b c (f h) w -> b f h w c", f=x.shape[1]))


class ResnetBlock3D(nn.Module):
    def __init__(self, dim_in: int, dim: int, time_dim: int, groups: int, eps: float) -> None:
        super().__init__()
        self.norm1 = ClipNorm(groups, dim_in, eps)
        self.conv1 = FrameConv(dim_in, dim, 3, padding=1)
        self.time_emb_proj = nn.Linear(time_dim, dim)
        self.norm2 = ClipNorm(groups, dim, eps)
        self.conv2 = FrameConv(dim, dim, 3, padding=1)
        self.conv_shortcut = FrameConv(dim_in, dim, 1) if dim_in != dim else nn.Identity()

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """x: [b f h w c], time: [b t]."""
        out = self.conv1(self.norm1(x))
        out = out + rearrange(self.time_emb_proj(F.silu(time)), "b c -> b 1 1 1 c")
        return self.conv_shortcut(x) + self.conv2(self.norm2(out))


class Downsample(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.conv = FrameConv(dim, dim, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class Upsample(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.conv = FrameConv(dim, dim, 3, padding=1)

    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        frames = F.interpolate(rearrange(x, "b f h w c -> (b f) c h w"), size=size)
        return self.conv(rearrange(frames, "(b f) c h w -> b f h w c", b=x.shape[0]))


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What all levels share."""

    time_dim: int
    context_dim: int
    heads: int
    groups: int
    eps: float
    spatial_rotary: bool

    def resnet(self, dim_in: int, dim: int) -> ResnetBlock3D:
        return ResnetBlock3D(dim_in, dim, self.time_dim, self.groups, self.eps)

    def transformer(self, dim: int) -> Transformer3D:
        return Transformer3D(dim, self.heads, self.context_dim, self.groups, self.spatial_rotary)


class Level(nn.Module):
    """Residual blocks, each but on the lowest level followed by a transformer."""

    resnets: nn.ModuleList
    attentions: nn.ModuleList

    def __init__(self) -> None:
        super().__init__()
        self.gradient_checkpointing = False
        self._gradient_checkpointing_func: Callable[..., Tensor] | None = None

    def run(self, layer: nn.Module, *args: Any) -> Tensor:
        """`layer(*args)`; its activations are recomputed in the backward pass where asked for."""
        if self.gradient_checkpointing and torch.is_grad_enabled():
            assert self._gradient_checkpointing_func is not None
            return self._gradient_checkpointing_func(layer, *args)
        return layer(*args)


class DownLevel(Level):
    def __init__(
        self, dim_in: int, dim: int, layers: int, sizes: Sizes, *, attention: bool, downsample: bool
    ) -> None:
        super().__init__()
        dims_in = [dim_in, *[dim] * (layers - 1)]
        self.resnets = nn.ModuleList(sizes.resnet(d, dim) for d in dims_in)
        self.attentions = nn.ModuleList(sizes.transformer(dim) for _ in dims_in if attention)
        self.downsamplers = nn.ModuleList([Downsample(dim)] if downsample else [])

    def forward(self, x: Tensor, time: Tensor, text: PreparedText) -> tuple[Tensor, list[Tensor]]:
        """The level's output, and what the way up will need of it."""
        skips = []
        for resnet, attention in zip_longest(self.resnets, self.attentions):
            x = self.run(resnet, x, time)
            if attention:
                x = self.run(attention, x, text)
            skips.append(x)
        for downsample in self.downsamplers:
            x = downsample(x)
            skips.append(x)
        return x, skips


class MidLevel(Level):
    def __init__(self, dim: int, sizes: Sizes) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(sizes.resnet(dim, dim) for _ in range(2))
        self.attentions = nn.ModuleList([sizes.transformer(dim)])

    def forward(self, x: Tensor, time: Tensor, text: PreparedText) -> Tensor:
        x = self.run(self.resnets[0], x, time)
        x = self.run(self.attentions[0], x, text)
        return self.run(self.resnets[1], x, time)


class UpLevel(Level):
    def __init__(
        self,
        dims_in: list[int],
        dim: int,
        sizes: Sizes,
        *,
        attention: bool,
        upsample: bool,
    ) -> None:
        """dims_in: channels of each residual block's input, the skip connection's included."""
        super().__init__()
        self.resnets = nn.ModuleList(sizes.resnet(d, dim) for d in dims_in)
        self.attentions = nn.ModuleList(sizes.transformer(dim) for _ in dims_in if attention)
        self.upsamplers = nn.ModuleList([Upsample(dim)] if upsample else [])

    def forward(self, x: Tensor, skips: list[Tensor], time: Tensor, text: PreparedText) -> Tensor:
        """Takes its share off the end of `skips`, and grows to the size of the next one."""
        for resnet, attention in zip_longest(self.resnets, self.attentions):
            x = self.run(resnet, torch.cat([x, skips.pop()], dim=-1), time)
            if attention:
                x = self.run(attention, x, text)
        for upsample in self.upsamplers:
            x = upsample(x, skips[-1].shape[2:4])
        return x
