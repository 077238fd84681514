"""Sounds decoded with PyAV. Only ever of an open container.

Messages here do not say which file it is: whoever opened it knows.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.media.decoding.limits import Budget
from seine_core.media.decoding.video_decoder import ffmpeg, passing_over_damage

if TYPE_CHECKING:
    from av.container import InputContainer

SAMPLE_RATE = 48_000
_MOST = 1 << 20  # samples at a time

Sound = NDArray[np.float32]  # [n 2], -1..1


def decode_sound(container: "InputContainer", start_s: float, budget: Budget) -> Iterator[Sound]:
    """The first sound from `start_s` on, in stereo at SAMPLE_RATE, in pieces of any length. A
    damaged tail counts as the end.

    Raises:
        BadInput: there is none.
    """
    import av

    with ffmpeg("sound"):
        streams = [s for s in container.streams.audio if s.codec_context is not None]
        if not streams:
            raise BadInput("has no sound", advice="give MP3, M4A, WAV, FLAC, Ogg or Opus")
        stream = streams[0]
        if not 1 <= stream.channels <= 8 or not 4000 <= stream.rate <= 768_000:
            raise BadInput(
                f"received {stream.channels} channels at {stream.rate:,} Hz",
                allowed="1 to 8 channels at 4,000 to 768,000 Hz",
            )
        if start_s > 10:  # a little before: compressed sound needs to settle
            container.seek(
                (stream.start_time or 0) + int((start_s - 2) / (stream.time_base or 1)),
                stream=stream,
            )
        origin = (stream.start_time or 0) * (stream.time_base or Fraction(0))
        # Made stereo by FFmpeg, a mono sound would lose 3 dB.
        layout = "mono" if stream.channels == 1 else "stereo"
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE)
        skip: int | None = None
        with passing_over_damage():
            for frame in chain(container.decode(stream), [None]):
                if skip is None and frame is not None:
                    time = Fraction(frame.pts or 0) * (frame.time_base or 0) - origin
                    skip = max(0, round((Fraction(start_s) - time) * SAMPLE_RATE))
                for piece in resampler.resample(frame):
                    budget.sound(piece.samples / SAMPLE_RATE)
                    sound = np.empty((piece.samples, 2), np.float32)
                    sound[:] = piece.to_ndarray().T
                    kept = sound[skip or 0 :]
                    for first in range(0, len(kept), _MOST):
                        yield kept[first : first + _MOST]
                    skip = max(0, (skip or 0) - len(sound))
