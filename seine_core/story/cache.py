"""Rendered clips on disk, by key. An entry is whole and checked, or it is not there.

An entry is a folder with the encoded clip, its first frame and its last frames without loss (the
neighbours start from those), and the checksums of all three. It is made under another name and
renamed, so a killed render leaves no half entry.
"""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from seine_core.encode import ClipWriter
from seine_core.engines.protocol import Clip, Still
from seine_core.frames import save_png
from seine_core.story.model import Quality
from seine_core.story.storage import content_hash

CLIP_FILE, FIRST_FILE, TAIL_FILE, INDEX_FILE = "clip.mp4", "first.png", "tail.png", "entry.json"
_ABANDONED_S = 24 * 3600


@dataclass(frozen=True)
class Entry:
    """A checked clip: its file and the lossless frames at its ends."""

    folder: Path
    frames: int

    @property
    def clip(self) -> Path:
        return self.folder / CLIP_FILE

    def first(self) -> Still:
        """The first frame."""
        return _read_png(self.folder / FIRST_FILE)

    def tail(self) -> Clip:
        """The last frames, as many as were kept: [k h w 3]."""
        strip = _read_png(self.folder / TAIL_FILE)
        with Image.open(self.folder / FIRST_FILE, formats=["PNG"]) as first:
            height = first.height  # of its header: nothing is decoded for it
        return strip.reshape(-1, height, *strip.shape[1:])


class ClipCache:
    """The clips under one folder; several processes may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, key: str) -> bool:
        """Whether there is an entry, unchecked and so at once: for showing what is stale."""
        # Asked for hundreds of clips after every edit: a path as text is made ten times as fast.
        return os.path.isfile(f"{self.root}/{key[:2]}/{key}/{INDEX_FILE}")

    def clip_path(self, key: str) -> Path:
        """Where the encoded clip of `key` is when `has` says so."""
        return self._folder(key) / CLIP_FILE

    def get(self, key: str, *, tail: int = 1) -> Entry | None:
        """The entry with at least `tail` lossless last frames, its files checked against their
        checksums; None when there is none. A damaged or too short one is removed."""
        folder = self._folder(key)
        try:
            index = json.loads((folder / INDEX_FILE).read_bytes())
            frames = index["frames"]
            intact = index["tail"] >= min(tail, frames) and all(
                content_hash(folder / name) == index["sha256"][name]
                for name in (CLIP_FILE, FIRST_FILE, TAIL_FILE)
            )
        except FileNotFoundError:
            intact = False
        except (OSError, ValueError, KeyError, TypeError):
            intact = False
        if not intact:
            if folder.exists():
                shutil.rmtree(folder, ignore_errors=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(folder / INDEX_FILE)  # for `prune`: used now
        return Entry(folder, frames)

    def put(
        self,
        key: str,
        frames: Iterable[Still],
        *,
        size: tuple[int, int],
        fps: int,
        quality: Quality,
        tail: int = 1,
    ) -> Entry:
        """Encode `frames` as the clip of `key`, taking them one at a time.

        Raises:
            OSError: the disk is full or cannot be written; nothing is left behind.
        """
        target = self._folder(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=self.root, prefix=".part-"))
        try:
            first: Still | None = None
            last: list[Still] = []
            count = 0
            width, height = size
            with ClipWriter(
                part / CLIP_FILE, width=width, height=height, fps=fps, quality=quality
            ) as writer:
                for frame in frames:
                    writer.write(frame)
                    first = frame if first is None else first
                    last = [*last, frame][-tail:]
                    count += 1
            if first is None:
                raise ValueError("a clip needs at least one frame")
            save_png(first, part / FIRST_FILE)
            save_png(np.concatenate(last), part / TAIL_FILE)
            index = {
                "frames": count,
                "tail": len(last),
                "sha256": {n: content_hash(part / n) for n in (CLIP_FILE, FIRST_FILE, TAIL_FILE)},
            }
            (part / INDEX_FILE).write_text(json.dumps(index))
            if target.exists():
                shutil.rmtree(target, ignore_errors=True)
            os.replace(part, target)
        finally:
            if part.exists():
                shutil.rmtree(part, ignore_errors=True)
        return Entry(target, count)

    def prune(self, keep: Iterable[str], max_bytes: int) -> int:
        """Remove the entries that were not used for longest until the cache has `max_bytes`, but
        none of `keep`; also what killed renders left. Returns the bytes removed."""
        kept, removed = set(keep), 0
        for part in self.root.glob(".part-*"):
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > _ABANDONED_S:
                    shutil.rmtree(part, ignore_errors=True)
        entries = []
        for index in self.root.glob(f"??/*/{INDEX_FILE}"):
            with contextlib.suppress(OSError):  # another process may be removing it
                size = sum(file.stat().st_size for file in index.parent.iterdir())
                entries.append((index.stat().st_mtime, size, index.parent))
        total = sum(size for _, size, _ in entries)
        for _, size, folder in sorted(entries):
            if total - removed <= max_bytes:
                break
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)
                removed += size
        return removed

    def _folder(self, key: str) -> Path:
        return self.root / key[:2] / key


def _read_png(path: Path) -> Still:
    with Image.open(path, formats=["PNG"]) as image:
        return np.asarray(image.convert("RGB"))
