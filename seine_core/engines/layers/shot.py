"""The animation of `layers`: a calm camera move over one scene, its near parts ahead of its far.

Where the scene's depth is known, things move as they are near; else what lies low in the picture is
taken for near, and all moves as one sheet. From one part of the picture to another all moves alike:
what is framed is what is seen.
"""

import math

import numpy as np

from seine_core.camera import MOVES, CameraMove, MoveKind
from seine_core.clips import Still
from seine_core.engines.layers.camera_path import content_move, cover, framed, pace
from seine_core.engines.layers.relief import Relief
from seine_core.engines.protocol import Framing
from seine_core.imaging.warp import Field, Picture, Pose, nearer_first, pose_map
from seine_core.media.bands import bands
from seine_core.rates import Rate
from seine_core.vision.importance import point_of_interest

RAMP_S = 0.7  # the time that the camera takes to gather speed, and to come to rest
# How far a move goes at most, and the seconds in which it gets most of the way.
REACH: dict[MoveKind, tuple[float, float]] = {
    "still": (0.0, 1.0),
    "zoom": (0.24, 8.0),
    "dolly": (0.24, 8.0),
    "pan": (0.14, 6.0),
    "tilt": (0.14, 6.0),
    "roll": (0.10, 6.0),
}
# How much less the farthest moves than the nearest, where depth is known: a camera that turns or
# zooms where it stands shows no depth, one that travels does.
PARALLAX: dict[MoveKind, float] = {"dolly": 0.5, "pan": 0.3, "tilt": 0.3, "zoom": 0.15}


class CameraShot:
    """`frames` frames of a camera move over `image`, ready to give any of them. `near` [h w], 0 far
    to 1 near at any size, is its depth, if known. `framing`: what it goes from and to, if that is
    set; `camera` and `strength` then say nothing."""

    def __init__(
        self,
        image: Still,
        *,
        camera: CameraMove,
        strength: float,
        seed: int,
        frames: int,
        fps: Rate,
        near: Field | None = None,
        framing: tuple[Framing, Framing] | None = None,
    ) -> None:
        self.image, self.frames, self.framing = image, frames, framing
        self.height, self.width = image.shape[:2]
        duration_s = max(frames - 1, 1) / float(fps)
        self.ramp = min(0.35, RAMP_S / duration_s)
        focus = (0.5, 0.5)
        if camera == "auto":
            camera = "dolly-in"
            focus = towards(point_of_interest(image), np.random.default_rng(seed))
        self.move = content_move(camera, reach(camera, duration_s) * strength, focus)
        self.still = framing is None and self.move == Pose(focus=focus)
        kind = MOVES[camera].kind
        self.parallax = PARALLAX.get(kind, 0.0)
        self.relief = Relief(image, near) if near is not None and self.parallax else None
        if self.relief is None:
            self.parallax = 0.5 if kind == "dolly" else 0.2
            self.depth = ground_depth(self.height, self.width)
            self.picture = Picture(image)

    def frame(self, index: int) -> Still:
        """Frame `index` of the whole shot."""
        done = pace(index / (self.frames - 1), self.ramp) if self.frames > 1 else 0.0
        pose = self.pose(done)
        if self.still or pose == Pose(focus=pose.focus):
            return self.image
        made = np.empty_like(self.image)
        for rows in bands(self.height, self.width):
            made[rows] = np.clip(self._seen(pose, rows) + 0.5, 0, 255)
        return made

    def _seen(self, pose: Pose, rows: slice) -> Field:
        if self.relief is not None:
            return self.relief.seen(pose, self.parallax, rows)
        at = pose_map(pose, self.height, self.width, rows)
        if self.framing is None:
            at = nearer_first(at, self.depth[rows], self.parallax, rows.start)
        return self.picture.seen(at, pose.zoom)

    def pose(self, done: float) -> Pose:
        """How the scene lies in the frame when `done` of the move is behind it.

        What would bare a border begins or ends magnified instead: a pan passes the middle half
        way, a zoom out ends on the whole scene.
        """
        if self.framing is not None:
            return framed(*self.framing, done)
        move = self.move
        if move.zoom < 0:
            return move.part(done - 1)
        if move.x or move.y:
            travel = max(abs(move.x), abs(move.y))
            return move.part(done - 0.5).closer(-math.log(1 - min(travel, 0.5)))
        turned = move.part(done)
        return turned.closer(math.log(cover(turned.turn, self.height, self.width)))


def reach(camera: CameraMove, duration_s: float) -> float:
    """The size of a move that looks calm over `duration_s`: longer shots go further, but slower."""
    full, time_s = REACH[MOVES[camera].kind]
    return full * (1 - math.exp(-duration_s / time_s))


def ground_depth(height: int, width: int) -> Field:
    """[h w] -1..1, how near a scene usually is: what lies low is near, the upper middle far."""
    x = np.mgrid[-1 : 1 : width * 1j].astype(np.float32)
    y = np.mgrid[-1 : 1 : height * 1j].astype(np.float32)[:, None]
    depth = np.empty((height, width), np.float32)
    for rows in bands(height, width):
        depth[rows] = np.tanh(1.2 * (0.8 * y[rows] + 0.4 * x * x - 0.15))
    return depth


def towards(subject: tuple[float, float], rng: np.random.Generator) -> tuple[float, float]:
    """Where a camera goes that ends on `subject`: past it, so that it comes nearer to the middle
    as it grows, never quite to the border; and a little above it, so that a head stays in sight."""
    above = subject[0], subject[1] - 0.06
    x, y = (0.5 + 1.6 * (at - 0.5) + rng.uniform(-0.06, 0.06) for at in above)
    return min(0.9, max(0.1, x)), min(0.9, max(0.1, y))
