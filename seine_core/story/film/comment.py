"""The story that travels inside a film: a comment in MP4, WebM and GIF, story.json beside PNGs."""

import io
import os
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.files.outside_file import open_file, read_file
from seine_core.media import video
from seine_core.story.disk.storage import MAX_STORY_BYTES, STORY_FILE
from seine_core.story.disk.zips import copy_entry, open_zip

_NO_STORY = b"null\n"
_TRAILER, _EXTENSION, _COMMENT = b"\x3b", b"\x21", b"\xfe"


def read_comment(path: Path) -> str | None:
    """The comment that a film, or a folder or zip of pictures, was exported with; None when it has
    none.

    Raises:
        BadInput: not a film, or pictures that were not exported.
    """
    try:
        if path.is_dir():
            return _from_file(read_file(path / STORY_FILE, MAX_STORY_BYTES))
        with open_file(path) as stream:
            start = stream.read(4)
        return _zip_comment(path) if start == b"PK\3\4" else video.read_comment(path)
    except OSError as error:
        raise BadInput("cannot be read", subject=path, reason=error) from None


def story_file(comment: str | None) -> bytes:
    """What story.json has beside pictures: there even without a comment, it marks an export."""
    return _NO_STORY if comment is None else comment.encode()


def _from_file(data: bytes) -> str | None:
    return None if data == _NO_STORY else data.decode(errors="replace")


def _zip_comment(path: Path) -> str | None:
    with open_zip(path) as archive:
        names = set(archive.namelist())
        if not {STORY_FILE, "00000.png"} <= names:
            raise BadInput("has no pictures of a film", advice="open a packed story with `unpack`")
        data = io.BytesIO()
        copy_entry(archive, archive.getinfo(STORY_FILE), data, MAX_STORY_BYTES)
        return _from_file(data.getvalue())


def append_gif_comment(path: Path, comment: str) -> None:
    """Put a comment before the end of a complete GIF.

    Raises:
        OSError: the file cannot be written.
    """
    text = comment.encode()
    blocks = b"".join(
        bytes([len(text[i : i + 255])]) + text[i : i + 255] for i in range(0, len(text), 255)
    )
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != _TRAILER:
            raise OSError(0, "the GIF has no end")
        file.seek(-1, os.SEEK_END)
        file.write(_EXTENSION + _COMMENT + blocks + b"\0" + _TRAILER)
