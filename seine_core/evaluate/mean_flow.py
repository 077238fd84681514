"""The camera move of a clip, by its mean optical flow."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from seine_core.camera import MOVES, CameraMove, Move
from seine_core.clips import Frames
from seine_core.imaging.flow import dis_flow, luma

STILL = 0.3  # percent of the height a frame: a slower flow counts as none


@dataclass(frozen=True, kw_only=True)
class MeanFlow:
    """Optical flow, the mean over a clip's pixels and frames, in percent of its height a frame."""

    right: float  # positive as the camera pans left
    down: float  # positive as the camera tilts up
    outward: float  # away from the centre: positive as the camera zooms in

    def matches(self, move: CameraMove) -> bool:
        """Whether it has the direction of `move`.

        In a pan the flow to that side is larger than the flow from or to the centre, in a zoom the
        other way round; with a still camera neither reaches `STILL`.

        Raises:
            ValueError: `move` is no pan, zoom or still camera.
        """
        match MOVES.get(move):
            case Move("pan", sign):
                right = sign * self.right
                return right >= STILL and right > abs(self.outward)
            case Move("zoom", sign):
                outward = sign * self.outward
                return outward >= STILL and outward > abs(self.right)
            case Move("still"):
                return abs(self.right) < STILL and abs(self.outward) < STILL
        raise ValueError(f"camera: received {move!r}, allowed are pans, zooms and still")


def mean_flow(clip: Frames) -> MeanFlow:
    """The mean DIS flow between neighbouring frames of `clip` [f h w 3] uint8, f >= 2."""
    height, width = clip.shape[1:3]
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
    x *= width / height
    away = np.maximum(np.hypot(x, y), 1e-6)
    greys = [luma(np.ascontiguousarray(frame)) for frame in clip]
    values = []
    for before, after in pairwise(greys):
        flow = dis_flow(before, after)
        right, down = flow[..., 0], flow[..., 1]
        outward = (right * x + down * y) / away
        values.append((right.mean(), down.mean(), outward.mean()))
    right, down, outward = (100 / height * float(v) for v in np.mean(values, axis=0))
    return MeanFlow(right=right, down=down, outward=outward)
