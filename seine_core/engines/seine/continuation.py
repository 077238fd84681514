"""A clip that goes on from given frames at the story's rate: the last of them, moved and lit as the
network has it, for as long as that only moves it; from there on as the engine `layers` goes on.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Clip, Frames, LazyClip, Still
from seine_core.engines.layers.engine import Layers
from seine_core.engines.layers.onward import CONTEXT_FRAMES, speed_at_end
from seine_core.engines.protocol import Request
from seine_core.engines.seine.carry import carried, margin_within
from seine_core.engines.seine.flow_path import between, flow_path
from seine_core.engines.seine.retime import LazyOrigins, mixed
from seine_core.imaging.flow import luma, shrunk
from seine_core.imaging.warp import Field, pinned, pose_map, resized
from seine_core.pipeline.origins import Origin, Source

# The small frames' own new parts are shown beside a picture of which they have this much of the
# detail, as of paintings; of photographs they have a tenth to a third.
_AS_FINE = 0.5
_LEAST_CARRIED = 0.8  # of a frame, where the rest is the small frame's
_LEAST_IN_SIGHT = 0.9  # where the picture's rim is drawn out for the rest
_EASE_S = 0.5  # in which a still gets up speed, and what bends a picture comes to rest


class Continuation:
    """`frames` frames from the last one that `request` gives on, which is the first of them: those
    of the clip `small` [f h w 3] from frame `last` on, in the same time. `origins` are its own."""

    def __init__(
        self,
        small: Frames,
        origins: Mapping[int, Origin],
        last: int,
        request: Request,
        frames: int,
    ) -> None:
        self.request, self.frames = request, frames
        self.shape: tuple[int, int] = small.shape[1:3]
        steps = len(small) - 1 - last
        rate = steps / max(1, frames - 1)  # frames of the small clip to one of these
        ease = min(_EASE_S * float(request.spec.fps) * rate, steps / 2)
        self.as_fine = detail_kept(small[last], request.given[-1]) >= _AS_FINE
        self.path = flow_path(
            small,
            origins,
            last,
            aspect=request.spec.width / request.spec.height,
            least_carried=_LEAST_CARRIED if self.as_fine else _LEAST_IN_SIGHT,
            more=int(ease / 2) + 2,
            speed=None if last == 0 else speed_of(request.given, origins[last + 1], rate),
        )
        # While what bends the picture comes to rest, the camera goes on at its pace: twice as far.
        unbent = self.path.unbent
        self.end = min(unbent + min(ease / 2, unbent), self.path.in_sight)
        self.ease = min(ease, 2 * unbent, self.end)
        self.moments = np.arange(frames, dtype=np.float64) * rate
        if last == 0:
            self.moments = begun_gently(self.moments, ease)
        self.count = int(np.searchsorted(self.moments, self.end, side="right"))
        self._carried = carried(
            LazyClip(self.count, lambda i: mixed(small, last + self.moments[i])),
            {0: request.given[-1][None]},
            LazyOrigins(range(1, self.count), self.origin),
            lambda i: between(self.path.light, self._settled(i)),
        )

    def frame(self, i: int) -> Still:
        return self._carried[i] if i < self.count else self._beyond[i - self.count]

    def origin(self, i: int) -> Origin:
        """What frame `i` shows of the given one."""
        settled = self._settled(i)
        flow = between(self.path.camera, self.moments[i]) + between(self.path.residual, settled)
        variance = np.maximum(between(self.path.variance, settled), 0)
        if not self.as_fine:
            flow = within_picture(resized(flow, *self.shape))
        source = Source(at=0, flow=flow, weight=np.ones(flow.shape[:2], np.float32))
        return Origin(sources=(source,), variance=variance)

    def _settled(self, i: int) -> float:
        return come_to_rest(self.moments[i], self.end, self.ease)

    @cached_property
    def _beyond(self) -> Clip:
        """What follows where the network is no longer believed."""
        latest = range(max(1, self.count - CONTEXT_FRAMES), self.count)
        before = [*self.request.given[-CONTEXT_FRAMES:], *(self._carried[i] for i in latest)]
        spec = replace(self.request.spec, frames=self.frames - self.count)
        given = before[-CONTEXT_FRAMES:]
        return Layers.tasks["extend"](replace(self.request, task="extend", given=given, spec=spec))


def speed_of(given: Clip, like: Origin, rate: float) -> Field:
    """[h w 2], of the maps' size, the flow over a frame of the small clip at the speed that the
    given frames come to; `rate` of those go by in one of the story."""
    height, width = like.variance.shape
    speed = speed_at_end(given[-CONTEXT_FRAMES:]).part(1 / rate)
    to_x, to_y = pose_map(speed, height, width)
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([(to_x - x) / width, (to_y - y) / height], axis=-1)


def detail_kept(small: Still, full: Still) -> float:
    """The gradient power of a small frame, enlarged, as a part of that of the full one."""
    fine = shrunk(luma(full), 512)
    coarse = cv2.resize(luma(small), fine.shape[::-1], interpolation=cv2.INTER_CUBIC)
    small_power, full_power = (
        sum(float(np.square(np.diff(grey.astype(np.float32), axis=axis)).mean()) for axis in (0, 1))
        for grey in (coarse, fine)
    )
    return small_power / max(full_power, 1e-6)


def within_picture(flow: Field) -> Field:
    """A flow [h w 2] that leads to no place beyond the frame: where it did, the picture's rim is
    drawn out, for the small frame is too soft to stand beside it."""
    height, width = flow.shape[:2]
    bared = max(0.0, -float(margin_within(flow).min()) / min(height, width))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at = x + flow[..., 0] * np.float32(width), y + flow[..., 1] * np.float32(height)
    to_x, to_y = pinned(at, min(0.45, 0.06 + 3 * bared))
    return np.stack([(to_x - x) / width, (to_y - y) / height], axis=-1)


def begun_gently(moments: NDArray[np.float64], ease: float) -> NDArray[np.float64]:
    """Moments that pass from rest on, and from `ease` on as fast as the given ones."""
    u = np.minimum(moments / ease, 1)
    return np.where(u < 1, ease * (u**3 - u**4 / 2), moments - ease / 2)


def come_to_rest(at: float, end: float, ease: float) -> float:
    """The moment `at`, slowed down from `end` - `ease` on, so that it never passes
    `end` - `ease` / 2, and is there at `end`."""
    begin = end - ease
    if at <= begin:
        return at
    u = min((at - begin) / ease, 1.0)
    return begin + ease * (u - u**3 + u**4 / 2)
