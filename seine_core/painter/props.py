"""The props of the painted places: land, water, plants, buildings, vehicles, birds, planets."""

from dataclasses import dataclass

import numpy as np

from seine_core.painter.drawing import (
    Field,
    Layer,
    Rng,
    Shape,
    discs,
    glow,
    mask_below,
    mix,
    noise_line,
    over,
    polygons,
    premultiplied,
    rgb,
    smoothstep,
    value_noise,
    vertical_gradient,
)
from seine_core.painter.light import Light


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """The geometry and light that the props of a scene have in common."""

    rng: Rng
    shape: tuple[int, int]  # (height, width) of every layer, larger than the view
    unit: float  # the view's height in pixels
    horizon: float  # row
    light: Light

    def ridge(self, row: float, height: float, cells: float, octaves: int = 5) -> Field:
        """[w] rows of the upper edge of hills about `row`, `height` units high."""
        return row - height * self.unit * noise_line(self.rng, self.shape[1], cells, octaves)

    def pick(self, *codes: str) -> Field:
        """[3] a random colour between two of the hex codes."""
        a, b = self.rng.choice(len(codes), 2)
        return mix(rgb(codes[a]), rgb(codes[b]), float(self.rng.uniform()))


def slope(canvas: Canvas, line: Field, colour: Field, far: float, snow: bool) -> Field:
    """[h w 4] paint of land below a line [w] of rows, at distance `far` 0..1: lit from one side,
    with a snow cap if `snow`."""
    shape, unit = canvas.shape, canvas.unit
    grain = value_noise(canvas.rng, shape, 9.0, 4, 2.0)
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    down = (rows - line[None]) / unit
    side = np.gradient(line)[None] * np.exp(-4 * np.clip(down, 0, None))
    tone = np.clip(1.0 + 0.16 * grain - 0.35 * np.clip(down, 0, 0.6) + 0.25 * side, 0.45, 1.4)
    lit = canvas.light.shade(colour, far)
    picture = lit * tone[..., None]
    if snow:
        white = canvas.light.shade(rgb("f6f8fc"), far)
        cap = smoothstep(0.1, 0.02, down + 0.06 * grain + 0.25 * (line[None] - line.min()) / unit)
        picture = mix(picture, white * np.clip(0.92 + 0.3 * side, 0.7, 1.05)[..., None], cap)
    return premultiplied(np.clip(picture, 0, 1), mask_below(line, shape[0]))


def trees(
    canvas: Canvas, line: Field, tall: float, far: float, count: int, leaf: Field | None = None
) -> Field:
    """[h w 4] paint of `count` firs on a line [w] of rows, `tall` units high, at distance `far`."""
    rng, unit = canvas.rng, canvas.unit
    leaf = leaf if leaf is not None else canvas.pick("1f4030", "2f5038", "3f5f30")
    shapes = []
    for x in np.sort(rng.uniform(0, canvas.shape[1], count)):
        foot = float(line[int(x)]) + 0.03 * unit
        size = tall * unit * rng.uniform(0.6, 1.15)
        colour = canvas.light.shade(leaf * rng.uniform(0.75, 1.15), far)
        trunk = canvas.light.shade(rgb("3a2a20"), far)
        wide = 0.03 * size
        shapes.append(([(x - wide, foot), (x + wide, foot), (x, foot - 0.5 * size)], trunk))
        for low, high, half in ((0.12, 0.6, 0.24), (0.35, 0.8, 0.18), (0.58, 1.0, 0.12)):
            corners = [
                (x - half * size, foot - low * size),
                (x + half * size, foot - low * size),
                (x, foot - high * size),
            ]
            shapes.append((corners, colour * (0.9 + 0.2 * low)))
    return polygons(canvas.shape, shapes)


def trunks(
    canvas: Canvas, line: Field, tall: float, far: float, count: int, bark: Field, leaf: Field
) -> Field:
    """[h w 4] paint of `count` trees with bare trunks and round crowns, as `trees` takes them."""
    rng, unit, shape = canvas.rng, canvas.unit, canvas.shape
    shapes, crowns = [], []
    for x in np.sort(rng.uniform(0, shape[1], count)):
        foot = float(line[int(x)]) + 0.04 * unit
        size = tall * unit * rng.uniform(0.8, 1.2)
        half = 0.022 * size * rng.uniform(0.7, 1.3)
        lean = rng.normal(0, 0.03) * size
        colour = canvas.light.shade(bark * rng.uniform(0.8, 1.1), far)
        corners = [
            (x - half, foot),
            (x + half, foot),
            (x + lean + 0.5 * half, foot - size),
            (x + lean - 0.5 * half, foot - size),
        ]
        shapes.append((corners, colour))
        crowns += [
            (
                x + lean + rng.normal(0, 0.13) * size,
                foot - size * rng.uniform(0.6, 1.05),
                size * rng.uniform(0.05, 0.13),
            )
            for _ in range(9)
        ]
    tone = np.clip(1 + 0.35 * value_noise(rng, shape, 14.0, 3), 0.5, 1.5)
    mask = discs(shape, crowns, rgb("ffffff"))[..., 3]
    rough = np.clip(1.5 * mask + 0.6 * value_noise(rng, shape, 24.0, 2) * mask, 0, 1)
    crown = premultiplied(np.clip(canvas.light.shade(leaf, far) * tone[..., None], 0, 1), rough)
    return over(polygons(shape, shapes), crown)


