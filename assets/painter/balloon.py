"""The red balloon: the thread of the story."""

import cv2
import numpy as np

from assets.painter.canvas import (
    Colour,
    glow,
    lay_light,
    lay_polygon,
    mix,
    ramp,
    rgb,
    size_of,
    smoothstep,
)

LIT_RED = (rgb("#3a0713"), rgb("#a8121f"), rgb("#ee3a2a"), rgb("#ff9a63"))
CREAM = (rgb("#4a2a30"), rgb("#b8875f"), rgb("#ffdca0"), rgb("#fff3d6"))


def envelope_radius(t: np.ndarray) -> np.ndarray:
    """Half-width of the balloon, in its radius, from the crown, t = 0, to the mouth, t = 1."""
    crown = np.sqrt(np.clip(1.0 - ((t - 0.42) / 0.42) ** 2, 0.0, 1.0))
    skirt = 0.2 + 0.8 * np.cos(np.clip((t - 0.42) / 0.58, 0, 1) * np.pi / 2) ** 0.92
    return np.where(t < 0.42, crown, skirt)


def lay_balloon(
    canvas: np.ndarray,
    centre: tuple[float, float],
    radius: float,
    towards: tuple[float, float, float],
    tint: Colour,
    burner: float = 0.0,
    haze: Colour | None = None,
    far: float = 0.0,
    rim: Colour | None = None,
) -> None:
    """A striped balloon with basket; `centre` is the envelope's widest point.

    burner, 0 to 1, lights it from within; haze and far fade it into the distance; rim is the
    colour of light from behind.
    """
    rows, cols = canvas.shape[:2]
    tall = radius * 2.42
    top = centre[1] - tall * 0.42
    box = [centre[0] - 1.1 * radius, top - 0.05 * radius, centre[0] + 1.1 * radius, top + tall]
    left, upper = (max(0, int(v * rows)) for v in box[:2])
    right, lower = min(cols, int(box[2] * rows) + 2), min(rows, int(box[3] * rows) + 2)
    x = (np.arange(left, right)[None, :] + 0.5) / rows - centre[0]
    t = ((np.arange(upper, lower)[:, None] + 0.5) / rows - top) / tall
    half = envelope_radius(t) * radius
    u = x / np.maximum(half, 1e-6)
    alpha = np.clip((half - np.abs(x)) * rows + 0.5, 0, 1) * (t >= 0) * (t <= 1)
    u = np.clip(u, -1.0, 1.0)

    longitude = np.arcsin(u)
    gore = longitude / np.pi * 12 + 0.5
    pleat = np.abs((gore % 1.0) - 0.5) * 2.0
    normal = np.stack(
        [u, np.clip((0.42 - t) * 2.2, -0.75, 1.0) + 0 * u, np.sqrt(np.clip(1 - u**2, 0, 1))], -1
    )
    normal[..., 0] += 0.22 * (((gore % 1.0) - 0.5) * 2.0) * np.sqrt(np.clip(1 - u**2, 0, 1))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.array(towards) / np.linalg.norm(towards)
    lit = np.clip((normal @ light) * 0.62 + 0.36, 0.0, 1.0)
    lit = lit * (1.0 - 0.22 * smoothstep(0.75, 1.0, pleat))
    flame = burner * np.exp(-(((t - 0.86) / 0.42) ** 2)) * (0.55 + 0.45 * np.sqrt(1 - u**2))
    lit = np.clip(lit + 0.85 * flame, 0.0, 1.0)

    stops = (0.0, 0.38, 0.72, 1.0)
    red = ramp(lit, tuple(zip(stops, LIT_RED, strict=True)))
    cream = ramp(lit, tuple(zip(stops, CREAM, strict=True)))
    zigzag = 0.035 * np.abs(((gore * 1.0) % 1.0) - 0.5)
    belt = (np.abs(t - 0.47 + zigzag) < 0.052) | (np.abs(t - 0.64 + zigzag * 0.5) < 0.013)
    belt = belt | (t < 0.035) | (np.abs(t - 0.30 + zigzag * 0.5) < 0.011)
    colour = mix(red, cream, belt.astype(np.float32) * 0.95) * tint
    colour = mix(colour, np.array([1.0, 0.72, 0.36], np.float32), np.clip(flame * 0.42, 0, 1))
    if rim is not None:
        side = np.clip(normal[..., 0] * np.sign(towards[0] or 1) + 0.3 * normal[..., 1], 0, 1)
        edge = side * smoothstep(0.72, 1.0, np.abs(u) + 0.25 * smoothstep(0.12, 0.0, t))
        colour = mix(colour, rim, np.clip(edge * 0.8, 0, 1))
    if haze is not None:
        colour = mix(colour, haze, far)
    part = canvas[upper:lower, left:right]
    part += (colour - part) * alpha[..., None].astype(np.float32)
    _lay_basket(canvas, centre, top + tall, radius, tint, burner, haze, far)


