"""Where a network from nothing begins, continued: with the given frames carried along time.

Nothing at first tells a hidden frame what the given ones look like, and a fresh network takes
thousands of steps to find that attention along time can. Here the first one begins as two simple
rules: one head mixes the given frames as a cross-fade does (each weighs 1 / distance), one takes
the nearest. What they find runs beside the noisy latents to the last residual block, and counts for
nothing in the answer until training finds out what it is worth at which noise level.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from seine_core.model.attention import (
    BUCKETS,
    MAX_DISTANCE,
    ROTARY_DIMS,
    TemporalAttention,
    relative_buckets,
)
from seine_core.model.unet import UNet3DConditionModel
from seine_core.train.noise_start import ROLES

_CONSTANT = 6.0  # beside latents whose mean square is 1: norms then divide all frames alike
_ANCHOR = 16.0  # the same for the tokens' norm, which is over all channels
_CERTAIN = 40.0  # by how much given frames score above hidden ones, however far away
_SELF = 5.0  # by how much a given frame scores for itself: it keeps its own
_SHARPNESS = (1.0, 8.0)  # of each head: a frame weighs 1 / distance to this power


@torch.no_grad()
def begin_with_the_given(unet: UNet3DConditionModel) -> None:
    """Change the weights of a network that begins with the noisy latents as its answer. Nothing
    where its norms have no room for more, or its first level no attention."""
    n = unet.conv_out.out_channels
    groups, width = unet.conv_norm_out.num_groups, unet.conv_norm_out.num_channels
    size = width // groups
    bottom: Any = unet.down_blocks[0]
    top: Any = unet.up_blocks[-1]
    heads = unet.config["attention_head_dim"] if bottom.attentions else 0
    # The noisy latents have the first groups; a known latent has one, the mask has one, and two
    # latents of the nearest frame share one.
    end = 2 * n + 1 + (n + 1) // 2
    if size < ROLES or end > groups or heads < len(_SHARPNESS) or n > ROTARY_DIMS - 2:
        return
    known = [(n + i) * size for i in range(n)]
    mask = 2 * n * size
    near = [(2 * n + 1 + i // 2) * size + i % 2 for i in range(n)]
    carried = range(n * size, end * size)

    _clear(unet.conv_in, carried)
    middle = unet.conv_in.kernel_size[0] // 2
    for source, channel in enumerate((mask, *known), start=n):  # in the order of the input
        unet.conv_in.weight[channel, source, middle, middle] = 1
        unet.conv_in.weight[channel + 1, source, middle, middle] = -1
    assert unet.conv_in.bias is not None
    for group in range(n, end):
        unet.conv_in.bias[group * size + 2] = _CONSTANT
        unet.conv_in.bias[group * size + 3] = -_CONSTANT

    _carry_along_time(bottom.attentions[0], known, mask, near, size)

    below, last = top.resnets[-2].conv_shortcut, top.resnets[-1].conv_shortcut
    for conv, before in ((below, below.in_channels - width), (last, 0)):
        _clear(conv, carried)
        for channel in carried:
            conv.weight[channel, before + channel] = 1


def _carry_along_time(
    transformer: Any, known: list[int], mask: int, near: list[int], size: int
) -> None:
    """`known`, `mask` and `near` are channels; afterwards the known ones hold the cross-fade of the
    given frames, and the near ones the nearest. A norm's group has `size` channels."""
    n = len(known)
    block = transformer.transformer_blocks[0]
    attention: TemporalAttention = block.attn_temp
    out: Any = attention.to_out[0]
    width = transformer.proj_in.out_channels
    # Tokens: the known latents, the mask, two constants, and what the two heads find.
    asks, above, below = n, n + 1, n + 2
    faded, nearest = range(n + 3, 2 * n + 3), range(2 * n + 3, 3 * n + 3)
    _clear(transformer.proj_in, range(3 * n + 3))
    scale = ((2 + 2 * _CONSTANT**2) / size) ** 0.5  # what the norm of the group divides by
    for token, channel in enumerate((*known, mask)):
        transformer.proj_in.weight[token, channel] = scale
    transformer.proj_in.bias[above], transformer.proj_in.bias[below] = _ANCHOR, -_ANCHOR
    for branch in (block.attn1.to_out[0], block.attn2.to_out[0], block.ff.net[-1]):
        _clear(branch, range(3 * n + 3))

    anchor = (width / 2) ** 0.5  # the constants after the tokens' norm
    scale = _ANCHOR / anchor
    # What the tokens' norm takes away, their mean, is minus half the sum of the two constants.
    alone = torch.eye(width)
    alone[:, above] -= 0.5
    alone[:, below] -= 0.5
    for head, sharpness in enumerate(_SHARPNESS):
        first = head * attention.head_dim
        unturned = first + ROTARY_DIMS - 2  # the rotary embedding hardly turns its last pair
        for project in (attention.to_q, attention.to_k):
            _clear(project, range(first, first + attention.head_dim))
        score = _CERTAIN * attention.head_dim**0.5
        attention.to_q.weight[unturned, above] = 1 / anchor
        attention.to_k.weight[unturned] = -score * scale * alone[asks]
        bias = attention.time_rel_pos_bias.relative_attention_bias.weight
        bias[:, head] = -sharpness * _distances().log().to(bias)
        bias[0, head] = _SELF
        for i in range(n):
            attention.to_v.weight[first + i] = scale * alone[i]
            out.weight[(faded, nearest)[head][i], first + i] = 1
    for i in range(n):
        for channel, sign in ((known[i], 1), (known[i] + 1, -1)):
            transformer.proj_out.weight[channel, faded[i]] = sign
            transformer.proj_out.weight[channel, i] = -sign  # in place of what was there
        transformer.proj_out.weight[near[i], nearest[i]] = 1


def _distances() -> Tensor:
    """Frames [buckets] between two that share a bucket of the relative bias: their mean, at least
    1."""
    frames = torch.arange(2 * MAX_DISTANCE)
    away = (frames[None] - frames[:, None]).abs().double()
    buckets = relative_buckets(len(frames))
    means = [away[buckets == bucket].mean() for bucket in range(BUCKETS)]
    return torch.stack(means).nan_to_num(1.0).clamp(min=1)  # one bucket has no pair


def _clear(layer: Any, rows: Iterable[int]) -> None:
    for row in rows:
        layer.weight[row] = 0
        if layer.bias is not None:
            layer.bias[row] = 0
