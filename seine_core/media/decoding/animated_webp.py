"""Animated WebP files, which FFmpeg does not play, read as `video_decoder` reads videos. Only ever
of an open file.

Messages here do not say which file it is: whoever opened it knows.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO

import numpy as np
from PIL import Image

from seine_core.errors import BadInput, TooLarge
from seine_core.media.decoding.image_decoder import (
    Still,
    converter,
    open_image,
    pillow,
    still_of,
)
from seine_core.media.decoding.limits import MAX_SIDE, Budget
from seine_core.media.decoding.video_decoder import MAX_DURATION_S, VideoInfo
from seine_core.media.decoding.video_timing import MAX_HOLD_S, sample

_FRAME_HEAD = 16  # bytes: where, how large, how long
_LEAST_MS, _INSTEAD_MS = 20, 100  # a picture that is not to be seen stands as it does in browsers


def is_animated_webp(file: BinaryIO) -> bool:
    """By its first bytes, where `file` stands again afterwards."""
    head = file.read(21)
    file.seek(0)
    is_extended = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X"
    return is_extended and len(head) == 21 and bool(head[20] & 2)


def probe_webp(file: BinaryIO, budget: Budget) -> VideoInfo:
    """What is in it. Its first picture is decoded.

    Raises:
        BadInput: damaged, without a picture, or larger than allowed.
    """
    durations = _durations(file)
    with pillow(), open_image(file) as image:
        _check_sides(image)
        budget.picture(*image.size)
        image.load()
        duration_s = min(sum(durations) / 1000, MAX_DURATION_S)
        return VideoInfo(
            width=image.width,
            height=image.height,
            duration_s=duration_s,
            fps=len(durations) / duration_s,
            has_audio=False,
        )


def decode_webp(
    file: BinaryIO, fps: Fraction, start: Fraction, max_side: int, budget: Budget
) -> Iterator[Still]:
    """Stills [h w 3] at `start + i / fps` seconds, sRGB over white; what is cut off ends it.

    Raises:
        BadInput: damaged from its beginning, or larger than allowed.
    """
    durations = _durations(file)
    with pillow(), open_image(file) as image:
        _check_sides(image)
        to_srgb = converter(image, file)
        scale = min(1.0, max_side / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        latest: tuple[object, Still] | None = None
        slack = min(Fraction(1, 1000), 1 / (4 * fps))  # times come in whole milliseconds
        for picture in sample(_shown(image, durations, budget), fps, start, slack):
            if latest is None or latest[0] is not picture:
                part = picture if size == picture.size else picture.resize(size)
                latest = (picture, still_of(part, to_srgb, _own_room))
            budget.frame()
            yield latest[1]


def _shown(
    image: Image.Image, durations: list[int], budget: Budget
) -> Iterator[tuple[Fraction, Fraction, Image.Image]]:
    """(begin, end, picture) of each."""
    begin = Fraction(0)
    for number, duration in enumerate(durations):
        try:
            image.seek(number)
            image.load()
        except EOFError:
            if number == 0:
                raise
            return
        budget.picture(*image.size)
        end = begin + Fraction(duration, 1000)
        yield begin, end, image.copy()
        begin = end


def _durations(file: BinaryIO) -> list[int]:
    """Milliseconds that each picture stands, without decoding any."""
    file.seek(12)
    found: list[int] = []
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        rest = size + size % 2
        if head[:4] == b"ANMF" and size >= _FRAME_HEAD:
            stands = int.from_bytes(file.read(_FRAME_HEAD)[12:15], "little")
            found.append(min(stands, 1000 * MAX_HOLD_S) if stands >= _LEAST_MS else _INSTEAD_MS)
            rest -= _FRAME_HEAD
        file.seek(rest, 1)
    file.seek(0)
    if not found:
        raise BadInput("no picture is in it (cut off or damaged?)", advice="export it again")
    return found


def _check_sides(image: Image.Image) -> None:
    if max(image.size) > MAX_SIDE:
        raise TooLarge(
            f"{image.width} x {image.height} pixels",
            allowed=f"1 to {MAX_SIDE} a side",
            advice="make it smaller first",
        )


def _own_room(shape: tuple[int, ...]) -> Still:
    return np.empty(shape, np.uint8)
