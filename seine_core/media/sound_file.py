"""Sounds that this program writes and reads itself: without loss for its own use, and encoded once
where a film takes them.

A sound is float32 [n 2], left and right, 48,000 a second.
"""

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from seine_core.media.decoding.own_files import open_own_media
from seine_core.media.decoding.sound_decoder import SAMPLE_RATE, Sound
from seine_core.media.decoding.video_decoder import AUDIO_FORMATS

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

_SCALE = 2.0**30  # of 32 bits, of which FLAC keeps 24: a sound may be twice as loud as its limit


def write_flac(sound: Iterable[Sound], path: Path) -> int:
    """Keep a sound, to 22 bits and up to twice its limit; how many samples it has.

    Raises:
        OSError: it cannot be written.
    """
    import av

    count = 0
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", SAMPLE_RATE, layout="stereo", format="s32")
        stream.codec_context.options = {"compression_level": "2"}
        for block in sound:
            whole = np.rint(np.clip(block, -1.999, 1.999) * np.float64(_SCALE)).astype(np.int32)
            container.mux(stream.encode(_frame(whole.reshape(1, -1), "s32", count)))
            count += len(block)
        container.mux(stream.encode(None))
    return count


def read_flac(path: Path, first: int = 0) -> Iterator[Sound]:
    """What `write_flac` kept, from the sample `first` on, in pieces of any length.

    Raises:
        BadInput: it is missing or damaged.
    """
    with open_own_media(path, AUDIO_FORMATS) as container:
        stream = container.streams.audio[0]
        tick = stream.time_base or Fraction(1, SAMPLE_RATE)
        if first:
            container.seek(int(first / SAMPLE_RATE / tick), stream=stream)
        skip: int | None = None
        frames = container.decode(stream)
        # A frame has a tenth of a second: several at a time, or numpy's calls take longest.
        while some := list(islice(frames, 8)):
            if skip is None:
                skip = max(0, first - round((some[0].pts or 0) * tick * SAMPLE_RATE))
            whole = np.concatenate(
                [np.frombuffer(bytes(f.planes[0]), np.int32, 2 * f.samples) for f in some]
            ).reshape(-1, 2)
            yield whole[skip:].astype(np.float32) * np.float32(1 / _SCALE)
            skip = max(0, skip - len(whole))


# Of each codec, FFmpeg's name, how it takes samples, and bits a second where that is chosen.
_CODECS = {
    "aac": ("aac", "fltp", 192_000),
    "opus": ("libopus", "fltp", 128_000),
    "pcm": ("pcm_s16le", "s16", None),
    "flac": ("flac", "s16", None),
}


class SoundEncoder:
    """A stream of a film that is given its sound as the film gets longer. `codec`: aac, opus, pcm
    or flac."""

    def __init__(self, target: "OutputContainer", codec: str) -> None:
        self._target = target
        name, self._format, bit_rate = _CODECS[codec]
        stream = target.add_stream(name, SAMPLE_RATE, layout="stereo")
        self._stream = cast("AudioStream", stream)
        if bit_rate is not None:
            self._stream.bit_rate = bit_rate
        self.samples = 0

    def encode(self, block: Sound) -> None:
        data: np.ndarray = np.clip(block, -1, 1)
        if self._format == "s16":
            data = np.rint(data * 32767).astype(np.int16).reshape(1, -1)
        else:
            data = np.ascontiguousarray(data.T, np.float32)
        self._target.mux(self._stream.encode(_frame(data, self._format, self.samples)))
        self.samples += len(block)

    def finish(self) -> None:
        self._target.mux(self._stream.encode(None))


def write_aac(sound: Iterable[Sound], path: Path) -> None:
    """Encode a sound as AAC in an .m4a, whose packets an MP4 can take.

    Raises:
        OSError: it cannot be written.
    """
    import av

    with av.open(str(path), "w", format="ipod") as container:
        _encode_all(container, "aac", sound)


def write_wav(sound: Iterable[Sound], path: Path) -> None:
    """A sound without loss, of 16 bits.

    Raises:
        OSError: it cannot be written.
    """
    import av

    # A file of more than 4 GB, six hours, needs a longer header.
    with av.open(str(path), "w", format="wav", container_options={"rf64": "auto"}) as container:
        _encode_all(container, "pcm", sound)


def flac(sound: Sound) -> bytes:
    """A sound as FLAC of 16 bits: what is exact, small and known to every browser."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="flac") as container:
        _encode_all(container, "flac", [sound])
    return out.getvalue()


def _encode_all(target: "OutputContainer", codec: str, sound: Iterable[Sound]) -> None:
    encoder = SoundEncoder(target, codec)
    for block in sound:
        encoder.encode(block)
    encoder.finish()


def _frame(data: np.ndarray, sample_format: str, at: int) -> "av.AudioFrame":
    import av

    frame = av.AudioFrame.from_ndarray(data, format=sample_format, layout="stereo")
    frame.sample_rate, frame.pts = SAMPLE_RATE, at
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame
