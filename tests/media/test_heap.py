"""What is free goes back to the system."""

import subprocess
import sys

import pytest

FREED = """
from pathlib import Path
from seine_core.media.heap import give_back
def mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
parts = [bytearray(50_000) for _ in range(2000)]
kept = parts[-1]  # at the end of the heap, which so cannot shrink by itself
del parts
before = mb()
give_back()
print(before - mb())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
def test_what_is_free_goes_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 80
