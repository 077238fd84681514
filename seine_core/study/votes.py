"""The votes of a study, in an SQLite file that a crash at any moment leaves whole.

One transaction a vote, on disk before it is acknowledged. A rater who answers a trial again
replaces the earlier answer: so a vote that is sent twice counts once, and one can be undone.
"""

import hmac
import secrets
import sqlite3
import threading
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from seine_core.errors import BadInput
from seine_core.study.trials import Trial

Choice = Literal["left", "right", "tie", "skip"]
FILE = "study.sqlite"
QUESTION = "Which transition is better: smoother, truer to both scenes and to the text?"
LENGTH = 60
MAX_QUESTION = 300
MAX_RATERS = 10_000  # what strangers who make raters without end can fill the disk with
PER_ADDRESS = 30  # raters without an invitation: a class at one address, and no more from a script
MAX_INVITATIONS = 1000  # at a time
_FORMAT = 0x5E14E001  # SQLite's application_id: a study, first layout
_SCHEMA = """
CREATE TABLE study (
    id TEXT, secret TEXT, results_key TEXT, seed INTEGER, question TEXT, length INTEGER
);
CREATE TABLE rater (
    number INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, name TEXT NOT NULL, joined TEXT NOT NULL
);
CREATE TABLE vote (
    rater INTEGER NOT NULL, item TEXT NOT NULL,
    left TEXT NOT NULL, right TEXT NOT NULL,
    choice TEXT NOT NULL CHECK (choice IN ('left', 'right', 'tie', 'skip')),
    at TEXT NOT NULL
);
CREATE UNIQUE INDEX once ON vote (rater, item, min(left, right), max(left, right));
"""
# Who may join; later than the first layout, whose files get it when they are gone on with.
_ADMISSION = """
CREATE TABLE IF NOT EXISTS caller (hash TEXT PRIMARY KEY, raters INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS invitation (hash TEXT PRIMARY KEY, rater INTEGER);
"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a study, and the secrets behind its addresses."""

    id: str
    secret: str  # makes the trials' ids
    results_key: str  # who has it sees the results
    seed: int
    question: str
    length: int  # trials of a rater


@dataclass(frozen=True, kw_only=True)
class Rater:
    """`number` counts from 1; `token` is what only this rater has."""

    number: int
    token: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One answer. `rater` is the rater's number and `name`; `at` is UTC."""

    rater: int
    name: str
    item: str
    left: str
    right: str
    choice: Choice
    at: str

    @property
    def preferred(self) -> str | None:
        """The method that won; None for a tie and where the trial was skipped."""
        return {"left": self.left, "right": self.right}.get(self.choice)


