"""Videos decoded with PyAV: what is in one, and its frames at an even rate. Only ever of an open
file or container.

A still is uint8 RGB [h w 3]. Times are seconds from the first picture of a file, whatever time its
container counts from. Messages here do not say which file it is: whoever opened it knows.
"""

import contextlib
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.media.decoding.deinterlacing import NEIGHBOURS, deinterlaced
from seine_core.media.decoding.limits import Budget, max_pixels
from seine_core.media.decoding.seeking import with_needless
from seine_core.media.decoding.video_colour import is_converted, rgb_converter
from seine_core.media.decoding.video_geometry import display_matrix, square_size, turn
from seine_core.media.decoding.video_timing import Shown, rate_of, sample, stamp_of, timed

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

Still = NDArray[np.uint8]

# Single files only. A playlist (hls, dash, concat) would read whatever it names, from disk or
# network, and an image reader would take any numbered file beside it.
VIDEO_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng,mpegts,mxf"
AUDIO_FORMATS = f"{VIDEO_FORMATS},mp3,aac,wav,flac,ogg,aiff"
MAX_DURATION_S = 1e6
_BACKS = (0, 2, 10)  # seconds before a target
_THREADS = 4
_LARGE = 9_000_000  # pixels; of larger pictures every thread would hold too many


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """What a video looks like when it is played: upright, with square pixels."""

    width: int
    height: int
    duration_s: float
    fps: float  # on average
    has_audio: bool
    is_converted: bool = False  # HDR, wide colours, fields: what is shown is not what is stored


def preload() -> None:
    """Load all of PyAV: much of it comes in with the first stream of its kind."""
    import av

    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name.rpartition(".")[2] not in ("__main__", "datasets"):
            importlib.import_module(module.name)


def open_container(source: "BinaryIO | str", wanted: str = VIDEO_FORMATS) -> "InputContainer":
    """`source`, an open file or the address of one, opened with PyAV. A sound is opened where a
    video is `wanted` too: whoever looks for its pictures says that there are none.

    Raises:
        BadInput: it is neither.
    """
    import av

    options = {
        "protocol_whitelist": "file" if isinstance(source, str) else "none",
        "format_whitelist": AUDIO_FORMATS,
        "max_streams": "100",
    }
    try:
        return av.open(
            source,
            "r",
            container_options=options,
            metadata_errors="replace",
            buffer_size=1 << 16,
        )
    except MemoryError:
        raise
    except Exception as error:  # whatever a file makes of PyAV
        kind = "video" if wanted == VIDEO_FORMATS else "sound"
        allowed = (
            "MP4, MOV, MKV, WebM, AVI, GIF, MPEG-TS or MXF"
            if kind == "video"
            else "MP3, M4A, WAV, FLAC, Ogg, Opus or a video with sound"
        )
        raise BadInput(
            f"no {kind} that can be read",
            reason=error,
            advice=f"give {allowed}, or export the file again",
        ) from None


@contextlib.contextmanager
def ffmpeg(what: str) -> Iterator[None]:
    """Whatever PyAV raises in the block about the contents of a file, as BadInput. Only what there
    is no memory for stays a MemoryError."""
    try:
        yield
    except (BadInput, MemoryError):
        raise
    except Exception as error:
        raise BadInput(f"damaged {what}", reason=error, advice="export it again") from None


@contextlib.contextmanager
def passing_over_damage() -> Iterator[None]:
    """Ends the block where FFmpeg finds damage: what was decoded before is still good."""
    import av

    try:
        yield
    except MemoryError:  # which may be one of FFmpeg's too
        raise
    except av.FFmpegError:
        return


def probe_container(container: "InputContainer", budget: Budget) -> VideoInfo:
    """What is in a video. Its first picture is decoded, so that a file that can be probed can be
    read.

    Raises:
        BadInput: damaged, no video, without a picture, or larger than allowed.
    """
    with ffmpeg("video"):
        stream = _video_stream(container)
        first = next(_decoded(container, stream, budget), None)
        if first is None:
            raise _no_picture()
        still = rgb_converter(square_size(stream))(first)
        height, width = turn(still, display_matrix(first)).shape[:2]
        duration, fps = _timing(container, stream)
        return VideoInfo(
            width=width,
            height=height,
            duration_s=min(float(duration), MAX_DURATION_S),
            fps=float(fps),
            has_audio=bool(container.streams.audio),
            is_converted=is_converted(first),
        )


def _video_stream(container: "InputContainer") -> "VideoStream":
    from av.stream import Disposition

    pictures = [s for s in container.streams.video if s.codec_context is not None]
    # The cover of a song is a video stream too, by name.
    moving = [s for s in pictures if not s.disposition & Disposition.attached_pic]
    if not moving and container.streams.audio:
        raise BadInput("is a sound and has no moving pictures", advice="add it as a sound")
    if not moving:
        raise BadInput("has no video stream", advice="give a file with moving pictures")
    stream = moving[0]
    width, height = square_size(stream)
    stream.thread_type = "AUTO" if width * height < _LARGE else "SLICE"
    stream.codec_context.thread_count = min(_THREADS, os.cpu_count() or 1)
    stream.codec_context.options = {"max_pixels": str(max_pixels())}
    return stream


def _timing(container: "InputContainer", stream: "VideoStream") -> tuple[Fraction, Fraction]:
    """(duration in seconds, average fps)."""
    rate = rate_of(stream)
    if stream.duration and stream.time_base:
        duration = stream.duration * stream.time_base
    elif container.duration:
        duration = Fraction(container.duration, 1_000_000)
    else:
        duration, count = _measure(container, stream)
        rate = Fraction(count) / duration if duration else rate
    return (duration if duration > 0 else 1 / rate), rate