def stones(canvas: Canvas, line: Field, far: float) -> Field:
    """[h w 4] paint of stones below a line [w] of rows, at distance `far`."""
    rng, unit = canvas.rng, canvas.unit
    colour = canvas.pick("6a625a", "7a7068", "54504c")
    shapes = []
    for x in rng.uniform(0, canvas.shape[1], 12):
        y = float(line[int(x)]) + rng.uniform(0.03, 0.25) * unit
        size = unit * rng.uniform(0.015, 0.05)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
        corners = [(x + 1.5 * size * np.cos(a), y + size * np.sin(a)) for a in angles]
        shapes.append((corners, canvas.light.shade(colour * rng.uniform(0.7, 1.2), far)))
    return polygons(canvas.shape, shapes)


def water(canvas: Canvas, row: float) -> list[Layer]:
    """A water surface below `row` in the sky's colours, and three layers of swinging ripples."""
    rng, light, unit, shape = canvas.rng, canvas.light, canvas.unit, canvas.shape
    deep = mix(canvas.pick("1f5a78", "2a6a6a", "1f4a6a") * light.tint, light.sky[1], 0.3)
    stops = (
        (row, mix(deep, light.sky[2], 0.7)),
        (row + 0.2 * unit, deep),
        (row + 0.7 * unit, deep * 0.6),
    )
    line = np.full(shape[1], row, np.float32)
    flat = premultiplied(vertical_gradient(shape, stops), mask_below(line, shape[0]))
    layers = [Layer(paint=flat, depth=0.5)]
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    bounds = (0.0, 0.09, 0.24, 0.9)
    for i in range(3):
        low, high = row + bounds[i] * unit, row + bounds[i + 1] * unit
        field = value_noise(rng, shape, (64.0, 42.0, 30.0)[i], 2, 6.0)
        alpha = (
            smoothstep(0.25, 0.8, field)
            * np.clip(rows - low, 0, 1)
            * smoothstep(high + 0.08 * unit, high, rows)
        )
        shine = premultiplied(mix(light.sky[2], rgb("ffffff"), 0.25), alpha * 0.55)
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


def boat(canvas: Canvas) -> Layer:
    """A sailing boat that drifts sideways below the horizon."""
    rng, unit = canvas.rng, canvas.unit
    x = canvas.shape[1] / 2 + rng.uniform(-0.5, 0.5) * unit
    y = canvas.horizon + rng.uniform(0.06, 0.2) * unit
    size = unit * rng.uniform(0.07, 0.14)
    hull = canvas.light.shade(canvas.pick("a83a2a", "2a3a5a", "5a3a2a"))
    sail = canvas.light.shade(canvas.pick("fff8ec", "f0e0c0", "e06a4a"))
    shapes = [
        ([(x, y - 1.9 * size), (x, y - 0.25 * size), (x + 0.8 * size, y - 0.25 * size)], sail),
        (
            [
                (x - 0.1 * size, y - 1.6 * size),
                (x - 0.1 * size, y - 0.25 * size),
                (x - 0.6 * size, y - 0.25 * size),
            ],
            sail * 0.9,
        ),
        (
            [
                (x - size, y - 0.2 * size),
                (x + size, y - 0.2 * size),
                (x + 0.7 * size, y + 0.15 * size),
                (x - 0.7 * size, y + 0.15 * size),
            ],
            hull,
        ),
    ]
    drift = float(rng.choice((-1, 1)) * rng.uniform(0.4, 1.1)) * unit / 128
    return Layer(
        paint=polygons(canvas.shape, shapes), depth=0.66, drift=(drift, 0.0), swing=(0.0, 0.8)
    )


