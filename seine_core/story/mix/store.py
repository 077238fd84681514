"""The sounds of a story's media, decoded once and kept beside its clips.

Each is in a folder named by its content: `sound.flac`, `peaks` to draw it by, and `samples`,
how long it is. What else is found out about it is kept there, too.
"""

import contextlib
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seine_core.errors import BadInput
from seine_core.files.atomic import make_folder, new_folder
from seine_core.media.sound import SAMPLE_RATE, Sound, read_sound
from seine_core.media.sound_file import read_flac, write_flac
from seine_core.story.disk.media_store import Media

SOUNDS = "sounds"  # the folder of a cache that they are kept in
PEAKS_PER_S = 100
_PEAK_SAMPLES = SAMPLE_RATE // PEAKS_PER_S
_VERSION = 1  # raised when sounds are decoded otherwise
_SOUND, _PEAKS, _LENGTH = "sound.flac", "peaks", "samples"


@dataclass(frozen=True)
class StoredSound:
    """A sound of `samples` at 48,000 a second, heard from its end to its beginning where
    `backwards`."""

    folder: Path
    samples: int
    backwards: bool = False

    def read(self, first: int = 0) -> Iterator[Sound]:
        """float32 [n 2] from the sample `first` on, in pieces of any length."""
        if first >= self.samples:
            return iter(())
        return self._backwards(first) if self.backwards else read_flac(self.folder / _SOUND, first)

    def _backwards(self, first: int) -> Iterator[Sound]:
        for end in range(self.samples - first, 0, -SAMPLE_RATE):
            begin, pieces, count = max(0, end - SAMPLE_RATE), [], 0
            for piece in read_flac(self.folder / _SOUND, begin):
                pieces.append(piece)
                count += len(piece)
                if count >= end - begin:
                    break
            yield np.concatenate(pieces)[: end - begin][::-1]

    def peaks(self) -> NDArray[np.int8]:
        """[n 2]: the least and the greatest value of both channels, times 127, in each hundredth
        of a second."""
        peaks = np.frombuffer((self.folder / _PEAKS).read_bytes(), np.int8).reshape(-1, 2)
        return peaks[::-1] if self.backwards else peaks


class SoundStore:
    """The sounds under one folder; any thread and any process may ask."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, media: Media, tempo: float = 1.0) -> StoredSound:
        """The sound of a file at 0.25 to 4 times its pace, decoded if it never was.

        Raises:
            BadInput: it has none, or is damaged.
            OSError: the folder cannot be written.
        """
        key = f"{media.sha256}-{_VERSION}" + (f"-{tempo:g}" if tempo != 1 else "")
        with self._locks[key]:
            if known := self._known(key):
                return known
            make_folder(self.root)
            return self._made(key, media, tempo)

    def has(self, media: Media) -> bool:
        """Whether `get` answers at once."""
        return self._known(f"{media.sha256}-{_VERSION}") is not None

    def check(self, media: Media, offset_s: float = 0.0) -> None:
        """Whether a file has sound from `offset_s` on. Nothing is written.

        Raises:
            BadInput: it has none there, or is damaged.
        """
        if known := self._known(f"{media.sha256}-{_VERSION}"):
            is_over = offset_s * SAMPLE_RATE >= known.samples
        else:
            is_over = not any(len(piece) for piece in read_sound(media.path, offset_s))
        if is_over:
            raise BadInput(
                f"has no sound after {offset_s:g} s",
                subject=media.path,
                advice="start earlier, or choose another file",
            )

    def prune(self, max_bytes: int) -> None:
        """Remove the sounds that were not heard for longest until the rest has `max_bytes`."""
        found = []
        for folder in self.root.glob("*-*"):
            with contextlib.suppress(OSError):  # another process may be removing it
                size = sum(file.stat().st_size for file in folder.iterdir())
                found.append((folder.stat().st_mtime_ns, size, folder))
        total = sum(size for _, size, _ in found)
        for _, size, folder in sorted(found):
            if total <= max_bytes:
                break
            (folder / _LENGTH).unlink(missing_ok=True)  # without it, it is no entry
            with contextlib.suppress(OSError):
                for file in folder.iterdir():
                    file.unlink(missing_ok=True)
                folder.rmdir()
            total -= size

    def _known(self, key: str) -> StoredSound | None:
        folder = self.root / key
        try:
            samples = int((folder / _LENGTH).read_text())
            os.utime(folder)
        except (OSError, ValueError):
            return None
        return StoredSound(folder, samples)

    def _made(self, key: str, media: Media, tempo: float) -> StoredSound:
        peaks = _Peaks()
        try:
            with new_folder(self.root / key, replace=_is_no_entry) as part:
                sound = read_sound(media.path, tempo=tempo)
                samples = write_flac(map(peaks.passed, sound), part / _SOUND)
                if not samples:
                    raise BadInput(
                        "no sound in it can be decoded (cut off or damaged?)",
                        subject=media.path,
                        advice="export it again, or mute it",
                    )
                (part / _PEAKS).write_bytes(peaks.found().tobytes())
                (part / _LENGTH).write_text(str(samples))
        except OSError:
            if known := self._known(key):  # another process was quicker
                return known
            raise
        return StoredSound(self.root / key, samples)


def _is_no_entry(folder: Path) -> bool:
    return not (folder / _LENGTH).exists()


class _Peaks:
    """The least and the greatest value of each hundredth of a second of a sound that passes."""

    def __init__(self) -> None:
        self._found: list[NDArray[np.int8]] = []
        self._rest = np.zeros((0, 2), np.float32)

    def passed(self, sound: Sound) -> Sound:
        self._rest = np.concatenate([self._rest, sound])
        whole = len(self._rest) // _PEAK_SAMPLES * _PEAK_SAMPLES
        if whole:
            self._add(self._rest[:whole].reshape(-1, _PEAK_SAMPLES * 2))
            self._rest = self._rest[whole:]
        return sound

    def found(self) -> NDArray[np.int8]:
        if len(self._rest):
            self._add(self._rest.reshape(1, -1))
            self._rest = self._rest[:0]
        return np.concatenate([np.zeros((0, 2), np.int8), *self._found])

    def _add(self, parts: NDArray[np.float32]) -> None:
        both = np.stack([parts.min(axis=1), parts.max(axis=1)], axis=1)
        self._found.append(np.rint(np.clip(both, -1, 1) * 127).astype(np.int8))
