"""Scene: dawn in the mountains, the balloon lifting off."""

import numpy as np

from assets.painter.balloon import lay_balloon
from assets.painter.brush import brushwork
from assets.painter.buildings import lay_cabin, lay_fence, lay_smoke
from assets.painter.canvas import bloom, glow, lay, lay_light, mix, rgb
from assets.painter.land import (
    below,
    lay_meadow,
    lay_mist,
    lay_mountains,
    mountain_field,
    slope_line,
)
from assets.painter.light import Light
from assets.painter.noise import Size
from assets.painter.relief import View
from assets.painter.sky import clear_sky, streaks
from assets.painter.trees import lay_wood_edge

DAWN = Light(
    sky=(
        (0.0, rgb("#4f7fae")),
        (0.35, rgb("#8fb0c9")),
        (0.62, rgb("#e7c7b8")),
        (0.82, rgb("#fbc58a")),
        (1.0, rgb("#ffdf9e")),
    ),
    lamp=rgb("#ffd9a0"),
    lamp_at=(1.38, 0.40),
    towards=(0.85, 0.45, -0.1),
    shade=rgb("#5f6da8"),
    haze=rgb("#c3bccf"),
)


def mountains(size: Size, rng: np.random.Generator, light: Light = DAWN) -> np.ndarray:
    """Peaks at sunrise over a misty valley, a cabin and the balloon; float [h w 3]."""
    sky, cloud, field, far, mist, wood, hill, brush, near = rng.spawn(9)
    canvas = clear_sky(size, sky, light, 0.5)
    cover = streaks(size, cloud, 0.45, 4.0, 5.0, 0.12)
    lay(canvas, mix(rgb("#f2b8a8"), rgb("#ffe9c6"), cover), cover * 0.75)
    lay_light(canvas, rgb("#ffcf86"), 0.85 * glow(size, light.lamp_at, 0.16, 1.7))

    view = View(size=size, horizon=0.5, eye=0.5, focal=1.15, near=1.6, far=34.0, slices=700)
    peaks = (
        (0.50, 13.0, 6.0, 4.2),
        (0.14, 19.0, 6.6, 5.0),
        (0.86, 22.0, 5.6, 4.5),
        (1.62, 20.0, 5.0, 4.2),
    )
    height = mountain_field(view, field, peaks, 2.6)
    lay_mountains(canvas, far, view, light, height, 1.75, 26.0, 0.5)
    banks = mist.spawn(3)
    lay_mist(canvas, banks[0], light, 0.57, 0.045, 0.7)

    slopes = wood.spawn(6)
    back = slope_line(size, slopes[0], ((0, 0.60), (0.5, 0.655), (1.0, 0.675), (1.78, 0.58)), 0.014)
    lay(canvas, rgb("#7f86a0"), below(size, back + 0.008))
    lay_wood_edge(
        canvas, slopes[1], back, 0.006, (0.045, 0.085), rgb("#6c7796"), rgb("#a38f98"), 1.0
    )
    lay_mist(canvas, banks[1], light, 0.70, 0.05, 0.9)
    mid = slope_line(size, slopes[2], ((0, 0.62), (0.35, 0.72), (1.1, 0.79), (1.78, 0.66)), 0.01)
    lay(canvas, rgb("#465a6c"), below(size, mid + 0.01))
    lay_wood_edge(canvas, slopes[3], mid, 0.008, (0.08, 0.15), rgb("#344a60"), rgb("#7b6e6c"), 1.0)
    lay_mist(canvas, banks[2], light, 0.80, 0.045, 0.85)

    back_brush, front_brush = brush.spawn(2)
    canvas = brushwork(canvas, back_brush, 0.8)
    meadow = slope_line(
        size, hill, ((0, 0.76), (0.4, 0.79), (0.8, 0.83), (1.3, 0.84), (1.78, 0.80)), 0.004
    )
    grass = (rgb("#3d5a3c"), rgb("#b7a552"))
    flowers = (rgb("#f6d6e0"), rgb("#ffe7a0"), rgb("#d9b8f0"), rgb("#ffffff"))
    lay_meadow(canvas, near, meadow, light, grass, flowers)
    lay_wood_edge(
        canvas,
        slopes[4],
        meadow,
        0.05,
        (0.16, 0.3),
        rgb("#1d3038"),
        rgb("#6b6044"),
        1.0,
        gaps=((0.28, 1.56),),
    )
    lay_fence(canvas, hill.spawn(1)[0], meadow, (0.62, 1.70), light)
    lay_smoke(canvas, slopes[5], (0.50, 0.665), 0.34, rgb("#e9dfe6"), 0.6)
    lay_cabin(canvas, (0.42, 0.83), 0.17, light)
    canvas = brushwork(canvas, front_brush, 0.3, 0.006)
    lay_balloon(
        canvas,
        (1.13, 0.345),
        0.165,
        (0.75, 0.25, 0.35),
        rgb("#fff0e2"),
        0.35,
        light.haze,
        0.04,
        rgb("#ffe2a8"),
    )
    lay_light(canvas, rgb("#ffb45e"), 0.35 * glow(size, light.lamp_at, 0.3, 2.0))
    return bloom(canvas, 0.78, 0.012, 0.35)
