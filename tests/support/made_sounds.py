"""Sounds and videos with sound whose content is known to the sample."""

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Signal = NDArray[np.float64]  # [n], -1..1


def tone(seconds: float, hertz: float = 441.0, amplitude: float = 0.25) -> Signal:
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def clicks(seconds: float, at_s: list[float] | NDArray[np.float64]) -> Signal:
    """Single samples in silence."""
    sound = np.zeros(round(seconds * RATE))
    sound[[round(s * RATE) for s in at_s]] = 0.5
    return sound


def write_sound(path: Path, sound: Signal) -> Path:
    """A mono WAV of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    return path


def write_film(
    path: Path,
    sound: Signal,
    *,
    fps: Fraction | int = 25,
    grey: Callable[[int], int] = lambda frame: 100,
    late_s: float = 0.0,
) -> Path:
    """A video (.mov, .mkv) as long as its sound, which begins `late_s` after the pictures; each
    frame is of one grey."""
    frames = int((len(sound) / RATE + late_s) * fps)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", fps, options={"crf": "10", "bf": "0"})
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("pcm_s16le", RATE, layout="mono")
        for n in range(frames):
            still = np.full((64, 64, 3), grey(n), np.uint8)
            frame = av.VideoFrame.from_ndarray(still, format="rgb24")
            frame.pts, frame.time_base = n, 1 / Fraction(fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for first in range(0, len(sound), RATE):
            data = np.rint(sound[first : first + RATE] * 32767).astype(np.int16)
            block = av.AudioFrame.from_ndarray(data.reshape(1, -1), format="s16", layout="mono")
            block.sample_rate, block.pts = RATE, first + round(late_s * RATE)
            block.time_base = Fraction(1, RATE)
            container.mux(audio.encode(block))
        container.mux(audio.encode(None))
    return path


def rms(sound: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=float))))
