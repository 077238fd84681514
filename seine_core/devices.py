"""Where models run, and in what precision."""

from typing import Literal

import torch

from seine_core.errors import BadInput

DeviceName = Literal["auto", "cuda", "mps", "cpu"]
DtypeName = Literal["auto", "float32", "bfloat16", "float16"]


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name; `auto` takes the fastest kind there is.

    Raises:
        BadInput: no such device on this machine.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    kind = name.partition(":")[0]
    if name == "auto":
        return torch.device(next(kind for kind, is_there in there.items() if is_there))
    if not there.get(kind):
        usable = ", ".join(kind for kind, is_there in there.items() if is_there)
        raise BadInput(f"device: received {name!r}, this machine has {usable}; or take auto")
    return torch.device(name)


def pick_dtype(name: str, device: torch.device) -> torch.dtype:
    """The number type of that name; `auto` takes half precision where the device computes in it.

    Raises:
        BadInput: no such type.
    """
    if name == "auto":
        if device.type == "cuda":
            return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        if device.type == "mps":
            return torch.float16
        return torch.bfloat16 if _cpu_has_bfloat16() else torch.float32
    types = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if name not in types:
        raise BadInput(f"dtype: received {name!r}, allowed auto, {', '.join(types)}")
    return types[name]


def _cpu_has_bfloat16() -> bool:
    """In hardware: oneDNN also emulates it, slower than float32."""
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16") or has.get("bf16"))
