"""Clips whose frames are numbered in a way that survives any codec, so that a test can say exactly
which frames of what it wrote came back, in which order."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from seine_core.media.encode import Quality, write_clip
from seine_core.media.video import read_frames

Still = NDArray[np.uint8]


def numbered(n: int, width: int = 64, height: int = 48) -> Still:
    """A 4 x 4 grid of black and white blocks: the 16 bits of `n`, row by row."""
    bits = np.array([(n >> k) & 1 for k in range(16)], np.uint8).reshape(4, 4)
    rows, columns = np.arange(height) * 4 // height, np.arange(width) * 4 // width
    return np.repeat(bits[rows][:, columns, None] * 255, 3, axis=2).astype(np.uint8)


def number(still: Still) -> int:
    """The `n` of `numbered`, from any decoded or resized picture of it."""
    height, width = still.shape[:2]
    rows, columns = (np.arange(4) * 2 + 1) * height // 8, (np.arange(4) * 2 + 1) * width // 8
    bits = still[rows][:, columns].mean(axis=2).reshape(-1) > 128
    return int(sum(1 << k for k, bit in enumerate(bits) if bit))


def numbers(
    path: Path, fps: int = 24, start_s: float = 0.0, frames: int | None = None
) -> list[int]:
    return [number(still) for still in read_frames(path, fps, start_s, frames)]


def write_numbered(
    path: Path,
    count: Iterable[int],
    *,
    width: int = 64,
    height: int = 48,
    fps: int = 24,
    quality: Quality | int = "draft",
) -> Path:
    """A clip as the renderer writes it, showing these numbers."""
    stills = (numbered(n, width, height) for n in count)
    write_clip(stills, path, width=width, height=height, fps=fps, quality=quality)
    return path


def write_foreign(
    path: Path,
    stills: Sequence[Still],
    times_ms: Sequence[int],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotate: int = 0,
    hflip: bool = False,
    aspect: Fraction | None = None,
    tone_s: float = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """A video as others make them: any spacing in time (the last picture stands for 100
    ms), turned, mirrored, with oblong pixels or with a tone. Sizes may be odd with yuv444p."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, 1000, options=options or {})
        video.height, video.width = stills[0].shape[:2]
        video.pix_fmt = pix_fmt
        video.codec_context.time_base = Fraction(1, 1000)
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if rotate or hflip:
            video.set_display_rotation(rotate, hflip=hflip)
        audio = container.add_stream("aac", 48000, layout="mono") if tone_s else None
        stands_ms = dict(zip(times_ms, np.diff([*times_ms, times_ms[-1] + 100]), strict=True))
        for still, ms in [*zip(stills, times_ms, strict=True), (None, 0)]:
            picture = None
            if still is not None:
                picture = av.VideoFrame.from_ndarray(still, "rgb24")
                picture.pts, picture.time_base = ms, Fraction(1, 1000)
            for packet in video.encode(picture):
                packet.duration = int(stands_ms[packet.pts])
                container.mux(packet)
        if audio is not None:
            container.mux(audio.encode(tone(tone_s)))
            container.mux(audio.encode(None))
    return path


def tone(seconds: float, hertz: float = 440.0) -> av.AudioFrame:
    time = np.arange(round(seconds * 48000)) / 48000
    samples = (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]
    frame = av.AudioFrame.from_ndarray(samples, "fltp", layout="mono")
    frame.sample_rate, frame.pts = 48000, 0
    return frame


def write_tone(path: Path, seconds: float, hertz: float = 440.0) -> Path:
    """A mono tone; the format follows the suffix (.wav, .m4a, .mp3, .mp4, …)."""
    codec = {".wav": "pcm_s16le", ".mp3": "libmp3lame"}.get(path.suffix, "aac")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, 48000, layout="mono")
        for part in (tone(seconds, hertz), None):
            container.mux(stream.encode(part))
    return path
