"""Subtitle files as words with times: SRT, VTT, ASS and SSA come in, SRT and VTT go out.

pysubs2 reads them. It is kept to the formats that it is told of, to texts of bounded length, and
whatever it raises about one becomes `BadInput` here.
"""

import codecs
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from seine_core.errors import BadInput

if TYPE_CHECKING:
    from pysubs2 import SSAEvent

Kind = Literal["srt", "vtt"]
KINDS = get_args(Kind)
MAX_BYTES = 2_000_000  # a long film's have a tenth
SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
_MOST = 10_000
_MAX_LINE = 1000  # characters of one subtitle; some of pysubs2's patterns take their square
_TIMING = re.compile(r"[ \d:.,]+-->[ \d:.,]+\d")
_STYLING = re.compile(r"\{\\[^}]*\}")


@dataclass(frozen=True)
class Subtitle:
    """Words that are shown from `start_s` to `end_s`, seconds of the film."""

    start_s: float
    end_s: float
    text: str


def parse_subtitles(data: bytes) -> tuple[Subtitle, ...]:
    """The subtitles of a file, the earliest first, without their styling. Comments and drawings are
    none.

    Raises:
        BadInput: it is too large, in an unknown format or encoding, broken, or has none.
    """
    if len(data) > MAX_BYTES:
        allowed = f"up to {MAX_BYTES // 1_000_000} MB"
        raise BadInput(f"received {len(data)} bytes", subject="subtitles", allowed=allowed)
    text = _decoded(data)
    kind = _format(text)
    if kind in KINDS:
        text = "".join(_numbered(text, kind))
    elif max(map(len, text.splitlines())) > 2 * _MAX_LINE:
        raise _too_long()
    from pysubs2 import SSAFile

    try:
        events = [event for event in SSAFile.from_string(text, format_=kind) if event.is_text]
        found = [
            Subtitle(event.start / 1000, event.end / 1000, words)
            for event in events
            if (words := _words(event, kind))
        ]
    except Exception as error:  # it says of nothing what it may raise
        raise BadInput("cannot be read", subject="subtitles", reason=error) from None
    if not 0 < len(found) <= _MOST:
        received = f"received {len(found)}"
        raise BadInput(received, subject="subtitles", allowed=f"1 to {_MOST} in a file")
    return tuple(sorted(found, key=lambda one: (one.start_s, one.end_s)))


def write_subtitles(subtitles: Iterable[Subtitle], kind: Kind) -> str:
    """A subtitle file. Empty lines, which would end a subtitle, are left out."""
    cues = []
    for number, one in enumerate(subtitles, 1):
        words = re.sub(r"\n\s*\n", "\n", one.text)
        if kind == "vtt":
            words = html.escape(words, quote=False)
        start, end = (_stamp(seconds, "," if kind == "srt" else ".") for seconds in _span(one))
        cues.append(f"{number}\n{start} --> {end}\n{words}\n")
    return "\n".join([*(["WEBVTT\n"] if kind == "vtt" else []), *cues])


def _span(one: Subtitle) -> tuple[float, float]:
    return one.start_s, one.end_s


def _stamp(seconds: float, point: str) -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{ms:03}"


def _decoded(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            "not in UTF-8", subject="subtitles", reason=error, advice="save them as UTF-8 first"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _format(text: str) -> str:
    if text.lstrip().startswith("WEBVTT"):
        return "vtt"
    if "[Events]" in text:
        return "ssa" if "[V4 Styles]" in text else "ass"
    if "-->" in text:
        return "srt"
    raise BadInput("in an unknown format", subject="subtitles", allowed="SRT, VTT, ASS and SSA")


def _numbered(text: str, kind: str) -> Iterator[str]:
    """The cues of an SRT or VTT alone, each with a number before it, and one after the last: what
    pysubs2 takes for a number is none of the words then, and no comment is taken for words."""
    cues: list[list[str]] = []
    for line in text.split("\n"):
        if "-->" in line and len(line) < _MAX_LINE and _TIMING.match(line):
            if cues and _ends_in_a_name(cues[-1]):
                cues[-1].pop()
            cues.append([line])
        elif cues:
            cues[-1].append(line)
    for number, (timing, *lines) in enumerate(cues, 1):
        first, *more = "\n".join(line.strip() for line in lines).split("\n\n")
        if kind == "vtt":
            more = [b for b in more if not b.lstrip().startswith(("NOTE", "STYLE", "REGION"))]
        words = "\n".join(filter(None, "\n".join([first, *more]).split("\n")))
        if len(words) > _MAX_LINE:
            raise _too_long()
        yield f"{number}\n{timing}\n{words}\n\n"
    yield "0\n"


def _ends_in_a_name(lines: list[str]) -> bool:
    """Whether the last of a cue's lines names the next: it stands alone, or is a number."""
    return (
        len(lines) > 1
        and bool(lines[-1].strip())
        and (lines[-1].strip().isdecimal() or not lines[-2].strip())
    )


def _words(event: "SSAEvent", kind: str) -> str:
    if kind in KINDS:
        words = _STYLING.sub("", event.text.replace(r"\N", "\n"))
        words = html.unescape(words) if kind == "vtt" else words
    else:
        words = event.plaintext
    return "\n".join(filter(None, (line.strip() for line in words.split("\n"))))


def _too_long() -> BadInput:
    return BadInput(
        f"one of them has more than {_MAX_LINE} characters",
        subject="subtitles",
        advice="choose another file",
    )
