"""The transition of `layers`: the coming scene is revealed through the leaving one, along the
outlines of both, while one camera move carries the two."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from seine_core.camera import MOVES, MoveKind
from seine_core.clips import Still
from seine_core.engines.layers import balance, reveal
from seine_core.engines.layers.camera_path import content_move, cover, pace
from seine_core.engines.layers.direction import Direction, leaning
from seine_core.engines.layers.subject import shared_subject
from seine_core.imaging.flow import correspondence, luma, shrunk
from seine_core.imaging.warp import (
    Field,
    Map,
    Picture,
    Pose,
    nearer_first,
    pinned,
    pose_map,
    resized,
    resized_rows,
    rim_of_crisper,
    sample,
    smoothstep,
)
from seine_core.media.bands import bands, with_rim

RAMP = 0.2  # share of the time in which the camera gathers speed, and in which it comes to rest
REVEAL_RAMP = 0.04  # the same of the growing reveal: it starts soon and ends late
AMOUNT: dict[MoveKind, float] = {
    "still": 0.0,
    "zoom": 0.56,
    "dolly": 0.58,
    "pan": 0.2,
    "tilt": 0.2,
    "roll": 0.25,
}
FAR = 1.4  # from this travel on the scenes are so far apart that a push in alone looks still
DRIFT = 0.3  # how far a free camera drifts aside then, for each unit of travel beyond
FAR_BIAS = 1.25  # the least bias towards what is busy, which shows motion best, likewise
LOW_SIDE = 96  # the short side of the fields that are smooth anyway
SOFTNESS = 0.06  # of the matte where a whole region goes at once, in units of the order
GLIDE = 0.3  # how far the soft colours of the two scenes meet at the matte's edge


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One of the two scenes; the fields are small unless said otherwise."""

    picture: Picture
    order: Field  # full size: which of its parts come or go first
    depth: Field  # -1..1, how near its parts are
    flow: Field  # [h w 2] in short sides, where its structures have their counterpart
    tint: Field  # [h w 3] its soft colours
    grey: Field  # its brightness 0..1, for the detail that it shows


@dataclass(frozen=True, kw_only=True)
class _Mattes:
    """How far the coming scene is there in a frame, before it is told in full size. Without fields
    it is so everywhere alike."""

    revealed: float
    threshold: float = 0.0
    busier: Field | None = None
    late: Field | None = None


