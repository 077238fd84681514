"""Open water: swells in perspective that mirror the sky, glitter, foam and reflections."""

from collections.abc import Callable

import cv2
import numpy as np

from assets.painter.canvas import (
    Colour,
    axes,
    blurred,
    lay,
    lay_light,
    lay_polygon,
    mix,
    rgb,
    size_of,
    smoothstep,
    tapered,
)
from assets.painter.light import Light
from assets.painter.noise import Size, displaced, fbm, ridged
from assets.painter.relief import View, projected, sampled, seen, slopes

TEXTURE = 1024


def swell_field(view: View, rng: np.random.Generator, tall: float, length: float) -> np.ndarray:
    """Wave heights [d w]: crests across the view, `length` world units apart, with chop on top."""
    warp_rng, group_rng, long_rng, chop_rng = rng.spawn(4)
    square = (TEXTURE, TEXTURE)
    across, depth = view.across, view.depth
    warp = sampled(fbm(square, warp_rng, 6.0, 4), across + 300, depth, length * 16)
    groups = sampled(fbm(square, group_rng, 5.0, 3), across + 90, depth, length * 22)
    crests = ridged(square, long_rng, 10.0, 4, 0.42, (2.6, 1.0))
    rolling = sampled(crests, across + 40 + warp * length, depth + warp * length, length * 9)
    chop = fbm(square, chop_rng, 16.0, 5, 0.55, (1.7, 1.0))
    fine = sampled(chop, across + 200 + warp, depth, length * 4)
    height = tall * (0.75 + 0.5 * groups) * (rolling - 0.25) * 1.8 + 0.14 * tall * fine
    # Waves finer than a pixel would only sparkle.
    return (height * smoothstep(view.far, view.far * 0.35, depth)).astype(np.float32)


def lay_sea(
    canvas: np.ndarray,
    rng: np.random.Generator,
    view: View,
    light: Light,
    height: np.ndarray,
    body: tuple[Colour, Colour],
    foam: float,
    glitter: float,
) -> None:
    """Water in (deep, translucent) colours that mirrors what the canvas shows above the horizon."""
    size = size_of(canvas)
    width, rows = size
    foam_rng, fine_rng, spark_rng = rng.spawn(3)
    slices, visible = seen(view, height)
    visible = visible & (axes(size)[1] > view.horizon - 0.2)
    right, away = slopes(view, height)
    right, away = (projected(np.clip(s, -1.5, 1.5), slices) for s in (right, away))
    ripple = fbm(size, fine_rng, 40.0, 4, 0.6, (4.0, 1.0))
    x, y = axes(size)
    depth = projected(np.broadcast_to(view.depth, height.shape), slices)
    near = 1.0 / (1.0 + depth / (view.near * 5.0))
    away = away + 0.16 * ripple * (0.3 + near)
    right = right + 0.1 * displaced(ripple, 0.3 + 0 * ripple, 0.0 * ripple)

    # A facet leaning away mirrors the high sky, one towards us shows the water's body.
    lift = np.clip(0.12 + np.clip(y - view.horizon, 0, 1) * 0.55 + 0.3 * away, 0.02, 1.0)
    sky_row = np.clip((view.horizon - lift * view.horizon) * rows, 0, view.horizon * rows - 2)
    columns = np.clip(np.arange(width)[None, :] + right * 0.08 * rows, 0, width - 1)
    soft_sky = blurred(canvas, 0.012)
    mirrored = cv2.remap(
        soft_sky, columns.astype(np.float32), sky_row.astype(np.float32), cv2.INTER_LINEAR
    )
    steep = np.clip(-away * 0.9 + 0.12, 0.0, 1.0)
    grazing = np.clip(0.92 - 0.85 * near - 0.95 * steep, 0.1, 0.9)
    crest = projected(height / max(float(height.max()), 1e-6), slices)
    thick = smoothstep(0.0, 0.9, crest + 0.4 * steep)
    water = mix(mix(body[0], body[1], thick * 0.75), mirrored, grazing)
    lay(canvas, water, visible.astype(np.float32))

    under = np.exp(
        -(((x - light.lamp_at[0]) / (0.10 + 0.45 * np.clip(y - view.horizon, 0, 1))) ** 2)
    )
    facing = np.exp(-((right + (x - light.lamp_at[0]) * 0.9) ** 2) * 16)
    facing = facing * smoothstep(-0.1, 0.42, away + 0.22 * ripple)
    sparks = smoothstep(0.25, 0.85, facing + 0.3 * fbm(size, spark_rng, 90.0, 3, 0.7, (3.5, 1.0)))
    shine = np.clip(glitter * under * (0.25 * facing + sparks) * visible, 0.0, 1.2)
    lay_light(canvas, light.lamp, shine)

    square = (TEXTURE, TEXTURE)
    lace = ridged(square, foam_rng, 64.0, 4, 0.6, (1.8, 1.0))
    lace = sampled(lace, view.across + 77, view.depth, view.near * 5.0)
    rise = height / max(float(np.quantile(height, 0.985)), 1e-6)
    caps = smoothstep(0.6, 0.95, rise + 0.6 * (lace - 0.3))
    streak = smoothstep(0.28, 0.5, lace) * smoothstep(0.0, 0.75, rise) * 0.75
    torn = caps * (0.15 + smoothstep(0.15, 0.5, lace))
    white = projected(np.clip(torn + streak, 0, 1), slices) * foam * visible
    tone = light.on(rgb("#f7f3ee"), np.clip(0.55 + 0.9 * right * np.sign(light.towards[0]), 0, 1))
    lay(canvas, tone, np.clip(white, 0.0, 0.9))


