"""What stories were before: their undo and their versions, in a file of the workspace.

The stories themselves are in their own files, and all of this can be done without. So a kill leaves
it whole, but nothing is forced to the disk here, and a damaged file is set aside and begun anew.
"""

import contextlib
import logging
import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput, NotFound
from seine_core.story.disk.storage import dump_story, parse_story
from seine_core.story.history import History
from seine_core.story.model import Story

log = logging.getLogger(__name__)

FILE = "history.sqlite"
_FORMAT = 0x5E14E0A1  # SQLite's application_id
_READ = 4_000_000  # characters of undo that are read when a story is opened
_STEP_BYTES = 4_000_000  # of a story's undo on disk
_AUTOMATIC, NAMED = 30, 50  # versions of a story
_EVERY_S = 600.0  # how long a story is edited until there is another automatic version
_MEDIUM = re.compile(r'"file": "([^"]+)"')
_SCHEMA = """
CREATE TABLE step (story TEXT, place INTEGER, text BLOB, media TEXT, PRIMARY KEY (story, place));
CREATE TABLE present (story TEXT PRIMARY KEY, place INTEGER NOT NULL);
CREATE TABLE version (
    number INTEGER PRIMARY KEY AUTOINCREMENT, story TEXT NOT NULL, made REAL NOT NULL,
    title TEXT NOT NULL, text BLOB NOT NULL, media TEXT NOT NULL
);
CREATE INDEX version_story ON version (story, made);
"""


@dataclass(frozen=True)
class Version:
    """A story as it was. One without a `title` was kept by itself. `made`: seconds since 1970."""

    number: int
    made: float
    title: str
    story: Story


