"""Time and light of a classical transition: where each frame stands, and how two stills mix."""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import LazyClip, Still

Light = NDArray[np.float32]  # linear light [h w 3], 0..1


def blended(start: Still, end: Still, frames: int, between: Callable[[float], Still]) -> LazyClip:
    """A transition: `start`, `end`, and `between(t)` for the frames at times 0 < t < 1."""

    def frame(i: int) -> Still:
        t = i / (frames - 1)
        return start if t == 0 else end if t == 1 else between(t)

    return LazyClip(frames, frame)


def to_light(image: Still) -> Light:
    """The linear light of sRGB code values."""
    import cv2

    return np.asarray(cv2.LUT(image, light_of_code()), np.float32)


def to_still(light: Light) -> Still:
    """The sRGB code values of linear light; undoes `to_light` exactly."""
    import cv2

    index = np.clip(light, 0, 1) * np.float32(65535) + np.float32(0.5)
    return np.asarray(cv2.LUT(index.astype(np.uint16), code_of_light()), np.uint8)


@cache
def light_of_code() -> NDArray[np.float32]:
    """[256] the linear light 0..1 of each sRGB code value."""
    code = np.arange(256) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


@cache
def code_of_light() -> NDArray[np.uint8]:
    """[65536] the sRGB code value of linear light from 0 to 65535."""
    light = np.arange(65536) / 65535
    code = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(code * 255).astype(np.uint8)