def _lay_basket(
    canvas: np.ndarray,
    centre: tuple[float, float],
    mouth: float,
    radius: float,
    tint: Colour,
    burner: float,
    haze: Colour | None,
    far: float,
) -> None:
    """Ropes, basket and two passengers under the mouth; the flame when the burner is on."""
    x = centre[0]
    basket_top, half, deep = mouth + 0.36 * radius, 0.15 * radius, 0.24 * radius
    wicker, shadow, rope = rgb("#a8703a"), rgb("#4a2a1c"), rgb("#3b2a26")
    if haze is not None:
        wicker, shadow, rope = (mix(c, haze, far) for c in (wicker, shadow, rope))
    thick = max(0.018 * radius, 0.0008)
    for side in (-1.0, -0.35, 0.35, 1.0):
        path = np.array([[x + side * 0.19 * radius, mouth], [x + side * half * 0.94, basket_top]])
        lay_polygon(canvas, _ribbon(path, thick), rope * tint)
    for offset in (-0.06, 0.055):
        head = _ellipse((x + offset * radius, basket_top - 0.07 * radius), 0.032 * radius)
        body = _ellipse((x + offset * radius, basket_top + 0.02 * radius), 0.05 * radius, 1.5)
        lay_polygon(canvas, head, shadow * tint)
        lay_polygon(canvas, body, shadow * tint)
    corners = [(-1, 0), (1, 0), (0.84, 1), (-0.84, 1)]
    basket = np.array([(x + sx * half, basket_top + sy * deep) for sx, sy in corners])
    lay_polygon(canvas, basket, wicker * tint)
    dark = np.array([(x - half, basket_top), (x - 0.1 * half, basket_top)])
    dark = np.concatenate([dark, [(x - 0.2 * half, basket_top + deep), basket[3]]])
    lay_polygon(canvas, dark, shadow * tint, 0.55)
    rail = _ribbon(np.array([basket[0], basket[1]]), 0.045 * radius)
    lay_polygon(canvas, rail, shadow * tint)
    if burner > 0:
        flame = _ellipse((x, mouth + 0.06 * radius), 0.05 * radius, 2.6)
        lay_polygon(canvas, flame, rgb("#fff0b8"), min(1.0, burner))
        halo = glow(size_of(canvas), (x, mouth + 0.02 * radius), 0.2 * radius, 2.4)
        lay_light(canvas, rgb("#ffb254"), 0.75 * burner * halo)


def _ribbon(path: np.ndarray, width: float) -> np.ndarray:
    along = path[1] - path[0]
    side = np.array([-along[1], along[0]]) / np.hypot(*along) * width / 2
    return np.array([path[0] + side, path[1] + side, path[1] - side, path[0] - side])


def _ellipse(centre: tuple[float, float], radius: float, tall: float = 1.0) -> np.ndarray:
    points = cv2.ellipse2Poly((0, 0), (1000, 1000), 0, 0, 360, 10) / 1000.0
    return np.array(centre) + points * np.array([radius, radius * tall])
