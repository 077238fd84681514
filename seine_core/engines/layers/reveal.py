"""In which order a coming scene shows through a leaving one, and the matte that follows from it.

An order field is cut at a threshold that rises over time: what lies below it shows the coming
scene. It is smooth, so that few large regions come and go; of one value over each thing that
matters, so that none is cut; and has one low and one high only, so that no island is left.
"""

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.flow import luma, shrunk
from seine_core.imaging.warp import Field, smoothstep

LOW_SIDE = 96  # the short side of all that is told here: nothing in it is sharp
EDGE = 0.06  # the width of the matte's edge, in frame heights
MATTERS = 0.55  # the importance from which on a place is not cut
MOST = 0.25  # of the frame is held together like that, or else it would all go at once
# Of the matte where a whole region goes at once, in units of the order: two faces show through one
# another for some frames, no more; with less of it large ones leap.
SOFTNESS = 1.0
_SPREAD = 0.12  # of the time that a region takes to go, which the threshold passes evenly


def scene_order(image: Still, sign: int) -> Field:
    """[h w] about -1..1, small: of the leaving scene (`sign` 1) what is dark goes first, of the
    coming one (-1) what is bright comes first."""
    grey = luma(shrunk(image, LOW_SIDE)).astype(np.float32)
    light = cv2.GaussianBlur(grey, (0, 0), 0.1 * min(grey.shape) + 0.3)
    return sign * np.tanh(standardised(light))


def in_one_piece(order: Field, important: Field) -> Field:
    """`order` with one value over each connected part of what is `important`."""
    least = max(MATTERS, float(np.quantile(important, 1 - MOST)))
    reach = 2 * round(EDGE * len(order) / 2) + 1  # the matte's edge passes beside it
    mask: Field = (important > least).astype(np.uint8)
    mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    _, labels = cv2.connectedComponents(mask)
    count = np.maximum(np.bincount(labels.ravel()), 1)
    mean = np.bincount(labels.ravel(), weights=order.ravel()) / count
    return np.where(labels > 0, mean[labels], order).astype(np.float32)


def without_islands(order: Field) -> Field:
    """`order` with every low but the lowest filled, and every top but the highest cut off, those at
    the frame's border apart: no other piece of either scene lies alone within the other."""
    return -_filled(-_filled(order))


def _filled(order: Field) -> Field:
    """How high water must rise to reach each place from the lowest one or from the border."""
    level: Field = np.full_like(order, order.max())
    level[[0, -1]], level[:, [0, -1]] = order[[0, -1]], order[:, [0, -1]]
    level.flat[int(order.argmin())] = order.min()
    around = np.ones((3, 3), np.uint8)
    while True:
        lower = np.maximum(cv2.erode(level, around), order)
        if np.array_equal(lower, level):
            return level
        level = lower


def smooth_noise(rng: np.random.Generator, height: int, width: int) -> Field:
    """[h w] soft blotches, mean 0 and deviation 1."""
    knots = rng.standard_normal((4, 4), np.float32)
    return standardised(cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC))


def standardised(field: Field) -> Field:
    """`field` with mean 0 and deviation 1, or 0 where it is flat."""
    field = field - np.float32(field.mean())
    deviation = float(field.std())
    return field / np.float32(deviation) if deviation > 1e-4 else np.zeros_like(field)


def soft_matte(order: Field, revealed: float) -> Field:
    """[h w] 0..1 how far the coming scene is there, if `revealed` 0..1 of the frame shows it.

    The edge has EDGE of the height; where the order hardly changes SOFTNESS holds it instead, and
    a whole region goes over within some frames.
    """
    slope_x, slope_y = (cv2.Sobel(order, -1, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1)))
    slope = cv2.blur(cv2.magnitude(slope_x, slope_y), (3, 3))
    width = np.maximum(slope * np.float32(EDGE * len(order)), np.float32(SOFTNESS))
    around = np.clip(revealed + np.linspace(-_SPREAD, _SPREAD, 9), 0, 1)
    threshold = float(np.quantile(order, around).mean())
    # At either end no trace of the other scene is left.
    threshold += (revealed - 0.5) * float(width.max())
    matte = smoothstep((np.float32(threshold) - order) / width + np.float32(0.5))
    return cv2.GaussianBlur(matte, (0, 0), 0.3 * EDGE * len(order) + 0.1)
