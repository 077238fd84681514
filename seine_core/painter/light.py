"""Lighting by the hour and the weather: how it tints colours, and the layers of sky and weather."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from seine_core.painter.drawing import (
    Colour,
    Layer,
    Rng,
    discs,
    glow,
    mix,
    premultiplied,
    rgb,
    smoothstep,
    value_noise,
    vertical_gradient,
)

Hour = Literal["day", "dusk", "dawn", "night"]
Weather = Literal["clear", "cloudy", "misty", "snowy", "rainy"]


@dataclass(frozen=True, kw_only=True)
class Light:
    """The colours, [3] in 0..1, that an hour and a weather give."""

    hour: Hour
    weather: Weather
    sky: tuple[Colour, Colour, Colour]  # zenith, halfway, horizon
    cloud: tuple[Colour, Colour]  # shaded, lit
    tint: Colour  # of white

    def shade(self, colour: Colour, distance: float = 0.0) -> Colour:
        """`colour` under this light, blended towards haze with `distance` 0..1."""
        thick = 1.0 if self.weather == "misty" else 0.75
        return mix(colour * self.tint, self.sky[2], min(0.93, thick * distance))


_SKIES: dict[Hour, tuple[tuple[str, str, str], ...]] = {
    "day": (
        ("2f78c4", "79b4e6", "d4e9f2"),
        ("3f92cf", "8fcbe8", "e6f0e8"),
        ("4a86b8", "9cc3dc", "dfe6e6"),
    ),
    "dusk": (
        ("2e2f6b", "b8567e", "ffb765"),
        ("3d3a72", "d8705a", "ffcf7d"),
        ("4b2f63", "a64b8c", "f79a7b"),
    ),
    "dawn": (
        ("6b93c9", "e5b4bd", "ffe2b0"),
        ("7aa6c4", "c9c3d8", "ffd9c4"),
        ("5f7fb5", "d6a7c9", "ffe9c9"),
    ),
    "night": (
        ("060a1f", "13244d", "2d4a7c"),
        ("0a0a24", "221f52", "4a3f75"),
        ("04121f", "0e3047", "2a5a68"),
    ),
}
_TINTS: dict[Hour, str] = {"day": "fffaf0", "dusk": "e8a58c", "dawn": "f2d2c6", "night": "4a5a8c"}
_CLOUDS: dict[Hour, tuple[str, str]] = {
    "day": ("b4c3d2", "ffffff"),
    "dusk": ("7a4470", "ffc09a"),
    "dawn": ("b79ab8", "fff0dc"),
    "night": ("141c3c", "3c4d7e"),
}


def random_light(rng: Rng, hour: Hour, weather: Weather) -> Light:
    """A light of that hour and weather, its sky between two of the hour's."""
    choices = _SKIES[hour]
    first, second = (choices[i] for i in rng.integers(len(choices), size=2))
    between = float(rng.uniform())
    above, half, low = (
        mix(rgb(a), rgb(b), between) * rng.uniform(0.93, 1.04, 3)
        for a, b in zip(first, second, strict=True)
    )
    grey = 0.55 if weather in ("rainy", "snowy") else 0.2 if weather == "misty" else 0.0
    sky = tuple(
        mix(colour, np.full(3, colour.mean(), np.float32), grey).astype(np.float32)
        for colour in (above, half, low)
    )
    shade, bright = (rgb(code) for code in _CLOUDS[hour])
    tint = mix(rgb(_TINTS[hour]), np.full(3, 0.7, np.float32) * rgb(_TINTS[hour]), grey)
    return Light(
        hour=hour,
        weather=weather,
        sky=(sky[0], sky[1], sky[2]),
        cloud=(mix(shade, sky[1], 0.3), mix(bright, sky[2], 0.15)),
        tint=tint,
    )


def sky_layers(
    rng: Rng, shape: tuple[int, int], horizon: float, light: Light, unit: float
) -> list[Layer]:
    """Sky with sun, moon or stars, and drifting clouds, in layers [h w 4] of `shape`, which end at
    the row `horizon`. `unit` is the view's height in pixels."""
    width = shape[1]
    top = horizon - 0.75 * unit
    middle = (horizon + top) / 2
    zenith, half, low = light.sky
    picture = vertical_gradient(shape, ((top, zenith), (middle, half), (horizon, low))).copy()
    x = width / 2 + rng.uniform(-0.6, 0.6) * unit
    y = horizon - unit * rng.uniform(0.05, 0.22 if light.hour in ("dusk", "dawn") else 0.5)
    lamp = rgb("dfe6ff" if light.hour == "night" else "fff3cf")
    shows = light.weather in ("clear", "cloudy") and rng.uniform() < 0.75
    if shows:
        radius = unit * rng.uniform(0.03, 0.07)
        picture = mix(picture, lamp, 0.55 * glow(shape, x, y, 3 * radius))
        disc = discs(shape, [(x, y, radius)], lamp)
        picture = picture * (1 - disc[..., 3:]) + disc[..., :3]
    layers = [Layer(paint=premultiplied(picture, np.ones(shape, np.float32)), depth=0.3)]
    if light.hour == "night" and light.weather == "clear":
        layers += stars(rng, shape, horizon, 70)
    if light.weather != "clear" or rng.uniform() < 0.3:
        layers += clouds(rng, shape, horizon, light, unit)
    return layers


