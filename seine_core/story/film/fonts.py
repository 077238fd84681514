"""The fonts of captions: Noto's, which come as packages and are the same on every machine, and for
what they lack the system's.

Which characters a font has is read from the font itself (its `cmap`), so that what cannot be shown
is known before anything is drawn.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from seine_core.errors import BadInput

if TYPE_CHECKING:
    from typst import FontInfo
    from typst import Fonts as FontFiles

# Han characters look otherwise in Chinese, Japanese and Korean, and kana and hangul tell which.
_HAN = {"ja": "Noto Sans CJK JP", "ko": "Noto Sans CJK KR", "zh": "Noto Sans CJK SC"}
# Other fonts have Latin letters and digits too: what is in the first is taken from there, and what
# is in the last only if no other has it.
# Emoji, of which there are new ones every year, and what joins them and chooses their colour.
_EMOJI = re.compile(
    "[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\u200d]*"
)
_FIRST, _LAST = ("Noto Sans",), ("Noto Sans Symbols", "Noto Emoji")


@dataclass(frozen=True)
class Fonts:
    """Font files for the typesetter, and the families to look in for a character, in this order."""

    files: "FontFiles"
    families: tuple[str, ...]


def fonts_for(text: str) -> Fonts:
    """The fonts that can show all of `text`.

    Raises:
        BadInput: some characters are in none on this machine; they are named.
    """
    own = _own_files()
    families = {info.family: None for info in own.fonts() if "CJK" not in info.family}
    middle = [name for name in families if name not in _FIRST + _LAST]
    ordered = (*_FIRST, *middle, _HAN[language(text)], *_LAST)
    missing = frozenset(char for char in text if _is_drawn(char) and ord(char) not in _own_chars())
    if not missing:
        return Fonts(own, ordered)
    return Fonts(_all_files(), ordered + _system_families(missing))


def without_emoji(text: str) -> tuple[str, str]:
    """`text` without the emoji that no font on this machine has, and these."""
    gone = [found[0] for found in _EMOJI.finditer(text) if not _has_picture(found[0][0])]
    for emoji in gone:
        text = text.replace(emoji, "")
    return text, "".join(dict.fromkeys(gone))


def in_capitals(text: str) -> str:
    """`text` with the capitals that the packaged fonts have."""
    own = _own_chars()
    return "".join(
        char.upper() if own.issuperset(map(ord, char.upper())) else char for char in text
    )


@lru_cache(maxsize=1024)
def _has_picture(char: str) -> bool:
    return ord(char) in _own_chars() or ord(char) in _chars_of(_all_files().fonts())


def language(text: str) -> str:
    """The language whose Han characters `text` has, so far as its other characters tell."""
    names = [unicodedata.name(char, "") for char in text]
    if any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names):
        return "ja"
    return "ko" if any(name.startswith("HANGUL") for name in names) else "zh"


def _is_drawn(char: str) -> bool:
    """Spaces, joiners, marks of direction and selectors of a variant need no picture of theirs."""
    selector = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
    return not (selector or unicodedata.category(char) in ("Cc", "Cf", "Zs", "Zl", "Zp"))


@lru_cache(maxsize=64)
def _system_families(chars: frozenset[str]) -> tuple[str, ...]:
    """Families of the system that together have `chars`, plain ones for reading first."""
    left, found = {ord(char) for char in chars}, list[str]()
    for info in sorted(_all_files().fonts(), key=_plainness):
        there = left & _chars_of([info])
        if there:
            found.append(info.family)
            left -= there
        if not left:
            return tuple(found)
    named = ", ".join(f"{chr(code)} (U+{code:04X})" for code in sorted(left)[:6])
    raise BadInput(
        f"no font on this machine has {named}",
        subject="caption",
        advice="remove them, or install a font that has them, such as Noto Sans of their script",
    )


def _plainness(info: "FontInfo") -> tuple[bool, int, bool, str]:
    regular = abs(info.weight - 400)
    sans = "sans" in info.family.lower() and "mono" not in info.family.lower()
    return info.style != "normal", regular, not sans, f"{info.family} {info.path} {info.index}"


@lru_cache(maxsize=1)
def _own_files() -> "FontFiles":
    import manimgx_fonts
    import manimgx_fonts_cjk
    from typst import Fonts as FontFiles

    folders = [Path(str(one.__file__)).parent for one in (manimgx_fonts, manimgx_fonts_cjk)]
    return FontFiles(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[*folders]
    )


@lru_cache(maxsize=1)
def _all_files() -> "FontFiles":
    from typst import Fonts as FontFiles

    folders = {Path(info.path).parent for info in _own_files().fonts() if info.path}
    return FontFiles(include_embedded_fonts=False, font_paths=sorted(folders))


@lru_cache(maxsize=1)
def _own_chars() -> frozenset[int]:
    return frozenset(_chars_of(_own_files().fonts()))


def _chars_of(fonts: Iterable["FontInfo"]) -> set[int]:
    """The code points that at least one of `fonts` has."""
    found = set[int]()
    for path, index in {(info.path, info.index) for info in fonts if info.path}:
        found |= _cmap(str(path), index)
    return found


@lru_cache(maxsize=4096)
def _cmap(path: str, index: int) -> frozenset[int]:
    import uharfbuzz

    try:
        face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path), index)
        return frozenset(face.unicodes)
    except (OSError, uharfbuzz.HarfBuzzError):  # gone, or no font
        return frozenset()
