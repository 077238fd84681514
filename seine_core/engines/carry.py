"""A small clip at the story's size: the detail of the given scenes, carried along the motion by
which the network made the small frames of them.

Where that is sure, a frame is the given scenes moved there, in the light that the small clip has;
where it is not, for something new has come into sight, it is the small frame enlarged. The given
frames themselves come out untouched, and what was made of them can be carried on.
"""

from collections.abc import Mapping

import cv2
import numpy as np

from seine_core.engines.protocol import Clip, Still
from seine_core.engines.warp import Field, resized
from seine_core.origins import Origin, Source

_LIGHT = 5.0  # pixels of the small frame: what is wider than this counts as light, not as detail
_UNSURE = 4.0  # variance of latents from which on a frame is no longer its sources moved
_EDGE = 1.5  # pixels of the small frame over which a scene's picture ends
_MIRRORED = 0.05  # parts of the frame over which mirrored scenes mix where both have ended


def carried(small: Clip, given: dict[int, Clip], origins: Mapping[int, Origin]) -> Clip:
    """[f H W 3] of a clip [f h w 3], with the frames that `given` names by position at their full
    size [n H W 3]. `origins` are in an order in which each frame's sources come before it; frames
    that have none are enlarged."""
    full = {at + i: still for at, clip in given.items() for i, still in enumerate(clip)}
    height, width = next(iter(full.values())).shape[:2]
    for i, origin in origins.items():
        if i not in full and i < len(small):
            full[i] = _made(i, origin, small, full, (height, width))
    out = np.empty((len(small), height, width, 3), np.uint8)
    for i, frame in enumerate(small):
        out[i] = full[i] if i in full else _coded(_enlarged(frame, height, width))
    return out


def _made(
    at: int, origin: Origin, small: Clip, full: Mapping[int, Still], size: tuple[int, int]
) -> Still:
    """Frame `at` at full size."""
    frame = small[at].astype(np.float32)
    shape = frame.shape[:2]
    sides = [_side(source, shape) for source in origin.sources]
    known = np.clip(np.sum([shown for shown, _ in sides], axis=0), 0, 1)
    # Squared, for an edge is softer in the coarse maps than it is to be in the picture.
    weights = [np.square(shown + (1 - known) * mirrored) for shown, mirrored in sides]
    total = np.maximum(np.sum(weights, axis=0), 1e-6)
    parts = [weight / total for weight in weights]
    if len(sides) > 1:  # one scene alone is not made larger: what is new is the small frame's
        known = np.ones(shape, np.float32)

    moved_small = _mixed(small, origin.sources, parts, shape)
    light = cv2.GaussianBlur(frame - moved_small, (0, 0), _LIGHT)
    moved = _mixed(full, origin.sources, parts, size) + resized(light, *size)

    sure = 1 / (1 + np.square(resized(origin.variance, *shape) / _UNSURE))
    counts = resized(cv2.GaussianBlur(sure * known, (0, 0), 1.0), *size)[..., None]
    enlarged = _enlarged(small[at], *size)
    return _coded(enlarged + (moved - enlarged) * counts)


def _side(source: Source, shape: tuple[int, int]) -> tuple[Field, Field]:
    """[h w] each: how much of a small frame of that shape `source` shows, nothing from beyond its
    edges; and how much it may where nothing does, the more the nearer its edge."""
    height, width = shape
    way = resized(source.way, height, width) * np.array([width, height], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x + way[..., 0], y + way[..., 1]
    inside = np.minimum.reduce([x, width - 1 - x, y, height - 1 - y])
    beyond = np.maximum(-inside, 0) / (_MIRRORED * min(width, height))
    shown = resized(source.share, height, width) * np.clip(inside / _EDGE + 1, 0, 1)
    return shown, np.exp(-beyond)


def _mixed(
    frames: Mapping[int, Still] | Clip,
    sources: tuple[Source, ...],
    parts: list[Field],
    size: tuple[int, int],
) -> Field:
    """[H W 3] of the sources' frames of that size, moved and laid together."""
    height, width = size
    scale = np.array([width, height], np.float32)
    out = np.zeros((height, width, 3), np.float32)
    for source, part in zip(sources, parts, strict=True):
        way = resized(source.way, height, width) * scale
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        moved = cv2.remap(
            frames[source.at].astype(np.float32),
            x + way[..., 0],
            y + way[..., 1],
            cv2.INTER_LANCZOS4,  # softer ones take a third of the finest detail
            borderMode=cv2.BORDER_REFLECT,
        )
        out += moved * resized(part, height, width)[..., None]
    return out


def _enlarged(frame: Still, height: int, width: int) -> Field:
    return cv2.resize(frame.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)


def _coded(frame: Field) -> Still:
    return np.asarray(np.rint(np.clip(frame, 0, 255)), np.uint8)
