"""Pictures of more than eight bits a channel, brought to eight without bands.

Pillow keeps sixteen bits of grey alone and cuts colours off at eight; so FFmpeg and libheif decode
those.
"""

from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from seine_core.media.decoding.limits import max_pixels

Deep = tuple[NDArray[Any], float]  # [h w] or [h w c], and the value that is white

_ROWS = 64  # at a time, a multiple of the pattern's
_CHANNELS = {"rgb48": 3, "rgba64": 4, "ya16": 2}  # FFmpeg's names, without the order of bytes


def eight_bits(image: Image.Image, file: BinaryIO) -> Image.Image:
    """`image`, which was opened from `file`, with eight bits a channel: itself where it has no
    more."""
    found = _deep_grey(image) or _deep_heif(image, file) or _deep_colours(image, file)
    if found is None:
        return image
    eight = Image.fromarray(dithered(*found))
    eight.getexif()[ExifTags.Base.Orientation] = image.getexif().get(ExifTags.Base.Orientation, 1)
    return eight


def dithered(values: NDArray[Any], white: float) -> NDArray[np.uint8]:
    """`values` of 0 to `white`, of any shape [h w …], in the 256 steps of a byte.

    By ordered dither (Bayer 1973): a slope much finer than a step comes out as a pattern that is
    too fine to be seen and not in bands, and what is a step exactly stays one.
    """
    height, width = values.shape[:2]
    pattern = np.tile(_pattern(), (_ROWS // 8, -(-width // 8)))[:, :width]
    if values.ndim == 3:
        pattern = pattern[..., None]
    out = np.empty(values.shape, np.uint8)
    for top in range(0, height, _ROWS):
        rows = np.nan_to_num(values[top : top + _ROWS].astype(np.float32), posinf=0, neginf=0)
        out[top : top + _ROWS] = np.clip(rows * (255 / white) + pattern[: len(rows)], 0, 255)
    return out


def _pattern() -> NDArray[np.float32]:
    """[8 8] thresholds, each of the 64 once, all between 0 and 1."""
    pattern = np.zeros((1, 1))
    for _ in range(3):
        pattern = np.block([[4 * pattern, 4 * pattern + 2], [4 * pattern + 3, 4 * pattern + 1]])
    return ((pattern + 0.5) / 64).astype(np.float32)


def _deep_grey(image: Image.Image) -> Deep | None:
    if image.mode.startswith("I;16"):
        return np.asarray(image), 65535
    if image.mode not in ("I", "F"):
        return None
    values = np.asarray(image)
    brightest = float(np.nan_to_num(values, posinf=0, neginf=0).max(initial=0))
    # Such files do not say what white is: their makers keep bytes, 16 bits or shares in them.
    return values, next((white for white in (1, 255, 65535) if brightest <= white), brightest)


def _deep_heif(image: Image.Image, file: BinaryIO) -> Deep | None:
    bits = image.info.get("bit_depth", 8) if image.format == "HEIF" else 8
    if bits <= 8:
        return None
    from pillow_heif import open_heif

    found = open_heif(file, convert_hdr_to_8bit=False)[image.tell()]
    if found.premultiplied_alpha:
        return None
    # It has 16 bits, of which the lower ones are 0.
    return np.asarray(found), ((1 << bits) - 1) << (16 - bits)


def _deep_colours(image: Image.Image, file: BinaryIO) -> Deep | None:
    """What Pillow would cut off at eight bits; None too where FFmpeg does not know its kind of
    TIFF, or it is damaged, which Pillow then says."""
    codec = {"PNG": "png", "TIFF": "tiff"}.get(image.format or "")
    if codec is None or ";16" not in _raw_mode(image):
        return None
    import av

    place = file.tell()
    file.seek(0)
    data = file.read()
    file.seek(place)
    with suppress(av.error.FFmpegError):
        context: Any = av.CodecContext.create(codec, "r")
        context.options = {"max_pixels": str(max_pixels())}
        for picture in (*context.decode(av.Packet(data)), *context.decode(None)):
            kind = picture.format.name
            channels = _CHANNELS.get(kind[:-2])
            if channels is None or (picture.width, picture.height) != image.size:
                return None
            plane = picture.planes[0]
            lines = np.frombuffer(plane, ">u2" if kind.endswith("be") else "<u2")
            lines = lines.reshape(picture.height, plane.line_size // 2)
            values = lines[:, : picture.width * channels]
            return values.reshape(picture.height, picture.width, channels), 65535
    return None


def _raw_mode(image: Image.Image) -> str:
    """How the file keeps its pixels, in Pillow's word; of premultiplied ones none, for FFmpeg does
    not say that they are."""
    for tile in getattr(image, "tile", [])[:1]:
        args = tile.args if isinstance(tile.args, str) else (tile.args or ("",))[0]
        return "" if "a;" in str(args) else str(args)
    return ""
