"""Which place of one picture corresponds to which of another, smooth and dense."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.imaging.warp import Field, sample

Flow = NDArray[np.float32]  # [h w 2], pixels to the right and down


def dis_flow(
    before: Field, after: Field, *, to_pixels: bool = False, from_rest: bool = True
) -> Flow:
    """Where each pixel of `before` lies in `after`, both uint8 [h w] of brightness: dense inverse
    search (arXiv 1603.03590). `to_pixels`: at every scale down to single pixels; `from_rest`: no
    motion is tried at every scale too."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    if to_pixels:
        search.setFinestScale(0)
        search.setPatchStride(6)  # of 8; the usual 4 takes twice the time and reads the same
    begun: Any = np.zeros((*before.shape, 2), np.float32) if from_rest else None
    return np.asarray(search.calc(before, after, begun), np.float32)


def luma(image: Still) -> Field:
    """[h w] uint8 brightness."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def shrunk(image: Field, short_side: int) -> Field:
    """`image` with its short side at most `short_side`, the long one at most eight times that."""
    height, width = image.shape[:2]
    scale = min(1.0, short_side / min(height, width), 8 * short_side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def agreement(
    there: Flow, back: Flow, scale: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """1 where going there and back ends where it began, towards 0 where it does not [h w]. `scale`:
    pixels of the frame, which flow is told in, for one of its own, across and down."""
    ways = there if scale is None else there / scale
    error = np.linalg.norm(there + warped(back, ways), axis=2)
    tolerance = 0.5 + 0.05 * np.linalg.norm(there, axis=2)
    return np.exp(-((error / (2 * tolerance)) ** 2)).astype(np.float32)


def warped(
    image: NDArray, flow: NDArray, top: int = 0, scale: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """`image` read at every pixel plus `flow`, which begins with the frame's row `top`; of an image
    that is smaller than the frame a pixel has `scale` of the frame's, across and down."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(top, top + height, dtype=np.float32)[:, None] + flow[..., 1]
    if scale is not None and (scale != 1).any():
        half = np.float32(0.5)
        x, y = (x + half) / scale[0] - half, (y + half) / scale[1] - half
    elif height < len(image):  # no more of it is held in floating point than is read
        first = int(np.clip(y.min() - 1, 0, len(image) - 1))
        image, y = image[first : max(first, int(y.max())) + 3], y - np.float32(first)
    image = image.astype(np.float32, copy=False)
    return np.asarray(sample(image, (x, y)))
