"""Wan 2.1 pipelines of a few hundred kilobytes with random weights, in the real folder layout."""

import json
from pathlib import Path
from typing import Any, Literal

from tiny_t5 import WIDTH, tiny_umt5, write_tokenizer

IMAGE_WIDTH, IMAGE_SIZE, IMAGE_PATCH = 16, 32, 16
IMAGE_TOKENS = (IMAGE_SIZE // IMAGE_PATCH) ** 2 + 1


def tiny_wan_folder(folder: Path, kind: Literal["i2v", "flf2v"], seed: int = 0) -> Path:
    """A folder like Wan-AI/Wan2.1-I2V-14B-480P-Diffusers, or like the FLF2V one, whose transformer
    tells the embeddings of the two pictures apart by position."""
    import torch
    from diffusers import UniPCMultistepScheduler

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        tiny_transformer(kind).save_pretrained(folder / "transformer")
        tiny_vae().save_pretrained(folder / "vae")
        tiny_umt5().save_pretrained(folder / "text_encoder")
        tiny_image_encoder().save_pretrained(folder / "image_encoder")
    write_tokenizer(folder / "tokenizer")
    UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    ).save_pretrained(folder / "scheduler")
    size = {"height": IMAGE_SIZE, "width": IMAGE_SIZE}
    _write_json(
        folder / "image_processor" / "preprocessor_config.json",
        {
            "image_processor_type": "CLIPImageProcessor",
            "crop_size": size,
            "size": {"shortest_edge": IMAGE_SIZE},
        },
    )
    _write_json(
        folder / "model_index.json",
        {
            "_class_name": "WanImageToVideoPipeline",
            "_diffusers_version": "0.33.0.dev0",
            "image_encoder": ["transformers", "CLIPVisionModel"],
            "image_processor": ["transformers", "CLIPImageProcessor"],
            "scheduler": ["diffusers", "UniPCMultistepScheduler"],
            "text_encoder": ["transformers", "UMT5EncoderModel"],
            "tokenizer": ["transformers", "T5TokenizerFast"],
            "transformer": ["diffusers", "WanTransformer3DModel"],
            "vae": ["diffusers", "AutoencoderKLWan"],
        },
    )
    return folder


def tiny_transformer(kind: Literal["i2v", "flf2v"]) -> Any:
    from diffusers import WanTransformer3DModel

    return WanTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=36,  # noisy latent 16, mask 4, latent of the given frames 16
        out_channels=16,
        text_dim=WIDTH,
        freq_dim=32,
        ffn_dim=32,
        num_layers=2,
        image_dim=IMAGE_WIDTH,
        added_kv_proj_dim=24,
        pos_embed_seq_len=2 * IMAGE_TOKENS if kind == "flf2v" else None,
    ).eval()


def tiny_vae() -> Any:
    """8 x 8 x 4 pixels to a latent, like Wan 2.1's."""
    from diffusers import AutoencoderKLWan

    return AutoencoderKLWan(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1).eval()


def tiny_image_encoder() -> Any:
    from transformers import CLIPVisionConfig, CLIPVisionModel

    return CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=IMAGE_WIDTH,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=IMAGE_SIZE,
            patch_size=IMAGE_PATCH,
        )
    ).eval()


def _write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1), "utf-8")