def houses(canvas: Canvas, foot: float, tall: float, far: float, depth: float) -> list[Layer]:
    """A row of houses up to `tall` units above the row `foot`, at distance `far`; at night with lit
    windows, some of which blink."""
    rng, unit, light = canvas.rng, canvas.unit, canvas.light
    wall = canvas.pick("8a8f9c", "a8806a", "6a7484", "b0a08c", "70606a")
    dark = light.hour in ("night", "dusk")
    pane = rgb("ffd98a") if dark else light.shade(rgb("4a5a6e"), far)
    walls: list[Shape] = []
    fixed: list[Shape] = []
    blinking: list[Shape] = []
    x = -rng.uniform(0, 0.2) * unit
    near = 1.4 - far
    while x < canvas.shape[1]:
        wide = unit * rng.uniform(0.1, 0.24) * near
        top = foot - unit * tall * rng.uniform(0.35, 1.2)
        colour = light.shade(wall * rng.uniform(0.75, 1.2), far)
        low = canvas.shape[0]
        walls.append(([(x, top), (x + wide, top), (x + wide, low), (x, low)], colour))
        cell = unit * 0.045 * near
        for column in np.arange(x + 0.4 * cell, x + wide - 0.8 * cell, cell):
            for row in np.arange(
                top + 0.5 * cell, min(foot + 0.05 * unit, canvas.shape[0]), 1.3 * cell
            ):
                if rng.uniform() < (0.45 if dark else 0.8):
                    right, bottom = column + 0.5 * cell, row + 0.65 * cell
                    box = [(column, row), (right, row), (right, bottom), (column, bottom)]
                    tone = pane if dark else pane * float(rng.uniform(0.8, 1.2))
                    (blinking if dark and rng.uniform() < 0.15 else fixed).append((box, tone))
        x += wide + unit * rng.choice((0.0, 0.02, 0.06))
    paint = polygons(canvas.shape, walls)
    if far < 0.5:
        paint = over(paint, polygons(canvas.shape, fixed))
    layers = [Layer(paint=paint, depth=depth)]
    if blinking and far < 0.2:
        lamps = polygons(canvas.shape, blinking)
        layers.append(Layer(paint=lamps, depth=depth, twinkle=0.5, period=9.0))
    return layers


def road(canvas: Canvas) -> list[Layer]:
    """A road with a dashed line, and the cars on its two lanes."""
    light, unit, horizon = canvas.light, canvas.unit, canvas.horizon
    tar = light.shade(canvas.pick("4a4a52", "5a5652", "3f444c"))
    line = np.full(canvas.shape[1], horizon + 0.12 * unit, np.float32)
    paint = premultiplied(tar, mask_below(line, canvas.shape[0]))
    y, dash = horizon + 0.26 * unit, 0.1 * unit
    marks: list[Shape] = [
        ([(x, y), (x + dash, y), (x + dash, y + 1.6), (x, y + 1.6)], light.shade(rgb("e0dcc8")))
        for x in np.arange(0, canvas.shape[1], 0.24 * unit)
    ]
    lanes = [_cars(canvas, horizon + (0.26 - 0.07 * side) * unit, side) for side in (-1.0, 1.0)]
    return [Layer(paint=over(paint, polygons(canvas.shape, marks)), depth=0.9), *lanes]


def _cars(canvas: Canvas, row: float, direction: float) -> Layer:
    """A line of cars on a row that drive to the right for `direction` 1, to the left for -1."""
    rng, unit, light = canvas.rng, canvas.unit, canvas.light
    shapes, lamps = [], []
    x = rng.uniform(0, 0.5) * unit
    while x < canvas.shape[1]:
        size = unit * 0.075
        paint = canvas.pick("c03a2a", "2a5aa0", "e0e0e0", "e0b03a", "2a2a30")
        colour = light.shade(paint)
        body = [
            (x - size, row),
            (x + size, row),
            (x + size, row - 0.5 * size),
            (x - size, row - 0.5 * size),
        ]
        roof = [
            (x - 0.6 * size, row - 0.5 * size),
            (x + 0.6 * size, row - 0.5 * size),
            (x + 0.35 * size, row - size),
            (x - 0.35 * size, row - size),
        ]
        shapes += [(body, colour), (roof, colour * 0.75)]
        lamps.append((x + direction * size, row - 0.25 * size, 0.16 * size))
        x += unit * rng.uniform(0.35, 1.1)
    made = polygons(canvas.shape, shapes)
    if light.hour in ("night", "dusk"):
        made = over(made, discs(canvas.shape, lamps, rgb("fff2c0")))
    drift = direction * rng.uniform(1.2, 2.6) * unit / 128
    return Layer(paint=made, depth=0.9, drift=(float(drift), 0.0))


def fireflies(canvas: Canvas, phase: float) -> Layer:
    """Blinking fireflies; `phase` in radians."""
    rng, unit = canvas.rng, canvas.unit
    places = [
        (rng.uniform(0, canvas.shape[1]), canvas.horizon + rng.uniform(-0.25, 0.4) * unit, 1.1)
        for _ in range(18)
    ]
    paint = discs(canvas.shape, places, rgb("e8f27a"))
    return Layer(paint=paint, depth=0.8, swing=(2.0, 1.5), twinkle=0.5, period=14.0, phase=phase)


