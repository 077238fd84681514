"""Transitions between two scenes as an editor would make them, and as none should be made."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from seine_core.clips import Frames, Still
from seine_core.media.frames import fit, load_image

_MEDIA = Path(__file__).parents[2] / "assets/sample_story/media"
SIZE = 384, 216


@cache
def scene(name: str) -> Still:
    """A picture of the sample story, [216 384 3] uint8, by the start of its name."""
    return fit(load_image(next(_MEDIA.glob(f"{name}*"))), *SIZE)


def by_matte(start: Still, end: Still, matte: np.ndarray, frames: int, softness: float) -> Frames:
    """[f h w 3] uint8: the end shows where `matte` [h w], 0..1, lies below the time."""
    clip = []
    for t in np.linspace(0, 1, frames):
        weight = np.clip((t * (1 + softness) - matte) / softness, 0, 1)[..., None]
        clip.append(np.rint(start + (end.astype(np.float32) - start) * weight).astype(np.uint8))
    return np.stack(clip)


def wipe(start: Still, end: Still, frames: int = 16, softness: float = 0.01) -> Frames:
    """A straight edge from left to right."""
    height, width = start.shape[:2]
    matte = np.broadcast_to(np.linspace(0, 1, width, dtype=np.float32), (height, width))
    return by_matte(start, end, matte, frames, softness)


def dissolve(start: Still, end: Still, frames: int = 16) -> Frames:
    """Both scenes over each other."""
    times = np.linspace(0, 1, frames, dtype=np.float32)
    return np.stack([cv2.addWeighted(start, 1 - t, end, t, 0) for t in times])


def torn(start: Still, end: Still, frames: int = 16) -> Frames:
    """Shreds of both scenes side by side, by a matte of noise."""
    height, width = start.shape[:2]
    noise = np.random.default_rng(1).random((9, 16)).astype(np.float32)
    noise = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    order = noise.ravel().argsort().argsort().reshape(noise.shape) / noise.size
    return by_matte(start, end, order.astype(np.float32), frames, 0.02)


def cut(start: Still, end: Still, frames: int = 16) -> Frames:
    """One scene, then the other."""
    return np.stack([start] * (frames // 2) + [end] * (frames - frames // 2))


def whip(start: Still, end: Still, frames: int = 16, samples: int = 16) -> Frames:
    """A fast pan over both scenes with their mirrors between them, the shutter open all the time;
    averaged in linear light."""
    width = start.shape[1]
    strip = np.concatenate([start, start[:, ::-1], end[:, ::-1], end], axis=1)
    linear = (strip.astype(np.float32) / 255) ** 2.2

    def seen_at(t: float) -> np.ndarray:
        t = min(1.0, max(0.0, t))
        eased = (2 * t) ** 2.8 / 2 if t < 0.5 else 1 - (2 - 2 * t) ** 2.8 / 2
        shift = np.array([[1, 0, -3 * width * eased], [0, 1, 0]], np.float32)
        return cv2.warpAffine(linear, shift, (width, start.shape[0]))

    clip = [start]
    for t in np.linspace(0, 1, frames)[1:-1]:
        times = t + (np.arange(samples) / (samples - 1) - 0.5) * 1.5 / (frames - 1)
        mean = np.mean([seen_at(each) for each in times], axis=0)
        clip.append(np.rint(255 * mean ** (1 / 2.2)).astype(np.uint8))
    return np.stack([*clip, end])
