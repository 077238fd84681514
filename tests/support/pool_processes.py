"""Programs that decode, and what Linux knows of a pool's processes."""

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from seine_core.media.decoding.decoder_pool import DecoderPool

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
ROOT = Path(__file__).parents[2]


def decoders(pool: DecoderPool) -> list[int]:
    return [decoder.process.pid for decoder in pool._all]


def peak(pool: DecoderPool) -> int:
    """Bytes that the pool's processes had in memory at most."""
    lines = [
        line
        for pid in decoders(pool)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    return sum(int(line.split()[1]) * 1024 for line in lines)


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def run(code: str, *args: object, **settings: Any) -> "subprocess.Popen[str]":
    """A program of its own that runs `code`."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, args)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **settings,
    )
