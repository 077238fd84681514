"""In which order a coming scene shows through a leaving one, and the matte that follows from it.

Every scene gets an order field that is constant over its objects and breaks at their outlines; it
travels with its scene. Their sum, with a leaning given by the camera, is cut at a threshold that
rises over time: what lies below it shows the coming scene.
"""

import cv2
import numpy as np

from seine_core.clips import Still
from seine_core.imaging.flow import luma, shrunk
from seine_core.imaging.warp import Field, smoothstep

REGION_SIDE = 192  # the short side at which a scene is parted into regions
CELLS = 9  # regions along the short side, at most


def scene_order(image: Still, sign: int, rng: np.random.Generator) -> tuple[Field, Field]:
    """The order field [h w] of a scene, about -1.2..1.2, and its regions' one, small.

    `sign` 1 is for the leaving scene: what is dark and calm goes first; -1 for the coming one:
    what is bright and busy comes first. So the eye always has something to hold on to.
    """
    small = shrunk(image, REGION_SIDE)
    grey = luma(small)
    side = min(grey.shape)
    light = cv2.GaussianBlur(grey, (0, 0), 0.02 * side + 0.3).astype(np.float32)
    busy = cv2.GaussianBlur(np.abs(grey - light), (0, 0), 0.04 * side + 0.3)
    order = sign * (standardised(light) + np.float32(0.7) * standardised(busy))
    order += np.float32(0.65) * smooth_noise(rng, *order.shape)
    regional = mean_over_regions(order, regions(small, rng))
    # Neighbours go together, so that no lone shreds are left hanging about.
    regional += cv2.GaussianBlur(regional, (0, 0), 0.08 * side + 0.3)
    # Held within bounds: what stands out most must not stay behind long after all else.
    regional = np.tanh(standardised(regional) / 1.2) * np.float32(1.2)
    return snapped_to_outlines(regional, image), regional


def regions(image: Still, rng: np.random.Generator) -> Field:
    """[h w] labels 0..k of compact regions whose borders lie on the image's edges."""
    height, width = image.shape[:2]
    if min(height, width) < 24:
        return np.zeros((height, width), np.int32)
    smooth = cv2.pyrMeanShiftFiltering(image, 6, 18, maxLevel=1)
    grey = cv2.GaussianBlur(smooth, (0, 0), 1).astype(np.float32)
    slope = np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)).max(axis=2)
    cell = max(8, min(height, width) // CELLS)
    markers = np.zeros((height, width), np.int32)
    label = 0
    for top in range(0, height, cell):
        for left in range(0, width, cell):
            block = slope[top : top + cell, left : left + cell]
            # The calmest spot of the cell; chance decides where all is calm alike.
            calm = block + rng.random(block.shape, np.float32)
            y, x = np.unravel_index(int(calm.argmin()), calm.shape)
            label += 1
            cv2.circle(markers, (left + int(x), top + int(y)), 1, label, -1)
    labels = cv2.watershed(smooth, markers)
    # The watershed's own lines (-1) go to a neighbour.
    grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    return np.maximum(np.where(labels < 0, grown, labels), 1) - 1


def mean_over_regions(field: Field, labels: Field) -> Field:
    """`field` with every region at its mean."""
    flat = labels.ravel()
    count = np.maximum(np.bincount(flat), 1)
    mean = np.bincount(flat, weights=field.ravel()) / count
    return mean[labels].astype(np.float32)


def snapped_to_outlines(field: Field, image: Still) -> Field:
    """`field` at the image's size, its steps moved onto the image's outlines (a guided filter)."""
    height, width = image.shape[:2]
    small = shrunk(image, 2 * REGION_SIDE)
    guide = luma(small).astype(np.float32) / 255
    value = cv2.resize(field, guide.shape[::-1], interpolation=cv2.INTER_LINEAR)
    radius = max(2, round(0.015 * min(guide.shape)))

    def mean(x: Field) -> Field:
        return cv2.blur(x, (2 * radius + 1, 2 * radius + 1))

    mean_guide, mean_value = mean(guide), mean(value)
    variance = mean(guide * guide) - mean_guide * mean_guide
    slope = (mean(guide * value) - mean_guide * mean_value) / (variance + np.float32(0.004))
    offset = mean(mean_value - slope * mean_guide)
    slope = mean(slope)
    full_guide = luma(image).astype(np.float32) / 255
    size = (width, height)
    return cv2.resize(slope, size) * full_guide + cv2.resize(offset, size)


def smooth_noise(rng: np.random.Generator, height: int, width: int) -> Field:
    """[h w] soft blotches of several sizes, mean 0 and deviation 1."""
    total = np.zeros((height, width), np.float32)
    for cells in (3, 5, 9):
        columns = max(2, round(cells * width / min(height, width)))
        rows = max(2, round(cells * height / min(height, width)))
        knots = rng.standard_normal((min(rows, 64), min(columns, 64)), np.float32)
        knots /= np.float32(cells**0.5)
        total += cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    return standardised(total)


def standardised(field: Field) -> Field:
    """`field` with mean 0 and deviation 1, or 0 where it is flat."""
    field = field - np.float32(field.mean())
    deviation = float(field.std())
    return field / np.float32(deviation) if deviation > 1e-4 else np.zeros_like(field)


def ranks(order: Field) -> Field:
    """The share 0..1 of the frame that comes before each place."""
    knots = np.quantile(order, np.linspace(0, 1, 65)).astype(np.float64)
    knots += np.arange(65) * 1e-7  # a flat field still needs rising knots
    return np.interp(order, knots, np.linspace(0, 1, 65)).astype(np.float32)


def narrow_matte(order: Field, threshold: float, softness: float, edge_px: float) -> Field:
    """1 where `order` is below `threshold`, 0 above, with an edge `edge_px` wide.

    Where the order hardly changes the edge is held by `softness` instead: a whole object then
    goes over within a frame or two rather than flipping.
    """
    slope_x, slope_y = (
        cv2.Sobel(order, -1, 1, 0, scale=1 / 8),
        cv2.Sobel(order, -1, 0, 1, scale=1 / 8),
    )
    slope = cv2.blur(cv2.magnitude(slope_x, slope_y), (3, 3))
    width = np.maximum(slope * np.float32(edge_px), np.float32(softness))
    return smoothstep((np.float32(threshold) - order) / width + np.float32(0.5))
