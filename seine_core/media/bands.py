"""Large frames a band of rows at a time: what is computed in floating point takes four times the
memory of the frame and more, once for each step, so no step is given all of a frame of 4096 pixels
a side."""

from collections.abc import Iterator

BAND_PIXELS = 2_100_000  # a frame of 1920 x 1080 is one band


def is_large(width: int, height: int) -> bool:
    """Whether a frame has more than one band."""
    return width * height > BAND_PIXELS


def bands(height: int, width: int) -> Iterator[slice]:
    """The rows of a frame, in parts of at most BAND_PIXELS and about the same size."""
    rows = max(1, BAND_PIXELS // width)
    count = -(-height // rows)
    for n in range(count):
        yield slice(height * n // count, height * (n + 1) // count)