class Crossing:
    """A transition of `frames` frames from `start` to `end`, ready to give any of them."""

    def __init__(self, start: Still, end: Still, direction: Direction, frames: int) -> None:
        self.start, self.end, self.direction, self.frames = start, end, direction, frames
        height, width = start.shape[:2]
        self.size = height, width
        scale = min(1.0, LOW_SIDE / min(self.size))
        self.low = max(2, round(height * scale)), max(2, round(width * scale))
        rng = np.random.default_rng(direction.seed)
        self.subject = shared_subject(start, end) if direction.style != "fade" else None
        if self.subject is not None:
            start, end = self.subject.leaving.plate, self.subject.coming.plate
        self.leaving = self._scene(start, end, 1, rng)
        self.coming = self._scene(end, start, -1, rng)
        shift_x, shift_y = rng.uniform(-0.08, 0.08, 2)
        focus = (0.5 + float(shift_x), 0.5 + float(shift_y))
        self.leaning = leaning(direction, focus, *self.low)
        self.leaning += np.float32(0.3) * reveal.smooth_noise(rng, *self.low)
        # A clip of a few frames cannot go far without leaping.
        kind = MOVES[direction.camera].kind
        amount = AMOUNT[kind] * direction.strength
        far = travel(start, end)
        amount *= far * min(1.0, frames / 12)
        self.move = content_move(direction.camera, amount, focus)
        if direction.arc:
            turn = direction.arc * amount * float(rng.choice((-1.0, 1.0)))
            drift = DRIFT * max(0.0, far - FAR) * amount / (AMOUNT["zoom"] * far)
            self.move = replace(self.move, turn=turn, x=math.copysign(drift, -turn))
        self.parallax = 0.8 if kind == "dolly" else 0.5
        self.rolls = kind == "roll"
        self.busy = self._busy()
        self.bias = self._bias(FAR_BIAS * max(0.0, far - FAR))

    def frame(self, index: int) -> Still:
        """Frame `index` of the whole transition: the ends are the given stills."""
        if index <= 0:
            return self.start
        if index >= self.frames - 1:
            return self.end
        t = index / (self.frames - 1)
        travelled, revealed = pace(t, RAMP), pace(t, REVEAL_RAMP)

        poses = self._poses(travelled)
        low_maps = self._maps(poses, travelled, *self.low)
        mattes = self._mattes(low_maps, revealed)
        # Soft colours go over earlier and more slowly than the detail that lies on them: what is
        # left is close in colour to what comes, and the matte's edge does not show as a cut.
        tint = sample(self.leaving.tint, low_maps[0])
        tint = (tint - sample(self.coming.tint, low_maps[1])) * GLIDE
        made = np.empty_like(self.start)
        for rows in bands(*self.size):
            made[rows] = self._rows(rows, poses, travelled, mattes, tint)
        return made

    def _rows(
        self,
        rows: slice,
        poses: tuple[Pose, Pose],
        travelled: float,
        mattes: "_Mattes",
        tint: Field,
    ) -> Field:
        """Some rows [n w 3] of a frame, in code values."""
        # What looks at a pixel's neighbours needs those beyond the rows too.
        wide, own = with_rim(rows, self.size[0], max(3, rim_of_crisper(*self.size)))
        maps = self._maps(poses, travelled, *self.size, wide)
        matte, late = self._mattes_at(mattes, maps, wide)
        size = min(self.size)
        leaving = self.leaving.picture.seen(maps[0], poses[0].zoom, sharpen=True, side=size)
        coming = self.coming.picture.seen(maps[1], poses[1].zoom, sharpen=True, side=size)
        tint = resized_rows(tint, *self.size, wide)
        seen = leaving + (coming - leaving) * matte[..., None] + tint * (matte - late)[..., None]
        seen = seen[own]
        if self.subject is not None:
            seen = self.subject.drawn_over(seen, travelled, rows.start)
        return np.clip(seen + 0.5, 0, 255)

    def _mattes(self, low_maps: tuple[Map, Map], revealed: float) -> "_Mattes":
        """How far the coming scene's detail, and its soft colour, are there."""
        if self.direction.style == "fade":
            return _Mattes(revealed=revealed)
        busier = np.float32(self.bias) * self._busier(low_maps)
        low_order = self._order(low_maps) + busier
        threshold = float(np.quantile(low_order, revealed)) + (2 * revealed - 1) * SOFTNESS
        late = smoothstep((revealed * 1.5 - reveal.ranks(low_order)) / 0.5)
        late = cv2.GaussianBlur(late, (0, 0), 0.02 * min(self.low) + 0.3)
        return _Mattes(revealed=revealed, threshold=threshold, busier=busier, late=late)

    def _mattes_at(
        self, mattes: "_Mattes", maps: tuple[Map, Map], rows: slice
    ) -> tuple[Field, Field]:
        """[n w] each: the two mattes in some rows of the frame, of which `maps` are."""
        if mattes.busier is None or mattes.late is None:
            even = np.full(maps[0][0].shape, mattes.revealed, np.float32)
            return even, even
        order = self._order(maps, rows) + resized_rows(mattes.busier, *self.size, rows)
        edge_px = 1.5 + 0.006 * min(self.size)
        matte = reveal.narrow_matte(order, mattes.threshold, SOFTNESS, edge_px)
        return matte, resized_rows(mattes.late, *self.size, rows)

    def _order(self, maps: tuple[Map, Map], rows: slice | None = None) -> Field:
        """The order of the whole frame: both scenes' own, where they are now, and the leaning; of
        `maps` for a smaller frame, or for some rows of the full one."""
        (height, width), scale = maps[0][0].shape, (1.0, 1.0)
        if rows is None:
            order = resized(self.leaning, height, width)
            scale = self.size[1] / width, self.size[0] / height
        else:
            order = resized_rows(self.leaning, *self.size, rows)
        for scene, at, weight in ((self.leaving, maps[0], 0.6), (self.coming, maps[1], 0.3)):
            x, y = at
            at = ((x + 0.5) * np.float32(scale[0]) - 0.5, (y + 0.5) * np.float32(scale[1]) - 0.5)
            order = order + np.float32(weight) * sample(scene.order, at)
        return order

    def _poses(self, travelled: float) -> tuple[Pose, Pose]:
        """How the leaving and the coming scene lie: the camera leaves the one as given and finds
        the other as given. What is left behind is near, so it passes ever faster."""
        leaving = self.move.part(travelled * (0.75 + 0.75 * travelled))
        coming = self.move.part(travelled - 1)
        return self._held(leaving), self._held(coming)

    def _held(self, pose: Pose) -> Pose:
        """`pose` within what a picture's border can be drawn out to, and filling the frame."""
        furthest = 1.3 if pose.zoom > 0 else 0.72
        held = Pose(
            zoom=furthest * math.tanh(pose.zoom / furthest),
            x=0.25 * math.tanh(pose.x / 0.25),
            y=0.25 * math.tanh(pose.y / 0.25),
            turn=0.5 * math.tanh(pose.turn / 0.5),
            focus=pose.focus,
        )
        if self.rolls:
            return held.closer(math.log(cover(held.turn, *self.size)))
        return held

    def _maps(
        self,
        poses: tuple[Pose, Pose],
        travelled: float,
        height: int,
        width: int,
        rows: slice | None = None,
    ) -> tuple[Map, Map]:
        rows = rows or slice(0, height)

        def seen(scene: Scene, pose: Pose, pull: float) -> Map:
            depth = resized_rows(scene.depth, height, width, rows)
            flow = resized_rows(scene.flow, height, width, rows)
            at = pose_map(pose, height, width, rows)
            x, y = nearer_first(at, depth, self.parallax, rows.start)
            flow = flow * np.float32(pull * min(height, width))
            at = x - flow[..., 0], y - flow[..., 1]
            return pinned(at, top=rows.start, height=height)

        return (
            seen(self.leaving, poses[0], travelled),
            seen(self.coming, poses[1], 1 - travelled),
        )

    def _scene(
        self, image: Still, other: Still, light_sign: int, rng: np.random.Generator
    ) -> Scene:
        order, regional = reveal.scene_order(image, light_sign, rng)
        height, width = self.low
        blur_px = 0.06 * min(self.low) + 0.3
        # What goes last is near and passes the camera, and so does what lies low in the frame.
        ground = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        depth = np.float32(0.6) * np.tanh(resized(regional, height, width)) + 0.4 * ground
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        return Scene(
            picture=Picture(image),
            order=order,
            depth=cv2.GaussianBlur(depth.astype(np.float32), (0, 0), 1.6 * blur_px),
            flow=resized(correspondence(image, other), height, width),
            tint=cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.4 * blur_px),
            grey=balance.grey(image),
        )

    def _busy(self) -> tuple[Field, Field]:
        """[h w] small: how rich in detail the parts of both scenes are, on one scale."""
        leaving, coming = self.leaving.grey, self.coming.grey
        return balance.busyness(
            balance.detail(leaving, 0.0, *self.low), balance.detail(coming, 0.0, *self.low)
        )

    def _bias(self, least: float) -> float:
        """How strongly what is busy must come early and go late, `least` at least, so that detail
        runs evenly from the one scene's to the other's with no dull moment between."""
        if self.direction.style == "fade":
            return 0.0
        scenes = self.leaving, self.coming
        # The shared subject's detail is there all along.
        start, end = (self._mean_detail(balance.grey(still)) for still in (self.start, self.end))
        subject = [
            whole - self._mean_detail(scene.grey)
            for whole, scene in zip((start, end), scenes, strict=True)
        ]
        moments = []
        for t in balance.MOMENTS:
            travelled, revealed = pace(t, RAMP), pace(t, REVEAL_RAMP)
            poses = self._poses(travelled)
            low_maps = self._maps(poses, travelled, *self.low)
            leaving, coming = (
                sample(balance.detail(scene.grey, pose.zoom, *self.low), at)
                for scene, pose, at in zip(scenes, poses, low_maps, strict=True)
            )
            own = np.float32(subject[0] + (subject[1] - subject[0]) * t)
            moments.append(
                balance.Moment(
                    t=t,
                    revealed=revealed,
                    leaving=leaving + own,
                    coming=coming + own,
                    order=self._order(low_maps),
                    busier=self._busier(low_maps),
                )
            )
        return max(least, balance.least_bias(moments, start, end))

    def _mean_detail(self, grey: Field) -> float:
        return float(balance.detail(grey, 0.0, *self.low).mean())

    def _busier(self, low_maps: tuple[Map, Map]) -> Field:
        """[h w] small: by how much the leaving scene is busier than the coming one."""
        leaving, coming = self.busy
        return sample(leaving, low_maps[0]) - sample(coming, low_maps[1])


def travel(start: Still, end: Still) -> float:
    """How far the camera goes for these scenes, about 1.

    Motion shows by the texture that it carries along: between calm scenes a longer way looks as
    lively, and without it nothing but the change from light to dark would be seen to happen.
    """
    a, b = (shrunk(luma(image), 256).astype(np.float32) for image in (start, end))
    contrast = float(np.abs(a - b).mean())
    slopes = [float(np.abs(np.diff(x, axis=axis)).mean()) for x in (a, b) for axis in (0, 1)]
    return min(2.2, max(0.9, 0.5 * contrast / max(sum(slopes), 1e-3)))
