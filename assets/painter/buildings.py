"""Small buildings drawn by hand: the cabin, its smoke, the lighthouse."""

import numpy as np

from assets.painter.canvas import (
    Colour,
    axes,
    glow,
    lay,
    lay_light,
    lay_polygon,
    rgb,
    size_of,
    smoothstep,
)
from assets.painter.light import Light
from assets.painter.noise import fbm


def lay_smoke(
    canvas: np.ndarray,
    rng: np.random.Generator,
    foot: tuple[float, float],
    tall: float,
    colour: Colour,
    strength: float,
) -> None:
    """A thread of smoke from a chimney, curling and thinning as it climbs."""
    size = size_of(canvas)
    x, y = axes(size)
    up = np.clip((foot[1] - y) / tall, 0.0, 1.0)
    curl = 0.018 * np.sin(up * 13.0) * up + 0.10 * up**1.6
    ragged = 0.012 * fbm(size, rng, 22.0, 4, 0.6) * (0.3 + up)
    width = 0.006 + 0.032 * up
    body = np.exp(-(((x - foot[0] - curl + ragged) / width) ** 2))
    fade = (up > 0) * (1.0 - up) ** 1.3
    lay(canvas, colour, np.clip(body * fade * strength, 0.0, 1.0))


def lay_cabin(
    canvas: np.ndarray, foot: tuple[float, float], wide: float, light: Light
) -> None:
    """A log cabin seen at three quarters, its gable towards the lamp, windows lit."""
    x, y = foot

    def at(*points: tuple[float, float]) -> np.ndarray:
        return np.array([(x + px * wide, y - py * wide) for px, py in points])

    logs, gable, roof = rgb("#6b4a3a"), rgb("#a8734a"), rgb("#4a4658")
    wall_shade, wall_lit = light.on(logs, 0.25), light.on(gable, 0.95)
    lay_polygon(canvas, at((-0.55, 0), (0.12, -0.05), (0.12, 0.36), (-0.55, 0.38)), wall_shade)
    lay_polygon(
        canvas, at((0.12, -0.05), (0.58, 0.02), (0.58, 0.37), (0.35, 0.68), (0.12, 0.36)), wall_lit
    )
    for k in range(1, 7):
        level = 0.055 * k
        lay_polygon(
            canvas,
            at((-0.55, level), (0.12, level - 0.04), (0.12, level - 0.055), (-0.55, level - 0.012)),
            wall_shade * 0.62,
        )
        lay_polygon(
            canvas,
            at((0.12, level - 0.04), (0.58, level), (0.58, level - 0.012), (0.12, level - 0.055)),
            wall_lit * 0.72,
        )
    eaves = at((-0.63, 0.34), (0.07, 0.30), (0.32, 0.72), (-0.40, 0.76))
    lay_polygon(canvas, eaves, light.on(roof, 0.45))
    for k in range(1, 6):
        f = k / 6
        low, high = eaves[0] + (eaves[3] - eaves[0]) * f, eaves[1] + (eaves[2] - eaves[1]) * f
        step = (eaves[3] - eaves[0]) * 0.03
        lay_polygon(canvas, np.array([low, high, high + step, low + step]), light.on(roof, 0.1))
    lay_polygon(
        canvas, at((0.32, 0.72), (0.38, 0.72), (0.66, 0.33), (0.60, 0.31)), light.on(roof, 1.0)
    )
    lay_polygon(
        canvas, at((0.32, 0.72), (0.36, 0.70), (0.11, 0.29), (0.06, 0.29)), light.on(roof, 0.0)
    )
    chimney = at((-0.12, 0.6), (0.0, 0.6), (0.0, 0.93), (-0.12, 0.93))
    lay_polygon(canvas, chimney, light.on(rgb("#7d6a6a"), 0.3))
    lay_polygon(canvas, at((-0.03, 0.6), (0.0, 0.6), (0.0, 0.93), (-0.03, 0.93)), light.lamp)
    lay_polygon(
        canvas, at((0.38, -0.01), (0.49, 0.0), (0.49, 0.24), (0.38, 0.235)), rgb("#3a2620")
    )
    panes = ((-0.42, 0.13), (-0.2, 0.11))
    for px, py in panes:
        pane = at((px, py), (px + 0.13, py), (px + 0.13, py + 0.14), (px, py + 0.14))
        _lay_window(canvas, pane)
    _lay_window(canvas, at((0.19, 0.1), (0.31, 0.11), (0.31, 0.25), (0.19, 0.24)))
    halo = glow(size_of(canvas), (x - 0.22 * wide, y - 0.18 * wide), 0.22 * wide, 2.2)
    lay_light(canvas, rgb("#ffae4a"), 0.55 * halo * smoothstep(0.02, 0.2, halo))


def _lay_window(canvas: np.ndarray, pane: np.ndarray) -> None:
    middle = pane.mean(0)
    lay_polygon(canvas, middle + (pane - middle) * 1.22, rgb("#2e1d18"))
    lay_polygon(canvas, pane, rgb("#ffc862"))
    lay_polygon(canvas, middle + (pane - middle) * np.array([0.7, 0.6]), rgb("#fff0b4"))
    lay_polygon(canvas, middle + (pane - middle) * np.array([0.08, 1.0]), rgb("#5a3a24"))
    lay_polygon(canvas, middle + (pane - middle) * np.array([1.0, 0.07]), rgb("#5a3a24"))
