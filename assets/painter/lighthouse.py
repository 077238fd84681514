"""Scene: a lighthouse on its cliff at dusk."""

import numpy as np

from assets.painter.balloon import lay_balloon
from assets.painter.brush import brushwork
from assets.painter.buildings import lay_cottage, lay_lighthouse, lay_sweep
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
    rgb,
    shaded,
    size_of,
    smoothstep,
)
from assets.painter.light import Light
from assets.painter.noise import Size, displaced, fbm, ridged
from assets.painter.relief import View
from assets.painter.sky import clear_sky, lay_cumulus, lay_stars, puffs, streaks
from assets.painter.water import lay_sea, swell_field

DUSK = Light(
    sky=(
        (0.0, rgb("#141a4a")),
        (0.3, rgb("#2f3274")),
        (0.55, rgb("#7a4a8e")),
        (0.75, rgb("#d8657a")),
        (0.9, rgb("#ff9a62")),
        (1.0, rgb("#ffc27a")),
    ),
    lamp=rgb("#ffa878"),
    lamp_at=(0.30, 0.66),
    towards=(-0.8, 0.35, 0.35),
    shade=rgb("#3a3f7e"),
    haze=rgb("#c9708a"),
)
Outline = tuple[tuple[float, float], ...]
HORIZON = 0.655
LANTERN = (1.335, 0.185)
CLIFF = (
    (0.90, 1.05),
    (0.955, 0.93),
    (1.0, 0.90),
    (1.02, 0.80),
    (1.075, 0.765),
    (1.085, 0.68),
    (1.12, 0.63),
    (1.135, 0.565),
    (1.19, 0.535),
    (1.26, 0.525),
    (1.40, 0.52),
    (1.52, 0.505),
    (1.66, 0.47),
    (1.85, 0.44),
    (1.85, 1.05),
)


def lay_cliff(
    canvas: np.ndarray,
    rng: np.random.Generator,
    edges: tuple[Outline, ...],
    light: Light,
    turf: Colour | None,
    fade: float = 0.0,
    rough: float = 1.0,
) -> np.ndarray:
    """Rock faces with ledges and cracks, turf on the first's top; returns the coverage [h w]."""
    size = size_of(canvas)
    x, y = axes(size)
    warp_x, warp_y, ledge_rng, block_rng, crack_rng, turf_rng, tint_rng = rng.spawn(7)
    edge = edges[0]
    mask = np.maximum.reduce([polygon_mask(size, np.array(rock)) for rock in edges])
    dx = 0.016 * rough * fbm(size, warp_x, 14.0, 6, 0.62)
    dy = 0.012 * rough * fbm(size, warp_y, 18.0, 6, 0.62)
    mask = smoothstep(0.4, 0.6, displaced(blurred(mask, 0.0012), dx, dy))
    slant = 0.05 * rough * fbm(size, ledge_rng, 3.0, 3)
    ledges = displaced(
        ridged(size, ledge_rng, 7.0, 5, 0.5, (3.0, 0.7)), slant, slant + 0.25 * (x - 1)
    )
    cracks = displaced(ridged(size, crack_rng, 5.0, 4, 0.5, (0.7, 2.2)), slant, slant)
    # Quantised noise makes facets: planes of rock that catch the light as a whole.
    blocks = displaced(fbm(size, block_rng, 4.5, 4, 0.5, (0.8, 1.3)), dx * 2.5, dy * 2.5)
    facets = 0.75 * blocks + 0.25 * np.round(blocks * 5) / 5
    bulge = blurred(mask, 0.06)
    relief = 0.06 * facets + 0.012 * ledges - 0.012 * cracks + 0.2 * bulge
    lit = 0.6 * shaded(blurred(relief, 0.006), light.towards)
    lit = lit + 0.4 * shaded(blurred(relief, 0.0015), light.towards)
    facing = smoothstep(edge[-2][0] + 0.2, edge[0][0], x) if turf is not None else 0.8
    lit = smoothstep(0.18, 0.8, lit) * (0.5 + 0.7 * facing)
    stone = mix(rgb("#6a5a62"), rgb("#a08a80"), smoothstep(-0.5, 0.6, fbm(size, tint_rng, 6.0, 5)))
    strata = smoothstep(0.3, 0.6, ledges)
    stone = mix(stone, rgb("#c2a58c"), strata * 0.45)
    colour = light.on(stone, lit) * (1.0 - 0.45 * smoothstep(0.45, 0.8, cracks))[..., None]
    wet = smoothstep(0.80, 0.95, y) * np.ones_like(x)
    colour = colour * (1.0 - 0.45 * wet)[..., None]
    if turf is not None:
        colour = _turfed(colour, turf_rng, edge, light, turf)
    lay(canvas, mix(colour, light.haze, fade), mask)
    return mask


