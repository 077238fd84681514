"""Attention of the video UNet: within a frame, to the text, and along time.

Chen et al., "SEINE" (arXiv 2310.20700), section 3.1, on Stable Diffusion 1.4's transformer.
Attention along time carries a rotary embedding (Su et al., arXiv 2104.09864) on the first 32
dimensions of a head and a learned relative position bias with T5's buckets (Raffel et al.,
arXiv 1910.10683).

Within a frame the published model's attention knows no places. A UNet with `spatial_rotary` gives
it a rotary embedding over both axes (Heo et al., arXiv 2403.13298).

Activations are `b f h w c` everywhere, so that linear layers, channels_last convolutions and all
three attentions are views of the same memory.
"""

import math
from collections.abc import Callable, Hashable
from functools import cache
from typing import TypeVar, cast

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

ROTARY_DIMS = 32  # of a head; the other dimensions are not rotated
BUCKETS = 32  # of the relative position bias: half for frames before, half for frames after
MAX_DISTANCE = 32  # frames; from here on all distances share the last bucket
SLOWEST, FASTEST = 0.25, 6.0  # turns across the frame of a place's rotary embedding
MAX_BATCH = 65535  # CUDA's memory-efficient attention fails beyond
SHORT = 512  # tokens; up to here the plain product trains faster on a CPU than the fused kernel

T = TypeVar("T")
Turns = tuple[Tensor, Tensor]


class PreparedText:
    """Text tokens [b n c], and what the layers make once for all steps of a clip: the keys and
    values of the text, the rotations and the relative biases.

    Filled by the layers in the first step, so that it works while hooks move the weights about.
    Nothing is kept while gradients are recorded. Throw it away when the weights change.
    """

    def __init__(self, context: Tensor) -> None:
        self.context = context
        self._made: dict[Hashable, object] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        if torch.is_grad_enabled():
            return make()
        if key not in self._made:
            self._made[key] = make()
        return cast(T, self._made[key])


