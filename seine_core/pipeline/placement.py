"""Where the models lie, in what precision they compute, and what happens when memory runs out."""

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import nn

from seine_core.errors import BadInput, RenderCancelled, RenderFailed
from seine_core.model.unet import UNet3DConditionModel
from seine_core.pipeline.latents import FRAMES_AT_ONCE

Memory = Literal["auto", "resident", "model", "group"]
MEMORY_MODES: tuple[Memory, ...] = get_args(Memory)
DTYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
# All weights take 2.2 GB in half precision; a batch of one at 512x512 about 4 GB more.
RESIDENT_GB, MODEL_GB = 7.5, 5.0


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a pipeline computes, and how much of it is there at once."""

    device: torch.device
    turns: bool = False  # each model is on the device only while it works
    streamed: nn.Module | None = None  # the network, where its levels come and go by themselves
    frames_at_once: int = FRAMES_AT_ONCE  # through the VAE
    clips_at_once: int = 1
    guide_together: bool = True  # both prompts in one forward: faster, twice the activations

    @contextmanager
    def at_work(self, model: nn.Module) -> Iterator[None]:
        """`model` is on the device meanwhile."""
        if not self.turns or model is self.streamed:
            yield
            return
        model.to(self.device)
        try:
            yield
        finally:
            model.to("cpu")
            empty_cache(self.device)


def place(
    unet: UNet3DConditionModel,
    vae: Any,
    text_encoder: nn.Module,
    device: str | torch.device = "auto",
    dtype: str | torch.dtype = "auto",
    memory: Memory = "auto",
) -> Placement:
    """Put SEINE's models where they run, in evaluation mode.

    Raises:
        BadInput: there is no such device, type or mode here.
    """
    onto = choose_device(device)
    mode = choose_memory(memory, onto)
    for model in (vae, text_encoder, unet):
        # diffusers' own `to` warns of modules to keep in float32, of which there are none
        nn.Module.to(model, dtype=choose_dtype(dtype, onto))
        nn.Module.to(model, onto if mode == "resident" else "cpu")
        model.eval()
    # Pixels' channels side by side: what the convolutions compute in anyway.
    nn.Module.to(unet, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if mode == "resident":
        return Placement(device=onto, clips_at_once=4 if onto.type == "cuda" else 1)
    if mode == "model":
        return Placement(device=onto, turns=True, frames_at_once=1)
    stream_unet(unet, onto)
    vae.enable_tiling()
    return Placement(device=onto, turns=True, streamed=unet, frames_at_once=1, guide_together=False)


def stream_unet(unet: UNet3DConditionModel, device: torch.device) -> None:
    """From now on the network's levels come and go; the few layers around them are on `device`."""
    for level in (*unet.down_blocks, unet.mid_block, *unet.up_blocks):
        stream(level, device)
    around = set(unet.children()) - {unet.down_blocks, unet.mid_block, unet.up_blocks}
    for layer in around:
        layer.to(device)


def devices() -> dict[str, bool]:
    """The kinds of devices, fastest first, and whether one is on this machine."""
    return {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }


def choose_device(device: str | torch.device = "auto") -> torch.device:
    """`auto` is the first there is of cuda, mps and cpu.

    Raises:
        BadInput: the device is not there.
    """
    there = devices()
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


def out_of_memory(error: BaseException) -> bool:
    """Whether that is what the error says: each device's allocator says it its own way."""
    said = str(error).lower()
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError)
        and ("out of memory" in said or "can't allocate memory" in said)
    )


@contextmanager
def letting_go(failure: Callable[[], str]) -> Iterator[None]:
    """What fails in the block lets go of what it had in memory, even while its error lives on; and
    running out of memory is told as `failure` says.

    Raises:
        RenderFailed: out of memory.
    """
    try:
        yield
    except (RenderCancelled, RenderFailed) as error:
        _forget(error)
        raise
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        _forget(error)
        raise RenderFailed(failure()) from None
    finally:
        for name, is_there in devices().items():
            if is_there:
                empty_cache(torch.device(name))


def _forget(error: BaseException) -> None:
    """Drop what the error's traceback still holds."""
    traceback.clear_frames(error.__traceback__)
    gc.collect()
