"""Who edits which story: stories in a workspace folder, each open once for all its tabs."""

import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.edits import History
from seine_core.story.model import Story
from seine_core.story.storage import (
    STORY_FILE,
    load_story,
    save_story,
    write_atomically,
)

log = logging.getLogger(__name__)

SAMPLE = Path(__file__).parent.parent / "assets" / "sample_story"
SAMPLE_DRAFT = SAMPLE / "draft"
_STORY_NAME = re.compile(r"[0-9a-f]{16}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SAME_EDIT_S = 4.0  # typing on in one field within this time is one step of undo
_STORIES_EACH = 50
_IDLE_S = 3600.0  # an open story that nobody looks at for this long is closed

Fill = Callable[[Path], object]  # makes a story in a folder that is not there yet


def empty_story(folder: Path) -> None:
    save_story(Story(), folder)


def sample_story(folder: Path) -> None:
    """A copy of the sample; an empty story where the sample was not installed."""
    if (SAMPLE / STORY_FILE).is_file():
        shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(SAMPLE_DRAFT.name))
    else:
        empty_story(folder)


@dataclass(frozen=True)
class User:
    """A visitor who logged in. Their stories are theirs in any browser; a token is not asked for.
    No browser can send one: what it sends is JSON."""

    name: str


@dataclass
class Session:
    """One story that is open. Whoever reads or changes it holds `lock`.

    `rev` counts the changes; `writers` says which tab made the latest, so that a tab that has not
    seen another's change can be told. `acks` has each tab's last command: one that comes twice,
    since its answer was lost, is not done twice.
    """

    name: str
    folder: Path
    history: History
    rev: int = 0
    problem: str = ""  # why the story is not saved
    writers: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=200))
    acks: OrderedDict[str, int] = field(default_factory=OrderedDict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    touched: float = field(default_factory=time.monotonic)
    first_rev: int = field(init=False)
    _last_edit: tuple[Any, float] = (None, 0.0)

    def __post_init__(self) -> None:
        self.first_rev = self.rev

    @property
    def story(self) -> Story:
        return self.history.story

    def edit(self, story: Story, tab: str, what: Any = None, now: float = 0.0) -> None:
        """Make `story` the present one and save it. Edits of the same `what` in quick succession
        are undone together."""
        if story == self.story:
            return
        last, when = self._last_edit
        if what is not None and what == last and now - when < _SAME_EDIT_S:
            self.turn_to(History(story, self.history.past), tab)
        else:
            self.turn_to(self.history.edited(story), tab)
        self._last_edit = (what, now)

    def turn_to(self, history: History, tab: str) -> None:
        """Go to another point of the history and save it."""
        if history is self.history:
            return
        self._last_edit = (None, 0.0)
        self.history = history
        self.rev += 1
        self.writers.append((self.rev, tab))
        self.save()

    def save(self) -> None:
        """Save the story; when that fails, `problem` says why and editing goes on."""
        try:
            if not self.folder.is_dir():
                raise BadInput("This story was deleted; undo that in Stories to go on.")
            save_story(self.story, self.folder)
            self.problem = ""
        except BadInput as error:
            log.warning("%s", error)
            self.problem = str(error)

    def seen_by(self, tab: str, rev: int) -> bool:
        """Whether a tab that knows revision `rev` has seen what all other tabs did."""
        if not self.first_rev <= rev <= self.rev:
            return False
        if self.writers and rev < self.writers[0][0] - 1:
            return False
        return all(writer == tab for number, writer in self.writers if number > rev)

    def first_time(self, tab: str, seq: int) -> bool:
        """Whether this command of the tab is new; remembers it."""
        if seq <= self.acks.get(tab, 0):
            return False
        self.acks[tab] = seq
        self.acks.move_to_end(tab)
        if len(self.acks) > 200:
            self.acks.popitem(last=False)
        return True


class Workspace:
    """The stories under one folder, and whose they are.

    A visitor is known by a random token that stays in the browser, of which only the hash is on
    disk, or as a `User`. What a browser sends is looked up here and never becomes part of a path.
    """

    def __init__(self, root: Path, opened: Path | None = None) -> None:
        """With `opened`, everybody edits the story in that folder.

        Raises:
            BadInput: the story to open, or the folder, cannot be used.
        """
        self.root = root
        self._stories = root / "stories"
        self._file = root / "visitors.json"
        self._lock = threading.RLock()
        self._open: dict[str, Session] = {}
        self._deleted: dict[str, dict[str, bool]] = {}  # whose, which, and whether it was on show
        try:
            self._stories.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{root}: cannot be written ({error.strerror})") from None
        self.secret, self._visitors = self._read_visitors()
        self._shared = None if opened is None else _open("opened", opened)

    @property
    def clips(self) -> Path:
        """The folder of the clip cache, one for all stories."""
        return self.root / "clips"

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbnails"

    @property
    def renders(self) -> Path:
        """The folder of what is to be rendered."""
        return self.root / "renders"

    @property
    def trash(self) -> Path:
        return self.root / "trash"

    @property
    def for_one(self) -> bool:
        """Whether everybody edits the one story that the server was started for."""
        return self._shared is not None

    def videos(self, session: Session) -> Path:
        """Where a story's finished videos are kept."""
        return self.root / "videos" / session.name

    def without_paths(self, message: str) -> str:
        """`message` as visitors may see it: not where on the server its files are."""
        folders = [self.root] if self._shared is None else [self.root, self._shared.folder]
        for folder in folders:
            message = message.replace(f"{folder}/", "").replace(str(folder), "the workspace")
        return message

    def session(self, token: Any) -> Session | None:
        """The story that the visitor edits, or None for an unknown one.

        Raises:
            BadInput: the visitor's story is damaged.
        """
        with self._lock:
            names = self._visitors.get(_visitor(token))
            if names is not None and self._shared is not None:
                return self._shared
            return self._opened(names[-1]) if names else None

    def open_story(self, name: str) -> Session | None:
        """The story if it is open. That counts as looking at it."""
        shared = self._shared
        session = shared if shared and shared.name == name else self._open.get(name)
        if session is not None:
            session.touched = time.monotonic()
        return session

    def close_idle(self, busy: Callable[[str], bool]) -> list[str]:
        """Close the stories that nobody looked at for an hour and that are not `busy`, unless they
        could not be saved. Returns which."""
        before = time.monotonic() - _IDLE_S
        with self._lock:
            idle = [
                name
                for name, session in self._open.items()
                if session.touched < before and not session.problem and not busy(name)
            ]
            for name in idle:
                del self._open[name]
        return idle

    def enter(self, token: Any) -> tuple[str | User, Session, str]:
        """(token, story, warning) of a visitor: the story they left; for a new one a copy of the
        sample, and so where theirs is damaged, which the warning then says."""
        problem = ""
        with self._lock:
            try:
                session = self.session(token)
                if session is not None:
                    return token, session, ""
            except BadInput as error:
                problem = f"Your last story cannot be opened, here is a new one ({error})"
            if not isinstance(token, User) and _visitor(token) not in self._visitors:
                token = secrets.token_urlsafe(32)
            names = self._visitors.setdefault(_visitor(token), [])
            if self._shared is None:
                return token, self._adopted(names, self._filled(sample_story)), problem
            self._write_visitors()
            return token, self._shared, problem

    def new_story(self, token: Any, fill: Fill = empty_story, *, show: bool = True) -> Session:
        """Another story for the visitor, made by `fill`, which may take its time: nobody waits for
        it. With `show` it is the one that they edit.

        Raises:
            BadInput: there are too many, this server is for one story, or `fill` fails.
        """
        with self._lock:
            self._own(token, room=True)
        part = self._filled(fill)
        with self._lock:
            return self._adopted(self._own(token, room=True), part, show=show)

    def duplicate(self, token: Any, name: Any) -> Session:
        """A copy of a visitor's story, with its media; they stay where they are.

        Raises:
            BadInput: it is not theirs or damaged, or there are too many.
        """
        with self._lock:
            session = self._theirs(token, name)

        def fill(folder: Path) -> None:
            story = session.story  # with its media, which are never taken away
            shutil.copytree(session.folder, folder, ignore=shutil.ignore_patterns(".*"))
            save_story(edits.set_title(story, f"{story.title[:190]} (copy)"), folder)

        return self.new_story(token, fill, show=False)

    def rename(self, token: Any, name: Any, title: str, tab: str = "") -> None:
        """Give a visitor's story another title, as an edit of its own.

        Raises:
            BadInput: it is not theirs or damaged, or the title is too long.
        """
        with self._lock:
            session = self._theirs(token, name)
        with session.lock:
            session.edit(edits.set_title(session.story, title), tab)

    def remove(self, token: Any, name: Any) -> None:
        """Move a visitor's story to the trash. Where it was their last, they get an empty one.

        Raises:
            BadInput: it is not theirs, or the disk refuses.
        """
        with self._lock:
            names = self._own(token, name)
            self._move(self._stories / name, self.trash / name)
            self._open.pop(name, None)
            self._deleted.setdefault(_visitor(token), {})[name] = name == names[-1]
            names.remove(name)
            if names:
                self._write_visitors()
            else:
                self._adopted(names, self._filled(empty_story))

    def restore(self, token: Any, name: Any) -> None:
        """Take back a `remove` of this visit: the server forgets it when it stops.

        Raises:
            BadInput: it is not theirs, there are too many, or the disk refuses.
        """
        with self._lock:
            names = self._own(token, room=True)
            deleted = self._deleted.get(_visitor(token), {})
            if name not in deleted:
                raise BadInput("story: it is not in the trash any more")
            self._move(self.trash / name, self._stories / name)
            names.insert(len(names) - (not deleted.pop(name)), name)
            self._write_visitors()

    def switch(self, token: Any, name: Any) -> Session:
        """Another of the visitor's stories.

        Raises:
            BadInput: it is not theirs, or damaged.
        """
        with self._lock:
            session = self._theirs(token, name)
            names = self._own(token)
            names.remove(name)
            names.append(name)
            self._write_visitors()
            return session

    def stories(self, token: Any) -> list[tuple[str, Path]]:
        """(name, folder) of the visitor's stories; where all edit one story, that."""
        with self._lock:
            if self._shared is not None:
                return [(self._shared.name, self._shared.folder)]
            names = self._visitors.get(_visitor(token), [])
            return [(name, self._stories / name) for name in names]

    def deleted(self, token: Any) -> list[tuple[str, Path]]:
        """(name, folder) of what the visitor can restore, the latest first."""
        with self._lock:
            names = self._deleted.get(_visitor(token), {})
            return [(name, self.trash / name) for name in reversed(names)]

    def _own(self, token: Any, name: Any = None, *, room: bool = False) -> list[str]:
        """The names of the visitor's stories: `name` is among them, and with `room` there may be
        another."""
        if self._shared is not None:
            raise BadInput("stories: this editor was started for one story; restart it without")
        names = self._visitors.get(_visitor(token))
        if names is None:
            raise BadInput("story: this page is out of date; reload it")
        if name is not None and name not in names:
            raise BadInput("story: that is none of yours; reload the page")
        if room and len(names) >= _STORIES_EACH:
            raise BadInput(f"stories: you have {len(names)} already; delete one first")
        return names

    def _theirs(self, token: Any, name: Any) -> Session:
        self._own(token, name)
        return self._opened(name)

    def _filled(self, fill: Fill) -> Path:
        """A folder with a new story, not yet anybody's."""
        part = self._stories / f".{secrets.token_hex(8)}"
        try:
            fill(part)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise BadInput(f"{self.root}: cannot be written ({error.strerror or error})") from None
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return part

    def _adopted(self, names: list[str], part: Path, *, show: bool = True) -> Session:
        """The story in `part`, from now on one of the visitor's `names`."""
        name = part.name[1:]
        self._move(part, self._stories / name)
        names.insert(len(names) if show else len(names) - 1, name)
        self._write_visitors()
        return self._opened(name)

    def _move(self, folder: Path, target: Path) -> None:
        try:
            target.parent.mkdir(exist_ok=True)
            folder.replace(target)
            os.utime(target)  # the trash is emptied by its age
        except OSError as error:
            raise BadInput(f"{self.root}: cannot be written ({error.strerror})") from None

    def _opened(self, name: str) -> Session:
        if name not in self._open:
            self._open[name] = _open(name, self._stories / name)
        session = self._open[name]
        session.touched = time.monotonic()
        return session

    def _read_visitors(self) -> tuple[str, dict[str, list[str]]]:
        """The secret that the browser's copy of a token is encrypted with, and the visitors."""
        if not self._file.exists():
            return secrets.token_hex(16), {}
        try:
            data = json.loads(self._file.read_bytes())
            visitors = {
                visitor: [n for n in names if _STORY_NAME.fullmatch(n)]
                for visitor, names in data["visitors"].items()
            }
            return str(data["secret"]), visitors
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"{self._file}: damaged ({error}); move it away, the stories beside it are kept"
            ) from None

    def _write_visitors(self) -> None:
        data = {"secret": self.secret, "visitors": self._visitors}
        try:
            write_atomically(self._file, json.dumps(data, indent=1).encode())
            self._file.chmod(0o600)
        except OSError as error:
            raise BadInput(f"{self._file}: cannot be written ({error.strerror})") from None


def _open(name: str, folder: Path) -> Session:
    # Counted from the clock: a page that has been open since an earlier time is not mistaken for
    # one that has seen what was done meanwhile.
    return Session(name, folder, History(load_story(folder)), rev=int(time.time()))


def _visitor(token: Any) -> str:
    """What a visitor is known by on disk; "", which is nobody, for what is no token."""
    if isinstance(token, User):
        return f"user:{token.name}"
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return ""
    return hashlib.sha256(token.encode()).hexdigest()
