"""Zip files: written the same every time, and read with distrust."""

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from seine_core.errors import BadInput, TooLarge
from seine_core.files.outside_file import open_handle

_CHUNK = 1 << 20
# The list of what is inside is read at once, and takes many times its size in memory.
_MAX_LIST_BYTES = 8_000_000
_DAMAGED = (
    *(BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, UnicodeError),
    *(OverflowError, MemoryError, RecursionError),
)


def entry(name: str, *, deflated: bool = False) -> ZipInfo:
    """What to write a file as: without its date or owner, so that equal files make equal zips."""
    info = ZipInfo(name)  # of 1980
    info.create_system = 3  # Unix, wherever it is made
    info.external_attr = 0o100644 << 16
    info.compress_type = ZIP_DEFLATED if deflated else ZIP_STORED
    return info


@contextlib.contextmanager
def open_zip(path: Path) -> Iterator[ZipFile]:
    """A zip file open for reading. What is found to be wrong with it, here or in the `with` block,
    is said with its name.

    Raises:
        BadInput: no zip file, or a damaged or strange one.
    """
    try:
        with _Bounded(open_handle(path)) as file, ZipFile(file) as archive:
            yield archive
    except BadInput as error:
        raise error.about(path) from None
    except _DAMAGED as error:
        raise BadInput(
            "no zip file that can be read",
            subject=path,
            reason=error,
            advice="copy or download it again",
        ) from None


def copy_entry(archive: ZipFile, info: ZipInfo, target: BinaryIO, most: int) -> int:
    """Write what is in an entry to `target`; how many bytes it has, whatever it says of itself.

    Raises:
        BadInput: more than `most`, or it needs a password.
    """
    if info.flag_bits & 1:
        raise BadInput("is encrypted", subject=info.filename, advice="save it without a password")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadInput(
            "is packed in an unusual way", subject=info.filename, advice="save it with deflate"
        )
    count = 0
    with archive.open(info) as source:
        while chunk := source.read(_CHUNK):
            count += len(chunk)
            if count > most:
                raise TooLarge(f"is larger than allowed ({most:,} bytes)", subject=info.filename)
            target.write(chunk)
    return count


class _Bounded(io.FileIO):
    """Reads a file, but never much at once: a zip's own headers say how much is to be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = _MAX_LIST_BYTES + 1 if size is None or size < 0 else size
        data = super().read(min(wanted, _MAX_LIST_BYTES + 1)) or b""
        if len(data) > _MAX_LIST_BYTES:
            raise TooLarge("lists far too many files", advice="no zip of this program does")
        return data

    def seek(self, position: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(position, whence)
        except (OSError, OverflowError):
            raise BadZipFile("points outside itself") from None
