"""The published checkpoint, `seine.pt`: read without running anything in it, and written.

It is a torch zip file with the UNet's state dict under the key `ema`. Training writes the same; a
UNet of another size than the published one stores its `config` beside it.
"""

import ctypes
import os
import pickle
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seine_core.errors import BadInput, quoted
from seine_core.files.atomic import make_folder, new_file
from seine_core.model.carried.unet import make_unet
from seine_core.model.config import FIELDS, PUBLISHED, UNetConfig
from seine_core.model.unet import UNet3DConditionModel
from seine_core.weights.weight_file import TORCH_SUFFIXES, damage, reading

WEIGHTS_KEYS = ("ema", "model", "state_dict")  # in this order; without any, the file is the weights
CONFIG_KEY = "config"
_NAMED = 3  # keys of each kind that a message names


def load_seine(
    path: Path | str,
    torch_dtype: torch.dtype | None = None,
    config: UNetConfig | None = None,
) -> UNet3DConditionModel:
    """The UNet with the weights of a checkpoint, in `torch_dtype` or as they are stored.

    Each tensor is copied out of the mapped file on its own, straight into its dtype, so that
    loading takes the memory of the result. The rotary frequencies keep their precision. Where
    `config` is left out, it is the file's own, else the published model's.

    Raises:
        BadInput: the file is not that model's checkpoint, is cut off, or holds code.
    """
    path = Path(path)
    loaded = _read(path)
    stored = _weights(loaded, path)
    with torch.device("meta"):
        unet = make_unet(config or _stored_config(loaded, path, len(stored)))
    _check_shapes(stored, unet, path)
    parameters = {name for name, _ in unet.named_parameters()}
    state: dict[str, Tensor] = {}
    for name in sorted(stored, key=lambda name: stored[name].data_ptr()):  # as they lie in the file
        tensor = stored.pop(name)
        dtype = torch_dtype if torch_dtype and name in parameters else tensor.dtype
        state[name] = tensor.to(dtype, copy=True, memory_format=torch.contiguous_format)
        _let_go(tensor)
    unet.load_state_dict(state, strict=True, assign=True)
    return unet.eval()


def save_seine(unet: UNet3DConditionModel, path: Path | str) -> None:
    """Write a checkpoint as the published one is laid out; the old file stays until all is written.

    Raises:
        BadInput: it cannot be written.
    """
    path = Path(path)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in unet.state_dict().items()}
    content: dict[str, Any] = {WEIGHTS_KEYS[0]: state}
    config = UNetConfig.of(unet.config)
    if config != PUBLISHED:
        content[CONFIG_KEY] = asdict(config)
    try:
        make_folder(path.parent)
        with new_file(path) as part, part.open("wb") as file:
            torch.save(content, file)
    except (OSError, RuntimeError) as error:  # the latter is torch's word for a full disk
        raise BadInput("cannot be written", subject=path, reason=_first_line(error)) from None


def check_file(path: Path | str) -> None:
    """See at once whether a file can be a whole checkpoint at all.

    Raises:
        BadInput: it cannot.
    """
    path = Path(path)
    try:
        fault = damage(path)
        known = (*TORCH_SUFFIXES, ".safetensors")
        if not fault and path.suffix not in known:
            fault = f"is none of {', '.join(known)}"
    except OSError as error:
        raise BadInput("cannot be read", subject=path, reason=error) from None
    if fault:
        raise BadInput(fault, subject=path)


def _read(path: Path) -> Any:
    """Whatever tensors the file holds, mapped and not yet read."""
    check_file(path)
    is_torch = path.suffix != ".safetensors"
    with reading(path, "PyTorch file" if is_torch else "safetensors file"):
        if not is_torch:
            from safetensors.torch import load_file

            return load_file(path)
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except pickle.UnpicklingError as error:
            found = re.search(r"GLOBAL ([\w.]+)", str(error))
            what = f" ({found[1]})" if found else ""
            raise BadInput(
                f"holds Python objects besides tensors{what}, which could run code, so it is "
                "not opened",
                subject=path,
                advice="expected are tensors alone, like the `ema` weights of seine.pt",
            ) from None


