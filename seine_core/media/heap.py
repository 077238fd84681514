"""Memory that is free and still counted as this process's."""

import ctypes
import gc
import sys


def give_back() -> None:
    """Hand it to the system: what was computed before leaves some 150 MB in glibc's heap. Other
    systems' do so by themselves."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
