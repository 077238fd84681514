"""The text that travels inside a film: found in an MP4, a WebM or a GIF. Only ever of an open file.

Messages here do not say which file it is: whoever opened it knows.
"""

import io
from typing import TYPE_CHECKING, BinaryIO

from seine_core.errors import BadInput

if TYPE_CHECKING:
    from av.container import InputContainer

MAX_COMMENT = 20_000_000  # bytes
_EXTENSION, _IMAGE, _COMMENT = b"\x21", b"\x2c", b"\xfe"


def film_comment(container: "InputContainer") -> bytes | None:
    """The comment of a film in UTF-8; None when it has none."""
    tags = {name.lower(): text for name, text in container.metadata.items()}
    comment = tags.get("comment")
    if comment is None:
        return None
    text: bytes = comment.encode(errors="replace")
    _check_length(text)
    return text


def gif_comment(file: BinaryIO) -> bytes | None:
    """The last comment of a GIF, found by stepping over all else; None when it has none.

    Raises:
        BadInput: the file is cut off.
    """
    stream = io.BufferedReader(file)  # type: ignore[type-var]
    found: bytes | None = None
    head = _read(stream, 13)
    _skip(stream, _table_size(head[10]))
    while (kind := stream.read(1)) in (_EXTENSION, _IMAGE):
        is_comment = False
        if kind == _IMAGE:  # its place and flags, its colours, a byte with the size of its codes
            _skip(stream, _table_size(_read(stream, 9)[8]) + 1)
        else:
            is_comment = _read(stream, 1) == _COMMENT
        parts = bytearray()
        while size := _read(stream, 1)[0]:
            if is_comment:
                parts += _read(stream, size)
                _check_length(parts)
            else:
                _skip(stream, size)
        if is_comment:
            found = bytes(parts)
    return found


def _read(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise BadInput("is a GIF that is cut off", advice="export it again")
    return data


def _skip(stream: BinaryIO, count: int) -> None:
    _read(stream, count)  # a few bytes: to read them is quicker than to move in the file


def _table_size(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _check_length(comment: bytes | bytearray) -> None:
    if len(comment) > MAX_COMMENT:
        raise BadInput(
            f"its comment has more than {MAX_COMMENT:,} bytes", advice="no film of ours has"
        )
