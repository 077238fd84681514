"""Styles in which the light alone changes."""

import cv2
import numpy as np

from seine_core.engines.camera.exposure import WHITE, Light16
from seine_core.engines.camera.mattes import slow_push
from seine_core.engines.camera.mixing import mixed
from seine_core.engines.camera.scenes import Frame, Scenes
from seine_core.imaging.warp import Field, smoothstep
from seine_core.media.bands import bands

_WARM = np.array([1.0, 0.52, 0.18], np.float32)  # the light that leaks in, linear RGB
_LEAK = 0.9  # of white
_SETTLE = 0.035  # how far the camera goes in during a dissolve


def film_dissolve(scenes: Scenes) -> Frame:
    """Two projectors on one screen: light adds to light, so that the bright of either scene stays
    to the end, while the camera goes in a little."""
    film = slow_push(scenes, _SETTLE)
    return lambda t: mixed(*film(t), float(smoothstep(t)))


def glow(scenes: Scenes) -> Frame:
    """A warm light leaks in from a side and washes over the first scene; as it goes the second is
    there."""
    height, width = scenes.size
    x = np.linspace(0, 1, width, dtype=np.float32)
    x = x if scenes.toss() > 0 else 1 - x
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    beside = np.square(y - np.float32(0.2)) * np.float32(0.35)
    bloom_a, bloom_b = _bloom(scenes.leaving), _bloom(scenes.coming)

    def frame(t: float) -> Light16:
        amount, strength = float(smoothstep(t)), np.float32(np.sin(np.pi * t) ** 2)
        at = np.float32(-0.4 + 1.8 * t)  # goes across, from beyond the one side to the other
        leak = np.exp(-np.square((x - at) / np.float32(0.45)) - beside)
        leak *= strength * np.float32(_LEAK * WHITE)
        glowing = cv2.resize(mixed(bloom_a, bloom_b, amount), (width, height)) * (
            np.float32(1.2) * strength
        )
        made = np.empty_like(scenes.start, np.uint16)
        both = mixed(scenes.leaving, scenes.coming, amount)
        for rows in bands(height, width):
            light = both[rows].astype(np.float32) + glowing[rows]
            made[rows] = _rolled_off(light + leak[rows, :, None] * _WARM)
        return made

    return frame


def _bloom(light: Light16) -> Light16:
    """The highlights of a scene, spread: small."""
    height, width = light.shape[:2]
    size = (max(8, width // 4), max(8, height // 4))
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    bright = np.maximum(small - np.float32(0.25 * WHITE), 0)
    return cv2.GaussianBlur(bright, (0, 0), 0.06 * min(size) + 0.3).astype(np.uint16)


def _rolled_off(light: Field) -> Light16:
    """Light that may be brighter than white, brought to white as film does it: gently."""
    white = np.float32(WHITE)
    knee = np.float32(0.8) * white
    over = np.maximum(light - knee, 0)
    rolled = knee + (white - knee) * (over / (over + (white - knee)))
    return np.where(light > knee, rolled, light).astype(np.uint16)
