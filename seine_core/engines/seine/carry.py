"""A small clip at the story's size: the detail of the given scenes, carried along the motion by
which the network made the small frames of them.

Where that is sure, a frame is the given scenes moved there, in the light that the small clip has;
where it is not, for something new has come into sight, it is the small frame enlarged. The given
frames themselves come out untouched, and every other one is made of them: what is resampled twice
is soft.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from seine_core.clips import Clip, Frames, LazyClip, Still
from seine_core.imaging.warp import Field, resized, resized_rows
from seine_core.media.bands import bands
from seine_core.pipeline.origins import Origin, Source

_LIGHT = 5.0  # pixels of the small frame: what is wider than this counts as light, not as detail
_UNSURE = 4.0  # variance of latents from which on a frame is no longer its sources moved
_EDGE = 1.5  # pixels of the small frame over which a scene's picture ends
_KERNEL = 4  # pixels that Lanczos looks at on either side
_MIRRORED = 0.05  # parts of the frame over which mirrored scenes mix where both have ended


def carried(
    small: Clip,
    given: dict[int, Frames],
    origins: Mapping[int, Origin],
    light: Callable[[int], Field] | None = None,
) -> LazyClip:
    """[f H W 3] of a clip [f h w 3], with the frames that `given` names by position at their full
    size [n H W 3]; the others are made when they are asked for. `origins` lead from each frame to
    given ones; frames that have none are enlarged. light: gives what frame i is brighter than its
    sources, [h w 3] at any size; else it is told from `small`."""
    full = {at + i: still for at, clip in given.items() for i, still in enumerate(clip)}
    height, width = next(iter(full.values())).shape[:2]

    def frame(i: int) -> Still:
        if i in full:
            return full[i]
        if i in origins:
            lit = light(i) if light else None
            return _made(i, origins[i], small, full, (height, width), lit)
        made = np.empty((height, width, 3), np.uint8)
        for rows in bands(height, width):
            made[rows] = _coded(_enlarged(small[i], (height, width), rows))
        return made

    return LazyClip(len(small), frame)


def sureness(variance: Field) -> Field:
    """0..1, how sure it is that a place shows its sources moved, by the variance of an origin."""
    return np.asarray(1 / (1 + np.square(variance / _UNSURE)), np.float32)


def margin_within(flow: Field) -> Field:
    """[h w] how far within the frame the places lie that a flow [h w 2] leads to, in its pixels;
    below zero beyond the middle of the outermost ones."""
    height, width = flow.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x + flow[..., 0] * np.float32(width), y + flow[..., 1] * np.float32(height)
    return np.minimum.reduce([x, width - 1 - x, y, height - 1 - y])


def _made(
    at: int,
    origin: Origin,
    small: Clip,
    full: Mapping[int, Still],
    size: tuple[int, int],
    light: Field | None,
) -> Still:
    """Frame `at` at full size."""
    frame = small[at].astype(np.float32)
    shape = (frame.shape[0], frame.shape[1])
    sides = [_side(source, shape) for source in origin.sources]
    known = np.clip(np.sum([shown for shown, _ in sides], axis=0), 0, 1)
    # Squared, for an edge is softer in the coarse maps than it is to be in the picture.
    weights = [np.square(shown + (1 - known) * mirrored) for shown, mirrored in sides]
    total = np.maximum(np.sum(weights, axis=0), 1e-6)
    parts = [weight / total for weight in weights]
    if len(sides) > 1:  # one scene alone is not made larger: what is new is the small frame's
        known = np.ones(shape, np.float32)

    if light is None:
        sources = [small[source.at] for source in origin.sources]
        moved_small = _mixed(sources, origin.sources, parts, shape, slice(0, shape[0]))
        light = cv2.GaussianBlur(frame - moved_small, (0, 0), _LIGHT)
    sure = sureness(resized(origin.variance, *shape))
    counts = cv2.GaussianBlur(sure * known, (0, 0), 1.0)

    sources = [full[source.at] for source in origin.sources]
    made = np.empty((*size, 3), np.uint8)
    for rows in bands(*size):
        moved = _mixed(sources, origin.sources, parts, size, rows)
        moved += resized_rows(light, *size, rows)
        enlarged = _enlarged(small[at], size, rows)
        count = resized_rows(counts, *size, rows)[..., None]
        made[rows] = _coded(enlarged + (moved - enlarged) * count)
    return made


def _side(source: Source, shape: tuple[int, int]) -> tuple[Field, Field]:
    """[h w] each: how much of a small frame of that shape `source` shows, nothing from beyond its
    edges; and how much it may where nothing does, the more the nearer its edge."""
    inside = margin_within(resized(source.flow, *shape))
    beyond = np.maximum(-inside, 0) / (_MIRRORED * min(shape))
    shown = resized(source.weight, *shape) * np.clip(inside / _EDGE + 1, 0, 1)
    return shown, np.exp(-beyond)


def _mixed(
    frames: list[Still],
    sources: tuple[Source, ...],
    parts: list[Field],
    size: tuple[int, int],
    rows: slice,
) -> Field:
    """[n W 3] of the sources' `frames` of that size, moved and laid together; some rows of it."""
    height, width = size
    scale = np.array([width, height], np.float32)
    out = np.zeros((rows.stop - rows.start, width, 3), np.float32)
    for frame, source, part in zip(frames, sources, parts, strict=True):
        way = resized_rows(source.flow, height, width, rows) * scale
        x = np.arange(width, dtype=np.float32) + way[..., 0]
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + way[..., 1]
        first, last = _rows_read(y, height) if rows.stop - rows.start < height else (0, height)
        moved = cv2.remap(
            frame[first:last].astype(np.float32),
            x,
            y - np.float32(first),
            cv2.INTER_LANCZOS4,  # softer ones take a third of the finest detail
            borderMode=cv2.BORDER_REFLECT,
        )
        out += moved * resized_rows(part, height, width, rows)[..., None]
    return out