def mirrored_below(
    canvas: np.ndarray,
    rng: np.random.Generator,
    waterline: float,
    ripple: float,
    stretch: float = 1.0,
) -> np.ndarray:
    """What stands above `waterline`, mirrored below it and broken by ripples [h w 3]."""
    size = size_of(canvas)
    _, rows = size
    x, y = axes(size)
    below = np.clip(y - waterline, 0.0, 1.0)
    noise = fbm(size, rng, 34.0, 5, 0.62, (7.0, 1.0))
    grow = 0.25 + 3.0 * below
    source_y = waterline - below / stretch + 0.02 * ripple * noise * grow
    source_x = x + 0.05 * ripple * noise * grow
    at_x = (source_x * rows).astype(np.float32)
    at_y = np.clip(source_y * rows, 0, waterline * rows - 1).astype(np.float32)
    reflected = cv2.remap(canvas, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return cv2.blur(reflected, (1, max(1, int(0.012 * rows))))


def lay_reflection(
    canvas: np.ndarray,
    rng: np.random.Generator,
    thing: np.ndarray,
    alpha: np.ndarray,
    waterline: float,
    strength: float,
    ripple: float = 1.0,
) -> None:
    """A thing's own picture [h w 3] and alpha [h w] mirrored at `waterline`, torn into strips."""
    tear_rng, ripple_rng = rng.spawn(2)
    size = size_of(canvas)
    stacked = np.dstack([thing, alpha]).astype(np.float32)
    stacked = mirrored_below(stacked, ripple_rng, waterline, ripple)
    _, y = axes(size)
    tear = smoothstep(-0.35, 0.25, fbm(size, tear_rng, 55.0, 3, 0.6, (6.0, 1.0)))
    inside = (y > waterline) * smoothstep(waterline + 0.5, waterline, y)
    lay(canvas, stacked[..., :3], stacked[..., 3] * strength * tear * inside)


def lay_boat(
    canvas: np.ndarray, foot: tuple[float, float], tall: float, light: Light, lean: float = 0.06
) -> None:
    """A gaff cutter under full sail, lit through its canvas from the lamp's side."""

    def at(*points: tuple[float, float]) -> np.ndarray:
        return np.array(
            [(foot[0] + (px + lean * py) * tall, foot[1] - py * tall) for px, py in points]
        )

    hull, stripe, wood = rgb("#1f2f45"), rgb("#e9dcc6"), rgb("#6b4226")
    curve = np.linspace(-1, 1, 13)
    deck = [(0.36 * c, 0.055 + 0.035 * c * c + 0.02 * c) for c in curve]
    keel = [(0.36 * c * 0.86, -0.012) for c in curve[::-1]]
    lay_polygon(canvas, at(*deck, *keel), light.on(hull, 0.45))
    band = [(px * 0.985, py - 0.018) for px, py in deck]
    rail = [(px, py - 0.008) for px, py in deck]
    lay_polygon(canvas, at(*rail, *band[::-1]), light.on(stripe, 0.85))
    lay_polygon(
        canvas, at((-0.2, 0.075), (0.0, 0.07), (0.0, 0.115), (-0.2, 0.12)), light.on(wood, 0.8)
    )
    mast = at((0.04, 0.05), (0.04, 1.0))
    main = ((0.03, 0.14), (0.03, 0.68), (-0.2, 0.9), (-0.3, 0.6), (-0.345, 0.17))
    top = ((0.035, 0.70), (0.037, 0.97), (-0.17, 0.9))
    jib = ((0.33, 0.12), (0.22, 0.4), (0.06, 0.83), (0.1, 0.45), (0.09, 0.17))
    foresail = ((0.46, 0.10), (0.28, 0.48), (0.065, 0.95), (0.2, 0.42))
    bowsprit = at((0.3, 0.095), (0.48, 0.12))
    lay_polygon(canvas, tapered(bowsprit, np.array([0.014, 0.007]) * tall), light.on(wood, 0.6))
    for sail, lit in ((main, 0.72), (top, 0.9), (foresail, 0.95), (jib, 0.82)):
        cloth = rgb("#f3e4c8") if sail is not main else rgb("#e8cfa6")
        lay_polygon(canvas, at(*sail), light.on(cloth, lit))
    for belly in (
        ((-0.02, 0.2), (-0.02, 0.6), (-0.19, 0.8), (-0.26, 0.55), (-0.27, 0.25)),
        ((0.25, 0.2), (0.18, 0.4), (0.09, 0.66), (0.12, 0.4), (0.13, 0.22)),
        ((0.38, 0.2), (0.26, 0.46), (0.1, 0.84), (0.2, 0.46)),
    ):
        lay_polygon(canvas, at(*belly), light.lamp, 0.35)
        middle = np.array(belly).mean(0)
        smaller = middle + (np.array(belly) - middle) * 0.7
        lay_polygon(canvas, at(*map(tuple, smaller)), rgb("#fff0cc"), 0.3)
    # Seams and a shaded luff give the sails their belly.
    luff = ((0.03, 0.14), (0.03, 0.68), (-0.05, 0.76), (-0.04, 0.15))
    lay_polygon(canvas, at(*luff), light.on(rgb("#c79f78"), 0.35), 0.5)
    for k in range(1, 5):
        f = 0.14 + 0.52 * k / 5
        seam = ((0.03, f), (-0.335 + 0.1 * (k / 5) ** 2, f + 0.06))
        lay_polygon(canvas, tapered(at(*seam), np.full(2, 0.004 * tall)), light.on(wood, 0.5), 0.6)
    lay_polygon(canvas, tapered(mast, np.array([0.018, 0.01]) * tall), light.on(wood, 0.5))
    for px in (0.34, -0.33):
        stay = tapered(at((0.04, 0.98), (px, 0.09)), np.full(2, 0.003 * tall))
        lay_polygon(canvas, stay, rgb("#3a2c28"), 0.7)
    pennant = at((0.04, 1.0), (-0.1, 1.035), (0.035, 1.045))
    lay_polygon(canvas, pennant, light.on(rgb("#d8452f"), 0.9))


def picture_of(
    size: Size, painter: Callable[..., None], *arguments: object
) -> tuple[np.ndarray, np.ndarray]:
    """What a `lay_*` function paints, alone: its colours [h w 3] and alpha [h w]."""
    dark = np.zeros((size[1], size[0], 3), np.float32)
    bright = np.ones_like(dark)
    painter(dark, *arguments)
    painter(bright, *arguments)
    alpha = np.clip(1.0 - (bright - dark).mean(-1), 0.0, 1.0)
    return dark / np.maximum(alpha, 1e-3)[..., None], alpha
