"""The stories in a workspace folder: opened, made, copied, renamed, thrown away and taken back.

Who only looks has nothing here: a visitor sees the sample until their first edit makes a story of
it that is theirs. One process at a time works in a workspace.
"""

import secrets
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from app.stories.database import FILE, Database
from app.stories.folders import Fill, Folders, link_or_copy
from app.stories.kept_history import FILE as HISTORY
from app.stories.kept_history import KeptHistory
from app.stories.open_stories import OpenStories
from app.stories.records import Record, Records
from app.stories.samples import SAMPLE, SharedSample
from app.stories.sessions import Session
from app.stories.visitors import User, known_as
from app.stories.visits import Visits
from app.stories.workspace_clock import Clock, WorkspaceClock
from seine_core.errors import BadInput, NotFound
from seine_core.files.locking import lock_folder
from seine_core.story import edits
from seine_core.story.disk.storage import save_story
from seine_core.story.model import Story

_STORIES_EACH = 50
_TRASH_EACH = 50  # of one visitor; what was deleted before goes for good
_IDLE_S = 3600.0  # an open story that nobody looks at for this long is closed


def empty_story(folder: Path) -> None:
    save_story(Story(), folder)


class Workspace:
    """The stories under one folder, each open once for all its tabs."""

    def __init__(
        self,
        root: Path,
        opened: Path | None = None,
        *,
        wall: Clock = time.time,
        steady: Clock = time.monotonic,
    ) -> None:
        """With `opened`, everybody edits the story in that folder. `wall` and `steady` are the
        machine's clocks.

        Raises:
            BadInput: the story to open, or the folder, cannot be used, or another process has it.
        """
        self.root = root
        self.folders = Folders(root)
        self._lock = threading.RLock()
        self._locks = [lock_folder(root, "the editor")]
        try:
            self.database = Database(root / FILE)
            self.history = KeptHistory(root / HISTORY, wall)
        except BaseException:
            self._unlock()
            raise
        try:
            self.records = Records(self.database)
            self.clock = WorkspaceClock(self.database, wall, steady)
            self.folders.settle(self.records, self.clock.now())
            if opened is not None:
                self._locks.append(lock_folder(opened, "the editor"))
                around = opened.parent.parent
                if (around / FILE).exists():  # a workspace, which another editor may have
                    self._locks.append(lock_folder(around, "the editor"))
            self._shared = None if opened is None else Session.opened_in_place(opened, self.history)
        except BaseException:
            self.close()
            raise
        self.sample = SharedSample(SAMPLE, root / "sample")
        self._open = OpenStories(self.folders.stories, self.history)
        self._visits = Visits(self.records, self.sample, self._begin)
        self.secret = self.records.secret  # what the browser's copy of a token is encrypted with

    def close(self) -> None:
        """Let another process have the workspace."""
        self.database.close()
        self.history.close()
        self._unlock()

    def _unlock(self) -> None:
        for lock in self._locks:
            lock.close()
        self._locks.clear()

    @property
    def clips(self) -> Path:
        """The folder of the clip cache, one for all stories."""
        return self.root / "clips"

    @property
    def thumbnails(self) -> Path:
        return self.root / "thumbnails"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def opened_folder(self) -> Path | None:
        """The folder of the one story that the server was started for, where so."""
        return None if self._shared is None else self._shared.folder

    @property
    def for_one(self) -> bool:
        """Whether everybody edits the one story that the server was started for."""
        return self._shared is not None

    def videos(self, session: Session) -> Path:
        """Where a story's finished videos are kept."""
        return self.root / "videos" / session.name

    def session(self, token: Any, address: str = "", name: Any = None) -> Session | None:
        """The visitor's story `name`; where they have none of that name the one that they opened
        last. None for an unknown visitor, who asks from `address`.

        Raises:
            BadInput: the visitor's story is damaged.
        """
        with self._lock:
            who = self._visits.known(token)
            if not who:
                return None
            if self._shared is not None:
                return self._shared
            names = self.records.stories(who)
            if not names:
                return self._visits.look(who, address)
            return self._opened(name if name in names else names[-1])

    def open_story(self, name: str) -> Session | None:
        """The story if it is open. That counts as looking at it."""
        shared = self._shared
        if shared is not None and shared.name == name:
            session: Session | None = shared
        else:
            session = self._open.get(name) or self._visits.get(name)
        if session is not None:
            session.touched = time.monotonic()
        return session

    def close_idle(self, busy: Callable[[str], bool]) -> list[str]:
        """Close the stories that nobody looked at for an hour and that are not `busy`, unless they
        could not be saved; the same for those who only look. Returns which."""
        before = time.monotonic() - _IDLE_S
        with self._lock:
            idle = self._open.close_idle(before, busy)
            if idle:
                self.records.use(idle, self.clock.now())
            return idle + self._visits.close_idle(before)

    def enter(
        self, token: Any, address: str = "", name: Any = None
    ) -> tuple[str | User, Session, str]:
        """(token, story, warning) of a visitor: their story `name`, else the one that they opened
        last; for a new one the sample, which becomes theirs when they edit it. Where their story is
        damaged it is a copy of the sample, and the warning says so.

        Raises:
            BadInput: too many new visitors come, from this `address` or at all.
        """
        with self._lock:
            if not self._visits.known(token):
                token = self._visits.admit(address)
            problem = ""
            try:
                session = self.session(token, address, name)
                assert session is not None, "the visitor is known"
                if name in self.records.stories(known_as(token))[:-1]:
                    self.records.show(name, self.clock.now())
                return token, session, ""
            except BadInput as error:
                problem = (
                    f"Your last story cannot be opened, here is a new one ({error.for_page()})"
                )
            return token, self._made(known_as(token), self.sample.fill), problem

    def new_story(self, token: Any, fill: Fill = empty_story, *, show: bool = True) -> Session:
        """Another story for the visitor, made by `fill`, which may take its time: nobody waits for
        it. With `show` it is the one that they edit.

        Raises:
            BadInput: there are too many, this server is for one story, or `fill` fails.
        """
        with self._lock:
            who = self._own(token, room=True)
            if not self.records.stories(who):
                self._visits.admit_story(who)
        part = self.folders.fill(secrets.token_hex(8), fill)
        with self._lock:
            try:
                self._own(token, room=True)
            except BadInput:
                shutil.rmtree(part, ignore_errors=True)
                raise
            return self._opened(self._place(who, part, show=show))

    def new_sample(self, token: Any) -> Session:
        """Another story for the visitor: a copy of the sample, which they edit.

        Raises:
            BadInput: there are too many, this server is for one story, or the disk refuses.
        """
        return self.new_story(token, self.sample.fill)

    def duplicate(self, token: Any, name: Any) -> Session:
        """A copy of a visitor's story, with its media; they stay where they are.

        Raises:
            BadInput: it is not theirs or damaged, or there are too many.
        """
        session = self._theirs(token, name)

        def fill(folder: Path) -> None:
            story = session.story  # with its media, which are never taken away or written to
            hidden = shutil.ignore_patterns(".*", "*.json")
            shutil.copytree(session.folder, folder, ignore=hidden, copy_function=link_or_copy)
            save_story(edits.set_title(story, f"{story.title[:190]} (copy)"), folder)

        return self.new_story(token, fill, show=False)

    def rename(self, token: Any, name: Any, title: str, tab: str = "") -> None:
        """Give a visitor's story another title, as an edit of its own.

        Raises:
            BadInput: it is not theirs or damaged, or the title is too long.
        """
        self._theirs(token, name).update(tab, lambda story: edits.set_title(story, title))

    def remove(self, token: Any, name: Any) -> None:
        """Move a visitor's story to the trash. Where it was their last, they get an empty one.

        Raises:
            BadInput: it is not theirs, or the disk refuses.
        """
        session = self._open.get(name)
        # In this order, as edits take them, which are over before the story goes.
        with session.lock if session else nullcontext(), self._lock:
            who = self._own(token, name)
            if self._visits.get(name):
                self._theirs(token, name)
            self.folders.move(
                self.folders.stories / name,
                self.folders.trash / name,
                self.records.deleted(name, self.clock.now()),
            )
            self._open.close(name)
            if not self.records.stories(who):
                self._made(who, empty_story)
            for old in self.records.trash(who)[_TRASH_EACH:]:
                self.purge(self.records.get(old))

    def restore(self, token: Any, name: Any) -> None:
        """Take back a `remove`.

        Raises:
            BadInput: it is not theirs or gone for good, there are too many, or the disk refuses.
        """
        with self._lock:
            who = self._own(token, room=True)
            if name not in self.records.trash(who):
                raise NotFound("it is not in the trash any more", subject="story")
            self.folders.move(
                self.folders.trash / name,
                self.folders.stories / name,
                self.records.restored(name, self.clock.now()),
            )

    def switch(self, token: Any, name: Any) -> Session:
        """Another of the visitor's stories.

        Raises:
            BadInput: it is not theirs, or damaged.
        """
        with self._lock:
            session = self._theirs(token, name)
            self.records.show(name, self.clock.now())
            return session

    def stories(self, token: Any) -> list[tuple[str, Path]]:
        """(name, folder) of the visitor's stories; where all edit one story, that; for who has
        none yet the sample."""
        with self._lock:
            if self._shared is not None:
                return [(self._shared.name, self._shared.folder)]
            who = self._visits.known(token)
            names = self.records.stories(who)
            if who and not names:
                return [(self._visits.name(who), self.sample.folder)]
            return [(name, self.folders.stories / name) for name in names]

    def deleted(self, token: Any) -> list[tuple[str, Path]]:
        """(name, folder) of what the visitor can restore, the latest first."""
        with self._lock:
            names = self.records.trash(self._visits.known(token)) if self._shared is None else []
            return [(name, self.folders.trash / name) for name in names]

    def purge(self, record: Record | None) -> bool:
        """Remove a story for good, with what was made of it, unless it is open or its `record` has
        changed. Whether it was removed.

        Raises:
            BadInput: the disk refuses.
        """
        with self._lock:
            name = record.name if record else ""
            if not name or self.records.get(name) != record or name in self._open:
                return False
            self.folders.remove(name, self.records)
            self.history.forget(name)
            for made in (self.root / "videos" / name, self.thumbnails / name):
                shutil.rmtree(made, ignore_errors=True)
            return True

    def _own(self, token: Any, name: Any = None, *, room: bool = False) -> str:
        """Who the visitor is: `name` is one of their stories, and with `room` there may be another
        one."""
        if self._shared is not None:
            raise BadInput(
                "this editor was started for one story",
                subject="stories",
                advice="restart it without",
            )
        who = self._visits.known(token)
        if not who:
            raise BadInput("this page is out of date", subject="story", advice="reload it")
        names = self.records.stories(who)
        if name is not None and name not in (names or [self._visits.name(who)]):
            raise NotFound("that is none of yours", subject="story", advice="reload the page")
        if room and len(names) >= _STORIES_EACH:
            raise BadInput(
                f"you have {len(names)} already", subject="stories", advice="delete one first"
            )
        return who

    def _theirs(self, token: Any, name: Any) -> Session:
        """A story of the visitor's, which is on disk afterwards."""
        with self._lock:
            who = self._own(token, name)
            if self.records.stories(who):
                return self._opened(name)
            session = self._visits.look(who)
        session.own()
        return session

    def _begin(self, who: str, session: Session) -> None:
        """The sample that a visitor looked at becomes their own story."""
        with self._lock:
            if session.begin is None:
                return
            if self.records.stories(who) or session.name != self._visits.name(who):
                raise BadInput(
                    "you have another one by now", subject="story", advice="reload the page"
                )
            self._visits.admit_story(who)
            self._place(who, self.folders.fill(session.name, self.sample.fill))
            self._visits.forget(session.name)
            session.kept = self.history
            session.begun(self.folders.stories / session.name)
            self._open.add(session)

    def _made(self, who: str, fill: Fill) -> Session:
        return self._opened(self._place(who, self.folders.fill(secrets.token_hex(8), fill)))

    def _place(self, who: str, part: Path, *, show: bool = True) -> str:
        """The story in the hidden folder `part` is the visitor's from now on; its name."""
        name = part.name[1:]
        try:
            # First, so that a kill leaves no folder that nobody owns.
            self.records.add(who, name, self.clock.now(), show=show)
            try:
                self.folders.move(part, self.folders.stories / name)
            except BadInput:
                self.records.forget(name)
                raise
        except BadInput:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return name

    def _opened(self, name: str) -> Session:
        new = name not in self._open
        session = self._open.open(name)
        if new:
            self.records.use([name], self.clock.now())
        return session