def _rows_read(y: Field, height: int) -> tuple[int, int]:
    """The rows from … to that are looked at from places `y`, those mirrored at an end with it."""
    top, bottom = int(y.min()) - _KERNEL, int(y.max()) + 1 + _KERNEL
    first = min(top, 2 * height - bottom)
    last = max(bottom, -top)
    return max(0, min(first, height - 1)), min(height, max(last, 1))


def _enlarged(frame: Still, size: tuple[int, int], rows: slice) -> Field:
    """Some rows of a small frame that is brought to `size`, cubic."""
    height, width = size
    if rows.stop - rows.start == height:
        whole = frame.astype(np.float32)
        return cv2.resize(whole, (width, height), interpolation=cv2.INTER_CUBIC)
    y = (np.arange(rows.start, rows.stop) + 0.5) * (len(frame) / height) - 0.5
    above = np.floor(y).astype(int)
    part = (y - above).astype(np.float32)[:, None, None]
    first, last = max(0, above[0] - 1), min(len(frame), above[-1] + 3)
    kept = frame[first:last].astype(np.float32)
    wide = cv2.resize(kept, (width, last - first), interpolation=cv2.INTER_CUBIC)
    out = np.zeros((len(y), width, 3), np.float32)
    for tap in (-1, 0, 1, 2):
        away = np.abs(part - np.float32(tap))
        out += wide[np.clip(above + tap, first, last - 1) - first] * _cubic(away)
    return out


def _cubic(away: Field) -> Field:
    """OpenCV's cubic kernel."""
    a = np.float32(-0.75)
    near = ((a + 2) * away - (a + 3)) * away * away + 1
    far = ((a * away - 5 * a) * away + 8 * a) * away - 4 * a
    return np.where(away <= 1, near, np.where(away < 2, far, np.float32(0)))


def _coded(frame: Field) -> Still:
    return np.asarray(np.rint(np.clip(frame, 0, 255)), np.uint8)
