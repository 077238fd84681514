"""What programs were made: each a folder, to be fetched for a day, and bounded as all on a disk is.

Their addresses are known to this run of the server alone, so what an earlier one made goes when it
starts.
"""

import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_KEPT_S = 24 * 3600.0
_EACH = 50  # of one person
_BYTES = 20_000_000_000  # of all


@dataclass
class _Result:
    person: str
    size: int
    made: float


class Results:
    """The results of all callers, the oldest first to go."""

    def __init__(
        self,
        root: Path,
        *,
        max_bytes: int = _BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root, self._max_bytes, self._clock = root, max_bytes, clock
        self._kept: dict[Path, _Result] = {}
        self._lock = threading.Lock()
        shutil.rmtree(root, ignore_errors=True)

    def begin(self) -> Path:
        """Where a result is to be made: a folder that is not there yet."""
        return self._root / secrets.token_hex(8)

    def keep(self, folder: Path, person: str) -> None:
        """The result is made; what there is no room for any more goes."""
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        now = self._clock()
        with self._lock:
            self._kept[folder] = _Result(person, size, now)
            theirs = [one for one, result in self._kept.items() if result.person == person]
            gone = {one for one, result in self._kept.items() if now - result.made > _KEPT_S}
            gone.update(theirs[:-_EACH])
            total = sum(result.size for one, result in self._kept.items() if one not in gone)
            for one in [*self._kept][:-1]:
                if total > self._max_bytes and one not in gone:
                    total -= self._kept[one].size
                    gone.add(one)
            for one in gone:
                del self._kept[one]
        for one in gone:
            self.drop(one)

    def drop(self, folder: Path) -> None:
        """Remove what was not made, or is not kept."""
        shutil.rmtree(folder, ignore_errors=True)
