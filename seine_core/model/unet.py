"""SEINE's UNet: Stable Diffusion 1.4's, with attention over the frames and a mask at its input.

Chen et al., "SEINE: Short-to-Long Video Diffusion Model for Generative Transition and Prediction"
(arXiv 2310.20700), section 3. The state dict has the published checkpoint's keys and shapes.
"""

from dataclasses import dataclass
from typing import Literal, overload

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.models.modeling_utils import ModelMixin
from diffusers.utils import BaseOutput
from einops import rearrange
from torch import Tensor, nn

from seine_core.model.attention import ROTARY_DIMS, PreparedText
from seine_core.model.blocks import ClipNorm, DownLevel, FrameConv, MidLevel, Sizes, UpLevel
from seine_core.model.carried.motion import Carrying, Motion, MotionFinder


@dataclass
class UNet3DConditionOutput(BaseOutput):
    sample: Tensor  # [b c f h w]
    motion: tuple[Motion, ...] = ()  # from coarse to fine, of a network that `carries_given`


class TimeEmbedding(nn.Module):
    def __init__(self, dim_in: int, dim: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(dim_in, dim)
        self.linear_2 = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_2(F.silu(self.linear_1(x)))


class UNet3DConditionModel(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """The noise in a clip's latents, given the clip's known frames and a text.

    The defaults are the published model. `attention_head_dim` is the number of heads, as in Stable
    Diffusion 1's configuration; the lowest level has no transformers. With `spatial_rotary`, which
    is not published, attention within a frame knows where in the frame a token is; with
    `carries_given` the network finds how the given frames move (`motion`).
    """

    _supports_gradient_checkpointing = True
    _no_split_modules = ["BasicTransformerBlock", "ResnetBlock3D"]  # type: ignore[assignment]  # noqa: RUF012
    _repeated_blocks = ["BasicTransformerBlock"]  # noqa: RUF012

    @register_to_config
    def __init__(
        self,
        sample_size: int = 64,
        in_channels: int = 9,
        out_channels: int = 4,
        cross_attention_dim: int = 768,
        block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280),
        attention_head_dim: int = 8,
        layers_per_block: int = 2,
        norm_num_groups: int = 32,
        norm_eps: float = 1e-5,
        spatial_rotary: bool = False,
        carries_given: bool = False,
    ) -> None:
        super().__init__()
        _check_widths(block_out_channels, attention_head_dim, norm_num_groups)
        dims, layers = list(block_out_channels), layers_per_block
        sizes = Sizes(
            time_dim=4 * dims[0],
            context_dim=cross_attention_dim,
            heads=attention_head_dim,
            groups=norm_num_groups,
            eps=norm_eps,
            spatial_rotary=spatial_rotary,
        )
        self.conv_in = FrameConv(in_channels, dims[0], 3, padding=1)
        self.time_embedding = TimeEmbedding(dims[0], sizes.time_dim)

        lowest = len(dims) - 1
        skip_dims = [dims[0]]
        self.down_blocks = nn.ModuleList()
        for i, dim in enumerate(dims):
            has = {"attention": i < lowest, "downsample": i < lowest}
            self.down_blocks.append(DownLevel(dims[max(i - 1, 0)], dim, layers, sizes, **has))
            skip_dims += [dim] * (layers + has["downsample"])

        self.mid_block = MidLevel(dims[-1], sizes)

        self.up_blocks = nn.ModuleList()
        dim_below = dims[-1]
        for i, dim in reversed(list(enumerate(dims))):
            dims_in = [d + skip_dims.pop() for d in [dim_below, *[dim] * layers]]
            has = {"attention": i < lowest, "upsample": i > 0}
            self.up_blocks.append(UpLevel(dims_in, dim, sizes, **has))
            dim_below = dim

        self.motion = None
        if carries_given:
            inner = [dims[0], dims[-1], *(dims[max(i, 0)] for i in range(lowest, -1, -1))]
            self.motion = MotionFinder(
                out_channels, inner, cross_attention_dim, norm_num_groups, norm_eps
            )

        self.conv_norm_out = ClipNorm(norm_num_groups, dims[0], norm_eps)
        self.conv_out = FrameConv(dims[0], out_channels, 3, padding=1)

    def prepare_text(self, context: Tensor) -> PreparedText:
        """What stays the same from step to step, for `forward` in place of the text tokens
        [b n c]. Belongs to this model with these weights; one for each batch of prompts."""
        return PreparedText(context)

    @overload
    def forward(
        self,
        sample: Tensor,
        timestep: Tensor | float,
        encoder_hidden_states: Tensor | PreparedText,
        return_dict: Literal[True] = True,
    ) -> UNet3DConditionOutput: ...
    @overload
    def forward(
        self,
        sample: Tensor,
        timestep: Tensor | float,
        encoder_hidden_states: Tensor | PreparedText,
        return_dict: Literal[False],
    ) -> tuple[Tensor]: ...
    def forward(
        self,
        sample: Tensor,
        timestep: Tensor | float,
        encoder_hidden_states: Tensor | PreparedText,
        return_dict: bool = True,
    ) -> UNet3DConditionOutput | tuple[Tensor]:
        """
        sample: [b c f h w]: noisy latents, mask, masked latents; any f, h and w.
        timestep: one for all or [b].
        encoder_hidden_states: text tokens [b n c], or `prepare_text` of them.
        """
        if isinstance(encoder_hidden_states, PreparedText):
            text = encoder_hidden_states
        else:
            text = self.prepare_text(encoder_hidden_states)
        time = self.embed_time(timestep, sample)

        carrying = self.carrying(sample, text)
        x = self.conv_in(rearrange(sample, "b c f h w -> b f h w c"))
        if carrying:
            x = x + carrying.at_input()
        skips = [x]
        for level in self.down_blocks:
            x, level_skips = level(x, time, text)
            skips += level_skips
        x = self.mid_block(x, time, text)
        for level in self.up_blocks:
            if carrying:
                x = carrying.look(x)
            x = level(x, skips, time, text)
        if carrying:
            x = carrying.look(x)
        x = self.conv_out(self.conv_norm_out(x))

        out = rearrange(x, "b f h w c -> b c f h w").contiguous()
        motion: tuple[Motion, ...] = ()
        if carrying:
            out = carrying.answer(sample[:, : out.shape[1]], self.steps(timestep, sample), out)
            motion = tuple(carrying.found)
        return UNet3DConditionOutput(sample=out, motion=motion) if return_dict else (out,)

    def carrying(self, sample: Tensor, text: PreparedText) -> Carrying | None:
        if self.motion is None:
            return None
        n = self.conv_out.out_channels
        return Carrying(self.motion, sample[:, n + 1 :], sample[:, n, :, 0, 0], text.context)

    @staticmethod
    def steps(timestep: Tensor | float, sample: Tensor) -> Tensor:
        """[b]."""
        return torch.as_tensor(timestep, device=sample.device).expand(sample.shape[0])

    def embed_time(self, timestep: Tensor | float, sample: Tensor) -> Tensor:
        """[b t], from sines and cosines in float32."""
        waves = get_timestep_embedding(
            self.steps(timestep, sample),
            self.conv_in.out_channels,
            flip_sin_to_cos=True,
            downscale_freq_shift=0,
        )
        return self.time_embedding(waves.to(sample.dtype))


def _check_widths(dims: tuple[int, ...], heads: int, groups: int) -> None:
    for dim in dims:
        if dim % heads or dim % groups:
            raise ValueError(
                f"block_out_channels: received {dim}, allowed are multiples of "
                f"attention_head_dim {heads} and of norm_num_groups {groups}"
            )
        if dim // heads < ROTARY_DIMS or dim // heads % 4:
            raise ValueError(
                f"block_out_channels: received {dim} for {heads} heads, allowed are at least "
                f"{ROTARY_DIMS} channels a head and multiples of 4, for the rotary embeddings"
            )