class Votes:
    """The open file, from `begin_votes` or `open_votes`; any thread may call."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings) -> None:
        self.settings = settings
        self._connection = connection
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the database, which folds SQLite's write-ahead log into the one file."""
        with self._lock:
            self._connection.close()

    def prepare(self) -> None:
        """Make a file of an earlier version ready for new raters.

        Raises:
            BadInput: the disk refuses.
        """
        try:
            with self._lock, self._connection as db:
                for statement in _ADMISSION.split(";"):
                    db.execute(statement)
        except sqlite3.Error as error:
            raise BadInput("the study cannot be written", reason=error) from None

    def invite(self, count: int) -> list[str]:
        """`count` new tokens, each of which admits one rater; only their hashes are kept. Once
        there is one, nobody joins without.

        Raises:
            BadInput: `count` is out of range.
        """
        if not 1 <= count <= MAX_INVITATIONS:
            raise BadInput(
                subject="invite", received=count, allowed=f"1 to {MAX_INVITATIONS} at a time"
            )
        tokens = [secrets.token_urlsafe(24) for _ in range(count)]
        rows = [(self._hashed("invitation", token),) for token in tokens]
        with self._lock, self._connection as db:
            db.executemany("INSERT INTO invitation (hash) VALUES (?)", rows)
        return tokens

    def join(
        self, name: str, *, caller: str = "", invitation: str = "", per_address: int = PER_ADDRESS
    ) -> Rater:
        """A new rater. `caller` is the address that is limited to `per_address` raters; invited
        raters are not.

        Raises:
            BadInput: there are MAX_RATERS, or as many at this address as may be; or the study is
                for those who are invited, and this is no invitation or was used.
        """
        token = secrets.token_urlsafe(24)
        with self._lock, self._connection as db:
            if db.execute("SELECT count(*) FROM rater").fetchone()[0] >= MAX_RATERS:
                raise BadInput(f"This study has {MAX_RATERS} raters, which is all it takes.")
            number = db.execute(
                "INSERT INTO rater (token, name, joined) VALUES (?, ?, ?)", (token, name, _now())
            ).lastrowid
            assert number is not None
            # What is raised here takes the rater back.
            if db.execute("SELECT 1 FROM invitation LIMIT 1").fetchone():
                self._use(db, invitation, number)
            elif caller:
                self._count(db, caller, per_address)
        return Rater(number=number, token=token, name=name)

    def _use(self, db: sqlite3.Connection, invitation: str, rater: int) -> None:
        if not invitation:
            raise BadInput("This study is by invitation: open the link that you were sent.")
        used = db.execute(
            "UPDATE invitation SET rater = ? WHERE hash = ? AND rater IS NULL",
            (rater, self._hashed("invitation", invitation)),
        )
        if used.rowcount != 1:
            raise BadInput(
                "This invitation is unknown or was used; each is for one person in one browser. "
                "Ask who sent it for another."
            )

    def _count(self, db: sqlite3.Connection, caller: str, per_address: int) -> None:
        counted = db.execute(
            "INSERT INTO caller VALUES (?, 1) ON CONFLICT DO UPDATE SET raters = raters + 1 "
            "RETURNING raters",
            (self._hashed("caller", caller),),
        ).fetchone()[0]
        if counted > per_address:
            raise BadInput(
                f"{per_address} people joined from your address, which is all this study takes "
                "from one; ask who runs it for an invitation."
            )

    def _hashed(self, kind: str, value: str) -> str:
        """A keyed hash, as addresses are few and could be found from plain hashes."""
        named = f"{kind} {value}".encode("utf-8", "surrogatepass")
        return hmac.new(self.settings.secret.encode(), named, sha256).hexdigest()

    def rater(self, token: str) -> Rater | None:
        """The rater with this token, if any."""
        row = self._all("SELECT number, token, name FROM rater WHERE token = ?", token)
        return Rater(number=row[0][0], token=row[0][1], name=row[0][2]) if row else None

    def cast(self, rater: Rater, trial: Trial, choice: Choice | None) -> None:
        """Record `choice` in place of an earlier one; None deletes it. Durable on return."""
        low, high = sorted((trial.left, trial.right))
        with self._lock, self._connection as db:
            db.execute(
                "DELETE FROM vote WHERE rater = ? AND item = ? "
                "AND min(left, right) = ? AND max(left, right) = ?",
                (rater.number, trial.item, low, high),
            )
            if choice is not None:
                answer = (rater.number, *astuple(trial), choice, _now())
                db.execute("INSERT INTO vote VALUES (?, ?, ?, ?, ?, ?)", answer)

    def votes(self, rater: Rater | None = None) -> list[Vote]:
        """Everybody's or one rater's, oldest first."""
        rows = self._all(
            "SELECT rater, name, item, left, right, choice, at FROM vote "
            "JOIN rater ON rater.number = vote.rater "
            "WHERE ?1 IS NULL OR rater = ?1 ORDER BY vote.rowid",
            rater and rater.number,
        )
        names = [field.name for field in fields(Vote)]
        return [Vote(**dict(zip(names, row, strict=True))) for row in rows]

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def begin_votes(
    file: Path, *, seed: int | None = None, question: str | None = None, length: int | None = None
) -> Votes:
    """The study in `file`, resumed, or a new one. What is None is as stored, or the default.

    Raises:
        BadInput: a value is out of range, `file` cannot be used, or its study was begun with other
            values: votes under another question or order cannot be counted together.
    """
    requested = {"seed": seed, "question": question, "length": length}
    if length is not None and length < 1:
        raise BadInput(subject="trials", received=length, allowed="1 and more")
    if question is not None and not 0 < len(question) <= MAX_QUESTION:
        raise BadInput(
            f"received {len(question)} characters",
            subject="question",
            allowed=f"1 to {MAX_QUESTION}",
        )
    if not file.exists():
        _create(
            file,
            Settings(
                id=secrets.token_hex(8),
                secret=secrets.token_hex(32),
                results_key=secrets.token_urlsafe(24),
                seed=seed or 0,
                question=question or QUESTION,
                length=length or LENGTH,
            ),
        )
    votes = open_votes(file)
    votes.prepare()
    for name, value in requested.items():
        kept = getattr(votes.settings, name)
        if value is not None and value != kept:
            votes.close()
            raise BadInput(
                f"but this study was begun with {kept!r}",
                subject="trials" if name == "length" else name,
                received=value,
                advice=f"leave it out, or move {file} away to begin another study",
            )
    return votes


def open_votes(file: Path) -> Votes:
    """The study in `file`.

    Raises:
        BadInput: it is missing or no study.
    """
    if not file.is_file():
        raise BadInput(
            "is not there",
            subject=file,
            advice=f"nobody was asked yet, begin with `study {file.parent}`",
        )
    names = [field.name for field in fields(Settings)]
    try:
        db = _connect(file, "rw")
        ours = db.execute("PRAGMA application_id").fetchone()[0] == _FORMAT
        row = db.execute(f"SELECT {', '.join(names)} FROM study").fetchone() if ours else None
    except sqlite3.Error as error:
        raise BadInput(
            "cannot be used", subject=file, reason=error, advice="move it away"
        ) from None
    if row is None:
        db.close()
        raise BadInput("is no study of this version", subject=file, advice="move it away")
    return Votes(db, Settings(**dict(zip(names, row, strict=True))))


def _create(file: Path, settings: Settings) -> None:
    """Write a new study, whole or not at all."""
    try:
        with closing(_connect(file, "rwc")) as db, db:
            db.execute("BEGIN EXCLUSIVE")
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute("INSERT INTO study VALUES (?, ?, ?, ?, ?, ?)", astuple(settings))
            db.execute(f"PRAGMA application_id = {_FORMAT}")
    except sqlite3.Error as error:
        raise BadInput(
            "cannot be written", subject=file, reason=error, advice="choose a folder that can"
        ) from None


def _connect(file: Path, mode: Literal["rw", "rwc"]) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode={mode}"
    db = sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level="IMMEDIATE")
    db.execute("PRAGMA trusted_schema = OFF")  # the file may be a stranger's
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")  # WAL's usual NORMAL may lose votes in a power cut
    return db


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
