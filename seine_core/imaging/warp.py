"""Where the camera stands, and pictures seen from there: poses, coordinate maps, resampling.

A map says for every pixel of a frame where in the picture its colour is found: a pair of float32
[h w] arrays, x and y, in pixels of the picture.
"""

import math
from dataclasses import dataclass
from typing import Any, overload

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Still

# float32 [h w], one number a pixel, or [h w c]. OpenCV's stubs promise no dtype.
Field = NDArray[Any]
Map = tuple[Field, Field]

# Above this size the doubled copy that gives sharp sampling would cost more than it shows.
MAX_DOUBLED_PIXELS = 2_600_000


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How a picture lies in the frame. All zero: as it is."""

    zoom: float = 0.0  # logarithm of the magnification
    x: float = 0.0  # shift of the content to the right, in frame widths
    y: float = 0.0  # shift of the content downwards, in frame heights
    turn: float = 0.0  # clockwise, in radians
    focus: tuple[float, float] = (0.5, 0.5)  # the fixed point of zoom and turn, in frame sizes

    def part(self, amount: float) -> "Pose":
        """`amount` of the way from the untouched picture to this pose."""
        return Pose(
            zoom=self.zoom * amount,
            x=self.x * amount,
            y=self.y * amount,
            turn=self.turn * amount,
            focus=self.focus,
        )

    def closer(self, zoom: float) -> "Pose":
        """This pose with its magnification raised by the factor exp(zoom)."""
        return Pose(zoom=self.zoom + zoom, x=self.x, y=self.y, turn=self.turn, focus=self.focus)


ALL = slice(None)


def pose_map(pose: Pose, height: int, width: int, rows: slice = ALL) -> Map:
    """The map of a picture of the frame's size, seen in `pose`; of some rows of it."""
    scale = math.exp(-pose.zoom)
    cos, sin = math.cos(pose.turn) * scale, math.sin(pose.turn) * scale
    centre_x, centre_y = pose.focus[0] * width - 0.5, pose.focus[1] * height - 0.5
    x = np.arange(width, dtype=np.float64) - centre_x - pose.x * width
    y = (np.arange(height, dtype=np.float64)[rows] - centre_y - pose.y * height)[:, None]
    return (
        (cos * x + sin * y + centre_x).astype(np.float32),
        (cos * y - sin * x + centre_y).astype(np.float32),
    )


def nearer_first(at: Map, depth: Field, parallax: float, top: int = 0) -> Map:
    """A map with its displacement raised where the scene is near and lowered where it is far.
    `depth` has the map's size; its first row is the frame's row `top`."""
    height, width = at[0].shape
    near = 1 + np.float32(parallax) * depth
    x = np.arange(width, dtype=np.float32)
    y = np.arange(top, top + height, dtype=np.float32)[:, None]
    return x + (at[0] - x) * near, y + (at[1] - y) * near


def pinned(at: Map, margin: float = 0.45, top: int = 0, height: int | None = None) -> Map:
    """`at` without a look beyond the picture: where it would leave the picture's border behind,
    the border stays at the frame's and what lies within `margin` frame sizes is drawn out. `at` may
    be the rows from `top` on of a frame that is `height` high."""
    x, y = at
    count, width = x.shape
    height = count if height is None else height
    column = np.arange(width, dtype=np.float32)
    row = np.arange(top, top + count, dtype=np.float32)[:, None]
    return _pinned_axis(x, column, width, margin), _pinned_axis(y, row, height, margin)


def _pinned_axis(at: Field, own: Field, size: int, margin: float) -> Field:
    shift = at - own
    reach = np.float32(margin * size)
    to_start = smoothstep(own / reach)
    to_end = smoothstep((size - 1 - own) / reach)
    return np.clip(own + shift * np.where(shift < 0, to_start, to_end), 0, size - 1)


