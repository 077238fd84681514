"""Videos decoded with PyAV: what is in one, and its frames at an even rate. Only ever of an open
file or container.

A still is uint8 RGB [h w 3]. Times are seconds from the first picture of a file, whatever time its
container counts from. Messages here do not say which file it is: whoever opened it knows.
"""

import contextlib
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput, TooLarge
from seine_core.media.decoding.limits import MAX_SIDE, Budget, max_pixels

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

Still = NDArray[np.uint8]

# Single files only. A playlist (hls, dash, concat) would read whatever it names, from disk or
# network, and an image reader would take any numbered file beside it.
VIDEO_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng,mpegts"
AUDIO_FORMATS = f"{VIDEO_FORMATS},mp3,aac,wav,flac,ogg,aiff"
MAX_HOLD_S = 3600  # a picture that stands longer than an hour is a damaged timestamp
MAX_DURATION_S = 1e6
_THREADS = 4
_LARGE = 9_000_000  # pixels; of larger pictures every thread would hold too many
_T = TypeVar("_T")
_Shown: TypeAlias = tuple[Fraction, Fraction, _T]  # begin and end in seconds, what is on screen


@dataclass(frozen=True, kw_only=True)
class VideoInfo:
    """What a video looks like when it is played: upright, with square pixels."""

    width: int
    height: int
    duration_s: float
    fps: float  # on average
    has_audio: bool


def preload() -> None:
    """Load all of PyAV: much of it comes in with the first stream of its kind."""
    import av

    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name.rpartition(".")[2] not in ("__main__", "datasets"):
            importlib.import_module(module.name)


