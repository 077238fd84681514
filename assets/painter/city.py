"""Scene: a city street at night after rain."""

import cv2
import numpy as np

from assets.painter.balloon import lay_balloon
from assets.painter.brush import brushwork
from assets.painter.canvas import (
    axes,
    bloom,
    blurred,
    glow,
    lay,
    lay_light,
    lay_polygon,
    mix,
    ramp,
    rgb,
    smoothstep,
)
from assets.painter.light import Light
from assets.painter.noise import Size, displaced, fbm
from assets.painter.sky import lay_stars, streaks
from assets.painter.street import (
    Canyon,
    lay_lamp,
    lay_shop_sign,
    lay_sign,
    lay_string_lights,
    lay_tower,
    neon_haze,
    street_of_towers,
)

NIGHT = Light(
    sky=(
        (0.0, rgb("#0b1030")),
        (0.35, rgb("#1c1f58")),
        (0.65, rgb("#4a2d74")),
        (0.85, rgb("#a4497f")),
        (1.0, rgb("#f08a6a")),
    ),
    lamp=rgb("#ffc684"),
    lamp_at=(0.93, 0.62),
    towards=(0.0, 0.2, 0.6),
    shade=rgb("#272b5c"),
    haze=rgb("#93508a"),
)


def lay_far_skyline(
    canvas: np.ndarray, rng: np.random.Generator, light: Light, foot: float
) -> None:
    """Rows of far towers in haze, the nearer the darker, with pin-prick windows."""
    rows, cols = canvas.shape[:2]
    aspect = cols / rows
    for layer, (fade, tallest) in enumerate(((0.72, 0.42), (0.5, 0.34), (0.3, 0.24))):
        x = -0.02
        while x < aspect:
            wide = rng.uniform(0.03, 0.075)
            centred = np.exp(-(((x + wide / 2 - light.lamp_at[0]) / 0.5) ** 2))
            tall = tallest * rng.uniform(0.45, 1.0) * (0.55 + 0.45 * centred)
            colour = mix(rgb("#1b1d48"), light.haze, fade)
            steps = [(0.0, 1.0), (0.14, 1.08), (0.3, 1.14)][: rng.integers(1, 4)]
            for inset, lift in steps:
                left, right, top = x + inset * wide, x + (1 - inset) * wide, foot - tall * lift
                box = np.array([(left, top), (right, top), (right, foot), (left, foot)])
                lay_polygon(canvas, box, colour)
            if rng.uniform() < 0.3:
                tip = x + wide / 2
                mast = np.array(
                    [
                        (tip - 0.0015, foot - tall),
                        (tip + 0.0015, foot - tall),
                        (tip, foot - tall * 1.36),
                    ]
                )
                lay_polygon(canvas, mast, colour)
            for wy in np.arange(foot - tall + 0.012, foot, 0.011):
                for wx in np.arange(x + 0.005, x + wide - 0.005, 0.0075):
                    if rng.uniform() < 0.33:
                        pane = np.array(
                            [
                                (wx, wy),
                                (wx + 0.0036, wy),
                                (wx + 0.0036, wy + 0.0052),
                                (wx, wy + 0.0052),
                            ]
                        )
                        lay_polygon(canvas, pane, rgb("#ffd08a"), (0.35 + 0.2 * layer))
            x += wide * rng.uniform(0.75, 1.5)


def lay_people(canvas: np.ndarray, canyon: Canyon, rng: np.random.Generator, up: int) -> None:
    """Walkers with umbrellas, dark against the glow."""
    spots = [(-6.0, 15.0), (-7.6, 23.0), (6.6, 18.0), (5.4, 30.0), (3.6, 44.0), (7.6, 12.5)]
    tints = [rgb(c) for c in ("#8a1d33", "#1f3b55", "#b0722a", "#3b2a5a", "#24504e", "#15172a")]
    for (x, z), tint in zip(spots, tints, strict=True):

        def at(points: list[tuple[float, float]], x: float = x, z: float = z) -> np.ndarray:
            return np.array([canyon.at(x + px, up * py, z) for px, py in points])

        dark = rgb("#0d0d1a")
        for way in (-1, 1):
            foot = way * rng.uniform(0.14, 0.26)
            leg = [
                (foot - 0.08, 0),
                (foot + 0.09, 0),
                (way * 0.1 + 0.1, 0.7),
                (way * 0.1 - 0.1, 0.7),
            ]
            lay_polygon(canvas, at(leg), dark)
        coat = [
            (-0.34, 0.5),
            (0.34, 0.5),
            (0.27, 1.0),
            (0.26, 1.38),
            (0.12, 1.47),
            (-0.12, 1.47),
            (-0.26, 1.38),
            (-0.25, 1.0),
        ]
        lay_polygon(canvas, at(coat), dark)
        seam = 1.0 if x < 0 else -1.0
        lit_side = [
            (0.34 * seam, 0.5),
            (0.26 * seam, 1.38),
            (0.19 * seam, 1.38),
            (0.25 * seam, 0.5),
        ]
        lay_polygon(canvas, at(lit_side), rgb("#d08a8a"), 0.55)
        head = [(0.13 * np.cos(a), 1.6 + 0.15 * np.sin(a)) for a in np.linspace(0, 6.3, 14)]
        lay_polygon(canvas, at(head), dark)
        dome = [(0.78 * np.cos(a), 1.72 + 0.5 * np.sin(a)) for a in np.linspace(0, np.pi, 16)]
        lay_polygon(canvas, at(dome), tint)
        lit = [(0.78 * np.cos(a), 1.72 + 0.5 * np.sin(a)) for a in np.linspace(0.9, 2.2, 9)]
        lay_polygon(canvas, at([*lit, (0.0, 1.98)]), tint * 2.0, 0.6)


