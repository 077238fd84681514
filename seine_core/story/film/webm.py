"""A film as WebM: VP9 pictures and Opus sound."""

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seine_core.errors import BadInput
from seine_core.media.decoding.own_files import open_own_media
from seine_core.media.decoding.video_decoder import AUDIO_FORMATS
from seine_core.media.encode import tag_bt709
from seine_core.media.heap import give_back
from seine_core.story.film import stitch
from seine_core.story.film.film import Film

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream


def write_webm(
    film: Film, path: Path, soundtrack: Path | None, comment: str | None, title: str | None
) -> int:
    import av

    give_back()  # of large frames the encoder takes 1.3 GB
    fps, count = film.first.fps, 0
    with contextlib.ExitStack() as opened:
        target = opened.enter_context(av.open(str(path), "w", format="webm"))
        tags = {"title": title, "comment": comment}
        target.metadata.update({name: text for name, text in tags.items() if text})
        video = _vp9(target, film.first)
        sound = None
        if soundtrack is not None:
            source = opened.enter_context(open_own_media(soundtrack, AUDIO_FORMATS))
            sound = _Opus(target, source, soundtrack)
        for clip in film.clips:
            for picture in film.pictures(clip):
                picture.pts, picture.time_base = count, Fraction(1, fps)
                picture.pict_type = 0  # or H.264's key frames would become VP9's
                target.mux(video.encode(picture))
                count += 1
                if sound is not None:
                    sound.encode_until(count * _Opus.RATE // fps)
        target.mux(video.encode(None))
        if sound is not None:
            sound.finish()
    return count


def _vp9(target: "OutputContainer", first: stitch.Header) -> "VideoStream":
    options = {"crf": "28", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
    # In one pass looking ahead changes no byte, and each frame takes 30 MB where frames are large.
    options |= {"tile-columns": "2", "lag-in-frames": "0"}
    stream = target.add_stream("libvpx-vp9", first.fps, options=options)
    stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
    stream.codec_context.time_base = Fraction(1, first.fps)
    stream.codec_context.gop_size = 5 * first.fps
    stream.codec_context.bit_rate = 0  # crf alone decides
    stream.codec_context.thread_count = 4
    tag_bt709(stream)
    return stream


class _Opus:
    """The first sound of a file, encoded as the film gets longer and no further."""

    RATE = 48_000

    def __init__(self, target: "OutputContainer", source: "InputContainer", path: Path) -> None:
        import av

        if not source.streams.audio:
            raise BadInput("has no sound", subject=path, advice="make it with compose.soundtrack")
        self._target = target
        self._stream = target.add_stream("libopus", self.RATE, layout="stereo")
        self._stream.bit_rate = 128_000
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=self.RATE)
        self._pieces = (
            piece.to_ndarray()
            for frame in source.decode(source.streams.audio[0])
            for piece in resampler.resample(frame)
        )
        self._held = np.zeros((2, 0), np.float32)
        self._done = 0

    def encode_until(self, samples: int) -> None:
        import av

        while self._done < samples:
            if not self._held.shape[1]:
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._held = piece.astype(np.float32)
            size = min(samples - self._done, self._held.shape[1])
            part = np.ascontiguousarray(self._held[:, :size])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = self.RATE, self._done
            frame.time_base = Fraction(1, self.RATE)
            self._target.mux(self._stream.encode(frame))
            self._held, self._done = self._held[:, size:], self._done + size

    def finish(self) -> None:
        self._target.mux(self._stream.encode(None))
