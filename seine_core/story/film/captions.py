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
from PIL import Image

from seine_core.errors import BadInput
from seine_core.media.decoding.own_files import decode_own_png
from seine_core.story.caption import Caption
from seine_core.story.film.caption_looks import Coverage, look_of
from seine_core.story.film.fonts import fonts_for, in_capitals, without_emoji

# Raised when the same caption is drawn otherwise: rendered clips that show one are then stale.
LETTERING = 1

Ink = NDArray[np.float32]  # [h w 4], red, green, blue and coverage, 0..1

_DARK = "#000000"
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
    BadInput: no font on this machine can show `text`; the characters are named. Emoji of which
        there is no picture are left out instead.
    """
    _check(_clean(text))


@lru_cache(maxsize=4096)  # a long story is looked through on every edit
def _check(text: str) -> None:
    if not text:
        raise BadInput("has nothing that can be seen", subject="caption", advice="write some words")
    fonts_for(without_emoji(text)[0])


def left_out(text: str) -> str:
    """The emoji in `text` that no font on this machine has: they are not drawn."""
    return without_emoji(_clean(text))[1]


@lru_cache(maxsize=1)  # for the pieces of a shot; one of a large frame takes 130 MB
def draw_caption(caption: Caption, width: int, height: int) -> Overlay:
    """`caption` for frames of this size.

    Raises:
        BadInput: no font on this machine can show it.
    """
    text = _clean(caption.text)
    _check(text)
    look, is_title = look_of(caption), caption.place == "centre"
    size = min(height * 0.1, width * 0.08) if is_title else min(height * 0.05, width * 0.045)
    room = 0.8 if is_title else 0.4
    if caption.size > 1 or caption.at:
        room = 0.9
    size = max(10.0, size * caption.size * look.size)
    ink = _set(text, size, width * 0.86, height * room, caption)
    if look.first_is_head:
        ink = _beside_bar(ink, size, at_right=caption.align == "right")
    ground = look.ground(ink[..., 3], size, caption)
    body = ground.shape if look.has_edge else ink.shape
    left, top = _corner(caption, body[1], body[0], width, height)
    top -= (ground.shape[0] - body[0]) // 2
    if look.fills_width:
        ground = np.repeat(ground[:, :1], width, axis=1)
        ink, left = _pad(ink, ground.shape, left), 0
    else:
        left -= (ground.shape[1] - body[1]) // 2
        ink = _pad(ink, ground.shape, (ground.shape[1] - ink.shape[1]) // 2)
    cover = ink[..., 3]
    alpha = 1 - (1 - ground) * (1 - cover)
    words = cover[..., None] * _rgb(caption.colour)
    behind = (ground * (1 - cover))[..., None] * _rgb(caption.ground or _DARK)
    light = (words * ink[..., :3] + behind) / np.maximum(alpha, 1e-6)[..., None]
    return _crop(alpha, np.rint(light).astype(np.uint8), left, top, width, height)


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


def _rgb(colour: str) -> NDArray[np.float32]:
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(np.float32)


def _corner(caption: Caption, wide: int, high: int, width: int, height: int) -> tuple[int, int]:
    """Where the left top corner of words of this size stands in such a frame, (left, top)."""
    along = {"left": 0.0, "centre": 0.5, "right": 1.0}[caption.align]
    if caption.at:
        left = round(caption.at[0] * width - along * wide)
        top = round(caption.at[1] * height - high / 2)
        return max(0, min(left, width - wide)), max(0, min(top, height - high))
    margin = round(width * 0.07)
    lefts = {"left": margin, "centre": (width - wide) // 2, "right": width - margin - wide}
    top = (height - high) // 2 if caption.place == "centre" else round(height * 0.94) - high
    return lefts[caption.align], top


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


def _set(text: str, size: float, width: float, room: float, caption: Caption) -> Ink:
    """Lines no wider than `width` and together no higher than `room`, in letters of `size` or, so
    that they fit, smaller ones; all in pixels."""
    import typst

    look, text = look_of(caption), without_emoji(text)[0]
    text = in_capitals(text) if look.capitals else text
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
        "weight": caption.weight or look.weight,
        "align": caption.align,
        "head": look.first_is_head,
    }
    compiler = typst.Compiler(
        _SETTING,
        font_paths=fonts.files,
        ignore_system_fonts=True,
        sys_inputs={"caption": json.dumps(asked)},
    )
    png = compiler.compile(format="png", ppi=72)  # a point is a pixel
    assert isinstance(png, bytes)  # of one page
    return _narrowed(decode_own_png(png).astype(np.float32) / np.float32(255), caption)


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


def _narrowed(ink: Ink, caption: Caption) -> Ink:
    """Without the empty columns at both sides; centred, as many at the left as at the right."""
    columns = np.flatnonzero(ink[..., 3].any(axis=0))
    if not columns.size:  # spaces of any kind
        return ink[:, ink.shape[1] // 2 :][:, :1]
    left, right = int(columns[0]), ink.shape[1] - 1 - int(columns[-1])
    if caption.align == "centre":
        left = right = min(left, right)
    return ink[:, left : ink.shape[1] - right]


def _beside_bar(ink: Ink, size: float, *, at_right: bool) -> Ink:
    """`ink` with a bar as high as it is at its left or right."""
    wide, apart = max(2, round(size * 0.14)), round(size * 0.45)
    bar = np.zeros((ink.shape[0], wide + apart, 4), np.float32)
    rows = slice(round(size * 0.3), ink.shape[0] - round(size * 0.3))
    if at_right:
        bar[rows, apart:] = 1
        return np.concatenate([ink, bar], axis=1)
    bar[rows, :wide] = 1
    return np.concatenate([bar, ink], axis=1)


def _pad(ink: Ink, shape: tuple[int, ...], left: int) -> Ink:
    """`ink` in a picture of this shape, in its middle from top to bottom."""
    top = (shape[0] - ink.shape[0]) // 2
    padded = np.zeros((*shape[:2], 4), np.float32)
    padded[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return padded
