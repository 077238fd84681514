"""What a style films: two scenes, the time between them, and what matters in them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seine_core.camera import MOVES, CameraMove
from seine_core.clips import Still
from seine_core.engines.camera.exposure import Filmed, Light16, light_of
from seine_core.engines.camera.similarity import Similarity
from seine_core.imaging.warp import Field
from seine_core.vision.importance import importance, point_of_interest

Frame = Callable[[float], Light16]  # the frame at a time 0 < t < 1
Motion = Callable[[float], Similarity]  # how a picture lies in the frame at a time 0..1


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenes:
    """The two stills of a transition of `frames` frames, and how it is to go."""

    start: Still
    end: Still
    frames: int
    seconds: float  # that the transition lasts
    camera: CameraMove = "auto"
    strength: float = 1.0
    seed: int = 0

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of a frame."""
        height, width = self.start.shape[:2]
        return height, width

    @cached_property
    def leaving(self) -> Light16:
        return light_of(self.start)

    @cached_property
    def coming(self) -> Light16:
        return light_of(self.end)

    @cached_property
    def importance(self) -> tuple[Field, Field]:
        """What matters in the two scenes, each [h w] 0..1, small."""
        return importance(self.start), importance(self.end)

    @cached_property
    def interest(self) -> tuple[complex, complex]:
        """The points of interest of the two scenes, in pixels."""
        height, width = self.size
        points = (point_of_interest(still) for still in (self.start, self.end))
        first, last = (complex(x * width - 0.5, y * height - 0.5) for x, y in points)
        return first, last

    def sign(self, kind: str) -> int:
        """Which way the picture goes where the camera is asked for a move of `kind`, else 0."""
        move = MOVES.get(self.camera)
        return move.sign if move is not None and move.kind == kind else 0

    def toss(self) -> int:
        """1 or -1, by the seed."""
        return -1 if np.random.default_rng(self.seed).random() < 0.5 else 1

    @cached_property
    def centre(self) -> complex:
        """The middle of the frame, in pixels."""
        height, width = self.size
        return complex((width - 1) / 2, (height - 1) / 2)

    def film(self, picture: Filmed, pose: Motion, t: float, shutter: float = 0.7) -> Light16:
        """`picture` at time `t` of the move `pose`, the shutter open for `shutter` of the time
        between two frames."""
        half = shutter / 2 / (self.frames - 1)
        opened, closed = pose(max(0.0, t - half)), pose(min(1.0, t + half))
        return picture.exposed(opened, closed, self.size)


def ease(t: float, power: float) -> float:
    """How much of a move is done at time `t`, both 0..1: it sets off and arrives at rest, the
    faster in between the higher `power` is: so many times the mean speed at half time."""
    there, left = t**power, (1 - t) ** power
    return there / (there + left)


def distance(size: tuple[int, int], focus: complex) -> Field:
    """[h w] float32, how far each pixel of a frame of `size` (height, width) lies from `focus`."""
    height, width = size
    x = np.arange(width, dtype=np.float32) - np.float32(focus.real)
    y = np.arange(height, dtype=np.float32)[:, None] - np.float32(focus.imag)
    return np.hypot(x, y)
