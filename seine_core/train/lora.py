"""Low-rank adapters (Hu et al., arXiv 2106.09685) on all attention of the UNet, through peft."""

from typing import Any

import torch
from torch import Tensor

from seine_core.errors import BadInput
from seine_core.model.unet import UNet3DConditionModel

TARGETS = ("to_q", "to_k", "to_v", "to_out.0")


def add_lora(unet: UNet3DConditionModel, rank: int) -> UNet3DConditionModel:
    """`unet` with adapters of that rank, whose initial output is zero.

    Raises:
        BadInput: peft is not installed.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError:
        raise BadInput(
            "'lora' needs the package peft",
            subject="start.train",
            advice="run pip install -r requirements-train.txt",
        ) from None
    settings: Any = LoraConfig(r=rank, lora_alpha=rank, target_modules=list(TARGETS))
    return inject_adapter_in_model(settings, unet)  # type: ignore[return-value]


def merged_state(unet: UNet3DConditionModel) -> dict[str, Tensor]:
    """The UNet's weights by name, with its adapters, if any, merged in."""
    added = {
        name: module.get_delta_weight(module.active_adapters[0])
        for name, module in unet.named_modules()
        if hasattr(module, "get_delta_weight")
    }
    state = {}
    with torch.no_grad():
        for name, tensor in unet.state_dict().items():
            if ".lora_" in name:
                continue
            layer, _, kind = name.rpartition(".")
            layer = layer.removesuffix(".base_layer")
            grown = kind == "weight" and layer in added
            state[f"{layer}.{kind}"] = tensor + added[layer] if grown else tensor
    return state
