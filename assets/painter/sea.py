"""Scene: the open sea at golden hour."""

import numpy as np

from assets.painter.balloon import lay_balloon
from assets.painter.brush import brushwork
from assets.painter.canvas import bloom, disc, glow, lay, lay_light, mix, rgb
from assets.painter.light import Light
from assets.painter.noise import Size
from assets.painter.relief import View
from assets.painter.sky import clear_sky, lay_cumulus, puffs, streaks
from assets.painter.water import lay_boat, lay_reflection, lay_sea, picture_of, swell_field

GOLDEN = Light(
    sky=(
        (0.0, rgb("#3d7ea6")),
        (0.3, rgb("#6fb0b8")),
        (0.58, rgb("#cfd3a6")),
        (0.8, rgb("#ffbe62")),
        (1.0, rgb("#ff9a4a")),
    ),
    lamp=rgb("#ffd28a"),
    lamp_at=(0.62, 0.50),
    towards=(-0.55, 0.25, 0.35),
    shade=rgb("#5c6fa0"),
    haze=rgb("#f3bf8e"),
)
HORIZON = 0.56


def sea(size: Size, rng: np.random.Generator, light: Light = GOLDEN) -> np.ndarray:
    """Swells, a sailing boat and towering cloud against the sun; float [h w 3]."""
    sky, high, banks, swell, surface, mirror, brush = rng.spawn(7)
    canvas = clear_sky(size, sky, light, HORIZON)
    veil = streaks(size, high, 0.42, 5.0, 4.5, -0.1)
    lay(canvas, mix(rgb("#ffb37a"), rgb("#fff0cf"), veil), veil * 0.7)
    lay_light(canvas, rgb("#ffd27a"), glow(size, light.lamp_at, 0.17, 1.8))

    far, tower, left = banks.spawn(3)
    body = (rgb("#9a7f98"), rgb("#dd9f86"), rgb("#ffdca6"))
    low = np.concatenate(
        [
            puffs(far, (cx, HORIZON - 0.01), 0.20, 0.075 + 0.05 * far.uniform(), 34)
            for cx in np.linspace(-0.1, 1.9, 11)
        ]
    )
    lay_cumulus(canvas, far, low, light, body, HORIZON + 0.02, 0.8)
    rich = (rgb("#6f6d96"), rgb("#d29a90"), rgb("#ffe9c2"))
    lay_cumulus(
        canvas,
        tower,
        np.concatenate(
            [
                puffs(tower, (1.42, 0.45), 0.34, 0.40, 150),
                puffs(tower, (1.66, 0.47), 0.26, 0.26, 70),
                puffs(tower, (1.16, 0.48), 0.2, 0.14, 50),
            ]
        ),
        light,
        rich,
        0.50,
    )
    lay_cumulus(
        canvas,
        left,
        np.concatenate(
            [puffs(left, (0.1, 0.48), 0.26, 0.2, 70), puffs(left, (0.34, 0.5), 0.14, 0.09, 30)]
        ),
        light,
        rich,
        0.52,
    )
    lay(canvas, rgb("#fff6d8"), disc(size, light.lamp_at, 0.032, 0.006))
    lay_light(canvas, rgb("#ffc060"), 0.9 * glow(size, light.lamp_at, 0.07, 2.0))

    view = View(size=size, horizon=HORIZON, eye=3.2, focal=1.1, near=5.5, far=420.0, slices=900)
    height = swell_field(view, swell, 0.85, 9.0)
    lay_sea(
        canvas,
        surface,
        view,
        light,
        height,
        (rgb("#0d3a58"), rgb("#2aa596")),
        1.0,
        1.0,
    )
    boat_at = (1.22, 0.655)
    boat = (boat_at, 0.30, light)
    picture, alpha = picture_of(size, lay_boat, *boat)
    hull_reflection, flight_reflection = mirror.spawn(2)
    lay_reflection(canvas, hull_reflection, picture * 0.7, alpha, boat_at[1], 0.75, 1.4)
    flight = (
        (0.40, 0.25),
        0.115,
        (0.5, 0.0, 0.45),
        rgb("#ffe3c4"),
        0.15,
        light.haze,
        0.06,
        rgb("#ffd890"),
    )
    picture, alpha = picture_of(size, lay_balloon, *flight)
    lay_reflection(canvas, flight_reflection, picture * 0.85, alpha, HORIZON + 0.02, 0.8, 1.5)
    lay_boat(canvas, *boat)
    canvas = brushwork(canvas, brush, 0.7)
    lay_boat(canvas, *boat)
    lay_balloon(canvas, *flight)
    lay_light(canvas, rgb("#ffb050"), 0.3 * glow(size, light.lamp_at, 0.3, 2.0))
    return bloom(canvas, 0.8, 0.012, 0.4)
