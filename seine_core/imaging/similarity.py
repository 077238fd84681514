"""How alike two scenes look, from their pixels alone: can one plausibly become the other?

    similarity = 0.5 colour + 0.3 layout + 0.2 structure, each 0..1 and 1 for the same picture

    colour      intersection of the Lab histograms, 8 bins an axis, softened over neighbouring bins:
                what the scenes are made of, wherever it stands
    layout      correlation of the colours on a grid of 16 x 9 cells
    structure   correlation of how much edge of each of 8 directions the cells have

Both correlations are the best over shifts of up to a quarter of the picture, and 0 where there is
none. Of an even picture, which has nothing to correlate, the colour alone counts.

Over the sample story's six scenes and six other pictures (`tests/test_similarity.py`): a scene and
its 80 % crop, itself a fifth further on, darker or brighter by 30 %, or noisy has 0.70 to 0.99, its
middle 60 % 0.52 to 0.71; the 66 pairs of different scenes have 0.05 to 0.58, half of them under
0.28.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still

# SEINE's paper says that between too different scenes its transitions turn abrupt. Below this two
# scenes are less alike than both pairs that the published release joins (0.138 and 0.344), as are 9
# of the 66 pairs. How abrupt they come out was not measured: that needs the weights.
DISSIMILAR = 0.13

_COLUMNS, _ROWS, _CELL = 16, 9, 8
_BINS = 8
_SHIFTS = tuple(product(range(-2, 3), range(-4, 5)))  # cells down and across
_Grid = NDArray[np.floating]


def scene_similarity(a: Still, b: Still) -> float:
    """0..1; 1 for the same picture, high for other views of one scene, low for other scenes."""
    before, after = _small(a), _small(b)
    colour = float(np.minimum(_colours(before), _colours(after)).sum())
    layout = _correlation(_cells(before), _cells(after), colour)
    structure = _correlation(_edges(before), _edges(after), colour)
    return min(1.0, 0.5 * colour + 0.3 * layout + 0.2 * structure)


def _small(image: Still) -> _Grid:
    """The picture in Lab, [72 128 3], whatever its shape was."""
    import cv2

    size = (_COLUMNS * _CELL, _ROWS * _CELL)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.float32)


def _colours(lab: _Grid) -> _Grid:
    """The share of the picture in each bin."""
    low, high = np.array([(0, -70, -70), (100, 70, 70)], np.float32)
    bins = ((lab - low) / (high - low) * _BINS).astype(int).clip(0, _BINS - 1)
    index = bins @ (_BINS**2, _BINS, 1)
    shares = np.bincount(index.reshape(-1), minlength=_BINS**3) / index.size
    cube = shares.reshape(_BINS, _BINS, _BINS)
    for axis in range(3):
        padded = np.pad(cube, [(int(a == axis),) * 2 for a in range(3)], mode="edge")
        left, middle, right = (np.moveaxis(padded, axis, 0)[i : i + _BINS] for i in range(3))
        cube = np.moveaxis((left + 2 * middle + right) / 4, 0, axis)
    return cube / cube.sum()


def _cells(values: _Grid) -> _Grid:
    """The mean of each cell: [9 16 c]."""
    return values.reshape(_ROWS, _CELL, _COLUMNS, _CELL, -1).mean(axis=(1, 3))


def _edges(lab: _Grid) -> _Grid:
    """Edge power by direction in each cell: [9 16 8]."""
    down, across = np.gradient(lab[..., 0])
    power = np.hypot(down, across)
    direction = (np.arctan2(down, across) % np.pi / np.pi * _BINS).astype(int) % _BINS
    return _cells(power[..., None] * (direction[..., None] == np.arange(_BINS)))


def _correlation(a: _Grid, b: _Grid, even: float) -> float:
    """The best over all shifts, of what then overlaps, 0..1; `even` when one has no variation."""
    if min(np.ptp(a, axis=(0, 1)).max(), np.ptp(b, axis=(0, 1)).max()) < 1e-3:
        return even
    best = 0.0
    for down, across in _SHIFTS:
        parts = [
            grid[max(0, y) : _ROWS + min(0, y), max(0, x) : _COLUMNS + min(0, x)]
            for grid, y, x in ((a, down, across), (b, -down, -across))
        ]
        p, q = (part - part.mean(axis=(0, 1)) for part in parts)
        power = float(np.sqrt((p * p).sum() * (q * q).sum()))
        best = max(best, float((p * q).sum()) / power if power > 1e-6 else 0.0)
    return best
