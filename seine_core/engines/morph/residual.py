"""What is left of the motion between two stills once a smooth field has been taken out of it.

All is told at the places of the start still, on a smaller grid: of the end still too, which is
looked at through the field. Dense flow both ways finds what moves by itself. Where going there and
back ends where it began, a place is seen in both stills; elsewhere its motion is its neighbours'.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.engines.morph.field import Displacement, Grid, as_map
from seine_core.imaging.flow import agreement, dis_flow, luma
from seine_core.imaging.warp import Field, resized, sample, smoothstep

# All widths are in longer sides of the frame.
_SIDE = 576  # the longest side, in pixels, at which flow is sought; the grid has half of that
_LOCAL = 0.04  # in what surroundings brightness is compared
_NEAR = 0.02  # how far motion is filled in from neighbours
_SOFT = 0.01  # of the edge of what is seen in both
_AROUND = (0.02, 0.04, 0.08, 0.16)  # how far off what is seen in both is looked for
_WHOLE = 0.03  # so that a thing comes and goes as one
_LIGHT = 0.08  # of the difference in light
_FEW = 0.02  # as a share of the surroundings: less is not looked at
_ALIKE = 10.0  # code values, within which nothing stands out
_MAX_GAIN = 0.7  # a logarithm: half or twice the light
_AREA = (0.25, 3.0)  # what may become of a unit of area on its way
_SMOOTHER = (0.004, 0.008, 0.016, 0.032)  # what it is smoothed by where it would become more
_ITERATIONS = 3  # of the fixed point


@dataclass(frozen=True, kw_only=True)
class Residual:
    """`there` leads from the start still to the end still as seen through the field, `back` the
    other way, both [h w 2] in cells of the grid; `seen_start` and `seen_end` say 0..1 how sure it
    is that a place has its counterpart; `gain` [h w 3] is the logarithm of the light that the end
    still has more than the start still, in the large; `foremost` [h w] -1..1 is above 0 where the
    start still shows something without counterpart and the end still what was behind it, below 0
    where it is the other way round."""

    there: Grid
    back: Grid
    seen_start: Field
    seen_end: Field
    gain: Field
    foremost: Field


def no_residual(start: Still) -> Residual:
    """All at rest and seen: the field is all that is known."""
    width, height = _grid(start)
    rest, seen = np.zeros((height, width, 2), np.float32), np.ones((height, width), np.float32)
    return Residual(
        there=rest,
        back=rest,
        seen_start=seen,
        seen_end=seen,
        gain=np.zeros((height, width, 3), np.float32),
        foremost=np.zeros((height, width), np.float32),
    )


def residual(start: Still, end: Still, field: Displacement) -> Residual:
    """The flow both ways between `start` and `end` as seen through `field`."""
    grid = _grid(start)
    size = 2 * grid[0], 2 * grid[1]
    height, width = start.shape[:2]
    pixel, step = cells(size, width, height)
    place = pixel + field.at(pixel)
    small, other = (_shrunk(still, size) for still in (start, end))
    seen: Any = sample(other, as_map((place + np.float32(0.5)) / step - np.float32(0.5)))
    inside = np.asarray(covers(place, width, height, 2.0) > 0.5, np.float32)

    side = max(size)
    grey, matched = luma(small), _as_bright(luma(seen), luma(small), inside, _LOCAL * side)
    there, back = dis_flow(grey, matched), dis_flow(matched, grey)
    own = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in size)), axis=-1)
    seen_start = agreement(there, back) * sample(inside, as_map(own + there))
    seen_end = agreement(back, there) * inside
    a, b, sure_a, sure_b = (_shrunk(part, grid) for part in (small, seen, seen_start, seen_end))
    gain = _gain(a, b, sure_b)
    return Residual(
        there=_smooth(_shrunk(there / 2, grid), sure_a),
        back=_smooth(_shrunk(back / 2, grid), sure_b),
        seen_start=_softened(sure_a),
        seen_end=_softened(sure_b),
        gain=gain,
        foremost=_foremost(a * np.exp(gain / 2), b * np.exp(-gain / 2), np.minimum(sure_a, sure_b)),
    )


def cells(size: tuple[int, int], width: int, height: int) -> tuple[Grid, NDArray[np.float32]]:
    """[h w 2] where the cells of a grid of `size` stand in a frame, and how far apart, in pixels.
    Sizes have the width first."""
    step = np.array([width / size[0], height / size[1]], np.float32)
    at = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in size)), axis=-1)
    return (at + np.float32(0.5)) * step - np.float32(0.5), step


def origin(flow: Field, place: Field, amount: float) -> Field:
    """The places [h w 2], in cells, that `amount` of `flow` takes to `place`, by fixed point."""
    at = place
    for _ in range(_ITERATIONS):
        at = place - np.float32(amount) * sample(flow, as_map(at))
    return at


def covers(places: Field, width: int, height: int, feather: float) -> Field:
    """1 where a still has the place, fading within `feather` pixels outside of it to next to
    nothing: a trace is left by which the nearer of two stills is known."""
    x, y = places[..., 0], places[..., 1]
    inside = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    outside = np.maximum(-inside / np.float32(feather), np.float32(0))
    return np.maximum(1 - outside, np.float32(1e-3) / (1 + outside))


def _grid(start: Still) -> tuple[int, int]:
    height, width = start.shape[:2]
    scale = _SIDE / max(height, width) / 2
    return max(8, round(width * scale)), max(8, round(height * scale))


def _shrunk(values: Field, size: tuple[int, int]) -> Field:
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def _as_bright(image: Field, other: Field, inside: Field, sigma: float) -> Field:
    """`image` with the local mean and contrast of `other`; `other` where it is not `inside`."""

    def blur(values: Field) -> Field:
        return cv2.GaussianBlur(values, (0, 0), sigma)

    weight = blur(inside) + np.float32(1e-3)
    planes = [plane.astype(np.float32) for plane in (image, other)]
    means = [blur(plane * inside) / weight for plane in planes]
    contrasts = [
        np.sqrt(blur(np.square(plane - mean) * inside) / weight) + np.float32(4)
        for plane, mean in zip(planes, means, strict=True)
    ]
    matched = (planes[0] - means[0]) * (contrasts[1] / contrasts[0]) + means[1]
    matched = planes[1] + (matched - planes[1]) * inside
    return np.clip(np.rint(matched), 0, 255).astype(np.uint8)


def _smooth(flow: Field, sure: Field) -> Field:
    """`flow` where it is `sure`, elsewhere what is sure around; smoother where it would fold over
    or draw out what it carries."""
    side = max(sure.shape)
    around = cv2.GaussianBlur(np.dstack([flow * sure[..., None], sure]), (0, 0), _NEAR * side)
    filled = around[..., :2] / (around[..., 2:] + np.float32(0.15))
    flow = filled + (flow - filled) * sure[..., None]
    for sigma in (width * side for width in _SMOOTHER):
        reach = np.ones((2 * round(2 * sigma) + 1,) * 2, np.uint8)
        bad = cv2.GaussianBlur(cv2.dilate(_beyond(flow), reach), (0, 0), sigma)
        flow = flow + (cv2.GaussianBlur(flow, (0, 0), sigma) - flow) * bad[..., None]
    return flow


def _beyond(flow: Field) -> Field:
    """[h w] 1 where `flow` changes areas by more than it may, else 0."""
    down, right = np.gradient(flow, axis=0), np.gradient(flow, axis=1)
    areas = [
        (1 + t * right[..., 0]) * (1 + t * down[..., 1]) - t * t * right[..., 1] * down[..., 0]
        for t in (0.5, 1.0)
    ]
    beyond = (np.minimum(*areas) < _AREA[0]) | (np.maximum(*areas) > _AREA[1])
    return beyond.astype(np.float32)


def _softened(seen: Field) -> Field:
    """`seen` with soft edges and without specks."""
    soft = cv2.GaussianBlur(seen, (0, 0), _SOFT * max(seen.shape))
    return smoothstep((soft - np.float32(0.3)) / np.float32(0.5))


def _gain(start: Still, end: Still, sure: Field) -> Field:
    """The logarithm of the light that `end` has more than `start` where they are `sure` to show the
    same, spread over what they do not both show."""
    light = [np.log((still.astype(np.float32) + 8) / 255) for still in (start, end)]
    sums = np.dstack([2 * (light[1] - light[0]) * sure[..., None], sure])
    small = resized(sums, max(8, len(sums) // 4), max(8, sums.shape[1] // 4))
    sigma = _LIGHT * max(small.shape[:2])
    # What is far counts only where nothing is near.
    total: Field = cv2.GaussianBlur(small, (0, 0), sigma)
    total = total + cv2.GaussianBlur(small, (0, 0), 4 * sigma) / np.float32(64)
    gain = total[..., :3] / (total[..., 3:] + np.float32(1e-4))
    return resized(np.clip(gain, -_MAX_GAIN, _MAX_GAIN), *sure.shape)


def _foremost(start: Field, end: Field, sure: Field) -> Field:
    """Which still shows a thing, and which what is behind it, where they are not `sure` to show the
    same: what is behind looks like something that is sure around."""
    side = max(sure.shape)
    known = np.dstack([(start + end) / 2 * sure[..., None], sure]).astype(np.float32)
    away = np.full((2, *sure.shape), np.inf, np.float32)
    for sigma in (reach * side for reach in _AROUND):
        around = cv2.GaussianBlur(known, (0, 0), sigma)
        weight = around[..., 3:]
        likeness = around[..., :3] / (weight + np.float32(1e-4))
        for still, least in zip((start, end), away, strict=True):
            distance = np.linalg.norm(still - likeness, axis=2)
            np.minimum(least, distance, out=least, where=weight[..., 0] > _FEW)
    nothing_around = np.isinf(away[0])
    away[:, nothing_around] = 0
    lean = (away[0] - away[1]) / (away[0] + away[1] + np.float32(_ALIKE)) * (1 - sure)
    sums = cv2.GaussianBlur(np.dstack([lean, 1 - sure]), (0, 0), _WHOLE * side)
    return np.clip(3 * sums[..., 0] / (sums[..., 1] + np.float32(0.05)), -1, 1) * (1 - sure)
