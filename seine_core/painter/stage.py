"""Layers before a moving camera, and one scene giving way to another."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np

from seine_core.camera import TRAVELS, CameraMove
from seine_core.painter.places import Scene
from seine_core.painter.strokes import Field, Layer, Rng

Change = Literal["travel", "rise", "dissolve", "cut"]  # how a scene gives way to the next
CHANGES: tuple[Change, ...] = get_args(Change)
_MARGIN = 1.04  # how much closer than the whole view the camera stays, for what rounds and swings


@dataclass(frozen=True, kw_only=True)
class Eye:
    """Where the camera is: its shift in view widths and heights, magnification and turn."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 0.0  # logarithm
    turn: float = 0.0  # of the picture, clockwise, in radians


def ways(rng: Rng, move: CameraMove, strength: float, frames: int) -> list[Eye]:
    """The camera's way through a clip: even, or with a little ease at both ends.

    The content goes against the camera: as it pans left the picture slides to the right, as in
    `engines.camera_path`. `strength` 1 is a pan of a third of the view.
    """
    t = np.linspace(0, 1, frames)
    ease = rng.uniform(0, 0.6)
    t = (1 - ease) * t + ease * t * t * (3 - 2 * t)
    middle = t - 0.5
    x, y = rng.uniform(-0.08, 0.08, 2)
    match move:
        case "pan-left" | "pan-right":
            way = 1 if move == "pan-right" else -1
            return [Eye(x=x + way * 0.34 * strength * m, y=y) for m in middle]
        case "tilt-up" | "tilt-down":
            way = 1 if move == "tilt-down" else -1
            return [Eye(x=x, y=way * 0.32 * strength * m) for m in middle]
        case "zoom-in" | "dolly-in":
            return [Eye(x=x, y=y, zoom=0.34 * strength * d) for d in t]
        case "zoom-out" | "dolly-out":
            return [Eye(x=x, y=y, zoom=0.34 * strength * (1 - d)) for d in t]
        case "roll-left" | "roll-right":
            way = 1 if move == "roll-left" else -1
            return [Eye(x=x / 2, y=y / 2, turn=way * 0.26 * strength * m) for m in middle]
        case _:
            return [Eye(x=x, y=y)] * frames


def film(scene: Scene, way: list[Eye], size: tuple[int, int], *, closer: bool = False) -> Field:
    """[f h w 3] uint8 of a scene; `closer` lets the near grow faster than the far in a zoom."""
    seen_from = (_composed(scene.layers, i, eye, size, closer) for i, eye in enumerate(way))
    return np.stack([_finished(picture) for picture in seen_from])


def _finished(picture: Field) -> Field:
    return np.clip(picture[..., :3] * 255 + 0.5, 0, 255).astype(np.uint8)


