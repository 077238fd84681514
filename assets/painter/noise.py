"""Noise on lattices that depend on the picture's shape, not its pixels.

The same generator gives the same hills at 256x144 and at 2048x1152: each octave is a small
random lattice, resized to the picture.
"""

import math

import cv2
import numpy as np

Size = tuple[int, int]  # width, height in pixels, as Pillow and OpenCV have it


def lattice_noise(
    size: Size, rng: np.random.Generator, cells: float, stretch: tuple[float, float] = (1.0, 1.0)
) -> np.ndarray:
    """Smooth noise of mean 0 and about [-1, 1], `cells` lattice cells to the picture height.

    `stretch` multiplies the length of a cell along x and y: (4, 1) gives level streaks.
    """
    width, height = size
    rows = max(2, math.ceil(cells / stretch[1]) + 1)
    cols = max(2, math.ceil(cells * width / height / stretch[0]) + 1)
    lattice = rng.uniform(-1.0, 1.0, (rows, cols)).astype(np.float32)
    shrinks = rows > height or cols > width
    return cv2.resize(lattice, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def fbm(
    size: Size,
    rng: np.random.Generator,
    cells: float = 4.0,
    octaves: int = 5,
    gain: float = 0.5,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> np.ndarray:
    """Fractal noise [h w], mean 0, about [-1, 1]: each octave twice as fine, `gain` as strong."""
    total = np.zeros((size[1], size[0]), np.float32)
    for octave in range(octaves):
        total += gain**octave * lattice_noise(size, rng, cells * 2**octave, stretch)
    return total / math.sqrt(sum(gain ** (2 * octave) for octave in range(octaves))) * 0.9


def ridged(
    size: Size,
    rng: np.random.Generator,
    cells: float = 4.0,
    octaves: int = 5,
    gain: float = 0.5,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> np.ndarray:
    """Noise [h w] in [0, 1] with sharp crests, as on mountains: fine octaves ride on the crests."""
    total = np.zeros((size[1], size[0]), np.float32)
    carry = np.ones_like(total)
    for octave in range(octaves):
        noise = lattice_noise(size, rng, cells * 2**octave, stretch)
        crest = (1.0 - np.minimum(np.abs(noise) * 1.6, 1.0)) ** 2 * carry
        total += gain**octave * crest
        carry = np.clip(crest * 1.6, 0.0, 1.0)
    return total / sum(gain**octave for octave in range(octaves))


def outline(
    count: int, rng: np.random.Generator, cells: float, octaves: int = 5, gain: float = 0.5
) -> np.ndarray:
    """One-dimensional fractal noise [count], about [-1, 1], `cells` cells to the whole length."""
    position = np.linspace(0.0, 1.0, count)
    total = np.zeros(count)
    for octave in range(octaves):
        knots = rng.uniform(-1.0, 1.0, math.ceil(cells * 2**octave) + 2)
        at = position * (len(knots) - 1)
        left = np.minimum(at.astype(int), len(knots) - 2)
        t = at - left
        t = t * t * (3 - 2 * t)
        total += gain**octave * (knots[left] * (1 - t) + knots[left + 1] * t)
    return total / math.sqrt(sum(gain ** (2 * octave) for octave in range(octaves)))


def displaced(image: np.ndarray, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """`image` read at (x + dx, y + dy), offsets in picture heights [h w]; edges repeat."""
    height, width = image.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    x += np.float32(height) * dx
    y += np.float32(height) * dy
    return cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
