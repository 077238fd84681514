"""How the camera moves: the pace of a move over time, and what each named move does."""

import math

from seine_core.camera import MOVES, CameraMove
from seine_core.engines.protocol import Framing
from seine_core.imaging.warp import Pose


def pace(t: float, ramp: float) -> float:
    """How much of a move is done at time `t`, both 0..1: from rest it gathers speed over `ramp`,
    holds it, and comes to rest over `ramp` again."""
    if t > 0.5:
        return 1 - pace(1 - t, ramp)
    speed = 1 / (1 - ramp)
    if t >= ramp:
        return speed * (t - ramp / 2)
    return speed * (t / 2 - ramp / (2 * math.pi) * math.sin(math.pi * t / ramp))


def content_move(camera: CameraMove, amount: float, focus: tuple[float, float]) -> Pose:
    """What a whole move does to the picture: `amount` is in frame sizes, logarithms or half turns.

    The content goes against the camera: as it pans left the picture slides to the right.
    """
    move = MOVES[camera]
    amount *= move.sign
    match move.kind:
        case "zoom" | "dolly":
            return Pose(zoom=amount, focus=focus)
        case "pan":
            return Pose(x=amount)
        case "tilt":
            return Pose(y=amount)
        case "roll":
            return Pose(turn=amount, focus=focus)
        case "still":
            return Pose(focus=focus)


def framed(start: Framing, end: Framing, done: float) -> Pose:
    """The picture as it lies in the frame when `done` of the way between two parts of it is gone:
    the magnification grows evenly, and the camera goes straight to what stays in place."""
    zooms = start[2], end[2]
    zoom = zooms[0] ** (1 - done) * zooms[1] ** done
    if abs(math.log(zooms[1] / zooms[0])) > 1e-6:  # of the parts' sizes, so that none leaves them
        done = (1 / zoom - 1 / zooms[0]) / (1 / zooms[1] - 1 / zooms[0])
    places = [[min(max(v, 0.5 / z), 1 - 0.5 / z) for v in part] for *part, z in (start, end)]
    x, y = (a + (b - a) * done for a, b in zip(*places, strict=True))
    return Pose(zoom=math.log(zoom), x=(0.5 - x) * zoom, y=(0.5 - y) * zoom)


def cover(turn: float, height: int, width: int) -> float:
    """The magnification at which a picture turned by `turn` still fills its frame."""
    long_over_short = max(height, width) / min(height, width)
    return math.cos(turn) + long_over_short * abs(math.sin(turn))


def run_out(speed: float, steps: float, furthest: float) -> float:
    """How far something gets in `steps` that starts at `speed` a step and slows down smoothly, so
    as never to pass `furthest`. What is fast needs room: it may go as far as eight steps."""
    room = max(furthest, 8 * abs(speed))
    return math.copysign(room * -math.expm1(-abs(speed) * steps / room), speed)