def _composed(
    layers: list[Layer],
    frame: int,
    eye: Eye,
    size: tuple[int, int],
    closer: bool = False,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Field:
    """float32 [h w 4] of the layers as seen in one frame."""
    picture = seen(layers[0], frame, eye, size, closer, shift)
    for layer in layers[1:]:
        _lay(picture, seen(layer, frame, eye, size, closer, shift), opacity(layer, frame))
    return picture


def _lay(picture: Field, paint: Field, opacity: float) -> None:
    if opacity != 1:
        paint = paint * np.float32(opacity)
    picture *= 1 - paint[..., 3:]
    picture += paint


def opacity(layer: Layer, frame: int) -> float:
    if not layer.twinkle:
        return 1.0
    turn = 2 * math.pi * frame / layer.period + layer.phase
    return 1 - layer.twinkle + layer.twinkle * math.sin(turn)


def seen(
    layer: Layer,
    frame: int,
    eye: Eye,
    size: tuple[int, int],
    closer: bool = False,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Field:
    """float32 [h w 4] of a layer in one frame; `shift` moves its content, in pixels of the view."""
    width, height = size
    rows, columns = layer.paint.shape[:2]
    zoom = eye.zoom * (0.55 + 0.6 * layer.depth if closer else 1.0)
    scale = _MARGIN * _cover(eye.turn, size) * math.exp(zoom)
    turn = 2 * math.pi * frame / layer.period + layer.phase
    x = layer.drift[0] * frame + layer.swing[0] * math.sin(turn) - layer.depth * eye.x * width
    y = layer.drift[1] * frame + layer.swing[1] * math.sin(turn) - layer.depth * eye.y * height
    cos, sin = scale * math.cos(eye.turn), scale * math.sin(eye.turn)
    x, y = x - (columns - 1) / 2, y - (rows - 1) / 2
    matrix = np.array(
        [
            [cos, -sin, cos * x - sin * y + (width - 1) / 2 + shift[0]],
            [sin, cos, sin * x + cos * y + (height - 1) / 2 + shift[1]],
        ]
    )
    # What is moved out of its place shows nothing beyond its edge: mirrored trees would hang there.
    border = cv2.BORDER_REPLICATE if shift[1] else cv2.BORDER_REFLECT
    return cv2.warpAffine(layer.paint, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)


def _cover(turn: float, size: tuple[int, int]) -> float:
    """The magnification of a picture turned by `turn` whose own margins help to fill the frame."""
    return 1 + 0.3 * abs(math.sin(turn)) * size[0] / size[1]


def change(
    rng: Rng, kind: Change, before: Scene, after: Scene, size: tuple[int, int], frames: int
) -> tuple[Field, CameraMove]:
    """[f h w 3] uint8 from one scene to another, and the camera's move meanwhile."""
    if kind == "travel":
        return _travel(rng, before, after, size, frames)
    move: CameraMove = ("still", "zoom-in", "pan-left", "pan-right")[rng.integers(4)]
    way = ways(rng, move, float(rng.uniform(0.3, 0.8)), frames)
    if kind == "rise":
        return _rise(before, after, way, size), move
    films = [film(scene, way, size).astype(np.float32) for scene in (before, after)]
    t = np.arange(frames, dtype=np.float32)[:, None, None, None] / (frames - 1)
    if kind == "cut":
        t = (t > rng.uniform(0.3, 0.7)).astype(np.float32)
    return np.rint(films[0] + (films[1] - films[0]) * t).astype(np.uint8), move


def _travel(
    rng: Rng, before: Scene, after: Scene, size: tuple[int, int], frames: int
) -> tuple[Field, CameraMove]:
    """The camera goes on until the next scene is there, by a part of the view that is always the
    same, so that words and pictures alone tell how far. The edge between the scenes crosses the
    whole view: halfway, each shows its middle."""
    width, height = size
    move: CameraMove = ("pan-left", "pan-right", "tilt-up", "tilt-down")[
        rng.choice(4, p=(0.35, 0.35, 0.15, 0.15))
    ]
    level = move.startswith("pan")
    way = 1 if move in ("pan-right", "tilt-down") else -1
    side = width if level else height
    soft = side * rng.uniform(0.06, 0.12)
    across = np.arange(side, dtype=np.float32) - (side - 1) / 2
    out = np.empty((frames, height, width, 3), np.uint8)
    for i, done in enumerate(np.linspace(0, 1, frames)):
        pictures = []
        for scene, gone in ((before, done), (after, done - 1)):
            far = -way * gone * side * TRAVELS
            shift = (far, 0.0) if level else (0.0, far)
            pictures.append(_composed(scene.layers, i, Eye(), size, shift=shift))
        at = way * (across + way * (done - 0.5) * side)
        seam = max(1.0, soft * min(1.0, 6 * done, 6 * (1 - done)))  # the ends are scenes alone
        weight = np.clip(at / seam + 0.5, 0, 1)
        weight = weight * weight * (3 - 2 * weight)
        weight = weight[None, :, None] if level else weight[:, None, None]
        out[i] = _finished(pictures[0] + (pictures[1] - pictures[0]) * weight)
    return out, move


def _rise(before: Scene, after: Scene, way: list[Eye], size: tuple[int, int]) -> Field:
    """The scenery changes: the old sinks out of the view, the near first; the new rises, the far
    first, under a sky that turns into the other."""
    frames, height = len(way), size[1]
    out = np.empty((frames, height, size[0], 3), np.uint8)
    for i, eye in enumerate(way):
        done = i / (frames - 1)
        picture = seen(before.layers[0], i, eye, size)
        _lay(picture, seen(after.layers[0], i, eye, size), done)
        props = [(layer, True) for layer in before.layers[1:]]
        props += [(layer, False) for layer in after.layers[1:]]
        for layer, leaving in sorted(props, key=lambda prop: prop[0].depth):
            begin = 0.45 * (1 - layer.depth) if leaving else 0.45 * layer.depth
            part = min(1.0, max(0.0, (done - begin) / 0.55))
            sunk = part if leaving else 1 - part
            if sunk < 1:
                paint = seen(layer, i, eye, size, shift=(0.0, sunk * 0.9 * height))
                _lay(picture, paint, opacity(layer, i) * min(1.0, 4 * (1 - sunk)))
        out[i] = _finished(picture)
    return out
