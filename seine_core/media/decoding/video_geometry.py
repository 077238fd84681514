"""The size and the way up in which a stored picture of a video is shown."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import TooLarge
from seine_core.media.decoding.limits import MAX_SIDE, max_pixels

if TYPE_CHECKING:
    import av
    from av.video.stream import VideoStream

Still = NDArray[np.uint8]


def square_size(stream: "VideoStream") -> tuple[int, int]:
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


def display_matrix(picture: "av.VideoFrame") -> tuple[int, int, int, int]:
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
