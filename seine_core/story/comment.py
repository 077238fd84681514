"""The story that travels inside a film: a comment in MP4, WebM and GIF, story.json in a folder."""

import os
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.frames import check_file
from seine_core.story.storage import STORY_FILE
from seine_core.video import open_media

_TRAILER, _EXTENSION, _IMAGE, _COMMENT = b"\x3b", b"\x21", b"\x2c", b"\xfe"


def read_comment(path: Path) -> str | None:
    """The comment that a film, or a folder of pictures, was exported with; None when it has none.

    Raises:
        BadInput: not a film or an exported folder.
    """
    if path.is_dir():
        file = path / STORY_FILE
        check_file(file)
        text = file.read_text(encoding="utf-8", errors="replace")
        return None if text == "null\n" else text
    check_file(path)
    with path.open("rb") as stream:
        is_gif = stream.read(3) == b"GIF"
    if is_gif:
        return _gif_comment(path)
    with open_media(path) as container:
        tags = {name.lower(): text for name, text in container.metadata.items()}
    return tags.get("comment")


def write_story_file(folder: Path, comment: str | None) -> None:
    """story.json, there even without a comment: it marks the folder as an exported one."""
    text = "null\n" if comment is None else comment
    (folder / STORY_FILE).write_text(text, encoding="utf-8", newline="")


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
