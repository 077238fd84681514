"""An LTX-Video 0.9.5 pipeline of a few hundred kilobytes with random weights, in the real folder
layout."""

import json
from pathlib import Path
from typing import Any

from tiny_t5 import WIDTH, tiny_t5, write_tokenizer

LATENT_CHANNELS = 8


def tiny_ltx_folder(folder: Path, seed: int = 0) -> Path:
    """A folder like Lightricks/LTX-Video-0.9.5."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        tiny_transformer().save_pretrained(folder / "transformer")
        tiny_vae().save_pretrained(folder / "vae")
        tiny_t5().save_pretrained(folder / "text_encoder")
    write_tokenizer(folder / "tokenizer")
    FlowMatchEulerDiscreteScheduler(  # as in the first release: with a shift that must not apply
        use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05, shift_terminal=0.1
    ).save_pretrained(folder / "scheduler")
    index = {
        "_class_name": "LTXConditionPipeline",
        "_diffusers_version": "0.33.0.dev0",
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
        "text_encoder": ["transformers", "T5EncoderModel"],
        "tokenizer": ["transformers", "T5TokenizerFast"],
        "transformer": ["diffusers", "LTXVideoTransformer3DModel"],
        "vae": ["diffusers", "AutoencoderKLLTXVideo"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=1), "utf-8")
    return folder


def tiny_transformer() -> Any:
    from diffusers import LTXVideoTransformer3DModel

    return LTXVideoTransformer3DModel(
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        num_attention_heads=2,
        attention_head_dim=16,
        cross_attention_dim=32,
        num_layers=2,
        caption_channels=WIDTH,
    ).eval()


def tiny_vae() -> Any:
    """32 x 32 x 8 pixels to a latent by the blocks of 0.9.5, its decoder told a timestep."""
    from diffusers import AutoencoderKLLTXVideo

    return AutoencoderKLLTXVideo(
        latent_channels=LATENT_CHANNELS,
        block_out_channels=(8, 8, 8, 8, 16),
        down_block_types=("LTXVideo095DownBlock3D",) * 4,
        decoder_block_out_channels=(8, 16, 32),  # doubling, for upsampling halves
        layers_per_block=(1,) * 5,
        decoder_layers_per_block=(1,) * 4,
        spatio_temporal_scaling=(True,) * 4,
        decoder_spatio_temporal_scaling=(True,) * 3,
        decoder_inject_noise=(False,) * 4,
        downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
        upsample_residual=(True,) * 3,
        upsample_factor=(2,) * 3,
        timestep_conditioning=True,
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    ).eval()
