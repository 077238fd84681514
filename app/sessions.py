"""Who edits which story: stories in a workspace folder, each open once for all its tabs."""

import hashlib
import json
import logging
import re
import secrets
import shutil
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seine_core.errors import BadInput
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
    _last_edit: tuple[Any, float] = (None, 0.0)

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
            save_story(self.story, self.folder)
            self.problem = ""
        except BadInput as error:
            log.warning("%s", error)
            self.problem = str(error)

    def seen_by(self, tab: str, rev: int) -> bool:
        """Whether a tab that knows revision `rev` has seen what all other tabs did."""
        if rev > self.rev or (self.writers and rev < self.writers[0][0] - 1):
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

    A visitor is known by a random token that stays in the browser; on disk there is only its hash.
    What a browser sends is looked up here and never becomes part of a path.
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
        try:
            self._stories.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{root}: cannot be written ({error.strerror})") from None
        self.secret, self._visitors = self._read_visitors()
        self._shared = (
            None if opened is None else Session("opened", opened, History(load_story(opened)))
        )

    @property
    def clips(self) -> Path:
        """The folder of the clip cache, one for all stories."""
        return self.root / "clips"

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbnails"

    def videos(self, session: Session) -> Path:
        """Where a story's finished videos are kept."""
        return self.root / "videos" / session.name

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

    def enter(self, token: Any) -> tuple[str, Session, str]:
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
            if _visitor(token) not in self._visitors:
                token = secrets.token_urlsafe(32)
            names = self._visitors.setdefault(_visitor(token), [])
            if self._shared is None:
                return token, self._new(names, sample=True), problem
            self._write_visitors()
            return token, self._shared, problem

    def new_story(self, token: Any) -> Session:
        """Another, empty story for the visitor.

        Raises:
            BadInput: there are too many, or this server is for one story.
        """
        with self._lock:
            names = self._own(token)
            if len(names) >= _STORIES_EACH:
                raise BadInput(f"stories: you have {len(names)} already; empty one and use it")
            return self._new(names, sample=False)

    def switch(self, token: Any, name: Any) -> Session:
        """Another of the visitor's stories.

        Raises:
            BadInput: it is not theirs, or damaged.
        """
        with self._lock:
            names = self._own(token)
            if name not in names:
                raise BadInput("story: that is none of yours; reload the page")
            session = self._opened(name)
            names.remove(name)
            names.append(name)
            self._write_visitors()
            return session

    def own_stories(self, token: Any) -> list[tuple[str, str]]:
        """(name, title) of the visitor's stories, the latest first; none on a server for one."""
        with self._lock:
            if self._shared is not None:
                return []
            names = self._visitors.get(_visitor(token), [])
            found = []
            for name in reversed(names):
                try:
                    found.append((name, self._opened(name).story.title))
                except BadInput:
                    found.append((name, "(damaged story)"))
            return found

    def _own(self, token: Any) -> list[str]:
        if self._shared is not None:
            raise BadInput("stories: this editor was started for one story; restart it without")
        names = self._visitors.get(_visitor(token))
        if names is None:
            raise BadInput("story: this page is out of date; reload it")
        return names

    def _new(self, names: list[str], *, sample: bool) -> Session:
        name = secrets.token_hex(8)
        folder = self._stories / name
        if sample and (SAMPLE / STORY_FILE).is_file():
            shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(SAMPLE_DRAFT.name))
        else:
            save_story(Story(), folder)
        names.append(name)
        self._write_visitors()
        return self._opened(name)

    def _opened(self, name: str) -> Session:
        if name not in self._open:
            folder = self._stories / name
            self._open[name] = Session(name, folder, History(load_story(folder)))
        return self._open[name]

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


def _visitor(token: Any) -> str:
    """The hash that a token is known by; "", which is nobody, for what is no token."""
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return ""
    return hashlib.sha256(token.encode()).hexdigest()
