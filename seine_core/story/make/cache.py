"""Rendered clips on disk, by key; several processes may use them at once.

An entry is made under another name and renamed, so a killed render leaves no half one. A whole one
is never replaced: of two renders that make the same clip, the first to finish has it and the other
takes that one. All files and folders are forced to disk before they count.
"""

import contextlib
import errno
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from seine_core.clips import Still
from seine_core.errors import RenderFailed
from seine_core.files.atomic import make_folder
from seine_core.media.encode import ClipWriter
from seine_core.media.frames import save_png
from seine_core.rates import Rate
from seine_core.story.disk.media_store import content_hash
from seine_core.story.fields import Quality
from seine_core.story.make.entry import (
    CLIP_FILE,
    FIRST_FILE,
    INDEX_FILE,
    TAIL_FILE,
    Entry,
    Index,
    checksum,
    fault,
    first_difference,
    read_index,
)
from seine_core.story.make.leases import Lease, held, lease, remove

log = logging.getLogger(__name__)

_KEY = re.compile(r"[0-9a-f]{64}")
_ABANDONED_NS = 24 * 3600 * 10**9


class CacheUnwritable(RenderFailed):
    """The disk is full, or does not let the cache be written."""

    def __init__(self, root: Path, error: OSError) -> None:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        cure = "make room" if full else "see that it is a folder that may be written"
        super().__init__(
            "cannot be written",
            subject=root,
            reason=error,
            advice=f"{cure} or choose another cache folder and render again, what is finished is "
            "kept",
        )


