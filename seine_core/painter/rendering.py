"""Rendering of layered scenes through a moving camera, and of changes between two scenes."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import cv2
import numpy as np

from seine_core.camera import MOVES, TRAVELS, CameraMove
from seine_core.painter.drawing import Field, Layer, Rng
from seine_core.painter.places import Scene

Change = Literal["travel", "rise", "dissolve", "cut"]  # how one scene turns into the next
CHANGES: tuple[Change, ...] = get_args(Change)
_MARGIN = 1.04  # magnification that leaves room at the edges for rounding and swings


@dataclass(frozen=True, kw_only=True)
class CameraPose:
    """Position and orientation of the camera."""

    x: float = 0.0  # to the right, in view widths
    y: float = 0.0  # down, in view heights
    zoom: float = 0.0  # natural logarithm of the magnification
    turn: float = 0.0  # of the picture, clockwise, in radians


@dataclass(frozen=True, kw_only=True)
class View:
    """What one frame shows of a scene's layers."""

    frame: int  # of the clip, from 0: layers drift and swing
    pose: CameraPose
    size: tuple[int, int]  # width, height
    dolly: bool = False  # near layers grow faster than far ones in a zoom
    shift: tuple[float, float] = (0.0, 0.0)  # of all layers to the right and down, in pixels