def _weights(loaded: Any, path: Path) -> dict[str, Tensor]:
    """The state dict in what a file holds."""
    if isinstance(loaded, Mapping):
        for key in WEIGHTS_KEYS:
            if isinstance(loaded.get(key), Mapping):
                loaded = loaded[key]
                break
    if not isinstance(loaded, Mapping) or not loaded:
        raise BadInput(
            "holds no weights", subject=path, advice="expected is a state dict under the key `ema`"
        )
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise BadInput(
                f"{quoted(name)} is of type {type(value).__name__}",
                subject=path,
                advice="expected are tensors alone, under the key `ema` or at the top",
            )
    return dict(loaded)


_MOST = {"layers_per_block": 16, "block_out_channels": 8192}  # so that no file makes us build on


def _stored_config(loaded: Any, path: Path, tensors: int) -> UNetConfig:
    """The UNet's sizes that a file of ours with so many tensors may state; no absurd ones."""
    config = loaded.get(CONFIG_KEY, {}) if isinstance(loaded, Mapping) else {}
    if not isinstance(config, Mapping) or isinstance(config, Tensor):
        config = {CONFIG_KEY: config}
    for name, value in config.items():
        if not _sensible(name, value):
            raise BadInput(f"its config has {quoted(name)} = {quoted(value)}", subject=path)
    try:
        sizes = UNetConfig(**config)
    except ValueError as error:
        raise BadInput(
            "its config makes no model", subject=path, reason=_first_line(error)
        ) from None
    # Every layer of every level has ten tensors and more: a small file makes no large model.
    layers = sizes.layers_per_block * len(sizes.block_out_channels)
    if config and 10 * layers > tensors:
        raise BadInput(
            f"its config has {layers} layers, and the file {tensors} tensors", subject=path
        )
    return sizes


def _sensible(name: str, value: Any) -> bool:
    default = getattr(PUBLISHED, name) if name in FIELDS else None
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, tuple):
        numbers = list(value) if isinstance(value, list | tuple) else []
    else:
        numbers = [value]
    kinds: tuple[type, ...] = (int, float) if isinstance(default, float) else (int,)
    return (
        name in FIELDS
        and 0 < len(numbers) <= 8
        and all(isinstance(n, kinds) and not isinstance(n, bool) for n in numbers)
        and all(0 < n <= _MOST.get(name, 65536) for n in numbers)
    )


def _check_shapes(stored: dict[str, Tensor], unet: UNet3DConditionModel, path: Path) -> None:
    expected = {name: tuple(tensor.shape) for name, tensor in unet.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in stored.items()}
    missing = [name for name in expected if name not in found]
    unexpected = [name for name in found if name not in expected]
    other = [name for name in expected if name in found and found[name] != expected[name]]
    faults = (
        _listed(missing, "missing", lambda name: f"{name} {list(expected[name])}"),
        _listed(unexpected, "unexpected", lambda name: f"{name[:120]} {list(found[name])}"),
        _listed(
            other,
            "of another shape",
            lambda name: f"{name} is {list(found[name])}, expected {list(expected[name])}",
        ),
    )
    said = "; ".join(filter(None, faults))
    if said:
        raise BadInput(
            f"is no checkpoint of this SEINE model{_likely(found, missing)}",
            subject=path,
            advice=f"expected are {len(expected)} tensors: {said}",
        )


def _listed(names: list[str], what: str, describe: Callable[[str], str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{len(names)} {what} ({', '.join(map(describe, names[:_NAMED]))}{more})"


def _likely(found: dict[str, tuple[int, ...]], missing: list[str]) -> str:
    """What the file probably is instead."""
    if any(name.startswith("model.diffusion_model.") for name in found):
        return " (it looks like a whole Stable Diffusion checkpoint)"
    if any("lora" in name for name in found):
        return " (it looks like a LoRA)"
    if missing and all("attn_temp" in name or "norm_temp" in name for name in missing):
        return " (it looks like an image UNet, without attention over the frames)"
    return ""


def _let_go(tensor: Tensor) -> None:
    """Give the mapped pages of a tensor back to the system; they stay on the disk.

    Without this they count as the process's memory next to the copy. Only where the C library is
    known to take the hint; elsewhere the system reclaims them when it has to.
    """
    if _C_LIBRARY is None:
        return
    page = os.sysconf("SC_PAGE_SIZE")
    begin = -(-tensor.data_ptr() // page) * page  # whole pages inside: the rest may be others'
    end = (tensor.data_ptr() + tensor.nbytes) // page * page
    if end > begin:
        _C_LIBRARY.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _DONT_NEED)


_DONT_NEED = 4  # MADV_DONTNEED
_C_LIBRARY = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
