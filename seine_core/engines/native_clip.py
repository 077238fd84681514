"""What a video model makes best, and how a clip that a story asks for maps to it.

A model is trained on frames of a certain size, rate and number. A story's clip is generated near
that, then brought to the story's size and rate.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Clip, Frames, LazyClip, Still, in_memory
from seine_core.engines.protocol import ClipSpec
from seine_core.imaging.interpolate import interpolate
from seine_core.media.bands import bands
from seine_core.rates import Rate

Colour = NDArray[np.float64]  # [3] code values
_MAX_OFFSET = 16  # code values; a larger difference is no colour shift


@dataclass(frozen=True, kw_only=True)
class Native:
    """The clips that a model was trained on."""

    area: int  # pixels of a frame
    multiple: int  # width and height are multiples of it
    stride: int  # a clip has a multiple of it and one frames
    max_frames: int
    min_fps: int
    max_fps: int
    min_frames: int = 1  # it makes fewer worse

    def size(self, spec: ClipSpec) -> tuple[int, int]:
        """(width, height) in the story's shape. A draft is generated smaller, but not so small that
        the model has never seen the like."""
        area = min(max(spec.width * spec.height, self.area // 4), self.area)
        scale = math.sqrt(area / (spec.width * spec.height))
        width, height = (
            max(1, round(side * scale / self.multiple)) * self.multiple
            for side in (spec.width, spec.height)
        )
        return width, height

    def fps(self, spec: ClipSpec) -> Rate:
        """The rate at which the clip is generated."""
        return min(max(spec.fps, self.min_fps), self.max_fps)

    def steps(self, steps: int, spec: ClipSpec) -> int:
        """How many native frames go by in `steps` frames of the story, at least one."""
        return max(1, round(steps * self.fps(spec) / spec.fps))

    def frames(self, steps: int) -> int:
        """The shortest clip in which `steps` native frames go by; the longest, where none does."""
        longest = (self.max_frames - 1) // self.stride
        steps = max(steps, self.min_frames - 1)
        return min(math.ceil(steps / self.stride), longest) * self.stride + 1

    def context(self, clip: Clip, spec: ClipSpec, longest: int) -> Frames:
        """The end of `clip` at the native rate, as many frames as a model reads: 1, or a multiple
        of `stride` and one, at most `longest`."""
        fps = self.fps(spec)
        steps = min((len(clip) - 1) * fps // spec.fps, longest - 1) // self.stride * self.stride
        back = round(steps * spec.fps / fps)
        return in_memory(interpolate(clip[len(clip) - 1 - back :], steps + 1))


def clip_at(clip: Clip, width: int, height: int) -> Frames:
    """[f height width 3]. The shapes differ by the rounding to a multiple alone, and going there
    and back undoes it."""
    out = np.empty((len(clip), height, width, 3), np.uint8)
    for frame, source in zip(out, clip, strict=True):
        frame[:] = still_at(source, width, height)
    return out


def still_at(still: Still, width: int, height: int) -> Still:
    """[height width 3], as `clip_at`."""
    if still.shape[:2] == (height, width):
        return still
    shrinks = width * height < still.shape[0] * still.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(still, (width, height), interpolation=way), np.uint8)


def colour_shift(given: Still | Frames, made: Still | Frames) -> Colour:
    """[3] what to add to `made` so that it has the mean colour of `given`: what an autoencoder took
    from it. Code values, none larger than a shift of colour can be."""
    shift = given.reshape(-1, 3).mean(0) - made.reshape(-1, 3).mean(0)
    return np.clip(shift, -_MAX_OFFSET, _MAX_OFFSET)


def recoloured(frame: Still, shift: Colour) -> Still:
    """`frame` with `shift` added to each pixel."""
    made = np.empty_like(frame)
    for rows in bands(*frame.shape[:2]):
        made[rows] = np.rint(np.clip(frame[rows] + shift, 0, 255))
    return made


def pinned(clip: Clip, given: dict[int, Frames]) -> LazyClip:
    """`clip` at the size of the given frames, which are in their places, and the frames between
    them without the shift of colour that an autoencoder brings: that at the given frames, blended
    over time."""
    at = sorted(given)
    height, width = given[at[0]].shape[1:3]
    shifts = np.stack(
        [
            colour_shift(
                given[i],
                np.stack([still_at(clip[i + n], width, height) for n in range(len(given[i]))]),
            )
            for i in at
        ]
    )
    over_time = [np.interp(np.arange(len(clip)), at, channel) for channel in shifts.T]
    shift = np.stack(over_time, axis=-1)
    there = {i + n: frame for i, frames in given.items() for n, frame in enumerate(frames)}

    def frame(i: int) -> Still:
        return there[i] if i in there else recoloured(still_at(clip[i], width, height), shift[i])

    return LazyClip(len(clip), frame)