def open_container(source: "BinaryIO | str", formats: str = VIDEO_FORMATS) -> "InputContainer":
    """`source`, an open file or the address of one, opened with PyAV as one of `formats`.

    Raises:
        BadInput: it is none of them.
    """
    import av

    options = {
        "protocol_whitelist": "file" if isinstance(source, str) else "none",
        "format_whitelist": formats,
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
        kind = "video" if formats == VIDEO_FORMATS else "sound"
        allowed = (
            "MP4, MOV, MKV, WebM, AVI, GIF or MPEG-TS"
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


def reason(error: BaseException) -> str:
    """What a library says, in short."""
    detail = getattr(error, "strerror", None) or error
    return (" ".join(str(detail).split()) or type(error).__name__)[:200]


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
        still = rgb_converter(_square_size(stream))(first)
        height, width = turn(still, _display_matrix(first)).shape[:2]
        duration, fps = _timing(container, stream)
        return VideoInfo(
            width=width,
            height=height,
            duration_s=min(float(duration), MAX_DURATION_S),
            fps=float(fps),
            has_audio=bool(container.streams.audio),
        )


def _video_stream(container: "InputContainer") -> "VideoStream":
    from av.stream import Disposition

    pictures = [s for s in container.streams.video if s.codec_context is not None]
    # The cover of a song is a video stream too, by name.
    moving = [s for s in pictures if not s.disposition & Disposition.attached_pic]
    if not moving:
        raise BadInput("has no video stream", advice="give a file with moving pictures")
    stream = moving[0]
    width, height = _square_size(stream)
    stream.thread_type = "AUTO" if width * height < _LARGE else "SLICE"
    stream.codec_context.thread_count = min(_THREADS, os.cpu_count() or 1)
    stream.codec_context.options = {"max_pixels": str(max_pixels())}
    return stream


def _square_size(stream: "VideoStream") -> tuple[int, int]:
    """(width, height) of the stored picture with its pixels made square, before any rotation."""
    width, height = stream.codec_context.width, stream.codec_context.height
    aspect = stream.sample_aspect_ratio
    if aspect and Fraction(1, 8) <= aspect <= 8:  # beyond that it is a damaged header
        # The side that is too short grows, so that nothing is thrown away.
        width, height = (
            (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
        )
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or width * height > max_pixels():
        raise TooLarge(
            f"{width} x {height} pixels",
            allowed=f"1 to {MAX_SIDE} a side and {max_pixels() // 1_000_000} million in all",
            advice="make the video smaller first",
        )
    return width, height


def _timing(container: "InputContainer", stream: "VideoStream") -> tuple[Fraction, Fraction]:
    """(duration in seconds, average fps)."""
    rate = stream.average_rate or stream.guessed_rate
    if stream.duration and stream.time_base:
        duration = stream.duration * stream.time_base
    elif container.duration:
        duration = Fraction(container.duration, 1_000_000)
    else:
        duration, count = _measure(container, stream)
        rate = Fraction(count) / duration if duration else rate
    rate = rate or Fraction(25)
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
    container: "InputContainer", stream: "VideoStream", budget: Budget
) -> Iterator["av.VideoFrame"]:
    """The pictures from where the container stands. A packet that cannot be decoded is passed over
    and a cut-off one ends the video, as it does in a player."""
    packets = container.demux(stream)
    while True:
        packet = None
        with passing_over_damage():
            packet = next(packets, None)
        if packet is None:
            return
        cut_off = packet.is_corrupt
        pictures: list[av.VideoFrame] = []
        with passing_over_damage():
            # Without a packet the decoder hands out what it still holds back.
            pictures = stream.decode(None if cut_off else packet)
        for picture in pictures:
            # Who gives pictures gets on: a long video may take long, one picture may not.
            budget.picture(picture.width, picture.height)
            if not picture.is_corrupt:
                yield picture
        if cut_off:
            return


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
        width, height = _square_size(stream)
        scale = min(1.0, max_side / max(width, height))
        to_rgb = rgb_converter((max(1, round(width * scale)), max(1, round(height * scale))))
        axes: tuple[int, int, int, int] | None = None
        latest: tuple[object, Still] | None = None
        for picture in sample(shown, fps, start, slack):
            if latest is None or latest[0] is not picture:
                # Asked once: it is the stream's, and a picture that was asked waits for the
                # garbage collector.
                axes = axes or _display_matrix(picture)
                latest = (picture, turn(to_rgb(picture), axes))
            budget.frame()
            yield latest[1]


def _from(
    container: "InputContainer",
    stream: "VideoStream",
    start: Fraction,
    slack: Fraction,
    budget: Budget,
) -> Iterator[_Shown["av.VideoFrame"]]:
    """(begin, end, picture) from the one on screen at `start` or an earlier one on, in order."""
    tick = stream.time_base or Fraction(1, 1000)
    pictures = _decoded(container, stream, budget)
    first = next(pictures, None)
    if first is None:
        raise _no_picture()
    origin = first.pts or 0
    # A seek can land behind its target where key frames are shown later than they are stored.
    backs = [back for back in (0, 2, 10) if start > back + slack]
    for back in backs:
        with passing_over_damage():
            container.seek(origin + int((start - back) / tick), stream=stream, backward=True)
            rest = _timed(_decoded(container, stream, budget), stream, origin)
            found = next(rest, None)
            if found is not None and found[0] <= start + slack:
                return chain([found], rest)
    if not backs:
        return _timed(chain([first], pictures), stream, origin)
    container.seek(-1 << 62, stream=stream, backward=True)
    return _timed(_decoded(container, stream, budget), stream, origin)


def _timed(
    pictures: Iterable["av.VideoFrame"], stream: "VideoStream", origin: int
) -> Iterator[_Shown["av.VideoFrame"]]:
    tick = stream.time_base or Fraction(1, 1000)
    rate = stream.average_rate or stream.guessed_rate or Fraction(25)
    end: Fraction | None = None
    for picture in pictures:
        begin = (picture.pts - origin) * tick if picture.pts is not None else (end or Fraction(0))
        if end is not None and begin > end + MAX_HOLD_S:
            return
        stands = picture.duration * tick if picture.duration else 1 / rate
        end = begin + min(stands, Fraction(MAX_HOLD_S))
        yield begin, end, picture


def sample(
    shown: Iterable[_Shown[_T]], fps: Fraction, start: Fraction, slack: Fraction
) -> Iterator[_T]:
    """What is on screen at `start + i / fps`, of items that stand from begin to end seconds each
    or until the next one begins. `slack` seconds early still count as due."""
    count = 0
    current: _T | None = None
    last_end = Fraction(0)
    for begin, end, item in shown:
        while current is not None and start + count / fps < begin - slack:
            yield current
            count += 1
        current, last_end = item, end
    while current is not None and start + count / fps < last_end - slack:
        yield current
        count += 1


def rgb_converter(size: tuple[int, int]) -> "Callable[[av.VideoFrame], Still]":
    """A function that gives decoded pictures of one video as RGB of `size` = (width, height), by
    their own matrix and range."""
    from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

    reformatter = VideoReformatter()  # keeps its tables from one picture to the next
    quality = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    known = {1: Colorspace.ITU709, 4: Colorspace.FCC, 7: Colorspace.SMPTE240M}
    known |= {5: Colorspace.ITU601, 6: Colorspace.ITU601}
    known |= {9: Colorspace.BT2020, 10: Colorspace.BT2020}

    def to_rgb(picture: "av.VideoFrame") -> Still:
        is_palette = picture.format.name == "pal8"
        has_alpha = is_palette or any(part.is_alpha for part in picture.format.components)
        # Untagged video: everybody takes small pictures for BT.601 and HD for BT.709.
        guess = Colorspace.ITU709 if picture.height >= 720 else Colorspace.ITU601
        is_yuv = not picture.format.is_rgb and not is_palette
        rgb: Still = reformatter.reformat(
            picture,
            *size,
            format="rgba" if has_alpha else "rgb24",
            src_colorspace=known.get(int(picture.colorspace), guess) if is_yuv else None,
            dst_color_range=ColorRange.JPEG,
            interpolation=quality,
        ).to_ndarray()  # type: ignore[assignment]
        if not has_alpha:
            return rgb
        alpha = rgb[..., 3:].astype(np.uint16)  # over white, as stills are
        over = rgb[..., :3] * alpha + 255 * (255 - alpha)
        return ((over + 127) // 255).astype(np.uint8)

    return to_rgb


def _display_matrix(picture: "av.VideoFrame") -> tuple[int, int, int, int]:
    """(a, b, c, d): where the stored picture's x axis (a, b) and y axis (c, d) point on screen."""
    data = picture.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 1, 0, 0, 1
    matrix: Any = data  # its stub does not say that it is a buffer
    a, b, _, c, d = np.sign(np.frombuffer(matrix, np.int32)[:5]).tolist()
    return a, b, c, d


def turn(still: Still, axes: tuple[int, int, int, int]) -> Still:
    """`still` with its x axis pointing along axes[:2] and its y axis along axes[2:] (y is down).
    Anything but quarter turns and mirrorings is left as it is."""
    a, b, c, d = axes
    if abs(a) + abs(b) != 1 or abs(c) + abs(d) != 1 or abs(a) == abs(c):
        return still
    if a == 0:
        still = still.swapaxes(0, 1)
        a, d = c, b
    return np.ascontiguousarray(still[::d, ::a])


def _no_picture() -> BadInput:
    return BadInput(
        "no picture in it can be decoded (cut off or damaged?)", advice="export the video again"
    )
