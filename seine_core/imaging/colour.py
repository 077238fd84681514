"""Colour of generated frames, held to the given ones. Means and spreads are per channel, in levels
of 0 to 255; clips float32 [f h w 3]."""

from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from seine_core.clips import Frames, Still

FloatFrames = NDArray[np.float32]

# What is corrected is a cast, not the picture: beyond this the model shows something else.
MAX_SHIFT = 24.0
MAX_GAIN = 1.2
COLOURLESS = 2.0  # levels between the channels, on average: a grey picture from a JPEG has as much


def match_given(clip: FloatFrames, given: Mapping[int, Still]) -> FloatFrames:
    """`clip` with the colours that its own version of each given frame lacks.

    The model's version of a given frame differs from it by what the VAE and the sampling did to the
    colours; the gain and shift that mend it there are applied to the frames around, blended
    linearly from one given frame to the next, so that no join shows a change of brightness.
    """
    if not given:
        return clip
    at = sorted(given)
    gains, shifts = zip(*(_mend(clip[i], given[i]) for i in at), strict=True)
    frames = np.arange(len(clip))
    gain, shift = (
        np.stack([np.interp(frames, at, column) for column in np.transpose(values)], axis=1)
        for values in (gains, shifts)
    )
    return _apply(clip, gain, shift)


def mismatch(clip: FloatFrames, given: Mapping[int, Still]) -> float:
    """Levels by which the model's version of the given frames differs from them, on average."""
    if not given:
        return 0.0
    return float(np.mean([np.abs(clip[i] - given[i].astype(np.float32)).mean() for i in given]))


def without_tint(clip: Frames, given: Iterable[Still]) -> Frames:
    """`clip` [f h w 3]; in shades of grey where all `given` stills are, for a model that knows
    colours adds some."""
    if any(_mean_chroma(still) >= COLOURLESS for still in given):
        return clip
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in clip]
    return np.repeat(np.stack(grey)[..., None], 3, axis=-1)


def _mean_chroma(still: Still) -> float:
    return float((still.max(axis=2) - still.min(axis=2)).mean())


class Palette:
    """The range of means and spreads that some frames span, which others should keep to."""

    def __init__(self, stills: Iterable[Still]) -> None:
        stats = [_stats(still) for still in stills]
        self.empty = not stats
        if stats:
            means, spreads = (np.stack(values) for values in zip(*stats, strict=True))
            self.low, self.high = means.min(axis=0), means.max(axis=0)
            self.flat, self.rich = spreads.min(axis=0), spreads.max(axis=0)

    def drift(self, frames: NDArray) -> float:
        """Levels by which the frames' mean colour leaves the range: the worst frame and channel."""
        if self.empty or len(frames) == 0:
            return 0.0
        means = np.stack([_stats(frame)[0] for frame in frames])
        return float(np.abs(means - np.clip(means, self.low, self.high)).max())

    def hold(self, frames: Still, strength: float) -> Still:
        """New frames [n h w 3] that follow given ones, pulled back into the range: the last by
        `strength` of its drift, those before it by less, so that the join stays smooth.

        With every window held like this the drift of a long clip stays below
        (1 - strength) / strength of what one window adds, however many windows there are.
        """
        if self.empty or strength == 0 or len(frames) == 0:
            return frames
        gains, shifts = [], []
        for j, frame in enumerate(frames):
            mean, spread = _stats(frame)
            pull = strength * (j + 1) / len(frames)
            wanted_mean = mean + pull * (np.clip(mean, self.low, self.high) - mean)
            wanted_spread = spread + pull * (np.clip(spread, self.flat, self.rich) - spread)
            gain, shift = _gain_shift(mean, spread, wanted_mean, wanted_spread)
            gains.append(gain)
            shifts.append(shift)
        return to_uint8(_apply(frames.astype(np.float32), np.stack(gains), np.stack(shifts)))


def to_uint8(frames: FloatFrames) -> Still:
    return np.clip(np.rint(frames), 0, 255).astype(np.uint8)


def _stats(frame: NDArray) -> tuple[NDArray, NDArray]:
    pixels = frame.reshape(-1, 3).astype(np.float64)
    return pixels.mean(axis=0), pixels.std(axis=0)


def _mend(ours: NDArray, given: Still) -> tuple[NDArray, NDArray]:
    return _gain_shift(*_stats(ours), *_stats(given))


def _gain_shift(
    mean: NDArray, spread: NDArray, wanted_mean: NDArray, wanted_spread: NDArray
) -> tuple[NDArray, NDArray]:
    """x * gain + shift has the wanted statistics, as far as the limits allow."""
    gain = np.clip((wanted_spread + 1e-3) / (spread + 1e-3), 1 / MAX_GAIN, MAX_GAIN)
    moved = np.clip(wanted_mean - mean, -MAX_SHIFT, MAX_SHIFT)
    return gain, mean + moved - gain * mean


def _apply(clip: NDArray, gain: NDArray, shift: NDArray) -> FloatFrames:
    return clip * gain[:, None, None].astype(np.float32) + shift[:, None, None].astype(np.float32)
