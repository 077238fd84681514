"""Clips being encoded so that they can be joined by packets.

One set of encoder settings for a size, a rate and a quality, B-frames off: the headers of all clips
agree and a clip's packets only need their times shifted.
"""

import contextlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.files.atomic import new_file
from seine_core.media.bands import is_large
from seine_core.rates import NTSC, Rate

if TYPE_CHECKING:
    import av
    from av.video.stream import VideoStream

MAX_SIDE = 8192

Quality = Literal["draft", "final"]
_TICKS_PER_FRAME = 512
_MAX_FPS = 240
# Raised when the same frames are encoded otherwise; of large frames alone, for all others are as
# they were: such clips cannot be joined with earlier ones.
LARGE_ENCODING = 3
_THREADS = 4  # fixed: x264 gives the same bytes only for the same number of threads
_PRESETS: dict[str, tuple[str, int]] = {"draft": ("veryfast", 26), "final": ("medium", 14)}


class ClipWriter:
    """A clip being encoded: H.264 4:2:0, BT.709, no B-frames, closed groups that begin with a key
    frame. Clips of the same size, fps and quality have the same headers and can be joined by
    packets (`story.stitch`), and the same frames give the same bytes.

    The file appears under `path` only when the `with` block ends well; otherwise nothing is left.

    Raises:
        BadInput: an odd or impossible size, fps or quality; no frame was written.
        OSError: the file cannot be written.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        width: int,
        height: int,
        fps: Rate,
        quality: Quality | int = "final",
    ) -> None:
        for name, side in (("width", width), ("height", height)):
            if side % 2 or not 2 <= side <= MAX_SIDE:
                raise BadInput(subject=name, received=side, allowed=f"even sizes, 2 to {MAX_SIDE}")
        if fps not in NTSC and fps not in range(1, _MAX_FPS + 1):
            raise BadInput(subject="fps", received=fps, allowed=f"1 to {_MAX_FPS}, or NTSC's")
        if isinstance(quality, int) and not 0 <= quality <= 51:
            raise BadInput(subject="quality", received=quality, allowed="a CRF of 0 to 51")
        if isinstance(quality, str) and quality not in _PRESETS:
            raise BadInput(subject="quality", received=quality, allowed=_PRESETS)
        self.path = Path(path)
        self.frames = 0
        self._shape = (height, width, 3)
        self._fps = Fraction(fps)
        preset, crf = ("medium", quality) if isinstance(quality, int) else _PRESETS[quality]
        self._options = {
            "preset": preset,
            "crf": str(crf),
            # stitchable keeps whatever depends on the content out of the headers. cpu-independent
            # does the macroblock tree in plain C: for AVX-512 it reads unset memory behind its
            # tables unless a frame is a multiple of 128 wide, so equal frames gave other bytes.
            "x264-params": "bframes=0:open-gop=0:stitchable=1:nal-hrd=none:cpu-independent=1",
        }
        self._threads_share = "FRAME"
        if is_large(width, height):
            # x264 looks 40 frames ahead and keeps one more for each thread: 3 GB at 4096 x 4096,
            # where these take 0.6 GB and no more time.
            self._options["x264-params"] += ":rc-lookahead=1:ref=1"
            self._threads_share = "SLICE"

    def __enter__(self) -> Self:
        import av

        with contextlib.ExitStack() as opened:
            part = opened.enter_context(new_file(self.path))
            self._container = av.open(
                str(part), "w", format="mp4", container_options=mp4_options(self._fps)
            )
            stream = self._container.add_stream("libx264", self._fps, options=self._options)
            self._opened = opened.pop_all()
        stream.height, stream.width = self._shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = 1 / self._fps
        stream.codec_context.gop_size = round(2 * self._fps)
        stream.codec_context.thread_count = _THREADS
        stream.codec_context.thread_type = self._threads_share
        tag_bt709(stream)
        self._stream = stream
        return self

    def write(self, frame: Still) -> None:
        """Append one frame, uint8 RGB [h w 3] of the clip's size."""
        import av

        if frame.shape != self._shape or frame.dtype != np.uint8:
            raise BadInput(
                f"received {frame.dtype} {list(frame.shape)}",
                subject="frame",
                allowed=f"uint8 {list(self._shape)}",
            )
        picture = to_yuv(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24"))
        picture.pts, picture.time_base = self.frames, 1 / self._fps
        self._container.mux(self._stream.encode(picture))
        self.frames += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            with contextlib.suppress(Exception):
                self._container.close()
            self._opened.__exit__(kind, error, trace)
            return
        with self._opened:
            try:
                if self.frames:
                    self._container.mux(self._stream.encode(None))
            finally:
                self._container.close()
            if not self.frames:
                raise BadInput(
                    "no frame was written", subject=self.path, advice="a clip has at least one"
                )


def write_clip(
    frames: Iterable[Still],
    path: Path | str,
    *,
    width: int,
    height: int,
    fps: Rate,
    quality: Quality | int = "final",
) -> int:
    """Encode `frames` as a clip; how many there were. Raises as `ClipWriter` does."""
    with ClipWriter(path, width=width, height=height, fps=fps, quality=quality) as writer:
        for frame in frames:
            writer.write(frame)
    return writer.frames


def clock(fps: Rate) -> int:
    """The ticks a second of an MP4's clock: a frame is a whole number of them, 512 or, at the rates
    of NTSC, 1001, so that durations are exact."""
    rate = Fraction(fps)
    return rate.numerator * (_TICKS_PER_FRAME if rate.denominator == 1 else 1)


def rate_of_clock(ticks: int) -> Fraction | None:
    """The rate that has this `clock`, if one does: none of NTSC's is a multiple of 512."""
    whole, rest = divmod(ticks, _TICKS_PER_FRAME)
    if not rest and 1 <= whole <= _MAX_FPS:
        return Fraction(whole)
    return next((rate for rate in NTSC if rate.numerator == ticks), None)


def mp4_options(fps: Rate) -> dict[str, str]:
    """How every MP4 here counts time."""
    ticks = str(clock(fps))
    return {
        "movflags": "+faststart",
        "video_track_timescale": ticks,
        "movie_timescale": ticks,
    }


def to_yuv(rgb: "av.VideoFrame") -> "av.VideoFrame":
    """An RGB picture as 4:2:0 BT.709 of limited range, the way `tag_bt709` says."""
    from av.video.reformatter import ColorRange, Colorspace, Interpolation

    return rgb.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND,
    )


def tag_bt709(stream: "VideoStream") -> None:
    """Write into the stream's headers how its colours are meant."""
    from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

    context = stream.codec_context
    context.colorspace = Colorspace.ITU709
    context.color_range = ColorRange.MPEG
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
