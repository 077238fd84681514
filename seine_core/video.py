"""Video files: what is in one, and its frames at an even rate. Writing them is in `encode`.

A still is uint8 RGB [h w 3]. Times are seconds from the first picture of a file, whatever time its
container counts from. PyAV is loaded with the first file, not with this module.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from seine_core.encode import MAX_SIDE, ClipWriter, write_clip
from seine_core.errors import BadInput
from seine_core.frames import Still, check_file

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = [
    "ClipWriter",
    "VideoInfo",
    "open_media",
    "probe",
    "read_frames",
    "rgb_converter",
    "write_clip",
]

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif", ".ts", ".m2ts")
AUDIO_SUFFIXES = (".mp3", ".m4a", ".aac", ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp4", ".webm")
# Single local files only. A playlist (hls, dash, concat) would read whatever it names, from disk
# or network, and an image reader would take any numbered file beside it.
VIDEO_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpegts"
AUDIO_FORMATS = f"{VIDEO_FORMATS},mp3,aac,wav,flac,ogg,aiff"
MAX_HOLD_S = 3600  # a picture that stands longer than an hour is a damaged timestamp
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


def probe(path: Path | str) -> VideoInfo:
    """What is in a video file. Its first picture is decoded, so that a file that can be probed can
    be read.

    Raises:
        BadInput: missing, empty, damaged, no video, without a picture, or larger than MAX_SIDE.
    """
    path = Path(path)
    with open_media(path) as container:
        stream = _video_stream(container, path)
        first = next(_decoded(container, stream), None)
        if first is None:
            raise BadInput(_no_picture(path))
        still = rgb_converter(_square_size(stream, path))(first)
        height, width = turn(still, _display_matrix(first)).shape[:2]
        duration, fps = _timing(container, stream)
        return VideoInfo(
            width=width,
            height=height,
            duration_s=float(duration),
            fps=float(fps),
            has_audio=bool(container.streams.audio),
        )


def read_frames(
    path: Path | str,
    fps: int | float | Fraction,
    start_s: float = 0.0,
    frames: int | None = None,
    max_side: int = MAX_SIDE,
) -> Iterator[Still]:
    """Upright stills [h w 3] of a video at an even rate: frame i is what is on screen at
    `start_s + i / fps`, however the file spaces its own frames.

    A larger picture is shrunk to `max_side`, which is much quicker than to shrink what comes out.
    Stops after `frames` stills, or where the video ends: there are none when `start_s` lies behind
    the end. A damaged tail counts as the end. A still that is on screen for several frames is the
    same array each time: copy it before writing into it.

    Raises:
        BadInput: not a video that can be read (see `probe`), or an argument is out of range.
    """
    path = Path(path)
    if not 0 < fps <= 1000:
        raise BadInput(f"fps: received {fps}, allowed above 0 to 1000")
    if not 0 <= start_s <= 1e6:
        raise BadInput(f"start_s: received {start_s}, allowed 0 to 1000000")
    check_file(path)
    stills = _stills(path, Fraction(fps), Fraction(start_s), max_side)
    return stills if frames is None else islice(stills, frames)


def open_media(path: Path, formats: str = VIDEO_FORMATS) -> "InputContainer":
    """`path` opened for reading with PyAV, local file and listed formats only.

    Raises:
        BadInput: not a readable file of one of the formats.
    """
    import av

    check_file(path)
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": formats,
        "max_pixels": str(MAX_SIDE * MAX_SIDE),
    }
    try:
        # "file:" because a name such as "concat:a" would otherwise choose a protocol.
        return av.open(
            f"file:{path.absolute()}", "r", container_options=options, metadata_errors="replace"
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        kind = "video" if formats == VIDEO_FORMATS else "sound"
        allowed = (
            "MP4, MOV, MKV, WebM, AVI, GIF or MPEG-TS"
            if kind == "video"
            else "MP3, M4A, WAV, FLAC, Ogg, Opus or a video with sound"
        )
        raise BadInput(
            f"{path}: no {kind} that can be read ({_reason(error)}); give {allowed}, "
            "or export the file again"
        ) from None


def _reason(error: BaseException) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())


def _no_picture(path: Path) -> str:
    return f"{path}: no picture in it can be decoded (cut off or damaged?); export the video again"


def _video_stream(container: "InputContainer", path: Path) -> "VideoStream":
    from av.stream import Disposition

    pictures = [s for s in container.streams.video if s.codec_context is not None]
    # The cover of a song is a video stream too, by name.
    moving = [s for s in pictures if not s.disposition & Disposition.attached_pic]
    if not moving:
        raise BadInput(f"{path}: has no video stream; give a file with moving pictures")
    stream = moving[0]
    stream.thread_type = "AUTO"
    _square_size(stream, path)
    return stream


def _square_size(stream: "VideoStream", path: Path) -> tuple[int, int]:
    """(width, height) of the stored picture with its pixels made square, before any rotation."""
    width, height = stream.codec_context.width, stream.codec_context.height
    aspect = stream.sample_aspect_ratio
    if aspect and Fraction(1, 8) <= aspect <= 8:  # beyond that it is a damaged header
        # The side that is too short grows, so that nothing is thrown away.
        width, height = (
            (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
        )
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise BadInput(
            f"{path}: {width} x {height} pixels, allowed are 1 to {MAX_SIDE} a side; "
            "make the video smaller first"
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
    import av

    begin: int | None = None
    end = count = 0
    with contextlib.suppress(av.FFmpegError):
        container.seek(0)
        for packet in container.demux(stream):
            if packet.pts is not None:
                begin = packet.pts if begin is None else min(begin, packet.pts)
                end, count = max(end, packet.pts + (packet.duration or 0)), count + 1
    return (end - (begin or 0)) * (stream.time_base or Fraction(1)), count


def _decoded(container: "InputContainer", stream: "VideoStream") -> Iterator["av.VideoFrame"]:
    """The pictures from where the container stands. A packet that cannot be decoded is passed over
    and a cut-off one ends the video, as it does in a player."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        cut_off = packet.is_corrupt
        pictures: list[av.VideoFrame] = []
        with contextlib.suppress(av.FFmpegError):
            # Without a packet the decoder hands out what it still holds back.
            pictures = stream.decode(None if cut_off else packet)
        yield from (p for p in pictures if not p.is_corrupt)
        if cut_off:
            return


