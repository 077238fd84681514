"""Where the models lie and in what precision they compute."""

from typing import Literal, get_args

import torch
from torch import nn

from seine_core.errors import BadInput

Memory = Literal["auto", "resident", "model", "group"]
MEMORY_MODES: tuple[Memory, ...] = get_args(Memory)
DTYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
# All weights take 2.2 GB in half precision; a batch of one at 512x512 about 4 GB more.
RESIDENT_GB, MODEL_GB = 7.5, 5.0


def choose_device(device: str | torch.device = "auto") -> torch.device:
    """`auto` is the first there is of cuda, mps and cpu.

    Raises:
        BadInput: the device is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if device == "auto":
        return torch.device(next(name for name, found in there.items() if found))
    try:
        chosen = torch.device(device)
    except RuntimeError:
        raise BadInput(subject="device", received=device, allowed="auto, cuda, mps, cpu") from None
    if not there.get(chosen.type, False):
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise BadInput(f"{device} is not on this machine, which has {found}", subject="device")
    return chosen


def choose_dtype(dtype: str | torch.dtype, device: torch.device) -> torch.dtype:
    """`auto` is float16 on a GPU, the precision of the published results; on a CPU bfloat16 where
    it has instructions for it (2.6 times faster, see the bench), else float32.

    Raises:
        BadInput: there is no such type.
    """
    if isinstance(dtype, torch.dtype):
        return dtype
    if dtype == "auto":
        if device.type != "cpu":
            return torch.float16
        return torch.bfloat16 if cpu_has_bfloat16() else torch.float32
    if dtype not in DTYPES:
        raise BadInput(subject="dtype", received=dtype, allowed=("auto", *DTYPES))
    return DTYPES[dtype]


def cpu_has_bfloat16() -> bool:
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def choose_memory(memory: Memory, device: torch.device) -> Memory:
    """`resident` keeps every model on the device; `model` only the one at work; `group` of the
    network only the level at work, which is slow: for cards of 4 GB and less. `auto` goes by what
    is free.

    Raises:
        BadInput: there is no such mode.
    """
    if memory not in MEMORY_MODES:
        raise BadInput(subject="memory", received=memory, allowed=MEMORY_MODES)
    if device.type == "cpu":
        return "resident"
    if memory != "auto":
        return memory
    if device.type != "cuda":
        return "resident"
    free_gb = torch.cuda.mem_get_info(device)[0] / 1e9
    return "resident" if free_gb >= RESIDENT_GB else "model" if free_gb >= MODEL_GB else "group"


def stream(level: nn.Module, device: torch.device) -> None:
    """From now on the level's weights lie in main memory, and on the device only while it runs."""
    weights = [*level.parameters(), *level.buffers()]
    at_rest = [w.data.to("cpu") for w in weights]
    if device.type == "cuda":
        at_rest = [rest.pin_memory() for rest in at_rest]

    def load(*_: object) -> None:
        for weight, rest in zip(weights, at_rest, strict=True):
            weight.data = rest.to(device, non_blocking=True, copy=True)

    def unload(*_: object) -> None:
        for weight, rest in zip(weights, at_rest, strict=True):
            weight.data = rest

    unload()
    level.register_forward_pre_hook(load)
    level.register_forward_hook(unload, always_call=True)


def empty_cache(device: torch.device) -> None:
    """Give freed memory back to the device, for other programs and other sizes."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
