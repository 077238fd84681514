"""The one SQLite file of a workspace: opened, its layout made or checked, and its errors said in
one line. What is committed is on disk; a kill at any moment leaves the last commit."""

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput

FILE = "workspace.sqlite"
_FORMAT = 0x5E14E0A0  # SQLite's application_id: a workspace
_LAYOUT = 1  # SQLite's user_version
_SYNCHRONOUS = "EXTRA"  # also the folder is synced after each commit
_SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value NOT NULL);
-- `begun` counts the stories that the visitor was ever given.
CREATE TABLE visitor (who TEXT PRIMARY KEY, begun INTEGER NOT NULL, used REAL);
-- Of a visitor's stories that with the greatest `shown` is on show. `deleted` is when it went to
-- the trash, and where it is not NULL the story's folder belongs there. `own` is 1 once it is known
-- to hold something that neither the sample nor an empty story has. Times are the workspace's.
CREATE TABLE story (
    name TEXT PRIMARY KEY, who TEXT NOT NULL, shown INTEGER NOT NULL,
    deleted REAL, was_shown INTEGER NOT NULL DEFAULT 0,
    own INTEGER NOT NULL DEFAULT 0, used REAL
);
CREATE INDEX story_who ON story (who, shown);
CREATE TABLE intent (story TEXT PRIMARY KEY, commands TEXT NOT NULL);
-- Files that nobody needed when they were last looked at, and since when.
CREATE TABLE unneeded (path TEXT PRIMARY KEY, since REAL NOT NULL);
"""


def damaged(file: Path, error: Exception) -> BadInput:
    """What is said of a file of a workspace that cannot be understood."""
    advice = "move it away, the stories beside it are kept"
    return BadInput("damaged", subject=file, reason=error, advice=advice)


class Database:
    """Any thread may use it."""

    def __init__(self, file: Path) -> None:
        """Raises:
        BadInput: the file is damaged, is something else, or is of a newer program.
        """
        self.file = file
        self._lock = threading.RLock()
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise BadInput("cannot be opened", subject=file, reason=error) from None
        self.close = weakref.finalize(self, self._connection.close)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self.close()
            raise damaged(file, error) from None
        except BadInput:
            self.close()
            raise

    @contextlib.contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """All that is done within is done, or nothing is; afterwards it is on disk.

        Raises:
            BadInput: the disk refuses.
        """
        with self._lock, self._refusing():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query finds.

        Raises:
            BadInput: the file cannot be read.
        """
        with self._lock, self._refusing():
            return self._connection.execute(sql, values).fetchall()

    def setting(self, name: str) -> Any:
        """The value that was set; None where none was."""
        found = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return found[0][0] if found else None

    def set(self, **values: Any) -> None:
        """Keep these settings.

        Raises:
            BadInput: the disk refuses.
        """
        with self.change() as db:
            db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", values.items())

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise BadInput("cannot be used", subject=self.file, reason=error) from None

    def _prepare(self) -> None:
        db = self._connection
        db.execute("PRAGMA journal_mode = DELETE")  # no log lies beside the file
        db.execute(f"PRAGMA synchronous = {_SYNCHRONOUS}")
        ((format_,),), ((layout,),) = (
            db.execute(f"PRAGMA {name}").fetchall() for name in ("application_id", "user_version")
        )
        if not layout and not format_ and not db.execute("SELECT 1 FROM sqlite_master").fetchall():
            db.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_FORMAT}")
            db.execute(f"PRAGMA user_version = {_LAYOUT}")
            db.execute("COMMIT")
            return
        if format_ != _FORMAT:
            raise BadInput(
                "is no workspace of this program", subject=self.file, advice="move it away"
            )
        if layout > _LAYOUT:
            raise BadInput(
                f"was made by a newer program (layout {layout}, this one knows {_LAYOUT})",
                subject=self.file,
                advice="update SEINE Storyboard, or give another --workspace",
            )
        ((verdict,), *_) = db.execute("PRAGMA quick_check(1)").fetchall()
        if verdict != "ok":
            raise sqlite3.DatabaseError(str(verdict).replace("\n", " ")[:100])
