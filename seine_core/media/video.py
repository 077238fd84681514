"""Video files: what is in one, and its frames at an even rate. Writing them is in `encode`.

A still is uint8 RGB [h w 3]. Times are seconds from the first picture of a file, whatever time its
container counts from. All is decoded in child processes with limits, see `media.decoder_pool`.
"""

import math
from collections.abc import Generator, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.media.decoding.decoder_pool import pool
from seine_core.media.decoding.video_decoder import VideoInfo
from seine_core.media.encode import MAX_SIDE, ClipWriter, write_clip
from seine_core.media.frames import check_file
from seine_core.rates import Rate

__all__ = [
    "ClipWriter",
    "VideoInfo",
    "probe",
    "read_comment",
    "read_frames",
    "write_clip",
]

VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif", ".ts", ".m2ts", ".mts", ".mxf"),
)
CONVERSION = 1  # raised when a video that `is_converted` gives other pictures than before


def probe(path: Path | str) -> VideoInfo:
    """What is in a video file. Its first picture is decoded, so that a file that can be probed can
    be read.

    Raises:
        BadInput: missing, empty, damaged, no video, without a picture, or larger than MAX_SIDE; or
            it takes more memory or time than a good one could.
    """
    path = Path(path)
    check_file(path)
    found = path.stat()
    return _probed(path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4096)
def _probed(path: Path, *identity: int) -> VideoInfo:
    """Asked for each video of a story after every edit, which is not to wait for a decoder."""
    facts = pool().facts("probe", path)
    try:
        info = VideoInfo(**facts)
        sides, numbers = (info.width, info.height), (info.duration_s, info.fps)
        if all(0 < side <= 8 * MAX_SIDE for side in sides) and all(
            0 < number < math.inf for number in numbers
        ):
            return info
    except TypeError:
        pass  # it says so little that it says nothing
    raise BadInput(
        "has a size or a length that cannot be", subject=path, advice="export the video again"
    )


def read_frames(
    path: Path | str,
    fps: Rate | float,
    start_s: Fraction | float = 0,
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
        raise BadInput(subject="fps", received=fps, allowed="above 0 to 1000")
    if not 0 <= start_s <= 1e6:
        raise BadInput(subject="start_s", received=start_s, allowed="0 to 1000000")
    check_file(path)
    if frames is not None and frames < 0:
        raise BadInput(subject="frames", received=frames, allowed="0 and more")
    return _stills(path, Fraction(fps), Fraction(start_s), frames, max_side)


def _stills(
    path: Path, fps: Fraction, start: Fraction, frames: int | None, max_side: int
) -> Iterator[Still]:
    times = {"fps": str(fps), "start": str(start), "max_side": max_side}
    pieces = pool().pieces("frames", path, frames, **times)
    stills = _each(pieces, path)
    try:
        yield from stills if frames is None else islice(stills, frames)
    finally:
        pieces.close()


def _each(pieces: Generator[tuple[Still, int]], path: Path) -> Iterator[Still]:
    for still, count in pieces:
        if still.ndim != 3 or still.shape[2] != 3:
            raise BadInput(
                "no picture came out of it", subject=path, advice="export the video again"
            )
        for _ in range(count):
            yield still


def read_comment(path: Path) -> str | None:
    """The comment of an MP4, WebM or GIF; None when it has none.

    Raises:
        BadInput: none of these, or a damaged one.
    """
    found = [piece.tobytes() for piece, _ in pool().pieces("comment", path)]
    return b"".join(found).decode(errors="replace") if found else None
