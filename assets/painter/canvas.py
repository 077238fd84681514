"""The canvas: a float32 picture [h w 3], 0 to 1, display-referred, and ways to lay colour on it.

Places and lengths are in picture heights: y runs 0 (top) to 1, x runs 0 to width / height. The
`lay_*` functions paint on the canvas they are given; all else returns new arrays.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from assets.painter.noise import Size

Colour = np.ndarray  # float32 [3], red green blue, 0 to 1
SUBPIXEL_BITS = 4


def rgb(code: str) -> Colour:
    """The colour of a hex code such as "#e8a04c"."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def size_of(canvas: np.ndarray) -> Size:
    return canvas.shape[1], canvas.shape[0]


def axes(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """x [1 w] and y [h 1] of the pixel centres, in picture heights."""
    width, height = size
    x = (np.arange(width, dtype=np.float32) + 0.5) / height
    y = (np.arange(height, dtype=np.float32) + 0.5) / height
    return x[None, :], y[:, None]


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between; falls where `low` > `high`."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def mix(first: np.ndarray, second: np.ndarray, amount: np.ndarray | float) -> np.ndarray:
    """`first` at amount 0, `second` at 1; an amount [...] mixes colours [... 3]."""
    weight = amount if np.isscalar(amount) else np.asarray(amount, np.float32)[..., None]
    return first + (second - first) * weight


def ramp(t: np.ndarray, stops: Sequence[tuple[float, Colour]]) -> np.ndarray:
    """Colours [... 3] along a row of (position, colour) stops, for positions t [...]."""
    table_at = np.linspace(stops[0][0], stops[-1][0], 512)
    positions = [position for position, _ in stops]
    table = np.stack(
        [np.interp(table_at, positions, [c[i] for _, c in stops]) for i in range(3)], -1
    )
    kernel = np.hanning(43)
    padded = np.pad(table, ((21, 21), (0, 0)), "edge")
    table = np.stack([np.convolve(padded[:, i], kernel / kernel.sum(), "valid") for i in range(3)])
    return np.stack([np.interp(t, table_at, table[i]) for i in range(3)], -1).astype(np.float32)


def lay(canvas: np.ndarray, colour: np.ndarray, alpha: np.ndarray) -> None:
    """Cover the canvas with a colour [3] or picture [h w 3] where alpha [h w] says so."""
    rows = np.flatnonzero((alpha > 0.002).any(1))
    cols = np.flatnonzero((alpha > 0.002).any(0))
    if not len(rows):
        return
    window = np.s_[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    part = canvas[window]
    source = colour if colour.ndim == 1 else np.broadcast_to(colour, canvas.shape)[window]
    part += (source - part) * alpha[window][..., None].astype(np.float32)


def lay_light(canvas: np.ndarray, colour: np.ndarray, amount: np.ndarray) -> None:
    """Add light that never burns out: screen a colour [3] or picture by amount [h w]."""
    light = np.clip(np.asarray(amount, np.float32)[..., None] * colour, 0.0, 1.0)
    canvas += light * (1.0 - np.clip(canvas, 0.0, 1.0))


def to_pixels(points: np.ndarray, height: int) -> np.ndarray:
    """Points [n 2] in picture heights as OpenCV's fixed-point pixels."""
    return np.round((np.asarray(points) * height - 0.5) * 2**SUBPIXEL_BITS).astype(np.int32)


def polygon_mask(size: Size, points: np.ndarray) -> np.ndarray:
    """How much of each pixel [h w] a polygon [n 2] covers, 0 to 1."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [to_pixels(points, size[1])], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    return mask.astype(np.float32) / 255


def lay_polygon(
    canvas: np.ndarray, points: np.ndarray, colour: np.ndarray, alpha: float = 1.0
) -> None:
    """Fill a polygon [n 2] with one colour, clean at the edges, at the price of its own box."""
    height, width = canvas.shape[:2]
    points = np.asarray(points, np.float64)
    low = np.floor(points.min(0) * height).astype(int) - 2
    high = np.ceil(points.max(0) * height).astype(int) + 3
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, (width, height))
    if left >= right or top >= bottom:
        return
    mask = np.zeros((bottom - top, right - left), np.uint8)
    pixels = to_pixels(points, height) - np.array([left, top]) * 2**SUBPIXEL_BITS
    cv2.fillPoly(mask, [pixels.astype(np.int32)], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    weight = mask.astype(np.float32)[..., None] * (alpha / 255)
    part = canvas[top:bottom, left:right]
    part += (colour - part) * weight


def tapered(path: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """The outline [2n 2] of a stroke along path [n 2] whose full width is widths [n]."""
    path = np.asarray(path, np.float64)
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.hypot(*along.T)[:, None], 1e-9)
    side = np.stack([-along[:, 1], along[:, 0]], 1) * np.asarray(widths)[:, None] / 2
    return np.concatenate([path + side, (path - side)[::-1]])


def disc(size: Size, centre: tuple[float, float], radius: float, soft: float = 0.0) -> np.ndarray:
    """A filled circle [h w], 1 inside, falling to 0 over `soft` (at least a pixel)."""
    x, y = axes(size)
    soft = max(soft, 1.0 / size[1])
    distance = np.hypot(x - centre[0], y - centre[1])
    return smoothstep(radius + soft / 2, radius - soft / 2, distance)


def glow(size: Size, centre: tuple[float, float], radius: float, power: float = 2.0) -> np.ndarray:
    """Light falling off from a centre [h w]: 1 there, a half at `radius`, never quite 0."""
    x, y = axes(size)
    distance = np.hypot(x - centre[0], y - centre[1]) / radius
    return 1.0 / (1.0 + distance**power)


def shaded(height: np.ndarray, towards_light: tuple[float, float, float]) -> np.ndarray:
    """Lambert light [h w], 0 to 1, on a relief height [h w] in picture heights.

    `towards_light` points right, up and out of the picture; its length does not matter.
    """
    rows = height.shape[0]
    dy, dx = np.gradient(height.astype(np.float32) * rows)
    right, up, out = np.array(towards_light) / np.linalg.norm(towards_light)
    return np.clip((-dx * right + dy * up + out) / np.sqrt(dx * dx + dy * dy + 1.0), 0.0, 1.0)


def blurred(image: np.ndarray, radius: float) -> np.ndarray:
    """Gaussian blur whose sigma is `radius` picture heights; wide ones work on a small copy."""
    height, width = image.shape[:2]
    sigma = radius * height
    if sigma < 0.3:
        return image.copy()
    shrink = max(1, int(sigma / 4))
    if shrink == 1:
        return cv2.GaussianBlur(image, (0, 0), sigma)
    small_size = (max(2, width // shrink), max(2, height // shrink))
    small = cv2.resize(image, small_size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.blur(large, (shrink, shrink))  # else the small copy's grid shows in slopes


def bloom(canvas: np.ndarray, threshold: float, radius: float, strength: float) -> np.ndarray:
    """The canvas with its brightest parts bleeding softly into their surroundings."""
    bright = np.clip(canvas - threshold, 0.0, None) / (1.0 - threshold)
    halo = 0.6 * blurred(bright, radius) + 0.4 * blurred(bright, radius * 4)
    result = canvas.copy()
    lay_light(result, np.clip(halo, 0.0, None), np.full(canvas.shape[:2], strength, np.float32))
    return result
