"""A smooth one-to-one displacement field through pairs of points.

Coarse to fine as in multilevel free-form deformation (Wolberg, "Image morphing: a survey", 1998,
section 3.5). It is smooth where a triangulated warp has creases, and never folds where that may.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.engines.morph.correspondence import flow_pairs
from seine_core.imaging.key_points import Pairs, Points
from seine_core.imaging.warp import Field, Map, sample
from seine_core.vision.correspondence import shared_places

_NODES = 64  # of the displacement field along the frame's longer side
_MARGIN = 0.25  # how far the field reaches beyond the frame, in longer sides
_LEVELS = (1 / 4, 1 / 8)
_FOLD_TIMES = (0.25, 0.5, 0.75, 1.0)
_MIN_AREA = 0.2  # a part of the field may shrink no area below this share of what it was

Grid = NDArray[np.float32]  # [ny nx 2], x and y in pixels


@dataclass(frozen=True, kw_only=True)
class Displacement:
    """The way from each place of the start still to its place in the end still: an affine part,
    good anywhere, and the rest on a lattice that reaches beyond the frame, whose node (i, j) stands
    at `step` * (j, i) - `margin`."""

    affine: NDArray[np.float32]  # [3 2]: (x, y, 1) @ affine
    rest: Grid
    step: int
    margin: float
    matched: int  # how many it goes through; 0 when it came from flow

    def at(self, places: Field) -> Field:
        """[h w 2] the displacement at `places` [h w 2], in pixels."""
        nodes = (places + np.float32(self.margin)) / np.float32(self.step)
        return places @ self.affine[:2] + self.affine[2] + sample(self.rest, as_map(nodes))


def displacement(start: Still, end: Still) -> Displacement:
    """The smooth one-to-one field through the places that the stills share, or through their coarse
    flow when they share too few."""
    pairs = shared_places(start, end)
    if pairs is not None:
        affine = _affine(pairs)
        if affine is not None:
            return _multilevel(start, pairs, affine, matched=len(pairs.weight))
    return _multilevel(start, flow_pairs(start, end), np.zeros((3, 2)), matched=0)


def _affine(pairs: Pairs) -> NDArray[np.float64] | None:
    """[3 2] of the displacement's best affine part: way = (x, y, 1) @ affine. None when it is
    undefined or would turn the picture inside out on its way."""
    solution, _, rank, _ = np.linalg.lstsq(_homogeneous(pairs.start), pairs.end - pairs.start)
    affine = np.asarray(solution, np.float64)
    areas = [np.linalg.det(np.eye(2) + t * affine[:2]) for t in _FOLD_TIMES]
    return affine if rank == 3 and min(areas) > 0.02 else None


def _homogeneous(points: Points) -> NDArray[np.float64]:
    return np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1)


def _multilevel(
    image: Still, pairs: Pairs, affine: NDArray[np.float64], matched: int
) -> Displacement:
    """The affine part plus, coarse to fine, what is left at the points, each level only as strong
    as leaves the field one-to-one."""
    height, width = image.shape[:2]
    side = max(height, width)
    step, margin = max(1, round(side / _NODES)), _MARGIN * side
    x = np.arange(0, width + 2 * margin + step, step) - margin
    y = np.arange(0, height + 2 * margin + step, step) - margin
    whole = _homogeneous(np.stack(np.meshgrid(x, y), axis=-1)) @ affine
    at = ((pairs.start + margin) / step).astype(np.float32)
    left = pairs.end - pairs.start - _homogeneous(pairs.start) @ affine
    rest = np.zeros(whole.shape, np.float32)
    affine_area = _areas(whole, step)
    for level in _LEVELS:
        part = _gather(at, left, pairs.weight, rest.shape[:2], level * side / step)
        for share in (np.float32(s) for s in (1.0, 0.7, 0.4, 0.2)):
            if (_areas(whole + rest + share * part, step) > _MIN_AREA * affine_area).all():
                rest += share * part
                left -= share * sample(part, as_map(at[None]))[0]
                break
    return Displacement(
        affine=affine.astype(np.float32),
        rest=rest,
        step=step,
        margin=margin,
        matched=matched,
    )


def _gather(
    at: Grid, values: Points, weight: NDArray[np.float64], shape: tuple[int, ...], sigma: float
) -> Grid:
    """[*shape 2]: at each node the mean of `values`, weighted by their distance in nodes; it fades
    to nothing far from any point. `at` is where the points lie, in nodes."""
    sums = np.zeros((*shape, 3), np.float32)
    weighted = np.column_stack([values * weight[:, None], weight])
    corner = np.floor(at).astype(int)
    part = at - corner
    for right, down in ((0, 0), (0, 1), (1, 0), (1, 1)):
        nearness = np.abs(1 - right - part[:, 0]) * np.abs(1 - down - part[:, 1])
        node = (corner[:, 1] + down, corner[:, 0] + right)
        np.add.at(sums, node, weighted * nearness[:, None])
    blurred = cv2.GaussianBlur(sums, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    fade = 0.5 / (2 * np.pi * sigma**2)  # as much as half a point right here
    return np.asarray(blurred[..., :2] / (blurred[..., 2:] + fade), np.float32)


def _areas(way: NDArray[Any], step: float) -> NDArray[Any]:
    """[times ny nx] of what becomes of a unit of area on its way; 0 and less is a fold."""
    d_y, d_x = _slopes(way, step)
    return np.stack(
        [
            (1 + t * d_x[..., 0]) * (1 + t * d_y[..., 1]) - t * t * d_x[..., 1] * d_y[..., 0]
            for t in _FOLD_TIMES
        ]
    )


def sources(field: Displacement, amount: float, width: int, height: int) -> Grid:
    """How far from each pixel its source lies in the start still, for every `field.step`-th pixel.

    Solves p + amount * way(p) = pixel by Newton's method, in four steps of `amount`, since each
    small step begins close to its solution.
    """
    step = np.float32(field.step)
    x = np.arange(0, width + step, step, dtype=np.float32)
    y = np.arange(0, height + step, step, dtype=np.float32)
    pixel = np.stack(np.meshgrid(x, y), axis=-1)
    d_y, d_x = _slopes(field.rest, field.step)
    slopes = np.concatenate([d_x, d_y], axis=-1)
    linear, fixed = field.affine[:2], field.affine[2]

    def at(values: Grid) -> Grid:
        return sample(values, as_map((place + np.float32(field.margin)) / step))

    place = pixel.copy()
    for done in (0.25 * amount, 0.5 * amount, 0.75 * amount, amount, amount):
        t = np.float32(done)
        miss = place + t * (place @ linear + fixed + at(field.rest)) - pixel
        xx, yx, xy, yy = np.moveaxis(t * (linear.ravel() + at(slopes)), -1, 0)
        area = np.maximum((1 + xx) * (1 + yy) - xy * yx, np.float32(0.01))
        place[..., 0] -= ((1 + yy) * miss[..., 0] - xy * miss[..., 1]) / area
        place[..., 1] -= ((1 + xx) * miss[..., 1] - yx * miss[..., 0]) / area
    return place - pixel


def _slopes(values: NDArray[Any], step: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """What `values` on a lattice change by a pixel downwards and a pixel to the right."""
    down = np.asarray(np.gradient(values, axis=0)) / values.dtype.type(step)
    right = np.asarray(np.gradient(values, axis=1)) / values.dtype.type(step)
    return down, right


def as_map(places: Field) -> Map:
    """`places` [h w 2] for OpenCV: x and y apart."""
    return places[..., 0], places[..., 1]
