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


def lay_fence(
    canvas: np.ndarray,
    rng: np.random.Generator,
    line: np.ndarray,
    between: tuple[float, float],
    light: Light,
) -> None:
    """A weathered post-and-rail fence that comes nearer from left to right over a slope."""
    rows = canvas.shape[0]
    start, end = between
    t = (np.linspace(0, 1, 17)) ** 1.35
    x = start + (end - start) * t
    ground = line[np.minimum((x * rows).astype(int), len(line) - 1)] + 0.012 + 0.12 * t**1.5
    tall = 0.035 + 0.075 * t
    wood, lean = rgb("#6d5a52"), rng.normal(0, 0.1, len(t)) * tall
    tops = np.stack([x + lean, ground - tall], 1)
    feet = np.stack([x, ground], 1)
    for level in (0.85, 0.5):
        rail = feet + (tops - feet) * level + rng.normal(0, 0.03, (len(t), 1)) * tall[:, None]
        for k in range(len(t) - 1):
            pair = rail[k : k + 2]
            thick = 0.12 * tall[k : k + 2, None] * np.array([[0.0, 1.0]])
            lay_polygon(canvas, np.concatenate([pair, (pair + thick)[::-1]]), light.on(wood, 0.25))
            edge = np.concatenate([pair, (pair + thick * 0.35)[::-1]])
            lay_polygon(canvas, edge, light.on(rgb("#c09a78"), 0.95))
    for k in range(len(t)):
        half = np.array([0.055 * tall[k], 0.0])
        post = np.array([feet[k] - half, tops[k] - half, tops[k] + half, feet[k] + half])
        lay_polygon(canvas, post, light.on(wood, 0.2))
        rim = np.array([feet[k] + half * 0.3, tops[k] + half * 0.3, tops[k] + half, feet[k] + half])
        lay_polygon(canvas, rim, light.on(rgb("#d8ae84"), 1.0))


def lay_cabin(canvas: np.ndarray, foot: tuple[float, float], wide: float, light: Light) -> None:
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
    lay_polygon(canvas, at((-0.02, 0.6), (0.0, 0.6), (0.0, 0.93), (-0.02, 0.93)), light.lamp * 0.85)
    lay_polygon(canvas, at((0.38, -0.01), (0.49, 0.0), (0.49, 0.24), (0.38, 0.235)), rgb("#3a2620"))
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


def lay_lighthouse(
    canvas: np.ndarray, foot: tuple[float, float], tall: float, light: Light
) -> None:
    """A round tower in two bands of paint, gallery, lantern room and dome; `tall` to the dome."""
    x, y = foot
    size = size_of(canvas)
    xs, ys = axes(size)
    up = (y - ys) / tall
    half = tall * np.interp(np.clip(up, 0, 1), [0, 0.04, 0.4, 0.82], [0.125, 0.112, 0.085, 0.066])
    u = (xs - x) / half
    body = np.clip((1.0 - np.abs(u)) * half * size[1] + 0.5, 0, 1) * (up > -0.02) * (up < 0.8)
    u = np.clip(u, -1, 1)
    side = -1.0 if light.lamp_at[0] < x else 1.0
    lit = np.clip(0.30 + 0.62 * side * u + 0.12 * np.sqrt(1 - u * u), 0, 1)
    sag = 0.012 * (1 - u * u)
    level = up + sag
    dark = (smoothstep(0.155, 0.16, level) * smoothstep(0.335, 0.33, level)) + (
        smoothstep(0.505, 0.51, level) * smoothstep(0.665, 0.66, level)
    )
    paint = rgb("#f6ece2") + (rgb("#23506a") - rgb("#f6ece2")) * dark[..., None]
    lay(canvas, light.on(paint, lit) * 1.02, body)

    def at(*points: tuple[float, float]) -> np.ndarray:
        return np.array([(x + px * tall, y - py * tall) for px, py in points])

    iron, glass = light.on(rgb("#3a3440"), 0.5), rgb("#fff2bf")
    for px, py in ((-0.02, 0.1), (0.015, 0.42), (-0.015, 0.72)):
        pane = at(
            (px - 0.012, py), (px + 0.012, py), (px + 0.012, py + 0.045), (px - 0.012, py + 0.045)
        )
        lay_polygon(canvas, pane, rgb("#ffd27a"))
    lay_polygon(canvas, at((-0.11, 0.815), (0.11, 0.815), (0.085, 0.78), (-0.085, 0.78)), iron)
    lay_polygon(canvas, at((-0.115, 0.83), (0.115, 0.83), (0.115, 0.813), (-0.115, 0.813)), iron)
    for px in np.linspace(-0.11, 0.11, 12):
        post = at((px - 0.002, 0.83), (px + 0.002, 0.83), (px + 0.002, 0.875), (px - 0.002, 0.875))
        lay_polygon(canvas, post, iron)
    lay_polygon(canvas, at((-0.113, 0.872), (0.113, 0.872), (0.113, 0.879), (-0.113, 0.879)), iron)
    lay_polygon(canvas, at((-0.055, 0.83), (0.055, 0.83), (0.055, 0.965), (-0.055, 0.965)), glass)
    for px in (-0.055, -0.02, 0.02, 0.055):
        bar = at((px - 0.003, 0.83), (px + 0.003, 0.83), (px + 0.003, 0.965), (px - 0.003, 0.965))
        lay_polygon(canvas, bar, iron)
    dome = [(0.07 * np.cos(a), 0.962 + 0.065 * np.sin(a)) for a in np.linspace(0, np.pi, 20)]
    lay_polygon(canvas, at(*dome), light.on(rgb("#8a2f38"), 0.45))
    bright = [
        (0.066 * side * np.cos(a), 0.964 + 0.058 * np.sin(a)) for a in np.linspace(0.1, 0.9, 8)
    ]
    lay_polygon(canvas, at(*bright, (0.01 * side, 0.97)), light.on(rgb("#d8564a"), 1.0), 0.7)
    lay_polygon(canvas, at((-0.008, 1.02), (0.008, 1.02), (0.002, 1.09), (-0.002, 1.09)), iron)


