"""The transition of `layers`: the coming scene is revealed through the leaving one, along the
outlines of both, while one camera move carries the two."""

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.camera import CameraMove, move_from_prompt
from seine_core.engines import reveal
from seine_core.engines.camera_path import content_move, pace
from seine_core.engines.flow import correspondence, luma, shrunk
from seine_core.engines.protocol import ClipSpec
from seine_core.engines.warp import (
    Field,
    Map,
    Picture,
    Pose,
    nearer_first,
    pinned,
    pose_map,
    resized,
    sample_field,
    smooth_step,
)
from seine_core.errors import BadInput

STYLES = ("auto", "reveal", "wipe-left", "wipe-right", "wipe-up", "wipe-down", "iris", "fade")

_STYLE_PHRASES = (
    (r"wip(e|es|ing)( to)?( the)? right", "wipe-right"),
    (r"wip(e|es|ing) up", "wipe-up"),
    (r"wip(e|es|ing) down", "wipe-down"),
    (r"\bwip(e|es|ing)\b", "wipe-left"),
    (r"\biris\b", "iris"),
    (r"\b(cross[ -]?)?(fade|fades|fading)\b|dissolv", "fade"),
)

# The camera that a style goes best with, where neither the user nor the prompt names one.
_CAMERA_OF_STYLE: dict[str, CameraMove] = {
    "wipe-left": "pan-right",
    "wipe-right": "pan-left",
    "wipe-up": "tilt-down",
    "wipe-down": "tilt-up",
}

RAMP = 0.2  # share of the time that the camera takes to gather speed, and to come to rest
FAR = 0.9


def style_from_prompt(prompt: str) -> str | None:
    """The style that the words of `prompt` ask for, or None when they ask for none."""
    text = prompt.lower()
    return next((style for pattern, style in _STYLE_PHRASES if re.search(pattern, text)), None)


def direction_of(prompt: str, spec: ClipSpec) -> "Direction":
    """What `spec` and the words of `prompt` ask for, every "auto" decided.

    Raises:
        BadInput: there is no such style.
    """
    if spec.style not in STYLES:
        raise BadInput(f"style: received {spec.style!r}, allowed {', '.join(STYLES)}")
    style = spec.style
    if style == "auto":
        style = style_from_prompt(prompt) or "reveal"
    camera: CameraMove = spec.camera
    if camera == "auto":
        camera = move_from_prompt(prompt) or _CAMERA_OF_STYLE.get(style, "zoom-in")
    return Direction(style=style, camera=camera, strength=spec.strength, seed=spec.seed)


@dataclass(frozen=True, kw_only=True)
class Direction:
    """What the user and the prompt ask of a transition."""

    style: str  # one of STYLES, never "auto"
    camera: CameraMove  # never "auto"
    strength: float
    seed: int


