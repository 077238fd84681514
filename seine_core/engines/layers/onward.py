"""The extension of `layers`: the motion of the last frames goes on and slowly comes to rest in a
drift that never ends; a camera that stands still drifts from rest, and its grain stays alive."""

import math
from itertools import pairwise

import cv2
import numpy as np

from seine_core.clips import Clip, Still
from seine_core.engines.layers.camera_path import run_out
from seine_core.engines.layers.grain import Grain
from seine_core.imaging.flow import luma, shrunk
from seine_core.imaging.warp import Field, Picture, Pose, pinned, pose_map
from seine_core.media.bands import bands
from seine_core.rates import Rate

CONTEXT_FRAMES = 6
TRACKING_SIDE = 512  # the short side at which motion is measured
STILL_PX = 0.03  # slower than this, in pixels a frame at the border, is no motion

# How far a move can go on before it bares too much of what no frame has shown, as in `Pose`.
FURTHEST_IN = 0.35
FURTHEST_OUT = 0.10
FURTHEST_ASIDE = 0.08
FURTHEST_TURN = 0.08
DRIFT_PER_S = 0.012  # the slow push in that keeps a clip alive whose own motion has run out


class Onward:
    """The frames after `context` [f h w 3], any number of them."""

    def __init__(self, context: Clip, fps: Rate, *, seed: int = 0, drifts: bool = True) -> None:
        """drifts: whether a camera that has come to rest goes on at all."""
        self.last = context[-1]
        self.height, self.width = self.last.shape[:2]
        self.fps = float(fps)
        self.drift = DRIFT_PER_S / self.fps if drifts else 0.0
        self.speed = speed_at_end(context)
        self.grain: Grain | None = None
        if _border_speed_px(self.speed, self.height, self.width) < STILL_PX:
            self.speed = Pose()
            self.grain = Grain(context, seed)
            self.last = self.grain.clean
        self.picture = Picture(self.last)

    def frame(self, index: int) -> Still:
        """The frame `index` + 1 after the last one given."""
        made = self._moved(self.pose(index + 1))
        return self.grain.over(made, index) if self.grain else made

    def _moved(self, pose: Pose) -> Still:
        if pose == Pose():
            return self.last
        size = self.height, self.width
        made = np.empty_like(self.last)
        for rows in bands(*size):
            at = pose_map(pose, *size, rows)
            at = pinned(at, give(pose, *size), rows.start, self.height)
            seen = self.picture.seen(at, pose.zoom)
            made[rows] = np.clip(seen + 0.5, 0, 255)
        return made

    def pose(self, frames_on: int) -> Pose:
        """How the last frame lies in the one `frames_on` later."""
        speed = self.speed
        zoom = run_out(speed.zoom, frames_on, FURTHEST_IN if speed.zoom > 0 else FURTHEST_OUT)
        if speed.zoom < self.drift:
            seconds = frames_on / self.fps
            zoom += run_out(self.drift, frames_on, 0.2) * (1 - math.exp(-seconds))
        return Pose(
            zoom=zoom,
            x=run_out(speed.x, frames_on, FURTHEST_ASIDE),
            y=run_out(speed.y, frames_on, FURTHEST_ASIDE),
            turn=run_out(speed.turn, frames_on, FURTHEST_TURN),
        )


def give(pose: Pose, height: int, width: int) -> float:
    """How wide a margin, in frame sizes, is drawn out to make up for what `pose` bares: as narrow
    as it can be without crowding, so that at first all of the picture but its rim moves on."""
    aspect = max(height, width) / min(height, width)
    bared = max(abs(pose.x), abs(pose.y), -pose.zoom / 2, abs(pose.turn) * aspect / 2)
    return min(0.45, 0.06 + 3 * bared)


def speed_at_end(clip: Clip) -> Pose:
    """The motion of the whole picture from one frame to the next where `clip` ends.

    The measured steps are continued along a line through the last few, so that a move that is
    slowing down is taken up at the speed that it has come down to.
    """
    steps = [step_between(before, after) for before, after in pairwise(clip)]
    values = np.array([[s.zoom, s.x, s.y, s.turn] for s in steps])
    if len(values) < 3:
        end = values[-1]
    else:
        ages = np.arange(len(values)) - len(values)  # -1 is the last step, 0 the one to come
        _, at_next = np.polyfit(ages, values, 1)
        # Halfway between the trend and the last step: noise and a change of pace both count.
        end = (at_next + values[-1]) / 2
    return Pose(zoom=float(end[0]), x=float(end[1]), y=float(end[2]), turn=float(end[3]))


def step_between(before: Still, after: Still) -> Pose:
    """The similarity that carries `before` onto `after`, from tracked corners."""
    if np.array_equal(before, after):
        return Pose()
    a, b = shrunk(luma(before), TRACKING_SIDE), shrunk(luma(after), TRACKING_SIDE)
    height, width = a.shape
    corners = cv2.goodFeaturesToTrack(a, 400, 0.005, max(3, min(height, width) / 60))
    if corners is None or min(height, width) < 24:
        return Pose()
    window = (21, 21) if min(height, width) >= 96 else (9, 9)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 0.003)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        a, b, corners, corners.copy(), winSize=window, maxLevel=4, criteria=stop
    )
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(
        b, a, moved, corners.copy(), winSize=window, maxLevel=4, criteria=stop
    )
    # A corner counts when tracking it back leads home again.
    error = np.abs(back - corners).reshape(-1, 2).max(axis=1)
    kept = (found.ravel() == 1) & (found_back.ravel() == 1) & (error < 0.3)
    if kept.sum() < 6:
        return Pose()
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    source = corners.reshape(-1, 2)[kept].astype(np.float64) - middle
    target = moved.reshape(-1, 2)[kept].astype(np.float64) - middle
    scale_cos, scale_sin, x, y = fit_similarity(source, target)
    return Pose(
        zoom=math.log(max(math.hypot(scale_cos, scale_sin), 1e-3)),
        x=x / width,
        y=y / height,
        turn=math.atan2(scale_sin, scale_cos),
    )


def fit_similarity(source: Field, target: Field) -> tuple[float, float, float, float]:
    """(s cos, s sin, x, y) of the similarity that best carries points [n 2] onto others.

    Least squares with weights that fall with the residual (Geman-McClure), so that things moving
    by themselves do not pull the camera along.
    """
    weights = np.ones(len(source))
    solution = np.zeros(4)
    x, y = source.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    equations = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    wanted = np.concatenate([target[:, 0], target[:, 1]])
    for _ in range(10):
        root = np.sqrt(np.concatenate([weights, weights]))
        solution = np.linalg.lstsq(equations * root[:, None], wanted * root, rcond=None)[0]
        residual = np.hypot(*np.split(equations @ solution - wanted, 2))
        width = max(0.05, 1.5 * float(np.median(residual)))
        weights = 1 / (1 + (residual / width) ** 2) ** 2
    return (float(solution[0]), float(solution[1]), float(solution[2]), float(solution[3]))


def _border_speed_px(speed: Pose, height: int, width: int) -> float:
    reach = math.hypot(height, width) / 2
    return math.hypot(speed.x * width, speed.y * height) + reach * (
        abs(speed.zoom) + abs(speed.turn)
    )