def _stills(path: Path, fps: Fraction, start: Fraction, max_side: int) -> Iterator[Still]:
    with open_media(path) as container:
        stream = _video_stream(container, path)
        tick = stream.time_base or Fraction(1, 1000)
        # Times in a file are rounded to its ticks: a frame that is due now may be said to come a
        # tick later. (A coarse tick is a frame, and exact.)
        slack = min(tick, 1 / (4 * fps)) if tick <= Fraction(1, 100) else Fraction(1, 10**6)
        shown = _from(container, stream, path, start, slack)
        width, height = _square_size(stream, path)
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
            yield latest[1]


def _from(
    container: "InputContainer",
    stream: "VideoStream",
    path: Path,
    start: Fraction,
    slack: Fraction,
) -> Iterator[_Shown["av.VideoFrame"]]:
    """(begin, end, picture) from the one on screen at `start` or an earlier one on, in order."""
    import av

    tick = stream.time_base or Fraction(1, 1000)
    pictures = _decoded(container, stream)
    first = next(pictures, None)
    if first is None:
        raise BadInput(_no_picture(path))
    origin = first.pts or 0
    # A seek can land behind its target where key frames are shown later than they are stored.
    backs = [back for back in (0, 2, 10) if start > back + slack]
    for back in backs:
        with contextlib.suppress(av.FFmpegError):
            container.seek(origin + int((start - back) / tick), stream=stream, backward=True)
            rest = _timed(_decoded(container, stream), stream, origin)
            found = next(rest, None)
            if found is not None and found[0] <= start + slack:
                return chain([found], rest)
    if not backs:
        return _timed(chain([first], pictures), stream, origin)
    container.seek(-1 << 62, stream=stream, backward=True)
    return _timed(_decoded(container, stream), stream, origin)


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
        end = begin + (picture.duration * tick if picture.duration else 1 / rate)
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
