"""Speed and memory of the network on this machine."""

import platform
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from seine_core.errors import BadInput
from seine_core.evaluate.machine import commit
from seine_core.model.attention import PreparedText
from seine_core.model.unet import UNet3DConditionModel
from seine_core.pipeline.placement import choose_device, choose_dtype

TEXT_TOKENS = 77
LATENT_SCALE = 8  # pixels a latent


@dataclass(frozen=True, kw_only=True)
class UNetBench:
    """What one run of `bench_unet` measured. A guided step runs the network on two prompts."""

    seconds_per_step: float  # median
    warm_up_s: float  # the first step, where one was run apart
    peak_memory_gb: float  # of the process; of the GPU where there is one
    parameters: int
    height: int
    width: int
    frames: int
    steps: int
    guided: bool
    compiled: bool
    device: str
    dtype: str
    threads: int
    torch: str
    commit: str


def random_unet(device: torch.device, dtype: torch.dtype) -> UNet3DConditionModel:
    """The full model with random weights, built where and as it will run: never in float32 first.

    Temporal layers get weights too: fresh ones are zero, which would hide their work.
    """
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            model = UNet3DConditionModel()
    finally:
        torch.set_default_dtype(before)
    for name, weight in model.named_parameters():
        if name.endswith("attn_temp.to_out.0.weight"):
            torch.nn.init.kaiming_uniform_(weight, a=5**0.5)
    return model.eval()


@torch.inference_mode()
def bench_unet(
    folder: Path | None = None,
    *,
    height: int = 320,
    width: int = 512,
    frames: int = 16,
    dtype: str = "auto",
    steps: int = 1,
    guided: bool = True,
    compile: bool = False,
    device: str = "auto",
) -> UNetBench:
    """Time `steps` steps of the UNet in `folder`, or of one with random weights.

    Raises:
        BadInput: sizes, counts, device or dtype that cannot be.
    """
    for name, value in {"height": height, "width": width, "frames": frames, "steps": steps}.items():
        if value < 1 or (name in ("height", "width") and value % LATENT_SCALE):
            raise BadInput(subject=name, received=value, allowed="positive numbers, sizes by 8")
    where = choose_device(device)
    precision = choose_dtype(dtype, where)
    if folder is None:
        model = random_unet(where, precision)
    else:
        model = UNet3DConditionModel.from_pretrained(folder, torch_dtype=precision)
    torch.nn.Module.to(model, where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if compile:
        model.compile_repeated_blocks(dynamic=False)  # one size a run: a graph for each level

    shape = (frames, height // LATENT_SCALE, width // LATENT_SCALE)
    generator = torch.Generator().manual_seed(0)
    batch = 2 if guided else 1
    config = dict(model.config)
    sample = torch.randn(batch, config["in_channels"], *shape, generator=generator)
    context = torch.randn(batch, TEXT_TOKENS, config["cross_attention_dim"], generator=generator)
    sample, context = sample.to(where, precision), context.to(where, precision)
    text = model.prepare_text(context)

    warm_up = compile or where.type != "cpu"  # kernels are chosen and built in the first step
    times = [timed_step(model, sample, text) for _ in range(steps + warm_up)]
    return UNetBench(
        seconds_per_step=statistics.median(times[warm_up:]),
        warm_up_s=sum(times[:warm_up]),
        peak_memory_gb=peak_memory(where) / 1e9,
        parameters=sum(t.numel() for t in model.state_dict().values()),
        height=height,
        width=width,
        frames=frames,
        steps=steps,
        guided=guided,
        compiled=compile,
        device=device_name(where),
        dtype=str(precision).removeprefix("torch."),
        threads=torch.get_num_threads(),
        torch=torch.__version__,
        commit=commit(),
    )


def timed_step(model: UNet3DConditionModel, sample: Tensor, text: PreparedText) -> float:
    """Seconds of one forward pass of `sample` [b c f h w]."""
    began = time.perf_counter()
    out = model(sample, 500, text).sample
    out.float().norm().item()  # waits for the device
    return time.perf_counter() - began


def peak_memory(device: torch.device) -> int:
    """Bytes: of the GPU where there is one, else the most this process ever held."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type == "mps":
        return torch.mps.driver_allocated_memory()
    import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def device_name(device: torch.device) -> str:
    """The GPU's or the processor's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} {platform.processor() or platform.machine()}"
