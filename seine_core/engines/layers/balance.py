"""How much detail a transition shows on its way, told before any frame of it is made.

Between two scenes the eye wants something to hold on to at any moment. Detail is gradient power;
it should run evenly from the leaving scene's to the coming one's. How far it does follows from the
order in which parts come and go, so the order can be biased by as much as it takes.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.flow import luma, shrunk
from seine_core.imaging.warp import Field, crispness

SIDE = 256  # the short side at which detail is measured
MOMENTS = (0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9)
BIASES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
ENOUGH = 0.88  # of the expected detail: the outlines between the scenes add some more


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A moment of the transition, its fields [h w] small."""

    t: float
    revealed: float  # the share of the frame that shows the coming scene
    leaving: Field  # the detail that each place would show of the leaving scene
    coming: Field  # and of the coming one
    order: Field  # which places show the coming scene first
    busier: Field  # by how much the leaving scene is busier: what the order is biased by


def grey(image: Still) -> Field:
    """Brightness 0..1 at the size at which detail is measured."""
    return shrunk(luma(image), 2 * SIDE).astype(np.float32) / 255


def detail(image: Field, zoom: float, height: int, width: int) -> Field:
    """[height width] the gradient power of a brightness that is seen `zoom` (a logarithm) closer,
    in the picture's own place."""
    side = math.exp(zoom) * SIDE / min(image.shape)
    finest, magnified = min(1.0, side), max(1.0, side)
    size = [max(2, round(finest * length)) for length in image.shape[::-1]]
    image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    across = cv2.filter2D(image, -1, np.array([[-1, 1]], np.float32))
    down = cv2.filter2D(image, -1, np.array([[-1], [1]], np.float32))
    power = cv2.resize(across * across + down * down, (width, height), interpolation=cv2.INTER_AREA)
    # What is magnified is softer, but made crisper; its finest detail gains most of that.
    return power * np.float32(crispness(zoom) ** 1.5 / magnified**2)


def busyness(leaving: Field, coming: Field) -> tuple[Field, Field]:
    """[h w] how busy the parts of both scenes are, on their common scale: the difference has a
    deviation of about 1, unless all is busy alike."""
    sigma = 0.07 * min(leaving.shape) + 0.3
    soft = [cv2.GaussianBlur(power, (0, 0), sigma) for power in (leaving, coming)]
    common = float(np.mean(soft)) + 1e-9
    leaving, coming = (power / (power + np.float32(common)) for power in soft)
    spread = np.float32(max(float((leaving - coming).std()), 0.1))
    return leaving / spread, coming / spread


def least_bias(moments: list[Moment], start: float, end: float) -> float:
    """The least bias with which no moment falls short of the detail expected between `start` and
    `end`; if there is none, the one with which the worst moment is best."""
    best, most = 0.0, -1.0
    for bias in BIASES:
        least = min(share(moment, bias, start, end) for moment in moments)
        if least > most + 0.01:
            best, most = bias, least
        if least >= ENOUGH:
            break
    return best


def share(moment: Moment, bias: float, start: float, end: float) -> float:
    """How much of the expected detail a moment shows."""
    expected = start + (end - start) * moment.t
    order = moment.order + np.float32(bias) * moment.busier
    shows_coming = order <= np.quantile(order, moment.revealed)
    shown = float(np.where(shows_coming, moment.coming, moment.leaving).mean())
    return shown / expected if expected > 1e-9 else 1.0