def _measure(container: "InputContainer", stream: "VideoStream") -> tuple[Fraction, int]:
    """(seconds, packets) counted packet by packet, for files that do not say how long they are."""
    begin: int | None = None
    end = count = 0
    with passing_over_damage():
        container.seek(0)
        for packet in container.demux(stream):
            if packet.pts is not None:
                begin = packet.pts if begin is None else min(begin, packet.pts)
                end, count = max(end, packet.pts + (packet.duration or 0)), count + 1
    return (end - (begin or 0)) * (stream.time_base or Fraction(1)), count


def _decoded(
    container: "InputContainer", stream: "VideoStream", budget: Budget, target: int | None = None
) -> Iterator["av.VideoFrame"]:
    """The pictures from where the container stands. A packet that cannot be decoded is passed over
    and a cut-off one ends the video, as it does in a player. On the way to what is on screen at
    `target`, in ticks, pictures that no other needs are left out."""
    decode = _decoder(stream)
    for packet, is_needless in with_needless(_packets(container, stream), target):
        pictures: list[av.VideoFrame] = []
        with passing_over_damage():
            stream.codec_context.skip_frame = "NONREF" if is_needless else "DEFAULT"
            # Without a packet the decoder hands out what it still holds back.
            pictures = decode(None if packet.is_corrupt else packet)
        for picture in pictures:
            # Who gives pictures gets on: a long video may take long, one picture may not.
            budget.picture(picture.width, picture.height)
            if not picture.is_corrupt:
                yield picture


def _packets(container: "InputContainer", stream: "VideoStream") -> Iterator["av.Packet"]:
    """Those of `stream`, to the first that is cut off."""
    packets = container.demux(stream)
    while True:
        packet = None
        with passing_over_damage():
            packet = next(packets, None)
        if packet is None:
            return
        yield packet
        if packet.is_corrupt:
            return


def _decoder(stream: "VideoStream") -> "Callable[[av.Packet | None], list[av.VideoFrame]]":
    """What decodes packets from a key frame on. FFmpeg's own decoders of VP8 and VP9 leave out the
    alpha that a WebM stores beside its pictures; those of libvpx do not."""
    import av

    own = stream.codec_context
    name = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(own.name)
    if name is None or stream.metadata.get("alpha_mode") != "1":
        return stream.decode
    context = cast("VideoCodecContext", av.CodecContext.create(name, "r"))
    context.thread_count, context.options = own.thread_count, own.options
    return context.decode


def decode_stills(
    container: "InputContainer", fps: Fraction, start: Fraction, max_side: int, budget: Budget
) -> Iterator[Still]:
    """Upright stills [h w 3] at `start + i / fps` seconds; see `video.read_frames`.

    Raises:
        BadInput: damaged, no video, without a picture, or larger than allowed.
    """
    with ffmpeg("video"):
        stream = _video_stream(container)
        tick = stream.time_base or Fraction(1, 1000)
        # Times in a file are rounded to its ticks: a frame that is due now may be said to come a
        # tick later. (A coarse tick is a frame, and exact.)
        slack = min(tick, 1 / (4 * fps)) if tick <= Fraction(1, 100) else Fraction(1, 10**6)
        shown = _from(container, stream, start, slack, budget)
        width, height = square_size(stream)
        scale = min(1.0, max_side / max(width, height))
        to_rgb = rgb_converter((max(1, round(width * scale)), max(1, round(height * scale))))
        axes: tuple[int, int, int, int] | None = None
        latest: tuple[object, Still] | None = None
        for picture in sample(shown, fps, start, slack):
            if latest is None or latest[0] is not picture:
                # Asked once: it is the stream's, and a picture that was asked waits for the
                # garbage collector.
                axes = axes or display_matrix(picture)
                latest = (picture, turn(to_rgb(picture), axes))
            budget.frame()
            yield latest[1]


def _from(
    container: "InputContainer",
    stream: "VideoStream",
    start: Fraction,
    slack: Fraction,
    budget: Budget,
) -> Iterator[Shown["av.VideoFrame"]]:
    """(begin, end, picture) from the one on screen at `start` or an earlier one on, in order."""
    tick = stream.time_base or Fraction(1, 1000)
    stamp = stamp_of(container)
    pictures = _decoded(container, stream, budget)
    first = next(pictures, None)
    if first is None:
        raise _no_picture()
    origin = stamp(first) or 0

    def shown(pictures: "Iterator[av.VideoFrame]") -> Iterator[Shown["av.VideoFrame"]]:
        return timed(deinterlaced(pictures), stream, stamp, origin)

    # What is made of several pictures is the same wherever it is read from.
    lead = NEIGHBOURS / rate_of(stream) if first.interlaced_frame else Fraction(0)
    # A seek can land behind its target where key frames are shown later than they are stored.
    backs = [back for back in _BACKS if start > back + lead + slack]
    if not backs:
        return shown(chain([first], pictures))
    del first, pictures  # a picture may be large
    due = start - lead + slack
    for back in backs:
        with passing_over_damage():
            container.seek(origin + int((start - lead - back) / tick), stream=stream, backward=True)
            rest = shown(_decoded(container, stream, budget, origin + int(due / tick)))
            found = next(rest, None)
            if found is not None and found[0] <= due and stamp(found[2]) is not None:
                return chain([found], rest)
            del found, rest
    for least in (-1 << 62, stream.start_time or 0):  # an AVI takes no time that it has not
        with passing_over_damage():
            container.seek(least, stream=stream, backward=True)
            break
    return shown(_decoded(container, stream, budget))


def _no_picture() -> BadInput:
    return BadInput(
        "no picture in it can be decoded (cut off or damaged?)", advice="export the video again"
    )
