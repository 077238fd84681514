"""Words as a picture to lay over frames: set in any script, sized to the frame, readable on any
ground.

Typst sets them: it shapes letters, orders lines that run from right to left, breaks lines by the
rules of each script, and takes each character from a font that has it. So a caption looks the same
on every machine. A character that no font has is an error, never an empty box.
"""

import io
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from seine_core.errors import BadInput
from seine_core.media.decoding.own_files import decode_own_png
from seine_core.story.film.fonts import fonts_for
from seine_core.story.model import Caption

# Raised when the same caption is drawn otherwise: rendered clips that show one are then stale.
LETTERING = 1

Coverage = NDArray[np.float32]  # [h w], 0 nothing … 1 ink
Ink = NDArray[np.float32]  # [h w 4], red, green, blue and coverage, 0..1

_WHITE = 245.0  # one that does not glare
_SETTING = Path(__file__).with_name("caption.typ")
_LEAST = 8.0  # pixels of a size
# A word in a script that ends its lines at spaces alone. One that is longer than any real word may
# break anywhere.
_WORD = re.compile(r"[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0003ffff]+")
_LONGEST_WORD = 40


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """A picture to blend into a frame with its top left corner at (left, top)."""

    colour: NDArray[np.uint8]  # [h w 3]
    alpha: NDArray[np.float64]  # [h w], 0..1
    left: int
    top: int


def check_caption(text: str) -> None:
    """Raises:
    BadInput: no font on this machine can show `text`; the characters are named.
    """
    _check(_clean(text))


@lru_cache(maxsize=4096)  # a long story is looked through on every edit
def _check(text: str) -> None:
    if not text:
        raise BadInput("has nothing that can be seen", subject="caption", advice="write some words")
    fonts_for(text)


