"""Scene: a forest in morning light, a stream, the balloon in the gap of the canopy."""

import numpy as np

from assets.painter.balloon import lay_balloon
from assets.painter.brush import brushwork
from assets.painter.canvas import (
    Colour,
    axes,
    bloom,
    blurred,
    glow,
    lay,
    lay_light,
    lay_polygon,
    mix,
    polygon_mask,
    ramp,
    rgb,
    size_of,
    smoothstep,
    tapered,
)
from assets.painter.light import Light
from assets.painter.noise import Size, displaced, fbm, lattice_noise, outline
from assets.painter.trees import lay_fern, lay_leaves

CANOPY = Light(
    sky=((0.0, rgb("#d9f0c0")), (0.5, rgb("#fbf6c4")), (1.0, rgb("#c5dd8a"))),
    lamp=rgb("#fff2b0"),
    lamp_at=(1.12, 0.05),
    towards=(0.55, 0.5, 0.3),
    shade=rgb("#3f6a70"),
    haze=rgb("#cfe3a4"),
)
GLADE = (1.0, 0.56)


def lay_trunk(
    canvas: np.ndarray,
    rng: np.random.Generator,
    foot: tuple[float, float],
    width: float,
    lean: float,
    bark: Colour,
    light: Light,
    fade: float,
) -> None:
    """A trunk from its roots up and out of the picture, barked, its lamp side rimmed."""
    width_px, rows = size_of(canvas)
    shape_rng, bark_rng, moss_rng, branch_rng = rng.spawn(4)
    up = np.linspace(0.0, 1.0, 40)
    wander = outline(40, shape_rng, 3.0, 3) * width * 0.25 * up**0.5
    path = np.stack([foot[0] + lean * up + wander, foot[1] - up * (foot[1] + 0.08)], 1)
    flare = 1.0 + 1.1 * np.exp(-up * 16.0)
    shape = tapered(path, width * flare * (1.0 - 0.3 * up))
    # All of a trunk happens in its own strip of the canvas.
    left = max(0, int(shape[:, 0].min() * rows) - 2)
    right = min(width_px, int(shape[:, 0].max() * rows) + 3)
    if right - left < 2:
        return
    size = (right - left, rows)
    mask = polygon_mask(size, shape - (left / rows, 0.0))
    x, y = axes(size)
    x = x + left / rows
    centre = np.interp(y[:, 0], path[::-1, 1], path[::-1, 0])[:, None]
    half = width / 2 * np.interp(y[:, 0], path[::-1, 1], (flare * (1.0 - 0.3 * up))[::-1])[:, None]
    u = np.clip((x - centre) / half, -1.0, 1.0)
    side = 1.0 if light.lamp_at[0] > foot[0] else -1.0
    grooves = fbm(size, bark_rng, 0.9 / max(width, 0.02) * 4.0, 4, 0.6, (0.55, 3.5))
    lit = np.clip(0.30 + 0.45 * u * side + 0.35 * grooves, 0.0, 1.0)
    colour = light.on(bark, lit)
    moss = smoothstep(0.1, 0.7, fbm(size, moss_rng, 9.0, 5, 0.6) + 0.5 * smoothstep(0.5, 1.0, y))
    colour = mix(colour, light.on(rgb("#6d8f3a"), lit), moss * 0.65)
    rim = smoothstep(0.72, 0.96, u * side + 0.12 * grooves)
    colour = mix(colour, light.lamp, rim * 0.75)
    colour = mix(colour, light.haze, fade)
    lay(canvas[:, left:right], colour, mask)
    for _ in range(branch_rng.integers(2, 5)):
        at = branch_rng.integers(14, 36)
        way = branch_rng.choice([-1, 1])
        t = np.linspace(0, 1, 12)
        long = min(width * branch_rng.uniform(1.6, 4.0), 0.2)
        limb = path[at] + np.stack([way * long * t, -long * (0.5 * t + 0.35 * t**2)], 1)
        limb[:, 1] += 0.08 * long * np.sin(t * 7 + at)
        tone = mix(light.on(bark, 0.2 + 0.3 * (way == side)), light.haze, fade)
        lay_polygon(canvas, tapered(limb, min(width * 0.22, 0.02) * (1.05 - t)), tone)


