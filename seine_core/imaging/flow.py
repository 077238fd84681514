"""Which place of one picture corresponds to which of another, smooth and dense."""

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.warp import Field

SIDE = 128  # the short side at which scenes are compared: only their large structures count


def luma(image: Still) -> Field:
    """[h w] uint8 brightness."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def shrunk(image: Field, short_side: int) -> Field:
    """`image` with its short side at most `short_side`, the long one at most eight times that."""
    height, width = image.shape[:2]
    scale = min(1.0, short_side / min(height, width), 8 * short_side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def correspondence(start: Still, end: Still, reach: float = 0.07) -> Field:
    """[h w 2] at a reduced size: where, in short sides, each place of `start` lies in `end`.

    Two scenes have no true counterpart for everything, so the flow is smoothed until it bends
    nothing sharply, held within `reach`, and faded out towards the border, beyond which there is
    nothing to fetch.
    """
    small = [cv2.equalizeHist(shrunk(luma(image), SIDE)) for image in (start, end)]
    height, width = small[0].shape
    if min(height, width) < 16:  # too small for the patches of the search
        return np.zeros((height, width, 2), np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow = search.calc(small[0], small[1], np.zeros((height, width, 2), np.float32))
    flow = np.asarray(flow, np.float32) / np.float32(min(height, width))
    flow = cv2.GaussianBlur(flow, (0, 0), 0.07 * min(height, width))
    length = np.hypot(flow[..., 0], flow[..., 1])
    flow = flow * (np.tanh(length / reach) * reach / np.maximum(length, 1e-6))[..., None]
    return flow * border_fade(height, width)[..., None]


def border_fade(height: int, width: int, margin: float = 0.15) -> Field:
    """[h w] 0 at the border, 1 from `margin` short sides inwards."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    near_x = np.minimum(x, width - 1 - x)
    near_y = np.minimum(y, height - 1 - y)
    inward = np.clip(np.minimum(near_x, near_y) / (margin * min(height, width)), 0, 1)
    return inward * inward * (3 - 2 * inward)
