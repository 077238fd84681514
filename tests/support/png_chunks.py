"""PNG files with chunks that Pillow does not write."""

import struct
import zlib
from pathlib import Path


def with_chunk(path: Path, name: bytes, data: bytes) -> Path:
    """The file with another chunk behind its header."""
    png = path.read_bytes()
    chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    path.write_bytes(png[:33] + chunk + png[33:])
    return path