def lay_tram(canvas: np.ndarray, canyon: Canyon, x: float, z: float, up: int) -> None:
    """A tram coming towards us, warm inside, one lamp on."""

    def quad(left: float, right: float, low: float, high: float) -> np.ndarray:
        corners = ((left, high), (right, high), (right, low), (left, low))
        return np.array([canyon.at(x + cx, up * cy, z) for cx, cy in corners])

    lay_polygon(canvas, quad(-1.35, 1.35, 0.25, 3.5), rgb("#5a1626"))
    lay_polygon(canvas, quad(-1.2, 1.2, 3.5, 3.75), rgb("#2a1222"))
    lay_polygon(canvas, quad(-1.35, 1.35, 0.25, 0.6), rgb("#1a0e1a"))
    for left, right in ((-1.2, -0.5), (-0.42, 0.42), (0.5, 1.2)):
        lay_polygon(canvas, quad(left, right, 1.6, 2.85), rgb("#ffdf9a"))
    lay_polygon(canvas, quad(-0.8, 0.8, 3.0, 3.38), rgb("#ffb84a"))
    lay_polygon(canvas, quad(-1.35, 1.35, 1.34, 1.46), rgb("#e8c27a"))
    for side in (-0.85, 0.85):
        lay_polygon(canvas, quad(side - 0.18, side + 0.18, 0.8, 1.15), rgb("#fffbe6"))


def city(size: Size, rng: np.random.Generator, light: Light = NIGHT) -> np.ndarray:
    """A neon canyon with wet paving, a tram and the balloon above; float [h w 3]."""
    sky, cloud, stars, skyline, block, walkers, wet, brush = rng.spawn(8)
    canyon = Canyon(vanishing=(0.93, 0.70))
    x, y = axes(size)
    drift = 0.06 * fbm(size, sky, 3.0, 5, 0.55, (2.5, 1.0))
    canvas = ramp(np.clip(y / 0.72 + drift, 0, 1) + 0 * x, light.sky)
    lay_stars(canvas, stars, 380, 0.4, None, 0.8)
    cover = streaks(size, cloud, 0.42, 4.0, 3.2, 0.15)
    lay(canvas, mix(rgb("#3a2a6a"), rgb("#d8708c"), smoothstep(0.1, 0.7, y) * cover), cover * 0.7)
    lay_far_skyline(canvas, skyline, light, 0.72)
    lay_light(canvas, rgb("#ff9d6e"), 0.55 * glow(size, canyon.vanishing, 0.16, 1.8))

    towers = street_of_towers(block, 8.0, 130.0)
    lamps = [(side, z) for z in (64.0, 46.0, 33.0, 23.0, 15.5) for side in (-1, 1)]
    mirror = ramp(np.clip((1.4 - y) / 0.72, 0, 1) + 0 * x, light.sky)
    walker_seed = int(walkers.integers(2**31))
    for picture, up in ((canvas, 1), (mirror, -1)):
        for tower in towers:
            lay_tower(picture, canyon, tower, light.haze, 85.0, up)
            lay_shop_sign(picture, canyon, tower, up)
            lay_sign(picture, canyon, tower, up)
        for z, tall in ((58.0, 11.0), (40.0, 9.6), (27.0, 9.0)):
            lay_string_lights(picture, canyon, z, tall, up)
        lay_tram(picture, canyon, -2.4, 34.0, up)
        for side, z in lamps:
            lay_lamp(picture, canyon, side, z, up)
        lay_people(picture, canyon, np.random.default_rng(walker_seed), up)
    lay(canvas, *wet_street(size, wet, canyon, mirror))
    # The street was laid over all feet: what stands on it comes once more.
    lay_tram(canvas, canyon, -2.4, 34.0, 1)
    for side, z in lamps:
        lay_lamp(canvas, canyon, side, z, 1)
    lay_people(canvas, canyon, np.random.default_rng(walker_seed), 1)

    canvas = brushwork(canvas, brush, 0.6, 0.008)
    lay_light(canvas, np.clip(neon_haze(canvas, 0.03) * 1.5, 0, 1), np.ones(canvas.shape[:2]))
    lay_light(canvas, light.lamp, lamp_light(size, canyon, lamps))
    lay_balloon(
        canvas,
        (0.95, 0.25),
        0.09,
        (-0.2, -0.35, 0.6),
        rgb("#e6b3c8"),
        0.85,
        light.haze,
        0.08,
        rgb("#ff8fb0"),
    )
    return bloom(canvas, 0.7, 0.008, 0.55)