class KeptHistory:
    """That of all stories of a workspace; any thread may use it."""

    def __init__(self, file: Path, wall: Callable[[], float] = time.time) -> None:
        self._file, self._wall = file, wall
        self._lock = threading.RLock()
        self._stacks: dict[str, list[tuple[int, Story]]] = {}  # as they are on disk
        try:
            self._db = _opened(file)
        except sqlite3.Error as error:
            log.warning("%s: set aside, and begun anew (%s)", file, error)
            file.replace(file.with_suffix(".damaged"))
            self._db = _opened(file)

    def close(self) -> None:
        self._db.close()

    def opened(self, name: str, story: Story) -> History:
        """The history of a story that is opened. What another program made of it meanwhile is one
        step more."""
        with self._lock:
            past, future = self._read(name, "<=", "DESC"), self._read(name, ">", "ASC")
            self._stacks[name] = [*reversed(past), *future]
        before = [earlier for _, earlier in reversed(past)]
        if not before:
            return History(story)
        if before[-1] == story:
            return History(before[-1], tuple(before[:-1]), tuple(later for _, later in future))
        return History(story, tuple(before))

    def keep(self, name: str, history: History) -> None:
        """Keep the history as it is now; a full disk costs no more than that."""
        stack = (*history.past, history.story, *history.future)
        with self._lock, self._changing(name) as db:
            if name not in self._stacks:
                db.execute("DELETE FROM step WHERE story = ?", (name,))
            known = self._stacks.get(name, [])
            first = next((i for i, (_, old) in enumerate(known) if old is stack[0]), len(known))
            same = 0
            while same < len(stack) and first + same < len(known):
                if known[first + same][1] is not stack[same]:
                    break
                same += 1
            gone = [(name, place) for place, _ in known[:first] + known[first + same :]]
            db.executemany("DELETE FROM step WHERE story = ? AND place = ?", gone)
            at = known[first + same - 1][0] + 1 if same else (known[-1][0] + 1 if known else 0)
            fresh = list(enumerate(stack[same:], at))
            db.executemany(
                "INSERT OR REPLACE INTO step VALUES (?, ?, ?, ?)",
                [(name, place, *_packed(story)) for place, story in fresh],
            )
            stacked = known[first : first + same] + fresh
            present = stacked[len(history.past)][0]
            db.execute("INSERT OR REPLACE INTO present VALUES (?, ?)", (name, present))
            self._stacks[name] = stacked
            self._bound(db, name, present)

    def keep_version(self, name: str, story: Story, title: str = "") -> None:
        """Keep a version; without a title by itself, where the latest one is another.

        Raises:
            BadInput: there are too many with a title, or the disk refuses.
        """
        with self._lock:
            named = "title != ''" if title else "title = ''"
            sql = f"SELECT number FROM version WHERE story = ? AND {named} ORDER BY number DESC"
            numbers = [number for (number,) in self._rows(sql, name)]
            if title and len(numbers) >= NAMED:
                raise BadInput(
                    f"there are {len(numbers)} already",
                    subject="versions",
                    allowed=NAMED,
                    advice="remove one first",
                )
            with self._changing(name, quiet=not title) as db:
                text, media = _packed(story)
                row = (name, self._wall(), title, text, media)
                db.execute(
                    "INSERT INTO version (story, made, title, text, media) VALUES (?, ?, ?, ?, ?)",
                    row,
                )
                old = [] if title else numbers[_AUTOMATIC - 1 :]
                db.executemany("DELETE FROM version WHERE number = ?", [(n,) for n in old])

    def keep_automatically(self, name: str, story: Story) -> None:
        """Keep a version of a story that is about to change, unless the latest is new or the
        same."""
        with self._lock:
            sql = "SELECT made, text FROM version WHERE story = ? ORDER BY number DESC LIMIT 1"
            latest = self._rows(sql, name)
            if latest and 0 <= self._wall() - latest[0][0] < _EVERY_S:
                return
            if not (latest and latest[0][1] == _packed(story)[0]):
                self.keep_version(name, story)

    def versions(self, name: str) -> list[Version]:
        """A story's, the latest first; what cannot be read is left out."""
        return self._versions("WHERE story = ? ORDER BY number DESC", name)

    def version(self, name: str, number: int) -> Version:
        """One of a story's versions.

        Raises:
            BadInput: there is none.
        """
        for found in self._versions("WHERE story = ? AND number = ?", name, number):
            return found
        raise NotFound("it is not there any more", subject="version")

    def remove_version(self, name: str, number: int) -> None:
        """Forget a version.

        Raises:
            BadInput: the disk refuses.
        """
        with self._lock, self._changing(name, quiet=False) as db:
            db.execute("DELETE FROM version WHERE story = ? AND number = ?", (name, number))

    def media(self, name: str) -> set[str]:
        """The files that a story was made of at any of these times."""
        sql = (
            "SELECT media FROM step WHERE story = ?1 UNION SELECT media FROM version "
            "WHERE story = ?1"
        )
        return {file for (files,) in self._rows(sql, name) for file in files.split("\n") if file}

    def closed(self, name: str) -> None:
        """The story is no longer open."""
        with self._lock:
            self._stacks.pop(name, None)

    def forget(self, name: str) -> None:
        """The story is gone for good."""
        with self._lock, self._changing(name) as db:
            for table in ("step", "present", "version"):
                db.execute(f"DELETE FROM {table} WHERE story = ?", (name,))
            self._stacks.pop(name, None)

    def _versions(self, where: str, *values: str | int) -> list[Version]:
        found = []
        sql = f"SELECT number, made, title, text FROM version {where}"
        for number, made, title, text in self._rows(sql, *values):
            with contextlib.suppress(BadInput, zlib.error):
                found.append(Version(number, made, title, parse_story(zlib.decompress(text))))
        return found

    def _read(self, name: str, side: str, order: str) -> list[tuple[int, Story]]:
        sql = (
            "SELECT place, text FROM step WHERE story = ?1 AND place "
            f"{side} (SELECT place FROM present WHERE story = ?1) ORDER BY place {order}"
        )
        found: list[tuple[int, Story]] = []
        size = 0
        for place, packed in self._rows(sql, name):
            try:
                text = zlib.decompress(packed)
                size += len(text)
                if size > _READ:
                    break
                found.append((place, parse_story(text)))
            except (BadInput, zlib.error):
                break
        return found

    def _bound(self, db: sqlite3.Connection, name: str, present: int) -> None:
        """Let the oldest steps go where there is too much; those that are open stay in memory."""
        sql = "SELECT place, length(text) FROM step WHERE story = ? ORDER BY place DESC"
        size = 0
        for place, length in db.execute(sql, (name,)).fetchall():
            size += length
            if size > _STEP_BYTES and place < present:
                db.execute("DELETE FROM step WHERE story = ? AND place <= ?", (name, place))
                return

    def _rows(self, sql: str, *values: str | int) -> list[Any]:
        with self._lock:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                log.warning("%s: cannot be read (%s)", self._file, error)
                return []

    @contextlib.contextmanager
    def _changing(self, name: str, *, quiet: bool = True) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._stacks.pop(name, None)  # written whole next time
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            if not quiet:
                raise BadInput("not kept", subject="version", reason=error) from None
            log.warning("%s: the history of %s is not kept (%s)", self._file, name, error)


def _packed(story: Story) -> tuple[bytes, str]:
    text = dump_story(story)
    return zlib.compress(text.encode(), 3), "\n".join(sorted(set(_MEDIUM.findall(text))))


def _opened(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA synchronous = OFF")
        (known,) = db.execute("PRAGMA application_id").fetchone()
        if known != _FORMAT:
            for statement in _SCHEMA.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_FORMAT}")
        return db
    except sqlite3.Error:
        db.close()
        raise
