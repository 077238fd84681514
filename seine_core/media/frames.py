"""Stills: load any image file safely, fit it to a frame, save it. uint8 RGB [h w 3] throughout."""

from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import Image, ImageFilter

from seine_core.errors import BadInput, SeineError
from seine_core.files.outside_file import check_file
from seine_core.media.decoding.decoder_pool import pool
from seine_core.media.decoding.image_decoder import IMAGE_KINDS, MAX_SIDE, ImageInfo

__all__ = [
    "IMAGE_KINDS",
    "MAX_SIDE",
    "ImageInfo",
    "bad_profile",
    "check_file",
    "fit",
    "image_info",
    "load_image",
    "oriented",
    "save_png",
]

from seine_core.clips import Still

Fit = Literal["cover", "contain", "blur"]
Focus = tuple[float, float]
CENTRE: Focus = (0.5, 0.5)
Orientation = tuple[int, bool, bool]  # degrees clockwise, then mirrored: across, upside down
UPRIGHT: Orientation = (0, False, False)

IMAGE_SUFFIXES = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jfif", ".mpo", ".webp", ".gif", ".bmp"),
    *(".tif", ".tiff", ".heic", ".heif", ".hif", ".avif"),
)


def load_image(path: Path | str) -> Still:
    """The picture in a file, upright, sRGB, alpha laid over white, at most MAX_SIDE a side. It is
    decoded in a process of its own, with limits.

    EXIF rotation is applied; grey, 16-bit, palette and CMYK become RGB, by the file's own colour
    profile where it has one that is whole; of an animation the first frame is taken.

    Raises:
        BadInput: missing, empty, truncated, not an image, too large or unreadable, or it takes more
            memory or time than a good one could.
    """
    path = Path(path)
    for still, _ in pool().pieces("image", path):
        if still.ndim == 3 and still.shape[2] == 3 and max(still.shape) <= MAX_SIDE:
            return still
    raise BadInput(
        "no picture came out of it", subject=path, advice="export it again as PNG or JPEG"
    )


def image_info(path: Path) -> ImageInfo:
    """Whether a file is a picture that does not move, and whether its colours are known.

    Raises:
        BadInput: missing or empty, or it takes more memory or time than a good one could.
    """
    facts = pool().facts("image_info", path)
    return ImageInfo(
        is_still=bool(facts.get("is_still")), has_bad_profile=bool(facts.get("has_bad_profile"))
    )


def bad_profile(path: Path) -> SeineError:
    """What to tell the user of a picture that has one."""
    return SeineError(
        "its colour profile is of no use, so its colours may be off",
        subject=path,
        advice="export it again as sRGB to be sure",
    )


def oriented(image: Still, turn: int, flip_horizontal: bool, flip_vertical: bool) -> Still:
    """`image` turned clockwise by 0, 90, 180 or 270 degrees, then mirrored."""
    turned = np.rot90(image, -turn // 90)
    turned = turned[:: -1 if flip_vertical else 1, :: -1 if flip_horizontal else 1]
    return np.ascontiguousarray(turned)


def fit(image: Still, width: int, height: int, mode: Fit = "cover", focus: Focus = CENTRE) -> Still:
    """`image` in a frame of width x height without stretching it.

    cover fills the frame and crops what stands out, where `focus` says: (0, 0) keeps the left and
    the top of the picture in sight, (1, 1) the right and the bottom. contain shows all of it on
    black; blur shows all of it on its own blurred enlargement. An image that has the size already
    comes back as is.
    """
    if image.shape[:2] == (height, width):
        return image
    picture = Image.fromarray(image)
    if mode == "cover":
        return np.asarray(_cover(picture, width, height, focus))
    scale = min(width / picture.width, height / picture.height)
    inner = picture.resize(
        (
            min(width, max(1, round(picture.width * scale))),
            min(height, max(1, round(picture.height * scale))),
        ),
        Image.Resampling.LANCZOS,
    )
    if mode == "contain":
        ground = Image.new("RGB", (width, height))
    else:
        # Blurred small, where a wide blur is cheap, and dimmed, so that the picture stands out.
        small = _cover(picture, max(1, width // 8), max(1, height // 8), CENTRE)
        small = small.filter(ImageFilter.GaussianBlur(max(1.0, width / 160)))
        ground = small.resize((width, height), Image.Resampling.BICUBIC).point(lambda v: v * 0.7)
    ground.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
    return np.asarray(ground)


def _cover(picture: Image.Image, width: int, height: int, focus: Focus) -> Image.Image:
    crop_width = min(picture.width, picture.height * width / height)
    crop_height = min(picture.height, picture.width * height / width)
    left, top = (picture.width - crop_width) * focus[0], (picture.height - crop_height) * focus[1]
    box = (left, top, left + crop_width, top + crop_height)
    return picture.resize((width, height), Image.Resampling.LANCZOS, box=box)


def save_png(image: Still, target: Path | BinaryIO) -> None:
    """Write a still as PNG, fast rather than small."""
    Image.fromarray(image).save(target, format="PNG", compress_level=2)
