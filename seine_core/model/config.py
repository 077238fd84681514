"""The sizes of SEINE's UNet."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from seine_core.model.attention import ROTARY_DIMS


@dataclass(frozen=True, kw_only=True)
class UNetConfig:
    """The defaults are the published model's; names as in the saved `config.json`.

    Raises:
        ValueError: a level's channels do not divide into heads and groups.
    """

    sample_size: int = 64  # latents along a side of the frames it is made for, were they square
    in_channels: int = 9  # noisy latents, mask, masked latents
    out_channels: int = 4
    cross_attention_dim: int = 768  # of a text token
    block_out_channels: tuple[int, ...] = (320, 640, 1280, 1280)  # of the levels, finest first
    attention_head_dim: int = 8  # the number of heads, as in Stable Diffusion 1's configuration
    layers_per_block: int = 2
    norm_num_groups: int = 32
    norm_eps: float = 1e-5
    # Departures from the published model, of the small one that ships with the project:
    spatial_rotary: bool = False  # attention within a frame knows where in it a token is
    carries_given: bool = False  # a `CarriedUNet`, which finds how the given frames move

    def __post_init__(self) -> None:
        object.__setattr__(self, "block_out_channels", tuple(self.block_out_channels))
        heads, groups = self.attention_head_dim, self.norm_num_groups
        for dim in self.block_out_channels:
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

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> "UNetConfig":
        """The sizes in a saved configuration, whose other entries are not looked at.

        Raises:
            ValueError, TypeError: they make no network.
        """
        return cls(**{name: saved[name] for name in FIELDS if name in saved})


FIELDS = tuple(field.name for field in fields(UNetConfig))
PUBLISHED = UNetConfig()
