"""A story's media on disk, under names made of the content that was added.

A name has the beginning of a hash, so the same content gets the same name. What lies under it is
not trusted for that: it is compared, a damaged file gives way to the whole one, and for another
content that begins with the same hash a longer name is made.
"""

import errno
import io
import os
import re
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import Literal

import numpy as np

from seine_core.clips import Still
from seine_core.errors import BadInput
from seine_core.files.atomic import make_folder, new_file
from seine_core.media.frames import MAX_SIDE, check_file, load_image, save_png

_Found = Literal["same", "damaged", "other"]
_MAX_PNG_BYTES = 4 * MAX_SIDE * MAX_SIDE
_DIGITS = (8, 16, 32, 64)  # of the hash in a name; the first is what all stories ever had


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Media:
    """A media file; only its content is part of a key, not where it lies."""

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Media":
        stat = path.stat()
        return _media_once(str(path), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _media_once(path: str, mtime_ns: int, size: int) -> Media:
    return Media(Path(path), content_hash(Path(path)))


def keep_image(media: Path, file: Path) -> str:
    """Put the picture in `file` into the folder `media`, written anew as PNG; its name there.

    Raises:
        BadInput: it is no image, or damaged.
        OSError: `media` cannot be written.
    """
    still = load_image(file)
    png = io.BytesIO()
    save_png(still, png)
    data = png.getbuffer()

    def write(part: Path) -> None:
        part.write_bytes(data)

    def found(there: Path, digits: str) -> _Found:
        if there.stat().st_size > _MAX_PNG_BYTES:
            return "other"
        its = there.read_bytes()
        # Other encoders of earlier versions made other files of the same pixels.
        return "same" if its == data else _picture_found(its, there, still)

    return _keep(media, file, _hash_of_given(file), ".png", write, found)


def keep_file(media: Path, file: Path) -> str:
    """Put a copy of `file` into the folder `media`; its name there.

    Raises:
        BadInput: it changed meanwhile.
        OSError: it cannot be read, or `media` cannot be written.
    """
    sha256, suffix = _hash_of_given(file), file.suffix.lower()
    suffix = suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ".mp4"
    suffix = ".apng" if suffix == ".png" else suffix  # what is called so here is a still

    def write(part: Path) -> None:
        shutil.copyfile(file, part)
        if content_hash(part) != sha256:
            raise BadInput("changed while it was copied", subject=file, advice="add it again")

    def found(there: Path, digits: str) -> _Found:
        its = content_hash(there)
        # A file that its own name does not fit is not what was once put there.
        return "same" if its == sha256 else "other" if its.startswith(digits) else "damaged"

    return _keep(media, file, sha256, suffix, write, found)


def keep_medium(media: Path, file: Path) -> str:
    """Put a copy of another story's medium into the folder `media`, under the name that it has
    there unless something else has it here; its name.

    Raises:
        BadInput: it cannot be read, or changed meanwhile.
        OSError: `media` cannot be written.
    """
    sha256 = _hash_of_given(file)

    def write(part: Path) -> None:
        shutil.copyfile(file, part)
        if content_hash(part) != sha256:
            raise BadInput("changed while it was copied", subject=file, advice="paste it again")

    make_folder(media)
    for target in (media / file.name, media / f"{file.stem[:60]}-{sha256}{file.suffix}"):
        if not os.path.lexists(target):
            try:
                return _written(target, write, replace=False)
            except FileExistsError:
                pass  # by another process, just now
        if not target.is_symlink() and content_hash(target) == sha256:
            return target.name
    return _written(target, write, replace=True)  # under its whole hash, and damaged


def _hash_of_given(file: Path) -> str:
    try:
        return content_hash(file)
    except OSError as error:
        raise BadInput("cannot be read", subject=file, reason=error) from None


def _keep(
    media: Path,
    file: Path,
    sha256: str,
    suffix: str,
    write: Callable[[Path], None],
    found: Callable[[Path, str], _Found],
) -> str:
    make_folder(media)
    stem = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:40] or "media"
    for length in _DIGITS:
        digits = sha256[:length]
        target = media / f"{stem}-{digits}{suffix}"
        if not os.path.lexists(target):
            try:
                return _written(target, write, replace=False)
            except FileExistsError:
                pass  # by another process, just now
        what = _looked_at(target, digits, found)
        if what == "same":
            return target.name
        if what == "damaged":
            break
    return _written(target, write, replace=True)


def _written(target: Path, write: Callable[[Path], None], *, replace: bool) -> str:
    with new_file(target, replace=replace) as part:
        write(part)
    return target.name


def _looked_at(there: Path, digits: str, found: Callable[[Path, str], _Found]) -> _Found:
    try:
        check_file(there)
        return "damaged" if there.is_symlink() else found(there, digits)
    except BadInput:
        return "damaged"
    except OSError as error:
        if error.errno not in (errno.EIO, errno.ENOENT):
            raise
        return "damaged"  # the disk cannot read it any more


def _picture_found(data: bytes, there: Path, still: Still) -> _Found:
    if not _is_whole_png(data):
        return "damaged"
    return "same" if np.array_equal(load_image(there), still) else "other"


def _is_whole_png(data: bytes) -> bool:
    """Whether every part of a PNG up to its end has the checksum that it says."""
    at = 8  # behind the signature
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4]):
            return False
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at = end + 4
    return False
