"""The styles of captions: how their letters are set, and what is behind them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seine_core.story.caption import Caption, CaptionStyle

Coverage = NDArray[np.float32]  # [h w], 0 nothing … 1 ink
_DIM, _DENSE = 140, 215  # of 255, how much of the picture darkness and a chosen colour cover

# What is behind words of this coverage, in letters of this size (pixels): as large as they are, or
# larger by the same number of pixels at opposite sides.
Ground = Callable[[Coverage, float, Caption], Coverage]


@dataclass(frozen=True, kw_only=True)
class Look:
    ground: Ground
    size: float = 1.0  # of the letters, times what is usual
    weight: int = 500
    capitals: bool = False
    has_edge: bool = False  # the ground ends sharply, so it is what stands in its place
    fills_width: bool = False  # of the frame
    first_is_head: bool = False  # the first line is larger than the others, beside a bar


def look_of(caption: Caption) -> Look:
    """How `caption` looks: where it does not say, on a box, and in the middle with a shadow."""
    if caption.style != "auto":
        return _LOOKS[caption.style]
    return _LOOKS["shadow" if caption.place == "centre" else "box"]


def _nothing(cover: Coverage, size: float, caption: Caption) -> Coverage:
    return np.zeros_like(cover)


def _box(cover: Coverage, size: float, caption: Caption) -> Coverage:
    """A dim box with round corners, a little larger than the words."""
    height, width = cover.shape[0], cover.shape[1] + round(size * 1.2)
    image = Image.new("L", (width * 4, height * 4))
    ImageDraw.Draw(image).rounded_rectangle(
        (0, 0, width * 4 - 1, height * 4 - 1), radius=size * 0.35 * 4, fill=_density(caption)
    )
    smooth = image.resize((width, height), Image.Resampling.BOX)
    return (np.asarray(smooth) / 255).astype(np.float32)


def _band(cover: Coverage, size: float, caption: Caption) -> Coverage:
    return np.full(
        (cover.shape[0] + round(size * 0.6) // 2 * 2, cover.shape[1]),
        _density(caption) / 255,
        np.float32,
    )


def _shadow(cover: Coverage, size: float, caption: Caption) -> Coverage:
    """A soft darkness around the words, enough to read them on white."""
    import cv2

    reach = round(size * 0.6)
    wide = np.pad(cover, reach)
    spread = cv2.dilate(wide, np.ones((3, 3), np.uint8), iterations=max(1, round(size / 16)))
    near = cv2.GaussianBlur(spread, (0, 0), max(0.6, size / 14))
    far = cv2.GaussianBlur(spread, (0, 0), max(1.0, size / 5))
    return np.clip(0.7 * near + 0.5 * far, 0, 0.85).astype(np.float32)


def _outline(cover: Coverage, size: float, caption: Caption) -> Coverage:
    """A contour around each letter."""
    import cv2

    reach = max(2, round(size * 0.08))
    wide = np.pad(cover, reach + 1)
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.GaussianBlur(cv2.dilate(wide, pen), (0, 0), 0.6).astype(np.float32)


def _density(caption: Caption) -> int:
    return _DENSE if caption.ground else _DIM


_LOOKS: Mapping[CaptionStyle, Look] = {
    "plain": Look(ground=_nothing),
    "outline": Look(ground=_outline, weight=700),
    "shadow": Look(ground=_shadow),
    "box": Look(ground=_box, has_edge=True),
    "band": Look(ground=_band, fills_width=True),
    "headline": Look(ground=_shadow, size=1.3, weight=900, capitals=True),
    "lower-third": Look(ground=_box, has_edge=True, first_is_head=True),
}
