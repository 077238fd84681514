"""The small UNet of the reference numbers, its weights filled by the reference's rule.

`data/unet_small_*` and `data/seine_unet_manifest.json` are figures: the released model
(Vchitect/SEINE, commit bd8d519) run once in float32 on a CPU, and its checkpoint's keys and shapes.
"""

import json
import zlib
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from seine_core.model.config import UNetConfig
from seine_core.model.unet import UNet3DConditionModel

DATA = Path(__file__).parent / "data"


def filled(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Pseudo-random weights, each the same in every implementation that knows its key."""
    weights = {}
    for key, old in state.items():
        w = torch.randn(
            old.shape, generator=torch.Generator().manual_seed(zlib.crc32(key.encode()))
        )
        if key.endswith("rotary_emb.freqs"):
            w = old
        elif w.ndim >= 2:
            bias = "relative_attention_bias" in key
            w *= 0.5 if bias else w.shape[1:].numel() ** -0.5
        elif "norm" in key and key.endswith("weight"):
            w = 1 + 0.1 * w
        else:
            w *= 0.05
        weights[key] = w
    return weights


def small_unet() -> UNet3DConditionModel:
    config = json.loads((DATA / "unet_small_config.json").read_text())
    model = UNet3DConditionModel(UNetConfig(**config))
    model.load_state_dict(filled(model.state_dict()), strict=True)
    return model.eval()


@cache
def reference() -> dict[str, Tensor]:
    return load_file(DATA / "unet_small_reference.safetensors")


def relative_error(out: Tensor, expected: Tensor) -> float:
    return ((out.double() - expected.double()).norm() / expected.double().norm()).item()
