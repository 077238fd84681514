"""The hand: brushwork that follows a picture's own forms, and the paper grain at the end."""

import math

import cv2
import numpy as np

from assets.painter.canvas import blurred, size_of, smoothstep
from assets.painter.noise import fbm


def flow_along_forms(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Angles [h w] that run along edges; where nothing leads the brush, a slow swirl."""
    luma = blurred(canvas.mean(-1), 0.002)
    gx, gy = cv2.Scharr(luma, cv2.CV_32F, 1, 0), cv2.Scharr(luma, cv2.CV_32F, 0, 1)
    # The structure tensor averages edge directions without opposite gradients cancelling.
    swirl = 0.6 * fbm(size_of(canvas), rng, 3.0, 2)
    rest = 2e-3 * float(np.hypot(gx, gy).mean()) ** 0.5
    xx_yy = blurred(gx * gx - gy * gy, 0.006) - rest * np.cos(2 * swirl) * 0.05
    xy = blurred(2 * gx * gy, 0.006) - rest * np.sin(2 * swirl) * 0.05
    return 0.5 * np.arctan2(xy, xx_yy) + math.pi / 2


def lay_strokes(
    target: np.ndarray,
    source: np.ndarray,
    flow: np.ndarray,
    rng: np.random.Generator,
    width: float,
    length: float,
    jitter: float,
    where: np.ndarray,
) -> None:
    """Cover `target` with strokes in the colours of `source`, sizes in picture heights.

    Only places in `where` (bool [h w]) get one.
    """
    rows, cols = target.shape[:2]
    spacing = max(width * 0.75, 2.5 / 1152) * rows
    ny, nx = math.ceil(rows / spacing), math.ceil(cols / spacing)
    y, x = np.mgrid[0:ny, 0:nx].reshape(2, -1) + rng.uniform(0.0, 1.0, (2, ny * nx))
    order = rng.permutation(ny * nx)
    x = np.minimum(x[order] * spacing, cols - 1)
    y = np.minimum(y[order] * spacing, rows - 1)
    wanted = where[y.astype(int), x.astype(int)]
    x, y = x[wanted], y[wanted]
    column, row = x.astype(int), y.astype(int)
    angle = flow[row, column] + rng.normal(0.0, 0.12, len(x))
    half = length * rows / 2 * rng.uniform(0.5, 1.2, len(x))
    thick = np.maximum(1, np.round(width * rows * rng.uniform(0.6, 1.1, len(x)))).astype(int)
    colours = source[row, column] * (1.0 + rng.normal(0.0, jitter, (len(x), 1)))
    colours += rng.normal(0.0, jitter / 3, (len(x), 3))
    dx, dy = np.cos(angle) * half, np.sin(angle) * half
    starts = np.stack([x - dx, y - dy], 1).round().astype(int).tolist()
    ends = np.stack([x + dx, y + dy], 1).round().astype(int).tolist()
    pairs = zip(starts, ends, colours.tolist(), thick.tolist(), strict=True)
    for start, end, colour, line in pairs:
        cv2.line(target, start, end, colour, line)


def bristles(flow: np.ndarray, rng: np.random.Generator, length: float = 0.02) -> np.ndarray:
    """Fine streaks [h w] along the flow, mean 0, about [-1, 1], as a dry brush leaves."""
    rows, cols = flow.shape
    noise = rng.normal(0.0, 1.0, (rows, cols)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), max(0.5, rows / 1152))
    x, y = np.meshgrid(np.arange(cols, dtype=np.float32), np.arange(rows, dtype=np.float32))
    step_x, step_y = np.cos(flow).astype(np.float32), np.sin(flow).astype(np.float32)
    reach = length * rows / 2
    total = np.zeros_like(noise)
    for offset in np.linspace(-reach, reach, 9, dtype=np.float32):
        total += cv2.remap(
            noise, x + offset * step_x, y + offset * step_y, 1, borderMode=cv2.BORDER_REFLECT
        )
    return np.clip(total / (3.0 * total.std()), -1.0, 1.0)


def brushwork(
    canvas: np.ndarray, rng: np.random.Generator, strength: float = 0.75, coarse: float = 0.011
) -> np.ndarray:
    """The canvas as if painted: broad strokes in calm parts, fine ones at detail, bristle marks.

    `strength` is how far calm parts follow the strokes; `coarse` is the broad brush's width.
    """
    flow_rng, coarse_rng, fine_rng, bristle_rng = rng.spawn(4)
    flow = flow_along_forms(canvas, flow_rng)
    detail = blurred(np.abs(canvas - blurred(canvas, coarse / 2)).mean(-1), coarse / 2)
    busy = smoothstep(0.006, 0.028, detail)[..., None]
    broad, fine = canvas.copy(), canvas.copy()
    soft = blurred(canvas, coarse / 5)
    lay_strokes(broad, soft, flow, coarse_rng, coarse, coarse * 5, 0.02, busy[..., 0] < 0.97)
    lay_strokes(fine, canvas, flow, fine_rng, coarse / 2.5, coarse * 1.6, 0.02, busy[..., 0] > 0.03)
    painted = broad + (fine - broad) * busy
    follow = strength * (1.0 - 0.45 * busy)
    result = canvas + (painted - canvas) * follow
    marks = bristles(flow, bristle_rng)[..., None]
    return (result * (1.0 + 0.035 * strength * marks)).astype(np.float32)


def finished(canvas: np.ndarray, rng: np.random.Generator, vignette: float = 0.2) -> np.ndarray:
    """Darkened corners, fine grain and a soft shoulder; uint8 [h w 3]. The grain stops banding."""
    rows, cols = canvas.shape[:2]
    x = np.linspace(-1.0, 1.0, cols)[None, :]
    y = np.linspace(-1.0, 1.0, rows)[:, None]
    falloff = 1.0 - vignette * smoothstep(0.5, 1.5, np.hypot(x, y * 0.9))
    picture = np.clip(canvas, 0.0, 1.0) * falloff[..., None]
    grain = rng.normal(0.0, 0.008, (rows, cols, 1)) + rng.normal(0.0, 0.003, (rows, cols, 3))
    return np.clip(np.round((picture + grain) * 255), 0, 255).astype(np.uint8)
