"""What is to be rendered, on disk: when the server goes away in the middle, it is offered again."""

import contextlib
import json
import logging
import re
from pathlib import Path
from typing import Any

from seine_core.story.storage import write_atomically

log = logging.getLogger(__name__)

_MAX_BYTES = 20_000
_NAME = re.compile(r"[a-z0-9-]{1,40}")


class Intents:
    """A small file for each story with the commands whose renders are waiting or running. Who reads
    them takes them for a browser's: they are checked before anything is done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, story: str, commands: list[dict[str, Any]]) -> None:
        """Keep `commands`, none of which is over; a full disk costs only the offer."""
        file = self._file(story)
        try:
            if commands:
                self._folder.mkdir(exist_ok=True)
                write_atomically(file, json.dumps(commands).encode())
            else:
                file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s: not kept (%s)", file, error.strerror)

    def read(self, story: str) -> list[Any]:
        """What was kept; nothing where that is damaged."""
        file = self._file(story)
        with contextlib.suppress(OSError, ValueError, RecursionError):
            if file.stat().st_size <= _MAX_BYTES:
                kept = json.loads(file.read_bytes())
                return kept if isinstance(kept, list) else []
        return []

    def _file(self, story: str) -> Path:
        assert _NAME.fullmatch(story), "names are the server's own"
        return self._folder / f"{story}.json"
