"""Models of a few kilobytes with random weights, in the real formats: a Stable Diffusion 1.4 folder
as the hub has it, and the video UNet of the reference numbers. Nothing is downloaded."""

import json
from pathlib import Path
from typing import Any

import torch

from small_unet import DATA

TEXT_WIDTH = 48  # cross_attention_dim of unet_small_config.json
WORDS = (
    "a",
    "beach",
    "city",
    "motion",
    "night",
    "of",
    "sea",
    "slow",
    "smooth",
    "the",
    "transition",
)
PROMPT_TOKENS = 77


def small_unet_config() -> dict[str, Any]:
    """The video UNet that the reference numbers belong to: 10.7 M parameters."""
    return json.loads((DATA / "unet_small_config.json").read_text("utf-8"))


def tiny_unet_config() -> dict[str, Any]:
    """The same structure, as narrow as its heads of 40 channels and up allow."""
    return small_unet_config() | {"block_out_channels": [40, 40, 80, 80], "attention_head_dim": 1}


def tiny_unet(seed: int = 0, **changes: Any):  # -> UNet3DConditionModel
    """A video UNet in which every part matters: what training starts at zero is random here."""
    from seine_core.model.carried.unet import make_unet
    from seine_core.model.config import UNetConfig

    unet = make_unet(UNetConfig(**(tiny_unet_config() | changes))).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in unet.named_parameters():
            if not name.endswith("rotary_emb.freqs") and weight.abs().max() == 0:
                weight.normal_(std=0.05, generator=generator)
    return unet


def tiny_vae(seed: int = 0):  # -> AutoencoderKL
    """Three halvings like SD 1.4's, 8 channels wide."""
    from diffusers import AutoencoderKL

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            norm_num_groups=4,
            sample_size=64,
        ).eval()


def tiny_text_encoder(seed: int = 0):  # -> CLIPTextModel
    from transformers import CLIPTextConfig, CLIPTextModel

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(_vocabulary()),
                hidden_size=TEXT_WIDTH,
                intermediate_size=2 * TEXT_WIDTH,
                num_hidden_layers=2,
                num_attention_heads=4,
                max_position_embeddings=PROMPT_TOKENS,
                bos_token_id=0,
                eos_token_id=1,
                pad_token_id=1,
            )
        ).eval()


def tiny_tokenizer(folder: Path):  # -> CLIPTokenizer
    """A CLIP tokenizer read from the four files that SD 1.4's folder has.

    It knows `WORDS`; the words of any other text fall apart into letters.
    """
    from transformers import CLIPTokenizer

    write_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder)


def write_tokenizer(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in _merges())])
    (folder / "merges.txt").write_text(merges + "\n", "utf-8")
    special = {
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
    }
    _write_json(folder / "vocab.json", _vocabulary())
    _write_json(folder / "special_tokens_map.json", special)
    _write_json(
        folder / "tokenizer_config.json",
        special | {"tokenizer_class": "CLIPTokenizer", "model_max_length": PROMPT_TOKENS},
    )


def tiny_sd14_folder(folder: Path, seed: int = 0) -> Path:
    """A folder laid out like CompVis/stable-diffusion-v1-4, less what nobody reads."""
    from diffusers import UNet2DConditionModel

    config = tiny_unet_config()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        unet = UNet2DConditionModel(
            sample_size=config["sample_size"],
            in_channels=4,
            out_channels=4,
            cross_attention_dim=TEXT_WIDTH,
            block_out_channels=config["block_out_channels"],
            attention_head_dim=config["attention_head_dim"],
            layers_per_block=config["layers_per_block"],
            norm_num_groups=config["norm_num_groups"],
        )
    unet.save_pretrained(folder / "unet")
    tiny_vae(seed).save_pretrained(folder / "vae")
    tiny_text_encoder(seed).save_pretrained(folder / "text_encoder")
    write_tokenizer(folder / "tokenizer")
    scheduler = {
        "_class_name": "PNDMScheduler",
        "_diffusers_version": "0.2.2",
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "num_train_timesteps": 1000,
        "set_alpha_to_one": False,
        "skip_prk_steps": True,
        "steps_offset": 1,
        "trained_betas": None,
        "clip_sample": False,
    }
    (folder / "scheduler").mkdir()
    _write_json(folder / "scheduler" / "scheduler_config.json", scheduler)
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.2.2",
        "feature_extractor": ["transformers", "CLIPImageProcessor"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    _write_json(folder / "model_index.json", index)
    return folder


def tiny_vqgan_folder(folder: Path, seed: int = 0) -> Path:
    """The part of amused/amused-512 that is its VQGAN: 16 x 16 pixels a code, 64 codes."""
    from diffusers import VQModel

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = VQModel(
            down_block_types=("DownEncoderBlock2D",) * 5,
            up_block_types=("UpDecoderBlock2D",) * 5,
            block_out_channels=(4, 4, 8, 8, 8),
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=4,
            num_vq_embeddings=64,
            mid_block_add_attention=False,
            lookup_from_codebook=True,
            force_upcast=True,
        )
        torch.nn.init.normal_(model.quantize.embedding.weight)
    with torch.no_grad():
        model.quant_conv.weight.mul_(10)  # stills as far from each other as codes are
        model.decoder.conv_out.bias.fill_(0.5)  # and neither black nor white
    model.save_pretrained(folder / "vqvae")
    return folder


def tiny_pipeline(folder: Path, seed: int = 0, **unet: Any):  # -> SeinePipeline
    """The whole pipeline in memory; `folder` takes the tokenizer's files."""
    from seine_core.diffusion.schedule import seine_scheduler
    from seine_core.pipeline.pipeline import SeinePipeline

    return SeinePipeline(
        vae=tiny_vae(seed),
        text_encoder=tiny_text_encoder(seed),
        tokenizer=tiny_tokenizer(folder),
        unet=tiny_unet(seed, **unet),
        scheduler=seine_scheduler(),
    )


def _merges() -> list[tuple[str, str]]:
    """The byte pairs that build `WORDS` letter by letter, each once, in the order they are used."""
    merges: dict[tuple[str, str], None] = {}
    for word in WORDS:
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            merges[parts[0], parts[1]] = None
            parts[:2] = [parts[0] + parts[1]]
    return list(merges)


def _vocabulary() -> dict[str, int]:
    """The two marks, every printable byte, alone and at a word's end, then the merges."""
    letters = [chr(code) for code in range(33, 127)]
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{c}</w>" for c in letters)]
    tokens += [a + b for a, b in _merges()]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
