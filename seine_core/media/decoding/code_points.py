"""The colour space that a picture names by numbers, as an ICC profile.

The numbers (CICP) are those of ITU-T H.273. They stand in a PNG's cICP chunk and in the `colr` box
of HEIC and AVIF.
"""

import struct
from contextlib import suppress
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seine_core.errors import BadInput
from seine_core.media.decoding.video_decoder import ffmpeg, open_container

Floats = NDArray[np.float64]

# x and y of red, green and blue. All these have the white of D65.
_PRIMARIES = {
    1: ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)),  # BT.709, sRGB
    9: ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),  # Display P3
}
_D65 = (0.3127, 0.329)
_D50 = (0.9642, 1.0, 0.8249)  # of every ICC profile
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_UNKNOWN, _LINEAR = 2, 8
_GAMMAS = {4: 2.2, 5: 2.8}


def named_profile(primaries: int, transfer: int) -> bytes | None:
    """The profile for these numbers; None where they say nothing."""
    if primaries not in _PRIMARIES:
        return None
    return rgb_profile(_PRIMARIES[primaries], _light(transfer))


def code_points(image: Image.Image, file: BinaryIO) -> tuple[int, int]:
    """The numbers of the primaries and of the transfer characteristics of `image`, which was opened
    from `file`; 2 is "unspecified"."""
    place = file.tell()
    try:
        match image.format:
            case "PNG":
                return _of_png(file)
            case "AVIF":
                return _of_avif(file)
            case "HEIF":
                box = image.info.get("nclx_profile") or {}
                primaries = box.get("color_primaries", _UNKNOWN)
                return primaries, box.get("transfer_characteristics", _UNKNOWN)
    finally:
        file.seek(place)
    return _UNKNOWN, _UNKNOWN


def _of_png(file: BinaryIO) -> tuple[int, int]:
    file.seek(8)
    while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
        size = int.from_bytes(head[:4])
        if head[4:] == b"cICP" and size == 4:
            numbers = file.read(2)
            return (numbers[0], numbers[1]) if len(numbers) == 2 else (_UNKNOWN, _UNKNOWN)
        file.seek(size + 4, 1)
    return _UNKNOWN, _UNKNOWN


def _of_avif(file: BinaryIO) -> tuple[int, int]:
    file.seek(0)
    # Pillow does not tell them. It reads pictures that FFmpeg does not know; those have none then.
    with suppress(BadInput), open_container(file) as container, ffmpeg("image"):
        for stream in container.streams.video[:1]:
            context = stream.codec_context
            return int(context.color_primaries), int(context.color_trc)
    return _UNKNOWN, _UNKNOWN


def _light(transfer: int) -> Floats:
    """What 256 even steps of a code value give, 0..1. Curves made for a dark studio's camera are
    shown, as everywhere, by that of sRGB; those of HDR are none of these."""
    value = np.linspace(0, 1, 256)
    if transfer == _LINEAR:
        return value
    if transfer in _GAMMAS:
        return np.asarray(value ** _GAMMAS[transfer])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def rgb_profile(primaries: tuple[tuple[float, float], ...], light: Floats) -> bytes:
    """An ICC profile (version 2.4, ICC.1:2001-04) of a display with these primaries, the white of
    D65, and `light` 0..1 for even steps of each channel."""
    colours = np.array([_xyz(*point) for point in primaries]).T
    white = _xyz(*_D65)
    colours = colours * np.linalg.solve(colours, white)
    cones = np.array(_BRADFORD)
    adapted = np.diag(cones @ _D50 / (cones @ white))
    columns = (np.linalg.inv(cones) @ adapted @ cones @ colours).T
    curve = struct.pack(">4sII", b"curv", 0, len(light))
    curve += np.rint(light * 65535).astype(">u2").tobytes()
    tags = {b"wtpt": _xyz_tag(_D50)}
    for name, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags |= {name + b"XYZ": _xyz_tag(column), name + b"TRC": curve}
    return _packed(tags)


def _xyz(x: float, y: float) -> Floats:
    return np.array([x / y, 1, (1 - x - y) / y])


def _xyz_tag(values: "Floats | tuple[float, ...]") -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65536) for value in values))


def _packed(tags: dict[bytes, bytes]) -> bytes:
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4xI4s4s4s12x4s28x3i48x",
        at + len(body),
        0x02400000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
        *(round(value * 65536) for value in _D50),
    )
    return head + table + body
