"""Where the models lie, in what precision they compute, and what happens when memory runs out."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seine_core.errors import BadInput, RenderCancelled, RenderFailed

T = TypeVar("T")
Memory = Literal["auto", "resident", "model", "group"]
MEMORY_MODES: tuple[Memory, ...] = get_args(Memory)
DTYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
# Bytes. All of SEINE's weights take 2.2 GB in half precision; a clip at 512x512 about 4 GB more.
RESIDENT, ONE_MODEL = 7.5e9, 5e9
FRAMES_AT_ONCE = 4  # through the VAE: 1.6 GB to decode four at 512x512, 6.5 GB for sixteen


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
    unet: Any,
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
        avoid_one_column(model)
    # Pixels' channels side by side: what the convolutions compute in anyway.
    nn.Module.to(unet, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if mode == "resident":
        return Placement(device=onto, clips_at_once=4 if onto.type == "cuda" else 1)
    if mode == "model":
        return Placement(device=onto, turns=True, frames_at_once=1)
    stream_unet(unet, onto)
    vae.enable_tiling()
    return Placement(device=onto, turns=True, streamed=unet, frames_at_once=1, guide_together=False)


def stream_unet(unet: Any, device: torch.device) -> None:
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


def choose_dtype(
    dtype: str | torch.dtype, device: torch.device, trained: torch.dtype = torch.float16
) -> torch.dtype:
    """`auto` is `trained` on a GPU, the precision in which a model is at its best; on a CPU
    bfloat16 where it has instructions for it (2.6 times faster, see the bench). Where bfloat16 is
    slow it is float32.

    Raises:
        BadInput: there is no such type.
    """
    if isinstance(dtype, torch.dtype):
        return dtype
    if dtype == "auto":
        if device.type != "cpu" and trained is not torch.bfloat16:
            return trained
        return torch.bfloat16 if has_bfloat16(device) else torch.float32
    if dtype not in DTYPES:
        raise BadInput(subject="dtype", received=dtype, allowed=("auto", *DTYPES))
    return DTYPES[dtype]


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in it."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type == "mps":
        return True
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def avoid_one_column(model: nn.Module) -> None:
    """Let no strided, zero-padded convolution of `model` make one column where that is unsound.

    For one column, oneDNN reads memory that it has not written: in bfloat16 and float16, on CPUs
    with AMX for them, as of its version 3.12.0 in torch 2.13.0 (brg_conv_fwd:avx10_1_512_amx and
    _amx_fp16; github.com/pytorch/pytorch/issues/169688). What comes out is wrong, now and then NaN.
    """
    for conv in model.modules():
        if not isinstance(conv, nn.Conv2d | nn.Conv3d) or conv.padding_mode != "zeros":
            continue
        if conv.stride[-1] > 1 and "_conv_forward" not in vars(conv):  # not placed before
            # Not its `forward`, in which a subclass may rearrange what it is given.
            instead = partial(_add_column, conv, conv._conv_forward)
            conv._conv_forward = instead  # type: ignore[method-assign]


def _add_column(
    conv: nn.Conv2d | nn.Conv3d,
    convolve: Callable[[Tensor, Tensor, Tensor | None], Tensor],
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
) -> Tensor:
    """What `conv` makes of x [n c ... w]; where that is narrow, from a wider x: zeros on its right
    add a column to the output and change no other."""
    stride, reach = conv.stride[-1], conv.dilation[-1] * (conv.kernel_size[-1] - 1)
    half = x.dtype != torch.float32 or torch.is_autocast_enabled("cpu")
    if x.device.type == "cpu" and half and x.shape[-1] <= reach + stride:
        return convolve(F.pad(x, (0, stride)), weight, bias)[..., :-1]
    return convolve(x, weight, bias)


def choose_memory(
    memory: Memory,
    device: torch.device,
    *,
    resident: float = RESIDENT,
    one_model: float = ONE_MODEL,
) -> Memory:
    """`resident` keeps every model on the device; `model` only the one at work; `group` of that
    only the layers at work, which is slow. `auto` goes by what is free: `resident` and `one_model`
    are the bytes that the first two need.

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
    free = torch.cuda.mem_get_info(device)[0]
    return "resident" if free >= resident else "model" if free >= one_model else "group"


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


def letting_go(make: Callable[[], T], failure: Callable[[], RenderFailed]) -> T:
    """What `make` gives. If it fails, what it had in memory is let go of, even while its error
    lives on; and running out of memory is told by `failure`.

    Raises:
        RenderFailed: out of memory.
    """
    failed: BaseException
    try:
        return make()
    except (RenderCancelled, RenderFailed) as error:
        failed = error.with_traceback(None)  # which holds on to everything that was in memory
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        failed = failure()
    gc.collect()
    for name, is_there in devices().items():
        if is_there:
            empty_cache(torch.device(name))
    raise failed
