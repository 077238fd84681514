"""The transition of `layers`: the coming scene is revealed through the leaving one along a soft
edge that cuts nothing of importance, while one camera move carries the two."""

import math

import cv2
import numpy as np

from seine_core.camera import MOVES, MoveKind
from seine_core.clips import Still
from seine_core.engines.blend import to_light, to_still
from seine_core.engines.layers import reveal
from seine_core.engines.layers.camera_path import content_move, cover, pace
from seine_core.engines.layers.direction import Direction, leaning
from seine_core.imaging.warp import (
    Field,
    Map,
    Pose,
    pinned,
    pose_map,
    resized,
    resized_rows,
    sample,
)
from seine_core.media.bands import bands
from seine_core.vision.importance import importance

RAMP = 0.2  # share of the time in which the camera gathers speed, and in which it comes to rest
REVEAL_RAMP = 0.1  # the same of the growing reveal: it starts soon and ends late
AMOUNT: dict[MoveKind, float] = {
    "still": 0.0,
    "zoom": 0.4,
    "dolly": 0.4,
    "pan": 0.2,
    "tilt": 0.2,
    "roll": 0.25,
}
# How far a picture may be looked at beyond its border: drawn out to there, nothing in it becomes
# twice as long as it is wide.
FURTHEST_ZOOM, FURTHEST_SHIFT, FURTHEST_TURN = 0.3, 0.13, 0.35
MARGIN = 0.5  # of the frame that is drawn out for it


class Crossing:
    """A transition of `frames` frames from `start` to `end`, ready to give any of them."""

    def __init__(self, start: Still, end: Still, direction: Direction, frames: int) -> None:
        self.start, self.end, self.direction, self.frames = start, end, direction, frames
        height, width = start.shape[:2]
        self.size = height, width
        scale = min(1.0, reveal.LOW_SIDE / min(self.size))
        self.low = max(2, round(height * scale)), max(2, round(width * scale))
        rng = np.random.default_rng(direction.seed)
        fades = direction.style == "fade"
        self.scenes = start, end
        shift_x, shift_y = rng.uniform(-0.08, 0.08, 2)
        focus = (0.5 + float(shift_x), 0.5 + float(shift_y))
        # A clip of a few frames cannot go far without leaping.
        kind = MOVES[direction.camera].kind
        amount = AMOUNT[kind] * direction.strength * min(1.0, frames / 12)
        self.move = content_move(direction.camera, amount, focus)
        self.rolls = kind == "roll"
        self.order = None if fades else self._order(leaning(direction, focus, *self.low), rng)

    def frame(self, index: int) -> Still:
        """Frame `index` of the whole transition: the ends are the given stills."""
        if index <= 0:
            return self.start
        if index >= self.frames - 1:
            return self.end
        t = index / (self.frames - 1)
        travelled = pace(t, RAMP)
        maps = self.maps(travelled)
        matte = self.matte(maps[0], pace(t, REVEAL_RAMP))
        made = np.empty_like(self.start)
        for rows in bands(*self.size):
            light = [
                to_light(self._seen(still, at, rows))
                for still, at in zip(self.scenes, maps, strict=True)
            ]
            shown = resized_rows(matte, *self.size, rows)
            mixed = cv2.blendLinear(light[1], light[0], shown, 1 - shown)
            made[rows] = to_still(np.asarray(mixed, np.float32))
        return made

    def maps(self, travelled: float) -> tuple[Map, Map]:
        """How the leaving and the coming scene lie where so much of the move is done, as maps of a
        small frame. The camera leaves the one as given and finds the other as given; what is left
        behind passes ever faster."""
        leaving = self.move.part(travelled * (0.75 + 0.75 * travelled))
        coming = self.move.part(travelled - 1)
        return (
            pinned(pose_map(self._held(leaving), *self.low), MARGIN),
            pinned(pose_map(self._held(coming), *self.low), MARGIN),
        )

    def matte(self, at: Map, revealed: float) -> Field:
        """[h w] small, 0..1: where the coming scene shows, the leaving one being seen through
        `at`."""
        if self.order is None:
            return np.full(self.low, revealed, np.float32)
        order = sample(self.order, at)
        # What hangs together beyond the frame would be an island within it.
        half = resized(order, max(2, self.low[0] // 2), max(2, self.low[1] // 2))
        order = order + resized(reveal.without_islands(half) - half, *self.low)
        return reveal.soft_matte(order, revealed)

    def _seen(self, still: Still, at: Map, rows: slice) -> Still:
        """Some rows of a scene as seen through a map of a small frame."""
        height, width = self.size
        low_height, low_width = self.low
        x, y = at
        own_x, own_y = np.arange(low_width), np.arange(low_height)[:, None]
        # How far away each pixel lies: unlike where, it goes on beyond the outermost small pixels.
        away = np.dstack([(x - own_x) * (width / low_width), (y - own_y) * (height / low_height)])
        away = resized_rows(away.astype(np.float32), height, width, rows)
        at_x = away[..., 0] + np.arange(width, dtype=np.float32)
        at_y = away[..., 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        return np.asarray(
            sample(still, (at_x, at_y), cv2.INTER_CUBIC, cv2.BORDER_REFLECT), np.uint8
        )

    def _order(self, leaning: Field, rng: np.random.Generator) -> Field:
        """[h w] small, at the places of the leaving scene: when the coming one shows there."""
        # Where half of the way is gone the coming scene lies over the leaving one like this.
        leaving, coming = self.maps(0.5)
        over = _inverse(leaving)
        orders = [
            resized(reveal.scene_order(scene, sign), *self.low)
            for scene, sign in zip(self.scenes, (1, -1), strict=True)
        ]
        matters = [resized(importance(scene), *self.low) for scene in self.scenes]
        order = leaning + np.float32(0.3) * reveal.smooth_noise(rng, *self.low)
        order += np.float32(0.5) * orders[0]
        order += np.float32(0.4) * sample(sample(orders[1], coming), over)
        important = np.maximum(matters[0], sample(sample(matters[1], coming), over))
        return reveal.in_one_piece(order, important)

    def _held(self, pose: Pose) -> Pose:
        """`pose` within what a picture's border can be drawn out to, and filling the frame."""
        furthest = 1.3 if pose.zoom > 0 else FURTHEST_ZOOM
        held = Pose(
            zoom=furthest * math.tanh(pose.zoom / furthest),
            x=FURTHEST_SHIFT * math.tanh(pose.x / FURTHEST_SHIFT),
            y=FURTHEST_SHIFT * math.tanh(pose.y / FURTHEST_SHIFT),
            turn=FURTHEST_TURN * math.tanh(pose.turn / FURTHEST_TURN),
            focus=pose.focus,
        )
        return held.closer(math.log(cover(held.turn, *self.size))) if self.rolls else held


def _inverse(at: Map) -> Map:
    """The map that undoes a smooth one, by fixed point."""
    x, y = at
    height, width = x.shape
    own_x = np.broadcast_to(np.arange(width, dtype=np.float32), x.shape)
    own_y = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], y.shape)
    there_x, there_y = own_x, own_y
    for _ in range(8):
        miss_x = sample(x, (there_x, there_y)) - own_x
        miss_y = sample(y, (there_x, there_y)) - own_y
        there_x, there_y = there_x - miss_x, there_y - miss_y
    return there_x.astype(np.float32), there_y.astype(np.float32)
