"""Videos of kinds that cameras and editing programs write, made of values or numbers that a test
knows."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from letter_clips import Still, numbered
from seine_core.media.scheduling import scheduled_as_before

SIDE = 32


def write_flat(
    path: Path,
    codes: Sequence[int],
    *,
    bits: int = 10,
    full: bool = False,
    matrix: int = 9,
    transfer: int = 2,
    primaries: int = 2,
) -> Path:
    """Without loss, one picture of a single Y', Cb and Cr, tagged as told (ITU-T H.273)."""
    pix_fmt = f"yuv444p{bits}le" if bits > 8 else "yuv444p"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", 25)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, pix_fmt
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries = matrix, transfer, primaries
        context.color_range = 2 if full else 1
        frame = av.VideoFrame(SIDE, SIDE, pix_fmt)
        frame.colorspace, frame.color_trc, frame.color_primaries = matrix, transfer, primaries
        frame.color_range = 2 if full else 1
        kind = np.dtype(np.uint16 if bits > 8 else np.uint8)
        for plane, code in zip(frame.planes, codes, strict=True):
            plane.update(np.full(plane.buffer_size // kind.itemsize, code, kind).tobytes())
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def coded(rgb: NDArray[np.float64], k_r: float, k_b: float, bits: int, full: bool) -> list[int]:
    """Y', Cb and Cr of R'G'B' in 0..1 by the luma weights of a standard: ITU-R BT.2100, table 9."""
    red, green, blue = rgb
    luma = k_r * red + (1 - k_r - k_b) * green + k_b * blue
    chroma = [(blue - luma) / (2 - 2 * k_b), (red - luma) / (2 - 2 * k_r)]
    scale, middle = 1 << (bits - 8), 1 << (bits - 1)
    if full:
        most = (1 << bits) - 1
        return [round(most * luma), *(min(most, round(most * c + middle)) for c in chroma)]
    return [round(scale * (219 * luma + 16)), *(round(224 * scale * c + middle) for c in chroma)]


def write_rated(
    path: Path,
    stills: Iterable[Still],
    codec: str,
    *,
    pix_fmt: str = "yuv420p",
    fps: int = 25,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    shift: int = 0,
) -> Path:
    """Pictures at an even rate, their stamps moved by `shift` pictures."""
    with (
        scheduled_as_before(),
        av.open(str(path), "w", container_options=container_options or {}) as container,
    ):
        stream = container.add_stream(codec, fps, options=options or {})
        packets = []
        for n, still in enumerate(stills):
            frame = still if isinstance(still, av.VideoFrame) else None
            frame = frame or av.VideoFrame.from_ndarray(still, "rgb24")
            if not n:
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, pix_fmt
            frame.pts, frame.time_base = n, Fraction(1, fps)
            packets += stream.encode(frame)
        for packet in [*packets, *stream.encode(None)]:
            step = round(1 / (packet.time_base * fps))
            packet.pts, packet.dts = packet.pts + shift * step, packet.dts + shift * step
            container.mux(packet)
    return path


def interlaced(count: int, width: int = 128, height: int = 96) -> list[Still]:
    """Pictures of a bar that goes to the right by 4 pixels a field, the lower field first:
    so the encoders tag what does not say which it is."""
    fields = [_bar(4 * n, width, height) for n in range(2 * count)]
    stills = []
    for n in range(count):
        woven = fields[2 * n].copy()
        woven[::2] = fields[2 * n + 1][::2]
        stills.append(woven)
    return stills


def _bar(left: int, width: int, height: int) -> Still:
    still = np.full((height, width, 3), 30, np.uint8)
    still[:, left : left + 16] = 220
    return still


def half_red(pix_fmt: str) -> av.VideoFrame:
    """Red that lets half of what is behind it through."""
    rgba = np.full((SIDE, SIDE, 4), (255, 0, 0, 128), np.uint8)
    return av.VideoFrame.from_ndarray(rgba, "rgba").reformat(format=pix_fmt)


def counted(count: int) -> list[Still]:
    return [numbered(n) for n in range(count)]
