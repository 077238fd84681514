"""Drawing primitives of the painted scenes: noise, colours, shapes, and layers of a scene.

Pictures are [h w 3] float32 RGB 0..1. Paint is [h w 4] float32: RGB with premultiplied alpha, and
alpha 0..1. Lengths are pixels unless a name says otherwise; a shape is (height, width).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[Any]  # float32; OpenCV's stubs promise no dtype
Colour = Field  # [3]
Rng = np.random.Generator
Shape = tuple[list[tuple[float, float]], Colour]  # corners (x, y), colour


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A part of a scene at one distance, wider and higher than the view.

    It moves by drift and by a sine, and its opacity follows a sine of amplitude `twinkle`.
    """

    paint: Field  # [h w 4]
    depth: float  # parallax factor of the camera's shift: 1 nearest, towards 0 with distance
    drift: tuple[float, float] = (0.0, 0.0)  # pixels a frame, to the right and down
    swing: tuple[float, float] = (0.0, 0.0)  # amplitude in pixels
    twinkle: float = 0.0  # 0..1/2
    period: float = 16.0  # frames, of swing and twinkle
    phase: float = 0.0  # radians


def rgb(code: str) -> Colour:
    """[3] in 0..1 of a hex code such as "e8a04c"."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)


def mix(a: Field, b: Field, amount: Field | float) -> Field:
    """Linear interpolation: `a` at amount 0, `b` at 1; an amount [...] mixes colours [... 3]."""
    weight = amount if np.isscalar(amount) else np.asarray(amount, np.float32)[..., None]
    return np.asarray(a + (b - a) * weight, np.float32)


def smoothstep(low: float, high: float, x: Field) -> Field:
    """[...] 0 below `low`, 1 above `high`, cubic between; falls where `low` > `high`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def value_noise(
    rng: Rng, shape: tuple[int, int], cells: float, octaves: int, stretch: float = 1.0
) -> Field:
    """[h w] fractal value noise, about -1..1, of `cells` cells to its height in the first octave;
    `stretch` lengthens them sideways."""
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        fine = cells * 2**octave
        rows = max(2, round(fine) + 1)
        columns = max(2, round(fine * width / height / stretch) + 1)
        knots = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
        total += 0.5**octave * cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    return total


def noise_line(rng: Rng, width: int, cells: float, octaves: int) -> Field:
    """[w] fractal value noise in one dimension, about -1..1, of `cells` cells to its width."""
    x = np.linspace(0, 1, width)
    total = np.zeros(width)
    for octave in range(octaves):
        knots = rng.uniform(-1, 1, max(2, round(cells * 2**octave) + 1))
        total += 0.5**octave * np.interp(x, np.linspace(0, 1, len(knots)), knots)
    return total.astype(np.float32)


def mask_below(line: Field, height: int) -> Field:
    """[h w] 0..1: 1 below a line [w] of rows, antialiased."""
    rows = np.arange(height, dtype=np.float32)[:, None]
    return np.clip(rows - line[None] + 0.5, 0, 1)


def premultiplied(colour: Field, alpha: Field) -> Field:
    """[h w 4] paint of a colour [3] or picture [h w 3] with opacity `alpha` [h w] 0..1."""
    picture = np.broadcast_to(colour, (*alpha.shape, 3))
    return np.dstack([picture * alpha[..., None], alpha]).astype(np.float32)


def over(paint: Field, top: Field) -> Field:
    """[h w 4] `top` composited over `paint`, both [h w 4]."""
    return top + paint * (1 - top[..., 3:])


def vertical_gradient(shape: tuple[int, int], stops: tuple[tuple[float, Colour], ...]) -> Field:
    """[h w 3] a gradient from top to bottom through (row, colour) stops."""
    rows = np.arange(shape[0])
    at = [row for row, _ in stops]
    column = np.stack([np.interp(rows, at, [c[i] for _, c in stops]) for i in range(3)], -1)
    return np.broadcast_to(column[:, None].astype(np.float32), (*shape, 3))


def polygons(shape: tuple[int, int], shapes: list[Shape]) -> Field:
    """[h w 4] paint of filled polygons, antialiased, later ones in front."""
    picture, alpha = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.uint8)
    for corners, colour in shapes:
        points = np.rint(np.array(corners) * 16).astype(np.int32)
        tone = [float(c) for c in np.clip(colour, 0, 1) * 255]
        cv2.fillPoly(picture, [points], tone, cv2.LINE_AA, 4)
        cv2.fillPoly(alpha, [points], 255, cv2.LINE_AA, 4)
    paint = np.dstack([picture, alpha]).astype(np.float32) / 255
    return np.asarray(paint, np.float32)


def discs(
    shape: tuple[int, int], places: list[tuple[float, float, float]], colour: Colour
) -> Field:
    """[h w 4] paint of filled discs, each (x, y, radius)."""
    alpha = np.zeros(shape, np.uint8)
    for x, y, radius in places:
        centre = (round(x * 16), round(y * 16))
        cv2.circle(alpha, centre, max(1, round(radius * 16)), 255, -1, cv2.LINE_AA, 4)
    return premultiplied(colour, alpha.astype(np.float32) / 255)


def glow(shape: tuple[int, int], x: float, y: float, radius: float) -> Field:
    """[h w] intensity falling from 1 at (x, y) to 1/2 at `radius`."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    away = ((columns - x) ** 2 + (rows - y) ** 2) / radius**2
    return (1 / (1 + away)).astype(np.float32)
