"""Key points that two stills share, trusted only where neighbours agree."""

from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from seine_core.clips import Still
from seine_core.imaging.flow import luma

Points = NDArray[np.float64]  # [n 2], x and y in pixels

_RATIO = 0.8  # a match must be this much closer than the second best (Lowe 2004, section 7.1)
NEIGHBOURS = 12
_AGREEING = 6
_MIN_PAIRS = 16
_MIN_HULL = 0.1  # of the frame, in one still at least: a shared badge or face does not move it all
_SIDE = 1024  # larger stills are searched at this size, which bounds the time


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """`start[i]` of the one still is `end[i]` of the other, with a weight."""

    start: Points
    end: Points
    weight: NDArray[np.float64]


def key_point_pairs(start: Still, end: Still) -> Pairs | None:
    """SIFT matches that pass the ratio test both ways and agree with their neighbours; None when
    fewer than 16 do, or in a small corner only: the stills hardly show the same things.

    A match carries the turn and the scale of its key point. No sampling is involved, so there is no
    seed.
    """
    height, width = start.shape[:2]
    size = search_size(start)
    to_pixels = np.array([width / size[0], height / size[1]])
    sift = cv2.SIFT.create(nfeatures=2000)
    keys_a, descriptors_a = sift.detectAndCompute(_searched(start, size), None)
    keys_b, descriptors_b = sift.detectAndCompute(_searched(end, size), None)
    if min(len(keys_a), len(keys_b)) < _MIN_PAIRS:
        return None
    there = _best(descriptors_a, descriptors_b)
    back = _best(descriptors_b, descriptors_a)
    mutual = [(i, j) for i, j in there.items() if back.get(j) == i]
    if len(mutual) < _MIN_PAIRS:
        return None
    matched_a, matched_b = [keys_a[i] for i, _ in mutual], [keys_b[j] for _, j in mutual]
    points_a = np.array([key.pt for key in matched_a])
    points_b = np.array([key.pt for key in matched_b])
    zoom = np.array([b.size / a.size for a, b in zip(matched_a, matched_b, strict=True)])
    turn = np.array([b.angle - a.angle for a, b in zip(matched_a, matched_b, strict=True)])
    kept = trusted(points_a, points_b, zoom * np.exp(1j * np.deg2rad(turn)), size)
    if kept is None:
        return None
    points_a, points_b = ((p[kept] + 0.5) * to_pixels - 0.5 for p in (points_a, points_b))
    return Pairs(start=points_a, end=points_b, weight=np.ones(len(points_a)))


def search_size(image: Still) -> tuple[int, int]:
    """The width and height at which the places of `image` are compared."""
    height, width = image.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def trusted(
    a: Points,
    b: Points,
    similarity: NDArray[np.complex128],
    size: tuple[int, int],
    least: int = _MIN_PAIRS,
) -> NDArray[np.bool_] | None:
    """[n] which matches foretell where at least 6 of their 12 nearest neighbours go; None when
    fewer than `least` do, or in a small corner only of frames of `size`, width first.

    `similarity` is each match's own scale and turn as a complex factor. Among unrelated scenes at
    most 3 of 12 agree by chance, in one scene nearly all.
    """
    z_a, z_b = a @ (1, 1j), b @ (1, 1j)
    apart = z_a[None] - z_a[:, None]
    foretold = z_b[:, None] + similarity[:, None] * apart
    tolerance = 4 + 0.3 * np.abs(apart) * np.maximum(1, np.abs(similarity))[:, None]
    agrees = np.abs(foretold - z_b[None]) < tolerance
    np.fill_diagonal(agrees, False)
    nearest = np.argsort(np.abs(apart), axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1]
    kept = np.take_along_axis(agrees, nearest, axis=1).sum(axis=1) >= _AGREEING
    spread = max(_hull(a[kept]), _hull(b[kept])) if kept.sum() >= least else 0.0
    return kept if spread >= _MIN_HULL * size[0] * size[1] else None


def _searched(image: Still, size: tuple[int, int]) -> NDArray[np.uint8]:
    """[h w] of `size`, width first."""
    return np.asarray(cv2.resize(luma(image), size, interpolation=cv2.INTER_AREA), np.uint8)


def _hull(points: Points) -> float:
    """The area that the points span."""
    return cv2.contourArea(cv2.convexHull(points.astype(np.float32)))


def _best(queries: MatLike, targets: MatLike) -> dict[int, int]:
    """The target of each query that is clearly the closest."""
    nearest = cv2.BFMatcher().knnMatch(queries, targets, k=2)
    return {m.queryIdx: m.trainIdx for m, n in nearest if m.distance < _RATIO * n.distance}
