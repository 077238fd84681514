"""Trees, ferns and leaves."""

import cv2
import numpy as np

from assets.painter.canvas import Colour, lay_polygon, tapered


def lay_conifer(
    canvas: np.ndarray,
    rng: np.random.Generator,
    foot: tuple[float, float],
    tall: float,
    dark: Colour,
    lit: Colour,
    side: float = 1.0,
) -> None:
    """A spruce built of drooping boughs; those on the lamp's side (1 right, -1 left) are lit."""
    rows = canvas.shape[0]
    x, y = foot
    trunk = np.array([(x, y), (x, y - tall)])
    lay_polygon(canvas, tapered(trunk, np.array([0.028, 0.004]) * tall), dark * 0.8)
    tiers = int(np.clip(tall * rows / 7, 6, 34))
    for tier in range(tiers):
        t = (tier + 0.6) / tiers
        level = y - tall * (0.07 + 0.93 * (1 - t) ** 0.0 * t)
        spread = tall * 0.2 * (1.0 - t) ** 0.85 * rng.uniform(0.75, 1.2) + tall * 0.006
        droop = tall * (0.045 * (1 - t) + 0.018)
        for way in (-side, side):
            reach = spread * rng.uniform(0.75, 1.15)
            colour = dark + (lit - dark) * (0.25 + 0.3 * rng.uniform()) * (way == side)
            shade = rng.uniform(0.82, 1.12)
            tips = max(2, int(reach * rows / 6))
            edge = [(x, level - droop * 0.9)]
            for k in range(1, tips + 1):
                f = k / tips
                edge.append((x + way * reach * f, level - droop * 0.9 + droop * (0.5 + f) * f))
                edge.append(
                    (x + way * reach * (f - 0.35 / tips), level + droop * (0.55 + 0.75 * f))
                )
            edge.append((x, level + droop * 0.5))
            lay_polygon(canvas, np.array(edge), colour * shade)
            if way == side and tall * rows > 60:
                # Only the ends of the boughs stand out into the light.
                inner, outer = rng.uniform(0.35, 0.6), rng.uniform(0.9, 1.0)
                glint = [
                    (x + way * reach * inner, level - droop * 0.5),
                    (x + way * reach * outer, level + droop * 0.35),
                    (x + way * reach * (inner + outer) / 2, level + droop * 0.55),
                ]
                lay_polygon(canvas, np.array(glint), lit * shade * 1.15, 0.85)


def lay_wood_edge(
    canvas: np.ndarray,
    rng: np.random.Generator,
    line: np.ndarray,
    spacing: float,
    tall: tuple[float, float],
    dark: Colour,
    lit: Colour,
    side: float = 1.0,
    gaps: tuple[tuple[float, float], ...] = (),
) -> None:
    """A row of spruces standing on a line y [w], leaving the (from, to) gaps clear."""
    rows, cols = canvas.shape[:2]
    count = int(cols / rows / spacing)
    for place in np.sort(rng.uniform(0.0, cols / rows, count)):
        size = rng.uniform(*tall) * (0.75 + 0.5 * rng.uniform() ** 2)
        hue = rng.uniform(0.9, 1.1)
        if any(start < place < end for start, end in gaps):
            continue
        foot = line[min(cols - 1, int(place * rows))] + 0.012
        lay_conifer(canvas, rng, (place, foot), size, dark * hue, lit * hue, side)


def lay_fern(
    canvas: np.ndarray,
    rng: np.random.Generator,
    foot: tuple[float, float],
    reach: float,
    dark: Colour,
    lit: Colour,
) -> None:
    """A fern: fronds arching out of one foot, each a midrib with tapering leaflets."""
    fronds = rng.integers(7, 11)
    for angle in rng.permutation(np.linspace(-1.25, 1.25, fronds)) + rng.normal(0, 0.08, fronds):
        length = reach * rng.uniform(0.75, 1.1)
        t = np.linspace(0.0, 1.0, 26)
        bend = angle + t * 0.9 * np.sign(angle) * rng.uniform(0.7, 1.2)
        steps = length / 25
        x = foot[0] + np.cumsum(np.sin(bend)) * steps
        y = foot[1] - np.cumsum(np.cos(bend)) * steps
        tone = rng.uniform(0.0, 1.0)
        colour = dark + (lit - dark) * tone
        path = np.stack([x, y], 1)
        lay_polygon(canvas, tapered(path, (1.05 - t) * 0.018 * reach), dark * 0.9)
        for k in range(3, 25):
            leaf = 0.2 * length * np.sin(np.pi * (t[k] * 0.86 + 0.1)) ** 0.8
            for way in (-1, 1):
                turn = bend[k] + way * 1.05
                tip = (x[k] + np.sin(turn) * leaf, y[k] - np.cos(turn) * leaf + 0.15 * leaf)
                half = 0.028 * reach * (1.1 - t[k])
                along = np.array([np.sin(bend[k]), -np.cos(bend[k])]) * half
                points = np.array([path[k] - along, tip, path[k] + along])
                glint = 1.25 if way * np.sin(bend[k]) < 0 else 0.85
                lay_polygon(canvas, points, colour * glint)


def lay_leaves(
    canvas: np.ndarray,
    rng: np.random.Generator,
    density: np.ndarray,
    tones: np.ndarray,
    count: int,
    leaf: float,
    colours: tuple[Colour, ...],
) -> None:
    """Leaf dabs where density [h w] is high, from colours (dark to bright) by tones [h w]."""
    rows, cols = canvas.shape[:2]
    x = rng.integers(0, cols, count)
    y = rng.integers(0, rows, count)
    keep = rng.uniform(0.0, 1.0, count) < density[y, x]
    x, y = x[keep], y[keep]
    tone = np.clip(tones[y, x] + rng.normal(0.0, 0.13, len(x)), 0.0, 0.999)
    order = np.argsort(tone + rng.normal(0.0, 0.25, len(x)))
    table = np.stack(colours)
    at = tone * (len(table) - 1)
    low = at.astype(int)
    dabs = table[low] + (table[low + 1] - table[low]) * (at - low)[:, None]
    dabs *= rng.uniform(0.9, 1.1, (len(x), 1))
    length = np.maximum(1, leaf * rows * rng.uniform(0.5, 1.2, len(x))).astype(int)
    angle = rng.normal(35.0, 45.0, len(x))
    for i in order:
        axes = (int(length[i]), max(1, int(length[i]) // 2))
        centre = (int(x[i]), int(y[i]))
        cv2.ellipse(canvas, centre, axes, float(angle[i]), 0, 360, dabs[i].tolist(), -1)