def lay_cottage(canvas: np.ndarray, foot: tuple[float, float], wide: float, light: Light) -> None:
    """The keeper's low white house, lamps lit, its gable towards the afterglow."""
    x, y = foot

    def at(*points: tuple[float, float]) -> np.ndarray:
        return np.array([(x + px * wide, y - py * wide) for px, py in points])

    white = rgb("#efe6dc")
    gable = at((-0.62, -0.04), (-0.32, -0.08), (-0.32, 0.26), (-0.47, 0.5), (-0.62, 0.24))
    lay_polygon(canvas, gable, light.on(white, 0.85))
    front = at((-0.32, -0.08), (0.6, -0.02), (0.6, 0.25), (-0.32, 0.26))
    lay_polygon(canvas, front, light.on(white, 0.22))
    roof = at((-0.36, 0.23), (-0.47, 0.52), (0.5, 0.47), (0.66, 0.22))
    lay_polygon(canvas, roof, light.on(rgb("#5c4650"), 0.35))
    seam = np.array([0.0, 0.0012])
    for k in range(1, 5):
        low, high = roof[0] + (roof[1] - roof[0]) * k / 5, roof[3] + (roof[2] - roof[3]) * k / 5
        lay_polygon(
            canvas, np.array([low, high, high + seam, low + seam]), light.on(rgb("#5c4650"), 0.0)
        )
    barge = at((-0.66, 0.21), (-0.47, 0.53), (-0.44, 0.52), (-0.62, 0.20))
    lay_polygon(canvas, barge, light.on(white, 1.0))
    for px in (-0.1, 0.42):
        stack = at((px, 0.42), (px + 0.09, 0.42), (px + 0.09, 0.66), (px, 0.66))
        lay_polygon(canvas, stack, light.on(rgb("#9a7068"), 0.35))
        edge = at((px, 0.42), (px + 0.025, 0.42), (px + 0.025, 0.66), (px, 0.66))
        lay_polygon(canvas, edge, light.on(rgb("#c89078"), 0.95))
    lay_polygon(canvas, at((0.1, -0.04), (0.2, -0.035), (0.2, 0.17), (0.1, 0.17)), rgb("#2b3a55"))
    for px in (-0.2, -0.03, 0.28, 0.44):
        _lay_window(canvas, at((px, 0.04), (px + 0.09, 0.045), (px + 0.09, 0.15), (px, 0.15)))
    halo = glow(size_of(canvas), (x + 0.05 * wide, y - 0.08 * wide), 0.3 * wide, 2.2)
    lay_light(canvas, rgb("#ffb060"), 0.4 * halo * smoothstep(0.02, 0.2, halo))


def lay_sweep(
    canvas: np.ndarray,
    rng: np.random.Generator,
    lantern: tuple[float, float],
    towards: tuple[float, float],
    spread: float,
    strength: float,
) -> None:
    """The beam of a lighthouse from its lantern towards a point, widening, with drifting haze."""
    size = size_of(canvas)
    x, y = axes(size)
    along = np.array(towards) - np.array(lantern)
    along /= np.hypot(*along)
    ahead = (x - lantern[0]) * along[0] + (y - lantern[1]) * along[1]
    off = np.abs((x - lantern[0]) * along[1] - (y - lantern[1]) * along[0])
    half = 0.006 + spread * np.clip(ahead, 0, None)
    cone = smoothstep(1.0, 0.45, off / half) * 0.75 + 0.35 * np.exp(-((off / (half * 0.35)) ** 2))
    haze = 0.8 + 0.3 * fbm(size, rng, 5.0, 5, 0.6, (2.5, 1.0))
    fade = np.exp(-np.clip(ahead, 0, None) * 1.15) * smoothstep(0.0, 0.02, ahead)
    lay_light(canvas, rgb("#ffeebc"), strength * cone * fade * haze)