def camera_path(rng: Rng, move: CameraMove, strength: float, frames: int) -> list[CameraPose]:
    """The camera's pose in each of `frames` >= 2 frames: uniform motion, or eased at both ends.

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
            sign = 1 if move == "pan-right" else -1
            return [CameraPose(x=x + sign * 0.34 * strength * m, y=y) for m in middle]
        case "tilt-up" | "tilt-down":
            sign = 1 if move == "tilt-down" else -1
            return [CameraPose(x=x, y=sign * 0.32 * strength * m) for m in middle]
        case "zoom-in" | "dolly-in":
            return [CameraPose(x=x, y=y, zoom=0.34 * strength * d) for d in t]
        case "zoom-out" | "dolly-out":
            return [CameraPose(x=x, y=y, zoom=0.34 * strength * (1 - d)) for d in t]
        case "roll-left" | "roll-right":
            sign = 1 if move == "roll-left" else -1
            return [CameraPose(x=x / 2, y=y / 2, turn=sign * 0.26 * strength * m) for m in middle]
        case _:
            return [CameraPose(x=x, y=y)] * frames


def render_clip(
    scene: Scene, path: list[CameraPose], size: tuple[int, int], *, dolly: bool = False
) -> Field:
    """[f h w 3] uint8 of a scene along a camera path; `size` and `dolly` as of a `View`."""
    views = (View(frame=i, pose=pose, size=size, dolly=dolly) for i, pose in enumerate(path))
    return np.stack([_to_uint8(_composite(scene.layers, view)) for view in views])


def _to_uint8(picture: Field) -> Field:
    return np.clip(picture[..., :3] * 255 + 0.5, 0, 255).astype(np.uint8)


def _composite(layers: list[Layer], view: View) -> Field:
    """[h w 4] float32 of all layers, composited from back to front."""
    picture = _project(layers[0], view)
    for layer in layers[1:]:
        _blend_over(picture, _project(layer, view), _opacity(layer, view.frame))
    return picture


def _blend_over(picture: Field, paint: Field, opacity: float) -> None:
    if opacity != 1:
        paint = paint * np.float32(opacity)
    picture *= 1 - paint[..., 3:]
    picture += paint


def _opacity(layer: Layer, frame: int) -> float:
    """Opacity 0..1 of a layer in a frame."""
    if not layer.twinkle:
        return 1.0
    turn = 2 * math.pi * frame / layer.period + layer.phase
    return 1 - layer.twinkle + layer.twinkle * math.sin(turn)


def _project(layer: Layer, view: View) -> Field:
    """[h w 4] float32 of a layer warped into a view."""
    frame, pose, (width, height) = view.frame, view.pose, view.size
    rows, columns = layer.paint.shape[:2]
    zoom = pose.zoom * (0.55 + 0.6 * layer.depth if view.dolly else 1.0)
    scale = _MARGIN * _cover(pose.turn, view.size) * math.exp(zoom)
    turn = 2 * math.pi * frame / layer.period + layer.phase
    x = layer.drift[0] * frame + layer.swing[0] * math.sin(turn) - layer.depth * pose.x * width
    y = layer.drift[1] * frame + layer.swing[1] * math.sin(turn) - layer.depth * pose.y * height
    cos, sin = scale * math.cos(pose.turn), scale * math.sin(pose.turn)
    x, y = x - (columns - 1) / 2, y - (rows - 1) / 2
    matrix = np.array(
        [
            [cos, -sin, cos * x - sin * y + (width - 1) / 2 + view.shift[0]],
            [sin, cos, sin * x + cos * y + (height - 1) / 2 + view.shift[1]],
        ]
    )
    # A layer that is shifted out shows nothing beyond its edge: mirrored trees would hang there.
    border = cv2.BORDER_REPLICATE if view.shift[1] else cv2.BORDER_REFLECT
    return cv2.warpAffine(layer.paint, matrix, view.size, flags=cv2.INTER_LINEAR, borderMode=border)


def _cover(turn: float, size: tuple[int, int]) -> float:
    """The magnification of a picture turned by `turn` whose own margins help to fill the frame."""
    return 1 + 0.3 * abs(math.sin(turn)) * size[0] / size[1]


def render_change(
    rng: Rng, kind: Change, before: Scene, after: Scene, size: tuple[int, int], frames: int
) -> tuple[Field, CameraMove]:
    """[f h w 3] uint8 of a change between two scenes, and its camera move; `size` is (width,
    height), `frames` >= 2."""
    if kind == "travel":
        return _travel(rng, before, after, size, frames)
    move: CameraMove = ("still", "zoom-in", "pan-left", "pan-right")[rng.integers(4)]
    path = camera_path(rng, move, float(rng.uniform(0.3, 0.8)), frames)
    if kind == "rise":
        return _rise(before, after, path, size), move
    clips = [render_clip(scene, path, size).astype(np.float32) for scene in (before, after)]
    t = np.arange(frames, dtype=np.float32)[:, None, None, None] / (frames - 1)
    if kind == "cut":
        t = (t > rng.uniform(0.3, 0.7)).astype(np.float32)
    return np.rint(clips[0] + (clips[1] - clips[0]) * t).astype(np.uint8), move


def _travel(
    rng: Rng, before: Scene, after: Scene, size: tuple[int, int], frames: int
) -> tuple[Field, CameraMove]:
    """The camera pans or tilts into the next scene, always by `TRAVELS` of the view, so that the
    caption and the given frames determine the speed. The edge between the scenes crosses the whole
    view: halfway, each shows its middle."""
    width, height = size
    move: CameraMove = ("pan-left", "pan-right", "tilt-up", "tilt-down")[
        rng.choice(4, p=(0.35, 0.35, 0.15, 0.15))
    ]
    level = MOVES[move].kind == "pan"
    sign = 1 if move in ("pan-right", "tilt-down") else -1
    side = width if level else height
    soft = side * rng.uniform(0.06, 0.12)
    across = np.arange(side, dtype=np.float32) - (side - 1) / 2
    out = np.empty((frames, height, width, 3), np.uint8)
    for i, done in enumerate(np.linspace(0, 1, frames)):
        pictures = []
        for scene, gone in ((before, done), (after, done - 1)):
            far = -sign * gone * side * TRAVELS
            shift = (far, 0.0) if level else (0.0, far)
            view = View(frame=i, pose=CameraPose(), size=size, shift=shift)
            pictures.append(_composite(scene.layers, view))
        at = sign * (across + sign * (done - 0.5) * side)
        seam = max(1.0, soft * min(1.0, 6 * done, 6 * (1 - done)))  # the ends are scenes alone
        weight = np.clip(at / seam + 0.5, 0, 1)
        weight = weight * weight * (3 - 2 * weight)
        weight = weight[None, :, None] if level else weight[:, None, None]
        out[i] = _to_uint8(pictures[0] + (pictures[1] - pictures[0]) * weight)
    return out, move


def _rise(before: Scene, after: Scene, path: list[CameraPose], size: tuple[int, int]) -> Field:
    """The scenery changes: the old sinks out of the view, the near first; the new rises, the far
    first, under a sky that blends into the other."""
    frames, height = len(path), size[1]
    out = np.empty((frames, height, size[0], 3), np.uint8)
    for i, pose in enumerate(path):
        done = i / (frames - 1)
        view = View(frame=i, pose=pose, size=size)
        picture = _project(before.layers[0], view)
        _blend_over(picture, _project(after.layers[0], view), done)
        props = [(layer, True) for layer in before.layers[1:]]
        props += [(layer, False) for layer in after.layers[1:]]
        for layer, leaving in sorted(props, key=lambda prop: prop[0].depth):
            begin = 0.45 * (1 - layer.depth) if leaving else 0.45 * layer.depth
            part = min(1.0, max(0.0, (done - begin) / 0.55))
            sunk = part if leaving else 1 - part
            if sunk < 1:
                paint = _project(layer, replace(view, shift=(0.0, sunk * 0.9 * height)))
                _blend_over(picture, paint, _opacity(layer, i) * min(1.0, 4 * (1 - sunk)))
        out[i] = _to_uint8(picture)
    return out
