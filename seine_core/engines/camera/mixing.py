"""Two exposures in one frame."""

from typing import Any

import cv2
import numpy as np

from seine_core.engines.camera.exposure import Light16
from seine_core.imaging.warp import Field
from seine_core.media.bands import bands


def mixed(leaving: Light16, coming: Light16, amount: float) -> Light16:
    """Both lights, `amount` 0..1 of it the second's."""
    return np.asarray(cv2.addWeighted(leaving, 1 - amount, coming, amount, 0), np.uint16)


def matted(leaving: Light16, coming: Light16, matte: Field) -> Light16:
    """Both lights, where `matte` [h w] float32 0..1 says how much of it is the second's."""
    frame = np.empty_like(leaving)
    for rows in bands(*leaving.shape[:2]):
        first, second = (light[rows].astype(np.float32) for light in (leaving, coming))
        part: Any = np.ascontiguousarray(matte[rows], np.float32)
        frame[rows] = cv2.blendLinear(first, second, 1 - part, part) + np.float32(0.5)
    return frame
