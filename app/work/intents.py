"""What is to be rendered, on disk: when the server goes away in the middle, it is offered again."""

import json
import logging
import threading
from pathlib import Path
from typing import Any

from app.stories.database import Database
from seine_core.errors import BadInput

log = logging.getLogger(__name__)

_MAX_BYTES = 20_000
_EARLIER = "renders"  # where versions before this one kept a file for each story


class Intents:
    """The commands of each story whose renders are waiting or running. Who reads them takes them
    for a browser's: they are checked before anything is done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._take_over(database.file.with_name(_EARLIER))
        self._kept: dict[str, str] = dict(database.rows("SELECT story, commands FROM intent"))

    def write(self, story: str, commands: list[dict[str, Any]]) -> None:
        """Keep `commands`, none of which is over; a full disk costs only the offer."""
        text = json.dumps(commands) if commands else ""
        with self._lock:
            if text == self._kept.get(story, ""):
                return
            self._kept.pop(story, None)
            try:
                with self._database.change() as db:
                    db.execute("DELETE FROM intent WHERE story = ?", (story,))
                    if commands:
                        db.execute("INSERT INTO intent VALUES (?, ?)", (story, text))
            except BadInput as error:
                log.warning("renders of %s: not kept (%s)", story, error)
                return
            if commands:
                self._kept[story] = text

    def read(self, story: str) -> list[Any]:
        """What was kept; nothing where that is damaged."""
        text = self._kept.get(story, "[]")
        try:
            kept = json.loads(text) if len(text) <= _MAX_BYTES else []
        except (ValueError, RecursionError):
            return []
        return kept if isinstance(kept, list) else []

    def _take_over(self, folder: Path) -> None:
        """What an earlier version kept; its files go once it is here."""
        files = [file for file in sorted(folder.glob("[!.]*.json")) if file.is_file()]
        with self._database.change() as db:
            for file in files:
                try:
                    text = file.read_text() if file.stat().st_size <= _MAX_BYTES else ""
                except (OSError, ValueError):
                    continue
                db.execute("INSERT OR IGNORE INTO intent VALUES (?, ?)", (file.stem, text))
        for file in files:
            file.unlink(missing_ok=True)
