"""The five places of the painted clips: what stands in them, and in which words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from seine_core.train.painter.light import Hour, Light, Weather, heaven, light_of, stars, veil
from seine_core.train.painter.strokes import (
    Field,
    Layer,
    Rng,
    covered,
    dots,
    downwards,
    glow,
    mix,
    noise,
    outline,
    over,
    polygons,
    rgb,
    step,
    under,
)

Place = Literal["landscape", "sea", "city", "forest", "space"]
PLACES: tuple[Place, ...] = get_args(Place)


@dataclass(frozen=True, kw_only=True)
class Scene:
    layers: list[Layer]  # far ones first; the first covers everything
    place: Place
    words: str  # what it shows, such as "snowy mountains"
    hour: Hour
    weather: Weather
    moving: list[str]  # what moves in it, such as "birds fly by"


@dataclass(frozen=True, kw_only=True)
class Easel:
    """What a place is painted on: pictures of `shape`, of which the view shows `unit` rows."""

    rng: Rng
    shape: tuple[int, int]
    unit: float
    horizon: float  # row
    light: Light

    def ridge(self, row: float, height: float, cells: float, octaves: int = 5) -> Field:
        """The upper edge [w] of hills about `row`, `height` units high."""
        return row - height * self.unit * outline(self.rng, self.shape[1], cells, octaves)

    def pick(self, *codes: str) -> Field:
        a, b = self.rng.choice(len(codes), 2)
        return mix(rgb(codes[a]), rgb(codes[b]), float(self.rng.uniform()))


def scene(rng: Rng, height: int, width: int, place: Place | None = None) -> Scene:
    """A place in some light, in pictures 1.7 times as high and 2.1 times as wide as the view."""
    place = place or PLACES[rng.integers(len(PLACES))]
    hour: Hour = ("day", "dusk", "dawn", "night")[rng.choice(4, p=(0.4, 0.22, 0.13, 0.25))]
    weather: Weather = ("clear", "cloudy", "misty", "snowy", "rainy")[
        rng.choice(5, p=(0.38, 0.34, 0.14, 0.08, 0.06))
    ]
    if place == "space":
        hour, weather = "night", "clear"
    light = light_of(rng, hour, weather)
    shape = (round(1.7 * height), round(2.1 * width))
    horizon = shape[0] / 2 + rng.uniform(-0.06, 0.16) * height
    easel = Easel(rng=rng, shape=shape, unit=float(height), horizon=horizon, light=light)
    layers, words, moving = _PAINTERS[place](easel)
    if place != "space":
        layers = [*heaven(rng, shape, horizon, light, easel.unit), *layers]
        layers += veil(rng, shape, light, easel.unit)
        if len(layers) > 1 and any(layer.drift[0] for layer in layers[1:3]):
            moving.append("clouds drift by" if weather != "misty" else "mist drifts by")
    return Scene(
        layers=layers, place=place, words=words, hour=hour, weather=weather, moving=moving
    )


def _landscape(easel: Easel) -> tuple[list[Layer], str, list[str]]:
    rng, light, unit, horizon = easel.rng, easel.light, easel.unit, easel.horizon
    kind = ("mountains", "hills", "desert", "lake")[rng.choice(4, p=(0.4, 0.25, 0.15, 0.2))]
    snow = light.weather == "snowy" or (kind in ("mountains", "lake") and rng.uniform() < 0.6)
    layers = []
    if kind != "hills":
        stone = easel.pick("5d5f7a", "7d6a6e", "8a7f78", "56707c")
        if kind == "desert":
            stone = easel.pick("b0704a", "c98d5a", "9c5a4a")
        for far, depth in ((0.62, 0.45), (0.35, 0.55)):
            high = rng.uniform(0.16, 0.34) * (1.2 - far / 2)
            line = easel.ridge(horizon - 0.3 * high * unit, high, rng.uniform(5, 9))
            layers.append(Layer(paint=_slope(easel, line, stone, far, snow), depth=depth))
    ground = easel.pick("4f7a3a", "7a9a48", "8a8a4a", "3f6a48")
    if kind == "desert":
        ground = easel.pick("d8a868", "c98a58", "e0bf8a")
    if light.weather == "snowy":
        ground = mix(ground, rgb("eef2f8"), 0.85)
    words = {
        "mountains": "snowy mountains" if snow else "mountains",
        "hills": "green hills",
        "desert": "a desert",
        "lake": "a lake below mountains",
    }[kind]
    if kind == "lake":
        layers += _water(easel, horizon + 0.04 * unit)
    for i, (far, depth) in enumerate(((0.3, 0.68), (0.1, 0.85), (0.0, 1.0))):
        if kind == "lake" and i < 2:
            continue
        row = horizon + (0.06, 0.19, 0.36)[i] * unit
        line = easel.ridge(row, rng.uniform(0.03, 0.09), rng.uniform(2, 5), 3)
        paint = _slope(easel, line, ground * (1.0 - 0.12 * i), far, False)
        if kind != "desert":
            paint = over(_trees(easel, line, (0.05, 0.1, 0.2)[i], far, (26, 13, 5)[i]), paint)
        elif i:
            paint = over(_stones(easel, line, far), paint)
        layers.append(Layer(paint=paint, depth=depth))
    return layers, words, []


def _sea(easel: Easel) -> tuple[list[Layer], str, list[str]]:
    rng, unit, horizon = easel.rng, easel.unit, easel.horizon
    layers, moving, words = [], ["waves roll"], "the sea"
    if rng.uniform() < 0.5:
        line = easel.ridge(horizon + 0.02 * unit, rng.uniform(0.08, 0.2), rng.uniform(3, 6))
        line = line + unit * step(0.15, 0.4, np.abs(np.linspace(-1, 1, len(line)) - rng.uniform(-0.5, 0.5)))
        stone = easel.pick("5a6a70", "6a6258", "4a6a58")
        layers.append(Layer(paint=_slope(easel, line, stone, 0.3, False), depth=0.5))
        words = "the sea and an island"
    layers += _water(easel, horizon)
    if rng.uniform() < 0.45:
        layers.append(_boat(easel))
        moving.append("a boat sails by")
        words = words.replace("the sea", "the sea with a boat")
    if rng.uniform() < 0.4:
        line = easel.ridge(horizon + 0.36 * unit, 0.05, 2.5, 2)
        sand = easel.pick("d9bd8c", "c9a878", "e6d2a8")
        paint = _slope(easel, line, sand, 0.0, False)
        layers.append(Layer(paint=over(_stones(easel, line, 0.0), paint), depth=1.0))
        words = "a beach by " + words
    return layers, words, moving


def _city(easel: Easel) -> tuple[list[Layer], str, list[str]]:
    rng, light, unit, horizon = easel.rng, easel.light, easel.unit, easel.horizon
    river = rng.uniform() < 0.4
    layers = []
    for far, depth, tall in ((0.6, 0.45, 0.42), (0.32, 0.6, 0.36), (0.08, 0.8, 0.3)):
        layers += _houses(easel, horizon + (0.1 - 0.12 * far) * unit, tall, far, depth)
    words = "a city"
    moving = []
    if river:
        layers += _water(easel, horizon + 0.1 * unit)
        words = "a city by the river"
    else:
        road = light.on(easel.pick("4a4a52", "5a5652", "3f444c"))
        line = np.full(easel.shape[1], horizon + 0.12 * unit, np.float32)
        paint = covered(road, under(line, easel.shape[0]))
        marks = [
            ([(x, y), (x + 0.1 * unit, y), (x + 0.1 * unit, y + 1.6), (x, y + 1.6)], light.on(rgb("e0dcc8")))
            for y in (horizon + 0.26 * unit,)
            for x in np.arange(0, easel.shape[1], 0.24 * unit)
        ]
        layers.append(Layer(paint=over(paint, polygons(easel.shape, marks)), depth=0.9))
        for way in (-1.0, 1.0):
            layers.append(_cars(easel, horizon + (0.26 - 0.07 * way) * unit, way))
        moving.append("cars drive by")
        words = "a city street"
    if light.hour == "night":
        moving.append("lights glow")
    return layers, words, moving


def _forest(easel: Easel) -> tuple[list[Layer], str, list[str]]:
    rng, light, unit, horizon = easel.rng, easel.light, easel.unit, easel.horizon
    kind = ("pine forest", "birch forest", "autumn forest")[rng.integers(3)]
    leaf = {
        "pine forest": easel.pick("1f4a38", "2f5f40", "274f4f"),
        "birch forest": easel.pick("5f8f3a", "7fa84a", "4f8040"),
        "autumn forest": easel.pick("c8702a", "d89a30", "a8452a"),
    }[kind]
    bark = rgb("d8d4c8") if kind == "birch forest" else easel.pick("4a3628", "5a4634", "3a2e2a")
    ground = easel.pick("4a5a30", "5f5a34", "3a5038")
    if light.weather == "snowy":
        leaf, ground = mix(leaf, rgb("eef2f8"), 0.5), mix(ground, rgb("eef2f8"), 0.85)
    layers = []
    for i, (far, depth) in enumerate(((0.6, 0.45), (0.38, 0.6), (0.16, 0.8), (0.0, 1.0))):
        row = horizon + (0.02, 0.1, 0.22, 0.42)[i] * unit
        line = easel.ridge(row, 0.03, 5, 3)
        paint = _slope(easel, line, ground, far, False)
        tall, count = (0.34, 0.5, 0.75, 1.1)[i], (30, 18, 9, 4)[i]
        if kind == "pine forest":
            wood = _trees(easel, line, tall, far, count, leaf)
        else:
            wood = _trunks(easel, line, tall, far, count, bark, leaf)
        layers.append(Layer(paint=over(wood, paint), depth=depth))
    moving = []
    if light.hour == "night":
        for phase in (0.0, 2.0):
            layers.append(_fireflies(easel, phase))
        moving.append("fireflies glow")
    elif light.hour == "day" or light.hour == "dawn":
        words_leaves = "leaves fall"
        if kind == "autumn forest" and rng.uniform() < 0.6:
            layers.append(_leaves(easel, leaf))
            moving.append(words_leaves)
    return layers, f"a {kind}".replace("a autumn", "an autumn"), moving


def _space(easel: Easel) -> tuple[list[Layer], str, list[str]]:
    rng, unit = easel.rng, easel.unit
    height, width = easel.shape
    first = easel.pick("4a2a7a", "1f4a8a", "7a2a5a", "1f6a6a")
    second = easel.pick("c85a8a", "4a9ac8", "e0a05a", "5ac89a")
    cloud = noise(rng, easel.shape, 2.5, 5)
    picture = mix(rgb("05060f"), first, 0.8 * step(-0.3, 1.0, cloud))
    picture = mix(picture, second, 0.7 * step(0.25, 1.4, cloud + 0.4 * noise(rng, easel.shape, 4, 4)))
    layers = [Layer(paint=covered(picture, np.ones(easel.shape, np.float32)), depth=0.3)]
    layers += stars(rng, easel.shape, float(height), 130)
    words, moving = "space with a bright nebula", ["stars twinkle"]
    planets = int(rng.integers(0, 3))
    for i in range(planets):
        x = width / 2 + rng.uniform(-0.7, 0.7) * unit
        y = height / 2 + rng.uniform(-0.3, 0.3) * unit
        radius = unit * rng.uniform(0.1, 0.32) * (1.0 - 0.4 * i)
        layers.append(Layer(paint=_planet(easel, x, y, radius), depth=0.5 + 0.25 * i))
    if planets:
        words = "a planet in space" if planets == 1 else "two planets in space"
    if rng.uniform() < 0.4:
        layers.append(_comet(easel))
        moving.append("a comet flies by")
    if rng.uniform() < 0.3:
        line = easel.ridge(height / 2 + 0.33 * unit, 0.08, 5)
        paint = _slope(easel, line, easel.pick("6a6a72", "8a5a4a", "5a6a7a") * 0.7, 0.0, False)
        layers.append(Layer(paint=over(_stones(easel, line, 0.0), paint), depth=1.0))
        words = words.replace(" in space", " above a moon")
    return layers, words, moving


_PAINTERS: dict[Place, Callable[[Easel], tuple[list[Layer], str, list[str]]]] = {
    "landscape": _landscape,
    "sea": _sea,
    "city": _city,
    "forest": _forest,
    "space": _space,
}


def _slope(easel: Easel, line: Field, colour: Field, far: float, snow: bool) -> Field:
    """Land under a line: lit from one side, rougher when near, white on top where there is snow."""
    shape, unit = easel.shape, easel.unit
    grain = noise(easel.rng, shape, 9.0, 4, 2.0)
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    down = (rows - line[None]) / unit
    side = np.gradient(line)[None] * np.exp(-4 * np.clip(down, 0, None))
    tone = np.clip(1.0 + 0.16 * grain - 0.35 * np.clip(down, 0, 0.6) + 0.25 * side, 0.45, 1.4)
    lit = easel.light.on(colour, far)
    picture = lit * tone[..., None]
    if snow:
        white = easel.light.on(rgb("f6f8fc"), far)
        cap = step(0.1, 0.02, down + 0.06 * grain + 0.25 * (line[None] - line.min()) / unit)
        picture = mix(picture, white * np.clip(0.92 + 0.3 * side, 0.7, 1.05)[..., None], cap)
    return covered(np.clip(picture, 0, 1), under(line, shape[0]))


def _trees(
    easel: Easel, line: Field, tall: float, far: float, count: int, leaf: Field | None = None
) -> Field:
    """Firs along a line, `tall` units high."""
    rng, unit = easel.rng, easel.unit
    leaf = leaf if leaf is not None else easel.pick("1f4030", "2f5038", "3f5f30")
    shapes = []
    for x in np.sort(rng.uniform(0, easel.shape[1], count)):
        foot = float(line[int(x)]) + 0.03 * unit
        size = tall * unit * rng.uniform(0.6, 1.15)
        colour = easel.light.on(leaf * rng.uniform(0.75, 1.15), far)
        trunk = easel.light.on(rgb("3a2a20"), far)
        wide = 0.03 * size
        shapes.append(
            ([(x - wide, foot), (x + wide, foot), (x, foot - 0.5 * size)], trunk)
        )
        for low, high, half in ((0.12, 0.6, 0.24), (0.35, 0.8, 0.18), (0.58, 1.0, 0.12)):
            corners = [
                (x - half * size, foot - low * size),
                (x + half * size, foot - low * size),
                (x, foot - high * size),
            ]
            shapes.append((corners, colour * (0.9 + 0.2 * low)))
    return polygons(easel.shape, shapes)


def _trunks(
    easel: Easel, line: Field, tall: float, far: float, count: int, bark: Field, leaf: Field
) -> Field:
    """Trees with bare trunks and round crowns."""
    rng, unit, shape = easel.rng, easel.unit, easel.shape
    shapes, crowns = [], []
    for x in np.sort(rng.uniform(0, shape[1], count)):
        foot = float(line[int(x)]) + 0.04 * unit
        size = tall * unit * rng.uniform(0.8, 1.2)
        half = 0.022 * size * rng.uniform(0.7, 1.3)
        lean = rng.normal(0, 0.03) * size
        colour = easel.light.on(bark * rng.uniform(0.8, 1.1), far)
        corners = [
            (x - half, foot),
            (x + half, foot),
            (x + lean + 0.5 * half, foot - size),
            (x + lean - 0.5 * half, foot - size),
        ]
        shapes.append((corners, colour))
        crowns += [
            (x + lean + rng.normal(0, 0.13) * size, foot - size * rng.uniform(0.6, 1.05),
             size * rng.uniform(0.05, 0.13))
            for _ in range(9)
        ]
    tone = np.clip(1 + 0.35 * noise(rng, shape, 14.0, 3), 0.5, 1.5)
    mask = dots(shape, crowns, rgb("ffffff"))[..., 3]
    rough = np.clip(1.5 * mask + 0.6 * noise(rng, shape, 24.0, 2) * mask, 0, 1)
    crown = covered(np.clip(easel.light.on(leaf, far) * tone[..., None], 0, 1), rough)
    return over(polygons(shape, shapes), crown)


def _stones(easel: Easel, line: Field, far: float) -> Field:
    rng, unit = easel.rng, easel.unit
    colour = easel.pick("6a625a", "7a7068", "54504c")
    shapes = []
    for x in rng.uniform(0, easel.shape[1], 12):
        y = float(line[int(x)]) + rng.uniform(0.03, 0.25) * unit
        size = unit * rng.uniform(0.015, 0.05)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
        corners = [(x + 1.5 * size * np.cos(a), y + size * np.sin(a)) for a in angles]
        shapes.append((corners, easel.light.on(colour * rng.uniform(0.7, 1.2), far)))
    return polygons(easel.shape, shapes)


def _water(easel: Easel, row: float) -> list[Layer]:
    """A surface that mirrors the sky, and three rows of ripples that swing."""
    rng, light, unit, shape = easel.rng, easel.light, easel.unit, easel.shape
    deep = mix(easel.pick("1f5a78", "2a6a6a", "1f4a6a") * light.tint, light.sky[1], 0.3)
    stops = ((row, mix(deep, light.sky[2], 0.7)), (row + 0.2 * unit, deep), (row + 0.7 * unit, deep * 0.6))
    line = np.full(shape[1], row, np.float32)
    flat = covered(downwards(shape, stops), under(line, shape[0]))
    layers = [Layer(paint=flat, depth=0.5)]
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    bounds = (0.0, 0.09, 0.24, 0.9)
    for i in range(3):
        low, high = row + bounds[i] * unit, row + bounds[i + 1] * unit
        field = noise(rng, shape, (60.0, 34.0, 20.0)[i], 2, 5.0)
        alpha = step(0.25, 0.8, field) * np.clip(rows - low, 0, 1) * step(high + 0.08 * unit, high, rows)
        shine = covered(mix(light.sky[2], rgb("ffffff"), 0.25), alpha * 0.55)
        swing = (1.0 + i) * unit / 128
        layers.append(
            Layer(
                paint=shine,
                depth=(0.55, 0.7, 0.9)[i],
                swing=(swing, 0.4 * swing),
                period=float(rng.uniform(12, 20)),
                phase=float(rng.uniform(0, 6)),
            )
        )
    return layers


def _boat(easel: Easel) -> Layer:
    rng, unit = easel.rng, easel.unit
    x = easel.shape[1] / 2 + rng.uniform(-0.5, 0.5) * unit
    y = easel.horizon + rng.uniform(0.06, 0.2) * unit
    size = unit * rng.uniform(0.07, 0.14)
    hull = easel.light.on(easel.pick("a83a2a", "2a3a5a", "5a3a2a"))
    sail = easel.light.on(easel.pick("fff8ec", "f0e0c0", "e06a4a"))
    shapes = [
        ([(x, y - 1.9 * size), (x, y - 0.25 * size), (x + 0.8 * size, y - 0.25 * size)], sail),
        ([(x - 0.1 * size, y - 1.6 * size), (x - 0.1 * size, y - 0.25 * size), (x - 0.6 * size, y - 0.25 * size)], sail * 0.9),
        ([(x - size, y - 0.2 * size), (x + size, y - 0.2 * size), (x + 0.7 * size, y + 0.15 * size), (x - 0.7 * size, y + 0.15 * size)], hull),
    ]
    drift = float(rng.choice((-1, 1)) * rng.uniform(0.4, 1.1)) * unit / 128
    return Layer(paint=polygons(easel.shape, shapes), depth=0.66, drift=(drift, 0.0), swing=(0.0, 0.8))


def _houses(easel: Easel, foot: float, tall: float, far: float, depth: float) -> list[Layer]:
    """A row of houses; at night their windows are lit, some of them on and off."""
    rng, unit, light = easel.rng, easel.unit, easel.light
    wall = easel.pick("8a8f9c", "a8806a", "6a7484", "b0a08c", "70606a")
    dark = light.hour in ("night", "dusk")
    pane = rgb("ffd98a") if dark else light.on(rgb("4a5a6e"), far)
    walls, fixed, blinking = [], [], []
    x = -rng.uniform(0, 0.2) * unit
    near = 1.4 - far
    while x < easel.shape[1]:
        wide = unit * rng.uniform(0.1, 0.24) * near
        top = foot - unit * tall * rng.uniform(0.35, 1.2)
        colour = light.on(wall * rng.uniform(0.75, 1.2), far)
        low = easel.shape[0]
        walls.append(([(x, top), (x + wide, top), (x + wide, low), (x, low)], colour))
        cell = unit * 0.045 * near
        for column in np.arange(x + 0.4 * cell, x + wide - 0.8 * cell, cell):
            for row in np.arange(top + 0.5 * cell, min(foot + 0.05 * unit, easel.shape[0]), 1.3 * cell):
                if rng.uniform() < (0.45 if dark else 0.8):
                    right, bottom = column + 0.5 * cell, row + 0.65 * cell
                    box = [(column, row), (right, row), (right, bottom), (column, bottom)]
                    tone = pane if dark else pane * float(rng.uniform(0.8, 1.2))
                    (blinking if dark and rng.uniform() < 0.15 else fixed).append((box, tone))
        x += wide + unit * rng.choice((0.0, 0.02, 0.06))
    paint = polygons(easel.shape, walls)
    if far < 0.5:
        paint = over(paint, polygons(easel.shape, fixed))
    layers = [Layer(paint=paint, depth=depth)]
    if blinking and far < 0.2:
        lamps = polygons(easel.shape, blinking)
        layers.append(Layer(paint=lamps, depth=depth, twinkle=0.5, period=9.0))
    return layers


def _cars(easel: Easel, row: float, way: float) -> Layer:
    rng, unit, light = easel.rng, easel.unit, easel.light
    shapes, lamps = [], []
    x = rng.uniform(0, 0.5) * unit
    while x < easel.shape[1]:
        size = unit * 0.075
        paint = easel.pick("c03a2a", "2a5aa0", "e0e0e0", "e0b03a", "2a2a30")
        colour = light.on(paint)
        body = [(x - size, row), (x + size, row), (x + size, row - 0.5 * size), (x - size, row - 0.5 * size)]
        roof = [(x - 0.6 * size, row - 0.5 * size), (x + 0.6 * size, row - 0.5 * size), (x + 0.35 * size, row - size), (x - 0.35 * size, row - size)]
        shapes += [(body, colour), (roof, colour * 0.75)]
        lamps.append((x + way * size, row - 0.25 * size, 0.16 * size))
        x += unit * rng.uniform(0.35, 1.1)
    made = polygons(easel.shape, shapes)
    if light.hour in ("night", "dusk"):
        made = over(made, dots(easel.shape, lamps, rgb("fff2c0")))
    drift = way * rng.uniform(1.2, 2.6) * unit / 128
    return Layer(paint=made, depth=0.9, drift=(float(drift), 0.0))


def _fireflies(easel: Easel, phase: float) -> Layer:
    rng, unit = easel.rng, easel.unit
    places = [
        (rng.uniform(0, easel.shape[1]), easel.horizon + rng.uniform(-0.25, 0.4) * unit, 1.1)
        for _ in range(18)
    ]
    paint = dots(easel.shape, places, rgb("e8f27a"))
    return Layer(paint=paint, depth=0.8, swing=(2.0, 1.5), twinkle=0.5, period=14.0, phase=phase)


def _leaves(easel: Easel, leaf: Field) -> Layer:
    rng, unit = easel.rng, easel.unit
    places = [
        (rng.uniform(0, easel.shape[1]), rng.uniform(0, easel.shape[0]), rng.uniform(0.7, 1.3))
        for _ in range(50)
    ]
    paint = dots(easel.shape, places, easel.light.on(leaf * 1.15))
    return Layer(paint=paint, depth=0.9, drift=(0.3, 0.9 * unit / 128), swing=(2.0, 0.0))


def _planet(easel: Easel, x: float, y: float, radius: float) -> Field:
    """A ball lit from one side, banded or mottled, sometimes with a ring."""
    rng, shape = easel.rng, easel.shape
    first = easel.pick("c88a5a", "5a8ac8", "8ac85a", "c85a5a", "b0a8d0")
    second = first * rng.uniform(0.4, 0.7) + rng.uniform(0, 0.25, 3)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    u, v = (columns - x) / radius, (rows - y) / radius
    out = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    surface = noise(rng, shape, 12.0, 4, float(rng.choice((1.0, 6.0))))
    picture = mix(first, second, step(-0.5, 0.6, surface))
    angle = rng.uniform(0, 2 * np.pi)
    sun = np.clip(0.12 + 0.75 * (u * np.cos(angle) + v * np.sin(angle)) + 0.6 * out, 0.05, 1.1)
    alpha = np.clip((1 - np.hypot(u, v)) * radius + 0.5, 0, 1)
    paint = covered(np.clip(picture * sun[..., None], 0, 1), alpha)
    if rng.uniform() < 0.4:
        tilt = rng.uniform(-0.4, 0.4)
        across = (u * np.cos(tilt) + v * np.sin(tilt), (v * np.cos(tilt) - u * np.sin(tilt)) * 3.5)
        away = np.hypot(*across)
        band = step(1.25, 1.32, away) * step(1.95, 1.85, away) * 0.75
        band = band * np.where((alpha > 0.5) & (across[1] < 0), 0, 1)
        paint = over(paint, covered(mix(first, rgb("fff2dc"), 0.5), band.astype(np.float32)))
    return paint


def _comet(easel: Easel) -> Layer:
    rng, unit, shape = easel.rng, easel.unit, easel.shape
    x = shape[1] / 2 + rng.uniform(-0.6, 0.6) * unit
    y = shape[0] / 2 + rng.uniform(-0.35, 0.1) * unit
    way = float(rng.choice((-1, 1)))
    tail = [(x, y - 1.5), (x, y + 1.5), (x - way * 0.35 * unit, y - 0.06 * unit)]
    paint = polygons(shape, [(tail, rgb("9ac8f0"))]) * np.float32(0.6)
    paint = over(paint, covered(rgb("ffffff"), glow(shape, x, y, 0.012 * unit) ** 2))
    return Layer(paint=paint, depth=0.4, drift=(way * 2.2 * unit / 128, 0.5 * unit / 128))