class Crossing:
    """A transition from `start` to `end`, ready to give any of its frames.

    `order_*` are the scenes' order fields, `depth_*` how near their parts are (-1..1), `flow_*`
    where their structures have a counterpart in the other scene, `tint_*` their soft colours.
    """

    def __init__(
        self, start: NDArray[np.uint8], end: NDArray[np.uint8], direction: Direction, frames: int
    ) -> None:
        self.start, self.end, self.direction, self.frames = start, end, direction, frames
        self.height, self.width = start.shape[:2]
        rng = np.random.default_rng(direction.seed)
        scale = min(1.0, 96 / min(self.height, self.width))
        self.low = (max(2, round(self.height * scale)), max(2, round(self.width * scale)))
        self.picture_a, self.picture_b = Picture(start), Picture(end)
        self.order_a, small_a = reveal.scene_order(start, 1, rng)
        self.order_b, small_b = reveal.scene_order(end, -1, rng)
        self.depth_a, self.depth_b = self._depth(small_a), self._depth(small_b)
        self.flow_a = resized(correspondence(start, end), *self.low)
        self.flow_b = resized(correspondence(end, start), *self.low)
        self.tint_a, self.tint_b = self._tint(start), self._tint(end)
        self.noise = reveal.smooth_noise(rng, *self.low)
        self.focus = tuple(0.5 + 0.08 * rng.uniform(-1, 1, 2))
        self.travel = travel(start, end)
        self.move = self._move()
        self.leaning = self._leaning()

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Frame `index` of the whole transition."""
        if index <= 0:
            return self.start
        if index >= self.frames - 1:
            return self.end
        t = index / (self.frames - 1)
        travelled = pace(t, RAMP)
        revealed = pace(min(1.0, max(0.0, (t - 0.02) / 0.95)), 0.1)

        # A small frame first: where the matte's threshold lies, which parts are about to go.
        low_a, low_b = self._maps(travelled, *self.low)
        order_low = self._order(low_a, low_b, travelled)
        share = reveal.ranks(order_low)
        late = smooth_step((revealed * 1.5 - share) / 0.5)  # wide in time: for soft colour
        late = cv2.GaussianBlur(late, (0, 0), 0.02 * min(self.low) + 0.3)
        softness = 0.06
        threshold = float(np.quantile(order_low, revealed)) + (2 * revealed - 1) * softness

        at_a, at_b = self._maps(travelled, self.height, self.width)
        order = self._order(at_a, at_b, travelled)
        matte = reveal.narrow_matte(order, threshold, softness, edge_px=self._edge_px())
        leaving = self.picture_a.seen(at_a, self.move.zoom * departure(travelled), sharpen=True)
        coming = self.picture_b.seen(at_b, -self.move.zoom * arrival(travelled), sharpen=True)
        tint = sample_field(self.tint_a, self._tint_map(low_a)) - sample_field(
            self.tint_b, self._tint_map(low_b)
        )
        matte_low = cv2.resize(matte, self.low[::-1], interpolation=cv2.INTER_AREA)
        out = leaving + (coming - leaving) * matte[..., None]
        # Soft colours go over earlier and more slowly than the detail they carry: what is left is
        # close in colour to what comes, and the matte's edge does not show.
        glide = 0.6 * resized(tint, self.height, self.width)
        out += glide * (matte - resized(late, self.height, self.width))[..., None]
        del matte_low
        return np.clip(out + 0.5, 0, 255).astype(np.uint8)

    def _edge_px(self) -> float:
        return 1.5 + 0.006 * min(self.height, self.width)

    def _move(self) -> Pose:
        camera, strength = self.direction.camera, self.direction.strength
        amount = {"zoom": 0.5, "doll": 0.55, "pan-": 0.4, "tilt": 0.4, "roll": 0.35}
        # A clip of a few frames cannot go far without leaping.
        calm = min(1.0, self.frames / 12) * self.travel
        return content_move(camera, amount.get(camera[:4], 0) * strength * calm, self.focus)

    def _leaning(self) -> Field:
        """[h w], small: which sides the coming scene comes from."""
        height, width = self.low
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        radius = np.hypot(x - (2 * self.focus[0] - 1), y - (2 * self.focus[1] - 1))
        by_style = {
            "wipe-left": -4 * x,
            "wipe-right": 4 * x,
            "wipe-up": -4 * y,
            "wipe-down": 4 * y,
            "iris": 6 * radius,
        }
        by_camera = {
            "zoom-in": 1.2 * (radius + radius * radius),
            "dolly-in": 1.2 * (radius + radius * radius),
            "zoom-out": -1.2 * (radius + radius * radius),
            "dolly-out": -1.2 * (radius + radius * radius),
            "pan-left": 1.5 * x,
            "pan-right": -1.5 * x,
            "tilt-up": 1.5 * y,
            "tilt-down": -1.5 * y,
        }
        style, camera = self.direction.style, self.direction.camera
        leaning = by_style.get(style, by_camera.get(camera, 0 * x))
        return (leaning + 0.3 * self.noise).astype(np.float32)

    def _depth(self, order: Field) -> Field:
        """[h w] -1..1, small: what goes first is nearest, and so is what lies low in the frame."""
        height, width = self.low
        order = resized(order, height, width)
        ground = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        depth = np.tanh(0.7 * order) * 0.6 + 0.4 * ground
        return cv2.GaussianBlur(depth, (0, 0), 0.08 * min(height, width) + 0.3)

    def _tint(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        small = cv2.resize(image, self.low[::-1], interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.06 * min(self.low) + 0.3)

    def _tint_map(self, at: Map) -> Map:
        return at

    def _maps(self, travelled: float, height: int, width: int) -> tuple[Map, Map]:
        at_a = pose_map(self.move.part(departure(travelled)), height, width)
        at_b = pose_map(self.move.part(-arrival(travelled)), height, width)
        parallax = 0.8 if self.direction.camera.startswith("dolly") else 0.5
        at_a = self._bent(at_a, self.depth_a, self.flow_a, parallax, travelled)
        at_b = self._bent(at_b, self.depth_b, self.flow_b, parallax, 1 - travelled)
        return at_a, at_b

    def _bent(
        self, at: Map, depth: Field, flow: NDArray[np.float32], parallax: float, pull: float
    ) -> Map:
        """A map with the parallax of a scene's depth, and its structures `pull` of the way to
        their counterparts."""
        height, width = at[0].shape
        x, y = nearer_first(at, depth, parallax)
        shift = resized(flow, height, width) * np.float32(pull * min(height, width))
        return pinned((x - shift[..., 0], y - shift[..., 1]))

    def _order(self, at_a: Map, at_b: Map, travelled: float) -> Field:
        height, width = at_a[0].shape
        order = resized(self.leaning, height, width)
        for field, at, weight in ((self.order_a, at_a, 0.6), (self.order_b, at_b, 0.3)):
            order = order + np.float32(weight) * sample_field(
                field, _scaled(at, (height, width), field.shape)
            )
        return order


def travel(start: NDArray[np.uint8], end: NDArray[np.uint8]) -> float:
    """How far the camera goes for these scenes, about 1.

    Motion shows by the texture that it carries along: between calm scenes a longer way looks as
    lively, and without it nothing but the change from light to dark would be seen to happen.
    """
    a, b = (shrunk(luma(image), 256).astype(np.float32) for image in (start, end))
    contrast = float(np.abs(a - b).mean())
    texture = sum(float(np.abs(np.diff(x, axis=axis)).mean()) for x in (a, b) for axis in (0, 1))
    return min(1.5, max(0.9, 0.2 * contrast / max(texture / 2, 1e-3)))


def departure(travelled: float) -> float:
    return travelled * (0.75 + 0.75 * travelled)


def arrival(travelled: float) -> float:
    return FAR * (1 - travelled) ** 1.0


def _scaled(at: Map, size: tuple[int, int], target: tuple[int, ...]) -> Map:
    """A map into a picture of `size` as one into the same picture at the size `target`."""
    if size == tuple(target[:2]):
        return at
    scale_y, scale_x = target[0] / size[0], target[1] / size[1]
    return (
        (at[0] + np.float32(0.5)) * np.float32(scale_x) - np.float32(0.5),
        (at[1] + np.float32(0.5)) * np.float32(scale_y) - np.float32(0.5),
    )
