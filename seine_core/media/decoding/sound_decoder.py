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
    from av.audio.stream import AudioStream
    from av.container import InputContainer

SAMPLE_RATE = 48_000
_MOST = 1 << 20  # samples at a time
_GAP = SAMPLE_RATE // 20  # that is no pause, but how a container rounds its times
_LONGEST_GAP = 3600 * SAMPLE_RATE  # a longer pause is a damaged timestamp

Sound = NDArray[np.float32]  # [n 2], -1..1


def decode_sound(container: "InputContainer", start_s: float, budget: Budget) -> Iterator[Sound]:
    """The first sound from `start_s` on, in stereo at SAMPLE_RATE, in pieces of any length. Times
    are those of the pictures where there are any, and silence fills what has no sound: before it
    begins, and where a recording paused. A damaged tail counts as the end.

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
        origin = _origin(container, stream)
        # Made stereo by FFmpeg, a mono sound would lose 3 dB.
        layout = "mono" if stream.channels == 1 else "stereo"
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE)
        # Samples from `start_s` on: what was given, and, behind it, what the resampler holds back.
        given: int | None = None
        with passing_over_damage():
            for frame in chain(container.decode(stream), [None]):
                if frame is not None and (given is None or frame.pts is not None):
                    time = Fraction(frame.pts or 0) * (frame.time_base or 0) - origin
                    begins = round((time - Fraction(start_s)) * SAMPLE_RATE)
                    if given is None:
                        given = min(0, begins)
                    missing = begins - given if begins - given <= _LONGEST_GAP else 0
                    for size in _sizes(missing) if missing > _GAP else ():
                        silence = np.zeros((size, 2), np.float32)
                        budget.sound(len(silence) / SAMPLE_RATE)
                        given += len(silence)
                        yield silence
                for piece in resampler.resample(frame):
                    budget.sound(piece.samples / SAMPLE_RATE)
                    sound = np.empty((piece.samples, 2), np.float32)
                    sound[:] = piece.to_ndarray().T
                    kept = sound[max(0, -(given or 0)) :]
                    for first in range(0, len(kept), _MOST):
                        yield kept[first : first + _MOST]
                    given = (given or 0) + len(sound)


def _sizes(samples: int) -> Iterator[int]:
    for first in range(0, samples, _MOST):
        yield min(_MOST, samples - first)


def _origin(container: "InputContainer", stream: "AudioStream") -> Fraction:
    """The second of the file's clock at which its time begins."""
    from av.stream import Disposition

    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    first = moving[0] if moving else stream
    return (first.start_time or 0) * (first.time_base or Fraction(0))
