"""What this machine has for engines with weights: a GPU, memory, cores, and room on its disk."""

import logging
import os
import shutil
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

log = logging.getLogger(__name__)

_SIDE, _TIMES = 4096, 8  # of the matrices that measure a GPU: large enough to keep it busy
# One of these is there wherever torch can find a GPU on Linux: of NVIDIA, of AMD, of Windows'
# subsystem. Else torch, which takes seconds to load, is not asked.
_GPU_FILES = ("nvidiactl", "kfd", "dxg")
_MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container


@dataclass(frozen=True, kw_only=True)
class Gpu:
    """`tflops`: 10^12 half-precision operations a second, as a large product of matrices takes."""

    name: str
    memory: int  # bytes
    tflops: float


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Sizes in bytes; `free` is of the disk on which models are put. `gpu` is one for torch."""

    gpu: Gpu | None
    memory: int
    cores: int
    free: int


def this_machine(folder: Path) -> Machine:
    """What is here, with the room where `folder` is or will be. The first look at a GPU takes
    seconds; it is remembered."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return Machine(gpu=_gpu(), memory=_memory(), cores=_cores(), free=shutil.disk_usage(there).free)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _memory() -> int:
    """Bytes of main memory that programs here may use; 0 where the system does not say."""
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        return 0
    try:
        return min(size, int(_MEMORY_LIMIT.read_text()))
    except (OSError, ValueError):  # no container, or one without a limit
        return size


def _gpu() -> Gpu | None:
    try:
        return _measured_gpu()
    except RuntimeError as error:  # a render has all its memory, say: looked at again next time
        log.warning("the GPU cannot be measured now: %s", error)
        return None


@cache
def _measured_gpu() -> Gpu | None:
    if sys.platform == "linux" and not any(Path("/dev", name).exists() for name in _GPU_FILES):
        return None
    import torch

    if torch.cuda.is_available():
        about = torch.cuda.get_device_properties(0)
        return Gpu(name=about.name, memory=about.total_memory, tflops=_tflops("cuda"))
    if torch.backends.mps.is_available():
        memory = torch.mps.recommended_max_memory()  # of that which it shares with the processor
        return Gpu(name="Apple GPU", memory=memory, tflops=_tflops("mps"))
    return None


def _tflops(device: str) -> float:
    import torch

    made = torch.randn(_SIDE, _SIDE, device=device, dtype=torch.float16) / _SIDE
    seconds = 0.0
    for _ in range(2):  # the first time kernels are chosen
        begun = time.perf_counter()
        product = made
        for _ in range(_TIMES):
            product = product @ made
        product.float().norm().item()  # waits for the device
        seconds = time.perf_counter() - begun
    return _TIMES * 2 * _SIDE**3 / seconds / 1e12
