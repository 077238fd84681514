"""The five places of the painted clips: the layers of each, and their description."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from seine_core.painter.drawing import (
    Layer,
    Rng,
    mix,
    over,
    premultiplied,
    rgb,
    smoothstep,
    value_noise,
)
from seine_core.painter.light import (
    Hour,
    Light,
    Weather,
    random_light,
    sky_layers,
    stars,
    weather_layers,
)
from seine_core.painter.props import (
    Canvas,
    birds,
    boat,
    comet,
    fireflies,
    houses,
    leaves,
    planet,
    road,
    slope,
    stones,
    trees,
    trunks,
    water,
)

Place = Literal["landscape", "sea", "city", "forest", "space"]
PLACES: tuple[Place, ...] = get_args(Place)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The layers of a place in some light, and what a caption may say of them."""

    layers: list[Layer]  # far ones first; the first is opaque everywhere
    place: Place
    description: str  # such as "snowy mountains"
    light: Light
    moving: list[str]  # descriptions of what moves, such as "birds fly by"


def scene(rng: Rng, height: int, width: int, place: Place | None = None) -> Scene:
    """A random scene, of `place` if named. Its layers are 1.7 times as high and 2.1 times as wide
    as the view of `height` x `width` pixels."""
    place = place or PLACES[rng.integers(len(PLACES))]
    hour: Hour = ("day", "dusk", "dawn", "night")[rng.choice(4, p=(0.4, 0.22, 0.13, 0.25))]
    weather: Weather = ("clear", "cloudy", "misty", "snowy", "rainy")[
        rng.choice(5, p=(0.38, 0.34, 0.14, 0.08, 0.06))
    ]
    if place == "space":
        hour, weather = "night", "clear"
    light = random_light(rng, hour, weather)
    shape = (round(1.7 * height), round(2.1 * width))
    horizon = shape[0] / 2 + rng.uniform(-0.06, 0.16) * height
    canvas = Canvas(rng=rng, shape=shape, unit=float(height), horizon=horizon, light=light)
    layers, description, moving = _PAINTERS[place](canvas)
    if place != "space":
        sky = sky_layers(rng, shape, horizon, light, canvas.unit)
        if any(layer.drift[0] for layer in sky):
            moving.append("clouds drift by")
        layers = [*sky, *layers, *weather_layers(rng, shape, light, canvas.unit)]
        if hour != "night" and rng.uniform() < 0.3:
            layers += birds(canvas)
            moving.append("birds fly by")
    return Scene(layers=layers, place=place, description=description, light=light, moving=moving)


def _landscape(canvas: Canvas) -> tuple[list[Layer], str, list[str]]:
    rng, light, unit, horizon = canvas.rng, canvas.light, canvas.unit, canvas.horizon
    kind = ("mountains", "hills", "desert", "lake")[rng.choice(4, p=(0.4, 0.25, 0.15, 0.2))]
    snow = light.weather == "snowy" or (kind in ("mountains", "lake") and rng.uniform() < 0.6)
    layers = []
    if kind != "hills":
        stone = canvas.pick("5d5f7a", "7d6a6e", "8a7f78", "56707c")
        if kind == "desert":
            stone = canvas.pick("b0704a", "c98d5a", "9c5a4a")
        for far, depth in ((0.62, 0.45), (0.35, 0.55)):
            high = rng.uniform(0.16, 0.34) * (1.2 - far / 2)
            line = canvas.ridge(horizon - 0.3 * high * unit, high, rng.uniform(5, 9))
            layers.append(Layer(paint=slope(canvas, line, stone, far, snow), depth=depth))
    ground = canvas.pick("4f7a3a", "7a9a48", "8a8a4a", "3f6a48")
    if kind == "desert":
        ground = canvas.pick("d8a868", "c98a58", "e0bf8a")
    if light.weather == "snowy":
        ground = mix(ground, rgb("eef2f8"), 0.85)
    description = {
        "mountains": "snowy mountains" if snow else "mountains",
        "hills": "green hills",
        "desert": "a desert",
        "lake": "a lake below mountains",
    }[kind]
    if kind == "lake":
        layers += water(canvas, horizon + 0.04 * unit)
    for i, (far, depth) in enumerate(((0.3, 0.68), (0.1, 0.85), (0.0, 1.0))):
        if kind == "lake" and i < 2:
            continue
        row = horizon + (0.06, 0.19, 0.36)[i] * unit
        line = canvas.ridge(row, rng.uniform(0.03, 0.09), rng.uniform(2, 5), 3)
        paint = slope(canvas, line, ground * (1.0 - 0.12 * i), far, False)
        if kind != "desert":
            paint = over(trees(canvas, line, (0.05, 0.1, 0.2)[i], far, (26, 13, 5)[i]), paint)
        elif i:
            paint = over(stones(canvas, line, far), paint)
        layers.append(Layer(paint=paint, depth=depth))
    return layers, description, []


def _sea(canvas: Canvas) -> tuple[list[Layer], str, list[str]]:
    rng, unit, horizon = canvas.rng, canvas.unit, canvas.horizon
    layers, moving, description = [], ["waves roll"], "the sea"
    if rng.uniform() < 0.5:
        line = canvas.ridge(horizon + 0.02 * unit, rng.uniform(0.08, 0.2), rng.uniform(3, 6))
        line = line + unit * smoothstep(
            0.15, 0.4, np.abs(np.linspace(-1, 1, len(line)) - rng.uniform(-0.5, 0.5))
        )
        stone = canvas.pick("5a6a70", "6a6258", "4a6a58")
        layers.append(Layer(paint=slope(canvas, line, stone, 0.3, False), depth=0.5))
        description = "the sea and an island"
    layers += water(canvas, horizon)
    if rng.uniform() < 0.45:
        layers.append(boat(canvas))
        moving.append("a boat sails by")
        description = description.replace("the sea", "the sea with a boat")
    if rng.uniform() < 0.4:
        line = canvas.ridge(horizon + 0.36 * unit, 0.05, 2.5, 2)
        sand = canvas.pick("d9bd8c", "c9a878", "e6d2a8")
        paint = slope(canvas, line, sand, 0.0, False)
        layers.append(Layer(paint=over(stones(canvas, line, 0.0), paint), depth=1.0))
        description = "a beach by " + description
    return layers, description, moving