def lay_beams(
    canvas: np.ndarray,
    rng: np.random.Generator,
    source: tuple[float, float],
    colour: Colour,
    strength: float,
) -> None:
    """Shafts of light fanning out of `source`, broken by leaves and by dust."""
    size = size_of(canvas)
    x, y = axes(size)
    ray_rng, dust_rng = rng.spawn(2)
    angle = np.arctan2(x - source[0], y - source[1])
    rays = np.interp(angle, np.linspace(-1.6, 1.6, 1200), outline(1200, ray_rng, 26.0, 3, 0.6))
    away = np.hypot(x - source[0], y - source[1])
    reach = (
        smoothstep(0.02, 0.25, away) * np.exp(-away * 1.05) * smoothstep(1.25, 0.3, np.abs(angle))
    )
    dust = 0.75 + 0.35 * fbm(size, dust_rng, 6.0, 5, 0.55)
    lay_light(canvas, colour, strength * smoothstep(0.0, 0.55, rays) * reach * dust)


def stream(size: Size, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A winding stream towards the glade: coverage [h w] and how far from its middle, 0 to 1."""
    x, y = axes(size)
    edge = fbm(size, rng, 16.0, 5, 0.55, (2.5, 1.0))
    down = np.clip((y - 0.60) / 0.4, 0.0, 1.0)
    middle = GLADE[0] - 0.04 + 0.16 * np.sin(down * 4.4) * down**0.55 - 0.28 * down**1.5
    half = 0.004 + 0.21 * down**1.45 + 0.03 * edge * down
    off = np.abs(x - middle) / half
    return smoothstep(1.04, 0.97, off) * smoothstep(0.602, 0.66, y), np.clip(off, 0.0, 1.0)


def forest(size: Size, rng: np.random.Generator, light: Light = CANOPY) -> np.ndarray:
    """Trunks in layers of lit haze, ferns at our feet; float [h w 3]."""
    ground, back, trunks, leaves, water, ferns, beams, brush, rocks = rng.spawn(9)
    x, y = axes(size)
    # The glade: the light all the depth of the wood ends in.
    away = np.hypot((x - GLADE[0]) * 0.8, y - 0.36)
    murk = fbm(size, back, 7.0, 6, 0.6)
    canvas = ramp(
        np.clip(away * 1.35 + 0.12 * murk, 0, 1),
        (
            (0.0, rgb("#fdf7cf")),
            (0.22, rgb("#e3eea6")),
            (0.5, rgb("#8fb874")),
            (0.8, rgb("#47805f")),
            (1.0, rgb("#1f4d4a")),
        ),
    )
    opening = smoothstep(0.34, 0.10, np.hypot((x - 0.93) * 0.85, (y - 0.2) * 0.9) + 0.06 * murk)
    lay(
        canvas,
        ramp(np.clip(y / 0.45, 0, 1) + 0 * x, ((0, rgb("#8fcbe0")), (1, rgb("#f6f6d6")))),
        opening,
    )

    far_leaf, near_leaf, floor_leaf = leaves.spawn(3)
    far_trunk, near_trunk = trunks.spawn(2)
    hole = smoothstep(0.16, 0.42, np.hypot((x - 0.93) * 0.8, (y - 0.2) * 0.85) + 0.05 * murk)
    for layer, (count, width, foot, fade) in enumerate(
        ((26, 0.016, 0.60, 0.62), (17, 0.028, 0.635, 0.40), (10, 0.05, 0.69, 0.2))
    ):
        place_rng = far_trunk.spawn(1)[0]
        spots = np.linspace(-0.05, 1.83, count) + place_rng.normal(0, 0.025, count)
        for spot in spots:
            if abs(spot - GLADE[0] + 0.02) < 0.09 + 0.075 * layer:
                continue
            lay_trunk(
                canvas,
                place_rng.spawn(1)[0],
                (spot, foot + place_rng.uniform(-0.01, 0.02)),
                width * place_rng.uniform(0.6, 1.3),
                place_rng.normal(0, 0.03),
                rgb("#5b4a3c"),
                light,
                fade,
            )
        noise_rng, dab_rng = far_leaf.spawn(2)
        clumps = fbm(size, noise_rng, 6.0 - layer, 6, 0.6)
        density = smoothstep(-0.05, 0.35, clumps + 0.55 * smoothstep(0.5, 0.0, y) - 0.22) * hole
        tones = np.clip(0.85 - 1.0 * away + 0.5 * lattice_noise(size, dab_rng, 14.0), 0, 1)
        palette = [
            mix(rgb(c), light.haze, fade * 0.8)
            for c in ("#1f4a36", "#3f7a3a", "#86b544", "#e8ea7a")
        ]
        lay_leaves(
            canvas,
            dab_rng,
            density * smoothstep(0.62, 0.45, y),
            tones,
            26000 - 6000 * layer,
            0.0045 + 0.0025 * layer,
            tuple(palette),
        )
        if layer == 0:
            lay_floor(canvas, ground, light)
        lay_light(canvas, rgb("#e9f0a0"), 0.13 * smoothstep(0.75, 0.45, y) * np.exp(-away * 1.6))

    cover, off = stream(size, water)
    lay_stream(canvas, water, cover, off)
    lay_rocks(canvas, rocks, light)
    bush_rng, bush_dab = floor_leaf.spawn(2)
    bank = smoothstep(-0.1, 0.5, fbm(size, bush_rng, 7.0, 5, 0.6) + 0.1)
    bank = bank * smoothstep(0.6, 0.7, y) * (1.0 - blurred(cover.astype(np.float32), 0.01)) * 0.8
    lay_leaves(
        canvas,
        bush_dab,
        bank,
        np.clip(0.72 - 0.8 * away + 0.35 * murk, 0, 1),
        34000,
        0.0055,
        (rgb("#12352b"), rgb("#2d6636"), rgb("#79a83c"), rgb("#dbe36a")),
    )
    lay_beams(canvas, beams, (1.20, -0.15), rgb("#fff0a8"), 1.15)
    canvas = brushwork(canvas, brush, 0.7, 0.009)
    lay_balloon(
        canvas,
        (0.93, 0.185),
        0.082,
        (0.5, 0.4, 0.4),
        rgb("#fff2e0"),
        0.1,
        light.haze,
        0.1,
        rgb("#fff4c0"),
    )

    for foot, width, lean in (
        ((0.24, 0.86), 0.085, 0.03),
        ((1.47, 0.84), 0.075, -0.03),
        ((1.70, 0.97), 0.15, 0.04),
        ((0.045, 1.0), 0.17, 0.05),
    ):
        lay_trunk(canvas, near_trunk.spawn(1)[0], foot, width, lean, rgb("#4a3a32"), light, 0.03)
    for place, reach in (
        (0.12, 0.22),
        (0.32, 0.17),
        (0.50, 0.12),
        (1.3, 0.13),
        (1.44, 0.18),
        (1.60, 0.24),
        (1.76, 0.2),
        (0.0, 0.2),
        (0.2, 0.14),
        (1.52, 0.12),
    ):
        fern_rng = ferns.spawn(1)[0]
        low = 0.9 + 0.12 * fern_rng.uniform() + 0.2 * reach
        lay_fern(canvas, fern_rng, (place, low), reach, rgb("#1d4a2c"), rgb("#9cc24a"))
    canvas = brushwork(canvas, brush.spawn(1)[0], 0.35, 0.006)
    edge_noise, edge_dab = near_leaf.spawn(2)
    frame = smoothstep(
        0.55,
        1.0,
        np.abs(x - 0.9) / 0.9 + 0.5 * (0.18 - y) / 0.18 + 0.3 * fbm(size, edge_noise, 6.0, 5, 0.6),
    ) * smoothstep(0.5, 0.1, y)
    lay_leaves(
        canvas,
        edge_dab,
        frame,
        np.clip(0.6 - 0.6 * away + 0 * x, 0, 1),
        15000,
        0.011,
        (rgb("#0b2822"), rgb("#174a30"), rgb("#4f8a38"), rgb("#b8d454")),
    )
    lay_beams(canvas, beams.spawn(1)[0], (1.20, -0.15), rgb("#fff3b8"), 0.6)
    lay_light(canvas, rgb("#fff0a0"), 0.4 * glow(size, light.lamp_at, 0.15, 1.8))
    lay_motes(canvas, beams.spawn(1)[0])
    return bloom(canvas, 0.8, 0.012, 0.35)


def lay_floor(canvas: np.ndarray, rng: np.random.Generator, light: Light) -> None:
    """Moss and litter, dappled, falling away from the glade."""
    size = size_of(canvas)
    x, y = axes(size)
    moss_rng, dapple_rng, edge_rng = rng.spawn(3)
    moss = fbm(size, moss_rng, 12.0, 6, 0.6, (2.2, 1.0))
    dapple = smoothstep(0.15, 0.6, fbm(size, dapple_rng, 9.0, 4, 0.5, (3.5, 1.0)))
    tone = np.clip(0.5 + 0.5 * moss, 0, 1)
    away = np.hypot((x - GLADE[0]) * 0.8, (y - 0.6) * 1.2)
    lit = np.clip(0.95 - 1.15 * away + 0.5 * dapple, 0, 1)
    colour = light.on(mix(rgb("#3d5a2c"), rgb("#93a03e"), tone), lit)
    colour = mix(colour, light.haze, smoothstep(0.72, 0.58, y) * 0.6 + 0 * x)
    edge = 0.60 + 0.012 * fbm(size, edge_rng, 8.0, 4)
    lay(canvas, colour, smoothstep(-0.004, 0.012, y - edge))


def lay_stream(
    canvas: np.ndarray, rng: np.random.Generator, cover: np.ndarray, off: np.ndarray
) -> None:
    """Water that mirrors the wood above, with riffles and a bright rim where it runs."""
    size = size_of(canvas)
    _, y = axes(size)
    ripple_rng, riffle_rng = rng.spawn(2)
    flipped = canvas[::-1]
    shift = 0.25 + 0.03 * fbm(size, ripple_rng, 30.0, 4, 0.6, (4.0, 1.0)) * (0.4 + 1.5 * (y - 0.6))
    mirrored = displaced(np.ascontiguousarray(flipped), 0.35 * (shift - 0.25), -shift)
    mirrored = blurred(mirrored, 0.004)
    riffle = smoothstep(0.42, 0.8, fbm(size, riffle_rng, 26.0, 5, 0.6, (4.5, 1.0)))
    near = smoothstep(0.62, 0.9, y) * np.ones_like(off)
    water = mix(mirrored, rgb("#12484a"), 0.18 + 0.5 * near * (1.0 - 0.5 * riffle))
    water = mix(water, rgb("#f2f6c8"), riffle * (0.75 - 0.3 * near))
    rim = smoothstep(0.86, 1.0, off)
    water = mix(water, rgb("#20392c"), rim * 0.55)
    lay(canvas, water, cover)


def lay_rocks(canvas: np.ndarray, rng: np.random.Generator, light: Light) -> None:
    """Mossy stones along the banks."""
    places = (
        (0.64, 0.80, 0.035),
        (1.16, 0.745, 0.025),
        (0.86, 0.70, 0.016),
        (1.24, 0.87, 0.045),
        (0.56, 0.93, 0.05),
        (1.08, 0.69, 0.014),
        (0.98, 0.86, 0.03),
        (0.72, 0.735, 0.02),
    )
    for x, y, radius in places:
        turn = np.linspace(0, 2 * np.pi, 22, endpoint=False)
        bumps = 1.0 + 0.14 * rng.normal(0, 1, 22)
        ring = np.stack([np.cos(turn) * 1.35 * bumps, np.sin(turn) * 0.75 * bumps], 1) * radius
        lay_polygon(canvas, ring + np.array([x, y + 0.2 * radius]), rgb("#15302c"), 0.7)
        for k, (lit, grey) in enumerate(((0.1, "#4a5450"), (0.55, "#75807a"), (0.95, "#a8b48a"))):
            inner = ring * (1.0 - 0.27 * k) + (x + 0.2 * k * radius, y - 0.17 * k * radius)
            lay_polygon(canvas, inner, light.on(rgb(grey), lit))
        moss = ring[11:] * 0.8 + (x, y - 0.05 * radius)
        lay_polygon(canvas, moss, light.on(rgb("#6f9a3a"), 0.7), 0.7)


def lay_motes(canvas: np.ndarray, rng: np.random.Generator) -> None:
    """Pollen and small insects drifting in the light."""
    size = size_of(canvas)
    sparks = np.zeros((size[1], size[0]), np.float32)
    for _ in range(110):
        x, y = rng.normal(1.0, 0.3), rng.uniform(0.2, 0.85)
        column, row = int(x * size[1]), int(y * size[1])
        if 0 <= column < size[0]:
            sparks[row, column] = rng.uniform(0.3, 1.0)
    spread = 0.0012
    soft = blurred(sparks, spread) * (2 * np.pi * (spread * size[1]) ** 2)
    lay_light(canvas, rgb("#fff6c0"), np.clip(soft, 0, 1))
