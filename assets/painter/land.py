"""Mountains as relief, and the mist, hills and slopes in front of them."""

import cv2
import numpy as np

from assets.painter.canvas import axes, lay, mix, rgb, size_of, smoothstep
from assets.painter.light import Light
from assets.painter.noise import Size, fbm, outline, ridged
from assets.painter.relief import View, lit_field, projected, sampled, seen, slopes

TEXTURE = 1024


def mountain_field(
    view: View,
    rng: np.random.Generator,
    peaks: tuple[tuple[float, float, float, float], ...],
    rough: float,
) -> np.ndarray:
    """Heights [d w]: rolling ground, ridges growing with distance, and peaks.

    peaks: (picture x of the summit, depth, height, width) each, in world units.
    """
    ridge_rng, roll_rng = rng.spawn(2)
    square = (TEXTURE, TEXTURE)
    ridges = ridged(square, ridge_rng, 5.0, 8, 0.52)
    rolling = fbm(square, roll_rng, 8.0, 5)
    across, depth = view.across, view.depth
    span = view.far * 0.9
    crest = sampled(ridges, across + span * 0.5, depth, span)
    fine = sampled(ridges, across * 1.0 + span * 0.2, depth, span * 0.23)
    swell = sampled(rolling, across + span * 0.3, depth, span * 0.5)
    rising = smoothstep(view.near * 2, view.far * 0.6, depth)
    height = 0.12 * swell * (0.4 + rising) + rough * rising * (crest - 0.18)
    height = height + 0.1 * rough * rising * (fine - 0.3)
    middle = view.size[0] / view.size[1] / 2
    for at_x, at_depth, tall, wide in peaks:
        centre = (at_x - middle) * at_depth / view.focal
        away = np.hypot((across - centre) * 1.0, (depth - at_depth) * 0.8) / wide
        cone = np.exp(-1.25 * away**1.1)
        height = np.maximum(height, tall * cone * (0.72 + 0.5 * crest + 0.16 * (fine - 0.3)))
    return height.astype(np.float32)


def lay_mountains(
    canvas: np.ndarray,
    rng: np.random.Generator,
    view: View,
    light: Light,
    height: np.ndarray,
    snow_line: float,
    clear_for: float,
    mist_top: float,
) -> None:
    """Mountains with snow, rock and wooded feet, fading with distance and into valley mist."""
    tint_rng, mist_rng = rng.spawn(2)
    square = (TEXTURE, TEXTURE)
    patches = sampled(fbm(square, tint_rng, 40.0, 5, 0.6), view.across + 50, view.depth, 8.0)
    right, away = slopes(view, height)
    steep = np.hypot(right, away)
    rock = mix(rgb("#5d5670"), rgb("#8d7c86"), smoothstep(-0.6, 0.6, patches))
    wood = mix(rgb("#2f4a4c"), rgb("#4e6650"), smoothstep(-0.4, 0.6, patches))
    surface = mix(wood, rock, smoothstep(0.28, 0.6, height / snow_line + 0.12 * patches))
    snow = smoothstep(0.82, 1.12, height / snow_line + 0.28 * patches - 0.22 * (steep - 0.7))
    surface = mix(surface, rgb("#f4f1f6"), snow)
    lit = lit_field(view, height, light.towards, softness=0.1)
    lit = smoothstep(0.12, 0.78, lit)
    colours = light.on(surface, lit)
    depth = np.broadcast_to(view.depth, height.shape)
    haze = 1.0 - np.exp(-depth / clear_for)
    fog_noise = sampled(fbm(square, mist_rng, 10.0, 5), view.across + 90, view.depth, 30.0)
    fog_top = mist_top * (1.0 + 0.6 * fog_noise)
    fog = smoothstep(fog_top, fog_top * 0.1 - 0.05, height) * smoothstep(
        0.02, 0.3, depth / view.far
    )
    slices, visible = seen(view, height)
    picture = projected(colours, slices)
    veil = projected(np.maximum(haze, fog * 0.93), slices)
    size = size_of(canvas)
    x, _ = axes(size)
    near_lamp = np.exp(-(((x - light.lamp_at[0]) / 0.55) ** 2)) * np.ones((size[1], 1))
    haze_colour = mix(light.haze, light.lamp, 0.42 * near_lamp)
    lay(canvas, mix(picture, haze_colour, np.clip(veil, 0, 1)), visible.astype(np.float32))