@cache
def relative_buckets(num_frames: int, device: torch.device) -> Tensor:
    """Bucket [query key] int64 of every pair of frames: exact to distance 7, then four an octave.
    Kept, for the device is waited for while they are copied to it."""
    exact = BUCKETS // 4
    per_octave = exact / math.log2(MAX_DISTANCE / exact)
    starts = [*range(1, exact), *(math.ceil(exact * 2 ** (i / per_octave)) for i in range(exact))]
    with torch.inference_mode(False):
        frames = torch.arange(num_frames)
        ahead = frames[None, :] - frames[:, None]
        exact_or_octave = torch.bucketize(ahead.abs(), torch.tensor(starts), right=True)
        return (exact_or_octave + (ahead > 0) * (BUCKETS // 2)).to(device)


def rotations(freqs: Tensor, num_frames: int, head_dim: int) -> Tensor:
    """The rotary embedding as one matrix a frame [f d d], for row vectors: dimensions 2i and 2i + 1
    turn by frame times freqs[i], those beyond ROTARY_DIMS stay. One product is several times
    faster than cosines, sines and swapped pairs, and rounds no worse."""
    frames = torch.arange(num_frames, device=freqs.device, dtype=torch.float32)
    angles = torch.outer(frames, freqs.float())
    cos, sin = angles.cos(), angles.sin()
    unturned = torch.eye(head_dim, device=freqs.device, dtype=torch.float32)
    matrices = unturned.repeat(num_frames, 1, 1)
    on, above, below = (matrices.diagonal(offset, 1, 2)[:, :ROTARY_DIMS] for offset in (0, 1, -1))
    on[:, 0::2] = on[:, 1::2] = cos
    above[:, 0::2] = sin
    below[:, 0::2] = -sin
    return matrices


def turns_of_places(height: int, width: int, head_dim: int, device: torch.device) -> Turns:
    """Cosines and sines [h*w head_dim/2] of the rotary embedding of places: half of the pairs turn
    with x, half with y. Places are parts of the frame, so that a motion across a third of the view
    is the same turn at any size."""
    octaves = torch.linspace(math.log2(SLOWEST), math.log2(FASTEST), head_dim // 4, device=device)
    waves = 2 * math.pi * octaves.exp2()
    y, x = ((torch.arange(n, device=device) + 0.5) / n for n in (height, width))
    angles = torch.cat(
        [
            torch.outer(y, waves)[:, None].expand(-1, width, -1),
            torch.outer(x, waves)[None].expand(height, -1, -1),
        ],
        dim=-1,
    ).flatten(0, 1)
    return angles.cos(), angles.sin()


def turned(x: Tensor, turns: Turns) -> Tensor:
    """x [b heads n d] with the pairs (i, i + d/2) turned."""
    cos, sin = (t.to(x.dtype) for t in turns)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None = None) -> Tensor:
    """softmax(q kᵀ / √d + bias) v. q, k, v: [b heads n d], bias: [1 heads n n]."""
    if q.device.type == "cpu" and torch.is_grad_enabled() and k.shape[-2] <= SHORT:
        scores = (q * q.shape[-1] ** -0.5) @ k.mT
        return (scores if bias is None else scores + bias).softmax(-1).to(v.dtype) @ v
    parts = [
        F.scaled_dot_product_attention(*part, attn_mask=bias)
        for part in zip(q.split(MAX_BATCH), k.split(MAX_BATCH), v.split(MAX_BATCH), strict=True)
    ]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


class Attention(nn.Module):
    """Multi-head attention of tokens to themselves or to the text."""

    def __init__(self, dim: int, heads: int, context_dim: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_k = nn.Linear(context_dim or dim, dim, bias=False)
        self.to_v = nn.Linear(context_dim or dim, dim, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])

    def split_heads(self, x: Tensor) -> Tensor:
        return rearrange(x, "b n (h d) -> b h n d", h=self.heads)

    def keys_values(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """context: [b n c] → two of [b heads n d]."""
        return self.split_heads(self.to_k(context)), self.split_heads(self.to_v(context))

    def forward(self, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """x: [b n c]; keys, values: [b heads m d]."""
        return self.joined(attend(self.split_heads(self.to_q(x)), keys, values))

    def within(self, x: Tensor, turns: Turns | None) -> Tensor:
        """Of the tokens x [b n c] to themselves."""
        q, (k, v) = self.split_heads(self.to_q(x)), self.keys_values(x)
        if turns:
            q, k = turned(q, turns), turned(k, turns)
        return self.joined(attend(q, k, v))

    def joined(self, heads: Tensor) -> Tensor:
        return self.to_out[0](rearrange(heads, "b h n d -> b n (h d)"))


class RelativePositionBias(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.relative_attention_bias = nn.Embedding(BUCKETS, heads)

    def forward(self, num_frames: int, device: torch.device) -> Tensor:
        """[1 heads f f]."""
        buckets = relative_buckets(num_frames, device)
        return rearrange(self.relative_attention_bias(buckets), "i j h -> 1 h i j").contiguous()


class RotaryEmbedding(nn.Module):
    """Its frequencies are not learned, but stand in the published checkpoint."""

    freqs: Tensor

    def __init__(self) -> None:
        super().__init__()
        exponents = torch.arange(0, ROTARY_DIMS, 2, dtype=torch.float32) / ROTARY_DIMS
        self.register_buffer("freqs", 10000.0**-exponents)

    def forward(self, num_frames: int, head_dim: int) -> Tensor:
        return rotations(self.freqs, num_frames, head_dim)


class TemporalAttention(nn.Module):
    """Attention of each place to itself in the other frames."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.head_dim = dim // heads
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_k = nn.Linear(dim, dim, bias=False)
        self.to_v = nn.Linear(dim, dim, bias=False)
        out = nn.Linear(dim, dim)
        nn.init.zeros_(out.weight)  # a fresh layer changes nothing
        nn.init.zeros_(out.bias)
        self.to_out = nn.ModuleList([out])
        self.time_rel_pos_bias = RelativePositionBias(heads)
        self.rotary_emb = RotaryEmbedding()

    def positions(self, num_frames: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """The frames' rotations [f d d] and the relative bias [1 heads f f]."""
        bias = self.time_rel_pos_bias(num_frames, device)
        return self.rotary_emb(num_frames, self.head_dim).to(bias), bias

    def forward(self, x: Tensor, turns: Tensor, bias: Tensor) -> Tensor:
        """x: [b f n c]. One clip at a time: then places and heads are views, not copies."""
        q, k, v = (
            rearrange(project(x), "b f n (h d) -> b f (n h) d", h=self.heads)
            for project in (self.to_q, self.to_k, self.to_v)
        )
        q, k, v = (
            rearrange(t, "b f (n h) d -> b n h f d", h=self.heads)
            for t in (q @ turns, k @ turns, v)
        )
        clips = [attend(*clip, bias) for clip in zip(q, k, v, strict=True)]
        out = torch.stack([rearrange(clip, "n h f d -> f n (h d)") for clip in clips])
        return self.to_out[0](out)


class GEGLU(nn.Module):
    def __init__(self, dim: int, inner: int) -> None:
        super().__init__()
        self.proj = nn.Linear(dim, 2 * inner)

    def forward(self, x: Tensor) -> Tensor:
        x, gate = self.proj(x).chunk(2, dim=-1)
        return F.gelu(gate).mul_(x)


class FeedForward(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        # The published keys count a dropout layer, which is never on.
        self.net = nn.Sequential(GEGLU(dim, 4 * dim), nn.Identity(), nn.Linear(4 * dim, dim))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class BasicTransformerBlock(nn.Module):
    """Attention within the frame, to the text, along time; then the feed-forward."""

    def __init__(self, dim: int, heads: int, context_dim: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attn1 = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.attn2 = Attention(dim, heads, context_dim)
        self.norm_temp = nn.LayerNorm(dim)
        self.attn_temp = TemporalAttention(dim, heads)
        self.norm3 = nn.LayerNorm(dim)
        self.ff = FeedForward(dim)

    def forward(
        self,
        x: Tensor,
        text: tuple[Tensor, Tensor],
        positions: tuple[Tensor, Tensor],
        places: Turns | None = None,
    ) -> Tensor:
        """x: [b f n c]; text: keys and values [b heads m d], the same for all frames."""
        f = x.shape[1]
        x = rearrange(x, "b f n c -> (b f) n c")
        x = x + self.attn1.within(self.norm1(x), places)
        x = rearrange(x, "(b f) n c -> b (f n) c", f=f)
        x = x + self.attn2(self.norm2(x), *text)
        x = rearrange(x, "b (f n) c -> b f n c", f=f)
        x = x + self.attn_temp(self.norm_temp(x), *positions)
        return x + self.ff(self.norm3(x))


class Transformer3D(nn.Module):
    """One transformer block between two 1x1 convolutions, around a residual."""

    def __init__(
        self, dim: int, heads: int, context_dim: int, groups: int, spatial_rotary: bool = False
    ) -> None:
        super().__init__()
        self.spatial_rotary = spatial_rotary
        self.norm = nn.GroupNorm(groups, dim, eps=1e-6)
        self.proj_in = nn.Conv2d(dim, dim, kernel_size=1)
        self.transformer_blocks = nn.ModuleList([BasicTransformerBlock(dim, heads, context_dim)])
        self.proj_out = nn.Conv2d(dim, dim, kernel_size=1)

    def forward(self, x: Tensor, prepared: PreparedText) -> Tensor:
        """x: [b f h w c]. The norm's statistics are each frame's own, unlike the other norms'."""
        b, f, h, w, _ = x.shape
        block = cast(BasicTransformerBlock, self.transformer_blocks[0])
        text = prepared.once(block.attn2, lambda: block.attn2.keys_values(prepared.context))
        positions = prepared.once(
            (block.attn_temp, f), lambda: block.attn_temp.positions(f, x.device)
        )
        places = None
        if self.spatial_rotary:
            head_dim = block.attn_temp.head_dim
            places = prepared.once(
                ("places", h, w, head_dim), lambda: turns_of_places(h, w, head_dim, x.device)
            )

        frames = rearrange(x, "b f h w c -> (b f) c h w")
        tokens = rearrange(self.proj_in(self.norm(frames)), "(b f) c h w -> b f (h w) c", b=b)
        tokens = block(tokens, text, positions, places)
        frames = self.proj_out(rearrange(tokens, "b f (h w) c -> (b f) c h w", h=h))
        return x + rearrange(frames, "(b f) c h w -> b f h w c", b=b)
