"""Facts about clips: the latest in memory, and all of them in files beside the clips, where they
are found after a restart and go when the clips do."""

import contextlib
import json
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from seine_core.story.disk.storage import write_atomically
from seine_core.story.make.cache import ClipCache

_MAX_BYTES = 100_000


class Beside:
    """One kind of fact, plain JSON, kept under `file` in a clip's folder. `of` says what else than
    the clip a fact depends on: of another it is not found."""

    def __init__(self, cache: ClipCache, file: str, most: int = 4000) -> None:
        self._cache, self._file, self._most = cache, file, most
        self._known: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, key: str, of: str = "") -> Any:
        """What is in memory; None where nothing is."""
        return self._known.get((key, of))

    def read(self, key: str, of: str = "") -> Any:
        """The fact about the clip `key`; None where there is none."""
        fact = self.known(key, of)
        if fact is None:
            path = self._cache.clip_path(key).with_name(self._file)
            with contextlib.suppress(OSError, ValueError, RecursionError):
                if path.stat().st_size <= _MAX_BYTES:
                    kept = json.loads(path.read_bytes())
                    if isinstance(kept, dict) and kept.get("of") == of:
                        fact = kept.get("fact")
                        self.remember(key, fact, of)
        return fact

    def write(self, key: str, fact: Any, of: str = "") -> None:
        """Keep a fact. Where the disk refuses, it is found out again after a restart."""
        self.remember(key, fact, of)
        path = self._cache.clip_path(key).with_name(self._file)
        with contextlib.suppress(OSError):
            write_atomically(path, json.dumps({"of": of, "fact": fact}).encode())

    def take_in(self, folder: Path) -> None:
        """The facts about clips that came with some, as `KEY.json`, where there are none yet."""
        for file in folder.glob("*.json"):
            place = self._cache.clip_path(file.stem).with_name(self._file)
            if self._cache.has(file.stem) and not place.exists():
                with contextlib.suppress(OSError):
                    write_atomically(place, file.read_bytes())

    def remember(self, key: str, fact: Any, of: str = "") -> None:
        """Keep a fact in memory alone."""
        with self._lock:
            self._known[key, of] = fact
            if len(self._known) > self._most:
                self._known.popitem(last=False)
