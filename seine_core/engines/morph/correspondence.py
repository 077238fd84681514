"""Pairs of points for stills that share no places: dense flow of their coarse light and dark,
which finds shapes of similar weight, not the same things."""

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.imaging.flow import dis_flow, luma
from seine_core.imaging.key_points import Pairs, Points
from seine_core.imaging.warp import sample

_FLOW_SIDE = 128
_GRID = 24
_ANCHORS = 16  # along each side of the frame
_ANCHOR_WEIGHT = 4.0


def flow_pairs(start: Still, end: Still) -> Pairs:
    """Smooth dense flow (DIS) of the equalised coarse luma, read on a grid and weighted by how well
    the way back agrees; points on the frame's edge stay, so that nothing is torn from it."""
    height, width = start.shape[:2]
    coarse = [_coarse(image) for image in (start, end)]
    there, back = (
        cv2.GaussianBlur(dis_flow(*pair, from_rest=False), (0, 0), 4)
        for pair in (coarse, coarse[::-1])
    )
    at = (np.arange(_GRID) + 0.5) * (_FLOW_SIDE / _GRID) - 0.5
    x, y = (axis.astype(np.float32) for axis in np.meshgrid(at, at))
    go = sample(there, (x, y), beyond=cv2.BORDER_CONSTANT)
    come = sample(back, (x + go[..., 0], y + go[..., 1]), beyond=cv2.BORDER_CONSTANT)
    mismatch = np.square(go + come).sum(-1) / (1 + np.square(go).sum(-1))
    to_pixels = np.array([width, height]) / _FLOW_SIDE
    inner = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) * to_pixels - 0.5
    edge = _edge_points(width, height)
    return Pairs(
        start=np.concatenate([inner, edge]),
        end=np.concatenate([inner + go.reshape(-1, 2) * to_pixels, edge]),
        weight=np.concatenate([np.exp(-mismatch).ravel(), np.full(len(edge), _ANCHOR_WEIGHT)]),
    )


def _coarse(image: Still) -> NDArray[np.uint8]:
    size = (_FLOW_SIDE, _FLOW_SIDE)
    return np.asarray(
        cv2.equalizeHist(cv2.resize(luma(image), size, interpolation=cv2.INTER_AREA)), np.uint8
    )


def _edge_points(width: int, height: int) -> Points:
    along = np.linspace(0, 1, _ANCHORS + 1)[:-1]
    zero, one = np.zeros_like(along), np.ones_like(along)
    ring = np.stack(
        [
            np.concatenate([along, one, 1 - along, zero]),
            np.concatenate([zero, along, one, 1 - along]),
        ],
        axis=-1,
    )
    return ring * (width - 1, height - 1)