def lamp_light(size: Size, canyon: Canyon, lamps: list[tuple[int, float]]) -> np.ndarray:
    """Halos of the street lamps and the cones under them [h w]; soft, so worked out small."""
    small = (size[0] // 4, size[1] // 4)
    x, y = axes(small)
    total = np.zeros((small[1], small[0]), np.float32)
    for side, z in lamps:
        bulb = canyon.at(side * (canyon.half_width - 3.8), 6.95, z)
        near = canyon.focal / z
        under = np.clip(y - bulb[1], 0, 1)
        cone = smoothstep(1.0, 0.2, np.abs(x - bulb[0]) / (0.02 + 0.42 * under))
        cone = cone * smoothstep(0.0, 0.02, under) * np.exp(-under / (5.0 * near))
        total += 0.65 * glow(small, bulb, 0.75 * near, 2.2) + 0.2 * cone
    return cv2.resize(np.clip(total, 0, 1), size, interpolation=cv2.INTER_CUBIC)


def wet_street(
    size: Size, rng: np.random.Generator, canyon: Canyon, mirror: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Paving with puddles that throw back `mirror`; its colours [h w 3] and coverage [h w]."""
    x, y = axes(size)
    puddle_rng, ripple_rng, stone_rng = rng.spawn(3)
    below = np.clip(y - canyon.vanishing[1], 0.008, None)
    depth = canyon.eye * canyon.focal / below
    across = (x - canyon.vanishing[0]) * depth / canyon.focal
    texture = fbm((1024, 1024), puddle_rng, 9.0, 6, 0.55)
    at_x, at_z = (
        (across * 22 + 500).astype(np.float32),
        (depth * 22 + 0 * across).astype(np.float32),
    )
    patches = cv2.remap(texture, at_x, at_z, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    puddle = smoothstep(-0.12, 0.3, patches)
    ripple = fbm(size, ripple_rng, 50.0, 4, 0.65, (5.0, 1.0))
    rough = displaced(mirror, 0.010 * ripple * (1 + 4 * below), 0.03 * ripple * (0.5 + 3 * below))
    rows = size[1]
    smeared = cv2.blur(rough, (max(1, rows // 300), max(1, rows // 14)))
    shine = mix(smeared * 0.9, mix(smeared, rough, 0.65), puddle)
    stones = fbm(size, stone_rng, 90.0, 3, 0.7, (3.0, 1.0))
    asphalt = rgb("#1a1a30") * (1.0 + 0.35 * stones)[..., None]
    street = asphalt * 0.45 + shine * (0.72 + 0.35 * puddle)[..., None]
    # Tram rails and the kerbs gleam towards the vanishing point.
    for rail in (-3.2, -1.7, 1.7, 3.2):
        line = np.exp(-(((across - rail) / (0.06 + 0.002 * depth)) ** 2))
        street = mix(street, rgb("#ffcf9a"), np.clip(line * 0.55, 0, 1))
    kerb = np.exp(-(((np.abs(across) - (canyon.half_width - 2.8)) / 0.16) ** 2))
    street = mix(street, rgb("#8d6f8f"), kerb * 0.5)
    inside = (np.abs(across) < canyon.half_width + 26) & (y > canyon.vanishing[1] + 0.012)
    haze = np.exp(-below / 0.03)
    street = mix(street, blurred(mirror, 0.02), np.clip(haze * 0.5, 0, 1))
    return street.astype(np.float32), inside.astype(np.float32)
