"""The story that travels inside a film: a comment in MP4, WebM and GIF, story.json beside PNGs."""

import io
import os
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.frames import check_file
from seine_core.story.storage import MAX_STORY_BYTES, STORY_FILE
from seine_core.story.zips import copy_entry, open_zip
from seine_core.video import open_media

_NO_STORY = b"null\n"
_TRAILER, _EXTENSION, _IMAGE, _COMMENT = b"\x3b", b"\x21", b"\x2c", b"\xfe"


def read_comment(path: Path) -> str | None:
    """The comment that a film, or a folder or zip of pictures, was exported with; None when it has
    none.

    Raises:
        BadInput: not a film, or pictures that were not exported.
    """
    try:
        if path.is_dir():
            file = path / STORY_FILE
            check_file(file)
            return _from_file(file.read_bytes())
        check_file(path)
        with path.open("rb") as stream:
            start = stream.read(4)
        if start.startswith(b"GIF"):
            return _gif_comment(path)
        if start == b"PK\3\4":
            return _zip_comment(path)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from None
    with open_media(path) as container:
        tags = {name.lower(): text for name, text in container.metadata.items()}
    return tags.get("comment")


def story_file(comment: str | None) -> bytes:
    """What story.json has beside pictures: there even without a comment, it marks an export."""
    return _NO_STORY if comment is None else comment.encode()


def _from_file(data: bytes) -> str | None:
    return None if data == _NO_STORY else data.decode(errors="replace")


def _zip_comment(path: Path) -> str | None:
    with open_zip(path) as archive:
        names = set(archive.namelist())
        if not {STORY_FILE, "00000.png"} <= names:
            raise BadInput("has no pictures of a film; open a packed story with `unpack`")
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


def _gif_comment(path: Path) -> str | None:
    """The last comment block, found by stepping over all others."""
    data = path.read_bytes()
    found = None
    at = 13 + _table_size(data[10:11])
    try:
        while data[at : at + 1] in (_EXTENSION, _IMAGE):
            is_comment = data[at : at + 2] == _EXTENSION + _COMMENT
            # An image: 10 bytes with its place and flags, its colours, 1 byte of code size.
            is_image = data[at : at + 1] == _IMAGE
            at += 11 + _table_size(data[at + 9 : at + 10]) if is_image else 2
            parts = []
            while size := data[at]:
                if is_comment:
                    parts.append(data[at + 1 : at + 1 + size])
                at += 1 + size
            at += 1
            if is_comment:
                found = b"".join(parts).decode("utf-8", errors="replace")
    except IndexError:
        raise BadInput(f"{path}: is a GIF that is cut off; export it again") from None
    return found


def _table_size(flags: bytes) -> int:
    """Bytes of the colour table that these flags announce."""
    flag = flags[0] if flags else 0
    return 3 << ((flag & 7) + 1) if flag & 0x80 else 0