def slope_line(
    size: Size, rng: np.random.Generator, knots: tuple[tuple[float, float], ...], rough: float
) -> np.ndarray:
    """A hill's upper edge: y [w] through (x, y) knots, smooth, with a little unevenness."""
    width, rows = size
    x = (np.arange(width) + 0.5) / rows
    at, y = np.array(knots).T
    smooth = np.interp(x, at, y)
    window = max(3, width // 12) | 1
    kernel = np.hanning(window)
    padded = np.pad(smooth, window // 2, "edge")
    smooth = np.convolve(padded, kernel / kernel.sum(), "valid")
    return smooth + rough * outline(width, rng, 14.0, 6, 0.5)


def below(size: Size, line: np.ndarray) -> np.ndarray:
    """Coverage [h w] of everything under a line y [w]."""
    _, y = axes(size)
    return np.clip((y - line[None, :]) * size[1] + 0.5, 0.0, 1.0).astype(np.float32)


def lay_mist(
    canvas: np.ndarray,
    rng: np.random.Generator,
    light: Light,
    level: float,
    thick: float,
    strength: float,
) -> None:
    """A drifting bank of mist about y = `level`, warmer towards the lamp."""
    size = size_of(canvas)
    x, y = axes(size)
    drift = fbm(size, rng, 3.0, 6, 0.55, (5.0, 1.0))
    bank = np.exp(-(((y - level + thick * 0.7 * drift) / thick) ** 2))
    alpha = np.clip(bank * strength * (0.75 + 0.5 * drift), 0.0, 1.0)
    warm = np.exp(-(((x - light.lamp_at[0]) / 0.5) ** 2)) * np.ones((size[1], 1))
    lay(canvas, mix(light.haze, light.lamp, 0.45 * warm), alpha)


def lay_meadow(
    canvas: np.ndarray,
    rng: np.random.Generator,
    line: np.ndarray,
    light: Light,
    near: tuple[np.ndarray, np.ndarray],
    flowers: tuple[np.ndarray, ...] = (),
    blades: int = 9000,
) -> None:
    """Grass under a line, in (dark, bright) colours, its blades drawn, larger towards the eye."""
    size = size_of(canvas)
    width, rows = size
    patch_rng, blade_rng = rng.spawn(2)
    _, y = axes(size)
    down = np.clip((y - line[None, :]) / 0.35, 0.0, 1.0)
    patches = fbm(size, patch_rng, 9.0, 6, 0.6, (3.5, 1.0))
    rise = np.gradient(line)[None, :] * 3.0
    tone = np.clip(0.5 + 0.55 * patches - 0.4 * down + rise * np.sign(light.towards[0]), 0, 1)
    colours = light.on(
        mix(near[0], near[1], tone), np.clip(0.8 - 0.65 * down + 0.2 * patches, 0, 1)
    )
    lay(canvas, colours, below(size, line))
    at_x = blade_rng.uniform(0, width - 1, blades)
    at_t = blade_rng.uniform(0, 1, blades) ** 0.7
    column = at_x.astype(int)
    at_y = line[column] + at_t * (1.06 - line[column])
    for i in np.argsort(at_y):
        long = (0.004 + 0.05 * np.clip(at_y[i] - line[column[i]], 0, 1) ** 1.2) * rows
        long *= 0.5 + blade_rng.uniform()
        root = (int(at_x[i]), int(at_y[i] * rows))
        lean = blade_rng.normal(0.15, 0.35) * long
        tip = (int(root[0] + lean), int(root[1] - long))
        here = min(rows - 1, max(0, root[1]))
        colour = colours[here, column[i]] * blade_rng.uniform(0.72, 1.45)
        cv2.line(canvas, root, tip, colour.tolist(), max(1, round(long / 16)))
        if flowers and blade_rng.uniform() < 0.12 * (1 + patches[here, column[i]]):
            petal = flowers[blade_rng.integers(len(flowers))] * (0.55 + 0.5 * (1 - at_t[i]))
            cv2.circle(canvas, tip, max(1, round(long / 11)), petal.tolist(), -1)
