"""Skies: gradients, clouds built from puffs, stars, the milky way, aurora and the moon."""

import cv2
import numpy as np

from assets.painter.canvas import (
    Colour,
    axes,
    blurred,
    glow,
    lay,
    lay_light,
    mix,
    ramp,
    rgb,
    shaded,
    size_of,
    smoothstep,
)
from assets.painter.light import Light
from assets.painter.noise import Size, displaced, fbm, outline


def clear_sky(size: Size, rng: np.random.Generator, light: Light, horizon: float) -> np.ndarray:
    """A sky [h w 3] down to `horizon`, warmer towards the lamp, its bands drifting a little."""
    x, y = axes(size)
    drift = 0.05 * fbm(size, rng, 2.0, 4, stretch=(3.0, 1.0))
    pull = 0.16 * np.exp(-(((x - light.lamp_at[0]) / 0.7) ** 2))
    return ramp(np.clip(y / horizon + drift + pull - 0.05, 0.0, 1.0), light.sky)


def streaks(
    size: Size,
    rng: np.random.Generator,
    cover: float,
    cells: float = 5.0,
    stretch: float = 5.0,
    tilt: float = 0.0,
) -> np.ndarray:
    """High thin cloud [h w], 0 to 1, drawn out along the wind; tilt lifts it to the right."""
    shape_rng, warp_rng = rng.spawn(2)
    x, _ = axes(size)
    noise = fbm(size, shape_rng, cells, 6, 0.55, (stretch, 1.0))
    bend = 0.04 * fbm(size, warp_rng, 3.0, 3, stretch=(2.0, 1.0)) + tilt * (x - 0.9)
    noise = displaced(noise, 0.5 * bend, bend)
    return smoothstep(0.5 - cover, 1.1 - cover * 0.6, noise)


