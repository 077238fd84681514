"""Words as a picture to lay over frames: wrapped, sized to the frame, readable on any ground.

OpenCV brings fonts of its own (Latin, Greek, Cyrillic, Chinese, Japanese, Korean), the same on
every machine. What they lack, and writing from right to left, is set by moviepy's `TextClip` with a
font of the system. A character that no font has is an error, never an empty box.
"""

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, features

from seine_core.errors import BadInput
from seine_core.story.model import Caption

Coverage = NDArray[np.float32]  # [h w], 0 nothing … 1 ink

INK = 245.0  # a white that does not glare
_WEIGHT = 500  # between regular and semibold: thin strokes drown in a moving picture
_LEADING = 1.3  # line height, in sizes
_NO_LINE_STARTS_WITH = frozenset("、。，．！？：；」』）】〉》”’…ー々,.!?:;)]}")


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
    _face_for(_clean(text))


@lru_cache(maxsize=1)  # for the pieces of a shot; one of a large frame takes 130 MB
def draw_caption(caption: Caption, width: int, height: int) -> Overlay:
    """`caption` for frames of this size: at the bottom on a dim box, or centred with a shadow.

    Raises:
        BadInput: no font on this machine can show it.
    """
    text = _clean(caption.text)
    face = _face_for(text)
    is_title = caption.place == "centre"
    size = min(height * 0.1, width * 0.08) if is_title else min(height * 0.05, width * 0.045)
    size, room = max(10.0, size), height * (0.8 if is_title else 0.4)
    while True:
        lines = wrap(text, width * 0.86, partial(_line_width, face=face, size=size))
        if len(lines) * size * _LEADING <= room or size <= 8:
            break
        size *= 0.92
    ink = _block([_line(line, face, size) for line in lines])
    ground = _shadow(ink, size) if is_title else _box(ink, size)
    ink = _pad(ink, ground.shape)
    alpha = 1 - (1 - ground) * (1 - ink)
    grey = np.rint(INK * ink / np.maximum(alpha, 1e-6))
    top = (height - alpha.shape[0]) // 2 if is_title else round(height * 0.94) - alpha.shape[0]
    return _crop(alpha, grey, (width - alpha.shape[1]) // 2, top, width, height)


def _crop(alpha: Coverage, grey: Coverage, left: int, top: int, width: int, height: int) -> Overlay:
    """The part inside the frame; shadows and, on tiny frames, words can stand out."""
    y, x = max(0, -top), max(0, -left)
    alpha = alpha[y : height - top, x : width - left]
    grey = grey[y : height - top, x : width - left]
    colour = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    return Overlay(colour=colour, alpha=alpha.astype(np.float64), left=left + x, top=top + y)


# -- lines -----------------------------------------------------------------------------------------


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """`text` in lines no wider than `width`: broken at spaces, between the characters of scripts
    that have none, and inside a word only where it is too long for a line."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _pieces(paragraph.strip()):
            while measure((line + piece).rstrip()) > width:
                if line:
                    lines.append(line.rstrip())
                    line = ""
                    continue
                fits = max(
                    (n for n in range(1, len(piece)) if measure(piece[:n]) <= width), default=1
                )
                if fits >= len(piece.rstrip()):
                    break
                lines.append(piece[:fits])
                piece = piece[fits:]
            line += piece
        lines.append(line.rstrip())
    return lines


def _pieces(paragraph: str) -> Iterator[str]:
    """What a line break may not divide, in order; spaces end a piece."""
    piece = ""
    for char in paragraph:
        wide = unicodedata.east_asian_width(char) in "WF"
        after_wide = piece and unicodedata.east_asian_width(piece[-1]) in "WF"
        after_space = piece and piece[-1] == " " and char != " "
        if after_space or (piece and (wide or after_wide) and char not in _NO_LINE_STARTS_WITH):
            yield piece
            piece = ""
        piece += char
    yield piece


def _clean(text: str) -> str:
    """Composed, without the invisible characters that no font draws."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    kept = (
        char
        for char in text
        if char == "\n"
        or not (unicodedata.category(char) in ("Cc", "Cf") or 0xFE00 <= ord(char) <= 0xFE0F)
    )
    return "".join(kept).strip()


# -- fonts -----------------------------------------------------------------------------------------


def _face_for(text: str) -> str | None:
    """None for OpenCV's own fonts, else the path of a system font that has every character.

    Raises:
        BadInput: neither has.
    """
    chars = frozenset(text) - {"\n", " "}
    rightward = all(unicodedata.bidirectional(char) not in ("R", "AL") for char in chars)
    missing = {char for char in chars if not _builtin_has(char)} if rightward else chars
    if not missing:
        return None
    if not rightward and not (features.check("raqm") and features.version("fribidi")):
        raise BadInput(
            "text from right to left needs the FriBiDi library, which is not on this machine",
            subject="caption",
            advice="install it, or use another script",
        )
    font = _system_font(chars)
    if font is None:
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in sorted(missing)[:6])
        raise BadInput(
            f"no font on this machine has {named}",
            subject="caption",
            advice="remove them, or install a font that has "
            "them, such as Noto Sans of their script",
        )
    return font