def _turfed(
    colour: np.ndarray, rng: np.random.Generator, edge: Outline, light: Light, turf: Colour
) -> np.ndarray:
    """A rock's colours [h w 3] with grass hanging over its upper edge."""
    size = size_of(colour)
    x, y = axes(size)
    top = np.interp(x[0], [p[0] for p in edge[:-1]], [p[1] for p in edge[:-1]])
    hang = 0.05 + 0.035 * fbm(size, rng, 16.0, 5, 0.6, (0.7, 1.5))
    grassy = smoothstep(1.02, 0.9, (y - top) / np.clip(hang, 0.008, None))
    grassy = grassy * smoothstep(edge[0][0] + 0.13, edge[0][0] + 0.26, x)
    blade = fbm(size, rng, 40.0, 4, 0.65, (0.6, 2.0))
    green = light.on(turf * (1.0 + 0.3 * blade)[..., None], np.clip(0.42 + 0.5 * blade, 0, 1))
    rim = smoothstep(0.006, 0.0, np.abs(y - top - 0.003))
    return mix(mix(colour, green, grassy), light.lamp, rim * 0.35)


def sea_stack(x: float, wide: float, tall: float, foot: float = 0.895) -> Outline:
    """A leaning tooth of rock that stands in the sea."""
    profile = ((-1, 0), (-0.7, 0.7), (-0.2, 1), (0.35, 0.86), (0.8, 0.4), (1.1, 0))
    return tuple((x + px * wide, foot - py * tall) for px, py in profile)


def lay_surf(
    canvas: np.ndarray, rng: np.random.Generator, rock: np.ndarray, level: float, light: Light
) -> None:
    """Foam round the foot of rock (coverage [h w]) and spray thrown up where it stands in water."""
    size = size_of(canvas)
    _, y = axes(size)
    lace_rng, spray_rng = rng.spawn(2)
    near = np.clip(blurred(rock, 0.035) * 2.2, 0, 1) * (1.0 - 0.85 * rock)
    lace = ridged(size, lace_rng, 26.0, 5, 0.65, (2.4, 1.0))
    foam = (
        smoothstep(0.3, 0.6, lace * 0.75 + near * 0.55) * near * smoothstep(level, level + 0.06, y)
    )
    lay(canvas, light.on(rgb("#f4f0f2"), np.clip(0.45 + 0.6 * lace, 0, 1)), np.clip(foam, 0, 0.92))
    # The waterline: where rock ends downwards. Spray stands up from it.
    shift = max(1, int(0.012 * size[1]))
    foot = np.clip(rock - np.roll(rock, -shift, 0), 0, 1)
    foot[-shift:] = 0
    foot = foot * smoothstep(level + 0.15, level + 0.21, y)
    spray = smoothstep(-0.25, 0.7, fbm(size, spray_rng, 24.0, 6, 0.66))
    splash = np.clip(2.6 * blurred(foot, 0.006), 0, 1) * 0.9
    leap = np.roll(np.clip(3.5 * blurred(foot, 0.018), 0, 1), -int(0.014 * size[1]), 0) * spray
    lay(
        canvas, light.on(rgb("#fbf4f2"), 0.75), np.clip(splash * (0.5 + 0.5 * spray) + leap, 0, 0.9)
    )


def lay_gulls(canvas: np.ndarray, rng: np.random.Generator, centre: tuple[float, float]) -> None:
    """A few gulls, wings raised, against the afterglow."""
    for _ in range(9):
        x, y = centre[0] + rng.normal(0, 0.11), centre[1] + rng.normal(0, 0.045)
        span, tip = rng.uniform(0.008, 0.02), rng.uniform(0.2, 0.6)
        for way in (-1, 1):
            wing = [(0, 0), (0.5 * way, -0.38), (way, -tip), (0.52 * way, -0.22), (0, 0.12)]
            lay_polygon(canvas, np.array([(x, y)]) + np.array(wing) * span, rgb("#2a2448"))


