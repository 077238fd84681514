"""Pictures of any colour space made sRGB, by the ICC profile that is embedded in them."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image

from seine_core.media.decoding.code_points import code_points, named_profile
from seine_core.media.decoding.tone_mapping import HLG, PQ, kind_of, to_bt709

if TYPE_CHECKING:
    from PIL._imagingcms import CmsProfile
    from PIL.ImageCms import ImageCmsProfile

ToSrgb = Callable[[Image.Image], Image.Image]  # of a picture or a part of it, without its alpha

_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}
_GREYS = ("L", "LA", "La", "1", "I", "F")


class BadProfile(Exception):
    """It is damaged, or made for pictures of another kind."""


def plain_rgb(image: Image.Image) -> Image.Image:
    """Its numbers as they are, for a picture without a profile."""
    return image if image.mode == "RGB" else image.convert("RGB")


def srgb_converter(image: Image.Image, file: BinaryIO) -> ToSrgb:
    """What makes `image`, opened from `file`, sRGB: relative colorimetric, with black for black.

    Raises:
        BadProfile: nothing can be made of its profile.
    """
    from PIL import ImageCms

    mode = _kind(image.mode)
    if mode == "LAB" and not image.info.get("icc_profile"):
        return _converter(ImageCms.createProfile("LAB"), mode)
    # PNG's rule is that numbers go before a profile, HEIC's and AVIF's that they go after it.
    named = None
    if image.format == "PNG" or "icc_profile" not in image.info:
        primaries, transfer = code_points(image, file)
        if transfer in (PQ, HLG):
            return _tone_mapper(*kind_of(transfer, primaries))
        named = named_profile(primaries, transfer)
    if named is None and "icc_profile" not in image.info:
        return plain_rgb
    # Of a profile whose packing is damaged Pillow says None.
    data = named or image.info["icc_profile"] or b""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        made_for = _MODES[profile.profile.xcolor_space.strip()]
        if made_for != mode and (made_for, mode) != ("RGB", "L"):
            raise BadProfile
        return _converter(profile, made_for)
    except (ImageCms.PyCMSError, KeyError, OSError, TypeError, ValueError):
        raise BadProfile from None


def _tone_mapper(transfer: int, primaries: int) -> ToSrgb:
    """HDR as videos show it."""

    def to_srgb(image: Image.Image) -> Image.Image:
        deep = np.asarray(plain_rgb(image)).astype(np.uint16) * 257
        return Image.fromarray(to_bt709(deep, transfer, primaries))

    return to_srgb


def _kind(mode: str) -> str:
    """The colour space of a picture by Pillow's mode, as the plainest mode of it."""
    if mode in _GREYS or mode.startswith("I;16"):
        return "L"
    return mode if mode in ("CMYK", "LAB") else "RGB"


def _converter(profile: "CmsProfile | ImageCmsProfile", mode: str) -> ToSrgb:
    from PIL import ImageCms

    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )

    def to_srgb(image: Image.Image) -> Image.Image:
        same = image if image.mode == mode else image.convert(mode)
        converted = ImageCms.applyTransform(same, transform)
        assert converted is not None
        return converted

    return plain_rgb if mode in ("L", "RGB") and _changes_nothing(to_srgb, mode) else to_srgb


def _changes_nothing(to_srgb: ToSrgb, mode: str) -> bool:
    """Whether it is sRGB already, under whatever name: then its numbers stay to the last bit."""
    steps = np.linspace(0, 255, 17).astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(17, -1, 3)
    colours = Image.fromarray(grid).convert(mode)
    before, after = (np.asarray(i, np.int16) for i in (plain_rgb(colours), to_srgb(colours)))
    return bool(np.abs(after - before).max() <= 1)
