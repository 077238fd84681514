"""Clips and pictures that this program wrote itself, decoded in this process.

Not for anything that came from outside: for that there are `frames.load_image` and
`video.read_frames`, which decode it in a child process.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from seine_core.errors import BadInput
from seine_core.files.outside_file import check_file
from seine_core.media.decoding.limits import MAX_SIDE, Unlimited
from seine_core.media.decoding.video_decoder import VIDEO_FORMATS, decode_stills, open_container
from seine_core.rates import Rate

if TYPE_CHECKING:
    from av.container import InputContainer

Still = NDArray[np.uint8]


def open_own_media(path: Path, formats: str = VIDEO_FORMATS) -> "InputContainer":
    """A film, clip or soundtrack of our own, opened with PyAV.

    Raises:
        BadInput: not a readable file of one of the formats.
    """
    check_file(path)
    try:
        # "file:" because a name such as "concat:a" would otherwise choose a protocol.
        return open_container(f"file:{path.absolute()}", formats)
    except BadInput as error:
        raise error.about(path) from None


def read_own_frames(
    clip: Path,
    fps: Rate,
    start_s: Fraction | float = 0,
    frames: int | None = None,
    max_side: int = MAX_SIDE,
) -> Iterator[Still]:
    """The stills of a clip of our own, as `video.read_frames` gives those of any video.

    Raises:
        BadInput: it is missing or damaged.
    """
    try:
        with open_own_media(clip) as container:
            stills = decode_stills(
                container, Fraction(fps), Fraction(start_s), max_side, Unlimited()
            )
            yield from islice(stills, frames)
    except BadInput as error:
        raise error.about(clip) from None


def read_own_png(path: Path) -> Still:
    """A picture that `frames.save_png` wrote, [h w 3]."""
    with Image.open(path, formats=["PNG"]) as image:
        return np.asarray(image.convert("RGB"))


def decode_own_png(png: bytes) -> Still:
    """A picture that was drawn here, with how much of each pixel it covers, [h w 4]."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return np.asarray(image.convert("RGBA"))


def own_png_height(path: Path) -> int:
    """How many rows it has, by its header."""
    with Image.open(path, formats=["PNG"]) as image:
        return image.height
