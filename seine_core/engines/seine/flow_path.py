"""The motion of a clip that goes on from given frames: the flow of each new frame back to the one
that was given last, as one flow however many windows lie between, and how long it may be believed.

A network that learned from paintings bends a photograph more and more. A camera that moves makes a
similarity of it, a little more where things are near: flow that departs further melts the picture.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import cv2
import numpy as np

from seine_core.clips import Frames, Still
from seine_core.engines.layers.onward import fit_similarity
from seine_core.engines.seine.carry import margin_within, sureness
from seine_core.imaging.warp import Field, resized
from seine_core.pipeline.origins import Origin

# By eye, on 14 clips of photographs: from half as much again on, faces and pillars bend. Where the
# flow is right, as of painted clips, it takes twice as long to get there.
_STRAIN = 0.2  # that 95 % of a picture keep below; 1 is a stretch to twice its size or half of it
_NO_LIGHT = 6.0  # code values: less is what the autoencoder and an imperfect flow leave
_INERTIA = 4.0  # frames, over which a camera keeps the speed that it had
_FIT_UNITS = 100.0  # to the height, in which `fit_similarity` has its least residual


@dataclass(frozen=True, kw_only=True)
class Moved:
    """How a frame lies in the one given last. Flows are [h w 2], right and down in parts of the
    frame; their sum leads to the given frame."""

    camera: Field  # the similarity that is most of the flow
    residual: Field  # the rest
    variance: Field  # [h w], as in `Origin`
    light: Field  # [h w 3] code values, that the small frame is brighter than the given one moved


@dataclass(frozen=True, kw_only=True)
class FlowPath:
    """The same of consecutive frames from the given one on, [n h w 2], [n h w] and [n h w 3]."""

    camera: Field
    residual: Field
    variance: Field
    light: Field
    # The last frames, counted from the given one, up to which the picture is not bent, and up to
    # which enough of it is in sight; infinite where that is so to the clip's end.
    unbent: float
    in_sight: float


def flow_path(
    small: Frames,
    origins: Mapping[int, Origin],
    last: int,
    *,
    aspect: float,
    least_carried: float,
    more: int,
    speed: Field | None = None,
) -> FlowPath:
    """The path from frame `last` on of the clip `small` whose later frames have `origins`, up to
    `more` frames after those that can be shown. aspect: width / height as it will be shown;
    least_carried: the part of a frame, 0..1, that is in sight while enough is; speed: [h w 2], the
    flow over a frame at which the given ones moved, from which the camera passes to its own."""
    frames: list[Moved] = []
    unbent = in_sight = np.inf
    moves = moved(small, origins, last, aspect)
    rest, first = next(moves), next(moves)
    change = speed - first.camera if speed is not None else rest.camera
    for i, move in enumerate(chain((rest, first), moves)):
        kept = np.expm1(-i / _INERTIA) / np.expm1(-1 / _INERTIA)  # frames at that speed
        move = replace(move, camera=move.camera + np.float32(kept) * change)
        frames.append(move)
        if np.percentile(strain(move.residual, aspect), 95) > _STRAIN:
            unbent = min(unbent, i - 1)
        if carried_share(move) < least_carried:
            in_sight = i - 1
            break
        if i > unbent + more:
            break
    return FlowPath(
        camera=np.stack([frame.camera for frame in frames]),
        residual=np.stack([frame.residual for frame in frames]),
        variance=np.stack([frame.variance for frame in frames]),
        light=np.stack([frame.light for frame in frames]),
        unbent=unbent,
        in_sight=in_sight,
    )


def moved(
    small: Frames, origins: Mapping[int, Origin], last: int, aspect: float
) -> Iterator[Moved]:
    """Those of the frames from `last` on. A frame's source may be a made one: then its flow leads
    on from where it arrives there, and the variances add up."""
    height, width = next(iter(origins.values())).variance.shape
    rest, nothing = np.zeros((height, width, 2)), np.zeros((height, width, 3))
    found = {last: Moved(camera=rest, residual=rest, variance=rest[..., 0], light=nothing)}
    yield found[last]
    for i in range(last + 1, len(small)):
        source = origins[i].sources[0]
        before = found[source.at]
        flow = source.flow + _read(before.camera + before.residual, source.flow)
        camera = _camera(flow, aspect)
        found[i] = Moved(
            camera=camera,
            residual=flow - camera,
            variance=origins[i].variance + _read(before.variance, source.flow),
            light=_light(small[i], small[last], flow),
        )
        yield found[i]


def carried_share(move: Moved) -> float:
    """0..1, how much of a frame is surely the given picture."""
    seen = margin_within(move.camera + move.residual) >= -0.5
    return float((sureness(move.variance) * seen).mean())


def strain(flow: Field, aspect: float) -> Field:
    """[h w] by how much a flow [h w 2] stretches, turns and shears each place: the norm of its
    slopes."""
    height, width = flow.shape[:2]
    across, down = aspect / width, 1 / height  # in frame heights
    slopes = np.gradient(flow * (aspect, 1), down, across, axis=(0, 1))
    return np.asarray(np.sqrt(sum(np.square(slope).sum(-1) for slope in slopes)))


def _read(field: Field, flow: Field) -> Field:
    """`field` at every place plus `flow`; beyond the frame it is as at the edge."""
    height, width = flow.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at = x + flow[..., 0] * width, y + flow[..., 1] * height
    return cv2.remap(field, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _camera(flow: Field, aspect: float) -> Field:
    """[h w 2] the similarity that best explains `flow`, things that move by themselves aside."""
    height, width = flow.shape[:2]
    scale = np.array([aspect, 1]) * _FIT_UNITS
    y, x = np.mgrid[0:height, 0:width]
    places = np.stack([(x + 0.5) / width - 0.5, (y + 0.5) / height - 0.5], -1) * scale
    source = places.reshape(-1, 2)
    a, b, right, down = fit_similarity(source, source + (flow * scale).reshape(-1, 2))
    to = places @ np.array([[a, b], [-b, a]]) + (right, down)
    return np.asarray((to - places) / scale, np.float32)


def _light(frame: Still, given: Still, flow: Field) -> Field:
    """[h w 3] of one small frame over another that is moved by `flow` [h w 2]: only what is wider
    than detail and than the places that the flow misses by a little."""
    height, width = frame.shape[:2]
    full = resized(flow.astype(np.float32), height, width)
    within = (margin_within(full) >= 0).astype(np.float32)
    change = (frame - _read(given.astype(np.float32), full)) * within[..., None]
    total, seen = (_cells(field, flow.shape[:2]) for field in (change, within))
    light = total / np.maximum(seen, 1e-3)[..., None]
    return np.sign(light) * np.maximum(np.abs(light) - _NO_LIGHT, 0)


def _cells(field: Field, shape: tuple[int, int]) -> Field:
    """The means of a field over cells of the frame, [h w] of them, softened over neighbours."""
    cells = cv2.resize(field, shape[::-1], interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(cells, (0, 0), 1.0)


def between(frames: Field, at: float) -> Field:
    """What the frames [n …] of a path are at a moment 0..n - 1 of it: on the uniform cubic B-spline
    over them, which keeps an even motion as it is and evens out an unsteady one."""
    left = min(int(at), len(frames) - 2)
    u = np.float32(at - left)
    v = 1 - u
    weights = (v**3, 4 - 6 * u * u + 3 * u**3, 4 - 6 * v * v + 3 * v**3, u**3)
    knots = (_knot(frames, left + tap) for tap in (-1, 0, 1, 2))
    return np.asarray(sum(w * knot for w, knot in zip(weights, knots, strict=True)) / 6, np.float32)


def _knot(frames: Field, i: int) -> Field:
    """Beyond an end the motion goes on as it came."""
    end = min(max(i, 0), len(frames) - 1)
    return frames[i] if i == end else 2 * frames[end] - frames[2 * end - i]