@lru_cache(maxsize=1)  # for the pieces of a shot; one of a large frame takes 130 MB
def draw_caption(caption: Caption, width: int, height: int) -> Overlay:
    """`caption` for frames of this size: at the bottom on a dim box, or centred with a shadow.

    Raises:
        BadInput: no font on this machine can show it.
    """
    text = _clean(caption.text)
    _check(text)
    is_title = caption.place == "centre"
    size = min(height * 0.1, width * 0.08) if is_title else min(height * 0.05, width * 0.045)
    size, room = max(10.0, size), height * (0.8 if is_title else 0.4)
    ink = _set(text, size, width * 0.86, room)
    ground = _shadow(ink[..., 3], size) if is_title else _box(ink.shape[:2], size)
    ink = _pad(ink, ground.shape)
    cover = ink[..., 3]
    alpha = 1 - (1 - ground) * (1 - cover)
    light = _WHITE * cover / np.maximum(alpha, 1e-6)
    colour = np.rint(ink[..., :3] * light[..., None]).astype(np.uint8)
    top = (height - alpha.shape[0]) // 2 if is_title else round(height * 0.94) - alpha.shape[0]
    return _crop(alpha, colour, (width - alpha.shape[1]) // 2, top, width, height)


def caption_picture(caption: Caption, width: int, height: int) -> bytes:
    """A PNG of this size, transparent but for `caption` as a film of this size shows it.

    Raises:
        BadInput: no font on this machine can show it.
    """
    drawn = draw_caption(caption, width, height)
    rows, columns = drawn.alpha.shape
    picture = np.zeros((height, width, 4), np.uint8)
    place = picture[drawn.top : drawn.top + rows, drawn.left : drawn.left + columns]
    place[..., :3], place[..., 3] = drawn.colour, np.rint(drawn.alpha * 255)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def _crop(
    alpha: Coverage, colour: NDArray[np.uint8], left: int, top: int, width: int, height: int
) -> Overlay:
    """The part inside the frame; shadows and, on tiny frames, words can stand out."""
    rows = slice(max(0, -top), height - top)
    columns = slice(max(0, -left), width - left)
    return Overlay(
        colour=np.ascontiguousarray(colour[rows, columns]),
        alpha=alpha[rows, columns].astype(np.float64),
        left=max(0, left),
        top=max(0, top),
    )


# -- words -----------------------------------------------------------------------------------------


def _clean(text: str) -> str:
    """Composed, and without control characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    text = re.sub("[\u2028\u2029]", "\n", text)
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) != "Cc").strip()


def _set(text: str, size: float, width: float, room: float) -> Ink:
    """Lines no wider than `width` and together no higher than `room`, in letters of `size` or, so
    that they fit, smaller ones; all in pixels."""
    import typst

    fonts = fonts_for(text)
    asked = {
        "paragraphs": [(_breakable(part), _direction(part)) for part in text.split("\n")],
        "words": [word for word in _WORD.findall(text) if len(word) <= _LONGEST_WORD],
        "families": fonts.families,
        "size": size,
        "least": _LEAST,
        "width": width,
        "room": room,
        "margin": size * 0.3,
    }
    compiler = typst.Compiler(
        _SETTING,
        font_paths=fonts.files,
        ignore_system_fonts=True,
        sys_inputs={"caption": json.dumps(asked)},
    )
    png = compiler.compile(format="png", ppi=72)  # a point is a pixel
    assert isinstance(png, bytes)  # of one page
    return _narrowed(decode_own_png(png).astype(np.float32) / np.float32(255))


def _breakable(paragraph: str) -> str:
    def broken(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) <= _LONGEST_WORD:
            return word
        return "".join(
            char if unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf") else f"\u200b{char}"
            for char in word
        )

    return _WORD.sub(broken, paragraph)


def _direction(paragraph: str) -> str:
    """Where it runs to by its first letter (Unicode Standard Annex 9, rules P2 and P3)."""
    strong = (unicodedata.bidirectional(char) for char in paragraph)
    first = next((found for found in strong if found in ("L", "R", "AL")), "L")
    return "ltr" if first == "L" else "rtl"


def _narrowed(ink: Ink) -> Ink:
    """Without the empty columns at both sides, as many at the left as at the right."""
    columns = np.flatnonzero(ink[..., 3].any(axis=0))
    if not columns.size:  # spaces of any kind
        return ink[:, ink.shape[1] // 2 :][:, :1]
    side = min(int(columns[0]), ink.shape[1] - 1 - int(columns[-1]))
    return ink[:, side : ink.shape[1] - side]


# -- ground ----------------------------------------------------------------------------------------


def _box(shape: tuple[int, ...], size: float) -> Coverage:
    """A dim box with round corners, a little larger than the words."""
    height, width = shape[0], shape[1] + round(size * 1.2)
    image = Image.new("L", (width * 4, height * 4))
    ImageDraw.Draw(image).rounded_rectangle(
        (0, 0, width * 4 - 1, height * 4 - 1), radius=size * 0.35 * 4, fill=140
    )
    smooth = image.resize((width, height), Image.Resampling.BOX)
    return (np.asarray(smooth) / 255).astype(np.float32)


def _shadow(cover: Coverage, size: float) -> Coverage:
    """A soft darkness around the words, enough to read them on white."""
    import cv2

    reach = round(size * 0.6)
    wide = np.pad(cover, reach)
    spread = cv2.dilate(wide, np.ones((3, 3), np.uint8), iterations=max(1, round(size / 16)))
    near = cv2.GaussianBlur(spread, (0, 0), max(0.6, size / 14))
    far = cv2.GaussianBlur(spread, (0, 0), max(1.0, size / 5))
    return np.clip(0.7 * near + 0.5 * far, 0, 0.85).astype(np.float32)


def _pad(ink: Ink, shape: tuple[int, ...]) -> Ink:
    """`ink` in the middle of a picture of this shape."""
    top, left = (shape[0] - ink.shape[0]) // 2, (shape[1] - ink.shape[1]) // 2
    padded = np.zeros((*shape[:2], 4), np.float32)
    padded[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return padded