def lighthouse(size: Size, rng: np.random.Generator, light: Light = DUSK) -> np.ndarray:
    """The lamp just lit, surf below, first stars above; float [h w 3]."""
    sky, stars, high, low, swell, surface, rock, surf, brush = rng.spawn(9)
    x, y = axes(size)
    canvas = clear_sky(size, sky, light, HORIZON)
    veil_rng, band_rng = high.spawn(2)
    veil = streaks(size, veil_rng, 0.42, 4.5, 4.5, -0.13)
    glowing = smoothstep(0.05, 0.55, y) * np.ones_like(x)
    lay(canvas, mix(rgb("#5a4a94"), rgb("#ff8f7a"), glowing), veil * 0.75)
    bars = streaks(size, band_rng, 0.4, 9.0, 9.0, 0.0) * smoothstep(0.3, 0.5, y)
    lay(canvas, mix(rgb("#8a4a80"), rgb("#ffb27a"), glowing), bars * 0.6)
    lay_light(canvas, rgb("#ff9f5c"), 0.8 * glow(size, light.lamp_at, 0.17, 1.7))
    bank, tower = low.spawn(2)
    body = (rgb("#4a3c78"), rgb("#a8587f"), rgb("#ffb083"))
    lay_cumulus(
        canvas,
        bank,
        np.concatenate(
            [
                puffs(bank, (cx, HORIZON + 0.01), wide, tall, 46)
                for cx, wide, tall in (
                    (-0.02, 0.16, 0.10),
                    (0.14, 0.1, 0.05),
                    (0.52, 0.12, 0.05),
                    (0.70, 0.14, 0.085),
                    (0.98, 0.12, 0.06),
                    (1.15, 0.16, 0.10),
                )
            ]
        ),
        light,
        body,
        HORIZON + 0.06,
        0.75,
        1.6,
    )
    clouds = lay_cumulus(
        canvas,
        tower,
        np.concatenate(
            [puffs(tower, (0.90, 0.54), 0.26, 0.2, 90), puffs(tower, (1.6, 0.42), 0.3, 0.22, 60)]
        ),
        light,
        body,
        0.545,
        0.9,
        1.2,
    )
    lay_light(canvas, rgb("#ffd9a0"), 0.9 * glow(size, (0.30, HORIZON - 0.004), 0.03, 2.0))

    view = View(size=size, horizon=HORIZON, eye=5.0, focal=1.1, near=11.0, far=600.0, slices=800)
    height = swell_field(view, swell, 1.0, 9.0)
    lay_sea(canvas, surface, view, light, height, (rgb("#151c4c"), rgb("#35608f")), 0.75, 0.8)
    far, main, stacks = rock.spawn(3)
    headland = ((1.18, 0.70), (1.22, 0.645), (1.30, 0.625), (1.9, 0.60), (1.9, 0.70))
    lay_cliff(canvas, far, (headland,), light, rgb("#5a6a50"), 0.55, 0.5)
    brush_sea, brush_all = brush.spawn(2)
    canvas = brushwork(canvas, brush_sea, 0.65)

    rocks = ((0.70, 0.055, 0.16), (0.84, 0.035, 0.075), (0.56, 0.03, 0.05))
    covered = lay_cliff(
        canvas, stacks, tuple(sea_stack(*rock) for rock in rocks), light, None, 0.05
    )
    covered = np.maximum(covered, lay_cliff(canvas, main, (CLIFF,), light, rgb("#6f8048")))
    lay_surf(canvas, surf, covered, HORIZON, light)
    lay_cottage(canvas, (1.575, 0.497), 0.15, light)
    lay_lighthouse(canvas, (LANTERN[0], 0.53), 0.37, light)
    canvas = brushwork(canvas, brush_all, 0.45, 0.007)
    starlight = np.zeros_like(canvas)
    lay_stars(starlight, stars, 900, 0.46, None, 0.95)
    lay_light(canvas, starlight, (1.0 - clouds) * (1.0 - covered) * smoothstep(0.5, 0.3, y))
    lay_lighthouse(canvas, (LANTERN[0], 0.53), 0.37, light)
    lay_gulls(canvas, surf, (0.30, 0.47))
    lay_sweep(canvas, sky, LANTERN, (-0.05, 0.13), 0.10, 0.62)
    lay_sweep(canvas, stars, LANTERN, (2.0, 0.13), 0.07, 0.5)
    lay_balloon(
        canvas,
        (0.60, 0.285),
        0.085,
        (-0.55, -0.1, 0.35),
        rgb("#f0c4c4"),
        0.55,
        light.haze,
        0.06,
        rgb("#ffb98a"),
    )
    lay_light(canvas, rgb("#ffe2a8"), glow(size, LANTERN, 0.035, 2.2))
    return bloom(canvas, 0.74, 0.01, 0.45)
