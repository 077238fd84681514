"""Subtitle files on disk."""

from collections.abc import Iterable
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.files.atomic import write_atomically
from seine_core.files.outside_file import read_file
from seine_core.story.subtitles import KINDS, MAX_BYTES, Subtitle, parse_subtitles, write_subtitles


def load_subtitles(path: Path) -> tuple[Subtitle, ...]:
    """The subtitles of an SRT, VTT, ASS or SSA file, the earliest first.

    Raises:
        BadInput: it cannot be read, or is none.
    """
    try:
        return parse_subtitles(read_file(path, MAX_BYTES))
    except BadInput as error:
        raise error.about(path) from None


def save_subtitles(subtitles: Iterable[Subtitle], path: Path) -> None:
    """Write an SRT or VTT, as the name says.

    Raises:
        BadInput: another ending.
        OSError: it cannot be written.
    """
    for kind in KINDS:
        if path.suffix.lower() == f".{kind}":
            write_atomically(path, write_subtitles(subtitles, kind).encode())
            return
    raise BadInput(subject=path, received=path.suffix, allowed=[f".{kind}" for kind in KINDS])
