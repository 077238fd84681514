"""A street canyon in one-point perspective: towers, windows, neon, and its wet mirror image."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from assets.painter.canvas import Colour, blurred, lay_polygon, rgb
from assets.painter.noise import fbm

NEON = tuple(rgb(c) for c in ("#ff3d7f", "#35e0e8", "#ffb03a", "#9a6bff", "#5dff9b", "#ff5a3c"))
WINDOW_LIGHTS = tuple(rgb(c) for c in ("#ffcf7d", "#ffe3ac", "#ffb45c", "#bfe3ff", "#f7c6a0"))


@dataclass(frozen=True, kw_only=True)
class Canyon:
    """Where the street vanishes, how high the eye is, and half the street's width, in metres."""

    vanishing: tuple[float, float]
    eye: float = 3.2
    half_width: float = 12.0
    focal: float = 0.95

    def at(self, x: float, y: float, z: float) -> tuple[float, float]:
        """The place in the picture of a point x right, y up from the street, z away."""
        scale = self.focal / z
        return self.vanishing[0] + x * scale, self.vanishing[1] - (y - self.eye) * scale


@dataclass(frozen=True, kw_only=True)
class Tower:
    """A building on one side (-1 left, 1 right) from z = near to far."""

    side: int
    near: float
    far: float
    height: float
    set_back: float
    wall: Colour
    storey: float
    bay: float
    lit_share: float
    sign: int  # index into NEON, or -1
    seed: int


def street_of_towers(rng: np.random.Generator, near: float, far: float) -> list[Tower]:
    """Towers along both sides, far ones first, so that near ones are painted over them."""
    walls = [rgb(c) for c in ("#232743", "#2b2440", "#1d2f49", "#33284a", "#262a52", "#3a2a44")]
    towers = []
    for side in (-1, 1):
        z = near
        while z < far:
            length = rng.uniform(9.0, 17.0) * (1.0 + z / 120.0)
            towers.append(
                Tower(
                    side=side,
                    near=z,
                    far=z + length * 0.97,
                    height=rng.uniform(13.0, 30.0) * (1.0 + z / 140.0),
                    set_back=float(rng.choice([0.0, 0.0, 1.2, 2.5])),
                    wall=walls[rng.integers(len(walls))] * rng.uniform(0.8, 1.15),
                    storey=rng.uniform(2.3, 2.9),
                    bay=rng.uniform(1.3, 2.1),
                    lit_share=rng.uniform(0.4, 0.7),
                    sign=int(rng.integers(len(NEON))) if rng.uniform() < 0.9 else -1,
                    seed=int(rng.integers(2**31)),
                )
            )
            z += length
    return sorted(towers, key=lambda tower: -tower.near)