def stars(rng: Rng, shape: tuple[int, int], low: float, count: int) -> list[Layer]:
    """Two layers of `count` stars in all, above the row `low`, that twinkle in opposite phase."""
    made = []
    for phase in (0.0, np.pi):
        places = [
            (rng.uniform(0, shape[1]), low * rng.uniform() ** 1.3, 0.35 + 0.75 * rng.uniform() ** 4)
            for _ in range(count // 2)
        ]
        paint = discs(shape, places, rgb("f4f4ff"))
        made.append(Layer(paint=paint, depth=0.28, twinkle=0.35, period=10.0, phase=phase))
    return made


def clouds(
    rng: Rng, shape: tuple[int, int], horizon: float, light: Light, unit: float
) -> list[Layer]:
    """One or two drifting layers of clouds above the row `horizon`, the nearer one faster."""
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    made = []
    direction = float(rng.choice((-1, 1)))
    cover = {"clear": 0.35, "cloudy": 0.1, "misty": 0.2, "snowy": -0.05, "rainy": -0.1}
    for near in range(int(rng.integers(1, 3))):
        field = value_noise(rng, shape, 5.0 - near, 4, 2.4)
        lit = np.clip(0.5 + 1.4 * (field - np.roll(field, 4, 0)) + 0.25 * field, 0, 1)
        low = cover[light.weather] + rng.uniform(-0.05, 0.15)
        alpha = smoothstep(low, low + rng.uniform(0.3, 0.6), field)
        alpha *= smoothstep(horizon - 0.02 * unit, horizon - 0.3 * unit, rows) * rng.uniform(
            0.75, 0.95
        )
        drift = direction * rng.uniform(0.2, 0.8) * (1 + near) * unit / 128
        made.append(
            Layer(
                paint=premultiplied(mix(light.cloud[0], light.cloud[1], lit), alpha),
                depth=0.36 + 0.08 * near,
                drift=(drift, 0.0),
            )
        )
    return made


def weather_layers(rng: Rng, shape: tuple[int, int], light: Light, unit: float) -> list[Layer]:
    """Layers of mist, snow or rain in front of the scene; none in other weather."""
    if light.weather == "misty":
        rows = np.arange(shape[0], dtype=np.float32)[:, None]
        bank = np.exp(-(((rows - shape[0] / 2 - 0.15 * unit) / (0.22 * unit)) ** 2))
        alpha = np.clip(bank * (0.45 + 0.4 * value_noise(rng, shape, 4.0, 3, 4.0)), 0, 0.8)
        drift = float(rng.uniform(-0.6, 0.6)) * unit / 128
        return [Layer(paint=premultiplied(light.sky[2], alpha), depth=0.7, drift=(drift, 0.0))]
    if light.weather == "snowy":
        return [_flakes(rng, shape, unit, speed) for speed in (1.0, 1.8)]
    if light.weather == "rainy":
        return [_streaks(rng, shape, unit)]
    return []


def _flakes(rng: Rng, shape: tuple[int, int], unit: float, speed: float) -> Layer:
    places = [
        (rng.uniform(0, shape[1]), rng.uniform(0, shape[0]), speed * rng.uniform(0.4, 0.8))
        for _ in range(150)
    ]
    fall = speed * unit / 128
    paint = discs(shape, places, rgb("ffffff")) * np.float32(0.8)
    return Layer(paint=paint, depth=0.5 * speed, drift=(0.3 * fall, fall), swing=(1.0, 0.0))


def _streaks(rng: Rng, shape: tuple[int, int], unit: float) -> Layer:
    field = rng.uniform(0, 1, (shape[0] // 10, shape[1])).astype(np.float32)
    alpha = np.repeat((field > 0.975).astype(np.float32), 10, 0)
    alpha = np.pad(alpha, ((0, shape[0] - len(alpha)), (0, 0)), "edge") * 0.22
    return Layer(
        paint=premultiplied(rgb("dfe8f4"), alpha), depth=0.8, drift=(0.0, 5.0 * unit / 128)
    )
