"""Stills decoded with Pillow: upright, sRGB, alpha laid over white. Only ever of an open file.

Messages here do not say which file it is: whoever opened it knows.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from seine_core.errors import BadInput, TooLarge
from seine_core.media.decoding.colour_profiles import (
    BadProfile,
    ToSrgb,
    plain_rgb,
    srgb_converter,
)
from seine_core.media.decoding.deep_pixels import eight_bits
from seine_core.media.decoding.ground import over_white
from seine_core.media.decoding.limits import Budget, max_pixels

Still = NDArray[np.uint8]
Room = Callable[[tuple[int, ...]], Still]  # gives the memory for an array of this shape

# Decoders that are maintained and fuzzed; whatever else Pillow could open is refused.
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")
IMAGE_KINDS = "PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF"  # the same for people
MAX_SIDE = 4096  # the largest frame that a story can have
_ROWS = 64  # converted at a time: what they take stays in the processor's cache
# Several pictures in one of these are a clip. In the others they are views of one thing (MPO),
# pages (TIFF), or a burst (HEIC).
_CLIPS = ("GIF", "WEBP", "PNG")


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """What is known of a file before its pixels are decoded."""

    is_still: bool  # a picture that does not move, if perhaps a damaged one
    has_bad_profile: bool  # what should say which colours its numbers mean says nothing


def preload() -> None:
    """Load all that Pillow would load when it first meets a format."""
    from PIL import ImageCms, MpoImagePlugin, PngImagePlugin, features

    # A camera's or an editor's notes in a PNG may be longer than the megabyte that Pillow takes.
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY
    Image.init()
    features.get_supported()
    _learn_heif()
    assert MpoImagePlugin and ImageCms


@cache
def _learn_heif() -> None:
    from pillow_heif import register_heif_opener

    # The picture is wanted, and none of what may come with it.
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def decode_image(file: BinaryIO, room: Room, budget: Budget) -> Still:
    """The picture in `file`, uint8 RGB [h w 3], at most MAX_SIDE a side, in memory from `room`.

    Raises:
        BadInput: not an image, too large or damaged.
    """
    with pillow(), open_image(file) as image:
        budget.picture(*image.size)
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a huge JPEG is decoded at a smaller scale
        to_srgb = converter(image, file)
        image = eight_bits(image, file)
        ImageOps.exif_transpose(image, in_place=True)
        return still_of(_shrink(image), to_srgb, room)


def image_info(file: BinaryIO) -> ImageInfo:
    """What `file` is; of a damaged or too large picture too."""
    try:
        with pillow(), open_image(file) as image:
            if image.format in _CLIPS and getattr(image, "is_animated", False):
                return ImageInfo(is_still=False, has_bad_profile=False)
            return ImageInfo(is_still=True, has_bad_profile=_has_bad_profile(image, file))
    except _NoImage:
        return ImageInfo(is_still=False, has_bad_profile=False)
    except BadInput:  # `decode_image` says what is wrong with it
        return ImageInfo(is_still=True, has_bad_profile=False)


def converter(image: Image.Image, file: BinaryIO) -> ToSrgb:
    """What makes `image` sRGB; where its profile is of no use its numbers are taken as they are,
    which `image_info` tells."""
    try:
        return srgb_converter(image, file)
    except BadProfile:
        return plain_rgb


def _has_bad_profile(image: Image.Image, file: BinaryIO) -> bool:
    try:
        srgb_converter(image, file)
        return False
    except BadProfile:
        return True


class _NoImage(BadInput):
    """Nothing that Pillow knows."""


@contextlib.contextmanager
def pillow() -> Iterator[None]:
    """Whatever Pillow raises or warns of in the block about the contents of a file, as BadInput.
    Only what there is no memory for stays a MemoryError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow itself reads over
            yield
    except (BadInput, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise _too_large("far more") from None
    except UnidentifiedImageError:
        raise _NoImage(f"not an image that can be read; use {IMAGE_KINDS}") from None
    except Exception as error:
        raise BadInput(
            "damaged image", reason=error, advice="export it again as PNG or JPEG"
        ) from None


def open_image(file: BinaryIO) -> Image.Image:
    """`file` opened with Pillow, its size checked. Raises what `pillow` words."""
    _learn_heif()
    _check_webp(file)
    image = Image.open(file, formats=IMAGE_FORMATS)
    _check_size(*image.size)
    return image


def _check_webp(file: BinaryIO) -> None:
    """Pillow makes room for a whole WebP before it says how large that is."""
    head = file.read(30)
    file.seek(0)
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return
    bits = {b"VP8X": (24, 24, 24), b"VP8L": (21, 14, 14), b"VP8 ": (26, 16, 14)}.get(head[12:16])
    if bits is not None:
        at, second, size = bits
        packed, mask = int.from_bytes(head[at : at + 6], "little"), (1 << size) - 1
        less = head[12:16] != b"VP8 "  # the others count from 0
        _check_size((packed & mask) + less, (packed >> second & mask) + less)


def _check_size(width: int, height: int) -> None:
    if width * height > max_pixels():
        raise _too_large(f"{width} x {height}")


def _too_large(size: str) -> TooLarge:
    allowed = f"{max_pixels() // 1_000_000} million in all"
    return TooLarge(f"{size} pixels", allowed=allowed, advice="make it smaller first")


def _shrink(image: Image.Image) -> Image.Image:
    if max(image.size) <= MAX_SIDE:
        return image
    scale = MAX_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def still_of(image: Image.Image, to_srgb: ToSrgb, room: Room) -> Still:
    """`image` as it is, as sRGB over white, in memory from `room`."""
    width, height = image.size
    still = room((height, width, 3))
    image.load()
    for top in range(0, height, _ROWS):
        rows = image.crop((0, top, width, min(height, top + _ROWS)))
        still[top : top + _ROWS] = _over_white(rows, to_srgb)
    return still


def _over_white(image: Image.Image, to_srgb: ToSrgb) -> Still:
    if not image.has_transparency_data:
        return np.asarray(to_srgb(image))
    image = image.convert("RGBA")
    return over_white(np.asarray(to_srgb(image)), np.asarray(image)[..., 3:])
