"""What the camera of a clip does, by its mean optical flow."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from seine_core.camera import CameraMove
from seine_core.clips import Clip

STANDS = 0.3  # of the view's height in percent, a frame: what moves less stands still


@dataclass(frozen=True, kw_only=True)
class Motion:
    """Means over a clip's frames and places, in percent of the view's height a frame."""

    right: float  # of the content: positive as the camera pans left
    down: float  # positive as the camera tilts up
    outward: float  # away from the middle: positive as the camera zooms in


def motion(clip: Clip) -> Motion:
    """Of `clip` [f h w 3], f >= 2, between neighbouring frames (DIS flow)."""
    height, width = clip.shape[1:3]
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
    x *= width / height
    away = np.maximum(np.hypot(x, y), 1e-6)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    greys = [cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2GRAY) for frame in clip]
    values = []
    for before, after in pairwise(greys):
        flow = search.calc(before, after, np.zeros((height, width, 2), np.float32))
        right, down = flow[..., 0], flow[..., 1]
        outward = (right * x + down * y) / away
        values.append((right.mean(), down.mean(), outward.mean()))
    right, down, outward = (100 / height * float(v) for v in np.mean(values, axis=0))
    return Motion(right=right, down=down, outward=outward)


def obeys(clip: Clip, asked: CameraMove) -> bool:
    """Whether the clip's motion has the direction of a pan, zoom or still camera that was asked.

    A pan must go its way further than it grows or shrinks, a zoom the other way round; in a still
    clip neither is more than `STANDS`.

    Raises:
        ValueError: there is no measure for such a move.
    """
    found = motion(clip)
    pans, zooms = abs(found.right) >= STANDS, abs(found.outward) >= STANDS
    match asked:
        case "pan-left" | "pan-right":
            way = found.right if asked == "pan-left" else -found.right
            return way >= STANDS and way > abs(found.outward)
        case "zoom-in" | "zoom-out":
            way = found.outward if asked == "zoom-in" else -found.outward
            return way >= STANDS and way > abs(found.right)
        case "still":
            return not pans and not zooms
    raise ValueError(f"camera: received {asked!r}, allowed are pans, zooms and still")