class ClipCache:
    """The clips under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, key: str) -> bool:
        """Whether there is an entry, unchecked and so at once: for showing what is stale."""
        # Asked for hundreds of clips after every edit: a path as text is made ten times as fast.
        return os.path.isfile(f"{self.root}/{key[:2]}/{key}/{INDEX_FILE}")

    def clip_path(self, key: str) -> Path:
        """Where the encoded clip of `key` is when `has` says so."""
        return self.folder(key) / CLIP_FILE

    def folder(self, key: str) -> Path:
        """Where the entry of `key` is, or will be."""
        return self.root / key[:2] / key

    def keys(self) -> list[str]:
        """Those of all entries, damaged ones included."""
        names = (path.name for path in self.root.glob("??/*") if path.parent.name == path.name[:2])
        return sorted(name for name in names if _KEY.fullmatch(name))

    def get(self, key: str, *, tail: int = 1) -> Entry | None:
        """The entry with at least `tail` lossless last frames, its files checked against their
        checksums; None when there is none, or it is damaged or too short. Changes nothing.

        Raises:
            CacheUnreadable: the system does not let it be read.
        """
        folder = self.folder(key)
        index = read_index(folder)
        if index is None or not index.has_tail(tail) or fault(folder, index):
            return None
        return Entry(folder, index.frames, index.tail_file)

    @contextlib.contextmanager
    def using(self, keys: Iterable[str]) -> Iterator[Lease]:
        """Nobody prunes these clips, there or yet to be made, while the block runs.

        Raises:
            CacheUnwritable: so that it cannot be said.
        """
        wanted = list(keys)
        with contextlib.ExitStack() as stack:
            with self._writing():
                make_folder(self.root)
                mine = stack.enter_context(lease(self.root, wanted))
                for key in wanted:
                    with contextlib.suppress(OSError):  # most are yet to be made
                        os.utime(self.folder(key) / INDEX_FILE, ns=(mine.used_ns, mine.used_ns))
            yield mine

    def put(
        self,
        key: str,
        frames: Iterable[Still],
        *,
        size: tuple[int, int],
        fps: Rate,
        quality: Quality,
        tail: int = 1,
        made_by: str = "",
        style: str = "",
    ) -> Entry:
        """Encode `frames` as the clip of `key`, taking them one at a time. Where there is a whole
        one by then, that stays and is given back. `made_by` is said where frames differ from those
        that the key had before, `style` is what the engine chose, if it did.

        Raises:
            CacheUnwritable: the disk is full or cannot be written; nothing is left behind.
            CacheUnreadable: what there is for the key cannot be read; it stays.
        """
        with self.using([key]) as mine:
            first: Still | None = None
            last: list[Still] = []
            sums: list[str] = []
            width, height = size
            with contextlib.ExitStack() as stack:
                with self._writing():
                    mine.part.mkdir()
                    path = mine.part / CLIP_FILE
                    writer = stack.enter_context(
                        ClipWriter(path, width=width, height=height, fps=fps, quality=quality)
                    )
                for frame in frames:  # an error in making one is none of the cache
                    with self._writing():
                        writer.write(frame)
                    first = frame if first is None else first
                    last = [*last, frame][-tail:]
                    sums.append(checksum(frame))
                if first is None:
                    raise ValueError("a clip needs at least one frame")
                with self._writing():
                    stack.close()
            with self._writing():
                save_png(first, mine.part / FIRST_FILE)
                save_png(np.concatenate(last), mine.part / TAIL_FILE)
                names = (CLIP_FILE, FIRST_FILE, TAIL_FILE)
                index = Index(
                    frames=len(sums),
                    tail=len(last),
                    sha256={name: content_hash(mine.part / name) for name in names},
                    made_by=made_by,
                    frame_sums=tuple(sums),
                    style=style,
                )
                return self._commit(key, index, mine)

    def style(self, key: str) -> str:
        """The style that an engine chose for a clip; "" where none was chosen, or none is there."""
        index = read_index(self.folder(key))
        return index.style if index else ""

    def take_in(self, key: str, clip: Path, index: Index) -> None:
        """Put a copy of `clip`, which `index` is of, where nothing is.

        Raises:
            CacheUnwritable: the disk is full or cannot be written.
        """
        with self.using([key]) as mine, self._writing():
            mine.part.mkdir()
            shutil.copyfile(clip, mine.part / CLIP_FILE)
            self._commit(key, index, mine)

    def prune(self, keep: Iterable[str], max_bytes: int) -> int:
        """Remove the entries that were not used for longest until the cache has `max_bytes`, but
        none of `keep` and none that another render uses; also what killed renders left. Returns
        the bytes removed.

        Raises:
            CacheUnwritable: nothing can be removed there.
        """
        entries = []
        for key in self.keys():
            with contextlib.suppress(OSError):  # another process may be removing it
                index = self.folder(key) / INDEX_FILE
                used = index.stat().st_mtime_ns if self.has(key) else 0
                entries.append((used, self.size(key), key))
        total, removed = sum(size for _, size, _ in entries), 0
        latest = max((used for used, _, _ in entries), default=0)
        with self.using(keep) as mine, self._writing(), held(self.root) as place:
            now = place.tick(latest)
            kept = place.leased()
            for path in place.ownerless():
                if now - path.stat().st_mtime_ns > _ABANDONED_NS:
                    self._take_out(path, mine)
            for _, size, key in sorted(entries):
                if total - removed <= max_bytes:
                    break
                if key not in kept:
                    self._take_out(self.folder(key), mine)
                    removed += size
        return removed

    def size(self, key: str) -> int:
        """Bytes of the entry of `key`; 0 where there is none."""
        try:
            with os.scandir(self.folder(key)) as files:
                return sum(file.stat().st_size for file in files)
        except OSError:  # another process may be removing it
            return 0

    def remove(self, keys: Iterable[str]) -> None:
        """Remove these entries, but none that a render uses.

        Raises:
            CacheUnwritable: nothing can be removed there.
        """
        there = [key for key in keys if self.folder(key).exists()]
        if not there:
            return
        with self.using([]) as mine, self._writing(), held(self.root) as place:
            kept = place.leased()
            for key in there:
                if key not in kept and self.folder(key).exists():
                    self._take_out(self.folder(key), mine)

    def sweep(self) -> list[Path]:
        """Remove what killed renders left, of whatever version; what it was.

        Raises:
            CacheUnwritable: nothing can be removed there.
        """
        with self._writing(), held(self.root) as place:
            left = place.abandoned()
            for path in left:
                remove(path)
        return left

    def remove_damaged(self, key: str) -> bool:
        """Remove an entry if it is damaged; whether it was.

        Raises:
            CacheUnreadable: the system does not let it be read; it stays.
            CacheUnwritable: it cannot be removed.
        """
        with self.using([]) as mine, self._writing(), held(self.root):
            folder = self.folder(key)
            damaged = folder.exists() and fault(folder, read_index(folder)) is not None
            if damaged:
                self._take_out(folder, mine)
        return damaged

    def _commit(self, key: str, index: Index, mine: Lease) -> Entry:
        """Make the part of `mine` the entry of `key`, unless there is a whole one."""
        (mine.part / INDEX_FILE).write_text(index.dump())
        os.utime(mine.part / INDEX_FILE, ns=(mine.used_ns, mine.used_ns))
        for path in (*mine.part.iterdir(), mine.part):
            _force(path)
        folder = self.folder(key)
        with held(self.root):
            known = read_index(folder)
            _compare(key, known, index)
            same = known is not None and known.frames == index.frames
            if known is not None and same and fault(folder, known) is None:
                if not known.has_tail(index.tail):
                    known = _extend(folder, known, index, mine)
                return Entry(folder, known.frames, known.tail_file)
            make_folder(folder.parent)
            if os.path.lexists(folder):
                self._take_out(folder, mine)
            os.rename(mine.part, folder)
            _force(folder.parent)
        return Entry(folder, index.frames, index.tail_file)

    def _take_out(self, path: Path, mine: Lease) -> None:
        """Nobody finds it any more; it is removed when nobody waits for that."""
        mine.gone.mkdir(exist_ok=True)
        os.rename(path, mine.gone / path.name)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CacheUnwritable(self.root, error) from None


def _compare(key: str, known: Index | None, made: Index) -> None:
    """Log if these frames are not those that the key had before."""
    if known is None or not (known.frame_sums and made.frame_sums):
        return
    frame = first_difference(known.frame_sums, made.frame_sums)
    if frame is not None:
        log.warning(
            "clip %s, made by %s: made again, its frames differ from frame %d on from those that "
            "%s made before; please report this",
            key[:16],
            made.made_by or "?",
            frame,
            known.made_by or "?",
        )


def _extend(folder: Path, known: Index, made: Index, mine: Lease) -> Index:
    """Give the whole entry of `known` more last frames. None of its files changes: who reads by
    the old index goes on doing so, and the new one is renamed when all that it names is there."""
    tail_file = f"tail-{made.tail}.png"
    moved = {TAIL_FILE: tail_file}
    sha256 = {CLIP_FILE: known.sha256[CLIP_FILE], tail_file: made.sha256[TAIL_FILE]}
    if FIRST_FILE not in known.sha256:
        moved[FIRST_FILE] = FIRST_FILE
    sha256[FIRST_FILE] = known.sha256.get(FIRST_FILE, made.sha256[FIRST_FILE])
    for name, new_name in moved.items():
        os.replace(mine.part / name, folder / new_name)
    _force(folder)
    extended = replace(made, frames=known.frames, sha256=sha256)
    if known.frame_sums:
        extended = replace(extended, made_by=known.made_by, frame_sums=known.frame_sums)
    (mine.part / INDEX_FILE).write_text(extended.dump())
    os.utime(mine.part / INDEX_FILE, ns=(mine.used_ns, mine.used_ns))
    _force(mine.part / INDEX_FILE)
    os.replace(mine.part / INDEX_FILE, folder / INDEX_FILE)
    _force(folder)
    return extended


def _force(path: Path) -> None:
    """Wait until a file's or folder's content is on the disk itself."""
    if sys.platform == "win32" and path.is_dir():
        return  # no folder can be opened there
    file = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
