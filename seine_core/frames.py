"""Stills: load any image file safely, fit it to a frame, save it. uint8 RGB [h w 3] throughout."""

import errno
import os
import stat
import warnings
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from seine_core.errors import BadInput

Still = NDArray[np.uint8]
Fit = Literal["cover", "contain", "blur"]
Focus = tuple[float, float]
CENTRE: Focus = (0.5, 0.5)

# Decoders that are maintained and fuzzed; whatever else Pillow could open is refused.
IMAGE_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
MAX_PIXELS = 150_000_000  # about 450 MB decoded; beyond it a file is a bomb, or no scene
MAX_SIDE = 4096  # the largest frame that a story can have


def load_image(path: Path | str) -> Still:
    """The picture in a file, upright, sRGB-like, alpha laid over white, at most MAX_SIDE a side.

    EXIF rotation is applied; grey, 16-bit, palette and CMYK become RGB; of an animation the first
    frame is taken.

    Raises:
        BadInput: missing, empty, truncated, not an image, too large or unreadable.
    """
    path = Path(path)
    check_file(path)
    try:
        with warnings.catch_warnings():
            # Our own limit, below, decides; Pillow's is a warning that names no file.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=IMAGE_FORMATS)
        with image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise BadInput(_too_large(path, f"{width} x {height}"))
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a huge JPEG is decoded at a smaller scale
            return np.asarray(_to_rgb(_shrink(ImageOps.exif_transpose(image))))
    except Image.DecompressionBombError:
        raise BadInput(_too_large(path, "far more pixels")) from None
    except UnidentifiedImageError:
        raise BadInput(
            f"{path}: not an image that can be read; use PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF"
        ) from None
    except BadInput:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise BadInput(f"{path}: damaged image ({error}); export it again as PNG or JPEG") from None


def check_file(path: Path) -> None:
    """Raises:
    BadInput: `path` is not a readable file with something in it.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise BadInput(f"{path}: is no file; give an image or a video")
        if found.st_size == 0:
            raise BadInput(f"{path}: is empty (0 bytes); save or download it again")
        if not os.access(path, os.R_OK):  # a story of 100 shots asks after every edit: not opened
            raise BadInput(f"{path}: cannot be read ({os.strerror(errno.EACCES)})")
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{path}: no such file") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from None


def _too_large(path: Path, size: str) -> str:
    return (
        f"{path}: {size} pixels, allowed are {MAX_PIXELS // 1_000_000} million in all; "
        "make it smaller first"
    )


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
    return image.convert("RGB")


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
