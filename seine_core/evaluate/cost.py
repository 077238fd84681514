"""Wall-clock time and peak memory of a block of code."""

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # what proc(5) says to write there


@dataclass
class Cost:
    """Complete when the `with` block of `costs` has ended."""

    seconds: float = 0.0
    peak_bytes: int | None = None  # of the process; None where the system cannot tell
    gpu_peak_bytes: int | None = None


@contextlib.contextmanager
def costs() -> Iterator[Cost]:
    """The cost of the `with` block. Without /proc the peak is that of the process's whole life."""
    cost = Cost()
    with contextlib.suppress(OSError):
        _CLEAR.write_text(_RESET_PEAK)
    torch = sys.modules.get("torch")  # not loaded: nothing of it in use
    if torch is not None and torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    begun = time.perf_counter()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - begun
        cost.peak_bytes = _peak()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            cost.gpu_peak_bytes = torch.cuda.max_memory_allocated()


def _peak() -> int | None:
    try:
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
