"""Is a file what its name says, and is it whole? Looked at from outside: nothing in it is run.

Every format here tells where it must end, so a download that was cut off is found in milliseconds.
"""

import contextlib
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from seine_core.errors import BadInput
from seine_core.files.outside_text import parse_json, read_json

TORCH_SUFFIXES = (".pt", ".pth", ".ckpt", ".bin")
_HEAD = 512
_MAX_PICKLE = 64_000_000  # bytes that name the tensors; the published file has under a megabyte
# What zipfile stumbles over in a malformed file; an OSError is told by itself.
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)
_MAX_HEADER = 100_000_000  # bytes of a safetensors header, as its own reader allows


def damage(path: Path) -> str:
    """What is wrong with the file, as the rest of a sentence; empty when nothing is.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not size:
        return "is empty"
    start = head.lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        return "is only a git-LFS pointer to the file; run `git lfs pull`, or download it itself"
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return "is a web page that was saved under this name; download the file itself"
    if path.suffix == ".safetensors":
        return _safetensors_damage(path, size)
    if path.suffix in TORCH_SUFFIXES and not _is_ctranslate2(head):
        return _torch_damage(path, head)
    if path.suffix == ".json":
        return _json_damage(path)
    return ""


def _is_ctranslate2(head: bytes) -> bool:
    """Whether a file is a model of CTranslate2: its version, and a name with its length before."""
    version, length = struct.unpack("<IH", head[:6].ljust(6, b"\0"))
    return 0 < version < 100 and head[6 : 6 + length].endswith(b"Spec\0")


def _torch_damage(path: Path, head: bytes) -> str:
    try:
        if zipfile.is_zipfile(path):  # its directory stands at the end
            with zipfile.ZipFile(path) as archive:
                return _pickle_damage(archive)
    except _BAD_ZIP as error:
        what = str(error).strip() or type(error).__name__
        return f"is no zip file that can be read ({what.splitlines()[0]}); download it again"
    if head.startswith(b"PK\x03\x04"):
        return "is cut off; download it again"
    return "is no PyTorch file of today's format (a zip file)"


def _pickle_damage(archive: zipfile.ZipFile) -> str:
    pickles = [info for info in archive.infolist() if info.filename.endswith("data.pkl")]
    if not pickles:
        return "is a zip file, but not one of PyTorch's"
    if max(info.file_size for info in pickles) > _MAX_PICKLE:
        return "describes far more than a model's tensors"
    return ""


def _safetensors_damage(path: Path, size: int) -> str:
    with path.open("rb") as file:
        first = file.read(8)
        (length,) = struct.unpack("<Q", first) if len(first) == 8 else (0,)
        if not 2 <= length <= _MAX_HEADER:
            return "is no safetensors file"
        header = file.read(length)
    if len(header) < length:
        return "is cut off; download it again"
    try:
        fields = parse_json(header)
        ends = [f["data_offsets"][1] for name, f in fields.items() if name != "__metadata__"]
        end = 8 + length + max(ends, default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return "is no safetensors file"
    if size < end:
        return f"is cut off: {size} of {end} bytes; download it again"
    return "" if size == end else f"is too long: {size} bytes instead of {end}; download it again"


def _json_damage(path: Path) -> str:
    try:
        read_json(path)
    except BadInput:
        return "is no JSON file; download it again"
    return ""


@contextlib.contextmanager
def reading(path: Path, what: str = "weight file") -> Iterator[None]:
    """Whatever torch, safetensors or zipfile raise in the block about what the file holds, and
    whatever they warn of, as BadInput."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except BadInput:
        raise
    except Exception as error:  # whatever a malformed file makes them stumble over
        raise BadInput(
            f"is no whole {what}", subject=path, reason=error, advice="download or copy it again"
        ) from None