def leaves(canvas: Canvas, leaf: Field) -> Layer:
    """Falling leaves of the colour `leaf` [3]."""
    rng, unit = canvas.rng, canvas.unit
    places = [
        (rng.uniform(0, canvas.shape[1]), rng.uniform(0, canvas.shape[0]), rng.uniform(0.7, 1.3))
        for _ in range(50)
    ]
    paint = discs(canvas.shape, places, canvas.light.shade(leaf * 1.15))
    return Layer(paint=paint, depth=0.9, drift=(0.3, 0.9 * unit / 128), swing=(2.0, 0.0))


def birds(canvas: Canvas) -> list[Layer]:
    """A flock in flight: wings up in one layer, down in the other, shown by turns."""
    rng, unit = canvas.rng, canvas.unit
    direction = float(rng.choice((-1, 1)))
    drift = (direction * rng.uniform(0.8, 1.8) * unit / 128, float(rng.uniform(-0.2, 0.1)))
    x = canvas.shape[1] / 2 - direction * rng.uniform(0, 0.6) * unit
    y = canvas.horizon - rng.uniform(0.15, 0.4) * unit
    places = rng.normal((x, y), (0.16 * unit, 0.07 * unit), (int(rng.integers(3, 8)), 2))
    colour = canvas.light.shade(rgb("2a2c34"), 0.15)
    size = unit * rng.uniform(0.018, 0.032)
    period = float(rng.uniform(5, 8))
    layers = []
    for phase, lift in ((0.0, -0.7), (np.pi, 0.35)):
        wings = [
            ([(a, b), (a + side * size, b + lift * size), (a, b + 0.35 * size)], colour)
            for a, b in places
            for side in (-1, 1)
        ]
        layers.append(
            Layer(
                paint=polygons(canvas.shape, wings),
                depth=0.6,
                drift=drift,
                twinkle=0.5,
                period=period,
                phase=phase,
            )
        )
    return layers


def planet(canvas: Canvas, x: float, y: float, radius: float) -> Field:
    """[h w 4] paint of a planet lit from one side, banded or mottled, sometimes with a ring;
    lengths in pixels."""
    rng, shape = canvas.rng, canvas.shape
    first = canvas.pick("c88a5a", "5a8ac8", "8ac85a", "c85a5a", "b0a8d0")
    second = first * rng.uniform(0.4, 0.7) + rng.uniform(0, 0.25, 3)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    u, v = (columns - x) / radius, (rows - y) / radius
    out = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    surface = value_noise(rng, shape, 12.0, 4, float(rng.choice((1.0, 6.0))))
    picture = mix(first, second, smoothstep(-0.5, 0.6, surface))
    angle = rng.uniform(0, 2 * np.pi)
    sun = np.clip(0.12 + 0.75 * (u * np.cos(angle) + v * np.sin(angle)) + 0.6 * out, 0.05, 1.1)
    alpha = np.clip((1 - np.hypot(u, v)) * radius + 0.5, 0, 1)
    paint = premultiplied(np.clip(picture * sun[..., None], 0, 1), alpha)
    if rng.uniform() < 0.4:
        tilt = rng.uniform(-0.4, 0.4)
        across = (u * np.cos(tilt) + v * np.sin(tilt), (v * np.cos(tilt) - u * np.sin(tilt)) * 3.5)
        away = np.hypot(*across)
        band = smoothstep(1.25, 1.32, away) * smoothstep(1.95, 1.85, away) * 0.75
        band = band * np.where((alpha > 0.5) & (across[1] < 0), 0, 1)
        paint = over(paint, premultiplied(mix(first, rgb("fff2dc"), 0.5), band.astype(np.float32)))
    return paint


def comet(canvas: Canvas) -> Layer:
    """A comet that flies across the sky, its tail behind it."""
    rng, unit, shape = canvas.rng, canvas.unit, canvas.shape
    x = shape[1] / 2 + rng.uniform(-0.6, 0.6) * unit
    y = shape[0] / 2 + rng.uniform(-0.35, 0.1) * unit
    direction = float(rng.choice((-1, 1)))
    tail = [(x, y - 1.5), (x, y + 1.5), (x - direction * 0.35 * unit, y - 0.06 * unit)]
    paint = polygons(shape, [(tail, rgb("9ac8f0"))]) * np.float32(0.6)
    paint = over(paint, premultiplied(rgb("ffffff"), glow(shape, x, y, 0.012 * unit) ** 2))
    return Layer(paint=paint, depth=0.4, drift=(direction * 2.2 * unit / 128, 0.5 * unit / 128))
