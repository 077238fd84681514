"""The stories in a workspace folder: opened, made, copied, renamed, thrown away and taken back."""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.advice import in_the_editor
from app.samples import SAMPLE, SAMPLE_DRAFT
from app.sessions import Session
from app.visitors import User, Visitors, known_as
from seine_core.errors import BadInput
from seine_core.story import edits
from seine_core.story.model import Story
from seine_core.story.storage import STORY_FILE, save_story

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


class Workspace:
    """The stories under one folder, each open once for all its tabs."""

    def __init__(self, root: Path, opened: Path | None = None) -> None:
        """With `opened`, everybody edits the story in that folder.

        Raises:
            BadInput: the story to open, or the folder, cannot be used.
        """
        self.root = root
        self._stories = root / "stories"
        self._lock = threading.RLock()
        self._open: dict[str, Session] = {}
        self._deleted: dict[str, dict[str, bool]] = {}  # whose, which, and whether it was on show
        try:
            self._stories.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{root}: cannot be written ({error.strerror})") from None
        self._visitors = Visitors(root / "visitors.json")
        self._shared = None if opened is None else Session.opened("opened", opened)

    @property
    def secret(self) -> str:
        """What the browser's copy of a token is encrypted with."""
        return self._visitors.secret

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
    def uploads(self) -> Path:
        return self.root / "uploads"

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

    def for_visitors(self, message: str) -> str:
        """`message` as visitors may see it: not where on the server its files are, nor with
        commands for a terminal."""
        folders = [self.root] if self._shared is None else [self.root, self._shared.folder]
        for folder in folders:
            message = message.replace(f"{folder}/", "").replace(str(folder), "the workspace")
        return in_the_editor(message)

    def session(self, token: Any) -> Session | None:
        """The story that the visitor edits, or None for an unknown one.

        Raises:
            BadInput: the visitor's story is damaged.
        """
        with self._lock:
            names = self._visitors.stories(token)
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
            token, names = self._visitors.admit(token)
            if self._shared is None:
                return token, self._adopted(names, self._filled(sample_story)), problem
            self._visitors.write()
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
            self._deleted.setdefault(known_as(token), {})[name] = name == names[-1]
            names.remove(name)
            if names:
                self._visitors.write()
            else:
                self._adopted(names, self._filled(empty_story))

    def restore(self, token: Any, name: Any) -> None:
        """Take back a `remove` of this visit: the server forgets it when it stops.

        Raises:
            BadInput: it is not theirs, there are too many, or the disk refuses.
        """
        with self._lock:
            names = self._own(token, room=True)
            deleted = self._deleted.get(known_as(token), {})
            if name not in deleted:
                raise BadInput("story: it is not in the trash any more")
            self._move(self.trash / name, self._stories / name)
            names.insert(len(names) - (not deleted.pop(name)), name)
            self._visitors.write()

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
            self._visitors.write()
            return session

    def stories(self, token: Any) -> list[tuple[str, Path]]:
        """(name, folder) of the visitor's stories; where all edit one story, that."""
        with self._lock:
            if self._shared is not None:
                return [(self._shared.name, self._shared.folder)]
            names = self._visitors.stories(token) or []
            return [(name, self._stories / name) for name in names]

    def deleted(self, token: Any) -> list[tuple[str, Path]]:
        """(name, folder) of what the visitor can restore, the latest first."""
        with self._lock:
            names = self._deleted.get(known_as(token), {})
            return [(name, self.trash / name) for name in reversed(names)]

    def _own(self, token: Any, name: Any = None, *, room: bool = False) -> list[str]:
        """The names of the visitor's stories: `name` is among them, and with `room` there may be
        another."""
        if self._shared is not None:
            raise BadInput("stories: this editor was started for one story; restart it without")
        names = self._visitors.stories(token)
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
        self._visitors.write()
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
            self._open[name] = Session.opened(name, self._stories / name)
        session = self._open[name]
        session.touched = time.monotonic()
        return session
