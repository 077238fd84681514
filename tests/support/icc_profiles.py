"""ICC profiles written byte by byte, from the figures that their makers publish."""

import struct

import numpy as np

# Red, green and blue in CIE XYZ, for the white of D50: what the spaces' own profiles hold.
_DISPLAY_P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
_ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_D50 = (0.9642, 1.0, 0.8249)
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def display_p3() -> bytes:
    return _display(_DISPLAY_P3, _fixed(b"para", struct.pack(">HH", 3, 0), _SRGB_CURVE))


def adobe_rgb() -> bytes:
    return _display(_ADOBE_RGB, _gamma(563 / 256))


def grey(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(_D50), b"kTRC": _gamma(gamma)})


def inks(cyan: tuple[float, float, float]) -> bytes:
    """Of a press that prints white paper, black and all mixtures that print at all as grey-black,
    and full cyan, which is this colour of CIE Lab."""
    corners = np.zeros((2, 2, 2, 2, 3))  # c m y k -> Lab
    corners[0, 0, 0, 0], corners[1, 0, 0, 0] = (100, 0, 0), cyan
    codes = corners * (255 / 100, 1, 1) + (0, 128, 128)
    table = struct.pack(">4sIBBBx9i", b"mft1", 0, 4, 3, 2, *np.eye(3, dtype=int).ravel() << 16)
    straight = bytes(range(256))
    table += straight * 4 + np.rint(codes).astype(np.uint8).tobytes() + straight * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(_D50), b"A2B0": table})


def _display(colours: tuple[tuple[float, ...], ...], curve: bytes) -> bytes:
    tags = {b"wtpt": _xyz(_D50)}
    for name, colour in zip((b"r", b"g", b"b"), colours, strict=True):
        tags |= {name + b"XYZ": _xyz(colour), name + b"TRC": curve}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def _gamma(gamma: float) -> bytes:
    return struct.pack(">4sIIH2x", b"curv", 0, 1, round(gamma * 256))


def _xyz(values: tuple[float, ...]) -> bytes:
    return _fixed(b"XYZ ", b"", values)


def _fixed(kind: bytes, head: bytes, values: tuple[float, ...]) -> bytes:
    numbers = (round(value * 65536) for value in values)
    return kind + bytes(4) + head + struct.pack(f">{len(values)}i", *numbers)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, at + len(body), len(data))
        body += data
    head = struct.pack(">II", at + len(body), 0) + struct.pack(">I", 0x02400000)
    head += kind + space + connection + bytes(12) + b"acsp" + bytes(28) + _xyz(_D50)[8:]
    return head.ljust(128, b"\0") + table + body