def facade(tower: Tower, long: float, rng: np.random.Generator) -> np.ndarray:
    """The flat face of a tower [h w 3], its foot in the last row; some windows lit."""
    unit = 24  # pixels of texture for a window bay
    bays = max(2, round(long / tower.bay))
    storeys = max(3, round(tower.height / tower.storey))
    image = np.empty((storeys * unit, bays * unit, 3), np.float32)
    rise = np.linspace(1.2, 0.8, storeys * unit)[:, None, None]
    image[:] = tower.wall * rise
    stain = fbm(image.shape[1::-1], rng, storeys * 0.7, 4, 0.6, (0.6, 2.0))
    image *= 1.0 + 0.22 * stain[..., None] + rng.normal(0.0, 0.04, image.shape[:2])[..., None]
    if rng.uniform() < 0.5:  # courses of stone
        image[::4] *= 0.86
    top, bottom, start, end = ((6, 20, 6, 19), (5, 19, 2, 22), (4, 22, 8, 17))[rng.integers(3)]
    shop = NEON[rng.integers(len(NEON))] * 0.5 + WINDOW_LIGHTS[0] * 0.5
    for s in range(storeys):
        whole_floor = rng.uniform() < 0.06
        image[s * unit : s * unit + 2] *= 1.35
        for b in range(bays):
            cell = image[s * unit : (s + 1) * unit, b * unit : (b + 1) * unit]
            if s == storeys - 1:
                cell[3:-1, 2:-2] = shop * rng.uniform(0.7, 1.25)
                cell[13:, 8:15] *= rng.uniform(0.3, 0.8)
                cell[3:6, 2:-2] *= 1.3
                continue
            cell[top - 1 : bottom + 1, start - 1 : end + 1] = tower.wall * 0.45
            cell[bottom + 1 : bottom + 3, start - 2 : end + 2] = tower.wall * 1.75
            glass = cell[top:bottom, start:end]
            if whole_floor or rng.uniform() < tower.lit_share:
                _light_room(glass, rng)
            else:
                fall = np.linspace(0.30, 0.08, bottom - top)[:, None, None]
                glass[:] = tower.wall * 0.5 + rgb("#6a86c8") * fall
            glass[:, (end - start) // 2] *= 0.35
            glass[(bottom - top) // 3] *= 0.5
    for s in range(1, storeys, 4):
        image[s * unit : s * unit + 3] = tower.wall * 1.8
    image[: unit // 3] = tower.wall * 2.1
    return image


def _light_room(glass: np.ndarray, rng: np.random.Generator) -> None:
    """A lit window: brighter under the ceiling lamp, perhaps curtains or someone at home."""
    rows, cols = glass.shape[:2]
    tone = WINDOW_LIGHTS[rng.integers(len(WINDOW_LIGHTS))] * rng.uniform(0.5, 1.1)
    glass[:] = tone * np.linspace(1.1, 0.7, rows)[:, None, None]
    kind = rng.uniform()
    if kind < 0.35:  # curtains
        drape = max(1, cols // 5)
        glass[:, :drape] *= 0.62
        glass[:, -drape:] *= 0.62
    elif kind < 0.55:  # blind, half down
        glass[: int(rows * rng.uniform(0.25, 0.6))] *= 0.68
    elif kind < 0.7:
        x = int(rng.integers(2, max(3, cols - 4)))
        glass[rows // 2 :, x : x + 3] *= 0.3
        glass[rows // 2 - 2 : rows // 2, x + 1 : x + 2] *= 0.3


def lay_face(canvas: np.ndarray, image: np.ndarray, corners: np.ndarray, shade: float) -> None:
    """A flat image warped to four corners: top left, top right, bottom right, bottom left."""
    height, width = canvas.shape[:2]
    low = np.maximum(np.floor(corners.min(0) * height).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(0) * height).astype(int) + 1, (width, height))
    if (high <= low).any():
        return
    ih, iw = image.shape[:2]
    source = np.array([(0, 0), (iw, 0), (iw, ih), (0, ih)], np.float32)
    target = (corners * height - low).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    box = tuple(int(v) for v in high - low)
    longest = np.abs(np.diff(target, axis=0)).max()
    if longest < ih / 2:  # far faces: filter first, else windows flicker
        image = cv2.blur(image, (1 + int(ih / longest / 2), 1 + int(ih / longest / 2)))
    mask = cv2.warpPerspective(np.ones((ih, iw), np.float32), matrix, box)[..., None]
    face = cv2.warpPerspective(image * shade, matrix, box, borderMode=cv2.BORDER_REPLICATE)
    part = canvas[low[1] : high[1], low[0] : high[0]]
    part += (face - part) * mask


def lay_tower(
    canvas: np.ndarray, canyon: Canyon, tower: Tower, haze: Colour, clear_for: float, up: int
) -> None:
    """A tower's street side and near end; up is 1, or -1 for its image in the wet street."""
    rng = np.random.default_rng(tower.seed)
    x = tower.side * (canyon.half_width + tower.set_back)
    outer = tower.side * (canyon.half_width + tower.set_back + 26.0)
    fade_near = 1.0 - np.exp(-tower.near / clear_for)
    fade_far = 1.0 - np.exp(-tower.far / clear_for)
    side_rng, end_rng = rng.spawn(2)
    side = facade(tower, tower.far - tower.near, side_rng)
    end = facade(tower, 26.0, end_rng)
    fade = np.linspace(fade_near, fade_far, side.shape[1])[None, :, None]
    side = side + (haze - side) * fade
    end = end + (haze - end) * fade_near
    top, foot = up * tower.height, 0.0
    street_face = np.array(
        [
            canyon.at(x, h, z)
            for h, z in ((top, tower.near), (top, tower.far), (foot, tower.far), (foot, tower.near))
        ]
    )
    end_face = np.array(
        [canyon.at(h, v, tower.near) for h, v in ((x, top), (outer, top), (outer, foot), (x, foot))]
    )
    lay_face(canvas, end, end_face, 0.62)
    lay_face(canvas, side, street_face, 1.0)
    if up > 0:
        edge = np.array([canyon.at(x, 0, tower.near), canyon.at(x, tower.height, tower.near)])
        half = np.array([0.0011, 0.0])
        strip = np.concatenate([edge - half, edge[::-1] + half])
        lay_polygon(canvas, strip, tower.wall * 2.2 * (1 - fade_near) + haze * fade_near, 0.8)
        _lay_roof_gear(canvas, canyon, tower, x, haze, fade_near, rng)


def _lay_roof_gear(
    canvas: np.ndarray,
    canyon: Canyon,
    tower: Tower,
    x: float,
    haze: Colour,
    fade: float,
    rng: np.random.Generator,
) -> None:
    colour = tower.wall * 0.8 * (1 - fade) + haze * fade
    for _ in range(rng.integers(1, 4)):
        at_x = x + tower.side * rng.uniform(2.0, 16.0)
        wide, tall = rng.uniform(0.6, 2.6), rng.uniform(1.5, 5.0)
        corners = ((-1, 0), (1, 0), (1, tall), (-1, tall))
        box = [canyon.at(at_x + sx * wide, tower.height + sy, tower.near) for sx, sy in corners]
        lay_polygon(canvas, np.array(box), colour)
    if rng.uniform() < 0.5:
        at_x, tall = x + tower.side * rng.uniform(2, 9), rng.uniform(6.0, 13.0)
        mast = ((-0.12, 0), (0.12, 0), (0.04, tall), (-0.04, tall))
        lay_polygon(
            canvas,
            np.array([canyon.at(at_x + a, tower.height + b, tower.near) for a, b in mast]),
            colour,
        )


def lay_sign(canvas: np.ndarray, canyon: Canyon, tower: Tower, up: int) -> None:
    """An upright neon sign that stands out over the pavement, with made-up glyphs."""
    if tower.sign < 0:
        return
    rng = np.random.default_rng(tower.seed + 1)
    colour, other = NEON[tower.sign], NEON[(tower.sign + 2) % len(NEON)]
    x = tower.side * (canyon.half_width + tower.set_back)
    inner = x - tower.side * rng.uniform(1.4, 2.2)
    z = tower.near + rng.uniform(0.5, 3.0)
    base = rng.uniform(5.0, 8.0)
    letters = int(rng.integers(3, 6))
    cell = abs(x - inner)
    top = base + cell * letters

    def quad(left: float, right: float, low: float, high: float) -> np.ndarray:
        corners = ((left, high), (right, high), (right, low), (left, low))
        return np.array([canyon.at(cx, up * cy, z) for cx, cy in corners])

    lay_polygon(canvas, quad(x, inner, base - 0.25, top + 0.25), colour)
    lay_polygon(
        canvas,
        quad(x + 0.1 * (inner - x), x + 0.9 * (inner - x), base - 0.1, top + 0.1),
        rgb("#160d26"),
    )
    for k in range(letters):
        low = base + k * cell
        for _ in range(4):
            a, b = np.sort(rng.uniform(0.18, 0.82, 2))
            f = rng.uniform(0.15, 0.85)
            if rng.uniform() < 0.5:
                bar = (
                    x + a * (inner - x),
                    x + b * (inner - x),
                    low + f * cell,
                    low + (f + 0.1) * cell,
                )
            else:
                left = x + f * (inner - x)
                bar = (left, left + 0.1 * (inner - x), low + a * cell, low + b * cell)
            lay_polygon(canvas, quad(*bar), other * 0.4 + 0.6)


def lay_lamp(canvas: np.ndarray, canyon: Canyon, side: int, z: float, up: int) -> None:
    """A street lamp whose arm reaches over the road."""
    x = side * (canyon.half_width - 2.0)
    iron = rgb("#14131f")
    points = [(x, 0.0), (x, 6.2), (x - side * 0.5, 6.9), (x - side * 1.8, 7.1)]
    path = np.array([canyon.at(px, up * py, z) for px, py in points])
    width = 0.17 * canyon.focal / z
    for first, second in pairwise(path):
        along = second - first
        normal = np.array([-along[1], along[0]]) / max(np.hypot(*along), 1e-9) * width / 2
        lay_polygon(
            canvas,
            np.array([first + normal, second + normal, second - normal, first - normal]),
            iron,
        )
    bulb = np.array(canyon.at(x - side * 1.8, up * 6.95, z))
    reach = 0.42 * canyon.focal / z
    lay_polygon(
        canvas,
        bulb + reach * np.array([(-1, -0.3), (1, -0.3), (0.8, 0.3), (-0.8, 0.3)]),
        rgb("#fff1cc"),
    )


def lay_shop_sign(canvas: np.ndarray, canyon: Canyon, tower: Tower, up: int) -> None:
    """A lit board along the shop fronts and an awning under it."""
    rng = np.random.default_rng(tower.seed + 2)
    x = tower.side * (canyon.half_width + tower.set_back)
    colour = NEON[rng.integers(len(NEON))]
    z = tower.near + 0.6
    while z < tower.far - 2.0 and z < 70:
        end = min(z + rng.uniform(2.5, 5.0), tower.far - 0.4)
        out = x - tower.side * 1.3

        def quad(*corners: tuple[float, float, float]) -> np.ndarray:
            return np.array([canyon.at(cx, up * cy, cz) for cx, cy, cz in corners])

        board = quad((x, 3.9, z), (x, 3.9, end), (x, 3.2, end), (x, 3.2, z))
        lay_polygon(canvas, board, rgb("#1a1028"))
        inner = quad(
            (x, 3.75, z + 0.3), (x, 3.75, end - 0.3), (x, 3.35, end - 0.3), (x, 3.35, z + 0.3)
        )
        lay_polygon(canvas, inner, colour)
        if rng.uniform() < 0.6:
            cloth = NEON[rng.integers(len(NEON))] * rng.uniform(0.3, 0.5)
            awning = quad((x, 3.1, z), (x, 3.1, end), (out, 2.45, end), (out, 2.45, z))
            lay_polygon(canvas, awning, cloth)
            hem = quad((out, 2.45, z), (out, 2.45, end), (out, 2.3, end), (out, 2.3, z))
            lay_polygon(canvas, hem, cloth * 1.8)
        colour = NEON[rng.integers(len(NEON))]
        z = end + rng.uniform(0.3, 2.0)


def lay_string_lights(canvas: np.ndarray, canyon: Canyon, z: float, tall: float, up: int) -> None:
    """Bulbs on a cable hung across the street."""
    across = np.linspace(-canyon.half_width, canyon.half_width, 29)
    sag = tall - 2.0 * (1.0 - (across / canyon.half_width) ** 2)
    points = np.array([canyon.at(x, up * y, z) for x, y in zip(across, sag, strict=True)])
    thin = np.array([0.0, 0.025 * canyon.focal / z])
    lay_polygon(canvas, np.concatenate([points, points[::-1] + thin]), rgb("#1a1626"))
    reach = 0.13 * canyon.focal / z
    turn = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn) * 1.25], 1) * reach
    for k, point in enumerate(points[1:-1]):
        tint = (rgb("#ffd98a"), rgb("#ffb08a"), rgb("#ffe9c0"))[k % 3]
        lay_polygon(canvas, ring + point + (0.0, reach), tint)


def neon_haze(canvas: np.ndarray, radius: float) -> np.ndarray:
    """The saturated lights of a picture, spread out: what wet air does with neon."""
    bright = np.clip(canvas - 0.42, 0.0, None)
    colourful = canvas.max(-1, keepdims=True) - canvas.min(-1, keepdims=True)
    return blurred(bright * (0.4 + colourful), radius)
