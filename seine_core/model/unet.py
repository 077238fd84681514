"""SEINE's UNet: Stable Diffusion 1.4's, with attention over the frames and a mask at its input.

Chen et al., "SEINE: Short-to-Long Video Diffusion Model for Generative Transition and Prediction"
(arXiv 2310.20700), section 3. The state dict has the published checkpoint's keys and shapes.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.models.modeling_utils import ModelMixin
from diffusers.utils import BaseOutput
from einops import rearrange
from torch import Tensor, nn

from seine_core.model.attention import PreparedText
from seine_core.model.blocks import ClipNorm, DownLevel, FrameConv, MidLevel, Sizes, UpLevel
from seine_core.model.config import PUBLISHED, UNetConfig


@dataclass
class UNet3DConditionOutput(BaseOutput):
    sample: Tensor  # [b c f h w]


class TimeEmbedding(nn.Module):
    def __init__(self, dim_in: int, dim: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(dim_in, dim)
        self.linear_2 = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_2(F.silu(self.linear_1(x)))


class UNet3DConditionModel(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """The noise in a clip's latents, given the clip's known frames and a text.

    The lowest level has no transformers.
    """

    carries_given: ClassVar[bool] = False
    _supports_gradient_checkpointing = True
    _no_split_modules = ["BasicTransformerBlock", "ResnetBlock3D"]  # type: ignore[assignment]  # noqa: RUF012
    _repeated_blocks = ["BasicTransformerBlock"]  # noqa: RUF012

    def __init__(self, config: UNetConfig = PUBLISHED) -> None:
        super().__init__()
        if config.carries_given != self.carries_given:
            raise ValueError(
                f"carries_given: received {config.carries_given}, {type(self).__name__} allows "
                f"{self.carries_given}; use seine_core.model.carried.unet.make_unet"
            )
        self.register_to_config(**asdict(config))
        dims, layers = list(config.block_out_channels), config.layers_per_block
        sizes = Sizes(
            time_dim=4 * dims[0],
            context_dim=config.cross_attention_dim,
            heads=config.attention_head_dim,
            groups=config.norm_num_groups,
            eps=config.norm_eps,
            spatial_rotary=config.spatial_rotary,
        )
        self.conv_in = FrameConv(config.in_channels, dims[0], 3, padding=1)
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

        self.conv_norm_out = ClipNorm(config.norm_num_groups, dims[0], config.norm_eps)
        self.conv_out = FrameConv(dims[0], config.out_channels, 3, padding=1)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], **_: Any) -> Self:  # type: ignore[override]
        """The network of a saved configuration, its weights not yet learned.

        Raises:
            ValueError, TypeError: the sizes make no network of this class.
        """
        return cls(UNetConfig.of(config))

    def prepare_text(self, context: Tensor) -> PreparedText:
        """What stays the same from step to step, for `forward` in place of the text tokens
        [b n c]. Belongs to this model with these weights; one for each batch of prompts."""
        return PreparedText(context)

    def forward(
        self,
        sample: Tensor,
        timestep: Tensor | float,
        encoder_hidden_states: Tensor | PreparedText,
    ) -> UNet3DConditionOutput:
        """The noise [b c f h w] in a clip.

        sample: [b c f h w]: noisy latents, mask, masked latents; any f, h and w.
        timestep: 0 to 999, one for all or [b].
        encoder_hidden_states: text tokens [b n c], or `prepare_text` of them.
        """
        text = self.prepared(encoder_hidden_states)
        return self.through_levels(sample, self.embed_time(timestep, sample), text)

    def through_levels(
        self, sample: Tensor, time: Tensor, text: PreparedText
    ) -> UNet3DConditionOutput:
        """`forward`, at the embedded time [b t]."""
        x, skips = self.down(self.embed_latents(sample), time, text)
        for level in self.up_blocks:
            x = level(x, skips, time, text)
        return UNet3DConditionOutput(sample=self.to_latents(x))

    def prepared(self, text: Tensor | PreparedText) -> PreparedText:
        return text if isinstance(text, PreparedText) else self.prepare_text(text)

    def embed_latents(self, sample: Tensor) -> Tensor:
        """[b c f h w] → [b f h w d]."""
        return self.conv_in(rearrange(sample, "b c f h w -> b f h w c"))

    def down(self, x: Tensor, time: Tensor, text: PreparedText) -> tuple[Tensor, list[Tensor]]:
        """What comes out at the lowest level [b f h w d], and what the way up needs beside it."""
        skips = [x]
        for level in self.down_blocks:
            x, level_skips = level(x, time, text)
            skips += level_skips
        return self.mid_block(x, time, text), skips

    def to_latents(self, x: Tensor) -> Tensor:
        """[b f h w d] → [b c f h w]."""
        x = self.conv_out(self.conv_norm_out(x))
        return rearrange(x, "b f h w c -> b c f h w").contiguous()

    def embed_time(self, timestep: Tensor | float, sample: Tensor) -> Tensor:
        """[b t], from sines and cosines in float32."""
        waves = get_timestep_embedding(
            timesteps(timestep, sample),
            self.conv_in.out_channels,
            flip_sin_to_cos=True,
            downscale_freq_shift=0,
        )
        return self.time_embedding(waves.to(sample.dtype))


def timesteps(timestep: Tensor | float, sample: Tensor) -> Tensor:
    """[b] on the device of `sample` [b …]: one for all, or each clip's own."""
    if isinstance(timestep, Tensor):
        return timestep.to(sample.device).expand(len(sample))
    # Not a tensor that is copied to the device, for which the device would be waited for.
    return torch.full((len(sample),), timestep, device=sample.device)