@overload
def smoothstep(x: float) -> float: ...
@overload
def smoothstep(x: Field) -> Field: ...
def smoothstep(x: Any) -> Any:
    """0 up to 0, 1 from 1 on, and between them a cubic that sets off and arrives at rest."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def resized(field: Field, height: int, width: int) -> Field:
    """A smooth field [h w] or [h w c] at another size."""
    return cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)


def resized_rows(field: Field, height: int, width: int, rows: slice) -> Field:
    """Some rows of what `resized` gives, up to the last bit."""
    if rows.start == 0 and rows.stop == height:
        return resized(field, height, width)
    y = (np.arange(rows.start, rows.stop) + 0.5) * (len(field) / height) - 0.5
    above = np.clip(np.floor(y), 0, len(field) - 1).astype(int)
    below = np.minimum(above + 1, len(field) - 1)
    part = np.clip(y - above, 0, 1).astype(np.float32)
    first = int(above[0])
    wide = resized(field[first : below[-1] + 1], int(below[-1]) + 1 - first, width)
    part = part.reshape(-1, *[1] * (wide.ndim - 1))
    return wide[above - first] * (1 - part) + wide[below - first] * part


def sample(
    image: Field, at: Map, kernel: int = cv2.INTER_LINEAR, beyond: int = cv2.BORDER_REPLICATE
) -> Field:
    """A field or picture as seen through a map. `kernel` is read between its pixels, `beyond` says
    what lies outside of it, both by OpenCV's names."""
    return cv2.remap(image, *at, kernel, borderMode=beyond)


class Picture:
    """A still that can be seen from anywhere, sharp and free of shimmer.

    It is kept at twice its size, so that a cubic kernel passes every detail of the still at every
    sub-pixel phase alike: frames do not pulse between sharp and soft as the camera moves on.
    """

    def __init__(self, image: Still) -> None:
        self.height, self.width = image.shape[:2]
        self.factor = 2 if self.height * self.width <= MAX_DOUBLED_PIXELS else 1
        size = (self.width * self.factor, self.height * self.factor)
        self._sharp: Field = (
            cv2.resize(image, size, interpolation=cv2.INTER_LANCZOS4) if self.factor > 1 else image
        )
        self._soft: Field | None = None

    def seen(self, at: Map, zoom: float) -> Field:
        """[h w 3] float32, 0..255. `zoom` is the map's logarithmic magnification: below zero the
        picture's finest detail is finer than the frame's pixels, and is smoothed away first."""
        x, y = self._kernel_position(at[0]), self._kernel_position(at[1])
        sharp = self._remap(self._sharp, x, y)
        if zoom >= -1e-3:
            return sharp
        if self._soft is None:
            sigma = 0.5 * math.sqrt(_blur_area(-0.5)) * self.factor
            self._soft = cv2.GaussianBlur(self._sharp, (0, 0), sigma)
        weight = min(1.0, _blur_area(zoom) / _blur_area(-0.5))
        soft = self._remap(self._soft, x, y)
        return cv2.addWeighted(sharp, 1 - weight, soft, weight, 0)

    def _remap(self, source: Field, x: Field, y: Field) -> Field:
        return sample(source, (x, y), cv2.INTER_CUBIC, cv2.BORDER_REFLECT).astype(np.float32)

    def _kernel_position(self, at: Field) -> Field:
        """Coordinates of the doubled picture, moved so that the kernel's answer lies just there.

        Half a pixel either side of a midpoint, OpenCV's cubic kernel (a = -0.75) shows a slope at
        3/4 h + h^3 where h is asked for: a steady pan would speed up and slow down within every
        pixel. The inverse is sinh(asinh(4 h) / 3).
        """
        at = at * np.float32(self.factor) + np.float32((self.factor - 1) / 2)
        midpoint = np.floor(at) + np.float32(0.5)
        return midpoint + np.sinh(np.arcsinh((at - midpoint) * 4) / 3)


def _blur_area(zoom: float) -> float:
    """The variance, in pixels of the picture over 1/4, that minification asks for."""
    return math.exp(-2 * zoom) - 1
