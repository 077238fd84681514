"""Scene: above the clouds at night, aurora and a great moon."""

import numpy as np

from assets.painter.balloon import lay_balloon
from assets.painter.brush import brushwork
from assets.painter.canvas import axes, bloom, glow, lay, lay_light, mix, ramp, rgb, smoothstep
from assets.painter.light import Light
from assets.painter.noise import Size, fbm
from assets.painter.sky import (
    lay_aurora,
    lay_cumulus,
    lay_moon,
    lay_stars,
    milky_way,
    puffs,
)

MOONLIT = Light(
    sky=(
        (0.0, rgb("#050a22")),
        (0.4, rgb("#0d2048")),
        (0.72, rgb("#1d4a74")),
        (1.0, rgb("#4f8fa6")),
    ),
    lamp=rgb("#e8f0ff"),
    lamp_at=(1.33, 0.33),
    towards=(0.65, 0.6, 0.35),
    shade=rgb("#1b2b5e"),
    haze=rgb("#5c86b0"),
)


def night_sky(size: Size, rng: np.random.Generator, light: Light = MOONLIT) -> np.ndarray:
    """Stars, milky way, aurora and moon over a sea of cloud; float [h w 3]."""
    sky, way, dust, stars, curtain, moon, cloud, brush = rng.spawn(8)
    x, y = axes(size)
    drift = 0.05 * fbm(size, sky, 3.0, 5, 0.55, (2.0, 1.0))
    canvas = ramp(np.clip(y / 0.8 + drift + 0 * x, 0, 1), light.sky)
    band, lanes = milky_way(size, way, (0.75, 0.3), -0.75, 0.16)
    lay_light(canvas, mix(rgb("#6a7fd0"), rgb("#e9c9ee"), band), 0.5 * band)
    lay(canvas, rgb("#0a1030"), 0.7 * lanes * smoothstep(0.9, 0.3, y))
    nebula = smoothstep(0.1, 0.9, fbm(size, dust, 4.0, 5, 0.6)) * band
    lay_light(canvas, rgb("#c04a9a"), 0.35 * nebula)
    canvas = brushwork(canvas, brush.spawn(1)[0], 0.55, 0.008)
    lay_stars(canvas, stars, 7000, 0.85, 0.12 + 0.9 * band, 1.0)

    greens = (rgb("#7dffc0"), rgb("#22c9a0"), rgb("#7a4fe0"))
    for i, (foot, strength) in enumerate(
        (
            (((-0.3, 0.60), (0.2, 0.54), (0.5, 0.57), (0.8, 0.47), (1.1, 0.5)), 0.75),
            (((-0.3, 0.40), (0.12, 0.34), (0.3, 0.36), (0.6, 0.24), (0.85, 0.2)), 0.4),
        )
    ):
        lay_aurora(canvas, curtain.spawn(2)[i], np.array(foot), 0.42 - 0.1 * i, greens, strength)
    lay_moon(canvas, moon, light.lamp_at, 0.215, (rgb("#9aa6c4"), rgb("#fdf8e6")))

    layers = cloud.spawn(7)
    rows = (
        (0.71, 0.06, 18, 0.62, 0.14),
        (0.76, 0.095, 13, 0.42, 0.18),
        (0.83, 0.15, 9, 0.25, 0.24),
        (0.92, 0.19, 8, 0.12, 0.26),
        (1.05, 0.26, 7, 0.0, 0.32),
    )
    shade = (rgb("#101d4c"), rgb("#4a70ae"), rgb("#eef3ff"))
    for (level, tall, count, fade, wide), layer in zip(rows, layers, strict=False):
        spots = np.linspace(-0.15, 1.93, count) + layer.normal(0.0, 0.05, count)
        circles = np.concatenate(
            [
                puffs(layer, (spot, level), wide, tall * layer.uniform(0.4, 1.2), 110)
                for spot in spots
            ]
        )
        # The nearest heaps turn their shaded side to us: bluer, not just darker.
        nearness = mix(rgb("#ffffff"), rgb("#6486c8"), float(smoothstep(0.78, 1.05, level)))
        body = tuple(mix(c, light.haze, fade) * nearness for c in shade)
        lay_cumulus(canvas, layer, circles, light, body, level + 0.3, 1.0, 1.5)
        under = smoothstep(level - 0.01, level + 0.07, y) * np.ones_like(x)
        lay(canvas, mix(rgb("#24407e"), light.haze, fade) * nearness, 0.8 * under)
    path = np.exp(-(((x - light.lamp_at[0]) / 0.3) ** 2)) * smoothstep(0.62, 0.8, y)
    lay_light(canvas, rgb("#bcd2ff"), 0.26 * path)
    lay_light(canvas, rgb("#2fd0a4"), 0.2 * smoothstep(0.64, 0.72, y) * smoothstep(1.0, 0.1, x))
    painted = brushwork(canvas, brush.spawn(1)[0], 0.6, 0.008)
    canvas = mix(canvas, painted, smoothstep(0.6, 0.68, y) * np.ones_like(x))
    lay_balloon(
        canvas,
        (1.17, 0.40),
        0.062,
        (0.7, 0.15, 0.05),
        rgb("#c9b4dc"),
        0.8,
        light.haze,
        0.05,
        rgb("#e4eeff"),
    )
    lay_light(canvas, rgb("#ffb060"), 0.12 * glow(size, (1.17, 0.46), 0.06, 2.2))
    return bloom(canvas, 0.75, 0.01, 0.4)
