"""Decoded pictures as RGB: their matrix and range undone, wider colours as BT.709, alpha laid over
white as that of stills is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seine_core.media.decoding.ground import over_white
from seine_core.media.decoding.tone_mapping import BT2020, is_wider, kind_of, to_bt709

if TYPE_CHECKING:
    import av

Still = NDArray[np.uint8]

_HD = 720  # rows


def is_converted(picture: "av.VideoFrame") -> bool:
    """Whether it has more colours than the screen, the alpha of a WebM, or two fields."""
    kind = kind_of(picture.color_trc, picture.color_primaries)
    return is_wider(*kind) or picture.interlaced_frame or picture.format.name == "yuva420p"


def rgb_converter(size: tuple[int, int]) -> "Callable[[av.VideoFrame], Still]":
    """A function that gives decoded pictures of one video as RGB of `size` = (width, height), by
    their own matrix, range, transfer characteristic and primaries."""
    from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

    reformatter = VideoReformatter()  # keeps its tables from one picture to the next
    quality = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    known = {1: Colorspace.ITU709, 4: Colorspace.FCC, 7: Colorspace.SMPTE240M}
    known |= {5: Colorspace.ITU601, 6: Colorspace.ITU601}
    known |= {9: Colorspace.BT2020, 10: Colorspace.BT2020}

    def matrix(picture: "av.VideoFrame", primaries: int) -> int | None:
        if picture.format.is_rgb or picture.format.name == "pal8":
            return None
        if primaries == BT2020:
            guess = Colorspace.BT2020
        else:  # untagged: everybody takes small pictures for BT.601 and HD for BT.709
            guess = Colorspace.ITU709 if picture.height >= _HD else Colorspace.ITU601
        return known.get(int(picture.colorspace), guess)

    def to_rgb(picture: "av.VideoFrame") -> Still:
        transfer, primaries = kind_of(picture.color_trc, picture.color_primaries)
        is_wide = is_wider(transfer, primaries)
        has_alpha = _has_alpha(picture)
        kinds = ("rgb48le", "rgba64le") if is_wide else ("rgb24", "rgba")
        pixels: Any = reformatter.reformat(
            picture,
            *size,
            format=kinds[has_alpha],
            src_colorspace=matrix(picture, primaries),
            dst_color_range=ColorRange.JPEG,
            interpolation=quality,
        ).to_ndarray()
        rgb: Still = to_bt709(pixels[..., :3], transfer, primaries) if is_wide else pixels[..., :3]
        return over_white(rgb, pixels[..., 3:]) if has_alpha else rgb

    return to_rgb


def _has_alpha(picture: "av.VideoFrame") -> bool:
    is_palette = picture.format.name == "pal8"
    return is_palette or any(part.is_alpha for part in picture.format.components)
