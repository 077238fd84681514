"""What a workspace remembers of visitors and stories: whose each story is, which is on show, what
is in the trash, and when it was last used.

The table says where a story's folder belongs; whoever moves a folder does it within a `change`, and
what a kill left elsewhere is moved there when the workspace is opened again (`folders`).
"""

import contextlib
import json
import re
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.stories.database import Database, damaged

STORY_NAME = re.compile(r"[0-9a-f]{16}")
EARLIER_FILE = "visitors.json"  # where versions before this one kept the same
_NOBODY = ""


@dataclass(frozen=True)
class Record:
    """A story that the workspace knows. `deleted` and `used` are its times, None for never and for
    not known; `own` is 1 where it is known to hold something of its own."""

    name: str
    who: str
    deleted: float | None
    own: int
    used: float | None


class Records:
    """Whoever changes them holds the workspace's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        if database.setting("key") is None:
            database.set(key=secrets.token_hex(32))
        if database.setting("secret") is None:
            self._take_over(database.file.with_name(EARLIER_FILE))

    @property
    def secret(self) -> str:
        """What the browser's copy of a token is encrypted with; every page knows it."""
        return str(self._database.setting("secret"))

    @property
    def key(self) -> str:
        """What tokens are marked with; no page knows it."""
        return str(self._database.setting("key"))

    def begun(self, who: str) -> int | None:
        """How many stories the visitor was ever given; None for one of whom nothing is known."""
        found = self._database.rows("SELECT begun FROM visitor WHERE who = ?", who)
        return found[0][0] if found else None

    def stories(self, who: str) -> list[str]:
        """The names of a visitor's stories, the one on show last."""
        sql = "SELECT name FROM story WHERE who = ? AND deleted IS NULL ORDER BY shown"
        return [name for (name,) in self._database.rows(sql, who)]

    def trash(self, who: str) -> list[str]:
        """The names of a visitor's deleted stories, the latest first."""
        sql = "SELECT name FROM story WHERE who = ? AND deleted IS NOT NULL ORDER BY deleted DESC"
        return [name for (name,) in self._database.rows(sql, who)]

    def every(self) -> list[Record]:
        """All stories."""
        sql = "SELECT name, who, deleted, own, used FROM story ORDER BY name"
        return [Record(*row) for row in self._database.rows(sql)]

    def get(self, name: str) -> Record | None:
        """A story; None for one that is not known."""
        sql = "SELECT name, who, deleted, own, used FROM story WHERE name = ?"
        found = self._database.rows(sql, name)
        return Record(*found[0]) if found else None

    def add(self, who: str, name: str, now: float, *, show: bool = True) -> None:
        """The story is the visitor's; its folder is about to get its place."""
        with self._database.change() as db:
            db.execute(
                "INSERT INTO visitor VALUES (?, 1, ?) "
                "ON CONFLICT (who) DO UPDATE SET begun = begun + 1, used = excluded.used",
                (who, now),
            )
            db.execute(
                "INSERT INTO story (name, who, shown, used) VALUES (?, ?, ?, ?)",
                (name, who, _place(db, who, show), now),
            )

    @contextlib.contextmanager
    def deleted(self, name: str, now: float) -> Iterator[None]:
        """The story belongs in the trash, once its folder is there."""
        with self._database.change() as db:
            db.execute(
                "UPDATE story SET deleted = ?, was_shown = shown = (SELECT max(shown) FROM story "
                "AS other WHERE other.who = story.who AND other.deleted IS NULL) WHERE name = ?",
                (now, name),
            )
            yield

    @contextlib.contextmanager
    def restored(self, name: str, now: float) -> Iterator[None]:
        """The story is no longer in the trash, once its folder is back."""
        with self._database.change() as db:
            ((who, was_shown),) = db.execute(
                "SELECT who, was_shown FROM story WHERE name = ?", (name,)
            ).fetchall()
            db.execute(
                "UPDATE story SET deleted = NULL, used = ?, shown = ? WHERE name = ?",
                (now, _place(db, who, was_shown), name),
            )
            yield

    def show(self, name: str, now: float) -> None:
        """The story is the one on show."""
        with self._database.change() as db:
            db.execute(
                "UPDATE story SET used = ?, shown = 1 + (SELECT max(shown) FROM story AS other "
                "WHERE other.who = story.who) WHERE name = ?",
                (now, name),
            )

    def use(self, names: list[str], now: float) -> None:
        """The stories were looked at."""
        used = [(now, name) for name in names]
        with self._database.change() as db:
            db.executemany("UPDATE story SET used = ? WHERE name = ?", used)
            db.executemany(
                "UPDATE visitor SET used = ? WHERE who = (SELECT who FROM story WHERE name = ?)",
                used,
            )

    def own(self, name: str) -> None:
        """The story holds something of its own."""
        with self._database.change() as db:
            db.execute("UPDATE story SET own = 1 WHERE name = ?", (name,))

    def forget(self, name: str) -> None:
        """The story is gone for good."""
        with self._database.change() as db:
            db.execute("DELETE FROM story WHERE name = ?", (name,))
            db.execute("DELETE FROM intent WHERE story = ?", (name,))

    def find(self, names: list[str], now: float | None) -> list[tuple[str, str]]:
        """Take in stories that nobody is known to own, into the trash as of `now` unless that is
        None. Where only one visitor is known they are theirs. Returns (name, who)."""
        with self._database.change() as db:
            known = db.execute("SELECT who FROM visitor").fetchall()
            who = known[0][0] if len(known) == 1 and now is None else _NOBODY
            for name in names:
                db.execute(
                    "INSERT INTO story (name, who, shown, deleted) VALUES (?, ?, ?, ?)",
                    (name, who, _place(db, who, False), now),
                )
        return [(name, who) for name in names]

    def unneeded(self, paths: list[str], now: float) -> dict[str, float]:
        """Since when each of these is not needed. What was not and is not among them is again."""
        with self._database.change() as db:
            known = dict(db.execute("SELECT path, since FROM unneeded").fetchall())
            since = {path: known.get(path, now) for path in paths}
            db.execute("DELETE FROM unneeded")
            db.executemany("INSERT INTO unneeded VALUES (?, ?)", since.items())
        return since

    def forget_visitors(self, before: float) -> None:
        """Forget those who have no stories and did not come since."""
        with self._database.change() as db:
            db.execute(
                "DELETE FROM visitor WHERE coalesce(used, 0) < ? "
                "AND NOT EXISTS (SELECT 1 FROM story WHERE story.who = visitor.who)",
                (before,),
            )

    def _take_over(self, earlier: Path) -> None:
        """What an earlier version kept in a file of its own, which stays as it is."""
        secret, visitors = secrets.token_hex(16), dict[str, list[str]]()
        if earlier.exists():
            secret, visitors = _earlier(earlier)
        with self._database.change() as db:
            for who, names in visitors.items():
                db.execute("INSERT INTO visitor VALUES (?, ?, NULL)", (who, len(names)))
                db.executemany(
                    "INSERT OR IGNORE INTO story (name, who, shown) VALUES (?, ?, ?)",
                    [(name, who, shown) for shown, name in enumerate(names)],
                )
            db.execute("INSERT INTO setting VALUES ('secret', ?)", (secret,))


def _place(db: sqlite3.Connection, who: str, show: Any) -> int:
    """A number for `shown`: after all of the visitor's stories, or before them."""
    sql = "SELECT min(shown), max(shown) FROM story WHERE who = ?"
    ((first, last),) = db.execute(sql, (who,)).fetchall()
    if first is None:
        return 0
    return int(last + 1 if show else first - 1)


def _earlier(file: Path) -> tuple[str, dict[str, list[str]]]:
    try:
        data = json.loads(file.read_bytes())
        visitors = {
            str(who): [n for n in names if STORY_NAME.fullmatch(n)]
            for who, names in data["visitors"].items()
        }
        return str(data["secret"]), visitors
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(file, error) from None