@lru_cache(maxsize=4096)
def _builtin_has(char: str) -> bool:
    """OpenCV draws a question mark for what it lacks."""
    return char == "?" or not np.array_equal(_builtin_line(char, 24), _builtin_line("?", 24))


@lru_cache(maxsize=64)
def _system_font(chars: frozenset[str]) -> str | None:
    for path in _font_files():
        try:
            font = ImageFont.truetype(path, 24)
            empty = bytes(font.getmask("\U0010fffd"))  # how this font draws what it lacks
            masks = [bytes(font.getmask(char)) for char in chars]
        except (OSError, ValueError):  # bitmap emoji, broken files
            continue
        if all(any(mask) and mask != empty for mask in masks):
            return path
    return None


@lru_cache(maxsize=1)
def _font_files() -> tuple[str, ...]:
    """The system's fonts, plain ones for reading first."""
    home = Path.home()
    folders = {
        "win32": [
            Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
            home / "AppData/Local/Microsoft/Windows/Fonts",
        ],
        "darwin": [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"],
    }.get(
        sys.platform,
        [
            Path("/usr/share/fonts"),
            Path("/usr/local/share/fonts"),
            home / ".local/share/fonts",
            home / ".fonts",
        ],
    )
    found = (
        Path(folder) / name
        for start in folders
        for folder, _, names in os.walk(start)
        for name in names
        if name.lower().endswith((".ttf", ".otf", ".ttc"))
    )
    return tuple(str(path) for path in sorted(found, key=_plainness))


def _plainness(path: Path) -> tuple[int, str]:
    name = path.stem.lower().replace("-", "").replace(" ", "")
    odd = ("bold", "italic", "oblique", "mono", "serif", "condensed", "narrow", "light", "thin")
    oddness = sum(word in name for word in odd) - ("sansserif" in name)
    preferred = any(word in name for word in ("notosans", "dejavusans", "segoeui", "arial"))
    return 2 * oddness + (not preferred), str(path)


# -- drawing ---------------------------------------------------------------------------------------


def _line_width(line: str, face: str | None, size: float) -> float:
    if face is not None:
        return float(ImageFont.truetype(face, round(size)).getlength(line))
    font: Any = cv2.FontFace("sans")
    _, _, width, _ = cv2.getTextSize((0, 0), line, (0, 0), font, round(size), _WEIGHT)
    return float(width)


def _line(line: str, face: str | None, size: float) -> Coverage:
    """One line, [height of a line, its width]."""
    return _builtin_line(line, size) if face is None else _system_line(line, face, size)


def _builtin_line(line: str, size: float) -> Coverage:
    font: Any = cv2.FontFace("sans")
    height = round(size * _LEADING)
    margin = round(size * 0.2)  # letters may reach over their own width
    width = round(_line_width(line, None, size)) + 2 * margin
    canvas = np.zeros((height, width + 2 * margin, 3), np.uint8)
    baseline = round(size * 0.98)
    cv2.putText(canvas, line, (margin, baseline), (255, 255, 255), font, round(size), _WEIGHT)
    return (canvas[:, :width, 0] / 255).astype(np.float32)


def _system_line(line: str, face: str, size: float) -> Coverage:
    from moviepy import TextClip

    margin = round(size * 0.2)
    clip = TextClip(
        font=face, text=line or " ", font_size=round(size), color="white", margin=(margin, margin)
    )
    try:
        return np.asarray(clip.mask.get_frame(0), np.float32)
    finally:
        clip.close()


def _block(lines: list[Coverage]) -> Coverage:
    """Lines below each other, centred."""
    width = max(line.shape[1] for line in lines)
    block = np.zeros((sum(line.shape[0] for line in lines), width), np.float32)
    top = 0
    for line in lines:
        left = (width - line.shape[1]) // 2
        block[top : top + line.shape[0], left : left + line.shape[1]] = line
        top += line.shape[0]
    return block


def _box(ink: Coverage, size: float) -> Coverage:
    """A dim box with round corners, a little larger than the words."""
    height, width = ink.shape[0] + round(size * 0.5), ink.shape[1] + round(size * 0.8)
    image = Image.new("L", (width * 4, height * 4))
    ImageDraw.Draw(image).rounded_rectangle(
        (0, 0, width * 4 - 1, height * 4 - 1), radius=size * 0.35 * 4, fill=140
    )
    smooth = image.resize((width, height), Image.Resampling.BOX)
    return (np.asarray(smooth) / 255).astype(np.float32)


def _shadow(ink: Coverage, size: float) -> Coverage:
    """A soft darkness around the words, enough to read them on white."""
    reach = round(size * 0.6)
    wide = np.pad(ink, reach)
    spread = cv2.dilate(wide, np.ones((3, 3), np.uint8), iterations=max(1, round(size / 16)))
    near = cv2.GaussianBlur(spread, (0, 0), max(0.6, size / 14))
    far = cv2.GaussianBlur(spread, (0, 0), max(1.0, size / 5))
    return np.clip(0.7 * near + 0.5 * far, 0, 0.85).astype(np.float32)


def _pad(ink: Coverage, shape: tuple[int, ...]) -> Coverage:
    top, left = (shape[0] - ink.shape[0]) // 2, (shape[1] - ink.shape[1]) // 2
    padded = np.zeros(shape, np.float32)
    padded[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return padded
