"""The initial models of a run, and which of their weights are trained."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from seine_core.errors import BadInput
from seine_core.model.carried.unet import make_unet
from seine_core.model.config import UNetConfig
from seine_core.model.inflate import TEMPORAL, inflate, with_condition
from seine_core.model.unet import UNet3DConditionModel
from seine_core.pipeline.convert import base_parts, base_place, check_match
from seine_core.pipeline.generate import Models
from seine_core.train.config import Start
from seine_core.train.lora import add_lora
from seine_core.train.network import Network
from seine_core.train.noise_start import begin_with_the_noisy
from seine_core.weights import store
from seine_core.weights.checkpoint import load_seine


def load_models(start: Start, seed: int) -> Models:
    """The models that `start` names, in float32: autocast lowers the precision of the computation.
    New weights are initialised from `seed`.

    Raises:
        BadInput: a file or folder cannot be used.
        MissingWeights: the base is not on this machine.
    """
    parts = base_parts(start.base, torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # new weights are reproducible
        unet = _unet(start, parts)
        check_match(parts, unet, start.base)
        if start.train == "lora":
            unet = add_lora(unet, start.lora_rank)
    return Models(unet=unet, **parts)


def trainable_network(models: Models, start: Start) -> Network:
    """The network, with gradients enabled for the trained weights alone."""
    for model in (models.vae, models.text_encoder):
        model.requires_grad_(start.train_text and model is models.text_encoder)
    for name, weight in models.unet.named_parameters():
        weight.requires_grad_(
            start.train == "all"
            or (start.train == "lora" and ".lora_" in name)
            or (
                start.train == "temporal"
                and (name.startswith("conv_in.") or any(part in name for part in TEMPORAL))
            )
        )
    return Network(models.unet, models.text_encoder if start.train_text else None)


def trained_weights(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters with gradients, by name."""
    return {name: weight for name, weight in network.named_parameters() if weight.requires_grad}


def _unet(start: Start, parts: dict[str, Any]) -> UNet3DConditionModel:
    match start.weights:
        case "scratch":
            sizes = {"cross_attention_dim": parts["text_encoder"].config.hidden_size, **start.unet}
            try:
                unet = make_unet(UNetConfig(**sizes))
            except (TypeError, ValueError) as error:
                raise BadInput(error, subject="start.unet") from None
            if not unet.carries_given:
                begin_with_the_noisy(unet)
            return unet
        case "sd14":
            return inflate(_image_unet(start.base))
        case "lavie":
            assert start.checkpoint is not None
            sizes = {"in_channels": 4, **start.unet}
            unet = load_seine(start.checkpoint, torch.float32, UNetConfig(**sizes))
            return with_condition(unet)
        case "seine":
            checkpoint = start.checkpoint or Path(store.path("seine", "checkpoint"))
            return load_seine(checkpoint, torch.float32)


def _image_unet(base: Path | None) -> nn.Module:
    from diffusers import UNet2DConditionModel

    place = base_place(base, download=False)
    try:
        return UNet2DConditionModel.from_pretrained(
            place, subfolder="unet", dtype=torch.float32, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise BadInput(
            "has no image UNet",
            subject=Path(place),
            reason=error,
            advice="give Stable Diffusion 1.4's whole folder, with its subfolder unet",
        ) from None
