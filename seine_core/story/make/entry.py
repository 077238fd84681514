"""One rendered clip on disk: a folder with the encoded clip, its first frame and its last frames
without loss (the neighbours start from those), and an index that has their checksums.

The index is written last and names the other files, so an entry is whole and checked, or it is not
there. It also has a checksum of every frame as the encoder was given it: of clips made anew, it
tells whether the frames are the same.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seine_core.clips import Frames, Still
from seine_core.errors import RenderFailed
from seine_core.media.decoding.own_files import own_png_height, read_own_png
from seine_core.story.disk.media_store import content_hash

CLIP_FILE, FIRST_FILE, TAIL_FILE, INDEX_FILE = "clip.mp4", "first.png", "tail.png", "entry.json"
_TAIL_FILE = re.compile(r"tail(-\d+)?\.png")


class CacheUnreadable(RenderFailed):
    """The disk or its permissions do not let a clip be read, which says nothing of the clip."""

    def __init__(self, path: Path | str, error: OSError) -> None:
        super().__init__(
            "cannot be read",
            subject=Path(path),
            reason=error,
            advice="nothing was removed, see that the disk works and the file may be read, and "
            "render again",
        )


@dataclass(frozen=True)
class Index:
    """What an entry says of itself."""

    frames: int
    tail: int  # how many last frames there are without loss
    sha256: Mapping[str, str]  # of each file
    made_by: str = ""
    frame_sums: tuple[str, ...] = ()  # none of clips that earlier versions made
    style: str = ""  # what the engine chose, where it was to choose

    @property
    def tail_file(self) -> str:
        """The file with the last frames."""
        return next((name for name in self.sha256 if _TAIL_FILE.fullmatch(name)), TAIL_FILE)

    def has_tail(self, tail: int) -> bool:
        """Whether a clip that needs `tail` last frames can go on from this one."""
        return self.tail >= min(tail, self.frames)

    def dump(self) -> str:
        """The JSON that `read_index` reads."""
        sums = {"made_by": self.made_by, "frame_sums": list(self.frame_sums)}
        chosen = {"style": self.style} if self.style else {}
        return json.dumps(
            {
                "frames": self.frames,
                "tail": self.tail,
                "sha256": dict(self.sha256),
                **sums,
                **chosen,
            }
        )


@dataclass(frozen=True)
class Entry:
    """A checked clip: its file and the lossless frames at its ends."""

    folder: Path
    frames: int
    tail_file: str = field(default=TAIL_FILE, compare=False)

    @property
    def clip(self) -> Path:
        return self.folder / CLIP_FILE

    def first(self) -> Still:
        """The first frame."""
        return read_own_png(self.folder / FIRST_FILE)

    def tail(self) -> Frames:
        """The last frames, as many as were kept: [k h w 3]."""
        strip = read_own_png(self.folder / self.tail_file)
        height = own_png_height(self.folder / FIRST_FILE)
        return strip.reshape(-1, height, *strip.shape[1:])


def read_index(folder: Path) -> Index | None:
    """What the entry in `folder` says of itself; None where there is none or it is damaged.

    Raises:
        CacheUnreadable: it is there, but the system does not let it be read.
    """
    try:
        data = json.loads((folder / INDEX_FILE).read_bytes())
    except (ValueError, RecursionError):
        return None
    except OSError as error:
        _only_if_missing(error, folder / INDEX_FILE)
        return None
    return _index(data)


def fault(folder: Path, index: Index | None) -> str | None:
    """What is damaged in an entry of this index; None where it is whole.

    Raises:
        CacheUnreadable: a file is there, but the system does not let it be read.
    """
    if index is None:
        return f"{INDEX_FILE} is missing or damaged"
    if index.tail and not {FIRST_FILE, index.tail_file} <= index.sha256.keys():
        return f"{INDEX_FILE} is damaged"
    for name, checksum in index.sha256.items():
        try:
            if content_hash(folder / name) != checksum:
                return f"{name} is damaged"
        except OSError as error:
            _only_if_missing(error, folder / name)
            return f"{name} is missing"
    return None


def checksum(frame: Still) -> str:
    """That of one frame."""
    return hashlib.sha256(np.ascontiguousarray(frame).data).hexdigest()[:16]


def first_difference(a: Iterable[str], b: Iterable[str]) -> int | None:
    """The number of the first frame in which two clips differ; None where they are the same."""
    one, other = list(a), list(b)
    if one == other:
        return None
    pairs = zip(one, other, strict=False)
    return next((n for n, (x, y) in enumerate(pairs) if x != y), min(len(one), len(other)))


def _index(data: Any) -> Index | None:
    try:
        index = Index(
            frames=data["frames"],
            tail=data["tail"],
            sha256=data["sha256"],
            made_by=data.get("made_by", ""),
            frame_sums=tuple(data.get("frame_sums", ())),
            style=data.get("style", ""),
        )
        counts = all(type(n) is int and n >= 0 for n in (index.frames, index.tail))
        texts = [index.made_by, index.style, *index.sha256.values(), *index.frame_sums]
        names = [n for n in index.sha256 if n not in (CLIP_FILE, FIRST_FILE)]
    except (KeyError, TypeError, AttributeError):
        return None
    sound = counts and index.frames and CLIP_FILE in index.sha256 and len(names) <= 1
    sound = sound and all(_TAIL_FILE.fullmatch(name) for name in names)
    return index if sound and all(isinstance(text, str) for text in texts) else None


def _only_if_missing(error: OSError, path: Path) -> None:
    """Raises:
    CacheUnreadable: the error is another than that there is no such file.
    """
    if not isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        raise CacheUnreadable(path, error) from None