def _city(canvas: Canvas) -> tuple[list[Layer], str, list[str]]:
    rng, light, unit, horizon = canvas.rng, canvas.light, canvas.unit, canvas.horizon
    river = rng.uniform() < 0.4
    layers = []
    for far, depth, tall in ((0.6, 0.45, 0.42), (0.32, 0.6, 0.36), (0.08, 0.8, 0.3)):
        layers += houses(canvas, horizon + (0.1 - 0.12 * far) * unit, tall, far, depth)
    description = "a city"
    moving = []
    if river:
        layers += water(canvas, horizon + 0.1 * unit)
        description = "a city by the river"
    else:
        layers += road(canvas)
        moving.append("cars drive by")
        description = "a city street"
    if light.hour == "night":
        moving.append("lights glow")
    return layers, description, moving


def _forest(canvas: Canvas) -> tuple[list[Layer], str, list[str]]:
    rng, light, unit, horizon = canvas.rng, canvas.light, canvas.unit, canvas.horizon
    kind = ("pine forest", "birch forest", "autumn forest")[rng.integers(3)]
    leaf = {
        "pine forest": canvas.pick("1f4a38", "2f5f40", "274f4f"),
        "birch forest": canvas.pick("5f8f3a", "7fa84a", "4f8040"),
        "autumn forest": canvas.pick("c8702a", "d89a30", "a8452a"),
    }[kind]
    bark = rgb("d8d4c8") if kind == "birch forest" else canvas.pick("4a3628", "5a4634", "3a2e2a")
    ground = canvas.pick("4a5a30", "5f5a34", "3a5038")
    if light.weather == "snowy":
        leaf, ground = mix(leaf, rgb("eef2f8"), 0.5), mix(ground, rgb("eef2f8"), 0.85)
    layers = []
    for i, (far, depth) in enumerate(((0.6, 0.45), (0.38, 0.6), (0.16, 0.8), (0.0, 1.0))):
        row = horizon + (0.02, 0.1, 0.22, 0.42)[i] * unit
        line = canvas.ridge(row, 0.03, 5, 3)
        paint = slope(canvas, line, ground, far, False)
        tall, count = (0.34, 0.5, 0.72, 0.95)[i], (30, 18, 9, 4)[i]
        if kind == "pine forest":
            wood = trees(canvas, line, tall, far, count, leaf)
        else:
            wood = trunks(canvas, line, tall, far, count, bark, leaf)
        layers.append(Layer(paint=over(wood, paint), depth=depth))
    moving = []
    if light.hour == "night":
        layers += [fireflies(canvas, phase) for phase in (0.0, 2.0)]
        moving.append("fireflies glow")
    elif kind == "autumn forest" and rng.uniform() < 0.6:
        layers.append(leaves(canvas, leaf))
        moving.append("leaves fall")
    return layers, f"an {kind}" if kind.startswith("a") else f"a {kind}", moving


def _space(canvas: Canvas) -> tuple[list[Layer], str, list[str]]:
    rng, unit = canvas.rng, canvas.unit
    height, width = canvas.shape
    first = canvas.pick("4a2a7a", "1f4a8a", "7a2a5a", "1f6a6a")
    second = canvas.pick("c85a8a", "4a9ac8", "e0a05a", "5ac89a")
    cloud = value_noise(rng, canvas.shape, 2.5, 5)
    picture = mix(rgb("05060f"), first, 0.8 * smoothstep(-0.3, 1.0, cloud))
    picture = mix(
        picture,
        second,
        0.7 * smoothstep(0.25, 1.4, cloud + 0.4 * value_noise(rng, canvas.shape, 4, 4)),
    )
    layers = [Layer(paint=premultiplied(picture, np.ones(canvas.shape, np.float32)), depth=0.3)]
    layers += stars(rng, canvas.shape, float(height), 130)
    description, moving = "space with a bright nebula", ["stars twinkle"]
    planets = int(rng.integers(0, 3))
    for i in range(planets):
        x = width / 2 + rng.uniform(-0.7, 0.7) * unit
        y = height / 2 + rng.uniform(-0.3, 0.3) * unit
        radius = unit * rng.uniform(0.1, 0.32) * (1.0 - 0.4 * i)
        layers.append(Layer(paint=planet(canvas, x, y, radius), depth=0.5 + 0.25 * i))
    if planets:
        description = "a planet in space" if planets == 1 else "two planets in space"
    if rng.uniform() < 0.4:
        layers.append(comet(canvas))
        moving.append("a comet flies by")
    if rng.uniform() < 0.3:
        line = canvas.ridge(height / 2 + 0.33 * unit, 0.08, 5)
        paint = slope(canvas, line, canvas.pick("6a6a72", "8a5a4a", "5a6a7a") * 0.7, 0.0, False)
        layers.append(Layer(paint=over(stones(canvas, line, 0.0), paint), depth=1.0))
        description = description.replace(" in space", " above a moon")
    return layers, description, moving


_PAINTERS: dict[Place, Callable[[Canvas], tuple[list[Layer], str, list[str]]]] = {
    "landscape": _landscape,
    "sea": _sea,
    "city": _city,
    "forest": _forest,
    "space": _space,
}
