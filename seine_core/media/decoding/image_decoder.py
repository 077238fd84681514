"""Stills decoded with Pillow: upright, sRGB-like, alpha laid over white. Only ever of an open file.

Messages here do not say which file it is: whoever opened it knows.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from seine_core.errors import BadInput, TooLarge
from seine_core.media.decoding.limits import Budget, max_pixels

Still = NDArray[np.uint8]
Room = Callable[[tuple[int, ...]], Still]  # gives the memory for an array of this shape

# Decoders that are maintained and fuzzed; whatever else Pillow could open is refused.
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MAX_SIDE = 4096  # the largest frame that a story can have
_ROWS = 64  # converted at a time: what they take stays in the processor's cache
_NO_IMAGE = "not an image that can be read; use PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"


def preload() -> None:
    """Load all that Pillow would load when it first meets a format."""
    from PIL import MpoImagePlugin, features

    Image.init()
    features.get_supported()
    assert MpoImagePlugin


def decode_image(file: BinaryIO, room: Room, budget: Budget) -> Still:
    """The picture in `file`, uint8 RGB [h w 3], at most MAX_SIDE a side, in memory from `room`.

    Raises:
        BadInput: not an image, too large or damaged.
    """
    with pillow(), _open(file) as image:
        width, height = image.size
        budget.picture(width, height)
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a huge JPEG is decoded at a smaller scale
        ImageOps.exif_transpose(image, in_place=True)
        return _put(_to_rgb(_shrink(image)), room)


def is_still(file: BinaryIO) -> bool:
    """Whether it is a picture that does not move, if perhaps a damaged one."""
    try:
        with pillow(), _open(file) as image:
            return image.format != "GIF" or not getattr(image, "is_animated", False)
    except _NoImage:
        return False
    except BadInput:
        return True  # `decode_image` says what is wrong with it


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
        raise _NoImage(_NO_IMAGE) from None
    except Exception as error:
        raise BadInput(
            "damaged image", reason=error, advice="export it again as PNG or JPEG"
        ) from None


def _open(file: BinaryIO) -> Image.Image:
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
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return image.resize(size, Image.Resampling.BOX)
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _deep_grey_to_rgb(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _deep_grey_to_rgb(image: Image.Image) -> Image.Image:
    """Pillow clips deep grey at 255; a 16-bit scan would come out white."""
    values = np.nan_to_num(np.asarray(image, np.float32), posinf=0, neginf=0)
    top = float(values.max(initial=0))
    full = (
        65535
        if image.mode.startswith("I;16")
        else next((limit for limit in (1, 255, 65535) if top <= limit), top)
    )
    grey = np.clip(values * (255 / full) + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _put(image: Image.Image, room: Room) -> Still:
    width, height = image.size
    still = room((height, width, 3))
    image.load()
    for top in range(0, height, _ROWS):
        rows = image.crop((0, top, width, min(height, top + _ROWS)))
        still[top : top + _ROWS] = np.asarray(rows)
    return still
