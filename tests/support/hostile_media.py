"""Small files that take minutes or gigabytes to decode, or claim to be what they are not. Each is
made here in code and is well formed up to the place that does the harm."""

import io
import struct
import wave
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from letter_clips import numbered, write_numbered


def jpeg_of_scans(path: Path, scans: int = 20_000, side: int = 1000) -> Path:
    """A progressive JPEG whose last scan comes again and again, over all blocks each time."""
    plain = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(plain, "JPEG", progressive=True)
    data = plain.getvalue()
    last = data.rindex(b"\xff\xda")
    path.write_bytes(data[:last] + data[last:-2] * scans + data[-2:])
    return path


def tiff_of_strips(path: Path, strips: int = 2_000_000) -> Path:
    """A TIFF of one pixel's width with a strip for each row, all of them the same byte."""
    tags = [
        (256, 4, 1, 1),  # width
        (257, 4, 1, strips),  # height
        (258, 3, 1, 8),  # bits
        (259, 3, 1, 1),  # not compressed
        (262, 3, 1, 1),  # black is zero
        (273, 4, strips, 0),  # where each strip begins
        (277, 3, 1, 1),
        (278, 4, 1, 1),  # rows in a strip
        (279, 4, strips, 0),  # bytes in each strip
    ]
    body = 8 + 2 + 12 * len(tags) + 4
    places = {273: body, 279: body + 4 * strips}
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    for tag, kind, count, value in tags:
        head += struct.pack("<HHII", tag, kind, count, places.get(tag, value))
    offsets = np.full(strips, 4, np.uint32).tobytes()
    path.write_bytes(head + b"\0" * 4 + offsets + np.ones(strips, np.uint32).tobytes())
    return path


def huge_webp(path: Path, kind: bytes = b"VP8L") -> Path:
    """A WebP of a few bytes that claims 16,384 pixels on each side."""
    if kind == b"VP8X":
        body = b"\x02\0\0\0" + (16383).to_bytes(3, "little") * 2
    elif kind == b"VP8L":
        body = b"\x2f" + (16383 | 16383 << 14).to_bytes(4, "little") + b"\0" * 5
    else:
        body = b"\x30\x01\0\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383)
    chunk = kind + struct.pack("<I", len(body)) + body
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk)
    return path


def png(path: Path, width: int, height: int, *, depth: int = 8, colour: int = 2) -> Path:
    """A PNG of nothing but black, a thousand times smaller than its pixels."""
    path.write_bytes(_png(width, height, depth, colour))
    return path


def _png(width: int, height: int, depth: int, colour: int) -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = 1 + -(-width * channels * depth // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(row)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def png_in_mov(path: Path, side: int, frames: int = 3) -> Path:
    """A MOV of PNG pictures with 16 bits in each of four channels."""
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("png", 25)
        stream.width = stream.height = side
        stream.pix_fmt = "rgba64be"
        picture = _png(side, side, 16, 6)
        for n in range(frames):
            packet = av.Packet(picture)
            packet.stream, packet.pts, packet.dts = stream, n, n
            packet.time_base, packet.is_keyframe = Fraction(1, 25), True
            container.mux(packet)
    return path


def gif_of_frames(path: Path, frames: int = 100_000, screen: int = 1) -> Path:
    """A GIF of so many frames of one pixel each."""
    frame = b"\x21\xf9\4\0\1\0\0\0" + b"\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    head = b"GIF89a" + struct.pack("<HH", screen, screen) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    path.write_bytes(head + frame * frames + b"\x3b")
    return path


def mp4_with(path: Path, box: bytes, change: bytes, at: int) -> Path:
    """A good clip whose first `box` has other bytes, `at` bytes after its name."""
    write_numbered(path, range(24))
    data = bytearray(path.read_bytes())
    start = data.index(box) + 4 + at
    data[start : start + len(change)] = change
    path.write_bytes(data)
    return path


def mp4_of_odd_times(path: Path) -> Path:
    """A clip each of whose frames stands for a day."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", 1, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(30):
            picture = av.VideoFrame.from_ndarray(numbered(n), "rgb24")
            picture.pts = n * 3500
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def wav_of_slow_samples(path: Path, rate: int = 1) -> Path:
    """A sound with one sample a second: a few megabytes of it are terabytes at 48 kHz."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(2 * 1_000_000))
    return path