def puffs(
    rng: np.random.Generator, centre: tuple[float, float], width: float, height: float, count: int
) -> np.ndarray:
    """One cumulus as circles (x, y, radius) [n 3]: a broad heap with small heads on its crown."""
    heap = max(5, count // 4)
    across = rng.uniform(-0.85, 0.85, heap)
    dome = np.sqrt(1.0 - across**2)
    radius = height * (0.20 + 0.22 * rng.uniform(0.3, 1.0, heap)) * (0.45 + 0.55 * dome)
    low = np.stack(
        [
            centre[0] + across * width,
            centre[1] - rng.uniform(0.1, 0.62, heap) * height * dome,
            radius,
        ],
        1,
    )
    # Heads sit on the rims of the heap, as new towers rise out of an old cloud.
    mother = low[rng.integers(0, heap, count - heap)]
    angle = rng.uniform(-2.6, -0.54, count - heap)
    reach = mother[:, 2] * rng.uniform(0.55, 0.95, count - heap)
    heads = np.stack(
        [
            mother[:, 0] + np.cos(angle) * reach * 1.1,
            mother[:, 1] + np.sin(angle) * reach,
            mother[:, 2] * rng.uniform(0.28, 0.62, count - heap),
        ],
        1,
    )
    return np.concatenate([low, heads])


def puff_relief(
    size: Size, rng: np.random.Generator, circles: np.ndarray, ragged: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Spheres at `circles` [n 3] merged to one billowing relief; its height and alpha [h w]."""
    rows, cols = size[1], size[0]
    relief = np.zeros((rows, cols), np.float32)
    for x, y, radius in circles:
        left, right = int(max(0, (x - radius) * rows)), int(min(cols, (x + radius) * rows + 1))
        top, bottom = int(max(0, (y - radius) * rows)), int(min(rows, (y + radius) * rows + 1))
        if left >= right or top >= bottom:
            continue
        dx = (np.arange(left, right) + 0.5) / rows - x
        dy = (np.arange(top, bottom)[:, None] + 0.5) / rows - y
        sphere = np.sqrt(np.maximum(radius**2 - dx**2 - dy**2, 0.0)).astype(np.float32)
        part = relief[top:bottom, left:right]
        np.maximum(part, sphere, out=part)
    scale = float(np.quantile(circles[:, 2], 0.7))
    warp_x, warp_y, skin = rng.spawn(3)
    cells = 0.5 / scale
    dx = ragged * scale * 0.26 * fbm(size, warp_x, cells, 6, 0.58)
    dy = ragged * scale * 0.26 * fbm(size, warp_y, cells, 6, 0.58)
    relief = displaced(blurred(relief, scale * 0.07), dx, dy)
    alpha = smoothstep(0.05, 0.42, relief / scale)
    relief = relief + alpha * scale * 0.05 * fbm(size, skin, cells * 2, 4, 0.5)
    return blurred(relief, scale * 0.05), alpha


def lay_cumulus(
    canvas: np.ndarray,
    rng: np.random.Generator,
    circles: np.ndarray,
    light: Light,
    body: tuple[Colour, Colour, Colour],
    base: float,
    opacity: float = 1.0,
    ragged: float = 1.0,
) -> np.ndarray:
    """Clouds from `circles`, in (shade, middle, lit) colours; they dissolve below y = `base`.

    Returns their coverage [h w].
    """
    size = size_of(canvas)
    relief, alpha = puff_relief(size, rng, circles, ragged)
    _, y = axes(size)
    scale = float(np.quantile(circles[:, 2], 0.7))
    # Light seeps through cloud: wrap it round, and let the broad form count more than the skin.
    broad = shaded(blurred(relief, scale * 0.5), light.towards)
    lit = 0.5 * broad + 0.5 * shaded(relief * 0.8, light.towards)
    hollow = np.clip((blurred(relief, scale * 0.6) - relief) / scale, 0.0, 0.6)
    top = float((circles[:, 1] - circles[:, 2]).min())
    foot = smoothstep(top, base, y)
    tone = np.clip(0.12 + lit * 1.05 - hollow * 0.55 - 0.22 * foot, 0.0, 1.0)
    colours = ramp(tone, ((0.0, body[0]), (0.5, body[1]), (1.0, body[2])))
    facing = glow(size, light.lamp_at, 0.35)
    edge = alpha * (1.0 - smoothstep(0.3, 0.9, relief / scale))
    colours = mix(colours, light.lamp, np.clip(edge * facing * 0.9, 0.0, 1.0))
    thin = smoothstep(base + scale * 0.9, base - scale * 0.3, y + 0.0 * alpha)
    cover = alpha * thin * opacity
    lay(canvas, colours, cover)
    return cover


def lay_stars(
    canvas: np.ndarray,
    rng: np.random.Generator,
    count: int,
    until: float,
    density: np.ndarray | None = None,
    strength: float = 1.0,
) -> None:
    """Stars of many sizes and a few colours above y = `until`, more where density [h w] is."""
    rows, cols = canvas.shape[:2]
    light = np.zeros_like(canvas)
    tints = np.stack([rgb("#cfe0ff"), rgb("#ffffff"), rgb("#ffe7c4"), rgb("#a9c6ff")])
    x = rng.uniform(0, cols, count).astype(int)
    y = (rng.uniform(0, 1, count) ** 1.15 * until * rows).astype(int)
    brightness = np.clip(rng.pareto(1.7, count) * 0.16 + 0.1, 0.0, 1.6)
    tint = tints[rng.integers(0, len(tints), count)]
    luck = rng.uniform(0.0, 1.0, count)
    for i in range(count):
        if density is not None and luck[i] > density[y[i], x[i]]:
            continue
        radius = (0.0006 + 0.0009 * brightness[i]) * rows
        colour = (tint[i] * min(1.0, brightness[i] * 1.3)).tolist()
        cv2.circle(light, (int(x[i]), int(y[i])), max(1, round(radius)), colour, -1)
    soft = blurred(light, 0.0007)
    fade = smoothstep(until, until * 0.55, axes(size_of(canvas))[1]) * np.ones((1, cols))
    lay_light(canvas, soft + 1.1 * blurred(light, 0.004), strength * fade)


def milky_way(
    size: Size, rng: np.random.Generator, through: tuple[float, float], slope: float, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """A band of starlight: its glow and its dark dust lanes, both [h w], 0 to 1."""
    x, y = axes(size)
    bend_rng, glow_rng, dust_rng, lane_rng = rng.spawn(4)
    across = (y - through[1] - slope * (x - through[0])) / np.hypot(1.0, slope)
    across = across + 0.05 * fbm(size, bend_rng, 2.0, 3)
    band = np.exp(-((across / width) ** 2))
    clumps = 0.65 + 0.45 * fbm(size, glow_rng, 5.0, 6, 0.6)
    dust = smoothstep(0.0, 0.75, fbm(size, dust_rng, 4.0, 6, 0.6) + 0.25)
    lane = np.exp(-(((across + 0.02 * fbm(size, lane_rng, 6.0, 5, 0.6)) / (width * 0.3)) ** 2))
    return np.clip(band * clumps, 0.0, 1.0), np.clip(band * dust * (0.35 + 0.65 * lane), 0.0, 1.0)


def lay_aurora(
    canvas: np.ndarray,
    rng: np.random.Generator,
    foot: np.ndarray,
    reach: float,
    colours: tuple[Colour, Colour, Colour],
    strength: float,
) -> None:
    """A curtain of light rising from the line foot [n 2] in (foot, middle, top) colours.

    Three sheets hang one behind the other along the line; where they cross, folds show.
    """
    size = size_of(canvas)
    x, y = axes(size)
    rising = np.zeros((size[1], size[0]), np.float32)
    total = np.zeros_like(rising)
    for k, sheet_rng in enumerate(rng.spawn(3)):
        wave, ray, slow, tall = (
            outline(size[0], part, cells, octaves, gain)
            for part, cells, octaves, gain in zip(
                sheet_rng.spawn(4),
                (5.0, 46.0, 6.0, 9.0),
                (3, 3, 2, 2),
                (0.45, 0.6, 0.5, 0.5),
                strict=True,
            )
        )
        line = np.interp(x[0], foot[:, 0], foot[:, 1]) + 0.06 * wave - 0.035 * k
        power = np.clip(0.45 + 0.4 * ray, 0.05, 1.2) * np.clip(0.55 + 0.9 * slow, 0.04, 1.3)
        ends = smoothstep(foot[0, 0], foot[0, 0] + 0.2, x[0])
        ends = ends * smoothstep(foot[-1, 0], foot[-1, 0] - 0.25, x[0])
        up = (line[None, :] - y) / (reach * (0.75 + 0.35 * tall + 0.2 * ray))[None, :]
        curtain = np.where(up < 0, np.exp(np.minimum(up, 0) * 16), np.exp(-np.maximum(up, 0) * 2.3))
        curtain = (curtain * (power * ends)[None, :]).astype(np.float32)
        total += curtain
        rising += curtain * np.clip(up, 0, 1)
    total, rising = blurred(total, 0.0025), blurred(rising, 0.0025)
    rise = rising / np.maximum(total, 1e-6)
    tint = ramp(rise, ((0.0, colours[0]), (0.4, colours[1]), (1.0, colours[2])))
    lay_light(canvas, tint, strength * np.clip(total, 0.0, 1.4))
    lay_light(canvas, tint, 0.4 * strength * np.clip(blurred(total, 0.03), 0.0, 1.0))


def lay_moon(
    canvas: np.ndarray,
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: float,
    colours: tuple[Colour, Colour],
    towards: tuple[float, float, float] = (0.25, 0.2, 0.95),
) -> None:
    """A full moon in (mare, highland) colours with seas, craters with rims, and a wide halo."""
    sea_rng, rough_rng, crater_rng = rng.spawn(3)
    lay_light(canvas, colours[1], 0.62 * glow(size_of(canvas), centre, radius * 1.15, 2.6))
    rows = canvas.shape[0]
    left, right = (int((centre[0] + way * 1.02 * radius) * rows) for way in (-1, 1))
    top, bottom = (int((centre[1] + way * 1.02 * radius) * rows) for way in (-1, 1))
    disc_part = canvas[max(0, top) : bottom, max(0, left) : right]
    size = size_of(disc_part)
    u = ((np.arange(size[0]) + max(0, left) + 0.5) / rows - centre[0])[None, :] / radius
    v = ((np.arange(size[1]) + max(0, top) + 0.5) / rows - centre[1])[:, None] / radius
    u, v = u.astype(np.float32), v.astype(np.float32)
    inside = np.clip(1.0 - u * u - v * v, 0.0, 1.0)
    relief = np.zeros((size[1], size[0]), np.float32)
    rays = np.zeros_like(relief)
    for _ in range(110):
        angle, r = crater_rng.uniform(0, 2 * np.pi), crater_rng.uniform(0, 0.95) ** 0.5
        big = 0.012 + 0.075 * crater_rng.uniform() ** 7
        away = np.hypot(u - np.cos(angle) * r, v - np.sin(angle) * r) / big
        relief += np.where(away < 2, (np.exp(-((away - 1) ** 2) * 9) - 0.7 * (away < 1)), 0) * big
        rays += (big > 0.035) * np.exp(-away * 0.35)
    relief = relief * 0.045 + 0.004 * fbm(size, rough_rng, 14.0, 4, 0.55)
    light = shaded(blurred(relief, 0.002) * 2.2 / 2.04, (0.8, 0.5, 0.9))
    sea_noise = fbm(size, sea_rng, 2.2, 6, 0.55) - 0.35 * np.hypot(u + 0.25, v + 0.15) + 0.1
    seas = smoothstep(-0.22, 0.34, sea_noise)
    surface = mix(colours[0], colours[1], np.clip(1.0 - 0.95 * seas + 0.35 * rays, 0.0, 1.0))
    sphere = np.clip(u * towards[0] - v * towards[1] + np.sqrt(inside) * towards[2], 0.0, 1.0)
    lift = (0.62 + 0.5 * light) * (0.42 + 0.62 * sphere**0.6) * 0.97
    alpha = np.clip((1.0 - np.hypot(u, v)) * radius * rows + 0.5, 0.0, 1.0)
    lay(disc_part, surface * np.clip(lift, 0.0, 1.3)[..., None], alpha)
